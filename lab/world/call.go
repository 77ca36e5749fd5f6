package world

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
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
	// Client is who sent the request.
	Client Client
	// Source is the resource for which a service calls as itself.
	Source Source

	decisions []Authorized
	unlocked  func(context.Context) error
	in, out   any               // see Carries
	told      map[string]string // see Tell
	event     int               // see EventID

	orders []*Fault      // that may strike
	after  *Fault        // that strikes when the call took effect
	wait   time.Duration // before the answer, or before the call
	paging []*Fault      // that ask for smaller pages
}

// Unlocked asks for do to be called after the handler, without the world's lock,
// and before the answer is written: for a call that waits for something that
// needs the world itself, such as a function that was invoked. What do changes
// in the world it changes within World.Locked. Its error is the call's.
func (c *Call) Unlocked(do func(context.Context) error) { c.unlocked = do }

// Client is what a request tells of its sender.
type Client struct {
	Address, UserAgent, Referer string
	Host                        string // that it called
	Secure                      bool   // over TLS
	AccessKeyID                 string // of the signature
	// Signature is what was verified; its Body is left out.
	Signature wire.Signature
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
	Policy *Named
	// Grants are those of a KMS key that may count for this request.
	Grants []keypolicy.Grant
	// Also counts as a further identity policy of the caller: for a permission
	// that the resource gives without its account's leave.
	Also *Named
}

// Decide asks the policies and keeps the answer in the trail. A policy that
// the lab does not fully understand is an error, never an Allow.
func (c *Call) Decide(a Access) (keypolicy.Decision, error) {
	own := c.World.attached(c.Caller)
	if a.Also != nil && c.allowing() != nil {
		own.Identity = append(slices.Clip(own.Identity), *a.Also)
	}
	d, err := c.World.Evaluate(c.request(a, own.Tags), own, a.Policy, a.Grants...)
	if err != nil {
		return d, err
	}
	c.decisions = append(c.decisions, Authorized{a.Action, a.Resource, d})
	return d, c.strike(a.Resource)
}

// Evaluate asks policies about one request, within the world's lock. It refuses
// with NotImplemented what the lab cannot decide.
func (w *World) Evaluate(r keypolicy.Request, own Attached, resource *Named, grants ...keypolicy.Grant) (keypolicy.Decision, error) {
	reading := policyReading{world: w, request: r}
	asked := keypolicy.Policies{
		Identity: reading.all(own.Identity), Boundary: reading.one(own.Boundary), Session: reading.all(own.Session),
		Resource: reading.one(resource), Grants: grants,
	}
	for _, level := range own.ServiceControl {
		asked.ServiceControl = append(asked.ServiceControl, reading.all(level))
	}
	if reading.err != nil {
		return keypolicy.Decision{}, reading.err
	}
	d, err := keypolicy.Evaluate(r, asked)
	if err != nil {
		return d, undecided(r, err)
	}
	return d, nil
}

// policyReading makes policies ready to be evaluated, as they count now.
type policyReading struct {
	world   *World
	request keypolicy.Request
	err     error // the first
}

func (p *policyReading) all(list []Named) []keypolicy.Named {
	var known []keypolicy.Named
	for _, n := range list {
		if k := p.one(&n); k != nil {
			known = append(known, *k)
		}
	}
	return known
}

func (p *policyReading) one(n *Named) *keypolicy.Named {
	if n == nil || p.err != nil {
		return nil
	}
	policy, err := p.world.current(n.Policy)
	if err == nil {
		var key string
		if key, err = policy.undecidable(p.request); key != "" {
			err = cmp.Or(err, fmt.Errorf("%s asks for the condition key %s, which the lab does not know", n.Name, key))
		}
	}
	if err != nil {
		p.err = undecided(p.request, err)
		return nil
	}
	return &keypolicy.Named{Name: n.Name, Document: policy.document}
}

