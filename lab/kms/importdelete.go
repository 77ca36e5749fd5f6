package kms

import (
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/world"
)

// deleteImportedKeyMaterial deletes the current material, or the one that is named.
// It does so whatever the key's state, but for the transient ones, and without effect
// where the material is not there (KMS Developer Guide, "Key states of AWS KMS
// keys"). How unknown material is refused is assumed.
func (s *Service) deleteImportedKeyMaterial(c *world.Call, in *kms.DeleteImportedKeyMaterialInput) (*kms.DeleteImportedKeyMaterialOutput, error) {
	t, err := s.ownCustomer(c, *in.KeyId)
	if err != nil {
		return nil, err
	}
	k := t.key
	if k.external == nil {
		return nil, wrongOrigin(k)
	}
	if err := k.settled(); err != nil {
		return nil, err
	}
	id := in.KeyMaterialId
	if current := k.ring.current(); id == nil && current != nil {
		id = &current.id
	}
	out := &kms.DeleteImportedKeyMaterialOutput{KeyId: new(t.arn.String())}
	if id == nil {
		return out, nil
	}
	if !k.ring.associated(*id) {
		return nil, notFound("Key material '" + *id + "' is not associated with " + k.arn.String())
	}
	if k.kind.symmetric() {
		out.KeyMaterialId = id
	}
	s.forget(k, *id)
	return out, nil
}

// expire deletes material whose time has come, and tells of it. That this is like
// deleting it, also of material that waits for its rotation, is assumed.
func (s *Service) expire(k *key, id string) {
	s.expired(k, id)
	s.forget(k, id)
}

// forget deletes material of a key. What was not to stay is gone, from the replicas
// too where it was the primary key's; without what was, the key is PendingImport,
// unless it is pending deletion (API reference, DeleteImportedKeyMaterial).
func (s *Service) forget(k *key, id string) {
	r := k.ring
	if waits := r.pending != nil && r.pending.id == id && r.rotation.begun.IsZero(); waits && k.lead() == k {
		r.pending = nil
		for _, m := range k.related() {
			m.lose(s, id)
			delete(m.external.about, id)
		}
		return
	}
	k.lose(s, id)
	if k.complete() {
		return
	}
	switch k.state {
	case types.KeyStateEnabled, types.KeyStateDisabled, types.KeyStateUpdating:
		k.state = types.KeyStatePendingImport
	}
}

// related are the keys that share the ring: the key itself, or its family.
func (k *key) related() []*key {
	if k.family == nil {
		return []*key{k}
	}
	return world.Sorted(k.family.members)
}

// lose takes a key's copy of material away, if it has one.
func (k *key) lose(s *Service, id string) {
	c := k.external.copies[id]
	if c == nil {
		return
	}
	s.world.Clock.Cancel(c.expiry)
	clear(c.secret)
	delete(k.external.copies, id)
}

// loseAll is for a key that is deleted.
func (k *key) loseAll(s *Service) {
	if k.external == nil {
		return
	}
	for id := range k.external.copies {
		k.lose(s, id)
	}
}
