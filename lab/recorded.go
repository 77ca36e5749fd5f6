package lab

import (
	"bytes"
	"io"
	"maps"
	"net/http"
)

// recorded keeps an answer until it can be sent: it is written within the
// world's lock, where no caller may be waited for. A body that is streamed is
// not copied.
type recorded struct {
	header http.Header
	status int
	body   bytes.Buffer
	stream io.ReadCloser
}

func (a *recorded) Header() http.Header {
	if a.header == nil {
		a.header = http.Header{}
	}
	return a.header
}

func (a *recorded) WriteHeader(status int) { a.status = status }

func (a *recorded) Write(p []byte) (int, error) { return a.body.Write(p) }

// KeepBody takes a body to be read when the answer is sent.
func (a *recorded) KeepBody(body io.ReadCloser) { a.stream = body }

// reset forgets an answer that is not to be given.
func (a *recorded) reset() {
	if a.stream != nil {
		_ = a.stream.Close()
	}
	*a = recorded{}
}

// send answers a request; one by HEAD without the body.
func (a *recorded) send(w http.ResponseWriter, r *http.Request) {
	maps.Copy(w.Header(), a.header)
	if a.status != 0 {
		w.WriteHeader(a.status)
	}
	if a.stream != nil {
		defer a.stream.Close()
	}
	switch {
	case r.Method == http.MethodHead:
	case a.stream != nil:
		_, _ = io.Copy(w, a.stream) // a caller that has gone needs no answer
	default:
		_, _ = w.Write(a.body.Bytes())
	}
}
