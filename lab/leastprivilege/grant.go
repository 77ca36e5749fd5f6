package leastprivilege

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

// grant is a statement as it was deployed: what it says, and how decisions call it.
type grant struct {
	Statement
	deny       bool
	not        []string // NotAction, NotResource, NotPrincipal
	actions    []string
	resources  []string // none of a trust policy or a permission
	principals []principal
	identity   bool // of an identity policy
	deciders   []decider
	condition  bool
	reason     string // that the template gives for a wide resource
}

// principal is one of a Principal element.
type principal struct{ typ, text string }

func (p principal) String() string { return p.typ + " " + p.text }

// decider is how a statement is called in a decision, and for whose call.
type decider struct {
	keypolicy.Place
	owner string // role/NAME or user/NAME; "" for any caller
}

// decided says whether the statement is the one at a place in a decision about the
// caller.
func (g *grant) decided(at keypolicy.Place, caller world.Caller) bool {
	return slices.ContainsFunc(g.deciders, func(d decider) bool {
		return d.Place == at && (d.owner == "" || d.owner == ownerOf(caller.Principal))
	})
}

// ownerOf names whose identity policies count for a caller. Names of roles and of
// users are unique in an account, whatever their paths.
func ownerOf(p keypolicy.Principal) string {
	switch p.Kind() {
	case keypolicy.Role, keypolicy.Session:
		return "role/" + afterSlash(p.RoleARN())
	case keypolicy.User:
		return "user/" + afterSlash(p.ARN())
	}
	return ""
}

func afterSlash(s string) string { return s[strings.LastIndexByte(s, '/')+1:] }

// stack is what is asked of a deployed stack.
type stack interface {
	// Properties gives a resource's properties as they were deployed, nil where its
	// condition kept it from being.
	Properties(logicalID string) map[string]any
	Physical(logicalID string) string
	Attribute(logicalID, name string) (string, error)
}

// place is where a stack is.
type place struct {
	stack
	account, region string
}

// grantOf gives a statement as it was deployed. It is nil where a condition of the
// template left the statement out.
func (p place) grantOf(s Statement, document map[string]any) (*grant, error) {
	properties := p.Properties(s.Resource)
	if properties == nil {
		return nil, nil
	}
	g := &grant{Statement: s}
	f := forms[s.Type]
	if f.permission {
		return g, p.permission(g, properties)
	}
	kind := f.kindOf(s.Policy)
	g.identity = kind == keypolicy.IdentityPolicy
	list, err := listed(at(properties, s.Policy))
	if err != nil {
		return nil, err
	}
	st, err := s.in(list)
	if st == nil || err != nil {
		return nil, err
	}
	if err := g.read(st); err != nil {
		return nil, err
	}
	names, err := p.policyNames(s, properties)
	for _, n := range names {
		n.Statement = s.Name
		g.deciders = append(g.deciders, n)
	}
	resources, _ := resourcesOf(document)
	g.reason, _ = at(map[string]any(resources[s.Resource]), "Metadata/rekey:reasons/"+s.Name).(string)
	return g, err
}

// in finds the statement among those that were deployed.
func (s Statement) in(list []any) (map[string]any, error) {
	if n, ok := strings.CutPrefix(s.Name, "#"); ok {
		i, err := strconv.Atoi(n)
		if err != nil || i > len(list) {
			return nil, fmt.Errorf("conditions leave statements out, so that #%s cannot be told: give it a Sid", n)
		}
		st, _ := list[i-1].(map[string]any)
		return st, nil
	}
	for _, v := range list {
		if st, _ := v.(map[string]any); st["Sid"] == s.Name {
			return st, nil
		}
	}
	return nil, nil
}

// read takes what a deployed statement says.
func (g *grant) read(st map[string]any) error {
	g.deny, g.condition = st["Effect"] == "Deny", st["Condition"] != nil
	for _, not := range []string{"NotAction", "NotResource", "NotPrincipal"} {
		if st[not] != nil {
			g.not = append(g.not, not)
		}
	}
	var bad []string
	take := func(element string, v any) []string {
		words, ok := texts(v)
		if !ok {
			bad = append(bad, element)
		}
		return words
	}
	g.actions, g.resources = take("Action", st["Action"]), take("Resource", st["Resource"])
	switch to := st["Principal"].(type) {
	case string:
		g.principals = []principal{{"AWS", to}}
	case map[string]any:
		for _, typ := range sortedKeys(to) {
			for _, text := range take("Principal", to[typ]) {
				g.principals = append(g.principals, principal{typ, text})
			}
		}
	}
	if bad != nil {
		return fmt.Errorf("%s holds what is no text: %v", strings.Join(bad, ", "), st)
	}
	return nil
}

// texts reads a text or a list of them; nothing is an empty list.
func texts(v any) (all []string, ok bool) {
	switch v := v.(type) {
	case nil:
		return nil, true
	case string:
		return []string{v}, true
	case []any:
		for _, e := range v {
			s, ok := e.(string)
			if !ok {
				return nil, false
			}
			all = append(all, s)
		}
		return all, true
	}
	return nil, false
}
