package keypolicy_test

import (
	"errors"
	"strings"
	"testing"

	"rekey/shared/keypolicy"
)

// What limits a caller: "How AWS enforcement code logic evaluates requests to
// allow or deny access", "Permissions boundaries for IAM entities", "Session
// policies", "Cross-account policy evaluation logic" (IAM User Guide) and "SCP
// evaluation" (AWS Organizations User Guide). yes allows everything, no allows
// something else, never denies.
func TestLimits(t *testing.T) {
	yes, no, never := mayAll, nothing, mayNot
	type limits struct {
		boundary string
		session  []string
		levels   [][]string
	}
	for _, c := range []struct {
		name     string
		caller   string
		identity string
		limits   limits
		resource string // of a secret; "" for none
		want     keypolicy.Effect
		says     string
	}{
		{"boundary allows", alice, yes, limits{boundary: yes}, "", allowed, "identity"},
		{"boundary does not", alice, yes, limits{boundary: no}, "", implicit, "boundary"},
		{"boundary denies", alice, yes, limits{boundary: never}, "", explicit, "boundary"},
		{"boundary alone grants nothing", alice, no, limits{boundary: yes}, "", implicit, "neither"},
		{"user named, boundary does not", alice, no, limits{boundary: no}, policy(to("Allow", aws(alice))), allowed, "secret"},
		{"everyone, boundary does not", session, no, limits{boundary: no}, policy(to("Allow", `"*"`)), allowed, "secret"},
		{"role named, boundary does not", session, no, limits{boundary: no}, policy(to("Allow", aws(role))), implicit, "boundary"},
		{"role named, boundary allows", session, no, limits{boundary: yes}, policy(to("Allow", aws(role))), allowed, "secret"},
		{"session named, boundary does not", session, no, limits{boundary: no}, policy(to("Allow", aws(session))), allowed, "secret"},
		{"session and role named", session, no, limits{boundary: no}, policy(to("Allow", aws(role)), to("Allow", aws(session))), allowed, "#2"},
		{"session named, boundary denies", session, no, limits{boundary: never}, policy(to("Allow", aws(session))), explicit, "boundary"},
		{"any session, boundary does not", role, yes, limits{boundary: no}, policy(to("Allow", aws(role))), implicit, "boundary"},

		{"session policy allows", session, yes, limits{session: []string{yes}}, "", allowed, "identity"},
		{"one of two session policies allows", session, yes, limits{session: []string{no, yes}}, "", allowed, "identity"},
		{"session policy does not", session, yes, limits{session: []string{no}}, "", implicit, "session policy"},
		{"session policy alone grants nothing", session, no, limits{session: []string{yes}}, "", implicit, "neither"},
		{"session policy denies", session, yes, limits{session: []string{yes, never}}, "", explicit, "session"},
		{"role named, session policy does not", session, yes, limits{session: []string{no}}, policy(to("Allow", aws(role))), implicit, "session policy"},
		{"session named, session policy does not", session, no, limits{session: []string{no}}, policy(to("Allow", aws(session))), allowed, "secret"},

		{"every level allows", alice, yes, limits{levels: [][]string{{yes}, {no, yes}}}, "", allowed, "identity"},
		{"one level does not", alice, yes, limits{levels: [][]string{{yes}, {no}, {yes}}}, "", implicit, "level 2 of 3"},
		{"a level without policies", alice, yes, limits{levels: [][]string{{}}}, "", implicit, "level 1"},
		{"a level denies", alice, yes, limits{levels: [][]string{{yes, never}, {yes}}}, "", explicit, "control"},
		{"user named, level does not", alice, yes, limits{levels: [][]string{{no}}}, policy(to("Allow", aws(alice))), implicit, "level 1"},
		{"session named, level does not", session, yes, limits{levels: [][]string{{no}}}, policy(to("Allow", aws(session))), implicit, "level 1"},
		{"root user, level does not", root, "", limits{levels: [][]string{{no}}}, "", implicit, "level 1"},
		{"root user, level allows", root, "", limits{levels: [][]string{{yes}}}, "", allowed, "root user"},
		{"a service is not under them", lambda, "", limits{levels: [][]string{{never}}}, policy(to("Allow", `{"Service":"lambda.amazonaws.com"}`)), allowed, "secret"},
		{"nor a service-linked role", linked, yes, limits{levels: [][]string{{never}}}, "", allowed, "identity"},

		{"another account, boundary does not", bob, yes, limits{boundary: no}, policy(to("Allow", aws(bob))), implicit, "boundary"},
		{"another account, session named", farSess, yes, limits{session: []string{no}}, policy(to("Allow", aws(farSess))), implicit, "session policy"},
		{"another account, session named, no identity policy", farSess, no, limits{}, policy(to("Allow", aws(farSess))), implicit, "no identity policy"},
		{"another account, level does not", bob, yes, limits{levels: [][]string{{no}}}, policy(to("Allow", aws(bob))), implicit, "level 1"},
		{"another account, all allow", farSess, yes, limits{yes, []string{yes}, [][]string{{yes}}}, policy(to("Allow", aws(farRole))), allowed, "role"},

		{"NotPrincipal takes in whoever has a boundary", alice, yes, limits{boundary: yes}, policy(notTo("Deny", alice, root)), explicit, "secret"},
		{"NotPrincipal without a boundary", alice, yes, limits{}, policy(notTo("Deny", alice, root)), allowed, "identity"},
	} {
		t.Run(c.name, func(t *testing.T) {
			read := func(name string, texts ...string) (ns []keypolicy.Named) {
				for _, text := range texts {
					if text != "" {
						ns = append(ns, named(t, name, keypolicy.IdentityPolicy, text))
					}
				}
				return ns
			}
			ps := keypolicy.Policies{Identity: read("identity", c.identity), Session: read("session", c.limits.session...)}
			if b := read("boundary", c.limits.boundary); b != nil {
				ps.Boundary = &b[0]
			}
			for _, level := range c.limits.levels {
				ps.ServiceControl = append(ps.ServiceControl, read("control", level...))
			}
			if c.resource != "" {
				n := named(t, "secret", keypolicy.ResourcePolicy, c.resource)
				ps.Resource = &n
			}
			r := keypolicy.Request{Principal: caller(t, c.caller), Action: "secretsmanager:GetSecretValue", Resource: secret, ResourceAccount: home}
			d, err := keypolicy.Evaluate(r, ps)
			if err != nil || d.Effect != c.want || !strings.Contains(d.Reason, c.says) {
				t.Errorf("%+v, %v; want %v, %q", d, err, c.want, c.says)
			}
		})
	}
}

