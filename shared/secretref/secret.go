package secretref

import (
	"errors"
	"fmt"
	"log/slog"
)

// redacted is all that any printing of a Secret gives.
const redacted = "[secret]"

// ErrPrinted is what encoding a Secret ends in. Whoever really means to hand
// the bytes on says Reveal.
var ErrPrinted = errors.New("secret bytes are not encoded: say Reveal where they are meant to leave")

// Secret holds bytes that fmt, log/slog, encoding/json and error messages
// cannot print. The bytes hang behind a closure, because fmt does not call the
// methods of unexported fields: a struct that merely contains a Secret prints
// the address of a function.
type Secret struct {
	reveal func() []byte
}

// NewSecret takes b over; the caller must not use it afterwards.
func NewSecret(b []byte) Secret {
	return Secret{reveal: func() []byte { return b }}
}

// Reveal gives the bytes themselves, not a copy. Every call is a place where a
// secret leaves; there are few, and they are meant to be searched for.
func (s Secret) Reveal() []byte {
	if s.reveal == nil {
		return nil
	}
	return s.reveal()
}

// Len gives the number of bytes.
func (s Secret) Len() int { return len(s.Reveal()) }

// Wipe overwrites the bytes. Copies that were revealed and kept stay as they
// are.
func (s Secret) Wipe() { clear(s.Reveal()) }

// Format prints a constant for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// String gives a constant.
func (s Secret) String() string { return redacted }

// GoString gives a constant.
func (s Secret) GoString() string { return redacted }

// LogValue gives a constant to log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON refuses with ErrPrinted.
func (s Secret) MarshalJSON() ([]byte, error) { return nil, ErrPrinted }

// MarshalText refuses with ErrPrinted.
func (s Secret) MarshalText() ([]byte, error) { return nil, ErrPrinted }

// MarshalBinary refuses with ErrPrinted; encoding/gob asks it.
func (s Secret) MarshalBinary() ([]byte, error) { return nil, ErrPrinted }
