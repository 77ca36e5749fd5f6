package wire

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/smithy-go"
)

// Validate checks in, a pointer to the SDK's input type of the operation,
// against the constraints of the model, and words what it finds as AWS does.
// The error is an *Error with code ValidationException, or ValidationError
// from a Query service; any other error says that the operation or the type is
// not the model's.
//
// S3 and EC2 word it otherwise: see validateS3 and validateEC2.
//
// The wording is that of recorded responses. AWS lists the members of an enum
// in no order that could be told in advance; here they stand in the model's.
// What a service checks besides its model is for the service to word: to a
// GenerateRandom without a number KMS says "NumberOfBytes is required.".
func (s *Service) Validate(op string, in any) error {
	b, v, err := s.input(op, in)
	if err != nil {
		return err
	}
	switch s.Protocol() {
	case RestXML:
		return validateS3(b, v)
	case EC2:
		return validateEC2(b, v)
	}
	var c checker
	c.members(b, v)
	if len(c.violations) == 0 {
		return nil
	}
	return validationError(s.Protocol(), c.violations)
}

func validationError(p Protocol, violations []string) *Error {
	count := "1 validation error"
	if n := len(violations); n > 1 {
		count = strconv.Itoa(n) + " validation errors"
	}
	code := p.pick("ValidationException", "ValidationError")
	if p == EC2 {
		code = "InvalidParameterValue"
	}
	return &Error{
		Code:    code,
		Message: count + " detected: " + strings.Join(violations, "; "),
		Fault:   smithy.FaultClient,
	}
}

// checker walks an input and collects what is wrong with it.
type checker struct {
	path       []string // members lower-cased, elements by their place from 1
	violations []string
}

func violation(value, path, constraint string) string {
	if value != "" {
		value = " " + value
	}
	return "Value" + value + " at '" + path + "' failed to satisfy constraint: " + constraint
}

func (c *checker) fail(b *binding, v reflect.Value, constraint string) {
	value := ""
	if !b.shape.Sensitive {
		value = "'" + javaText(b, v) + "'"
	}
	c.violations = append(c.violations, violation(value, strings.Join(c.path, "."), constraint))
}

// lowerFirst spells a member's name as validation does.
func lowerFirst(name string) string { return strings.ToLower(name[:1]) + name[1:] }

func (c *checker) members(b *binding, v reflect.Value) {
	for f, at := range b.members(v) {
		c.path = append(c.path, lowerFirst(f.member.Name))
		value, ok := f.binding.value(at)
		switch {
		case ok:
			c.value(f.binding, value)
		case f.member.Required:
			c.violations = append(c.violations, violation("null", strings.Join(c.path, "."), "Member must not be null"))
		}
		c.path = c.path[:len(c.path)-1]
	}
}

func (c *checker) value(b *binding, v reflect.Value) {
	for _, constraint := range b.shape.broken(v) {
		c.fail(b, v, constraint)
	}
	switch b.shape.Type {
	case "structure":
		c.members(b, v)
	case "list":
		c.list(b, v)
	case "map":
		c.dictionary(b, v)
	}
}

// list reports scalar elements on the list, all constraints of an element
// together; structures are reported member by member.
func (c *checker) list(b *binding, v reflect.Value) {
	for i := range v.Len() {
		elem, ok := b.elem.value(v.Index(i))
		if !ok && b.elem.pointer {
			continue
		}
		if b.elem.scalar() {
			if len(b.elem.shape.broken(elem)) > 0 {
				c.fail(b, v, "Member must satisfy constraint: "+b.elem.shape.constraints())
				return
			}
			continue
		}
		c.path = append(c.path, strconv.Itoa(i+1), "member")
		c.value(b.elem, elem)
		c.path = c.path[:len(c.path)-2]
	}
}

func (c *checker) dictionary(b *binding, v reflect.Value) {
	keys, values := true, true
	for _, key := range sortedKeys(v) {
		elem, ok := b.elem.value(v.MapIndex(key))
		if keys && len(b.key.shape.broken(key)) > 0 {
			c.fail(b, v, "Map keys must satisfy constraint: "+b.key.shape.constraints())
			keys = false
		}
		if !ok && b.elem.pointer {
			continue
		}
		if !b.elem.scalar() {
			c.path = append(c.path, key.String(), "member")
			c.value(b.elem, elem)
			c.path = c.path[:len(c.path)-2]
		} else if values && len(b.elem.shape.broken(elem)) > 0 {
			c.fail(b, v, "Map value must satisfy constraint: "+b.elem.shape.constraints())
			values = false
		}
	}
}

