package conformance

import (
	"encoding/json"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/shared/keypolicy"
)

const (
	enablingPage = "KMS API Reference, EnableKeyRotation"
	statusPage   = "KMS API Reference, GetKeyRotationStatus"
	rotatingPage = "KMS Developer Guide, Rotate AWS KMS keys"
)

const day = 24 * time.Hour

// rotates enables automatic rotation; 0 days for the standard period.
func (c *caller) rotates(k key, days int32) {
	c.x.Helper()
	in := &kms.EnableKeyRotationInput{KeyId: &k.id}
	if days != 0 {
		in.RotationPeriodInDays = &days
	}
	succeed(c.x, c.KMS.EnableKeyRotation, in)
}

// rotation is what is told of a key's rotation.
func (c *caller) rotation(k key) *kms.GetKeyRotationStatusOutput {
	c.x.Helper()
	return succeed(c.x, c.KMS.GetKeyRotationStatus, &kms.GetKeyRotationStatusInput{KeyId: &k.id})
}

// untilRotation tells how long it is to the next automatic rotation, on the lab.
func (c *caller) untilRotation(k key) time.Duration {
	c.x.Helper()
	next := c.rotation(k).NextRotationDate
	if next == nil {
		c.x.Fatalf("%s has no next rotation", k.arn)
	}
	return next.Sub(c.x.lab.World.Now())
}

// material is the id of the key material that encrypts.
func (c *caller) material(k key) string {
	c.x.Helper()
	return text(succeed(c.x, c.KMS.DescribeKey, describe(k.id)).KeyMetadata.CurrentKeyMaterialId)
}

// underOf is the id of the key material that a ciphertext is under.
func (c *caller) underOf(k key, blob []byte) string {
	c.x.Helper()
	return text(succeed(c.x, c.KMS.Decrypt, k.decrypt(blob)).KeyMaterialId)
}

