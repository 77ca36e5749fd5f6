package lambda

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"syscall"

	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"rekey/lab/world"
)

// asyncLimit is the size of an event that is queued, in bytes (Lambda API
// Reference, Invoke).
const asyncLimit = 1 << 20

func (s *Service) invoke(c *world.Call, in *sdk.InvokeInput) (*sdk.InvokeOutput, error) {
	if in.ClientContext != nil || in.DurableExecutionName != nil || in.TenantId != nil {
		return nil, world.Unimplemented("Invoke with ClientContext, DurableExecutionName or TenantId")
	}
	n, err := parseName(c, *in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	f, err := s.findFor(c, n, "InvokeFunction")
	if err != nil {
		return nil, err
	}
	event := in.Payload
	if len(event) == 0 {
		event = []byte("{}") // assumed: what a function sees where nothing was sent
	}
	switch in.InvocationType {
	case types.InvocationTypeDryRun:
		return &sdk.InvokeOutput{StatusCode: 204}, nil
	case types.InvocationTypeEvent:
		if err := s.enqueue(f, c.RequestID, event); err != nil {
			return nil, err
		}
		return &sdk.InvokeOutput{StatusCode: 202}, nil
	}
	if err := ready(f); err != nil {
		return nil, err
	}
	run, err := s.begin(f)
	if err != nil {
		return nil, err
	}
	out := &sdk.InvokeOutput{StatusCode: 200, ExecutedVersion: new(latest)}
	c.Unlocked(func(ctx context.Context) error {
		r, err := run(ctx, c.RequestID, event)
		if err != nil {
			return err
		}
		out.Payload = r.Payload
		if r.FunctionError != "" {
			out.FunctionError = &r.FunctionError
		}
		if in.LogType == types.LogTypeTail {
			out.LogResult = new(base64.StdEncoding.EncodeToString(r.Log))
		}
		return nil
	})
	return out, nil
}

// ready refuses a function that is still being made (reported, in
// remotion-dev/remotion#1186).
func ready(f *function) error {
	if f.state == types.StatePending {
		return conflict("The operation cannot be performed at this time. The function is currently in the following state: Pending")
	}
	return nil
}

// ran turns what could not be run into what the invoker is told: where the code
// itself cannot be started, that is the function's failure.
func (s *Service) ran(r Result, err error, id string) (Result, error) {
	if err == nil {
		return r, nil
	}
	if told := unrun(err); told != nil {
		return r, told
	}
	return failed("Runtime.InvalidEntrypoint", "RequestId: "+id+" Error: fork/exec /var/task/bootstrap: "+why(err)), nil
}

// why is the system's reason for not starting a program.
func why(err error) string {
	var reason syscall.Errno
	if errors.As(err, &reason) {
		return reason.Error()
	}
	return err.Error()
}

// Queue invokes a function asynchronously, within the world's lock, as the
// caller of c.
func (s *Service) Queue(c *world.Call, functionARN string, event []byte) error {
	f, err := s.invokable(c, functionARN)
	if err != nil {
		return err
	}
	return s.enqueue(f, c.RequestID, event)
}

// Start invokes a function within the world's lock, as the caller of c, and
// calls done within the lock when it has ended: with the answer, what kind of
// failure of the function it is ("" for none), or why it could not be run. done
// may be nil.
func (s *Service) Start(c *world.Call, functionARN string, event []byte, done func(answer []byte, functionError string, err error)) error {
	f, err := s.invokable(c, functionARN)
	if err != nil {
		return err
	}
	if err := ready(f); err != nil {
		return err
	}
	run, err := s.begin(f)
	if err != nil {
		return err
	}
	s.outside(run, c.RequestID, event, func(r Result, err error) {
		if done != nil {
			done(r.Payload, r.FunctionError, err)
		}
	})
	return nil
}

// outside runs a function without the lock, and calls then within it.
func (s *Service) outside(run run, id string, event []byte, then func(Result, error)) {
	s.world.Outside(func() {
		r, err := run(context.Background(), id, event)
		s.world.Locked(func() { then(r, err) })
	})
}

// invokable finds a function that a service names by its ARN.
func (s *Service) invokable(c *world.Call, functionARN string) (*function, error) {
	n, err := parseName(c, functionARN, nil)
	if err != nil {
		return nil, err
	}
	return s.findFor(c, n, "InvokeFunction")
}

// enqueue takes an event for the function to handle soon. Its id is that of the
// request, at every attempt (recorded).
func (s *Service) enqueue(f *function, id string, payload []byte) error {
	switch {
	case len(payload) > asyncLimit: // the recorded wording has another limit
		return &types.RequestTooLargeException{Message: new("1048576 byte payload is too large for the Event invocation type (limit 1048576 bytes)"), Type: new("User")}
	case !json.Valid(payload):
		return unrun(ErrInvalidEvent)
	}
	e := &event{id: id, function: f.name, payload: bytes.Clone(payload), queued: s.world.Clock.Now()}
	s.world.Deliver(world.Delivery{From: "lambda", To: f.arn(), Typical: handing, Do: func() { s.attempt(*e) }})
	return nil
}
