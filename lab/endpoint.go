package lab

import (
	"cmp"
	"fmt"
	"net"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"sync"
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

// worder is a service that words in its own way what the model's constraints
// find in an input.
type worder interface {
	Violation(in any, err error) error
}

// hasUnions is a service of which some members are unions; see wire's Unions.
type hasUnions interface {
	Unions() []any
}

// endpoint is one service with its wire protocol.
type endpoint struct {
	service
	model      *wire.Service
	operations map[string]world.Operation
}

func newEndpoint(s service) *endpoint {
	e := &endpoint{service: s, model: modelOf(s), operations: map[string]world.Operation{}}
	for _, op := range s.Operations() {
		if !e.model.Has(op.Name) {
			panic("lab: " + s.Name() + " has no operation " + op.Name)
		}
		e.operations[op.Name] = op
	}
	return e
}

// models are those of all labs of this process: reading one takes milliseconds,
// and it does not change.
var models sync.Map // of func() *wire.Service, by the service's name

func modelOf(s service) *wire.Service {
	load, _ := models.LoadOrStore(s.Name(), sync.OnceValue(func() *wire.Service {
		m := wire.MustLoad(s.Name())
		if u, ok := s.(hasUnions); ok {
			m.Unions(u.Unions()...)
		}
		return m
	}))
	return load.(func() *wire.Service)()
}

// ServeHTTP answers one request as AWS does: who signed it, for which service
// and Region; which operation; its input; what happens; the answer.
func (l *Lab) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &world.Call{RequestID: l.World.RequestID(), Client: clientOf(r)}
	var answer recorded
	l.answer(&answer, r, c)
	answer.send(w, r)
}

// answer verifies one request and has it performed.
func (l *Lab) answer(w *recorded, r *http.Request, c *world.Call) {
	p := l.protocolOf(r)
	body, err := wire.ReadBody(p, r)
	if err != nil {
		l.refuse(w, r, nil, c, err)
		return
	}
	sig, refused := l.verifier.Verify(p, r, body, time.Now())
	if refused != nil {
		l.guess(r, body).EncodeError(w, refused, c.RequestID)
		return
	}
	body, sig.Body = sig.Body, nil
	e, refused := l.identify(c, sig, r, body)
	if refused != nil {
		l.guess(r, body).EncodeError(w, refused, c.RequestID)
		return
	}
	if e == nil {
		_, c.Operation, _ = strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		l.refuse(w, r, body, c, world.Unimplemented("the service "+sig.Service))
		return
	}
	if err := l.perform(e, c, r, body, w); err != nil {
		w.reset()
		e.model.EncodeError(w, world.Answer(err), c.RequestID)
	}
}

// identify notes who calls, for which service and Region, and finds the service;
// nil for one that the lab does not have. A request without a signature is for
// S3, where nobody's name is in the Region that the endpoint is said to be in.
func (l *Lab) identify(c *world.Call, sig wire.Signature, r *http.Request, body []byte) (*endpoint, *wire.Error) {
	c.Client.Signature = sig
	if sig.Anonymous {
		e := l.endpoints["s3"]
		c.Service, c.Region, c.Caller = e.model.Name(), regionOf(r.Host), world.Anonymous()
		return e, nil
	}
	c.Client.AccessKeyID = sig.AccessKeyID
	c.Service, c.Region = sig.Service, keyid.Region(sig.Region)
	e, refused := l.scoped(sig, r, l.addressed(r, body))
	if refused != nil {
		return nil, refused
	}
	key, ok := l.World.AccessKey(sig.AccessKeyID)
	if !ok { // deleted since its signature was verified
		return nil, wire.UnknownKey(l.protocolOf(r), sig.AccessKeyID)
	}
	c.Caller = key.Caller
	return e, nil
}

// regionOf is the Region in the name of an endpoint of S3, bucket.s3.Region.…, or
// us-east-1, where the endpoint without a Region is.
func regionOf(host string) keyid.Region {
	labels := strings.Split(host, ".")
	for i, label := range labels[:len(labels)-1] {
		if region := keyid.Region(labels[i+1]); label == "s3" && world.RegionExists(region) {
			return region
		}
	}
	return "us-east-1"
}

