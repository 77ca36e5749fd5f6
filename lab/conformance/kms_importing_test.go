package conformance

import (
	"bytes"
	"crypto/aes"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"hash"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// awaiting makes a key whose material is to be imported.
func (c *caller) awaiting(configure ...func(*kms.CreateKeyInput)) key {
	c.x.Helper()
	in := &kms.CreateKeyInput{Origin: types.OriginTypeExternal, Description: new(c.x.name("key"))}
	for _, f := range configure {
		f(in)
	}
	m := succeed(c.x, c.KMS.CreateKey, in).KeyMetadata
	cleanup(c.x, c.KMS.ScheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: m.KeyId, PendingWindowInDays: new(int32(7))})
	return key{text(m.KeyId), text(m.Arn)}
}

// external makes a key with the material secretOf(1), which does not expire.
func (c *caller) external() key {
	c.x.Helper()
	k := c.awaiting()
	c.imports(k, secretOf(1))
	return k
}

// secretOf is material that is the same for the same number.
func secretOf(n byte) []byte { return bytes.Repeat([]byte{n}, 32) }

// offer asks for a wrapping key and its token.
func (c *caller) offer(k key, a types.AlgorithmSpec, spec types.WrappingKeySpec) *kms.GetParametersForImportOutput {
	c.x.Helper()
	return succeed(c.x, c.KMS.GetParametersForImport, &kms.GetParametersForImportInput{KeyId: &k.id, WrappingAlgorithm: a, WrappingKeySpec: spec})
}

// importing is a request that imports material, which does not expire, under a
// wrapping key of its own.
func (c *caller) importing(k key, secret []byte, configure ...func(*kms.ImportKeyMaterialInput)) *kms.ImportKeyMaterialInput {
	c.x.Helper()
	of := c.offer(k, types.AlgorithmSpecRsaesOaepSha256, types.WrappingKeySpecRsa2048)
	in := &kms.ImportKeyMaterialInput{
		KeyId: &k.id, ImportToken: of.ImportToken, EncryptedKeyMaterial: c.x.wrap(of, types.AlgorithmSpecRsaesOaepSha256, secret),
		ExpirationModel: types.ExpirationModelTypeKeyMaterialDoesNotExpire,
	}
	for _, f := range configure {
		f(in)
	}
	return in
}

// imports does that, and gives the id of the material.
func (c *caller) imports(k key, secret []byte, configure ...func(*kms.ImportKeyMaterialInput)) (id string) {
	c.x.Helper()
	out := succeed(c.x, c.KMS.ImportKeyMaterial, c.importing(k, secret, configure...))
	equal(c.x, "KeyId", text(out.KeyId), k.arn)
	return text(out.KeyMaterialId)
}

// anew has material that the key never had.
func anew(in *kms.ImportKeyMaterialInput) { in.ImportType = types.ImportTypeNewKeyMaterial }

// until has material expire.
func until(at time.Time) func(*kms.ImportKeyMaterialInput) {
	return func(in *kms.ImportKeyMaterialInput) {
		in.ExpirationModel, in.ValidTo = types.ExpirationModelTypeKeyMaterialExpires, &at
	}
}

// wrap puts material under a wrapping key.
func (x *bench) wrap(of *kms.GetParametersForImportOutput, a types.AlgorithmSpec, secret []byte) []byte {
	x.Helper()
	parsed, err := x509.ParsePKIXPublicKey(of.PublicKey)
	if err != nil {
		x.Fatal(err)
	}
	digest := func() hash.Hash { return sha256.New() }
	if strings.HasSuffix(string(a), "_SHA_1") {
		digest = func() hash.Hash { return sha1.New() }
	}
	hybrid := strings.HasPrefix(string(a), "RSA_AES_")
	inner := secret
	if hybrid {
		inner = secretOf(0x5a)
	}
	wrapped, err := rsa.EncryptOAEP(digest(), strings.NewReader(strings.Repeat("seed", 16)), parsed.(*rsa.PublicKey), inner, nil)
	if err != nil {
		x.Fatal(err)
	}
	if hybrid {
		wrapped = append(wrapped, wrapPadded(inner, secret)...)
	}
	return wrapped
}

// wrapPadded is the AES key wrapping with padding of RFC 5649, section 4.1, of more
// than eight bytes.
func wrapPadded(kek, secret []byte) []byte {
	block, err := aes.NewCipher(kek)
	if err != nil {
		panic(err)
	}
	n := (len(secret) + 7) / 8
	out := make([]byte, 8*(n+1))
	copy(out, []byte{0xa6, 0x59, 0x59, 0xa6})
	binary.BigEndian.PutUint32(out[4:], uint32(len(secret)))
	copy(out[8:], secret)
	b := make([]byte, 16)
	for t := 1; t <= 6*n; t++ {
		at := 8 * (1 + (t-1)%n)
		copy(b, out[:8])
		copy(b[8:], out[at:at+8])
		block.Encrypt(b, b)
		binary.BigEndian.PutUint64(out, binary.BigEndian.Uint64(b)^uint64(t))
		copy(out[at:], b[8:])
	}
	return out
}
