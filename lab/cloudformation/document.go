package cloudformation

import (
	"encoding/json"
	"maps"
	"slices"
)

// document is a JSON document that a template has as an object, or as text.
type document any

// text gives a document as an API takes it.
func textOf(d document) (*string, error) {
	switch d := d.(type) {
	case nil:
		return nil, nil
	case string:
		return &d, nil
	}
	t, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	return new(string(t)), nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
