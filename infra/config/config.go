package config

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"reflect"
	"slices"
	"strings"

	"rekey/shared/keyid"
)

// Architectures that functions are built for, as the AWS CLI calls them.
const (
	ARM64  = "arm64"
	X86_64 = "x86_64"
)

// DefaultLogRetentionDays is how long logs are kept where nothing is said.
const DefaultLogRetentionDays = 90

// Config is a checked configuration.
type Config struct {
	Environments     []Environment `json:"environments"`
	Architecture     string        `json:"architecture"`
	AlarmEmail       string        `json:"alarmEmail"`
	LogRetentionDays int           `json:"logRetentionDays"`
	Tracing          bool          `json:"tracing"`
	FIPS             bool          `json:"fips"`
	Decrypt          Decrypt       `json:"decrypt"`
	Rotate           Rotate        `json:"rotate"`
}

// Environment is one Region of one account.
type Environment struct {
	Account keyid.Account `json:"account"`
	Region  keyid.Region  `json:"region"`
}

// String names an environment where stacks are listed.
func (e Environment) String() string { return string(e.Region) + "-" + string(e.Account) }

// problems are all that is wrong, each with the name of its field.
type problems []error

func (p *problems) add(field, format string, args ...any) {
	*p = append(*p, fmt.Errorf("%s: %s", field, fmt.Sprintf(format, args...)))
}

// Parse reads a configuration from JSON. architecture wins over what is in it,
// unless empty. The error names every field that is wrong or unknown.
func Parse(text []byte, architecture string) (Config, error) {
	var given any
	if err := json.Unmarshal(text, &given); err != nil {
		return Config{}, fmt.Errorf("rekey: not JSON: %w", err)
	}
	var c Config
	var p problems
	if p.checkShape("", given, reflect.TypeOf(c)); p != nil {
		return Config{}, errors.Join(p...)
	}
	if err := json.Unmarshal(text, &c); err != nil {
		return Config{}, fmt.Errorf("rekey: %w", err)
	}
	c.Architecture = cmp.Or(architecture, c.Architecture, ARM64)
	if c.Architecture != ARM64 && c.Architecture != X86_64 {
		p.add("architecture", "%q is neither %s nor %s", c.Architecture, ARM64, X86_64)
	}
	c.checkEnvironments(&p)
	p.checkEmail("alarmEmail", c.AlarmEmail)
	if c.LogRetentionDays = cmp.Or(c.LogRetentionDays, DefaultLogRetentionDays); !slices.Contains(retentions, c.LogRetentionDays) {
		p.add("logRetentionDays", "CloudWatch Logs keeps logs for one of %s days, not %d", strings.Trim(fmt.Sprint(retentions), "[]"), c.LogRetentionDays)
	}
	c.Decrypt.check(&p, "decrypt")
	c.Rotate.check(&p, "rotate")
	return c, errors.Join(p...)
}

func (p *problems) checkEmail(field, text string) {
	if text == "" {
		return
	}
	if a, err := mail.ParseAddress(text); err != nil || a.Address != text {
		p.add(field, "%q is not an address such as security@example.com", text)
	}
}

func (p *problems) checkConcurrency(field string, n int) {
	if n < 0 || n > 900 {
		p.add(field, "%d is not a number from 1 to 900, or 0 for none: Lambda keeps 100 of an account's 1000 unreserved", n)
	}
}

// retentions are the numbers of days that CloudWatch Logs knows (API Reference,
// PutRetentionPolicy, retentionInDays).
var retentions = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

// fipsRegions have FIPS endpoints of all services that the functions call (AWS,
// "Federal Information Processing Standard (FIPS) 140-3", endpoints by service):
// those of AWS KMS are everywhere, those of Secrets Manager and Amazon S3 are not.
var fipsRegions = []string{"us-", "ca-"}

func (c Config) checkEnvironments(p *problems) {
	seen := map[Environment]bool{}
	for i, e := range c.Environments {
		field := fmt.Sprintf("environments[%d]", i)
		if _, err := keyid.ParseAccount(string(e.Account)); err != nil {
			p.add(field+".account", "%q is not an account id of twelve digits", e.Account)
		}
		if _, err := keyid.ParseRegion(string(e.Region)); err != nil {
			p.add(field+".region", "%q is not a Region such as eu-central-1", e.Region)
		}
		if seen[e] {
			p.add(field, "%s is there twice", e)
		}
		seen[e] = true
		if c.FIPS && !slices.ContainsFunc(fipsRegions, func(begin string) bool { return strings.HasPrefix(string(e.Region), begin) }) {
			p.add(field+".region", "%s has no FIPS endpoints of Secrets Manager and Amazon S3: set fips to false, or deploy into a Region of the United States or Canada", e.Region)
		}
	}
}
