package conformance

import (
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/shared/keypolicy"
)

var kmsLimits = []claim{
	{
		says:   "a key has at most 50 aliases, whether they are made or moved",
		source: "KMS Developer Guide, Resource quotas; reported: the message, in scylladb/scylla-cluster-tests#7611",
		check: func(x *bench) {
			k, other := x.Own.key(""), x.Own.key("")
			var last string
			for range 50 {
				last = x.Own.alias(k)
			}
			const message = "Aliases per key quota for this account in this region is 50, current usage is 50."
			refused(x, x.Own.KMS.CreateAlias, &kms.CreateAliasInput{AliasName: new("alias/" + x.name("alias")), TargetKeyId: &k.id}, "LimitExceededException").saying(message)
			refused(x, x.Own.KMS.UpdateAlias, &kms.UpdateAliasInput{AliasName: new(x.Own.alias(other)), TargetKeyId: &k.id}, "LimitExceededException").saying(message)
			succeed(x, x.Own.KMS.UpdateAlias, &kms.UpdateAliasInput{AliasName: &last, TargetKeyId: &other.id})
			x.Own.alias(k)
		},
	},
	{
		says:   "a plaintext has at most 4096 bytes",
		source: "KMS API Reference, Encrypt, Plaintext",
		check: func(x *bench) {
			k := x.Own.key("")
			succeed(x, x.Own.KMS.Encrypt, k.encrypt(strings.Repeat("x", 4096)))
			refused(x, x.Own.KMS.Encrypt, k.encrypt(strings.Repeat("x", 4097)), "ValidationException")
		},
	},
	{
		says:   "a key policy has at most 32 KiB",
		source: "KMS Developer Guide, Resource quotas; assumption: the code",
		check: func(x *bench) {
			k := x.Own.key("")
			var all []statement
			for i := range 200 {
				all = append(all, allow(fmt.Sprintf("Sid%0150d", i), x.Own.root(), "kms:*"))
			}
			refused(x, x.Own.KMS.PutKeyPolicy, &kms.PutKeyPolicyInput{KeyId: &k.id, Policy: new(document(all...))}, "LimitExceededException")
		},
	},
	{
		says:   "pages have at most 100 aliases, 50 tags and 1000 keys",
		source: "KMS API Reference, ListAliases, ListResourceTags and ListKeys, Limit; assumption: the code of the first two",
		check: func(x *bench) {
			k := x.Own.key("")
			refused(x, x.Own.KMS.ListAliases, &kms.ListAliasesInput{Limit: new(int32(101))}, "ValidationException")
			refused(x, x.Own.KMS.ListResourceTags, &kms.ListResourceTagsInput{KeyId: &k.id, Limit: new(int32(51))}, "ValidationException")
			refused(x, x.Own.KMS.ListKeys, &kms.ListKeysInput{Limit: new(int32(1001))}, "ValidationException")
		},
	},
	{
		says:   "the policies of a key are one, default",
		source: "KMS API Reference, ListKeyPolicies",
		check: func(x *bench) {
			k := x.Own.key("")
			out := succeed(x, x.Own.KMS.ListKeyPolicies, &kms.ListKeyPoliciesInput{KeyId: &k.id})
			equal(x, "the policies", strings.Join(out.PolicyNames, " "), "default")
			equal(x, "Truncated", out.Truncated, false)
		},
	},
	{
		says:   "kms:ScheduleKeyDeletionPendingWindowInDays holds a caller to long waiting periods",
		source: conditionKeys + "kms:ScheduleKeyDeletionPendingWindowInDays",
		check: func(x *bench) {
			k := x.Own.key("")
			s := x.Own.session(document(may("kms:ScheduleKeyDeletion", k.arn, when("NumericGreaterThanEquals", "kms:ScheduleKeyDeletionPendingWindowInDays", "20"))))
			refused(x, s.KMS.ScheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: &k.id, PendingWindowInDays: new(int32(7))}, "AccessDeniedException")
			x.decided("kms:ScheduleKeyDeletion", keypolicy.ImplicitlyDenied, "")
			succeed(x, s.KMS.ScheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: &k.id, PendingWindowInDays: new(int32(20))})
		},
	},
	{
		says:   "the rotation of a new key is disabled",
		source: "asserted: kms test_key_rotation_status; KMS API Reference, GetKeyRotationStatus",
		check: func(x *bench) {
			k := x.Own.key("")
			equal(x, "KeyRotationEnabled", succeed(x, x.Own.KMS.GetKeyRotationStatus, &kms.GetKeyRotationStatusInput{KeyId: &k.id}).KeyRotationEnabled, false)
		},
	},
	{
		says:   "the last use of a key is told within an hour, with operation, time and event; before there is none",
		source: "KMS API Reference, GetKeyLastUsage; KMS Developer Guide, Determining past usage of a KMS key",
		needs:  clock | inside,
		check: func(x *bench) {
			x.advance(200 * 24 * time.Hour) // use is tracked since April 2026
			k := x.Own.key("")
			last := func() *kms.GetKeyLastUsageOutput {
				return succeed(x, x.Own.KMS.GetKeyLastUsage, &kms.GetKeyLastUsageInput{KeyId: &k.id})
			}
			equal(x, "the operation", last().KeyLastUsage.Operation, "")
			equal(x, "TrackingStartDate", last().TrackingStartDate.Equal(*last().KeyCreationDate), true)
			blob := x.Own.seal(k, "hello")
			x.advance(time.Minute)
			succeed(x, x.Own.KMS.Decrypt, k.decrypt(blob))
			used := x.lab.World.Now()
			x.advance(time.Hour)
			out := last().KeyLastUsage
			equal(x, "the operation", out.Operation, types.KeyLastUsageTrackingOperationDecrypt)
			equal(x, "the time", out.Timestamp.Equal(used), true)
			events := x.lookup(x.Own, having("EventName", "Decrypt"))
			equal(x, "CloudTrailEventId", text(out.CloudTrailEventId), text(events[0].EventId))
			refused(x, x.Own.session("").KMS.GetKeyLastUsage, &kms.GetKeyLastUsageInput{KeyId: &k.id}, "AccessDeniedException")
		},
	},
	{
		says:   "tracking began on 23 April 2026: an older key's use before is not known",
		source: "KMS API Reference, GetKeyLastUsage, TrackingStartDate; KMS Developer Guide, Determining past usage of a KMS key",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.key("") // the clock of the lab begins on 1 January 2026
			x.Own.seal(k, "hello")
			x.advance(200 * 24 * time.Hour)
			out := succeed(x, x.Own.KMS.GetKeyLastUsage, &kms.GetKeyLastUsageInput{KeyId: &k.id})
			equal(x, "the operation", out.KeyLastUsage.Operation, "")
			equal(x, "TrackingStartDate", out.TrackingStartDate.UTC().Format(time.DateOnly), "2026-04-23")
		},
	},
}
