package conformance

import (
	"encoding/json"
	"strings"
	"time"

	cloudtrailtypes "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

const deletingPage = "KMS Developer Guide, Delete imported key material"

// forgets deletes a key's imported material, the current one where none is named.
func (c *caller) forgets(k key, id *string) *kms.DeleteImportedKeyMaterialOutput {
	c.x.Helper()
	return succeed(c.x, c.KMS.DeleteImportedKeyMaterial, &kms.DeleteImportedKeyMaterialInput{KeyId: &k.id, KeyMaterialId: id})
}

var kmsImportStates = []claim{
	{
		says:   "without its material a key is pending import, and the same material makes it whole",
		source: "recorded: kms test_import_key_symmetric; KMS API Reference, DeleteImportedKeyMaterial",
		check: func(x *bench) {
			k := x.Own.external()
			id := x.Own.material(k)
			blob := x.Own.seal(k, "hello")
			out := x.Own.forgets(k, nil)
			equal(x, "KeyId", text(out.KeyId), k.arn)
			equal(x, "KeyMaterialId", text(out.KeyMaterialId), id)
			m := succeed(x, x.Own.KMS.DescribeKey, describe(k.id)).KeyMetadata
			equal(x, "KeyState", m.KeyState, types.KeyStatePendingImport)
			equal(x, "CurrentKeyMaterialId", text(m.CurrentKeyMaterialId), id)
			equal(x, "ExpirationModel", m.ExpirationModel, "")
			refused(x, x.Own.KMS.Decrypt, k.decrypt(blob), "KMSInvalidStateException").saying(k.arn + " is pending import.")
			refused(x, x.Own.KMS.ImportKeyMaterial, x.Own.importing(k, secretOf(2)), "IncorrectKeyMaterialException")
			x.Own.imports(k, secretOf(1))
			succeed(x, x.Own.KMS.Decrypt, k.decrypt(blob))
		},
	},
	{
		says:   "a key without any of its materials is pending import, until it has all of them",
		source: guidePage + "; " + importPage,
		check: func(x *bench) {
			k := x.Own.external()
			first := x.Own.material(k)
			old := x.Own.seal(k, "hello")
			second := x.Own.imports(k, secretOf(2), anew)
			x.Own.rotate(k)
			x.Own.forgets(k, &first)
			equal(x, "the state", x.state(k), types.KeyStatePendingImport)
			equal(x, "the current material", x.Own.material(k), second)
			equal(x, "ImportState", only(x, x.Own.materials(k), first).ImportState, types.ImportStatePendingImport)
			equal(x, "ImportState", only(x, x.Own.materials(k), second).ImportState, types.ImportStateImported)
			x.Own.forgets(k, nil)
			x.Own.imports(k, secretOf(1))
			equal(x, "the state", x.state(k), types.KeyStatePendingImport)
			x.Own.imports(k, secretOf(2))
			equal(x, "the state", x.state(k), types.KeyStateEnabled)
			equal(x, "the material of an old ciphertext", x.Own.underOf(k, old), first)
		},
	},
	{
		says:   "deleting what is not there has no effect; unknown material is not found",
		source: statesPage + ", DeleteImportedKeyMaterial; assumption: the code for unknown material",
		check: func(x *bench) {
			k := x.Own.awaiting()
			equal(x, "KeyMaterialId", text(x.Own.forgets(k, nil).KeyMaterialId), "")
			x.Own.imports(k, secretOf(1))
			refused(x, x.Own.KMS.DeleteImportedKeyMaterial, &kms.DeleteImportedKeyMaterialInput{KeyId: &k.id, KeyMaterialId: new(strings.Repeat("0", 64))}, "NotFoundException")
			x.Own.forgets(k, nil)
			x.Own.forgets(k, nil)
			equal(x, "the state", x.state(k), types.KeyStatePendingImport)
		},
	},
	{
		says:   "a key that is pending import can be described, tagged, aliased and scheduled for deletion, but neither enabled, disabled nor granted",
		source: statesPage,
		check: func(x *bench) {
			k := x.Own.awaiting()
			message := k.arn + " is pending import."
			refused(x, x.Own.KMS.EnableKey, &kms.EnableKeyInput{KeyId: &k.id}, "KMSInvalidStateException").saying(message)
			refused(x, x.Own.KMS.DisableKey, &kms.DisableKeyInput{KeyId: &k.id}, "KMSInvalidStateException").saying(message)
			refused(x, x.Own.KMS.CreateGrant, &kms.CreateGrantInput{
				KeyId: &k.id, GranteePrincipal: &x.Own.principal, Operations: []types.GrantOperation{types.GrantOperationDecrypt},
			}, "KMSInvalidStateException").saying(message)
			refused(x, x.Own.KMS.CancelKeyDeletion, &kms.CancelKeyDeletionInput{KeyId: &k.id}, "KMSInvalidStateException")
			succeed(x, x.Own.KMS.TagResource, &kms.TagResourceInput{KeyId: &k.id, Tags: []types.Tag{{TagKey: new("a"), TagValue: new("1")}}})
			x.Own.alias(k)
			x.schedule(k, 7)
			equal(x, "the state", x.state(k), types.KeyStatePendingDeletion)
		},
	},
	{
		says:   "a key that is pending deletion takes no material, and loses what it has without a change of its state",
		source: statesPage + ", [8]; KMS API Reference, DeleteImportedKeyMaterial",
		check: func(x *bench) {
			k := x.Own.external()
			in := x.Own.importing(k, secretOf(1))
			x.schedule(k, 7)
			refused(x, x.Own.KMS.GetParametersForImport, &kms.GetParametersForImportInput{
				KeyId: &k.id, WrappingAlgorithm: types.AlgorithmSpecRsaesOaepSha256, WrappingKeySpec: types.WrappingKeySpecRsa2048,
			}, "KMSInvalidStateException")
			refused(x, x.Own.KMS.ImportKeyMaterial, in, "KMSInvalidStateException")
			x.Own.forgets(k, nil)
			equal(x, "the state", x.state(k), types.KeyStatePendingDeletion)
		},
	},
	{
		says:   "a key whose deletion is cancelled is disabled, or pending import where it has not all its material",
		source: "KMS API Reference, CancelKeyDeletion; assumption: that it is pending import then",
		check: func(x *bench) {
			k := x.Own.external()
			x.schedule(k, 7)
			succeed(x, x.Own.KMS.CancelKeyDeletion, &kms.CancelKeyDeletionInput{KeyId: &k.id})
			equal(x, "the state", x.state(k), types.KeyStateDisabled)
			x.schedule(k, 7)
			x.Own.forgets(k, nil)
			succeed(x, x.Own.KMS.CancelKeyDeletion, &kms.CancelKeyDeletionInput{KeyId: &k.id})
			equal(x, "the state", x.state(k), types.KeyStatePendingImport)
			x.Own.imports(k, secretOf(1))
			equal(x, "the state", x.state(k), types.KeyStateEnabled)
		},
	},
	{
		says:   "material of a disabled key can be deleted and imported, and the key is enabled with it",
		source: statesPage + "; " + importPage + ": When this operation is successful; assumption: that this goes for a disabled key",
		check: func(x *bench) {
			k := x.Own.external()
			x.Own.able(k, false)
			x.Own.forgets(k, nil)
			equal(x, "the state", x.state(k), types.KeyStatePendingImport)
			x.Own.imports(k, secretOf(1))
			equal(x, "the state", x.state(k), types.KeyStateEnabled)
			x.Own.able(k, false)
			x.Own.imports(k, secretOf(1))
			equal(x, "the state", x.state(k), types.KeyStateEnabled)
		},
	},
	{
		says:   "material is deleted when it expires, and a date given with a later import counts instead",
		source: guidePage + ", Setting an expiration time",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.awaiting()
			id := x.Own.imports(k, secretOf(1), until(x.lab.World.Now().Add(10*day)))
			x.advance(9 * day)
			x.Own.imports(k, secretOf(1), until(x.lab.World.Now().Add(10*day)))
			x.advance(10*day - time.Second)
			equal(x, "the state", x.state(k), types.KeyStateEnabled)
			x.advance(time.Second)
			equal(x, "the state", x.state(k), types.KeyStatePendingImport)
			equal(x, "ImportState", only(x, x.Own.materials(k), id).ImportState, types.ImportStatePendingImport)
			x.Own.imports(k, secretOf(1))
			x.advance(400 * day)
			equal(x, "the state", x.state(k), types.KeyStateEnabled)
		},
	},
	{
		says:   "a key tells of the first date on which a material of it expires, of those that are its own for good",
		source: "KMS API Reference, KeyMetadata, ValidTo",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.awaiting()
			now := x.lab.World.Now()
			validTo := func() int64 {
				m := succeed(x, x.Own.KMS.DescribeKey, describe(k.id)).KeyMetadata
				if m.ValidTo == nil {
					return 0
				}
				return m.ValidTo.Unix()
			}
			x.Own.imports(k, secretOf(1), until(now.Add(20*day)))
			x.Own.imports(k, secretOf(2), anew, until(now.Add(10*day)))
			equal(x, "ValidTo", validTo(), now.Add(20*day).Unix())
			x.Own.rotate(k)
			equal(x, "ValidTo", validTo(), now.Add(10*day).Unix())
			x.Own.imports(k, secretOf(2))
			equal(x, "ValidTo", validTo(), now.Add(20*day).Unix())
			x.Own.imports(k, secretOf(1))
			equal(x, "ValidTo", validTo(), 0)
		},
	},
	{
		says:   "material that expires before its rotation is gone, and the key goes on",
		source: deletingPage + "; assumption: that expiration is as deletion",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.external()
			x.Own.imports(k, secretOf(2), anew, until(x.lab.World.Now().Add(day)))
			x.advance(day)
			equal(x, "the state", x.state(k), types.KeyStateEnabled)
			equal(x, "the number of materials", len(x.Own.materials(k)), 1)
			refused(x, x.Own.KMS.RotateKeyOnDemand, &kms.RotateKeyOnDemandInput{KeyId: &k.id}, "KMSInvalidStateException")
			x.Own.imports(k, secretOf(2), anew)
			x.Own.rotate(k)
		},
	},
	{
		says:   "an expiration is an event of the service itself, and one that KMS sends",
		source: "KMS Developer Guide, Examples of AWS KMS log entries, DeleteExpiredKeyMaterial; KMS Developer Guide, Monitor KMS keys with Amazon EventBridge, KMS Imported Key Material Expiration",
		needs:  clock,
		check: func(x *bench) {
			q := x.Own.heard(x.Own.rule(func(in *eventbridge.PutRuleInput) {
				in.EventPattern = new(`{"source":["aws.kms"],"detail-type":["KMS Imported Key Material Expiration"]}`)
			}))
			k := x.Own.awaiting()
			id := x.Own.imports(k, secretOf(1), until(x.lab.World.Now().Add(day)))
			x.advance(day)
			r := x.latest(x.Own, "DeleteExpiredKeyMaterial")
			equal(x, "eventType", r.EventType, "AwsServiceEvent")
			equal(x, "invokedBy", r.UserIdentity.InvokedBy, "AWS Internal")
			equal(x, "the resource", r.Resources[0].ARN, k.arn)
			var details struct{ ServiceEventDetails map[string]string }
			found := x.lookup(x.Own, having(cloudtrailtypes.LookupAttributeKeyEventName, "DeleteExpiredKeyMaterial"))[0]
			if err := json.Unmarshal([]byte(text(found.CloudTrailEvent)), &details); err != nil {
				x.Fatal(err)
			}
			equal(x, "the number of details", len(details.ServiceEventDetails), 2)
			equal(x, "keyId", details.ServiceEventDetails["keyId"], k.id)
			equal(x, "keyMaterialId", details.ServiceEventDetails["keyMaterialId"], id)
			e := event(x, x.Own.received(q, 1)[0])
			equal(x, "the resource", e.Resources[0], k.arn)
			equal(x, "detail", string(e.Detail), `{"key-id":"`+k.id+`"}`)
		},
	},
	{
		says:   "deleting material oneself is no such event",
		source: deletingPage,
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.awaiting()
			x.Own.imports(k, secretOf(1), until(x.lab.World.Now().Add(day)))
			x.Own.forgets(k, nil)
			x.advance(2 * day)
			none := succeed(x, x.Own.Trail.LookupEvents, having(cloudtrailtypes.LookupAttributeKeyEventName, "DeleteExpiredKeyMaterial"))
			equal(x, "the number of expirations", len(none.Events), 0)
			r := x.latest(x.Own, "DeleteImportedKeyMaterial")
			equal(x, "responseElements.keyId", r.ResponseElements["keyId"].(string), k.arn)
		},
	},
}
