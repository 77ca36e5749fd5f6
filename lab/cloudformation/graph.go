package cloudformation

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// references gives what a value refers to, in the branches of Fn::If that count,
// and checks the functions on the way.
func (s *scope) references(path string, v any) ([]reference, error) {
	switch v := v.(type) {
	case map[string]any:
		name, f, err := call(path, v)
		if err != nil {
			return nil, err
		}
		if f == nil {
			return s.within(path, v)
		}
		return s.referencesOf(join(path, name), name, v[name])
	case []any:
		var all []reference
		for i, e := range v {
			r, err := s.references(join(path, strconv.Itoa(i)), e)
			if err != nil {
				return nil, err
			}
			all = append(all, r...)
		}
		return all, nil
	case string:
		return nil, dynamic(path, v)
	case nil: // recorded wording
		return nil, fmt.Errorf("[/%s] 'null' values are not allowed in templates", path)
	}
	return nil, nil
}

func (s *scope) within(path string, m map[string]any) ([]reference, error) {
	var all []reference
	for _, k := range slices.Sorted(maps.Keys(m)) {
		r, err := s.references(join(path, k), m[k])
		if err != nil {
			return nil, err
		}
		all = append(all, r...)
	}
	return all, nil
}

func (s *scope) referencesOf(path, function string, argument any) ([]reference, error) {
	switch function {
	case "Ref":
		id, ok := argument.(string)
		if !ok || id == "" {
			return nil, wrong(path, argument, "a logical id")
		}
		return []reference{{path: path, id: id}}, nil
	case "Fn::GetAtt":
		r, err := s.attribute(path, argument)
		return []reference{r}, err
	case "Fn::If":
		at, branch, err := s.chosen(path, argument)
		if err != nil {
			return nil, err
		}
		return s.references(at, branch)
	case "Fn::Sub":
		return s.subReferences(path, argument)
	}
	return s.references(path, argument)
}

func (s *scope) subReferences(path string, argument any) ([]reference, error) {
	text, variables, err := subArgument(path, argument)
	if err != nil {
		return nil, err
	}
	all, err := s.within(join(path, "1"), variables)
	if err != nil {
		return nil, err
	}
	in, err := parts(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, p := range in {
		if _, own := variables[p.text]; p.variable && !own {
			all = append(all, subReference(path, p.text))
		}
	}
	return all, nil
}

// needs gives the resources that a value refers to, each checked.
func (s *scope) needs(path string, v any) ([]string, error) {
	refs, err := s.references(path, v)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, r := range refs {
		if _, ok := s.named(r.id); ok && r.attribute == "" {
			continue
		}
		if err := s.check(r); err != nil {
			return nil, err
		}
		ids = append(ids, r.id)
	}
	return ids, nil
}

// order gives the logical ids of the resources to create, each after those that
// it needs, and checks each of them.
func (s *scope) order() ([]string, error) {
	needs := map[string][]string{}
	for _, id := range slices.Sorted(maps.Keys(s.declared)) {
		there, err := s.created(id)
		if err != nil {
			return nil, templateError("Resources/%s: %w", id, err)
		}
		if !there {
			continue
		}
		if needs[id], err = s.examine(id); err != nil {
			return nil, err
		}
	}
	return sorted(needs)
}

// examine checks a resource as far as that can be done before any is created,
// and gives those that it needs.
func (s *scope) examine(id string) ([]string, error) {
	path, r := join("Resources", id), s.declared[id]
	k, err := kindOf(r.Type)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := s.known(join(path, "Properties"), r.Properties, k.properties); err != nil {
		return nil, err
	}
	ids, err := s.needs(join(path, "Properties"), r.Properties)
	if err != nil {
		return nil, err
	}
	more, err := r.dependsOn()
	if err != nil {
		return nil, err
	}
	for _, on := range more {
		if _, declared := s.declared[on]; !declared { // recorded wording
			return nil, fmt.Errorf("%s/DependsOn: Template format error: Unresolved resource dependencies [%s] in the Resources block of the template", path, on)
		}
		if there, err := s.created(on); err != nil {
			return nil, err
		} else if there {
			ids = append(ids, on)
		}
	}
	return ids, nil
}

// sorted gives the keys, each after those that it needs, and otherwise by name.
func sorted(needs map[string][]string) ([]string, error) {
	var out, open []string
	done := map[string]bool{}
	var visit func(id string) error
	visit = func(id string) error {
		if done[id] {
			return nil
		}
		if at := slices.Index(open, id); at >= 0 { // reported wording, in aws-cdk
			return templateError("Circular dependency between resources: [%s]", strings.Join(open[at:], ", "))
		}
		open = append(open, id)
		for _, n := range slices.Sorted(slices.Values(needs[id])) {
			if err := visit(n); err != nil {
				return err
			}
		}
		open, done[id] = open[:len(open)-1], true
		out = append(out, id)
		return nil
	}
	for _, id := range slices.Sorted(maps.Keys(needs)) {
		if err := visit(id); err != nil {
			return nil, err
		}
	}
	return out, nil
}
