package envelope_test

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"maps"
	"slices"

	"rekey/shared/envelope"
)

// staticKey gives one data key, whatever is asked, and counts the calls.
type staticKey struct {
	key   []byte
	calls int
}

func (s *staticKey) OnEncrypt(_ context.Context, m *envelope.EncryptionMaterials) error {
	s.calls++
	m.DataKey = bytes.Clone(s.key)
	m.EncryptedDataKeys = append(m.EncryptedDataKeys, envelope.EncryptedDataKey{ProviderID: "static", ProviderInfo: []byte("key"), Ciphertext: []byte{}})
	return nil
}

func (s *staticKey) OnDecrypt(_ context.Context, m *envelope.DecryptionMaterials, _ []envelope.EncryptedDataKey) error {
	s.calls++
	m.DataKey = bytes.Clone(s.key)
	return nil
}

func newStatic() *staticKey {
	key := make([]byte, 32)
	rand.Read(key)
	return &staticKey{key: key}
}

// rawAES is the raw AES keyring (framework/raw-aes-keyring.md).
type rawAES struct {
	namespace, name string
	key             []byte
}

func (r rawAES) aead() cipher.AEAD {
	block, err := aes.NewCipher(r.key)
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return aead
}

func (r rawAES) info(nonce []byte) []byte {
	info := append([]byte(r.name), 0, 0, 0, 128, 0, 0, 0, 12)
	return append(info, nonce...)
}

// canonical serializes a context, independently of the package.
func canonical(pairs map[string]string) []byte {
	if len(pairs) == 0 {
		return nil
	}
	out := binary.BigEndian.AppendUint16(nil, uint16(len(pairs)))
	for _, k := range slices.Sorted(maps.Keys(pairs)) {
		for _, s := range []string{k, pairs[k]} {
			out = binary.BigEndian.AppendUint16(out, uint16(len(s)))
			out = append(out, s...)
		}
	}
	return out
}

func (r rawAES) OnEncrypt(_ context.Context, m *envelope.EncryptionMaterials) error {
	if m.DataKey == nil {
		m.DataKey = make([]byte, m.Suite.KeyLen())
		rand.Read(m.DataKey)
	}
	nonce := make([]byte, 12)
	rand.Read(nonce)
	m.EncryptedDataKeys = append(m.EncryptedDataKeys, envelope.EncryptedDataKey{
		ProviderID: r.namespace, ProviderInfo: r.info(nonce),
		Ciphertext: r.aead().Seal(nil, nonce, m.DataKey, canonical(m.EncryptionContext)),
	})
	return nil
}

func (r rawAES) OnDecrypt(_ context.Context, m *envelope.DecryptionMaterials, keys []envelope.EncryptedDataKey) error {
	var reasons []error
	for _, k := range keys {
		if k.ProviderID != r.namespace || len(k.ProviderInfo) != len(r.name)+20 || !bytes.HasPrefix(k.ProviderInfo, r.info(nil)) {
			continue
		}
		plain, err := r.aead().Open(nil, k.ProviderInfo[len(r.name)+8:], k.Ciphertext, canonical(m.EncryptionContext))
		if err == nil {
			m.DataKey = plain
			return nil
		}
		reasons = append(reasons, err)
	}
	return fmt.Errorf("raw AES key %s: %w", r.name, errors.Join(append(reasons, errors.New("no more keys"))...))
}

// rawRSA is the raw RSA keyring, for reading (framework/raw-rsa-keyring.md).
type rawRSA struct {
	namespace, name string
	key             *rsa.PrivateKey
	oaep            func() hash.Hash // nil: PKCS #1 v1.5
}

func (r rawRSA) OnEncrypt(context.Context, *envelope.EncryptionMaterials) error {
	return errors.New("raw RSA: read only")
}

func (r rawRSA) OnDecrypt(_ context.Context, m *envelope.DecryptionMaterials, keys []envelope.EncryptedDataKey) error {
	for _, k := range keys {
		if k.ProviderID != r.namespace || string(k.ProviderInfo) != r.name {
			continue
		}
		var plain []byte
		var err error
		if r.oaep != nil {
			plain, err = rsa.DecryptOAEP(r.oaep(), nil, r.key, k.Ciphertext, nil)
		} else {
			//lint:ignore SA1019 the official vectors have it
			plain, err = rsa.DecryptPKCS1v15(nil, r.key, k.Ciphertext)
		}
		if err == nil {
			m.DataKey = plain
			return nil
		}
	}
	return errors.New("raw RSA: no key")
}

// anyOf opens with the first keyring that can, and seals with all.
type anyOf []envelope.Keyring

func (a anyOf) OnEncrypt(ctx context.Context, m *envelope.EncryptionMaterials) error {
	for _, k := range a {
		if err := k.OnEncrypt(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

func (a anyOf) OnDecrypt(ctx context.Context, m *envelope.DecryptionMaterials, keys []envelope.EncryptedDataKey) error {
	var reasons []error
	for _, k := range a {
		err := k.OnDecrypt(ctx, m, keys)
		if err == nil {
			return nil
		}
		reasons = append(reasons, err)
	}
	return errors.Join(reasons...)
}
