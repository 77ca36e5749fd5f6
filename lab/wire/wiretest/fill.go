package wiretest

import (
	"fmt"
	"reflect"
	"time"
)

// filler gives every exported member of an SDK value something to carry. If
// full, all values are distinct, and lists and maps have two elements;
// otherwise all are present and empty: pointers to zero values, lists and maps
// without elements. Only enums are never empty, which to the SDK means absent.
type filler struct {
	full  bool
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
		v.Set(reflect.ValueOf(time.UnixMilli(1_700_000_000_123 + int64(f.count)).UTC()))
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem())
	case v.Kind() == reflect.String && v.Type() != reflect.TypeFor[string]():
		f.count++
		v.SetString(fmt.Sprintf("ENUM_%d", f.count))
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() && field.Name != "ResultMetadata" {
				f.fill(v.Field(i))
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
