package lambda

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"rekey/lab/wire"
	"rekey/lab/world"
)

// environment runs a function's code, one event at a time.
type environment interface {
	invoke(ctx context.Context, id string, event []byte) (Result, error)
	Stop()
	of() Function // that it runs
}

// accountConcurrency is how many events an account's functions handle at once in
// a Region (Lambda Developer Guide, "Lambda quotas").
const accountConcurrency = 1000

// nowhere is the endpoint of functions where the lab is not served: their calls
// of it fail.
const nowhere = "http://lab.invalid"

// idleFor is how long an environment waits for the next event. AWS gives no
// time; minutes are what is seen.
const idleFor = 10 * time.Minute

// run handles an event, without the world's lock.
type run func(ctx context.Context, id string, event []byte) (Result, error)

// begin takes an environment for one event, within the world's lock. What it
// gives is called without the lock, and once.
func (s *Service) begin(f *function) (run, error) {
	if err := s.admit(f); err != nil {
		return nil, err
	}
	var e environment
	if n := len(f.idle); n > 0 {
		e, f.idle = f.idle[n-1], f.idle[:n-1]
	} else {
		var err error
		if e, err = s.environment(f); err != nil {
			return nil, err
		}
	}
	f.running++
	of := f.revision
	return func(ctx context.Context, id string, event []byte) (Result, error) {
		result, err := e.invoke(ctx, id, event)
		s.world.Locked(func() { s.release(f, e, of) })
		return s.ran(result, err, id)
	}, nil
}

// admit refuses an event where the function, or its account, handles as many as
// it may (recorded wording of the function's).
func (s *Service) admit(f *function) error {
	unreserved := accountConcurrency
	busy := 0
	for _, other := range s.functions[f.home] {
		if other.reserved != nil {
			unreserved -= int(*other.reserved)
		} else {
			busy += other.running
		}
	}
	switch {
	case f.reserved != nil && f.running >= int(*f.reserved):
		return throttled(types.ThrottleReasonReservedFunctionConcurrentInvocationLimitExceeded)
	case f.reserved == nil && busy >= unreserved:
		return throttled(types.ThrottleReasonConcurrentInvocationLimitExceeded)
	}
	return nil
}

func throttled(why types.ThrottleReason) error {
	return &types.TooManyRequestsException{Message: new("Rate Exceeded."), Type: new("User"), Reason: why}
}

var errClosed = errors.New("functions do not run any more")

// environment makes an environment of the function as it is now; not after
// Close.
func (s *Service) environment(f *function) (environment, error) {
	is := Function{
		Name: f.function, Region: f.region, Account: f.account, Bootstrap: f.code.path, Role: f.role,
		Env: f.env, Timeout: time.Duration(f.timeout) * time.Second, MemoryMB: int(f.memory),
		handler: f.handler, runtime: f.runtime, logging: f.logging,
	}
	if f.run != nil {
		is = f.run(is)
	}
	var e environment
	switch {
	case is.Run != nil:
		e = &inProcess{function: is, sessions: s.sessions, world: s.world}
	default:
		i := NewInstance(s.world, s.sessions, cmp.Or(s.Endpoint, nowhere), is)
		i.logs = s.Logs
		e = i
	}
	s.ends.Lock()
	defer s.ends.Unlock()
	if s.closed {
		return nil, errClosed
	}
	s.all[e] = true
	return e, nil
}

// release gives an environment back after an event. One of code that has been
// replaced ends.
func (s *Service) release(f *function, e environment, of string) {
	f.running--
	if s.functions[f.home][f.function] != f || f.revision != of {
		s.world.Outside(func() { s.end(e) })
		return
	}
	f.idle = append(f.idle, e)
	s.world.Clock.At(s.world.Clock.Now().Add(idleFor), func() { s.reap(f) })
}

// reap ends the environment of a function that has waited longest, where all
// wait.
func (s *Service) reap(f *function) {
	if len(f.idle) > 0 && f.running == 0 {
		e := f.idle[0]
		f.idle = f.idle[1:]
		s.world.Outside(func() { s.end(e) })
	}
}

// discard ends the environments of a function that wait for an event.
func (s *Service) discard(f *function) {
	for _, e := range f.idle {
		s.world.Outside(func() { s.end(e) })
	}
	f.idle = nil
}

func (s *Service) end(e environment) {
	e.Stop()
	s.ends.Lock()
	defer s.ends.Unlock()
	delete(s.all, e)
}

// inProcess calls a Go function.
type inProcess struct {
	function Function
	sessions Sessions
	world    *world.World
}

func (*inProcess) Stop() {}

func (i *inProcess) of() Function { return i.function }

func (i *inProcess) invoke(ctx context.Context, _ string, event []byte) (Result, error) {
	if !json.Valid(event) {
		return Result{}, ErrInvalidEvent
	}
	var session world.AccessKey
	var err error
	i.world.Locked(func() {
		session, err = assume(i.sessions, i.function.arn(), i.function.Role)
	})
	if err != nil {
		return Result{}, err
	}
	answer, err := i.function.Run(ctx, session, event)
	if err != nil {
		return failed(reflect.Indirect(reflect.ValueOf(err)).Type().Name(), err.Error()), nil
	}
	return Result{Payload: answer}, nil
}

// unrun says what the invoker is told of a function that could not be run at
// all.
func unrun(err error) error {
	_, isAPI := wire.FromAPIError(err)
	switch {
	case errors.Is(err, ErrInvalidEvent): // recorded wording, as far as it does not quote the parser
		return &types.InvalidRequestContentException{Message: new("Could not parse request body into json"), Type: new("User")}
	case errors.Is(err, ErrTooLarge):
		return &types.RequestTooLargeException{Message: new("Request must be smaller than 6291456 bytes for the InvokeFunction operation"), Type: new("User")}
	case errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrPermission) || errors.Is(err, syscall.ENOEXEC):
		// AWS starts the environment, whose runtime then fails.
		return nil
	case isAPI: // the role
		return denied("The role defined for the function cannot be assumed by Lambda.")
	}
	return err
}
