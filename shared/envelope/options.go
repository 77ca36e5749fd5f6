package envelope

import "math"

// Defaults and limits of the options.
const (
	// DefaultFrameLength is the frame length that is written, in bytes of
	// plaintext (client-apis/encrypt.md, "Frame Length").
	DefaultFrameLength = 4096
	// DefaultMaxFrameLength bounds the frame that a Reader holds in memory:
	// 16 MiB.
	DefaultMaxFrameLength = 16 << 20
	// DefaultMaxHeaderLength bounds a header: 1 MiB. One with a full encryption
	// context and the most encrypted data keys allowed by default, as AWS KMS
	// makes them, has less than 100 KiB.
	DefaultMaxHeaderLength = 1 << 20
	// DefaultMaxEncryptedDataKeys bounds the wrapping keys of a message, and so
	// the calls that opening a hostile one can cause.
	DefaultMaxEncryptedDataKeys = 64
)

// SealOptions says how a message is made. The zero value of a field means its
// default.
type SealOptions struct {
	// Suite is SuiteCommit by default: a signature slows writing and reading to
	// the speed of SHA-384 and forbids changing the wrapping keys later.
	Suite Suite
	// EncryptionContext is stored in the message in plain, and authenticated.
	// It is not secret. Keys that start with aws-crypto- are reserved. Its
	// pairs may take 65535 bytes when encoded.
	EncryptionContext map[string]string
	// UnstoredContext is authenticated like EncryptionContext but left out of
	// the message: it opens only for a reader who gives the same pairs
	// (client-apis/encrypt.md, "Authentication Tag").
	UnstoredContext map[string]string
	// FrameLength is the number of plaintext bytes in a frame, by default
	// DefaultFrameLength. A Writer and a Reader hold one frame in memory.
	FrameLength uint32
	// MaxEncryptedDataKeys is by default DefaultMaxEncryptedDataKeys.
	MaxEncryptedDataKeys int
}

// OpenOptions says what is demanded of a message. The zero value of a field
// means its default. All demands on the header are checked before the keyring
// is called.
type OpenOptions struct {
	// EncryptionContext holds pairs that the message's context must have, each
	// with the same value. The message may have others besides.
	EncryptionContext map[string]string
	// RequiredKeys are keys that the message's context must have, with any
	// value.
	RequiredKeys []string
	// UnstoredContext gives the pairs that were authenticated but not stored.
	// A pair that is stored all the same must have the same value.
	UnstoredContext map[string]string
	// MaxEncryptedDataKeys is by default DefaultMaxEncryptedDataKeys.
	MaxEncryptedDataKeys int
	// MaxHeaderLength, in bytes, is by default DefaultMaxHeaderLength.
	MaxHeaderLength int
	// MaxFrameLength bounds the plaintext bytes of a frame, or of an unframed
	// body, that a Reader takes into memory. By default it is
	// DefaultMaxFrameLength; for Open, which has the message in memory anyway,
	// there is none by default. A frame length that the header states but no
	// frame has is not held against a message.
	MaxFrameLength uint32
	// ForbidSigned refuses signed messages: their frames are released before
	// the signature at the end is verified, which a program that acts on them
	// at once may not want (client-apis/decrypt.md, "Behavior").
	ForbidSigned bool
	// RequireSigned refuses messages that are not signed: whoever can open one
	// knows its data key, and can make others with it. Signing protects only a
	// reader who insists on it, since what is forged need not be signed.
	RequireSigned bool
}

func sealOptions(opts []func(*SealOptions)) SealOptions {
	var o SealOptions
	for _, set := range opts {
		set(&o)
	}
	if o.Suite == 0 {
		o.Suite = SuiteCommit
	}
	if o.FrameLength == 0 {
		o.FrameLength = DefaultFrameLength
	}
	if o.MaxEncryptedDataKeys == 0 {
		o.MaxEncryptedDataKeys = DefaultMaxEncryptedDataKeys
	}
	o.MaxEncryptedDataKeys = min(o.MaxEncryptedDataKeys, math.MaxUint16)
	return o
}

func openOptions(opts []func(*OpenOptions), maxFrame uint32) OpenOptions {
	var o OpenOptions
	for _, set := range opts {
		set(&o)
	}
	if o.MaxEncryptedDataKeys == 0 {
		o.MaxEncryptedDataKeys = DefaultMaxEncryptedDataKeys
	}
	if o.MaxHeaderLength == 0 {
		o.MaxHeaderLength = DefaultMaxHeaderLength
	}
	if o.MaxFrameLength == 0 {
		o.MaxFrameLength = maxFrame
	}
	return o
}
