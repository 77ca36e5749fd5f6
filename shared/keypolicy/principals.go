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
	entryUnsupported
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
			e.kind = entryUnsupported
		} else if !serviceForm().MatchString(s) {
			return entry{}, fmt.Errorf("%q is not the name of an AWS service (name.amazonaws.com)", s)
		}
	case "Federated", "CanonicalUser":
		e.kind, e.text = entryUnsupported, typ+" "+s
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
	case federatedForm().MatchString(s), uniqueIDForm().MatchString(s):
		// An id in place of an ARN is mostly that of a principal that was deleted.
		e.kind = entryUnsupported
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
	// toCaller: by the caller's own ARN, its role's, or everyone. The account's
	// root user is reached by its account so, since nothing can be attached to it.
	toCaller
)

// reach says how the entry reaches the caller.
func (e *entry) reach(p Principal) (grant, error) {
	switch e.kind {
	case entryEveryone:
		return toCaller, nil
	case entryAWSEveryone:
		if p.kind == Service {
			return none, fmt.Errorf(`%w: whether the principal {"AWS": "*"} takes in the service %s`, ErrUnsupported, p)
		}
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
		if p.kind != Service && (e.text == p.arn || e.text == p.role) {
			return toCaller, nil
		}
		return none, nil
	case entryService:
		if p.kind == Service && e.text == p.arn {
			return toCaller, nil
		}
		return none, nil
	}
	return none, fmt.Errorf("%w: the principal %s", ErrUnsupported, e.text)
}

// reach says how the element reaches the caller. For NotPrincipal see excepted.
func (ps *principals) reach(p Principal, deny bool) (grant, error) {
	if ps.not {
		return ps.reachNot(p, deny)
	}
	best := none
	var unknown error
	for i := range ps.entries {
		g, err := ps.entries[i].reach(p)
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
// a Deny leaves it alone only where all of them are named (IAM User Guide, "AWS
// JSON policy elements: NotPrincipal"), and an Allow is taken to reach it only
// where none is.
func (ps *principals) reachNot(p Principal, deny bool) (grant, error) {
	levels := []string{p.arn}
	switch p.kind {
	case Session:
		levels = append(levels, p.role)
	case Role:
		levels = append(levels, "") // a session that nobody names
	}
	account := p.kind == Service || p.kind == Root // no level of its own
	named := make(map[string]bool, len(levels))
	some := false
	for i := range ps.entries {
		e := &ps.entries[i]
		g, err := e.reach(p)
		switch {
		case err != nil:
			return none, err
		case g == none:
			continue
		case e.kind == entryEveryone || e.kind == entryAWSEveryone:
			return none, nil
		}
		some = true
		if e.kind == entryAccount {
			account = true
			named[p.arn] = named[p.arn] || p.kind == Root
		} else {
			named[e.text] = true
		}
	}
	all := account
	for _, l := range levels {
		all = all && named[l]
	}
	if deny && all || !deny && some {
		return none, nil
	}
	return toCaller, nil
}
