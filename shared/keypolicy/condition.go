package keypolicy

import (
	"errors"
	"fmt"
	"strings"
)

// condition is one key under one operator. All conditions of a statement must
// hold; of a key's values in the policy one must match, or with a negated
// operator none (IAM User Guide, "Conditions with multiple context keys or
// values").
type condition struct {
	operator    string // as written
	key         string
	set         setOperator
	ifExists    bool
	null        bool
	negated     bool
	operands    []operand
	empty       bool   // it has no operands
	unsupported string // why it cannot be decided, or ""
}

// operand is one value of the policy, compiled for its operator.
type operand interface {
	// matches compares a value of the request with it. An error means that it
	// cannot be told.
	matches(value string, ctx requestContext) (bool, error)
}

// setOperator says how several values in the request are compared (IAM User
// Guide, "Single-valued vs. multivalued context keys").
type setOperator int

const (
	oneValue setOperator = iota
	forAllValues
	forAnyValue
)

// compileCondition reads the operator's name and its values. A value that
// cannot be of the operator's type is an error; an operator that is not known
// makes a condition that cannot be decided.
func compileCondition(name, key string, values []string, variables bool) (condition, error) {
	c := condition{operator: name, key: key}
	base := name
	if rest, ok := strings.CutPrefix(base, "ForAllValues:"); ok {
		c.set, base = forAllValues, rest
	} else if rest, ok := strings.CutPrefix(base, "ForAnyValue:"); ok {
		c.set, base = forAnyValue, rest
	}
	base, c.ifExists = strings.CutSuffix(base, "IfExists")
	op, ok := operators[base]
	switch {
	case !ok:
		c.unsupported = "unknown condition operator"
		return c, nil
	case base == "Null" && (c.ifExists || c.set != oneValue):
		// "Condition operators", IfExists: any operator but Null.
		c.unsupported = "Null takes neither IfExists nor a set operator"
		return c, nil
	case len(values) == 0 && c.set == oneValue && !c.ifExists:
		// "Access Analyzer policy check reference", Empty array condition: the
		// condition is true, and yet the statement provides no permissions.
		c.unsupported = "an empty list of values"
		return c, nil
	}
	c.empty = len(values) == 0
	c.negated, c.null = op.negated, base == "Null"
	for _, s := range values {
		o, err := op.compile(s, variables)
		if err != nil {
			return condition{}, err
		}
		c.operands = append(c.operands, o)
	}
	return c, nil
}

// holds decides the condition for a request.
func (c *condition) holds(ctx requestContext) (bool, error) {
	if c.unsupported != "" {
		return false, fmt.Errorf("%w: condition %s on %s: %s", ErrUnsupported, c.operator, c.key, c.unsupported)
	}
	values, err := ctx.get(c.key)
	if err != nil {
		return false, err
	}
	if c.null {
		// An empty string is null too ("IAM JSON policy elements: Condition").
		absent := "false"
		if nullData(values) {
			absent = "true"
		}
		return c.compare(absent, ctx)
	}
	if len(values) == 0 {
		return c.absent(), nil
	}
	if c.empty {
		// "Access Analyzer policy check reference": without values, ForAllValues and
		// IfExists match only where the key is missing, and ForAnyValue never.
		return false, nil
	}
	switch c.set {
	case forAllValues:
		return c.all(values, ctx)
	case forAnyValue:
		return c.any(values, ctx)
	}
	return c.alike(values, ctx)
}

// alike decides for a key without a set operator. "Multivalued context keys
// require a condition set operator": what happens without one the guide does
// not say. Where all values give the same answer, it is the answer.
func (c *condition) alike(values []string, ctx requestContext) (bool, error) {
	first, err := c.compare(values[0], ctx)
	for _, v := range values[1:] {
		ok, other := c.compare(v, ctx)
		switch {
		case err == nil && other != nil:
			err = other
		case err == nil && ok != first:
			err = fmt.Errorf("%w: condition %s on %s, whose %d values in the request differ in it, without ForAnyValue or ForAllValues", ErrUnsupported, c.operator, c.key, len(values))
		}
	}
	return first && err == nil, err
}

// absent decides the condition where the request has no value for its key.
// "Condition operators": it does not match, a negated one does, and so does
// one with IfExists, which may be added to any operator but Null, and so with
// ForAnyValue too. "Single-valued vs. multivalued context keys": ForAllValues is
// true then, ForAnyValue false.
func (c *condition) absent() bool {
	switch {
	case c.ifExists || c.set == forAllValues:
		return true
	case c.set == forAnyValue:
		return false
	}
	return c.negated
}

// compare decides the condition for one value of the request.
func (c *condition) compare(value string, ctx requestContext) (bool, error) {
	var unknown error
	for _, o := range c.operands {
		ok, err := o.matches(value, ctx)
		switch {
		case errors.Is(err, errNoValue): // it matches nothing
		case err != nil:
			unknown = err
		case ok:
			return !c.negated, nil
		}
	}
	if unknown != nil {
		return false, fmt.Errorf("condition %s on %s: %w", c.operator, c.key, unknown)
	}
	return c.negated, nil
}

func (c *condition) all(values []string, ctx requestContext) (bool, error) {
	if nullData(values) {
		return true, nil
	}
	var unknown error
	for _, v := range values {
		ok, err := c.compare(v, ctx)
		if err != nil {
			unknown = err
		} else if !ok {
			return false, nil
		}
	}
	return unknown == nil, unknown
}

func (c *condition) any(values []string, ctx requestContext) (bool, error) {
	if nullData(values) {
		return false, nil
	}
	var unknown error
	for _, v := range values {
		ok, err := c.compare(v, ctx)
		if err != nil {
			unknown = err
		} else if ok {
			return true, nil
		}
	}
	return false, unknown
}

// nullData says whether the values come to a null data set, "such as an empty
// string", for which the set operators answer as for an absent key.
func nullData(values []string) bool {
	for _, v := range values {
		if v != "" {
			return false
		}
	}
	return true
}

// allHold decides a statement's conditions. One that surely fails decides,
// whatever cannot be told of the others.
func allHold(conditions []condition, ctx requestContext) (bool, error) {
	var unknown error
	for i := range conditions {
		ok, err := conditions[i].holds(ctx)
		if err != nil {
			unknown = err
		} else if !ok {
			return false, nil
		}
	}
	return unknown == nil, unknown
}
