package wire

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"maps"
	"net/http"
	"reflect"
	"strings"

	"github.com/aws/smithy-go"
)

// restXML is AWS restXml (smithy.io, "AWS restXml protocol") with the ways of
// S3, the only service here that speaks it: its errors, its checksums, and its
// addresses in path style.
type restXML struct{}

const s3Namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

// MaxUpload is the size of the longest body of one request to S3 (S3 User Guide,
// "Uploading objects").
const MaxUpload = 5 << 30

func (restXML) family() Protocol { return RestXML }

func (restXML) paramName(m *member) string { return m.wireName() }

// route also knows what S3 has beside its operations: uploads by HTML forms and
// CORS preflights, which no model describes.
func (restXML) route(s *Service, r *http.Request, _ []byte) (string, bool) {
	if name, ok := s.find(r, r.URL.Query()); ok {
		return name, true
	}
	switch {
	case r.Method == http.MethodOptions:
		return "OptionsObject", true
	case r.Method == http.MethodPost && strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data"):
		return "PostObject", true
	}
	return "", false
}

func (restXML) noSuchOperation(_ *Service, op string) *Error {
	if op != "" {
		return &Error{Code: "NotImplemented", Message: "the lab does not implement s3 " + op, Status: http.StatusNotImplemented}
	}
	return &Error{Code: "MethodNotAllowed", Message: "The specified method is not allowed against this resource.", Fault: smithy.FaultClient}
}

func (restXML) decode(_ *Service, op *operation, b *binding, r *http.Request, body []byte, in reflect.Value) error {
	d, err := newRestDecoder(RestXML, r, body)
	if err != nil {
		return err
	}
	if err := anonymousOverride(r); err != nil {
		return err
	}
	if err := d.parts(op, b, in); err != nil {
		return err
	}
	if err := verifyChecksums(op, r, body); err != nil {
		return err
	}
	return decodeXMLBody(op, b, body, in)
}

// anonymousOverride refuses to set headers of the answer to a request that
// nobody signed (API Reference, GetObject).
func anonymousOverride(r *http.Request) error {
	query := r.URL.Query()
	if r.Header.Get("Authorization") != "" || presigned(query) {
		return nil
	}
	for name := range query {
		if strings.HasPrefix(name, "response-") {
			return invalidRequest("Request specific response headers cannot be used for anonymous GET requests.")
		}
	}
	return nil
}

func decodeXMLBody(op *operation, b *binding, body []byte, in reflect.Value) error {
	f := b.payload()
	if f == nil || !f.member.Streaming {
		if len(body) > MaxBody {
			return &Error{Code: "EntityTooLarge", Message: "Your proposed upload exceeds the maximum allowed size", Fault: smithy.FaultClient}
		}
	}
	switch {
	case f != nil && f.member.Streaming:
		in.Field(f.index).Set(reflect.ValueOf(NewPayload(body)))
	case len(body) == 0:
	case f != nil && f.shape.Type != "structure":
		f.target(in.Field(f.index)).SetString(string(body))
	case f != nil:
		target := f.target(in.Field(f.index))
		if decodeXML(body, f.wire, s3Namespace, f.binding, target) != nil {
			return malformedXML(f.shape)
		}
	case op.LocationName != "":
		if decodeXML(body, op.LocationName, s3Namespace, b, in) != nil {
			return malformedXML(b.shape)
		}
	default:
		return &Error{Code: "UnexpectedContent", Message: "This request does not support content", Fault: smithy.FaultClient}
	}
	return nil
}

// payload gives the field that is the body, or nil.
func (b *binding) payload() *field {
	for i := range b.fields {
		if b.shape.Payload != "" && b.fields[i].member.Name == b.shape.Payload {
			return &b.fields[i]
		}
	}
	return nil
}

// malformedXML has a code of its own for access control lists, as recorded.
func malformedXML(sh *shape) *Error {
	code := "MalformedXML"
	if sh.name == "AccessControlPolicy" {
		code = "MalformedACLError"
	}
	return &Error{Code: code, Message: "The XML you provided was not well-formed or did not validate against our published schema", Fault: smithy.FaultClient}
}

