package conformance

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

const onDemandPage = "KMS API Reference, RotateKeyOnDemand"

// demand begins a rotation.
func (c *caller) demand(k key) *kms.RotateKeyOnDemandOutput {
	c.x.Helper()
	return succeed(c.x, c.KMS.RotateKeyOnDemand, &kms.RotateKeyOnDemandInput{KeyId: &k.id})
}

// rotate rotates a key on demand, and waits until it is done.
func (c *caller) rotate(k key) {
	c.x.Helper()
	c.demand(k)
	if c.x.lab != nil {
		c.x.advance(10 * time.Second)
	}
	c.x.until(func() bool { return c.rotation(k).OnDemandRotationStartDate == nil })
	if since := c.rotation(k).OnDemandRotationStartDate; since != nil {
		c.x.Errorf("the rotation of %s is in progress since %s", k.arn, since)
	}
}

// rotations lists those of a key.
func (c *caller) rotations(k key, include types.IncludeKeyMaterial) []types.RotationsListEntry {
	c.x.Helper()
	out := succeed(c.x, c.KMS.ListKeyRotations, &kms.ListKeyRotationsInput{KeyId: &k.id, IncludeKeyMaterial: include})
	equal(c.x, "Truncated", out.Truncated, false)
	return out.Rotations
}

