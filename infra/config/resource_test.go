package config_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rekey/infra/config"
	"rekey/shared/keypolicy"
)

func TestResources(t *testing.T) {
	const secret = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:"
	const parameter = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/"
	for pattern, want := range map[string]config.Resources{
		"sm://prod/*":                {Secrets: []string{secret + "prod/*"}},
		"sm://prod/db":               {Secrets: []string{secret + "prod/db-??????"}},
		"sm://prod/db#password":      {Secrets: []string{secret + "prod/db-??????"}},
		"sm://prod/*#key@AWSCURRENT": {Secrets: []string{secret + "prod/*"}},
		"sm://*/db":                  {Secrets: []string{secret + "*/db-??????"}},
		"sm://a%40b":                 {Secrets: []string{secret + "a@b-??????"}},
		"sm://arn:aws:secretsmanager:eu-west-1:444455556666:secret:db-AbCdEf": {Secrets: []string{"arn:aws:secretsmanager:eu-west-1:444455556666:secret:db-AbCdEf"}},
		"sm://arn:aws:secretsmanager:eu-west-1:444455556666:secret:db":        {Secrets: []string{"arn:aws:secretsmanager:eu-west-1:444455556666:secret:db-??????"}},
		"sm://arn:aws:secretsmanager:eu-west-1:444455556666:secret:app/*":     {Secrets: []string{"arn:aws:secretsmanager:eu-west-1:444455556666:secret:app/*"}},
		"ssm:///prod/*": {Parameters: []string{parameter + "prod/*"}},
		"ssm://flag":    {Parameters: []string{parameter + "flag"}},
		"ssm://flag@3":  {Parameters: []string{parameter + "flag"}},
		"ssm://arn:aws:ssm:eu-west-1:444455556666:parameter/x": {Parameters: []string{"arn:aws:ssm:eu-west-1:444455556666:parameter/x"}},
		"kms://*":                      {Ciphertexts: true},
		"envelope://*":                 {Ciphertexts: true},
		"envelope+s3://b/k/*":          {Ciphertexts: true, Objects: []string{"arn:${AWS::Partition}:s3:::b/k/*"}},
		"envelope+s3://b/what%3F":      {Ciphertexts: true, Objects: []string{"arn:${AWS::Partition}:s3:::b/what${?}"}},
		"envelope+s3://b/100%25$%2A/*": {Ciphertexts: true, Objects: []string{"arn:${AWS::Partition}:s3:::b/100%${$}${*}/*"}},
		"envelope+s3://b-${AWS::AccountId}/*": {
			Ciphertexts: true, Objects: []string{"arn:${AWS::Partition}:s3:::b-${AWS::AccountId}/*"},
		},
	} {
		got := config.Decrypt{References: []string{pattern}}.Resources()
		if !slices.Equal(got.Secrets, want.Secrets) || !slices.Equal(got.Parameters, want.Parameters) || !slices.Equal(got.Objects, want.Objects) || got.Ciphertexts != want.Ciphertexts {
			t.Errorf("%s gives %+v, not %+v", pattern, got, want)
		}
	}
}

// The role may get each secret that a pattern of one name or of one beginning
// lets through, and no secret whose name begins otherwise.
func TestResourcesCoverThePattern(t *testing.T) {
	const arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:"
	role, err := keypolicy.ParsePrincipal("arn:aws:iam::111122223333:role/r")
	if err != nil {
		t.Fatal(err)
	}
	may := func(t *rapid.T, resources []string, resource string) bool {
		text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": map[string]any{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": resources}})
		if err != nil {
			t.Fatal(err)
		}
		for from, to := range map[string]string{"${AWS::Partition}": "aws", "${AWS::Region}": "eu-central-1", "${AWS::AccountId}": "111122223333"} {
			text = []byte(strings.ReplaceAll(string(text), from, to))
		}
		d, err := keypolicy.Parse(keypolicy.IdentityPolicy, text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		decision, err := keypolicy.Evaluate(
			keypolicy.Request{Principal: role, Action: "secretsmanager:GetSecretValue", Resource: resource, ResourceAccount: "111122223333"},
			keypolicy.Policies{Identity: []keypolicy.Named{{Name: "p", Document: d}}})
		if err != nil {
			t.Fatal(err)
		}
		return decision.Effect == keypolicy.Allowed
	}
	name := rapid.StringMatching(`[A-Za-z0-9/_+=.@-]{1,20}`)
	rapid.Check(t, func(t *rapid.T) {
		begins, rest := name.Draw(t, "begins"), name.Draw(t, "rest")
		open := rapid.Bool().Draw(t, "open")
		pattern, secret := "sm://"+strings.ReplaceAll(begins, "@", "%40"), begins
		if open {
			pattern, secret = pattern+"*", begins+rest
		}
		resources := config.Decrypt{References: []string{pattern}}.Resources().Secrets
		if !may(t, resources, arn+secret+"-AbC123") {
			t.Fatalf("%s does not cover %s: %q", pattern, secret, resources)
		}
		if other := name.Draw(t, "other"); !strings.HasPrefix(other+"-AbC123", begins) && may(t, resources, arn+other+"-AbC123") {
			t.Fatalf("%s covers %s: %q", pattern, other, resources)
		}
	})
}