func (restXML) encode(_ *Service, op *operation, b *binding, w http.ResponseWriter, out reflect.Value, requestID string) error {
	h := w.Header()
	s3Headers(h, requestID)
	status := encodeParts(h, op, b, out)
	if h.Get("Content-Range") != "" { // the model does not know that status
		status = http.StatusPartialContent
	}
	if b == nil || op.Method == http.MethodHead {
		noContentType(h)
		w.WriteHeader(status)
		return nil
	}
	f := b.payload()
	if f != nil && f.shape.EventStream {
		return errors.New("wire: event streams are not encoded")
	}
	if f != nil && f.shape.Type != "structure" {
		noContentType(h)
		return sendPayload(w, status, f, out.Field(f.index))
	}
	body := xmlWriter{time: longTime}
	body.root(op, b, f, out)
	if body.buf.Len() == 0 {
		noContentType(h)
		w.WriteHeader(status)
		return nil
	}
	h.Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = w.Write(body.buf.Bytes()) // a client that hung up is not ours to report
	return nil
}

// root writes the document of an answer, or nothing where it has none.
func (x *xmlWriter) root(op *operation, b *binding, payload *field, out reflect.Value) {
	name, inner, v := op.Root, b, out
	switch {
	case payload != nil:
		value, ok := payload.value(out.Field(payload.index))
		if !ok {
			return
		}
		name, inner, v = payload.wire, payload.binding, value
	case !b.hasBody():
		return
	case name == "":
		name = b.shape.name
	}
	x.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<" + name + ` xmlns="` + s3Namespace + `"`)
	x.attributes(inner, v)
	x.raw(">")
	if op.Unwrapped {
		for f, at := range inner.members(v) {
			if value, ok := f.binding.value(at); ok {
				x.value(f.binding, value)
			}
		}
	} else {
		x.value(inner, v)
	}
	x.close(name)
}

func (b *binding) hasBody() bool {
	for i := range b.fields {
		if b.fields[i].inBody(b) {
			return true
		}
	}
	return false
}

// sendPayload sends a body that is a member as it stands: a text, or bytes.
func sendPayload(w http.ResponseWriter, status int, f *field, v reflect.Value) error {
	value, ok := f.value(v)
	if !ok {
		w.WriteHeader(status)
		return nil
	}
	h := w.Header()
	if body, ok := value.Interface().(io.ReadCloser); ok {
		if p, ok := body.(*Payload); ok && h.Get("Content-Length") == "" {
			h.Set("Content-Length", text(lengthOf, reflect.ValueOf(p.Size()), ""))
		}
		w.WriteHeader(status)
		sendBody(w, body)
		return nil
	}
	var data []byte
	if f.shape.Type == "blob" {
		data = value.Bytes()
	} else {
		data = []byte(value.String())
		h.Set("Content-Type", "application/json") // a policy, the only text that S3 answers
	}
	w.WriteHeader(status)
	_, _ = w.Write(data) // a client that hung up is not ours to report
	return nil
}

var lengthOf = &binding{shape: &shape{Type: "long"}}

// noContentType keeps net/http from guessing the type of a body from its bytes.
func noContentType(h http.Header) {
	if _, ok := h["Content-Type"]; !ok {
		h["Content-Type"] = nil
	}
}

// s3Headers are on every answer of S3 ("Common response headers"). The second is
// opaque; here it follows from the first.
func s3Headers(h http.Header, requestID string) {
	h.Set("X-Amz-Request-Id", requestID)
	h.Set("X-Amz-Id-2", hostID(requestID))
}

func hostID(requestID string) string {
	digest := sha256.Sum256([]byte(requestID))
	return base64.StdEncoding.EncodeToString(digest[:])
}

func (restXML) encodeError(s *Service, w http.ResponseWriter, e *Error, requestID string) {
	status := s.status(e)
	h := w.Header()
	s3Headers(h, requestID)
	maps.Copy(h, e.Header)
	if status == http.StatusNotModified {
		w.WriteHeader(status)
		return
	}
	var x xmlWriter
	x.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>")
	x.text("Code", e.Code)
	if e.Message != "" {
		x.text("Message", e.Message)
	}
	for _, f := range s.errorFields(e) {
		v, _ := f.binding.value(f.value)
		x.member(&f.field, v)
	}
	for _, d := range s.details(e) {
		x.text(d.Name, d.Value)
	}
	x.text("RequestId", requestID)
	x.text("HostId", hostID(requestID))
	x.raw("</Error>")
	h.Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = w.Write(x.buf.Bytes()) // a client that hung up is not ours to report
}
