package wire

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"reflect"
	"strings"
)

// errXML is any way in which a document is not the one that was asked for. S3
// tells no reasons.
var errXML = errors.New("not the XML that is taken here")

const xsi = "http://www.w3.org/2001/XMLSchema-instance"

// xmlDecoder fills SDK types from an XML document. Every element must have a
// place in the model, and be there once.
type xmlDecoder struct {
	tokens    *xml.Decoder
	namespace string // of the elements, which may also have none
	depth     int
}

// decodeXML fills v, which is of the binding's Go type without its pointer, from
// a document whose root element has the given name. The error is errXML.
func decodeXML(data []byte, root, namespace string, b *binding, v reflect.Value) error {
	d := xmlDecoder{tokens: xml.NewDecoder(bytes.NewReader(data)), namespace: namespace}
	start, err := d.root()
	if err != nil || start.Name.Local != root || !d.known(start.Name) {
		return errXML
	}
	if err := d.element(b, v, start); err != nil {
		return err
	}
	for {
		switch t, err := d.tokens.Token(); {
		case err == io.EOF:
			return nil
		case err != nil || !blank(t):
			return errXML
		}
	}
}

// root skips to the first element.
func (d *xmlDecoder) root() (xml.StartElement, error) {
	for {
		t, err := d.tokens.Token()
		if err != nil {
			return xml.StartElement{}, errXML
		}
		switch t := t.(type) {
		case xml.StartElement:
			return t, nil
		case xml.ProcInst:
			if t.Target != "xml" {
				return xml.StartElement{}, errXML
			}
		default:
			if !blank(t) {
				return xml.StartElement{}, errXML
			}
		}
	}
}

// blank says whether a token between elements means nothing.
func blank(t xml.Token) bool {
	switch t := t.(type) {
	case xml.Comment:
		return true
	case xml.CharData:
		return len(bytes.TrimSpace(t)) == 0
	}
	return false
}

func (d *xmlDecoder) known(n xml.Name) bool { return n.Space == "" || n.Space == d.namespace }

// element decodes what is in an element that has just begun, up to its end.
func (d *xmlDecoder) element(b *binding, v reflect.Value, start xml.StartElement) error {
	if d.depth++; d.depth > maxDepth {
		return errXML
	}
	defer func() { d.depth-- }()
	switch b.shape.Type {
	case "structure":
		return d.structure(b, v, start)
	case "list":
		v.Set(reflect.MakeSlice(b.typ, 0, 0)) // an empty list is not an absent one
		name := itemName(b.shape.Member, "member")
		return d.children(func(child xml.StartElement) error {
			if child.Name.Local != name {
				return errXML
			}
			return d.item(b, v, child)
		})
	case "map":
		return errXML // no REST-XML service here takes one
	}
	value, err := d.text(start)
	if err != nil {
		return err
	}
	if b.shape.Type != "string" {
		value = strings.TrimSpace(value)
	}
	if value == "" && b.shape.Enum != nil || setText(b, v, value, timestampOf(b.shape)) != nil {
		return errXML
	}
	return nil
}

func timestampOf(sh *shape) string {
	if sh.TimestampFormat != "" {
		return sh.TimestampFormat
	}
	return iso8601
}

func (d *xmlDecoder) item(b *binding, v reflect.Value, start xml.StartElement) error {
	elem := reflect.New(b.typ.Elem()).Elem()
	if err := d.element(b.elem, b.elem.target(elem), start); err != nil {
		return err
	}
	v.Set(reflect.Append(v, elem))
	return nil
}

func (d *xmlDecoder) structure(b *binding, v reflect.Value, start xml.StartElement) error {
	if err := d.attributes(b, v, start); err != nil {
		return err
	}
	seen := map[int]bool{}
	err := d.children(func(child xml.StartElement) error {
		i, ok := b.byName[child.Name.Local]
		if !ok || b.fields[i].member.XMLAttribute || b.union() && len(seen) > 0 {
			return errXML
		}
		f := &b.fields[i]
		again := seen[i]
		seen[i] = true
		if (f.member.Flattened || f.shape.Flattened) && f.shape.Type == "list" {
			at := v.Field(f.index)
			if !again {
				at.Set(reflect.MakeSlice(f.typ, 0, 1))
			}
			return d.item(f.binding, at, child)
		}
		if again {
			return errXML
		}
		return d.element(f.binding, f.binding.target(b.at(f, v)), child)
	})
	if err == nil && b.union() && len(seen) == 0 {
		return errXML
	}
	return err
}

// attributes fills the members that are attributes. Others are refused, but for
// declarations of namespaces.
func (d *xmlDecoder) attributes(b *binding, v reflect.Value, start xml.StartElement) error {
	for _, a := range start.Attr {
		if a.Name.Space == "xmlns" || a.Name.Space == "" && a.Name.Local == "xmlns" {
			continue
		}
		i, ok := b.byName["xsi:"+a.Name.Local]
		if !ok || a.Name.Space != xsi || !b.fields[i].member.XMLAttribute {
			return errXML
		}
		f := &b.fields[i]
		if a.Value == "" || setText(f.binding, f.binding.target(v.Field(f.index)), a.Value, iso8601) != nil {
			return errXML
		}
	}
	return nil
}

// children calls each with the elements up to the end of the present one, each
// of which it must decode up to its end.
func (d *xmlDecoder) children(each func(xml.StartElement) error) error {
	for {
		t, err := d.tokens.Token()
		if err != nil {
			return errXML
		}
		switch t := t.(type) {
		case xml.EndElement:
			return nil
		case xml.StartElement:
			if !d.known(t.Name) {
				return errXML
			}
			if err := each(t); err != nil {
				return err
			}
		default:
			if !blank(t) {
				return errXML
			}
		}
	}
}

// text gives the text of an element that has no elements.
func (d *xmlDecoder) text(start xml.StartElement) (string, error) {
	for _, a := range start.Attr {
		if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" {
			return "", errXML
		}
	}
	var text []byte
	for {
		t, err := d.tokens.Token()
		if err != nil {
			return "", errXML
		}
		switch t := t.(type) {
		case xml.EndElement:
			return string(text), nil
		case xml.CharData:
			text = append(text, t...)
		case xml.Comment:
		default:
			return "", errXML
		}
	}
}
