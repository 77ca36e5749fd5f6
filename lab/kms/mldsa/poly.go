package mldsa

import (
	"crypto/sha3"
	"math/bits"
)

const (
	q       = 8380417
	n       = 256
	dropped = 13   // d: the bits of t that are not published
	root    = 1753 // of unity, the 512th
)

// poly is a polynomial modulo Xⁿ+1, or one in the NTT domain, with coefficients
// from 0 to q-1.
type poly [n]int32

// zetas are the powers of the root in the order in which they are needed
// (appendix B).
var zetas = func() (all [n]int32) {
	powers := [n]int32{1}
	for i := 1; i < n; i++ {
		powers[i] = mul(powers[i-1], root)
	}
	for i := range all {
		all[i] = powers[bits.Reverse8(uint8(i))]
	}
	return all
}()

func mul(a, b int32) int32 { return int32(int64(a) * int64(b) % q) }

// mod gives the remainder that is not negative.
func mod(a int32) int32 {
	if a %= q; a < 0 {
		a += q
	}
	return a
}

// centered is the remainder between -q/2 and q/2.
func centered(a int32) int32 {
	if a > q/2 {
		return a - q
	}
	return a
}

func (a poly) plus(b poly) poly {
	for i := range a {
		a[i] = mod(a[i] + b[i])
	}
	return a
}

func (a poly) minus(b poly) poly {
	for i := range a {
		a[i] = mod(a[i] - b[i])
	}
	return a
}

// dot multiplies in the NTT domain.
func (a poly) dot(b poly) poly {
	for i := range a {
		a[i] = mul(a[i], b[i])
	}
	return a
}

// from subtracts each coefficient from a number: between a coefficient and its
// packed form (algorithms 17 and 19).
func (a poly) from(top int32) poly {
	for i := range a {
		a[i] = mod(top - a[i])
	}
	return a
}

// shifted is t1 at its place in t.
func (a poly) shifted() poly {
	for i := range a {
		a[i] = mul(a[i], 1<<dropped)
	}
	return a
}

// norm is the greatest absolute value of the coefficients.
func (a poly) norm() int32 {
	var most int32
	for _, c := range a {
		c = centered(c)
		most = max(most, c, -c)
	}
	return most
}

// ntt is algorithm 41.
func (a poly) ntt() poly {
	m := 0
	for length := n / 2; length >= 1; length /= 2 {
		for start := 0; start < n; start += 2 * length {
			m++
			for j := start; j < start+length; j++ {
				t := mul(zetas[m], a[j+length])
				a[j], a[j+length] = mod(a[j]+t), mod(a[j]-t)
			}
		}
	}
	return a
}

// inverse is algorithm 42.
func (a poly) inverse() poly {
	m := n
	for length := 1; length < n; length *= 2 {
		for start := 0; start < n; start += 2 * length {
			m--
			for j := start; j < start+length; j++ {
				x, y := a[j], a[j+length]
				a[j], a[j+length] = mod(x+y), mul(q-zetas[m], mod(x-y))
			}
		}
	}
	for i := range a {
		a[i] = mul(a[i], 8347681) // the inverse of n
	}
	return a
}

// times multiplies a matrix with a vector, in the NTT domain.
func times(matrix [][]poly, vector []poly) []poly {
	out := make([]poly, len(matrix))
	for i, row := range matrix {
		for j, a := range row {
			out[i] = out[i].plus(a.dot(vector[j]))
		}
	}
	return out
}

// power2Round is algorithm 35.
func (a poly) power2Round() (high, low poly) {
	for i, c := range a {
		l := c & (1<<dropped - 1)
		if l > 1<<(dropped-1) {
			l -= 1 << dropped
		}
		high[i], low[i] = (c-l)>>dropped, mod(l)
	}
	return high, low
}

// decompose is algorithm 36.
func (p *Parameters) decompose(c int32) (high, low int32) {
	low = c % (2 * p.gamma2)
	if low > p.gamma2 {
		low -= 2 * p.gamma2
	}
	if c-low == q-1 {
		return 0, low - 1
	}
	return (c - low) / (2 * p.gamma2), low
}

