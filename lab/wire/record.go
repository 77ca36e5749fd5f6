package wire

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Record writes an operation's input or output, a pointer to the SDK's type, as
// AWS CloudTrail shows parameters: JSON whose names begin in lower case. What
// the model calls sensitive is left out, and so are bytes, and the members that
// omit names anywhere in it. It gives nil where nothing is left, and for a value
// that is none of the operation's.
func (s *Service) Record(op string, v any, omit ...string) []byte {
	o := s.operations[op]
	p := reflect.ValueOf(v)
	if o == nil || p.Kind() != reflect.Pointer || p.IsNil() {
		return nil
	}
	sh := o.inputShape
	switch p.Elem().Type().Name() {
	case op + "Input":
	case op + "Output":
		sh = o.outputShape
	default:
		return nil
	}
	if sh == nil {
		return nil
	}
	out, some := recording{omit}.structure(nil, sh, p.Elem())
	if !some {
		return nil
	}
	return out
}

type recording struct{ omit []string }

// structure writes a structure; some says whether it has any member.
func (r recording) structure(out []byte, sh *shape, v reflect.Value) (_ []byte, some bool) {
	out = append(out, '{')
	for _, m := range sh.Members {
		f := v.FieldByName(goName(m.Name))
		if !f.IsValid() || slices.Contains(r.omit, m.Name) {
			continue
		}
		start := len(out)
		if some {
			out = append(out, ',')
		}
		out = appendJSONString(out, strings.ToLower(m.Name[:1])+m.Name[1:])
		out = append(out, ':')
		written, ok := r.value(out, m.target, f)
		if !ok {
			out = out[:start]
			continue
		}
		out, some = written, true
	}
	return append(out, '}'), some
}

// value writes one value; not ok where there is none to be shown.
func (r recording) value(out []byte, sh *shape, v reflect.Value) (_ []byte, ok bool) {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return out, false
		}
		v = v.Elem()
	}
	if sh.Sensitive || !fits(sh.Type, v.Type()) {
		return out, false
	}
	switch sh.Type {
	case "structure":
		return r.structure(out, sh, v)
	case "list":
		return r.list(out, sh, v)
	case "map":
		return r.pairs(out, sh, v)
	case "string":
		return appendJSONString(out, v.String()), v.Len() > 0
	case "boolean":
		return strconv.AppendBool(out, v.Bool()), true
	case "integer", "long":
		return strconv.AppendInt(out, v.Int(), 10), true
	case "timestamp":
		// As the log entries of the KMS Developer Guide have it.
		return appendJSONString(out, v.Interface().(time.Time).UTC().Format("Jan 2, 2006, 3:04:05 PM")), true
	case "blob":
		return out, false
	}
	return strconv.AppendFloat(out, v.Float(), 'g', -1, v.Type().Bits()), true
}

func (r recording) list(out []byte, sh *shape, v reflect.Value) (_ []byte, ok bool) {
	if v.IsNil() || sh.Member.target.Sensitive || sh.Member.target.Type == "blob" {
		return out, false
	}
	out = append(out, '[')
	for i := range v.Len() {
		if i > 0 {
			out = append(out, ',')
		}
		out = r.element(out, sh.Member.target, v.Index(i))
	}
	return append(out, ']'), true
}

func (r recording) pairs(out []byte, sh *shape, v reflect.Value) (_ []byte, ok bool) {
	if v.IsNil() || sh.Value.target.Sensitive || sh.Value.target.Type == "blob" {
		return out, false
	}
	out = append(out, '{')
	for i, k := range sortedKeys(v) {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendJSONString(out, k.String())
		out = append(out, ':')
		out = r.element(out, sh.Value.target, v.MapIndex(k))
	}
	return append(out, '}'), true
}

// element writes what keeps its place, whatever it is.
func (r recording) element(out []byte, sh *shape, v reflect.Value) []byte {
	before := len(out)
	if out, _ = r.value(out, sh, v); len(out) == before {
		out = append(out, "null"...)
	}
	return out
}
