package wire

import (
	"errors"
	"net/http"
	"reflect"

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
}

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

// Statuses of the errors that every Query service shares (IAM API Reference,
// "Common Error Types"). All others are 400.
var queryStatus = map[string]int{
	"AccessDenied":               http.StatusForbidden,
	"AccessDeniedException":      http.StatusForbidden,
	"ExpiredToken":               http.StatusForbidden,
	"ExpiredTokenException":      http.StatusForbidden,
	"InvalidClientTokenId":       http.StatusForbidden,
	"MissingAuthenticationToken": http.StatusForbidden,
	"NotAuthorized":              http.StatusForbidden,
	"OptInRequired":              http.StatusForbidden,
	"SignatureDoesNotMatch":      http.StatusForbidden,
}

// status is the HTTP status of an error. KMS and Secrets Manager answer every
// client fault with 400 in all recorded responses, NotFoundException and
// AccessDeniedException among them; Query services follow the model.
func (s *Service) status(e *Error) int {
	modelled := s.errors[e.Code]
	server := e.Fault == smithy.FaultServer || modelled != nil && modelled.Fault
	switch {
	case e.Status != 0:
		return e.Status
	case s.Protocol() == Query && modelled != nil && modelled.Error.HTTPStatusCode != 0:
		return modelled.Error.HTTPStatusCode
	case server:
		return http.StatusInternalServerError
	case s.Protocol() == Query && queryStatus[e.Code] != 0:
		return queryStatus[e.Code]
	}
	return http.StatusBadRequest
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
