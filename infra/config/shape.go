package config

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
)

// checkShape compares JSON with the type that it is read into, and names each
// field that is not there, or is something else. encoding/json takes a name in
// another case, and stops at the first mistake, whose place it does not tell.
func (p *problems) checkShape(field string, given any, want reflect.Type) {
	wanted := map[reflect.Kind]string{
		reflect.Struct: "an object", reflect.Map: "an object", reflect.Slice: "a list", reflect.String: "a text",
		reflect.Bool: "true or false", reflect.Int: "a whole number",
	}[want.Kind()]
	switch g := given.(type) {
	case map[string]any:
		if want.Kind() == reflect.Struct {
			p.checkFields(field, g, want)
			return
		}
		if want.Kind() == reflect.Map {
			for _, name := range sorted(g) {
				p.checkShape(within(field, name), g[name], want.Elem())
			}
			return
		}
	case []any:
		if want.Kind() == reflect.Slice {
			for i, e := range g {
				p.checkShape(fmt.Sprintf("%s[%d]", field, i), e, want.Elem())
			}
			return
		}
	case string:
		if want.Kind() == reflect.String {
			return
		}
	case bool:
		if want.Kind() == reflect.Bool {
			return
		}
	case float64:
		if want.Kind() == reflect.Int && g == math.Trunc(g) && math.Abs(g) < 1<<31 {
			return
		}
	}
	if field == "" {
		field = "rekey"
	}
	p.add(field, "%s stands where %s belongs", shown(given), wanted)
}

func (p *problems) checkFields(field string, given map[string]any, want reflect.Type) {
	var names []string
	for f := range want.Fields() {
		names = append(names, f.Tag.Get("json"))
	}
	for _, name := range sorted(given) {
		i := slices.Index(names, name)
		if i < 0 {
			p.add(within(field, name), "there is no field of this name: they are %s", strings.Join(names, ", "))
			continue
		}
		p.checkShape(within(field, name), given[name], want.Field(i).Type)
	}
}

func within(field, name string) string {
	if field == "" {
		return name
	}
	return field + "." + name
}

func sorted(m map[string]any) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// shown says what JSON is, in a few words.
func shown(given any) string {
	switch g := given.(type) {
	case map[string]any:
		return "an object"
	case []any:
		return "a list"
	case nil:
		return "null"
	case string:
		return fmt.Sprintf("the text %.60q", g)
	}
	return fmt.Sprint(given)
}
