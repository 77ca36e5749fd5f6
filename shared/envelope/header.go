package envelope

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// Header is what a message says of itself, in plain
// (data-format/message-header.md).
type Header struct {
	// Version of the message format.
	Version int
	Suite   Suite
	// MessageID is random and names the message.
	MessageID []byte
	// EncryptionContext is nil where there is none. As given by ReadHeader it
	// holds the stored pairs; as given by a Reader or Open, those of
	// OpenOptions.UnstoredContext too.
	EncryptionContext map[string]string
	// EncryptedDataKeys has at least one element.
	EncryptedDataKeys []EncryptedDataKey
	// Framed is false for a body of one unframed block.
	Framed bool
	// FrameLength is the number of plaintext bytes in each frame but the last,
	// and 0 for an unframed body.
	FrameLength uint32
}

// Content types (message-header.md, "Supported Content Types").
const (
	contentUnframed = 1
	contentFramed   = 2
)

// encodedHeader is a header with the bytes that authenticate it.
type encodedHeader struct {
	Header
	body       []byte // all of the header before its tag
	commitment []byte
	tag        []byte
}

// appendHeaderBody appends all of a header before its tag, with framed content.
func appendHeaderBody(dst []byte, h *Header, commitment []byte) ([]byte, error) {
	dst = append(dst, byte(h.Version))
	dst = binary.BigEndian.AppendUint16(dst, uint16(h.Suite))
	dst = append(dst, h.MessageID...)
	at := len(dst)
	dst, err := appendContext(append(dst, 0, 0), h.EncryptionContext)
	if err != nil {
		return nil, err
	}
	binary.BigEndian.PutUint16(dst[at:], uint16(len(dst)-at-2))
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(h.EncryptedDataKeys)))
	for i, k := range h.EncryptedDataKeys {
		if max(len(k.ProviderID), len(k.ProviderInfo), len(k.Ciphertext)) > math.MaxUint16 {
			return nil, fmt.Errorf("%w: encrypted data key %d of the keyring has a field of more than %d bytes", ErrTooLarge, i+1, math.MaxUint16)
		}
		dst = appendField(dst, k.ProviderID)
		dst = appendField(dst, k.ProviderInfo)
		dst = appendField(dst, k.Ciphertext)
	}
	dst = append(dst, contentFramed)
	dst = binary.BigEndian.AppendUint32(dst, h.FrameLength)
	return append(dst, commitment...), nil
}

// ReadHeader reads a message's header and nothing after it. What it gives is
// not authenticated: anyone may have written it, and it must decide nothing. Of
// the options it uses the bounds. Its error wraps ErrMalformed, ErrTruncated,
// ErrUnsupported, ErrTooLarge or ErrTooManyKeys, or is that of r.
func ReadHeader(r io.Reader, opts ...func(*OpenOptions)) (Header, error) {
	o := openOptions(opts, 0)
	h, err := parseHeader(&window{src: r, exact: true}, &o)
	if err != nil {
		return Header{}, fmt.Errorf("envelope: header: %w", err)
	}
	return h.Header, nil
}

// headerParser walks through a header. After an error every read gives nothing,
// and err keeps the first.
type headerParser struct {
	w   *window
	off int // bytes walked over
	max int
	err error
}

// take gives the next n bytes. They are valid until the next take.
func (p *headerParser) take(n int) []byte {
	if p.err != nil {
		return nil
	}
	if p.off+n > p.max {
		p.err = fmt.Errorf("%w: the header has more than %d bytes (MaxHeaderLength)", ErrTooLarge, p.max)
		return nil
	}
	b, err := p.w.need(p.off + n)
	if err != nil {
		p.err = truncated(err)
		return nil
	}
	b = b[p.off:]
	p.off += n
	return b
}