// A key's policy decides whether identity policies count; what limits them
// limits them there too.
func TestLimitsOfAKey(t *testing.T) {
	yes := named(t, "own", keypolicy.IdentityPolicy, mayAll)
	no := named(t, "boundary", keypolicy.IdentityPolicy, nothing)
	for _, c := range []struct {
		name, caller, key string
		want              keypolicy.Effect
	}{
		{"delegation", alice, policy(delegating), implicit},
		{"user named", alice, policy(to("Allow", aws(alice))), allowed},
		{"role named", session, policy(delegating, to("Allow", aws(role))), implicit},
		{"session named", session, policy(delegating, to("Allow", aws(session))), allowed},
	} {
		key := named(t, "key", keypolicy.KeyPolicy, c.key)
		d, err := keypolicy.Evaluate(keypolicy.Request{Principal: caller(t, c.caller), Action: "kms:Decrypt", Resource: keyARN, ResourceAccount: home},
			keypolicy.Policies{Identity: []keypolicy.Named{yes}, Boundary: &no, Resource: &key})
		if err != nil || d.Effect != c.want {
			t.Errorf("%s: %+v, %v", c.name, d, err)
		}
	}
}

// KMS Developer Guide, "Grants in AWS KMS" and "Using grant constraints".
func TestGrants(t *testing.T) {
	pair := map[string]string{"Department": "IT"}
	for _, c := range []struct {
		name     string
		caller   string
		action   string
		identity string
		grant    keypolicy.Grant
		bounded  bool
		want     keypolicy.Effect
	}{
		{"user", alice, "kms:Decrypt", "", keypolicy.Grant{Grantee: alice}, false, allowed},
		{"user, boundary does not", alice, "kms:Decrypt", "", keypolicy.Grant{Grantee: alice}, true, allowed},
		{"role", session, "kms:Decrypt", "", keypolicy.Grant{Grantee: role}, false, allowed},
		{"role, boundary does not", session, "kms:Decrypt", "", keypolicy.Grant{Grantee: role}, true, implicit},
		{"session", session, "kms:Decrypt", "", keypolicy.Grant{Grantee: session}, true, allowed},
		{"service", lambda, "kms:Decrypt", "", keypolicy.Grant{Grantee: lambda}, false, allowed},
		{"somebody else", alice, "kms:Decrypt", "", keypolicy.Grant{Grantee: bob}, false, implicit},
		{"another operation", alice, "kms:Encrypt", "", keypolicy.Grant{Grantee: alice}, false, implicit},
		{"identity Deny", alice, "kms:Decrypt", mayNot, keypolicy.Grant{Grantee: alice}, false, explicit},
		{"another account, grant alone", bob, "kms:Decrypt", "", keypolicy.Grant{Grantee: bob}, false, implicit},
		{"another account, both", bob, "kms:Decrypt", mayAll, keypolicy.Grant{Grantee: bob}, false, allowed},
		{"equal context", alice, "kms:Decrypt", "", keypolicy.Grant{Grantee: alice, EncryptionContextEquals: map[string]string{"Department": "IT", "a": "b"}}, false, allowed},
		{"less than the context", alice, "kms:Decrypt", "", keypolicy.Grant{Grantee: alice, EncryptionContextEquals: pair}, false, implicit},
		{"subset", alice, "kms:Decrypt", "", keypolicy.Grant{Grantee: alice, EncryptionContextSubset: pair}, false, allowed},
		{"subset in other case", alice, "kms:Decrypt", "", keypolicy.Grant{Grantee: alice, EncryptionContextSubset: map[string]string{"department": "IT"}}, false, implicit},
		{"no subset", alice, "kms:Decrypt", "", keypolicy.Grant{Grantee: alice, EncryptionContextSubset: map[string]string{"Department": "HR"}}, false, implicit},
		{"constraint of DescribeKey", alice, "kms:DescribeKey", "", keypolicy.Grant{Grantee: alice, EncryptionContextEquals: pair}, false, allowed},
	} {
		c.grant.ID, c.grant.Operations = "g-1", []string{"DescribeKey", "Decrypt"}
		key := keypolicy.Named{Name: "key", Document: keypolicy.Empty(keypolicy.KeyPolicy)}
		ps := keypolicy.Policies{Resource: &key, Grants: []keypolicy.Grant{c.grant}}
		if c.identity != "" {
			ps.Identity = []keypolicy.Named{named(t, "own", keypolicy.IdentityPolicy, c.identity)}
		}
		if c.bounded {
			n := named(t, "boundary", keypolicy.IdentityPolicy, nothing)
			ps.Boundary = &n
		}
		d, err := keypolicy.Evaluate(keypolicy.Request{Principal: caller(t, c.caller), Action: c.action, Resource: keyARN, ResourceAccount: home,
			Context: map[string][]string{"kms:EncryptionContext:Department": {"IT"}, "kms:encryptioncontext:a": {"b"}}}, ps)
		if err != nil || d.Effect != c.want || d.Effect == allowed && d.Statement != "g-1" {
			t.Errorf("%s: %+v, %v", c.name, d, err)
		}
	}
}

