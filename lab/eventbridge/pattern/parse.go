package pattern

import (
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strings"
)

// Pattern is an event pattern that was understood.
type Pattern struct {
	branches  []branch
	wildcards bool
}

// branch is what must hold together. A pattern with $or has several.
type branch map[string][]condition

// condition is one way for a path to match.
type condition struct {
	absent   bool // the path is not in the event
	holds    func(value) bool
	wildcard []wildcard // the programs of a condition with wildcards
}

// combinations is the greatest number of ways that the $or of a pattern may
// give (EventBridge User Guide, "Or matching").
const combinations = 1000

// Parse reads an event pattern. The error is *Invalid.
func Parse(source string) (p *Pattern, err error) {
	defer caught(&err)
	r := &reader{source: source, json: json.NewDecoder(strings.NewReader(source))}
	r.json.UseNumber()
	if r.next(false) != '{' {
		r.fail("Filter is not an object")
	}
	p = &Pattern{branches: r.object(nil, nil, false)}
	if _, err := r.json.Token(); err != io.EOF {
		return nil, &Invalid{"the pattern is not JSON: there is something behind its end"}
	}
	for _, b := range p.branches {
		for _, all := range b {
			p.wildcards = p.wildcards || slices.ContainsFunc(all, func(c condition) bool { return c.wildcard != nil })
		}
	}
	if p.wildcards && p.complex() {
		return nil, &Invalid{"Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character"}
	}
	return p, nil
}

// Wildcards says whether the pattern has any: there may be fewer such rules.
func (p *Pattern) Wildcards() bool { return p.wildcards }

// object reads what is behind an opening brace into the branches so far.
func (r *reader) object(branches []branch, path []string, or bool) []branch {
	empty := true
	for r.next(true) != '}' {
		empty = false
		key := r.token.text
		if key == "$or" {
			branches = r.either(branches, path)
			continue
		}
		if or && reserved[key] {
			r.fail("%s is Ruler reserved fieldName which cannot be used inside $or.", key)
		}
		within := append(slices.Clone(path), key)
		switch r.next(false) {
		case '{':
			branches = r.object(branches, within, or)
		case '[':
			branches = with(branches, strings.Join(within, "."), r.conditions())
		default:
			r.fail("%q must be an object or an array", key)
		}
	}
	if empty {
		r.fail("Empty objects are not allowed")
	}
	return branches
}

// with adds the conditions of a path to every branch, in place of those that it
// had.
func with(branches []branch, path string, all []condition) []branch {
	if len(branches) == 0 {
		branches = []branch{{}}
	}
	for _, b := range branches {
		b[path] = all
	}
	return branches
}

// either reads the list behind $or. Each of its objects continues the branches
// so far by its own.
func (r *reader) either(before []branch, path []string) []branch {
	if r.next(false) != '[' {
		r.fail("It must be an Array followed with $or.")
	}
	var all []branch
	n := 0
	for ; r.next(false) != ']'; n++ {
		if r.kind != '{' {
			r.fail("Only JSON object is allowed in array of $or relationship.")
		}
		var forked []branch
		for _, b := range before {
			forked = append(forked, maps.Clone(b))
		}
		if all = append(all, r.object(forked, path, true)...); len(all) > combinations {
			panic(&Invalid{"Rule is too complex - the $or relationships give more than 1000 rule combinations"})
		}
	}
	if n < 2 {
		r.fail("There must have at least 2 Objects in $or relationship.")
	}
	return all
}

// reserved are names that no field in an $or may have (event-ruler, Constants).
var reserved = func() map[string]bool {
	all := map[string]bool{}
	for word := range strings.FieldsSeq(`exactly equals-ignore-case prefix suffix anything-but exists wildcard numeric cidr = < <= > >= regex
		not-wildcard not-equals-ignore-case date-after date-on-or-after date-before date-on-or-before in-date-range
		ip-address-in-range ip-address-not-in-range`) {
		all[word] = true
	}
	return all
}()

// conditions reads the list of a path.
func (r *reader) conditions() []condition {
	var all []condition
	for r.next(false) != ']' {
		switch r.kind {
		case '{':
			all = append(all, r.expression())
		case text:
			all = append(all, exactly(r.str()))
		case number:
			all = append(all, condition{holds: valueOf(number, r.token.text).same})
		case literal:
			all = append(all, condition{holds: valueOf(literal, r.token.text).same})
		default:
			r.fail("Match value must be String, number, true, false, or null")
		}
	}
	if len(all) == 0 {
		r.fail("Empty arrays are not allowed")
	}
	return all
}
