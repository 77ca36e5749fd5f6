package keypolicy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

const (
	// maxSize is the longest policy text that any KMS operation takes, above
	// what a key policy (32 kB) or an identity policy may have.
	maxSize = 131072
	// maxDepth is ample: a condition's list of values is at depth 6.
	maxDepth = 8
)

// object is a JSON object in the order it was written, without duplicates.
type object []member

type member struct {
	key   string
	value any // string, json.Number, bool, nil, []any or object
}

func (o object) get(key string) (any, bool) {
	for _, m := range o {
		if m.key == key {
			return m.value, true
		}
	}
	return nil, false
}

// readJSON reads exactly one JSON value. It refuses what encoding/json lets
// pass: a key given twice (IAM User Guide, "Grammar of the IAM JSON policy
// language", notes), text after the value, and invalid UTF-8.
func readJSON(b []byte) (any, error) {
	if len(b) > maxSize {
		return nil, fmt.Errorf("%w: %d bytes, more than %d", ErrMalformed, len(b), maxSize)
	}
	if !utf8.Valid(b) {
		return nil, fmt.Errorf("%w: not UTF-8", ErrMalformed)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	v, err := readValue(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: text after the policy's closing brace", ErrMalformed)
	}
	return v, nil
}

func readValue(d *json.Decoder, depth int) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, notJSON(d, err)
	}
	open, ok := t.(json.Delim)
	if !ok {
		return t, nil
	}
	if depth == maxDepth {
		return nil, fmt.Errorf("%w: nested more than %d deep", ErrMalformed, maxDepth)
	}
	var list []any
	members := object{}
	for d.More() {
		var key string
		if open == '{' {
			t, err := d.Token()
			if err != nil {
				return nil, notJSON(d, err)
			}
			key = t.(string)
			if _, dup := members.get(key); dup {
				return nil, fmt.Errorf("%w: %q is given twice in one object", ErrMalformed, key)
			}
		}
		v, err := readValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		if open == '{' {
			members = append(members, member{key, v})
		} else {
			list = append(list, v)
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, notJSON(d, err)
	}
	if open == '{' {
		return members, nil
	}
	return list, nil
}

func notJSON(d *json.Decoder, err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("%w: not JSON, near byte %d: %v", ErrMalformed, d.InputOffset(), err)
}

// typeName names a JSON value's type for an error.
func typeName(v any) string {
	switch v.(type) {
	case string:
		return "a string"
	case json.Number:
		return "a number"
	case bool:
		return "a Boolean"
	case nil:
		return "null"
	case []any:
		return "a list"
	}
	return "an object"
}
