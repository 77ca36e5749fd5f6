package world

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rekey/shared/keypolicy"
)

// Policy is a policy as a service keeps it: its text, what it means, and what
// the lab has to know of it besides: its condition keys, and who the principals
// were that it names.
type Policy struct {
	Text string

	kind        keypolicy.Kind
	document    *keypolicy.Document
	statements  []map[string]any
	conditional []int             // statements with conditions
	bound       map[string]string // the unique ids of users and roles, by their ARN, when the policy was saved
}

// Named is a policy with the name that a decision calls it by.
type Named struct {
	Name string
	*Policy
}

// ParsePolicy reads a policy. The error says what is malformed.
func ParsePolicy(kind keypolicy.Kind, text string) (*Policy, error) {
	document, err := keypolicy.Parse(kind, []byte(text))
	if err != nil {
		return nil, err
	}
	p := &Policy{Text: text, kind: kind, document: document}
	var whole struct{ Statement json.RawMessage }
	if err := json.Unmarshal([]byte(text), &whole); err != nil {
		return nil, err
	}
	if json.Unmarshal(whole.Statement, &p.statements) != nil { // one, without a list around it
		p.statements = make([]map[string]any, 1)
		if err := json.Unmarshal(whole.Statement, &p.statements[0]); err != nil {
			return nil, err
		}
	}
	for i, st := range p.statements {
		if _, has := st["Condition"]; has {
			p.conditional = append(p.conditional, i)
		}
	}
	return p, nil
}

// MustPolicy is ParsePolicy for a text of the lab's own.
func MustPolicy(kind keypolicy.Kind, text string) *Policy {
	p, err := ParsePolicy(kind, text)
	if err != nil {
		panic(err)
	}
	return p
}

// Actions lists what the policy's Action elements have.
func (p *Policy) Actions() []string {
	var all []string
	for _, st := range p.statements {
		all = append(all, words(st["Action"])...)
	}
	return all
}

// Bind remembers who the users and roles are that the policy names, and gives
// the first that does not exist, or "". A service calls it when the policy is
// saved. A session stands for its role. Accounts always exist.
func (w *World) Bind(p *Policy) (missing string) {
	p.bound = map[string]string{}
	for _, name := range p.principals() {
		if !strings.HasPrefix(name, "arn:") || strings.HasSuffix(name, ":root") || w.identities == nil {
			continue
		}
		id, ok := w.identities.Identity(name)
		if !ok {
			return name
		}
		p.bound[name] = id
	}
	return ""
}

// principals lists the AWS principals of all statements.
func (p *Policy) principals() []string {
	var all []string
	for _, st := range p.statements {
		for _, element := range []string{"Principal", "NotPrincipal"} {
			if byKind, ok := st[element].(map[string]any); ok {
				all = append(all, words(byKind["AWS"])...)
			}
		}
	}
	return all
}

// current gives the policy as it counts now. A user or role that is gone does
// not count any more, not even if there is another one of its name: AWS keeps
// its unique id in its place (IAM User Guide, "AWS JSON policy elements:
// Principal"). Here it becomes an ARN that nobody has.
func (w *World) current(p *Policy) (*Policy, error) {
	for _, arn := range slices.Sorted(maps.Keys(p.bound)) {
		if id, ok := w.identities.Identity(arn); ok && id == p.bound[arn] {
			continue
		}
		for _, st := range p.statements {
			for _, element := range []string{"Principal", "NotPrincipal"} {
				if byKind, ok := st[element].(map[string]any); ok {
					byKind["AWS"] = replaced(words(byKind["AWS"]), arn, gone(arn, p.bound[arn]))
				}
			}
		}
		delete(p.bound, arn) // an id never comes back
		document, err := p.rebuilt(p.statements)
		if err != nil {
			return nil, err
		}
		p.document = document
	}
	return p, nil
}

func replaced(list []string, from, to string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		if s == from {
			s = to
		}
		out[i] = s
	}
	return out
}

