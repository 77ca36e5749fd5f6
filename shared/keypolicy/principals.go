package keypolicy

import (
	"fmt"
	"strings"

	"rekey/shared/keyid"
)

// principals is a Principal or NotPrincipal element.
type principals struct {
	not     bool
	entries []entry
}

// entry is one principal of a policy (IAM User Guide, "AWS JSON policy
// elements: Principal").
type entry struct {
	kind    entryKind
	text    string        // as written
	account keyid.Account // of an account
	part    string        // the account's partition, or "" where only its id was written
}

type entryKind int

const (
	entryEveryone    entryKind = iota + 1 // "*"
	entryAWSEveryone                      // {"AWS": "*"}
	entryAccount                          // account id or root ARN
	entryIdentity                         // user, role or session
	entryService
	entryAnyService    // {"Service": "*"}
	entryFederatedUser // a session of GetFederationToken
	entryProvider      // an identity provider
	entryID            // the unique id of a user or role
	entryCanonical     // an account, by an id of Amazon S3
)

func parsePrincipals(v any) (principals, error) {
	if v == "*" {
		return principals{entries: []entry{{kind: entryEveryone, text: "*"}}}, nil
	}
	o, ok := v.(object)
	if !ok {
		return principals{}, fmt.Errorf(`must be "*" or an object, not %s`, typeName(v))
	}
	if len(o) == 0 {
		return principals{}, fmt.Errorf("names nobody")
	}
	var p principals
	for _, m := range o {
		words, err := stringList(m.value)
		if err != nil {
			return principals{}, fmt.Errorf("%s %w", m.key, err)
		}
		for _, s := range words {
			e, err := parseEntry(m.key, s)
			if err != nil {
				return principals{}, err
			}
			p.entries = append(p.entries, e)
		}
	}
	return p, nil
}

func parseEntry(typ, s string) (entry, error) {
	e := entry{text: s}
	switch typ {
	case "AWS":
		return parseAWSEntry(s)
	case "Service":
		e.kind = entryService
		if s == "*" {
			e.kind = entryAnyService
		} else if !serviceForm().MatchString(s) {
			return entry{}, fmt.Errorf("%q is not the name of an AWS service (name.amazonaws.com)", s)
		}
	case "Federated":
		e.kind = entryProvider
	case "CanonicalUser":
		e.kind = entryCanonical
	default:
		return entry{}, fmt.Errorf("unknown type of principal %q", typ)
	}
	return e, nil
}

func parseAWSEntry(s string) (entry, error) {
	e := entry{text: s}
	if s == "*" {
		e.kind = entryAWSEveryone
		return e, nil
	}
	if a, err := keyid.ParseAccount(s); err == nil {
		e.kind, e.account = entryAccount, a
		return e, nil
	}
	if m := identityForm().FindStringSubmatch(s); m != nil {
		e.kind = entryIdentity
		if m[3] == "root" {
			e.kind, e.part, e.account = entryAccount, m[1], keyid.Account(m[2])
		}
		// A path may hold an asterisk; a policy may not tell it from a wildcard.
		if !strings.ContainsAny(s, "*?") {
			return e, nil
		}
	}
	switch {
	case strings.ContainsAny(s, "*?"):
		return entry{}, fmt.Errorf("%q: a wildcard cannot match part of a principal", s)
	case sessionForm().MatchString(s):
		e.kind = entryIdentity
	case federatedForm().MatchString(s):
		e.kind = entryFederatedUser
	case uniqueIDForm().MatchString(s):
		e.kind = entryID
	default:
		return entry{}, fmt.Errorf("%q is not an account, a user, a role or a session", s)
	}
	return e, nil
}

// grant says how a resource policy's statement reaches a caller.
type grant int

const (
	// none: it does not.
	none grant = iota
	// toAccount: by its account, which gives the account the permission to give
	// it by identity policies ("… Principal", AWS account principals).
	toAccount
	// toRole: by the ARN of the role that the caller is a session of. What limits
	// the role limits this too.
	toRole
	// toCaller: by the caller's own ARN, or as one of everyone: "Permissions
	// boundaries and session policies do not limit permissions granted using the
	// aws:PrincipalArn condition key with a wildcard" ("… Principal", IAM role
	// principals). The account's root user is reached by its account so, since
	// nothing can be attached to it.
	toCaller
)

