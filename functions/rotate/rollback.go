package rotate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/shared/awserr"
	"rekey/shared/keyid"
)

// Rollback takes back what was done for a key's successor, finished or not: every
// alias of the plan that points at the successor points at the old key again. The
// successor stays, and whatever is under it by now. Nothing is changed where the old
// key cannot be used.
func (r *Rotator) Rollback(ctx context.Context, old keyid.ARN) (Result, error) {
	return r.take(ctx, old, successorID(old), func(ctx context.Context, w *work) error {
		job := w.job()
		if err := w.canGoBack(ctx); err != nil {
			return err
		}
		if job.Phase != RollingBack {
			w.turn(RollingBack)
		}
		return w.back(ctx)
	})
}

// Again goes forward again with a key that was rolled back, to the successor that it
// has.
func (r *Rotator) Again(ctx context.Context, old keyid.ARN) (Result, error) {
	return r.take(ctx, old, successorID(old), func(ctx context.Context, w *work) error {
		switch w.job().Phase {
		case RollingBack, RolledBack:
			w.turn(Preparing)
		case Done:
			w.note("it was finished on %s", date(w.job().Ended))
			return nil
		}
		return w.forward(ctx)
	})
}

// turn begins another round of steps.
func (w *work) turn(p Phase) {
	job := w.job()
	job.Phase, job.Round = p, job.Round+1
	job.Ended = time.Time{}
}

// canGoBack refuses a way back to a key that cannot be used.
func (w *work) canGoBack(ctx context.Context) error {
	old, next := w.job().Plan.Key, w.job().Successor
	looked := map[keyid.Region]bool{}
	for _, s := range w.job().moves() {
		if looked[s.Region] {
			continue
		}
		at, err := w.target(ctx, s)
		switch {
		case errors.Is(err, errNoAlias):
			continue
		case err != nil:
			return err
		case at != next.In(s.Region):
			continue
		}
		looked[s.Region] = true
		if err := w.usable(ctx, old.In(s.Region)); err != nil {
			return err
		}
	}
	return nil
}

// usable refuses an old key that is not enabled.
func (w *work) usable(ctx context.Context, old keyid.ARN) error {
	out, err := w.Writers(old.Region).DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: aws.String(string(old.ID))})
	switch {
	case awserr.Classify(err) == awserr.NotFound:
		return fmt.Errorf("roll back to %s: %w: it does not exist any more", old, ErrOldKeyUnusable)
	case err != nil:
		return failed(err, "look at the old key "+old.String())
	}
	switch state := out.KeyMetadata.KeyState; state {
	case types.KeyStateEnabled:
		return nil
	case types.KeyStatePendingDeletion, types.KeyStatePendingReplicaDeletion:
		return fmt.Errorf("roll back to %s: %w: it waits for its deletion: cancel that and enable it (aws kms cancel-key-deletion, enable-key), then roll back", old, ErrOldKeyUnusable)
	case types.KeyStateDisabled:
		return fmt.Errorf("roll back to %s: %w: it is disabled: enable it (aws kms enable-key), then roll back", old, ErrOldKeyUnusable)
	default:
		return fmt.Errorf("roll back to %s: %w: it is %s: make it usable, then roll back", old, ErrOldKeyUnusable, state)
	}
}

// back moves the aliases back, the last one first, and takes the old key's mark off.
func (w *work) back(ctx context.Context) error {
	if err := w.mark(ctx, w.job().Plan.Key); err != nil {
		return err
	}
	moves := w.job().moves()
	slices.Reverse(moves)
	for i, s := range moves {
		if err := w.step(ctx, fmt.Sprintf("back %02d", i), s, w.moveBack); err != nil {
			return err
		}
	}
	if err := w.step(ctx, "back", Step{Op: UnmarkOld, Region: w.job().Plan.Key.Region}, w.unmarkOld); err != nil {
		return err
	}
	if next := w.job().Successor; next != (keyid.ARN{}) {
		w.note("the successor %s stays, for what may be under it, and for going forward again", next)
	}
	return w.end(ctx, RolledBack)
}

// moveBack moves an alias back to the old key, unless it is not at the successor:
// then somebody has chosen where it is to be.
func (w *work) moveBack(ctx context.Context, s Step) (string, error) {
	old, next := w.job().Plan.Key.In(s.Region), w.job().Successor.In(s.Region)
	at, err := w.target(ctx, s)
	switch {
	case errors.Is(err, errNoAlias):
		w.note("%s in %s is gone: nothing was moved", s.Alias, s.Region)
		return "it is gone", nil
	case err != nil:
		return "", err
	case at == old && !w.turnedLately():
		return "", nil
	case at != old && at != next:
		w.note("%s in %s points at %s, which is neither the old key nor its successor: it was left there", s.Alias, s.Region, at)
		return "it points at another key, " + at.String(), nil
	}
	if err := w.usable(ctx, old); err != nil {
		return "", err
	}
	return "", w.point(ctx, s, old)
}

// unmarkOld takes off what says that the old key has a successor. "If the specified
// tag key isn't found on the KMS key, it doesn't throw an exception" (API reference,
// UntagResource).
func (w *work) unmarkOld(ctx context.Context, s Step) (string, error) {
	old := w.job().Plan.Key
	_, err := w.Writers(s.Region).UntagResource(ctx, &kms.UntagResourceInput{KeyId: aws.String(string(old.ID)), TagKeys: []string{TagSucceededBy}})
	return "", failed(err, "take the tag "+TagSucceededBy+" off "+old.String())
}
