package keypolicy_test

import (
	"testing"

	"rekey/shared/keypolicy"
)

// Where two policies had to allow, a decision names the statements of both.
func TestDecisionOfTwo(t *testing.T) {
	own := []keypolicy.Named{named(t, "own", keypolicy.IdentityPolicy, mayAll)}
	of := func(kind keypolicy.Kind, text string) *keypolicy.Named {
		n := named(t, "resource", kind, text)
		return &n
	}
	both := keypolicy.Place{Policy: "own", Statement: "#1"}
	for _, c := range []struct {
		name, caller, action, resource string
		ps                             keypolicy.Policies
		want                           keypolicy.Place
	}{
		{"a key whose policy leaves it to the account", alice, "kms:Decrypt", keyARN,
			keypolicy.Policies{Identity: own, Resource: of(keypolicy.KeyPolicy, policy(to("Allow", aws(root))))}, both},
		{"a key whose policy names the caller", alice, "kms:Decrypt", keyARN,
			keypolicy.Policies{Identity: own, Resource: of(keypolicy.KeyPolicy, policy(to("Allow", aws(alice))))}, keypolicy.Place{}},
		{"a secret of another account", bob, "secretsmanager:GetSecretValue", secret,
			keypolicy.Policies{Identity: own, Resource: of(keypolicy.ResourcePolicy, policy(to("Allow", aws(bob))))}, both},
		{"one's own policy alone", alice, "secretsmanager:GetSecretValue", secret, keypolicy.Policies{Identity: own}, keypolicy.Place{}},
	} {
		p := caller(t, c.caller)
		d, err := keypolicy.Evaluate(keypolicy.Request{Principal: p, Action: c.action, Resource: c.resource, ResourceAccount: home, Context: p.Context()}, c.ps)
		if err != nil || d.Effect != allowed || d.With != c.want {
			t.Errorf("%s: %+v, %v; want it with %+v", c.name, d, err, c.want)
		}
	}
}
