package kms

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"math/big"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// longestMAC is the greatest length of an imported HMAC key in bytes.
const longestMAC = 128

// material makes key material of what was imported, or refuses it (KMS Developer
// Guide, "Create a KMS key with imported key material", "Requirements for imported key
// material"): an AES key, an HMAC key of at least the length that its spec names, or a
// private key as PKCS #8 in DER. The code is that of material which "does not meet
// expectations" (API reference, IncorrectKeyMaterialException); the wording is assumed.
func (k kind) material(plaintext []byte) (material, error) {
	switch k.class() {
	case symmetricClass:
		if len(plaintext) != k.secretSize() {
			return material{}, incorrectMaterial("The key material must be 32 bytes long.")
		}
	case hmacClass:
		if len(plaintext) < k.secretSize() || len(plaintext) > longestMAC {
			return material{}, incorrectMaterial("The length of the key material is not valid for the key spec " + string(k.spec) + ".")
		}
	case asymmetricClass:
		pair := parsePair(k.spec, plaintext)
		if pair == nil {
			return material{}, incorrectMaterial("The key material is not a private key of the key spec " + string(k.spec) + " in PKCS #8.")
		}
		return material{secret: privateDER(pair), pair: pair}, nil
	}
	return material{secret: plaintext}, nil
}

// parsePair reads a private key; nil where it is none of that spec. That Ed25519 keys
// can be imported is assumed.
func parsePair(of types.KeySpec, der []byte) pair {
	if of == types.KeySpecEccSecgP256k1 {
		if k := parseKoblitzKey(der); k != nil {
			return k
		}
		return nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil
	}
	switch k := parsed.(type) {
	case *rsa.PrivateKey:
		if k.N.BitLen() == rsaBits[of] && len(k.Primes) == 2 {
			return k
		}
	case *ecdsa.PrivateKey:
		if k.Curve == nistCurves[of] {
			return k
		}
	case ed25519.PrivateKey:
		if of == types.KeySpecEccNistEdwards25519 {
			return k
		}
	}
	return nil
}

var nistCurves = map[types.KeySpec]elliptic.Curve{
	types.KeySpecEccNistP256: elliptic.P256(), types.KeySpecEccNistP384: elliptic.P384(), types.KeySpecEccNistP521: elliptic.P521(),
}

// parseKoblitzKey reads a private key on secp256k1, which crypto/x509 does not; nil
// where it is none. The public key in it is optional, and not looked at.
func parseKoblitzKey(der []byte) *koblitzKey {
	var outer pkcs8
	if rest, err := asn1.Unmarshal(der, &outer); err != nil || len(rest) > 0 {
		return nil
	}
	if !outer.Algorithm.Algorithm.Equal(koblitzName.Algorithm) || !outer.Algorithm.Curve.Equal(koblitzName.Curve) {
		return nil
	}
	var inner struct {
		Version    int
		PrivateKey []byte
		Curve      asn1.ObjectIdentifier `asn1:"optional,explicit,tag:0"`
		PublicKey  asn1.BitString        `asn1:"optional,explicit,tag:1"`
	}
	if rest, err := asn1.Unmarshal(outer.PrivateKey, &inner); err != nil || len(rest) > 0 {
		return nil
	}
	d := new(big.Int).SetBytes(inner.PrivateKey)
	if d.Sign() == 0 || d.Cmp(koblitzOrder) >= 0 {
		return nil
	}
	return newKoblitzKey(d)
}
