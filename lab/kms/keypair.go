package kms

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha3"
	"crypto/x509"
	"io"
	"math/big"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// pair is a private key, of one of Go's types or of this package's own.
type pair interface{ Public() crypto.PublicKey }

// keyPair derives a key pair from a seed: the same seed gives the same pair. Go's
// own generators take no seed.
func keyPair(of types.KeySpec, seed []byte) pair {
	stream := sha3.NewSHAKE256()
	_, _ = stream.Write(seed)
	switch of {
	case types.KeySpecRsa2048, types.KeySpecRsa3072, types.KeySpecRsa4096:
		return rsaPair(stream, rsaBits[of])
	case types.KeySpecEccNistP256:
		return nistPair(stream, elliptic.P256())
	case types.KeySpecEccNistP384:
		return nistPair(stream, elliptic.P384())
	case types.KeySpecEccNistP521:
		return nistPair(stream, elliptic.P521())
	case types.KeySpecEccSecgP256k1:
		return koblitzPair(stream)
	case types.KeySpecEccNistEdwards25519:
		return ed25519.NewKeyFromSeed(draw(stream, ed25519.SeedSize))
	case types.KeySpecMlDsa44, types.KeySpecMlDsa65, types.KeySpecMlDsa87:
		return latticePair(stream, of)
	case types.KeySpecMlKem768, types.KeySpecMlKem1024:
		return kemPair(stream, of)
	}
	panic("kms: keys of spec " + string(of) + " have no key pair")
}

// draw takes n bytes of a stream that never ends.
func draw(stream io.Reader, n int) []byte {
	b := make([]byte, n)
	if _, err := io.ReadFull(stream, b); err != nil {
		panic(err)
	}
	return b
}

// nistPair draws until the number is one between 1 and the order of the curve.
func nistPair(stream io.Reader, curve elliptic.Curve) *ecdsa.PrivateKey {
	bits := curve.Params().BitSize
	for {
		b := draw(stream, (bits+7)/8)
		b[0] &= 0xff >> (8*len(b) - bits)
		if k, err := ecdsa.ParseRawPrivateKey(curve, b); err == nil {
			return k
		}
	}
}

const rsaExponent = 65537

// rsaPair looks for two primes in a stream. It takes a tenth of a second, and of
// 4096 bits a second or two.
func rsaPair(stream io.Reader, bits int) *rsa.PrivateKey {
	one, e := big.NewInt(1), big.NewInt(rsaExponent)
	for {
		p, q := prime(stream, bits/2), prime(stream, bits/2)
		if p.Cmp(q) == 0 {
			continue
		}
		phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
		k := &rsa.PrivateKey{
			PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: rsaExponent},
			D:         new(big.Int).ModInverse(e, phi), Primes: []*big.Int{p, q},
		}
		k.Precompute()
		if k.D != nil && k.Validate() == nil {
			return k
		}
	}
}

// prime gives the first prime after an odd number that is drawn. Its two highest
// bits are set, so that the product of two has all its bits. One that is one more
// than a multiple of the public exponent is of no use.
func prime(stream io.Reader, bits int) *big.Int {
	b := draw(stream, bits/8)
	b[0] |= 0xc0
	b[len(b)-1] |= 1
	start := new(big.Int).SetBytes(b)
	small := smallPrimes()
	rest := make([]uint64, len(small)) // of start
	for i, p := range small {
		rest[i] = new(big.Int).Mod(start, new(big.Int).SetUint64(p)).Uint64()
	}
	for step := uint64(0); ; step += 2 {
		if divisible(small, rest, step) {
			continue
		}
		n := new(big.Int).Add(start, new(big.Int).SetUint64(step))
		if n.BitLen() == bits && new(big.Int).Mod(n, big.NewInt(rsaExponent)).Uint64() != 1 && n.ProbablyPrime(1) {
			return n
		}
	}
}

func divisible(small, rest []uint64, step uint64) bool {
	for i, p := range small {
		if (rest[i]+step)%p == 0 {
			return true
		}
	}
	return false
}

// smallPrimes are the odd ones that are tried before anything costly.
var smallPrimes = sync.OnceValue(func() []uint64 {
	const limit = 1 << 14
	var composite [limit]bool
	var all []uint64
	for n := uint64(3); n < limit; n += 2 {
		if composite[n] {
			continue
		}
		all = append(all, n)
		for m := n * n; m < limit; m += 2 * n {
			composite[m] = true
		}
	}
	return all
})

// publicDER is a public key as a SubjectPublicKeyInfo (API reference,
// GetPublicKey).
func publicDER(p pair) []byte {
	if own, ok := p.(interface{ publicDER() []byte }); ok { // Go cannot encode it
		return own.publicDER()
	}
	return must(x509.MarshalPKIXPublicKey(p.Public()))
}

// privateDER is a private key as PKCS #8 (API reference, GenerateDataKeyPair).
func privateDER(p pair) []byte {
	if own, ok := p.(interface{ privateDER() []byte }); ok {
		return own.privateDER()
	}
	return must(x509.MarshalPKCS8PrivateKey(p))
}

// must is for the encoding of what this package made.
func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}
