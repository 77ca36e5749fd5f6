package keypolicy

import (
	"encoding/json"
	"fmt"
	"strings"
)

// conditions reads a Condition block into a list, all of which must hold.
func (d *Document) conditions(v any) ([]condition, error) {
	o, ok := v.(object)
	if !ok {
		return nil, fmt.Errorf("must be an object, not %s", typeName(v))
	}
	var all []condition
	for _, op := range o {
		keys, ok := op.value.(object)
		if !ok {
			return nil, fmt.Errorf("%s must be an object, not %s", op.key, typeName(op.value))
		}
		seen := map[string]bool{}
		for _, k := range keys {
			if low := strings.ToLower(k.key); seen[low] {
				return nil, fmt.Errorf("%s has the key %s twice, in different case", op.key, k.key)
			} else {
				seen[low] = true
			}
			if prefix, name, ok := strings.Cut(k.key, ":"); !ok || prefix == "" || name == "" {
				return nil, fmt.Errorf("%s: %q is not a condition key: it must be service:name", op.key, k.key)
			}
			values, err := conditionValues(k.value)
			if err == nil {
				var c condition
				c, err = compileCondition(op.key, k.key, values, d.variables())
				all = append(all, c)
			}
			if err != nil {
				return nil, fmt.Errorf("%s, %s: %w", op.key, k.key, err)
			}
		}
	}
	return all, nil
}

// conditionValues reads one value or a list of them. The quotes are optional
// for numbers and Booleans ("Grammar", The policy language and JSON).
func conditionValues(v any) ([]string, error) {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	values := make([]string, 0, len(list))
	for _, v := range list {
		switch v := v.(type) {
		case string:
			values = append(values, v)
		case json.Number:
			values = append(values, v.String())
		case bool:
			values = append(values, fmt.Sprint(v))
		default:
			return nil, fmt.Errorf("a value must be a string, a number or a Boolean, not %s", typeName(v))
		}
	}
	return values, nil
}
