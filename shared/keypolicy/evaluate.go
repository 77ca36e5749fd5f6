package keypolicy

import (
	"fmt"
	"strconv"
	"strings"

	"rekey/shared/keyid"
)

// Request is one action of one caller on one resource.
type Request struct {
	Principal Principal
	// Action is service:Name, such as kms:Decrypt.
	Action string
	// Resource is the ARN, or * for an action that has no resource of its own.
	Resource string
	// ResourceAccount owns the resource. For * it is the caller's account.
	ResourceAccount keyid.Account
	// Context holds the condition keys of the request, under names of any case.
	// A key without values counts as absent. Nothing is added to it: see
	// Principal.Context.
	Context map[string][]string
}

// Named is a policy with the name that a Decision calls it by.
type Named struct {
	Name     string
	Document *Document
}

// Policies are those that apply to a request. Permissions boundaries, session
// policies and service control policies are Documents of kind IdentityPolicy:
// they name no principal either. They never allow by themselves.
type Policies struct {
	// Identity are the caller's own, of its account. A service, a root user and a
	// caller without credentials have none.
	Identity []Named
	// Boundary is the permissions boundary of the caller's user or role, nil
	// where none is set.
	Boundary *Named
	// Session are the policies that were passed when the role was assumed, if any
	// were. One of them must allow.
	Session []Named
	// ServiceControl are the service control policies of the caller's account,
	// one list for each level from the organisation's root to the account, if it
	// has any. On every level one must allow.
	ServiceControl [][]Named
	// Resource is the resource's policy, if it has one. A KMS key always has: its
	// key policy; and a role that is to be assumed its trust policy. See Empty.
	Resource *Named
	// Grants are those of a KMS key.
	Grants []Grant
}

// Effect is what was decided. The zero Effect is no decision.
type Effect int

const (
	// Allowed: by a statement, or because the caller is its account's root user.
	Allowed Effect = iota + 1
	// ExplicitlyDenied: a Deny applies. Nothing can allow the request.
	ExplicitlyDenied
	// ImplicitlyDenied: nothing allows it, of the policies that were given.
	ImplicitlyDenied
)

func (e Effect) String() string {
	switch e {
	case Allowed:
		return "allowed"
	case ExplicitlyDenied:
		return "explicitly denied"
	case ImplicitlyDenied:
		return "implicitly denied"
	}
	return "Effect(" + strconv.Itoa(int(e)) + ")"
}

// PolicyType is one of those that apply to a request together (IAM User Guide,
// "Policies and permissions in IAM", Policy types).
type PolicyType int

const (
	// TypeIdentity: the policies of the caller's user, groups or role.
	TypeIdentity PolicyType = iota + 1
	// TypeResource: the policy of the resource, with the grants of a key.
	TypeResource
	// TypeBoundary: the permissions boundary.
	TypeBoundary
	// TypeSession: the session policies.
	TypeSession
	// TypeServiceControl: the service control policies.
	TypeServiceControl
)

// Decision is the answer to a request, and what decided it.
type Decision struct {
	Effect Effect
	// Type is that of the policy whose statement decided, or that of the policies
	// of which none allows. It is zero where no policy was needed.
	Type PolicyType
	// Policy and Statement name the statement that decided, if one did: by its
	// Sid, or as #2 where it has none. Where two policies had to allow, it is the
	// resource's.
	Policy    string
	Statement string
	// With is the statement of the caller's own policies that had to allow it too,
	// where Policy is the resource's and does not suffice.
	With Place
	// Reason is one plain sentence.
	Reason string
}

// Place names a statement as a Decision does.
type Place struct{ Policy, Statement string }

// Evaluate decides a request. Its error wraps ErrUnsupported where a policy
// holds what this package cannot decide, and ErrRequest where the request is
// incomplete or does not fit its policies. A Deny that surely applies decides
// whatever cannot be told of other statements: nothing overrides it.
func Evaluate(r Request, ps Policies) (Decision, error) {
	if err := check(r, ps); err != nil {
		return Decision{}, err
	}
	r.Action = strings.ToLower(r.Action)
	w := weigh(asked{r, requestContext(r.Context), ps.Boundary != nil}, ps)
	all := w.findings()
	for _, f := range all {
		if f.denied {
			return f.decide(f.deny, ExplicitlyDenied, "an explicit Deny applies"), nil
		}
	}
	for _, f := range all {
		if f.err != nil {
			return Decision{}, f.err
		}
	}
	return w.decide(), nil
}

func (f *finding) decide(a Place, e Effect, reason string) Decision {
	return Decision{Effect: e, Type: f.of, Policy: a.Policy, Statement: a.Statement,
		Reason: fmt.Sprintf("%s: statement %s of %s", reason, a.Statement, a.Policy)}
}

// asked is a request as statements see it.
type asked struct {
	Request
	ctx     requestContext
	bounded bool // the caller has a permissions boundary
}

// finding is what the policies of one type say to a request.
type finding struct {
	of     PolicyType
	denied bool
	deny   Place
	grant  grant               // the widest
	by     [toCaller + 1]Place // the first that grants so
	err    error               // the first statement that cannot be decided
}

// read adds what policies say. It reads all statements, so that an error does
// not depend on their order.
func (f *finding) read(q asked, policies ...Named) {
	for _, n := range policies {
		for i := range n.Document.statements {
			st := &n.Document.statements[i]
			here := Place{n.Name, st.name}
			g, err := st.applies(q)
			switch {
			case err != nil && f.err == nil:
				f.err = fmt.Errorf("statement %s of %s: %w", st.name, n.Name, err)
			case err != nil || g == none:
			case !st.deny:
				f.allow(g, here)
			case !f.denied:
				f.denied, f.deny = true, here
			}
		}
	}
}

func (f *finding) allow(g grant, here Place) {
	if f.by[g] == (Place{}) {
		f.by[g] = here
	}
	f.grant = max(f.grant, g)
}

// applies says whether, and how, the statement reaches the request. An element
// that surely does not match decides, whatever cannot be told of the others.
func (st *statement) applies(q asked) (grant, error) {
	if st.inert {
		return none, nil
	}
	if ok, err := st.action.match(q.Action, q.ctx); err != nil || !ok {
		return none, err
	}
	matched, unknown := st.resource.match(q.Resource, q.ctx)
	if unknown == nil && !matched {
		return none, nil
	}
	g := toCaller // an identity policy's principal is the one it is attached to
	if st.principal.entries != nil {
		var err error
		g, err = st.principal.reach(q, st.deny)
		if err == nil && g == none {
			return none, nil
		}
		if err != nil {
			unknown = err
		}
	}
	holds, err := allHold(st.condition, q.ctx)
	switch {
	case err == nil && !holds:
		return none, nil
	case err != nil:
		return none, err
	case unknown != nil:
		return none, unknown
	}
	return g, nil
}
