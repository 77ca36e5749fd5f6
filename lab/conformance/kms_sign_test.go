package conformance

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"crypto/x509"
	"encoding/asn1"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

const signPage = "KMS API Reference, Sign"

func (k key) sign(message string) *kms.SignInput {
	return k.signBy(types.SigningAlgorithmSpecEcdsaSha256, message)
}

func (k key) signBy(a types.SigningAlgorithmSpec, message string) *kms.SignInput {
	return &kms.SignInput{KeyId: &k.arn, SigningAlgorithm: a, Message: []byte(message)}
}

func (k key) verify(message string, signature []byte) *kms.VerifyInput {
	return k.verifyBy(types.SigningAlgorithmSpecEcdsaSha256, message, signature)
}

func (k key) verifyBy(a types.SigningAlgorithmSpec, message string, signature []byte) *kms.VerifyInput {
	return &kms.VerifyInput{KeyId: &k.arn, SigningAlgorithm: a, Message: []byte(message), Signature: signature}
}

// public is a key's public key, as Go has it.
func (c *caller) public(k key) any {
	c.x.Helper()
	parsed, err := x509.ParsePKIXPublicKey(succeed(c.x, c.KMS.GetPublicKey, &kms.GetPublicKeyInput{KeyId: &k.id}).PublicKey)
	if err != nil {
		c.x.Fatal(err)
	}
	return parsed
}

