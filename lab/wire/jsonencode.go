package wire

import (
	"encoding/base64"
	"reflect"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// appendJSON writes v, which is of the binding's Go type without its pointer.
func appendJSON(out []byte, b *binding, v reflect.Value) []byte {
	switch b.shape.Type {
	case "structure":
		return appendJSONStructure(out, b, v)
	case "list":
		out = append(out, '[')
		for i := range v.Len() {
			if i > 0 {
				out = append(out, ',')
			}
			out = appendJSONElement(out, b.elem, v.Index(i))
		}
		return append(out, ']')
	case "map":
		return appendJSONMap(out, b, v)
	case "string":
		return appendJSONString(out, v.String())
	case "blob":
		out = append(out, '"')
		out = base64.StdEncoding.AppendEncode(out, v.Bytes())
		return append(out, '"')
	case "boolean":
		return strconv.AppendBool(out, v.Bool())
	case "integer", "long":
		return strconv.AppendInt(out, v.Int(), 10)
	case "timestamp":
		return appendEpoch(out, v.Interface().(time.Time))
	}
	return strconv.AppendFloat(out, v.Float(), 'g', -1, v.Type().Bits())
}

func appendJSONStructure(out []byte, b *binding, v reflect.Value) []byte {
	out = append(out, '{')
	first := true
	for f, at := range b.members(v) {
		value, ok := f.binding.value(at)
		if !ok || f.member.Location != "" {
			continue
		}
		if !first {
			out = append(out, ',')
		}
		first = false
		out = append(out, '"')
		out = append(out, f.wire...)
		out = append(out, '"', ':')
		out = appendJSON(out, f.binding, value)
	}
	return append(out, '}')
}

// appendJSONMap writes a map in the order of its keys, so that answers repeat.
func appendJSONMap(out []byte, b *binding, v reflect.Value) []byte {
	out = append(out, '{')
	for i, key := range sortedKeys(v) {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendJSONString(out, key.String())
		out = append(out, ':')
		out = appendJSONElement(out, b.elem, v.MapIndex(key))
	}
	return append(out, '}')
}

// appendJSONElement writes an element of a list or a map, which keeps its
// place even if it is nil.
func appendJSONElement(out []byte, b *binding, v reflect.Value) []byte {
	if b.pointer {
		if v.IsNil() {
			return append(out, "null"...)
		}
		v = v.Elem()
	}
	return appendJSON(out, b, v)
}

func sortedKeys(v reflect.Value) []reflect.Value {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int {
		switch {
		case a.String() < b.String():
			return -1
		case a.String() > b.String():
			return 1
		}
		return 0
	})
	return keys
}

// appendEpoch writes seconds since 1970, with milliseconds where there are
// any.
func appendEpoch(out []byte, t time.Time) []byte {
	ms := t.UnixMilli()
	if ms%1000 == 0 {
		return strconv.AppendInt(out, ms/1000, 10)
	}
	return strconv.AppendFloat(out, float64(ms)/1000, 'f', 3, 64)
}

const hexDigits = "0123456789abcdef"

// appendJSONString quotes a string. Bytes that are not UTF-8 become U+FFFD.
func appendJSONString(out []byte, s string) []byte {
	out = append(out, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		size, replacement := 1, ""
		switch {
		case c == '"' || c == '\\':
			replacement = `\` + string(rune(c))
		case c == '\n':
			replacement = `\n`
		case c < ' ':
			replacement = `\u00` + string(hexDigits[c>>4]) + string(hexDigits[c&15])
		default:
			var r rune
			if r, size = utf8.DecodeRuneInString(s[i:]); r == utf8.RuneError && size == 1 {
				replacement = "\uFFFD"
			}
		}
		if replacement != "" {
			out = append(out, s[start:i]...)
			out = append(out, replacement...)
			start = i + size
		}
		i += size
	}
	out = append(out, s[start:]...)
	return append(out, '"')
}
