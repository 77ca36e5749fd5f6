package cloudformation

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// part of a text for Fn::Sub: as it is, or a variable's name.
type part struct {
	text     string
	variable bool
}

// parts reads a text for Fn::Sub. ${!Name} stands for ${Name} itself
// (CloudFormation Template Reference Guide, "Fn::Sub").
func parts(text string) ([]part, error) {
	var out []part
	for {
		before, rest, found := strings.Cut(text, "${")
		if before != "" {
			out = append(out, part{text: before})
		}
		if !found {
			return out, nil
		}
		name, after, closed := strings.Cut(rest, "}")
		literal, isLiteral := strings.CutPrefix(name, "!")
		name = strings.TrimSpace(name)
		switch {
		case !closed:
			return nil, fmt.Errorf("Template error: ${%s is not closed", rest)
		case isLiteral:
			out = append(out, part{text: "${" + literal + "}"})
		case name == "" || strings.ContainsAny(name, " ${"):
			return nil, fmt.Errorf("Template error: variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, periods, and colons: ${%s}", name)
		default:
			out = append(out, part{name, true})
		}
		text = after
	}
}

// subArgument reads both forms of the function.
func subArgument(path string, v any) (text string, variables map[string]any, err error) {
	if text, ok := v.(string); ok {
		return text, nil, nil
	}
	bad := fmt.Errorf("%s: Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, and an optional second argument to specify a mapping of values to replace in the string", path)
	l, ok := v.([]any)
	if !ok || len(l) != 2 {
		return "", nil, bad
	}
	text, isText := l[0].(string)
	variables, isMap := l[1].(map[string]any)
	if !isText || !isMap {
		return "", nil, bad
	}
	return text, variables, nil
}

// subReference reads a variable that the function's own do not have.
func subReference(path, name string) reference {
	id, attribute, _ := strings.Cut(name, ".")
	return reference{path, id, attribute}
}

func (s *scope) sub(path string, v any) (any, error) {
	text, variables, err := subArgument(path, v)
	if err != nil {
		return nil, err
	}
	own := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		if own[name], err = s.text(join(join(path, "1"), name), variables[name]); err != nil {
			return nil, err
		}
	}
	all, err := parts(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var out strings.Builder
	for _, p := range all {
		value, isOwn := own[p.text]
		switch {
		case !p.variable:
			value = p.text
		case !isOwn:
			if value, err = s.substituted(path, p.text); err != nil {
				return nil, err
			}
		}
		out.WriteString(value)
		if err := short(path, out.Len()); err != nil {
			return nil, err
		}
	}
	return out.String(), dynamic(path, out.String())
}

func (s *scope) substituted(path, name string) (string, error) {
	v, err := s.lookup(subReference(path, name))
	if err != nil {
		return "", err
	}
	t, ok := scalar(v)
	if !ok {
		return "", wrong(path, v, "a string, which ${"+name+"} stands for")
	}
	return t, nil
}
