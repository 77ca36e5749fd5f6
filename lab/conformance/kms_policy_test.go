package conformance

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"rekey/shared/keypolicy"
)

// unauthorized is how the message of a refusal begins: who may not do what.
func unauthorized(c *caller, action string, k key) string {
	return "User: " + c.arn + " is not authorized to perform: " + action + " on resource: " + k.arn
}

var kmsPolicy = []claim{
	{
		says:   "under the default key policy, the account's identity policies decide",
		source: "KMS Developer Guide, Default key policy: allows access to the AWS account and enables IAM policies",
		check: func(x *bench) {
			k := x.Own.key("")
			may, mayNot := x.Own.session(document(may("kms:Encrypt", k.arn))), x.Own.session("")
			succeed(x, may.KMS.Encrypt, k.encrypt("hello"))
			refused(x, may.KMS.Decrypt, k.decrypt(x.Own.seal(k, "hello")), "AccessDeniedException")
			refused(x, mayNot.KMS.Encrypt, k.encrypt("hello"), "AccessDeniedException").saying(
				unauthorized(mayNot, "kms:Encrypt", k) + " because no identity-based policy allows the kms:Encrypt action")
		},
	},
	{
		says:   "the policy of a key that was made without one delegates to the account",
		source: "KMS Developer Guide, Default key policy when you create a KMS key programmatically",
		check: func(x *bench) {
			k := x.Own.key("")
			out := succeed(x, x.Own.KMS.GetKeyPolicy, &kms.GetKeyPolicyInput{KeyId: &k.id})
			equal(x, "PolicyName", text(out.PolicyName), "default")
			for _, part := range []string{`"key-default-1"`, `"Enable IAM User Permissions"`, `"` + x.Own.root() + `"`, `"kms:*"`} {
				if !strings.Contains(text(out.Policy), part) {
					x.Errorf("the policy lacks %s: %s", part, text(out.Policy))
				}
			}
		},
	},
	{
		says:   "without a statement for the account, its identity policies count for nothing",
		source: "KMS Developer Guide, Default key policy: without this permission, IAM policies that allow access to the key are ineffective",
		check: func(x *bench) {
			k := x.Own.key(document(allow("Admin", x.Own.principal, "kms:*")))
			s := x.Own.session(document(may("kms:*", "*")))
			// The message is the one reported in github.com/jbrt/ec2cryptomatic #26.
			refused(x, s.KMS.DescribeKey, describe(k.arn), "AccessDeniedException").saying(
				unauthorized(s, "kms:DescribeKey", k) + " because no resource-based policy allows the kms:DescribeKey action")
			x.decided("kms:DescribeKey", keypolicy.ImplicitlyDenied, "")
		},
	},
	{
		says:   "a key policy that names a role is enough for it, in its own account",
		source: "IAM User Guide, Policy evaluation for requests within a single account",
		check: func(x *bench) {
			role := x.Own.role("")
			k := x.Own.key(document(x.Own.delegate(), allow("Role", role, "kms:Encrypt")))
			s := x.Own.assume(role)
			succeed(x, s.KMS.Encrypt, k.encrypt("hello"))
			x.decided("kms:Encrypt", keypolicy.Allowed, "Role")
		},
	},
	{
		says:   "a Deny in the key policy holds against any Allow",
		source: "IAM User Guide, How AWS enforcement code logic evaluates requests: an explicit deny overrides",
		check: func(x *bench) {
			role := x.Own.role(document(may("kms:*", "*")))
			k := x.Own.key(document(x.Own.delegate(), allow("Role", role, "kms:*"), deny("No", role, "kms:Encrypt")))
			s := x.Own.assume(role)
			succeed(x, s.KMS.DescribeKey, describe(k.arn))
			refused(x, s.KMS.Encrypt, k.encrypt("hello"), "AccessDeniedException").saying(
				unauthorized(s, "kms:Encrypt", k) + " with an explicit deny in a resource-based policy")
			x.decided("kms:Encrypt", keypolicy.ExplicitlyDenied, "No")
		},
	},
	{
		says:   "a Deny in an identity policy holds against a key policy that names the role",
		source: "IAM User Guide, How AWS enforcement code logic evaluates requests: an explicit deny overrides",
		check: func(x *bench) {
			role := x.Own.role(document(mayNot("kms:Encrypt", "*")))
			k := x.Own.key(document(x.Own.delegate(), allow("Role", role, "kms:*")))
			s := x.Own.assume(role)
			succeed(x, s.KMS.DescribeKey, describe(k.arn))
			refused(x, s.KMS.Encrypt, k.encrypt("hello"), "AccessDeniedException").saying(
				unauthorized(s, "kms:Encrypt", k) + " with an explicit deny in an identity-based policy")
		},
	},
	{
		says:   "an identity policy that names an alias allows nothing on its key",
		source: "KMS Developer Guide, Using aliases to control access to KMS keys: the Resource element of an IAM policy must be a key ARN",
		check: func(x *bench) {
			k := x.Own.key("")
			alias := x.Own.alias(k)
			s := x.Own.session(document(may("kms:*", strings.TrimSuffix(k.arn, "key/"+k.id)+alias)))
			refused(x, s.KMS.Encrypt, &kms.EncryptInput{KeyId: &alias, Plaintext: []byte("hello")}, "AccessDeniedException")
		},
	},
	{
		says:   "ReEncrypt needs ReEncryptFrom on the one key and ReEncryptTo on the other",
		source: "KMS API Reference, ReEncrypt, Required permissions",
		check: func(x *bench) {
			from, to := x.Own.key(""), x.Own.key("")
			in := &kms.ReEncryptInput{CiphertextBlob: x.Own.seal(from, "hello"), SourceKeyId: &from.arn, DestinationKeyId: &to.arn}
			for _, policy := range []string{
				document(may("kms:ReEncryptFrom", from.arn)),
				document(may("kms:ReEncryptTo", to.arn)),
				document(may("kms:ReEncryptFrom", to.arn), may("kms:ReEncryptTo", from.arn)),
				document(may("kms:Encrypt kms:Decrypt", "*")),
			} {
				refused(x, x.Own.session(policy).KMS.ReEncrypt, in, "AccessDeniedException")
			}
			succeed(x, x.Own.session(document(may("kms:ReEncryptFrom", from.arn), may("kms:ReEncryptTo", to.arn))).KMS.ReEncrypt, in)
		},
	},
	{
		says:   "a new policy must let its author change it again, unless the check is bypassed",
		source: "KMS API Reference, PutKeyPolicy, BypassPolicyLockoutSafetyCheck; reported: the message, in terraform-provider-aws and others",
		check: func(x *bench) {
			k := x.Own.key("")
			policy := document(allow("Look", x.Own.root(), "kms:DescribeKey kms:ScheduleKeyDeletion kms:GetKeyPolicy"))
			refused(x, x.Own.KMS.PutKeyPolicy, &kms.PutKeyPolicyInput{KeyId: &k.id, Policy: &policy}, "MalformedPolicyDocumentException").saying(
				"The new key policy will not allow you to update the key policy in the future.")
			refused(x, x.Own.KMS.CreateKey, &kms.CreateKeyInput{Policy: &policy}, "MalformedPolicyDocumentException")
			succeed(x, x.Own.KMS.PutKeyPolicy, &kms.PutKeyPolicyInput{KeyId: &k.id, Policy: &policy, BypassPolicyLockoutSafetyCheck: true})
			refused(x, x.Own.KMS.PutKeyPolicy, &kms.PutKeyPolicyInput{KeyId: &k.id, Policy: new(document(x.Own.delegate()))}, "AccessDeniedException")
		},
	},
	{
		says:   "who may only create keys creates one, and needs kms:TagResource too for one with tags",
		source: "KMS API Reference, CreateKey, Required permissions; assumption: a statement for the account passes the lockout check, whatever identity policies say",
		check: func(x *bench) {
			create := func(s *caller, in *kms.CreateKeyInput) {
				id := succeed(x, s.KMS.CreateKey, in).KeyMetadata.KeyId
				cleanup(x, x.Own.KMS.ScheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: id, PendingWindowInDays: new(int32(7))})
			}
			s := x.Own.session(document(may("kms:CreateKey", "*")))
			create(s, &kms.CreateKeyInput{})
			create(s, &kms.CreateKeyInput{Policy: new(document(x.Own.delegate()))})
			refused(x, s.KMS.CreateKey, &kms.CreateKeyInput{Tags: tags("a", "1")}, "AccessDeniedException")
			create(x.Own.session(document(may("kms:CreateKey kms:TagResource", "*"))), &kms.CreateKeyInput{Tags: tags("a", "1")})
		},
	},
	{
		says:   "a key has one policy, named default, and gives it back as it was put",
		source: "asserted: kms test_get_put_list_key_policies",
		check: func(x *bench) {
			policy := document(x.Own.delegate(), allow("More", x.Own.root(), "kms:ListGrants"))
			k := x.Own.key(policy)
			out := succeed(x, x.Own.KMS.ListKeyPolicies, &kms.ListKeyPoliciesInput{KeyId: &k.id})
			equal(x, "the policies", strings.Join(out.PolicyNames, " "), "default")
			equal(x, "Truncated", out.Truncated, false)
			got := text(succeed(x, x.Own.KMS.GetKeyPolicy, &kms.GetKeyPolicyInput{KeyId: &k.id, PolicyName: new("default")}).Policy)
			equal(x, "the policy", squeezed(got), squeezed(policy))
			refused(x, x.Own.KMS.GetKeyPolicy, &kms.GetKeyPolicyInput{KeyId: &k.id, PolicyName: new("other")}, "NotFoundException")
		},
	},
	{
		says:   "a key policy must be one",
		source: "KMS API Reference, PutKeyPolicy, MalformedPolicyDocumentException",
		check: func(x *bench) {
			k := x.Own.key("")
			for _, policy := range []string{"{", "[]", `{"Version":"2012-10-17"}`, document(grant("Allow", "NoPrincipal", "", "kms:*", "*"))} {
				refused(x, x.Own.KMS.PutKeyPolicy, &kms.PutKeyPolicyInput{KeyId: &k.id, Policy: &policy}, "MalformedPolicyDocumentException")
			}
		},
	},
}

// squeezed leaves out white space outside of words: AWS stores policies with
// line breaks of its own.
func squeezed(policy string) string {
	return strings.Join(strings.FieldsFunc(policy, func(r rune) bool { return strings.ContainsRune(" \n\t", r) }), "")
}
