package conformance

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
)

const mrkRotatePage = "KMS Developer Guide, Rotating multi-Region keys"

func (c *caller) able(k key, enabled bool) {
	c.x.Helper()
	if enabled {
		succeed(c.x, c.KMS.EnableKey, &kms.EnableKeyInput{KeyId: &k.id})
	} else {
		succeed(c.x, c.KMS.DisableKey, &kms.DisableKeyInput{KeyId: &k.id})
	}
}

// unrotatable holds a key to refusing all changes of its rotation.
func (c *caller) unrotatable(k key, code string) (last failure) {
	c.x.Helper()
	refused(c.x, c.KMS.EnableKeyRotation, &kms.EnableKeyRotationInput{KeyId: &k.id}, code)
	refused(c.x, c.KMS.DisableKeyRotation, &kms.DisableKeyRotationInput{KeyId: &k.id}, code)
	return refused(c.x, c.KMS.RotateKeyOnDemand, &kms.RotateKeyOnDemandInput{KeyId: &k.id}, code)
}

var kmsRotationStates = []claim{
	{
		says:   "the rotation of a disabled key is told as before, and cannot be changed",
		source: statusPage + ": Disabled; KMS Developer Guide, Key states of AWS KMS keys, table, EnableKeyRotation and DisableKeyRotation; recorded: kms test_rotate_key_on_demand_raises_error_given_key_is_disabled",
		check: func(x *bench) {
			k := x.Own.key("")
			x.Own.rotates(k, 90)
			x.Own.able(k, false)
			x.Own.unrotatable(k, "DisabledException").saying(k.arn + " is disabled.")
			equal(x, "KeyRotationEnabled", x.Own.rotation(k).KeyRotationEnabled, true)
		},
	},
	{
		says:   "a disabled key does not rotate; enabled again it does at once if its material is as old as its period, and every period after that",
		source: statusPage + ": Disabled; assumption: that it is the period of the key, not the year",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.key("")
			first := x.Own.material(k)
			x.Own.rotates(k, 90)
			x.advance(10 * day)
			x.Own.able(k, false)
			x.advance(100 * day)
			equal(x, "the material", x.Own.material(k), first)
			x.Own.able(k, true)
			if x.Own.material(k) == first {
				x.Error("the material is the same")
			}
			equal(x, "the next rotation", x.Own.untilRotation(k), 90*day)
		},
	},
	{
		says:   "a key that is enabled again with younger material goes on with its dates",
		source: statusPage + ": Disabled",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.key("")
			x.Own.rotates(k, 90)
			x.advance(80 * day)
			x.Own.rotate(k)
			second, left := x.Own.material(k), x.Own.untilRotation(k)
			x.Own.able(k, false)
			x.advance(day)
			x.Own.able(k, true)
			equal(x, "the next rotation", x.Own.untilRotation(k), left-day)
			x.Own.able(k, false)
			x.advance(20 * day) // over the date
			x.Own.able(k, true)
			equal(x, "the material", x.Own.material(k), second)
			equal(x, "the next rotation", x.Own.untilRotation(k), left-21*day+90*day)
		},
	},
	{
		says:   "a key that is pending deletion tells of no rotation, does not rotate, and its rotation cannot be changed; once that is cancelled it is as before",
		source: statusPage + ": Pending deletion; KMS Developer Guide, Key states of AWS KMS keys, table, EnableKeyRotation and DisableKeyRotation",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.key("")
			first := x.Own.material(k)
			x.Own.rotates(k, 90)
			x.advance(80 * day)
			x.schedule(k, 30)
			x.Own.unrotatable(k, "KMSInvalidStateException").saying(k.arn + " is pending deletion.")
			equal(x, "KeyRotationEnabled", x.Own.rotation(k).KeyRotationEnabled, false)
			x.advance(20 * day)
			succeed(x, x.Own.KMS.CancelKeyDeletion, &kms.CancelKeyDeletionInput{KeyId: &k.id})
			equal(x, "KeyRotationEnabled", x.Own.rotation(k).KeyRotationEnabled, true)
			equal(x, "the material", x.Own.material(k), first)
			x.Own.able(k, true)
			if x.Own.material(k) == first {
				x.Error("the material is the same")
			}
		},
	},
	{
		says:   "rotation is set on the primary key, and is that of its replicas",
		source: mrkRotatePage + "; KMS Developer Guide, Multi-Region keys in AWS KMS, Shared properties; assumption: the refusal",
		check: func(x *bench) {
			k := x.Own.primary()
			there, r := x.replicaOf(k)
			there.unrotatable(r, "UnsupportedOperationException").saying(r.arn + " is not a multi-region primary key.")
			x.Own.rotates(k, 100)
			x.until(func() bool { return there.rotation(r).KeyRotationEnabled })
			out := there.rotation(r)
			equal(x, "KeyRotationEnabled", out.KeyRotationEnabled, true)
			equal(x, "RotationPeriodInDays", *out.RotationPeriodInDays, 100)
		},
	},
	{
		says:   "related multi-Region keys rotate together, and a later replica has all material",
		source: mrkRotatePage,
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.primary()
			there, r := x.replicaOf(k)
			first := x.Own.material(k)
			old := there.seal(r, "hello")
			x.Own.rotates(k, 90)
			x.advance(90 * day)
			equal(x, "the replica's material", there.material(r), x.Own.material(k))
			if x.Own.material(k) == first {
				x.Error("the material is the same")
			}
			equal(x, "the old material", x.Own.underOf(k, old), first)
			late := x.Own.in("eu-west-2")
			succeed(x, x.Own.KMS.ReplicateKey, &kms.ReplicateKeyInput{KeyId: &k.id, ReplicaRegion: new("eu-west-2")})
			x.settle(late, k)
			equal(x, "the old material", late.underOf(key{k.id, k.id}, old), first)
			succeed(x, x.Own.KMS.UpdatePrimaryRegion, &kms.UpdatePrimaryRegionInput{KeyId: &k.id, PrimaryRegion: &x.away})
			x.settle(x.Own, k)
			second := x.Own.material(k)
			x.advance(90 * day)
			if x.Own.material(k) == second {
				x.Error("the material is the same under another primary key")
			}
			x.Own.unrotatable(k, "UnsupportedOperationException")
		},
	},
	{
		says:   "the state that rotation goes by is the primary key's",
		source: "KMS Developer Guide, Multi-Region keys in AWS KMS: a replica key relies on its primary key for key rotation; assumption: that the state of a replica is in the way of nothing",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.primary()
			there, r := x.replicaOf(k)
			first := x.Own.material(k)
			x.Own.rotates(k, 90)
			x.Own.able(k, false)
			x.advance(100 * day)
			there.able(r, false)
			there.able(r, true)
			equal(x, "the material", there.material(r), first)
			there.able(r, false)
			x.Own.able(k, true)
			second := there.material(r)
			if second == first {
				x.Error("the material is the same once the primary key is enabled")
			}
			x.advance(90 * day)
			if x.Own.material(k) == second {
				x.Error("the material is the same while a replica is disabled")
			}
			there.able(r, true)
			equal(x, "the replica's material", there.material(r), x.Own.material(k))
			succeed(x, x.Own.KMS.UpdatePrimaryRegion, &kms.UpdatePrimaryRegionInput{KeyId: &k.id, PrimaryRegion: &x.away})
			x.settle(x.Own, k)
			x.Own.able(k, false)
			third := there.material(r)
			x.advance(90 * day)
			if there.material(r) == third {
				x.Error("the material is the same while what was the primary key is disabled")
			}
		},
	},
	{
		says:   "an AWS managed key always rotates, every year from when it is made, which nobody can change",
		source: enablingPage + "; " + statusPage + "; assumption: that it tells a period and a date, and that its policy is what refuses",
		needs:  clock,
		check: func(x *bench) {
			const name = "alias/aws/s3"
			m := succeed(x, x.Own.KMS.DescribeKey, describe(name)).KeyMetadata
			k := key{text(m.KeyId), text(m.Arn)}
			out := x.Own.rotation(k)
			equal(x, "KeyRotationEnabled", out.KeyRotationEnabled, true)
			equal(x, "RotationPeriodInDays", *out.RotationPeriodInDays, 365)
			x.Own.unrotatable(k, "AccessDeniedException")
			x.advance(365*day - time.Minute)
			equal(x, "the material", x.Own.material(k), text(m.CurrentKeyMaterialId))
			x.advance(time.Minute)
			if x.Own.material(k) == text(m.CurrentKeyMaterialId) {
				x.Error("the material is the same")
			}
		},
	},
}
