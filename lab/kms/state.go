package kms

import (
	"cmp"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/world"
)

func (s *Service) enableKey(c *world.Call, in *kms.EnableKeyInput) (*kms.EnableKeyOutput, error) {
	return &kms.EnableKeyOutput{}, s.setState(c, *in.KeyId, types.KeyStateEnabled)
}

func (s *Service) disableKey(c *world.Call, in *kms.DisableKeyInput) (*kms.DisableKeyOutput, error) {
	return &kms.DisableKeyOutput{}, s.setState(c, *in.KeyId, types.KeyStateDisabled)
}

func (s *Service) setState(c *world.Call, name string, to types.KeyState) error {
	t, err := s.ownCustomer(c, name)
	if err != nil {
		return err
	}
	if err := cmp.Or(t.key.notPending(), t.key.settled()); err != nil {
		return err
	}
	if t.key.state == types.KeyStatePendingImport {
		return t.key.usable()
	}
	was := t.key.state
	t.key.state = to
	if was == types.KeyStateDisabled && to == types.KeyStateEnabled {
		s.resume(t.key, c.Time)
	}
	return nil
}

// scheduleKeyDeletion starts the waiting period, 30 days unless the request
// says 7 to 30 (API reference, ScheduleKeyDeletion). At its end the key and
// its aliases are gone.
func (s *Service) scheduleKeyDeletion(c *world.Call, in *kms.ScheduleKeyDeletionInput) (*kms.ScheduleKeyDeletionOutput, error) {
	days := int32(30)
	if in.PendingWindowInDays != nil {
		days = *in.PendingWindowInDays
	}
	if days < 7 || days > 30 {
		return nil, invalid("PendingWindowInDays must be between 7 and 30 days inclusive")
	}
	// The condition key is assumed to have the default where the request has no
	// window.
	t, err := s.ownCustomerIf(c, *in.KeyId, map[string][]string{"kms:ScheduleKeyDeletionPendingWindowInDays": {number(days)}})
	if err != nil {
		return nil, err
	}
	k := t.key
	if err := k.notPending(); err != nil {
		return nil, err
	}
	if k.state == types.KeyStateUpdating { // a key that is Creating can be scheduled: same table
		return nil, k.settled()
	}
	k.window = days
	out := &kms.ScheduleKeyDeletionOutput{KeyId: new(k.arn.String()), PendingWindowInDays: &days}
	if k.isPrimary() && len(k.family.replicas()) > 0 {
		k.state = types.KeyStatePendingReplicaDeletion
	} else {
		s.await(k, c.Time)
		out.DeletionDate = &k.deletion
	}
	out.KeyState = k.state
	return out, nil
}

// await begins the waiting period.
func (s *Service) await(k *key, now time.Time) {
	at := now.AddDate(0, 0, int(k.window))
	k.state, k.deletion = types.KeyStatePendingDeletion, at
	k.due = s.world.Clock.At(at, func() { s.destroy(k, at) })
}

// destroy removes the key, unless its deletion was cancelled, or scheduled
// anew, in the meantime.
func (s *Service) destroy(k *key, at time.Time) {
	if k.state != types.KeyStatePendingDeletion || !k.deletion.Equal(at) {
		return
	}
	r := s.here(home{k.arn.Account, k.arn.Region})
	delete(r.keys, k.arn.ID)
	for _, a := range r.named[k.arn.ID] {
		delete(r.aliases, a.name)
	}
	delete(r.named, k.arn.ID)
	s.gone[k.arn] = k.ring.ids()
	k.grants = grants{}
	k.loseAll(s)
	s.leave(k)
	if k.family == nil || len(k.family.members) == 0 { // the others go on with it
		s.world.Clock.Cancel(k.ring.rotation.due)
		s.world.Clock.Cancel(k.ring.rotation.ending)
		k.ring.destroy()
	}
	s.deleted(k)
}

// cancelKeyDeletion leaves the key Disabled (API reference, CancelKeyDeletion). That
// it is PendingImport again where it has not all its material is assumed: a disabled
// key can be enabled.
func (s *Service) cancelKeyDeletion(c *world.Call, in *kms.CancelKeyDeletionInput) (*kms.CancelKeyDeletionOutput, error) {
	t, err := s.ownCustomer(c, *in.KeyId)
	if err != nil {
		return nil, err
	}
	if t.key.notPending() == nil {
		return nil, &types.KMSInvalidStateException{Message: new(t.arn.String() + " is not pending deletion.")}
	}
	s.world.Clock.Cancel(t.key.due)
	t.key.state = types.KeyStateDisabled
	if !t.key.complete() {
		t.key.state = types.KeyStatePendingImport
	}
	return &kms.CancelKeyDeletionOutput{KeyId: new(t.arn.String())}, nil
}
