package cloudformation

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// partition is the only one that the lab is in; urlSuffix is its domain
// (CloudFormation Template Reference Guide, "Pseudo parameters reference").
const (
	partition = "aws"
	urlSuffix = "amazonaws.com"
)

// scope is what a template's expressions can refer to.
type scope struct {
	mappings     map[string]map[string]map[string]any
	declared     map[string]declaration
	pseudo       map[string]any
	parameters   map[string]any  // a string, or a list of strings
	conditions   map[string]bool // as far as they are decided
	expressions  map[string]any  // of the conditions
	deciding     []string        // conditions
	exports      map[string]export
	made         map[string]*resource
	onlyDeclared bool // no resource may be referred to: in parameters, rules and conditions
}

// export is an output that other stacks import.
type export struct{ stack, value string }

// removed is AWS::NoValue: the member that has it is left out.
type removed struct{}

func (d *Deployer) pseudo(stack, stackID string) map[string]any {
	return map[string]any{
		"AWS::AccountId": string(d.target.Account), "AWS::Region": string(d.target.Region),
		"AWS::Partition": partition, "AWS::URLSuffix": urlSuffix,
		"AWS::StackName": stack, "AWS::StackId": stackID,
		"AWS::NoValue": removed{}, "AWS::NotificationARNs": []any{},
	}
}

// created says whether a resource of the template is in this stack: it is
// declared, and its condition holds.
func (s *scope) created(id string) (bool, error) {
	r, declared := s.declared[id]
	if !declared || r.Condition == "" {
		return declared, nil
	}
	return s.condition(r.Condition)
}

// named says whether a Ref of this name is to a parameter, of the template or
// of every template, and gives its value.
func (s *scope) named(name string) (any, bool) {
	if v, ok := s.parameters[name]; ok {
		return v, true
	}
	v, ok := s.pseudo[name]
	return v, ok
}

// reference is a Ref (without an attribute) or an Fn::GetAtt.
type reference struct{ path, id, attribute string }

func (r reference) String() string {
	if r.attribute == "" {
		return r.id
	}
	return r.id + "." + r.attribute
}

// lookup gives what a reference stands for.
func (s *scope) lookup(r reference) (any, error) {
	if r.attribute == "" {
		if v, ok := s.named(r.id); ok {
			return v, nil
		}
	}
	if err := s.check(r); err != nil {
		return nil, err
	}
	m := s.made[r.id]
	switch {
	case m == nil:
		return nil, fmt.Errorf("%s: the resource %s is not made yet", r.path, r.id)
	case r.attribute == "":
		return m.ref, nil
	}
	v, ok := m.attributes[r.attribute]
	if !ok {
		return nil, fmt.Errorf("%s: %s has no attribute %s", r.path, m.kind, r.attribute)
	}
	return v, nil
}

// check says what is wrong with a reference to a resource, before there is one.
func (s *scope) check(r reference) error {
	if s.onlyDeclared {
		return fmt.Errorf("%s: Template error: %s is no parameter, and only parameters can be referred to here", r.path, r)
	}
	there, err := s.created(r.id)
	if err != nil {
		return err
	}
	if !there { // recorded wording, in both sections
		section, _, _ := strings.Cut(r.path, "/")
		kind := "Template format error: "
		if section == "Outputs" {
			kind = ""
		}
		return fmt.Errorf("%s: %sUnresolved resource dependencies [%s] in the %s block of the template", r.path, kind, r.id, section)
	}
	k := kinds[s.declared[r.id].Type]
	if r.attribute == "" || k == nil || slices.Contains(k.attributes, r.attribute) {
		return nil
	}
	// Recorded wording, as far as the colon.
	return fmt.Errorf("%s: Resource type %s does not support attribute {%s}: known are %s", r.path, s.declared[r.id].Type, r.attribute, strings.Join(k.attributes, ", "))
}

// condition decides a condition by its name.
func (s *scope) condition(name string) (bool, error) {
	if v, decided := s.conditions[name]; decided {
		return v, nil
	}
	e, declared := s.expressions[name]
	if !declared { // recorded wording
		return false, fmt.Errorf("Template error: unresolved condition dependency %s", name)
	}
	if slices.Contains(s.deciding, name) {
		return false, templateError("Conditions/%s: Template error: it depends on itself", name)
	}
	s.deciding = append(s.deciding, name)
	inner := *s
	inner.onlyDeclared = true
	v, err := inner.boolean(join("Conditions", name), e)
	s.deciding = s.deciding[:len(s.deciding)-1]
	if err == nil {
		s.conditions[name] = v
	}
	return v, err
}

// decide decides all conditions, so that one that nobody uses is checked too.
func (s *scope) decide() error {
	for _, name := range slices.Sorted(maps.Keys(s.expressions)) {
		if _, err := s.condition(name); err != nil {
			return err
		}
	}
	return nil
}
