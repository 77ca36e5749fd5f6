package keypolicy_test

import (
	"errors"
	"strings"
	"testing"

	"rekey/shared/keypolicy"
)

// FuzzParse holds Parse to its errors, and Evaluate to answering for whatever
// was parsed.
func FuzzParse(f *testing.F) {
	for _, c := range malformed {
		if len(c.text) < 1000 {
			f.Add([]byte(strings.ReplaceAll(c.text, "{S", "{"+good)))
		}
	}
	for _, c := range decisions {
		f.Add([]byte(c.key))
	}
	for _, c := range conditions {
		f.Add([]byte(policy(to("Allow", `"*"`, when(c.operator, "aws:PrincipalArn", c.value)))))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, kind := range []keypolicy.Kind{keypolicy.IdentityPolicy, keypolicy.KeyPolicy, keypolicy.ResourcePolicy, keypolicy.TrustPolicy} {
			d, err := keypolicy.Parse(kind, text)
			if err != nil {
				if d != nil || !errors.Is(err, keypolicy.ErrMalformed) {
					t.Fatalf("%v, %v", d, err)
				}
				continue
			}
			for _, arn := range []string{alice, session, lambda, nobody} {
				p := caller(t, arn)
				r := keypolicy.Request{Principal: p, Action: "kms:Decrypt", Resource: keyARN, ResourceAccount: home, Context: p.Context()}
				n := keypolicy.Named{Name: "fuzzed", Document: d}
				ps := keypolicy.Policies{Resource: &n}
				switch kind {
				case keypolicy.IdentityPolicy:
					if arn == lambda {
						continue
					}
					ps, r.Resource = keypolicy.Policies{Identity: []keypolicy.Named{n}}, secret
				case keypolicy.ResourcePolicy:
					r.Resource = secret
				case keypolicy.TrustPolicy:
					r.Action, r.Resource = "sts:AssumeRole", role
				}
				got, err := keypolicy.Evaluate(r, ps)
				if (err == nil) == (got.Effect == 0) {
					t.Fatalf("%+v, %v", got, err)
				}
			}
		}
	})
}

// BenchmarkEvaluate is a decryption under a key policy of the console's form,
// by a role with a policy of its own.
func BenchmarkEvaluate(b *testing.B) {
	key := named(b, "key", keypolicy.KeyPolicy, policy(delegating,
		`{"Sid":"admins","Effect":"Allow","Principal":`+aws(alice)+`,"Action":["kms:Create*","kms:Describe*","kms:Enable*","kms:List*","kms:Put*","kms:Update*","kms:ScheduleKeyDeletion"],"Resource":"*"}`,
		`{"Sid":"users","Effect":"Allow","Principal":`+aws(role, farRoot)+`,"Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:DescribeKey"],"Resource":"*"}`,
		to("Deny", `"*"`, when("StringNotEquals", "aws:PrincipalAccount", `["`+home+`","`+other+`"]`))))
	own := named(b, "own", keypolicy.IdentityPolicy, policy(may("Allow", "kms:Decrypt", "arn:aws:kms:*:"+home+":key/*", when("StringLike", "kms:ViaService", `"secretsmanager.*.amazonaws.com"`)), may("Allow", "s3:*", "*")))
	p := caller(b, session)
	r := keypolicy.Request{Principal: p, Action: "kms:Decrypt", Resource: keyARN, ResourceAccount: home, Context: p.Context()}
	r.Context["kms:ViaService"] = []string{"secretsmanager.eu-west-1.amazonaws.com"}
	ps := keypolicy.Policies{Identity: []keypolicy.Named{own}, Resource: &key}
	b.ReportAllocs()
	for b.Loop() {
		if d, err := keypolicy.Evaluate(r, ps); err != nil || d.Effect != allowed {
			b.Fatal(d, err)
		}
	}
}
