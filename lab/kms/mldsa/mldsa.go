// Package mldsa is the signature algorithm ML-DSA (FIPS 204), which Go's standard
// library does not offer. It is written as the standard is, without regard to
// speed or to how long it takes with which secret: it guards nothing but the
// lab's. Signatures are deterministic (section 3.4).
package mldsa

import (
	"bytes"
	"crypto/sha3"
)

// Parameters are a parameter set (section 4, table 1).
type Parameters struct {
	k, l         int   // the dimensions of the matrix
	eta          int32 // the range of the private key
	tau          int   // how many coefficients of a challenge are not zero
	gamma1       int32 // the range of the mask
	gamma2       int32 // the range of low-order rounding
	omega        int   // how many hints there are at most
	strength     int   // λ
	maskBits     int   // of a coefficient of the mask
	highBits     int   // of a coefficient of w1
	signatureLen int
}

var (
	MLDSA44 = &Parameters{k: 4, l: 4, eta: 2, tau: 39, gamma1: 1 << 17, gamma2: (q - 1) / 88, omega: 80, strength: 128, maskBits: 18, highBits: 6, signatureLen: 2420}
	MLDSA65 = &Parameters{k: 6, l: 5, eta: 4, tau: 49, gamma1: 1 << 19, gamma2: (q - 1) / 32, omega: 55, strength: 192, maskBits: 20, highBits: 4, signatureLen: 3309}
	MLDSA87 = &Parameters{k: 8, l: 7, eta: 2, tau: 60, gamma1: 1 << 19, gamma2: (q - 1) / 32, omega: 75, strength: 256, maskBits: 20, highBits: 4, signatureLen: 4627}
)

func (p *Parameters) beta() int32 { return int32(p.tau) * p.eta }

const (
	seedSize = 32
	// MuSize is the length of a message representative.
	MuSize = 64
)

// PublicKey verifies.
type PublicKey struct {
	p      *Parameters
	matrix [][]poly // in the NTT domain
	t1     []poly
	raw    []byte
	hash   []byte // tr
}

// PrivateKey signs.
type PrivateKey struct {
	PublicKey
	key        []byte // K
	s1, s2, t0 []poly // in the NTT domain
}

// hash is SHAKE256 of some parts, n bytes of it.
func hash(n int, parts ...[]byte) []byte {
	h := sha3.NewSHAKE256()
	for _, p := range parts {
		_, _ = h.Write(p)
	}
	out := make([]byte, n)
	_, _ = h.Read(out)
	return out
}

// NewPrivateKey is ML-DSA.KeyGen_internal (algorithm 6), from a seed of 32 bytes.
func NewPrivateKey(p *Parameters, seed []byte) *PrivateKey {
	if len(seed) != seedSize {
		panic("mldsa: a seed has 32 bytes")
	}
	drawn := hash(128, seed, []byte{byte(p.k), byte(p.l)})
	rho, secret := drawn[:32], drawn[32:96]
	k := &PrivateKey{PublicKey: PublicKey{p: p, matrix: expand(p, rho)}, key: drawn[96:]}
	var plain []poly // s2
	for i := range p.l + p.k {
		s := bounded(p.eta, secret, i)
		if i < p.l {
			k.s1 = append(k.s1, s.ntt())
			continue
		}
		plain = append(plain, s)
		k.s2 = append(k.s2, s.ntt())
	}
	for i, t := range times(k.matrix, k.s1) {
		high, low := t.inverse().plus(plain[i]).power2Round()
		k.t1 = append(k.t1, high)
		k.t0 = append(k.t0, low.ntt())
	}
	k.raw = bytes.Clone(rho)
	for _, t := range k.t1 {
		k.raw = t.pack(k.raw, 10)
	}
	k.hash = hash(64, k.raw)
	return k
}

// Bytes is the public key as it is published (algorithm 22).
func (k *PublicKey) Bytes() []byte { return bytes.Clone(k.raw) }

