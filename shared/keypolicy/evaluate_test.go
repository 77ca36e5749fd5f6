package keypolicy_test

import (
	"errors"
	"testing"

	"rekey/shared/keypolicy"
)

const (
	allowed    = keypolicy.Allowed
	explicit   = keypolicy.ExplicitlyDenied
	implicit   = keypolicy.ImplicitlyDenied
	delegating = `{"Sid":"Enable IAM policies","Effect":"Allow","Principal":{"AWS":"` + root + `"},"Action":"kms:*","Resource":"*"}`
)

var (
	mayAll  = policy(may("Allow", "*", "*"))
	mayNot  = policy(may("Deny", "*", "*"))
	nothing = policy(may("Allow", "ec2:*", "*"))
)

// decisions are the rules that combine policies. key is the policy of a key,
// rest that of a secret; with neither the secret has none.
var decisions = []struct {
	name      string
	caller    string
	identity  []string
	key, rest string
	action    string // kms:Decrypt or secretsmanager:GetSecretValue if empty
	want      keypolicy.Effect
	statement string
}{
	// KMS Developer Guide, "Default key policy".
	{name: "delegation and identity policy", caller: alice, identity: []string{mayAll}, key: policy(delegating), want: allowed, statement: "Enable IAM policies"},
	{name: "delegation alone", caller: alice, key: policy(delegating), want: implicit},
	{name: "delegation and another permission", caller: alice, identity: []string{nothing}, key: policy(delegating), want: implicit},
	{name: "identity policy without delegation counts for nothing", caller: alice, identity: []string{mayAll}, key: policy(to("Allow", aws(role))), want: implicit},
	{name: "identity Deny counts without delegation", caller: alice, identity: []string{mayNot}, key: policy(to("Allow", aws(alice))), want: explicit, statement: "#1"},
	{name: "delegation by account id", caller: alice, identity: []string{mayAll}, key: policy(to("Allow", aws(home))), want: allowed},
	{name: "delegation to another account only", caller: alice, identity: []string{mayAll}, key: policy(to("Allow", aws(other))), want: implicit},
	{name: "delegation of other actions", caller: alice, identity: []string{mayAll}, key: policy(`{"Effect":"Allow","Principal":` + aws(root) + `,"Action":"kms:Describe*","Resource":"*"}`), want: implicit},
	{name: "delegation under a condition that holds", caller: alice, identity: []string{mayAll}, key: policy(to("Allow", aws(root), when("StringEquals", "kms:ViaService", `"s3.eu-west-1.amazonaws.com"`))), want: allowed},
	{name: "delegation under a condition that fails", caller: alice, identity: []string{mayAll}, key: policy(to("Allow", aws(root), when("StringEquals", "kms:ViaService", `"ec2.eu-west-1.amazonaws.com"`))), want: implicit},
	{name: "delegation of a session's identity policies", caller: session, identity: []string{mayAll}, key: policy(delegating), want: allowed},
	{name: "delegation of another partition", caller: alice, identity: []string{mayAll}, key: policy(to("Allow", aws("arn:aws-cn:iam::"+home+":root"))), want: implicit},
	{name: "root user, named by its account", caller: root, key: policy(delegating), want: allowed, statement: "Enable IAM policies"},
	{name: "root user, named by account id", caller: root, key: policy(to("Allow", aws(home))), want: allowed},
	{name: "root user has nothing without the key policy", caller: root, key: policy(to("Allow", aws(alice))), want: implicit},
	{name: "root user, denied by the key policy", caller: root, key: policy(delegating, to("Deny", `"*"`)), want: explicit, statement: "#2"},

	// KMS Developer Guide, "Creating a key policy": the key policy alone suffices
	// for the principals it names, in the key's account.
	{name: "user named", caller: alice, key: policy(to("Allow", aws(alice))), want: allowed, statement: "#1"},
	{name: "user named without its path", caller: alice, key: policy(to("Allow", aws("arn:aws:iam::"+home+":user/alice"))), want: implicit},
	{name: "user named in other case", caller: alice, key: policy(to("Allow", aws("arn:aws:iam::"+home+":user/team/Alice"))), want: implicit},
	{name: "another user named", caller: alice, key: policy(to("Allow", aws("arn:aws:iam::"+home+":user/mallory"))), want: implicit},
	{name: "asterisk reaches the account's own users", caller: alice, key: policy(to("Allow", `"*"`)), want: allowed},
	{name: "AWS asterisk is the same", caller: alice, key: policy(to("Allow", aws("*"))), want: allowed},
	{name: "asterisk reaches the root user", caller: root, key: policy(to("Allow", `"*"`)), want: allowed},
	{name: "asterisk under a condition that fails", caller: alice, key: policy(to("Allow", `"*"`, when("StringEquals", "kms:CallerAccount", `"`+other+`"`))), want: implicit},
	{name: "statement without Resource has no effect", caller: alice, key: policy(`{"Effect":"Allow","Principal":"*","Action":"kms:*"}`), want: implicit},
	{name: "Deny without Resource has no effect either", caller: alice, key: policy(to("Allow", aws(alice)), `{"Effect":"Deny","Principal":"*","Action":"kms:*"}`), want: allowed},
	{name: "the key's own ARN as Resource", caller: alice, key: policy(`{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"` + keyARN + `"}`), want: allowed},
	{name: "another key's ARN as Resource", caller: alice, key: policy(`{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"` + keyARN + `0"}`), want: implicit},

	// IAM User Guide, "AWS JSON policy elements: Principal": role and session.
	{name: "role named reaches its session", caller: session, key: policy(to("Allow", aws(role))), want: allowed},
	{name: "role named without its path", caller: session, key: policy(to("Allow", aws("arn:aws:iam::"+home+":role/worker"))), want: implicit},
	{name: "session named", caller: session, key: policy(to("Allow", aws(session))), want: allowed},
	{name: "another session named", caller: session, key: policy(to("Allow", aws(session+"2"))), want: implicit},
	{name: "session named does not reach the role at large", caller: role, key: policy(to("Allow", aws(session))), want: implicit},
	{name: "role at large", caller: role, key: policy(to("Allow", aws(role))), want: allowed},
	{name: "user of the role's name", caller: session, key: policy(to("Allow", aws("arn:aws:iam::"+home+":user/svc/worker"))), want: implicit},
	{name: "Deny of the role reaches its session", caller: session, key: policy(to("Allow", aws(session)), to("Deny", aws(role))), want: explicit},
	{name: "Deny of one session", caller: session, key: policy(to("Allow", aws(role)), to("Deny", aws(session))), want: explicit},
	{name: "Deny of another session", caller: session, key: policy(to("Allow", aws(role)), to("Deny", aws(session+"2"))), want: allowed},
	{name: "Deny of the account reaches its users", caller: alice, key: policy(to("Allow", aws(alice)), to("Deny", aws(home))), want: explicit},
	{name: "Deny of another account", caller: alice, key: policy(to("Allow", aws(alice)), to("Deny", aws(other))), want: allowed},

	// IAM User Guide, "Policy evaluation logic": an explicit Deny overrides.
	{name: "Deny after Allow in one policy", caller: alice, key: policy(to("Allow", aws(alice)), to("Deny", aws(alice))), want: explicit, statement: "#2"},
	{name: "Deny before Allow in one policy", caller: alice, key: policy(to("Deny", aws(alice)), to("Allow", aws(alice))), want: explicit, statement: "#1"},
	{name: "identity Deny over a direct grant", caller: alice, identity: []string{mayAll, mayNot}, key: policy(to("Allow", aws(alice))), want: explicit},
	{name: "identity Deny of another action", caller: alice, identity: []string{policy(may("Deny", "kms:Encrypt", "*"))}, key: policy(to("Allow", aws(alice))), want: allowed},
	{name: "second identity policy allows", caller: alice, identity: []string{nothing, mayAll}, key: policy(delegating), want: allowed},

	// IAM User Guide, "Cross-account policy evaluation logic"; KMS Developer
	// Guide, "Allowing users in other accounts to use a KMS key".
	{name: "both sides, by account", caller: bob, identity: []string{mayAll}, key: policy(to("Allow", aws(farRoot))), want: allowed},
	{name: "both sides, by user", caller: bob, identity: []string{mayAll}, key: policy(to("Allow", aws(bob))), want: allowed},
	{name: "both sides, by role", caller: farSess, identity: []string{mayAll}, key: policy(to("Allow", aws(farRole))), want: allowed},
	{name: "both sides, by session", caller: farSess, identity: []string{mayAll}, key: policy(to("Allow", aws(farSess))), want: allowed},
	{name: "both sides, by asterisk", caller: bob, identity: []string{mayAll}, key: policy(to("Allow", `"*"`)), want: allowed},
	{name: "key policy only, by account", caller: bob, key: policy(to("Allow", aws(farRoot))), want: implicit},
	{name: "key policy only, by user", caller: bob, key: policy(to("Allow", aws(bob))), want: implicit},
	{name: "key policy only, by session", caller: farSess, key: policy(to("Allow", aws(farSess))), want: implicit},
	{name: "key policy only, by asterisk", caller: bob, key: policy(to("Allow", `"*"`)), want: implicit},
	{name: "identity policy only", caller: bob, identity: []string{mayAll}, key: policy(delegating), want: implicit},
	{name: "identity policy on another key", caller: bob, identity: []string{policy(may("Allow", "kms:*", keyARN+"0"))}, key: policy(to("Allow", aws(farRoot))), want: implicit},
	{name: "identity policy on the key's ARN", caller: bob, identity: []string{policy(may("Allow", "kms:*", keyARN))}, key: policy(to("Allow", aws(farRoot))), want: allowed},
	{name: "identity Deny of the other account", caller: bob, identity: []string{mayAll, mayNot}, key: policy(to("Allow", aws(bob))), want: explicit},
	{name: "root user of the other account", caller: farRoot, key: policy(to("Allow", aws(farRoot))), want: allowed},
	{name: "root user of another account, not named", caller: farRoot, key: policy(to("Allow", aws(bob))), want: implicit},
	{name: "administration has no effect across accounts", caller: bob, identity: []string{mayAll}, key: policy(to("Allow", aws(bob))), action: "kms:ScheduleKeyDeletion", want: implicit},
	{name: "nor for the root user", caller: farRoot, key: policy(to("Allow", `"*"`)), action: "kms:PutKeyPolicy", want: implicit},
	{name: "grants have effect across accounts", caller: bob, identity: []string{mayAll}, key: policy(to("Allow", aws(bob))), action: "kms:CreateGrant", want: allowed},
	{name: "administration in the key's account", caller: alice, key: policy(to("Allow", aws(alice))), action: "kms:ScheduleKeyDeletion", want: allowed},

	// "AWS JSON policy elements: Principal", AWS service principals.
	{name: "service named", caller: lambda, key: policy(to("Allow", `{"Service":"lambda.amazonaws.com"}`)), want: allowed},
	{name: "service in a list", caller: lambda, key: policy(to("Allow", `{"AWS":"`+root+`","Service":["s3.amazonaws.com","lambda.amazonaws.com"]}`)), want: allowed},
	{name: "another service named", caller: lambda, key: policy(to("Allow", `{"Service":"s3.amazonaws.com"}`)), want: implicit},
	{name: "service and the account's root", caller: lambda, key: policy(delegating), want: implicit},
	{name: "service and everyone", caller: lambda, key: policy(to("Allow", `"*"`)), want: allowed},
	{name: "service denied", caller: lambda, key: policy(to("Allow", `{"Service":"lambda.amazonaws.com"}`), to("Deny", `"*"`)), want: explicit},
	{name: "user where a service is named", caller: alice, key: policy(to("Allow", `{"Service":"lambda.amazonaws.com"}`)), want: implicit},
	{name: "service and AWS asterisk under a condition that fails", caller: lambda, key: policy(to("Allow", aws("*"), when("StringEquals", "aws:PrincipalOrgID", `"o-1"`))), want: implicit},

	{name: "service and AWS asterisk", caller: lambda, key: policy(to("Allow", aws("*"))), want: allowed},

	// "… Principal": identity providers, federated users, unique ids.
	{name: "identity provider, not the session's", caller: session, key: policy(to("Allow", `{"Federated":"accounts.google.com"}`)), want: implicit},
	{name: "identity provider of the session", caller: session, key: policy(to("Allow", `{"Federated":"graph.facebook.com"}`)), want: allowed},
	{name: "identity provider and a user", caller: alice, key: policy(to("Allow", `{"Federated":"graph.facebook.com"}`)), want: implicit},
	{name: "Deny of an identity provider", caller: session, key: policy(to("Allow", aws(role)), to("Deny", `{"Federated":"graph.facebook.com"}`)), want: explicit},
	{name: "federated user named", caller: alice, key: policy(to("Allow", aws("arn:aws:sts::"+home+":federated-user/alice"))), want: implicit},
	{name: "id of a deleted user", caller: alice, key: policy(to("Allow", aws("AIDACKCEVSQ6C2EXAMPLE"))), want: implicit},
	{name: "id of the user", caller: alice, key: policy(to("Allow", aws("AIDAALICEALICEALICE1"))), want: allowed},
	{name: "id of the session's role", caller: session, key: policy(to("Allow", aws("AROAWORKERWORKERWORK1"))), want: allowed},

	// IAM User Guide, "Policy evaluation for requests within a single account":
	// for most resources either side suffices.
	{name: "secret, identity policy", caller: alice, identity: []string{mayAll}, want: allowed, statement: "#1"},
	{name: "secret, identity policy beside a resource policy", caller: alice, identity: []string{mayAll}, rest: policy(to("Allow", aws(bob))), want: allowed},
	{name: "secret, resource policy", caller: alice, rest: policy(to("Allow", aws(alice))), want: allowed},
	{name: "secret, role by resource policy", caller: session, rest: policy(to("Allow", aws(role))), want: allowed},
	{name: "secret, session by resource policy", caller: session, rest: policy(to("Allow", aws(session))), want: allowed},
	{name: "secret, its own account named gives no user anything", caller: alice, rest: policy(to("Allow", aws(home))), want: implicit},
	{name: "secret, nothing", caller: alice, want: implicit},
	{name: "secret, identity Deny", caller: alice, identity: []string{mayNot}, rest: policy(to("Allow", aws(alice))), want: explicit},
	{name: "secret, resource Deny", caller: alice, identity: []string{mayAll}, rest: policy(to("Deny", aws(alice))), want: explicit},
	{name: "secret, root user without any policy", caller: root, want: allowed},
	{name: "secret, root user denied", caller: root, rest: policy(to("Deny", `"*"`)), want: explicit},
	{name: "secret, root user of another account", caller: farRoot, want: implicit},
	{name: "secret, another account, both sides", caller: bob, identity: []string{mayAll}, rest: policy(to("Allow", aws(other))), want: allowed},
	{name: "secret, another account, identity only", caller: bob, identity: []string{mayAll}, want: implicit},
	{name: "secret, another account, resource only", caller: bob, rest: policy(to("Allow", aws(bob))), want: implicit},
	{name: "secret, another account, any action", caller: bob, identity: []string{mayAll}, rest: policy(to("Allow", aws(bob))), action: "secretsmanager:DeleteSecret", want: allowed},
	{name: "secret, service", caller: lambda, rest: policy(to("Allow", `{"Service":"lambda.amazonaws.com"}`)), want: allowed},
	{name: "secret, service not named", caller: lambda, want: implicit},

	// IAM User Guide, "AWS JSON policy elements: NotPrincipal".
	{name: "Deny all but the user and its account", caller: alice, key: policy(to("Allow", aws(alice)), notTo("Deny", alice, root)), want: allowed},
	{name: "Deny all but the user, account left out", caller: alice, key: policy(to("Allow", aws(alice)), notTo("Deny", alice)), want: explicit},
	{name: "Deny all but the account takes in its users", caller: alice, key: policy(to("Allow", aws(alice)), notTo("Deny", root)), want: explicit},
	{name: "Deny all but the account leaves its root user", caller: root, key: policy(delegating, notTo("Deny", root)), want: allowed},
	{name: "Deny all but someone else", caller: alice, key: policy(to("Allow", aws(alice)), notTo("Deny", bob, farRoot)), want: explicit},
	{name: "Deny all but session, role and account", caller: session, key: policy(to("Allow", aws(role)), notTo("Deny", session, role, root)), want: allowed},
	{name: "Deny all but role and account takes in sessions", caller: session, key: policy(to("Allow", aws(role)), notTo("Deny", role, root)), want: explicit},
	{name: "Deny all but session and account", caller: session, key: policy(to("Allow", aws(role)), notTo("Deny", session, root)), want: explicit},
	{name: "Deny all but session, role and account id", caller: session, key: policy(to("Allow", aws(role)), notTo("Deny", session, role, home)), want: allowed},
	{name: "Deny all but everyone", caller: alice, key: policy(to("Allow", aws(alice)), `{"Effect":"Deny","NotPrincipal":"*","Action":"*","Resource":"*"}`), want: allowed},
	{name: "Deny all but a service", caller: lambda, key: policy(to("Allow", `"*"`), `{"Effect":"Deny","NotPrincipal":{"Service":"lambda.amazonaws.com"},"Action":"*","Resource":"*"}`), want: allowed},
	{name: "Deny all but another service", caller: lambda, key: policy(to("Allow", `"*"`), `{"Effect":"Deny","NotPrincipal":{"Service":"s3.amazonaws.com"},"Action":"*","Resource":"*"}`), want: explicit},
	{name: "Allow all but someone else", caller: alice, key: policy(notTo("Allow", bob)), want: allowed},
	{name: "Allow all but the user", caller: alice, key: policy(notTo("Allow", alice)), want: implicit},
	{name: "Allow all but the user's account", caller: alice, key: policy(notTo("Allow", root)), want: implicit},
	{name: "Allow all but the session's role", caller: session, key: policy(notTo("Allow", role)), want: implicit},
}

