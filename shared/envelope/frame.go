package envelope

import (
	"crypto/cipher"
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// What a frame's additional data says it is (data-format/message-body-aad.md,
// "Body AAD Content").
const (
	singleBlock  = "AWSKMSEncryptionClient Single Block"
	regularFrame = "AWSKMSEncryptionClient Frame"
	finalFrame   = "AWSKMSEncryptionClient Final Frame"
)

const (
	finalMark = math.MaxUint32 // stands where a regular frame has its number

	regularHead  = 4 + nonceLen
	finalHead    = 4 + 4 + nonceLen + 4
	unframedHead = nonceLen + 8

	// maxUnframed is the most that AES-GCM encrypts under one nonce
	// (message-body.md, "Encrypted Content Length").
	maxUnframed = 1<<36 - 32
)

// frameCodec seals or opens the frames of one message, in order. It allocates
// nothing per frame.
type frameCodec struct {
	aead     cipher.AEAD
	frameLen uint32
	framed   bool
	maxLen   uint32 // of a frame's content to open; 0: no bound
	seq      uint32 // of the last frame sealed or found
	regular  []byte // additional data with room for number and length
	final    []byte
	nonce    [nonceLen]byte
}

func newFrameCodec(aead cipher.AEAD, h *Header, maxLen uint32) *frameCodec {
	last := finalFrame
	if !h.Framed {
		last = singleBlock
	}
	prepare := func(content string) []byte {
		aad := make([]byte, 0, len(h.MessageID)+len(content)+12)
		aad = append(append(aad, h.MessageID...), content...)
		return aad[:cap(aad)]
	}
	return &frameCodec{
		aead: aead, frameLen: h.FrameLength, framed: h.Framed, maxLen: maxLen,
		regular: prepare(regularFrame), final: prepare(last),
	}
}

// bind sets the nonce to the current sequence number and gives the additional
// data of the current frame.
func (c *frameCodec) bind(final bool, length uint64) []byte {
	binary.BigEndian.PutUint32(c.nonce[nonceLen-4:], c.seq)
	aad := c.regular
	if final {
		aad = c.final
	}
	binary.BigEndian.PutUint32(aad[len(aad)-12:], c.seq)
	binary.BigEndian.PutUint64(aad[len(aad)-8:], length)
	return aad
}

// seal appends the next frame. A regular frame has exactly frameLen bytes of
// plaintext, the final one at most that.
func (c *frameCodec) seal(dst, plain []byte, final bool) ([]byte, error) {
	// A regular frame with the number of the mark would read as a final one.
	if c.seq == math.MaxUint32 || !final && c.seq == finalMark-1 {
		return dst, fmt.Errorf("%w: more than %d frames; choose a greater frame length", ErrTooLarge, uint32(math.MaxUint32))
	}
	c.seq++
	aad := c.bind(final, uint64(len(plain)))
	if final {
		dst = binary.BigEndian.AppendUint32(dst, finalMark)
	}
	dst = binary.BigEndian.AppendUint32(dst, c.seq)
	dst = append(dst, c.nonce[:]...)
	if final {
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(plain)))
	}
	return c.aead.Seal(dst, c.nonce[:], plain, aad), nil
}

// frame is one frame as it stands in a message.
type frame struct {
	raw   []byte // head, ciphertext and tag
	nonce int    // where the nonce stands
	head  int    // length of what stands before the ciphertext
	final bool
}

// next finds the next frame in w, checks everything of it but its
// authenticity, and does not consume it.
func (c *frameCodec) next(w *window) (frame, error) {
	c.seq++
	f := frame{head: unframedHead, final: true}
	if c.framed {
		mark, err := w.need(4)
		if err != nil {
			return f, c.ends(err)
		}
		f.final = binary.BigEndian.Uint32(mark) == finalMark
		f.nonce, f.head = 4, regularHead
		if f.final {
			f.nonce, f.head = 8, finalHead
		}
	}
	head, err := w.need(f.head)
	if err != nil {
		return f, c.ends(err)
	}
	length, err := c.checkHead(head, f.final)
	if err != nil {
		return f, fmt.Errorf("frame %d: %w", c.seq, err)
	}
	if f.raw, err = w.need(f.head + int(length) + tagLen); err != nil {
		return f, c.ends(err)
	}
	return f, nil
}

// checkHead checks a frame's number and length, and gives the length of its
// content.
func (c *frameCodec) checkHead(head []byte, final bool) (uint64, error) {
	length := uint64(c.frameLen)
	if !c.framed {
		length = binary.BigEndian.Uint64(head[nonceLen:])
		if length > maxUnframed {
			return 0, fmt.Errorf("%w: unframed body of %d bytes, of at most %d", ErrMalformed, length, uint64(maxUnframed))
		}
	} else {
		if final {
			length = uint64(binary.BigEndian.Uint32(head[finalHead-4:]))
			head = head[4:]
		}
		if seq := binary.BigEndian.Uint32(head); seq != c.seq {
			return 0, fmt.Errorf("%w: it has sequence number %d", ErrMalformed, seq)
		}
		if length > uint64(c.frameLen) {
			return 0, fmt.Errorf("%w: final frame of %d bytes in a message with frame length %d", ErrMalformed, length, c.frameLen)
		}
	}
	if c.maxLen != 0 && length > uint64(c.maxLen) {
		return 0, fmt.Errorf("%w: it has %d bytes, of at most %d (MaxFrameLength)", ErrTooLarge, length, c.maxLen)
	}
	if length > math.MaxInt-finalHead-tagLen {
		return 0, fmt.Errorf("%w: it has %d bytes, more than this machine can address", ErrTooLarge, length)
	}
	return length, nil
}

// ends says which frame the message breaks off in.
func (c *frameCodec) ends(err error) error {
	if err == io.EOF {
		err = fmt.Errorf("%w: it ends before its final frame does", ErrTruncated)
	}
	return fmt.Errorf("frame %d: %w", c.seq, err)
}

// open authenticates the frame that next gave and appends its plaintext to dst.
// dst may be the frame's own content[:0]. With an error nothing is appended.
//
// It takes the nonce that the frame states: other writers have used other nonces
// than the sequence number, official test vectors among them, and a changed
// nonce fails to authenticate.
func (c *frameCodec) open(dst []byte, f frame) ([]byte, error) {
	content, nonce := f.raw[f.head:], f.raw[f.nonce:f.nonce+nonceLen]
	aad := c.bind(f.final, uint64(len(content)-tagLen))
	plain, err := c.aead.Open(dst, nonce, content, aad)
	if err != nil {
		return dst, fmt.Errorf("frame %d: %w", c.seq, ErrFrameAuth)
	}
	return plain, nil
}
