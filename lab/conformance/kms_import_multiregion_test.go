package conformance

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

const mrkImportPage = "KMS Developer Guide, Importing key material into multi-Region keys"

// importedFamily makes a primary key with the material secretOf(1), and a replica
// without it.
func (x *bench) importedFamily() (k key, there *caller, r key) {
	x.Helper()
	k = x.Own.awaiting(func(in *kms.CreateKeyInput) { in.MultiRegion = new(true) })
	x.Own.imports(k, secretOf(1))
	return k, x.Own.in(x.away), x.replicaWaiting(k)
}

// replicaWaiting makes a replica that waits for its material.
func (x *bench) replicaWaiting(k key) key {
	x.Helper()
	m := succeed(x, x.Own.KMS.ReplicateKey, &kms.ReplicateKeyInput{KeyId: &k.id, ReplicaRegion: &x.away}).ReplicaKeyMetadata
	there, r := x.Own.in(x.away), key{text(m.KeyId), text(m.Arn)}
	cleanup(x, there.KMS.ScheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: m.KeyId, PendingWindowInDays: new(int32(7))})
	if x.lab != nil {
		x.advance(10 * time.Second)
	}
	x.until(func() bool { return there.stateOf(r) == types.KeyStatePendingImport })
	return r
}

// wholeFamily is importedFamily with the replica's material imported.
func (x *bench) wholeFamily() (k key, there *caller, r key) {
	x.Helper()
	k, there, r = x.importedFamily()
	there.imports(r, secretOf(1))
	return k, there, r
}

