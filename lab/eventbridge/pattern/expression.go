package pattern

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// expression reads a condition with an operator, behind its opening brace.
func (r *reader) expression() condition {
	if r.next(true) != name {
		r.fail("Match expression name not found")
	}
	operator := r.token.text
	var c condition
	switch operator {
	case "exactly":
		c = exactString(r.string("exact match pattern must be a string"))
	case "equals-ignore-case":
		c = ofText(equalFold(r.string("equals-ignore-case match pattern must be a string")))
	case "prefix", "suffix":
		return r.affix(operator)
	case "wildcard":
		w := r.wildcard(r.string("wildcard match pattern must be a string"))
		c = ofText(w.matches)
		c.wildcard = []wildcard{w}
	case "cidr":
		c = cidr(r.string("prefix match pattern must be a string"))
	case "numeric":
		if r.next(false) != '[' {
			r.fail("Value of numeric must be an array.")
		}
		c = r.numeric()
		r.close("Too many elements in numeric expression")
		return c
	case "exists":
		if r.next(false) != literal || r.token.text == "null" {
			r.fail("exists match pattern must be either true or false.")
		}
		c = condition{absent: r.token.text == "false", holds: func(value) bool { return true }}
	case "anything-but":
		return r.anythingBut()
	default:
		r.fail("Unrecognized match type %s", operator)
	}
	r.close("Only one key allowed in match expression")
	return c
}

// string reads a string, or fails with the words given.
func (r *reader) string(or string) string {
	if r.next(false) != text {
		r.fail("%s", or)
	}
	return r.str()
}

// close reads a closing brace.
func (r *reader) close(or string) {
	if r.next(true) != '}' {
		r.fail("%s", or)
	}
}

// ofText is a condition for strings alone.
func ofText(holds func(string) bool) condition {
	return condition{holds: func(v value) bool { return v.kind == text && holds(v.text) }}
}

func exactString(want string) condition { return ofText(func(s string) bool { return s == want }) }

// exactly is a plain string of a pattern. One that is an IP address matches it
// in every way to write it (event-ruler, CIDR).
func exactly(want string) condition {
	ip, err := netip.ParseAddr(want)
	if err != nil || ip.Zone() != "" {
		return exactString(want)
	}
	return ofText(func(s string) bool {
		other, err := netip.ParseAddr(s)
		return s == want || err == nil && other == ip
	})
}

func equalFold(want string) func(string) bool {
	return func(s string) bool { return strings.EqualFold(s, want) }
}

// affix reads what is behind prefix and suffix: a string, or one whose case
// does not matter.
func (r *reader) affix(operator string) condition {
	title := strings.ToUpper(operator[:1]) + operator[1:]
	switch r.next(false) {
	case text:
		c := ofText(affixed(operator, r.str(), false))
		r.close("Only one key allowed in match expression")
		return c
	case '{':
		if r.next(true) != name {
			r.fail("%s expression name not found", title)
		}
		if op := r.token.text; op != "equals-ignore-case" {
			r.fail("Unsupported %s pattern: %s", operator, op)
		}
		c := ofText(affixed(operator, r.string("equals-ignore-case match pattern must be a string"), true))
		r.close("Only one key allowed in match expression")
		r.close("Only one key allowed in match expression")
		return c
	}
	r.fail("%s match pattern must be a string", operator)
	return condition{}
}

func affixed(operator, affix string, fold bool) func(string) bool {
	if !fold && operator == "prefix" {
		return func(s string) bool { return strings.HasPrefix(s, affix) }
	}
	if !fold {
		return func(s string) bool { return strings.HasSuffix(s, affix) }
	}
	want := []rune(affix)
	return func(s string) bool {
		have := []rune(s)
		if len(have) < len(want) {
			return false
		}
		if operator == "prefix" {
			return strings.EqualFold(string(have[:len(want)]), affix)
		}
		return strings.EqualFold(string(have[len(have)-len(want):]), affix)
	}
}