// notTo is a statement on everyone but these.
func notTo(effect string, arns ...string) string {
	return `{"Effect":"` + effect + `","NotPrincipal":` + aws(arns...) + `,"Action":"*","Resource":"*"}`
}

func TestEvaluateCombinesPolicies(t *testing.T) {
	for _, c := range decisions {
		t.Run(c.name, func(t *testing.T) {
			r := keypolicy.Request{Principal: caller(t, c.caller), Action: c.action, Resource: secret, ResourceAccount: home}
			r.Context = r.Principal.Context()
			r.Context["kms:viaservice"] = []string{"s3.eu-west-1.amazonaws.com"}
			r.Context["aws:FederatedProvider"] = []string{"graph.facebook.com"}
			r.Context["aws:userid"] = []string{map[string]string{alice: "AIDAALICEALICEALICE1", session: "AROAWORKERWORKERWORK1:job-1"}[c.caller]}
			action := "secretsmanager:GetSecretValue"
			var ps keypolicy.Policies
			for _, text := range c.identity {
				ps.Identity = append(ps.Identity, named(t, "identity", keypolicy.IdentityPolicy, text))
			}
			if c.key != "" {
				n := named(t, "key", keypolicy.KeyPolicy, c.key)
				ps.Resource, r.Resource, action = &n, keyARN, "kms:Decrypt"
			} else if c.rest != "" {
				n := named(t, "secret", keypolicy.ResourcePolicy, c.rest)
				ps.Resource = &n
			}
			if r.Action == "" {
				r.Action = action
			}
			d, err := keypolicy.Evaluate(r, ps)
			if err != nil {
				t.Fatal(err)
			}
			if d.Effect != c.want || c.statement != "" && d.Statement != c.statement {
				t.Errorf("%+v, want %v by statement %q", d, c.want, c.statement)
			}
			if d.Reason == "" {
				t.Error("no reason")
			}
		})
	}
}

