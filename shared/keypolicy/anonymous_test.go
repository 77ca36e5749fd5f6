package keypolicy_test

import (
	"errors"
	"testing"

	"rekey/shared/keypolicy"
)

// Without credentials only everyone's permissions are had, and of a resource
// whose service takes such requests.
func TestAnonymous(t *testing.T) {
	const object = "arn:aws:s3:::bucket/key"
	open := policy(to("Allow", `"*"`))
	for _, c := range []struct {
		name, action, resource, policy string
		want                           keypolicy.Effect
	}{
		{"everyone", "s3:GetObject", object, open, allowed},
		{"everyone, as AWS principals", "s3:GetObject", object, policy(to("Allow", aws("*"))), allowed},
		{"no policy", "s3:GetObject", object, "", implicit},
		{"its owner", "s3:GetObject", object, policy(to("Allow", aws(home))), implicit},
		{"a service", "s3:GetObject", object, policy(to("Allow", `{"Service":"lambda.amazonaws.com"}`)), implicit},
		{"an account by its canonical id", "s3:GetObject", object, policy(to("Allow", `{"CanonicalUser":"79a5"}`)), implicit},
		{"everyone but a role, denied", "s3:GetObject", object, policy(to("Allow", `"*"`), `{"Effect":"Deny","NotPrincipal":`+aws(role, home)+`,"Action":"*","Resource":"*"}`), explicit},
		{"everyone, denied", "s3:GetObject", object, policy(to("Allow", `"*"`), to("Deny", `"*"`)), explicit},
		{"everyone of one account", "s3:GetObject", object, policy(to("Allow", `"*"`, when("StringEquals", "aws:PrincipalAccount", `"`+home+`"`))), implicit},
		{"whoever has no account", "s3:GetObject", object, policy(to("Allow", `"*"`, when("StringEquals", "aws:PrincipalAccount", `"anonymous"`))), allowed},
		{"whoever has no ARN", "s3:GetObject", object, policy(to("Allow", `"*"`, when("Null", "aws:PrincipalArn", `"true"`))), allowed},
		{"by its kind", "s3:GetObject", object, policy(to("Deny", `"*"`, when("StringEquals", "aws:PrincipalType", `"Anonymous"`))), explicit},
		{"neither a service nor none", "s3:GetObject", object, policy(to("Allow", `"*"`, when("Bool", "aws:PrincipalIsAWSService", `"false"`))), implicit},
		{"a key that everyone may use", "kms:Decrypt", keyARN, open, implicit},
		{"a role that everyone may assume", "sts:AssumeRole", role, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}}`, implicit},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := keypolicy.AnonymousCaller()
			r := keypolicy.Request{Principal: p, Action: c.action, Resource: c.resource, ResourceAccount: home, Context: p.Context()}
			var asked keypolicy.Policies
			if c.policy != "" {
				n := named(t, "resource", keypolicy.ResourceKind(c.action, c.resource), c.policy)
				asked.Resource = &n
			}
			d, err := keypolicy.Evaluate(r, asked)
			if err != nil || d.Effect != c.want {
				t.Errorf("%+v, %v", d, err)
			}
		})
	}
}

// A caller without credentials has no policies of its own, and no service
// control policy limits it.
func TestAnonymousPolicies(t *testing.T) {
	p := keypolicy.AnonymousCaller()
	r := keypolicy.Request{Principal: p, Action: "s3:GetObject", Resource: "arn:aws:s3:::bucket/key", ResourceAccount: home}
	all, open := named(t, "all", keypolicy.IdentityPolicy, mayAll), named(t, "open", keypolicy.ResourcePolicy, policy(to("Allow", `"*"`)))
	for name, ps := range map[string]keypolicy.Policies{
		"identity policy": {Identity: []keypolicy.Named{all}},
		"boundary":        {Boundary: &all},
		"session policy":  {Session: []keypolicy.Named{all}},
	} {
		if _, err := keypolicy.Evaluate(r, ps); !errors.Is(err, keypolicy.ErrRequest) {
			t.Errorf("%s: %v", name, err)
		}
	}
	none := named(t, "none", keypolicy.IdentityPolicy, mayNot)
	if d, err := keypolicy.Evaluate(r, keypolicy.Policies{ServiceControl: [][]keypolicy.Named{{none}}, Resource: &open}); err != nil || d.Effect != allowed {
		t.Errorf("%+v, %v", d, err)
	}
}
