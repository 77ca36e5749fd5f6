package world

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"rekey/lab/wire"
	"rekey/shared/keypolicy"
)

// thing is the input and the output of the operations of these tests' service.
type thing struct {
	Resource, Bucket, Key, QueueUrl                    string
	KeyPairSpec, EncryptionAlgorithm, SigningAlgorithm string
}

// shop is a service with a counter: Do counts, List lists what was counted.
type shop struct {
	world *World
	done  []string
	each  func(*Call) error // runs in Do, if set
}

func newShop(o Options) (*World, *shop) {
	w := New(o)
	return w, &shop{world: w}
}

func (s *shop) do(c *Call, in *thing) (*thing, error) {
	if in.Resource != "" {
		if _, err := c.Decide(Access{Action: "shop:Do", Resource: in.Resource, ResourceAccount: "111122223333"}); err != nil {
			return nil, err
		}
	}
	if s.each != nil {
		if err := s.each(c); err != nil {
			return nil, err
		}
	}
	s.done = append(s.done, fmt.Sprint(len(s.done)))
	return &thing{}, nil
}

func (s *shop) list(c *Call, _ *thing) (*thing, error) {
	some, _, _ := Page(c, s.done, func(d string) string { return d }, nil, nil, 100)
	return &thing{Resource: fmt.Sprint(len(some))}, nil
}

// call makes a call as the root user of account 111122223333 in eu-north-1. It
// gives the code of its error, or the answer's Resource.
func (s *shop) call(t testing.TB, service, operation string, in thing) string {
	t.Helper()
	return s.callFrom(t.Context(), t, "eu-north-1", service, operation, in)
}

func (s *shop) callFrom(ctx context.Context, t testing.TB, region, service, operation string, in thing) string {
	t.Helper()
	op := Op(operation, s.do)
	if operation == "List" {
		op = Op(operation, s.list)
	}
	c := &Call{Service: service, Operation: operation, Caller: rootOf(t), RequestID: s.world.RequestID()}
	c.Region = regionOf(region)
	var out *thing
	err := s.world.Perform(ctx, c, op, &in, func(o any) error { out = o.(*thing); return nil })
	var e *wire.Error
	switch {
	case err == nil:
		return out.Resource
	case errors.As(err, &e):
		return e.Code
	}
	return err.Error()
}

func rootOf(t testing.TB) Caller {
	t.Helper()
	p, err := keypolicy.ParsePrincipal("arn:aws:iam::111122223333:root")
	if err != nil {
		t.Fatal(err)
	}
	return Caller{UserID: "111122223333", Principal: p}
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// soon waits for what another goroutine brings about.
func soon(t testing.TB, what string, done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatalf("%s does not happen", what)
	}
}
