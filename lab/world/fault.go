package world

import (
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
	// Delay is waited before the call. With DelayOnly nothing fails.
	Delay     time.Duration
	DelayOnly bool
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
}

// Add gives an order. Of several that apply, the oldest is taken.
func (f *Faults) Add(o Fault) {
	if o.Error == nil {
		o.Error = InternalFailure()
	}
	if o.Times == 0 {
		o.Times = -1
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.orders = append(f.orders, &o)
}

// Clear withdraws all orders.
func (f *Faults) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.orders = nil
}

// take uses up one order for the call, if there is one.
func (f *Faults) take(service, operation string) *Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, o := range f.orders {
		if o.Times != 0 && (o.Service == "" || o.Service == service) && (o.Operation == "" || o.Operation == operation) {
			o.Times--
			taken := *o
			return &taken
		}
	}
	return nil
}
