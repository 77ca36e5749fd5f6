package envelope_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"rekey/shared/envelope"
)

var classes = []error{
	envelope.ErrMalformed, envelope.ErrTruncated, envelope.ErrTrailing, envelope.ErrUnsupported, envelope.ErrTooLarge,
	envelope.ErrTooManyKeys, envelope.ErrNoKey, envelope.ErrCommitment, envelope.ErrHeaderAuth, envelope.ErrFrameAuth, envelope.ErrSignature,
}

// damaged is one message of each kind, with three frames of 16 bytes.
func damaged(t *testing.T) map[string]struct {
	message []byte
	k       envelope.Keyring
} {
	static, raw := newStatic(), rawAES{"ns", "key", bytes.Repeat([]byte{1}, 32)}
	type kind = struct {
		message []byte
		k       envelope.Keyring
	}
	context := contextOf(map[string]string{"tenant": "a"})
	return map[string]kind{
		"unsigned": {seal(t, threeFrames, raw, framesOf(16), context), raw},
		// The static key does not look at the context or at the encrypted data
		// keys: only the message's own tags protect them.
		"static": {seal(t, threeFrames, static, framesOf(16), context), static},
		"signed": {seal(t, threeFrames, static, framesOf(16), context, suiteOf(envelope.SuiteCommitSigned)), static},
	}
}

const threeFrames = "the first frame.the second one..the last"

// checkDamage: an error of a known class, nothing from Open, and from a Reader
// only whole frames from the start, but never the last one.
func checkDamage(t *testing.T, what string, at int, message []byte, k envelope.Keyring) error {
	t.Helper()
	if got, h, err := envelope.Open(t.Context(), message, k); err == nil || got != nil || h.MessageID != nil {
		t.Errorf("%s at %d: Open gives %q, %v", what, at, got, err)
	}
	got, err := read(message, k)
	if !slices.ContainsFunc(classes, func(c error) bool { return errors.Is(err, c) }) {
		t.Errorf("%s at %d: %v is of no class", what, at, err)
	}
	if len(got) > 32 || len(got)%16 != 0 || !strings.HasPrefix(threeFrames, string(got)) {
		t.Errorf("%s at %d: released %q", what, at, got)
	}
	return err
}

func TestEveryBitFlippedFails(t *testing.T) {
	for name, c := range damaged(t) {
		t.Run(name, func(t *testing.T) {
			for bit := range len(c.message) * 8 {
				message := bytes.Clone(c.message)
				message[bit/8] ^= 1 << (bit % 8)
				checkDamage(t, "bit flipped", bit, message, c.k)
			}
		})
	}
}

func TestEveryCutFails(t *testing.T) {
	for name, c := range damaged(t) {
		t.Run(name, func(t *testing.T) {
			for n := range len(c.message) {
				if err := checkDamage(t, "cut", n, c.message[:n], c.k); !errors.Is(err, envelope.ErrTruncated) {
					t.Errorf("cut at %d: %v", n, err)
				}
				if _, err := envelope.ReadHeader(bytes.NewReader(c.message[:n])); err != nil && !errors.Is(err, envelope.ErrTruncated) {
					t.Errorf("ReadHeader, cut at %d: %v", n, err)
				}
			}
			longer := append(bytes.Clone(c.message), 0)
			if err := checkDamage(t, "a byte more", len(c.message), longer, c.k); !errors.Is(err, envelope.ErrTrailing) {
				t.Errorf("a byte more: %v", err)
			}
		})
	}
}

