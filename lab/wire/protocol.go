package wire

import (
	"bytes"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/aws/smithy-go"
)

// MaxBody is the size of the longest request body that ReadBody accepts. It is
// above what any operation of the JSON and Query services takes, and what S3
// takes of XML.
const MaxBody = 10 << 20

// Protocol is a family of services that word their errors alike.
type Protocol int

// The protocols.
const (
	JSON     Protocol = iota // AWS JSON 1.0 and 1.1
	Query                    // AWS Query
	EC2                      // EC2 Query
	RestXML                  // AWS restXml, as S3 speaks it
	RestJSON                 // AWS restJson1
)

// ByPath says whether method and path name the operation, and not the content.
func (p Protocol) ByPath() bool { return p == RestXML || p == RestJSON }

// protocol is what differs from one wire protocol to another.
type protocol interface {
	family() Protocol
	// route gives the operation that a request names.
	route(s *Service, r *http.Request, body []byte) (string, bool)
	// paramName is the name of a member as a parameter of a form.
	paramName(m *member) string
	// decode fills in from a request. Its error is an *Error.
	decode(s *Service, op *operation, b *binding, r *http.Request, body []byte, in reflect.Value) error
	// encode writes an answer; b is nil for an operation without output.
	encode(s *Service, op *operation, b *binding, w http.ResponseWriter, out reflect.Value, requestID string) error
	encodeError(s *Service, w http.ResponseWriter, e *Error, requestID string)
	// noSuchOperation is the error for an operation that AWS does not have.
	noSuchOperation(s *Service, op string) *Error
}

// protocols, by their names in the models.
var protocols = map[string]protocol{
	"json":      jsonProtocol{},
	"query":     queryProtocol{},
	"ec2":       ec2Protocol{},
	"rest-xml":  restXML{},
	"rest-json": restJSON{},
}

// ProtocolOf tells the protocol of a request by what is in it, where that tells
// it. Requests of the REST protocols do not.
func ProtocolOf(r *http.Request) (p Protocol, ok bool) {
	kind := r.Header.Get("Content-Type")
	switch {
	case r.Header.Get("X-Amz-Target") != "":
		return JSON, true
	case strings.HasPrefix(kind, formType) || strings.HasPrefix(kind, jsonType) || r.URL.Query().Has("Action"):
		return Query, true // a document without a target too: no JSON service is named
	}
	return Query, false
}

// ReadBody reads the body of a request of a protocol, up to MaxBody, or to
// MaxUpload for S3.
func ReadBody(p Protocol, r *http.Request) ([]byte, error) {
	limit := int64(MaxBody)
	if p == RestXML {
		limit = MaxUpload
		if r.ContentLength < 0 && r.Header.Get("X-Amz-Decoded-Content-Length") == "" {
			return nil, notImplemented("Transfer-Encoding")
		}
		limit += limit >> 6 // for the framing of chunks
	}
	if r.ContentLength > limit {
		return nil, tooLong(p, r.ContentLength)
	}
	var body bytes.Buffer
	if r.ContentLength > 0 {
		body.Grow(int(min(r.ContentLength, roomAhead)) + bytes.MinRead)
	}
	n, err := body.ReadFrom(io.LimitReader(r.Body, limit+1))
	switch {
	case n > limit:
		return nil, tooLong(p, n)
	case err != nil && p == RestXML:
		return nil, &Error{Code: "IncompleteBody", Message: "You did not provide the number of bytes specified by the Content-Length HTTP header.", Fault: smithy.FaultClient}
	case err != nil:
		return nil, &Error{Code: p.pick("SerializationException", "MalformedInput"), Message: "The request body could not be read: " + err.Error()}
	}
	return body.Bytes(), nil
}

// roomAhead is the most that is made room for on a client's word.
const roomAhead = 64 << 20

func tooLong(p Protocol, size int64) *Error {
	if p == RestXML {
		return &Error{
			Code: "EntityTooLarge", Message: "Your proposed upload exceeds the maximum allowed size", Fault: smithy.FaultClient,
			Details: []Detail{{"ProposedSize", strconv.FormatInt(size, 10)}, {"MaxSizeAllowed", strconv.FormatInt(MaxUpload, 10)}},
		}
	}
	return &Error{
		Code: p.pick("RequestEntityTooLargeException", "RequestEntityTooLarge"), Status: http.StatusRequestEntityTooLarge,
		Message: "The request body is longer than the 10 MiB that are accepted.",
	}
}

// pick chooses between the words of the two families.
func (p Protocol) pick(json, query string) string {
	if p == JSON || p == RestJSON {
		return json
	}
	return query
}

// Protocol is the family of protocols that the service speaks.
func (s *Service) Protocol() Protocol { return s.protocol.family() }

// Route gives the operation that a request names: the X-Amz-Target header of
// AWS JSON, the Action and Version parameters of AWS Query. It is not ok where
// the request names none, or addresses another service or API version. The
// operation need not be one that AWS has: see Has.
func (s *Service) Route(r *http.Request, body []byte) (op string, ok bool) {
	return s.protocol.route(s, r, body)
}

// NoSuchOperation is the error that AWS answers when a request names no
// operation (op is empty), or one that the service does not have.
func (s *Service) NoSuchOperation(op string) *Error { return s.protocol.noSuchOperation(s, op) }

// DecodeInput fills in, a pointer to the SDK's input type of the operation,
// from a request. The error is an *Error, fit for EncodeError, if the request
// is at fault, and another error if the operation is not in the model or its
// input is not of that type.
func (s *Service) DecodeInput(op string, r *http.Request, body []byte, in any) error {
	b, v, err := s.input(op, in)
	if err != nil {
		return err
	}
	return s.protocol.decode(s, s.operations[op], b, r, body, v)
}

// EncodeOutput writes out, a pointer to the SDK's output type of the
// operation, as the answer to a request. Members that are nil are left out.
// The error says that the operation or the type is not the model's; nothing
// was written then.
func (s *Service) EncodeOutput(op string, w http.ResponseWriter, out any, requestID string) error {
	o, err := s.operation(op)
	if err != nil {
		return err
	}
	v, err := root(out, op+"Output")
	if err != nil {
		return err
	}
	var b *binding
	if o.outputShape != nil {
		if b, err = s.bind(o.outputShape, v.Type()); err != nil {
			return err
		}
	}
	return s.protocol.encode(s, o, b, w, v, requestID)
}

// EncodeError writes an error as the answer to a request.
func (s *Service) EncodeError(w http.ResponseWriter, e *Error, requestID string) {
	s.protocol.encodeError(s, w, e, requestID)
}

var noMembers = &shape{name: "Unit", Type: "structure"}

// input is the shape of an operation's input. Some Query operations declare
// none; they take no member.
func (o *operation) input() *shape {
	if o.inputShape == nil {
		return noMembers
	}
	return o.inputShape
}
