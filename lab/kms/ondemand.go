package kms

import (
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/world"
)

const (
	// onDemandLimit is how often a key can be rotated on demand in its life (API
	// reference, RotateKeyOnDemand).
	onDemandLimit = 25
	// closeBy is how near a date is for which a rotation on demand is refused (API
	// reference, ConflictException).
	closeBy = 20 * time.Minute
)

// rotateKeyOnDemand begins a rotation, which takes some seconds (recorded: less
// than ten) and does not change the dates of automatic rotation. Until its end
// the old material encrypts: "AWS KMS does not encrypt any data with the new key
// material until that key material is available in the primary key and every one
// of its replica keys" (KMS Developer Guide, "Rotating multi-Region keys").
func (s *Service) rotateKeyOnDemand(c *world.Call, in *kms.RotateKeyOnDemandInput) (*kms.RotateKeyOnDemandOutput, error) {
	t, err := s.ownCustomer(c, *in.KeyId)
	if err != nil {
		return nil, err
	}
	k, r := t.key, &t.key.ring.rotation
	if err := k.rotatable(); err != nil {
		return nil, err
	}
	if err := k.roomForRotation(c.Time); err != nil {
		return nil, err
	}
	if err := k.readyForRotation(); err != nil {
		return nil, err
	}
	r.demanded++
	r.begun = c.Time
	r.ending = s.world.Clock.After(settling, func() {
		r.begun = time.Time{}
		s.rotate(k.lead(), types.RotationTypeOnDemand, s.world.Clock.Now())
	})
	return &kms.RotateKeyOnDemandOutput{KeyId: new(t.arn.String())}, nil
}

// roomForRotation refuses one rotation too many (recorded wording), and one that
// another is in the way of: an automatic one (API reference, ConflictException;
// its wording is assumed), or, which is assumed, one on demand.
func (k *key) roomForRotation(now time.Time) error {
	r := k.ring.rotation
	switch {
	case r.demanded >= onDemandLimit:
		return &types.LimitExceededException{Message: new("The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: " + k.arn.String())}
	case !r.begun.IsZero():
		return &types.ConflictException{Message: new("An on-demand rotation of " + k.arn.String() + " is already in progress.")}
	case r.period != 0 && r.next.Sub(now) <= closeBy:
		return &types.ConflictException{Message: new("An automatic rotation of " + k.arn.String() + " is in progress or scheduled to begin within the next 20 minutes.")}
	}
	return nil
}

// readyForRotation refuses a key whose material is imported, and none that is new was
// (recorded wording), or not into all its replicas ("that key material's state should
// be PENDING_ROTATION": API reference, RotateKeyOnDemand; its wording is assumed).
func (k *key) readyForRotation() error {
	switch {
	case k.external == nil:
		return nil
	case k.ring.pending == nil:
		return &types.KMSInvalidStateException{Message: new("No available key material pending rotation for the key: " + k.arn.String() + ".")}
	case k.pendingState() != types.KeyMaterialStatePendingRotation:
		return &types.KMSInvalidStateException{Message: new("The key material pending rotation for the key: " + k.arn.String() + " is not imported into all replica keys.")}
	}
	return nil
}

// listKeyRotations tells of completed rotations, oldest first (AWS CLI Command
// Reference, list-key-rotations, example), and with ALL_KEY_MATERIAL of the first
// material too, and of what is to become the current one (API reference, ListKeyRotations).
func (s *Service) listKeyRotations(c *world.Call, in *kms.ListKeyRotationsInput) (*kms.ListKeyRotationsOutput, error) {
	t, err := s.own(c, *in.KeyId)
	if err != nil {
		return nil, err
	}
	// "This parameter can only be used with KMS keys that support automatic or
	// on-demand key rotation" (API reference, ListKeyRotations, IncludeKeyMaterial;
	// its code, and that others have no rotations, are assumed).
	if in.IncludeKeyMaterial != "" && !t.key.rotates() {
		return nil, &types.UnsupportedOperationException{}
	}
	r := t.key.ring
	all := slices.Clone(r.materials)
	switch whole := in.IncludeKeyMaterial == types.IncludeKeyMaterialAllKeyMaterial; {
	case !whole && len(all) > 0:
		all = all[1:]
	case whole && r.pending != nil:
		all = append(all, *r.pending)
	}
	some, next, err := page(c, all, func(m material) string { return m.id }, in.Marker, in.Limit, 100)
	if err != nil {
		return nil, err
	}
	out := &kms.ListKeyRotationsOutput{Rotations: []types.RotationsListEntry{}, NextMarker: next, Truncated: next != nil}
	for _, m := range some {
		out.Rotations = append(out.Rotations, t.key.told(m))
	}
	return out, nil
}

// told is what a listing says of material: "RotationDate ... is not present for
// the first key material", nor is the type, nor are they for what has not been rotated
// to (API reference, RotationsListEntry).
func (k *key) told(m material) types.RotationsListEntry {
	e := types.RotationsListEntry{
		KeyId: new(string(k.arn.ID)), KeyMaterialId: &m.id, KeyMaterialState: types.KeyMaterialStateNonCurrent, RotationType: m.how,
	}
	switch {
	case m.id == k.ring.current().id:
		e.KeyMaterialState = types.KeyMaterialStateCurrent
	case k.ring.of(m.id) == nil:
		e.KeyMaterialState = k.pendingState()
	}
	if m.how != "" {
		e.RotationDate = &m.since
	}
	if k.external != nil {
		k.tellImport(&e)
	}
	return e
}