// TestLengthFields writes the greatest value into every position that could be
// a length, behind which little or nothing follows, and looks at what is
// allocated for it.
func TestLengthFields(t *testing.T) {
	k := newStatic()
	whole := seal(t, threeFrames, k, framesOf(16), contextOf(map[string]string{"tenant": "a"}), suiteOf(envelope.SuiteCommitSigned))
	messages := map[string][]byte{
		"final frame":    newForge(t, k, 2, 1<<32-1, nil).raw(join(be32(0xffffffff), be32(1), make([]byte, 8), be32(1), be32(1<<30))...).out,
		"regular frame":  newForge(t, k, 2, 1<<30, nil).raw(join(be32(1), make([]byte, 8), be32(1))...).out,
		"unframed":       newForge(t, k, 1, 0, nil).raw(join(make([]byte, 8), be32(1), be64(1<<30))...).out,
		"much behind it": newForge(t, k, 2, 1<<32-1, nil).raw(join(be32(0xffffffff), be32(1), make([]byte, 8), be32(1), be32(1<<30), make([]byte, 20000))...).out,
		"unframed, most": newForge(t, k, 1, 0, nil).raw(join(make([]byte, 8), be32(1), be64(1<<64-1))...).out,
	}
	for at := range whole {
		if at+2 > 35 && at+2 <= len(whole) {
			m := bytes.Clone(whole)
			binary.BigEndian.PutUint16(m[at:], 0xffff)
			messages[fmt.Sprintf("16 bits at %d", at)] = m
		}
		if at+4 > 35 && at+4 <= len(whole) {
			m := bytes.Clone(whole)
			binary.BigEndian.PutUint32(m[at:], 1<<30)
			messages[fmt.Sprintf("32 bits at %d", at)] = m
		}
	}
	unbounded := func(o *envelope.OpenOptions) {
		o.MaxFrameLength, o.MaxHeaderLength, o.MaxEncryptedDataKeys = 1<<32-1, 1<<31-1, 1<<16-1
	}
	for _, length := range []uint64{1<<36 - 31, 1 << 63, 1<<64 - 1} { // more than AES-GCM takes
		m := newForge(t, k, 1, 0, nil).raw(join(make([]byte, 8), be32(1), be64(length))...).out
		if err := checkDamage(t, "unframed length", int(length), m, k); !errors.Is(err, envelope.ErrMalformed) {
			t.Errorf("unframed body of %d bytes: %v", length, err)
		}
	}
	for name, m := range messages {
		for how, try := range map[string]func() error{
			"Open":       func() error { _, _, err := envelope.Open(t.Context(), m, k, unbounded); return err },
			"Reader":     func() error { _, err := read(m, k, unbounded); return err },
			"ReadHeader": func() error { _, err := envelope.ReadHeader(bytes.NewReader(m), unbounded); return err },
		} {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := try()
			runtime.ReadMemStats(&after)
			if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
				t.Errorf("%s of %s: %d bytes allocated", how, name, n)
			}
			if err == nil && how != "ReadHeader" && !bytes.Equal(m, whole) {
				t.Errorf("%s of %s: no error", how, name)
			}
		}
	}
}

func TestSignedLastFrameIsWithheld(t *testing.T) {
	k := newStatic()
	message := seal(t, threeFrames, k, framesOf(16), suiteOf(envelope.SuiteCommitSigned))
	// The last frame is whole and authentic while its footer, at most 106
	// bytes, still is to come.
	_, final, _ := bytes.Cut(message, be32(0xffffffff))
	whole := len(message) - len(final) + 20 + 8 + 16
	r, w := io.Pipe()
	go func() {
		w.Write(message[:whole])
		w.CloseWithError(io.ErrUnexpectedEOF)
	}()
	reader, err := envelope.NewReader(t.Context(), r, k)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(reader)
	if !errors.Is(err, io.ErrUnexpectedEOF) || string(got) != threeFrames[:32] {
		t.Errorf("released %q, %v", got, err)
	}
	// Another message's signature does not do.
	other := seal(t, threeFrames, k, framesOf(16), suiteOf(envelope.SuiteCommitSigned))
	_, otherFinal, _ := bytes.Cut(other, be32(0xffffffff))
	swapped := join(message[:whole], otherFinal[20+8+16:])
	if err := checkDamage(t, "signature", -1, swapped, k); !errors.Is(err, envelope.ErrSignature) {
		t.Errorf("another message's signature: %v", err)
	}
}
