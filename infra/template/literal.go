package template

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

var (
	account   = regexp.MustCompile(`(?:^|[^0-9A-Za-z])([0-9]{12})(?:$|[^0-9A-Za-z])`)
	region    = regexp.MustCompile(`(?:^|[^0-9A-Za-z])((?:af|ap|ca|cn|eu|eusc|il|me|mx|sa|us)(?:-gov|-iso[a-z]?|-de)?-(?:north|south|east|west|central|northeast|northwest|southeast|southwest)-[0-9])(?:$|[^0-9A-Za-z])`)
	partition = regexp.MustCompile(`(arn:aws[a-z-]*):`)
)

// checkAgnostic looks for what would tie a stack for any account and Region to
// one of them.
func (a *Assembly) checkAgnostic(out *report) {
	for _, s := range a.Stacks {
		for _, section := range slices.Sorted(maps.Keys(s.Document)) {
			if section == "Resources" || section == "Metadata" {
				continue
			}
			for _, id := range slices.Sorted(maps.Keys(object(s.Document[section]))) {
				checkLiterals(out, &Resource{Stack: s, ID: section + "." + id}, object(s.Document[section])[id])
			}
		}
		for _, r := range s.Resources {
			checkLiterals(out, r, r.Properties)
		}
	}
}

// checkLiterals looks into every text below a value.
func checkLiterals(out *report, r *Resource, v any) {
	switch v := v.(type) {
	case []any:
		for _, element := range v {
			checkLiterals(out, r, element)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			checkLiterals(out, r, name)
			checkLiterals(out, r, v[name])
		}
	case string:
		if m := account.FindStringSubmatch(v); m != nil && r.Stack.Account == "" {
			out.add("agnostic", r, "", "use the pseudo parameter AWS::AccountId, or a parameter", "the account %s is written out in %q", m[1], v)
		}
		if m := region.FindStringSubmatch(v); m != nil && r.Stack.Region == "" {
			out.add("agnostic", r, "", "use the pseudo parameter AWS::Region, or a parameter", "the Region %s is written out in %q", m[1], v)
		}
		if m := partition.FindStringSubmatch(v); m != nil && r.Stack.Region == "" {
			out.add("agnostic", r, "", "use the pseudo parameter AWS::Partition", "the partition of %s is written out in %q", m[1], v)
		}
	}
}

var (
	secretName = regexp.MustCompile(`(?i)(secret|passw(or)?d|passphrase|token|credential|private_?key|api_?key|access_?key)`)
	// What is no secret whatever its variable is called: a reference of ours, an ARN,
	// an alias, a switch, a number, a URL without a password.
	harmless = regexp.MustCompile(`^$|^(sm|ssm|kms|envelope|envelope\+s3)://|^arn:|^alias/|^(?i:true|false|on|off|yes|no)$|^[0-9]+$|^\$\{[^}]+\}$`)
	// What is a secret whatever its variable is called: an access key, a PEM block, a
	// password in a URL, and what CloudFormation would put in plain text here.
	surely = regexp.MustCompile(`\b(AKIA|ASIA)[0-9A-Z]{16}\b|-----BEGIN |://[^/\s:@]*:[^/\s@]+@|\{\{resolve:(secretsmanager|ssm-secure):`)
	random = regexp.MustCompile(`^[0-9A-Za-z+/_=-]{32,}$`)
)

// checkSecrets looks for secrets in the environment of functions, which whoever
// may see a function's configuration can read.
func (a *Assembly) checkSecrets(out *report) {
	for _, f := range a.of("AWS::Lambda::Function") {
		variables := object(at(f.Properties, "Environment", "Variables"))
		for _, name := range slices.Sorted(maps.Keys(variables)) {
			value := a.text(f.Stack, variables[name])
			why := ""
			switch {
			case surely.MatchString(value):
				why = "holds a secret"
			case secretName.MatchString(name) && !harmless.MatchString(value):
				why = "is called a secret and is no reference to one"
			case random.MatchString(value) && mixed(value):
				why = "looks like a key or token"
			case f.hidden(variables[name]):
				why = "is a parameter with NoEcho, which anybody who may see the function's configuration can read"
			default:
				continue
			}
			out.add("secret", f, "", "put a reference there, such as sm://NAME, and let rekey exec or the function fetch it", "the environment variable %s %s", name, why)
		}
	}
}

// hidden tells whether a value is a parameter that is to be kept secret.
func (r *Resource) hidden(v any) bool {
	name, _ := at(v, "Ref").(string)
	noEcho := at(r.Stack.Document, "Parameters", name, "NoEcho")
	return noEcho == true || noEcho == "true"
}

// mixed tells whether a text has small and capital letters and digits, as random
// text has and names have seldom.
func mixed(text string) bool {
	return strings.ContainsAny(text, "0123456789") && strings.ToLower(text) != text && strings.ToUpper(text) != text
}