// What the package does not know is an error, unless another element of the
// statement already keeps it from the request.
func TestEvaluateRefusesWhatItDoesNotKnow(t *testing.T) {
	canonical := `{"CanonicalUser":"79a59df900b949e55d96a1e698fbaced"}`
	for _, c := range []struct {
		name   string
		caller string
		key    string
		want   error
	}{
		{"unknown operator", alice, policy(to("Allow", `"*"`, when("StringResembles", "aws:PrincipalArn", `"x"`))), keypolicy.ErrUnsupported},
		{"unknown operator in a Deny", alice, policy(to("Allow", `"*"`), to("Deny", `"*"`, when("StringResembles", "aws:PrincipalArn", `"x"`))), keypolicy.ErrUnsupported},
		{"operator in other case", alice, policy(to("Allow", `"*"`, when("stringequals", "aws:PrincipalArn", `"x"`))), keypolicy.ErrUnsupported},
		{"unknown set operator", alice, policy(to("Allow", `"*"`, when("ForSomeValues:StringEquals", "aws:PrincipalArn", `"x"`))), keypolicy.ErrUnsupported},
		{"IfExists twice", alice, policy(to("Allow", `"*"`, when("StringEqualsIfExistsIfExists", "aws:PrincipalArn", `"x"`))), keypolicy.ErrUnsupported},
		{"NullIfExists", alice, policy(to("Allow", `"*"`, when("NullIfExists", "aws:PrincipalArn", `"true"`))), keypolicy.ErrUnsupported},
		{"ForAnyValue:Null", alice, policy(to("Allow", `"*"`, when("ForAnyValue:Null", "aws:PrincipalArn", `"true"`))), keypolicy.ErrUnsupported},
		{"empty list of values", alice, policy(to("Allow", `"*"`, when("StringEquals", "aws:PrincipalArn", `[]`))), keypolicy.ErrUnsupported},
		{"CanonicalUser", alice, policy(to("Allow", `{"CanonicalUser":"79a59df900b949e55d96a1e698fbaced"}`)), keypolicy.ErrUnsupported},
		{"variable without a value in NotResource", alice, policy(`{"Effect":"Allow","Principal":"*","Action":"*","NotResource":"arn:aws:kms:eu-west-1:` + home + `:key/${aws:PrincipalTag/team}"}`), keypolicy.ErrUnsupported},
		{"every service", lambda, policy(to("Allow", `{"Service":"*"}`)), keypolicy.ErrUnsupported},
		{"variable with several values", alice, policy(to("Allow", `"*"`, when("StringEquals", "aws:PrincipalArn", `"${aws:TagKeys}"`))), keypolicy.ErrUnsupported},
		{"several values without a set operator", alice, policy(to("Allow", `"*"`, when("StringEquals", "aws:TagKeys", `"a"`))), keypolicy.ErrUnsupported},
		{"ARN operator on less than an ARN", alice, policy(to("Allow", `"*"`, when("ArnLike", "aws:PrincipalArn", `"*"`))), keypolicy.ErrUnsupported},
		{"value that is no number", alice, policy(to("Allow", `"*"`, when("NumericEquals", "aws:PrincipalArn", `"1"`))), keypolicy.ErrRequest},
		{"value that is no date", alice, policy(to("Allow", `"*"`, when("DateEquals", "aws:PrincipalArn", `"2020"`))), keypolicy.ErrRequest},
		{"value that is no Boolean", alice, policy(to("Allow", `"*"`, when("Bool", "aws:PrincipalArn", `"true"`))), keypolicy.ErrRequest},
		{"value that is no address", alice, policy(to("Allow", `"*"`, when("IpAddress", "aws:PrincipalArn", `"10.0.0.0/8"`))), keypolicy.ErrRequest},

		{"another action", alice, policy(`{"Effect":"Allow","Principal":` + canonical + `,"Action":"kms:Encrypt","Resource":"*"}`), nil},
		{"another resource", alice, policy(`{"Effect":"Allow","Principal":` + canonical + `,"Action":"*","Resource":"` + keyARN + `0"}`), nil},
		{"another principal", alice, policy(to("Allow", aws(bob), when("StringResembles", "aws:PrincipalArn", `"x"`))), nil},
		{"a condition that fails", alice, policy(to("Allow", canonical, when("StringEquals", "aws:PrincipalArn", `"x"`))), nil},
		{"a second condition that fails", alice, policy(to("Allow", `"*"`, `,"Condition":{"StringResembles":{"aws:PrincipalArn":"x"},"StringEquals":{"aws:PrincipalArn":"x"}}`)), nil},
		{"a Deny that surely applies", alice, policy(to("Deny", `"*"`), to("Allow", `"*"`, when("StringResembles", "aws:PrincipalArn", `"x"`))), nil},
		{"a service where canonical users are named", lambda, policy(to("Allow", canonical)), nil},
		{"beside a principal that matches", alice, policy(to("Allow", `{"CanonicalUser":"79a59df900b949e55d96a1e698fbaced","AWS":"`+alice+`"}`)), nil},
		{"beside a value that matches", alice, policy(to("Allow", `"*"`, when("StringEquals", "aws:PrincipalArn", `["${aws:PrincipalTag/team}","`+alice+`"]`))), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := named(t, "key", keypolicy.KeyPolicy, c.key)
			r := keypolicy.Request{Principal: caller(t, c.caller), Action: "kms:Decrypt", Resource: keyARN, ResourceAccount: home}
			r.Context = r.Principal.Context()
			r.Context["aws:TagKeys"] = []string{"a", "b"}
			d, err := keypolicy.Evaluate(r, keypolicy.Policies{Resource: &n})
			if !errors.Is(err, c.want) || c.want != nil && d.Effect != 0 {
				t.Errorf("%+v, %v; want %v", d, err, c.want)
			}
		})
	}
}

