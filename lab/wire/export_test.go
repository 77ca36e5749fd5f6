package wire

import (
	"io/fs"
	"testing"
)

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

// AppendXML writes the body of an input as XML, as a client would.
func AppendXML(s *Service, op string, in any) ([]byte, error) {
	v, err := root(in, op+"Input")
	if err != nil {
		return nil, err
	}
	b, err := s.bind(s.operations[op].input(), v.Type())
	if err != nil {
		return nil, err
	}
	x := xmlWriter{time: longTime}
	x.root(s.operations[op], b, b.payload(), v)
	return x.buf.Bytes(), nil
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
