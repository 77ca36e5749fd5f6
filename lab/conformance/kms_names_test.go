package conformance

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
)

const noSuchID = "134f2428-cec1-4b25-a1ae-9048164dba47"

func describe(name string) *kms.DescribeKeyInput { return &kms.DescribeKeyInput{KeyId: &name} }

var kmsNames = []claim{
	{
		says:   "a key that does not exist is named by its ARN in the answer",
		source: "recorded: kms test_get_key_does_not_exist",
		check: func(x *bench) {
			home := "arn:aws:kms:" + x.region + ":" + x.Own.account + ":key/"
			const mrk = "mrk-d3b95762d3b95762d3b95762d3b95762"
			refused(x, x.Own.KMS.DescribeKey, describe(noSuchID), "NotFoundException").saying("Key '" + home + noSuchID + "' does not exist")
			refused(x, x.Own.KMS.DescribeKey, describe(home+noSuchID), "NotFoundException").saying("Key '" + home + noSuchID + "' does not exist")
			refused(x, x.Own.KMS.DescribeKey, describe(mrk), "NotFoundException").saying("Key '" + home + mrk + "' does not exist")
		},
	},
	{
		says:   "what is no key id is an invalid one, and not found",
		source: "recorded: kms test_get_key_invalid_uuid",
		check: func(x *bench) {
			for _, id := range []string{"fake-key-id", "134f2428cec14b25a1ae9048164dba47", "mrk-fake-key-id"} {
				refused(x, x.Own.KMS.DescribeKey, describe(id), "NotFoundException").saying("Invalid keyId '" + id + "'")
			}
		},
	},
	{
		says:   "an ARN of another Region is an invalid one, and a bare id is looked for in this Region",
		source: "recorded: kms test_get_key_in_different_region",
		check: func(x *bench) {
			k := x.Own.key("")
			there := x.Own.in(x.away).KMS
			refused(x, there.DescribeKey, describe(k.id), "NotFoundException").saying(
				"Key 'arn:aws:kms:" + x.away + ":" + x.Own.account + ":key/" + k.id + "' does not exist")
			refused(x, there.DescribeKey, describe(k.arn), "NotFoundException").saying("Invalid arn " + x.region)
		},
	},
	{
		says:   "a key is described by the ARN of its alias",
		source: "recorded: kms test_describe_with_alias_arn",
		check: func(x *bench) {
			k := x.Own.key("")
			arn := strings.TrimSuffix(k.arn, "key/"+k.id) + x.Own.alias(k)
			equal(x, "Arn", text(succeed(x, x.Own.KMS.DescribeKey, describe(arn)).KeyMetadata.Arn), k.arn)
		},
	},
	{
		says:   "an alias that does not exist is named by its ARN in the answer",
		source: "reported: the message of DescribeKey, in aws-cdk, terraform-provider-aws and others",
		check: func(x *bench) {
			alias := "alias/" + x.name("none")
			refused(x, x.Own.KMS.DescribeKey, describe(alias), "NotFoundException").saying(
				"Alias arn:aws:kms:" + x.region + ":" + x.Own.account + ":" + alias + " is not found.")
		},
	},
	{
		says:   "management operations take no alias for a key",
		source: "KMS API Reference, DisableKey, KeyId: key ID or key ARN",
		check: func(x *bench) {
			alias := x.Own.alias(x.Own.key(""))
			refused(x, x.Own.KMS.DisableKey, &kms.DisableKeyInput{KeyId: &alias}, "NotFoundException")
			refused(x, x.Own.KMS.GetKeyPolicy, &kms.GetKeyPolicyInput{KeyId: &alias}, "NotFoundException")
		},
	},
	{
		says:   "a key of another account is not found by its bare id, which belongs to the caller's own account",
		source: "KMS API Reference, DescribeKey, KeyId: another account's key needs its ARN",
		needs:  otherAccount,
		check: func(x *bench) {
			k := x.Own.key(document(x.Own.delegate(), allow("Far", x.Other.root(), "kms:DescribeKey")))
			refused(x, x.Other.KMS.DescribeKey, describe(k.id), "NotFoundException").saying(
				"Key 'arn:aws:kms:" + x.region + ":" + x.Other.account + ":key/" + k.id + "' does not exist")
			succeed(x, x.Other.KMS.DescribeKey, describe(k.arn))
		},
	},
	{
		says:   "keys and aliases are listed page by page, and a marker leads to the next one",
		source: "KMS API Reference, ListKeys, Truncated and NextMarker",
		check: func(x *bench) {
			want := map[string]bool{x.Own.key("").id: true, x.Own.key("").id: true, x.Own.key("").id: true}
			in := &kms.ListKeysInput{Limit: new(int32(1))}
			for more := true; more; {
				out := succeed(x, x.Own.KMS.ListKeys, in)
				if len(out.Keys) > 1 {
					x.Fatalf("a page of 1 has %d keys", len(out.Keys))
				}
				for _, k := range out.Keys {
					delete(want, text(k.KeyId))
				}
				in.Marker, more = out.NextMarker, out.Truncated
			}
			equal(x, "the number of keys that were not listed", len(want), 0)
		},
	},
}
