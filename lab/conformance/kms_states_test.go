package conformance

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/shared/keypolicy"
)

func (x *bench) schedule(k key, days int32) *kms.ScheduleKeyDeletionOutput {
	x.Helper()
	return succeed(x, x.Own.KMS.ScheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: &k.id, PendingWindowInDays: &days})
}

func (x *bench) state(k key) types.KeyState {
	x.Helper()
	return succeed(x, x.Own.KMS.DescribeKey, describe(k.id)).KeyMetadata.KeyState
}

var kmsStates = []claim{
	{
		says:   "a disabled key does no cryptography",
		source: "KMS Developer Guide, Key states of AWS KMS keys; asserted: kms test_cant_use_disabled_or_deleted_keys",
		check: func(x *bench) {
			k := x.Own.key("")
			blob := x.Own.seal(k, "hello")
			succeed(x, x.Own.KMS.DisableKey, &kms.DisableKeyInput{KeyId: &k.id})
			message := k.arn + " is disabled." // recorded of RotateKeyOnDemand
			refused(x, x.Own.KMS.Encrypt, k.encrypt("hello"), "DisabledException").saying(message)
			refused(x, x.Own.KMS.Decrypt, k.decrypt(blob), "DisabledException").saying(message)
			refused(x, x.Own.KMS.GenerateDataKey, &kms.GenerateDataKeyInput{KeyId: &k.id, KeySpec: types.DataKeySpecAes256}, "DisabledException")
			refused(x, x.Own.KMS.ReEncrypt, &kms.ReEncryptInput{CiphertextBlob: blob, DestinationKeyId: &k.id}, "DisabledException")
		},
	},
	{
		says:   "an enabled key decrypts again what it encrypted before it was disabled",
		source: "asserted: kms test_disable_and_enable_key",
		check: func(x *bench) {
			k := x.Own.key("")
			blob := x.Own.seal(k, "hello")
			succeed(x, x.Own.KMS.DisableKey, &kms.DisableKeyInput{KeyId: &k.id})
			equal(x, "the state", x.state(k), types.KeyStateDisabled)
			succeed(x, x.Own.KMS.EnableKey, &kms.EnableKeyInput{KeyId: &k.id})
			succeed(x, x.Own.KMS.Decrypt, k.decrypt(blob))
		},
	},
	{
		says:   "a disabled key can still be described, tagged, given an alias and a policy",
		source: "KMS Developer Guide, Key states of AWS KMS keys, table",
		check: func(x *bench) {
			k := x.Own.key("")
			succeed(x, x.Own.KMS.DisableKey, &kms.DisableKeyInput{KeyId: &k.id})
			succeed(x, x.Own.KMS.DescribeKey, describe(k.id))
			succeed(x, x.Own.KMS.TagResource, &kms.TagResourceInput{KeyId: &k.id, Tags: []types.Tag{{TagKey: new("a"), TagValue: new("1")}}})
			succeed(x, x.Own.KMS.UpdateKeyDescription, &kms.UpdateKeyDescriptionInput{KeyId: &k.id, Description: new("off")})
			succeed(x, x.Own.KMS.PutKeyPolicy, &kms.PutKeyPolicyInput{KeyId: &k.id, Policy: new(document(x.Own.delegate()))})
			x.Own.alias(k)
		},
	},
	{
		says:   "a key pending deletion is in an invalid state for cryptography",
		source: "asserted: kms test_cant_use_disabled_or_deleted_keys; assumption: the message",
		check: func(x *bench) {
			k := x.Own.key("")
			blob := x.Own.seal(k, "hello")
			x.schedule(k, 7)
			message := k.arn + " is pending deletion."
			refused(x, x.Own.KMS.Encrypt, k.encrypt("hello"), "KMSInvalidStateException").saying(message)
			refused(x, x.Own.KMS.Decrypt, k.decrypt(blob), "KMSInvalidStateException").saying(message)
		},
	},
	{
		says:   "a key pending deletion can be neither enabled, disabled, tagged, aliased nor scheduled again",
		source: "KMS Developer Guide, Key states of AWS KMS keys, table; asserted: kms test_cant_delete_deleted_key",
		check: func(x *bench) {
			k := x.Own.key("")
			x.schedule(k, 7)
			refused(x, x.Own.KMS.EnableKey, &kms.EnableKeyInput{KeyId: &k.id}, "KMSInvalidStateException")
			refused(x, x.Own.KMS.DisableKey, &kms.DisableKeyInput{KeyId: &k.id}, "KMSInvalidStateException")
			refused(x, x.Own.KMS.TagResource, &kms.TagResourceInput{KeyId: &k.id, Tags: []types.Tag{{TagKey: new("a"), TagValue: new("1")}}}, "KMSInvalidStateException")
			refused(x, x.Own.KMS.UpdateKeyDescription, &kms.UpdateKeyDescriptionInput{KeyId: &k.id, Description: new("x")}, "KMSInvalidStateException")
			refused(x, x.Own.KMS.CreateAlias, &kms.CreateAliasInput{AliasName: new("alias/" + x.name("a")), TargetKeyId: &k.id}, "KMSInvalidStateException")
			refused(x, x.Own.KMS.ScheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: &k.id}, "KMSInvalidStateException")
		},
	},
	{
		says:   "the policy of a key pending deletion can be read and changed",
		source: "KMS Developer Guide, Key states of AWS KMS keys, table",
		check: func(x *bench) {
			k := x.Own.key("")
			x.schedule(k, 7)
			succeed(x, x.Own.KMS.GetKeyPolicy, &kms.GetKeyPolicyInput{KeyId: &k.id})
			succeed(x, x.Own.KMS.PutKeyPolicy, &kms.PutKeyPolicyInput{KeyId: &k.id, Policy: new(document(x.Own.delegate()))})
		},
	},
	{
		says:   "scheduling tells key ARN, state and window, and DescribeKey the date",
		source: "asserted: kms test_schedule_and_cancel_key_deletion; KMS API Reference, ScheduleKeyDeletion, Response Elements",
		check: func(x *bench) {
			k := x.Own.key("")
			out := x.schedule(k, 9)
			equal(x, "KeyId", text(out.KeyId), k.arn)
			equal(x, "KeyState", out.KeyState, types.KeyStatePendingDeletion)
			equal(x, "PendingWindowInDays", *out.PendingWindowInDays, 9)
			m := succeed(x, x.Own.KMS.DescribeKey, describe(k.id)).KeyMetadata
			equal(x, "Enabled", m.Enabled, false)
			equal(x, "KeyState", m.KeyState, types.KeyStatePendingDeletion)
			if m.DeletionDate == nil || !m.DeletionDate.Equal(*out.DeletionDate) {
				x.Errorf("the deletion date is %v, was %v", m.DeletionDate, out.DeletionDate)
			}
		},
	},
	{
		says:   "a cancelled deletion leaves the key disabled, even one that was enabled",
		source: "asserted: kms test_schedule_and_cancel_key_deletion",
		check: func(x *bench) {
			k := x.Own.key("")
			x.schedule(k, 7)
			equal(x, "KeyId", text(succeed(x, x.Own.KMS.CancelKeyDeletion, &kms.CancelKeyDeletionInput{KeyId: &k.id}).KeyId), k.arn)
			m := succeed(x, x.Own.KMS.DescribeKey, describe(k.id)).KeyMetadata
			equal(x, "KeyState", m.KeyState, types.KeyStateDisabled)
			if m.DeletionDate != nil {
				x.Errorf("there is still a deletion date, %v", m.DeletionDate)
			}
		},
	},
	{
		says:   "a deletion that is not pending cannot be cancelled",
		source: "KMS Developer Guide, Key states of AWS KMS keys, table, CancelKeyDeletion",
		check: func(x *bench) {
			k := x.Own.key("")
			refused(x, x.Own.KMS.CancelKeyDeletion, &kms.CancelKeyDeletionInput{KeyId: &k.id}, "KMSInvalidStateException")
		},
	},
	{
		says:   "the waiting period is 7 to 30 days, 30 by default",
		source: "KMS API Reference, ScheduleKeyDeletion, PendingWindowInDays",
		check: func(x *bench) {
			k := x.Own.key("")
			for _, days := range []int32{1, 6, 31, 365} {
				refused(x, x.Own.KMS.ScheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: &k.id, PendingWindowInDays: &days}, "ValidationException")
			}
			out := succeed(x, x.Own.KMS.ScheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: &k.id})
			equal(x, "PendingWindowInDays", *out.PendingWindowInDays, 30)
		},
	},
	{
		says:   "at the end of the waiting period the key and its aliases are gone for good",
		source: "KMS Developer Guide, Deleting AWS KMS keys",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.key("")
			alias, blob := x.Own.alias(k), x.Own.seal(k, "hello")
			x.schedule(k, 7)
			x.advance(7*24*time.Hour - time.Second)
			equal(x, "the state", x.state(k), types.KeyStatePendingDeletion)
			x.advance(time.Second)
			refused(x, x.Own.KMS.DescribeKey, describe(k.id), "NotFoundException")
			refused(x, x.Own.KMS.DescribeKey, describe(alias), "NotFoundException")
			refused(x, x.Own.KMS.Decrypt, k.decrypt(blob), "NotFoundException")
			refused(x, x.Own.KMS.CancelKeyDeletion, &kms.CancelKeyDeletionInput{KeyId: &k.id}, "NotFoundException")
		},
	},
	{
		says:   "a cancelled deletion does not come back, and a later one counts from anew",
		source: "KMS API Reference, CancelKeyDeletion and ScheduleKeyDeletion",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.key("")
			x.schedule(k, 7)
			x.advance(3 * 24 * time.Hour)
			succeed(x, x.Own.KMS.CancelKeyDeletion, &kms.CancelKeyDeletionInput{KeyId: &k.id})
			x.schedule(k, 10)
			x.advance(5 * 24 * time.Hour)
			equal(x, "the state", x.state(k), types.KeyStatePendingDeletion)
			x.advance(5 * 24 * time.Hour)
			refused(x, x.Own.KMS.DescribeKey, describe(k.id), "NotFoundException")
		},
	},
	{
		says:   "who may not use a key is told so before its state",
		source: "assumption: the policies are asked before the state of the key, so that nobody learns it who may not use the key",
		check: func(x *bench) {
			k := x.Own.key("")
			succeed(x, x.Own.KMS.DisableKey, &kms.DisableKeyInput{KeyId: &k.id})
			nobody := x.Own.session("")
			refused(x, nobody.KMS.Encrypt, k.encrypt("hello"), "AccessDeniedException")
			x.decided("kms:Encrypt", keypolicy.ImplicitlyDenied, "")
		},
	},
}
