package conformance

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

const requirementsPage = "KMS Developer Guide, Create a KMS key with imported key material, Requirements for imported key material"

// withSpec makes a key of another kind.
func withSpec(spec types.KeySpec, usage types.KeyUsageType) func(*kms.CreateKeyInput) {
	return func(in *kms.CreateKeyInput) { in.KeySpec, in.KeyUsage = spec, usage }
}

// importingBy is importing by another algorithm.
func (c *caller) importingBy(k key, a types.AlgorithmSpec, secret []byte) *kms.ImportKeyMaterialInput {
	c.x.Helper()
	offer := c.offer(k, a, types.WrappingKeySpecRsa2048)
	return &kms.ImportKeyMaterialInput{
		KeyId: &k.id, ImportToken: offer.ImportToken, EncryptedKeyMaterial: c.x.wrap(offer, a, secret),
		ExpirationModel: types.ExpirationModelTypeKeyMaterialDoesNotExpire,
	}
}

func (x *bench) pkcs8(key any) []byte {
	x.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		x.Fatal(err)
	}
	return der
}

// koblitz is a key on secp256k1 as PKCS #8: 1, whose public key is the base point.
const koblitz = "303e020100301006072a8648ce3d020106052b8104000a042730250201010420" +
	"0000000000000000000000000000000000000000000000000000000000000001"

