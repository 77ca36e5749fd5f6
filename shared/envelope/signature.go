package envelope

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash"
)

// pointLen is the length of a coordinate on P-384.
const pointLen = 48

// signer signs a message as it is written. Its zero pointer is the signer of an
// unsigned message.
type signer struct {
	key  *ecdsa.PrivateKey
	hash hash.Hash
}

// newSigner makes a key pair for one message and the value of its context pair:
// Base64 of the compressed point (framework/default-cmm.md, "Get Encryption
// Materials"; algorithm-suites.md, "Signature Algorithm").
func newSigner() (*signer, string, error) {
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		return nil, "", err
	}
	point, err := key.PublicKey.Bytes() // 04, x, y
	if err != nil {
		return nil, "", err
	}
	compressed := append([]byte{2 | point[2*pointLen]&1}, point[1:1+pointLen]...)
	return &signer{key: key, hash: sha512.New384()}, base64.StdEncoding.EncodeToString(compressed), nil
}

func (s *signer) write(b []byte) {
	if s != nil {
		s.hash.Write(b)
	}
}

// appendFooter appends the footer (data-format/message-footer.md). Its length
// varies by a few bytes.
func (s *signer) appendFooter(dst []byte) ([]byte, error) {
	if s == nil {
		return dst, nil
	}
	signature, err := ecdsa.SignASN1(rand.Reader, s.key, s.hash.Sum(nil))
	if err != nil {
		return dst, err
	}
	return appendField(dst, signature), nil
}

// verifier checks the signature of a message as it is read. Its zero pointer is
// the verifier of an unsigned message.
type verifier struct {
	key  *ecdsa.PublicKey
	hash hash.Hash
}

// newVerifier takes the public key out of a signed message's context. An
// unsigned message must not have one (framework/default-cmm.md, "Decrypt
// Materials").
func newVerifier(h *Header) (*verifier, error) {
	text, ok := h.EncryptionContext[publicKeyName]
	switch {
	case !h.Suite.Signed() && !ok:
		return nil, nil
	case !h.Suite.Signed():
		return nil, fmt.Errorf("%w: %s in the encryption context of a message that is not signed", ErrMalformed, publicKeyName)
	case !ok:
		return nil, fmt.Errorf("%w: a signed message without %s in its encryption context", ErrMalformed, publicKeyName)
	}
	key, err := parsePublicKey(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %s is not a compressed point of P-384 in Base64", ErrMalformed, publicKeyName)
	}
	return &verifier{key: key, hash: sha512.New384()}, nil
}

func parsePublicKey(text string) (*ecdsa.PublicKey, error) {
	compressed, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, err
	}
	x, y := elliptic.UnmarshalCompressed(elliptic.P384(), compressed)
	if x == nil {
		return nil, ErrMalformed
	}
	point := make([]byte, 1+2*pointLen)
	point[0] = 4
	x.FillBytes(point[1 : 1+pointLen])
	y.FillBytes(point[1+pointLen:])
	return ecdsa.ParseUncompressedPublicKey(elliptic.P384(), point)
}

func (v *verifier) write(b []byte) {
	if v != nil {
		v.hash.Write(b)
	}
}

// readFooter consumes the footer and verifies the message that was written to v
// (client-apis/decrypt.md, "Verify the signature").
func (v *verifier) readFooter(w *window) error {
	if v == nil {
		return nil
	}
	b, err := w.need(2)
	if err != nil {
		return fmt.Errorf("footer: %w", truncated(err))
	}
	n := 2 + int(binary.BigEndian.Uint16(b))
	if b, err = w.need(n); err != nil {
		return fmt.Errorf("footer: %w", truncated(err))
	}
	if !ecdsa.VerifyASN1(v.key, v.hash.Sum(nil), b[2:]) {
		return fmt.Errorf("footer: %w", ErrSignature)
	}
	w.consume(n)
	return nil
}
