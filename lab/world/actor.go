package world

import (
	"context"
	"strings"

	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

// Actor is who makes a call that no request asked for: a service, as itself or
// with the credentials of a role that it assumed.
type Actor struct {
	Caller Caller
	Region keyid.Region
	// Source is the resource on whose behalf a service acts as itself.
	Source Source
}

// Source is what aws:SourceArn and aws:SourceAccount say of a service's call
// (IAM User Guide, "The confused deputy problem").
type Source struct {
	ARN     string
	Account keyid.Account
}

// ServiceCaller is an AWS service that acts as itself, such as
// s3.amazonaws.com. It panics on what is no service's name.
func ServiceCaller(name string) Caller {
	p, err := keypolicy.ParsePrincipal(name)
	if err != nil || p.Kind() != keypolicy.Service {
		panic("world: " + name + " is no service")
	}
	return Caller{UserID: name, Principal: p}
}

// Anonymous is a caller without credentials. It is in no account.
func Anonymous() Caller {
	p := keypolicy.AnonymousCaller()
	return Caller{UserID: p.ARN(), Principal: p}
}

// Act makes a call within the world's lock, and leaves its entry in the trail.
// do runs the handler of the service that is called. Faults without a delay
// strike it as they do any call.
func (w *World) Act(a Actor, service, operation string, do func(*Call) error) error {
	c := &Call{
		World: w, Service: service, Operation: operation, RequestID: w.UUID("request"),
		Region: a.Region, Caller: a.Caller, Time: w.Clock.Now(), Source: a.Source,
		Client: Client{Secure: true}, // services call each other over TLS
	}
	return c.struck(context.Background(), within, func() error { return do(c) })
}

// Whose names who makes the call: the unique id of its user or role, and, of a
// service that acts as itself, the resource that it acts for. By it a service
// knows a principal again, which its ARN does not tell from one of the same name
// that was deleted.
func (c *Call) Whose() string {
	id, _, _ := strings.Cut(c.Caller.UserID, ":")
	return id + "\x00" + c.Source.ARN
}
