package envelope

import (
	"context"
	"fmt"
	"io"
	"maps"
)

// opening is a message whose header is authenticated.
type opening struct {
	header Header
	win    *window
	codec  *frameCodec
	verify *verifier // nil: unsigned
	done   bool      // the whole message is authenticated
}

// begin reads a header, checks every demand on it, gets the data key, and
// authenticates it (client-apis/decrypt.md, from "Parse the header" to "Verify
// the header"). The keyring is not called for a message that the demands refuse.
func begin(ctx context.Context, win *window, k Keyring, o *OpenOptions) (*opening, error) {
	h, err := parseHeader(win, o)
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	spec, err := h.Suite.spec()
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	if spec.signed && o.ForbidSigned {
		return nil, fmt.Errorf("header: %w: its algorithm suite is %v", ErrSigned, h.Suite)
	}
	if !spec.signed && o.RequireSigned {
		return nil, fmt.Errorf("header: %w: its algorithm suite is %v", ErrUnsigned, h.Suite)
	}
	if err := checkCallerContext(nil, o.UnstoredContext); err != nil {
		return nil, err
	}
	verify, err := newVerifier(&h.Header)
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	whole, unstored, err := joinContext(h.EncryptionContext, o.UnstoredContext)
	if err != nil {
		return nil, err
	}
	if err := meetDemands(whole, o); err != nil {
		return nil, err
	}
	// The keyring has a context of its own, so that what it may do to it does
	// not reach the header that is shown.
	m := &DecryptionMaterials{Suite: h.Suite, EncryptionContext: maps.Clone(whole)}
	defer func() { clear(m.DataKey) }()
	if err := k.OnDecrypt(ctx, m, h.EncryptedDataKeys); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoKey, err)
	}
	if len(m.DataKey) != spec.keyLen {
		return nil, fmt.Errorf("%w: the keyring gave one of %d bytes; suite %v takes %d", ErrNoKey, len(m.DataKey), h.Suite, spec.keyLen)
	}
	aead, err := authenticate(h, spec, m.DataKey, unstored)
	if err != nil {
		return nil, err
	}
	if len(whole) > 0 {
		h.EncryptionContext = whole
	}
	verify.write(h.body)
	verify.write(h.tag)
	return &opening{header: h.Header, win: win, verify: verify, codec: newFrameCodec(aead, &h.Header, o.MaxFrameLength)}, nil
}

// next opens the next frame. The plaintext is appended to dst, or stands in the
// window until the next call where inPlace. For the last frame it comes only
// once the signature is verified and nothing follows the message.
func (o *opening) next(dst []byte, inPlace bool) ([]byte, error) {
	f, err := o.codec.next(o.win)
	if err != nil {
		return dst, err
	}
	o.verify.write(f.raw)
	if inPlace {
		dst = f.raw[f.head:f.head]
	}
	plain, err := o.codec.open(dst, f)
	if err != nil {
		return dst, err
	}
	o.win.consume(len(f.raw))
	if !f.final {
		return plain, nil
	}
	if inPlace {
		// Looking for the end may move the window's bytes.
		plain = append(make([]byte, 0, len(plain)), plain...)
	}
	if err := o.finish(); err != nil {
		clear(plain)
		return dst, err
	}
	o.done = true
	return plain, nil
}

// all appends the plaintext of every frame to an empty slice with room for it.
// With an error nothing of it stays there.
func (o *opening) all(plain []byte) ([]byte, error) {
	for !o.done {
		var err error
		if plain, err = o.next(plain, false); err != nil {
			clear(plain)
			return nil, err
		}
	}
	return plain, nil
}

// buffered says whether a whole regular frame has been read from the source.
func (o *opening) buffered() bool {
	return int64(o.win.end-o.win.start) >= regularHead+int64(o.header.FrameLength)+tagLen
}

// finish checks what comes after the last frame.
func (o *opening) finish() error {
	if err := o.verify.readFooter(o.win); err != nil {
		return err
	}
	end, err := o.win.atEnd()
	if err == nil && !end {
		err = ErrTrailing
	}
	return err
}

