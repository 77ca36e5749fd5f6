// Package awserr says what an error of an AWS service means for the caller.
// Service codes are read here and nowhere else; everything above decides by
// Class.
//
// A class answers the one question a caller has: whose turn is it now? Denied
// is for whoever grants permissions, KeyDisabled for the key's administrator,
// Throttled for a later attempt, and so on. What is not known is Unknown, never
// a guess.
package awserr

import (
	"context"
	"errors"
	"net"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Class is what kind of failure an error is.
type Class string

// The classes.
const (
	None               Class = ""                   // no error
	Unknown            Class = "unknown"            // none of the below
	Denied             Class = "denied"             // the caller may not do that, or may not know of it
	Credentials        Class = "credentials"        // no credentials, or the service does not accept them
	NotFound           Class = "notFound"           // the resource does not exist
	Exists             Class = "exists"             // a resource of that name exists already
	Conflict           Class = "conflict"           // it changed meanwhile, or another operation is at it: look again, then decide
	KeyDisabled        Class = "keyDisabled"        // the KMS key is disabled
	KeyPendingDeletion Class = "keyPendingDeletion" // the KMS key waits for its deletion
	KeyUnavailable     Class = "keyUnavailable"     // the KMS key is in another state that forbids its use
	WrongKey           Class = "wrongKey"           // the ciphertext is not of the key that was named
	InvalidCiphertext  Class = "invalidCiphertext"  // altered, foreign, or under another encryption context
	Invalid            Class = "invalid"            // the request is wrong in itself
	Unsupported        Class = "unsupported"        // that cannot be done to this resource, or not here
	LimitExceeded      Class = "limitExceeded"      // there are as many as there may be; waiting changes nothing
	DryRunOK           Class = "dryRunOK"           // a rehearsal: the call would have succeeded
	Throttled          Class = "throttled"          // too many requests
	ServiceFault       Class = "serviceFault"       // the service failed; a later attempt may succeed
	Unreachable        Class = "unreachable"        // no answer from the endpoint
)

// Classify gives the class of err, looking through everything it wraps. A nil
// error is None.
func Classify(err error) Class {
	if err == nil {
		return None
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		return classifyAPI(api)
	}
	var canceled *aws.RequestCanceledError
	var network *net.OpError
	var name *net.DNSError
	var sending *smithyhttp.RequestSendError
	var transport *url.Error
	switch {
	case isCredentials(err):
		return Credentials
	// Not net.Error: every errno of the operating system claims to be one.
	case errors.As(err, &network), errors.As(err, &name), errors.As(err, &sending), errors.As(err, &transport),
		errors.Is(err, context.DeadlineExceeded), errors.As(err, &canceled):
		return Unreachable
	}
	return Unknown
}

func classifyAPI(err smithy.APIError) Class {
	if err.ErrorCode() == "InvalidRequestException" && strings.Contains(err.ErrorMessage(), "marked for deletion") {
		return NotFound // a secret that waits for its deletion, in Secrets Manager's words
	}
	// S3 passes on what KMS said as KMS.DisabledException and the like.
	class, ok := codes[strings.TrimPrefix(err.ErrorCode(), "KMS.")]
	if _, throttle := retry.DefaultThrottleErrorCodes[err.ErrorCode()]; throttle && !ok {
		return Throttled
	}
	switch {
	case !ok && err.ErrorFault() == smithy.FaultServer:
		return ServiceFault
	case !ok:
		return Unknown
	}
	if class == KeyUnavailable {
		return keyState(err.ErrorMessage())
	}
	return class
}

// keyState reads which state a key is in that cannot be used. It is told in
// words only: KMS says "<key ARN> is pending deletion.", and Secrets Manager
// puts KMS's own words and code, such as DisabledException, into the message of
// its DecryptionFailure, as Systems Manager does into that of its InvalidKeyId.
func keyState(message string) Class {
	switch {
	case strings.Contains(message, "pending deletion"):
		return KeyPendingDeletion
	case strings.Contains(message, "is disabled"), strings.Contains(message, "DisabledException"):
		return KeyDisabled
	}
	return KeyUnavailable
}

// isCredentials recognises the SDK's failure to find or refresh credentials,
// for which it has no exported type. It comes first: the reason underneath is
// often that the instance metadata service did not answer.
func isCredentials(err error) bool {
	text := err.Error()
	return strings.Contains(text, "get identity: ") || strings.Contains(text, "failed to refresh cached credentials")
}

// Retryable says whether the same request may succeed later without anybody
// changing anything.
func (c Class) Retryable() bool { return c == Throttled || c == Unreachable || c == ServiceFault }

// Message gives the service's own words, or the error's where no service
// answered.
func Message(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		if api.ErrorMessage() == "" {
			return api.ErrorCode()
		}
		return api.ErrorCode() + ": " + api.ErrorMessage()
	}
	return err.Error()
}
