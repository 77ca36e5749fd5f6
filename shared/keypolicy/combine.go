package keypolicy

import "fmt"

// weighing is what each kind of policy says to one request.
type weighing struct {
	Request
	resource, identity finding
	boundary, session  *finding  // nil where there is none
	levels             []finding // of service control policies
	kind               Kind      // of the resource policy, 0 without one
}

func weigh(q asked, ps Policies) *weighing {
	w := &weighing{Request: q.Request, resource: finding{of: TypeResource}, identity: finding{of: TypeIdentity}}
	if ps.Resource != nil {
		w.kind = ps.Resource.Document.kind
		w.resource.read(q, *ps.Resource)
	}
	w.resource.readGrants(q, ps.Grants)
	w.identity.read(q, ps.Identity...)
	if ps.Boundary != nil {
		w.boundary = &finding{of: TypeBoundary}
		w.boundary.read(q, *ps.Boundary)
	}
	if len(ps.Session) > 0 {
		w.session = &finding{of: TypeSession}
		w.session.read(q, ps.Session...)
	}
	if !q.Principal.underServiceControl() {
		return w
	}
	w.levels = make([]finding, len(ps.ServiceControl))
	for i, level := range ps.ServiceControl {
		w.levels[i].of = TypeServiceControl
		w.levels[i].read(q, level...)
	}
	return w
}

func (w *weighing) findings() []*finding {
	all := []*finding{&w.resource, &w.identity}
	if w.boundary != nil {
		all = append(all, w.boundary)
	}
	if w.session != nil {
		all = append(all, w.session)
	}
	for i := range w.levels {
		all = append(all, &w.levels[i])
	}
	return all
}

// implicit is what is denied because no policy of a type allows it.
func implicit(of PolicyType, format string, a ...any) Decision {
	return Decision{Effect: ImplicitlyDenied, Type: of, Reason: fmt.Sprintf(format, a...)}
}

// decide decides where nothing denies explicitly. "By default, all requests are
// implicitly denied with the exception of the AWS account root user, which has
// full access" (IAM User Guide, "How AWS enforcement code logic evaluates
// requests to allow or deny access").
func (w *weighing) decide() Decision {
	p := w.Principal
	switch p.kind {
	case Anonymous:
		return w.unsigned()
	case Service:
		if w.resource.grant == toCaller {
			return w.allow(toCaller, "names the service")
		}
		return implicit(TypeResource, "no statement of a resource policy names the service %s", p)
	}
	for i := range w.levels {
		if w.levels[i].grant == none {
			return implicit(TypeServiceControl, "no service control policy of level %d of %d allows it", i+1, len(w.levels))
		}
	}
	if p.account != w.ResourceAccount {
		return w.acrossAccounts()
	}
	return w.withinAccount()
}

// unsigned decides for a caller without credentials. AWS KMS and sts:AssumeRole
// take no such request (KMS API Reference, "Welcome", Signing requests; STS API
// Reference, AssumeRole).
func (w *weighing) unsigned() Decision {
	switch {
	case w.kind == KeyPolicy || w.kind == TrustPolicy:
		return implicit(TypeResource, "%s needs credentials, whatever the policies say", w.Action)
	case w.resource.grant == toCaller:
		return w.allow(toCaller, "grants it to everyone")
	}
	return implicit(TypeResource, "no statement of a resource policy grants it to everyone")
}