// A request that does not fit its policies is not decided.
func TestEvaluateRefusesRequests(t *testing.T) {
	key := named(t, "key", keypolicy.KeyPolicy, policy(delegating))
	rest := named(t, "rest", keypolicy.ResourcePolicy, policy(to("Allow", `"*"`)))
	own := named(t, "own", keypolicy.IdentityPolicy, mayAll)
	good := keypolicy.Request{Principal: caller(t, alice), Action: "kms:Decrypt", Resource: keyARN, ResourceAccount: home}
	for _, c := range []struct {
		name   string
		change func(*keypolicy.Request, *keypolicy.Policies)
	}{
		{"no principal", func(r *keypolicy.Request, _ *keypolicy.Policies) { r.Principal = keypolicy.Principal{} }},
		{"no action", func(r *keypolicy.Request, _ *keypolicy.Policies) { r.Action = "" }},
		{"action without a service", func(r *keypolicy.Request, _ *keypolicy.Policies) { r.Action = "Decrypt" }},
		{"action with a wildcard", func(r *keypolicy.Request, _ *keypolicy.Policies) { r.Action = "kms:*" }},
		{"no resource", func(r *keypolicy.Request, _ *keypolicy.Policies) { r.Resource = "" }},
		{"no account", func(r *keypolicy.Request, _ *keypolicy.Policies) { r.ResourceAccount = "" }},
		{"resource of another account", func(r *keypolicy.Request, _ *keypolicy.Policies) { r.ResourceAccount = account(other) }},
		{"key without its policy", func(_ *keypolicy.Request, p *keypolicy.Policies) { p.Resource = nil }},
		{"key with a secret's policy", func(_ *keypolicy.Request, p *keypolicy.Policies) { p.Resource = &rest }},
		{"secret with a key policy", func(r *keypolicy.Request, _ *keypolicy.Policies) { r.Resource = secret }},
		{"role without its trust policy", func(r *keypolicy.Request, p *keypolicy.Policies) {
			r.Action, r.Resource, p.Resource = "sts:AssumeRole", role, nil
		}},
		{"role with another policy", func(r *keypolicy.Request, p *keypolicy.Policies) {
			r.Action, r.Resource, p.Resource = "sts:TagSession", role, &rest
		}},
		{"resource policy of the wrong kind", func(_ *keypolicy.Request, p *keypolicy.Policies) { p.Resource = &own }},
		{"resource policy without a document", func(_ *keypolicy.Request, p *keypolicy.Policies) { p.Resource = &keypolicy.Named{} }},
		{"identity policy of the wrong kind", func(_ *keypolicy.Request, p *keypolicy.Policies) { p.Identity[0] = key }},
		{"root user with identity policies", func(r *keypolicy.Request, _ *keypolicy.Policies) { r.Principal = caller(t, root) }},
		{"service with identity policies", func(r *keypolicy.Request, _ *keypolicy.Policies) { r.Principal = caller(t, lambda) }},
		{"root user with a boundary", func(r *keypolicy.Request, p *keypolicy.Policies) {
			r.Principal, p.Identity, p.Boundary = caller(t, root), nil, &own
		}},
		{"user with a session policy", func(_ *keypolicy.Request, p *keypolicy.Policies) { p.Session = []keypolicy.Named{own} }},
		{"boundary of the wrong kind", func(_ *keypolicy.Request, p *keypolicy.Policies) { p.Boundary = &key }},
		{"service control policy of the wrong kind", func(_ *keypolicy.Request, p *keypolicy.Policies) { p.ServiceControl = [][]keypolicy.Named{{key}} }},
		{"secret with grants", func(r *keypolicy.Request, p *keypolicy.Policies) {
			r.Resource, p.Resource, p.Grants = secret, nil, []keypolicy.Grant{{ID: "g"}}
		}},
		{"grant to nobody", func(_ *keypolicy.Request, p *keypolicy.Policies) {
			p.Grants = []keypolicy.Grant{{ID: "g", Grantee: "x", Operations: []string{"Decrypt"}}}
		}},
		{"one key twice", func(r *keypolicy.Request, p *keypolicy.Policies) {
			p.Identity[0] = named(t, "own", keypolicy.IdentityPolicy, policy(may("Allow", "*", "*", when("StringEquals", "a:B", `"1"`))))
			r.Context = map[string][]string{"a:b": {"1"}, "A:B": {"2"}}
		}},
	} {
		r, ps := good, keypolicy.Policies{Identity: []keypolicy.Named{own}, Resource: &key}
		c.change(&r, &ps)
		if d, err := keypolicy.Evaluate(r, ps); !errors.Is(err, keypolicy.ErrRequest) || d.Effect != 0 {
			t.Errorf("%s: %+v, %v; want ErrRequest", c.name, d, err)
		}
	}
	if _, err := keypolicy.Evaluate(good, keypolicy.Policies{Identity: []keypolicy.Named{own}, Resource: &key}); err != nil {
		t.Errorf("the request that is changed above: %v", err)
	}
	list := keypolicy.Request{Principal: caller(t, alice), Action: "kms:ListKeys", Resource: "*", ResourceAccount: home}
	if d, err := keypolicy.Evaluate(list, keypolicy.Policies{Identity: []keypolicy.Named{own}}); err != nil || d.Effect != allowed {
		t.Errorf("an action without a resource: %+v, %v", d, err)
	}
}
