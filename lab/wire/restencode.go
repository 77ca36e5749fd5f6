package wire

import (
	"net/http"
	"reflect"
	"strings"
)

// encodeParts writes the members that are headers, and gives the status: the
// one that a member has, or that of the operation.
func encodeParts(h http.Header, op *operation, b *binding, out reflect.Value) int {
	status := http.StatusOK
	if op.Status != 0 {
		status = op.Status
	}
	if b == nil {
		return status
	}
	for f, at := range b.members(out) {
		value, ok := f.binding.value(at)
		switch {
		case f.text >= 0 && !out.Field(f.text).IsNil():
			h.Set(f.wire, out.Field(f.text).Elem().String())
		case !ok:
		case f.member.Location == "header":
			h.Set(f.wire, headerText(f, value))
		case f.member.Location == "headers":
			for _, key := range sortedKeys(value) {
				h[f.wire+key.String()] = []string{value.MapIndex(key).String()} // not h.Set: names of metadata are told in their own case
			}
		case f.member.Location == "statusCode" && value.Int() != 0:
			status = int(value.Int())
		}
	}
	return status
}

func headerText(f *field, v reflect.Value) string {
	if f.shape.Type != "list" {
		return text(f.binding, v, f.member.timestampFormat(iso8601))
	}
	var values []string
	for i := range v.Len() {
		elem, _ := f.elem.value(v.Index(i))
		values = append(values, text(f.elem, elem, f.member.timestampFormat(iso8601)))
	}
	return strings.Join(values, ",")
}
