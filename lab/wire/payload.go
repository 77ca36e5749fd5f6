package wire

import (
	"bytes"
	"io"
	"net/http"
)

// Payload is a body that is not copied: what a request brought, in an SDK
// input's Body io.Reader, or what an answer is to send, in an SDK output's Body
// io.ReadCloser. A service takes the bytes of a request by
//
//	body := in.Body.(*wire.Payload).Bytes()
//
// and must not change them. It may be read, sought and sent any number of times,
// by one reader at a time.
type Payload struct {
	bytes.Reader
	data []byte
}

// NewPayload makes a payload of bytes, which must not change until it was sent.
func NewPayload(data []byte) *Payload {
	p := &Payload{data: data}
	p.Reset(data)
	return p
}

// Bytes gives all of the payload, wherever reading stands.
func (p *Payload) Bytes() []byte { return p.data }

// Close does nothing.
func (p *Payload) Close() error { return nil }

// BodyKeeper is an http.ResponseWriter that takes an answer's streamed body, to
// send it when it can: EncodeOutput is called where no caller may be waited for.
type BodyKeeper interface {
	http.ResponseWriter
	KeepBody(io.ReadCloser)
}

// sendBody hands a streamed body over, or writes it.
func sendBody(w http.ResponseWriter, body io.ReadCloser) {
	if k, ok := w.(BodyKeeper); ok {
		k.KeepBody(body)
		return
	}
	_, _ = io.Copy(w, body) // a client that hung up is not ours to report
	_ = body.Close()
}
