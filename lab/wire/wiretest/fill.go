package wiretest

import (
	"bytes"
	"fmt"
	"io"
	"reflect"
	"slices"
	"time"

	"rekey/lab/wire"
)

// filler gives every exported member of an SDK value something to carry. If
// full, all values are distinct, and lists and maps have two elements;
// otherwise all are present and empty: pointers to zero values, lists and maps
// without elements. Only enums are never empty, which to the SDK means absent.
type filler struct {
	full   bool
	plain  bool     // texts and times are such as a header can carry
	unions []any    // a pointer to a value of every type that holds a member of a union
	never  []string // names of fields that are never empty

	count int
	depth int
}

// maxDepth stops at shapes that contain themselves.
const maxDepth = 12

func (f filler) String() string {
	if f.full {
		return "all members filled"
	}
	return "all members empty"
}

func (f *filler) fill(v reflect.Value) {
	if f.depth++; f.depth > maxDepth {
		f.depth--
		return
	}
	defer func() { f.depth-- }()
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		f.count++
		// Milliseconds are what the wire can carry.
		at := time.UnixMilli(1_700_000_000_123 + int64(f.count)*1001).UTC()
		if f.plain {
			at = at.Truncate(time.Second)
		}
		v.Set(reflect.ValueOf(at))
	case v.Kind() == reflect.Interface:
		f.dynamic(v)
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem())
	case v.Kind() == reflect.String && v.Type() != reflect.TypeFor[string]():
		f.count++
		v.SetString(fmt.Sprintf("ENUM_%d", f.count))
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if !field.IsExported() || field.Name == "ResultMetadata" {
				continue
			}
			f.fill(v.Field(i))
			if slices.Contains(f.never, field.Name) && !f.full && f.depth == 1 && field.Type == reflect.TypeFor[*string]() {
				v.Field(i).Set(reflect.ValueOf(new(fmt.Sprint("never-empty-", f.count))))
			}
		}
	case v.Kind() == reflect.Slice:
		f.slice(v)
	case v.Kind() == reflect.Map:
		f.dictionary(v)
	default:
		f.scalar(v)
	}
}

// dynamic fills what is a body, or a union, which takes the types of its members
// in turn.
func (f *filler) dynamic(v reflect.Value) {
	f.count++
	if v.Type() == reflect.TypeFor[io.Reader]() || v.Type() == reflect.TypeFor[io.ReadCloser]() {
		data := []byte{}
		if f.full {
			data = bytes.Repeat(fmt.Append(nil, "body ", f.count, "\x00\r\n"), 9999)
		}
		v.Set(reflect.ValueOf(wire.NewPayload(data)))
		return
	}
	var fitting []reflect.Type
	for _, u := range f.unions {
		if t := reflect.TypeOf(u); t.Implements(v.Type()) {
			fitting = append(fitting, t)
		}
	}
	if len(fitting) == 0 || !f.full {
		return // clients take an empty member for none
	}
	member := reflect.New(fitting[f.count%len(fitting)].Elem())
	f.fill(member.Elem())
	v.Set(member)
}

func (f *filler) slice(v reflect.Value) {
	n := 0
	if f.full {
		n = 2
	}
	s := reflect.MakeSlice(v.Type(), n, n)
	for i := range n {
		f.fill(s.Index(i))
	}
	v.Set(s)
}

func (f *filler) dictionary(v reflect.Value) {
	m := reflect.MakeMap(v.Type())
	for range 2 {
		if !f.full {
			break
		}
		key, elem := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		f.fill(key)
		f.fill(elem)
		m.SetMapIndex(key, elem)
	}
	v.Set(m)
}

func (f *filler) scalar(v reflect.Value) {
	f.count++
	if !f.full {
		return
	}
	switch v.Kind() {
	case reflect.String:
		if f.plain {
			v.SetString(fmt.Sprintf(`s%d "\/<>&'=+%%~*!()`, f.count))
			return
		}
		// Every character that one of the formats has to escape.
		v.SetString(fmt.Sprintf("s%d \"\\/<>&'\u00e9\u2028\U0001F511\t\n=+%%", f.count))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int32, reflect.Int64:
		v.SetInt(int64(f.count))
	case reflect.Uint8:
		v.SetUint(uint64(f.count % 256))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(float64(f.count) + 0.5)
	}
}
