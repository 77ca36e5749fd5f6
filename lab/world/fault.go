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
	// token, as AWS may at any time. With it nothing fails.
	PageSize int
}

// InternalFailure is what AWS services answer when they failed (Common Errors).
func InternalFailure() *wire.Error {
	return &wire.Error{Code: "InternalFailure", Message: "The request processing has failed because of an unknown error, exception or failure.", Status: 500}
}

// Throttling is an order to throttle, in the words of the JSON services.
func Throttling() *wire.Error {
	return &wire.Error{Code: "ThrottlingException", Message: "Rate exceeded", Status: 400}
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

// Add gives an order. Of several that apply, the oldest is taken. It panics on
// an order that could never strike: that is a mistake in the program.
func (f *Faults) Add(o Fault) {
	if o.Error == nil {
		o.Error = InternalFailure()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case o.Times < 0 || o.Delay < 0 || o.PageSize < 0:
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

// find gives the orders that may strike a call: the oldest for every resource,
// and those before it for one resource each.
func (f *Faults) find(service, operation string, from reach) []*Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	var found []*Fault
	for _, o := range f.orders {
		if (o.Service == "" || o.Service == service) && (o.Operation == "" || o.Operation == operation) && !(o.Delay > 0 && from == within) {
			if found = append(found, o); o.Resource == "" {
				break
			}
		}
	}
	return found
}

// harmless orders let the call succeed.
func (o *Fault) harmless() bool { return o.DelayOnly || o.PageSize > 0 }

// strike does to a call what the first of its orders for a resource asks for;
// the resource is "" when it is not known yet. An order that strikes after the
// call's effect is kept for then.
func (c *Call) strike(resource string) error {
	for i, o := range c.orders {
		if o.Resource != resource {
			continue
		}
		c.orders = append(c.orders[:i:i], c.orders[i+1:]...)
		if o.When == After && !o.harmless() {
			c.after = o
			return nil
		}
		if !c.World.Faults.use(o) {
			return nil // others did so in the meantime
		}
		c.wait += o.Delay
		if o.PageSize > 0 {
			c.pageSize = o.PageSize
		}
		if o.harmless() {
			return nil
		}
		return o.Error
	}
	return nil
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
