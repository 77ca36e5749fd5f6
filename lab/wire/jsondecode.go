package wire

import (
	"encoding/base64"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// maxDepth bounds the nesting of a request, below anything that could exhaust
// a stack and above what any shape needs.
const maxDepth = 64

// jsonDecoder fills SDK types straight from the text of a request, in one
// pass. Messages follow those of AWS where they are known; none of them quotes
// a value, which may be a secret.
type jsonDecoder struct {
	text       jsonText
	data       []byte
	depth      int
	violations []string // found in decoding, because the Go type cannot hold them
	path       []string // as validation names it
}

// whole decodes the body of a request, with what decoding alone can find wrong.
func (d *jsonDecoder) whole(b *binding, v reflect.Value) error {
	if err := d.document(b, v); err != nil {
		return err
	}
	if len(d.violations) > 0 {
		return validationError(JSON, d.violations)
	}
	return nil
}

// document decodes the whole body. An empty body stands for no members.
func (d *jsonDecoder) document(b *binding, v reflect.Value) error {
	d.text = jsonText{data: d.data}
	d.text.space()
	if d.text.done() {
		return nil
	}
	if err := d.value(b, v); err != nil {
		return err
	}
	d.text.space()
	if !d.text.done() {
		return serialization("There is more after the end of the document.")
	}
	return nil
}

// value decodes the next value into v, whose place exists and is zero.
func (d *jsonDecoder) value(b *binding, v reflect.Value) error {
	if d.depth++; d.depth > maxDepth {
		return serialization("The document is nested too deeply.")
	}
	defer func() { d.depth-- }()
	found := d.text.peek()
	if want := jsonKind[b.shape.Type]; found != want && (found != 'f' || want != 't') {
		return mismatch(found, b.shape)
	}
	v = b.target(v)
	switch b.shape.Type {
	case "structure":
		return d.structure(b, v)
	case "list":
		return d.list(b, v)
	case "map":
		return d.dictionary(b, v)
	case "boolean":
		truth, ok := d.text.boolean()
		if !ok {
			return malformed()
		}
		v.SetBool(truth)
		return nil
	case "string", "blob":
		return d.string(b, v)
	}
	return d.number(b, v)
}

func (d *jsonDecoder) structure(b *binding, v reflect.Value) error {
	var few [4]uint64 // members seen: no input of AWS has more than a few dozen
	seen := few[:]
	if need := len(b.fields)/64 + 1; need > len(seen) {
		seen = make([]uint64, need)
	}
	return d.members(func(name []byte) error {
		i, ok := b.byName[string(name)]
		if !ok {
			return serialization(b.unknown("member", string(name)))
		}
		f := &b.fields[i]
		if bit := uint64(1) << (i % 64); seen[i/64]&bit == 0 {
			seen[i/64] |= bit
		} else {
			return serialization("Member " + f.wire + " of " + b.shape.name + " is given twice.")
		}
		if d.text.null() {
			return nil // the same as an absent member
		}
		d.path = append(d.path, lowerFirst(f.member.Name))
		err := d.value(f.binding, b.at(f, v))
		d.path = d.path[:len(d.path)-1]
		return err
	})
}

func (d *jsonDecoder) dictionary(b *binding, v reflect.Value) error {
	m := reflect.MakeMap(b.typ)
	v.Set(m)
	return d.members(func(name []byte) error {
		key := reflect.New(b.typ.Key()).Elem()
		key.SetString(string(name))
		if m.MapIndex(key).IsValid() {
			return serialization("Key " + quoteName(string(name)) + " of " + b.shape.name + " is given twice.")
		}
		elem := reflect.New(b.typ.Elem()).Elem()
		d.path = append(d.path, string(name), "member")
		if err := d.value(b.elem, elem); err != nil {
			return err
		}
		d.path = d.path[:len(d.path)-2]
		m.SetMapIndex(key, elem)
		return nil
	})
}

// members walks an object, calling each with the name of a member, the text
// standing at its value.
func (d *jsonDecoder) members(each func(name []byte) error) error {
	d.text.pos++ // the brace
	for first := true; ; first = false {
		d.text.space()
		if d.text.take('}') {
			return nil
		}
		if !first && !d.text.take(',') {
			return malformed()
		}
		d.text.space()
		name, ok := d.text.string()
		if !ok {
			return malformed()
		}
		d.text.space()
		if !d.text.take(':') {
			return malformed()
		}
		d.text.space()
		if err := each(name); err != nil {
			return err
		}
	}
}

func (d *jsonDecoder) list(b *binding, v reflect.Value) error {
	v.Set(reflect.MakeSlice(b.typ, 0, 0)) // an empty list is not an absent one
	d.text.pos++                          // the bracket
	for n := 1; ; n++ {
		d.text.space()
		if d.text.take(']') {
			return nil
		}
		if n > 1 && !d.text.take(',') {
			return malformed()
		}
		d.text.space()
		elem := reflect.New(b.typ.Elem()).Elem()
		d.path = append(d.path, strconv.Itoa(n), "member")
		if err := d.value(b.elem, elem); err != nil {
			return err
		}
		d.path = d.path[:len(d.path)-2]
		v.Set(reflect.Append(v, elem))
	}
}

func (d *jsonDecoder) string(b *binding, v reflect.Value) error {
	raw, ok := d.text.string()
	if !ok {
		return malformed()
	}
	if b.shape.Type == "blob" {
		blob := make([]byte, base64.StdEncoding.DecodedLen(len(raw)))
		n, err := base64.StdEncoding.Strict().Decode(blob, raw)
		if err != nil || containsNewline(raw) {
			return serialization("A value of " + b.shape.name + " is not valid Base64.")
		}
		v.SetBytes(blob[:n])
		return nil
	}
	v.SetString(string(raw))
	if len(raw) == 0 && b.shape.Enum != nil && !b.pointer {
		// The SDK's type has no way to tell this from an absent member.
		d.violations = append(d.violations, violation("''", strings.Join(d.path, "."), enumConstraint(b.shape)))
	}
	return nil
}

// containsNewline: encoding/base64 skips line breaks, even where strict.
func containsNewline(raw []byte) bool {
	for _, c := range raw {
		if c == '\n' || c == '\r' {
			return true
		}
	}
	return false
}

func (d *jsonDecoder) number(b *binding, v reflect.Value) error {
	raw, ok := d.text.number()
	if !ok {
		return malformed()
	}
	text := string(raw)
	switch b.shape.Type {
	case "integer", "long":
		n, err := strconv.ParseInt(text, 10, b.bits())
		if err != nil {
			return serialization("A number can not be converted to " + article(b.shape) + ".")
		}
		v.SetInt(n)
	case "timestamp":
		t, ok := epoch(text)
		if !ok {
			return serialization("A number is out of the range of a Timestamp.")
		}
		v.Set(reflect.ValueOf(t))
	default:
		f, err := strconv.ParseFloat(text, v.Type().Bits())
		if err != nil {
			return serialization("A number can not be converted to " + article(b.shape) + ".")
		}
		v.SetFloat(f)
	}
	return nil
}

// bits is the width of an integer: that of the shape, within that of the Go
// type.
func (b *binding) bits() int {
	if b.shape.Type == "integer" || b.typ.Kind() == reflect.String {
		return 32
	}
	return b.typ.Bits()
}

// epoch reads seconds since 1970, down to the millisecond. Years end at 9999,
// as in the other timestamp formats.
func epoch(text string) (time.Time, bool) {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.Abs(f) > 253402300799 {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(math.Round(f * 1000))).UTC(), true
}

// jsonKind is what the wire has for a kind of shape, by the first byte of the
// text; see jsonText.peek.
var jsonKind = map[string]byte{
	"structure": '{', "map": '{', "list": '[', "string": '"', "blob": '"', "boolean": 't',
	"integer": '0', "long": '0', "float": '0', "double": '0', "timestamp": '0',
}

// mismatch is the error for a value of the wrong JSON type.
func mismatch(found byte, sh *shape) *Error {
	scalar := map[byte]string{'"': "STRING_VALUE", '0': "NUMBER_VALUE", 't': "TRUE_VALUE", 'f': "FALSE_VALUE", 'n': "NULL_VALUE"}[found]
	switch {
	case found == '[':
		return serialization("Start of list found where not expected")
	case found == '{':
		return serialization("Start of structure or map found where not expected.")
	case scalar == "":
		return malformed()
	case sh.Type == "list" || sh.Type == "map" || sh.Type == "structure":
		return serialization("Unexpected field type")
	}
	return serialization(scalar + " can not be converted to " + article(sh))
}

func article(sh *shape) string {
	return map[string]string{
		"string": "a String", "blob": "a Blob", "boolean": "a Boolean", "integer": "an Integer",
		"long": "a Long", "float": "a Float", "double": "a Double", "timestamp": "a Timestamp",
	}[sh.Type]
}

func malformed() *Error { return serialization("The body is not a valid JSON document.") }
