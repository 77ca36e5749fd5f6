package kms

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"maps"
	"slices"

	"rekey/shared/keyid"
)

const (
	blobVersion  = 1
	materialSize = 32
	idSize       = 36
	nonceSize    = 12
	tagSize      = 16
	headSize     = 1 + materialSize + idSize
	blobOverhead = headSize + nonceSize + tagSize
)

// blob is a ciphertext taken apart, not yet decrypted.
type blob struct {
	material string
	key      keyid.ID
	raw      []byte
}

var errBlob = errors.New("not a ciphertext of this KMS")

// parseBlob reads the head of a ciphertext.
func parseBlob(raw []byte) (blob, error) {
	if len(raw) < blobOverhead || raw[0] != blobVersion {
		return blob{}, errBlob
	}
	id, err := keyid.ParseID(string(raw[1+materialSize : headSize]))
	if err != nil {
		return blob{}, errBlob
	}
	return blob{hex.EncodeToString(raw[1 : 1+materialSize]), id, raw}, nil
}

// seal encrypts under the current material of a key.
func (k *key) seal(nonce, plaintext []byte, context map[string]string) []byte {
	m := k.current()
	head := make([]byte, 0, blobOverhead+len(plaintext))
	head = append(head, blobVersion)
	head, _ = hex.AppendDecode(head, []byte(m.id))
	head = append(head, k.arn.ID...)
	aad := canonical(head, context)
	head = append(head, nonce...)
	return m.aead().Seal(head, nonce, plaintext, aad)
}

// openBlob decrypts with the material that encrypted. It fails with errBlob where
// the key never had that, anything was altered, or the context is another one:
// KMS does not say which.
func (k *key) openBlob(b blob, context map[string]string) ([]byte, error) {
	m := k.held(b.material)
	if m == nil {
		return nil, errBlob
	}
	nonce := b.raw[headSize : headSize+nonceSize]
	plaintext, err := m.aead().Open(nil, nonce, b.raw[headSize+nonceSize:], canonical(b.raw[:headSize], context))
	if err != nil {
		return nil, errBlob
	}
	return plaintext, nil
}

// canonical is the encryption context in one form whatever the order of its
// pairs: sorted, each text behind its length. It follows the blob's head.
func canonical(head []byte, context map[string]string) []byte {
	out := slices.Clone(head)
	for _, k := range slices.Sorted(maps.Keys(context)) {
		for _, s := range []string{k, context[k]} {
			out = binary.BigEndian.AppendUint32(out, uint32(len(s)))
			out = append(out, s...)
		}
	}
	return out
}
