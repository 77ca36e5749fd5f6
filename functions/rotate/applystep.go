package rotate

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"rekey/shared/awserr"
	"rekey/shared/journal"
)

// forward does the steps that were planned, those that are done already left out.
func (w *work) forward(ctx context.Context) error {
	if err := w.mark(ctx, w.job().Plan.Key); err != nil {
		return err
	}
	if err := w.aliasesAreOurs(ctx); err != nil {
		return err
	}
	for i, s := range w.job().Plan.Steps {
		if s.Op == MoveAlias {
			w.job().Phase = Moving // which is written with the step's beginning
		}
		if err := w.step(ctx, fmt.Sprintf("%02d", i), s, w.way(s.Op)); err != nil {
			return err
		}
	}
	return w.end(ctx, Done)
}

// way is how a step is done. It looks before it writes, so that it can be done again,
// and gives what turned out otherwise than planned.
func (w *work) way(op Op) func(context.Context, Step) (note string, err error) {
	switch op {
	case EnableRotation:
		return w.enableRotation
	case RotateNow:
		return w.rotateNow
	case ImportMaterial:
		return w.importMaterial
	case CreateKey:
		return w.createKey
	case CreateGrant:
		return w.createGrant
	case Replicate:
		return w.replicate
	case TryKey:
		return w.tryKey
	case MoveAlias:
		return w.moveAlias
	case MarkOld:
		return w.markOld
	}
	return func(context.Context, Step) (string, error) {
		return "", fmt.Errorf("step %q: this version knows no such step: let a newer one go on", op)
	}
}

// step does a step, unless this round has done it, and has the journal know before
// and after.
func (w *work) step(ctx context.Context, number string, s Step, do func(context.Context, Step) (string, error)) error {
	name := fmt.Sprintf("%d/%s %s %s", w.job().Round, number, s.Op, s.Region)
	if w.run.Phase(name) == journal.Done {
		return nil
	}
	if err := w.timeLeft(ctx); err != nil {
		return err
	}
	if w.unsure = w.job().Unsure; s.once() && w.unsure.IsZero() {
		w.job().Unsure = w.Now().UTC() // which is written with the step's beginning
	}
	var note string
	err := w.run.Do(ctx, name, func(ctx context.Context) (err error) {
		note, err = do(ctx, s)
		return err
	})
	if err != nil {
		return err
	}
	done := Did{s.Op, s.Region, s.Alias, w.Now().UTC(), note}
	w.res.Steps = append(w.res.Steps, done)
	w.Log.LogAttrs(ctx, slog.LevelInfo, "done", slog.String("key", w.job().Plan.Key.String()), slog.String("step", done.String()),
		slog.String("successor", string(w.job().Successor.ID)))
	return nil
}

// once says whether the step makes a call that must not be made twice: a second
// CreateKey makes a second key, and rotations on demand are few.
func (s Step) once() bool { return s.Op == CreateKey || s.Op == RotateNow }

// certain is for a call that was to be made once: unless it may have taken effect
// although it failed, nothing is unsure any more.
func (w *work) certain(err error) {
	switch class := awserr.Classify(err); {
	case class.Retryable() && class != awserr.Throttled, class == awserr.Unknown:
		return
	}
	w.job().Unsure = time.Time{}
}

// again says that a call which was to be made once is made again: its first attempt
// has had the time to show, and does not.
func (w *work) again(ctx context.Context) error {
	if since := w.Now().Sub(w.unsure); since < settled {
		return fmt.Errorf("%w: whether the call of %s took effect shows after %s", ErrUnfinished, w.unsure.Format(time.RFC3339), settled)
	}
	w.job().Unsure = w.Now().UTC()
	return w.run.Renew(ctx)
}

// inTime refuses a call that must not be made late, when others have taken the job over
// or taken it back: a process may have been paused since its step began.
func (w *work) inTime() error {
	if w.run.Held() {
		return nil
	}
	return fmt.Errorf("%w: the lease of this one was over before the call", ErrUnfinished)
}

// end writes that there is nothing left to do.
func (w *work) end(ctx context.Context, p Phase) error {
	w.job().Phase, w.job().Ended = p, w.Now().UTC()
	if err := w.run.Renew(ctx); err != nil {
		return err
	}
	return w.unmark(ctx, w.job().Plan.Key)
}

// short says whether the time until the deadline is what is kept back for letting go.
func (r *Rotator) short(ctx context.Context) bool {
	reserve := r.Reserve
	if reserve == 0 {
		reserve = standardReserve
	}
	deadline, ok := ctx.Deadline()
	return ctx.Err() != nil || ok && deadline.Sub(r.Now()) < reserve
}

// timeLeft fails with ErrUnfinished where the time is short.
func (r *Rotator) timeLeft(ctx context.Context) error {
	if ctx.Err() == nil && r.short(ctx) {
		return fmt.Errorf("%w: the time of this one is over", ErrUnfinished)
	}
	return ctx.Err()
}

// until looks until something shows, for as long as patience lasts.
func (r *Rotator) until(ctx context.Context, what string, shows func(context.Context) (bool, error)) error {
	for waited := time.Duration(0); ; waited += pause {
		if ok, err := shows(ctx); ok || err != nil {
			return err
		}
		if waited >= patience {
			return fmt.Errorf("%w: %s, which does not show after %s", ErrUnfinished, what, waited)
		}
		if err := r.timeLeft(ctx); err != nil {
			return err
		}
		if err := r.Wait(ctx, pause); err != nil {
			return err
		}
	}
}

// settling makes a call on a key that was just made, which AWS KMS may not find yet.
func (r *Rotator) settling(ctx context.Context, what string, call func(context.Context) error) error {
	return r.until(ctx, what, func(ctx context.Context) (bool, error) {
		err := call(ctx)
		if awserr.Classify(err) == awserr.NotFound {
			return false, nil
		}
		return err == nil, err
	})
}
