package envelope

import (
	"bytes"
	"context"
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

// keeping is a keyring that keeps the very bytes that it hands over.
type keeping struct{ key DataKey }

func (k *keeping) OnEncrypt(_ context.Context, m *EncryptionMaterials) error {
	k.key = bytes.Repeat([]byte{7}, 32)
	m.DataKey, m.EncryptedDataKeys = k.key, []EncryptedDataKey{{ProviderID: "test"}}
	return nil
}

func (k *keeping) OnDecrypt(_ context.Context, m *DecryptionMaterials, _ []EncryptedDataKey) error {
	k.key = bytes.Repeat([]byte{7}, 32)
	m.DataKey = k.key
	return nil
}

// TestDataKeysAreZeroed: once a message is set up, or is refused, nothing of
// its data key is left.
func TestDataKeysAreZeroed(t *testing.T) {
	k := &keeping{}
	zeroed := func(what string) {
		t.Helper()
		if len(k.key) == 0 || !bytes.Equal(k.key, make([]byte, len(k.key))) {
			t.Errorf("%s left its data key", what)
		}
		k.key = nil
	}
	message, err := Seal(t.Context(), []byte("x"), k)
	if err != nil {
		t.Fatal(err)
	}
	zeroed("Seal")
	if _, err := NewWriter(t.Context(), io.Discard, k); err != nil {
		t.Fatal(err)
	}
	zeroed("NewWriter")
	if _, err := Seal(t.Context(), nil, k, func(o *SealOptions) { o.MaxEncryptedDataKeys = -1 }); !errors.Is(err, ErrTooManyKeys) {
		t.Fatal(err)
	}
	zeroed("a refused Seal")
	if _, _, err := Open(t.Context(), message, k); err != nil {
		t.Fatal(err)
	}
	zeroed("Open")
	if _, err := NewReader(t.Context(), bytes.NewReader(message), k); err != nil {
		t.Fatal(err)
	}
	zeroed("NewReader")
}

// TestRefusedPlaintextIsZeroed: of a message that fails at a later frame, or at
// its signature, no plaintext stays in memory.
func TestRefusedPlaintextIsZeroed(t *testing.T) {
	plain := bytes.Repeat([]byte{9}, 25)
	message, err := Seal(t.Context(), plain, &keeping{}, func(o *SealOptions) { o.Suite, o.FrameLength = SuiteCommitSigned, 10 })
	if err != nil {
		t.Fatal(err)
	}
	damaged := bytes.Clone(message)
	damaged[len(damaged)-1] ^= 1
	for name, m := range map[string][]byte{"signature": damaged, "longer": append(bytes.Clone(message), 0), "cut": message[:len(message)-150]} {
		o := openOptions(nil, 0)
		opening, err := begin(t.Context(), &window{buf: m, end: len(m)}, &keeping{}, &o)
		if err != nil {
			t.Fatal(err)
		}
		dst := make([]byte, 0, 100)
		if _, err := opening.all(dst); err == nil {
			t.Errorf("%s: it was opened", name)
		}
		if left := dst[:100]; !bytes.Equal(left, make([]byte, 100)) {
			t.Errorf("%s: left %v", name, left)
		}
	}
}
