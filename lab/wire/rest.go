package wire

import (
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/smithy-go"
)

// restDecoder fills SDK types from the parts of a request that its operation
// binds members to (smithy.io, "HTTP binding traits"): labels of the path,
// parameters, headers. Every part that could mean something must have a place.
type restDecoder struct {
	family Protocol
	r      *http.Request
	body   []byte
	query  url.Values
}

func newRestDecoder(family Protocol, r *http.Request, body []byte) (*restDecoder, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, &Error{Code: family.pick("SerializationException", "InvalidURI"), Message: "Couldn't parse the specified URI.", Fault: smithy.FaultClient}
	}
	return &restDecoder{family: family, r: r, body: body, query: query}, nil
}

// parts fills v, of the binding's type, with all that is outside of the body.
func (d *restDecoder) parts(op *operation, b *binding, v reflect.Value) error {
	labels, _ := op.address.labels(d.r.URL.EscapedPath())
	for i := range b.fields {
		f := &b.fields[i]
		var values []string
		switch at := v.Field(f.index); f.member.Location {
		case "uri":
			values = []string{labels[f.wire]}
		case "querystring":
			if f.shape.Type == "map" {
				d.rest(op, b, at)
				continue
			}
			values = d.query[f.wire]
		case "header":
			values = headerValues(d.r, d.query, f.wire)
			if len(values) == 0 && hasPrefixFold(f.wire, checksumHeader) {
				values = d.r.Trailer.Values(f.wire)
			}
			if strings.EqualFold(f.wire, "Content-Length") {
				values = d.length()
			}
		case "headers":
			d.prefixed(f, at)
			continue
		}
		if len(values) == 0 {
			continue
		}
		if err := d.set(f, v.Field(f.index), values); err != nil {
			return err
		}
	}
	return d.strangers(op, b)
}

// length is the size of the content, where the client has told one.
func (d *restDecoder) length() []string {
	if d.r.ContentLength < 0 || d.r.ContentLength == 0 && d.r.Header.Get("Content-Length") == "" {
		return nil
	}
	return []string{strconv.Itoa(len(d.body))}
}

// set fills one member. Only lists have several values; in a header they may be
// in one line, between commas.
func (d *restDecoder) set(f *field, v reflect.Value, values []string) error {
	if f.shape.Type != "list" {
		if len(values) > 1 {
			return d.refuse(f.wire, values[1], "is given twice")
		}
		return d.setOne(f, f.binding, v, values[0])
	}
	if f.member.Location == "header" {
		if values = splitList(values); len(values) == 1 && values[0] == "" {
			values = nil
		}
	}
	v = f.binding.target(v)
	v.Set(reflect.MakeSlice(f.typ, 0, len(values)))
	for _, value := range values {
		elem := reflect.New(f.typ.Elem()).Elem()
		if err := d.setOne(f, f.elem, elem, value); err != nil {
			return err
		}
		v.Set(reflect.Append(v, elem))
	}
	return nil
}

func (d *restDecoder) setOne(f *field, b *binding, v reflect.Value, value string) error {
	if value == "" && b.shape.Enum != nil {
		return d.refuse(f.wire, value, "is none of its values")
	}
	if err := setText(b, b.target(v), value, f.member.timestampFormat(iso8601)); err != nil {
		if b.shape.Type == "string" {
			return notImplemented(f.wire) // AWS takes any text, and the SDK's type does not
		}
		return d.refuse(f.wire, value, err.Error())
	}
	return nil
}

// splitList gives the values of a list that stands in headers, each line with
// values between commas.
func splitList(lines []string) (values []string) {
	for _, line := range lines {
		for value := range strings.SplitSeq(line, ",") {
			values = append(values, strings.TrimSpace(value))
		}
	}
	return values
}

// prefixed fills a map with the headers whose names begin in one way, under what
// is left of their names. Those of one name become one value (S3 User Guide,
// "Working with object metadata").
func (d *restDecoder) prefixed(f *field, v reflect.Value) {
	m := reflect.MakeMap(f.typ)
	put := func(name string, values []string) {
		if rest, ok := cutPrefixFold(name, f.wire); ok && rest != "" {
			m.SetMapIndex(reflect.ValueOf(strings.ToLower(rest)), reflect.ValueOf(strings.Join(values, ",")))
		}
	}
	for name, values := range d.r.Header {
		put(name, values)
	}
	if presigned(d.query) {
		for name, values := range d.query {
			put(name, values)
		}
	}
	if m.Len() > 0 {
		v.Set(m)
	}
}

// rest fills a map with the parameters that are not bound to another member.
func (d *restDecoder) rest(op *operation, b *binding, v reflect.Value) {
	m := reflect.MakeMap(v.Type())
	for name, values := range d.query {
		if !d.bound(op, b, name) && v.Type().Elem().Kind() == reflect.String {
			m.SetMapIndex(reflect.ValueOf(name), reflect.ValueOf(values[0]))
		}
	}
	if m.Len() > 0 {
		v.Set(m)
	}
}