// reach says how the entry reaches the caller. {"AWS": "*"} means the same as
// "*" ("… Principal", All principals).
func (e *entry) reach(q asked) (grant, error) {
	p := q.Principal
	switch e.kind {
	case entryEveryone, entryAWSEveryone:
		return toCaller, nil
	case entryAccount:
		switch {
		case p.kind == Service || e.account != p.account || e.part != "" && e.part != partition(p.arn):
			return none, nil
		case p.kind == Root:
			return toCaller, nil
		}
		return toAccount, nil
	case entryIdentity:
		// A role that is named stands for its sessions too ("… Principal", IAM
		// role principals).
		if p.isRole(e.text) {
			return toRole, nil
		}
		return toCallerIf(e.text == p.arn), nil
	case entryService:
		return toCallerIf(p.kind == Service && e.text == p.arn), nil
	case entryAnyService:
		if p.kind == Service {
			return none, fmt.Errorf(`%w: the principal {"Service": "*"}`, ErrUnsupported)
		}
		return none, nil
	case entryFederatedUser:
		return none, nil // no Principal is one
	case entryProvider:
		return e.provides(q)
	case entryID:
		return e.identifies(q)
	}
	if p.account == "" {
		return none, nil
	}
	return none, fmt.Errorf("%w: the principal CanonicalUser %s, whose account is not known", ErrUnsupported, e.text)
}

func toCallerIf(ok bool) grant {
	if ok {
		return toCaller
	}
	return none
}

// provides says whether the entry is the identity provider that the caller's
// session came from. Only a session has one, and aws:FederatedProvider tells it
// ("AWS global condition context keys").
func (e *entry) provides(q asked) (grant, error) {
	if q.Principal.kind != Role && q.Principal.kind != Session {
		return none, nil
	}
	values, err := q.ctx.get("aws:FederatedProvider")
	if err != nil || len(values) != 1 || values[0] != e.text {
		return none, err
	}
	return toRole, nil
}

// identifies says whether the entry is the caller's unique id. A policy shows
// one where AWS cannot map it to an ARN any more, since its user or role was
// deleted ("… Principal", IAM role principals); so it is nobody who calls,
// unless aws:userid says so: the user's id, or the role's, a colon and the
// session's name ("IAM policy elements: Variables and tags", Principal key
// values).
func (e *entry) identifies(q asked) (grant, error) {
	values, err := q.ctx.get("aws:userid")
	if err != nil || len(values) != 1 {
		return none, err
	}
	switch q.Principal.kind {
	case User:
		return toCallerIf(values[0] == e.text), nil
	case Role, Session:
		if id, _, _ := strings.Cut(values[0], ":"); id == e.text {
			return toRole, nil
		}
	}
	return none, nil
}

// reach says how the element reaches the caller. For NotPrincipal see reachNot.
func (ps *principals) reach(q asked, deny bool) (grant, error) {
	if ps.not {
		return ps.reachNot(q, deny)
	}
	best := none
	var unknown error
	for i := range ps.entries {
		g, err := ps.entries[i].reach(q)
		if err != nil {
			unknown = err
		}
		best = max(best, g)
	}
	if best == toCaller || unknown == nil {
		return best, nil
	}
	return none, unknown
}

// reachNot reads a NotPrincipal, which takes in everyone but those named. A
// caller is checked at each of its levels, account, then role, then session, so
// a Deny leaves it alone only where all of them are named, and an Allow is taken
// to reach it only where none is. A Deny takes in every user and role with a
// permissions boundary, whoever is named (IAM User Guide, "AWS JSON policy
// elements: NotPrincipal").
func (ps *principals) reachNot(q asked, deny bool) (grant, error) {
	if deny && q.bounded {
		return toCaller, nil
	}
	var named [toCaller + 1]bool
	for i := range ps.entries {
		e := &ps.entries[i]
		g, err := e.reach(q)
		switch {
		case err != nil:
			return none, err
		case e.kind == entryEveryone || e.kind == entryAWSEveryone:
			return none, nil
		}
		named[g] = true
	}
	all := named[toCaller]
	switch q.Principal.kind {
	case User:
		all = all && named[toAccount]
	case Role, Session: // Role is a session that nobody names
		all = all && named[toAccount] && named[toRole]
	}
	some := named[toAccount] || named[toRole] || named[toCaller]
	if deny && all || !deny && some {
		return none, nil
	}
	return toCaller, nil
}
