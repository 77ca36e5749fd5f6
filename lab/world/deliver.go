package world

import (
	"slices"
	"time"
)

// Delivery is one thing that a service sends to another one by itself: a
// notification, an event, an invocation.
type Delivery struct {
	From string // the service that sends: s3
	To   string // the ARN of what receives
	// About is what an event is about: its source, such as aws.kms. "" for what is
	// no event.
	About string
	// Typical is how long it takes as a rule.
	Typical time.Duration
	// Do hands it over, within the world's lock.
	Do func()
}

// Mishap is what can happen to a delivery.
type Mishap int

const (
	// Lost: it never arrives.
	Lost Mishap = iota + 1
	// Doubled: it arrives twice.
	Doubled
	// Delayed: it arrives later than usual, by DeliveryFault.Delay.
	Delayed
	// Overtaken: it arrives right after the next delivery about the same from the
	// same sender to the same receiver, whenever that is.
	Overtaken
)

// DeliveryFault is an order for a mishap. It applies to deliveries From a
// service ("" for every one) To an ARN ("" for every one), of events About a
// source ("" for every one, and for what is no event), Times times (0: until
// cleared).
//
// An event of KMS passes twice: From kms, or as a call of KMS From cloudtrail, To
// an event bus, and From events To the target of a rule; About aws.kms always.
type DeliveryFault struct {
	From, To, About string
	Mishap          Mishap
	Delay           time.Duration
	Times           int
}

// deliveries are the standing orders, and what waits to be overtaken.
type deliveries struct {
	orders []*DeliveryFault
	held   []Delivery
}

// DeliverBadly gives an order for mishaps. Of several that apply, the oldest is
// taken. It panics on an order without a mishap.
func (w *World) DeliverBadly(o DeliveryFault) {
	if o.Mishap < Lost || o.Mishap > Overtaken || o.Times < 0 || (o.Mishap == Delayed) != (o.Delay > 0) {
		panic("world: an order for no mishap")
	}
	if o.Times == 0 {
		o.Times = -1
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.deliveries.orders = append(w.deliveries.orders, &o)
}

// DeliverWell withdraws all orders for mishaps. What waits to be overtaken is
// delivered.
func (w *World) DeliverWell() {
	w.mu.Lock()
	defer w.unlock()
	w.deliveries.orders = nil
	for _, d := range w.deliveries.held {
		w.Clock.After(d.Typical, d.Do)
	}
	w.deliveries.held = nil
}

// Deliver sends, within the world's lock. All that services send by themselves
// passes through here.
func (w *World) Deliver(d Delivery) {
	switch o := w.deliveries.find(d); {
	case o == nil:
		w.Clock.After(d.Typical, d.Do)
	case o.Mishap == Lost:
	case o.Mishap == Doubled:
		w.Clock.After(d.Typical, d.Do)
		w.Clock.After(d.Typical, d.Do)
	case o.Mishap == Delayed:
		w.Clock.At(w.Clock.Now().Add(w.Clock.Takes(d.Typical)+o.Delay), d.Do)
		return
	case o.Mishap == Overtaken:
		w.deliveries.held = append(w.deliveries.held, d)
		return
	}
	w.overtake(d)
}

// overtake delivers, behind d, what waited for it.
func (w *World) overtake(d Delivery) {
	w.deliveries.held = slices.DeleteFunc(w.deliveries.held, func(h Delivery) bool {
		if h.From != d.From || h.To != d.To || h.About != d.About {
			return false
		}
		w.Clock.After(d.Typical, h.Do)
		return true
	})
}

func (f *deliveries) find(d Delivery) *DeliveryFault {
	for i, o := range f.orders {
		if (o.From == "" || o.From == d.From) && (o.To == "" || o.To == d.To) && (o.About == "" || o.About == d.About) {
			if o.Times--; o.Times == 0 {
				f.orders = slices.Delete(f.orders, i, i+1)
			}
			return o
		}
	}
	return nil
}
