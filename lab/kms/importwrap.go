package kms

import (
	"bytes"
	"crypto/aes"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// unwrap decrypts material that came under an offered key. The sizes are looked at
// first (reported wording; for RSA_AES assumed).
func (o *offer) unwrap(wrapped []byte) ([]byte, error) {
	size := o.wrapping.Size()
	rest := len(wrapped) - size
	if o.hybrid() && (rest < 2*semiblock || rest%semiblock != 0) || !o.hybrid() && rest != 0 {
		return nil, invalid("Invalid encrypted key size.")
	}
	plaintext, err := rsa.DecryptOAEP(o.hash(), nil, o.wrapping, wrapped[:size], nil)
	if err == nil && o.hybrid() {
		plaintext, err = unwrapPadded(plaintext, wrapped[size:])
	}
	if err != nil {
		return nil, &types.InvalidCiphertextException{} // API reference, InvalidCiphertextException; the empty message is assumed
	}
	return plaintext, nil
}

// hybrid says whether the wrapping key is of an AES key, and that of the material
// (KMS Developer Guide, "Encrypt the key material", RSA_AES_KEY_WRAP: the mechanism
// CKM_RSA_AES_KEY_WRAP of PKCS #11).
func (o *offer) hybrid() bool {
	return o.algorithm == types.AlgorithmSpecRsaAesKeyWrapSha1 || o.algorithm == types.AlgorithmSpecRsaAesKeyWrapSha256
}

func (o *offer) hash() hash.Hash {
	if o.algorithm == types.AlgorithmSpecRsaesOaepSha1 || o.algorithm == types.AlgorithmSpecRsaAesKeyWrapSha1 {
		return sha1.New()
	}
	return sha256.New()
}

// semiblock is half a block of AES.
const semiblock = 8

var errUnwrap = errors.New("not wrapped under this key")

// unwrapPadded is the AES key unwrapping with padding of RFC 5649, section 4.2.
func unwrapPadded(kek, wrapped []byte) ([]byte, error) {
	block, err := aes.NewCipher(kek)
	if err != nil {
		return nil, err
	}
	n := len(wrapped)/semiblock - 1
	if n < 1 || len(wrapped)%semiblock != 0 {
		return nil, errUnwrap
	}
	plain := bytes.Clone(wrapped)
	if n == 1 {
		block.Decrypt(plain, plain)
	} else {
		var b [2 * semiblock]byte
		for t := uint64(6 * n); t > 0; t-- { // RFC 3394, section 2.2.2
			at := semiblock * (1 + int(t-1)%n)
			binary.BigEndian.PutUint64(b[:], binary.BigEndian.Uint64(plain)^t)
			copy(b[semiblock:], plain[at:at+semiblock])
			block.Decrypt(b[:], b[:])
			copy(plain, b[:semiblock])
			copy(plain[at:], b[semiblock:])
		}
	}
	size := int(binary.BigEndian.Uint32(plain[4:]))
	material := plain[semiblock:]
	if binary.BigEndian.Uint32(plain) != 0xA65959A6 || size > len(material) || size <= len(material)-semiblock {
		return nil, errUnwrap
	}
	if padding := material[size:]; !bytes.Equal(padding, make([]byte, len(padding))) {
		return nil, errUnwrap
	}
	return material[:size], nil
}
