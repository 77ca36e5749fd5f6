package journal

import (
	"bytes"
	"errors"
	"testing"
)

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"journal":1,"version":1,"nonce":"n","record":{"created":"2026-11-22T10:00:00Z","lease":{"holder":"h","until":"2026-11-22T10:05:00Z"},"finished":null,"state":"s","steps":[]}}`,
		`{"journal":2}`, `{"journal":1,"version":9}`, `[]`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := decode[Job[string]](1, bytes.NewReader(body))
		if err != nil {
			if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrNewer) && !errors.Is(err, ErrTooLarge) {
				t.Fatalf("%v has no class", err)
			}
			return
		}
		again, nonce, err := encode(1, d.Record)
		if errors.Is(err, ErrTooLarge) {
			return
		}
		if err != nil || nonce == d.Nonce {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if _, err := decode[Job[string]](1, bytes.NewReader(again)); err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
	})
}
