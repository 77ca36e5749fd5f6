package wire

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"net/http"
	"reflect"
)

// xmlWriter writes the XML of an answer.
type xmlWriter struct {
	buf bytes.Buffer
	// time is the form of timestamps; "" stands for shortTime.
	time string
}

func (x *xmlWriter) raw(s string)      { x.buf.WriteString(s) }
func (x *xmlWriter) open(name string)  { x.raw("<" + name + ">") }
func (x *xmlWriter) close(name string) { x.raw("</" + name + ">") }

func (x *xmlWriter) text(name, value string) {
	x.open(name)
	x.escape(value)
	x.close(name)
}

func (x *xmlWriter) escape(s string) {
	_ = xml.EscapeText(&x.buf, []byte(s)) // a bytes.Buffer does not fail
}

func (x *xmlWriter) send(w http.ResponseWriter, status int, requestID string) {
	h := w.Header()
	h.Set("Content-Type", "text/xml")
	h.Set("X-Amzn-Requestid", requestID)
	w.WriteHeader(status)
	_, _ = w.Write(x.buf.Bytes()) // a client that hung up is not ours to report
}

// value writes v, which is of the binding's Go type without its pointer,
// without an element around it.
func (x *xmlWriter) value(b *binding, v reflect.Value) {
	switch b.shape.Type {
	case "structure":
		for f, at := range b.members(v) {
			if value, ok := f.binding.value(at); ok && f.inBody(b) {
				x.member(f, value)
			}
		}
	case "list":
		x.list(b, v, itemName(b.shape.Member, "member"))
	case "map":
		x.entries(b, v, "entry")
	default:
		x.escape(text(b, v, cmp.Or(b.shape.TimestampFormat, x.time, shortTime)))
	}
}

// inBody says whether a member of b is an element of a body.
func (f *field) inBody(b *binding) bool {
	return f.member.Location == "" && !f.member.XMLAttribute && f.member.Name != b.shape.Payload
}

// element writes v within an element, which has the members that are
// attributes.
func (x *xmlWriter) element(name string, b *binding, v reflect.Value) {
	x.raw("<" + name)
	x.attributes(b, v)
	x.raw(">")
	x.value(b, v)
	x.close(name)
}

func (x *xmlWriter) attributes(b *binding, v reflect.Value) {
	ns := b.shape.XMLNamespace
	if ns == nil || b.shape.Type != "structure" {
		return
	}
	x.raw(` xmlns:` + ns.Prefix + `="` + ns.URI + `"`)
	for f, at := range b.members(v) {
		if value, ok := f.binding.value(at); ok && f.member.XMLAttribute {
			x.raw(" " + f.wire + `="`)
			x.escape(text(f.binding, value, shortTime))
			x.raw(`"`)
		}
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
		x.element(f.wire, f.binding, v)
	}
}

func (x *xmlWriter) list(b *binding, v reflect.Value, name string) {
	for i := range v.Len() {
		elem, _ := b.elem.value(v.Index(i))
		x.element(name, b.elem, elem)
	}
}

func (x *xmlWriter) entries(b *binding, v reflect.Value, name string) {
	key, value := itemName(b.shape.Key, "key"), itemName(b.shape.Value, "value")
	for _, k := range sortedKeys(v) {
		elem, _ := b.elem.value(v.MapIndex(k))
		x.open(name)
		x.text(key, k.String())
		x.element(value, b.elem, elem)
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