// Which of two pairs has which name is not told where the names differ only in
// case, so a constraint on them allows nothing, and is not taken for unmet.
func TestGrantOfUnclearContext(t *testing.T) {
	key := keypolicy.Named{Name: "key", Document: keypolicy.Empty(keypolicy.KeyPolicy)}
	r := keypolicy.Request{Principal: caller(t, alice), Action: "kms:Decrypt", Resource: keyARN, ResourceAccount: home,
		Context: map[string][]string{"kms:EncryptionContext:x": {"1"}, "kms:EncryptionContext:A": {"1", "2"}}}
	g := keypolicy.Grant{ID: "g-1", Grantee: alice, Operations: []string{"Decrypt"}}
	if d, err := keypolicy.Evaluate(r, keypolicy.Policies{Resource: &key, Grants: []keypolicy.Grant{g}}); err != nil || d.Effect != allowed {
		t.Errorf("without a constraint: %+v, %v", d, err)
	}
	g.EncryptionContextEquals = map[string]string{"x": "1"}
	if d, err := keypolicy.Evaluate(r, keypolicy.Policies{Resource: &key, Grants: []keypolicy.Grant{g}}); !errors.Is(err, keypolicy.ErrUnsupported) {
		t.Errorf("with a constraint: %+v, %v", d, err)
	}
}

// A session whose role is not known is one of the role of its name, wherever
// that is: names are unique in an account.
func TestSessionAlone(t *testing.T) {
	p, err := keypolicy.ParseSessionAlone(session)
	if err != nil || p.Kind() != keypolicy.Session || p.Account() != home {
		t.Fatalf("%+v, %v", p, err)
	}
	for principal, want := range map[string]keypolicy.Effect{
		role: allowed, session: allowed, "arn:aws:iam::" + home + ":role/worker": allowed,
		"arn:aws:iam::" + home + ":role/svc/worker2": implicit, "arn:aws:iam::" + home + ":user/worker": implicit,
		"arn:aws:iam::" + other + ":role/worker": implicit, "arn:aws-cn:iam::" + home + ":role/worker": implicit,
	} {
		key := named(t, "key", keypolicy.KeyPolicy, policy(to("Allow", aws(principal))))
		d, err := keypolicy.Evaluate(keypolicy.Request{Principal: p, Action: "kms:Decrypt", Resource: keyARN, ResourceAccount: home}, keypolicy.Policies{Resource: &key})
		if err != nil || d.Effect != want {
			t.Errorf("%s: %+v, %v", principal, d, err)
		}
	}
	if _, err := keypolicy.ParseSessionAlone(role); err == nil {
		t.Error("a role is no session")
	}
}
