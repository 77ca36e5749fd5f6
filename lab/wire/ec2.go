package wire

import (
	"net/http"
	"reflect"

	"github.com/aws/smithy-go"
)

// ec2Protocol is EC2 Query (smithy.io, "AWS EC2 query protocol"): a form in
// whose lists are all flat, XML out without an element around the result.
type ec2Protocol struct{ queryProtocol }

func (ec2Protocol) family() Protocol { return EC2 }

// paramName begins in upper case, and need not be the name in an answer.
func (ec2Protocol) paramName(m *member) string {
	switch {
	case m.QueryName != "":
		return m.QueryName
	case m.LocationName != "":
		return goName(m.LocationName)
	}
	return m.Name
}

func (ec2Protocol) noSuchOperation(s *Service, op string) *Error {
	if op == "" {
		return &Error{Code: "MissingAction", Message: "The request is missing an action or operation parameter.", Fault: smithy.FaultClient}
	}
	return &Error{Code: "InvalidAction", Message: "The action " + op + " is not valid for this web service.", Fault: smithy.FaultClient}
}

func (ec2Protocol) decode(_ *Service, _ *operation, b *binding, r *http.Request, body []byte, in reflect.Value) error {
	return decodeForm(&queryDecoder{protocol: EC2, flat: true}, b, r, body, in)
}

func (ec2Protocol) encode(s *Service, op *operation, b *binding, w http.ResponseWriter, out reflect.Value, requestID string) error {
	x := xmlWriter{time: longTime}
	x.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<" + op.name + `Response xmlns="` + s.meta.XMLNamespace + `">`)
	x.text("requestId", requestID)
	if b != nil {
		x.value(b, out)
	}
	x.close(op.name + "Response")
	x.send(w, http.StatusOK, requestID)
	return nil
}

func (ec2Protocol) encodeError(s *Service, w http.ResponseWriter, e *Error, requestID string) {
	var x xmlWriter
	x.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error>")
	x.text("Code", e.Code)
	x.text("Message", e.Message)
	x.raw("</Error></Errors>")
	x.text("RequestID", requestID)
	x.raw("</Response>")
	x.send(w, s.status(e), requestID)
}

// validateEC2 words what breaks the model's constraints as EC2 does (EC2 API
// Reference, "Error codes"): what is missing by its name as a parameter.
func validateEC2(b *binding, v reflect.Value) error {
	for f, at := range b.members(v) {
		value, ok := f.binding.value(at)
		if !ok && f.member.Required {
			return &Error{Code: "MissingParameter", Message: "The request must contain the parameter " + f.param, Fault: smithy.FaultClient}
		}
		if !ok {
			continue
		}
		c := checker{path: []string{f.param}}
		if c.value(f.binding, value); len(c.violations) > 0 {
			return &Error{Code: "InvalidParameterValue", Message: c.violations[0], Fault: smithy.FaultClient}
		}
	}
	return nil
}
