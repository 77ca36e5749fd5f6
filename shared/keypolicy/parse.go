package keypolicy

import (
	"fmt"
	"regexp"
	"strings"
)

// Parse reads a policy of the given kind. Its error wraps ErrMalformed and
// names the statement and the element. It is strict: an unknown element, a key
// given twice or a value of the wrong type is refused, as the IAM User Guide,
// "Grammar of the IAM JSON policy language", and the check reference of
// "Access Analyzer policy validation" say. An unknown condition operator is
// well-formed; Evaluate refuses it.
//
// Whether an action, a principal or a condition key exists is not checked, and
// neither are the services' own limits on size.
func Parse(kind Kind, b []byte) (*Document, error) {
	if kind < IdentityPolicy || kind > TrustPolicy {
		return nil, fmt.Errorf("%w: %v is no kind of policy", ErrMalformed, kind)
	}
	if kind == KeyPolicy {
		if err := checkKeyPolicyText(b); err != nil {
			return nil, err
		}
	}
	v, err := readJSON(b)
	if err != nil {
		return nil, err
	}
	top, ok := v.(object)
	if !ok {
		return nil, fmt.Errorf("%w: a policy is an object, not %s", ErrMalformed, typeName(v))
	}
	d := &Document{kind: kind, version: version2008}
	for _, m := range top {
		if err := d.element(m); err != nil {
			return nil, err
		}
	}
	v, ok = top.get("Statement")
	if !ok {
		return nil, fmt.Errorf("%w: no Statement", ErrMalformed)
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%w: Statement is an empty list", ErrMalformed)
	}
	sids := map[string]bool{}
	for i, v := range list {
		st, err := d.statement(v, i, sids)
		if err != nil {
			return nil, err
		}
		d.statements = append(d.statements, st)
	}
	return d, nil
}

// element takes what stands beside Statement. The Id is for resource policies
// only ("Grammar", notes).
func (d *Document) element(m member) error {
	s, isString := m.value.(string)
	switch m.key {
	case "Statement":
		return nil
	case "Version":
		if s != version2008 && s != version2012 {
			return fmt.Errorf("%w: Version must be %q or %q", ErrMalformed, version2012, version2008)
		}
		d.version = s
	case "Id":
		if d.kind == IdentityPolicy {
			return fmt.Errorf("%w: an identity policy has no Id", ErrMalformed)
		}
		if !isString {
			return fmt.Errorf("%w: Id must be a string, not %s", ErrMalformed, typeName(m.value))
		}
		d.id = s
	default:
		return fmt.Errorf("%w: unknown element %q", ErrMalformed, m.key)
	}
	return nil
}

// checkKeyPolicyText holds a key policy to its characters: tab, line feed,
// carriage return and the printable ones of Latin-1 (KMS Developer Guide,
// "Creating a key policy", Key policy format; KMS API Reference, PutKeyPolicy).
func checkKeyPolicyText(b []byte) error {
	for i, r := range string(b) {
		if r != '\t' && r != '\n' && r != '\r' && (r < ' ' || r > 0xff) {
			return fmt.Errorf("%w: the character %q at byte %d may not stand in a key policy", ErrMalformed, r, i)
		}
	}
	return nil
}

var sidForm = regexp.MustCompile(`^[A-Za-z0-9]*$`)

func (d *Document) statement(v any, i int, sids map[string]bool) (statement, error) {
	st := statement{name: fmt.Sprintf("#%d", i+1)}
	fail := func(element, format string, a ...any) (statement, error) {
		return statement{}, fmt.Errorf("%w: statement %s, %s: %s", ErrMalformed, st.name, element, fmt.Sprintf(format, a...))
	}
	o, ok := v.(object)
	if !ok {
		return fail("Statement", "must be an object, not %s", typeName(v))
	}
	if v, ok := o.get("Sid"); ok {
		sid, ok := v.(string)
		switch {
		case !ok:
			return fail("Sid", "must be a string, not %s", typeName(v))
		case d.kind == IdentityPolicy && !sidForm.MatchString(sid):
			return fail("Sid", "%q: an identity policy's Sid has letters and digits only", sid)
		case d.kind == IdentityPolicy && sid != "" && sids[sid]:
			return fail("Sid", "%q is given to two statements", sid)
		}
		sids[sid] = true
		if sid != "" {
			st.name = sid
		}
	}
	seen := map[string]bool{}
	for _, m := range o {
		element, err := d.statementElement(&st, m)
		if err != nil {
			return fail(m.key, "%v", err)
		}
		if seen[element] {
			return fail(m.key, "%s and Not%s cannot both be given", element, element)
		}
		seen[element] = true
	}
	switch {
	case !seen["Effect"]:
		return fail("Effect", "missing")
	case !seen["Action"]:
		return fail("Action", "missing")
	case !seen["Principal"] && d.kind != IdentityPolicy:
		return fail("Principal", "missing")
	case d.kind == TrustPolicy && seen["Resource"]:
		return fail("Resource", "a trust policy names no resource: it is the role's own")
	case d.kind == TrustPolicy:
		whole, err := d.patterns("*", d.compileResource)
		if err != nil {
			return fail("Resource", "%v", err)
		}
		st.resource.patterns = whole
	case !seen["Resource"] && d.kind != KeyPolicy:
		return fail("Resource", "missing")
	case !seen["Resource"]:
		st.inert = true
	}
	return st, nil
}

