package keypolicy

import (
	"encoding/base64"
	"fmt"
	"math/big"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// operator is a condition operator without its set operator and IfExists (IAM
// User Guide, "IAM JSON policy elements: Condition operators").
type operator struct {
	compile func(value string, variables bool) (operand, error)
	negated bool
}

var operators = map[string]operator{
	"StringEquals":              {compile: compileExact},
	"StringNotEquals":           {compile: compileExact, negated: true},
	"StringEqualsIgnoreCase":    {compile: compileIgnoreCase},
	"StringNotEqualsIgnoreCase": {compile: compileIgnoreCase, negated: true},
	"StringLike":                {compile: compileLike},
	"StringNotLike":             {compile: compileLike, negated: true},

	// "The ArnEquals and ArnLike condition operators behave identically."
	"ArnEquals":    {compile: compileARN},
	"ArnLike":      {compile: compileARN},
	"ArnNotEquals": {compile: compileARN, negated: true},
	"ArnNotLike":   {compile: compileARN, negated: true},

	"NumericEquals":            {compile: number(func(c int) bool { return c == 0 })},
	"NumericNotEquals":         {compile: number(func(c int) bool { return c == 0 }), negated: true},
	"NumericLessThan":          {compile: number(func(c int) bool { return c < 0 })},
	"NumericLessThanEquals":    {compile: number(func(c int) bool { return c <= 0 })},
	"NumericGreaterThan":       {compile: number(func(c int) bool { return c > 0 })},
	"NumericGreaterThanEquals": {compile: number(func(c int) bool { return c >= 0 })},

	"DateEquals":            {compile: date(func(c int) bool { return c == 0 })},
	"DateNotEquals":         {compile: date(func(c int) bool { return c == 0 }), negated: true},
	"DateLessThan":          {compile: date(func(c int) bool { return c < 0 })},
	"DateLessThanEquals":    {compile: date(func(c int) bool { return c <= 0 })},
	"DateGreaterThan":       {compile: date(func(c int) bool { return c > 0 })},
	"DateGreaterThanEquals": {compile: date(func(c int) bool { return c >= 0 })},

	"Bool":         {compile: compileBool},
	"Null":         {compile: compileNull},
	"BinaryEquals": {compile: compileBinary},
	"IpAddress":    {compile: compileIP},
	"NotIpAddress": {compile: compileIP, negated: true},
}

type exactOperand struct{ pattern }

func compileExact(s string, variables bool) (operand, error) {
	p, err := compilePattern(s, noWildcards, variables)
	return &exactOperand{p}, err
}

func (o *exactOperand) matches(value string, ctx requestContext) (bool, error) {
	want, err := o.text(ctx)
	return value == want, err
}

type ignoreCaseOperand struct{ pattern }

func compileIgnoreCase(s string, variables bool) (operand, error) {
	p, err := compilePattern(s, noWildcards, variables)
	return &ignoreCaseOperand{p}, err
}

func (o *ignoreCaseOperand) matches(value string, ctx requestContext) (bool, error) {
	want, err := o.text(ctx)
	return strings.EqualFold(value, want), err
}

type likeOperand struct{ pattern }

func compileLike(s string, variables bool) (operand, error) {
	p, err := compilePattern(s, plainWildcards, variables)
	return &likeOperand{p}, err
}

func (o *likeOperand) matches(value string, ctx requestContext) (bool, error) {
	return o.match(value, ctx)
}

// arnOperand checks each of an ARN's six components separately, so that no
// wildcard reaches beyond a colon, except in the last.
type arnOperand struct {
	source     string
	components []pattern // nil where the policy's value is not of six
}

func compileARN(s string, variables bool) (operand, error) {
	p, err := compilePattern(s, plainWildcards, variables)
	if err != nil {
		return nil, err
	}
	components, ok := p.split()
	if !ok {
		components = nil
	}
	return &arnOperand{s, components}, nil
}

func (o *arnOperand) matches(value string, ctx requestContext) (bool, error) {
	if o.components == nil {
		return false, fmt.Errorf("%w: %q does not have an ARN's six components", ErrUnsupported, o.source)
	}
	parts := strings.SplitN(value, ":", 6)
	if len(parts) < 6 {
		return false, nil
	}
	var unknown error
	for i := range o.components {
		ok, err := o.components[i].match(parts[i], ctx)
		if err != nil {
			unknown = err
		} else if !ok {
			return false, nil
		}
	}
	return unknown == nil, unknown
}

// numberForm bounds the digits, so that a comparison stays cheap and exact.
var numberForm = regexp.MustCompile(`^[+-]?[0-9]{1,64}(\.[0-9]{1,64})?$`)

func parseNumber(s string) (*big.Rat, error) {
	if !numberForm.MatchString(s) {
		return nil, fmt.Errorf("%q is not a number", s)
	}
	r, _ := new(big.Rat).SetString(s)
	return r, nil
}

type numberOperand struct {
	want *big.Rat
	when func(int) bool
}

func number(when func(int) bool) func(string, bool) (operand, error) {
	return func(s string, _ bool) (operand, error) {
		want, err := parseNumber(s)
		return numberOperand{want, when}, err
	}
}

func (o numberOperand) matches(value string, _ requestContext) (bool, error) {
	v, err := parseNumber(value)
	if err != nil {
		return false, fmt.Errorf("%w: its value %w", ErrRequest, err)
	}
	return o.when(v.Cmp(o.want)), nil
}

// dateForms are the W3C's profile of ISO 8601 (time.Parse reads a fraction of
// a second by itself).
var dateForms = []string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04Z07:00", "2006-01-02", "2006-01", "2006"}

// parseDate reads one of those forms, or epoch seconds. Four digits are a year.
func parseDate(s string) (time.Time, error) {
	for _, form := range dateForms {
		if t, err := time.Parse(form, s); err == nil {
			return t, nil
		}
	}
	if n, err := strconv.ParseInt(s, 10, 48); err == nil {
		return time.Unix(n, 0), nil
	}
	return time.Time{}, fmt.Errorf("%q is not a date", s)
}

type dateOperand struct {
	want time.Time
	when func(int) bool
}

func date(when func(int) bool) func(string, bool) (operand, error) {
	return func(s string, _ bool) (operand, error) {
		want, err := parseDate(s)
		return dateOperand{want, when}, err
	}
}

func (o dateOperand) matches(value string, _ requestContext) (bool, error) {
	v, err := parseDate(value)
	if err != nil {
		return false, fmt.Errorf("%w: its value %w", ErrRequest, err)
	}
	return o.when(v.Compare(o.want)), nil
}

// boolOperand may hold a variable ("Condition operators", Boolean).
type boolOperand struct {
	want     bool
	variable *pattern
}

func parseBool(s string) (bool, error) {
	switch {
	case strings.EqualFold(s, "true"):
		return true, nil
	case strings.EqualFold(s, "false"):
		return false, nil
	}
	return false, fmt.Errorf("%q is neither true nor false", s)
}

func compileBool(s string, variables bool) (operand, error) {
	if variables && strings.HasPrefix(s, "${") {
		p, err := compilePattern(s, noWildcards, true)
		return boolOperand{variable: &p}, err
	}
	return compileNull(s, variables)
}

func compileNull(s string, _ bool) (operand, error) {
	b, err := parseBool(s)
	return boolOperand{want: b}, err
}

func (o boolOperand) matches(value string, ctx requestContext) (bool, error) {
	want := o.want
	if o.variable != nil {
		s, err := o.variable.text(ctx)
		if err != nil {
			return false, err
		}
		if want, err = parseBool(s); err != nil {
			return false, fmt.Errorf("%w: the variable's value %w", ErrRequest, err)
		}
	}
	v, err := parseBool(value)
	if err != nil {
		return false, fmt.Errorf("%w: its value %w", ErrRequest, err)
	}
	return v == want, nil
}

// binaryOperand holds the decoded bytes; the request's value is the bytes, or
// the same base64 text: a context written as JSON cannot hold all bytes.
type binaryOperand string

func compileBinary(s string, _ bool) (operand, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return nil, fmt.Errorf("%q is not base64", s)
	}
	return binaryOperand(b), nil
}

func (o binaryOperand) matches(value string, _ requestContext) (bool, error) {
	return value == string(o) || value == base64.StdEncoding.EncodeToString([]byte(o)), nil
}

type ipOperand netip.Prefix

// compileIP reads a range in CIDR form, or one address.
func compileIP(s string, _ bool) (operand, error) {
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		return ipOperand(netip.PrefixFrom(a, a.BitLen())), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return nil, fmt.Errorf("%q is neither an IP address nor a CIDR range", s)
	}
	return ipOperand(p.Masked()), nil
}

func (o ipOperand) matches(value string, _ requestContext) (bool, error) {
	a, err := netip.ParseAddr(value)
	if err != nil {
		return false, fmt.Errorf("%w: its value %q is not an IP address", ErrRequest, value)
	}
	return netip.Prefix(o).Contains(a.Unmap()), nil
}
