package lab

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"net"
	"net/http"
	"reflect"
	"strings"
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
	c := &world.Call{RequestID: l.World.RequestID(), Client: clientOf(r)}
	if err != nil {
		l.refuse(w, r, nil, c, err)
		return
	}
	if presigned(r) {
		l.refuse(w, r, body, c, world.Unimplemented("presigned requests (SigV4 in the query string)"))
		return
	}
	sig, refused := l.verifier.Verify(r, body, time.Now())
	if refused != nil {
		l.guess(r, body).EncodeError(w, refused, c.RequestID)
		return
	}
	c.Service, c.Region = sig.Service, keyid.Region(sig.Region)
	addressed := l.addressed(r, body)
	e, refused := l.scoped(sig, r, addressed)
	if refused != nil {
		l.guess(r, body).EncodeError(w, refused, c.RequestID)
		return
	}
	key, ok := l.World.AccessKey(sig.AccessKeyID)
	if !ok { // deleted since its signature was verified
		l.guess(r, body).EncodeError(w, wire.UnknownKey(wire.ProtocolOf(r)), c.RequestID)
		return
	}
	c.Caller, c.Client.AccessKeyID = key.Caller, key.ID
	if e == nil {
		_, c.Operation, _ = strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		l.refuse(w, r, body, c, world.Unimplemented("the service "+sig.Service))
		return
	}
	var answer recorded
	if err := l.perform(e, c, r, body, &answer); err != nil {
		e.model.EncodeError(w, world.Answer(err), c.RequestID)
		return
	}
	answer.send(w)
}

// scoped finds the service that a signature is for; nil for one that the lab
// does not have. IAM is signed for in us-east-1, but a client that is given an
// endpoint of its own, as for this lab, signs for IAM in its own Region, so any
// is taken.
func (l *Lab) scoped(sig wire.Signature, r *http.Request, addressed *wire.Service) (*endpoint, *wire.Error) {
	if !world.RegionExists(keyid.Region(sig.Region)) {
		return nil, wire.WrongRegion(wire.ProtocolOf(r))
	}
	e := l.endpoints[sig.Service]
	if e != nil && addressed != nil && addressed != e.model {
		return nil, wire.WrongScope(addressed.Protocol(), addressed.SigningName())
	}
	return e, nil
}

// refuse answers what came to no operation, and leaves it in the trail.
func (l *Lab) refuse(w http.ResponseWriter, r *http.Request, body []byte, c *world.Call, err error) {
	l.guess(r, body).EncodeError(w, world.Answer(l.World.Refuse(c, err)), c.RequestID)
}

// presigned says whether the signature is in the query string.
func presigned(r *http.Request) bool {
	return r.Header.Get("Authorization") == "" && r.URL.Query().Has("X-Amz-Signature")
}

// clientOf is what a request tells of its sender. In process there is no
// address: it is taken to be this machine's.
func clientOf(r *http.Request) world.Client {
	address, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		address = "127.0.0.1"
	}
	return world.Client{Address: address, UserAgent: r.UserAgent(), Referer: r.Referer()}
}

// perform routes, decodes and runs one verified request, and writes its answer
// into w. What it refuses itself goes into the trail too.
func (l *Lab) perform(e *endpoint, c *world.Call, r *http.Request, body []byte, w http.ResponseWriter) error {
	name, ok := e.model.Route(r, body)
	c.Service, c.Operation = e.model.Name(), name
	op, have := e.operations[name]
	var in any
	err := func() error {
		switch {
		case !ok || !have && !e.model.Has(name):
			return e.model.NoSuchOperation(name)
		case !have:
			return world.Unimplemented(e.model.Name() + " " + name)
		}
		in = reflect.New(op.Input).Interface()
		if err := e.model.DecodeInput(name, r, body, in); err != nil {
			return err
		}
		return e.model.Validate(name, in)
	}()
	if err != nil {
		return l.World.Refuse(c, err)
	}
	return l.World.Perform(r.Context(), c, op, in, func(out any) error { return e.model.EncodeOutput(name, w, out, c.RequestID) })
}

// recorded keeps an answer until it can be sent: it is written within the
// world's lock, where no caller may be waited for.
type recorded struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *recorded) Header() http.Header {
	if a.header == nil {
		a.header = http.Header{}
	}
	return a.header
}

func (a *recorded) WriteHeader(status int) { a.status = status }

func (a *recorded) Write(p []byte) (int, error) { return a.body.Write(p) }

func (a *recorded) send(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	if a.status != 0 {
		w.WriteHeader(a.status)
	}
	_, _ = w.Write(a.body.Bytes()) // a caller that has gone needs no answer
}

// addressed finds the service that a request is meant for by its content, or
// nil.
func (l *Lab) addressed(r *http.Request, body []byte) *wire.Service {
	for _, e := range l.endpoints {
		if _, ok := e.model.Route(r, body); ok {
			return e.model
		}
	}
	return nil
}

// guess finds the service that a request was probably meant for, to refuse it
// in a protocol that its sender understands.
func (l *Lab) guess(r *http.Request, body []byte) *wire.Service {
	if s := l.addressed(r, body); s != nil {
		return s
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
			calls = append(calls, fmt.Sprintf("%s %s by %s: %s", cmp.Or(e.Service, "?"), cmp.Or(e.Operation, "?"), cmp.Or(e.Caller.ARN(), "?"), e.Error))
		}
	}
	return calls
}
