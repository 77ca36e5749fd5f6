// Package delivery tries to hand something to another service until that has
// taken it, or there is no more point: what EventBridge and EventBridge Scheduler
// do with the targets of rules and schedules (EventBridge User Guide, "How
// EventBridge retries delivering events"; EventBridge Scheduler User Guide,
// "Configuring a schedule's retry policy").
//
// Tried again is what is answered with 5xx or throttled, and nothing else
// (reported, in repost.aws "eventbridge-resolve-failedinvocation-errors"; that a
// missing permission or resource is not, the guide says). That Scheduler does
// the same is assumed. So are the delays: one second, doubled up to eight
// minutes, without jitter. 185 of them take just under a day.
package delivery

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/aws/smithy-go"

	"rekey/lab/wire"
	"rekey/lab/world"
)

// Typical is how long it takes until the first attempt (EventBridge's
// documentation of latency: about half a second).
const Typical = 500 * time.Millisecond

// Limits of attempts where the target sets none.
const (
	MaxAge      = 24 * time.Hour
	MaxAttempts = 185
)

const (
	firstDelay = time.Second
	longest    = 8 * time.Minute
)

// Task is one thing on its way to one target.
type Task struct {
	World    *world.World
	Received time.Time     // what the age counts from
	Age      time.Duration // how old it may become
	Attempts int           // how often it is tried again
	// Do tries, within the world's lock; retries attempts were made before.
	Do func(retries int) error
	// Bury is called when it is given up. Exhausted is the condition that ended
	// it: MaximumRetryAttempts, MaximumEventAgeInSeconds, or "" where trying again
	// had no point.
	Bury func(f *Failure, exhausted string, retries int)
}

// Limit sets the limits of a retry policy; nil stands for the usual one.
func (t *Task) Limit(ageInSeconds, attempts *int32) {
	t.Age, t.Attempts = MaxAge, MaxAttempts
	if ageInSeconds != nil {
		t.Age = time.Duration(*ageInSeconds) * time.Second
	}
	if attempts != nil {
		t.Attempts = int(*attempts)
	}
}

// Try makes the first attempt, within the world's lock, and sees to the others.
func (t *Task) Try() { t.attempt(0) }

func (t *Task) attempt(n int) {
	err := t.Do(n)
	if err == nil {
		return
	}
	f := FailureOf(err)
	clock := t.World.Clock
	next, end := clock.Now().Add(min(firstDelay<<min(n, 20), longest)), t.Received.Add(t.Age)
	switch {
	case !f.Passing:
		t.Bury(f, "", n)
	case n >= t.Attempts:
		t.Bury(f, "MaximumRetryAttempts", n)
	case next.After(end):
		clock.At(end, func() { t.Bury(f, "MaximumEventAgeInSeconds", n) })
	default:
		clock.At(next, func() { t.attempt(n + 1) })
	}
}

// Failure is why an attempt failed.
type Failure struct {
	// Kind is the code that EventBridge gives in a dead letter, of the list in its
	// User Guide, "Using dead-letter queues". Which stands for what is assumed
	// where the name does not say.
	Kind string
	// Code is the one that the target's service answered, or Kind.
	Code    string
	Message string
	Passing bool // may be different later
}

func (f *Failure) Error() string { return f.Kind + ": " + f.Message }

// FailureOf classifies an error.
func FailureOf(err error) *Failure {
	var f *Failure
	if errors.As(err, &f) {
		if f.Code == "" {
			f.Code = f.Kind
		}
		return f
	}
	return classify(world.Answer(err))
}

func classify(e *wire.Error) *Failure {
	f := &Failure{Kind: "ERROR_FROM_TARGET", Code: e.Code, Message: e.Message}
	has := func(parts ...string) bool {
		for _, p := range parts {
			if strings.Contains(e.Code, p) {
				return true
			}
		}
		return false
	}
	switch {
	case e.Status == http.StatusNotImplemented: // not modelled: the trail tells
	case e.Status == http.StatusTooManyRequests || has("Throttl", "TooManyRequests"):
		f.Kind, f.Passing = "THROTTLING", true
	case e.Status >= 500 || e.Fault == smithy.FaultServer:
		f.Passing = true
	case has("AccessDenied", "AuthorizationError", "NotAuthorized"):
		f.Kind = "NO_PERMISSIONS"
	case has("NotFound", "NonExistent", "DoesNotExist"):
		f.Kind = "NO_RESOURCE"
	case has("Invalid", "Validation"):
		f.Kind = "INVALID_PARAMETER"
	}
	return f
}
