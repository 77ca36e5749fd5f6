package world

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"rekey/lab/wire"
)

// Perform runs one call of an operation: the faults ordered for it, what is
// due, the handler, the trail. The input is a pointer to the operation's Input
// type, decoded and validated. What the handler answers may point into its
// service's state, so render reads it before the lock is given back.
func (w *World) Perform(ctx context.Context, c *Call, op Operation, in any, render func(out any) error) error {
	if err := sleep(ctx, time.Duration(w.latency.Load())); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.unlock()
	w.Clock.settle(w.Clock.Now())
	c.World, c.Time = w, w.Clock.Now()
	c.Carries(in, nil)
	err := c.struck(ctx, outside, func() error {
		if err := c.rest(ctx); err != nil {
			return err
		}
		out, err := op.handler(c, in)
		if err == nil && c.unlocked != nil {
			err = w.without(func() error { return c.unlocked(ctx) })
		}
		if err != nil {
			return err
		}
		c.Carries(in, out)
		return render(out)
	})
	return cmp.Or(err, c.rest(ctx))
}

// rest waits, without the lock, for what a fault delayed the call by.
func (c *Call) rest(ctx context.Context) error {
	wait := c.wait
	if c.wait = 0; wait == 0 {
		return nil
	}
	err := c.World.without(func() error { return sleep(ctx, wait) })
	c.Time = c.World.Clock.Now()
	return err
}

// without runs do without the lock.
func (w *World) without(do func() error) error {
	w.unlocked++
	w.unlock()
	defer func() {
		w.mu.Lock()
		w.unlocked--
	}()
	return do()
}

// struck runs a call, unless it exceeds its quota, with the faults that are
// ordered for it.
func (c *Call) struck(ctx context.Context, from reach, do func() error) error {
	if c.World.meter.exceeded(c) {
		return c.run(func() error { return throttled(c.Service) })
	}
	c.orders = c.World.Faults.find(c.Service, c.Operation, from)
	if err := c.strike(""); err != nil {
		return c.run(func() error { return cmp.Or(c.rest(ctx), err) })
	}
	return c.run(do)
}

// Refuse writes a call into the trail that came to no operation, and gives the
// error back.
func (w *World) Refuse(c *Call, err error) error {
	w.mu.Lock()
	defer w.unlock()
	c.World, c.Time = w, w.Clock.Now()
	return c.run(func() error { return err })
}

// run calls do and writes the trail's entry. A fault that strikes after the
// call's effect strikes here, and gives what the caller is told instead.
func (c *Call) run(do func() error) error {
	err := do()
	told := err
	if err == nil && c.after != nil && c.World.Faults.use(c.after) {
		told = c.after.error(c.Service)
	}
	e := Entry{
		Time: c.Time, RequestID: c.RequestID, Service: c.Service, Operation: c.Operation,
		Region: c.Region, Caller: c.Caller, Via: c.Via, Within: c.Within, Decisions: c.decisions, Lost: told != nil && err == nil,
	}
	if told != nil {
		answer, modelled := answer(told)
		e.Error, e.Unknown = answer.Code, !modelled
	}
	c.World.Trail.add(e)
	if r := c.World.recorder; r != nil && !e.Unknown {
		r.Record(c, err)
	}
	c.in, c.out = nil, nil
	return told
}

// Answer is the error as the caller is told it. An error that is no API error is
// a fault of the lab itself, and its text is shown: nobody is served by hiding
// it.
func Answer(err error) *wire.Error {
	e, _ := answer(err)
	return e
}

// answer also says whether the answer is one that AWS gives: not what the lab
// lacks, where it failed, or what is too large for it.
func answer(err error) (e *wire.Error, modelled bool) {
	if e, ok := wire.FromAPIError(err); ok {
		return e, e.Status != http.StatusNotImplemented && e.Status != http.StatusRequestEntityTooLarge
	}
	e = InternalFailure()
	e.Message = "the lab failed: " + err.Error()
	return e, false
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return errors.New("the caller went away")
	}
}
