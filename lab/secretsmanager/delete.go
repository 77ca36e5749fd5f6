package secretsmanager

import (
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"rekey/lab/world"
)

// forcedDelay is how long a secret that is deleted without recovery still
// holds its name. AWS deletes it in the background and gives no time; a caller
// must be prepared to wait (API reference, DeleteSecret).
const forcedDelay = 10 * time.Second

// deleteSecret marks a secret for deletion, which takes place as soon as the
// recovery window ends; AWS only says not before.
func (s *Service) deleteSecret(c *world.Call, in *secretsmanager.DeleteSecretInput) (*secretsmanager.DeleteSecretOutput, error) {
	days, forced, err := window(in)
	if err != nil {
		return nil, err
	}
	t, err := s.find(c, *in.SecretId)
	if err != nil {
		return nil, err
	}
	if err := s.authorize(c, t, deleteConditions(in)); err != nil {
		return nil, err
	}
	if err := t.lonely(); err != nil {
		return nil, err
	}
	if forced {
		return s.forceDelete(c, t), nil
	}
	if t.secret == nil {
		return nil, notFound(".")
	}
	// Recorded for other operations; that a second deletion is refused in the
	// same words is assumed.
	if err := t.notMarked(); err != nil {
		return nil, err
	}
	at := c.Time.AddDate(0, 0, days)
	s.mark(t.secret, c.Time, at)
	return &secretsmanager.DeleteSecretOutput{ARN: &t.secret.arn, Name: &t.name, DeletionDate: &at}, nil
}

// window reads the recovery window in days. The wording is not recorded.
func window(in *secretsmanager.DeleteSecretInput) (days int, forced bool, err error) {
	forced = in.ForceDeleteWithoutRecovery != nil && *in.ForceDeleteWithoutRecovery
	switch d := in.RecoveryWindowInDays; {
	case d == nil:
		return 30, forced, nil
	case forced:
		return 0, false, invalidParameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.")
	case *d < 7 || *d > 30:
		return 0, false, invalidParameter("The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).")
	default:
		return int(*d), false, nil
	}
}

func deleteConditions(in *secretsmanager.DeleteSecretInput) map[string][]string {
	ctx := map[string][]string{}
	if in.ForceDeleteWithoutRecovery != nil {
		ctx["secretsmanager:ForceDeleteWithoutRecovery"] = []string{strconv.FormatBool(*in.ForceDeleteWithoutRecovery)}
	}
	if in.RecoveryWindowInDays != nil {
		ctx["secretsmanager:RecoveryWindowInDays"] = []string{strconv.FormatInt(*in.RecoveryWindowInDays, 10)}
	}
	return ctx
}

// forceDelete also succeeds for a secret that is marked already (recorded) or
// does not exist (API reference); what the answer has for its ARN and name then
// is assumed to be what the request had.
func (s *Service) forceDelete(c *world.Call, t target) *secretsmanager.DeleteSecretOutput {
	if t.secret == nil {
		return &secretsmanager.DeleteSecretOutput{ARN: &t.arn, Name: &t.given, DeletionDate: new(c.Time)}
	}
	t.forced = true
	s.mark(t.secret, c.Time, c.Time.Add(forcedDelay))
	return &secretsmanager.DeleteSecretOutput{ARN: &t.secret.arn, Name: &t.name, DeletionDate: new(c.Time)}
}

// mark has the clock delete the secret, unless by then it was restored, or
// marked anew.
func (s *Service) mark(x *secret, now, at time.Time) {
	x.deletion, x.changed = at, now
	s.world.Clock.Cancel(x.due)
	x.due = s.world.Clock.At(at, func() {
		if x.deletion.Equal(at) && s.here(x.owner)[x.name] == x {
			delete(s.here(x.owner), x.name)
		}
	})
}

// restoreSecret takes the mark away. That it succeeds for a secret without one
// is assumed. What was deleted without recovery has none (API reference,
// DeleteSecret).
func (s *Service) restoreSecret(c *world.Call, in *secretsmanager.RestoreSecretInput) (*secretsmanager.RestoreSecretOutput, error) {
	t, err := s.existing(c, *in.SecretId, nil)
	if err != nil {
		return nil, err
	}
	if err := t.notReplica(); err != nil {
		return nil, err
	}
	if t.forced {
		return nil, t.notMarked()
	}
	if !t.deletion.IsZero() {
		s.world.Clock.Cancel(t.due)
		t.deletion, t.changed = time.Time{}, c.Time
	}
	return &secretsmanager.RestoreSecretOutput{ARN: &t.secret.arn, Name: &t.name}, nil
}
