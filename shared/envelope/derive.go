package envelope

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
)

// derive makes of a data key the cipher of the content and the commitment
// (framework/transitive-requirements.md, "HKDF Encryption Key" and "HKDF Commit
// Key").
func derive(suite Suite, spec suiteSpec, dataKey DataKey, messageID []byte) (cipher.AEAD, []byte, error) {
	if len(dataKey) != spec.keyLen {
		return nil, nil, fmt.Errorf("the keyring gave a data key of %d bytes; suite %v takes %d", len(dataKey), suite, spec.keyLen)
	}
	prk, err := hkdf.Extract(sha512.New, dataKey, messageID)
	if err != nil {
		return nil, nil, err
	}
	defer clear(prk)
	info := string(binary.BigEndian.AppendUint16(nil, uint16(suite))) + "DERIVEKEY"
	key, err := hkdf.Expand(sha512.New, prk, info, spec.keyLen)
	if err != nil {
		return nil, nil, err
	}
	defer clear(key)
	commitment, err := hkdf.Expand(sha512.New, prk, "COMMITKEY", spec.commitLen)
	if err != nil {
		return nil, nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, nil, err
	}
	aead, err := cipher.NewGCM(block)
	return aead, commitment, err
}

// headerTag computes the tag of a header: over its body and the pairs that are
// authenticated but not stored (client-apis/encrypt.md, "Construct the header").
func headerTag(aead cipher.AEAD, body []byte, unstored map[string]string) ([]byte, error) {
	aad, err := appendContext(body[:len(body):len(body)], unstored)
	if err != nil {
		return nil, err
	}
	var nonce [nonceLen]byte
	return aead.Seal(nil, nonce[:], nil, aad), nil
}

// authenticate checks a header against the data key: the commitment first, then
// the tag (client-apis/decrypt.md, "Get the decryption materials" and "Verify
// the header"). It gives the cipher of the content.
func authenticate(h *encodedHeader, spec suiteSpec, dataKey DataKey, unstored map[string]string) (cipher.AEAD, error) {
	aead, commitment, err := derive(h.Suite, spec, dataKey, h.MessageID)
	if err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare(commitment, h.commitment) != 1 {
		return nil, fmt.Errorf("header: %w", ErrCommitment)
	}
	tag, err := headerTag(aead, h.body, unstored)
	if err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare(tag, h.tag) != 1 {
		return nil, fmt.Errorf("header: %w", ErrHeaderAuth)
	}
	return aead, nil
}
