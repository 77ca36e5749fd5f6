package pattern

// numeric reads a comparison behind its opening bracket: = and a number, < or
// <= and a number, or > or >= and a number, which < or <= and a greater one may
// follow.
func (r *reader) numeric() condition {
	if r.next(false) != text {
		r.fail("Invalid member in numeric match: %s", r.token.text)
	}
	operator := r.str()
	first := func(name string) value { return r.limit("Value of " + name + " must be numeric") }
	switch operator {
	case "=":
		want := first("equals")
		r.last("Too many elements in numeric expression")
		return compared(want.same)
	case "<", "<=":
		top := first(operator)
		r.last("Too many elements in numeric expression")
		return compared(func(v value) bool { return below(v, top, operator == "<=") })
	case ">", ">=":
		bottom := first(operator)
		if r.next(false) == ']' {
			return compared(func(v value) bool { return below(bottom, v, operator == ">=") })
		}
		return r.between(bottom, operator == ">=")
	}
	r.next(false) // AWS has read the value when it looks at the operator
	r.fail("Unrecognized numeric range operator: %s", operator)
	return condition{}
}

func (r *reader) between(bottom value, from bool) condition {
	if r.kind != text {
		r.fail("Bad value in numeric range: %s", r.token.text)
	}
	operator := r.str()
	if operator != "<" && operator != "<=" {
		r.fail("Bad numeric range operator: %s", operator)
	}
	top := r.limit("Value of " + operator + " must be numeric")
	r.last("Too many terms in numeric range expression")
	if bottom.number >= top.number {
		r.fail("Bottom must be less than top")
	}
	return compared(func(v value) bool { return below(bottom, v, from) && below(v, top, operator == "<=") })
}

// limit reads a number.
func (r *reader) limit(or string) value {
	if r.next(false) != number {
		r.fail("%s", or)
	}
	return r.operand()
}

func (r *reader) last(or string) {
	if r.next(false) != ']' {
		r.fail("%s", or)
	}
}

// compared is a condition for numbers alone.
func compared(holds func(value) bool) condition {
	return condition{holds: func(v value) bool { return v.comparable && holds(v) }}
}

func below(v, w value, orEqual bool) bool {
	return v.number < w.number || orEqual && v.number == w.number
}
