package world

import (
	"fmt"
	"slices"
)

// Invariant has a service's state checked: whenever Violations is asked, check
// is called within the lock, and says what must not be, a sentence each.
func (w *World) Invariant(service string, check func() []string) {
	w.invariants = append(w.invariants, invariant{service, check})
}

type invariant struct {
	service string
	check   func() []string
}

// Findings are what a check found.
type Findings []string

// If adds a sentence where something is wrong.
func (f *Findings) If(wrong bool, format string, args ...any) {
	if wrong {
		*f = append(*f, fmt.Sprintf(format, args...))
	}
}

// Violations says what is wrong in the state of the services: each is a fault of
// the lab, whatever was asked of it. It is for the end of a test.
func (w *World) Violations() []string {
	w.mu.Lock()
	defer w.unlock()
	var all []string
	for _, i := range w.invariants {
		for _, what := range i.check() {
			all = append(all, i.service+": "+what)
		}
	}
	slices.Sort(all)
	return all
}

// broken says what is wrong in the world itself.
func (w *World) broken() []string {
	var bad Findings
	q := w.Clock.queue
	for i, d := range q {
		bad.If(d.place != i, "what is due at %s does not know its place in the queue", d.at)
		bad.If(i > 0 && q.Less(i, (i-1)/2), "what is due at %s waits behind something later", d.at)
		bad.If(d.at.Before(w.Clock.now), "what was due at %s is not done at %s", d.at, w.Clock.now)
	}
	bad.If(w.running < 0, "%d jobs are running outside the lock", w.running)
	bad.If(w.unlocked < 0, "%d calls are waiting outside the lock", w.unlocked)
	for _, d := range w.deliveries.held {
		bad.If(d.Do == nil, "a delivery from %s to %s that waits to be overtaken does nothing", d.From, d.To)
	}
	for _, o := range w.deliveries.orders {
		bad.If(o.Times == 0, "an order for mishaps of deliveries to %q is used up and stands", o.To)
	}
	return bad
}