// strangers refuses parameters, and headers of AWS's, that nothing is bound to.
func (d *restDecoder) strangers(op *operation, b *binding) error {
	takesRest := slices.ContainsFunc(b.fields, func(f field) bool { return f.member.Location == "querystring" && f.shape.Type == "map" })
	for _, name := range sortedNames(d.query) {
		if !takesRest && !d.bound(op, b, name) {
			return d.unknown(b, "parameter", name)
		}
	}
	if id := d.query.Get("x-id"); id != "" && id != op.name {
		return d.misplaced(id, op)
	}
	for _, name := range sortedNames(d.r.Header) {
		if d.family == RestXML && op.Method != http.MethodGet && op.Method != http.MethodHead && slices.Contains(conditional, name) && !d.boundHeader(op, b, name) {
			return notImplemented(name) // never done in spite of a condition
		}
		if hasPrefixFold(name, "x-amz-") && !plumbing(name) && !d.boundHeader(op, b, name) {
			return d.unknown(b, "header", strings.ToLower(name))
		}
	}
	return nil
}

// conditional are the headers of HTTP that make a request depend on what is
// there.
var conditional = []string{"If-Match", "If-Modified-Since", "If-None-Match", "If-Unmodified-Since"}

// misplaced refuses a request whose SDK means another operation than its address
// does: one in the virtual-hosted style, to a host that does not tell so.
func (d *restDecoder) misplaced(id string, op *operation) *Error {
	return &Error{
		Code: "NotImplemented", Message: "x-id is " + id + ", but the address is that of " + op.name + ": the lab serves addresses in path style only",
		Status: http.StatusNotImplemented, Fault: smithy.FaultClient,
	}
}

// bound says whether a parameter means something to an operation.
func (d *restDecoder) bound(op *operation, b *binding, name string) bool {
	if name == "x-id" || slices.ContainsFunc(op.address.literals, func(l [2]string) bool { return l[0] == name }) {
		return true
	}
	if presigned(d.query) && (slices.Contains(presignedParameters, name) || hasPrefixFold(name, "x-amz-") && (plumbing(name) || d.boundHeader(op, b, name))) {
		return true
	}
	return slices.ContainsFunc(b.fields, func(f field) bool {
		return f.member.Location == "querystring" && f.shape.Type != "map" && f.wire == name
	})
}

func (d *restDecoder) boundHeader(op *operation, b *binding, name string) bool {
	if _, ok := cutPrefixFold(name, checksumHeader); ok && d.family == RestXML && (op.streams() || op.inputShape.header("x-amz-sdk-checksum-algorithm") != nil) && !slices.ContainsFunc(b.beyond, func(m string) bool { return strings.EqualFold(m, name) }) {
		return true
	}
	return slices.ContainsFunc(b.fields, func(f field) bool {
		return f.member.Location == "header" && strings.EqualFold(f.wire, name) || f.member.Location == "headers" && hasPrefixFold(name, f.wire)
	})
}

// plumbing are the headers that concern the signature, the transfer or the
// client, and not the operation.
func plumbing(name string) bool {
	name = strings.ToLower(name)
	switch name {
	case "x-amz-date", "x-amz-content-sha256", "x-amz-security-token", "x-amz-user-agent", "x-amz-decoded-content-length", "x-amz-trailer":
		return true
	}
	return strings.HasPrefix(name, "x-amz-sdk-")
}

// headerValues gives the values of a header. A presigned request may have it
// among its parameters instead: its signer moved it there.
func headerValues(r *http.Request, query url.Values, name string) []string {
	values := slices.Clone(r.Header.Values(name))
	if !hasPrefixFold(name, "x-amz-") || !presigned(query) {
		return values
	}
	for parameter, more := range query {
		if strings.EqualFold(parameter, name) {
			values = append(values, more...)
		}
	}
	return values
}

// refuse is the error for a part that does not fit its place. S3 quotes it, and
// nothing secret stands there; other services are told no value.
func (d *restDecoder) refuse(name, value, why string) *Error {
	if d.family == RestJSON {
		return serialization("'" + name + "' " + why + ".")
	}
	message := "The value of " + name + " " + why + "."
	if why == "must be an integer" {
		message = "Provided " + name + " not an integer or within integer range"
	}
	return &Error{Code: "InvalidArgument", Message: message, Fault: smithy.FaultClient, Details: []Detail{{"ArgumentName", name}, {"ArgumentValue", value}}}
}

// unknown is the error for a part that has no place. S3 has it for headers that
// it knows and does not take (recorded: Header x-amz-if-match-size); of others
// AWS says nothing, and does nothing.
func (d *restDecoder) unknown(b *binding, kind, name string) *Error {
	if kind == "header" && d.family == RestXML {
		return notImplemented(name)
	}
	return &Error{Code: "NotImplemented", Message: b.unknown(kind, name), Status: http.StatusNotImplemented, Fault: smithy.FaultClient}
}

func notImplemented(header string) *Error {
	return &Error{
		Code: "NotImplemented", Message: "A header you provided implies functionality that is not implemented", Status: http.StatusNotImplemented,
		Fault: smithy.FaultClient, Details: []Detail{{"Header", header}},
	}
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if !hasPrefixFold(s, prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

func sortedNames(m map[string][]string) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// presignedParameters are those of Signature Version 4 in a query string.
var presignedParameters = []string{
	"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature", "X-Amz-Security-Token",
}

// presigned says whether a query string has a signature.
func presigned(query url.Values) bool { return query.Has("X-Amz-Signature") }
