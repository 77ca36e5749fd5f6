package world

import (
	"maps"
	"strconv"
	"time"

	"rekey/lab/wire"
	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

// Call is one call of one operation, as its handler sees it.
type Call struct {
	World     *World
	Service   string
	Operation string
	RequestID string
	Region    keyid.Region
	Caller    Caller
	Time      time.Time
	// Via is the service that makes this call on the caller's behalf, such as
	// secretsmanager.us-east-1.amazonaws.com; "" for the caller's own calls.
	Via string
	// Within is the operation that makes this call as a part of itself, such as
	// GetSecretValue; "" for a call from outside.
	Within string

	decisions []Authorized
}

// Account is the caller's account.
func (c *Call) Account() keyid.Account { return c.Caller.Account() }

// Access is one question to the policies: may the caller do this to that?
type Access struct {
	Action          string
	Resource        string
	ResourceAccount keyid.Account
	// Context has the condition keys that the service adds; the global ones
	// that the lab knows are added to it.
	Context map[string][]string
	// Policy is the resource's own, nil where it has none.
	Policy *keypolicy.Named
}

// Decide asks the policies and keeps the answer in the trail. A policy that
// the evaluator does not fully understand is an error, never an Allow.
func (c *Call) Decide(a Access) (keypolicy.Decision, error) {
	req := c.request(a)
	policies := keypolicy.Policies{Resource: a.Policy}
	if c.World.identities != nil {
		policies.Identity = c.World.identities.Policies(c.Caller.Principal)
	}
	d, err := keypolicy.Evaluate(req, policies)
	if err != nil {
		return d, undecided(a, err)
	}
	c.decisions = append(c.decisions, Authorized{a.Action, a.Resource, d})
	return d, nil
}

func (c *Call) request(a Access) keypolicy.Request {
	req := keypolicy.Request{
		Principal: c.Caller.Principal, Action: a.Action,
		Resource: a.Resource, ResourceAccount: a.ResourceAccount,
		Context: c.globals(a.ResourceAccount),
	}
	maps.Copy(req.Context, a.Context)
	return req
}

// Authorize is Decide for the services that word a refusal in the common way
// (IAM User Guide, "Troubleshoot access denied error messages"): code is
// AccessDeniedException for JSON services and AccessDenied for Query ones.
func (c *Call) Authorize(code string, a Access) error {
	d, err := c.Decide(a)
	if err != nil || d.Effect == keypolicy.Allowed {
		return err
	}
	return &wire.Error{Code: code, Status: deniedStatus[code], Message: c.Denial(a, d)}
}

var deniedStatus = map[string]int{"AccessDenied": 403, "AccessDeniedException": 400}

// Denial words a refusal.
func (c *Call) Denial(a Access, d keypolicy.Decision) string {
	text := "User: " + c.Caller.ARN() + " is not authorized to perform: " + a.Action
	if a.Resource != "*" {
		text += " on resource: " + a.Resource
	}
	kind := "an identity-based policy"
	if a.Policy != nil && d.Policy == a.Policy.Name {
		kind = "a resource-based policy"
	}
	if d.Effect == keypolicy.ExplicitlyDenied {
		return text + " with an explicit deny in " + kind
	}
	open, err := c.Open(a)
	if a.ResourceAccount != c.Account() || c.Caller.Principal.Kind() == keypolicy.Root || err == nil && !open {
		return text + " because no resource-based policy allows the " + a.Action + " action"
	}
	return text + " because no identity-based policy allows the " + a.Action + " action"
}

// everything is an identity policy that allows all.
var everything = func() keypolicy.Named {
	d, err := keypolicy.Parse(keypolicy.IdentityPolicy, []byte(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`))
	if err != nil {
		panic(err) // the text is ours
	}
	return keypolicy.Named{Name: "everything", Document: d}
}()

// Open says whether the resource's own policy lets the caller in, if identity
// policies do: a key policy that neither names the caller nor delegates to its
// account lets nobody in. It leaves nothing in the trail.
func (c *Call) Open(a Access) (bool, error) {
	d, err := keypolicy.Evaluate(c.request(a), keypolicy.Policies{Identity: c.allowing(), Resource: a.Policy})
	if err != nil {
		return false, undecided(a, err)
	}
	return d.Effect == keypolicy.Allowed, nil
}

// allowing are identity policies that allow all. A root user has none.
func (c *Call) allowing() []keypolicy.Named {
	if c.Caller.Principal.Kind() == keypolicy.Root {
		return nil
	}
	return []keypolicy.Named{everything}
}

func undecided(a Access, err error) error {
	return &wire.Error{Code: "NotImplemented", Status: 501, Message: "the lab cannot decide " + a.Action + " on " + a.Resource + ": " + err.Error()}
}

// globals are the global condition keys that the lab knows of a call (IAM User
// Guide, "AWS global condition context keys").
func (c *Call) globals(resourceAccount keyid.Account) map[string][]string {
	ctx := c.Caller.Principal.Context()
	ctx["aws:userid"] = []string{c.Caller.UserID}
	ctx["aws:RequestedRegion"] = []string{string(c.Region)}
	ctx["aws:CurrentTime"] = []string{c.Time.Format(time.RFC3339)}
	ctx["aws:EpochTime"] = []string{strconv.FormatInt(c.Time.Unix(), 10)}
	ctx["aws:SecureTransport"] = []string{"false"} // the lab speaks plain HTTP
	ctx["aws:ViaAWSService"] = []string{strconv.FormatBool(c.Via != "")}
	if resourceAccount != "" {
		ctx["aws:ResourceAccount"] = []string{string(resourceAccount)}
	}
	return ctx
}

// On makes the call that a service makes of another one on the caller's behalf
// (a forward access session), and leaves its own entry in the trail. do runs
// the other service's handler.
func (c *Call) On(service, operation, via string, do func(*Call) error) error {
	sub := &Call{
		World: c.World, Service: service, Operation: operation, RequestID: c.RequestID,
		Region: c.Region, Caller: c.Caller, Time: c.Time, Via: via, Within: c.Operation,
	}
	return sub.run(func() error { return do(sub) })
}
