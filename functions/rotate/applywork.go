package rotate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rekey/shared/awserr"
	"rekey/shared/journal"
	"rekey/shared/keyid"
)

// work is what one invocation does at one job.
type work struct {
	*Rotator
	run *journal.Run[Job]
	res Result
	// unsure is Job.Unsure as it was before the present step.
	unsure time.Time
}

// begin holds the job of that id, which it makes where there is none, does something
// with it, and lets it go.
func (r *Rotator) begin(ctx context.Context, id string, job Job, do func(context.Context, *work) error) (Result, error) {
	jobs := r.jobs()
	run, err := jobs.Start(ctx, id, job)
	if errors.Is(err, journal.ErrExists) {
		run, err = jobs.Take(ctx, id)
	}
	return r.with(ctx, job.Plan.Key, run, err, do)
}

// take is begin for a job that is there.
func (r *Rotator) take(ctx context.Context, key keyid.ARN, id string, do func(context.Context, *work) error) (Result, error) {
	run, err := r.jobs().Take(ctx, id)
	if errors.Is(err, journal.ErrNotFound) {
		err = fmt.Errorf("%w: %w", ErrNoJob, err)
	}
	return r.with(ctx, key, run, err, do)
}

// with works at a job that is held, or was to be.
func (r *Rotator) with(ctx context.Context, key keyid.ARN, run *journal.Run[Job], err error, do func(context.Context, *work) error) (Result, error) {
	w := &work{Rotator: r, run: run, res: Result{Key: key}}
	if err != nil {
		return w.ending(ctx, fmt.Errorf("take the job of %s: %w", key, err))
	}
	w.res.Plan = run.State.Plan
	err = do(ctx, w)
	w.res.Successor = run.State.Successor
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	if failure := run.Release(after); failure != nil && !errors.Is(failure, journal.ErrConflict) {
		w.note("the job could not be let go, so nobody goes on with it until its lease is over: %v", failure)
	}
	if err == nil && run.State.Phase == Done && run.State.Plan.Way == Successor {
		w.remains(ctx)
	}
	return w.ending(ctx, err)
}

// ending says what an error means for the whole.
func (w *work) ending(ctx context.Context, err error) (Result, error) {
	var held *journal.HeldError
	switch {
	case err == nil:
		w.res.Ending = Finished
	case errors.As(err, &held), errors.Is(err, journal.ErrConflict):
		w.res.Ending, err = HeldByOther, fmt.Errorf("%w: %w", ErrHeld, err)
	case passes(ctx, err):
		w.res.Ending = Unfinished
		if !errors.Is(err, ErrUnfinished) {
			err = fmt.Errorf("%w: %w", ErrUnfinished, err)
		}
	default:
		w.res.Ending, err = Failed, withNext(err)
	}
	return w.res, err
}

// passes says whether trying again later may help although nobody changes anything.
func passes(ctx context.Context, err error) bool {
	return errors.Is(err, ErrUnfinished) || ctx.Err() != nil || awserr.Classify(err).Retryable()
}

func (w *work) job() *Job { return &w.run.State }

func (w *work) note(format string, a ...any) {
	w.res.Notes = append(w.res.Notes, fmt.Sprintf(format, a...))
}

// succeed goes on with a successor, in the direction that the job has.
func (w *work) succeed(ctx context.Context) error {
	switch job := w.job(); {
	case job.Phase == RollingBack:
		return w.back(ctx)
	case job.Phase == RolledBack:
		return fmt.Errorf("apply the plan for %s: %w on %s", job.Plan.Key, ErrRolledBack, date(job.Ended))
	case job.Phase == Done:
		w.note("another invocation has finished it on %s", date(job.Ended))
		return nil
	}
	return w.forward(ctx)
}

// remains reads what still uses the old key. The job has ended by then: what cannot be
// read is told, and keeps nothing from being done.
func (w *work) remains(ctx context.Context) {
	job := w.job()
	var err error
	if w.res.Residue, err = w.Residue(ctx, job.Plan.Key, job.Successor, job.Ended); err != nil {
		w.note("what still uses the old key could not be read: %v", err)
	}
}

// inPlace rotates in place: it goes on with what is unfinished, or begins anew. next
// is what to begin; without a plan, as when it only goes on, nothing.
func (w *work) inPlace(ctx context.Context, next Job) error {
	job := w.job()
	if job.Phase.Ended() {
		if next.Plan.Key == (keyid.ARN{}) {
			return nil
		}
		next.Round, next.Unsure = job.Round+1, job.Unsure
		*job = next
		w.run.Forget() // the rounds before: a record lasts as long as its key
		w.res.Plan = job.Plan
	}
	err := w.forward(ctx)
	if err == nil || passes(ctx, err) || errors.Is(err, journal.ErrConflict) {
		return err
	}
	return errors.Join(err, w.end(ctx, Abandoned))
}
