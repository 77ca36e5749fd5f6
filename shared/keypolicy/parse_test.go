package keypolicy_test

import (
	"errors"
	"strings"
	"testing"

	"rekey/shared/keypolicy"
)

// malformed policies, and what the error must name. In the text of a key
// policy S stands for a good statement without its brackets.
var malformed = []struct {
	name string
	kind keypolicy.Kind
	text string
	says string
}{
	{"empty", keypolicy.KeyPolicy, ``, "JSON"},
	{"not JSON", keypolicy.KeyPolicy, `{"Version":`, "JSON"},
	{"text after it", keypolicy.KeyPolicy, `{"Statement":{S}} {}`, "after"},
	{"a list", keypolicy.KeyPolicy, `[]`, "object"},
	{"null", keypolicy.KeyPolicy, `null`, "null"},
	{"no statement", keypolicy.KeyPolicy, `{"Version":"2012-10-17"}`, "Statement"},
	{"empty statements", keypolicy.KeyPolicy, `{"Statement":[]}`, "Statement"},
	{"statement is a string", keypolicy.KeyPolicy, `{"Statement":["a"]}`, "#1"},
	{"second statement is null", keypolicy.KeyPolicy, `{"Statement":[{S},null]}`, "#2"},
	{"key twice", keypolicy.KeyPolicy, `{"Statement":{S},"Statement":{S}}`, `"Statement" is given twice`},
	{"effect twice", keypolicy.KeyPolicy, `{"Statement":{S,"Effect":"Deny"}}`, `"Effect" is given twice`},
	{"unknown element", keypolicy.KeyPolicy, `{"Statement":{S},"Statements":[]}`, `"Statements"`},
	{"element in other case", keypolicy.KeyPolicy, `{"statement":{S}}`, `"statement"`},
	{"unknown version", keypolicy.KeyPolicy, `{"Version":"2012-10-18","Statement":{S}}`, "Version"},
	{"version is a number", keypolicy.KeyPolicy, `{"Version":2012,"Statement":{S}}`, "Version"},
	{"Id is a list", keypolicy.KeyPolicy, `{"Id":[],"Statement":{S}}`, "Id"},
	{"Id in an identity policy", keypolicy.IdentityPolicy, `{"Id":"x","Statement":` + may("Allow", "*", "*") + `}`, "Id"},
	{"character beyond Latin-1", keypolicy.KeyPolicy, `{"Id":"☃","Statement":{S}}`, "character"},
	{"not UTF-8", keypolicy.ResourcePolicy, "{\"Id\":\"\xff\",\"Statement\":{S}}", "UTF-8"},
	{"too deep", keypolicy.KeyPolicy, `{"Statement":` + strings.Repeat("[", 9) + strings.Repeat("]", 9) + `}`, "nested"},
	{"too long", keypolicy.KeyPolicy, `{"Id":"` + strings.Repeat("a", 131072) + `","Statement":{S}}`, "bytes"},

	{"unknown element in a statement", keypolicy.KeyPolicy, `{"Statement":{S,"Actions":"*"}}`, "statement #1, Actions"},
	{"no effect", keypolicy.KeyPolicy, `{"Statement":{"Principal":"*","Action":"*","Resource":"*"}}`, "#1, Effect: missing"},
	{"effect in other case", keypolicy.KeyPolicy, `{"Statement":{"Effect":"allow","Principal":"*","Action":"*","Resource":"*"}}`, "#1, Effect"},
	{"effect is true", keypolicy.KeyPolicy, `{"Statement":{"Effect":true,"Principal":"*","Action":"*","Resource":"*"}}`, "#1, Effect"},
	{"no action", keypolicy.KeyPolicy, `{"Statement":{"Effect":"Allow","Principal":"*","Resource":"*"}}`, "#1, Action: missing"},
	{"no principal", keypolicy.KeyPolicy, `{"Statement":{"Sid":"a b","Effect":"Allow","Action":"*","Resource":"*"}}`, "a b, Principal: missing"},
	{"no resource in a resource policy", keypolicy.ResourcePolicy, `{"Statement":{"Effect":"Allow","Principal":"*","Action":"*"}}`, "#1, Resource: missing"},
	{"no resource in an identity policy", keypolicy.IdentityPolicy, `{"Statement":{"Effect":"Allow","Action":"*"}}`, "#1, Resource: missing"},
	{"principal in an identity policy", keypolicy.IdentityPolicy, `{"Statement":{S}}`, "Principal"},
	{"resource in a trust policy", keypolicy.TrustPolicy, `{"Statement":{S}}`, "Resource"},
	{"NotPrincipal in a trust policy", keypolicy.TrustPolicy, `{"Statement":{"Effect":"Deny","NotPrincipal":"*","Action":"*"}}`, "NotPrincipal"},
	{"Action and NotAction", keypolicy.KeyPolicy, `{"Statement":{S,"NotAction":"*"}}`, "NotAction"},
	{"Resource and NotResource", keypolicy.KeyPolicy, `{"Statement":{S,"NotResource":"*"}}`, "NotResource"},
	{"Principal and NotPrincipal", keypolicy.KeyPolicy, `{"Statement":{S,"NotPrincipal":"*"}}`, "NotPrincipal"},
	{"Sid is a number", keypolicy.KeyPolicy, `{"Statement":{S,"Sid":1}}`, "Sid"},
	{"Sid with a space in an identity policy", keypolicy.IdentityPolicy, policy(may("Allow", "*", "*", `,"Sid":"a b"`)), "Sid"},
	{"Sid twice in an identity policy", keypolicy.IdentityPolicy, policy(may("Allow", "*", "*", `,"Sid":"a"`), may("Deny", "*", "*", `,"Sid":"a"`)), `"a"`},

	{"empty actions", keypolicy.KeyPolicy, `{"Statement":{"Effect":"Allow","Principal":"*","Action":[],"Resource":"*"}}`, "#1, Action"},
	{"action is a number", keypolicy.KeyPolicy, `{"Statement":{"Effect":"Allow","Principal":"*","Action":[1],"Resource":"*"}}`, "a number"},
	{"action without a service", keypolicy.KeyPolicy, `{"Statement":{"Effect":"Allow","Principal":"*","Action":"Decrypt","Resource":"*"}}`, `"Decrypt"`},
	{"action with a space", keypolicy.KeyPolicy, `{"Statement":{"Effect":"Allow","Principal":"*","Action":"kms:De crypt","Resource":"*"}}`, "#1, Action"},
	{"action with a variable", keypolicy.KeyPolicy, `{"Statement":{"Effect":"Allow","Principal":"*","Action":"kms:${aws:username}","Resource":"*"}}`, "#1, Action"},
	{"resource that is no ARN", keypolicy.IdentityPolicy, policy(may("Allow", "*", "alias/x")), "ARN"},
	{"incomplete ARN in a resource policy", keypolicy.ResourcePolicy, `{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"arn:aws:s3"}}`, "six"},
	{"wildcard for the service", keypolicy.IdentityPolicy, policy(may("Allow", "*", "arn:aws:*:::x")), "service"},
	{"variable in the account's place", keypolicy.IdentityPolicy, policy(may("Allow", "*", "arn:aws:s3::${aws:PrincipalAccount}:x")), "fifth colon"},
	{"variable not closed", keypolicy.IdentityPolicy, policy(may("Allow", "*", "arn:aws:s3:::${aws:username")), "brace"},
	{"variable's default not closed", keypolicy.IdentityPolicy, policy(may("Allow", "*", "arn:aws:s3:::${aws:username, 'a}")), "quote"},
	{"variable of nothing", keypolicy.IdentityPolicy, policy(may("Allow", "*", "arn:aws:s3:::${}")), "condition key"},
	{"variable with a space", keypolicy.IdentityPolicy, policy(may("Allow", "*", "arn:aws:s3:::${ aws:username }")), "condition key"},

	{"principal is a list", keypolicy.KeyPolicy, policy(to("Allow", `["*"]`)), "Principal"},
	{"principal is an ARN", keypolicy.KeyPolicy, policy(to("Allow", `"`+alice+`"`)), "Principal"},
	{"principal is empty", keypolicy.KeyPolicy, policy(to("Allow", `{}`)), "nobody"},
	{"principals of a type are empty", keypolicy.KeyPolicy, policy(to("Allow", `{"AWS":[]}`)), "AWS"},
	{"unknown type of principal", keypolicy.KeyPolicy, policy(to("Allow", `{"aws":"*"}`)), `"aws"`},
	{"wildcard in a user", keypolicy.KeyPolicy, policy(to("Allow", aws("arn:aws:iam::"+home+":user/*"))), "wildcard"},
	{"wildcard in a session", keypolicy.KeyPolicy, policy(to("Allow", aws("arn:aws:sts::"+home+":assumed-role/worker/*"))), "wildcard"},
	{"group", keypolicy.KeyPolicy, policy(to("Allow", aws("arn:aws:iam::"+home+":group/x"))), "group/x"},
	{"account of eleven digits", keypolicy.KeyPolicy, policy(to("Allow", aws("11112222333"))), "11112222333"},
	{"service without a domain", keypolicy.KeyPolicy, policy(to("Allow", `{"Service":"lambda"}`)), "lambda"},

	{"condition is a list", keypolicy.KeyPolicy, policy(to("Allow", `"*"`, `,"Condition":[]`)), "Condition"},
	{"operator is a string", keypolicy.KeyPolicy, policy(to("Allow", `"*"`, `,"Condition":{"Bool":"true"}`)), "Bool"},
	{"condition key without a service", keypolicy.KeyPolicy, policy(to("Allow", `"*"`, when("Bool", "secure", `true`))), `"secure"`},
	{"condition key twice", keypolicy.KeyPolicy, policy(to("Allow", `"*"`, `,"Condition":{"Bool":{"a:B":true,"A:b":true}}`)), "case"},
	{"value is null", keypolicy.KeyPolicy, policy(to("Allow", `"*"`, when("StringEquals", "a:b", `null`))), "null"},
	{"value is an object", keypolicy.KeyPolicy, policy(to("Allow", `"*"`, when("StringEquals", "a:b", `{}`))), "object"},
	{"value is no number", keypolicy.KeyPolicy, policy(to("Allow", `"*"`, when("NumericEquals", "a:b", `"1e3"`))), "NumericEquals, a:b"},
	{"value is no date", keypolicy.KeyPolicy, policy(to("Allow", `"*"`, when("DateEquals", "a:b", `"tomorrow"`))), "tomorrow"},
	{"value is no Boolean", keypolicy.KeyPolicy, policy(to("Allow", `"*"`, when("Null", "a:b", `"yes"`))), "yes"},
	{"value is no address", keypolicy.KeyPolicy, policy(to("Allow", `"*"`, when("IpAddress", "a:b", `"10.0.0.0/33"`))), "CIDR"},
	{"value is no base64", keypolicy.KeyPolicy, policy(to("Allow", `"*"`, when("BinaryEquals", "a:b", `"%"`))), "base64"},
	{"variable under a number", keypolicy.KeyPolicy, policy(to("Allow", `"*"`, when("NumericEquals", "a:b", `"${a:c}"`))), "number"},
	{"no kind", 0, `{"Statement":{S}}`, "kind"},
}

