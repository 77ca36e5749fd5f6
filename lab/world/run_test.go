package world

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Advance runs what is due in its order, at its time, and what that starts
// outside the lock before what is due later.
func TestAdvanceInOrder(t *testing.T) {
	w := New(Options{})
	var got []string
	at := func(d time.Duration, what string) func() {
		return func() { got = append(got, what+"@"+w.Clock.Now().Sub(Epoch).String()) }
	}
	w.Locked(func() {
		for _, d := range []time.Duration{3, 1, 2} {
			w.Clock.At(Epoch.Add(d*time.Second), at(d, "due"))
		}
		w.Clock.At(Epoch.Add(time.Second), func() {
			w.Outside(func() {
				w.Locked(func() { // not held by whoever advances
					got = append(got, "job@"+w.Clock.Now().Sub(Epoch).String())
					w.Clock.At(w.Clock.Now().Add(1500*time.Millisecond), at(0, "again"))
				})
			})
		})
	})
	w.Advance(time.Hour)
	equal(t, "what ran", strings.Join(got, " "), "due@1s job@1s due@2s again@2.5s due@3s")
	equal(t, "the time", w.Now(), Epoch.Add(time.Hour))
}

// What is due again at once, and again, does not keep Advance from ending where
// it takes time.
func TestAdvanceOfWhatRepeats(t *testing.T) {
	w := New(Options{})
	n := 0
	var again func()
	again = func() { n++; w.Clock.After(time.Minute, again) }
	w.Locked(func() { w.Clock.After(time.Minute, again) })
	w.Advance(time.Hour)
	equal(t, "how often it ran", n, 60)
}

// Jobs that a locked section asks for run in the next Advance, even one of no
// time, and not within the lock.
func TestOutsideByHand(t *testing.T) {
	w := New(Options{})
	ran := false
	w.Locked(func() { w.Outside(func() { w.Locked(func() { ran = true }) }) })
	equal(t, "whether it ran", ran, false)
	w.Advance(0)
	equal(t, "whether it ran then", ran, true)
}

// A call can wait for what needs the world, and its answer comes after that.
func TestUnlocked(t *testing.T) {
	w, s := newShop(Options{})
	s.each = func(c *Call) error {
		c.Unlocked(func(context.Context) error {
			w.Locked(func() { s.done = append(s.done, "unlocked") })
			return nil
		})
		return nil
	}
	equal(t, "the answer", s.call(t, "shop", "Do", thing{}), "")
	equal(t, "what happened", strings.Join(s.done, " "), "0 unlocked")
	s.each = func(c *Call) error {
		c.Unlocked(func(context.Context) error { return Unimplemented("it") })
		return nil
	}
	equal(t, "the answer", s.call(t, "shop", "Do", thing{}), "NotImplemented")
	entries := w.Trail.Entries()
	equal(t, "the trail's answer", entries[len(entries)-1].Error, "NotImplemented")
}

// A caller that goes away is told to who waits for it.
func TestUnlockedAndCallerGone(t *testing.T) {
	_, s := newShop(Options{})
	s.each = func(c *Call) error {
		c.Unlocked(func(ctx context.Context) error { <-ctx.Done(); return errors.New("gone") })
		return nil
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.callFrom(ctx, t, "eu-north-1", "shop", "Do", thing{})
	}()
	cancel()
	soon(t, "the end of the call", ended)
}

// Run does what is due without a call, on time, also what is put before what it
// waits for; and it ends when all it started has.
func TestRun(t *testing.T) {
	w := New(Options{WallClock: true, Speed: 1000})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); w.Run(ctx) }()
	due, job, release := make(chan struct{}), make(chan struct{}), make(chan struct{})
	w.Locked(func() { w.Clock.At(w.Clock.Now().Add(time.Hour), func() { t.Error("an hour went by") }) })
	w.Locked(func() {
		w.Clock.After(time.Minute, func() { // two seconds at most, a thousandth of it
			close(due)
			w.Outside(func() { close(job); <-release })
		})
	})
	soon(t, "what is due", due)
	soon(t, "the job", job)
	cancel()
	select {
	case <-ended:
		t.Error("Run ended before its job")
	case <-time.After(10 * time.Millisecond):
	}
	close(release)
	soon(t, "the end of Run", ended)
}

// Calls go on while Run ends: who starts jobs then is not waited for, and
// nothing is raced for.
func TestRunEndsAmongCalls(t *testing.T) {
	w, s := newShop(Options{WallClock: true})
	var jobs atomic.Int32
	s.each = func(c *Call) error {
		w.Outside(func() { jobs.Add(1) })
		w.Clock.After(time.Nanosecond, func() { w.Outside(func() { jobs.Add(1) }) })
		return nil
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 50 {
				s.call(t, "shop", "Do", thing{})
			}
		})
	}
	for range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); w.Run(ctx) }()
		cancel()
		soon(t, "the end of Run", ended)
	}
	wg.Wait()
	for end := time.Now().Add(10 * time.Second); jobs.Load() < 400; {
		if time.Now().After(end) {
			t.Fatalf("%d jobs ran", jobs.Load())
		}
		s.call(t, "shop", "List", thing{})
	}
}

func TestClocksOfTheOtherKind(t *testing.T) {
	for name, do := range map[string]func(){
		"Advance of the wall": func() { New(Options{WallClock: true}).Advance(1) },
		"Run by hand":         func() { New(Options{}).Run(t.Context()) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("it was done")
				}
			}()
			do()
		})
	}
}

// A service that acts leaves its line in the trail, as itself, for whom it acts.
func TestAct(t *testing.T) {
	w := New(Options{})
	actor := Actor{Caller: ServiceCaller("s3.amazonaws.com"), Region: "eu-north-1", Source: Source{ARN: "arn:aws:s3:::b", Account: "111122223333"}}
	w.Faults.Add(Fault{Service: "sqs", Operation: "SendMessage", Times: 1, Error: Throttling()})
	w.Faults.Add(Fault{Service: "sqs", Delay: time.Hour}) // only for calls from outside
	send := func() error {
		var err error
		w.Locked(func() {
			err = w.Act(actor, "sqs", "SendMessage", func(c *Call) error {
				equal(t, "the source", c.Source, actor.Source)
				return nil
			})
		})
		return err
	}
	if err := send(); err == nil || !strings.Contains(err.Error(), "RequestThrottled") {
		t.Errorf("the first answer is %v", err)
	}
	if err := send(); err != nil {
		t.Errorf("the second answer is %v", err)
	}
	entries := w.Trail.Entries()
	equal(t, "the number of entries", len(entries), 2)
	equal(t, "the caller", entries[1].Caller.ARN(), "s3.amazonaws.com")
}
