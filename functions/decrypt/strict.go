package decrypt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
)

// checkEvent refuses what encoding/json reads with a shrug: a field given
// twice, which merges two items into one; a field's name in another case; a
// null, which drops a demand. Any of them could take an item's context away.
func checkEvent(event []byte) error {
	d := json.NewDecoder(bytes.NewReader(event))
	if err := checkValue(d, 0); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("something follows its JSON object")
	}
	return nil
}

// fields are those of the event's objects by their depth: the request's, and
// within its list the items'. Below them are encryption contexts.
var fields = map[int][]string{
	0: {"items", "publicKey"},
	2: {"id", "reference", "context", "key"},
}

// deepest is how deep an event goes: a request, its items, an item, a context.
const deepest = 3

func checkValue(d *json.Decoder, depth int) error {
	token, err := d.Token()
	switch delimiter := token.(type) {
	case nil:
		if err != nil {
			return err
		}
		return fmt.Errorf("null stands where a value is wanted: leave the field out")
	case json.Delim:
		if depth > deepest {
			return fmt.Errorf("it is nested too deeply")
		}
		if delimiter == '{' {
			return checkObject(d, depth)
		}
		for d.More() {
			if err := checkValue(d, depth+1); err != nil {
				return err
			}
		}
		_, err := d.Token()
		return err
	}
	return err
}

func checkObject(d *json.Decoder, depth int) error {
	seen := map[string]bool{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string)
		if known := fields[depth]; known != nil && !slices.Contains(known, name) {
			return fmt.Errorf("unknown field %q", name)
		}
		if seen[name] {
			return fmt.Errorf("the field %q is given twice", name)
		}
		seen[name] = true
		if err := checkValue(d, depth+1); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}
