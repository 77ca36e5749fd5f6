package world

import (
	"sync"
	"time"

	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

// Entry is one call as the trail keeps it.
type Entry struct {
	Time      time.Time
	RequestID string
	Service   string
	Operation string
	Region    keyid.Region
	Caller    Caller
	// Via is the service that called on the caller's behalf, or "".
	Via string
	// Within is the operation that this call was a part of, or "".
	Within string
	// Decisions are the questions that were put to the policies, in order.
	Decisions []Authorized
	// Error is the code that was answered; "" for success. With Lost the call
	// took effect and the caller was not told.
	Error string
	Lost  bool
	// Unknown marks a call that the lab could not serve faithfully.
	Unknown bool
}

// Authorized is one question to the policies, and their answer.
type Authorized struct {
	Action, Resource string
	keypolicy.Decision
}

// trailLimit bounds a served lab's memory; the oldest half goes.
const trailLimit = 1 << 17

// Trail keeps every call in the order of their effects.
type Trail struct {
	mu      sync.Mutex
	entries []Entry
}

func (t *Trail) add(e Entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.entries) >= trailLimit {
		t.entries = append(t.entries[:0:0], t.entries[trailLimit/2:]...)
	}
	t.entries = append(t.entries, e)
}

// Entries gives a copy of what the trail holds.
func (t *Trail) Entries() []Entry {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]Entry(nil), t.entries...)
}

// Count gives the number of calls of one operation that came from outside; an
// empty service or operation counts all.
func (t *Trail) Count(service, operation string) int {
	n := 0
	for _, e := range t.Entries() {
		if (service == "" || e.Service == service) && (operation == "" || e.Operation == operation) && e.Within == "" {
			n++
		}
	}
	return n
}

// Reset forgets all.
func (t *Trail) Reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.entries = nil
}

// Recorder keeps more of the calls than the trail does, as AWS CloudTrail does.
// It is told within the world's lock, and keeps nothing of a call but copies.
type Recorder interface {
	// Record hears of a call when it is over, with the error that it ended in. Of
	// calls that the lab could not serve faithfully it hears nothing.
	Record(c *Call, err error)
	// Happened hears of what a service did by itself.
	Happened(Occurrence)
}

// Occurrence is what a service did by itself to a resource, long after it was
// asked to, such as deleting a key.
type Occurrence struct {
	Service, Name string
	Account       keyid.Account
	Region        keyid.Region
	ARN           string
	Details       map[string]string // more that is told of it, or nil
}

// RegisterRecorder names who keeps the calls.
func (w *World) RegisterRecorder(r Recorder) { w.recorder = r }

// Happened tells the recorder, within the lock.
func (w *World) Happened(o Occurrence) {
	if w.recorder != nil {
		w.recorder.Happened(o)
	}
}

// Carries says what the call's input and output are, pointers to the SDK's
// types, nil for what it has not (yet). Perform does it for calls from outside;
// what a service offers to others for Call.On and World.Act does it itself.
func (c *Call) Carries(in, out any) { c.in, c.out = in, out }

// Carried gives what Carries was told.
func (c *Call) Carried() (in, out any) { return c.in, c.out }

// Tell adds to what is recorded of the call beside its input and output: what
// CloudTrail has as additionalEventData.
func (c *Call) Tell(name, value string) {
	if c.told == nil {
		c.told = map[string]string{}
	}
	c.told[name] = value
}

// Told is what Tell added, nil for nothing.
func (c *Call) Told() map[string]string { return c.told }

// Decisions are the questions that were put to the policies so far.
func (c *Call) Decisions() []Authorized { return c.decisions }

// EventID is the id of the call's event in the trail of an account: the
// caller's, or with owners that of another account, whose resource it was. Both
// events have the same shared id.
func (c *Call) EventID(owners bool) (id, shared string) {
	if c.event == 0 {
		c.event = c.World.count("event")
	}
	kind := "event"
	if owners {
		kind = "event of the owner"
	}
	return numbered(kind, c.event), numbered("shared event", c.event)
}
