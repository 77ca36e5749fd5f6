package envelope

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
)

// Writer encrypts what is written to it into one message. The message is valid
// only once Close has returned nil. A Writer is not for concurrent use.
type Writer struct {
	dst     io.Writer
	codec   *frameCodec
	signer  *signer // nil: unsigned
	length  int     // plaintext bytes in a frame
	pending []byte  // plaintext of a frame that is not known to be full or final
	out     []byte  // encrypted but not yet written to dst
	err     error   // the first one, or ErrClosed
}

// NewWriter gets a data key from k and gives a Writer of one message to dst. The
// ctx is for the keyring alone. Up to 64 KiB of the message, its header
// included, are held back until more is written or Close is called.
//
// Its error wraps ErrReservedContext, ErrInvalidContext, ErrTooLarge,
// ErrTooManyKeys or ErrUnsupported, or is the keyring's. (client-apis/encrypt.md)
func NewWriter(ctx context.Context, dst io.Writer, k Keyring, opts ...func(*SealOptions)) (*Writer, error) {
	o := sealOptions(opts)
	w, err := newWriter(ctx, k, &o, 0)
	if err != nil {
		return nil, fmt.Errorf("envelope: %w", err)
	}
	w.dst = dst
	return w, nil
}

// newWriter makes a Writer whose out holds the header, with room for extra
// bytes more.
func newWriter(ctx context.Context, k Keyring, o *SealOptions, extra int) (*Writer, error) {
	spec, err := o.Suite.spec()
	if err != nil {
		return nil, err
	}
	if uint64(o.FrameLength) > math.MaxInt-finalHead-tagLen {
		return nil, fmt.Errorf("%w: a frame length of %d bytes is more than this machine can address", ErrTooLarge, o.FrameLength)
	}
	if err := checkCallerContext(o.EncryptionContext, o.UnstoredContext); err != nil {
		return nil, err
	}
	w := &Writer{length: int(o.FrameLength)}
	h := Header{
		Version: int(spec.version), Suite: o.Suite, MessageID: make([]byte, spec.idLen),
		EncryptionContext: maps.Clone(o.EncryptionContext), Framed: true, FrameLength: o.FrameLength,
	}
	if spec.signed {
		var publicKey string
		if w.signer, publicKey, err = newSigner(); err != nil {
			return nil, err
		}
		if h.EncryptionContext == nil {
			h.EncryptionContext = map[string]string{}
		}
		h.EncryptionContext[publicKeyName] = publicKey
	}
	m, err := encryptionMaterials(ctx, k, &h, o)
	if err != nil {
		return nil, err
	}
	defer clear(m.DataKey)
	h.EncryptedDataKeys = m.EncryptedDataKeys
	rand.Read(h.MessageID)
	aead, commitment, err := derive(h.Suite, spec, m.DataKey, h.MessageID)
	if err != nil {
		return nil, err
	}
	body, err := appendHeaderBody(nil, &h, commitment)
	if err != nil {
		return nil, err
	}
	tag, err := headerTag(aead, body, o.UnstoredContext)
	if err != nil {
		return nil, err
	}
	w.out = append(append(make([]byte, 0, len(body)+len(tag)+extra), body...), tag...)
	w.signer.write(w.out)
	w.codec = newFrameCodec(aead, &h, 0)
	return w, nil
}

// encryptionMaterials asks the keyring, and checks what it gives.
func encryptionMaterials(ctx context.Context, k Keyring, h *Header, o *SealOptions) (*EncryptionMaterials, error) {
	whole, _, err := joinContext(h.EncryptionContext, o.UnstoredContext)
	if err != nil {
		return nil, err
	}
	// Refuse a context that cannot be written before a key is made for it.
	for _, pairs := range []map[string]string{whole, h.EncryptionContext} {
		if _, err := appendContext(nil, pairs); err != nil {
			return nil, err
		}
	}
	m := &EncryptionMaterials{Suite: h.Suite, EncryptionContext: whole}
	if err := k.OnEncrypt(ctx, m); err != nil {
		return nil, fmt.Errorf("make a data key: %w", err)
	}
	switch n := len(m.EncryptedDataKeys); {
	case n == 0:
		err = errors.New("the keyring gave no encrypted data key")
	case n > o.MaxEncryptedDataKeys:
		err = fmt.Errorf("%w: the keyring gave %d, of at most %d (MaxEncryptedDataKeys)", ErrTooManyKeys, n, o.MaxEncryptedDataKeys)
	}
	if err != nil {
		clear(m.DataKey)
		return nil, err
	}
	return m, nil
}

