package envelope

import (
	"errors"
	"io"
)

// Every error of this package about a message or a request wraps one of these,
// and says where in the message it arose. Errors of the source, the destination
// and the keyring are wrapped as they came.
var (
	// ErrMalformed: not a message of the AWS Encryption SDK, or one whose
	// structure is broken.
	ErrMalformed = errors.New("malformed message")
	// ErrTruncated: the message ends before its end.
	ErrTruncated = errors.New("truncated message")
	// ErrTrailing: bytes follow the message.
	ErrTrailing = errors.New("bytes after the end of the message")
	// ErrUnsupported: a version or an algorithm suite that this package does
	// not read or write.
	ErrUnsupported = errors.New("unsupported message")
	// ErrTooLarge: a limit of the options, or of the format, is passed.
	ErrTooLarge = errors.New("message exceeds a limit")
	// ErrTooManyKeys: more encrypted data keys than the options allow.
	ErrTooManyKeys = errors.New("too many encrypted data keys")
	// ErrSigned: the message is signed, and OpenOptions.ForbidSigned is set.
	ErrSigned = errors.New("signed message refused")
	// ErrUnsigned: the message is not signed, and OpenOptions.RequireSigned is
	// set.
	ErrUnsigned = errors.New("unsigned message refused")
	// ErrContextMismatch: the message's encryption context is not the one
	// that the caller demands.
	ErrContextMismatch = errors.New("encryption context mismatch")
	// ErrReservedContext: the caller's encryption context has a key that
	// starts with aws-crypto-.
	ErrReservedContext = errors.New("reserved encryption context key")
	// ErrInvalidContext: the caller's encryption context cannot be written:
	// it is not UTF-8, or gives a key twice.
	ErrInvalidContext = errors.New("invalid encryption context")
	// ErrNoKey: no encrypted data key could be decrypted. It wraps the
	// keyring's reasons too, so that errors.As finds a service's error.
	ErrNoKey = errors.New("no data key could be decrypted")
	// ErrCommitment: the data key is not the one that the message commits to.
	ErrCommitment = errors.New("key commitment does not match")
	// ErrHeaderAuth: the header is not authentic.
	ErrHeaderAuth = errors.New("header authentication failed")
	// ErrFrameAuth: a frame is not authentic.
	ErrFrameAuth = errors.New("frame authentication failed")
	// ErrSignature: the message's signature does not verify.
	ErrSignature = errors.New("signature verification failed")
	// ErrClosed: a write after Close.
	ErrClosed = errors.New("writer is closed")
)

// truncated turns the end of the input where more was due into ErrTruncated,
// and leaves every other error of the source as it is.
func truncated(err error) error {
	if err == io.EOF {
		return ErrTruncated
	}
	return err
}
