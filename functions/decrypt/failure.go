package decrypt

import (
	"errors"
	"fmt"

	"github.com/aws/smithy-go"

	"rekey/shared/awserr"
	"rekey/shared/envelope"
)

// Class names a kind of failure of one item. A caller may decide by it.
type Class string

// The classes. An item that failed with Throttled, Unreachable or ServiceFault
// may succeed when asked for again; all others need somebody to change
// something first.
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
	ServiceFault       Class = "serviceFault"       // the service failed
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
	awserr.Throttled: Throttled, awserr.Unreachable: Unreachable, awserr.ServiceFault: ServiceFault,
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
		f.Message += " (it was altered, or encrypted under another encryption context or another key)"
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
	if !errors.Is(err, envelope.ErrNoKey) {
		return &Failure{Malformed, tried + ": " + err.Error(), err}
	}
	var told *Failure
	for _, reason := range reasons(err) {
		var api smithy.APIError
		if class := awserr.Classify(reason); errors.As(reason, &api) || class.Retryable() {
			told = weightier(told, serviceFailure(reason, tried))
		}
	}
	switch {
	case told == nil:
		return &Failure{NotAllowed, tried + ": it is sealed under none of the allowed keys: " + err.Error(), err}
	case told.Class == ContextMismatch:
		return &Failure{Malformed, tried + ": its encrypted data key or its encryption context was altered", err}
	}
	told.cause = err
	return told
}

// reasons takes joined errors apart.
func reasons(err error) []error {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, one := range many.Unwrap() {
			all = append(all, reasons(one)...)
		}
		return all
	}
	if inner := errors.Unwrap(err); inner != nil {
		if deeper := reasons(inner); len(deeper) > 1 {
			return deeper
		}
	}
	return []error{err}
}

// weightier chooses what to tell where several keys were tried and all failed,
// and says it all. What may be another way the next time comes first: of
// nothing that failed so can it be said that it was no use. Then what only the
// right key can say; then any other reason but that it was another key's.
func weightier(a, b *Failure) *Failure {
	switch {
	case a == nil:
		return b
	case b.Class == NotAllowed:
		return a
	case a.Class == NotAllowed:
		return b
	}
	if weight(b.Class) > weight(a.Class) {
		a, b = b, a
	}
	return &Failure{a.Class, a.Message + "; " + b.Message, errors.Join(a.cause, b.cause)}
}

func weight(c Class) int {
	switch c {
	case Throttled, Unreachable, ServiceFault:
		return 2
	case ContextMismatch:
		return 1
	}
	return 0
}