var kmsSign = []claim{
	{
		says:   "what a key signed it verifies, as a message and as its digest, by each of its algorithms",
		source: "recorded: kms test_sign_verify",
		check: func(x *bench) {
			sha := func(m string) map[string]string {
				short, middle, long := sha256.Sum256([]byte(m)), sha512.Sum384([]byte(m)), sha512.Sum512([]byte(m))
				return map[string]string{"256": string(short[:]), "384": string(middle[:]), "512": string(long[:])}
			}("hello")
			for _, spec := range []types.KeySpec{
				types.KeySpecRsa2048, types.KeySpecEccNistP256, types.KeySpecEccNistP384, types.KeySpecEccNistP521, types.KeySpecEccSecgP256k1,
			} {
				k := x.Own.keyOf(spec, types.KeyUsageTypeSignVerify)
				for _, a := range succeed(x, x.Own.KMS.DescribeKey, describe(k.id)).KeyMetadata.SigningAlgorithms {
					out := succeed(x, x.Own.KMS.Sign, k.signBy(a, "hello"))
					equal(x, "KeyId", text(out.KeyId), k.arn)
					equal(x, "SigningAlgorithm", out.SigningAlgorithm, a)
					verified := succeed(x, x.Own.KMS.Verify, k.verifyBy(a, "hello", out.Signature))
					equal(x, "SignatureValid", verified.SignatureValid, true)
					digest := sha[string(a[len(a)-3:])]
					in := k.verifyBy(a, digest, out.Signature)
					in.MessageType = types.MessageTypeDigest
					succeed(x, x.Own.KMS.Verify, in)
					in.Message = in.Message[1:]
					refused(x, x.Own.KMS.Verify, in, "ValidationException").saying("Digest is invalid length for algorithm " + string(a) + ".")
					refused(x, x.Own.KMS.Verify, k.verifyBy(a, "bad message 321", out.Signature), "KMSInvalidSignatureException").saying("")
					other := succeed(x, x.Own.KMS.Sign, k.signBy(a, "bad")).Signature
					refused(x, x.Own.KMS.Verify, k.verifyBy(a, "hello", other), "KMSInvalidSignatureException").saying("")
				}
			}
		},
	},
	{
		says:   "signatures are verified outside AWS with the public key: RSASSA-PSS with a salt as long as the digest, ECDSA in DER",
		source: "asserted: kms test_verify_salt_length; " + keySpecPage,
		check: func(x *bench) {
			digest := sha256.Sum256([]byte("hello"))
			k := x.Own.keyOf(types.KeySpecRsa2048, types.KeyUsageTypeSignVerify)
			public := x.Own.public(k).(*rsa.PublicKey)
			equal(x, "the bits", public.N.BitLen(), 2048)
			signature := succeed(x, x.Own.KMS.Sign, k.signBy(types.SigningAlgorithmSpecRsassaPssSha256, "hello")).Signature
			if err := rsa.VerifyPSS(public, crypto.SHA256, digest[:], signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}); err != nil {
				x.Error(err)
			}
			signature = succeed(x, x.Own.KMS.Sign, k.signBy(types.SigningAlgorithmSpecRsassaPkcs1V15Sha256, "hello")).Signature
			if err := rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature); err != nil {
				x.Error(err)
			}
			curve := x.Own.signingKey()
			signature = succeed(x, x.Own.KMS.Sign, curve.sign("hello")).Signature
			equal(x, "whether ECDSA verifies", ecdsa.VerifyASN1(x.Own.public(curve).(*ecdsa.PublicKey), digest[:], signature), true)
		},
	},
	{
		says:   "ED25519_SHA_512 signs the message, and ED25519_PH_SHA_512 a digest, which it hashes again",
		source: signPage + ", MessageType; assumption: the code of the refusals",
		check: func(x *bench) {
			k := x.Own.keyOf(types.KeySpecEccNistEdwards25519, types.KeyUsageTypeSignVerify)
			public := x.Own.public(k).(ed25519.PublicKey)
			pure := succeed(x, x.Own.KMS.Sign, k.signBy(types.SigningAlgorithmSpecEd25519Sha512, "hello")).Signature
			equal(x, "whether Ed25519 verifies", ed25519.Verify(public, []byte("hello"), pure), true)
			succeed(x, x.Own.KMS.Verify, k.verifyBy(types.SigningAlgorithmSpecEd25519Sha512, "hello", pure))
			digest := sha512.Sum512([]byte("hello"))
			again := sha512.Sum512(digest[:])
			in := k.signBy(types.SigningAlgorithmSpecEd25519PhSha512, string(digest[:]))
			in.MessageType = types.MessageTypeDigest
			signature := succeed(x, x.Own.KMS.Sign, in).Signature
			if err := ed25519.VerifyWithOptions(public, again[:], signature, &ed25519.Options{Hash: crypto.SHA512}); err != nil {
				x.Error(err)
			}
			in.MessageType = types.MessageTypeRaw
			refused(x, x.Own.KMS.Sign, in, "ValidationException")
			in.SigningAlgorithm, in.MessageType = types.SigningAlgorithmSpecEd25519Sha512, types.MessageTypeDigest
			refused(x, x.Own.KMS.Sign, in, "ValidationException")
		},
	},
	{
		says:   "ML-DSA signs a message or its representative, with one signature for both, and no digest",
		source: "KMS Developer Guide, ML-DSA keys in AWS KMS; " + signPage + ", MessageType; assumption: the code of the refusals",
		check: func(x *bench) {
			for spec, size := range map[types.KeySpec]int{types.KeySpecMlDsa44: 2420, types.KeySpecMlDsa65: 3309, types.KeySpecMlDsa87: 4627} {
				k := x.Own.keyOf(spec, types.KeyUsageTypeSignVerify)
				in := k.signBy(types.SigningAlgorithmSpecMlDsaShake256, "hello")
				signature := succeed(x, x.Own.KMS.Sign, in).Signature
				equal(x, "the length", len(signature), size)
				succeed(x, x.Own.KMS.Verify, k.verifyBy(types.SigningAlgorithmSpecMlDsaShake256, "hello", signature))
				refused(x, x.Own.KMS.Verify, k.verifyBy(types.SigningAlgorithmSpecMlDsaShake256, "other", signature), "KMSInvalidSignatureException").saying("")
				var info subjectPublicKeyInfo
				if _, err := asn1.Unmarshal(succeed(x, x.Own.KMS.GetPublicKey, &kms.GetPublicKeyInput{KeyId: &k.id}).PublicKey, &info); err != nil {
					x.Fatal(err)
				}
				mu := sha3.SumSHAKE256(append(append(sha3.SumSHAKE256(info.PublicKey.Bytes, 64), 0, 0), "hello"...), 64)
				in.Message, in.MessageType = mu, types.MessageTypeExternalMu
				equal(x, "whether the signatures are the same", bytes.Equal(succeed(x, x.Own.KMS.Sign, in).Signature, signature), true)
				in.Message = mu[1:]
				refused(x, x.Own.KMS.Sign, in, "ValidationException")
				in.Message, in.MessageType = mu, types.MessageTypeDigest
				refused(x, x.Own.KMS.Sign, in, "ValidationException")
			}
			in := x.Own.signingKey().sign(strings.Repeat("x", 64))
			in.MessageType = types.MessageTypeExternalMu
			refused(x, x.Own.KMS.Sign, in, "ValidationException")
		},
	},
	{
		says:   "an algorithm of another spec is refused",
		source: signPage + ", InvalidKeyUsageException; recorded: kms test_invalid_generate_mac",
		check: func(x *bench) {
			refused(x, x.Own.KMS.Sign, x.Own.signingKey().signBy(types.SigningAlgorithmSpecEcdsaSha384, "hello"), "InvalidKeyUsageException").
				saying("Algorithm ECDSA_SHA_384 is incompatible with key spec ECC_NIST_P256.")
		},
	},
	{
		says:   "a message has 1 to 4096 bytes",
		source: signPage + ", Message",
		check: func(x *bench) {
			k := x.Own.signingKey()
			succeed(x, x.Own.KMS.Sign, k.sign(strings.Repeat("x", 4096)))
			refused(x, x.Own.KMS.Sign, k.sign(strings.Repeat("x", 4097)), "ValidationException")
		},
	},
	{
		says:   "a rehearsal of a signature, or of its check, ends as the call would",
		source: dryRunPage,
		check: func(x *bench) {
			k := x.Own.signingKey()
			in := k.sign("hello")
			signature := succeed(x, x.Own.KMS.Sign, in).Signature
			in.DryRun = new(true)
			refused(x, x.Own.KMS.Sign, in, "DryRunOperationException").saying(wouldHave)
			check := k.verify("hello", signature)
			check.DryRun = new(true)
			refused(x, x.Own.KMS.Verify, check, "DryRunOperationException").saying(wouldHave)
			check.Message = []byte("other")
			refused(x, x.Own.KMS.Verify, check, "KMSInvalidSignatureException")
		},
	},
	{
		says:   "kms:SigningAlgorithm and kms:MessageType hold a caller to an algorithm, and to whole messages",
		source: conditionKeys + "kms:SigningAlgorithm and kms:MessageType; assumption: RAW where the request has no type",
		check: func(x *bench) {
			k := x.Own.keyOf(types.KeySpecRsa2048, types.KeyUsageTypeSignVerify)
			s := x.Own.session(document(may("kms:Sign", k.arn, `"Condition":{"StringEquals":{"kms:SigningAlgorithm":"RSASSA_PSS_SHA_256","kms:MessageType":"RAW"}}`)))
			in := k.signBy(types.SigningAlgorithmSpecRsassaPssSha256, strings.Repeat("x", 32))
			succeed(x, s.KMS.Sign, in)
			in.MessageType = types.MessageTypeDigest
			refused(x, s.KMS.Sign, in, "AccessDeniedException")
			refused(x, s.KMS.Sign, k.signBy(types.SigningAlgorithmSpecRsassaPssSha512, "hello"), "AccessDeniedException")
		},
	},
	{
		says:   "the public key of an asymmetric key comes with what it is for, and others have none",
		source: "KMS API Reference, GetPublicKey; assumption: the code of the refusal",
		check: func(x *bench) {
			k := x.Own.signingKey()
			out := succeed(x, x.Own.KMS.GetPublicKey, &kms.GetPublicKeyInput{KeyId: &k.id})
			equal(x, "KeyId", text(out.KeyId), k.arn)
			equal(x, "KeySpec", out.KeySpec, types.KeySpecEccNistP256)
			equal(x, "KeyUsage", out.KeyUsage, types.KeyUsageTypeSignVerify)
			equal(x, "SigningAlgorithms", joined(out.SigningAlgorithms), "ECDSA_SHA_256")
			equal(x, "the number of encryption algorithms", len(out.EncryptionAlgorithms), 0)
			for _, none := range []key{x.Own.key(""), x.Own.hmacKey()} {
				refused(x, x.Own.KMS.GetPublicKey, &kms.GetPublicKeyInput{KeyId: &none.id}, "UnsupportedOperationException")
			}
		},
	},
}
