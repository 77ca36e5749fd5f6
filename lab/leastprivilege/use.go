package leastprivilege

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

// use is what the paths used of one statement.
type use struct {
	*grant
	paths      []string           // whose calls it decided
	pairs      map[[2]string]bool // action and resource, as the statement has them
	principals map[principal]bool
	beyond     map[string]string // by action, a resource that was asked about where the statement has *
}

func newUse(g *grant) *use {
	return &use{grant: g, pairs: map[[2]string]bool{}, principals: map[principal]bool{}, beyond: map[string]string{}}
}

// take counts a decision about the caller that the statement decided.
func (u *use) take(path string, caller world.Caller, a world.Authorized) {
	if !slices.Contains(u.paths, path) {
		u.paths = append(u.paths, path)
	}
	for _, action := range u.actions {
		if !strings.EqualFold(action, a.Action) {
			continue
		}
		for _, r := range u.covered() {
			matched, err := keypolicy.MatchResource(r, a.Resource)
			if err != nil || !matched {
				continue
			}
			u.pairs[[2]string{action, r}] = true
			if u.identity && r == "*" && a.Resource != "*" {
				u.beyond[action] = a.Resource
			}
		}
	}
	for _, p := range u.grant.principals {
		if reached, err := keypolicy.MatchPrincipal(p.typ, p.text, caller.Principal); err == nil && reached {
			u.principals[p] = true
		}
	}
}

// covered are the resources of the statement; * for one that names none, since
// it is about the one that it is attached to.
func (g *grant) covered() []string {
	if len(g.resources) == 0 {
		return []string{"*"}
	}
	return g.resources
}

// findings tell what is too wide, and what was not used.
func (u *use) findings() []Finding {
	if u.deny {
		return nil // whether it is needed is found out without it
	}
	var all []Finding
	add := func(kind Kind, action, format string, args ...any) {
		all = append(all, Finding{kind, u.Statement, action, fmt.Sprintf(format, args...)})
	}
	for _, not := range u.not {
		add(TooWide, "", "it allows all but what its %s lists: list what is needed", not)
	}
	for _, action := range u.actions {
		if strings.ContainsAny(action, "*?") {
			add(TooWide, action, "the action %s is a pattern: list the actions that are needed one by one", action)
			continue
		}
		if asked, wide := u.beyond[action]; wide && u.reason == "" {
			add(TooWide, action, "%s is allowed on every resource, and was asked of %s: name the resource", action, asked)
		}
		for _, r := range u.covered() {
			if !u.pairs[[2]string{action, r}] {
				add(Unused, action, "no path had %s allowed by it on %s", action, u.shown(r))
			}
		}
	}
	for _, p := range u.grant.principals {
		if p.text == "*" && !u.condition {
			add(TooWide, "", "everyone, in any account, is allowed: name who needs it")
		}
		if !u.principals[p] {
			add(Unused, "", "no path called as %s", p)
		}
	}
	return all
}

func (g *grant) shown(r string) string {
	if r == "*" && !g.identity {
		return "its own resource"
	}
	return r
}

// refusal is a call that was not allowed.
type refusal struct {
	path   string
	caller world.Caller
	world.Authorized
}

// reading is what the trail of all paths says.
type reading struct {
	uses    []*use
	refused []refusal
}

// read takes the calls of one path; counts says of which callers.
func (r *reading) read(path string, entries []world.Entry, counts func(world.Caller) bool) {
	for _, e := range entries {
		if !counts(e.Caller) {
			continue
		}
		for _, a := range e.Decisions {
			if a.Effect != keypolicy.Allowed {
				r.refused = append(r.refused, refusal{path, e.Caller, a})
			}
			for _, u := range r.uses {
				if u.decided(keypolicy.Place{Policy: a.Policy, Statement: a.Decision.Statement}, e.Caller) || a.With != (keypolicy.Place{}) && u.decided(a.With, e.Caller) {
					u.take(path, e.Caller, a)
				}
			}
		}
	}
}

// finding tells of a call that was refused: on what, and which statements there
// are that could have allowed it.
func (r *reading) finding(f refusal, names map[string]string) Finding {
	there := map[string][]string{} // names of statements by resource
	var nearest Statement
	best := 1
	for _, u := range r.uses {
		score := u.nearness(f)
		if score > 0 {
			there[u.Stack+"/"+u.Resource] = append(there[u.Stack+"/"+u.Resource], u.Name)
		}
		if score > best {
			best, nearest = score, u.Statement
		}
	}
	detail := fmt.Sprintf("%s may not %s on %s, in the path %q: %s", called(f.caller, names), f.Action, shownAs(f.Resource, names), f.path, f.Reason)
	var policies []string
	for _, resource := range sortedKeys(there) {
		policies = append(policies, resource+" ("+strings.Join(there[resource], ", ")+")")
	}
	if len(policies) > 0 {
		detail += "; the statements that are there do not: " + strings.Join(policies, ", ")
	}
	return Finding{Refused, nearest, f.Action, detail}
}

// nearness says how much of a refused call a statement is about: 0 where neither
// the resource nor the caller has the statement's policy; more than 1 where it is
// about the caller, and about the action or the resource.
func (u *use) nearness(f refusal) int {
	owner := ownerOf(f.caller.Principal)
	of := slices.ContainsFunc(u.deciders, func(d decider) bool {
		return d.owner != "" && d.owner == owner || strings.HasSuffix(d.Policy, " "+f.Resource)
	})
	if !of || u.deny {
		return 0
	}
	score := 1
	reaches := u.identity || slices.ContainsFunc(u.grant.principals, func(p principal) bool {
		ok, err := keypolicy.MatchPrincipal(p.typ, p.text, f.caller.Principal)
		return err == nil && ok
	})
	if !reaches {
		return score
	}
	if !u.identity {
		score++ // it is the resource's own
	}
	if slices.ContainsFunc(u.actions, func(a string) bool { return strings.EqualFold(a, f.Action) }) {
		score += 2
	}
	if u.identity && slices.ContainsFunc(u.resources, func(p string) bool {
		ok, err := keypolicy.MatchResource(p, f.Resource)
		return err == nil && ok
	}) {
		score++
	}
	return score
}

// called names a caller; a session by its role.
func called(c world.Caller, names map[string]string) string {
	if role := c.Principal.RoleARN(); role != "" {
		return shownAs(role, names)
	}
	return c.ARN()
}

// shownAs adds to an ARN which resource of the templates it is.
func shownAs(arn string, names map[string]string) string {
	if name, ok := names[arn]; ok {
		return arn + " (" + name + ")"
	}
	return arn
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
