package conformance

import (
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
)

func get(id *string) *secretsmanager.GetSecretValueInput {
	return &secretsmanager.GetSecretValueInput{SecretId: id}
}

// put adds a version and gives its id.
func (x *bench) put(id *string, value string, stages ...string) string {
	x.Helper()
	return text(succeed(x, x.Own.Secrets.PutSecretValue, &secretsmanager.PutSecretValueInput{SecretId: id, SecretString: &value, VersionStages: stages}).VersionId)
}

// stages gives the labels of the versions of a secret, in one line in the
// order of ids.
func (x *bench) stages(id *string, versions ...string) string {
	x.Helper()
	out := succeed(x, x.Own.Secrets.DescribeSecret, &secretsmanager.DescribeSecretInput{SecretId: id})
	all := make([]string, len(versions))
	for i, v := range versions {
		labels := slices.Clone(out.VersionIdsToStages[v])
		slices.Sort(labels)
		all[i] = strings.Join(labels, "+")
	}
	return strings.Join(all, " ")
}

const deletionMark = "You can't perform this operation on the secret because it was marked for deletion."

var secretClaims = []claim{
	{
		says:   "a secret's ARN ends in its name, a hyphen and six characters",
		source: "Secrets Manager API Reference, CreateSecret, ARN",
		check: func(x *bench) {
			s := x.Own.secret()
			rest, ok := strings.CutPrefix(text(s.ARN), "arn:aws:secretsmanager:"+x.region+":"+x.Own.account+":secret:"+text(s.Name)+"-")
			if !ok || len(rest) != 6 {
				x.Errorf("the ARN is %s", text(s.ARN))
			}
		},
	},
	{
		says:   "a secret is read by name, by ARN, and by ARN without its end",
		source: "Secrets Manager API Reference, GetSecretValue, SecretId; User Guide, Find a secret from a partial ARN",
		check: func(x *bench) {
			s := x.Own.secret()
			partial := text(s.ARN)[:len(text(s.ARN))-7]
			for _, id := range []*string{s.Name, s.ARN, &partial} {
				out := succeed(x, x.Own.Secrets.GetSecretValue, get(id))
				equal(x, "the value", text(out.SecretString), "value")
				equal(x, "VersionId", text(out.VersionId), text(s.VersionId))
				equal(x, "the stages", strings.Join(out.VersionStages, " "), "AWSCURRENT")
			}
		},
	},
	{
		says:   "an unknown secret is not found",
		source: "recorded: secretsmanager test_secret_not_found",
		check: func(x *bench) {
			const message = "Secrets Manager can't find the specified secret."
			id := x.name("none")
			refused(x, x.Own.Secrets.GetSecretValue, get(&id), "ResourceNotFoundException").saying(message)
			refused(x, x.Own.Secrets.ListSecretVersionIds, &secretsmanager.ListSecretVersionIdsInput{SecretId: &id}, "ResourceNotFoundException").saying(message)
		},
	},
	{
		says:   "a name has letters, digits and -/_+=.@! only",
		source: "recorded: secretsmanager test_invalid_secret_name",
		check: func(x *bench) {
			const message = "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"
			for _, id := range []string{"Inv Name", " Inv*Name? ", ` Inv *?!]Name\-`} {
				refused(x, x.Own.Secrets.GetSecretValue, get(&id), "ValidationException").saying(message)
				refused(x, x.Own.Secrets.CreateSecret, &secretsmanager.CreateSecretInput{Name: &id}, "ValidationException").saying(message)
			}
		},
	},
	{
		says:   "a name exists once",
		source: "recorded: secretsmanager test_secret_exists_snapshots",
		check: func(x *bench) {
			s := x.Own.secret()
			refused(x, x.Own.Secrets.CreateSecret, &secretsmanager.CreateSecretInput{Name: s.Name, SecretString: new("x")}, "ResourceExistsException").saying(
				"The operation failed because the secret " + text(s.Name) + " already exists.")
		},
	},
	{
		says:   "a secret made without a value has no version until one is put",
		source: "recorded: secretsmanager test_create_secret_version_from_empty_secret, test_secret_version_not_found",
		check: func(x *bench) {
			s := x.Own.secret(func(in *secretsmanager.CreateSecretInput) { in.SecretString = nil })
			equal(x, "VersionId", text(s.VersionId), "")
			refused(x, x.Own.Secrets.GetSecretValue, get(s.ARN), "ResourceNotFoundException").saying(
				"Secrets Manager can't find the specified secret value for staging label: AWSCURRENT")
			x.put(s.ARN, "first")
			equal(x, "the value", text(succeed(x, x.Own.Secrets.GetSecretValue, get(s.ARN)).SecretString), "first")
		},
	},
	{
		says:   "a version that does not exist is not found, by id or by label",
		source: "recorded: secretsmanager test_secret_version_not_found, test_get_secret_value_errors",
		check: func(x *bench) {
			s := x.Own.secret()
			const none = "11111111-1111-1111-1111-111111111111"
			by := func(id, stage *string) *secretsmanager.GetSecretValueInput {
				return &secretsmanager.GetSecretValueInput{SecretId: s.ARN, VersionId: id, VersionStage: stage}
			}
			refused(x, x.Own.Secrets.GetSecretValue, by(new(none), nil), "ResourceNotFoundException").saying(
				"Secrets Manager can't find the specified secret value for VersionId: " + none)
			refused(x, x.Own.Secrets.GetSecretValue, by(nil, new("AWSPREVIOUS")), "ResourceNotFoundException").saying(
				"Secrets Manager can't find the specified secret value for staging label: AWSPREVIOUS")
			refused(x, x.Own.Secrets.GetSecretValue, by(s.VersionId, new("AWSPREVIOUS")), "InvalidRequestException").saying(
				"You provided a VersionStage that is not associated to the provided VersionId.")
		},
	},
	{
		says:   "a new value is AWSCURRENT, the one before AWSPREVIOUS, and the one before that has no label",
		source: "recorded: secretsmanager test_deprecated_secret_version_stage",
		check: func(x *bench) {
			s := x.Own.secret()
			second := x.put(s.ARN, "second")
			equal(x, "the stages", x.stages(s.ARN, text(s.VersionId), second), "AWSPREVIOUS AWSCURRENT")
			third := x.put(s.ARN, "third")
			equal(x, "the stages", x.stages(s.ARN, text(s.VersionId), second, third), " AWSPREVIOUS AWSCURRENT")
			list := succeed(x, x.Own.Secrets.ListSecretVersionIds, &secretsmanager.ListSecretVersionIdsInput{SecretId: s.ARN})
			equal(x, "the number of versions with labels", len(list.Versions), 2)
			list = succeed(x, x.Own.Secrets.ListSecretVersionIds, &secretsmanager.ListSecretVersionIdsInput{SecretId: s.ARN, IncludeDeprecated: new(true)})
			equal(x, "the number of versions", len(list.Versions), 3)
		},
	},
	{
		says:   "a promoted AWSPENDING keeps its label until the next value replaces it",
		source: "recorded: secretsmanager test_update_secret_version_stages_current_pending",
		check: func(x *bench) {
			s := x.Own.secret()
			second := x.put(s.ARN, "second", "AWSPENDING")
			equal(x, "the stages", x.stages(s.ARN, text(s.VersionId), second), "AWSCURRENT AWSPENDING")
			succeed(x, x.Own.Secrets.UpdateSecretVersionStage, &secretsmanager.UpdateSecretVersionStageInput{
				SecretId: s.ARN, VersionStage: new("AWSCURRENT"), RemoveFromVersionId: s.VersionId, MoveToVersionId: &second})
			equal(x, "the stages", x.stages(s.ARN, text(s.VersionId), second), "AWSPREVIOUS AWSCURRENT+AWSPENDING")
			third := x.put(s.ARN, "third")
			equal(x, "the stages", x.stages(s.ARN, text(s.VersionId), second, third), " AWSPREVIOUS AWSCURRENT")
		},
	},
	{
		says:   "the same token with the same value changes nothing, and with another value is refused",
		source: "Secrets Manager API Reference, PutSecretValue, ClientRequestToken; assumption: the code of the refusal",
		check: func(x *bench) {
			s := x.Own.secret()
			in := &secretsmanager.PutSecretValueInput{SecretId: s.ARN, SecretString: new("second"), ClientRequestToken: new("22222222-2222-2222-2222-222222222222")}
			first := text(succeed(x, x.Own.Secrets.PutSecretValue, in).VersionId)
			equal(x, "VersionId", text(succeed(x, x.Own.Secrets.PutSecretValue, in).VersionId), first)
			equal(x, "the stages", x.stages(s.ARN, text(s.VersionId), first), "AWSPREVIOUS AWSCURRENT")
			in.SecretString = new("other")
			refused(x, x.Own.Secrets.PutSecretValue, in, "ResourceExistsException")
		},
	},
	{
		says:   "a secret marked for deletion gives no value, is still described, and cannot be made anew",
		source: "recorded: secretsmanager test_force_delete_deleted_secret, test_tag_untag_resource_on_deleted_secret, test_exp_raised_on_creation_of_secret_scheduled_for_deletion",
		check: func(x *bench) {
			s := x.Own.secret()
			succeed(x, x.Own.Secrets.DeleteSecret, &secretsmanager.DeleteSecretInput{SecretId: s.ARN, RecoveryWindowInDays: new(int64(7))})
			if succeed(x, x.Own.Secrets.DescribeSecret, &secretsmanager.DescribeSecretInput{SecretId: s.ARN}).DeletedDate == nil {
				x.Error("there is no DeletedDate")
			}
			refused(x, x.Own.Secrets.GetSecretValue, get(s.ARN), "InvalidRequestException").saying(deletionMark)
			refused(x, x.Own.Secrets.TagResource, &secretsmanager.TagResourceInput{SecretId: s.ARN, Tags: []types.Tag{{Key: new("a"), Value: new("1")}}},
				"InvalidRequestException").saying(deletionMark)
			refused(x, x.Own.Secrets.CreateSecret, &secretsmanager.CreateSecretInput{Name: s.Name, SecretString: new("x")}, "InvalidRequestException").saying(
				"You can't create this secret because a secret with this name is already scheduled for deletion.")
		},
	},
	{
		says:   "a restored secret gives its value again",
		source: "recorded: secretsmanager test_secret_restore",
		check: func(x *bench) {
			s := x.Own.secret()
			succeed(x, x.Own.Secrets.DeleteSecret, &secretsmanager.DeleteSecretInput{SecretId: s.ARN})
			succeed(x, x.Own.Secrets.RestoreSecret, &secretsmanager.RestoreSecretInput{SecretId: s.ARN})
			equal(x, "the value", text(succeed(x, x.Own.Secrets.GetSecretValue, get(s.ARN)).SecretString), "value")
		},
	},
	{
		says:   "at the end of the recovery window the secret is gone and its name free",
		source: "Secrets Manager API Reference, DeleteSecret, RecoveryWindowInDays",
		needs:  clock,
		check: func(x *bench) {
			s := x.Own.secret()
			succeed(x, x.Own.Secrets.DeleteSecret, &secretsmanager.DeleteSecretInput{SecretId: s.ARN, RecoveryWindowInDays: new(int64(7))})
			x.advance(7 * 24 * time.Hour)
			refused(x, x.Own.Secrets.DescribeSecret, &secretsmanager.DescribeSecretInput{SecretId: s.ARN}, "ResourceNotFoundException")
			succeed(x, x.Own.Secrets.CreateSecret, &secretsmanager.CreateSecretInput{Name: s.Name})
		},
	},
	{
		says:   "a secret that does not exist is deleted by force without complaint",
		source: "asserted: secretsmanager test_delete_non_existent_secret_returns_as_if_secret_exists",
		check: func(x *bench) {
			id := x.name("none")
			out := succeed(x, x.Own.Secrets.DeleteSecret, &secretsmanager.DeleteSecretInput{SecretId: &id, ForceDeleteWithoutRecovery: new(true)})
			equal(x, "Name", text(out.Name), id)
			refused(x, x.Own.Secrets.DeleteSecret, &secretsmanager.DeleteSecretInput{SecretId: &id}, "ResourceNotFoundException")
		},
	},
	{
		says:   "to read a secret under a customer managed key, its reader needs kms:Decrypt on the key",
		source: "Secrets Manager User Guide, Secret encryption and decryption: permissions for the KMS key; assumption: the message",
		check: func(x *bench) {
			k := x.Own.key("")
			s := x.Own.secret(func(in *secretsmanager.CreateSecretInput) { in.KmsKeyId = &k.arn })
			refused(x, x.Own.session(document(may("secretsmanager:GetSecretValue", "*"))).Secrets.GetSecretValue, get(s.ARN), "AccessDeniedException").saying(
				"Access to KMS is not allowed")
			reader := x.Own.session(document(may("secretsmanager:GetSecretValue", "*"), may("kms:Decrypt", k.arn)))
			succeed(x, reader.Secrets.GetSecretValue, get(s.ARN))
		},
	},
	{
		says:   "the encryption context of a secret's key is the secret's ARN and the version's id",
		source: "Secrets Manager User Guide, Secret encryption and decryption: encryption context",
		check: func(x *bench) {
			k := x.Own.key("")
			s := x.Own.secret(func(in *secretsmanager.CreateSecretInput) { in.KmsKeyId = &k.arn })
			read := may("secretsmanager:GetSecretValue", "*")
			right := x.Own.session(document(read, may("kms:Decrypt", k.arn, `"Condition":{"StringEquals":{"kms:EncryptionContext:SecretARN":"`+
				text(s.ARN)+`","kms:EncryptionContext:SecretVersionId":"`+text(s.VersionId)+`"}}`)))
			wrong := x.Own.session(document(read, may("kms:Decrypt", k.arn, when("StringEquals", "kms:EncryptionContext:SecretARN", text(s.Name)))))
			succeed(x, right.Secrets.GetSecretValue, get(s.ARN))
			refused(x, wrong.Secrets.GetSecretValue, get(s.ARN), "AccessDeniedException")
		},
	},
	{
		says:   "a secret whose key is disabled cannot be read",
		source: "Secrets Manager API Reference, GetSecretValue, DecryptionFailure; assumption: the code for a disabled key",
		check: func(x *bench) {
			k := x.Own.key("")
			s := x.Own.secret(func(in *secretsmanager.CreateSecretInput) { in.KmsKeyId = &k.arn })
			succeed(x, x.Own.KMS.DisableKey, &kms.DisableKeyInput{KeyId: &k.id})
			refused(x, x.Own.Secrets.GetSecretValue, get(s.ARN), "DecryptionFailure")
		},
	},
	{
		says:   "another account reads no secret under the AWS managed key, even where it may",
		source: "asserted: secretsmanager test_cross_account_access",
		needs:  otherAccount,
		check: func(x *bench) {
			s := x.Own.secret()
			policy := document(allow("Far", x.Other.root(), "secretsmanager:*"))
			succeed(x, x.Own.Secrets.PutResourcePolicy, &secretsmanager.PutResourcePolicyInput{SecretId: s.ARN, ResourcePolicy: &policy})
			succeed(x, x.Other.Secrets.DescribeSecret, &secretsmanager.DescribeSecretInput{SecretId: s.ARN})
			refused(x, x.Other.Secrets.GetSecretValue, get(s.ARN), "InvalidRequestException").saying(
				"You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.")
		},
	},
	{
		says:   "another account reads a secret that the secret's policy, the key's and its own let it read",
		source: "asserted: secretsmanager test_cross_account_access_non_default_key",
		needs:  otherAccount,
		check: func(x *bench) {
			k := x.Own.key(document(x.Own.delegate(), allow("Far", x.Other.root(), "kms:Decrypt kms:GenerateDataKey")))
			s := x.Own.secret(func(in *secretsmanager.CreateSecretInput) { in.KmsKeyId = &k.arn })
			refused(x, x.Other.Secrets.GetSecretValue, get(s.ARN), "AccessDeniedException")
			policy := document(allow("Far", x.Other.root(), "secretsmanager:GetSecretValue"))
			succeed(x, x.Own.Secrets.PutResourcePolicy, &secretsmanager.PutResourcePolicyInput{SecretId: s.ARN, ResourcePolicy: &policy})
			equal(x, "the value", text(succeed(x, x.Other.Secrets.GetSecretValue, get(s.ARN)).SecretString), "value")
		},
	},
}