func (b *binding) scalar() bool {
	return b.shape.Type != "structure" && b.shape.Type != "list" && b.shape.Type != "map"
}

// broken gives the constraints of the shape that the value does not satisfy.
func (sh *shape) broken(v reflect.Value) (constraints []string) {
	if sh.form != nil && !sh.form().MatchString(v.String()) {
		constraints = append(constraints, patternConstraint(sh))
	}
	if size, ok := sh.measure(v); ok {
		if sh.Max != nil && size > *sh.Max {
			constraints = append(constraints, sh.maxConstraint())
		}
		if sh.Min != nil && size < *sh.Min {
			constraints = append(constraints, sh.minConstraint())
		}
	}
	if sh.Enum != nil && !sh.allows(v.String()) {
		constraints = append(constraints, enumConstraint(sh))
	}
	return constraints
}

func (sh *shape) allows(value string) bool {
	for _, e := range sh.Enum {
		if e == value {
			return true
		}
	}
	return false
}

// measure is what min and max bound: the value of a number, the characters of
// a string, the bytes of a blob, the elements of a list or a map.
func (sh *shape) measure(v reflect.Value) (float64, bool) {
	if sh.Min == nil && sh.Max == nil {
		return 0, false
	}
	switch sh.Type {
	case "integer", "long":
		return float64(v.Int()), true
	case "float", "double":
		return v.Float(), true
	case "string":
		return float64(utf8.RuneCountInString(v.String())), true
	case "blob", "list", "map":
		return float64(v.Len()), true
	}
	return 0, false
}

// constraints lists all constraints of an element or a key: most, least,
// pattern, enum, as recorded responses order them.
func (sh *shape) constraints() string {
	var all []string
	if sh.Max != nil {
		all = append(all, sh.maxConstraint())
	}
	if sh.Min != nil {
		all = append(all, sh.minConstraint())
	}
	if sh.form != nil {
		all = append(all, patternConstraint(sh))
	}
	if sh.Enum != nil {
		all = append(all, enumConstraint(sh))
	}
	return "[" + strings.Join(all, ", ") + "]"
}

func (sh *shape) maxConstraint() string {
	return "Member must have " + sh.measured() + " less than or equal to " + sh.bound(*sh.Max)
}

func (sh *shape) minConstraint() string {
	return "Member must have " + sh.measured() + " greater than or equal to " + sh.bound(*sh.Min)
}

func (sh *shape) measured() string {
	if sh.numeric() {
		return "value"
	}
	return "length"
}

func (sh *shape) numeric() bool {
	return sh.Type == "integer" || sh.Type == "long" || sh.fraction()
}

func (sh *shape) fraction() bool { return sh.Type == "float" || sh.Type == "double" }

func (sh *shape) bound(n float64) string {
	if sh.fraction() && n == float64(int64(n)) {
		return strconv.FormatFloat(n, 'f', 1, 64)
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}

func patternConstraint(sh *shape) string {
	return "Member must satisfy regular expression pattern: " + sh.Pattern
}

func enumConstraint(sh *shape) string {
	return "Member must satisfy enum value set: [" + strings.Join(sh.Enum, ", ") + "]"
}

// javaText shows a value as the services do, which is what Java's toString
// gives: lists in brackets, maps as {key=value}, structures by their name, and
// a blob as its buffer. Sensitive parts are not shown.
func javaText(b *binding, v reflect.Value) string {
	if b.shape.Sensitive {
		return "*** Sensitive Data Redacted ***"
	}
	var parts []string
	switch b.shape.Type {
	case "list":
		for i := range v.Len() {
			parts = append(parts, javaElement(b.elem, v.Index(i)))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case "map":
		for _, key := range sortedKeys(v) {
			parts = append(parts, javaElement(b.key, key)+"="+javaElement(b.elem, v.MapIndex(key)))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case "structure":
		for f, at := range b.members(v) {
			parts = append(parts, lowerFirst(f.member.Name)+"="+javaElement(f.binding, at))
		}
		return b.shape.name + "(" + strings.Join(parts, ", ") + ")"
	case "blob":
		return fmt.Sprintf("java.nio.HeapByteBuffer[pos=0 lim=%d cap=%[1]d]", v.Len())
	case "timestamp":
		return v.Interface().(time.Time).UTC().Format(time.UnixDate)
	}
	return fmt.Sprint(v.Interface())
}

func javaElement(b *binding, v reflect.Value) string {
	value, ok := b.value(v)
	if !ok && (b.pointer || value.Kind() != reflect.String) {
		return "null"
	}
	return javaText(b, value)
}
