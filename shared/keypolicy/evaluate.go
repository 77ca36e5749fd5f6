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

// Policies are those that apply to a request.
type Policies struct {
	// Identity are the caller's own, of its account. A service and a root user
	// have none.
	Identity []Named
	// Resource is the resource's policy, if it has one. A KMS key always has: its
	// key policy; and a role that is to be assumed its trust policy.
	Resource *Named
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

// Decision is the answer to a request, and what decided it.
type Decision struct {
	Effect Effect
	// Policy and Statement name the statement that decided, if one did: by its
	// Sid, or as #2 where it has none. Where two policies had to allow, it is the
	// resource's.
	Policy    string
	Statement string
	// Reason is one plain sentence.
	Reason string
}

// Evaluate decides a request. Its error wraps ErrUnsupported where a policy
// holds what this package cannot decide, and ErrRequest where the request is
// incomplete or does not fit its policies; there is no decision then, not even
// if a statement elsewhere would deny.
func Evaluate(r Request, ps Policies) (Decision, error) {
	if err := check(r, ps); err != nil {
		return Decision{}, err
	}
	r.Action = strings.ToLower(r.Action)
	var own, theirs finding
	for _, n := range ps.Identity {
		if err := own.read(n, r); err != nil {
			return Decision{}, err
		}
	}
	if ps.Resource != nil {
		if err := theirs.read(*ps.Resource, r); err != nil {
			return Decision{}, err
		}
	}
	for _, f := range []finding{theirs, own} {
		if f.denied {
			return f.deny.decide(ExplicitlyDenied, "an explicit Deny applies"), nil
		}
	}
	return combine(r, ps, own, theirs), nil
}

// at is the place of a statement.
type at struct{ policy, statement string }

func (a at) decide(e Effect, reason string) Decision {
	return Decision{Effect: e, Policy: a.policy, Statement: a.statement,
		Reason: fmt.Sprintf("%s: statement %s of %s", reason, a.statement, a.policy)}
}

// finding is what the policies of one side say to a request.
type finding struct {
	denied    bool
	deny      at
	grant     grant // the widest
	caller    at    // the first that grants toCaller
	byAccount at    // the first that grants toAccount
}

// read adds what a policy says. It reads all statements, so that an error does
// not depend on their order.
func (f *finding) read(n Named, r Request) error {
	for i := range n.Document.statements {
		st := &n.Document.statements[i]
		g, err := st.applies(r)
		if err != nil {
			return fmt.Errorf("statement %s of %s: %w", st.name, n.Name, err)
		}
		here := at{n.Name, st.name}
		switch {
		case g == none:
		case st.deny:
			if !f.denied {
				f.denied, f.deny = true, here
			}
		case g == toCaller && f.caller == at{}:
			f.caller = here
		case g == toAccount && f.byAccount == at{}:
			f.byAccount = here
		}
		if !st.deny {
			f.grant = max(f.grant, g)
		}
	}
	return nil
}

// applies says whether, and how, the statement reaches the request. An element
// that surely does not match decides, whatever cannot be told of the others.
func (st *statement) applies(r Request) (grant, error) {
	if st.inert {
		return none, nil
	}
	ctx := requestContext(r.Context)
	if ok, err := st.action.match(r.Action, ctx); err != nil || !ok {
		return none, err
	}
	matched, unknown := st.resource.match(r.Resource, ctx)
	if unknown == nil && !matched {
		return none, nil
	}
	g := toCaller // an identity policy's principal is the one it is attached to
	if st.principal.entries != nil {
		var err error
		g, err = st.principal.reach(r.Principal, st.deny)
		if err == nil && g == none {
			return none, nil
		}
		if err != nil {
			unknown = err
		}
	}
	holds, err := allHold(st.condition, ctx)
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

// combine decides where nothing denies explicitly.
func combine(r Request, ps Policies, own, theirs finding) Decision {
	p := r.Principal
	// "By default, all requests are implicitly denied with the exception of the
	// AWS account root user, which has full access" (IAM User Guide, "Policy
	// evaluation logic").
	identity := own.grant != none || p.kind == Root
	isKey := ps.Resource != nil && ps.Resource.Document.kind == KeyPolicy
	rooted := isKey || ps.Resource != nil && ps.Resource.Document.kind == TrustPolicy
	implicit := func(format string, a ...any) Decision {
		return Decision{Effect: ImplicitlyDenied, Reason: fmt.Sprintf(format, a...)}
	}
	switch {
	case p.kind == Service:
		if theirs.grant == toCaller {
			return theirs.caller.decide(Allowed, "the resource policy names the service")
		}
		return implicit("no statement of a resource policy names the service %s", p)
	case p.account != r.ResourceAccount:
		return combineAccounts(r, isKey, identity, theirs, implicit)
	case theirs.grant == toCaller:
		return theirs.caller.decide(Allowed, "the resource policy grants it to the caller")
	case !rooted && p.kind == Root:
		return Decision{Effect: Allowed, Reason: "the caller is the root user of the account that owns the resource"}
	case !rooted && identity:
		return own.caller.decide(Allowed, "an identity policy allows it")
	case !rooted:
		return implicit("neither an identity policy nor a resource policy allows it")
	case theirs.grant == none:
		// KMS Developer Guide, "Default key policy": without it, IAM policies that
		// allow access to the key are ineffective.
		return implicit("the %s grants it neither to the caller nor to account %s, so identity policies count for nothing", ps.Resource.Document.kind, p.account)
	case identity:
		return theirs.byAccount.decide(Allowed, "an identity policy allows it, and the "+ps.Resource.Document.kind.String()+" lets account "+string(p.account)+" decide")
	}
	return implicit("the %s lets account %s decide, and no identity policy allows it", ps.Resource.Document.kind, p.account)
}

// combineAccounts decides for a caller of another account: both sides must
// allow (IAM User Guide, "Cross-account policy evaluation logic").
func combineAccounts(r Request, isKey, identity bool, theirs finding, implicit func(string, ...any) Decision) Decision {
	p := r.Principal
	switch {
	case isKey && !crossAccountActions[r.Action]:
		return implicit("%s has no effect across accounts, whatever the policies say", r.Action)
	case theirs.grant == none:
		return implicit("the resource policy of account %s grants it neither to the caller nor to account %s", r.ResourceAccount, p.account)
	case !identity:
		return implicit("no identity policy of the caller's account %s allows it", p.account)
	case theirs.grant == toCaller:
		return theirs.caller.decide(Allowed, "both accounts allow it, that of the resource to the caller")
	}
	return theirs.byAccount.decide(Allowed, "both accounts allow it, that of the resource to account "+string(p.account))
}

// crossAccountActions are the only ones that can be permitted on a key of
// another account (KMS API Reference, "Cross-account use" of each operation;
// KMS Developer Guide, "Allowing users in other accounts to use a KMS key").
// ReEncrypt is authorised as two actions, one on each key.
var crossAccountActions = map[string]bool{
	"kms:creategrant": true, "kms:listgrants": true, "kms:retiregrant": true, "kms:revokegrant": true,
	"kms:describekey": true, "kms:getkeyrotationstatus": true, "kms:getpublickey": true,
	"kms:encrypt": true, "kms:decrypt": true, "kms:reencryptfrom": true, "kms:reencryptto": true,
	"kms:generatedatakey": true, "kms:generatedatakeywithoutplaintext": true,
	"kms:generatedatakeypair": true, "kms:generatedatakeypairwithoutplaintext": true,
	"kms:generatemac": true, "kms:verifymac": true, "kms:sign": true, "kms:verify": true,
	"kms:derivesharedsecret": true, "kms:encapsulate": true, "kms:decapsulate": true,
}
