package leastprivilege

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Statement names one statement of a template: of a policy, or a permission that
// is a resource by itself.
type Statement struct {
	Stack    string
	Resource string // its logical id
	Type     string // of the resource
	// Policy says which of the resource's policies, by its property, such as
	// KeyPolicy or Policies/0/PolicyDocument; "" for a permission.
	Policy string
	// Name is the statement's Sid, or #2 where it has none; for a permission, the
	// resource's type without AWS::.
	Name string

	index int
}

// String is how findings speak of it.
func (s Statement) String() string {
	if s.Policy == "" {
		return s.Stack + "/" + s.Resource + " (" + s.Type + ")"
	}
	return s.Stack + "/" + s.Resource + " (" + s.Type + "), statement " + s.Name
}

// StatementsOf lists the statements of a template's document, in the order of
// logical ids. The error names a policy in a place that is not known.
func StatementsOf(stack string, document map[string]any) ([]Statement, error) {
	resources, err := resourcesOf(document)
	if err != nil {
		return nil, fmt.Errorf("stack %s: %w", stack, err)
	}
	var all []Statement
	for _, id := range slices.Sorted(maps.Keys(resources)) {
		of, err := statementsOf(stack, id, resources[id])
		if err != nil {
			return nil, fmt.Errorf("stack %s, resource %s: %w", stack, id, err)
		}
		all = append(all, of...)
	}
	return all, nil
}

func statementsOf(stack, id string, r resource) ([]Statement, error) {
	s := Statement{Stack: stack, Resource: id, Type: r.kind()}
	f := forms[s.Type]
	if f.permission {
		s.Name = strings.TrimPrefix(s.Type, "AWS::")
		return []Statement{s}, nil
	}
	places := f.places(r.properties())
	if err := onlyAt(places, "", r.properties()); err != nil {
		return nil, err
	}
	var all []Statement
	for _, place := range places {
		list, err := listed(at(r.properties(), place))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", place, err)
		}
		s.Policy = place
		for i, st := range list {
			s.index = i
			if s.Name, err = sidOf(st, i); err != nil {
				return nil, fmt.Errorf("%s: %w", place, err)
			}
			if slices.ContainsFunc(all, func(o Statement) bool { return o.Policy == place && o.Name == s.Name }) {
				return nil, fmt.Errorf("%s: two statements are named %s", place, s.Name)
			}
			all = append(all, s)
		}
	}
	return all, nil
}

// resource is a resource of a template.
type resource map[string]any

func (r resource) kind() string { s, _ := r["Type"].(string); return s }

func (r resource) properties() map[string]any { p, _ := r["Properties"].(map[string]any); return p }

func resourcesOf(document map[string]any) (map[string]resource, error) {
	list, ok := document["Resources"].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("the template has no Resources")
	}
	all := map[string]resource{}
	for id, r := range list {
		if all[id], ok = r.(map[string]any); !ok {
			return nil, fmt.Errorf("resource %s is no object", id)
		}
	}
	return all, nil
}

// listed gives the statements of a policy document.
func listed(document any) ([]any, error) {
	m, ok := document.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("the policy is %T, where its statements cannot be told apart; write it as an object", document)
	}
	switch st := m["Statement"].(type) {
	case []any:
		return st, nil
	case map[string]any:
		return []any{st}, nil
	}
	return nil, fmt.Errorf("the policy has no Statement")
}

// sidOf names the statement at an index. One that Fn::If chooses needs a Sid, since
// its place in the deployed policy may be another.
func sidOf(v any, index int) (string, error) {
	st, _ := v.(map[string]any)
	if branches, ok := st["Fn::If"].([]any); ok {
		for _, b := range branches[min(1, len(branches)):] {
			if b, _ := b.(map[string]any); b["Sid"] != nil {
				return sidOf(b, index)
			}
		}
		return "", fmt.Errorf("statement #%d is chosen by Fn::If and has no Sid", index+1)
	}
	if st["Effect"] == nil {
		return "", fmt.Errorf("statement #%d has no Effect", index+1)
	}
	if sid, _ := st["Sid"].(string); sid != "" {
		return sid, nil
	}
	return fmt.Sprintf("#%d", index+1), nil
}

// onlyAt refuses policies in other places than these.
func onlyAt(places []string, path string, v any) error {
	if slices.Contains(places, path) {
		return nil
	}
	switch v := v.(type) {
	case map[string]any:
		if _, is := v["Statement"]; is {
			return fmt.Errorf("%s has a policy that cannot be judged", strings.TrimPrefix(path, "/"))
		}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if err := onlyAt(places, strings.TrimPrefix(path+"/"+k, "/"), v[k]); err != nil {
				return err
			}
		}
	case []any:
		for i, e := range v {
			if err := onlyAt(places, fmt.Sprintf("%s/%d", path, i), e); err != nil {
				return err
			}
		}
	case string:
		if strings.Contains(v, `"Statement"`) && json.Valid([]byte(v)) {
			return fmt.Errorf("%s has a policy as a text, which cannot be judged; write it as an object", path)
		}
	}
	return nil
}
