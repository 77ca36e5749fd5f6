package cloudformation

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// function is one intrinsic function; argument is as the template has it.
type function func(s *scope, path string, argument any) (any, error)

// functions by their names (CloudFormation Template Reference Guide, "Intrinsic
// function reference").
var functions map[string]function

func init() { // it refers to itself
	functions = map[string]function{
		"Ref": (*scope).refTo, "Fn::GetAtt": (*scope).getAtt, "Fn::Sub": (*scope).sub,
		"Fn::Join": (*scope).joined, "Fn::Select": (*scope).selected, "Fn::Split": (*scope).split,
		"Fn::Base64": (*scope).base64, "Fn::If": (*scope).either, "Fn::FindInMap": (*scope).findInMap,
		"Fn::ImportValue": (*scope).imported,
	}
}

// call gives the function that an object is a call of. An object with the name
// of a function among others, or of one that is not known, is an error.
func call(path string, m map[string]any) (name string, f function, err error) {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if k != "Ref" && !strings.HasPrefix(k, "Fn::") {
			continue
		}
		f, known := functions[k]
		switch {
		case !known && k == "Fn::GetAZs":
			return "", nil, fmt.Errorf("%s/%s: the lab has no Availability Zones", path, k)
		case !known:
			return "", nil, fmt.Errorf("%s/%s: Template error: the function is not known here; known are %s", path, k, strings.Join(slices.Sorted(maps.Keys(functions)), ", "))
		case len(m) > 1:
			return "", nil, fmt.Errorf("%s: Template error: %s stands in an object with other members", path, k)
		}
		return k, f, nil
	}
	return "", nil, nil
}

// value resolves a template's value. What is AWS::NoValue is left out of
// objects and lists; it is removed{} where it stands alone.
func (s *scope) value(path string, v any) (any, error) {
	switch v := v.(type) {
	case nil: // recorded wording
		return nil, fmt.Errorf("[/%s] 'null' values are not allowed in templates", path)
	case map[string]any:
		name, f, err := call(path, v)
		if err != nil {
			return nil, err
		}
		if f != nil {
			return f(s, join(path, name), v[name])
		}
		return s.object(path, v)
	case []any:
		return s.list(path, v)
	case string:
		return v, dynamic(path, v)
	}
	return v, nil
}

// dynamic refuses dynamic references, which would pass for plain text.
func dynamic(path, text string) error {
	if strings.Contains(text, "{{resolve:") {
		return fmt.Errorf("%s: dynamic references are not resolved here: %s", path, text)
	}
	return nil
}

func (s *scope) object(path string, m map[string]any) (any, error) {
	out := make(map[string]any, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		e, err := s.value(join(path, k), m[k])
		if err != nil {
			return nil, err
		}
		if _, gone := e.(removed); !gone {
			out[k] = e
		}
	}
	return out, nil
}

func (s *scope) list(path string, l []any) (any, error) {
	out := make([]any, 0, len(l))
	for i, v := range l {
		e, err := s.value(join(path, strconv.Itoa(i)), v)
		if err != nil {
			return nil, err
		}
		if _, gone := e.(removed); !gone {
			out = append(out, e)
		}
	}
	return out, nil
}

// text resolves to a string, from a number or boolean too.
func (s *scope) text(path string, v any) (string, error) {
	r, err := s.value(path, v)
	if err != nil {
		return "", err
	}
	t, ok := scalar(r)
	if !ok {
		return "", wrong(path, r, "a string")
	}
	return t, nil
}

// texts resolves to a list of strings.
func (s *scope) texts(path string, v any) ([]string, error) {
	r, err := s.value(path, v)
	if err != nil {
		return nil, err
	}
	l, ok := r.([]any)
	if !ok {
		return nil, wrong(path, r, "a list of strings")
	}
	out := make([]string, len(l))
	for i, e := range l {
		if out[i], ok = scalar(e); !ok {
			return nil, wrong(join(path, strconv.Itoa(i)), e, "a string")
		}
	}
	return out, nil
}

func (s *scope) refTo(path string, v any) (any, error) {
	id, ok := v.(string)
	if !ok || id == "" {
		return nil, wrong(path, v, "a logical id")
	}
	return s.lookup(reference{path: path, id: id})
}

// getAtt takes a list of two, or both in one string. The attribute may be a Ref
// to a parameter.
func (s *scope) getAtt(path string, v any) (any, error) {
	r, err := s.attribute(path, v)
	if err != nil {
		return nil, err
	}
	return s.lookup(r)
}

func (s *scope) attribute(path string, v any) (reference, error) {
	// Recorded wording.
	bad := fmt.Errorf("%s: Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute", path)
	if t, ok := v.(string); ok {
		id, name, _ := strings.Cut(t, ".")
		if id == "" || name == "" {
			return reference{}, bad
		}
		return reference{path, id, name}, nil
	}
	l, ok := v.([]any)
	if !ok || len(l) != 2 {
		return reference{}, bad
	}
	id, ok := l[0].(string)
	inner := *s
	inner.onlyDeclared = true
	name, err := inner.text(join(path, "1"), l[1])
	if err == nil && (!ok || id == "" || name == "") {
		err = bad
	}
	return reference{path, id, name}, err
}

