package mldsa

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"testing"
)

func fromHex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestKnownAnswers is with the known answers for signatures whose first masks are
// rejected, of each set of parameters (draft-celi-acvp-ml-dsa, table 1): a
// seed, the input of Sign_internal, and the SHA-256 of the signature.
func TestKnownAnswers(t *testing.T) {
	for _, c := range []struct {
		name                string
		p                   *Parameters
		seed, message, want string
	}{
		{"Path/ML-DSA-44/1", MLDSA44,
			"5c624fcc1862452452d0c665840d8237f43108e5499edcdc108fbc49d596e4b7",
			"951fdf5473a4cba6d9e5b5db7e79fb8173921ba5b13e9271401b8f907b8b7d5b",
			"dcc71a421bc6ffafb7df0c7f6d018a19ada154d1e2ee360ed533cecd5dc980ad"},
		{"Path/ML-DSA-44/2", MLDSA44,
			"836eabedb4d2cd9be6a4d957cf5ee6bf489304136864c55c2c5f01da5047d18b",
			"199a0ab735e9004163dd02d319a61cfe81638e3bf47bb1e90e90d6e3ea545247",
			"a2608bc27e60541d27b6a14f460d54a48c0298dcc3f45999f29047a3135c4941"},
		{"Path/ML-DSA-65/1", MLDSA65,
			"464756a985e5df03739d95dd309c1ed9c5b04254cc294e7e7eb9b9365ee15117",
			"491101bba044de6e44a63796c33cda051bb05a60725b87af4ba9db940c03ac09",
			"8e08ea0c8db941685b9905a73b0b57bad3500b1f73490480b24375b41230cc04"},
		{"Path/ML-DSA-65/2", MLDSA65,
			"235a48db4ca7916b884f424a8586efd517e87c64aecec0fce9a3cc212ba1522e",
			"f8ce85cb2ec474ffbf5a3ffae029ce6f4526b8d597655067f97f438b81071e9b",
			"ae9531a01738615b6d33c77b3ff618a86e101fdc4c8504681f0edfa64511ad63"},
		{"Path/ML-DSA-87/1", MLDSA87,
			"0d58219132746be077dfe821e9f8fd87857b28ab91d6a567e312a73e2636032c",
			"3aa49ef72d010aec19383ba1e83ec2dd3dcc207a96ffceb9ffa269e3e3d66400",
			"5049dc39045618b903c71595b3a3e07a731f95d37304623acc98bcef4258b4ca"},
		{"Path/ML-DSA-87/2", MLDSA87,
			"146c47ab9f88408eb76a813294d533b29d7e0fda75da5a4e7c69eb61efeebb78",
			"82c44f998a8d24f056084d0e80ecfd8434493385a284c69974923c270d397782",
			"cffc5988a351e14a3ee1282f042a143679c4503814296b27993949a7ff966f57"},
	} {
		k := NewPrivateKey(c.p, fromHex(t, c.seed))
		mu := hash(MuSize, k.hash, fromHex(t, c.message))
		signature := k.Sign(mu)
		if got := sha256.Sum256(signature); hex.EncodeToString(got[:]) != c.want {
			t.Errorf("%s: the signature is %x", c.name, got)
		}
		if len(signature) != c.p.signatureLen || !k.Verify(mu, signature) {
			t.Errorf("%s: the signature is not the key's", c.name)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, p := range []*Parameters{MLDSA44, MLDSA65, MLDSA87} {
		k, other := NewPrivateKey(p, make([]byte, seedSize)), NewPrivateKey(p, bytes.Repeat([]byte{1}, seedSize))
		mu := k.Mu([]byte("hello"))
		signature := k.Sign(mu)
		spoilt := func(at int, to byte) []byte {
			s := bytes.Clone(signature)
			s[at] = to
			return s
		}
		hints := len(signature) - p.k - p.omega
		for name, bad := range map[string]bool{
			"another message":         k.Verify(k.Mu([]byte("other")), signature),
			"another key":             other.Verify(mu, signature),
			"a byte less":             k.Verify(mu, signature[1:]),
			"another challenge":       k.Verify(mu, spoilt(0, signature[0]^1)),
			"another answer":          k.Verify(mu, spoilt(p.strength/4, signature[p.strength/4]^1)),
			"hints out of order":      k.Verify(mu, spoilt(hints, 255)),
			"too many hints":          k.Verify(mu, spoilt(len(signature)-1, byte(p.omega+1))),
			"a hint that none counts": k.Verify(mu, spoilt(len(signature)-p.k-1, 1)),
		} {
			if bad {
				t.Errorf("verified with %s", name)
			}
		}
		if !bytes.Equal(signature, k.Sign(mu)) {
			t.Error("the signature is another one the second time")
		}
	}
}
