package cloudformation

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// bind fills a Go value with a template's one, by the names of fields or their
// tag cfn. A member that the Go type lacks is an error; strings, numbers and
// booleans stand for each other as CloudFormation takes them. A field of type any
// takes everything. path is where the value stands, for errors.
func bind(path string, v any, into any) error {
	return bindValue(path, v, reflect.ValueOf(into).Elem())
}

var timeType = reflect.TypeFor[time.Time]()

func bindValue(path string, v any, to reflect.Value) error {
	switch {
	case v == nil: // recorded wording
		return fmt.Errorf("[/%s] 'null' values are not allowed in templates", path)
	case to.Kind() == reflect.Interface:
		to.Set(reflect.ValueOf(v))
		return nil
	case to.Kind() == reflect.Pointer:
		to.Set(reflect.New(to.Type().Elem()))
		return bindValue(path, v, to.Elem())
	case to.Type() == timeType:
		return bindTime(path, v, to)
	}
	switch to.Kind() {
	case reflect.Struct:
		return bindStruct(path, v, to)
	case reflect.Map:
		return bindMap(path, v, to)
	case reflect.Slice:
		return bindSlice(path, v, to)
	}
	return bindScalar(path, v, to)
}

func bindStruct(path string, v any, to reflect.Value) error {
	m, ok := v.(map[string]any)
	if !ok {
		return wrong(path, v, "an object")
	}
	fields := fieldsOf(to.Type())
	for _, name := range slices.Sorted(maps.Keys(m)) {
		index, known := fields[name]
		if !known {
			return unknownMember(join(path, name), fields)
		}
		if err := bindValue(join(path, name), m[name], to.Field(index)); err != nil {
			return err
		}
	}
	return nil
}

func unknownMember(path string, fields map[string]int) error {
	return fmt.Errorf("%s: not known here; known are %s", path, strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
}

// fieldsOf gives a struct's fields by the names that templates have for them.
func fieldsOf(t reflect.Type) map[string]int {
	fields := map[string]int{}
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() || f.Anonymous {
			continue
		}
		name := f.Name
		if tag := f.Tag.Get("cfn"); tag != "" {
			name = tag
		}
		fields[name] = i
	}
	return fields
}

func bindMap(path string, v any, to reflect.Value) error {
	m, ok := v.(map[string]any)
	if !ok {
		return wrong(path, v, "an object")
	}
	to.Set(reflect.MakeMapWithSize(to.Type(), len(m)))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		e := reflect.New(to.Type().Elem()).Elem()
		if err := bindValue(join(path, name), m[name], e); err != nil {
			return err
		}
		to.SetMapIndex(reflect.ValueOf(name), e)
	}
	return nil
}

func bindSlice(path string, v any, to reflect.Value) error {
	l, ok := v.([]any)
	if !ok {
		return wrong(path, v, "a list")
	}
	to.Set(reflect.MakeSlice(to.Type(), len(l), len(l)))
	for i, e := range l {
		if err := bindValue(join(path, strconv.Itoa(i)), e, to.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

func bindTime(path string, v any, to reflect.Value) error {
	s, ok := v.(string)
	at, err := time.Parse(time.RFC3339, s)
	if !ok || err != nil {
		return wrong(path, v, "a time such as 2006-01-02T15:04:05Z")
	}
	to.Set(reflect.ValueOf(at))
	return nil
}

func bindScalar(path string, v any, to reflect.Value) error {
	s, ok := scalar(v)
	if !ok {
		return wrong(path, v, "a "+kindName(to.Kind()))
	}
	switch to.Kind() {
	case reflect.String:
		to.SetString(s)
		return nil
	case reflect.Bool:
		if s == "true" || s == "false" {
			to.SetBool(s == "true")
			return nil
		}
	case reflect.Int, reflect.Int32, reflect.Int64:
		if n, err := strconv.ParseInt(s, 10, to.Type().Bits()); err == nil {
			to.SetInt(n)
			return nil
		}
	case reflect.Float32, reflect.Float64:
		if n, err := strconv.ParseFloat(s, to.Type().Bits()); err == nil {
			to.SetFloat(n)
			return nil
		}
	}
	return wrong(path, v, "a "+kindName(to.Kind()))
}

// scalar gives a string, number or boolean as text.
func scalar(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case json.Number:
		return v.String(), true
	}
	return "", false
}

func kindName(k reflect.Kind) string {
	switch k {
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	}
	return "number"
}

func wrong(path string, v any, want string) error {
	text, err := json.Marshal(v)
	if err != nil || len(text) > 100 {
		text = fmt.Appendf(nil, "a %T", v)
	}
	return fmt.Errorf("%s: %s is not %s", path, text, want)
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "/" + name
}
