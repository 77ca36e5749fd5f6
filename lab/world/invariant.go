package world

import "slices"

// Invariant has a service's state checked: whenever Violations is asked, check
// is called within the lock, and says what must not be, a sentence each.
func (w *World) Invariant(service string, check func() []string) {
	w.invariants = append(w.invariants, invariant{service, check})
}

type invariant struct {
	service string
	check   func() []string
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
