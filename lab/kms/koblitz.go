package kms

import (
	"crypto"
	"crypto/hmac"
	"encoding/asn1"
	"io"
	"math/big"
)

// The curve secp256k1, which Go has not: y² = x³ + 7 (SEC 2, version 2, section
// 2.4.1), with ECDSA as in SEC 1, section 4.1. It is slow, and takes a time that
// depends on its secrets: it guards nothing but the lab's.
var (
	koblitzP     = hexadecimal("fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f")
	koblitzOrder = hexadecimal("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141")
	koblitzBase  = point{
		hexadecimal("79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"),
		hexadecimal("483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"),
	}
)

const koblitzSize = 32

func hexadecimal(s string) *big.Int {
	n, ok := new(big.Int).SetString(s, 16)
	if !ok {
		panic(s)
	}
	return n
}

// point is a point of the curve; the zero point is the one at infinity.
type point struct{ x, y *big.Int }

func (p point) infinite() bool { return p.x == nil }

func (p point) plus(q point) point {
	if p.infinite() {
		return q
	}
	if q.infinite() {
		return p
	}
	var slope *big.Int
	if p.x.Cmp(q.x) != 0 {
		slope = quotient(new(big.Int).Sub(q.y, p.y), new(big.Int).Sub(q.x, p.x))
	} else if p.y.Cmp(q.y) == 0 && p.y.Sign() != 0 {
		slope = quotient(new(big.Int).Mul(big.NewInt(3), new(big.Int).Mul(p.x, p.x)), new(big.Int).Lsh(p.y, 1))
	} else {
		return point{}
	}
	x := new(big.Int).Mul(slope, slope)
	x.Sub(x, p.x).Sub(x, q.x).Mod(x, koblitzP)
	y := new(big.Int).Sub(p.x, x)
	y.Mul(y, slope).Sub(y, p.y).Mod(y, koblitzP)
	return point{x, y}
}

// quotient divides modulo the field's prime.
func quotient(a, b *big.Int) *big.Int {
	q := new(big.Int).ModInverse(new(big.Int).Mod(b, koblitzP), koblitzP)
	return q.Mul(q, a).Mod(q, koblitzP)
}

func (p point) times(n *big.Int) point {
	var sum point
	for i := n.BitLen() - 1; i >= 0; i-- {
		sum = sum.plus(sum)
		if n.Bit(i) == 1 {
			sum = sum.plus(p)
		}
	}
	return sum
}

// koblitzKey is a key pair of the curve.
type koblitzKey struct {
	d     *big.Int
	point point
}

func newKoblitzKey(d *big.Int) *koblitzKey { return &koblitzKey{d, koblitzBase.times(d)} }

func koblitzPair(stream io.Reader) *koblitzKey {
	for {
		if d := new(big.Int).SetBytes(draw(stream, koblitzSize)); d.Sign() > 0 && d.Cmp(koblitzOrder) < 0 {
			return newKoblitzKey(d)
		}
	}
}

// Public makes it a crypto.Signer.
func (k *koblitzKey) Public() crypto.PublicKey { return k.point }

// ecdsaSignature is in DER (API reference, Sign, Signature).
type ecdsaSignature struct{ R, S *big.Int }

// Sign makes it a crypto.Signer. The nonce is that of RFC 6979, as Go's is for
// its own curves where no randomness is given.
func (k *koblitzKey) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	nonces := k.nonces(digest, opts.HashFunc())
	for {
		n := nonces()
		r := new(big.Int).Mod(koblitzBase.times(n).x, koblitzOrder)
		s := new(big.Int).Mul(r, k.d)
		s.Add(s, truncated(digest)).Mul(s, new(big.Int).ModInverse(n, koblitzOrder)).Mod(s, koblitzOrder)
		if r.Sign() != 0 && s.Sign() != 0 {
			return asn1.Marshal(ecdsaSignature{r, s})
		}
	}
}

// truncated is a digest as a number of no more bits than the order has.
func truncated(digest []byte) *big.Int {
	return new(big.Int).SetBytes(digest[:min(len(digest), koblitzSize)])
}

// nonces are those of RFC 6979, section 3.2.
func (k *koblitzKey) nonces(digest []byte, hash crypto.Hash) func() *big.Int {
	mac := func(key []byte, parts ...[]byte) []byte {
		h := hmac.New(hash.New, key)
		for _, p := range parts {
			h.Write(p)
		}
		return h.Sum(nil)
	}
	v, key := make([]byte, hash.Size()), make([]byte, hash.Size())
	for i := range v {
		v[i] = 1
	}
	secret := k.d.FillBytes(make([]byte, koblitzSize))
	message := new(big.Int).Mod(truncated(digest), koblitzOrder).FillBytes(make([]byte, koblitzSize))
	for _, step := range []byte{0, 1} {
		key = mac(key, v, []byte{step}, secret, message)
		v = mac(key, v)
	}
	return func() *big.Int {
		for {
			var t []byte
			for len(t) < koblitzSize {
				v = mac(key, v)
				t = append(t, v...)
			}
			n := truncated(t)
			key = mac(key, v, []byte{0})
			v = mac(key, v)
			if n.Sign() > 0 && n.Cmp(koblitzOrder) < 0 {
				return n
			}
		}
	}
}

// verify says whether a signature is the key's.
func (p point) verify(digest, signature []byte) bool {
	var sig ecdsaSignature
	rest, err := asn1.Unmarshal(signature, &sig)
	if err != nil || len(rest) > 0 {
		return false
	}
	for _, n := range []*big.Int{sig.R, sig.S} {
		if n.Sign() <= 0 || n.Cmp(koblitzOrder) >= 0 {
			return false
		}
	}
	w := new(big.Int).ModInverse(sig.S, koblitzOrder)
	part := func(n *big.Int) *big.Int { n = new(big.Int).Mul(n, w); return n.Mod(n, koblitzOrder) }
	sum := koblitzBase.times(part(truncated(digest))).plus(p.times(part(sig.R)))
	return !sum.infinite() && new(big.Int).Mod(sum.x, koblitzOrder).Cmp(sig.R) == 0
}

// How keys of a named curve are written: RFC 5480 and RFC 5915.
type (
	curveName struct{ Algorithm, Curve asn1.ObjectIdentifier }
	spki      struct {
		Algorithm curveName
		PublicKey asn1.BitString
	}
	pkcs8 struct {
		Version    int
		Algorithm  curveName
		PrivateKey []byte
	}
	ecPrivateKey struct {
		Version    int
		PrivateKey []byte
		PublicKey  asn1.BitString `asn1:"explicit,tag:1"`
	}
)

var koblitzName = curveName{asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}, asn1.ObjectIdentifier{1, 3, 132, 0, 10}}

// bits are the point, not compressed.
func (p point) bits() asn1.BitString {
	b := make([]byte, 1+2*koblitzSize)
	b[0] = 4
	p.x.FillBytes(b[1 : 1+koblitzSize])
	p.y.FillBytes(b[1+koblitzSize:])
	return asn1.BitString{Bytes: b, BitLength: 8 * len(b)}
}

func (k *koblitzKey) publicDER() []byte { return must(asn1.Marshal(spki{koblitzName, k.point.bits()})) }

func (k *koblitzKey) privateDER() []byte {
	inner := must(asn1.Marshal(ecPrivateKey{1, k.d.FillBytes(make([]byte, koblitzSize)), k.point.bits()}))
	return must(asn1.Marshal(pkcs8{0, koblitzName, inner}))
}
