package wire

import (
	"encoding/base64"
	"reflect"
	"strconv"
	"time"
)

// value writes v, which is of the binding's Go type without its pointer,
// without an element around it.
func (x *xmlWriter) value(b *binding, v reflect.Value) {
	switch b.shape.Type {
	case "structure":
		for i := range b.fields {
			f := &b.fields[i]
			if value, ok := f.binding.value(v.Field(f.index)); ok {
				x.member(f, value)
			}
		}
	case "list":
		x.list(b, v, itemName(b.shape.Member, "member"))
	case "map":
		x.entries(b, v, "entry")
	case "string":
		x.escape(v.String())
	case "blob":
		x.raw(base64.StdEncoding.EncodeToString(v.Bytes()))
	case "boolean":
		x.raw(strconv.FormatBool(v.Bool()))
	case "integer", "long":
		x.raw(strconv.FormatInt(v.Int(), 10))
	case "timestamp":
		x.raw(formatTimestamp(v.Interface().(time.Time)))
	default:
		x.raw(strconv.FormatFloat(v.Float(), 'g', -1, v.Type().Bits()))
	}
}

// member writes a member of a structure. The elements of a flattened list or
// map stand in its place, without one around them.
func (x *xmlWriter) member(f *field, v reflect.Value) {
	flat := f.member.Flattened || f.shape.Flattened
	switch {
	case flat && f.shape.Type == "list":
		x.list(f.binding, v, itemName(f.shape.Member, f.wire))
	case flat && f.shape.Type == "map":
		x.entries(f.binding, v, f.wire)
	default:
		x.open(f.wire)
		x.value(f.binding, v)
		x.close(f.wire)
	}
}

func (x *xmlWriter) list(b *binding, v reflect.Value, name string) {
	for i := range v.Len() {
		elem, _ := b.elem.value(v.Index(i))
		x.open(name)
		x.value(b.elem, elem)
		x.close(name)
	}
}

func (x *xmlWriter) entries(b *binding, v reflect.Value, name string) {
	key, value := itemName(b.shape.Key, "key"), itemName(b.shape.Value, "value")
	for _, k := range sortedKeys(v) {
		elem, _ := b.elem.value(v.MapIndex(k))
		x.open(name)
		x.text(key, k.String())
		x.open(value)
		x.value(b.elem, elem)
		x.close(value)
		x.close(name)
	}
}

// itemName is the name of a list's elements, or of a map's keys or values.
func itemName(m *member, usual string) string {
	if m.LocationName != "" {
		return m.LocationName
	}
	return usual
}

// formatTimestamp writes ISO 8601 in UTC, with milliseconds where there are
// any.
func formatTimestamp(t time.Time) string {
	return t.UTC().Format("2006-01-02T15:04:05.999Z")
}
