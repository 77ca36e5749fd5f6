package wiring

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

// fragile is a body as the SDK makes it: it cannot be read once it is closed.
type fragile struct {
	io.Reader
	closed bool
}

func (f *fragile) Read(p []byte) (int, error) {
	if f.closed {
		return 0, errors.New("read after close")
	}
	return f.Reader.Read(p)
}

func (f *fragile) Close() error { f.closed = true; return nil }

// late is a transport that answers first and reads the body afterwards.
type late struct{ r *http.Request }

func (l *late) Do(r *http.Request) (*http.Response, error) {
	l.r = r
	return &http.Response{Body: http.NoBody}, nil
}

func TestBodyOutlivesTheAnswer(t *testing.T) {
	for _, length := range []int64{5, held + 1} {
		body, next := &fragile{Reader: strings.NewReader("hello")}, &late{}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://localhost/", body)
		if err != nil {
			t.Fatal(err)
		}
		r.ContentLength = length
		if _, err := (steady{next}).Do(r); err != nil {
			t.Fatal(err)
		}
		_ = body.Close()
		got, err := io.ReadAll(next.r.Body)
		if small := length <= held; small != (err == nil && string(got) == "hello") {
			t.Errorf("length %d: %q, %v", length, got, err)
		}
	}
}
