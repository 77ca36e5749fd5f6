package envelope

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"io"
	"math"
	"testing"
)

// TestFrameNumbersEnd: a regular frame never gets the number that marks a final
// one, and no frame one beyond 32 bits.
func TestFrameNumbersEnd(t *testing.T) {
	block, err := aes.NewCipher(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		last  uint32
		final bool
		want  error
	}{
		{math.MaxUint32 - 2, false, nil},
		{math.MaxUint32 - 1, false, ErrTooLarge},
		{math.MaxUint32 - 1, true, nil},
		{math.MaxUint32, true, ErrTooLarge},
	} {
		codec := newFrameCodec(aead, &Header{MessageID: make([]byte, 32), Framed: true, FrameLength: 1}, 0)
		codec.seq = c.last
		if out, err := codec.seal(nil, []byte("x"), c.final); !errors.Is(err, c.want) || (err != nil) != (out == nil) {
			t.Errorf("after frame %d, final %t: %v", c.last, c.final, err)
		}
	}
}

// TestWindowLeavesNothingBehind: a buffer that is replaced by a larger one may
// hold plaintext, and is zeroed.
func TestWindowLeavesNothingBehind(t *testing.T) {
	w := &window{src: bytes.NewReader(bytes.Repeat([]byte("secret"), 10000))}
	first, err := w.need(firstLen)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.need(firstLen + 1); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, make([]byte, firstLen)) {
		t.Error("the first buffer still holds what was read")
	}
	whole := []byte("the caller's")
	o := &window{buf: whole, end: len(whole)}
	if _, err := o.need(len(whole) + 1); err != io.EOF {
		t.Errorf("past the end: %v", err)
	}
	if o.wipe(); string(whole) != "the caller's" {
		t.Error("the caller's message was written to")
	}
}
