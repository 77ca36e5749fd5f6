package template

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// checkStatements looks at how wide each statement is.
func (a *Assembly) checkStatements(out *report, all []*policy) {
	needed := map[*Resource][]string{} // Sids with something that needs a reason
	sids := map[*Resource][]string{}
	for _, p := range all {
		for _, s := range p.statements {
			if slices.Contains(sids[p.written], s.sid) {
				out.add("action", p.written, s.sid, "give each statement of the resource a Sid of its own", "two statements have this Sid")
			}
			sids[p.written] = append(sids[p.written], s.sid)
			a.checkActions(out, p, s, needed)
			a.checkResources(out, p, s, needed)
			a.checkPrincipals(out, p, s)
		}
	}
	for r := range a.resources() {
		checkReasons(out, r, needed[r], sids[r])
		a.checkManaged(out, r)
		a.checkTexts(out, r, r.Properties)
	}
}

// reasons are the written reasons of a resource by Sid.
func (r *Resource) reasons() map[string]any {
	return object(object(r.entry["Metadata"])["rekey:reasons"])
}

func checkReasons(out *report, r *Resource, needed, sids []string) {
	reasons := r.reasons()
	for _, sid := range slices.Sorted(maps.Keys(reasons)) {
		reason, _ := reasons[sid].(string)
		switch {
		case !slices.Contains(sids, sid):
			out.add("resource", r, sid, "remove it from Metadata rekey:reasons, or correct the Sid", "there is a reason for a statement that the resource does not have")
		case !slices.Contains(needed, sid):
			out.add("resource", r, sid, "remove it from Metadata rekey:reasons", "there is a reason, and nothing in the statement needs one")
		case len(strings.Fields(reason)) < 3:
			out.add("resource", r, sid, "write why it cannot be narrower", "the reason says nothing: %q", reason)
		}
	}
}

func wild(text string) bool { return strings.ContainsAny(text, "*?") }

func (a *Assembly) checkActions(out *report, p *policy, s statement, needed map[*Resource][]string) {
	if s.unnamed {
		out.add("action", p.written, s.sid, "name it, so that tests, reasons and readers can speak of it", "the statement has no Sid")
	}
	for _, not := range s.not {
		out.add("action", p.written, s.sid, "list what is meant instead", "%s means everything else, whatever AWS adds", not)
	}
	for _, action := range s.actions {
		switch {
		case s.plaintext(): // nobody gains by refusing everything
		case s.deny && wild(action): // it has to be meant
			needed[p.written] = append(needed[p.written], s.sid)
			if p.written.reasons()[s.sid] == nil {
				out.add("action", p.written, s.sid, "write each action out, or why it is meant to refuse all in Metadata rekey:reasons", "the refused action %s has a wildcard", action)
			}
		case wild(action):
			out.add("action", p.written, s.sid, "write each action out", "the action %s has a wildcard", action)
		case !strings.Contains(action, ":"):
			out.add("action", p.written, s.sid, "write it as service:Action", "the action %s names no service", action)
		}
	}
}

// checkResources asks for a reason where a statement is on resources without
// bound. A reason is welcome for any other wildcard.
func (a *Assembly) checkResources(out *report, p *policy, s statement, needed map[*Resource][]string) {
	if p.kind == keyPolicy || p.kind == trustPolicy {
		return // "*" is the key itself, and a trust policy names no resource
	}
	for _, resource := range s.resources {
		if wild(resource) {
			needed[p.written] = append(needed[p.written], s.sid)
		}
		if unbounded(resource) && p.written.reasons()[s.sid] == nil {
			out.add("resource", p.written, s.sid, fmt.Sprintf("name what it is about, or write why that cannot be in Metadata rekey:reasons, under %q", s.sid),
				"the resource %s of %s has no bound", resource, strings.Join(s.actions, ", "))
		}
	}
}

// unbounded tells whether a resource's pattern matches resources that it says
// nothing of: no account, or no more than their type.
func unbounded(resource string) bool {
	if !wild(resource) {
		return false
	}
	parts := strings.SplitN(resource, ":", 6)
	if len(parts) < 6 || wild(parts[2]) || wild(parts[4]) {
		return true
	}
	fixed, _, cut := strings.Cut(strings.ReplaceAll(parts[5], "?", "*"), "*")
	if !cut {
		return false
	}
	typed := strings.TrimRight(fixed, ":/")
	return typed == "" || typed != fixed && !strings.ContainsAny(typed, ":/${") && parts[2] != "s3"
}

// checkManaged refuses policies that are not in the templates.
func (a *Assembly) checkManaged(out *report, r *Resource) {
	for _, arn := range a.texts(r.Stack, r.Properties["ManagedPolicyArns"]) {
		if a.index[arn] == nil {
			out.add("action", r, "", "write the statements that it needs into a policy of its own", "the managed policy %s is not in the templates, and AWS may widen it", arn)
		}
	}
}

// checkTexts refuses policies that are written as texts, into which nothing here
// looks.
func (a *Assembly) checkTexts(out *report, r *Resource, v any) {
	whole := false
	switch v := v.(type) {
	case string:
		whole = true
	case map[string]any:
		whole = v["Fn::Join"] != nil || v["Fn::Sub"] != nil
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if !whole {
				a.checkTexts(out, r, v[name])
			}
		}
	case []any:
		for _, element := range v {
			a.checkTexts(out, r, element)
		}
	}
	if text := a.text(r.Stack, v); whole && strings.Contains(text, `"Statement"`) && strings.Contains(text, `"Effect"`) {
		out.add("action", r, "", "write it as an object, or use a type that takes one", "a policy is written as a text, and cannot be checked")
	}
}
