package keypolicy_test

import (
	"testing"

	"rekey/shared/keypolicy"
)

// A decision says which type of policy it is due to, as services tell it.
func TestDecisionType(t *testing.T) {
	const (
		identity = keypolicy.TypeIdentity
		resource = keypolicy.TypeResource
		boundary = keypolicy.TypeBoundary
		passed   = keypolicy.TypeSession
		control  = keypolicy.TypeServiceControl
	)
	one := func(name, text string) []keypolicy.Named {
		return []keypolicy.Named{named(t, name, keypolicy.IdentityPolicy, text)}
	}
	bound := func(text string) *keypolicy.Named { return &one("boundary", text)[0] }
	of := func(text string) *keypolicy.Named {
		n := named(t, "resource", keypolicy.ResourcePolicy, text)
		return &n
	}
	for _, c := range []struct {
		name   string
		caller string
		ps     keypolicy.Policies
		effect keypolicy.Effect
		want   keypolicy.PolicyType
	}{
		{"nothing", alice, keypolicy.Policies{}, implicit, identity},
		{"its own policy", alice, keypolicy.Policies{Identity: one("own", mayAll)}, allowed, identity},
		{"its own Deny", alice, keypolicy.Policies{Identity: one("own", mayNot)}, explicit, identity},
		{"the resource's policy", alice, keypolicy.Policies{Resource: of(policy(to("Allow", aws(alice))))}, allowed, resource},
		{"the resource's Deny", alice, keypolicy.Policies{Identity: one("own", mayAll), Resource: of(policy(to("Deny", `"*"`)))}, explicit, resource},
		{"another account without the resource's leave", bob, keypolicy.Policies{Identity: one("own", mayAll)}, implicit, resource},
		{"another account without its own leave", bob, keypolicy.Policies{Resource: of(policy(to("Allow", aws(bob))))}, implicit, identity},
		{"a boundary that leaves out", alice, keypolicy.Policies{Identity: one("own", mayAll), Boundary: bound(nothing)}, implicit, boundary},
		{"a boundary that denies", alice, keypolicy.Policies{Identity: one("own", mayAll), Boundary: bound(mayNot)}, explicit, boundary},
		{"a boundary, and nothing of its own", alice, keypolicy.Policies{Boundary: bound(nothing)}, implicit, identity},
		{"a session policy that leaves out", session, keypolicy.Policies{Identity: one("own", mayAll), Session: one("passed", nothing)}, implicit, passed},
		{"a session policy that denies", session, keypolicy.Policies{Identity: one("own", mayAll), Session: one("passed", mayNot)}, explicit, passed},
		{"a role that is named, within its session policy", session, keypolicy.Policies{Resource: of(policy(to("Allow", aws(role)))), Session: one("passed", nothing)}, implicit, passed},
		{"another account, within its boundary", bob, keypolicy.Policies{Identity: one("own", mayAll), Boundary: bound(nothing), Resource: of(policy(to("Allow", aws(bob))))}, implicit, boundary},
		{"a service control policy that leaves out", alice, keypolicy.Policies{Identity: one("own", mayAll), ServiceControl: [][]keypolicy.Named{one("all", mayAll), one("few", nothing)}}, implicit, control},
		{"a service control policy that denies", root, keypolicy.Policies{ServiceControl: [][]keypolicy.Named{one("none", mayNot)}}, explicit, control},
		{"a root user", root, keypolicy.Policies{}, allowed, 0},
		{"a service that nothing names", lambda, keypolicy.Policies{}, implicit, resource},
		{"whoever", nobody, keypolicy.Policies{}, implicit, resource},
	} {
		p := caller(t, c.caller)
		r := keypolicy.Request{Principal: p, Action: "secretsmanager:GetSecretValue", Resource: secret, ResourceAccount: home, Context: p.Context()}
		d, err := keypolicy.Evaluate(r, c.ps)
		if err != nil || d.Effect != c.effect || d.Type != c.want {
			t.Errorf("%s: %+v, %v; want %v by type %d", c.name, d, err, c.effect, c.want)
		}
	}
}
