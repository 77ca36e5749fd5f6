package conformance

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

const (
	oaep256     = types.EncryptionAlgorithmSpecRsaesOaepSha256
	derivePage  = "KMS API Reference, DeriveSharedSecret"
	keyPairPage = "KMS API Reference, GenerateDataKeyPair"
)

func (k key) encryptBy(a types.EncryptionAlgorithmSpec, plaintext string) *kms.EncryptInput {
	in := k.encrypt(plaintext)
	in.EncryptionAlgorithm = a
	return in
}

func (k key) decryptBy(a types.EncryptionAlgorithmSpec, blob []byte) *kms.DecryptInput {
	in := k.decrypt(blob)
	in.EncryptionAlgorithm = a
	return in
}

func (k key) agree(public []byte) *kms.DeriveSharedSecretInput {
	return &kms.DeriveSharedSecretInput{KeyId: &k.arn, KeyAgreementAlgorithm: types.KeyAgreementAlgorithmSpecEcdh, PublicKey: public}
}

var kmsAsymmetric = []claim{
	{
		says:   "what an RSA key encrypted it decrypts by the same algorithm only, and no answer tells of key material",
		source: "asserted: kms test_encrypt_decrypt; KMS API Reference, Decrypt",
		check: func(x *bench) {
			k := x.Own.rsaKey()
			for _, a := range []types.EncryptionAlgorithmSpec{types.EncryptionAlgorithmSpecRsaesOaepSha1, oaep256} {
				sealed := succeed(x, x.Own.KMS.Encrypt, k.encryptBy(a, "hello"))
				equal(x, "EncryptionAlgorithm", sealed.EncryptionAlgorithm, a)
				equal(x, "the length", len(sealed.CiphertextBlob), 256)
				out := succeed(x, x.Own.KMS.Decrypt, k.decryptBy(a, sealed.CiphertextBlob))
				equal(x, "the plaintext", string(out.Plaintext), "hello")
				equal(x, "KeyId", text(out.KeyId), k.arn)
				equal(x, "EncryptionAlgorithm", out.EncryptionAlgorithm, a)
				equal(x, "KeyMaterialId", text(out.KeyMaterialId), "")
			}
			blob := succeed(x, x.Own.KMS.Encrypt, k.encryptBy(oaep256, "hello")).CiphertextBlob
			refused(x, x.Own.KMS.Decrypt, k.decryptBy(types.EncryptionAlgorithmSpecRsaesOaepSha1, blob), "InvalidCiphertextException")
			refused(x, x.Own.KMS.Decrypt, x.Own.rsaKey().decryptBy(oaep256, blob), "InvalidCiphertextException")
		},
	},
	{
		says:   "what was encrypted outside AWS with the public key is decrypted",
		source: "KMS API Reference, Decrypt",
		check: func(x *bench) {
			k := x.Own.rsaKey()
			blob, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, x.Own.public(k).(*rsa.PublicKey), []byte("hello"), nil)
			if err != nil {
				x.Fatal(err)
			}
			equal(x, "the plaintext", string(succeed(x, x.Own.KMS.Decrypt, k.decryptBy(oaep256, blob)).Plaintext), "hello")
		},
	},
	{
		says:   "an RSA key encrypts as much as its size and the algorithm leave room for",
		source: "recorded: kms test_encrypt_validate_plaintext_size_per_key_type",
		check: func(x *bench) {
			k := x.Own.rsaKey()
			for a, limit := range map[types.EncryptionAlgorithmSpec]int{types.EncryptionAlgorithmSpecRsaesOaepSha1: 214, oaep256: 190} {
				succeed(x, x.Own.KMS.Encrypt, k.encryptBy(a, strings.Repeat("x", limit)))
				refused(x, x.Own.KMS.Encrypt, k.encryptBy(a, strings.Repeat("x", limit+1)), "ValidationException").mentioning(
					"Algorithm " + string(a) + " and key spec RSA_2048 cannot encrypt data larger than ")
			}
			refused(x, x.Own.KMS.Encrypt, x.Own.keyOf(types.KeySpecRsa3072, types.KeyUsageTypeEncryptDecrypt).encryptBy(oaep256, strings.Repeat("x", 319)), "ValidationException").
				saying("Algorithm RSAES_OAEP_SHA_256 and key spec RSA_3072 cannot encrypt data larger than 318 bytes.")
			refused(x, x.Own.KMS.Encrypt, x.Own.keyOf(types.KeySpecRsa4096, types.KeyUsageTypeEncryptDecrypt).encryptBy(types.EncryptionAlgorithmSpecRsaesOaepSha1, strings.Repeat("x", 471)), "ValidationException").
				saying("Algorithm RSAES_OAEP_SHA_1 and key spec RSA_4096 cannot encrypt data larger than 470 bytes.")
		},
	},
	{
		says:   "an RSA key is used by an algorithm that the request names, and without an encryption context",
		source: "reported: the message, in jkroepke/helm-secrets#395; KMS API Reference, Encrypt, EncryptionContext; assumption: the code for the context",
		check: func(x *bench) {
			k := x.Own.rsaKey()
			refused(x, x.Own.KMS.Encrypt, k.encrypt("hello"), "InvalidKeyUsageException").saying("Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.")
			in := k.encryptBy(oaep256, "hello")
			in.EncryptionContext = contextOf("a", "1")
			refused(x, x.Own.KMS.Encrypt, in, "ValidationException")
		},
	},
	{
		says:   "an asymmetric ciphertext names no key",
		source: "KMS API Reference, Decrypt, KeyId",
		check: func(x *bench) {
			blob := succeed(x, x.Own.KMS.Encrypt, x.Own.rsaKey().encryptBy(oaep256, "hello")).CiphertextBlob
			refused(x, x.Own.KMS.Decrypt, &kms.DecryptInput{CiphertextBlob: blob, EncryptionAlgorithm: oaep256}, "ValidationException")
		},
	},
	{
		says:   "ReEncrypt moves a ciphertext from a symmetric key under an asymmetric one, and back",
		source: "recorded: kms test_re_encrypt; KMS API Reference, ReEncrypt",
		check: func(x *bench) {
			symmetric, k := x.Own.key(""), x.Own.rsaKey()
			out := succeed(x, x.Own.KMS.ReEncrypt, &kms.ReEncryptInput{
				CiphertextBlob: x.Own.seal(symmetric, "hello"), DestinationKeyId: &k.id, DestinationEncryptionAlgorithm: oaep256})
			equal(x, "DestinationEncryptionAlgorithm", out.DestinationEncryptionAlgorithm, oaep256)
			equal(x, "DestinationKeyMaterialId", text(out.DestinationKeyMaterialId), "")
			equal(x, "the length of the source material's id", len(text(out.SourceKeyMaterialId)), 64)
			back := succeed(x, x.Own.KMS.ReEncrypt, &kms.ReEncryptInput{
				CiphertextBlob: out.CiphertextBlob, SourceKeyId: &k.id, SourceEncryptionAlgorithm: oaep256, DestinationKeyId: &symmetric.id})
			equal(x, "the plaintext", string(succeed(x, x.Own.KMS.Decrypt, symmetric.decrypt(back.CiphertextBlob)).Plaintext), "hello")
			refused(x, x.Own.KMS.ReEncrypt, &kms.ReEncryptInput{
				CiphertextBlob: x.Own.seal(symmetric, strings.Repeat("x", 191)), DestinationKeyId: &k.id, DestinationEncryptionAlgorithm: oaep256}, "ValidationException")
		},
	},
	{
		says:   "kms:EncryptionAlgorithm holds a caller to an algorithm",
		source: conditionKeys + "kms:EncryptionAlgorithm",
		check: func(x *bench) {
			k := x.Own.rsaKey()
			s := x.Own.session(document(may("kms:Encrypt", "*", when("StringEquals", "kms:EncryptionAlgorithm", string(oaep256)))))
			succeed(x, s.KMS.Encrypt, k.encryptBy(oaep256, "hello"))
			refused(x, s.KMS.Encrypt, k.encryptBy(types.EncryptionAlgorithmSpecRsaesOaepSha1, "hello"), "AccessDeniedException")
			refused(x, s.KMS.Encrypt, x.Own.key("").encrypt("hello"), "AccessDeniedException")
		},
	},
	{
		says:   "two keys derive the same secret from each other's public key, as anybody does outside AWS",
		source: "recorded: kms test_derive_shared_secret, test_derive_shared_secret_matches_openssl",
		check: func(x *bench) {
			for spec, curve := range map[types.KeySpec]ecdh.Curve{
				types.KeySpecEccNistP256: ecdh.P256(), types.KeySpecEccNistP384: ecdh.P384(), types.KeySpecEccNistP521: ecdh.P521(),
			} {
				k := x.Own.keyOf(spec, types.KeyUsageTypeKeyAgreement)
				outside, err := curve.GenerateKey(rand.Reader)
				if err != nil {
					x.Fatal(err)
				}
				der, err := x509.MarshalPKIXPublicKey(outside.PublicKey())
				if err != nil {
					x.Fatal(err)
				}
				out := succeed(x, x.Own.KMS.DeriveSharedSecret, k.agree(der))
				equal(x, "KeyId", text(out.KeyId), k.arn)
				equal(x, "KeyOrigin", out.KeyOrigin, types.OriginTypeAwsKms)
				equal(x, "KeyAgreementAlgorithm", out.KeyAgreementAlgorithm, types.KeyAgreementAlgorithmSpecEcdh)
				theirs, err := x.Own.public(k).(*ecdsa.PublicKey).ECDH()
				if err != nil {
					x.Fatal(err)
				}
				same, err := outside.ECDH(theirs)
				if err != nil {
					x.Fatal(err)
				}
				equal(x, "whether the secrets are the same", bytes.Equal(out.SharedSecret, same), true)
			}
		},
	},
	{
		says:   "a public key that is none, or on another curve, gives no secret",
		source: "recorded: kms test_derive_shared_secret; assumption: for another curve",
		check: func(x *bench) {
			k := x.Own.agreeingKey()
			refused(x, x.Own.KMS.DeriveSharedSecret, k.agree([]byte("InvalidPublicKey")), "ValidationException")
			other := x.Own.keyOf(types.KeySpecEccNistP384, types.KeyUsageTypeKeyAgreement)
			public := succeed(x, x.Own.KMS.GetPublicKey, &kms.GetPublicKeyInput{KeyId: &other.id}).PublicKey
			refused(x, x.Own.KMS.DeriveSharedSecret, k.agree(public), "ValidationException")
			in := other.agree(public)
			in.DryRun = new(true)
			refused(x, x.Own.KMS.DeriveSharedSecret, in, "DryRunOperationException").saying(wouldHave)
		},
	},
	{
		says:   "kms:KeyAgreementAlgorithm lets a caller derive by ECDH",
		source: conditionKeys + "kms:KeyAgreementAlgorithm",
		check: func(x *bench) {
			k := x.Own.agreeingKey()
			public := succeed(x, x.Own.KMS.GetPublicKey, &kms.GetPublicKeyInput{KeyId: &k.id}).PublicKey
			with, without := "kms:KeyAgreementAlgorithm", "kms:SigningAlgorithm"
			succeed(x, x.Own.session(document(may("kms:DeriveSharedSecret", "*", when("StringEquals", with, "ECDH")))).KMS.DeriveSharedSecret, k.agree(public))
			refused(x, x.Own.session(document(may("kms:DeriveSharedSecret", "*", when("StringEquals", without, "ECDH")))).KMS.DeriveSharedSecret, k.agree(public), "AccessDeniedException")
		},
	},
	{
		says:   "a data key pair comes with its private key in PKCS #8, plain and under a symmetric key with an encryption context",
		source: "recorded: kms test_generate_data_key_pair, test_encryption_context_generate_data_key_pair; " + keyPairPage,
		check: func(x *bench) {
			k := x.Own.key("")
			for _, spec := range []types.DataKeyPairSpec{types.DataKeyPairSpecRsa2048, types.DataKeyPairSpecEccNistP384, types.DataKeyPairSpecEccNistEdwards25519} {
				out := succeed(x, x.Own.KMS.GenerateDataKeyPair, &kms.GenerateDataKeyPairInput{KeyId: &k.id, KeyPairSpec: spec, EncryptionContext: contextOf("a", "1")})
				equal(x, "KeyId", text(out.KeyId), k.arn)
				equal(x, "KeyPairSpec", out.KeyPairSpec, spec)
				equal(x, "the length of the material's id", len(text(out.KeyMaterialId)), 64)
				opened := succeed(x, x.Own.KMS.Decrypt, k.decrypt(out.PrivateKeyCiphertextBlob, "a", "1"))
				equal(x, "whether the private keys are the same", bytes.Equal(opened.Plaintext, out.PrivateKeyPlaintext), true)
				refused(x, x.Own.KMS.Decrypt, k.decrypt(out.PrivateKeyCiphertextBlob), "InvalidCiphertextException")
				private, err := x509.ParsePKCS8PrivateKey(out.PrivateKeyPlaintext)
				if err != nil {
					x.Fatal(err)
				}
				public, err := x509.MarshalPKIXPublicKey(private.(interface{ Public() crypto.PublicKey }).Public())
				if err != nil {
					x.Fatal(err)
				}
				equal(x, "whether the public key belongs to it", bytes.Equal(public, out.PublicKey), true)
			}
		},
	},
	{
		says:   "a data key pair without plaintext has its private key under the key only",
		source: "recorded: kms test_generate_data_key_pair_without_plaintext, test_encryption_context_generate_data_key_pair_without_plaintext",
		check: func(x *bench) {
			k := x.Own.key("")
			out := succeed(x, x.Own.KMS.GenerateDataKeyPairWithoutPlaintext, &kms.GenerateDataKeyPairWithoutPlaintextInput{
				KeyId: &k.id, KeyPairSpec: types.DataKeyPairSpecEccNistP256, EncryptionContext: contextOf("a", "1")})
			if _, err := x509.ParsePKCS8PrivateKey(succeed(x, x.Own.KMS.Decrypt, k.decrypt(out.PrivateKeyCiphertextBlob, "a", "1")).Plaintext); err != nil {
				x.Error(err)
			}
			if _, err := x509.ParsePKIXPublicKey(out.PublicKey); err != nil {
				x.Error(err)
			}
		},
	},
	{
		says:   "a data key, or a data key pair, is under a symmetric key",
		source: keyPairPage + ", KeyId; KMS API Reference, GenerateDataKey, KeyId; assumption: the message",
		check: func(x *bench) {
			k := x.Own.rsaKey()
			refused(x, x.Own.KMS.GenerateDataKey, &kms.GenerateDataKeyInput{KeyId: &k.id, KeySpec: types.DataKeySpecAes256}, "InvalidKeyUsageException")
			refused(x, x.Own.KMS.GenerateDataKeyPair, &kms.GenerateDataKeyPairInput{KeyId: &k.id, KeyPairSpec: types.DataKeyPairSpecEccNistP256}, "InvalidKeyUsageException")
		},
	},
	{
		says:   "a rehearsal of a data key pair makes none",
		source: "recorded: kms test_generate_data_key_pair_dry_run, test_generate_data_key_pair_without_plaintext_dry_run",
		check: func(x *bench) {
			k := x.Own.key("")
			refused(x, x.Own.KMS.GenerateDataKeyPair, &kms.GenerateDataKeyPairInput{KeyId: &k.id, KeyPairSpec: types.DataKeyPairSpecRsa2048, DryRun: new(true)}, "DryRunOperationException").saying(wouldHave)
			refused(x, x.Own.KMS.GenerateDataKeyPairWithoutPlaintext, &kms.GenerateDataKeyPairWithoutPlaintextInput{KeyId: &k.id, KeyPairSpec: types.DataKeyPairSpecRsa2048, DryRun: new(true)},
				"DryRunOperationException").saying(wouldHave)
		},
	},
	{
		says:   "kms:DataKeyPairSpec holds a caller to kinds of data key pairs",
		source: conditionKeys + "kms:DataKeyPairSpec",
		check: func(x *bench) {
			k := x.Own.key("")
			s := x.Own.session(document(may("kms:GenerateDataKeyPair", "*", when("StringLike", "kms:DataKeyPairSpec", "ECC_NIST_*"))))
			succeed(x, s.KMS.GenerateDataKeyPair, &kms.GenerateDataKeyPairInput{KeyId: &k.id, KeyPairSpec: types.DataKeyPairSpecEccNistP256})
			refused(x, s.KMS.GenerateDataKeyPair, &kms.GenerateDataKeyPairInput{KeyId: &k.id, KeyPairSpec: types.DataKeyPairSpecEccSecgP256k1}, "AccessDeniedException")
		},
	},
}
