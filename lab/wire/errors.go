package wire

import (
	"cmp"
	"errors"
	"maps"
	"net/http"
	"reflect"
	"slices"

	"github.com/aws/smithy-go"
)

// Error is an error as a service answers it.
type Error struct {
	Code    string // as on the wire: NotFoundException, NoSuchEntity
	Message string // left out of the answer where empty
	// Status is the HTTP status. Zero stands for what the service's model says
	// of the code, or the usual one.
	Status int
	// Fault is smithy.FaultServer for an error that is the service's own.
	Fault smithy.ErrorFault
	// Members are the modelled members besides the message, by their names in
	// the SDK.
	Members map[string]any
	// Details are members that no model has, in the order in which S3 answers
	// them: BucketName of NoSuchBucket. Members that are texts and not in the model
	// are answered behind them, sorted.
	Details []Detail
	// Header has headers of the answer, of the REST protocols:
	// X-Amz-Bucket-Region of PermanentRedirect.
	Header http.Header
	// QueryCode is told in x-amzn-query-error by an awsQueryCompatible service,
	// where it is not the one of the model, or the code itself.
	QueryCode string
}

// Detail is a member of an error that is not in the model.
type Detail struct{ Name, Value string }

// Error gives code and message.
func (e *Error) Error() string {
	if e.Message == "" {
		return e.Code
	}
	return e.Code + ": " + e.Message
}

// FromAPIError turns an error into one that can be encoded: an *Error as it
// stands, or one of the SDK's modelled error types, such as
// *types.NotFoundException, with its members. It is not ok for any other
// error, which a service must not show to its callers.
func FromAPIError(err error) (*Error, bool) {
	var e *Error
	if errors.As(err, &e) {
		return e, true
	}
	var api smithy.APIError
	if !errors.As(err, &api) {
		return nil, false
	}
	return &Error{Code: api.ErrorCode(), Message: api.ErrorMessage(), Fault: api.ErrorFault(), Members: extraMembers(api)}, true
}

// extraMembers reads what an SDK error type holds besides its message.
func extraMembers(api smithy.APIError) map[string]any {
	v := reflect.Indirect(reflect.ValueOf(api))
	if v.Kind() != reflect.Struct || reflect.TypeOf(api) == reflect.TypeFor[*smithy.GenericAPIError]() {
		return nil
	}
	var members map[string]any
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() || f.Name == "Message" || f.Name == "ErrorCodeOverride" || v.Field(i).IsZero() {
			continue
		}
		if members == nil {
			members = map[string]any{}
		}
		members[f.Name] = v.Field(i).Interface()
	}
	return members
}

// errorField is one member of an error, bound, and ready to be written.
type errorField struct {
	field
	value reflect.Value
}

// errorFields binds the members of an error by the model. Members that the
// model does not know are left out.
func (s *Service) errorFields(e *Error) []errorField {
	modelled := s.errors[e.Code]
	if modelled == nil {
		return nil
	}
	var fields []errorField
	for _, m := range modelled.Members {
		value, ok := e.Members[goName(m.Name)]
		if !ok {
			continue
		}
		v := reflect.ValueOf(value)
		b, err := s.bind(m.target, v.Type())
		if err != nil {
			continue
		}
		fields = append(fields, errorField{field{binding: b, member: m, wire: m.wireName()}, v})
	}
	return fields
}

// details gives the members that the model does not know.
func (s *Service) details(e *Error) []Detail {
	details := slices.Clone(e.Details)
	known := map[string]bool{}
	for _, f := range s.errorFields(e) {
		known[goName(f.member.Name)] = true
	}
	for _, name := range slices.Sorted(maps.Keys(e.Members)) {
		if value, ok := e.Members[name].(string); ok && !known[name] {
			details = append(details, Detail{name, value})
		}
	}
	return details
}

// queryError is what the header of the same name says of an error: its code in
// the Query protocol, and whose fault it is (smithy.io, "AWS Protocols",
// aws.protocols#awsQueryCompatible).
func (s *Service) queryError(e *Error) string {
	code := cmp.Or(e.QueryCode, e.Code)
	if sh := s.errors[e.Code]; sh != nil && e.QueryCode == "" {
		code = cmp.Or(sh.QueryCode, code)
	}
	if s.status(e) >= http.StatusInternalServerError {
		return code + ";Receiver"
	}
	return code + ";Sender"
}
