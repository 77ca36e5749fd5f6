package wire

import (
	"io/fs"
	"slices"
	"testing"
)

// Beyond lists the members, of all shapes that were bound, which the model has
// and the SDK has not.
func (s *Service) Beyond() []string {
	var names []string
	for _, b := range s.bindings.known {
		for _, m := range b.beyond {
			names = append(names, b.shape.name+"."+m)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// AppendInput writes an input as JSON, as a client would.
func AppendInput(s *Service, op string, in any) ([]byte, error) {
	v, err := root(in, op+"Input")
	if err != nil {
		return nil, err
	}
	b, err := s.bind(s.operations[op].input(), v.Type())
	if err != nil {
		return nil, err
	}
	return appendJSON(nil, b, v), nil
}

// Models gives the embedded files.
func Models(t *testing.T) map[string][]byte {
	files := map[string][]byte{}
	names, err := fs.Glob(models, "models/*.json")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		if files[name], err = models.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	return files
}
