package rotate

import (
	"crypto/aes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/shared/secretref"
)

// The lengths of secret material in bytes (KMS Developer Guide, "Requirements for
// imported key material"): that of a symmetric encryption key, and the least of HMAC
// keys, which may be longer.
var secretSizes = map[types.KeySpec]int{
	types.KeySpecSymmetricDefault: 32,
	types.KeySpecHmac224:          28, types.KeySpecHmac256: 32, types.KeySpecHmac384: 48, types.KeySpecHmac512: 64,
}

// longestSecret is the greatest length of an HMAC key.
const longestSecret = 128

// materialWords say what somebody has to bring for a key of the kind.
func (k Kind) materialWords() string {
	if n := secretSizes[k.Spec]; n > 0 {
		return fmt.Sprintf("%d random bytes", n)
	}
	return "another private key of " + string(k.Spec) + ", as PKCS #8 in DER,"
}

// fits looks whether material is what a key of the kind takes (same page). Its error
// shows none of it.
func (k Kind) fits(material []byte) error {
	least := secretSizes[k.Spec]
	switch most := least; {
	case least > 0:
		if !k.symmetric() {
			most = longestSecret
		}
		if n := len(material); n < least || n > most {
			return fmt.Errorf("it is %d bytes, and key material of %s is %d", n, k.Spec, least)
		}
		return nil
	case k.Spec == types.KeySpecEccSecgP256k1:
		if !koblitz(material) {
			return k.notPrivate()
		}
		return nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(material)
	if err != nil || pairSpec(parsed) != k.Spec {
		return k.notPrivate()
	}
	return nil
}

func (k Kind) notPrivate() error {
	return fmt.Errorf("it is no private key of %s as PKCS #8 in DER", k.Spec)
}

// pairSpec is the key spec of a private key, "" of one that AWS KMS does not import.
func pairSpec(private any) types.KeySpec {
	switch p := private.(type) {
	case *rsa.PrivateKey:
		return types.KeySpec(fmt.Sprintf("RSA_%d", p.N.BitLen()))
	case *ecdsa.PrivateKey:
		return types.KeySpec("ECC_NIST_" + strings.ReplaceAll(p.Curve.Params().Name, "-", ""))
	case ed25519.PrivateKey:
		return types.KeySpecEccNistEdwards25519
	}
	return ""
}

// The algorithm of private keys on secp256k1 (SEC 2, A.2), which crypto/x509 does not
// read.
var (
	curveKey  = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	secp256k1 = asn1.ObjectIdentifier{1, 3, 132, 0, 10}
)

// koblitz says whether material names itself a private key on secp256k1. What is
// inside, AWS KMS looks at.
func koblitz(material []byte) bool {
	var key struct {
		Version   int
		Algorithm struct{ Key, Curve asn1.ObjectIdentifier }
		Private   asn1.RawValue
	}
	rest, err := asn1.Unmarshal(material, &key)
	return err == nil && len(rest) == 0 && key.Private.Tag == asn1.TagOctetString && key.Algorithm.Key.Equal(curveKey) && key.Algorithm.Curve.Equal(secp256k1)
}

// wrapping is the algorithm that material of the kind is wrapped by: "To import an RSA
// private key, you must use an RSA_AES wrapping algorithm", since it is too long for
// the other (API reference, GetParametersForImport, WrappingAlgorithm).
func (k Kind) wrapping() types.AlgorithmSpec {
	if strings.HasPrefix(string(k.Spec), "RSA_") {
		return types.AlgorithmSpecRsaAesKeyWrapSha256
	}
	return types.AlgorithmSpecRsaesOaepSha256
}

// wrap is RSAES-OAEP with SHA-256 for both hashes: of the material, or of an AES key
// that the material is wrapped under, which follows it (KMS Developer Guide, "Encrypt
// the key material"). It is where the material leaves.
func (k Kind) wrap(secret secretref.Secret, der []byte) ([]byte, error) {
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, err
	}
	public, ok := parsed.(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("%T is no RSA key", parsed)
	}
	seal := func(b []byte) ([]byte, error) { return rsa.EncryptOAEP(sha256.New(), rand.Reader, public, b, nil) }
	if k.wrapping() == types.AlgorithmSpecRsaesOaepSha256 {
		return seal(secret.Reveal())
	}
	var wrapper [32]byte
	defer clear(wrapper[:])
	rand.Read(wrapper[:]) // never fails
	first, err := seal(wrapper[:])
	if err != nil {
		return nil, err
	}
	second, err := wrapPadded(wrapper[:], secret.Reveal())
	return append(first, second...), err
}

// semiblock is half a block of AES.
const semiblock = 8

// wrapPadded is the AES key wrapping with padding of RFC 5649, section 4.1, of what is
// longer than a semiblock.
func wrapPadded(wrapper, material []byte) ([]byte, error) {
	block, err := aes.NewCipher(wrapper)
	if err != nil {
		return nil, err
	}
	n := (len(material) + semiblock - 1) / semiblock
	out := make([]byte, semiblock*(1+n))
	binary.BigEndian.PutUint32(out, 0xA65959A6)
	binary.BigEndian.PutUint32(out[4:], uint32(len(material)))
	copy(out[semiblock:], material)
	var b [2 * semiblock]byte
	for t := uint64(1); t <= uint64(6*n); t++ { // RFC 3394, section 2.2.1
		at := semiblock * (1 + int(t-1)%n)
		copy(b[:], out[:semiblock])
		copy(b[semiblock:], out[at:])
		block.Encrypt(b[:], b[:])
		binary.BigEndian.PutUint64(out, binary.BigEndian.Uint64(b[:])^t)
		copy(out[at:], b[semiblock:])
	}
	return out, nil
}