// Reader decrypts one message. It gives out only what is authenticated, frame by
// frame, and the last frame only when the whole message is; io.EOF says that the
// message was complete. After any other error, what it gave before must be
// discarded: the message was cut off or changed. A Reader is not for concurrent
// use.
type Reader struct {
	o     *opening
	plain []byte // released but not yet read; stands in the window or is the last frame
	err   error  // what comes after plain
}

// NewReader reads the header from src, gets the data key from k, and
// authenticates the header. The ctx is for the keyring alone. It reads src to
// its end, in pieces of 64 KiB or more where a frame is larger.
//
// Its error wraps ErrMalformed, ErrTruncated, ErrUnsupported, ErrTooLarge,
// ErrTooManyKeys, ErrSigned, ErrUnsigned, ErrContextMismatch, ErrReservedContext,
// ErrNoKey, ErrCommitment or ErrHeaderAuth, or is that of src. (client-apis/decrypt.md)
func NewReader(ctx context.Context, src io.Reader, k Keyring, opts ...func(*OpenOptions)) (*Reader, error) {
	o := openOptions(opts, DefaultMaxFrameLength)
	m, err := begin(ctx, &window{src: src}, k, &o)
	if err != nil {
		return nil, fmt.Errorf("envelope: %w", err)
	}
	return &Reader{o: m}, nil
}

// Header gives the message's header, which is authenticated. Of a signed message
// it is not verified as signed before io.EOF.
func (r *Reader) Header() Header { return r.o.header }

// Read gives plaintext. Its error is io.EOF at the end of a complete message, or
// wraps ErrMalformed, ErrTruncated, ErrTrailing, ErrTooLarge, ErrFrameAuth or
// ErrSignature, or is that of the source.
func (r *Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n := 0
	for n < len(p) {
		if len(r.plain) == 0 {
			// What is at hand goes out before more of the source is waited for.
			if n > 0 && r.err == nil && !r.o.buffered() {
				break
			}
			if r.advance(); r.err != nil && len(r.plain) == 0 {
				break
			}
		}
		m := copy(p[n:], r.plain)
		r.plain = r.plain[m:]
		n += m
	}
	if n > 0 {
		return n, nil
	}
	return 0, r.err
}

// WriteTo writes the rest of the plaintext to dst, a frame at a time.
func (r *Reader) WriteTo(dst io.Writer) (int64, error) {
	var total int64
	for {
		if len(r.plain) > 0 {
			n, err := dst.Write(r.plain)
			total += int64(n)
			r.plain = r.plain[n:]
			if err != nil {
				return total, err
			}
			if len(r.plain) > 0 {
				return total, io.ErrShortWrite
			}
		}
		if r.err == io.EOF {
			return total, nil
		}
		if r.err != nil {
			return total, r.err
		}
		r.advance()
	}
}

// advance opens the next frame into plain, unless an error was met. A frame may
// be empty.
func (r *Reader) advance() {
	if r.err != nil {
		return
	}
	plain, err := r.o.next(nil, true)
	if err != nil {
		r.err = fmt.Errorf("envelope: %w", err)
		r.o.win.wipe()
		return
	}
	r.plain = plain
	if r.o.done {
		r.err = io.EOF
		r.o.win.wipe()
	}
}

// Open decrypts a message in memory, and gives its header too. With an error it
// gives nothing of either. Its errors are those of NewReader and Read.
func Open(ctx context.Context, message []byte, k Keyring, opts ...func(*OpenOptions)) ([]byte, Header, error) {
	options := openOptions(opts, 0)
	o, err := begin(ctx, &window{buf: message, end: len(message)}, k, &options)
	if err != nil {
		return nil, Header{}, fmt.Errorf("envelope: %w", err)
	}
	plain, err := o.all(make([]byte, 0, o.win.end-o.win.start))
	if err != nil {
		return nil, Header{}, fmt.Errorf("envelope: %w", err)
	}
	return plain, o.header, nil
}
