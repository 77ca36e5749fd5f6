package keypolicy_test

import (
	"testing"

	"rekey/shared/keypolicy"
)

// A role's trust policy is, beside a key policy, the exception to the rule that
// either side suffices (IAM User Guide, "How AWS enforcement code logic
// evaluates requests to allow or deny access", Resource-based policies).
func TestTrustPolicies(t *testing.T) {
	trust := func(effect, principal string) string {
		return policy(`{"Effect":"` + effect + `","Principal":` + principal + `,"Action":"sts:AssumeRole"}`)
	}
	for _, c := range []struct {
		name, caller, trust string
		identity            bool
		want                keypolicy.Effect
	}{
		{"user trusted", alice, trust("Allow", aws(alice)), false, allowed},
		{"account trusted, identity policy", alice, trust("Allow", aws(root)), true, allowed},
		{"account trusted alone", alice, trust("Allow", aws(root)), false, implicit},
		{"identity policy alone", alice, trust("Allow", aws(bob)), true, implicit},
		{"root user, not trusted", root, trust("Allow", aws(alice)), false, implicit},
		{"another account, both sides", bob, trust("Allow", aws(other)), true, allowed},
		{"another account, trusted only", bob, trust("Allow", aws(bob)), false, implicit},
		{"service trusted", lambda, trust("Allow", `{"Service":"lambda.amazonaws.com"}`), false, allowed},
		{"service not trusted", lambda, trust("Allow", aws(root)), false, implicit},
		{"denied", alice, trust("Deny", aws(alice)), true, explicit},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := named(t, "trust", keypolicy.TrustPolicy, c.trust)
			ps := keypolicy.Policies{Resource: &n}
			if c.identity {
				ps.Identity = []keypolicy.Named{named(t, "own", keypolicy.IdentityPolicy, mayAll)}
			}
			d, err := keypolicy.Evaluate(keypolicy.Request{Principal: caller(t, c.caller), Action: "sts:AssumeRole", Resource: role, ResourceAccount: home}, ps)
			if err != nil || d.Effect != c.want {
				t.Errorf("%+v, %v; want %v", d, err, c.want)
			}
		})
	}
}