var kmsImportKinds = []claim{
	{
		says:   "an HMAC key has imported material of at least the length of its spec, and tells no id of it",
		source: "recorded: kms test_import_key_hmac_keys; " + requirementsPage,
		check: func(x *bench) {
			k := x.Own.awaiting(withSpec(types.KeySpecHmac256, types.KeyUsageTypeGenerateVerifyMac))
			for _, size := range []int{31, 129} {
				refused(x, x.Own.KMS.ImportKeyMaterial, x.Own.importing(k, bytes.Repeat([]byte{1}, size)), "IncorrectKeyMaterialException")
			}
			secret := bytes.Repeat([]byte{1}, 50)
			equal(x, "KeyMaterialId", x.Own.imports(k, secret), "")
			m := succeed(x, x.Own.KMS.DescribeKey, describe(k.id)).KeyMetadata
			equal(x, "KeyState", m.KeyState, types.KeyStateEnabled)
			equal(x, "CurrentKeyMaterialId", text(m.CurrentKeyMaterialId), "")
			equal(x, "ExpirationModel", m.ExpirationModel, types.ExpirationModelTypeKeyMaterialDoesNotExpire)
			out := succeed(x, x.Own.KMS.GenerateMac, &kms.GenerateMacInput{KeyId: &k.id, Message: []byte("hello"), MacAlgorithm: types.MacAlgorithmSpecHmacSha256})
			h := hmac.New(sha256.New, secret)
			h.Write([]byte("hello"))
			equal(x, "whether the MAC is right", bytes.Equal(out.Mac, h.Sum(nil)), true)
			x.Own.forgets(k, nil)
			equal(x, "the state", x.state(k), types.KeyStatePendingImport)
		},
	},
	{
		says:   "an elliptic curve key is imported as PKCS #8, and its public key follows from it",
		source: "recorded: kms test_import_key_asymmetric, test_import_key_ecc_keys; " + requirementsPage,
		check: func(x *bench) {
			private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), secretOf(1))
			if err != nil {
				x.Fatal(err)
			}
			for _, a := range []types.AlgorithmSpec{types.AlgorithmSpecRsaesOaepSha256, types.AlgorithmSpecRsaAesKeyWrapSha256, types.AlgorithmSpecRsaAesKeyWrapSha1} {
				k := x.Own.awaiting(withSpec(types.KeySpecEccNistP256, types.KeyUsageTypeSignVerify))
				refused(x, x.Own.KMS.GetPublicKey, &kms.GetPublicKeyInput{KeyId: &k.id}, "KMSInvalidStateException")
				succeed(x, x.Own.KMS.ImportKeyMaterial, x.Own.importingBy(k, a, x.pkcs8(private)))
				out := succeed(x, x.Own.KMS.GetPublicKey, &kms.GetPublicKeyInput{KeyId: &k.id})
				want, _ := x509.MarshalPKIXPublicKey(&private.PublicKey)
				equal(x, "whether the public key is right", bytes.Equal(out.PublicKey, want), true)
				digest := sha256.Sum256([]byte("hello"))
				signed := succeed(x, x.Own.KMS.Sign, &kms.SignInput{
					KeyId: &k.id, Message: digest[:], MessageType: types.MessageTypeDigest, SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256,
				})
				equal(x, "whether the signature is right", ecdsa.VerifyASN1(&private.PublicKey, digest[:], signed.Signature), true)
			}
		},
	},
	{
		says:   "a key on secp256k1 is imported as the others",
		source: "recorded: kms test_import_key_ecc_keys; " + requirementsPage,
		check: func(x *bench) {
			k := x.Own.awaiting(withSpec(types.KeySpecEccSecgP256k1, types.KeyUsageTypeSignVerify))
			der, err := hex.DecodeString(koblitz)
			if err != nil {
				x.Fatal(err)
			}
			succeed(x, x.Own.KMS.ImportKeyMaterial, x.Own.importing(k, der))
			out := succeed(x, x.Own.KMS.GetPublicKey, &kms.GetPublicKeyInput{KeyId: &k.id})
			base, _ := hex.DecodeString("0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8")
			equal(x, "whether the public key is the base point", bytes.HasSuffix(out.PublicKey, base), true)
		},
	},
	{
		says:   "an RSA key is imported under an AES key only, and is of the size of its spec",
		source: "recorded: kms test_import_key_rsa_aes_wrap_sha256; KMS API Reference, GetParametersForImport, WrappingAlgorithm",
		check: func(x *bench) {
			private, err := rsa.GenerateKey(rand.Reader, 2048)
			if err != nil {
				x.Fatal(err)
			}
			k := x.Own.awaiting(withSpec(types.KeySpecRsa2048, types.KeyUsageTypeEncryptDecrypt))
			refused(x, x.Own.KMS.GetParametersForImport, &kms.GetParametersForImportInput{
				KeyId: &k.id, WrappingAlgorithm: types.AlgorithmSpecRsaesOaepSha256, WrappingKeySpec: types.WrappingKeySpecRsa4096,
			}, "UnsupportedOperationException")
			refused(x, x.Own.KMS.ImportKeyMaterial, x.Own.importingBy(k, types.AlgorithmSpecRsaAesKeyWrapSha256, x.pkcs8(private)[1:]), "IncorrectKeyMaterialException")
			succeed(x, x.Own.KMS.ImportKeyMaterial, x.Own.importingBy(k, types.AlgorithmSpecRsaAesKeyWrapSha256, x.pkcs8(private)))
			plaintext := succeed(x, x.Own.KMS.Decrypt, &kms.DecryptInput{
				KeyId: &k.id, CiphertextBlob: x.oaep(&private.PublicKey, "hello"), EncryptionAlgorithm: types.EncryptionAlgorithmSpecRsaesOaepSha256,
			}).Plaintext
			equal(x, "the plaintext", string(plaintext), "hello")
			larger := x.Own.awaiting(withSpec(types.KeySpecRsa3072, types.KeyUsageTypeEncryptDecrypt))
			refused(x, x.Own.KMS.ImportKeyMaterial, x.Own.importingBy(larger, types.AlgorithmSpecRsaAesKeyWrapSha256, x.pkcs8(private)), "IncorrectKeyMaterialException")
		},
	},
	{
		says:   "a key on P-521 does not fit under a wrapping key of 2048 bits",
		source: "KMS API Reference, GetParametersForImport, WrappingAlgorithm; assumption: the code",
		check: func(x *bench) {
			k := x.Own.awaiting(withSpec(types.KeySpecEccNistP521, types.KeyUsageTypeSignVerify))
			in := &kms.GetParametersForImportInput{KeyId: &k.id, WrappingAlgorithm: types.AlgorithmSpecRsaesOaepSha256, WrappingKeySpec: types.WrappingKeySpecRsa2048}
			refused(x, x.Own.KMS.GetParametersForImport, in, "UnsupportedOperationException")
			in.WrappingKeySpec = types.WrappingKeySpecRsa3072
			succeed(x, x.Own.KMS.GetParametersForImport, in)
		},
	},
	{
		says:   "ML-DSA and ML-KEM keys cannot have imported material",
		source: requirementsPage + "; assumption: that it is so for ML-KEM, and the code",
		check: func(x *bench) {
			in := &kms.CreateKeyInput{KeySpec: types.KeySpecMlDsa44, KeyUsage: types.KeyUsageTypeSignVerify, Origin: types.OriginTypeExternal}
			refused(x, x.Own.KMS.CreateKey, in, "UnsupportedOperationException")
			in.KeySpec, in.KeyUsage = types.KeySpecMlKem768, types.KeyUsageTypeEncapsulateDecapsulate
			refused(x, x.Own.KMS.CreateKey, in, "UnsupportedOperationException")
		},
	},
	{
		says:   "asymmetric and HMAC keys have one material for good: nothing about others can be said, and they do not rotate",
		source: importPage + ", ImportType, KeyMaterialId and KeyMaterialDescription; assumption: the code",
		check: func(x *bench) {
			k := x.Own.awaiting(withSpec(types.KeySpecHmac256, types.KeyUsageTypeGenerateVerifyMac))
			refused(x, x.Own.KMS.ImportKeyMaterial, x.Own.importing(k, secretOf(1), anew), "UnsupportedOperationException")
			refused(x, x.Own.KMS.ImportKeyMaterial, x.Own.importing(k, secretOf(1), func(in *kms.ImportKeyMaterialInput) {
				in.KeyMaterialDescription = new("safe 1")
			}), "UnsupportedOperationException")
			x.Own.imports(k, secretOf(1))
			refused(x, x.Own.KMS.ImportKeyMaterial, x.Own.importing(k, secretOf(2)), "IncorrectKeyMaterialException")
			refused(x, x.Own.KMS.RotateKeyOnDemand, &kms.RotateKeyOnDemandInput{KeyId: &k.id}, "UnsupportedOperationException")
			x.Own.forgets(k, nil)
			x.Own.imports(k, secretOf(1))
		},
	},
}

// oaep encrypts to a public key, outside KMS.
func (x *bench) oaep(to *rsa.PublicKey, plaintext string) []byte {
	x.Helper()
	out, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, to, []byte(plaintext), nil)
	if err != nil {
		x.Fatal(err)
	}
	return out
}
