package rotate

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// What the key policy and grants say of a successor that has the same.
func TestKeyPolicyOfSuccessor(t *testing.T) {
	with := func(principal, more string) string {
		return statements(delegue, `{"Sid":"S","Effect":"Allow","Principal":`+principal+`,"Action":"kms:Decrypt"`+more+`}`)
	}
	all := `,"Resource":"*"`
	for _, c := range []struct {
		name, policy string
		grants       []Grant
		want, who    string
	}{
		{name: "delegates", policy: statements(delegue)},
		{name: "a user", policy: with(`{"AWS":"`+bob+`"}`, all)},
		{name: "a service", policy: with(`{"Service":"s3.amazonaws.com"}`, all)},
		{name: "by its ARN", policy: with(`{"AWS":"`+bob+`"}`, `,"Resource":"`+own.String()+`"`)},
		{name: "by a part of its ARN", policy: with(`{"AWS":"`+bob+`"}`, `,"Resource":"arn:aws:kms:*:*:key/1234*"`), want: "lost", who: bob},
		{name: "without a resource", policy: with(`{"AWS":"`+foreign+`"}`, "")},
		{name: "another account", policy: with(`{"AWS":["`+bob+`","444455556666"]}`, all), want: "lost", who: "444455556666"},
		{name: "a role of another account", policy: with(`{"AWS":"`+foreign+`"}`, all), want: "lost", who: foreign},
		{name: "everyone", policy: with(`"*"`, all), want: "lost", who: "*"},
		{name: "everyone of the account", policy: with(`"*"`, all+`,"Condition":{"StringEquals":{"kms:CallerAccount":"111122223333"}}`)},
		{name: "nobody of another account", policy: strings.Replace(with(`{"AWS":"`+foreign+`"}`, all), `"S","Effect":"Allow"`, `"S","Effect":"Deny"`, 1)},
		{name: "for a context with its id", policy: with(`{"AWS":"`+bob+`"}`, all+`,"Condition":{"StringEquals":{"kms:EncryptionContext:key":"`+own.String()+`"}}`), want: "lost", who: bob},
		{name: "by alias", policy: with(`{"AWS":"`+bob+`"}`, all+`,"Condition":{"StringEquals":{"kms:RequestAlias":"alias/a"}}`), want: "by alias", who: bob},
		{name: "a grant", policy: statements(delegue), grants: []Grant{{ID: "g", Grantee: bob}}},
		{name: "a grant to another account", policy: statements(delegue), grants: []Grant{{ID: "g", Grantee: foreign}}, want: "lost", who: foreign},
		{name: "a grant of a service to another account", policy: statements(delegue), grants: []Grant{{ID: "g", Grantee: foreign, Service: "ec2.amazonaws.com"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := aged(symmetric, 91)
			k.Policy, k.Grants = known(c.policy), known(c.grants)
			s, err := successionOf(k, successorARN(k.ARN))
			if err != nil {
				t.Fatal(err)
			}
			losses, err := s.ofKey(k)
			if err != nil || said(losses) != c.want {
				t.Fatalf("%v, %v; want %s", losses, err, c.want)
			}
			if len(losses) > 0 && losses[0].Who != c.who {
				t.Errorf("whose: %s, want %s", losses[0].Who, c.who)
			}
		})
	}
}

// Each kind of key has the operations of its usage.
func TestOperationsOfKinds(t *testing.T) {
	for kind, want := range map[Kind]string{
		symmetric:  "kms:GenerateDataKey",
		asymmetric: "kms:GetPublicKey",
		signing:    "kms:Sign",
		hmac:       "kms:VerifyMac",
		agreeing:   "kms:DeriveSharedSecret",
	} {
		if all := kind.operations(); !slices.Contains(all, want) || slices.Contains(all, "kms:Encrypt") != (kind.Usage == types.KeyUsageTypeEncryptDecrypt) {
			t.Errorf("%v has %v", kind, all)
		}
	}
}
