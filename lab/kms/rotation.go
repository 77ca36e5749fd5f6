package kms

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/world"
)

// yearly is the standard period in days, and that of AWS managed keys (API
// reference, EnableKeyRotation).
const yearly = 365

// rotation is how a key's material is exchanged, by date and on demand.
type rotation struct {
	period   int32      // in days; 0: not by date
	next     time.Time  // the date of the next one
	due      *world.Due // what will be done then
	demanded int        // how many were begun on demand
	begun    time.Time  // since when one on demand is in progress
	ending   *world.Due // its end
}

// enableKeyRotation counts the period from the time of the call: the period is
// "the number of days after you enable automatic key rotation that KMS will
// rotate your key material" (API reference, EnableKeyRotation). That a call for
// a key that rotates already is such an enabling too, and sets the date anew, is
// assumed.
func (s *Service) enableKeyRotation(c *world.Call, in *kms.EnableKeyRotationInput) (*kms.EnableKeyRotationOutput, error) {
	period := int32(yearly)
	if in.RotationPeriodInDays != nil {
		period = *in.RotationPeriodInDays
	}
	// The condition key is assumed to have the default where the request has no
	// period.
	t, err := s.schedulable(c, *in.KeyId, map[string][]string{"kms:RotationPeriodInDays": {number(period)}})
	if err != nil {
		return nil, err
	}
	s.rotateEvery(t.key, period, c.Time)
	return &kms.EnableKeyRotationOutput{}, nil
}

// disableKeyRotation leaves a rotation on demand that is in progress alone (KMS
// Developer Guide, "Disable automatic key rotation").
func (s *Service) disableKeyRotation(c *world.Call, in *kms.DisableKeyRotationInput) (*kms.DisableKeyRotationOutput, error) {
	t, err := s.schedulable(c, *in.KeyId, nil)
	if err != nil {
		return nil, err
	}
	r := &t.key.ring.rotation
	s.world.Clock.Cancel(r.due)
	r.period, r.next, r.due = 0, time.Time{}, nil
	return &kms.DisableKeyRotationOutput{}, nil
}

// rotatable says why a key's rotation cannot be changed, or nil. The state is looked
// at before the kind of key (recorded for RotateKeyOnDemand, as is that the refusal
// has no message). Rotation is set, and begun, on the primary key only (KMS Developer
// Guide, "Rotating multi-Region keys"); how a replica is refused is assumed.
func (k *key) rotatable() error {
	if err := k.usable(); err != nil {
		return err
	}
	if !k.rotates() {
		return &types.UnsupportedOperationException{}
	}
	if k.family != nil {
		return notPrimary(k)
	}
	return nil
}

// schedulable finds a key that can rotate by date. One with imported material cannot,
// and is told so where it is pending import, and after its state where it is anything
// else (KMS Developer Guide, "Key states of AWS KMS keys", [6] and [7]).
func (s *Service) schedulable(c *world.Call, name string, more map[string][]string) (target, error) {
	t, err := s.ownCustomerIf(c, name, more)
	switch {
	case err != nil:
		return t, err
	case t.key.state == types.KeyStatePendingImport:
		return t, wrongOrigin(t.key)
	}
	if err := t.key.rotatable(); err != nil {
		return t, err
	}
	if t.key.external != nil {
		return t, wrongOrigin(t.key)
	}
	return t, nil
}

// rotates says whether KMS can exchange the key's material: that of a key in a
// custom key store is none of its own.
func (k *key) rotates() bool { return k.kind.symmetric() && k.store == nil }

// lead is the key that rotation goes by: of related multi-Region keys the
// primary one.
func (k *key) lead() *key {
	if k.family == nil {
		return k
	}
	return k.family.members[k.family.primary]
}

// rotateEvery begins automatic rotation.
func (s *Service) rotateEvery(k *key, period int32, now time.Time) {
	k.ring.rotation.period = period
	s.rotateAt(k, now.AddDate(0, 0, int(period)))
}

// rotateAt sets the date of the next automatic rotation. A key that cannot be
// used then is left until resume.
func (s *Service) rotateAt(k *key, at time.Time) {
	r := &k.ring.rotation
	s.world.Clock.Cancel(r.due)
	r.next = at
	r.due = s.world.Clock.At(at, func() {
		if lead := k.lead(); lead.usable() == nil {
			s.rotate(lead, types.RotationTypeAutomatic, at)
			s.rotateAt(k, at.AddDate(0, 0, int(r.period)))
		}
	})
}

// resume goes on with the automatic rotation of a key that was disabled: "If the
// key material in the re-enabled KMS key hasn't been rotated in one year, KMS
// rotates it immediately, and every year thereafter. If it's been less than a
// year since the key material in the re-enabled KMS key was rotated, the KMS key
// resumes its prior rotation schedule" (API reference, GetKeyRotationStatus).
// That it is the key's own period rather than the year is assumed, and that it is
// so too once a key is enabled whose deletion was cancelled.
func (s *Service) resume(k *key, now time.Time) {
	r := &k.ring.rotation
	if r.period == 0 || k.lead() != k {
		return
	}
	after := func(t time.Time) time.Time { return t.AddDate(0, 0, int(r.period)) }
	if !now.Before(after(k.ring.current().since)) {
		s.rotate(k, types.RotationTypeAutomatic, now)
		s.rotateAt(k, after(now))
		return
	}
	next := r.next
	for !next.After(now) {
		next = after(next)
	}
	s.rotateAt(k, next)
}

// rotate gives a key new material: what was imported for it, or what KMS makes.
func (s *Service) rotate(k *key, how types.RotationType, now time.Time) {
	r := k.ring
	before := r.current().id
	if next := r.pending; next != nil {
		next.since, next.how = now, how
		r.materials, r.pending = append(r.materials, *next), nil
	} else {
		r.materials = append(r.materials, s.newMaterial(k.kind, now, how))
	}
	s.rotated(k, before)
}

// getKeyRotationStatus tells of keys that are pending deletion that they do not
// rotate; a disabled key's status does not change (API reference,
// GetKeyRotationStatus). That an AWS managed key has a date and a period too is
// assumed, and that a replica has those of its primary key.
func (s *Service) getKeyRotationStatus(c *world.Call, in *kms.GetKeyRotationStatusInput) (*kms.GetKeyRotationStatusOutput, error) {
	t, err := s.own(c, *in.KeyId)
	if err != nil {
		return nil, err
	}
	if t.key.store != nil { // KMS Developer Guide, "Key states of AWS KMS keys", [7]
		return nil, &types.UnsupportedOperationException{}
	}
	r := t.key.ring.rotation
	out := &kms.GetKeyRotationStatusOutput{KeyId: new(string(t.arn.ID))}
	if !r.begun.IsZero() {
		out.OnDemandRotationStartDate = &r.begun
	}
	if r.period != 0 && t.key.notPending() == nil {
		out.KeyRotationEnabled, out.NextRotationDate, out.RotationPeriodInDays = true, &r.next, &r.period
	}
	return out, nil
}