// cidr is a block of addresses. AWS reports no place of these mistakes.
func cidr(block string) condition {
	fail := func(reason string) { panic(&Invalid{reason}) }
	parts := strings.Split(block, "/")
	if len(parts) != 2 || parts[1] == "" {
		fail("Malformed CIDR, one '/' required")
	}
	bits, err := strconv.Atoi(parts[1])
	ip, bad := netip.ParseAddr(parts[0])
	switch {
	case err != nil:
		fail("Malformed CIDR, mask bits must be an integer")
	case bits < 0:
		fail("Malformed CIDR, mask bits must not be negative")
	case bad != nil || ip.Zone() != "":
		fail("Nonstandard IP address: " + parts[0])
	case ip.Is4() && bits > 31:
		fail("IPv4 mask bits must be < 32")
	case bits > 127:
		fail("IPv6 mask bits must be < 128")
	}
	within := netip.PrefixFrom(ip, bits).Masked()
	return ofText(func(s string) bool {
		other, err := netip.ParseAddr(s)
		return err == nil && within.Contains(other)
	})
}

// anythingBut reads what is behind anything-but: one value or a list, of
// strings or of numbers; or an operator with one string or a list of them. A
// value of another type than those never is one of them.
func (r *reader) anythingBut() condition {
	operator := ""
	if r.next(false) == '{' {
		if r.next(true) != name {
			r.fail("Anything-But expression name not found")
		}
		operator = r.token.text
		if !slices.Contains([]string{"equals-ignore-case", "prefix", "suffix", "wildcard"}, operator) {
			r.fail("Unsupported anything-but pattern: %s", operator)
		}
		r.next(false)
	}
	var c condition
	switch {
	case r.kind != '[' && r.kind != text && r.kind != number:
		r.fail("Value of anything-but must be an array or single string/number value.")
	case operator == "":
		c = r.but()
	default:
		c = r.butMatching(operator)
		r.close("Too many elements in numeric expression")
	}
	r.close("Too many elements in numeric expression")
	return c
}

func (r *reader) but() condition {
	var not []value
	if r.kind != '[' {
		not = append(not, r.operand())
	} else {
		for r.next(false) != ']' {
			if r.kind != text && r.kind != number {
				r.twice("Inside anything but list, start|null|boolean is not supported.")
			}
			not = append(not, r.operand())
		}
	}
	if len(not) == 0 || slices.ContainsFunc(not, func(v value) bool { return v.kind != not[0].kind }) {
		r.fail("Inside anything but list, either all values are number or string, mixed type is not supported")
	}
	return condition{holds: func(v value) bool { return !slices.ContainsFunc(not, v.same) }}
}

// operand reads the string or number at hand. Numbers must be comparable.
func (r *reader) operand() value {
	v := valueOf(r.kind, r.str())
	if v.kind == number && !v.comparable {
		r.fail("Value must be between -5.0E9 and 5.0E9, inclusive")
	}
	return v
}

func (r *reader) butMatching(operator string) condition {
	var not []func(string) bool
	c := condition{}
	one := func(fail func(string, ...any)) {
		if r.kind != text {
			fail(map[string]string{
				"equals-ignore-case": "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.",
				"wildcard":           "wildcard match pattern must be a string",
			}[operator] + map[bool]string{true: "prefix/suffix match pattern must be a string"}[operator == "prefix" || operator == "suffix"])
		}
		s := r.str()
		switch operator {
		case "equals-ignore-case":
			not = append(not, equalFold(s))
		case "wildcard":
			w := r.wildcard(s)
			not, c.wildcard = append(not, w.matches), append(c.wildcard, w)
		default:
			if s == "" {
				fail("Null prefix/suffix not allowed")
			}
			not = append(not, affixed(operator, s, false))
		}
	}
	if r.kind != '[' {
		one(r.fail)
	} else {
		for r.next(false) != ']' {
			one(r.twice)
		}
	}
	c.holds = func(v value) bool {
		return v.kind != text || !slices.ContainsFunc(not, func(is func(string) bool) bool { return is(v.text) })
	}
	return c
}
