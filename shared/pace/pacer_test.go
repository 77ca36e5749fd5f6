package pace_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"rekey/shared/pace"
)

// clock stands until it is moved. Who sleeps is told at once that it was long
// enough, and when that would have been is kept.
type clock struct {
	mu    sync.Mutex
	t     time.Time
	wakes []time.Time
}

// start is later than the wall will be, so that contexts end by this clock first.
var start = time.Date(2126, 11, 22, 10, 0, 0, 0, time.UTC)

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wakes = append(c.wakes, c.t.Add(d))
	return ctx.Err()
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func pacer(t *testing.T, perSecond float64) (*pace.Pacer, *clock) {
	t.Helper()
	c := &clock{t: start}
	p, err := pace.New(perSecond, c)
	if err != nil {
		t.Fatal(err)
	}
	return p, c
}

func wait(t *testing.T, p *pace.Pacer) {
	t.Helper()
	if err := p.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Side by side, calls go one after the other at the rate.
func TestEvenly(t *testing.T) {
	p, c := pacer(t, 4)
	var all sync.WaitGroup
	for range 21 {
		all.Go(func() { wait(t, p) })
	}
	all.Wait()
	slices.SortFunc(c.wakes, time.Time.Compare)
	if len(c.wakes) != 20 {
		t.Fatalf("%d waited, and one was to go at once", len(c.wakes))
	}
	for i, at := range c.wakes {
		if want := start.Add(time.Duration(i+1) * 250 * time.Millisecond); !at.Equal(want) {
			t.Errorf("call %d is at %v, not %v", i+1, at, want)
		}
	}
}

// A pause is worth a tenth of a second's calls and no more, however long.
func TestBurst(t *testing.T) {
	p, c := pacer(t, 100)
	for _, pause := range []time.Duration{0, time.Hour} {
		c.pass(pause)
		c.wakes = nil
		for range 50 {
			wait(t, p)
		}
		if len(c.wakes) != 50-11 {
			t.Errorf("after %v, %d of 50 went at once", pause, 50-len(c.wakes))
		}
	}
}

func TestThrottled(t *testing.T) {
	p, c := pacer(t, 64)
	rate := func(want float64) {
		t.Helper()
		if got := p.Rate(); math.Abs(got-want) > 1e-9 {
			t.Errorf("the rate is %v, not %v", got, want)
		}
	}
	p.Throttled()
	p.Throttled() // one that was under way
	rate(32)
	c.pass(pace.Settle)
	p.Throttled()
	rate(16)
	p.Succeeded() // many at once tell no more than one
	rate(16)
	c.pass(2 * time.Second)
	p.Succeeded()
	p.Succeeded()
	rate(20)
	c.pass(time.Minute)
	p.Succeeded()
	rate(64)
	for range 20 {
		c.pass(pace.Settle)
		p.Throttled()
	}
	rate(2) // it goes on trying
	c.wakes = nil
	wait(t, p)
	wait(t, p)
	if len(c.wakes) != 2 || c.wakes[1].Sub(c.wakes[0]) != 500*time.Millisecond {
		t.Errorf("throttled, the next calls are at %v", c.wakes)
	}
}

func TestContext(t *testing.T) {
	p, c := pacer(t, 1)
	wait(t, p)
	ctx, cancel := context.WithDeadline(t.Context(), start.Add(500*time.Millisecond))
	defer cancel()
	if err := p.Wait(ctx); !errors.Is(err, pace.ErrTooLate) {
		t.Errorf("it waits past the deadline: %v", err)
	}
	wait(t, p) // and took no turn
	if len(c.wakes) != 1 || !c.wakes[0].Equal(start.Add(time.Second)) {
		t.Errorf("the next is at %v", c.wakes)
	}
	canceled, stop := context.WithCancel(t.Context())
	stop()
	if err := p.Wait(canceled); !errors.Is(err, context.Canceled) {
		t.Errorf("it waits for nobody: %v", err)
	}
}

func TestWall(t *testing.T) {
	before := time.Now()
	if err := pace.Wall.Sleep(t.Context(), time.Millisecond); err != nil || time.Since(before) < time.Millisecond || pace.Wall.Now().Before(before) {
		t.Errorf("it slept for %v: %v", time.Since(before), err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := pace.Wall.Sleep(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestRatesThatAreNone(t *testing.T) {
	for _, rate := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		if _, err := pace.New(rate, pace.Wall); err == nil {
			t.Errorf("%v calls a second", rate)
		}
		if _, err := pace.NewTable(map[string]float64{"ListKeys": rate}, 1, pace.Wall); err == nil {
			t.Errorf("a table of %v calls a second", rate)
		}
	}
	for _, share := range []float64{0, -1, 1.1, math.NaN()} {
		if _, err := pace.NewTable(pace.KMS, share, pace.Wall); err == nil {
			t.Errorf("a share of %v", share)
		}
	}
}