var kmsImportMultiRegion = []claim{
	{
		says:   "a replica has no material, and takes that of its primary key only; then each decrypts what the other encrypted",
		source: mrkImportPage + "; KMS API Reference, ReplicateKey",
		check: func(x *bench) {
			k, there, r := x.importedFamily()
			equal(x, "the replica's state", there.stateOf(r), types.KeyStatePendingImport)
			equal(x, "the primary key's state", x.state(k), types.KeyStateEnabled)
			refused(x, there.KMS.ImportKeyMaterial, there.importing(r, secretOf(2)), "IncorrectKeyMaterialException")
			equal(x, "the id of the replica's material", there.imports(r, secretOf(1)), x.Own.material(k))
			equal(x, "the replica's state", there.stateOf(r), types.KeyStateEnabled)
			succeed(x, there.KMS.Decrypt, r.decrypt(x.Own.seal(k, "hello")))
			succeed(x, x.Own.KMS.Decrypt, k.decrypt(there.seal(r, "hello")))
		},
	},
	{
		says:   "a primary key without its material cannot be replicated, nor can a replica without it become the primary key",
		source: statesPage + ", ReplicateKey and UpdatePrimaryRegion",
		check: func(x *bench) {
			k := x.Own.awaiting(func(in *kms.CreateKeyInput) { in.MultiRegion = new(true) })
			refused(x, x.Own.KMS.ReplicateKey, &kms.ReplicateKeyInput{KeyId: &k.id, ReplicaRegion: &x.away}, "KMSInvalidStateException").saying(k.arn + " is pending import.")
			k, there, r := x.importedFamily()
			refused(x, x.Own.KMS.UpdatePrimaryRegion, &kms.UpdatePrimaryRegionInput{KeyId: &k.id, PrimaryRegion: &x.away}, "KMSInvalidStateException")
			there.imports(r, secretOf(1))
			succeed(x, x.Own.KMS.UpdatePrimaryRegion, &kms.UpdatePrimaryRegionInput{KeyId: &k.id, PrimaryRegion: &x.away})
			x.settle(there, r)
		},
	},
	{
		says:   "a replica that is being created takes no material yet",
		source: statesPage + ", [14]",
		needs:  inside, // on AWS it may be over too soon
		check: func(x *bench) {
			k := x.Own.awaiting(func(in *kms.CreateKeyInput) { in.MultiRegion = new(true) })
			x.Own.imports(k, secretOf(1))
			succeed(x, x.Own.KMS.ReplicateKey, &kms.ReplicateKeyInput{KeyId: &k.id, ReplicaRegion: &x.away})
			there := x.Own.in(x.away)
			in := &kms.GetParametersForImportInput{KeyId: &k.id, WrappingAlgorithm: types.AlgorithmSpecRsaesOaepSha256, WrappingKeySpec: types.WrappingKeySpecRsa2048}
			refused(x, there.KMS.GetParametersForImport, in, "KMSInvalidStateException").mentioning(" is creating.")
			refused(x, there.KMS.ImportKeyMaterial, &kms.ImportKeyMaterialInput{
				KeyId: &k.id, ImportToken: []byte("token"), EncryptedKeyMaterial: []byte("material"), ExpirationModel: types.ExpirationModelTypeKeyMaterialDoesNotExpire,
			}, "KMSInvalidStateException").mentioning(" is creating.")
			refused(x, there.KMS.DeleteImportedKeyMaterial, &kms.DeleteImportedKeyMaterialInput{KeyId: &k.id}, "KMSInvalidStateException").mentioning(" is creating.")
		},
	},
	{
		says:   "while the primary Region is updated material is imported, and expires, but is not deleted, and there are no wrapping keys",
		source: statesPage + ", [15]; assumption: that it expires then",
		needs:  inside,
		check: func(x *bench) {
			k, there, r := x.wholeFamily()
			in := x.Own.importing(k, secretOf(1))
			there.imports(r, secretOf(1), until(x.lab.World.Now().Add(2*time.Second)))
			succeed(x, x.Own.KMS.UpdatePrimaryRegion, &kms.UpdatePrimaryRegionInput{KeyId: &k.id, PrimaryRegion: &x.away})
			message := k.arn + " is updating."
			refused(x, x.Own.KMS.GetParametersForImport, &kms.GetParametersForImportInput{
				KeyId: &k.id, WrappingAlgorithm: types.AlgorithmSpecRsaesOaepSha256, WrappingKeySpec: types.WrappingKeySpecRsa2048,
			}, "KMSInvalidStateException").saying(message)
			refused(x, x.Own.KMS.DeleteImportedKeyMaterial, &kms.DeleteImportedKeyMaterialInput{KeyId: &k.id}, "KMSInvalidStateException").saying(message)
			succeed(x, x.Own.KMS.ImportKeyMaterial, in)
			x.advance(2 * time.Second)
			equal(x, "the state of the key whose material expired", there.stateOf(r), types.KeyStatePendingImport)
			x.advance(10 * time.Second)
			equal(x, "its state", there.stateOf(r), types.KeyStatePendingImport)
			equal(x, "the other one's state", x.state(k), types.KeyStateEnabled)
		},
	},
	{
		says:   "a wrapping key is of one Region's key",
		source: mrkImportPage + ", Creating a replica key with imported key material",
		check: func(x *bench) {
			k, there, r := x.importedFamily()
			in := x.Own.importing(k, secretOf(1))
			in.KeyId = &r.id
			refused(x, there.KMS.ImportKeyMaterial, in, "InvalidImportTokenException")
		},
	},
	{
		says:   "expiration and deletion are of one key, and the related ones go on",
		source: mrkImportPage + "; " + deletingPage + ", Considerations for multi-Region keys",
		needs:  clock,
		check: func(x *bench) {
			k, there, r := x.wholeFamily()
			there.imports(r, secretOf(1), until(x.lab.World.Now().Add(day)))
			x.advance(day)
			equal(x, "the replica's state", there.stateOf(r), types.KeyStatePendingImport)
			equal(x, "the primary key's state", x.state(k), types.KeyStateEnabled)
			there.imports(r, secretOf(1))
			x.Own.forgets(k, nil)
			equal(x, "the replica's state", there.stateOf(r), types.KeyStateEnabled)
			equal(x, "the primary key's state", x.state(k), types.KeyStatePendingImport)
		},
	},
	{
		says:   "new material comes into the primary key first, then into all replicas, and then the primary key is rotated",
		source: importPage + "; KMS API Reference, RotateKeyOnDemand; " + rotationEntry + ", KeyMaterialState; assumption: the codes, and that replicas tell the same state",
		check: func(x *bench) {
			k, there, r := x.wholeFamily()
			old := x.Own.seal(k, "hello")
			refused(x, there.KMS.ImportKeyMaterial, there.importing(r, secretOf(2), anew), "UnsupportedOperationException")
			refused(x, there.KMS.ImportKeyMaterial, there.importing(r, secretOf(2)), "IncorrectKeyMaterialException")
			second := x.Own.imports(k, secretOf(2), anew)
			waits := types.KeyMaterialStatePendingMultiRegionImportAndRotation
			equal(x, "its state", only(x, x.Own.materials(k), second).KeyMaterialState, waits)
			e := only(x, there.materials(r), second)
			equal(x, "its state in the replica", e.KeyMaterialState, waits)
			equal(x, "its import state in the replica", e.ImportState, types.ImportStatePendingImport)
			equal(x, "the replica's state", there.stateOf(r), types.KeyStateEnabled)
			refused(x, x.Own.KMS.RotateKeyOnDemand, &kms.RotateKeyOnDemandInput{KeyId: &k.id}, "KMSInvalidStateException")
			there.imports(r, secretOf(2))
			equal(x, "its state", only(x, x.Own.materials(k), second).KeyMaterialState, types.KeyMaterialStatePendingRotation)
			equal(x, "its state in the replica", only(x, there.materials(r), second).KeyMaterialState, types.KeyMaterialStatePendingRotation)
			refused(x, there.KMS.RotateKeyOnDemand, &kms.RotateKeyOnDemandInput{KeyId: &r.id}, "UnsupportedOperationException")
			x.Own.rotate(k)
			equal(x, "the current material", x.Own.material(k), second)
			equal(x, "the replica's current material", there.material(r), second)
			equal(x, "the material of a new ciphertext", there.underOf(r, there.seal(r, "hello")), second)
			succeed(x, there.KMS.Decrypt, r.decrypt(old))
			equal(x, "the number of the replica's rotations", len(there.rotations(r, "")), 1)
		},
	},
	{
		says:   "a replica that is made later needs all material of its primary key, also what waits for its rotation",
		source: "KMS API Reference, ReplicateKey; " + importPage + "; assumption: that what waits for its rotation is missing for the rotation only",
		check: func(x *bench) {
			k := x.Own.awaiting(func(in *kms.CreateKeyInput) { in.MultiRegion = new(true) })
			x.Own.imports(k, secretOf(1))
			x.Own.imports(k, secretOf(2), anew)
			x.Own.rotate(k)
			third := x.Own.imports(k, secretOf(3), anew)
			there, r := x.Own.in(x.away), x.replicaWaiting(k)
			equal(x, "the state of what waits", only(x, x.Own.materials(k), third).KeyMaterialState, types.KeyMaterialStatePendingMultiRegionImportAndRotation)
			there.imports(r, secretOf(1))
			equal(x, "the replica's state", there.stateOf(r), types.KeyStatePendingImport)
			there.imports(r, secretOf(2))
			equal(x, "the replica's state", there.stateOf(r), types.KeyStateEnabled)
			there.imports(r, secretOf(3))
			x.Own.rotate(k)
			equal(x, "the replica's current material", there.material(r), third)
		},
	},
	{
		says:   "what waits for its rotation is deleted with that of the primary key; that of a replica only there",
		source: deletingPage + ", Considerations for multi-Region keys",
		check: func(x *bench) {
			k, there, r := x.wholeFamily()
			second := x.Own.imports(k, secretOf(2), anew)
			there.imports(r, secretOf(2))
			there.forgets(r, &second)
			equal(x, "the replica's state", there.stateOf(r), types.KeyStateEnabled)
			equal(x, "its import state", only(x, x.Own.materials(k), second).ImportState, types.ImportStateImported)
			equal(x, "its import state in the replica", only(x, there.materials(r), second).ImportState, types.ImportStatePendingImport)
			there.imports(r, secretOf(2))
			x.Own.forgets(k, &second)
			equal(x, "the number of materials", len(x.Own.materials(k)), 1)
			equal(x, "the number of the replica's materials", len(there.materials(r)), 1)
			equal(x, "the replica's state", there.stateOf(r), types.KeyStateEnabled)
		},
	},
}
