package world

import (
	"context"
	"errors"
	"time"

	"rekey/lab/wire"
)

// Perform runs one call of an operation: the faults ordered for it, what is
// due, the handler, the trail. The input is a pointer to the operation's Input
// type, decoded and validated. What the handler answers may point into its
// service's state, so render reads it before the lock is given back.
func (w *World) Perform(ctx context.Context, c *Call, op Operation, in any, render func(out any) error) error {
	c.World = w
	var out any
	fault := w.Faults.take(c.Service, c.Operation)
	wait := time.Duration(w.latency.Load())
	if fault != nil {
		wait += fault.Delay
	}
	if err := sleep(ctx, wait); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.Clock.settle(w.Clock.Now())
	c.Time = w.Clock.Now()
	err := c.run(func() (err error) {
		if fault != nil && !fault.DelayOnly && fault.When == Before {
			return fault.Error
		}
		out, err = op.handler(c, in)
		return err
	})
	if err == nil && fault != nil && !fault.DelayOnly && fault.When == After {
		w.Trail.markLost(fault.Error.Code)
		return fault.Error
	}
	if err != nil {
		return err
	}
	return render(out)
}

// Refuse writes a call into the trail that came to no operation, and gives the
// error back.
func (w *World) Refuse(c *Call, err error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	c.World, c.Time = w, w.Clock.Now()
	return c.run(func() error { return err })
}

// run calls do and writes the trail's entry.
func (c *Call) run(do func() error) error {
	err := do()
	e := Entry{
		Time: c.Time, RequestID: c.RequestID, Service: c.Service, Operation: c.Operation,
		Region: c.Region, Caller: c.Caller, Via: c.Via, Within: c.Within, Decisions: c.decisions,
	}
	if err != nil {
		answer := Answer(err)
		e.Error, e.Unknown = answer.Code, answer.Status == 501
	}
	c.World.Trail.add(e)
	return err
}

// Answer is the error as the caller is told it. An error that is no API error is
// a fault of the lab itself, and its text is shown: nobody is served by hiding
// it.
func Answer(err error) *wire.Error {
	if e, ok := wire.FromAPIError(err); ok {
		return e
	}
	e := InternalFailure()
	e.Message = "the lab failed: " + err.Error()
	return e
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
