package envelope_test

import (
	"bytes"
	"context"
	"io"
	"testing"

	"rekey/shared/envelope"
)

// seeds gives a message of each form.
func seeds(t testing.TB, k *staticKey) [][]byte {
	return [][]byte{
		nil, []byte("AgR4"), {1, 0x80, 3, 0x78},
		seal(t, "", k), seal(t, threeFrames, k, framesOf(16), contextOf(map[string]string{"tenant": "a"})),
		seal(t, threeFrames, k, framesOf(16), suiteOf(envelope.SuiteCommitSigned)),
		newForge(t, k, 1, 0, nil).block("abc").out, newForge(t, k, 2, 1<<32-1, nil).final(1, "x").out,
	}
}

// FuzzOpen: what Open says of any bytes and what a Reader says are the same, and
// what opens seals and opens again.
func FuzzOpen(f *testing.F) {
	k := &staticKey{key: bytes.Repeat([]byte{9}, 32)}
	for _, s := range seeds(f, k) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		ctx := context.Background()
		plain, h, err := envelope.Open(ctx, message, k)
		if err != nil && (plain != nil || h.MessageID != nil) {
			t.Errorf("%q, %+v with %v", plain, h, err)
		}
		r, errReader := envelope.NewReader(ctx, oddReader{bytes.NewReader(message), 7}, k)
		if errReader == nil {
			var got []byte
			got, errReader = io.ReadAll(r)
			if err == nil && !bytes.Equal(got, plain) {
				t.Errorf("Reader gives %q, Open %q", got, plain)
			}
		}
		if (err == nil) != (errReader == nil) {
			t.Errorf("Open: %v; Reader: %v", err, errReader)
		}
		if err == nil {
			again := seal(t, string(plain), k)
			if got, _, err := envelope.Open(ctx, again, k); err != nil || !bytes.Equal(got, plain) {
				t.Errorf("sealed again: %q, %v", got, err)
			}
		}
	})
}

// FuzzReadHeader: no panic, and a header that is read has what a header must.
func FuzzReadHeader(f *testing.F) {
	k := &staticKey{key: bytes.Repeat([]byte{9}, 32)}
	for _, s := range seeds(f, k) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		h, err := envelope.ReadHeader(bytes.NewReader(message))
		if err != nil {
			return
		}
		if h.Version != 2 || h.Suite.KeyLen() != 32 || len(h.MessageID) != 32 || len(h.EncryptedDataKeys) == 0 || h.Framed != (h.FrameLength > 0) {
			t.Errorf("%+v", h)
		}
	})
}
