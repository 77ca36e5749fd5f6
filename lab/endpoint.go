package lab

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"time"

	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/keyid"
)

// service is what a package under lab/ offers for one AWS service.
type service interface {
	Name() string
	Operations() []world.Operation
}

// endpoint is one service with its wire protocol.
type endpoint struct {
	model      *wire.Service
	operations map[string]world.Operation
}

func newEndpoint(s service) *endpoint {
	e := &endpoint{model: wire.MustLoad(s.Name()), operations: map[string]world.Operation{}}
	for _, op := range s.Operations() {
		if !e.model.Has(op.Name) {
			panic("lab: " + s.Name() + " has no operation " + op.Name)
		}
		e.operations[op.Name] = op
	}
	return e
}

// ServeHTTP answers one request as AWS does: who signed it, for which service
// and Region; which operation; its input; what happens; the answer.
func (l *Lab) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := wire.ReadBody(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	id := l.World.RequestID()
	sig, refused := l.verifier.Verify(r, body, time.Now())
	if refused != nil {
		l.guess(r, body).EncodeError(w, refused, id)
		return
	}
	e := l.endpoints[sig.Service]
	if e == nil {
		l.guess(r, body).EncodeError(w, unimplemented("the service "+sig.Service), id)
		return
	}
	key, _ := l.World.AccessKey(sig.AccessKeyID)
	c := &world.Call{Service: e.model.Name(), RequestID: id, Region: keyid.Region(sig.Region), Caller: key.Caller}
	out, err := l.perform(e, c, r, body)
	if err == nil {
		err = e.model.EncodeOutput(c.Operation, w, out, id)
	}
	if err != nil {
		e.model.EncodeError(w, world.Answer(err), id)
	}
}

// perform routes, decodes and runs one verified request. What it refuses
// itself goes into the trail too.
func (l *Lab) perform(e *endpoint, c *world.Call, r *http.Request, body []byte) (any, error) {
	name, ok := e.model.Route(r, body)
	c.Operation = name
	op, have := e.operations[name]
	var in any
	err := func() error {
		switch {
		case !ok || !have && !e.model.Has(name):
			return e.model.NoSuchOperation(name)
		case !have:
			return unimplemented(e.model.Name() + " " + name)
		}
		in = reflect.New(op.Input).Interface()
		if err := e.model.DecodeInput(name, r, body, in); err != nil {
			return err
		}
		return e.model.Validate(name, in)
	}()
	if err != nil {
		return nil, l.World.Refuse(c, err)
	}
	return l.World.Perform(r.Context(), c, op, in)
}

func unimplemented(what string) *wire.Error {
	var e *wire.Error
	errors.As(world.Unimplemented(what), &e)
	return e
}

// guess finds the service that a request was probably meant for, to refuse it
// in a protocol that its sender understands.
func (l *Lab) guess(r *http.Request, body []byte) *wire.Service {
	for _, e := range l.endpoints {
		if _, ok := e.model.Route(r, body); ok {
			return e.model
		}
	}
	if wire.ProtocolOf(r) == wire.Query {
		return l.endpoints["sts"].model
	}
	return l.endpoints["kms"].model
}

// Unfaithful lists the calls that the lab could not serve as AWS does; a test
// that leaves any has tested nothing.
func (l *Lab) Unfaithful() []string {
	var calls []string
	for _, e := range l.World.Trail.Entries() {
		if e.Unknown {
			calls = append(calls, fmt.Sprintf("%s %s by %s: %s", e.Service, e.Operation, e.Caller.ARN(), e.Error))
		}
	}
	return calls
}
