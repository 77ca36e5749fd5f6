package kms

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/rsa"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

const symmetricDefault = types.EncryptionAlgorithmSpecSymmetricDefault

// encryption is how a request wants something encrypted, or says that it is.
type encryption struct {
	algorithm types.EncryptionAlgorithmSpec
	context   map[string]string
}

// scheme is an encryption by the algorithm of a request, or the one that is meant
// where it names none (API reference, Encrypt, EncryptionAlgorithm).
func scheme(a types.EncryptionAlgorithmSpec, context map[string]string) encryption {
	return encryption{cmp.Or(a, symmetricDefault), context}
}

func (e encryption) conditions() map[string][]string { return cryptographic(e.algorithm, e.context) }

// encryptsBy refuses an operation that the key is not for, an algorithm that it does
// not have, and an encryption context, which only symmetric keys take (API
// reference, Encrypt, EncryptionContext; its code is assumed).
func (k *key) encryptsBy(operation string, with encryption) error {
	if err := k.fits(operation, types.KeyUsageTypeEncryptDecrypt); err != nil {
		return err
	}
	if err := takes(k, k.kind.algorithms().encryption, with.algorithm); err != nil {
		return err
	}
	if !k.kind.symmetric() && len(with.context) > 0 {
		return invalid("EncryptionContext is not supported for asymmetric keys.")
	}
	return nil
}

// oaep is the hash of the RSA algorithms.
var oaep = map[types.EncryptionAlgorithmSpec]crypto.Hash{
	types.EncryptionAlgorithmSpecRsaesOaepSha1: crypto.SHA1, types.EncryptionAlgorithmSpecRsaesOaepSha256: crypto.SHA256,
}

// roomFor refuses more than an RSA key can encrypt (recorded wording); what a
// symmetric one can is a constraint of the model.
func (k *key) roomFor(plaintext []byte, with encryption) error {
	hash, limited := oaep[with.algorithm]
	if !limited {
		return nil
	}
	limit := rsaBits[k.kind.spec]/8 - 2*hash.Size() - 2
	if len(plaintext) <= limit {
		return nil
	}
	return invalid(fmt.Sprintf("Algorithm %s and key spec %s cannot encrypt data larger than %d bytes.", with.algorithm, k.kind.spec, limit))
}

var rsaBits = map[types.KeySpec]int{types.KeySpecRsa2048: 2048, types.KeySpecRsa3072: 3072, types.KeySpecRsa4096: 4096}

// seal encrypts under a key, by an algorithm that it has.
func (s *Service) seal(k *key, plaintext []byte, with encryption) []byte {
	hash, asymmetric := oaep[with.algorithm]
	if !asymmetric {
		return k.seal(s.world.Bytes(nonceSize), plaintext, with.context)
	}
	seed := bytes.NewReader(s.world.Bytes(hash.Size()))
	return must(rsa.EncryptOAEP(hash.New(), seed, k.keyPair().Public().(*rsa.PublicKey), plaintext, nil))
}

// open decrypts, and says under which key material. It fails without saying why
// (recorded with an empty message).
func (k *key) open(raw []byte, with encryption) (plaintext []byte, material *string, err error) {
	refused := &types.InvalidCiphertextException{}
	if hash, asymmetric := oaep[with.algorithm]; asymmetric {
		plaintext, err := rsa.DecryptOAEP(hash.New(), nil, k.keyPair().(*rsa.PrivateKey), raw, nil)
		if err != nil {
			return nil, nil, refused
		}
		return plaintext, nil, nil
	}
	b, err := parseBlob(raw)
	if err != nil {
		return nil, nil, refused
	}
	if plaintext, err = k.openBlob(b, with.context); err != nil {
		return nil, nil, refused
	}
	if k.store != nil { // assumed, as DescribeKey tells of none
		return plaintext, nil, nil
	}
	return plaintext, &b.material, nil
}
