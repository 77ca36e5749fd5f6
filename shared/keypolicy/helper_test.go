package keypolicy_test

import (
	"fmt"
	"strings"
	"testing"

	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

const (
	home    = "111122223333" // owns the resources
	other   = "444455556666"
	keyARN  = "arn:aws:kms:eu-west-1:" + home + ":key/1234abcd-12ab-34cd-56ef-1234567890ab"
	secret  = "arn:aws:secretsmanager:eu-west-1:" + home + ":secret:app/db-AbCdEf"
	alice   = "arn:aws:iam::" + home + ":user/team/alice"
	role    = "arn:aws:iam::" + home + ":role/svc/worker"
	session = "arn:aws:sts::" + home + ":assumed-role/worker/job-1"
	root    = "arn:aws:iam::" + home + ":root"
	bob     = "arn:aws:iam::" + other + ":user/bob"
	farRole = "arn:aws:iam::" + other + ":role/reader"
	farSess = "arn:aws:sts::" + other + ":assumed-role/reader/s-1"
	farRoot = "arn:aws:iam::" + other + ":root"
	linked  = "arn:aws:iam::" + home + ":role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"
	lambda  = "lambda.amazonaws.com"
	nobody  = "anonymous"
)

// caller makes a principal of any of the names above.
func caller(t testing.TB, arn string) keypolicy.Principal {
	t.Helper()
	parse := func() (keypolicy.Principal, error) { return keypolicy.ParsePrincipal(arn) }
	switch arn {
	case session:
		parse = func() (keypolicy.Principal, error) { return keypolicy.ParseSession(arn, role) }
	case nobody:
		return keypolicy.AnonymousCaller()
	case farSess:
		parse = func() (keypolicy.Principal, error) { return keypolicy.ParseSession(arn, farRole) }
	}
	p, err := parse()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// policy wraps statements in a document of the current version.
func policy(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

func named(t testing.TB, name string, kind keypolicy.Kind, text string) keypolicy.Named {
	t.Helper()
	d, err := keypolicy.Parse(kind, []byte(text))
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, text)
	}
	return keypolicy.Named{Name: name, Document: d}
}

// to is a resource policy's statement on every action; principal is JSON.
func to(effect, principal string, more ...string) string {
	return fmt.Sprintf(`{"Effect":%q,"Principal":%s,"Action":"*","Resource":"*"%s}`, effect, principal, strings.Join(more, ""))
}

// aws is the principal element {"AWS": [arns]}.
func aws(arns ...string) string { return `{"AWS":["` + strings.Join(arns, `","`) + `"]}` }

// may is an identity policy's statement.
func may(effect, action, resource string, more ...string) string {
	return fmt.Sprintf(`{"Effect":%q,"Action":%q,"Resource":%q%s}`, effect, action, resource, strings.Join(more, ""))
}

// when is a Condition element of one operator and key; value is JSON.
func when(operator, key, value string) string {
	return fmt.Sprintf(`,"Condition":{%q:{%q:%s}}`, operator, key, value)
}

func account(s string) keyid.Account { return keyid.Account(s) }
