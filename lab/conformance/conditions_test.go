package conformance

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

const globalKeys = "IAM User Guide, AWS global condition context keys, "

// held is a session that may do everything but what the condition denies.
func (c *caller) held(condition string) *caller {
	c.x.Helper()
	return c.session(document(may("*", "*"), mayNot("kms:*", "*", condition)))
}

var globalConditions = []claim{
	{
		says:   "aws:TokenIssueTime revokes the sessions that were made before a time, and no others",
		source: "IAM User Guide, Revoke IAM role temporary security credentials",
		needs:  clock,
		check: func(x *bench) {
			role := x.Own.role(document(may("*", "*")))
			old := x.Own.assume(role)
			succeed(x, old.KMS.ListKeys, &kms.ListKeysInput{})
			x.advance(time.Minute)
			now := x.lab.World.Now().Format(time.RFC3339)
			succeed(x, x.Own.IAM.PutRolePolicy, &iam.PutRolePolicyInput{RoleName: nameOf(role), PolicyName: new("AWSRevokeOlderSessions"),
				PolicyDocument: new(document(mayNot("*", "*", when("DateLessThan", "aws:TokenIssueTime", now))))})
			refused(x, old.KMS.ListKeys, &kms.ListKeysInput{}, "AccessDeniedException").mentioning("with an explicit deny in an identity-based policy")
			succeed(x, x.Own.assume(role).KMS.ListKeys, &kms.ListKeysInput{})
		},
	},
	{
		says:   "aws:SourceIp and aws:UserAgent are in every request",
		source: globalKeys + "aws:SourceIp, aws:UserAgent",
		check: func(x *bench) {
			for _, condition := range []string{when("IpAddress", "aws:SourceIp", "0.0.0.0/0", "::/0"), when("StringLike", "aws:UserAgent", "*")} {
				refused(x, x.Own.held(condition).KMS.ListKeys, &kms.ListKeysInput{}, "AccessDeniedException")
			}
			succeed(x, x.Own.held(when("NotIpAddress", "aws:SourceIp", "0.0.0.0/0", "::/0")).KMS.ListKeys, &kms.ListKeysInput{})
		},
	},
	{
		says:   "aws:MultiFactorAuthPresent is false for a session without MFA, and absent for long-term credentials",
		source: globalKeys + "aws:MultiFactorAuthPresent",
		check: func(x *bench) {
			refused(x, x.Own.held(when("Bool", "aws:MultiFactorAuthPresent", "false")).KMS.ListKeys, &kms.ListKeysInput{}, "AccessDeniedException")
			k := x.Own.key(document(x.Own.delegate(), deny("NoMFA", "*", "kms:DescribeKey", when("Bool", "aws:MultiFactorAuthPresent", "false"))))
			if strings.Contains(x.Own.arn, ":user/") {
				succeed(x, x.Own.KMS.DescribeKey, describe(k.arn))
			}
			refused(x, x.Own.session(document(may("*", "*"))).KMS.DescribeKey, describe(k.arn), "AccessDeniedException")
		},
	},
	{
		says:   "kms:BypassPolicyLockoutSafetyCheck is in CreateKey and PutKeyPolicy",
		source: conditionKeys + "kms:BypassPolicyLockoutSafetyCheck",
		check: func(x *bench) {
			k := x.Own.key("")
			s := x.Own.held(when("Bool", "kms:BypassPolicyLockoutSafetyCheck", "true"))
			put := &kms.PutKeyPolicyInput{KeyId: &k.id, Policy: new(document(x.Own.delegate()))}
			succeed(x, s.KMS.PutKeyPolicy, put)
			put.BypassPolicyLockoutSafetyCheck = true
			refused(x, s.KMS.PutKeyPolicy, put, "AccessDeniedException")
			refused(x, s.KMS.CreateKey, &kms.CreateKeyInput{BypassPolicyLockoutSafetyCheck: true}, "AccessDeniedException")
		},
	},
	{
		says:   "kms:ReEncryptOnSameKey tells a ReEncrypt under the same key from one under another",
		source: conditionKeys + "kms:ReEncryptOnSameKey",
		check: func(x *bench) {
			k, other := x.Own.key(""), x.Own.key("")
			s := x.Own.held(when("Bool", "kms:ReEncryptOnSameKey", "true"))
			to := func(dst key, src *string) *kms.ReEncryptInput {
				return &kms.ReEncryptInput{CiphertextBlob: x.Own.seal(k, "hello"), SourceKeyId: src, DestinationKeyId: &dst.arn}
			}
			refused(x, s.KMS.ReEncrypt, to(k, nil), "AccessDeniedException")
			refused(x, s.KMS.ReEncrypt, to(k, new(x.Own.alias(k))), "AccessDeniedException")
			succeed(x, s.KMS.ReEncrypt, to(other, nil))
		},
	},
	{
		says:   "the names of an encryption context's pairs have no case in a condition",
		source: conditionKeys + "kms:EncryptionContext:context-key; assumption: two that differ only in case are values of one key",
		check: func(x *bench) {
			k := x.Own.key("")
			s := x.Own.session(document(may("kms:Encrypt", k.arn, when("ForAnyValue:StringEquals", "kms:EncryptionContext:APP", "shop"))))
			succeed(x, s.KMS.Encrypt, k.encrypt("hello", "app", "shop"))
			succeed(x, s.KMS.Encrypt, k.encrypt("hello", "app", "bank", "App", "shop"))
			refused(x, s.KMS.Encrypt, k.encrypt("hello", "app", "bank"), "AccessDeniedException")
		},
	},
	{
		says:   "an ARN of another partition names nothing here",
		source: "assumption: the code and the message, as for an ARN of another Region",
		check: func(x *bench) {
			k := x.Own.key("")
			for _, partition := range []string{"arn:aws-cn:", "arn:aws-us-gov:"} {
				far := key{k.id, strings.Replace(k.arn, "arn:aws:", partition, 1)}
				refused(x, x.Own.KMS.Encrypt, far.encrypt("hello"), "NotFoundException").mentioning("Invalid arn ")
			}
		},
	},
	{
		says:   "an alias of another account is refused in the same words, whether or not it exists",
		source: "assumption: the refusal names the alias that the request did",
		needs:  otherAccount,
		check: func(x *bench) {
			prefix := "arn:aws:kms:" + x.region + ":" + x.Own.account + ":"
			for _, alias := range []string{x.Own.alias(x.Own.key("")), "alias/" + x.name("none")} {
				refused(x, x.Other.KMS.Encrypt, &kms.EncryptInput{KeyId: new(prefix + alias), Plaintext: []byte("x")}, "AccessDeniedException").mentioning(
					" on resource: " + prefix + alias + " because the resource does not exist")
			}
		},
	},
	{
		says:   "a predefined alias makes the AWS managed key that it stands for, and the alias of no service does not",
		source: "KMS API Reference, DescribeKey: predefined AWS alias; assumption: the message for the other",
		check: func(x *bench) {
			out := succeed(x, x.Own.KMS.DescribeKey, describe("alias/aws/secretsmanager"))
			equal(x, "KeyManager", out.KeyMetadata.KeyManager, types.KeyManagerTypeAws)
			again := succeed(x, x.Own.KMS.DescribeKey, describe("alias/aws/secretsmanager"))
			equal(x, "KeyId", text(again.KeyMetadata.KeyId), text(out.KeyMetadata.KeyId))
			refused(x, x.Own.KMS.DescribeKey, describe("alias/aws/"+x.name("none")), "NotFoundException")
		},
	},
	{
		says:   "two specs of a key that differ are refused",
		source: "KMS API Reference, CreateKey, CustomerMasterKeySpec; assumption: the message",
		check: func(x *bench) {
			//lint:ignore SA1019 what is deprecated is what is checked
			refused(x, x.Own.KMS.CreateKey, &kms.CreateKeyInput{KeySpec: types.KeySpecSymmetricDefault, CustomerMasterKeySpec: types.CustomerMasterKeySpecRsa2048}, "ValidationException")
		},
	},
	{
		says:   "ListKeyPolicies knows its own markers only",
		source: "KMS API Reference, ListKeyPolicies, Marker; assumption: the code, as for the other listings",
		check: func(x *bench) {
			k := x.Own.key("")
			refused(x, x.Own.KMS.ListKeyPolicies, &kms.ListKeyPoliciesInput{KeyId: &k.id, Marker: new("bogus")}, "InvalidMarkerException")
		},
	},
}
