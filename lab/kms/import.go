package kms

import (
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/world"
)

// longestImport is how far off an expiration may be (API reference,
// ImportKeyMaterial, ValidTo).
const longestImport = 365 * 24 * time.Hour

func (s *Service) importKeyMaterial(c *world.Call, in *kms.ImportKeyMaterialInput) (*kms.ImportKeyMaterialOutput, error) {
	conditions, err := expires(in, c.Time)
	if err != nil {
		return nil, err
	}
	t, err := s.importable(c, *in.KeyId, conditions)
	if err != nil {
		return nil, err
	}
	k := t.key
	if k.state == types.KeyStateCreating {
		return nil, k.settled()
	}
	isNew, err := k.importsNew(in)
	if err != nil {
		return nil, err
	}
	m, err := k.unwrap(in, c.Time)
	if err != nil {
		return nil, err
	}
	if err := k.admit(m.id, isNew, in.KeyMaterialId); err != nil {
		return nil, err
	}
	if isNew {
		k.ring.associate(m.id, c.Time)
	}
	s.keep(k, m, in)
	out := &kms.ImportKeyMaterialOutput{KeyId: new(t.arn.String())}
	if k.kind.symmetric() { // that other keys tell of none is assumed, as for DescribeKey
		out.KeyMaterialId = &m.id
	}
	return out, nil
}

// expires checks whether and when material is to expire, and gives the condition
// keys of it. The wordings but the first one, which is recorded, are assumed.
func expires(in *kms.ImportKeyMaterialInput, now time.Time) (map[string][]string, error) {
	model := in.ExpirationModel
	if model == "" {
		model = types.ExpirationModelTypeKeyMaterialExpires
	}
	conditions := map[string][]string{"kms:ExpirationModel": {string(model)}}
	if in.ValidTo != nil {
		conditions["kms:ValidTo"] = []string{strconv.FormatInt(in.ValidTo.Unix(), 10)}
	}
	switch ends := model == types.ExpirationModelTypeKeyMaterialExpires; {
	case ends && in.ValidTo == nil:
		return nil, invalid("A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES")
	case !ends && in.ValidTo != nil:
		return nil, invalid("A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE")
	case ends && !in.ValidTo.After(now):
		return nil, invalid("The validTo date must be in the future")
	case ends && in.ValidTo.After(now.Add(longestImport)):
		return nil, invalid("The validTo date must be within 365 days")
	}
	return conditions, nil
}

// importsNew says whether the material of a request is to be new to the key: it is
// by itself where the key never had any. A replica gets what its primary key has (API
// reference, ImportKeyMaterial, ImportType); how it is refused anything new is
// assumed, as is how keys are that have one material for good.
func (k *key) importsNew(in *kms.ImportKeyMaterialInput) (bool, error) {
	if !k.kind.symmetric() && (in.ImportType != "" || in.KeyMaterialId != nil || in.KeyMaterialDescription != nil) {
		return false, unsupported("ImportType, KeyMaterialId and KeyMaterialDescription are only supported for symmetric encryption keys.")
	}
	isNew := in.ImportType == types.ImportTypeNewKeyMaterial || in.ImportType == "" && len(k.ring.materials) == 0
	switch {
	case isNew && in.KeyMaterialId != nil: // assumed wording
		return false, invalid("KeyMaterialId cannot be specified if the ImportType is NEW_KEY_MATERIAL")
	case isNew && k.family != nil && !k.isPrimary():
		return false, unsupported("New key material must be imported into the primary key of " + k.arn.String() + " first.")
	}
	return isNew, nil
}

// unwrap takes the material out of a request: by the token, which is of this key,
// and of one wrapping key.
func (k *key) unwrap(in *kms.ImportKeyMaterialInput, now time.Time) (material, error) {
	o := k.external.offers[string(in.ImportToken)]
	switch {
	case o == nil:
		return material{}, &types.InvalidImportTokenException{}
	case now.After(o.validTo):
		return material{}, &types.ExpiredImportTokenException{}
	}
	plaintext, err := o.unwrap(in.EncryptedKeyMaterial)
	if err != nil {
		return material{}, err
	}
	m, err := k.kind.material(plaintext)
	m.id = importedID(k.arn.ID, m.secret)
	return m, err
}

// admit holds material against what the key has, and was told to have. The wordings
// but that of a second pending one, which is recorded, are assumed.
func (k *key) admit(id string, isNew bool, named *string) error {
	known := k.ring.associated(id)
	switch {
	case isNew && known:
		return incorrectMaterial("The key material is already associated with " + k.arn.String() + ".")
	case isNew && k.ring.pending != nil:
		return &types.KMSInvalidStateException{Message: new("New key material (id: " + id + ") cannot be imported into KMS key " + k.arn.String() +
			", because another key material (id: " + k.ring.pending.id + ") is pending rotation.")}
	case !isNew && !known:
		return incorrectMaterial("The key material is not associated with " + k.arn.String() + ".")
	case named != nil && *named != id:
		return incorrectMaterial("The key material is not that of the id " + *named + ".")
	}
	return nil
}

func incorrectMaterial(message string) error {
	return &types.IncorrectKeyMaterialException{Message: &message}
}

// associate adds new material to a ring: the first becomes the current one, any other
// waits for a rotation.
func (r *ring) associate(id string, now time.Time) {
	if len(r.materials) == 0 {
		r.materials = []material{{id: id, since: now}}
		return
	}
	r.pending = &material{id: id}
}

// keep puts a copy of material into a key, in place of the one that it has. "When
// this operation is successful, the state of the KMS key changes to Enabled", once it
// has all its material (API reference, ImportKeyMaterial); that this goes for a key
// that was disabled, too, is assumed.
func (s *Service) keep(k *key, m material, in *kms.ImportKeyMaterialInput) {
	k.lose(s, m.id)
	copied := &imported{material: m}
	k.external.copies[m.id] = copied
	if in.ValidTo != nil {
		copied.validTo = *in.ValidTo
		copied.expiry = s.world.Clock.At(copied.validTo, func() { s.expire(k, m.id) })
	}
	if in.KeyMaterialDescription != nil {
		k.external.about[m.id] = *in.KeyMaterialDescription
	}
	waits := []types.KeyState{types.KeyStatePendingImport, types.KeyStateDisabled}
	if k.complete() && slices.Contains(waits, k.state) {
		k.state = types.KeyStateEnabled
	}
}
