package wire

import (
	"iter"
	"reflect"
	"time"
)

// Unions tells the types that hold the members of unions, each by a pointer to
// one: &types.AnalyticsFilterMemberTag{}. The SDK's types do not say which there
// are. Members of which none is told are refused in requests. It must be called
// before the first request.
func (s *Service) Unions(members ...any) {
	s.bindings.mu.Lock()
	defer s.bindings.mu.Unlock()
	for _, m := range members {
		s.bindings.unions = append(s.bindings.unions, reflect.TypeOf(m).Elem())
	}
}

// textOf finds the field in which the SDK keeps the text of a timestamp that
// need not be one: Expires of an object, which anybody may set to anything, has
// ExpiresString beside it.
func (b *binding) textOf(f reflect.StructField) (int, bool) {
	if b.union() || f.Type != reflect.TypeFor[*time.Time]() {
		return 0, false
	}
	text, ok := b.typ.FieldByName(f.Name + "String")
	if !ok || text.Type != reflect.TypeFor[*string]() {
		return 0, false
	}
	return text.Index[0], true
}

// union says whether the Go type is an interface, of which each member of the
// shape has an implementation.
func (b *binding) union() bool { return b.typ.Kind() == reflect.Interface }

// variant finds the type that holds one member of a union. The SDK names it
// after the two: AnalyticsFilterMemberTag.
func (bs *bindings) variant(union reflect.Type, member string) reflect.Type {
	for _, t := range bs.unions {
		if t.Name() == union.Name()+"Member"+member && reflect.PointerTo(t).Implements(union) {
			return t
		}
	}
	return nil
}

// members gives the members of a structure with their Go values, of which some
// may be nil; of a union, the one that it has.
func (b *binding) members(v reflect.Value) iter.Seq2[*field, reflect.Value] {
	return func(yield func(*field, reflect.Value) bool) {
		if b.union() && v.Kind() == reflect.Interface {
			v = v.Elem()
		}
		for i := range b.fields {
			f := &b.fields[i]
			in := v
			if f.variant != nil {
				if v.Type() != reflect.PointerTo(f.variant) {
					continue
				}
				in = v.Elem()
			}
			if !yield(f, in.Field(f.index)) {
				return
			}
		}
	}
}

// at gives the place of a member in v, a structure of the binding's type, or a
// union, in which it makes the member's type.
func (b *binding) at(f *field, v reflect.Value) reflect.Value {
	if f.variant == nil {
		return v.Field(f.index)
	}
	p := reflect.New(f.variant)
	v.Set(p)
	return p.Elem().Field(f.index)
}
