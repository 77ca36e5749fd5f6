package conformance

import (
	"bytes"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

var kmsCrypto = []claim{
	{
		says:   "what a key encrypted it decrypts, and the answer names key and key material",
		source: "KMS API Reference, Decrypt, Response Elements",
		check: func(x *bench) {
			k := x.Own.key("")
			out := succeed(x, x.Own.KMS.Decrypt, k.decrypt(x.Own.seal(k, "hello")))
			equal(x, "the plaintext", string(out.Plaintext), "hello")
			equal(x, "KeyId", text(out.KeyId), k.arn)
			meta := succeed(x, x.Own.KMS.DescribeKey, &kms.DescribeKeyInput{KeyId: &k.id}).KeyMetadata
			equal(x, "KeyMaterialId", text(out.KeyMaterialId), text(meta.CurrentKeyMaterialId))
		},
	},
	{
		says:   "a symmetric ciphertext is decrypted without its key being named",
		source: "KMS API Reference, Decrypt, KeyId",
		check: func(x *bench) {
			k := x.Own.key("")
			out := succeed(x, x.Own.KMS.Decrypt, &kms.DecryptInput{CiphertextBlob: x.Own.seal(k, "hello")})
			equal(x, "KeyId", text(out.KeyId), k.arn)
		},
	},
	{
		says:   "the wrong key named for a ciphertext is an incorrect key",
		source: "recorded: kms test_re_encrypt_incorrect_source_key, test_error_messaging_for_invalid_keys",
		check: func(x *bench) {
			k, wrong := x.Own.key(""), x.Own.key("")
			blob := x.Own.seal(k, "hello")
			const message = "The key ID in the request does not identify a CMK that can perform this operation."
			refused(x, x.Own.KMS.Decrypt, wrong.decrypt(blob), "IncorrectKeyException").saying(message)
			refused(x, x.Own.KMS.ReEncrypt, &kms.ReEncryptInput{CiphertextBlob: blob, SourceKeyId: &wrong.id, DestinationKeyId: &k.id},
				"IncorrectKeyException").saying(message)
		},
	},
	{
		says:   "another encryption context, or none, decrypts nothing, and no message says why",
		source: "recorded: kms test_encrypt_decrypt_encryption_context",
		check: func(x *bench) {
			k := x.Own.key("")
			blob := x.Own.seal(k, "hello", "context-key", "context-value")
			refused(x, x.Own.KMS.Decrypt, k.decrypt(blob), "InvalidCiphertextException").saying("")
			refused(x, x.Own.KMS.Decrypt, k.decrypt(blob, "context-key", "other"), "InvalidCiphertextException").saying("")
			succeed(x, x.Own.KMS.Decrypt, k.decrypt(blob, "context-key", "context-value"))
		},
	},
	{
		says:   "the encryption context is compared with regard to case and without regard to order",
		source: "KMS Developer Guide, Encryption context",
		check: func(x *bench) {
			k := x.Own.key("")
			blob := x.Own.seal(k, "hello", "a", "1", "b", "2")
			succeed(x, x.Own.KMS.Decrypt, k.decrypt(blob, "b", "2", "a", "1"))
			refused(x, x.Own.KMS.Decrypt, k.decrypt(blob, "A", "1", "b", "2"), "InvalidCiphertextException")
		},
	},
	{
		says:   "an altered ciphertext decrypts to nothing",
		source: "recorded: kms test_encrypt_decrypt_encryption_context",
		check: func(x *bench) {
			k := x.Own.key("")
			blob := x.Own.seal(k, "hello")
			blob[len(blob)-1] ^= 1
			refused(x, x.Own.KMS.Decrypt, k.decrypt(blob), "InvalidCiphertextException").saying("")
			refused(x, x.Own.KMS.Decrypt, k.decrypt([]byte("no ciphertext")), "InvalidCiphertextException").saying("")
		},
	},
	{
		says:   "4096 bytes are encrypted and 4097 are not",
		source: "recorded: kms test_plaintext_size_for_encrypt",
		check: func(x *bench) {
			k := x.Own.key("")
			x.Own.seal(k, strings.Repeat("x", 4096))
			refused(x, x.Own.KMS.Encrypt, k.encrypt(strings.Repeat("x", 4097)), "ValidationException").saying(
				"1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096")
		},
	},
	{
		says:   "the same plaintext is never encrypted to the same ciphertext",
		source: "KMS Developer Guide, Cryptography essentials: AES-GCM with a new initialization vector for each call",
		check: func(x *bench) {
			k := x.Own.key("")
			if bytes.Equal(x.Own.seal(k, "hello"), x.Own.seal(k, "hello")) {
				x.Error("two ciphertexts are the same")
			}
		},
	},
	{
		says:   "a data key decrypts to its plaintext, under the encryption context that it was made with",
		source: "recorded: kms test_encryption_context_generate_data_key",
		check: func(x *bench) {
			k := x.Own.key("")
			out := succeed(x, x.Own.KMS.GenerateDataKey, &kms.GenerateDataKeyInput{
				KeyId: &k.id, KeySpec: types.DataKeySpecAes256, EncryptionContext: contextOf("a", "1")})
			equal(x, "the length", len(out.Plaintext), 32)
			equal(x, "KeyId", text(out.KeyId), k.arn)
			again := succeed(x, x.Own.KMS.Decrypt, k.decrypt(out.CiphertextBlob, "a", "1"))
			if !bytes.Equal(again.Plaintext, out.Plaintext) {
				x.Error("the data key is another one after decryption")
			}
			refused(x, x.Own.KMS.Decrypt, k.decrypt(out.CiphertextBlob), "InvalidCiphertextException").saying("")
		},
	},
	{
		says:   "GenerateDataKeyWithoutPlaintext gives a ciphertext of a data key of the length asked for",
		source: "recorded: kms test_generate_data_key_without_plaintext",
		check: func(x *bench) {
			k := x.Own.key("")
			out := succeed(x, x.Own.KMS.GenerateDataKeyWithoutPlaintext, &kms.GenerateDataKeyWithoutPlaintextInput{KeyId: &k.id, NumberOfBytes: new(int32(20))})
			equal(x, "the length", len(succeed(x, x.Own.KMS.Decrypt, k.decrypt(out.CiphertextBlob)).Plaintext), 20)
		},
	},
	{
		says:   "a data key's length is given one way, not both and not neither",
		source: "KMS API Reference, GenerateDataKey, KeySpec and NumberOfBytes",
		check: func(x *bench) {
			k := x.Own.key("")
			refused(x, x.Own.KMS.GenerateDataKey, &kms.GenerateDataKeyInput{KeyId: &k.id}, "ValidationException")
			refused(x, x.Own.KMS.GenerateDataKey, &kms.GenerateDataKeyInput{KeyId: &k.id, KeySpec: types.DataKeySpecAes256, NumberOfBytes: new(int32(32))}, "ValidationException")
		},
	},
	{
		says:   "ReEncrypt moves a ciphertext under another key and another encryption context",
		source: "recorded: kms test_re_encrypt; KMS API Reference, ReEncrypt",
		check: func(x *bench) {
			from, to := x.Own.key(""), x.Own.key("")
			out := succeed(x, x.Own.KMS.ReEncrypt, &kms.ReEncryptInput{
				CiphertextBlob: x.Own.seal(from, "hello", "a", "1"), SourceKeyId: &from.id, SourceEncryptionContext: contextOf("a", "1"),
				DestinationKeyId: &to.id, DestinationEncryptionContext: contextOf("b", "2")})
			equal(x, "SourceKeyId", text(out.SourceKeyId), from.arn)
			equal(x, "KeyId", text(out.KeyId), to.arn)
			equal(x, "the algorithm", out.DestinationEncryptionAlgorithm, types.EncryptionAlgorithmSpecSymmetricDefault)
			equal(x, "the plaintext", string(succeed(x, x.Own.KMS.Decrypt, to.decrypt(out.CiphertextBlob, "b", "2")).Plaintext), "hello")
			refused(x, x.Own.KMS.Decrypt, from.decrypt(out.CiphertextBlob, "b", "2"), "IncorrectKeyException")
		},
	},
	{
		says:   "a dry run of what would succeed ends in DryRunOperationException, and of what would not in its own error",
		source: "recorded: kms test_generate_data_key_pair_dry_run; KMS Developer Guide, Testing your permissions",
		check: func(x *bench) {
			k := x.Own.key("")
			in := k.encrypt("hello")
			in.DryRun = new(true)
			const message = "The request would have succeeded, but the DryRun option is set."
			refused(x, x.Own.KMS.Encrypt, in, "DryRunOperationException").saying(message)
			refused(x, x.Own.KMS.GenerateDataKey, &kms.GenerateDataKeyInput{KeyId: &k.id, KeySpec: types.DataKeySpecAes128, DryRun: new(true)},
				"DryRunOperationException").saying(message)
			succeed(x, x.Own.KMS.DisableKey, &kms.DisableKeyInput{KeyId: &k.id})
			refused(x, x.Own.KMS.Encrypt, in, "DisabledException")
		},
	},
	{
		says:   "an RSA algorithm is none of a symmetric key's",
		source: "KMS API Reference, Encrypt, InvalidKeyUsageException",
		check: func(x *bench) {
			in := x.Own.key("").encrypt("hello")
			in.EncryptionAlgorithm = types.EncryptionAlgorithmSpecRsaesOaepSha256
			refused(x, x.Own.KMS.Encrypt, in, "InvalidKeyUsageException")
		},
	},
	{
		says:   "GenerateRandom gives 1 to 1024 bytes, as many as asked for",
		source: "recorded: kms test_generate_random, test_generate_random_invalid_number_of_bytes",
		check: func(x *bench) {
			out := succeed(x, x.Own.KMS.GenerateRandom, &kms.GenerateRandomInput{NumberOfBytes: new(int32(1024))})
			equal(x, "the length", len(out.Plaintext), 1024)
			random := func(n int32) *kms.GenerateRandomInput { return &kms.GenerateRandomInput{NumberOfBytes: &n} }
			refused(x, x.Own.KMS.GenerateRandom, &kms.GenerateRandomInput{}, "ValidationException").saying("NumberOfBytes is required.")
			refused(x, x.Own.KMS.GenerateRandom, random(0), "ValidationException").saying(
				"1 validation error detected: Value '0' at 'numberOfBytes' failed to satisfy constraint: Member must have value greater than or equal to 1")
			refused(x, x.Own.KMS.GenerateRandom, random(1025), "ValidationException").saying(
				"1 validation error detected: Value '1025' at 'numberOfBytes' failed to satisfy constraint: Member must have value less than or equal to 1024")
		},
	},
	{
		says:   "an id, an ARN, an alias and an alias's ARN all name a key for encryption, and the answer has its ARN",
		source: "asserted: kms test_all_types_of_key_id_can_be_used_for_encryption",
		check: func(x *bench) {
			k := x.Own.key("")
			alias := x.Own.alias(k)
			aliasARN := strings.TrimSuffix(k.arn, "key/"+k.id) + alias
			for _, name := range []string{k.id, k.arn, alias, aliasARN} {
				in := &kms.EncryptInput{KeyId: &name, Plaintext: []byte("hello")}
				out := succeed(x, x.Own.KMS.Encrypt, in)
				equal(x, "KeyId", text(out.KeyId), k.arn)
				succeed(x, x.Own.KMS.Decrypt, &kms.DecryptInput{KeyId: &name, CiphertextBlob: out.CiphertextBlob})
			}
		},
	},
	{
		says:   "a new key is a symmetric encryption key, enabled, with a description and no other Region",
		source: "recorded: kms test_create_key",
		check: func(x *bench) {
			k := x.Own.key("")
			m := succeed(x, x.Own.KMS.DescribeKey, &kms.DescribeKeyInput{KeyId: &k.id}).KeyMetadata
			equal(x, "Arn", text(m.Arn), "arn:aws:kms:"+x.region+":"+x.Own.account+":key/"+k.id)
			equal(x, "KeySpec", m.KeySpec, types.KeySpecSymmetricDefault)
			equal(x, "KeyUsage", m.KeyUsage, types.KeyUsageTypeEncryptDecrypt)
			equal(x, "Origin", m.Origin, types.OriginTypeAwsKms)
			equal(x, "KeyManager", m.KeyManager, types.KeyManagerTypeCustomer)
			equal(x, "KeyState", m.KeyState, types.KeyStateEnabled)
			equal(x, "Enabled", m.Enabled, true)
			equal(x, "MultiRegion", *m.MultiRegion, false)
			equal(x, "the length of the material's id", len(text(m.CurrentKeyMaterialId)), 64)
			equal(x, "the number of algorithms", len(m.EncryptionAlgorithms), 1)
			if !slices.Contains(m.EncryptionAlgorithms, types.EncryptionAlgorithmSpecSymmetricDefault) {
				x.Errorf("the algorithms are %v", m.EncryptionAlgorithms)
			}
		},
	},
}
