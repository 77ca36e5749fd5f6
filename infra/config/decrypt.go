package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"rekey/functions/decrypt"
	"rekey/shared/keyid"
	"rekey/shared/secretref"
)

// Decrypt says what the decrypt function may be asked for, and who has which
// part in its key.
type Decrypt struct {
	// References are the patterns of references that the function answers, such as
	// sm://prod/* or kms://*; its role may read what they name, and nothing else.
	References []string `json:"references"`
	// Keys are ARNs of further KMS keys, in any account, that kms://, envelope:// and
	// envelope+s3:// items may be under. The stack's own is always one.
	Keys []string `json:"keys"`
	// StorageKeys are ARNs of the customer managed keys under which the secrets,
	// parameters and objects lie. The role may use them through those services alone.
	StorageKeys []string `json:"storageKeys"`
	// Administrators and Users are ARNs of principals: those administer the stack's
	// key and cannot use it, unless they change its policy; these encrypt and decrypt
	// under it. Nobody can be both.
	Administrators []string `json:"administrators"`
	Users          []string `json:"users"`
	// Roles are made for services, such as Amazon EC2, that may use the stack's key
	// and nothing else.
	Roles []Role `json:"roles"`
	// Invokers are principals of other accounts, or whole accounts, that may invoke
	// the function, and so get all that the references name.
	Invokers []string `json:"invokers"`
	// ReservedConcurrency is the most events that the function handles at once; 0 for
	// what the account has. It guards the request quotas of AWS KMS.
	ReservedConcurrency int `json:"reservedConcurrency"`
	// MaxItems is the most items of one event; the function's own default without it.
	MaxItems int `json:"maxItems"`
}

// Role is a role of a service that uses a key.
type Role struct {
	// Name is a name of its own, of letters and digits: it is a part of the role's.
	Name string `json:"name"`
	// Service is who assumes the role: one of services.
	Service string `json:"service"`
	// EncryptionContext must be in every use of the key, where there is any.
	EncryptionContext map[string]string `json:"encryptionContext"`
}

var (
	roleName    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]{0,31}$`)
	principal   = regexp.MustCompile(`^arn:aws[a-z-]*:iam::[0-9]{12}:(root|(role|user)/[\w+=,.@/-]+)$`)
	token       = regexp.MustCompile(`\$\{[^}]*\}`)
	bucketFirst = regexp.MustCompile(`^envelope\+s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/`)
	// unnamed are patterns that name nothing before what a * stands for, or leave
	// open in which account and Region it is.
	unnamed = regexp.MustCompile(`^(sm|ssm)://(/?\*+([#@]|$)|arn:([^:]*:){0,3}[^:]*\*|arn:([^:]*:){4}([a-z]*|secret:|parameter/)\*+([#@]|$))`)
)

// services run a program of the account as a role that somebody of the account
// passed to them (IAM User Guide, "Grant a user permissions to pass a role to an AWS
// service"). Others can be made to act for another account, unless the role's trust
// policy says whose resources it is for, or need more than sts:AssumeRole of it.
var services = []string{"ec2.amazonaws.com", "ecs-tasks.amazonaws.com", "lambda.amazonaws.com"}

// sample gives a text as it would be in some environment, to check it, and says
// which ${…} it has that nobody knows.
func sample(text string) (string, []string) {
	var unknown []string
	out := token.ReplaceAllStringFunc(text, func(t string) string {
		switch t {
		case "${AWS::Partition}":
			return "aws"
		case "${AWS::Region}":
			return "eu-central-1"
		case "${AWS::AccountId}":
			return "111122223333"
		}
		unknown = append(unknown, t)
		return t
	})
	return out, unknown
}

// environmentLimit is what all of a function's variables may have together, in
// bytes (Lambda Developer Guide, "Lambda quotas"), less a reserve for the names of
// AWS's own that ${…} stand for, and for the other variables.
const environmentLimit = 4<<10 - 1<<10

func (d Decrypt) check(p *problems, field string) {
	d.checkReferences(p, field+".references")
	d.checkKeys(p, field)
	for name, principals := range map[string][]string{"administrators": d.Administrators, "users": d.Users, "invokers": d.Invokers} {
		checkPrincipals(p, field+"."+name, principals, name == "invokers")
	}
	d.checkSeparation(p, field+".users")
	d.checkSizes(p, field)
	seen := map[string]bool{}
	for i, r := range d.Roles {
		r.check(p, fmt.Sprintf("%s.roles[%d]", field, i))
		if seen[strings.ToLower(r.Name)] {
			p.add(fmt.Sprintf("%s.roles[%d].name", field, i), "%q is there twice", r.Name)
		}
		seen[strings.ToLower(r.Name)] = true
	}
	p.checkConcurrency(field+".reservedConcurrency", d.ReservedConcurrency)
	if d.MaxItems < 0 || d.MaxItems > 5000 {
		p.add(field+".maxItems", "%d is not a number from 1 to 5000, or 0 for the default", d.MaxItems)
	}
}

