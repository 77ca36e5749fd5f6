package world

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"rekey/lab/wire"
)

// When says at which side of a call's effect a fault strikes.
type When int

const (
	// Before: the call fails and has no effect.
	Before When = iota
	// After: the call takes effect, and its answer is lost: the caller is
	// told that it failed.
	After
)

// Fault is an order to fail. It applies to calls of Operation ("" for every
// one) of Service ("" for every one), Times times (0: until cleared).
type Fault struct {
	Service, Operation string
	When               When
	Times              int
	// Error is what the caller is told; nil: the service's internal failure.
	Error *wire.Error
	// Resource limits the order to calls that the policies are asked about for
	// this ARN, "" for all. Its delay is waited for before the answer.
	Resource string
	// Delay is waited before the call. With DelayOnly nothing fails.
	Delay     time.Duration
	DelayOnly bool
	// PageSize lets a listing give at most so many at once, and go on after a
	// token, as AWS may at any time. With it nothing fails, and only listings use
	// the order up.
	PageSize int
}

// InternalFailure is what AWS services answer when they failed (Common Errors).
func InternalFailure() *wire.Error {
	return &wire.Error{Code: "InternalFailure", Message: "The request processing has failed because of an unknown error, exception or failure.", Status: 500}
}

// Faults are the standing orders.
type Faults struct {
	mu     sync.Mutex
	orders []*Fault
	known  map[string]map[string]bool // operations by service; nil: not told
}

// Know tells which operations a service has, so that an order for another one
// is found out.
func (f *Faults) Know(service string, operations []Operation) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.known == nil {
		f.known = map[string]map[string]bool{}
	}
	f.known[service] = map[string]bool{}
	for _, op := range operations {
		f.known[service][op.Name] = true
	}
}

// Add gives an order. Of several to fail that apply, the oldest is taken, but one
// for every resource goes before those for one, since it strikes before that is
// known; of those that let the call succeed, all are. It panics on an order that
// could never strike, or that asks for two things at once: that is a mistake in
// the program.
func (f *Faults) Add(o Fault) {
	if o.Error == nil {
		o.Error = InternalFailure()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case o.Times < 0 || o.Delay < 0 || o.PageSize < 0 || o.PageSize > 0 && o.Delay > 0 || o.DelayOnly && o.Delay == 0:
		panic(fmt.Sprintf("world: a fault for %d times with a delay of %v and pages of %d", o.Times, o.Delay, o.PageSize))
	case !f.could(o):
		panic(fmt.Sprintf("world: a fault for what the lab does not have: service %q, operation %q", o.Service, o.Operation))
	case o.Times == 0:
		o.Times = -1
	}
	f.orders = append(f.orders, &o)
}

func (f *Faults) could(o Fault) bool {
	if f.known == nil {
		return true
	}
	for service, operations := range f.known {
		if (o.Service == "" || o.Service == service) && (o.Operation == "" || operations[o.Operation]) {
			return true
		}
	}
	return false
}

// Clear withdraws all orders.
func (f *Faults) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.orders = nil
}

// reach says where a call comes from: an order with a delay is for calls from
// outside, since a service's own call of another one would hold the whole world.
type reach bool

const (
	within  reach = true
	outside reach = false
)

// find gives the orders that may strike a call, oldest first.
func (f *Faults) find(service, operation string, from reach) []*Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	var found []*Fault
	for _, o := range f.orders {
		if (o.Service == "" || o.Service == service) && (o.Operation == "" || o.Operation == operation) && !(o.Delay > 0 && from == within) {
			found = append(found, o)
		}
	}
	return found
}

// harmless orders let the call succeed.
func (o *Fault) harmless() bool { return o.DelayOnly || o.PageSize > 0 }

// error is what a caller of a service is told.
func (o *Fault) error(service string) *wire.Error {
	if o.Error == throttling {
		return throttled(service)
	}
	return o.Error
}

// strike does to a call what its orders for a resource ask for; the resource is
// "" when it is not known yet. An order that strikes after the call's effect is
// kept for then, and one for smaller pages until there is a listing.
func (c *Call) strike(resource string) error {
	left := make([]*Fault, 0, len(c.orders))
	var err error
	for _, o := range c.orders {
		switch {
		case o.Resource != resource:
			left = append(left, o)
		case o.PageSize > 0:
			c.paging = append(c.paging, o)
		case err != nil || c.after != nil && !o.harmless():
			// An older one strikes.
		case o.When == After && !o.harmless():
			c.after = o
		case c.World.Faults.use(o): // and not others in the meantime
			c.wait += o.Delay
			if !o.harmless() {
				err = o.error(c.Service)
			}
		}
	}
	c.orders = left
	return err
}

// use uses an order up; false where others did so in the meantime.
func (f *Faults) use(o *Fault) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !slices.Contains(f.orders, o) {
		return false
	}
	f.spend(o)
	return true
}

// spend drops an order that was the last.
func (f *Faults) spend(o *Fault) {
	if o.Times > 0 {
		o.Times--
	}
	if o.Times == 0 {
		f.orders = slices.DeleteFunc(f.orders, func(other *Fault) bool { return other == o })
	}
}
