package world

import (
	"context"
	"sync"
	"testing"
	"time"

	"rekey/lab/wire"
)

const (
	one   = "arn:aws:shop:eu-north-1:111122223333:thing/one"
	other = "arn:aws:shop:eu-north-1:111122223333:thing/other"
)

func TestFaultOfOneResource(t *testing.T) {
	w, s := newShop(Options{})
	w.Faults.Add(Fault{Resource: one, Times: 1, Error: &wire.Error{Code: "Broken"}})
	equal(t, "the answer for another", s.call(t, "shop", "Do", thing{Resource: other}), "")
	equal(t, "the answer where none is asked for", s.call(t, "shop", "Do", thing{}), "")
	equal(t, "the answer for it", s.call(t, "shop", "Do", thing{Resource: one}), "Broken")
	equal(t, "the next answer for it", s.call(t, "shop", "Do", thing{Resource: one}), "")
	equal(t, "the number of effects", len(s.done), 3)
}

// A fault that strikes after the effect of a call on a resource leaves the effect,
// and one line in the trail that says so.
func TestFaultAfterOfOneResource(t *testing.T) {
	w, s := newShop(Options{})
	s.each = func(c *Call) error { // a call within, which is in the trail before it
		return c.On("other", "Help", "shop.eu-north-1.amazonaws.com", func(*Call) error { return nil })
	}
	w.Faults.Add(Fault{Service: "shop", Resource: one, When: After, Times: 1, Error: Throttling()})
	equal(t, "the answer", s.call(t, "shop", "Do", thing{Resource: one}), "ThrottlingException")
	equal(t, "the number of effects", len(s.done), 1)
	entries := w.Trail.Entries()
	if len(entries) != 2 || entries[0].Lost || !entries[1].Lost || entries[1].Error != "ThrottlingException" || entries[1].Operation != "Do" {
		t.Errorf("the trail has %+v", entries)
	}
	equal(t, "the next answer", s.call(t, "shop", "Do", thing{Resource: one}), "")
}

// What a recorder makes happen on hearing of a call does not get its loss.
func TestFaultAfterWithRecorder(t *testing.T) {
	w, s := newShop(Options{})
	w.recorder = recorderFunc(func(c *Call, _ error) {
		if c.Operation == "Do" {
			_ = w.Act(Actor{Caller: ServiceCaller("events.amazonaws.com"), Region: "eu-north-1"}, "events", "PutEvents", func(*Call) error { return nil })
		}
	})
	w.Faults.Add(Fault{Operation: "Do", When: After, Times: 1})
	equal(t, "the answer", s.call(t, "shop", "Do", thing{}), "InternalFailure")
	for _, e := range w.Trail.Entries() {
		equal(t, "the loss of "+e.Operation, e.Lost, e.Operation == "Do")
	}
}

type recorderFunc func(*Call, error)

func (f recorderFunc) Record(c *Call, err error) { f(c, err) }

func (recorderFunc) Happened(Occurrence) {}

// Pages are made smaller by calls that list; others leave the order as it is.
func TestPageSizeIsForListings(t *testing.T) {
	w, s := newShop(Options{})
	w.Faults.Add(Fault{Service: "shop", PageSize: 2, Times: 1})
	for range 5 {
		equal(t, "the answer", s.call(t, "shop", "Do", thing{}), "")
	}
	equal(t, "the first page", s.call(t, "shop", "List", thing{}), "2")
	equal(t, "the next", s.call(t, "shop", "List", thing{}), "5")
}

// An order that lets a call succeed does not keep another one from striking.
func TestHarmlessOrdersShadowNothing(t *testing.T) {
	w, s := newShop(Options{})
	w.Faults.Add(Fault{PageSize: 1})
	w.Faults.Add(Fault{Operation: "List", Times: 1, Error: Throttling()})
	equal(t, "the answer", s.call(t, "shop", "List", thing{}), "ThrottlingException")
	equal(t, "the answer after", s.call(t, "shop", "Do", thing{}), "")
	equal(t, "the answer for another", s.call(t, "shop", "Do", thing{Resource: one}), "")
	equal(t, "the page", s.call(t, "shop", "List", thing{}), "1")
}