// scoped finds the service that a signature is for; nil for one that the lab
// does not have. IAM is signed for in us-east-1, but a client that is given an
// endpoint of its own, as for this lab, signs for IAM in its own Region, so any
// is taken.
func (l *Lab) scoped(sig wire.Signature, r *http.Request, addressed *wire.Service) (*endpoint, *wire.Error) {
	if !world.RegionExists(keyid.Region(sig.Region)) {
		return nil, wire.WrongRegion(l.protocolOf(r), sig.Region, "us-east-1")
	}
	e := l.endpoints[sig.Service]
	if e != nil && addressed != nil && addressed != e.model {
		return nil, wire.WrongScope(addressed.Protocol(), addressed.SigningName())
	}
	return e, nil
}

// protocolOf is the protocol of the service that a request says it is signed
// for. One that is not signed, and is not of a protocol that can be told from
// it, is an anonymous one to S3.
func (l *Lab) protocolOf(r *http.Request) wire.Protocol {
	p, told := wire.ProtocolOf(r)
	service, signed := wire.ScopeOf(r)
	switch e := l.endpoints[service]; {
	case e != nil:
		return e.model.Protocol()
	case !signed && !told && l.endpoints["s3"] != nil:
		return wire.RestXML
	}
	return p
}

// refuse answers what came to no operation, and leaves it in the trail.
func (l *Lab) refuse(w http.ResponseWriter, r *http.Request, body []byte, c *world.Call, err error) {
	l.guess(r, body).EncodeError(w, world.Answer(l.World.Refuse(c, err)), c.RequestID)
}

// clientOf is what a request tells of its sender. In process there is no
// address: it is taken to be this machine's.
func clientOf(r *http.Request) world.Client {
	address, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		address = "127.0.0.1"
	}
	return world.Client{Address: address, UserAgent: r.UserAgent(), Referer: r.Referer(), Host: r.Host, Secure: r.TLS != nil}
}

// perform routes, decodes and runs one verified request, and writes its answer
// into w. What it refuses itself goes into the trail too.
func (l *Lab) perform(e *endpoint, c *world.Call, r *http.Request, body []byte, w *recorded) error {
	name, ok := e.model.Route(r, body)
	c.Service, c.Operation = e.model.Name(), name
	op, have := e.operations[name]
	var in any
	err := func() error {
		switch {
		case e.model.Protocol() == wire.RestXML && bucketHost.MatchString(r.Host):
			return world.Unimplemented("S3's virtual-hosted addresses: let the client name buckets in the path (Go: o.UsePathStyle; boto3: addressing_style path; or an endpoint with an IP address)")
		case !ok || !have && !e.model.Has(name):
			return e.model.NoSuchOperation(name)
		case !have:
			return world.Unimplemented(e.model.Name() + " " + name)
		}
		in = reflect.New(op.Input).Interface()
		if err := e.model.DecodeInput(name, r, body, in); err != nil {
			return err
		}
		err := e.model.Validate(name, in)
		if own, ok := e.service.(worder); ok && err != nil {
			return own.Violation(in, err)
		}
		return err
	}()
	if err != nil {
		return l.World.Refuse(c, err)
	}
	return l.World.Perform(r.Context(), c, op, in, func(out any) error { return e.model.EncodeOutput(name, w, out, c.RequestID) })
}

// bucketHost is a host that names a bucket before an endpoint of S3, or this lab.
var bucketHost = regexp.MustCompile(`^[^:]+\.(s3[.-][^:]*amazonaws\.com|lab\.invalid|localhost)(:[0-9]+)?$`)

// addressed finds the service that a request is meant for by its content, or
// nil: where the path tells it, any service's might.
func (l *Lab) addressed(r *http.Request, body []byte) *wire.Service {
	if _, told := wire.ProtocolOf(r); !told {
		return nil
	}
	for _, e := range l.endpoints {
		if e.model.Protocol().ByPath() {
			continue
		}
		if _, ok := e.model.Route(r, body); ok {
			return e.model
		}
	}
	return nil
}

// guess finds the service that a request was probably meant for, to refuse it
// in a protocol that its sender understands.
func (l *Lab) guess(r *http.Request, body []byte) *wire.Service {
	if service, ok := wire.ScopeOf(r); ok && l.endpoints[service] != nil {
		return l.endpoints[service].model
	}
	if s := l.addressed(r, body); s != nil {
		return s
	}
	switch l.protocolOf(r) {
	case wire.RestXML:
		return l.endpoints["s3"].model
	case wire.Query:
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
