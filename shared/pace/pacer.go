package pace

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"
)

// Clock tells the time and waits. Tests have their own.
type Clock interface {
	Now() time.Time
	// Sleep waits for d, or until ctx is done, and then gives its error.
	Sleep(ctx context.Context, d time.Duration) error
}

// Wall is the clock of the machine.
var Wall Clock = wall{}

type wall struct{}

func (wall) Now() time.Time { return time.Now() }

func (wall) Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ErrTooLate is what Wait gives when the context ends before it would be the
// call's turn. No turn was taken.
var ErrTooLate = errors.New("the context ends before the quota allows another call")

// How a pacer answers throttling. Each is of the rate that it was made for.
const (
	floor    = 1.0 / 32 // no slower than that, so that it finds out when it is over
	recovery = 1.0 / 32 // what a second gives back at the end of which a call succeeds
)

// burst is how much unused time counts.
const burst = 100 * time.Millisecond

// Settle is how long a pacer waits after it has halved its rate before it halves
// it again: the calls that were under way are throttled too, and all of them say
// the same.
const Settle = time.Second

// Pacer lets calls through at a rate.
type Pacer struct {
	clock Clock
	full  float64 // calls a second, as long as nothing is throttled
	burst time.Duration

	mu     sync.Mutex
	rate   float64   // calls a second now
	free   time.Time // when the next call may go
	halved time.Time // when rate was last halved
	raised time.Time // when rate was last changed
}

// New gives a pacer of so many calls a second. After a pause it lets a tenth of a
// second's calls through at once, where that is a call at least.
func New(perSecond float64, clock Clock) (*Pacer, error) {
	if !(perSecond > 0) || math.IsInf(perSecond, 0) {
		return nil, fmt.Errorf("pace: a rate of %v calls a second", perSecond)
	}
	p := &Pacer{clock: clock, full: perSecond, rate: perSecond}
	if perSecond*burst.Seconds() >= 1 {
		p.burst = burst
	}
	return p, nil
}

// Wait returns when it is the caller's turn, in the order of the calls of Wait. It
// fails with ErrTooLate where ctx ends before that, at once; and with ctx's error
// where ctx is canceled while it waits: its turn is then lost.
func (p *Pacer) Wait(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	wait, err := p.turn(ctx)
	if err != nil || wait <= 0 {
		return err
	}
	return p.clock.Sleep(ctx, wait)
}

// turn takes the next turn and says how long it is until then.
func (p *Pacer) turn(ctx context.Context) (time.Duration, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock.Now()
	// Time that was not used counts for as long as the burst.
	if earliest := now.Add(-p.burst); p.free.Before(earliest) {
		p.free = earliest
	}
	wait := p.free.Sub(now)
	if deadline, ok := ctx.Deadline(); ok && wait > 0 && now.Add(wait).After(deadline) {
		return 0, fmt.Errorf("%w: in %v", ErrTooLate, wait)
	}
	p.free = p.free.Add(time.Duration(float64(time.Second) / p.rate))
	return wait, nil
}

// Throttled tells that the service refused a call because there were too many.
func (p *Pacer) Throttled() {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock.Now()
	if !p.halved.IsZero() && now.Sub(p.halved) < Settle {
		return
	}
	p.halved, p.raised = now, now
	p.rate = max(p.rate/2, p.full*floor)
	// Nobody goes before the slower rate has had its say.
	if next := now.Add(time.Duration(float64(time.Second) / p.rate)); p.free.Before(next) {
		p.free = next
	}
}

// Succeeded tells that the service took a call.
func (p *Pacer) Succeeded() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.rate == p.full {
		return
	}
	now := p.clock.Now()
	p.rate = min(p.rate+p.full*recovery*now.Sub(p.raised).Seconds(), p.full)
	p.raised = now
}

// Rate gives how many calls a second go through now.
func (p *Pacer) Rate() float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rate
}
