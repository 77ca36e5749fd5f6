package wire

import (
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"github.com/aws/smithy-go"
)

// queryProtocol is AWS Query (smithy.io, "AWS Query protocol"): a form in, XML
// out.
type queryProtocol struct{}

const formType = "application/x-www-form-urlencoded"

func (queryProtocol) family() Protocol { return Query }

func (queryProtocol) paramName(m *member) string { return m.wireName() }

func (queryProtocol) route(s *Service, r *http.Request, body []byte) (string, bool) {
	form, err := queryForm(r, body)
	if err != nil {
		return "", false
	}
	op, version := form["Action"], form["Version"]
	if len(op) != 1 || op[0] == "" {
		return "", false
	}
	return op[0], len(version) == 1 && version[0] == s.meta.APIVersion
}

func (queryProtocol) noSuchOperation(s *Service, op string) *Error {
	if op == "" {
		return &Error{Code: "MissingAction", Message: "The request is missing an Action parameter.", Fault: smithy.FaultClient}
	}
	return &Error{Code: "InvalidAction", Message: "Could not find operation " + op + " for version " + s.meta.APIVersion, Fault: smithy.FaultClient}
}

// queryForm reads the parameters of a request, which stand in its body, in its
// URL, or in both.
func queryForm(r *http.Request, body []byte) (url.Values, error) {
	form, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, malformedQuery("The query string could not be parsed.")
	}
	if len(body) == 0 {
		return form, nil
	}
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if kind != formType {
		return nil, malformedQuery("The Content-Type must be " + formType + ".")
	}
	more, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, malformedQuery("The request body could not be parsed as a form.")
	}
	for name, values := range more {
		form[name] = append(form[name], values...)
	}
	return form, nil
}

func (queryProtocol) decode(_ *Service, _ *operation, b *binding, r *http.Request, body []byte, in reflect.Value) error {
	return decodeForm(&queryDecoder{protocol: Query}, b, r, body, in)
}

func decodeForm(d *queryDecoder, b *binding, r *http.Request, body []byte, in reflect.Value) error {
	form, err := queryForm(r, body)
	if err != nil {
		return err
	}
	delete(form, "Action")
	delete(form, "Version")
	if presigned(r.URL.Query()) {
		for _, name := range presignedParameters {
			delete(form, name)
		}
	}
	tree, err := paramTree(form)
	if err != nil {
		return err
	}
	if err := d.structure(b, in, tree); err != nil {
		return err
	}
	if len(d.violations) > 0 {
		return validationError(d.protocol, d.violations)
	}
	return nil
}

func (queryProtocol) encode(s *Service, op *operation, b *binding, w http.ResponseWriter, out reflect.Value, requestID string) error {
	var x xmlWriter
	x.raw(`<` + op.name + `Response xmlns="` + s.meta.XMLNamespace + `">`)
	if b != nil {
		wrapper := op.ResultWrapper
		if wrapper == "" {
			wrapper = op.name + "Result"
		}
		x.open(wrapper)
		x.value(b, out)
		x.close(wrapper)
	}
	x.raw("<ResponseMetadata>")
	x.text("RequestId", requestID)
	x.raw("</ResponseMetadata></" + op.name + "Response>")
	x.send(w, http.StatusOK, requestID)
	return nil
}

func (queryProtocol) encodeError(s *Service, w http.ResponseWriter, e *Error, requestID string) {
	status := s.status(e)
	kind := "Sender"
	if status >= http.StatusInternalServerError {
		kind = "Receiver"
	}
	var x xmlWriter
	x.raw(`<ErrorResponse xmlns="` + s.meta.XMLNamespace + `"><Error>`)
	x.text("Type", kind)
	x.text("Code", e.Code)
	if e.Message != "" {
		x.text("Message", e.Message)
	}
	for _, f := range s.errorFields(e) {
		v, _ := f.binding.value(f.value)
		x.member(&f.field, v)
	}
	x.raw("</Error>")
	x.text("RequestId", requestID)
	x.raw("</ErrorResponse>")
	x.send(w, status, requestID)
}
