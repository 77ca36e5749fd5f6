package conformance

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
)

// under makes a secret under a key.
func (c *caller) under(k key) *secretsmanager.CreateSecretOutput {
	c.x.Helper()
	return c.secret(func(in *secretsmanager.CreateSecretInput) { in.KmsKeyId = &k.arn })
}

// rekey gives a secret another key.
func rekey(id *string, k key) *secretsmanager.UpdateSecretInput {
	return &secretsmanager.UpdateSecretInput{SecretId: id, KmsKeyId: &k.arn}
}

// reader may read secrets, and decrypt under one key.
func (c *caller) reader(k key) *caller {
	c.x.Helper()
	return c.session(document(may("secretsmanager:GetSecretValue", "*"), may("kms:Decrypt", k.arn)))
}

func (x *bench) described(id *string) *secretsmanager.DescribeSecretOutput {
	x.Helper()
	return succeed(x, x.Own.Secrets.DescribeSecret, &secretsmanager.DescribeSecretInput{SecretId: id})
}

const changeKey = "Secrets Manager User Guide, Change the encryption key for an AWS Secrets Manager secret"

var secretUpdateClaims = []claim{
	{
		says:   "an update of the description makes no version, and one of nothing neither",
		source: "recorded: secretsmanager test_update_secret_description",
		check: func(x *bench) {
			s := x.Own.secret()
			for _, in := range []*secretsmanager.UpdateSecretInput{{SecretId: s.ARN, Description: new("MyDescription")}, {SecretId: s.ARN}} {
				out := succeed(x, x.Own.Secrets.UpdateSecret, in)
				equal(x, "Name", text(out.Name), text(s.Name))
				equal(x, "VersionId", text(out.VersionId), "")
			}
			d := x.described(s.ARN)
			equal(x, "Description", text(d.Description), "MyDescription")
			equal(x, "the number of versions", len(d.VersionIdsToStages), 1)
		},
	},
	{
		says:   "an updated value is AWSCURRENT, the one before AWSPREVIOUS",
		source: "recorded: secretsmanager test_update_secret_description, test_create_and_update_secret",
		check: func(x *bench) {
			s := x.Own.secret()
			out := succeed(x, x.Own.Secrets.UpdateSecret, &secretsmanager.UpdateSecretInput{SecretId: s.ARN, SecretString: new("second")})
			equal(x, "the stages", x.stages(s.ARN, text(s.VersionId), text(out.VersionId)), "AWSPREVIOUS AWSCURRENT")
			equal(x, "the value", text(succeed(x, x.Own.Secrets.GetSecretValue, get(s.ARN)).SecretString), "second")
		},
	},
	{
		says:   "an update with the token of a version that there is is refused",
		source: "Secrets Manager API Reference, UpdateSecret; assumption: the code, which is PutSecretValue's",
		check: func(x *bench) {
			s := x.Own.secret()
			in := &secretsmanager.UpdateSecretInput{SecretId: s.ARN, SecretString: new("other"), ClientRequestToken: s.VersionId}
			refused(x, x.Own.Secrets.UpdateSecret, in, "ResourceExistsException")
		},
	},
	{
		says:   "a secret marked for deletion is not updated",
		source: "Secrets Manager API Reference, UpdateSecret, InvalidRequestException; assumption: the message, which is recorded of other operations",
		check: func(x *bench) {
			s := x.Own.secret()
			succeed(x, x.Own.Secrets.DeleteSecret, &secretsmanager.DeleteSecretInput{SecretId: s.ARN})
			refused(x, x.Own.Secrets.UpdateSecret, &secretsmanager.UpdateSecretInput{SecretId: s.ARN, Description: new("x")}, "InvalidRequestException").saying(deletionMark)
		},
	},
	{
		says:   "after a change of the key, AWSCURRENT can be read with the key before and with the new one",
		source: changeKey,
		check: func(x *bench) {
			one, two := x.Own.key(""), x.Own.key("")
			s := x.Own.under(one)
			refused(x, x.Own.reader(two).Secrets.GetSecretValue, get(s.ARN), "AccessDeniedException")
			succeed(x, x.Own.Secrets.UpdateSecret, rekey(s.ARN, two))
			equal(x, "KmsKeyId", text(x.described(s.ARN).KmsKeyId), two.arn)
			for _, k := range []key{one, two} {
				equal(x, "the value", text(succeed(x, x.Own.reader(k).Secrets.GetSecretValue, get(s.ARN)).SecretString), "value")
			}
		},
	},
	{
		says:   "a version made after a change of the key is under the new key alone",
		source: changeKey,
		check: func(x *bench) {
			one, two := x.Own.key(""), x.Own.key("")
			s := x.Own.under(one)
			succeed(x, x.Own.Secrets.UpdateSecret, rekey(s.ARN, two))
			x.put(s.ARN, "second")
			refused(x, x.Own.reader(one).Secrets.GetSecretValue, get(s.ARN), "AccessDeniedException")
			succeed(x, x.Own.reader(two).Secrets.GetSecretValue, get(s.ARN))
		},
	},
	{
		says:   "AWSPENDING and AWSPREVIOUS are kept under the new key too, versions with other labels are not",
		source: changeKey,
		check: func(x *bench) {
			one, two := x.Own.key(""), x.Own.key("")
			s := x.Own.under(one)
			x.put(s.ARN, "second")
			x.put(s.ARN, "third", "AWSPENDING")
			x.put(s.ARN, "fourth", "mine")
			succeed(x, x.Own.Secrets.UpdateSecret, rekey(s.ARN, two))
			succeed(x, x.Own.KMS.DisableKey, &kms.DisableKeyInput{KeyId: &one.id})
			for stage, want := range map[string]string{"AWSCURRENT": "second", "AWSPENDING": "third", "AWSPREVIOUS": "value"} {
				in := &secretsmanager.GetSecretValueInput{SecretId: s.ARN, VersionStage: &stage}
				equal(x, stage, text(succeed(x, x.Own.Secrets.GetSecretValue, in).SecretString), want)
			}
			refused(x, x.Own.Secrets.GetSecretValue, &secretsmanager.GetSecretValueInput{SecretId: s.ARN, VersionStage: new("mine")}, "DecryptionFailure")
		},
	},
	{
		says:   "without kms:Encrypt on the new key, the versions that there are stay as they are",
		source: "Secrets Manager API Reference, UpdateSecret, KmsKeyId",
		check: func(x *bench) {
			one, two := x.Own.key(""), x.Own.key("")
			s := x.Own.under(one)
			writer := x.Own.session(document(may("secretsmanager:*", "*"), may("kms:*", "*"), mayNot("kms:Encrypt", two.arn)))
			succeed(x, writer.Secrets.UpdateSecret, rekey(s.ARN, two))
			equal(x, "KmsKeyId", text(x.described(s.ARN).KmsKeyId), two.arn)
			refused(x, x.Own.reader(two).Secrets.GetSecretValue, get(s.ARN), "AccessDeniedException")
			succeed(x, x.Own.reader(one).Secrets.GetSecretValue, get(s.ARN))
		},
	},
	{
		says:   "without kms:Decrypt on the key before, the versions that there are stay as they are",
		source: changeKey,
		check: func(x *bench) {
			one, two := x.Own.key(""), x.Own.key("")
			s := x.Own.under(one)
			writer := x.Own.session(document(may("secretsmanager:*", "*"), may("kms:*", two.arn)))
			succeed(x, writer.Secrets.UpdateSecret, rekey(s.ARN, two))
			refused(x, x.Own.reader(two).Secrets.GetSecretValue, get(s.ARN), "AccessDeniedException")
		},
	},
	{
		says:   "a new key must be one that the caller may generate data keys and decrypt with",
		source: "Secrets Manager User Guide, Secret encryption and decryption: validating access to the KMS key; reported: the message, in aws/aws-cdk issue 7677",
		check: func(x *bench) {
			k := x.Own.key("")
			s := x.Own.secret()
			for _, action := range []string{"kms:GenerateDataKey", "kms:Decrypt"} {
				writer := x.Own.session(document(may("secretsmanager:*", "*"), may("kms:*", "*"), mayNot(action, k.arn)))
				refused(x, writer.Secrets.UpdateSecret, rekey(s.ARN, k), "AccessDeniedException").saying("Access to KMS is not allowed")
			}
			equal(x, "KmsKeyId", text(x.described(s.ARN).KmsKeyId), "")
		},
	},
	{
		says:   "what is no key's id is told to be an invalid key",
		source: "reported: the code and the message's beginning, in hashicorp/terraform-provider-aws pull request 13303",
		check: func(x *bench) {
			in := &secretsmanager.CreateSecretInput{Name: new(x.name("secret")), SecretString: new("v"), KmsKeyId: new("my-key")}
			refused(x, x.Own.Secrets.CreateSecret, in, "InvalidParameterException").mentioning("The operation failed because of an invalid KMS key: Invalid keyId")
		},
	},
	{
		says:   "an empty key is the AWS managed one again",
		source: "Secrets Manager API Reference, UpdateSecret, KmsKeyId",
		check: func(x *bench) {
			s := x.Own.under(x.Own.key(""))
			succeed(x, x.Own.Secrets.UpdateSecret, &secretsmanager.UpdateSecretInput{SecretId: s.ARN, KmsKeyId: new("")})
			equal(x, "KmsKeyId", text(x.described(s.ARN).KmsKeyId), "")
		},
	},
	{
		says:   "a random password has 32 characters, with each kind among them, and no blank",
		source: "Secrets Manager API Reference, GetRandomPassword",
		check: func(x *bench) {
			p := text(succeed(x, x.Own.Secrets.GetRandomPassword, &secretsmanager.GetRandomPasswordInput{}).RandomPassword)
			equal(x, "its length", len(p), 32)
			for _, kind := range []string{"abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"} {
				if !strings.ContainsAny(p, kind) {
					x.Errorf("%q has none of %s", p, kind)
				}
			}
			if strings.Contains(p, " ") {
				x.Errorf("%q has a blank", p)
			}
		},
	},
	{
		says:   "what is excluded from a random password is not in it",
		source: "reported: test_get_random_exclude_characters_and_symbols, marked as checked against AWS, in localstack/localstack tests/aws/services/secretsmanager",
		check: func(x *bench) {
			p := text(succeed(x, x.Own.Secrets.GetRandomPassword, &secretsmanager.GetRandomPasswordInput{PasswordLength: new(int64(120)), ExcludeCharacters: new("xyzDje@?!.")}).RandomPassword)
			if len(p) != 120 || strings.ContainsAny(p, "xyzDje@?!.") {
				x.Errorf("it is %q", p)
			}
		},
	},
	{
		says:   "a policy for everybody is kept, unless it is asked to be blocked",
		source: "recorded: secretsmanager test_resource_policy; Secrets Manager API Reference, PutResourcePolicy, BlockPublicPolicy and PublicPolicyException",
		check: func(x *bench) {
			s := x.Own.secret()
			policy := document(allow("", "*", "secretsmanager:GetSecretValue"))
			in := &secretsmanager.PutResourcePolicyInput{SecretId: s.ARN, ResourcePolicy: &policy, BlockPublicPolicy: new(true)}
			refused(x, x.Own.Secrets.PutResourcePolicy, in, "PublicPolicyException")
			in.BlockPublicPolicy = nil
			succeed(x, x.Own.Secrets.PutResourcePolicy, in)
		},
	},
	{
		says:   "a policy can be validated without being kept",
		source: "Secrets Manager API Reference, ValidateResourcePolicy",
		check: func(x *bench) {
			s := x.Own.secret()
			validate := func(policy string) *secretsmanager.ValidateResourcePolicyOutput {
				return succeed(x, x.Own.Secrets.ValidateResourcePolicy, &secretsmanager.ValidateResourcePolicyInput{SecretId: s.ARN, ResourcePolicy: &policy})
			}
			equal(x, "of its own account", validate(document(allow("", x.Own.root(), "secretsmanager:GetSecretValue"))).PolicyValidationPassed, true)
			out := validate(document(allow("", "*", "secretsmanager:GetSecretValue")))
			equal(x, "of everybody", out.PolicyValidationPassed, false)
			if len(out.ValidationErrors) == 0 {
				x.Error("there is no error")
			}
			equal(x, "the policy", text(succeed(x, x.Own.Secrets.GetResourcePolicy, &secretsmanager.GetResourcePolicyInput{SecretId: s.ARN}).ResourcePolicy), "")
		},
	},
	{
		says:   "a label can be taken from a version, but AWSCURRENT only be moved",
		source: "Secrets Manager API Reference, UpdateSecretVersionStage",
		check: func(x *bench) {
			s := x.Own.secret()
			second := x.put(s.ARN, "second", "blue")
			move := func(stage string, from, to *string) *secretsmanager.UpdateSecretVersionStageInput {
				return &secretsmanager.UpdateSecretVersionStageInput{SecretId: s.ARN, VersionStage: &stage, RemoveFromVersionId: from, MoveToVersionId: to}
			}
			succeed(x, x.Own.Secrets.UpdateSecretVersionStage, move("blue", &second, nil))
			refused(x, x.Own.Secrets.UpdateSecretVersionStage, move("AWSCURRENT", s.VersionId, nil), "InvalidParameterException")
			refused(x, x.Own.Secrets.UpdateSecretVersionStage, move("AWSCURRENT", nil, &second), "InvalidParameterException")
			equal(x, "the stages", x.stages(s.ARN, text(s.VersionId), second), "AWSCURRENT ")
			list := succeed(x, x.Own.Secrets.ListSecretVersionIds, &secretsmanager.ListSecretVersionIdsInput{SecretId: s.ARN})
			if slices.ContainsFunc(list.Versions, func(v types.SecretVersionsListEntry) bool { return text(v.VersionId) == second }) {
				x.Error("a version without labels is listed")
			}
		},
	},
}