// statementElement takes one element into st and gives its name without Not.
// Its errors leave out the statement and the element, which the caller adds.
func (d *Document) statementElement(st *statement, m member) (string, error) {
	var err error
	switch m.key {
	case "Sid":
	case "Effect":
		if m.value != "Allow" && m.value != "Deny" {
			return "", fmt.Errorf(`must be "Allow" or "Deny"`)
		}
		st.deny = m.value == "Deny"
	case "Action", "NotAction":
		st.action.not = m.key == "NotAction"
		st.action.patterns, err = d.patterns(m.value, compileAction)
		return "Action", err
	case "Resource", "NotResource":
		st.resource.not = m.key == "NotResource"
		st.resource.patterns, err = d.patterns(m.value, d.compileResource)
		return "Resource", err
	case "Principal", "NotPrincipal":
		if d.kind == IdentityPolicy {
			return "", fmt.Errorf("an identity policy names no principal")
		}
		if d.kind == TrustPolicy && m.key == "NotPrincipal" {
			return "", fmt.Errorf("a trust policy names whom it trusts") // "AWS JSON policy elements: NotPrincipal"
		}
		st.principal, err = parsePrincipals(m.value)
		st.principal.not = m.key == "NotPrincipal"
		return "Principal", err
	case "Condition":
		st.condition, err = d.conditions(m.value)
	default:
		return "", fmt.Errorf("unknown element")
	}
	return m.key, err
}

func (d *Document) patterns(v any, compile func(string) (pattern, error)) ([]pattern, error) {
	words, err := stringList(v)
	if err != nil {
		return nil, err
	}
	patterns := make([]pattern, len(words))
	for i, s := range words {
		if patterns[i], err = compile(s); err != nil {
			return nil, err
		}
	}
	return patterns, nil
}

// stringList reads a string, or a list of at least one string.
func stringList(v any) ([]string, error) {
	if s, ok := v.(string); ok {
		return []string{s}, nil
	}
	list, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf("must be a string or a list of strings, not %s", typeName(v))
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("is an empty list")
	}
	words := make([]string, len(list))
	for i, v := range list {
		if words[i], ok = v.(string); !ok {
			return nil, fmt.Errorf("must hold strings, not %s", typeName(v))
		}
	}
	return words, nil
}

// actionForm is a service's prefix, a colon and the action's name, either of
// them with wildcards.
var actionForm = regexp.MustCompile(`^(\*+|[a-zA-Z0-9*?-]+:[a-zA-Z0-9*?_-]+)$`)

// compileAction reads an Action: neither prefix nor name is case-sensitive
// (IAM User Guide, "IAM JSON policy elements: Action").
func compileAction(s string) (pattern, error) {
	if !actionForm.MatchString(s) {
		return pattern{}, fmt.Errorf("%q is not an action: it must be \"*\" or service:name", s)
	}
	return compilePattern(strings.ToLower(s), plainWildcards, false)
}

// compileResource reads a Resource: * or an ARN, in which a variable may stand
// only after the fifth colon (IAM User Guide, "IAM policy elements: Variables
// and tags"), and no wildcard in the service's segment ("… Resource").
func (d *Document) compileResource(s string) (pattern, error) {
	if s == "*" {
		return compilePattern(s, plainWildcards, false)
	}
	if !strings.HasPrefix(s, "arn:") {
		return pattern{}, fmt.Errorf("%q must be an ARN or \"*\"", s)
	}
	parts := strings.SplitN(s, ":", 6)
	if missing := 6 - len(parts); missing > 0 && d.kind == IdentityPolicy {
		// "Identify AWS resources with ARNs": an incomplete ARN in an identity
		// policy is completed with a wildcard in each missing field.
		s += strings.Repeat(":*", missing)
	} else if missing > 0 && !strings.HasSuffix(s, "*") {
		return pattern{}, fmt.Errorf("%q has fewer than the six parts of an ARN", s)
	}
	if len(parts) > 3 && strings.ContainsAny(parts[2], "*?") {
		return pattern{}, fmt.Errorf("%q has a wildcard in the service's place", s)
	}
	p, err := compilePattern(s, segmentWildcards, d.variables())
	if err == nil && p.variableBeforeColon(5) {
		err = fmt.Errorf("%q has a policy variable before the fifth colon", s)
	}
	return p, err
}
