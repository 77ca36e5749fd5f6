package conformance

import (
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/shared/keypolicy"
)

const bothSides = "KMS Developer Guide, Allowing users in other accounts to use a KMS key: key policy and IAM policy are both needed"

var kmsAcross = []claim{
	{
		says:   "a principal of another account that both sides allow uses the key",
		source: bothSides,
		needs:  otherAccount,
		check: func(x *bench) {
			k := x.Own.key(document(x.Own.delegate(), allow("Far", x.Other.root(), "kms:Encrypt kms:Decrypt kms:DescribeKey kms:GenerateDataKey*")))
			s := x.Other.session(document(may("kms:*", k.arn)))
			blob := s.seal(k, "hello")
			x.decided("kms:Encrypt", keypolicy.Allowed, "Far")
			succeed(x, s.KMS.Decrypt, k.decrypt(blob))
			succeed(x, s.KMS.DescribeKey, describe(k.arn))
			succeed(x, s.KMS.GenerateDataKey, &kms.GenerateDataKeyInput{KeyId: &k.arn, KeySpec: types.DataKeySpecAes256})
		},
	},
	{
		says:   "the key policy alone is not enough for another account",
		source: bothSides,
		needs:  otherAccount,
		check: func(x *bench) {
			role := x.Other.role("")
			k := x.Own.key(document(x.Own.delegate(), allow("Far", role, "kms:*")))
			refused(x, x.Other.assume(role).KMS.Encrypt, k.encrypt("hello"), "AccessDeniedException")
			x.decided("kms:Encrypt", keypolicy.ImplicitlyDenied, "")
		},
	},
	{
		says:   "an identity policy alone is not enough for a key of another account",
		source: bothSides,
		needs:  otherAccount,
		check: func(x *bench) {
			k := x.Own.key("")
			refused(x, x.Other.session(document(may("kms:*", "*"))).KMS.Encrypt, k.encrypt("hello"), "AccessDeniedException")
		},
	},
	{
		says:   "the key policy's Deny holds against another account that both sides allow",
		source: "IAM User Guide, Cross-account policy evaluation logic",
		needs:  otherAccount,
		check: func(x *bench) {
			k := x.Own.key(document(x.Own.delegate(), allow("Far", x.Other.root(), "kms:*"), deny("No", x.Other.root(), "kms:Encrypt")))
			s := x.Other.session(document(may("kms:*", "*")))
			succeed(x, s.KMS.DescribeKey, describe(k.arn))
			refused(x, s.KMS.Encrypt, k.encrypt("hello"), "AccessDeniedException")
			x.decided("kms:Encrypt", keypolicy.ExplicitlyDenied, "No")
		},
	},
	{
		says:   "whether a key of another account exists is told only to those who may use it",
		source: "reported: the message, in github.com/kubernetes-sigs/aws-encryption-provider #141",
		needs:  otherAccount,
		check: func(x *bench) {
			k := x.Own.key("")
			none := key{noSuchID, "arn:aws:kms:" + x.region + ":" + x.Own.account + ":key/" + noSuchID}
			const because = " because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access"
			for _, hidden := range []key{k, none} {
				refused(x, x.Other.KMS.Encrypt, hidden.encrypt("hello"), "AccessDeniedException").saying(unauthorized(x.Other, "kms:Encrypt", hidden) + because)
			}
		},
	},
	{
		says:   "a ciphertext whose key the caller may not use is refused without naming the key",
		source: "reported: the message, in github.com/aceew/aws-lambda-env-vars #7",
		needs:  otherAccount,
		check: func(x *bench) {
			in := &kms.DecryptInput{CiphertextBlob: x.Own.seal(x.Own.key(""), "hello")}
			refused(x, x.Other.KMS.Decrypt, in, "AccessDeniedException").saying(
				"The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.")
		},
	},
	{
		says:   "Decrypt without a key finds the key of another account, where both sides allow it",
		source: "KMS API Reference, Decrypt, Cross-account use",
		needs:  otherAccount,
		check: func(x *bench) {
			k := x.Own.key(document(x.Own.delegate(), allow("Far", x.Other.root(), "kms:Decrypt")))
			out := succeed(x, x.Other.KMS.Decrypt, &kms.DecryptInput{CiphertextBlob: x.Own.seal(k, "hello")})
			equal(x, "KeyId", text(out.KeyId), k.arn)
		},
	},
	{
		says:   "an alias of another account is used by its ARN",
		source: "KMS API Reference, Encrypt, KeyId: another account's key needs the key ARN or alias ARN",
		needs:  otherAccount,
		check: func(x *bench) {
			k := x.Own.key(document(x.Own.delegate(), allow("Far", x.Other.root(), "kms:Encrypt")))
			arn := "arn:aws:kms:" + x.region + ":" + x.Own.account + ":" + x.Own.alias(k)
			out := succeed(x, x.Other.KMS.Encrypt, &kms.EncryptInput{KeyId: &arn, Plaintext: []byte("hello")})
			equal(x, "KeyId", text(out.KeyId), k.arn)
		},
	},
	{
		says:   "another account cannot manage a key, whatever the key's policy says",
		source: "KMS Developer Guide, Allowing users in other accounts to use a KMS key: permissions on other operations have no effect; assumption: the code",
		needs:  otherAccount,
		check: func(x *bench) {
			k := x.Own.key(document(x.Own.delegate(), allow("Far", x.Other.root(), "kms:*")))
			refused(x, x.Other.KMS.DisableKey, &kms.DisableKeyInput{KeyId: &k.arn}, "AccessDeniedException")
			refused(x, x.Other.KMS.GetKeyPolicy, &kms.GetKeyPolicyInput{KeyId: &k.arn}, "AccessDeniedException")
			refused(x, x.Other.KMS.ScheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: &k.arn}, "AccessDeniedException")
			refused(x, x.Other.KMS.TagResource, &kms.TagResourceInput{KeyId: &k.arn, Tags: []types.Tag{{TagKey: new("a"), TagValue: new("1")}}}, "AccessDeniedException")
			refused(x, x.Other.KMS.ListResourceTags, &kms.ListResourceTagsInput{KeyId: &k.arn}, "AccessDeniedException")
			equal(x, "the state", x.state(k), types.KeyStateEnabled)
		},
	},
	{
		says:   "an alias cannot name a key of another account",
		source: "KMS API Reference, CreateAlias, Cross-account use; assumption: the code",
		needs:  otherAccount,
		check: func(x *bench) {
			k := x.Own.key(document(x.Own.delegate(), allow("Far", x.Other.root(), "kms:*")))
			refused(x, x.Other.KMS.CreateAlias, &kms.CreateAliasInput{AliasName: new("alias/" + x.name("far")), TargetKeyId: &k.arn}, "AccessDeniedException")
		},
	},
	{
		says:   "kms:CallerAccount is the account of who calls",
		source: "KMS Developer Guide, AWS KMS condition keys, kms:CallerAccount",
		needs:  otherAccount,
		check: func(x *bench) {
			k := x.Own.key(document(x.Own.delegate(), allow("Ours", "*", "kms:Encrypt", when("StringEquals", "kms:CallerAccount", x.Own.account))))
			succeed(x, x.Own.session("").KMS.Encrypt, k.encrypt("hello"))
			refused(x, x.Other.KMS.Encrypt, k.encrypt("hello"), "AccessDeniedException")
		},
	},
}
