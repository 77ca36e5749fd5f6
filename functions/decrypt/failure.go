package decrypt

import (
	"errors"
	"fmt"

	"rekey/shared/awserr"
	"rekey/shared/envelope"
)

// Class names a kind of failure of one item. A caller may decide by it.
type Class string

// The classes. An item that failed with Throttled or Unreachable may succeed
// when asked for again; all others need somebody to change something first.
const (
	Denied             Class = "denied"             // the role may not read it
	KeyDisabled        Class = "keyDisabled"        // its KMS key is disabled
	KeyPendingDeletion Class = "keyPendingDeletion" // its KMS key waits for deletion
	KeyUnavailable     Class = "keyUnavailable"     // its KMS key is in another unusable state
	NotFound           Class = "notFound"           // no such secret, version or JSON key
	ContextMismatch    Class = "contextMismatch"    // another encryption context, or altered (KMS does not say which)
	Malformed          Class = "malformed"          // the reference, message or JSON is broken
	NotAllowed         Class = "notAllowed"         // not on the function's lists
	TooLarge           Class = "tooLarge"           // does not fit into the answer
	Throttled          Class = "throttled"          // too many requests
	Unreachable        Class = "unreachable"        // the service did not answer in time
	Credentials        Class = "credentials"        // the function's own credentials are missing or refused
	Failed             Class = "failed"             // anything else
)

// Failure is why one item has no value. Its text never holds secret bytes.
type Failure struct {
	Class   Class  `json:"class"`
	Message string `json:"message"`
	cause   error
}

func (f *Failure) Error() string { return string(f.Class) + ": " + f.Message }

// Unwrap gives what caused the failure, where a service or library did.
func (f *Failure) Unwrap() error { return f.cause }

func failure(c Class, format string, a ...any) *Failure {
	return &Failure{Class: c, Message: fmt.Sprintf(format, a...)}
}

var classes = map[awserr.Class]Class{
	awserr.Denied: Denied, awserr.Credentials: Credentials, awserr.NotFound: NotFound,
	awserr.KeyDisabled: KeyDisabled, awserr.KeyPendingDeletion: KeyPendingDeletion, awserr.KeyUnavailable: KeyUnavailable,
	awserr.WrongKey: NotAllowed, awserr.InvalidCiphertext: ContextMismatch, awserr.Invalid: Malformed,
	awserr.Throttled: Throttled, awserr.Unreachable: Unreachable,
}

// serviceFailure is the failure of an API call: tried says what was tried on
// what.
func serviceFailure(err error, tried string) *Failure {
	class, known := classes[awserr.Classify(err)]
	if !known {
		class = Failed
	}
	f := failure(class, "%s: %s", tried, awserr.Message(err))
	switch class {
	case ContextMismatch:
		f.Message += " (the encryption context is not the one it was encrypted under, or the ciphertext was altered)"
	case NotAllowed:
		f.Message += " (the ciphertext is under none of the allowed keys)"
	}
	f.cause = err
	return f
}

// envelopeFailure is the failure of opening a message.
func envelopeFailure(err error) *Failure {
	const tried = "open the message"
	if errors.Is(err, envelope.ErrContextMismatch) {
		return &Failure{ContextMismatch, tried + ": " + err.Error(), err}
	}
	if errors.Is(err, envelope.ErrNoKey) {
		switch class := awserr.Classify(err); class {
		case awserr.Unknown:
			return &Failure{NotAllowed, tried + ": it is sealed under none of the allowed keys: " + err.Error(), err}
		case awserr.InvalidCiphertext:
			return &Failure{Malformed, tried + ": its encrypted data key or its encryption context was altered", err}
		default:
			return serviceFailure(err, tried)
		}
	}
	return &Failure{Malformed, tried + ": " + err.Error(), err}
}
