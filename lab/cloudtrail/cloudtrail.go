package cloudtrail

import (
	"time"

	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/keyid"
)

// Events is Amazon EventBridge, as far as CloudTrail needs it.
type Events interface {
	// Emit puts an AWS service's event on an account's default bus.
	Emit(account keyid.Account, region keyid.Region, source, detailType string, resources []string, detail any)
	// Hears says whether there is anybody who could take an event.
	Hears(account keyid.Account, region keyid.Region) bool
}

// Service is CloudTrail in every Region of every account.
type Service struct {
	world  *world.World
	events Events
	models map[string]*wire.Service // of the services whose calls are recorded
	kept   map[home]*history
}

// home is one Region of one account.
type home struct {
	account keyid.Account
	region  keyid.Region
}

// history is the event history of one Region of one account, oldest first.
type history struct{ events []*event }

// historyLimit bounds a served lab's memory; the oldest half goes.
const historyLimit = 1 << 15

const (
	// delay is how long AWS typically takes until an event can be looked up.
	delay = 5 * time.Minute
	// remembered is how long events can be looked up (API reference, LookupEvents).
	remembered = 90 * 24 * time.Hour
)

// New adds CloudTrail to a world.
func New(w *world.World) *Service {
	s := &Service{world: w, models: map[string]*wire.Service{}, kept: map[home]*history{}}
	w.RegisterRecorder(s)
	w.Invariant(s.Name(), s.broken)
	return s
}

// Tell names where events are sent. Without it they are only kept.
func (s *Service) Tell(e Events) { s.events = e }

// Name is the service's signing name.
func (s *Service) Name() string { return "cloudtrail" }

// Operations is all that the lab's CloudTrail can do.
func (s *Service) Operations() []world.Operation {
	return []world.Operation{world.Op("LookupEvents", s.lookupEvents)}
}

// model gives a service's model, nil for one that there is none of.
func (s *Service) model(name string) *wire.Service {
	m, known := s.models[name]
	if !known {
		m, _ = wire.Load(name) // nil: a service that the lab does not have
		s.models[name] = m
	}
	return m
}

func (s *Service) keep(e *event) {
	h := home{e.recipient, e.region}
	k := s.kept[h]
	if k == nil {
		k = &history{}
		s.kept[h] = k
	}
	if len(k.events) >= historyLimit {
		k.events = append(k.events[:0:0], k.events[historyLimit/2:]...)
	}
	k.events = append(k.events, e)
	s.send(e)
}
