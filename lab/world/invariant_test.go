package world

import (
	"context"
	"strings"
	"testing"
	"time"
)

func TestViolations(t *testing.T) {
	for want, spoil := range map[string]func(*World){
		"does not know its place": func(w *World) { w.Clock.queue[0].place = 7 },
		"waits behind something later": func(w *World) {
			w.Clock.queue[0].at = w.Clock.now.Add(time.Hour)
		},
		"is not done":                  func(w *World) { w.Clock.now = w.Clock.now.Add(time.Hour) },
		"jobs are running":             func(w *World) { w.running-- },
		"calls are waiting":            func(w *World) { w.unlocked-- },
		"to be overtaken does nothing": func(w *World) { w.deliveries.held = []Delivery{{From: "s3"}} },
		"is used up and stands":        func(w *World) { w.deliveries.orders = []*DeliveryFault{{}} },
	} {
		t.Run(want, func(t *testing.T) {
			w := New(Options{})
			for n := range 3 {
				w.Clock.At(Epoch.Add(time.Duration(n)*time.Minute), func() {})
			}
			if bad := w.Violations(); len(bad) != 0 {
				t.Fatalf("before: %q", bad)
			}
			spoil(w)
			if bad := strings.Join(w.Violations(), "\n"); !strings.Contains(bad, want) || !strings.HasPrefix(bad, "world: ") {
				t.Errorf("the violations are %q", bad)
			}
		})
	}
}

func TestBusy(t *testing.T) {
	w, s := newShop(Options{})
	during := map[string]bool{}
	w.Locked(func() {
		equal(t, "busy at first", w.Busy(), false)
		w.Outside(func() { w.Locked(func() { during["a job"] = w.Busy() }) })
		equal(t, "busy before a job", w.Busy(), true)
	})
	w.Advance(0)
	s.each = func(c *Call) error {
		c.Unlocked(func(context.Context) error {
			w.Locked(func() { during["a call"] = w.Busy() })
			return nil
		})
		return nil
	}
	equal(t, "the answer", s.call(t, "shop", "Do", thing{}), "")
	equal(t, "busy during a job", during["a job"], true)
	equal(t, "busy during a call", during["a call"], true)
	w.Locked(func() { equal(t, "busy at last", w.Busy(), false) })
}
