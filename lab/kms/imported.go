package kms

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

// external is what a key has whose material is imported. Which material there is,
// and which of it encrypts, is common to related multi-Region keys; the material
// itself "AWS KMS does not copy or synchronize" (KMS Developer Guide, "Importing
// key material into multi-Region keys").
type external struct {
	copies map[string]*imported // by the id of the material; what is to be imported is not there
	about  map[string]string    // descriptions, also of what is to be imported again
	offers map[string]*offer    // by import token
}

// imported is a key's copy of material.
type imported struct {
	material
	validTo time.Time  // zero: it does not expire
	expiry  *world.Due // the end of it
}

func newExternal() *external {
	return &external{map[string]*imported{}, map[string]string{}, map[string]*offer{}}
}

// importedID is "based on the KMS key ID and the imported key material" (API
// reference, ImportKeyMaterial, KeyMaterialId), by a cryptographic hash (AWS
// Security Blog, "How to use on-demand rotation for AWS KMS imported keys").
// Related multi-Region keys have the same key id.
func importedID(key keyid.ID, secret []byte) string {
	h := sha256.New()
	h.Write([]byte(key))
	h.Write(secret)
	return hex.EncodeToString(h.Sum(nil))
}

// complete says whether the key has all material that is associated with it for
// good. "If any one of these key materials is deleted or allowed to expire, the KMS
// key state changes to PendingImport" (KMS Developer Guide, "Import the key
// material").
func (k *key) complete() bool {
	if k.external == nil {
		return true
	}
	for _, m := range k.ring.permanent() {
		if k.external.copies[m.id] == nil {
			return false
		}
	}
	return len(k.ring.materials) > 0
}

// permanent is the material that is associated with a key for good: the first one,
// and what a rotation was asked for ("not permanently associated with the key until
// you perform the RotateKeyOnDemand action": same page).
func (r *ring) permanent() []material {
	if r.pending == nil || r.rotation.begun.IsZero() {
		return r.materials
	}
	return append(r.materials[:len(r.materials):len(r.materials)], *r.pending)
}

// associated says whether that material was imported before, into this key or a
// related one.
func (r *ring) associated(id string) bool {
	return r.of(id) != nil || r.pending != nil && r.pending.id == id
}

// pendingState is that of the material that the next rotation makes the current
// one: "imported into the primary Region key but not all of the replica Region keys"
// (API reference, RotationsListEntry, KeyMaterialState). That replicas tell the same
// as their primary key, and that those count which are pending deletion, is assumed.
func (k *key) pendingState() types.KeyMaterialState {
	if k.family == nil {
		return types.KeyMaterialStatePendingRotation
	}
	for _, m := range k.family.members {
		if m.external.copies[k.ring.pending.id] == nil {
			return types.KeyMaterialStatePendingMultiRegionImportAndRotation
		}
	}
	return types.KeyMaterialStatePendingRotation
}

// expiration is what DescribeKey says of a key's material: "the earliest time at
// which any imported key material permanently associated with this KMS key expires"
// (API reference, KeyMetadata, ValidTo), and nothing of a key that has none
// (recorded).
func (k *key) expiration() (model types.ExpirationModelType, validTo *time.Time) {
	for _, m := range k.ring.permanent() {
		c := k.external.copies[m.id]
		if c == nil {
			continue
		}
		if model == "" {
			model = types.ExpirationModelTypeKeyMaterialDoesNotExpire
		}
		if !c.validTo.IsZero() && (validTo == nil || c.validTo.Before(*validTo)) {
			model, validTo = types.ExpirationModelTypeKeyMaterialExpires, &c.validTo
		}
	}
	return model, validTo
}

// tellImport adds to what a listing says of material. That only material which is
// imported now has an expiration model is assumed, as for a key (recorded).
func (k *key) tellImport(e *types.RotationsListEntry) {
	if about := k.external.about[*e.KeyMaterialId]; about != "" {
		e.KeyMaterialDescription = &about
	}
	c := k.external.copies[*e.KeyMaterialId]
	switch {
	case c == nil:
		e.ImportState = types.ImportStatePendingImport
	case c.validTo.IsZero():
		e.ImportState, e.ExpirationModel = types.ImportStateImported, types.ExpirationModelTypeKeyMaterialDoesNotExpire
	default:
		e.ImportState, e.ExpirationModel, e.ValidTo = types.ImportStateImported, types.ExpirationModelTypeKeyMaterialExpires, &c.validTo
	}
}

// wrongOrigin refuses what a key's origin does not allow (recorded wording).
func wrongOrigin(k *key) error {
	return unsupported(k.arn.String() + " origin is " + string(k.kind.origin) + " which is not valid for this operation.")
}