func (p *Parameters) high(a poly) poly {
	for i, c := range a {
		a[i], _ = p.decompose(c)
	}
	return a
}

func (p *Parameters) low(a poly) poly {
	for i, c := range a {
		_, l := p.decompose(c)
		a[i] = mod(l)
	}
	return a
}

// use is algorithm 40.
func (p *Parameters) use(hints [n]bool, a poly) poly {
	m := (q - 1) / (2 * p.gamma2)
	for i, c := range a {
		h, l := p.decompose(c)
		switch {
		case hints[i] && l > 0:
			h = (h + 1) % m
		case hints[i]:
			h = (h - 1 + m) % m
		}
		a[i] = h
	}
	return a
}

// pack is SimpleBitPack (algorithm 16): the lowest bits of each coefficient, from
// the lowest bit of each byte on.
func (a poly) pack(to []byte, width int) []byte {
	var kept uint64
	held := 0
	for _, c := range a {
		kept |= uint64(c) << held
		for held += width; held >= 8; held -= 8 {
			to = append(to, byte(kept))
			kept >>= 8
		}
	}
	return to
}

func unpack(from []byte, width int) (a poly) {
	var kept uint64
	held := 0
	for i := range a {
		for ; held < width; held += 8 {
			kept |= uint64(from[0]) << held
			from = from[1:]
		}
		a[i] = int32(kept & (1<<width - 1))
		kept >>= width
		held -= width
	}
	return a
}

// expand is ExpandA (algorithm 32).
func expand(p *Parameters, rho []byte) [][]poly {
	matrix := make([][]poly, p.k)
	for r := range matrix {
		for s := range p.l {
			h := sha3.NewSHAKE128()
			_, _ = h.Write(append(append([]byte{}, rho...), byte(s), byte(r)))
			var a poly
			for i := 0; i < n; {
				var b [3]byte
				_, _ = h.Read(b[:])
				if c := int32(b[0]) | int32(b[1])<<8 | int32(b[2]&0x7f)<<16; c < q {
					a[i] = c
					i++
				}
			}
			matrix[r] = append(matrix[r], a)
		}
	}
	return matrix
}

// bounded is RejBoundedPoly (algorithm 31), for the nth polynomial of ExpandS.
func bounded(eta int32, secret []byte, number int) (a poly) {
	h := sha3.NewSHAKE256()
	_, _ = h.Write(append(append([]byte{}, secret...), byte(number), byte(number>>8)))
	for i := 0; i < n; {
		var b [1]byte
		_, _ = h.Read(b[:])
		for _, half := range []int32{int32(b[0] & 15), int32(b[0] >> 4)} {
			if i == n || eta == 2 && half == 15 || eta == 4 && half >= 9 {
				continue
			}
			if eta == 2 {
				half %= 5
			}
			a[i] = mod(eta - half)
			i++
		}
	}
	return a
}

// mask is one polynomial of ExpandMask (algorithm 34).
func (p *Parameters) mask(nonce []byte, counter int) poly {
	return unpack(hash(n*p.maskBits/8, nonce, []byte{byte(counter), byte(counter >> 8)}), p.maskBits).from(p.gamma1)
}

// ball is SampleInBall (algorithm 29).
func (p *Parameters) ball(challenge []byte) (c poly) {
	h := sha3.NewSHAKE256()
	_, _ = h.Write(challenge)
	var signs [8]byte
	_, _ = h.Read(signs[:])
	for at := range p.tau {
		i := n - p.tau + at
		var b [1]byte
		for {
			if _, _ = h.Read(b[:]); int(b[0]) <= i {
				break
			}
		}
		c[i] = c[b[0]]
		c[b[0]] = 1
		if signs[at/8]>>(at%8)&1 == 1 {
			c[b[0]] = q - 1
		}
	}
	return c
}
