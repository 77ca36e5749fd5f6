package rotate

import (
	"bytes"
	"encoding/hex"
	"testing"

	"rekey/shared/secretref"
)

// Wrap is for tests that import by hand.
func (k Kind) Wrap(secret secretref.Secret, der []byte) ([]byte, error) { return k.wrap(secret, der) }

// The example of RFC 5649, section 6.
func TestWrapPadded(t *testing.T) {
	parse := func(text string) []byte {
		b, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	got, err := wrapPadded(parse("5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8"), parse("c37b7e6492584340bed12207808941155068f738"))
	if want := parse("138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a"); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%x, %v", got, err)
	}
}
