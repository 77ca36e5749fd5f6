package keypolicy

import "fmt"

// MatchResource says whether a Resource element's pattern matches a resource. Its
// error wraps ErrMalformed for what is no pattern, and ErrUnsupported for a policy
// variable, whose value only a request has.
func MatchResource(p, resource string) (bool, error) {
	d := Document{kind: IdentityPolicy, version: version2012}
	compiled, err := d.compileResource(p)
	if err != nil {
		return false, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if compiled.parts != nil {
		return false, fmt.Errorf("%w: the policy variable in %q", ErrUnsupported, p)
	}
	return compiled.match(resource, nil)
}

// MatchPrincipal says whether a principal of a Principal element, by its type (AWS,
// Service) and text, is the caller, its role, its account or everyone. Its error
// wraps ErrMalformed for what is no principal, and ErrUnsupported for one that
// cannot be told from its text.
func MatchPrincipal(typ, text string, caller Principal) (bool, error) {
	e, err := parseEntry(typ, text)
	if err != nil {
		return false, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if e.kind == entryID || e.kind == entryProvider {
		return false, fmt.Errorf("%w: the principal %s", ErrUnsupported, text)
	}
	g, err := e.reach(asked{Request: Request{Principal: caller}})
	return g != none, err
}
