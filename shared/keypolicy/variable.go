package keypolicy

import (
	"fmt"
	"strings"
)

// errNoValue says that a variable's key is not in the request: "any attempt to
// match it fails" (IAM User Guide, "IAM policy elements: Variables and tags",
// Principal key values). So no value and no Resource with it matches, which
// satisfies a negated operator. That it may invalidate the whole statement, as
// the page says too, leaves a NotResource undecided.
var errNoValue = fmt.Errorf("%w: a policy variable without a value in the request", ErrUnsupported)

// variable is ${key} or ${key, 'default'}, or an escaped character.
type variable struct {
	key        string
	fallback   string
	hasDefault bool
	escape     bool
}

// parseVariable reads the variable that s begins with, and gives its length
// (IAM User Guide, "IAM policy elements: Variables and tags").
func parseVariable(s string) (variable, int, error) {
	// The default may itself hold a closing brace.
	end := strings.IndexByte(s, '}')
	if quote := strings.Index(s, ", '"); quote >= 0 && quote < end {
		closing := strings.Index(s[quote+3:], "'}")
		if closing < 0 {
			return variable{}, 0, fmt.Errorf("%q: a policy variable's default is not closed by a quote and a brace", s)
		}
		end = quote + 3 + closing + 1
		v := variable{key: s[2:quote], fallback: s[quote+3 : end-1], hasDefault: true}
		return v, end + 1, v.check(s)
	}
	if end < 0 {
		return variable{}, 0, fmt.Errorf("%q: a policy variable is not closed by a brace", s)
	}
	v := variable{key: s[2:end]}
	if v.key == "*" || v.key == "?" || v.key == "$" {
		return variable{fallback: v.key, escape: true}, end + 1, nil
	}
	return v, end + 1, v.check(s)
}

func (v variable) check(s string) error {
	prefix, name, ok := strings.Cut(v.key, ":")
	if !ok || prefix == "" || name == "" || strings.ContainsAny(v.key, "${}'\"") || strings.TrimSpace(v.key) != v.key {
		return fmt.Errorf("%q: %q is not a condition key that can be a policy variable", s, v.key)
	}
	return nil
}

// value resolves the variable. A key with several values cannot be a variable
// ("IAM policy elements: Variables and tags", Using variables in policies). For
// an absent key the error is errNoValue.
func (v variable) value(ctx requestContext) (string, error) {
	values, err := ctx.get(v.key)
	switch {
	case err != nil:
		return "", err
	case len(values) == 1:
		return values[0], nil
	case len(values) > 1:
		return "", fmt.Errorf("%w: the policy variable ${%s} has %d values in the request", ErrUnsupported, v.key, len(values))
	case v.hasDefault:
		return v.fallback, nil
	}
	return "", fmt.Errorf("%w: ${%s}", errNoValue, v.key)
}
