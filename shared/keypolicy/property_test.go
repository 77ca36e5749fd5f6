package keypolicy_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rekey/shared/keypolicy"
)

var (
	anyCaller    = rapid.SampledFrom([]string{alice, role, session, root, bob, farSess, farRoot, lambda, nobody})
	anyEffect    = rapid.SampledFrom([]string{"Allow", "Deny"})
	anyAction    = rapid.SampledFrom([]string{`"Action":"*"`, `"Action":"kms:De*"`, `"NotAction":"kms:Decrypt"`, `"Action":["s3:*","kms:Decrypt"]`})
	anyResource  = rapid.SampledFrom([]string{`"Resource":"*"`, `"Resource":"arn:aws:kms:*:*:key/1*"`, `"NotResource":"arn:aws:s3:::x"`, `"Resource":"arn:aws:kms:*:*:key/${x:k}"`})
	anyPrincipal = rapid.SampledFrom([]string{
		`"Principal":"*"`, `"Principal":` + aws("*"), `"Principal":` + aws(root), `"Principal":` + aws(alice, role), `"Principal":` + aws(farRoot),
		`"Principal":` + aws(bob, farRole), `"Principal":{"Service":"lambda.amazonaws.com"}`, `"Principal":{"Federated":"x"}`,
		`"NotPrincipal":` + aws(alice, root), `"NotPrincipal":` + aws(session, role, root), `"NotPrincipal":{"CanonicalUser":"x"}`})
	anyOperator  = rapid.SampledFrom([]string{"StringEquals", "StringNotLike", "ForAnyValue:StringLike", "ForAllValues:StringEqualsIfExists", "Null", "ArnLike", "NumericLessThan", "Nonsense"})
	anyValue     = rapid.SampledFrom([]string{`"1"`, `["true","false"]`, `"a*"`, `"${aws:username, 'x'}"`, `[]`, `"${x:z}"`})
	anyContext   = rapid.SampledFrom([][]string{nil, {}, {""}, {"1"}, {"true"}, {"ab", "1"}, {alice}})
	anyStatement = rapid.Custom(func(t *rapid.T) string { return drawStatement(t, true) })
	ownStatement = rapid.Custom(func(t *rapid.T) string { return drawStatement(t, false) })
)

func drawStatement(t *rapid.T, principal bool) string {
	parts := []string{`"Effect":"` + anyEffect.Draw(t, "effect") + `"`, anyAction.Draw(t, "action"), anyResource.Draw(t, "resource")}
	if principal {
		parts = append(parts, anyPrincipal.Draw(t, "principal"))
	}
	if rapid.Bool().Draw(t, "conditional") {
		parts = append(parts, strings.TrimPrefix(when(anyOperator.Draw(t, "operator"), "x:k", anyValue.Draw(t, "value")), ","))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// parseOr gives a document, or nil where the drawn value does not suit its
// operator.
func parseOr(t *rapid.T, kind keypolicy.Kind, statements []string) *keypolicy.Document {
	d, err := keypolicy.Parse(kind, []byte(policy(statements...)))
	if err != nil && !errors.Is(err, keypolicy.ErrMalformed) {
		t.Fatal(err)
	}
	return d
}

// Whatever the policies are, Evaluate answers or errs, one of both; and one
// Deny more never allows what was not allowed.
func TestADenyNeverAllows(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := caller(t, anyCaller.Draw(rt, "caller"))
		r := keypolicy.Request{Principal: p, Action: "kms:Decrypt", Resource: keyARN, ResourceAccount: home, Context: p.Context()}
		if values := anyContext.Draw(rt, "x:k"); values != nil {
			r.Context["X:k"] = values
		}
		kind := keypolicy.KeyPolicy
		if rapid.Bool().Draw(rt, "secret") {
			kind, r.Resource, r.Action = keypolicy.ResourcePolicy, secret, "kms:Decrypt"
		}
		theirs := rapid.SliceOfN(anyStatement, 1, 4).Draw(rt, "resource policy")
		own := rapid.SliceOfN(ownStatement, 1, 3).Draw(rt, "identity policy")
		before := evaluate(rt, r, kind, theirs, own)

		deny := strings.Replace(anyStatement.Draw(rt, "deny"), `"Effect":"Allow"`, `"Effect":"Deny"`, 1)
		at := rapid.IntRange(0, len(theirs)).Draw(rt, "at")
		after := evaluate(rt, r, kind, append(append(append([]string{}, theirs[:at]...), deny), theirs[at:]...), own)
		if after == keypolicy.Allowed && before != keypolicy.Allowed {
			rt.Fatalf("%v became allowed with %s", before, deny)
		}
	})
}

// What limits a caller never allows what was not allowed without it.
func TestALimitNeverAllows(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := caller(t, anyCaller.Draw(rt, "caller"))
		r := keypolicy.Request{Principal: p, Action: "kms:Decrypt", Resource: secret, ResourceAccount: home, Context: p.Context()}
		draw := func(kind keypolicy.Kind, name string, statement *rapid.Generator[string]) *keypolicy.Named {
			d := parseOr(rt, kind, rapid.SliceOfN(statement, 1, 3).Draw(rt, name))
			if d == nil {
				rt.Skip("a value that does not suit its operator")
			}
			return &keypolicy.Named{Name: name, Document: d}
		}
		ps := keypolicy.Policies{Resource: draw(keypolicy.ResourcePolicy, "resource", anyStatement)}
		bound := hasPolicies(p)
		if bound {
			ps.Identity = []keypolicy.Named{*draw(keypolicy.IdentityPolicy, "identity", ownStatement)}
		}
		before, beforeErr := keypolicy.Evaluate(r, ps)
		limit := *draw(keypolicy.IdentityPolicy, "limit", ownStatement)
		switch kind := rapid.IntRange(0, 2).Draw(rt, "which"); {
		case kind == 0 && bound:
			ps.Boundary = &limit
		case kind == 1 && p.Kind() == keypolicy.Session:
			ps.Session = []keypolicy.Named{limit}
		default:
			ps.ServiceControl = [][]keypolicy.Named{{limit}}
		}
		after, err := keypolicy.Evaluate(r, ps)
		if err == nil && after.Effect == keypolicy.Allowed && (beforeErr != nil || before.Effect != keypolicy.Allowed) {
			rt.Fatalf("%+v, %v became %+v", before, beforeErr, after)
		}
	})
}

// hasPolicies says whether the caller can have policies of its own.
func hasPolicies(p keypolicy.Principal) bool { return p.Account() != "" && p.Kind() != keypolicy.Root }

func evaluate(t *rapid.T, r keypolicy.Request, kind keypolicy.Kind, theirs, own []string) keypolicy.Effect {
	var ps keypolicy.Policies
	d := parseOr(t, kind, theirs)
	if d == nil {
		return 0
	}
	ps.Resource = &keypolicy.Named{Name: "theirs", Document: d}
	if hasPolicies(r.Principal) {
		if d := parseOr(t, keypolicy.IdentityPolicy, own); d != nil {
			ps.Identity = []keypolicy.Named{{Name: "own", Document: d}}
		}
	}
	got, err := keypolicy.Evaluate(r, ps)
	switch {
	case err != nil && !errors.Is(err, keypolicy.ErrUnsupported) && !errors.Is(err, keypolicy.ErrRequest):
		t.Fatalf("an error of no class: %v", err)
	case err != nil && got != keypolicy.Decision{}:
		t.Fatalf("%+v beside the error %v", got, err)
	case err == nil && (got.Effect == 0 || got.Reason == ""):
		t.Fatalf("no decision: %+v", got)
	}
	return got.Effect
}