func (p *headerParser) uint8() byte {
	if b := p.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (p *headerParser) uint16() int {
	if b := p.take(2); b != nil {
		return int(binary.BigEndian.Uint16(b))
	}
	return 0
}

// field takes a two-byte length and its bytes.
func (p *headerParser) field() []byte { return p.take(p.uint16()) }

// fail sets the error, unless there is one.
func (p *headerParser) fail(class error, format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf("%w: "+format, append([]any{class}, args...)...)
	}
}

// parseHeader reads a header and consumes it. No policy is applied to it but
// the bounds.
func parseHeader(w *window, o *OpenOptions) (*encodedHeader, error) {
	p := &headerParser{w: w, max: o.MaxHeaderLength}
	h := &encodedHeader{}
	spec := p.preamble(h)
	h.MessageID = bytes.Clone(p.take(spec.idLen))
	p.context(h)
	p.dataKeys(h, o.MaxEncryptedDataKeys)
	p.content(h)
	h.commitment = bytes.Clone(p.take(spec.commitLen))
	bodyLen := p.off
	h.tag = bytes.Clone(p.take(tagLen))
	if p.err != nil {
		return nil, p.err
	}
	whole, err := w.need(p.off)
	if err != nil {
		return nil, truncated(err)
	}
	h.body = bytes.Clone(whole[:bodyLen])
	w.consume(p.off)
	return h, nil
}

// preamble reads the version and the suite.
func (p *headerParser) preamble(h *encodedHeader) suiteSpec {
	h.Version = int(p.uint8())
	switch {
	case p.err != nil:
		return suiteSpec{}
	case h.Version == 'A':
		// Base64 of any message starts with A (client-apis/decrypt.md,
		// "Encrypted Message Format").
		p.fail(ErrMalformed, "the first byte is the letter A: is the message Base64-encoded?")
	case h.Version == 1:
		// Version 1 has a type byte, always 80, before its suite.
		if kind := p.uint8(); kind != 0x80 {
			p.fail(ErrMalformed, "version 1 with message type %#02x", kind)
		}
	case h.Version != 2:
		p.fail(ErrMalformed, "%d is not a version of the message format", h.Version)
	}
	h.Suite = Suite(p.uint16())
	if p.err != nil {
		return suiteSpec{}
	}
	spec, err := h.Suite.spec()
	switch {
	case err != nil:
		p.err = err
	case int(spec.version) != h.Version:
		p.fail(ErrMalformed, "algorithm suite %v in message format %d", h.Suite, h.Version)
	}
	return spec
}

func (p *headerParser) context(h *encodedHeader) {
	raw := p.field()
	if p.err == nil {
		h.EncryptionContext, p.err = parseContext(raw)
	}
}

func (p *headerParser) dataKeys(h *encodedHeader, most int) {
	count := p.uint16()
	switch {
	case p.err != nil:
		return
	case count == 0:
		p.fail(ErrMalformed, "no encrypted data keys")
	case count > most:
		p.fail(ErrTooManyKeys, "the message has %d, of at most %d (MaxEncryptedDataKeys)", count, most)
	}
	for i := 0; i < count && p.err == nil; i++ {
		var k EncryptedDataKey
		k.ProviderID = string(p.field())
		k.ProviderInfo = bytes.Clone(p.field())
		k.Ciphertext = bytes.Clone(p.field())
		h.EncryptedDataKeys = append(h.EncryptedDataKeys, k)
	}
}

func (p *headerParser) content(h *encodedHeader) {
	kind := p.uint8()
	if b := p.take(4); b != nil {
		h.FrameLength = binary.BigEndian.Uint32(b)
	}
	h.Framed = kind == contentFramed
	switch {
	case kind != contentFramed && kind != contentUnframed:
		p.fail(ErrMalformed, "unknown content type %#02x", kind)
	case h.Framed && h.FrameLength == 0:
		p.fail(ErrMalformed, "frame length 0")
	case !h.Framed && h.FrameLength != 0:
		p.fail(ErrMalformed, "frame length %d of an unframed body", h.FrameLength)
	}
}