// withinAccount decides for a caller of the resource's account. A resource
// policy that grants to the user, the session or everyone is not limited by
// what other policies leave out; one that grants to the role is limited by
// the permissions boundary and the session policies (same page, Resource-based
// policies).
func (w *weighing) withinAccount() Decision {
	limited, limit := w.limit()
	rooted := w.kind == KeyPolicy || w.kind == TrustPolicy
	identity := w.identity.grant != none
	switch {
	case w.resource.grant == toCaller:
		return w.allow(toCaller, "grants it to the caller")
	case w.resource.grant == toRole && limit == "":
		return w.allow(toRole, "grants it to the caller's role")
	case w.resource.grant == toRole:
		return implicit(limited, "%s grants it to the caller's role, but %s", w.source(toRole), limit)
	case rooted:
		return w.byDelegation(limited, limit)
	case w.Principal.kind == Root:
		return Decision{Effect: Allowed, Reason: "the caller is the root user of the account that owns the resource"}
	case identity && limit == "":
		return w.identity.decide(w.identity.by[toCaller], Allowed, "an identity policy allows it")
	case identity:
		return implicit(limited, "an identity policy allows it, but %s", limit)
	}
	return implicit(TypeIdentity, "neither an identity policy nor a resource policy allows it")
}

// byDelegation decides for a caller whom a key policy or trust policy does not
// name. Without a statement for the account, IAM policies that allow access are
// ineffective (KMS Developer Guide, "Default key policy").
func (w *weighing) byDelegation(limited PolicyType, limit string) Decision {
	account := w.Principal.account
	switch {
	case w.resource.grant == none:
		return implicit(TypeResource, "the %v grants it neither to the caller nor to account %s, so identity policies count for nothing", w.kind, account)
	case w.identity.grant == none:
		return implicit(TypeIdentity, "the %v lets account %s decide, and no identity policy allows it", w.kind, account)
	case limit != "":
		return implicit(limited, "the %v lets account %s decide, and an identity policy allows it, but %s", w.kind, account, limit)
	}
	return w.both(toAccount, "an identity policy allows it, and "+w.source(toAccount)+" lets account "+string(account)+" decide")
}

// acrossAccounts decides for a caller of another account: both sides must
// allow, the caller's within all that limits it there. Naming the session is no
// exception (IAM User Guide, "Cross-account policy evaluation logic").
func (w *weighing) acrossAccounts() Decision {
	account := w.Principal.account
	switch {
	case w.kind == KeyPolicy && !crossAccountActions[w.Action]:
		return implicit(TypeResource, "%s has no effect across accounts, whatever the policies say", w.Action)
	case w.resource.grant == none:
		return implicit(TypeResource, "the resource policy of account %s grants it neither to the caller nor to account %s", w.ResourceAccount, account)
	case w.Principal.kind != Root && w.identity.grant == none:
		return implicit(TypeIdentity, "no identity policy of the caller's account %s allows it", account)
	}
	if limited, limit := w.limit(); limit != "" {
		return implicit(limited, "both accounts allow it, but %s", limit)
	}
	to := "the caller"
	switch w.resource.grant {
	case toRole:
		to = "the caller's role"
	case toAccount:
		to = "account " + string(account)
	}
	return w.both(w.resource.grant, "both accounts allow it, that of the resource to "+to)
}

// both is an Allow for which the caller's own policies were needed too. A root
// user has none.
func (w *weighing) both(g grant, reason string) Decision {
	d := w.resource.decide(w.resource.by[g], Allowed, reason)
	d.With = w.identity.by[toCaller]
	return d
}

// limit says why the caller's permissions do not reach as far as the request:
// what is allowed to it must be allowed by its permissions boundary and by one
// of its session policies too (IAM User Guide, "Permissions boundaries for IAM
// entities", Evaluating effective permissions with boundaries).
func (w *weighing) limit() (by PolicyType, why string) {
	switch {
	case w.boundary != nil && w.boundary.grant == none:
		return TypeBoundary, "the permissions boundary does not"
	case w.session != nil && w.session.grant == none:
		return TypeSession, "no session policy does"
	}
	return 0, ""
}

// source names what grants so.
func (w *weighing) source(g grant) string {
	if w.resource.by[g].Policy == grantsName {
		return "a grant"
	}
	return "the " + w.kind.String()
}

func (w *weighing) allow(g grant, what string) Decision {
	return w.resource.decide(w.resource.by[g], Allowed, w.source(g)+" "+what)
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