var kmsRotationOnDemand = []claim{
	{
		says:   "a rotation on demand gives a key new material, and says the key's ARN",
		source: "asserted: kms test_rotate_on_demand_returns_arn_for_key_id; recorded: kms test_key_rotation_updates_current_key_material_id_for_aws_symmetric_keys",
		check: func(x *bench) {
			k := x.Own.key("")
			first := x.Own.material(k)
			blob := x.Own.seal(k, "hello")
			equal(x, "KeyId", text(x.Own.demand(k).KeyId), k.arn)
			if x.lab != nil {
				x.advance(10 * time.Second)
			}
			x.until(func() bool { return x.Own.material(k) != first })
			if x.Own.material(k) == first {
				x.Error("the material is the same")
			}
			equal(x, "the material of an old ciphertext", x.Own.underOf(k, blob), first)
			equal(x, "the material of a new one", x.Own.underOf(k, x.Own.seal(k, "hello")), x.Own.material(k))
		},
	},
	{
		says:   "a rotation in progress tells since when, is not listed, and the old material encrypts until its end",
		source: statusPage + ", OnDemandRotationStartDate; " + mrkRotatePage + "; recorded: kms test_rotate_key_on_demand_with_symmetric_key_and_automatic_rotation_disabled",
		needs:  inside, // on AWS it may be over too soon
		check: func(x *bench) {
			k := x.Own.key("")
			first := x.Own.material(k)
			began := x.lab.World.Now()
			x.Own.demand(k)
			out := x.Own.rotation(k)
			if out.OnDemandRotationStartDate == nil || !out.OnDemandRotationStartDate.Equal(began) {
				x.Errorf("it is in progress since %v, want %s", out.OnDemandRotationStartDate, began)
			}
			equal(x, "KeyRotationEnabled", out.KeyRotationEnabled, false)
			equal(x, "the material", x.Own.material(k), first)
			equal(x, "the material of a ciphertext", x.Own.underOf(k, x.Own.seal(k, "hello")), first)
			equal(x, "the number of rotations", len(x.Own.rotations(k, "")), 0)
			x.advance(10 * time.Second)
			if since := x.Own.rotation(k).OnDemandRotationStartDate; since != nil {
				x.Errorf("it is in progress since %s", since)
			}
			equal(x, "the number of rotations", len(x.Own.rotations(k, "")), 1)
		},
	},
	{
		says:   "a rotation on demand leaves the dates of automatic rotation alone",
		source: "recorded: kms test_rotate_key_on_demand_with_symmetric_key_and_automatic_rotation_enabled; " + onDemandPage,
		check: func(x *bench) {
			k := x.Own.key("")
			x.Own.rotates(k, 0)
			before := x.Own.rotation(k).NextRotationDate
			x.Own.rotate(k)
			out := x.Own.rotation(k)
			if !out.NextRotationDate.Equal(*before) {
				x.Errorf("the next rotation is on %s, was on %s", out.NextRotationDate, before)
			}
			equal(x, "RotationPeriodInDays", *out.RotationPeriodInDays, 365)
		},
	},
	{
		says:   "there is one rotation on demand at a time",
		source: "assumption: a rotation on demand is in the way of another as an automatic one is, of which ConflictException tells",
		needs:  inside,
		check: func(x *bench) {
			k := x.Own.key("")
			x.Own.demand(k)
			refused(x, x.Own.KMS.RotateKeyOnDemand, &kms.RotateKeyOnDemandInput{KeyId: &k.id}, "ConflictException")
			x.advance(10 * time.Second)
			x.Own.demand(k)
		},
	},
	{
		says:   "a rotation on demand is refused in the last 20 minutes before an automatic one",
		source: onDemandPage + ", ConflictException",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.key("")
			x.Own.rotates(k, 90)
			x.advance(90*day - 21*time.Minute)
			x.Own.rotate(k)
			x.advance(2 * time.Minute)
			refused(x, x.Own.KMS.RotateKeyOnDemand, &kms.RotateKeyOnDemandInput{KeyId: &k.id}, "ConflictException")
			x.advance(20 * time.Minute)
			x.Own.rotate(k)
			equal(x, "the number of rotations", len(x.Own.rotations(k, "")), 3)
		},
	},
	{
		says:   "a key is rotated on demand 25 times in its life, and automatic rotations do not count",
		source: onDemandPage + "; recorded: kms test_key_rotations_limits",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.key("")
			x.Own.rotates(k, 90)
			x.advance(200 * day)
			for range 25 {
				x.Own.rotate(k)
			}
			refused(x, x.Own.KMS.RotateKeyOnDemand, &kms.RotateKeyOnDemandInput{KeyId: &k.id}, "LimitExceededException").
				saying("The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: " + k.arn)
			x.advance(90 * day)
			equal(x, "the number of rotations", len(x.Own.rotations(k, "")), 28)
			equal(x, "KeyRotationEnabled", x.Own.rotation(k).KeyRotationEnabled, true)
		},
	},
	{
		says:   "a rotation in progress goes on when automatic rotation is disabled",
		source: "KMS Developer Guide, Disable automatic key rotation",
		needs:  inside,
		check: func(x *bench) {
			k := x.Own.key("")
			x.Own.rotates(k, 90)
			x.Own.demand(k)
			succeed(x, x.Own.KMS.DisableKeyRotation, &kms.DisableKeyRotationInput{KeyId: &k.id})
			x.advance(10 * time.Second)
			equal(x, "the number of rotations", len(x.Own.rotations(k, "")), 1)
		},
	},
	{
		says:   "a rotation on demand of the primary key is one of all related keys, and counts for all",
		source: onDemandPage + "; " + mrkRotatePage + "; assumption: that it counts after another key has become the primary one",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.primary()
			there, r := x.replicaOf(k)
			first := there.material(r)
			for range 24 {
				x.Own.rotate(k)
			}
			if there.material(r) == first {
				x.Error("the replica's material is the same")
			}
			equal(x, "the replica's material", there.material(r), x.Own.material(k))
			equal(x, "the number of the replica's rotations", len(there.rotations(r, "")), 24)
			succeed(x, x.Own.KMS.UpdatePrimaryRegion, &kms.UpdatePrimaryRegionInput{KeyId: &k.id, PrimaryRegion: &x.away})
			x.settle(there, r)
			there.rotate(r)
			refused(x, there.KMS.RotateKeyOnDemand, &kms.RotateKeyOnDemandInput{KeyId: &r.id}, "LimitExceededException")
		},
	},
	{
		says:   "rotations are listed oldest first, with date, type, material and its state",
		source: "KMS API Reference, RotationsListEntry; reported: the order, in the AWS CLI Command Reference, list-key-rotations, examples",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.key("")
			materials := []string{x.Own.material(k)}
			x.Own.rotates(k, 90)
			x.advance(90 * day)
			automatic := x.lab.World.Now()
			materials = append(materials, x.Own.material(k))
			x.advance(day)
			x.Own.rotate(k)
			materials = append(materials, x.Own.material(k))
			all := x.Own.rotations(k, types.IncludeKeyMaterialRotationsOnly)
			equal(x, "the number of rotations", len(all), 2)
			for i, e := range all {
				equal(x, "KeyId", text(e.KeyId), k.id)
				equal(x, "KeyMaterialId", text(e.KeyMaterialId), materials[i+1])
			}
			if !all[0].RotationDate.Equal(automatic) {
				x.Errorf("the first rotation was on %s, want %s", all[0].RotationDate, automatic)
			}
			equal(x, "the first type", all[0].RotationType, types.RotationTypeAutomatic)
			equal(x, "the first state", all[0].KeyMaterialState, types.KeyMaterialStateNonCurrent)
			equal(x, "the second type", all[1].RotationType, types.RotationTypeOnDemand)
			equal(x, "the second state", all[1].KeyMaterialState, types.KeyMaterialStateCurrent)
			equal(x, "members of imported material", all[0].ImportState != "" || all[0].ExpirationModel != "" || all[0].ValidTo != nil || all[0].KeyMaterialDescription != nil, false)
		},
	},
	{
		says:   "all key material is the first one too, which has neither date nor type",
		source: "KMS API Reference, ListKeyRotations, IncludeKeyMaterial; KMS API Reference, RotationsListEntry",
		check: func(x *bench) {
			k := x.Own.key("")
			equal(x, "the number of rotations", len(x.Own.rotations(k, "")), 0)
			first := x.Own.material(k)
			all := x.Own.rotations(k, types.IncludeKeyMaterialAllKeyMaterial)
			equal(x, "the number of materials", len(all), 1)
			equal(x, "KeyMaterialId", text(all[0].KeyMaterialId), first)
			equal(x, "the state", all[0].KeyMaterialState, types.KeyMaterialStateCurrent)
			x.Own.rotate(k)
			all = x.Own.rotations(k, types.IncludeKeyMaterialAllKeyMaterial)
			equal(x, "the number of materials", len(all), 2)
			equal(x, "KeyMaterialId", text(all[0].KeyMaterialId), first)
			equal(x, "the state", all[0].KeyMaterialState, types.KeyMaterialStateNonCurrent)
			if all[0].RotationDate != nil || all[0].RotationType != "" {
				x.Errorf("the first material is of a rotation, %v %s", all[0].RotationDate, all[0].RotationType)
			}
		},
	},
	{
		says:   "rotations come in pages",
		source: "KMS API Reference, ListKeyRotations, Limit and Marker",
		check: func(x *bench) {
			k := x.Own.key("")
			for range 3 {
				x.Own.rotate(k)
			}
			in := &kms.ListKeyRotationsInput{KeyId: &k.id, Limit: new(int32(2))}
			one := succeed(x, x.Own.KMS.ListKeyRotations, in)
			equal(x, "the first page", len(one.Rotations), 2)
			equal(x, "Truncated", one.Truncated, true)
			in.Marker = one.NextMarker
			two := succeed(x, x.Own.KMS.ListKeyRotations, in)
			equal(x, "the second page", len(two.Rotations), 1)
			equal(x, "Truncated", two.Truncated, false)
			equal(x, "the last material", text(two.Rotations[0].KeyMaterialId), x.Own.material(k))
			in.Marker = new("none")
			refused(x, x.Own.KMS.ListKeyRotations, in, "InvalidMarkerException")
			refused(x, x.Own.KMS.ListKeyRotations, &kms.ListKeyRotationsInput{KeyId: &k.id, Limit: new(int32(1001))}, "ValidationException")
		},
	},
	{
		says:   "asking for a rotation on demand and the rotation itself are two events",
		source: "KMS Developer Guide, Examples of AWS KMS log entries, RotateKeyOnDemand and RotateKey",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.key("")
			first := x.Own.material(k)
			x.Own.rotate(k)
			asked := x.latest(x.Own, "RotateKeyOnDemand")
			equal(x, "eventType", asked.EventType, "AwsApiCall")
			equal(x, "requestParameters.keyId", asked.RequestParameters["keyId"].(string), k.id)
			x.detailed(map[string]string{
				"rotationType": "ON_DEMAND", "keyOrigin": "AWS_KMS", "previousKeyMaterialId": first, "currentKeyMaterialId": x.Own.material(k), "keyId": k.id,
			})
		},
	},
}