func (c *Call) request(a Access, tags map[string]string) keypolicy.Request {
	req := keypolicy.Request{
		Principal: c.Caller.Principal, Action: a.Action,
		Resource: a.Resource, ResourceAccount: a.ResourceAccount,
		Context: c.globals(a.ResourceAccount, tags),
	}
	if !strings.HasPrefix(a.Action, "kms:") {
		delete(req.Context, "kms:CallerAccount")
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
	if d.Effect == keypolicy.ExplicitlyDenied {
		return text + " with an explicit deny in " + article[d.Type] + policyTypes[d.Type]
	}
	return text + " because no " + policyTypes[d.Type] + " allows the " + a.Action + " action"
}

// policyTypes are the names that refusals have for the types of policies.
var policyTypes = map[keypolicy.PolicyType]string{
	keypolicy.TypeIdentity: "identity-based policy", keypolicy.TypeResource: "resource-based policy",
	keypolicy.TypeBoundary: "permissions boundary", keypolicy.TypeSession: "session policy",
	keypolicy.TypeServiceControl: "service control policy",
}

var article = map[keypolicy.PolicyType]string{
	keypolicy.TypeIdentity: "an ", keypolicy.TypeResource: "a ", keypolicy.TypeBoundary: "a ", keypolicy.TypeSession: "a ", keypolicy.TypeServiceControl: "a ",
}

// everything is an identity policy that allows all.
var everything = Named{"everything", MustPolicy(keypolicy.IdentityPolicy, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)}

// Open says whether the resource's own policy lets the caller in, if identity
// policies do: a key policy that neither names the caller nor delegates to its
// account lets nobody in. It leaves nothing in the trail.
func (c *Call) Open(a Access) (bool, error) {
	d, err := c.World.Evaluate(c.request(a, c.World.attached(c.Caller).Tags), Attached{Identity: c.allowing()}, a.Policy, a.Grants...)
	return d.Effect == keypolicy.Allowed, err
}

// allowing are identity policies that allow all. Only users and roles have any.
func (c *Call) allowing() []Named {
	switch c.Caller.Principal.Kind() {
	case keypolicy.Root, keypolicy.Service, keypolicy.Anonymous:
		return nil
	}
	return []Named{everything}
}

func undecided(r keypolicy.Request, err error) error {
	return &wire.Error{Code: "NotImplemented", Status: 501, Message: "the lab cannot decide " + r.Action + " on " + r.Resource + ": " + err.Error()}
}

// globals are the global condition keys that the lab knows of a call (IAM User
// Guide, "AWS global condition context keys").
func (c *Call) globals(resourceAccount keyid.Account, tags map[string]string) map[string][]string {
	ctx := c.Caller.Principal.Context()
	ctx["aws:userid"] = []string{c.Caller.UserID}
	ctx["aws:RequestedRegion"] = []string{string(c.Region)}
	ctx["aws:CurrentTime"] = []string{c.Time.Format(time.RFC3339)}
	ctx["aws:EpochTime"] = []string{strconv.FormatInt(c.Time.Unix(), 10)}
	ctx["aws:SecureTransport"] = []string{strconv.FormatBool(c.Client.Secure)}
	ctx["aws:ViaAWSService"] = []string{strconv.FormatBool(c.Via != "")}
	if c.Caller.Temporary() {
		// Absent for long-term credentials; here no session was made with MFA.
		ctx["aws:TokenIssueTime"] = []string{c.Caller.Issued.UTC().Format(time.RFC3339)}
		ctx["aws:MultiFactorAuthPresent"] = []string{"false"}
	}
	for key, value := range tags {
		ctx["aws:PrincipalTag/"+key] = []string{value}
	}
	if s := c.Caller.Session; s != nil && s.SourceIdentity != "" {
		ctx["aws:SourceIdentity"] = []string{s.SourceIdentity}
	}
	// Assumption: what a service calls on the caller's behalf has them too.
	for key, value := range map[string]string{"aws:SourceIp": c.Client.Address, "aws:UserAgent": c.Client.UserAgent, "aws:Referer": c.Client.Referer} {
		if value != "" {
			ctx[key] = []string{value}
		}
	}
	if c.Source.ARN != "" {
		ctx["aws:SourceArn"] = []string{c.Source.ARN}
	}
	if c.Source.Account != "" {
		ctx["aws:SourceAccount"] = []string{string(c.Source.Account)}
	}
	if resourceAccount != "" {
		ctx["aws:ResourceAccount"] = []string{string(resourceAccount)}
	}
	return ctx
}

// On makes the call that a service makes of another one on the caller's behalf
// (a forward access session), and leaves its own entry in the trail. do runs
// the other service's handler. Faults without a delay strike it as they do any
// call.
func (c *Call) On(service, operation, via string, do func(*Call) error) error {
	sub := &Call{
		World: c.World, Service: service, Operation: operation, RequestID: c.RequestID,
		Region: c.Region, Caller: c.Caller, Time: c.Time, Via: via, Within: c.Operation, Client: c.Client, Source: c.Source,
	}
	return sub.struck(context.Background(), within, func() error { return do(sub) })
}
