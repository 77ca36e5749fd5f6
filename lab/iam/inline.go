package iam

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

// inline are the inline policies of one user, group or role.
type inline map[string]*world.Policy

func (p inline) names() []string { return slices.Sorted(maps.Keys(p)) }

func (p inline) named() []world.Named {
	out := make([]world.Named, 0, len(p))
	for _, name := range p.names() {
		out = append(out, world.Named{Name: "inline policy " + name, Policy: p[name]})
	}
	return out
}

// putInline checks a policy and keeps it under its name.
func (e *entity) putInline(name, text string) error {
	policy, err := world.ParsePolicy(keypolicy.IdentityPolicy, text)
	if err != nil {
		return malformed(err.Error())
	}
	size := counted(text)
	for other, kept := range e.policies {
		if other != name {
			size += counted(kept.Text)
		}
	}
	if size > e.kind.inline {
		// Reported wording.
		return limitExceeded(fmt.Sprintf("Maximum policy size of %d bytes exceeded for %s %s", e.kind.inline, e.kind.name, e.Name))
	}
	e.policies[name] = policy
	return nil
}

func (e *entity) getInline(name string) (*world.Policy, error) {
	found, ok := e.policies[name]
	if !ok {
		return &world.Policy{}, noSuch("The " + e.kind.name + " policy with name " + name + " cannot be found.")
	}
	return found, nil
}

func (e *entity) deleteInline(name string) error {
	_, err := e.getInline(name)
	delete(e.policies, name)
	return err
}

func (e *entity) listInline(c *world.Call, marker *string, limit *int32) ([]string, *string, error) {
	return page(c, e.policies.names(), func(n string) string { return n }, marker, limit)
}

// counted is the size of a policy without its white space, which IAM does not
// count ("IAM and AWS STS quotas").
func counted(text string) int {
	n := 0
	for _, r := range text {
		if !unicode.IsSpace(r) {
			n++
		}
	}
	return n
}

// hasPath says whether a path begins with a prefix; nil is any.
func hasPath(path string, prefix *string) bool { return strings.HasPrefix(path, pathOr(prefix)) }
