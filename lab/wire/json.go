package wire

import (
	"net/http"
	"reflect"
	"strings"

	"github.com/aws/smithy-go"
)

// jsonProtocol is AWS JSON 1.0 and 1.1 (smithy.io, "AWS JSON 1.1 protocol").
type jsonProtocol struct{}

const jsonType = "application/x-amz-json-"

func (jsonProtocol) family() Protocol { return JSON }

func (jsonProtocol) paramName(m *member) string { return m.wireName() }

func (jsonProtocol) route(s *Service, r *http.Request, _ []byte) (string, bool) {
	target, want := r.Header.Get("X-Amz-Target"), s.meta.TargetPrefix
	dot := strings.LastIndexByte(target, '.')
	if dot < 0 || dot == len(target)-1 {
		return "", false
	}
	// Of a prefix with a package, as CloudTrail's, SDKs send only the end.
	prefix := target[:dot]
	return target[dot+1:], prefix == want || prefix == want[strings.LastIndexByte(want, '.')+1:]
}

func (jsonProtocol) noSuchOperation(*Service, string) *Error {
	return &Error{Code: "UnknownOperationException"}
}

func (jsonProtocol) decode(s *Service, _ *operation, b *binding, r *http.Request, body []byte, in reflect.Value) error {
	if t := r.Header.Get("Content-Type"); t != jsonType+"1.0" && t != jsonType+"1.1" {
		return serialization("The Content-Type must be " + jsonType + s.meta.JSONVersion + ".")
	}
	d := jsonDecoder{data: body}
	return d.whole(b, in)
}

func (jsonProtocol) encode(s *Service, _ *operation, b *binding, w http.ResponseWriter, out reflect.Value, requestID string) error {
	body := []byte("{}")
	if b != nil {
		body = appendJSON(make([]byte, 0, 512), b, out)
	}
	// An operation without output has an empty body in some services, and {}
	// in others; clients take both.
	writeJSON(s, w, http.StatusOK, body, requestID)
	return nil
}

// typeName is what a body calls an error: its code, with the namespace of the
// service's model in front where the answers of AWS have it (SQS Developer Guide,
// "Making Query API requests using AWS JSON protocol"). SDKs drop it.
func (s *Service) typeName(code string) string {
	switch {
	case s.meta.AWSQueryCompatible == nil:
		return code
	case s.errors[code] == nil:
		return "com.amazon.coral.service#" + code
	}
	return "com.amazonaws." + s.meta.EndpointPrefix + "#" + code
}

// messageName is the name that an error's message has in the model: KMS says
// message, Secrets Manager Message. Errors outside of the model say message.
func (s *Service) messageName(code string) string {
	if sh := s.errors[code]; sh != nil {
		for _, m := range sh.Members {
			if strings.EqualFold(m.Name, "message") {
				return m.wireName()
			}
		}
	}
	return "message"
}

func (jsonProtocol) encodeError(s *Service, w http.ResponseWriter, e *Error, requestID string) {
	body := appendJSONString([]byte(`{"__type":`), s.typeName(e.Code))
	if e.Message != "" {
		body = append(body, ',')
		body = appendJSONString(body, s.messageName(e.Code))
		body = append(body, ':')
		body = appendJSONString(body, e.Message)
	}
	for _, f := range s.errorFields(e) {
		body = append(body, ',')
		body = appendJSONString(body, f.wire)
		body = append(body, ':')
		v, _ := f.binding.value(f.value)
		body = appendJSON(body, f.binding, v)
	}
	if s.meta.AWSQueryCompatible != nil {
		w.Header().Set("X-Amzn-Query-Error", s.queryError(e))
	}
	writeJSON(s, w, s.status(e), append(body, '}'), requestID)
}

func writeJSON(s *Service, w http.ResponseWriter, status int, body []byte, requestID string) {
	h := w.Header()
	h.Set("Content-Type", jsonType+s.meta.JSONVersion)
	h.Set("X-Amzn-Requestid", requestID)
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that hung up is not ours to report
}

// serialization is the error of AWS JSON for a body that does not fit the
// operation's input.
func serialization(message string) *Error {
	return &Error{Code: "SerializationException", Message: message, Fault: smithy.FaultClient}
}