const good = `"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"`

func TestParseRefuses(t *testing.T) {
	for _, c := range malformed {
		t.Run(c.name, func(t *testing.T) {
			text := strings.ReplaceAll(c.text, "{S", "{"+good)
			d, err := keypolicy.Parse(c.kind, []byte(text))
			if !errors.Is(err, keypolicy.ErrMalformed) || d != nil {
				t.Fatalf("%v, %v", d, err)
			}
			if !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v; does not say %s", err, c.says)
			}
		})
	}
}

func TestParseTakes(t *testing.T) {
	for _, c := range []struct {
		kind       keypolicy.Kind
		text       string
		statements int
	}{
		{keypolicy.KeyPolicy, `{"Statement":{S}}`, 1},
		{keypolicy.KeyPolicy, `{"Version":"2008-10-17","Id":"key-default-1","Statement":[{S},{S,"Sid":"a b"},{S,"Sid":"a b"}]}`, 3},
		{keypolicy.KeyPolicy, `{"Statement":{"Effect":"Allow","Principal":"*","Action":"kms:*"}}`, 1},
		{keypolicy.KeyPolicy, `{"Statement":{S,"Condition":{}}}`, 1},
		{keypolicy.KeyPolicy, `{"Statement":{S,"Condition":{"NoSuchOperator":{"a:b":1}}}}`, 1},
		{keypolicy.KeyPolicy, policy(to("Allow", `{"AWS":["`+home+`","`+root+`","`+alice+`","`+role+`","`+session+`","*"],"Service":"logs.eu-west-1.amazonaws.com","Federated":"x"}`)), 1},
		{keypolicy.IdentityPolicy, mayAll, 1},
		{keypolicy.TrustPolicy, policy(`{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}`), 1},
	} {
		text := strings.ReplaceAll(c.text, "{S", "{"+good)
		d, err := keypolicy.Parse(c.kind, []byte(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if d.Statements() != c.statements || d.Kind() != c.kind {
			t.Errorf("%s: %d statements of a %v", text, d.Statements(), d.Kind())
		}
	}
}

func TestParsePrincipal(t *testing.T) {
	for arn, kind := range map[string]keypolicy.PrincipalKind{
		root: keypolicy.Root, alice: keypolicy.User, role: keypolicy.Role, lambda: keypolicy.Service,
		"arn:aws-us-gov:iam::" + home + ":role/r": keypolicy.Role, "ec2.amazonaws.com.cn": keypolicy.Service,
	} {
		if p, err := keypolicy.ParsePrincipal(arn); err != nil || p.Kind() != kind || p.ARN() != arn {
			t.Errorf("%s: %+v, %v", arn, p, err)
		}
	}
	for _, arn := range []string{"", "*", home, session, "arn:aws:iam::" + home + ":user/", "arn:aws:iam::" + home + ":group/g",
		"arn:aws:iam::1:root", root + "\n", "arn:aws:iam:eu-west-1:" + home + ":root", "lambda"} {
		if p, err := keypolicy.ParsePrincipal(arn); !errors.Is(err, keypolicy.ErrMalformed) {
			t.Errorf("%q: %+v, %v", arn, p, err)
		}
	}
	p, err := keypolicy.ParseSession(session, role)
	if err != nil || p.Kind() != keypolicy.Session || p.RoleARN() != role || p.Account() != home || p.ARN() != session {
		t.Errorf("%+v, %v", p, err)
	}
	for _, pair := range [][2]string{{session, farRole}, {session, alice}, {role, role}, {session, role + "2"}, {session, ""},
		{"arn:aws-cn:sts::" + home + ":assumed-role/worker/job-1", role}} {
		if p, err := keypolicy.ParseSession(pair[0], pair[1]); !errors.Is(err, keypolicy.ErrMalformed) {
			t.Errorf("%v: %+v, %v", pair, p, err)
		}
	}
	if p, err := caller(t, alice).Session("s1"); !errors.Is(err, keypolicy.ErrMalformed) {
		t.Errorf("a user's session: %+v, %v", p, err)
	}
}