var kmsRotation = []claim{
	{
		says:   "a key that rotates tells its period and the next date, which is a period away",
		source: "recorded: kms test_key_enable_rotation_status; " + enablingPage,
		check: func(x *bench) {
			k := x.Own.key("")
			for want, days := range map[int32]int32{90: 90, 180: 180, 365: 0, 2560: 2560} {
				from := time.Now()
				if x.lab != nil {
					from = x.lab.World.Now()
				}
				x.Own.rotates(k, days)
				out := x.Own.rotation(k)
				equal(x, "KeyId", text(out.KeyId), k.id)
				equal(x, "KeyRotationEnabled", out.KeyRotationEnabled, true)
				equal(x, "RotationPeriodInDays", *out.RotationPeriodInDays, want)
				if off := out.NextRotationDate.Sub(from.AddDate(0, 0, int(want))); off < -day || off > day {
					x.Errorf("the next rotation of every %d days is %s off", want, off)
				}
				if out.OnDemandRotationStartDate != nil {
					x.Errorf("a rotation on demand is in progress since %s", out.OnDemandRotationStartDate)
				}
			}
		},
	},
	{
		says:   "the rotation period is 90 to 2560 days",
		source: enablingPage + ", RotationPeriodInDays",
		check: func(x *bench) {
			k := x.Own.key("")
			for _, days := range []int32{0, 1, 89, 2561} {
				refused(x, x.Own.KMS.EnableKeyRotation, &kms.EnableKeyRotationInput{KeyId: &k.id, RotationPeriodInDays: &days}, "ValidationException")
			}
			equal(x, "KeyRotationEnabled", x.Own.rotation(k).KeyRotationEnabled, false)
		},
	},
	{
		says:   "a key whose rotation is disabled has neither a period nor a next date",
		source: "asserted: kms test_key_rotation_status; recorded: kms test_rotate_key_on_demand_with_symmetric_key_and_automatic_rotation_disabled; assumption: that it can be disabled twice",
		check: func(x *bench) {
			k := x.Own.key("")
			x.Own.rotates(k, 90)
			for range 2 {
				succeed(x, x.Own.KMS.DisableKeyRotation, &kms.DisableKeyRotationInput{KeyId: &k.id})
				out := x.Own.rotation(k)
				equal(x, "KeyRotationEnabled", out.KeyRotationEnabled, false)
				if out.NextRotationDate != nil || out.RotationPeriodInDays != nil {
					x.Errorf("it is to rotate on %v, every %v days", out.NextRotationDate, out.RotationPeriodInDays)
				}
			}
		},
	},
	{
		says:   "a key rotates on its date, and every period after it, and not once that is disabled",
		source: rotatingPage + "; " + enablingPage,
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.key("")
			first := x.Own.material(k)
			x.Own.rotates(k, 90)
			x.advance(90*day - time.Second)
			equal(x, "the material", x.Own.material(k), first)
			x.advance(time.Second)
			second := x.Own.material(k)
			equal(x, "the next rotation", x.Own.untilRotation(k), 90*day)
			x.advance(90 * day)
			third := x.Own.material(k)
			if second == first || third == second || third == first {
				x.Errorf("the materials are %s, %s and %s", first, second, third)
			}
			succeed(x, x.Own.KMS.DisableKeyRotation, &kms.DisableKeyRotationInput{KeyId: &k.id})
			x.advance(400 * day)
			equal(x, "the material", x.Own.material(k), third)
		},
	},
	{
		says:   "what was encrypted before a rotation is decrypted with the material of that time",
		source: rotatingPage + ": AWS KMS uses the key material that was used to encrypt it; KMS API Reference, Decrypt and GenerateDataKey, KeyMaterialId; asserted: kms test_key_rotations_encryption_decryption",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.key("")
			x.Own.rotates(k, 90)
			var blobs [][]byte
			var materials []string
			for range 4 {
				out := succeed(x, x.Own.KMS.GenerateDataKey, &kms.GenerateDataKeyInput{KeyId: &k.id, KeySpec: kmstypes.DataKeySpecAes256})
				equal(x, "KeyMaterialId", text(out.KeyMaterialId), x.Own.material(k))
				blobs, materials = append(blobs, out.CiphertextBlob), append(materials, text(out.KeyMaterialId))
				x.advance(90 * day)
			}
			for i, blob := range blobs {
				equal(x, "KeyMaterialId", x.Own.underOf(k, blob), materials[i])
			}
			out := succeed(x, x.Own.KMS.ReEncrypt, &kms.ReEncryptInput{CiphertextBlob: blobs[0], DestinationKeyId: &k.id})
			equal(x, "SourceKeyMaterialId", text(out.SourceKeyMaterialId), materials[0])
			equal(x, "DestinationKeyMaterialId", text(out.DestinationKeyMaterialId), x.Own.material(k))
			equal(x, "the material of what was encrypted anew", x.Own.underOf(k, out.CiphertextBlob), x.Own.material(k))
		},
	},
	{
		says:   "rotation that is enabled again counts from then",
		source: "KMS Developer Guide, Disable automatic key rotation: based on the new rotation-enable date",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.key("")
			x.Own.rotates(k, 90)
			x.advance(60 * day)
			succeed(x, x.Own.KMS.DisableKeyRotation, &kms.DisableKeyRotationInput{KeyId: &k.id})
			first := x.Own.material(k)
			x.Own.rotates(k, 90)
			x.advance(89 * day)
			equal(x, "the material", x.Own.material(k), first)
			equal(x, "the next rotation", x.Own.untilRotation(k), day)
		},
	},
	{
		says:   "enabling the rotation of a key that rotates sets its period, and counts from then",
		source: enablingPage + ": to modify the rotation period of a key that you previously enabled automatic key rotation on; assumption: the date, and the standard period where none is given",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.key("")
			x.Own.rotates(k, 100)
			x.advance(60 * day)
			x.Own.rotates(k, 200)
			equal(x, "the next rotation", x.Own.untilRotation(k), 200*day)
			equal(x, "RotationPeriodInDays", *x.Own.rotation(k).RotationPeriodInDays, 200)
			x.Own.rotates(k, 0)
			equal(x, "RotationPeriodInDays", *x.Own.rotation(k).RotationPeriodInDays, 365)
		},
	},
	{
		says:   "rotation is asked about by id or ARN, not by alias",
		source: enablingPage + ", KeyId; recorded: kms test_rotate_key_on_demand_raises_error_given_key_that_does_not_exist",
		check: func(x *bench) {
			k := x.Own.key("")
			alias := x.Own.alias(k)
			x.Own.rotates(key{id: k.arn}, 0)
			refused(x, x.Own.KMS.EnableKeyRotation, &kms.EnableKeyRotationInput{KeyId: &alias}, "NotFoundException")
			refused(x, x.Own.KMS.GetKeyRotationStatus, &kms.GetKeyRotationStatusInput{KeyId: &alias}, "NotFoundException")
			none := "1234abcd-12ab-34cd-56ef-1234567890ab"
			refused(x, x.Own.KMS.RotateKeyOnDemand, &kms.RotateKeyOnDemandInput{KeyId: &none}, "NotFoundException").
				saying("Key 'arn:aws:kms:" + x.region + ":" + x.Own.account + ":key/" + none + "' does not exist")
		},
	},
	{
		says:   "each operation of rotation has a permission of its own",
		source: enablingPage + ", Required permissions; Service Authorization Reference, AWS Key Management Service",
		check: func(x *bench) {
			k := x.Own.key("")
			s := x.Own.session(document(may("kms:EnableKeyRotation", k.arn)))
			succeed(x, s.KMS.EnableKeyRotation, &kms.EnableKeyRotationInput{KeyId: &k.id})
			refused(x, s.KMS.DisableKeyRotation, &kms.DisableKeyRotationInput{KeyId: &k.id}, "AccessDeniedException")
			refused(x, s.KMS.GetKeyRotationStatus, &kms.GetKeyRotationStatusInput{KeyId: &k.id}, "AccessDeniedException")
			refused(x, s.KMS.ListKeyRotations, &kms.ListKeyRotationsInput{KeyId: &k.id}, "AccessDeniedException")
			refused(x, s.KMS.RotateKeyOnDemand, &kms.RotateKeyOnDemandInput{KeyId: &k.id}, "AccessDeniedException")
		},
	},
	{
		says:   "another account can be told of a key's rotation, and no more",
		source: statusPage + ", Cross-account use; " + enablingPage + ", Cross-account use; assumption: the code",
		needs:  otherAccount,
		check: func(x *bench) {
			k := x.Own.key(document(x.Own.delegate(), allow("Far", x.Other.root(), "kms:*")))
			x.Own.rotates(k, 0)
			equal(x, "KeyRotationEnabled", x.Other.rotation(key{id: k.arn}).KeyRotationEnabled, true)
			x.Other.unrotatable(key{id: k.arn}, "AccessDeniedException")
			refused(x, x.Other.KMS.ListKeyRotations, &kms.ListKeyRotationsInput{KeyId: &k.arn}, "AccessDeniedException")
		},
	},
	{
		says:   "kms:RotationPeriodInDays holds a caller to periods",
		source: conditionKeys + "kms:RotationPeriodInDays; assumption: that it is 365 where the request has none",
		check: func(x *bench) {
			k := x.Own.key("")
			s := x.Own.session(document(may("kms:EnableKeyRotation", k.arn, when("NumericLessThanEquals", "kms:RotationPeriodInDays", "180"))))
			succeed(x, s.KMS.EnableKeyRotation, &kms.EnableKeyRotationInput{KeyId: &k.id, RotationPeriodInDays: new(int32(180))})
			refused(x, s.KMS.EnableKeyRotation, &kms.EnableKeyRotationInput{KeyId: &k.id, RotationPeriodInDays: new(int32(181))}, "AccessDeniedException")
			refused(x, s.KMS.EnableKeyRotation, &kms.EnableKeyRotationInput{KeyId: &k.id}, "AccessDeniedException")
			x.decided("kms:EnableKeyRotation", keypolicy.ImplicitlyDenied, "")
		},
	},
	{
		says:   "an automatic rotation is an event of the service itself, with both materials",
		source: "KMS Developer Guide, Examples of AWS KMS log entries, RotateKey",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.key("")
			first := x.Own.material(k)
			x.Own.rotates(k, 90)
			x.advance(90 * day)
			r := x.latest(x.Own, "RotateKey")
			equal(x, "eventType", r.EventType, "AwsServiceEvent")
			equal(x, "eventSource", r.EventSource, "kms.amazonaws.com")
			equal(x, "invokedBy", r.UserIdentity.InvokedBy, "AWS Internal")
			equal(x, "readOnly", r.ReadOnly, false)
			equal(x, "the resource", r.Resources[0].ARN, k.arn)
			x.detailed(map[string]string{
				"rotationType": "AUTOMATIC", "keyOrigin": "AWS_KMS", "previousKeyMaterialId": first, "currentKeyMaterialId": x.Own.material(k), "keyId": k.id,
			})
		},
	},
	{
		says:   "a rotation is an event that KMS sends itself, with its type and both materials",
		source: "KMS Developer Guide, Monitor KMS keys with Amazon EventBridge, KMS CMK Rotation",
		needs:  clock,
		check: func(x *bench) {
			q := x.Own.heard(x.Own.rule(func(in *eventbridge.PutRuleInput) {
				in.EventPattern = new(`{"source":["aws.kms"],"detail-type":["KMS CMK Rotation"]}`)
			}))
			k := x.Own.key("")
			first := x.Own.material(k)
			x.Own.rotate(k)
			second := x.Own.material(k)
			x.rotationTold(q, k, "ON_DEMAND", first, second)
			x.Own.rotates(k, 90)
			x.advance(90 * day)
			x.rotationTold(q, k, "AUTOMATIC", second, x.Own.material(k))
		},
	},
}