func (d Decrypt) checkReferences(p *problems, field string) {
	for i, pattern := range d.References {
		at := fmt.Sprintf("%s[%d]", field, i)
		if slices.Contains(d.References[:i], pattern) {
			p.add(at, "%q is there twice", pattern)
		}
		pattern, unknown := sample(pattern)
		if _, err := decrypt.Configure(func(name string) string {
			if name == decrypt.EnvReferences {
				return pattern
			}
			return ""
		}); err != nil || unknown != nil || strings.ContainsAny(pattern, " \t\n") {
			p.add(at, "%q matches no reference: a pattern is sm://…, ssm://…, envelope+s3://BUCKET/…, kms://* or envelope://*", pattern)
			continue
		}
		switch {
		case pattern == "":
			p.add(at, "it is empty")
		case pattern == "*" || unnamed.MatchString(pattern):
			p.add(at, "%s is every secret of an account: name them, such as sm://prod/*", pattern)
		case strings.HasPrefix(pattern, string(secretref.EnvelopeS3)) && !bucketFirst.MatchString(pattern):
			p.add(at, "%q names no bucket: envelope+s3://BUCKET/…", pattern)
		}
	}
}

func (d Decrypt) checkKeys(p *problems, field string) {
	p.checkKeyARNs(field+".keys", d.Keys)
	p.checkKeyARNs(field+".storageKeys", d.StorageKeys)
	size := len(strings.Join(d.References, " "))
	for _, text := range d.Keys {
		arn, _ := sample(text)
		size += len(arn) + 1
	}
	if size > environmentLimit {
		p.add(field, "references and keys have %d bytes together, and a function's environment takes %d: use fewer, wider patterns", size, environmentLimit)
	}
}

// checkSeparation keeps those who administer the key from being its users.
func (d Decrypt) checkSeparation(p *problems, field string) {
	for i, user := range d.Users {
		user, _ = sample(user)
		if slices.ContainsFunc(d.Administrators, func(a string) bool { a, _ = sample(a); return a == user }) {
			p.add(fmt.Sprintf("%s[%d]", field, i), "%s is among the administrators, who cannot use the key: name it once", user)
		}
	}
}

// What the inline policies of a role and what a key policy may have, in characters
// (IAM User Guide, "IAM and AWS STS quotas"; KMS Developer Guide, "Resource quotas"),
// less a reserve for what is there in any case.
const (
	rolePolicyMost  = 10 << 10
	rolePolicyLimit = rolePolicyMost - 5<<9
	keyPolicyLimit  = 32<<10 - 2<<10
)

// sizeOf is how many characters texts have in a policy.
func sizeOf(lists ...[]string) (size int) {
	for _, text := range slices.Concat(lists...) {
		text, _ = sample(text)
		size += len(text) + len(`"",us-gov`) // of partitions and Regions with longer names
	}
	return size
}

// checkSizes finds what AWS would refuse only when it is deployed.
func (d Decrypt) checkSizes(p *problems, field string) {
	r := d.Resources()
	if size := sizeOf(r.Secrets, r.Parameters, r.Objects, d.Keys, d.StorageKeys); size > rolePolicyLimit {
		p.add(field, "the role's policy would have %d characters of references and keys, and IAM takes %d: use fewer, wider patterns", size, rolePolicyLimit)
	}
	size := sizeOf(d.Administrators, d.Users)
	for _, r := range d.Roles {
		size += 700 + 2*len(r.Name) // two statements with the role's ARN
		for k, v := range r.EncryptionContext {
			size += len(`"kms:EncryptionContext:":"",`) + len(k) + len(v)
		}
	}
	if size > keyPolicyLimit {
		p.add(field, "the key policy would have %d characters of administrators, users and roles, and AWS KMS takes %d: let a role stand for several users", size, keyPolicyLimit)
	}
}

func checkPrincipals(p *problems, field string, principals []string, accounts bool) {
	for i, text := range principals {
		arn, unknown := sample(text)
		_, notAccount := keyid.ParseAccount(text)
		if (unknown != nil || !principal.MatchString(arn)) && (!accounts || notAccount != nil) {
			p.add(fmt.Sprintf("%s[%d]", field, i), "%q is not %sthe ARN of a role, a user or an account's root, such as arn:aws:iam::${AWS::AccountId}:role/Security", text,
				map[bool]string{true: "an account id of twelve digits, nor "}[accounts])
		}
		if slices.Contains(principals[:i], text) {
			p.add(fmt.Sprintf("%s[%d]", field, i), "%q is there twice", text)
		}
	}
}

func (r Role) check(p *problems, field string) {
	if !roleName.MatchString(r.Name) {
		p.add(field+".name", "%q is not of up to 32 letters and digits, a letter first", r.Name)
	}
	if !slices.Contains(services, r.Service) {
		p.add(field+".service", "%q is none of %s: for another service make a role, whose trust policy names the account's resources, and put it into users", r.Service, strings.Join(services, ", "))
	}
	for k, v := range r.EncryptionContext {
		if k == "" || strings.HasPrefix(k, "aws:") || strings.HasPrefix(k, "aws-crypto-") || strings.ContainsAny(k+v, "*?$") {
			p.add(field+".encryptionContext", "%q: %q cannot be asked for: names that begin with aws: are AWS's own, and *, ? and $ have a meaning in policies", k, v)
		}
	}
}
