package envelope_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha512"
	"encoding/binary"
	"testing"
)

// forge builds messages of suite 0478 by hand and apart from the package, with
// authentic tags over whatever it is told to write: endings and structures that
// the Writer does not make.
type forge struct {
	aead cipher.AEAD
	id   []byte
	out  []byte
}

func be16(n int) []byte    { return binary.BigEndian.AppendUint16(nil, uint16(n)) }
func be32(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }
func be64(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func join(parts ...[]byte) []byte {
	var out []byte
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// newForge starts a message with a whole header and one encrypted data key.
func newForge(t testing.TB, k *staticKey, contentType byte, frameLen uint32, context []byte) *forge {
	t.Helper()
	key := join(be16(6), []byte("static"), be16(3), []byte("key"), be16(0))
	return newForgeKeys(t, k, contentType, frameLen, context, join(be16(1), key))
}

// newForgeKeys starts a message with the encrypted data keys as they are given,
// their count first.
func newForgeKeys(t testing.TB, k *staticKey, contentType byte, frameLen uint32, context, keys []byte) *forge {
	t.Helper()
	f := &forge{id: make([]byte, 32)}
	f.id[0] = 7
	key, err := hkdf.Key(sha512.New, k.key, f.id, "\x04\x78DERIVEKEY", 32)
	if err != nil {
		t.Fatal(err)
	}
	commitment, err := hkdf.Key(sha512.New, k.key, f.id, "COMMITKEY", 32)
	if err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	if f.aead, err = cipher.NewGCM(block); err != nil {
		t.Fatal(err)
	}
	f.out = join([]byte{2, 4, 0x78}, f.id, be16(len(context)), context, keys, []byte{contentType}, be32(frameLen), commitment)
	f.out = f.aead.Seal(f.out, make([]byte, 12), nil, f.out)
	return f
}

func (f *forge) body(seq uint32, kind, plain string) (nonce, sealed []byte) {
	nonce = join(make([]byte, 8), be32(seq))
	aad := join(f.id, []byte("AWSKMSEncryptionClient "+kind), be32(seq), be64(uint64(len(plain))))
	return nonce, f.aead.Seal(nil, nonce, []byte(plain), aad)
}

func (f *forge) regular(seq uint32, plain string) *forge {
	nonce, sealed := f.body(seq, "Frame", plain)
	f.out = join(f.out, be32(seq), nonce, sealed)
	return f
}

func (f *forge) final(seq uint32, plain string) *forge {
	nonce, sealed := f.body(seq, "Final Frame", plain)
	f.out = join(f.out, be32(0xffffffff), be32(seq), nonce, be32(uint32(len(plain))), sealed)
	return f
}

func (f *forge) block(plain string) *forge {
	nonce, sealed := f.body(1, "Single Block", plain)
	f.out = join(f.out, nonce, be64(uint64(len(plain))), sealed)
	return f
}

func (f *forge) raw(b ...byte) *forge { f.out = append(f.out, b...); return f }
