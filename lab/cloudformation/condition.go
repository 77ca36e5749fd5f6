package cloudformation

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// boolean decides a function of conditions or of rules (CloudFormation Template
// Reference Guide, "Condition functions" and "Rule functions").
func (s *scope) boolean(path string, v any) (bool, error) {
	m, ok := v.(map[string]any)
	if !ok || len(m) != 1 {
		return false, wrong(path, v, "a condition")
	}
	for name, argument := range m {
		at := join(path, name)
		switch name {
		case "Condition":
			if id, ok := argument.(string); ok {
				holds, err := s.condition(id)
				if err != nil {
					return false, fmt.Errorf("%s: %w", at, err)
				}
				return holds, nil
			}
		case "Fn::And", "Fn::Or":
			return s.several(at, argument, name == "Fn::And")
		case "Fn::Not":
			if l, ok := argument.([]any); ok && len(l) == 1 {
				holds, err := s.boolean(join(at, "0"), l[0])
				return !holds, err
			}
			return false, templateError("%s: Template error: every Fn::Not object requires one boolean parameter.", at)
		case "Fn::Equals":
			return s.equal(at, argument)
		case "Fn::Contains", "Fn::EachMemberIn", "Fn::EachMemberEquals":
			return s.members(at, name, argument)
		}
	}
	return false, wrong(path, v, "a condition that is known here")
}

// several is Fn::And or Fn::Or, of two to ten conditions; all are evaluated.
func (s *scope) several(path string, v any, and bool) (bool, error) {
	l, ok := v.([]any)
	if !ok || len(l) < 2 || len(l) > 10 {
		return false, templateError("%s: Template error: it requires a list of two to ten boolean parameters.", path)
	}
	result := and
	for i, e := range l {
		holds, err := s.boolean(join(path, strconv.Itoa(i)), e)
		if err != nil {
			return false, err
		}
		if holds != and {
			result = !and
		}
	}
	return result, nil
}

func (s *scope) equal(path string, v any) (bool, error) {
	l, ok := v.([]any)
	if !ok || len(l) != 2 { // recorded wording
		return false, templateError("%s: Template error: every Fn::Equals object requires a list of 2 string parameters.", path)
	}
	a, err := s.text(join(path, "0"), l[0])
	if err != nil {
		return false, err
	}
	b, err := s.text(join(path, "1"), l[1])
	return a == b, err
}

// members is a rule function of two arguments: of a list and a string, or of
// two lists.
func (s *scope) members(path, name string, v any) (bool, error) {
	l, ok := v.([]any)
	if !ok || len(l) != 2 {
		return false, fmt.Errorf("%s: it requires a list of two parameters", path)
	}
	a, err := s.texts(join(path, "0"), l[0])
	if err != nil {
		return false, err
	}
	if name == "Fn::EachMemberIn" {
		b, err := s.texts(join(path, "1"), l[1])
		return !slices.ContainsFunc(a, func(e string) bool { return !slices.Contains(b, e) }), err
	}
	b, err := s.text(join(path, "1"), l[1])
	if name == "Fn::Contains" {
		return slices.Contains(a, b), err
	}
	return !slices.ContainsFunc(a, func(e string) bool { return e != b }), err
}

// rule is what must hold of the parameters (CloudFormation User Guide, "Rules").
type rule struct {
	RuleCondition any
	Assertions    []struct {
		Assert            any
		AssertDescription string
	}
}

// hold checks a rule.
func (s *scope) hold(name string, r rule) error {
	path := join("Rules", name)
	inner := *s
	inner.onlyDeclared, inner.conditions, inner.expressions = true, nil, nil
	if r.RuleCondition != nil {
		if applies, err := inner.boolean(join(path, "RuleCondition"), r.RuleCondition); err != nil || !applies {
			return err
		}
	}
	if len(r.Assertions) == 0 {
		return fmt.Errorf("%s: a rule has assertions", path)
	}
	for i, a := range r.Assertions {
		holds, err := inner.boolean(join(join(join(path, "Assertions"), strconv.Itoa(i)), "Assert"), a.Assert)
		if err != nil {
			return err
		}
		if !holds {
			return fmt.Errorf("%s: %w: %s", path, errAsserted, a.AssertDescription)
		}
	}
	return nil
}

var errAsserted = errors.New("Template validation failed: an assertion does not hold")
