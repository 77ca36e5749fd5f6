package rotate

import (
	"testing"

	"rekey/shared/keypolicy"
)

// Every policy that is one is taken apart, into no more statements than it has.
func FuzzParsePolicy(f *testing.F) {
	for _, text := range []string{
		open, statements(may("Allow", `"kms:Decrypt"`, "*")), statements(may("Deny", `"*"`, "*", `{"Null":{"kms:ResourceAliases":"false"}}`), delegue),
		`{"Statement":{"Effect":"Allow","NotAction":"iam:*","NotResource":["a:b:c:d:e:f"]}}`,
		statements(may("Allow", `"k?s:*"`, "arn:aws:kms:*:*:key/${aws:username}", `{"ForAllValues:StringLike":{"KMS:resourcealiases":["alias/*",""]},"StringEquals":{"kms:CallerAccount":["1"]}}`)),
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*"}]}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, kind := range []keypolicy.Kind{keypolicy.IdentityPolicy, keypolicy.KeyPolicy} {
			d, err := keypolicy.Parse(kind, []byte(text))
			p, apart := parsePolicy(kind, "p", text)
			if (err == nil) != (apart == nil) {
				t.Fatalf("%v: whole %v, apart %v", kind, err, apart)
			}
			if err == nil && len(p.statements) > d.Statements() {
				t.Fatalf("%d of %d statements", len(p.statements), d.Statements())
			}
		}
	})
}

// Only statements that can be about keys are kept.
func TestStatementsOfKeys(t *testing.T) {
	for actions, want := range map[string]int{
		`"kms:Decrypt"`: 1, `"KMS:*"`: 1, `"*"`: 1, `"k*:Decrypt"`: 1, `"?ms:Decrypt"`: 1, `"s3:*","kms:Sign"`: 1, `"s3:*"`: 0, `"kmsx:*"`: 0, `"km:Decrypt"`: 0, `"kinesis:*"`: 0, `"ki*:x"`: 0,
	} {
		if n := len(parsed(t, "p", statements(may("Allow", actions, "*"))).statements); n != want {
			t.Errorf("%s: %d statements, want %d", actions, n, want)
		}
	}
}
