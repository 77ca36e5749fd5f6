package wire

import (
	"net/http"

	"github.com/aws/smithy-go"
)

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

// Statuses of the errors of EC2 that are not 400 (EC2 API Reference, "Error
// codes", and recorded answers).
var ec2Status = map[string]int{
	"AuthFailure":           http.StatusUnauthorized,
	"UnauthorizedOperation": http.StatusForbidden,
	"Blocked":               http.StatusForbidden,
	"DryRunOperation":       http.StatusPreconditionFailed,
	"InternalError":         http.StatusInternalServerError,
	"InternalFailure":       http.StatusInternalServerError,
	"Unavailable":           http.StatusServiceUnavailable,
	"RequestLimitExceeded":  http.StatusServiceUnavailable,
}

// Statuses of the errors of S3 that are in no model, and are not 400 (Amazon S3
// API Reference, "Error responses", and recorded answers).
var s3Status = map[string]int{
	"AccessDenied":                                   http.StatusForbidden,
	"AccountProblem":                                 http.StatusForbidden,
	"AllAccessDisabled":                              http.StatusForbidden,
	"BucketNotEmpty":                                 http.StatusConflict,
	"ConditionalRequestConflict":                     http.StatusConflict,
	"CrossLocationLoggingProhibited":                 http.StatusForbidden,
	"CrossLocationLoggingProhibitted":                http.StatusForbidden,
	"InternalError":                                  http.StatusInternalServerError,
	"InvalidAccessKeyId":                             http.StatusForbidden,
	"InvalidBucketState":                             http.StatusConflict,
	"InvalidObjectState":                             http.StatusForbidden,
	"InvalidPartNumber":                              http.StatusRequestedRangeNotSatisfiable,
	"InvalidPayer":                                   http.StatusForbidden,
	"InvalidRange":                                   http.StatusRequestedRangeNotSatisfiable,
	"InvalidSecurity":                                http.StatusForbidden,
	"MethodNotAllowed":                               http.StatusMethodNotAllowed,
	"MissingContentLength":                           http.StatusLengthRequired,
	"NoSuchBucketPolicy":                             http.StatusNotFound,
	"NoSuchConfiguration":                            http.StatusNotFound,
	"NoSuchCORSConfiguration":                        http.StatusNotFound,
	"NoSuchLifecycleConfiguration":                   http.StatusNotFound,
	"NoSuchObjectLockConfiguration":                  http.StatusNotFound,
	"NoSuchPublicAccessBlockConfiguration":           http.StatusNotFound,
	"NoSuchTagSet":                                   http.StatusNotFound,
	"NoSuchVersion":                                  http.StatusNotFound,
	"NoSuchWebsiteConfiguration":                     http.StatusNotFound,
	"NotImplemented":                                 http.StatusNotImplemented,
	"NotModified":                                    http.StatusNotModified,
	"NotSignedUp":                                    http.StatusForbidden,
	"ObjectLockConfigurationNotFoundError":           http.StatusNotFound,
	"OperationAborted":                               http.StatusConflict,
	"OwnershipControlsNotFoundError":                 http.StatusNotFound,
	"PermanentRedirect":                              http.StatusMovedPermanently,
	"PreconditionFailed":                             http.StatusPreconditionFailed,
	"Redirect":                                       http.StatusTemporaryRedirect,
	"ReplicationConfigurationNotFoundError":          http.StatusNotFound,
	"RequestTimeTooSkewed":                           http.StatusForbidden,
	"RestoreAlreadyInProgress":                       http.StatusConflict,
	"ServerSideEncryptionConfigurationNotFoundError": http.StatusNotFound,
	"ServiceUnavailable":                             http.StatusServiceUnavailable,
	"SignatureDoesNotMatch":                          http.StatusForbidden,
	"SlowDown":                                       http.StatusServiceUnavailable,
	"TemporaryRedirect":                              http.StatusTemporaryRedirect,
}

// status is the HTTP status of an error. KMS and Secrets Manager answer every
// client fault with 400 in all recorded responses, NotFoundException and
// AccessDeniedException among them; the other protocols follow the model.
func (s *Service) status(e *Error) int {
	modelled := s.errors[e.Code]
	server := e.Fault == smithy.FaultServer || modelled != nil && modelled.Fault
	common := map[Protocol]map[string]int{Query: queryStatus, EC2: ec2Status, RestXML: s3Status}[s.Protocol()]
	switch {
	case e.Status != 0:
		return e.Status
	case s.Protocol() != JSON && modelled != nil && modelled.Error.HTTPStatusCode != 0:
		return modelled.Error.HTTPStatusCode
	case server:
		return http.StatusInternalServerError
	case common[e.Code] != 0:
		return common[e.Code]
	}
	return http.StatusBadRequest
}
