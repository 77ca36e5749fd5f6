package cloudformation

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
)

// known checks that a type has the properties that a template gives it, before
// their values are known: what a function stands for is not looked into, but for
// the branch of Fn::If that counts.
func (s *scope) known(path string, v any, t reflect.Type) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch v := v.(type) {
	case map[string]any:
		name, f, err := call(path, v)
		switch {
		case err != nil:
			return err
		case name == "Fn::If":
			at, branch, err := s.chosen(join(path, name), v[name])
			if err != nil {
				return err
			}
			return s.known(at, branch, t)
		case f != nil:
			return nil
		}
		return s.knownMembers(path, v, t)
	case []any:
		if t.Kind() != reflect.Slice {
			break
		}
		for i, e := range v {
			if err := s.known(join(path, strconv.Itoa(i)), e, t.Elem()); err != nil {
				return err
			}
		}
		return nil
	}
	return nil // whether it is a scalar of the right kind, bind says
}

func (s *scope) knownMembers(path string, m map[string]any, t reflect.Type) error {
	var fields map[string]int
	switch t.Kind() {
	case reflect.Struct:
		fields = fieldsOf(t)
	case reflect.Map:
	default:
		return nil
	}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		in := t
		if index, known := fields[k]; known {
			in = t.Field(index).Type
		} else if fields != nil {
			return unknownMember(join(path, k), fields)
		} else {
			in = t.Elem()
		}
		if err := s.known(join(path, k), m[k], in); err != nil {
			return err
		}
	}
	return nil
}