// gone names a principal that was deleted by its unique id.
func gone(arn, id string) string {
	return "arn:aws:iam::" + strings.Split(arn, ":")[4] + ":user/deleted/principal/" + id
}

// rebuilt compiles statements of the policy, changed or fewer.
func (p *Policy) rebuilt(statements []map[string]any) (*keypolicy.Document, error) {
	var whole map[string]any
	if err := json.Unmarshal([]byte(p.Text), &whole); err != nil {
		return nil, err
	}
	whole["Statement"] = statements
	text, err := json.Marshal(whole)
	if err != nil {
		return nil, err
	}
	return keypolicy.Parse(p.kind, text)
}

// undecidable gives the condition key that the lab can neither supply nor knows
// to be absent, of a statement that otherwise applies to the request; "" for
// none. Whether it applies is found out by a Deny of the same statement without
// that condition.
func (p *Policy) undecidable(r keypolicy.Request) (string, error) {
	for _, i := range p.conditional {
		key, rest := p.split(i, r)
		if key == "" {
			continue
		}
		probe, err := p.rebuilt([]map[string]any{rest})
		if err != nil {
			return "", fmt.Errorf("its condition key %s is not known to the lab: %w", key, err)
		}
		asked := keypolicy.Policies{Identity: []keypolicy.Named{{Name: "probe", Document: probe}}}
		if r.Principal.Kind() == keypolicy.Root { // who has service control policies alone
			asked = keypolicy.Policies{ServiceControl: [][]keypolicy.Named{asked.Identity}}
		}
		if p.kind != keypolicy.IdentityPolicy {
			asked = keypolicy.Policies{Resource: &keypolicy.Named{Name: "probe", Document: probe}}
		} else if r.Resource != "*" {
			asked.Resource = silent(r)
		}
		d, err := keypolicy.Evaluate(r, asked)
		if err != nil {
			return "", err
		}
		if d.Effect == keypolicy.ExplicitlyDenied {
			return key, nil
		}
	}
	return "", nil
}

// split takes the conditions on unknown keys out of a statement, and names one.
func (p *Policy) split(i int, r keypolicy.Request) (unknown string, rest map[string]any) {
	operators, ok := p.statements[i]["Condition"].(map[string]any)
	if !ok {
		return "", nil
	}
	kept := map[string]any{}
	for _, operator := range slices.Sorted(maps.Keys(operators)) {
		keys, ok := operators[operator].(map[string]any)
		if !ok {
			continue
		}
		known := map[string]any{}
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			if conditionKnown(r, key) {
				known[key] = keys[key]
			} else if unknown == "" {
				unknown = key
			}
		}
		if len(known) > 0 {
			kept[operator] = known
		}
	}
	rest = maps.Clone(p.statements[i])
	delete(rest, "Condition")
	if len(kept) > 0 {
		rest["Condition"] = kept
	}
	rest["Effect"] = "Deny"
	return unknown, rest
}

// silent is a resource's policy that says nothing to the request, of the kind
// that the resource must have.
func silent(r keypolicy.Request) *keypolicy.Named {
	parts := strings.SplitN(r.Resource, ":", 6)
	text := `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::000000000000:user/nobody"},"Action":"sts:AssumeRole"%s}}`
	switch {
	case len(parts) == 6 && parts[2] == "kms" && strings.HasPrefix(parts[5], "key/"):
		return &keypolicy.Named{Name: "silent", Document: MustPolicy(keypolicy.KeyPolicy, fmt.Sprintf(text, `,"Resource":"*"`)).document}
	case strings.HasPrefix(r.Action, "sts:"):
		return &keypolicy.Named{Name: "silent", Document: MustPolicy(keypolicy.TrustPolicy, fmt.Sprintf(text, "")).document}
	}
	return nil
}

// words reads an element that is one text or a list of them.
func words(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var all []string
		for _, e := range v {
			if s, ok := e.(string); ok {
				all = append(all, s)
			}
		}
		return all
	}
	return nil
}
