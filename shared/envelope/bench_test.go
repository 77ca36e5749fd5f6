package envelope_test

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"fmt"
	"io"
	"testing"
	"time"

	"rekey/shared/envelope"
)

// rawGCM measures one AES-256-GCM call over n bytes, sealing or opening.
func rawGCM(b *testing.B, n int, opening bool) time.Duration {
	b.Helper()
	block, err := aes.NewCipher(make([]byte, 32))
	if err != nil {
		b.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		b.Fatal(err)
	}
	nonce, plain := make([]byte, 12), make([]byte, n)
	sealed := aead.Seal(nil, nonce, plain, nil)
	out := make([]byte, 0, len(sealed))
	best := time.Duration(1 << 62)
	for range 5 {
		rounds := max(2, 8<<20/n)
		start := time.Now()
		for range rounds {
			if opening {
				_, err = aead.Open(out, nonce, sealed, nil)
			} else {
				aead.Seal(out, nonce, plain, nil)
			}
		}
		best = min(best, time.Since(start)/time.Duration(rounds))
	}
	if err != nil {
		b.Fatal(err)
	}
	return best
}

// BenchmarkMessage seals and opens with suite 0478 and the default frame length,
// in memory (bytes) and as a stream. x-raw-gcm is how many times as long it
// takes as one AES-256-GCM call over the same bytes in the same run.
func BenchmarkMessage(b *testing.B) {
	k, ctx := &staticKey{key: make([]byte, 32)}, context.Background()
	for _, size := range []struct {
		name string
		n    int
	}{{"1KiB", 1 << 10}, {"1MiB", 1 << 20}, {"64MiB", 64 << 20}} {
		plain := make([]byte, size.n)
		message, err := envelope.Seal(ctx, plain, k)
		if err != nil {
			b.Fatal(err)
		}
		for _, op := range []struct {
			name    string
			opening bool
			run     func() error
		}{
			{"seal/bytes", false, func() error { _, err := envelope.Seal(ctx, plain, k); return err }},
			{"seal/stream", false, func() error { return sealChunks(io.Discard, plain, []int{32 << 10}, k) }},
			{"open/bytes", true, func() error { _, _, err := envelope.Open(ctx, message, k); return err }},
			{"open/stream", true, func() error {
				r, err := envelope.NewReader(ctx, bytes.NewReader(message), k)
				if err == nil {
					_, err = io.Copy(io.Discard, r)
				}
				return err
			}},
		} {
			b.Run(fmt.Sprintf("%s/%s", op.name, size.name), func(b *testing.B) {
				raw := rawGCM(b, size.n, op.opening)
				b.SetBytes(int64(size.n))
				b.ReportAllocs()
				for b.Loop() {
					if err := op.run(); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(raw), "x-raw-gcm")
			})
		}
	}
}
