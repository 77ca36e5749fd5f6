package wire

import (
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/smithy-go"
)

// param is one node of the tree that the dotted names of a form spell:
// Tags.member.1.Key is four levels deep.
type param struct {
	value string
	given bool // there is a parameter with exactly this name
	kids  map[string]*param
}

func paramTree(form url.Values) (*param, error) {
	top := &param{}
	for name, values := range form {
		if len(values) != 1 {
			return nil, malformedQuery("Parameter " + quoteName(name) + " is given twice.")
		}
		if strings.Count(name, ".") >= maxDepth {
			return nil, malformedQuery("Parameter " + quoteName(name) + " is nested too deeply.")
		}
		at := top
		for _, part := range strings.Split(name, ".") {
			at = at.kid(part)
		}
		at.value, at.given = values[0], true
	}
	return top, nil
}

func (p *param) kid(name string) *param {
	if p.kids == nil {
		p.kids = map[string]*param{}
	}
	if p.kids[name] == nil {
		p.kids[name] = &param{}
	}
	return p.kids[name]
}

// empty: a list without elements is written as a name without a value.
func (p *param) empty() bool { return p.given && p.value == "" && p.kids == nil }

// queryDecoder fills SDK types from the parameters of a form. Each parameter
// must have a place in the model.
type queryDecoder struct {
	protocol   Protocol
	flat       bool // all lists are
	path       []string
	violations []string // found in decoding, because the Go type cannot hold them
}

func (d *queryDecoder) structure(b *binding, v reflect.Value, p *param) error {
	if p.given {
		return d.refuse("is a structure and takes no value of its own")
	}
	for _, name := range slices.Sorted(maps.Keys(p.kids)) {
		if _, ok := b.byParam[name]; !ok && !slices.Contains(b.ignored, name) {
			return d.unknown(b, strings.Join(append(d.path, name), "."))
		}
	}
	// In the model's order, so that of several mistakes the same one is told.
	for i := range b.fields {
		f := &b.fields[i]
		kid := p.kids[f.param]
		if kid == nil {
			continue
		}
		d.path = append(d.path, f.param)
		if err := d.value(f.binding, b.at(f, v), kid, d.flat || f.member.Flattened || f.shape.Flattened); err != nil {
			return err
		}
		d.path = d.path[:len(d.path)-1]
	}
	return nil
}

func (d *queryDecoder) value(b *binding, v reflect.Value, p *param, flat bool) error {
	v = b.target(v)
	switch b.shape.Type {
	case "structure":
		return d.structure(b, v, p)
	case "list":
		return d.list(b, v, p, flat)
	case "map":
		return d.dictionary(b, v, p, flat)
	}
	if p.kids != nil {
		return d.refuse("is a single value")
	}
	return d.scalar(b, v, p.value)
}

func (d *queryDecoder) list(b *binding, v reflect.Value, p *param, flat bool) error {
	v.Set(reflect.MakeSlice(b.typ, 0, 0)) // an empty list is not an absent one
	name := itemName(b.shape.Member, "member")
	if flat {
		name = ""
	}
	return d.items(p, name, func(item *param) error {
		elem := reflect.New(b.typ.Elem()).Elem()
		if err := d.value(b.elem, elem, item, false); err != nil {
			return err
		}
		v.Set(reflect.Append(v, elem))
		return nil
	})
}

func (d *queryDecoder) dictionary(b *binding, v reflect.Value, p *param, flat bool) error {
	m := reflect.MakeMap(b.typ)
	v.Set(m)
	name := "entry"
	if flat {
		name = ""
	}
	keyName, valueName := itemName(b.shape.Key, "key"), itemName(b.shape.Value, "value")
	return d.items(p, name, func(item *param) error {
		k, val := item.kids[keyName], item.kids[valueName]
		if item.given || k == nil || val == nil || len(item.kids) != 2 || k.kids != nil {
			return d.refuse("must have a " + keyName + " and a " + valueName)
		}
		key, elem := reflect.New(b.typ.Key()).Elem(), reflect.New(b.typ.Elem()).Elem()
		key.SetString(k.value)
		if m.MapIndex(key).IsValid() {
			return d.refuse("has a key that was given before")
		}
		if err := d.value(b.elem, elem, val, false); err != nil {
			return err
		}
		m.SetMapIndex(key, elem)
		return nil
	})
}

// items calls each with the elements of a list, which are numbered from 1
// without a gap, under a level of the given name if there is one.
func (d *queryDecoder) items(p *param, name string, each func(*param) error) error {
	if p.empty() {
		return nil
	}
	depth := len(d.path)
	defer func() { d.path = d.path[:depth] }()
	if name != "" {
		inner := p.kids[name]
		if p.given || inner == nil || len(p.kids) != 1 {
			return d.refuse("takes elements named " + name + ".1, " + name + ".2 and so on")
		}
		p, d.path = inner, append(d.path, name)
	}
	if p.given {
		return d.refuse("takes numbered elements")
	}
	for i := range len(p.kids) {
		n := strconv.Itoa(i + 1)
		item := p.kids[n]
		if item == nil {
			return d.refuse("takes elements numbered from 1 without a gap")
		}
		d.path = append(d.path, n)
		if err := each(item); err != nil {
			return err
		}
		d.path = d.path[:len(d.path)-1]
	}
	return nil
}

func (d *queryDecoder) scalar(b *binding, v reflect.Value, text string) error {
	if err := setText(b, v, text, iso8601); err != nil {
		return d.refuse(err.Error())
	}
	if text == "" && b.shape.Type == "string" && b.shape.Enum != nil && !b.pointer {
		d.violations = append(d.violations, violation("''", lowerFirst(d.path[len(d.path)-1]), enumConstraint(b.shape)))
	}
	return nil
}

// unknown is the error for a parameter that has no place in the model.
func (d *queryDecoder) unknown(b *binding, name string) *Error {
	code := "InvalidQueryParameter"
	if d.protocol == EC2 {
		code = "UnknownParameter"
	}
	return &Error{Code: code, Message: b.unknown("parameter", name), Fault: smithy.FaultClient}
}

// refuse is the error for a parameter that has a place in the model and does
// not fit it. STS answers MalformedInput to a DurationSeconds that is not a
// number. The value is not quoted: it may be a secret.
func (d *queryDecoder) refuse(why string) *Error {
	code := "MalformedInput"
	if d.protocol == EC2 {
		code = "InvalidParameterValue"
	}
	return &Error{Code: code, Message: "Parameter " + quoteName(strings.Join(d.path, ".")) + " " + why + ".", Fault: smithy.FaultClient}
}

// malformedQuery: 404 is what the IAM API Reference, "Common Error Types", gives
// as its status.
func malformedQuery(message string) *Error {
	return &Error{Code: "MalformedQueryString", Message: message, Status: 404, Fault: smithy.FaultClient}
}
