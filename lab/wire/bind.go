package wire

import (
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// binding is a shape of the model tied to a Go type of the SDK. It is made
// once for each pair; the codecs then walk bindings and check nothing twice.
type binding struct {
	shape   *shape
	typ     reflect.Type // without the pointer
	pointer bool         // the Go value is a pointer to typ

	fields  []field        // of a structure, in the model's order
	byName  map[string]int // the wire name of a member in a body, to an index of fields
	byParam map[string]int // its name as a parameter
	ignored []string       // parameters that the SDK keeps from its users
	beyond  []string       // members newer than the SDK's type, which cannot be held
	elem    *binding       // of a list or a map
	key     *binding       // of a map
}

type field struct {
	*binding
	member  *member
	wire    string       // the name on the wire
	param   string       // the name as a parameter of the Query and EC2 protocols
	index   int          // of the Go field
	text    int          // of the Go field with the text of a timestamp that is none; -1: there is none
	variant reflect.Type // of a union: the SDK's struct type that holds this member
}

type bindingKey struct {
	shape *shape
	typ   reflect.Type
}

var (
	timeType       = reflect.TypeFor[time.Time]()
	readerType     = reflect.TypeFor[io.Reader]()
	readCloserType = reflect.TypeFor[io.ReadCloser]()
)

// input binds the input type of an operation; in is a pointer to it.
func (s *Service) input(op string, in any) (*binding, reflect.Value, error) {
	o, err := s.operation(op)
	if err != nil {
		return nil, reflect.Value{}, err
	}
	v, err := root(in, op+"Input")
	if err != nil {
		return nil, reflect.Value{}, err
	}
	b, err := s.bind(o.input(), v.Type())
	return b, v, err
}

// bind ties a shape to a Go type. An error means that the model and the SDK
// disagree, which no request can mend.
func (s *Service) bind(sh *shape, t reflect.Type) (*binding, error) {
	k := bindingKey{sh, t}
	s.bindings.mu.RLock()
	b := s.bindings.known[k]
	s.bindings.mu.RUnlock()
	if b != nil {
		return b, nil
	}
	s.bindings.mu.Lock()
	defer s.bindings.mu.Unlock()
	// The new bindings are kept apart until all of them are whole: another
	// goroutine must not see one whose fields are still to come.
	fresh := map[bindingKey]*binding{}
	b, err := s.bindings.build(k, fresh)
	if err != nil {
		return nil, fmt.Errorf("wire: %s: %w", s.name, err)
	}
	if s.bindings.known == nil {
		s.bindings.known = map[bindingKey]*binding{}
	}
	for k, b := range fresh {
		s.bindings.known[k] = b
	}
	return b, nil
}

func (bs *bindings) build(k bindingKey, fresh map[bindingKey]*binding) (*binding, error) {
	if b := bs.known[k]; b != nil {
		return b, nil
	}
	if b := fresh[k]; b != nil {
		return b, nil
	}
	b := &binding{shape: k.shape, typ: k.typ}
	if b.typ.Kind() == reflect.Pointer {
		b.typ, b.pointer = b.typ.Elem(), true
	}
	if !binds(b.shape.Type, b.typ) {
		return nil, fmt.Errorf("shape %s, a %s, does not fit the Go type %v", b.shape.name, b.shape.Type, k.typ)
	}
	fresh[k] = b // before its parts: a shape may contain itself
	var err error
	switch b.shape.Type {
	case "structure":
		err = bs.buildFields(b, fresh)
	case "list":
		b.elem, err = bs.build(bindingKey{b.shape.Member.target, b.typ.Elem()}, fresh)
	case "map":
		if b.key, err = bs.build(bindingKey{b.shape.Key.target, b.typ.Key()}, fresh); err == nil {
			b.elem, err = bs.build(bindingKey{b.shape.Value.target, b.typ.Elem()}, fresh)
		}
	}
	return b, err
}

func (bs *bindings) buildFields(b *binding, fresh map[bindingKey]*binding) error {
	b.byName, b.byParam = make(map[string]int, len(b.shape.Members)), make(map[string]int, len(b.shape.Members))
	for _, m := range b.shape.Members {
		in, variant := b.typ, reflect.Type(nil)
		name := goName(m.Name)
		if b.union() {
			if variant = bs.variant(b.typ, name); variant != nil {
				in, name = variant, "Value"
			}
		}
		f, ok := reflect.StructField{}, false
		if in.Kind() == reflect.Struct {
			f, ok = in.FieldByName(name)
		}
		if !ok && hides(in, m.LocationName) {
			// The SDK fills it itself, in a request that it makes beside.
			b.ignored = append(b.ignored, bs.paramName(m))
			continue
		}
		if !ok {
			// The model may be newer than the SDK. A request that uses such a
			// member is refused.
			b.beyond = append(b.beyond, m.wireName())
			continue
		}
		part, err := bs.build(bindingKey{m.target, f.Type}, fresh)
		if err != nil {
			return err
		}
		at := field{binding: part, member: m, wire: m.wireName(), param: bs.paramName(m), index: f.Index[0], text: -1, variant: variant}
		if text, ok := b.textOf(f); ok {
			at.text = text
		}
		if m.Location == "" && m.Name != b.shape.Payload {
			b.byName[at.wire] = len(b.fields)
		}
		b.byParam[at.param] = len(b.fields)
		b.fields = append(b.fields, at)
	}
	return nil
}

// binds is fits, and the SDK's own ways besides: unions are interfaces, streamed
// bodies are readers, Expires of an object is a timestamp where the model has a
// string, and the part numbers that lists go on from are strings.
func binds(kind string, t reflect.Type) bool {
	switch {
	case t == readerType || t == readCloserType:
		return kind == "blob"
	case t.Kind() == reflect.Interface && t.NumMethod() > 0:
		return kind == "structure"
	case t == timeType:
		return kind == "timestamp" || kind == "string"
	case t.Kind() == reflect.String:
		return kind == "string" || kind == "integer"
	}
	return fits(kind, t)
}

// fits says whether the values of a kind of shape can be held in a Go type.
func fits(kind string, t reflect.Type) bool {
	switch kind {
	case "structure":
		return t.Kind() == reflect.Struct && t != timeType
	case "list":
		return t.Kind() == reflect.Slice
	case "map":
		return t.Kind() == reflect.Map && t.Key().Kind() == reflect.String
	case "string":
		return t.Kind() == reflect.String
	case "blob":
		return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8
	case "boolean":
		return t.Kind() == reflect.Bool
	case "integer", "long":
		return t.Kind() == reflect.Int32 || t.Kind() == reflect.Int64
	case "float", "double":
		return t.Kind() == reflect.Float32 || t.Kind() == reflect.Float64
	case "timestamp":
		return t == timeType
	}
	return false
}

// goName is the SDK's name for a member: its first letter upper-cased.
func goName(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

func (m *member) wireName() string {
	if m.LocationName != "" {
		return m.LocationName
	}
	return m.Name
}

// target gives the place to set in v, which is of the binding's Go type,
// making what a pointer points to.
func (b *binding) target(v reflect.Value) reflect.Value {
	if !b.pointer {
		return v
	}
	p := reflect.New(b.typ)
	v.Set(p)
	return p.Elem()
}

// value gives what v holds, without its pointer, and whether it holds
// anything. Of Go types without a nil only an empty string counts as nothing:
// the SDK has enums as plain strings, and no enum has an empty value.
func (b *binding) value(v reflect.Value) (reflect.Value, bool) {
	if b.pointer {
		return v.Elem(), !v.IsNil()
	}
	switch v.Kind() {
	case reflect.Slice, reflect.Map, reflect.Interface:
		return v, !v.IsNil()
	case reflect.String:
		return v, v.Len() > 0
	}
	return v, true
}

// root gives the struct that v points to, which must be the SDK's type of that
// name. The name is checked because the model may be newer than the SDK, so
// that a wrong type would look like one that lacks every member.
func root(v any, name string) (reflect.Value, error) {
	p := reflect.ValueOf(v)
	if p.Kind() != reflect.Pointer || p.IsNil() || p.Elem().Kind() != reflect.Struct || p.Elem().Type().Name() != name {
		return reflect.Value{}, fmt.Errorf("wire: %T is not a pointer to the SDK's type %s", v, name)
	}
	return p.Elem(), nil
}

// unknown words the refusal of a name that has no place in a structure.
func (b *binding) unknown(kind, name string) string {
	if slices.Contains(b.beyond, name[strings.LastIndexByte(name, '.')+1:]) {
		return "AWS has a " + kind + " " + quoteName(name) + " in " + b.shape.name + ", and the SDK that this was built with has not."
	}
	return "Unknown " + kind + " " + quoteName(name) + " in " + b.shape.name + "."
}

// quoteName shows a name that the client made up, shortened.
func quoteName(name string) string {
	const most = 64
	if len(name) > most {
		name = strings.ToValidUTF8(name[:most], "") + "…"
	}
	if !utf8.ValidString(name) {
		name = "?"
	}
	return "'" + name + "'"
}

// hides says whether a struct has a field that only its package sees.
func hides(t reflect.Type, name string) bool {
	if t.Kind() != reflect.Struct {
		return false
	}
	f, ok := t.FieldByName(name)
	return ok && !f.IsExported()
}
