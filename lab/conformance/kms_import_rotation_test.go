package conformance

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

const rotationEntry = "KMS API Reference, RotationsListEntry"

// materials lists all material of a key.
func (c *caller) materials(k key) []types.RotationsListEntry {
	c.x.Helper()
	return c.rotations(k, types.IncludeKeyMaterialAllKeyMaterial)
}

// only gives the one entry of some material.
func only(x *bench, all []types.RotationsListEntry, id string) types.RotationsListEntry {
	x.Helper()
	for _, e := range all {
		if text(e.KeyMaterialId) == id {
			return e
		}
	}
	x.Fatalf("there is no material %s among %d", id, len(all))
	return types.RotationsListEntry{}
}

var kmsImportRotation = []claim{
	{
		says:   "new material waits for a rotation on demand; with it it encrypts, and the old material still decrypts",
		source: "recorded: kms test_rotate_key_on_demand_updates_current_key_material_for_external_keys; " + guidePage + ", Import new key material",
		check: func(x *bench) {
			k := x.Own.external()
			first := x.Own.material(k)
			old := x.Own.seal(k, "hello")
			second := x.Own.imports(k, secretOf(2), anew)
			equal(x, "the current material", x.Own.material(k), first)
			equal(x, "the material of a ciphertext", x.Own.underOf(k, x.Own.seal(k, "hello")), first)
			x.Own.rotate(k)
			equal(x, "the current material", x.Own.material(k), second)
			equal(x, "the material of an old ciphertext", x.Own.underOf(k, old), first)
			equal(x, "the material of a new one", x.Own.underOf(k, x.Own.seal(k, "hello")), second)
		},
	},
	{
		says:   "without new material there is no rotation",
		source: "recorded: kms test_rotate_key_on_demand_raises_for_no_pending_key_material, test_rotate_key_on_demand_on_external_key_with_no_key_material",
		check: func(x *bench) {
			k := x.Own.awaiting()
			refused(x, x.Own.KMS.RotateKeyOnDemand, &kms.RotateKeyOnDemandInput{KeyId: &k.id}, "KMSInvalidStateException").saying(k.arn + " is pending import.")
			x.Own.imports(k, secretOf(1))
			message := "No available key material pending rotation for the key: " + k.arn + "."
			refused(x, x.Own.KMS.RotateKeyOnDemand, &kms.RotateKeyOnDemandInput{KeyId: &k.id}, "KMSInvalidStateException").saying(message)
			x.Own.imports(k, secretOf(2), anew)
			x.Own.rotate(k)
			refused(x, x.Own.KMS.RotateKeyOnDemand, &kms.RotateKeyOnDemandInput{KeyId: &k.id}, "KMSInvalidStateException").saying(message)
		},
	},
	{
		says:   "one material at most waits for a rotation, and can be deleted and another take its place",
		source: "recorded: kms test_import_key_material_raises_if_there_is_already_key_material_pending; " + rotationEntry + ", KeyMaterialState",
		check: func(x *bench) {
			k := x.Own.external()
			second := x.Own.imports(k, secretOf(2), anew)
			refused(x, x.Own.KMS.ImportKeyMaterial, x.Own.importing(k, secretOf(3), anew), "KMSInvalidStateException").
				mentioning("cannot be imported into KMS key " + k.arn + ", because another key material (id: " + second + ") is pending rotation.")
			out := succeed(x, x.Own.KMS.DeleteImportedKeyMaterial, &kms.DeleteImportedKeyMaterialInput{KeyId: &k.id, KeyMaterialId: &second})
			equal(x, "KeyMaterialId", text(out.KeyMaterialId), second)
			equal(x, "the state", x.state(k), types.KeyStateEnabled)
			equal(x, "the number of materials", len(x.Own.materials(k)), 1)
			third := x.Own.imports(k, secretOf(3), anew)
			x.Own.rotate(k)
			equal(x, "the current material", x.Own.material(k), third)
		},
	},
	{
		says:   "a key with imported material does not rotate by date, and says that it does not",
		source: statesPage + ", [6] and [7]; KMS Developer Guide, Perform on-demand key rotation: fewer fields",
		check: func(x *bench) {
			k := x.Own.awaiting()
			message := k.arn + " origin is EXTERNAL which is not valid for this operation."
			for range 2 { // pending import, and then enabled
				refused(x, x.Own.KMS.EnableKeyRotation, &kms.EnableKeyRotationInput{KeyId: &k.id}, "UnsupportedOperationException").saying(message)
				refused(x, x.Own.KMS.DisableKeyRotation, &kms.DisableKeyRotationInput{KeyId: &k.id}, "UnsupportedOperationException").saying(message)
				out := x.Own.rotation(k)
				equal(x, "KeyRotationEnabled", out.KeyRotationEnabled, false)
				equal(x, "the dates", out.NextRotationDate == nil && out.RotationPeriodInDays == nil && out.OnDemandRotationStartDate == nil, true)
				x.Own.imports(k, secretOf(1))
			}
			x.Own.able(k, false)
			refused(x, x.Own.KMS.EnableKeyRotation, &kms.EnableKeyRotationInput{KeyId: &k.id}, "DisabledException")
		},
	},
	{
		says:   "a listing tells of each material whether it is imported, is the current one, expires, and what it was described as",
		source: rotationEntry + "; KMS API Reference, ListKeyRotations, IncludeKeyMaterial",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.awaiting()
			equal(x, "the number of materials", len(x.Own.materials(k)), 0)
			equal(x, "the number of rotations", len(x.Own.rotations(k, "")), 0)
			ends := x.lab.World.Now().Add(100 * day)
			first := x.Own.imports(k, secretOf(1), until(ends), func(in *kms.ImportKeyMaterialInput) { in.KeyMaterialDescription = new("safe 1") })
			second := x.Own.imports(k, secretOf(2), anew)
			x.Own.rotate(k)
			third := x.Own.imports(k, secretOf(3), anew)
			all := x.Own.materials(k)
			equal(x, "the number of materials", len(all), 3)
			for i, want := range []struct {
				id    string
				state types.KeyMaterialState
				model types.ExpirationModelType
				about string
				how   types.RotationType
			}{
				{first, types.KeyMaterialStateNonCurrent, types.ExpirationModelTypeKeyMaterialExpires, "safe 1", ""},
				{second, types.KeyMaterialStateCurrent, types.ExpirationModelTypeKeyMaterialDoesNotExpire, "", types.RotationTypeOnDemand},
				{third, types.KeyMaterialStatePendingRotation, types.ExpirationModelTypeKeyMaterialDoesNotExpire, "", ""},
			} {
				e := all[i]
				equal(x, "KeyMaterialId", text(e.KeyMaterialId), want.id)
				equal(x, "KeyMaterialState", e.KeyMaterialState, want.state)
				equal(x, "ImportState", e.ImportState, types.ImportStateImported)
				equal(x, "ExpirationModel", e.ExpirationModel, want.model)
				equal(x, "KeyMaterialDescription", text(e.KeyMaterialDescription), want.about)
				equal(x, "RotationType", e.RotationType, want.how)
				equal(x, "whether there is a RotationDate", e.RotationDate != nil, want.how != "")
				equal(x, "whether there is a ValidTo", e.ValidTo != nil, i == 0)
			}
			equal(x, "ValidTo", all[0].ValidTo.Unix(), ends.Unix())
			done := x.Own.rotations(k, types.IncludeKeyMaterialRotationsOnly)
			equal(x, "the number of rotations", len(done), 1)
			equal(x, "KeyMaterialId", text(done[0].KeyMaterialId), second)
		},
	},
	{
		says:   "a description stays until another one is given, also while its material is gone",
		source: importPage + ", KeyMaterialDescription",
		check: func(x *bench) {
			k := x.Own.awaiting()
			about := func(s string) func(*kms.ImportKeyMaterialInput) {
				return func(in *kms.ImportKeyMaterialInput) { in.KeyMaterialDescription = &s }
			}
			id := x.Own.imports(k, secretOf(1), about("safe 1"))
			succeed(x, x.Own.KMS.DeleteImportedKeyMaterial, &kms.DeleteImportedKeyMaterialInput{KeyId: &k.id})
			e := only(x, x.Own.materials(k), id)
			equal(x, "KeyMaterialDescription", text(e.KeyMaterialDescription), "safe 1")
			equal(x, "ImportState", e.ImportState, types.ImportStatePendingImport)
			equal(x, "KeyMaterialState", e.KeyMaterialState, types.KeyMaterialStateCurrent)
			x.Own.imports(k, secretOf(1))
			equal(x, "KeyMaterialDescription", text(only(x, x.Own.materials(k), id).KeyMaterialDescription), "safe 1")
			x.Own.imports(k, secretOf(1), about("safe 2"))
			equal(x, "KeyMaterialDescription", text(only(x, x.Own.materials(k), id).KeyMaterialDescription), "safe 2")
		},
	},
	{
		says:   "a rotation in progress tells since when; its material is the key's for good from its beginning",
		source: statusPage + ", OnDemandRotationStartDate; " + guidePage + ": until you perform the RotateKeyOnDemand action",
		needs:  inside,
		check: func(x *bench) {
			k := x.Own.external()
			first := x.Own.material(k)
			second := x.Own.imports(k, secretOf(2), anew)
			x.Own.demand(k)
			if x.Own.rotation(k).OnDemandRotationStartDate == nil {
				x.Error("the rotation is not in progress")
			}
			equal(x, "the current material", x.Own.material(k), first)
			succeed(x, x.Own.KMS.DeleteImportedKeyMaterial, &kms.DeleteImportedKeyMaterialInput{KeyId: &k.id, KeyMaterialId: &second})
			equal(x, "the state", x.state(k), types.KeyStatePendingImport)
			x.advance(10 * time.Second)
			equal(x, "the current material", x.Own.material(k), second)
			equal(x, "ImportState", only(x, x.Own.materials(k), second).ImportState, types.ImportStatePendingImport)
			x.Own.imports(k, secretOf(2))
			equal(x, "the state", x.state(k), types.KeyStateEnabled)
		},
	},
	{
		says:   "imported keys are rotated 25 times, as others",
		source: onDemandPage,
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.external()
			for n := range byte(25) {
				x.Own.imports(k, secretOf(n+2), anew)
				x.Own.rotate(k)
			}
			x.Own.imports(k, secretOf(100), anew)
			refused(x, x.Own.KMS.RotateKeyOnDemand, &kms.RotateKeyOnDemandInput{KeyId: &k.id}, "LimitExceededException")
			equal(x, "the number of materials", len(x.Own.materials(k)), 27)
		},
	},
	{
		says:   "the events of a rotation tell the origin of the material",
		source: "KMS Developer Guide, Examples of AWS KMS log entries, RotateKey; KMS Developer Guide, Monitor KMS keys with Amazon EventBridge, KMS CMK Rotation",
		needs:  clock,
		check: func(x *bench) {
			q := x.Own.heard(x.Own.rule(func(in *eventbridge.PutRuleInput) {
				in.EventPattern = new(`{"source":["aws.kms"],"detail-type":["KMS CMK Rotation"],"detail":{"key-origin":["EXTERNAL"]}}`)
			}))
			k := x.Own.external()
			first := x.Own.material(k)
			second := x.Own.imports(k, secretOf(2), anew)
			x.Own.rotate(k)
			x.advance(6 * time.Minute)
			x.detailed(map[string]string{
				"rotationType": "ON_DEMAND", "keyOrigin": "EXTERNAL", "previousKeyMaterialId": first, "currentKeyMaterialId": second, "keyId": k.id,
			})
			e := event(x, x.Own.received(q, 1)[0])
			equal(x, "the resource", e.Resources[0], k.arn)
		},
	},
}