// detailed holds the newest RotateKey to its details.
func (x *bench) detailed(want map[string]string) {
	x.Helper()
	var r struct{ ServiceEventDetails map[string]string }
	e := x.lookup(x.Own, having(types.LookupAttributeKeyEventName, "RotateKey"))[0]
	if err := json.Unmarshal([]byte(text(e.CloudTrailEvent)), &r); err != nil {
		x.Fatal(err)
	}
	equal(x, "the number of details", len(r.ServiceEventDetails), len(want))
	for name, value := range want {
		equal(x, name, r.ServiceEventDetails[name], value)
	}
}

// rotationTold takes the event of a rotation from a queue.
func (x *bench) rotationTold(q queue, k key, how, before, now string) {
	x.Helper()
	x.advance(time.Minute)
	e := event(x, x.Own.received(q, 1)[0])
	equal(x, "detail-type", e.DetailType, "KMS CMK Rotation")
	equal(x, "the resource", e.Resources[0], k.arn)
	var detail map[string]string
	if err := json.Unmarshal(e.Detail, &detail); err != nil {
		x.Fatal(err)
	}
	want := map[string]string{
		"key-id": k.id, "key-origin": "AWS_KMS", "rotation-type": how, "previous-key-material-id": before, "current-key-material-id": now,
	}
	equal(x, "the number of details", len(detail), len(want))
	for name, value := range want {
		equal(x, name, detail[name], value)
	}
}