// Write encrypts p, or keeps it until a frame is full. Its error is the one of
// the destination, or wraps ErrTooLarge after 2^32-1 frames, or ErrClosed. After
// an error the message is lost.
func (w *Writer) Write(p []byte) (int, error) {
	given := len(p)
	for len(p) > 0 && w.err == nil {
		switch {
		case len(w.pending) == w.length:
			// More follows it, so it is not the final frame. A plaintext that
			// fills its last frame ends with that frame and not with an empty
			// one (message-body.md, "Final Frame").
			w.emit(w.pending, false)
			w.pending = w.pending[:0]
		case len(w.pending) == 0 && len(p) > w.length:
			w.emit(p[:w.length], false)
			p = p[w.length:]
		default:
			if w.pending == nil {
				w.pending = make([]byte, 0, min(w.length, chunkLen))
			}
			n := min(w.length-len(w.pending), len(p))
			w.pending = append(w.pending, p[:n]...)
			p = p[n:]
		}
		if len(w.out) >= chunkLen {
			w.flush()
		}
	}
	if w.err != nil {
		return given - len(p), fmt.Errorf("envelope: %w", w.err)
	}
	return given, nil
}

// Close writes the final frame and, for a signed suite, the signature. It does
// not close the destination. Without Close, or after an error, what was written
// is not a message. A second Close does nothing.
func (w *Writer) Close() error {
	if w.err == ErrClosed {
		return nil
	}
	w.finish(w.pending)
	w.flush()
	w.wipe()
	if w.err != nil {
		return fmt.Errorf("envelope: %w", w.err)
	}
	w.err = ErrClosed
	return nil
}

// emit seals one frame into out. After an error it does nothing.
func (w *Writer) emit(plain []byte, final bool) {
	if w.err != nil {
		return
	}
	before := len(w.out)
	w.out, w.err = w.codec.seal(w.out, plain, final)
	w.signer.write(w.out[before:])
}

// finish seals the last frame and the footer into out.
func (w *Writer) finish(last []byte) {
	w.emit(last, true)
	if w.err == nil {
		w.out, w.err = w.signer.appendFooter(w.out)
	}
}

func (w *Writer) flush() {
	if w.err != nil {
		return
	}
	n, err := w.dst.Write(w.out)
	if err == nil && n < len(w.out) {
		err = io.ErrShortWrite
	}
	if err != nil {
		w.err = fmt.Errorf("write the message: %w", err)
	}
	w.out = w.out[:0]
}

// wipe zeroes the plaintext and lets go of the keys.
func (w *Writer) wipe() {
	clear(w.pending[:cap(w.pending)])
	w.pending, w.out, w.codec, w.signer = nil, nil, nil, nil
}

// Seal encrypts plaintext into a message in memory. Its error is like those of
// NewWriter.
func Seal(ctx context.Context, plaintext []byte, k Keyring, opts ...func(*SealOptions)) ([]byte, error) {
	o := sealOptions(opts)
	frames := len(plaintext)/max(1, int(o.FrameLength)) + 1
	const footer = 2 + 104
	w, err := newWriter(ctx, k, &o, len(plaintext)+frames*(finalHead+tagLen)+footer)
	if err != nil {
		return nil, fmt.Errorf("envelope: %w", err)
	}
	for len(plaintext) > w.length && w.err == nil {
		w.emit(plaintext[:w.length], false)
		plaintext = plaintext[w.length:]
	}
	w.finish(plaintext)
	if w.err != nil {
		return nil, fmt.Errorf("envelope: %w", w.err)
	}
	return w.out, nil
}
