package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Jobs starts jobs and takes them over, for one holder.
type Jobs[T any] struct {
	Store Store[Job[T]]
	// Holder names who works, for people and for nobody else: with the function's
	// name and the request's id. It gives no right to a job; only a Run does.
	Holder string
	// Lease is how long a job is held after each write. It must be longer than any
	// step takes, or the step calls Renew meanwhile.
	Lease time.Duration
	Now   func() time.Time
}

// Run is a job that is held. It is for one goroutine.
type Run[T any] struct {
	ID string
	// State is written as it is with whatever is written next, a failure too.
	State T

	jobs  *Jobs[T]
	entry Entry[Job[T]]
}

// ErrNotHeld: the job was finished or released by this run.
var ErrNotHeld = errors.New("the job is not held any more")

// Start makes a job and holds it. ErrExists says that there is one of that id,
// which Take can go on with:
//
//	run, err := jobs.Start(ctx, id, state)
//	if errors.Is(err, journal.ErrExists) {
//		run, err = jobs.Take(ctx, id)
//	}
func (j *Jobs[T]) Start(ctx context.Context, id string, state T) (*Run[T], error) {
	if err := j.check(); err != nil {
		return nil, err
	}
	now := j.Now().UTC()
	e, err := j.Store.Create(ctx, id, Job[T]{Created: now, Lease: j.lease(now), State: state, Steps: []Step{}})
	if err != nil {
		return nil, err
	}
	return &Run[T]{ID: id, State: e.Record.State, jobs: j, entry: e}, nil
}

// Take holds a job that nobody holds any more. It fails with a *HeldError where
// somebody does, whoever that is; with ErrFinished where there is nothing left to
// do; and with ErrConflict where another one takes it at the same time.
func (j *Jobs[T]) Take(ctx context.Context, id string) (*Run[T], error) {
	if err := j.check(); err != nil {
		return nil, err
	}
	e, err := j.Store.Load(ctx, id)
	if err != nil {
		return nil, err
	}
	now := j.Now().UTC()
	switch {
	case e.Record.Finished != nil:
		return nil, fmt.Errorf("journal: take job %s: %w", id, ErrFinished)
	case e.Record.held(now):
		return nil, &HeldError{id, e.Record.Lease.Holder, e.Record.Lease.Until}
	}
	job := e.Record
	job.Lease = j.lease(now)
	if e, err = j.Store.Update(ctx, e, job); err != nil {
		return nil, err
	}
	return &Run[T]{ID: id, State: e.Record.State, jobs: j, entry: e}, nil
}

func (j *Jobs[T]) check() error {
	if j.Holder == "" || j.Lease <= 0 || j.Now == nil {
		return errors.New("journal: jobs need a holder, a lease and a clock")
	}
	return nil
}

func (j *Jobs[T]) lease(now time.Time) *Lease { return &Lease{j.Holder, now.Add(j.Lease)} }

// Job gives the job as it was last written. It is not to be changed.
func (r *Run[T]) Job() Job[T] { return r.entry.Record }

// Phase gives what was last noted of a step.
func (r *Run[T]) Phase(step string) Phase { return r.entry.Record.Phase(step) }

// Held says that nobody else can hold the job by now: to be asked right before a call
// that does harm if it is made late, as by a process that was paused.
func (r *Run[T]) Held() bool { return r.entry.Record.held(r.jobs.Now()) }

// Begin notes that a step is about to be done. It may have been begun before, or
// have failed, but not be done. What was noted of it before goes: a step that fails
// for months must not fill the record, or nobody could ever go on.
func (r *Run[T]) Begin(ctx context.Context, step string) error {
	switch {
	case step == "" || len(step) > NameLimit:
		return r.wrong(step, fmt.Sprintf("a step's name has 1 to %d bytes", NameLimit))
	case r.Phase(step) == Done:
		return r.wrong(step, "it is done")
	}
	return r.write(ctx, func(j *Job[T], now time.Time) {
		others := slices.DeleteFunc(slices.Clone(j.Steps), func(s Step) bool { return s.Name == step })
		j.Steps = append(others, Step{step, Begun, now, ""})
	})
}

// Forget drops what was noted of all steps, with the next write: for work that begins
// anew under the same id, for years.
func (r *Run[T]) Forget() { r.entry.Record.Steps = []Step{} }

// Done notes that a step that was begun is done.
func (r *Run[T]) Done(ctx context.Context, step, detail string) error {
	if r.Phase(step) != Begun {
		return r.wrong(step, "it is done, and was not begun")
	}
	return r.note(ctx, step, Done, detail)
}

// Failed notes why a step that was begun did not succeed. The reason's text is
// kept for people to read.
func (r *Run[T]) Failed(ctx context.Context, step string, reason error) error {
	if r.Phase(step) != Begun {
		return r.wrong(step, "it failed, and was not begun")
	}
	return r.note(ctx, step, Failed, reason.Error())
}

// Do does a step with call, unless it is done already, and notes it before and
// after; what came of the call is noted also when ctx is over. The call has to bear
// being made again, and late: see the package's doc.
func (r *Run[T]) Do(ctx context.Context, step string, call func(context.Context) error) error {
	if r.Phase(step) == Done {
		return nil
	}
	if err := r.Begin(ctx, step); err != nil {
		return err
	}
	failure := call(ctx)
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookBack)
	defer cancel()
	if failure != nil {
		return errors.Join(failure, r.Failed(after, step, failure))
	}
	return r.Done(after, step, "")
}

// Renew holds the job for another lease, and writes the state. Every other write
// does so too.
func (r *Run[T]) Renew(ctx context.Context) error {
	return r.write(ctx, func(*Job[T], time.Time) {})
}

// Release lets others take the job at once: what is left is for the next
// invocation.
func (r *Run[T]) Release(ctx context.Context) error {
	return r.write(ctx, func(j *Job[T], _ time.Time) { j.Lease = nil })
}

// Finish notes that there is nothing left to do. Nobody can take the job any more.
func (r *Run[T]) Finish(ctx context.Context) error {
	return r.write(ctx, func(j *Job[T], now time.Time) { j.Lease, j.Finished = nil, &now })
}

func (r *Run[T]) wrong(step, why string) error {
	return fmt.Errorf("journal: job %s, step %q: %w: %s", r.ID, step, ErrStep, why)
}

func (r *Run[T]) note(ctx context.Context, step string, p Phase, detail string) error {
	return r.write(ctx, func(j *Job[T], now time.Time) {
		j.Steps = append(slices.Clip(j.Steps), Step{step, p, now, shortened(detail)})
	})
}

// write writes the job with a change. Where that fails, the run is as it was
// before: with the same ETag it can try again, and that succeeds unless the record
// is another one by then.
func (r *Run[T]) write(ctx context.Context, change func(*Job[T], time.Time)) error {
	job := r.entry.Record
	if job.Lease == nil {
		return fmt.Errorf("journal: job %s: %w", r.ID, ErrNotHeld)
	}
	now := r.jobs.Now().UTC()
	job.State, job.Lease = r.State, r.jobs.lease(now)
	change(&job, now)
	e, err := r.jobs.Store.Update(ctx, r.entry, job)
	if err != nil {
		return err
	}
	r.entry = e
	return nil
}