// Mu is the message representative of a message without context (algorithms 2 and
// 7).
func (k *PublicKey) Mu(message []byte) []byte { return hash(MuSize, k.hash, []byte{0, 0}, message) }

// Sign is ML-DSA.Sign_internal (algorithm 7) of a message representative.
func (k *PrivateKey) Sign(mu []byte) []byte {
	p := k.p
	nonce := hash(64, k.key, make([]byte, 32), mu)
	for counter := 0; ; counter += p.l {
		var mask, maskHat []poly
		for i := range p.l {
			y := p.mask(nonce, counter+i)
			mask, maskHat = append(mask, y), append(maskHat, y.ntt())
		}
		var w []poly
		var packed []byte
		for _, v := range times(k.matrix, maskHat) {
			w = append(w, v.inverse())
			packed = p.high(w[len(w)-1]).pack(packed, p.highBits)
		}
		challenge := hash(p.strength/4, mu, packed)
		if signature := k.attempt(challenge, mask, w); signature != nil {
			return signature
		}
	}
}

// attempt is the second half of the loop; nil where the mask is to be rejected.
func (k *PrivateKey) attempt(challenge []byte, mask, w []poly) []byte {
	p, c := k.p, k.p.ball(challenge).ntt()
	signature := bytes.Clone(challenge)
	for i, y := range mask {
		z := y.plus(c.dot(k.s1[i]).inverse())
		if z.norm() >= p.gamma1-p.beta() {
			return nil
		}
		signature = z.from(p.gamma1).pack(signature, p.maskBits)
	}
	hints := make([]byte, p.omega+p.k)
	count := 0
	for i := range w {
		r := w[i].minus(c.dot(k.s2[i]).inverse())
		ct0 := c.dot(k.t0[i]).inverse()
		if p.low(r).norm() >= p.gamma2-p.beta() || ct0.norm() >= p.gamma2 {
			return nil
		}
		before, after := p.high(r), p.high(r.plus(ct0))
		for j := range before {
			if before[j] == after[j] {
				continue
			}
			if count == p.omega {
				return nil
			}
			hints[count] = byte(j)
			count++
		}
		hints[p.omega+i] = byte(count)
	}
	return append(signature, hints...)
}

// Verify is ML-DSA.Verify_internal (algorithm 8) of a message representative.
func (k *PublicKey) Verify(mu, signature []byte) bool {
	p := k.p
	if len(signature) != p.signatureLen {
		return false
	}
	challenge, rest := signature[:p.strength/4], signature[p.strength/4:]
	var z []poly
	for range p.l {
		size := n * p.maskBits / 8
		v := unpack(rest[:size], p.maskBits).from(p.gamma1)
		if v.norm() >= p.gamma1-p.beta() {
			return false
		}
		z, rest = append(z, v.ntt()), rest[size:]
	}
	hints, ok := p.hints(rest)
	if !ok {
		return false
	}
	c := p.ball(challenge).ntt()
	var packed []byte
	for i, v := range times(k.matrix, z) {
		w := v.minus(c.dot(k.t1[i].shifted().ntt())).inverse()
		packed = p.use(hints[i], w).pack(packed, p.highBits)
	}
	return bytes.Equal(challenge, hash(p.strength/4, mu, packed))
}

// hints is HintBitUnpack (algorithm 21): only the one right form is taken.
func (p *Parameters) hints(packed []byte) (all [][n]bool, ok bool) {
	all = make([][n]bool, p.k)
	first := 0
	for i := range all {
		end := int(packed[p.omega+i])
		if end < first || end > p.omega {
			return nil, false
		}
		for at := first; at < end; at++ {
			if at > first && packed[at-1] >= packed[at] {
				return nil, false
			}
			all[i][packed[at]] = true
		}
		first = end
	}
	return all, bytes.Equal(packed[first:p.omega], make([]byte, p.omega-first))
}