func TestThrottlingInTheServicesWords(t *testing.T) {
	for service, want := range map[string]string{
		"kms": "ThrottlingException", "s3": "SlowDown", "sqs": "RequestThrottled", "lambda": "TooManyRequestsException",
		"sts": "Throttling", "iam": "Throttling", "ssm": "ThrottlingException", "secretsmanager": "ThrottlingException", "sns": "ThrottlingException",
	} {
		w, s := newShop(Options{})
		w.Faults.Add(Fault{Error: Throttling(), Times: 1})
		equal(t, "the answer of "+service, s.call(t, service, "Do", thing{}), want)
		w.Faults.Add(Fault{Error: Throttling(), When: After, Times: 1})
		equal(t, "the answer of "+service+", afterwards", s.call(t, service, "Do", thing{}), want)
	}
}

// A delayed call does not hold the world: another one passes it. A delay for a
// resource comes before the answer, when the call has taken effect.
func TestDelay(t *testing.T) {
	for _, resource := range []string{"", one} {
		w, s := newShop(Options{})
		w.Faults.Add(Fault{Operation: "Do", Resource: resource, Delay: 50 * time.Millisecond, DelayOnly: true, Times: 1})
		started, ended := time.Now(), make(chan struct{})
		go func() {
			defer close(ended)
			equal(t, "the delayed answer", s.call(t, "shop", "Do", thing{Resource: one}), "")
		}()
		for { // until the order is used up, and the call waits
			w.Faults.mu.Lock()
			n := len(w.Faults.orders)
			w.Faults.mu.Unlock()
			if n == 0 {
				break
			}
		}
		s.call(t, "shop", "List", thing{})
		if since := time.Since(started); since >= 50*time.Millisecond {
			t.Logf("the other call came only after %v", since) // on a busy machine
		}
		soon(t, "the delayed answer", ended)
		if since := time.Since(started); since < 50*time.Millisecond {
			t.Errorf("the delayed call took %v", since)
		}
	}
}

// A caller that goes away while its call waits before the answer has had its
// effect; before the call, none.
func TestDelayAndCallerGone(t *testing.T) {
	for _, resource := range []string{"", one} {
		w, s := newShop(Options{})
		w.Faults.Add(Fault{Operation: "Do", Resource: resource, Delay: time.Hour, DelayOnly: true, Times: 1})
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
		defer cancel()
		if got := s.callFrom(ctx, t, "eu-north-1", "shop", "Do", thing{Resource: one}); got == "" {
			t.Error("the call succeeded")
		}
		want := 0
		if resource != "" {
			want = 1
		}
		equal(t, "the number of effects", len(s.done), want)
	}
}

func TestFaultsThatContradictThemselves(t *testing.T) {
	for name, o := range map[string]Fault{
		"a page and a delay":       {PageSize: 1, Delay: time.Second},
		"a delay of nothing":       {DelayOnly: true},
		"pages of less than none":  {PageSize: -1},
		"a delay of less than now": {Delay: -1},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("the order was taken")
				}
			}()
			new(Faults).Add(o)
		})
	}
}

// An order for n times strikes n times, however many call at once.
func TestFaultsAtOnce(t *testing.T) {
	w, s := newShop(Options{WallClock: true})
	w.Faults.Add(Fault{Times: 7, Delay: time.Microsecond})
	w.Faults.Add(Fault{Times: 5, When: After})
	w.Faults.Add(Fault{Times: 3, Resource: one})
	var wg sync.WaitGroup
	var mu sync.Mutex
	answers := map[string]int{}
	for range 50 {
		wg.Go(func() {
			got := s.call(t, "shop", "Do", thing{Resource: one})
			mu.Lock()
			defer mu.Unlock()
			answers[got]++
		})
	}
	wg.Wait()
	equal(t, "the number of failures", answers["InternalFailure"], 15)
	equal(t, "the number of effects", len(s.done), 40)
}
