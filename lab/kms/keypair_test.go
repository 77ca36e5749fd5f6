package kms

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"math/big"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/world"
)

func seed(n byte) []byte { return bytes.Repeat([]byte{n}, 32) }

// TestKeyPairs derives a pair of each spec twice from one seed, and once from
// another.
func TestKeyPairs(t *testing.T) {
	for name, of := range specs {
		if of.class != asymmetricClass {
			continue
		}
		pair := keyPair(name, seed(1))
		if !bytes.Equal(publicDER(pair), publicDER(keyPair(name, seed(1)))) {
			t.Errorf("%s: the same seed gives another key", name)
		}
		if name != types.KeySpecRsa4096 && bytes.Equal(publicDER(pair), publicDER(keyPair(name, seed(2)))) {
			t.Errorf("%s: another seed gives the same key", name)
		}
		if _, own := pair.(interface{ publicDER() []byte }); own {
			continue // Go does not know it
		}
		parsed, err := x509.ParsePKCS8PrivateKey(privateDER(pair))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !bytes.Equal(publicDER(parsed.(interface{ Public() crypto.PublicKey })), publicDER(pair)) {
			t.Errorf("%s: the private key is of another public key", name)
		}
		if k, ok := pair.(*rsa.PrivateKey); ok && (k.N.BitLen() != rsaBits[name] || k.Validate() != nil) {
			t.Errorf("%s has %d bits: %v", name, k.N.BitLen(), k.Validate())
		}
	}
}

// TestKoblitz is with the multiples of the base point that SEC 2's curve is known
// by, and a signature of RFC 6979's nonce that other implementations agree on.
func TestKoblitz(t *testing.T) {
	for n, x := range map[int64]string{
		2: "c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5",
		3: "f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9",
	} {
		if got := koblitzBase.times(big.NewInt(n)).x.Text(16); got != x {
			t.Errorf("%d times the base is at %s, want %s", n, got, x)
		}
	}
	if !koblitzBase.times(koblitzOrder).infinite() {
		t.Error("the order of the base is another one")
	}
	k := newKoblitzKey(big.NewInt(1))
	digest := sha256.Sum256([]byte("Satoshi Nakamoto"))
	signature, err := k.Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	var got ecdsaSignature
	if _, err := asn1.Unmarshal(signature, &got); err != nil {
		t.Fatal(err)
	}
	const r = "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8"
	const s = "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5"
	if other := new(big.Int).Sub(koblitzOrder, got.S); got.R.Text(16) != r || got.S.Text(16) != s && other.Text(16) != s {
		t.Errorf("the signature is %x, %x", got.R, got.S)
	}
}

func TestKoblitzVerifies(t *testing.T) {
	k := keyPair(types.KeySpecEccSecgP256k1, seed(1)).(*koblitzKey)
	digest := sha256.Sum256([]byte("hello"))
	signature, _ := k.Sign(nil, digest[:], crypto.SHA256)
	if !k.point.verify(digest[:], signature) {
		t.Error("a good signature is refused")
	}
	other := sha256.Sum256([]byte("other"))
	for name, bad := range map[string]bool{
		"another message":     k.point.verify(other[:], signature),
		"another key":         newKoblitzKey(big.NewInt(7)).point.verify(digest[:], signature),
		"more behind it":      k.point.verify(digest[:], append(bytes.Clone(signature), 0)),
		"no signature":        k.point.verify(digest[:], []byte("none")),
		"a zero in it":        k.point.verify(digest[:], must(asn1.Marshal(ecdsaSignature{big.NewInt(0), big.NewInt(1)}))),
		"more than the order": k.point.verify(digest[:], must(asn1.Marshal(ecdsaSignature{big.NewInt(1), koblitzOrder}))),
	} {
		if bad {
			t.Errorf("verified with %s", name)
		}
	}
	long := sha512.Sum512([]byte("hello")) // more bits than the order has
	signature, _ = k.Sign(nil, long[:], crypto.SHA512)
	if !k.point.verify(long[:], signature) {
		t.Error("a long digest is not truncated alike")
	}
}

// TestSameBytes makes a call of each kind in two worlds of one seed.
func TestSameBytes(t *testing.T) {
	run := func() (all []string) {
		w := world.New(world.Options{})
		s := New(w)
		id := func(spec types.KeySpec, usage types.KeyUsageType) string {
			out, err := perform(t, w, "CreateKey", s.createKey, &kms.CreateKeyInput{KeySpec: spec, KeyUsage: usage})
			if err != nil {
				t.Fatal(err)
			}
			return *out.KeyMetadata.KeyId
		}
		keep := func(b []byte) { all = append(all, hex.EncodeToString(b)) }
		for _, of := range []struct {
			spec types.KeySpec
			by   types.SigningAlgorithmSpec
		}{
			{types.KeySpecRsa2048, types.SigningAlgorithmSpecRsassaPssSha256}, {types.KeySpecEccNistP521, types.SigningAlgorithmSpecEcdsaSha512},
			{types.KeySpecEccSecgP256k1, types.SigningAlgorithmSpecEcdsaSha256}, {types.KeySpecEccNistEdwards25519, types.SigningAlgorithmSpecEd25519Sha512},
			{types.KeySpecMlDsa44, types.SigningAlgorithmSpecMlDsaShake256},
		} {
			out, err := perform(t, w, "Sign", s.sign, &kms.SignInput{KeyId: new(id(of.spec, types.KeyUsageTypeSignVerify)), SigningAlgorithm: of.by, Message: []byte("x")})
			if err != nil {
				t.Fatal(err)
			}
			keep(out.Signature)
		}
		sealed, err := perform(t, w, "Encrypt", s.encrypt, &kms.EncryptInput{
			KeyId: new(id(types.KeySpecRsa2048, types.KeyUsageTypeEncryptDecrypt)), Plaintext: []byte("x"), EncryptionAlgorithm: types.EncryptionAlgorithmSpecRsaesOaepSha256})
		if err != nil {
			t.Fatal(err)
		}
		keep(sealed.CiphertextBlob)
		pair, err := perform(t, w, "GenerateDataKeyPair", s.generateDataKeyPair, &kms.GenerateDataKeyPairInput{
			KeyId: new(id("", "")), KeyPairSpec: types.DataKeyPairSpecEccSecgP256k1})
		if err != nil {
			t.Fatal(err)
		}
		keep(pair.PrivateKeyPlaintext)
		keep(pair.PrivateKeyCiphertextBlob)
		return all
	}
	first, second := run(), run()
	for i := range first {
		if first[i] != second[i] {
			t.Errorf("answer %d is another one in the second run", i)
		}
	}
}

// TestUnmodelled names the spec that is refused loudly.
func TestUnmodelled(t *testing.T) {
	w := world.New(world.Options{})
	s := New(w)
	in := &kms.CreateKeyInput{KeySpec: types.KeySpecMlKem512, KeyUsage: types.KeyUsageTypeEncapsulateDecapsulate}
	if _, err := perform(t, w, "CreateKey", s.createKey, in); world.Answer(err).Status != 501 {
		t.Errorf("%s: %v", in.KeySpec, err)
	}
}
