package main

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestBase64(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 4, 1000, chunk - 1, chunk, chunk + 1, 3*chunk + 2} {
		plain := noise(n)
		var text bytes.Buffer
		w := newBase64Writer(&text)
		if _, err := w.Write(plain); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil || text.String() != base64.StdEncoding.EncodeToString(plain)+"\n" {
			t.Fatalf("%d bytes became %d characters: %v", n, text.Len(), err)
		}
		for name, form := range map[string]string{
			"standard": text.String(),
			"URL":      base64.RawURLEncoding.EncodeToString(plain),
			"broken":   strings.Join(strings.SplitAfter(text.String(), "A"), " \t\r\n"),
		} {
			got, err := io.ReadAll(newBase64Reader(strings.NewReader(form)))
			if err != nil || !bytes.Equal(got, plain) {
				t.Errorf("%d bytes, %s: %d bytes, %v", n, name, len(got), err)
			}
			if n > 1000 {
				continue
			}
			got, err = io.ReadAll(newBase64Reader(iotest.OneByteReader(strings.NewReader(form))))
			if err != nil || !bytes.Equal(got, plain) {
				t.Errorf("%d bytes, %s, byte by byte: %d bytes, %v", n, name, len(got), err)
			}
		}
	}
}

func TestBase64Refused(t *testing.T) {
	for text, want := range map[string]string{
		"AAAAA":            "cut off",
		"AA=":              "padding is wrong",
		"AAAA=":            "padding is wrong",
		"AAA==":            "padding is wrong",
		"=":                "padding is wrong",
		"AA==AAAA":         "byte 5 follows the padding",
		"AAAA*":            `byte 5 is '*'`,
		"AB==":             "bits that mean nothing",
		"\x02\x04\x78":     "leave --base64 away",
		"AAAA\x00":         "byte 5",
		"AAAABBBB\nCC==\n": "bits that mean nothing",
	} {
		for _, src := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text))} {
			_, err := io.ReadAll(newBase64Reader(src))
			if !errors.Is(err, errBase64) || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %v", text, err)
			}
		}
	}
	broken := errors.New("broken")
	if _, err := io.ReadAll(newBase64Reader(io.MultiReader(strings.NewReader("AAAA"), iotest.ErrReader(broken)))); !errors.Is(err, broken) {
		t.Error(err)
	}
}

func FuzzBase64(f *testing.F) {
	f.Add("AAAA")
	f.Add("-_8=\n")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := io.ReadAll(newBase64Reader(iotest.HalfReader(strings.NewReader(text))))
		tidy := strings.NewReplacer("-", "+", "_", "/", " ", "", "\t", "", "\r", "", "\n", "", "\v", "", "\f", "").Replace(text)
		encoding := base64.StdEncoding.Strict()
		if !strings.Contains(tidy, "=") {
			encoding = base64.RawStdEncoding.Strict()
		}
		want, bad := encoding.DecodeString(tidy)
		if (err == nil) != (bad == nil) || err == nil && !bytes.Equal(got, want) {
			t.Errorf("%q: %q, %v; want %q, %v", text, got, err, want, bad)
		}
	})
}

func BenchmarkBase64Reader(b *testing.B) {
	text := []byte(base64.StdEncoding.EncodeToString(noise(3 << 20)))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := io.Copy(io.Discard, struct{ io.Reader }{newBase64Reader(bytes.NewReader(text))}); err != nil {
			b.Fatal(err)
		}
	}
}