func (s *scope) joined(path string, v any) (any, error) {
	// Recorded wording, in part.
	bad := fmt.Errorf("%s: Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function that returns a list of strings", path)
	l, ok := v.([]any)
	if !ok || len(l) != 2 {
		return nil, bad
	}
	by, ok := l[0].(string)
	if !ok {
		return nil, bad
	}
	parts, err := s.texts(join(path, "1"), l[1])
	if err != nil {
		return nil, err
	}
	joined := strings.Join(parts, by)
	return joined, short(path, len(joined))
}

func (s *scope) selected(path string, v any) (any, error) {
	// Recorded wording.
	bad := fmt.Errorf("%s: Template error: Fn::Select requires a list argument with two elements: an integer index and a list", path)
	l, ok := v.([]any)
	if !ok || len(l) != 2 {
		return nil, bad
	}
	index, err := s.text(join(path, "0"), l[0])
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(index)
	if err != nil {
		return nil, bad
	}
	r, err := s.value(join(path, "1"), l[1])
	if err != nil {
		return nil, err
	}
	from, ok := r.([]any)
	_, literal := l[1].([]any)
	switch outside := n < 0 || n >= len(from); {
	case !ok || outside && literal:
		return nil, bad
	case outside: // reported wording, in aws-cdk
		return nil, fmt.Errorf("%s: Template error: Fn::Select cannot select nonexistent value at index %d", path, n)
	}
	return from[n], nil
}

func (s *scope) split(path string, v any) (any, error) {
	// Recorded wording.
	bad := templateError("%s: Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a function that returns a string to be split.", path)
	l, ok := v.([]any)
	if !ok || len(l) != 2 {
		return nil, bad
	}
	by, ok := l[0].(string)
	if !ok || by == "" {
		return nil, bad
	}
	t, err := s.text(join(path, "1"), l[1])
	if err != nil {
		return nil, err
	}
	var out []any
	for _, part := range strings.Split(t, by) {
		out = append(out, part)
	}
	return out, nil
}

func (s *scope) base64(path string, v any) (any, error) {
	t, err := s.text(path, v)
	if err != nil {
		return nil, err
	}
	return base64.StdEncoding.EncodeToString([]byte(t)), short(path, len(t))
}

// short refuses a text that functions within functions have made longer than a
// template can be (CloudFormation User Guide, "CloudFormation quotas").
func short(path string, n int) error {
	if n > 1<<20 {
		return fmt.Errorf("%.200s: Template error: its value has %d bytes, and a template 1 MB at most", path, n)
	}
	return nil
}

// chosen gives the branch of an Fn::If that counts, unresolved.
func (s *scope) chosen(path string, v any) (string, any, error) {
	l, ok := v.([]any)
	if !ok || len(l) != 3 {
		return "", nil, fmt.Errorf("%s: Template error: Fn::If requires a list argument with three elements", path)
	}
	name, ok := l[0].(string)
	if !ok {
		return "", nil, wrong(join(path, "0"), l[0], "the name of a condition")
	}
	holds, err := s.condition(name)
	if err != nil {
		return "", nil, fmt.Errorf("%s: %w in Fn::If", path, err)
	}
	if holds {
		return join(path, "1"), l[1], nil
	}
	return join(path, "2"), l[2], nil
}

func (s *scope) either(path string, v any) (any, error) {
	at, branch, err := s.chosen(path, v)
	if err != nil {
		return nil, err
	}
	return s.value(at, branch)
}

func (s *scope) findInMap(path string, v any) (any, error) {
	l, ok := v.([]any)
	if !ok || len(l) != 3 {
		return nil, fmt.Errorf("%s: Template error: every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return value", path)
	}
	inner := *s
	inner.onlyDeclared = true
	keys, err := inner.texts(path, v)
	if err != nil {
		return nil, err
	}
	found, ok := s.mappings[keys[0]][keys[1]][keys[2]]
	if !ok { // recorded wording
		return nil, fmt.Errorf("%s: Template error: Unable to get mapping for %s", path, strings.Join(keys, "::"))
	}
	return found, nil
}

// mapped checks that mappings hold strings and lists of strings.
func mapped(mappings map[string]map[string]map[string]any) error {
	for name, top := range mappings {
		for key, second := range top {
			for attribute, v := range second {
				switch v.(type) {
				case string, bool, json.Number, []any:
				default: // recorded wording
					return templateError("Mappings/%s/%s/%s: Template format error: Every Mappings attribute must be a String or a List.", name, key, attribute)
				}
			}
		}
	}
	return nil
}

// imported gives what another stack exports. Its name may refer to no resource
// (CloudFormation Template Reference Guide, "Fn::ImportValue").
func (s *scope) imported(path string, v any) (any, error) {
	inner := *s
	inner.onlyDeclared = true
	name, err := inner.text(path, v)
	if err != nil {
		return nil, err
	}
	e, ok := s.exports[name]
	if !ok { // recorded wording
		return nil, fmt.Errorf("%s: No export named %s found: the stack that exports it is deployed first, by the same Deployer", path, name)
	}
	return e.value, nil
}
