package pattern

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// value is a leaf of an event, or of a pattern.
type value struct {
	kind
	text       string // without quotes
	number     float64
	comparable bool // number counts
	// at are the arrays around it, and which element of each.
	at []element
}

type element struct{ array, index int }

// greatest is the limit of numbers that are compared (EventBridge User Guide,
// "Numeric matching").
const greatest = 5e9

func valueOf(k kind, s string) value {
	v := value{kind: k, text: s}
	if k == number {
		n, err := strconv.ParseFloat(s, 64)
		v.number, v.comparable = n, err == nil && math.Abs(n) <= greatest
	}
	return v
}

// same says whether two values are equal: strings character by character,
// numbers by what they say where they can be compared.
func (v value) same(w value) bool {
	if v.comparable && w.comparable {
		return v.number == w.number
	}
	return v.kind == w.kind && v.text == w.text
}

// Event is an event, ready to be matched.
type Event struct{ fields map[string][]value }

// ErrNotAnEvent is for an event that is no JSON object.
var ErrNotAnEvent = errors.New("the event is not a JSON object")

// ParseEvent reads an event. The error is ErrNotAnEvent.
func ParseEvent(source string) (Event, error) {
	d := json.NewDecoder(strings.NewReader(source))
	d.UseNumber()
	e := flattening{decoder: d, Event: Event{map[string][]value{}}}
	if t, err := d.Token(); err != nil || t != json.Delim('{') || !e.object("", nil) {
		return Event{}, ErrNotAnEvent
	}
	if _, err := d.Token(); err != io.EOF {
		return Event{}, ErrNotAnEvent
	}
	return e.Event, nil
}

type flattening struct {
	Event
	decoder *json.Decoder
	arrays  int
}

// object reads what is behind an opening brace.
func (e *flattening) object(path string, at []element) bool {
	for e.decoder.More() {
		key, err := e.decoder.Token()
		if err != nil {
			return false
		}
		within := key.(string)
		if path != "" {
			within = path + "." + within
		}
		if !e.value(within, at, at) {
			return false
		}
	}
	_, err := e.decoder.Token()
	return err == nil
}

// value reads a value. A plain one is in the elements plain; what is within
// another one in those of nested.
func (e *flattening) value(path string, plain, nested []element) bool {
	t, err := e.decoder.Token()
	if err != nil {
		return false
	}
	var v value
	switch t := t.(type) {
	case json.Delim:
		if t == '{' {
			return e.object(path, nested)
		}
		return e.array(path, nested)
	case string:
		v = valueOf(text, t)
	case json.Number:
		v = valueOf(number, t.String())
	case bool:
		v = valueOf(literal, strconv.FormatBool(t))
	default:
		v = valueOf(literal, "null")
	}
	v.at = plain
	e.fields[path] = append(e.fields[path], v)
	return true
}

// array reads what is behind an opening bracket. Its plain values belong to no
// element of it: any of them goes with any other.
func (e *flattening) array(path string, at []element) bool {
	id := e.arrays
	e.arrays++
	for i := 0; e.decoder.More(); i++ {
		if !e.value(path, at, append(slices.Clone(at), element{id, i})) {
			return false
		}
	}
	_, err := e.decoder.Token()
	return err == nil
}

// Matches says whether an event has what the pattern asks for.
func (p *Pattern) Matches(e Event) bool {
	return slices.ContainsFunc(p.branches, func(b branch) bool {
		paths := make([]string, 0, len(b))
		for path := range b {
			paths = append(paths, path)
		}
		slices.Sort(paths)
		return b.matches(e, paths, map[int]int{})
	})
}

// matches looks for a value for each path, in the order of their names, with
// arrays holding the elements that were chosen so far.
func (b branch) matches(e Event, paths []string, arrays map[int]int) bool {
	if len(paths) == 0 {
		return true
	}
	path, rest := paths[0], paths[1:]
	for _, c := range b[path] {
		if c.absent {
			present := slices.ContainsFunc(e.fields[path], func(v value) bool { return v.consistent(arrays) })
			if !present && b.matches(e, rest, arrays) {
				return true
			}
			continue
		}
		for _, v := range e.fields[path] {
			if !v.consistent(arrays) || !c.holds(v) {
				continue
			}
			added := v.enter(arrays)
			if b.matches(e, rest, arrays) {
				return true
			}
			for _, a := range added {
				delete(arrays, a)
			}
		}
	}
	return false
}

// consistent says whether the value is in the elements that were chosen.
func (v value) consistent(arrays map[int]int) bool {
	for _, at := range v.at {
		if i, chosen := arrays[at.array]; chosen && i != at.index {
			return false
		}
	}
	return true
}

// enter chooses the elements that the value is in, and gives the arrays of which
// none was chosen before.
func (v value) enter(arrays map[int]int) (added []int) {
	for _, at := range v.at {
		if _, chosen := arrays[at.array]; !chosen {
			arrays[at.array] = at.index
			added = append(added, at.array)
		}
	}
	return added
}
