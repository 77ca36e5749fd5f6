package rotate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"rekey/shared/awserr"
	"rekey/shared/journal"
	"rekey/shared/keyid"
)

// moves are the steps of the plan that move aliases.
func (j *Job) moves() []Step {
	var all []Step
	for _, s := range j.Plan.Steps {
		if s.Op == MoveAlias {
			all = append(all, s)
		}
	}
	return all
}

// errNoAlias: there is no such alias any more.
var errNoAlias = errors.New("the alias is gone")

// target gives the key that an alias points at.
func (r *Rotator) target(ctx context.Context, s Step) (keyid.ARN, error) {
	out, err := r.Writers(s.Region).DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: aws.String(string(s.Alias))})
	switch {
	case awserr.Classify(err) == awserr.NotFound:
		return keyid.ARN{}, errNoAlias
	case err != nil:
		return keyid.ARN{}, failed(err, fmt.Sprintf("look where %s in %s points", s.Alias, s.Region))
	}
	return keyid.ParseARN(aws.ToString(out.KeyMetadata.Arn))
}

// aliasesAreOurs refuses to begin, or to go on, where an alias points at a key that is
// neither the old one nor its successor.
func (w *work) aliasesAreOurs(ctx context.Context) error {
	old, next := w.job().Plan.Key, w.job().Successor
	for _, s := range w.job().moves() {
		at, err := w.target(ctx, s)
		switch {
		case errors.Is(err, errNoAlias):
		case err != nil:
			return err
		case at != old.In(s.Region) && at != next.In(s.Region):
			return elsewhere(s, at, old, next)
		}
	}
	return nil
}

func elsewhere(s Step, at, old, next keyid.ARN) error {
	return fmt.Errorf("move %s in %s: %w, %s, and was changed by nobody here: point it at %s or its successor %s, or take back what was done by rekey rotate rollback",
		s.Alias, s.Region, ErrAliasElsewhere, at, old.ID, next.ID)
}

// moveAlias moves an alias over to the successor.
func (w *work) moveAlias(ctx context.Context, s Step) (string, error) {
	old, next := w.job().Plan.Key.In(s.Region), w.job().Successor.In(s.Region)
	at, err := w.target(ctx, s)
	switch {
	case errors.Is(err, errNoAlias):
		w.note("%s in %s is gone: nothing was moved", s.Alias, s.Region)
		return "it is gone", nil
	case err != nil:
		return "", err
	case at == next && !w.turnedLately():
		return "", nil
	case at != old && at != next:
		return "", elsewhere(s, at, old, next)
	}
	if err := w.enabled(ctx, next); err != nil {
		return "", err
	}
	if err := w.policyHolds(ctx, s.Region); err != nil {
		return "", err
	}
	return "", w.point(ctx, s, next)
}

// turnedLately says whether the round before, which moved aliases the other way, did so
// until a moment ago: a look may then show an alias where it was before, so that it is
// moved wherever it seems to be.
func (w *work) turnedLately() bool {
	round := fmt.Sprintf("%d/", w.job().Round)
	return slices.ContainsFunc(w.run.Job().Steps, func(n journal.Step) bool {
		return !strings.HasPrefix(n.Name, round) && strings.Contains(n.Name, string(MoveAlias)) && w.Now().Sub(n.At) < settled
	})
}

// point lets an alias point at a key, and waits until it is seen to.
func (w *work) point(ctx context.Context, s Step, to keyid.ARN) error {
	if err := w.inTime(); err != nil {
		return err
	}
	_, err := w.Writers(s.Region).UpdateAlias(ctx, &kms.UpdateAliasInput{AliasName: aws.String(string(s.Alias)), TargetKeyId: aws.String(string(to.ID))})
	if err != nil {
		return failed(err, fmt.Sprintf("let %s in %s point at %s", s.Alias, s.Region, to.ID))
	}
	return w.until(ctx, fmt.Sprintf("that %s in %s points at %s", s.Alias, s.Region, to.ID), func(ctx context.Context) (bool, error) {
		at, err := w.target(ctx, s)
		return at == to, err
	})
}
