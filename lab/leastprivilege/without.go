package leastprivilege

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Without takes a statement out of a template's document. A policy that it leaves
// empty goes with it, and so does the resource that was there for it. A role's
// trust policy and a key's policy have to be there: their only statement becomes a
// Deny of the same, which allows as much as nothing does.
func Without(document map[string]any, s Statement) error {
	resources, err := resourcesOf(document)
	if err != nil {
		return err
	}
	r, ok := resources[s.Resource]
	f := forms[s.Type]
	if !ok || r.kind() != s.Type {
		return fmt.Errorf("the template has no %s", s)
	}
	if f.permission {
		return remove(document, s.Resource)
	}
	policy, list, err := s.listIn(r)
	if err != nil {
		return err
	}
	switch {
	case len(list) > 1:
		policy["Statement"] = slices.Delete(slices.Clone(list), s.index, s.index+1)
		return nil
	case f.whole:
		return remove(document, s.Resource)
	case strings.HasPrefix(s.Policy, "Policies/"):
		return removeInline(r.properties(), s.Policy)
	}
	only, _ := list[0].(map[string]any)
	if only["Effect"] != "Allow" {
		return fmt.Errorf("%s is the only one of its policy and does not allow: it cannot be taken away", s)
	}
	only["Effect"] = "Deny"
	return nil
}

// listIn finds the statement's policy in its resource, and the list that it is in.
func (s Statement) listIn(r resource) (policy map[string]any, list []any, err error) {
	policy, _ = at(r.properties(), s.Policy).(map[string]any)
	list, err = listed(policy)
	if err != nil || s.index >= len(list) {
		return nil, nil, fmt.Errorf("the template has no %s", s)
	}
	return policy, list, nil
}

// Unconditioned takes the condition of a statement out of a template's document,
// in all that Fn::If chooses from.
func Unconditioned(document map[string]any, s Statement) error {
	resources, err := resourcesOf(document)
	if err != nil {
		return err
	}
	_, list, err := s.listIn(resources[s.Resource])
	if err != nil {
		return err
	}
	st, _ := list[s.index].(map[string]any)
	branches, chosen := st["Fn::If"].([]any)
	if !chosen {
		branches = []any{st}
	}
	for _, b := range branches {
		if b, _ := b.(map[string]any); b != nil {
			delete(b, "Condition")
		}
	}
	return nil
}

func removeInline(properties map[string]any, place string) error {
	list, _ := properties["Policies"].([]any)
	i, err := strconv.Atoi(strings.Split(place, "/")[1])
	if err != nil || i >= len(list) {
		return fmt.Errorf("there is no %s", place)
	}
	if list = slices.Delete(slices.Clone(list), i, i+1); len(list) == 0 {
		delete(properties, "Policies")
		return nil
	}
	properties["Policies"] = list
	return nil
}

// remove takes a resource out, and what says that others wait for it or have it
// attached.
func remove(document map[string]any, id string) error {
	resources := document["Resources"].(map[string]any)
	delete(resources, id)
	for _, r := range resources {
		r := r.(map[string]any)
		dropDependency(r, id)
		if p, _ := r["Properties"].(map[string]any); p != nil {
			detach(p, id)
		}
	}
	left, err := json.Marshal(document)
	if err != nil {
		return err
	}
	for _, reference := range []string{`{"Ref":"` + id + `"}`, `"Fn::GetAtt":["` + id + `",`, `"Fn::GetAtt":"` + id + `.`, "${" + id + "}", "${" + id + "."} {
		if strings.Contains(string(left), reference) {
			return fmt.Errorf("%s cannot be taken away: the template has %s elsewhere", id, reference)
		}
	}
	return nil
}

func dropDependency(r map[string]any, id string) {
	switch on := r["DependsOn"].(type) {
	case string:
		if on == id {
			delete(r, "DependsOn")
		}
	case []any:
		if left := slices.DeleteFunc(slices.Clone(on), func(v any) bool { return v == id }); len(left) > 0 {
			r["DependsOn"] = left
		} else {
			delete(r, "DependsOn")
		}
	}
}

// detach drops a managed policy from what it is attached to.
func detach(properties map[string]any, id string) {
	list, _ := properties["ManagedPolicyArns"].([]any)
	left := slices.DeleteFunc(slices.Clone(list), func(v any) bool {
		ref, _ := v.(map[string]any)
		return ref["Ref"] == id
	})
	switch {
	case len(left) == len(list):
	case len(left) == 0:
		delete(properties, "ManagedPolicyArns")
	default:
		properties["ManagedPolicyArns"] = left
	}
}
