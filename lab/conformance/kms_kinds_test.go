package conformance

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

const (
	createKeyPage = "KMS API Reference, CreateKey"
	keySpecPage   = "KMS Developer Guide, Key spec reference"
)

// keyOf makes a key of a spec and usage; configure changes the request.
func (c *caller) keyOf(spec types.KeySpec, usage types.KeyUsageType, configure ...func(*kms.CreateKeyInput)) key {
	c.x.Helper()
	in := &kms.CreateKeyInput{KeySpec: spec, KeyUsage: usage, Description: new(c.x.name("key"))}
	for _, f := range configure {
		f(in)
	}
	m := succeed(c.x, c.KMS.CreateKey, in).KeyMetadata
	cleanup(c.x, c.KMS.ScheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: m.KeyId, PendingWindowInDays: new(int32(7))})
	return key{text(m.KeyId), text(m.Arn)}
}

func (c *caller) hmacKey() key {
	c.x.Helper()
	return c.keyOf(types.KeySpecHmac256, types.KeyUsageTypeGenerateVerifyMac)
}

func (c *caller) signingKey() key {
	c.x.Helper()
	return c.keyOf(types.KeySpecEccNistP256, types.KeyUsageTypeSignVerify)
}

func (c *caller) agreeingKey() key {
	c.x.Helper()
	return c.keyOf(types.KeySpecEccNistP256, types.KeyUsageTypeKeyAgreement)
}

func (c *caller) rsaKey() key {
	c.x.Helper()
	return c.keyOf(types.KeySpecRsa2048, types.KeyUsageTypeEncryptDecrypt)
}

// joined writes a list of names as one.
func joined[T ~string](all []T) string {
	var names []string
	for _, t := range all {
		names = append(names, string(t))
	}
	return strings.Join(names, " ")
}

var kmsKinds = []claim{
	{
		says:   "a key tells its spec, its usage and the algorithms that are of this usage, and only a symmetric encryption key its material",
		source: "recorded: kms test_hmac_create_key, test_import_key_asymmetric; KMS API Reference, KeyMetadata; " + keySpecPage,
		check: func(x *bench) {
			for _, want := range []struct {
				spec                            types.KeySpec
				usage                           types.KeyUsageType
				encryption, signing, mac, agree string
			}{
				{spec: types.KeySpecHmac224, usage: types.KeyUsageTypeGenerateVerifyMac, mac: "HMAC_SHA_224"},
				{spec: types.KeySpecHmac512, usage: types.KeyUsageTypeGenerateVerifyMac, mac: "HMAC_SHA_512"},
				{spec: types.KeySpecRsa3072, usage: types.KeyUsageTypeEncryptDecrypt, encryption: "RSAES_OAEP_SHA_1 RSAES_OAEP_SHA_256"},
				{spec: types.KeySpecRsa4096, usage: types.KeyUsageTypeSignVerify, signing: "RSASSA_PKCS1_V1_5_SHA_256 RSASSA_PKCS1_V1_5_SHA_384 RSASSA_PKCS1_V1_5_SHA_512" +
					" RSASSA_PSS_SHA_256 RSASSA_PSS_SHA_384 RSASSA_PSS_SHA_512"},
				{spec: types.KeySpecEccNistP256, usage: types.KeyUsageTypeSignVerify, signing: "ECDSA_SHA_256"},
				{spec: types.KeySpecEccNistP521, usage: types.KeyUsageTypeSignVerify, signing: "ECDSA_SHA_512"},
				{spec: types.KeySpecEccNistP384, usage: types.KeyUsageTypeKeyAgreement, agree: "ECDH"},
				{spec: types.KeySpecEccSecgP256k1, usage: types.KeyUsageTypeSignVerify, signing: "ECDSA_SHA_256"},
				{spec: types.KeySpecEccNistEdwards25519, usage: types.KeyUsageTypeSignVerify, signing: "ED25519_PH_SHA_512 ED25519_SHA_512"},
				{spec: types.KeySpecMlDsa65, usage: types.KeyUsageTypeSignVerify, signing: "ML_DSA_SHAKE_256"},
			} {
				m := succeed(x, x.Own.KMS.DescribeKey, describe(x.Own.keyOf(want.spec, want.usage).id)).KeyMetadata
				equal(x, "KeySpec", m.KeySpec, want.spec)
				//lint:ignore SA1019 deprecated for callers, and still answered
				equal(x, "CustomerMasterKeySpec", string(m.CustomerMasterKeySpec), string(want.spec))
				equal(x, "KeyUsage", m.KeyUsage, want.usage)
				equal(x, "Origin", m.Origin, types.OriginTypeAwsKms)
				equal(x, "EncryptionAlgorithms", joined(m.EncryptionAlgorithms), want.encryption)
				slices.Sort(m.SigningAlgorithms)
				equal(x, "SigningAlgorithms", joined(m.SigningAlgorithms), want.signing)
				equal(x, "MacAlgorithms", joined(m.MacAlgorithms), want.mac)
				equal(x, "KeyAgreementAlgorithms", joined(m.KeyAgreementAlgorithms), want.agree)
				equal(x, "CurrentKeyMaterialId", text(m.CurrentKeyMaterialId), "")
			}
		},
	},
	{
		says:   "a usage must be given for every key but a symmetric encryption key",
		source: "recorded: kms test_hmac_create_key_invalid_operations; " + createKeyPage + ", KeyUsage",
		check: func(x *bench) {
			for _, spec := range []types.KeySpec{types.KeySpecHmac256, types.KeySpecRsa2048, types.KeySpecEccNistP256} {
				refused(x, x.Own.KMS.CreateKey, &kms.CreateKeyInput{KeySpec: spec}, "ValidationException").
					saying("You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.")
			}
		},
	},
	{
		says:   "a key cannot be used for what its spec rules out",
		source: "recorded: kms test_derive_shared_secret; " + createKeyPage + ", KeyUsage",
		check: func(x *bench) {
			for _, pair := range [][2]string{
				{"RSA_2048", "KEY_AGREEMENT"}, {"RSA_2048", "GENERATE_VERIFY_MAC"}, {"ECC_NIST_P256", "ENCRYPT_DECRYPT"}, {"ECC_SECG_P256K1", "KEY_AGREEMENT"},
				{"ECC_NIST_EDWARDS25519", "KEY_AGREEMENT"}, {"HMAC_256", "SIGN_VERIFY"}, {"SYMMETRIC_DEFAULT", "SIGN_VERIFY"},
			} {
				refused(x, x.Own.KMS.CreateKey, &kms.CreateKeyInput{KeySpec: types.KeySpec(pair[0]), KeyUsage: types.KeyUsageType(pair[1])}, "ValidationException").
					saying("KeyUsage " + pair[1] + " is not compatible with KeySpec " + pair[0])
			}
		},
	},
	{
		says:   "there are no SM2 keys outside China",
		source: createKeyPage + ", KeySpec; assumption: the code",
		check: func(x *bench) {
			refused(x, x.Own.KMS.CreateKey, &kms.CreateKeyInput{KeySpec: types.KeySpecSm2, KeyUsage: types.KeyUsageTypeSignVerify}, "UnsupportedOperationException")
		},
	},
	{
		says:   "an operation that is not of the key's usage is refused, whatever the algorithm",
		source: "recorded: kms test_error_messaging_for_invalid_keys, test_derive_shared_secret; asserted: kms test_invalid_key_usage",
		check: func(x *bench) {
			symmetric, mac, signing := x.Own.key(""), x.Own.hmacKey(), x.Own.signingKey()
			is := func(k key, usage, operation string) string {
				return k.arn + " key usage is " + usage + " which is not valid for " + operation + "."
			}
			refused(x, x.Own.KMS.GenerateMac, symmetric.mac("hello"), "InvalidKeyUsageException").saying(is(symmetric, "ENCRYPT_DECRYPT", "GenerateMac"))
			refused(x, x.Own.KMS.Sign, mac.sign("hello"), "InvalidKeyUsageException").saying(is(mac, "GENERATE_VERIFY_MAC", "Sign"))
			refused(x, x.Own.KMS.Verify, symmetric.verify("hello", []byte("random text")), "InvalidKeyUsageException").saying(is(symmetric, "ENCRYPT_DECRYPT", "Verify"))
			refused(x, x.Own.KMS.Encrypt, signing.encrypt("hello"), "InvalidKeyUsageException").saying(is(signing, "SIGN_VERIFY", "Encrypt"))
			refused(x, x.Own.KMS.GenerateDataKey, &kms.GenerateDataKeyInput{KeyId: &mac.id, KeySpec: types.DataKeySpecAes256}, "InvalidKeyUsageException")
			public := succeed(x, x.Own.KMS.GetPublicKey, &kms.GetPublicKeyInput{KeyId: &signing.id}).PublicKey
			refused(x, x.Own.KMS.DeriveSharedSecret, signing.agree(public), "InvalidKeyUsageException").saying(is(signing, "SIGN_VERIFY", "DeriveSharedSecret"))
		},
	},
	{
		says:   "a symmetric ciphertext is not of a key of another usage",
		source: "recorded: kms test_error_messaging_for_invalid_keys",
		check: func(x *bench) {
			mac := x.Own.hmacKey()
			refused(x, x.Own.KMS.Decrypt, mac.decrypt(x.Own.seal(x.Own.key(""), "hello")), "IncorrectKeyException").
				saying("The key ID in the request does not identify a CMK that can perform this operation.")
		},
	},
	{
		says:   "asymmetric and HMAC keys do not rotate, and tell so",
		source: "recorded: kms test_rotate_key_on_demand_raises_error_given_non_symmetric_key; KMS API Reference, EnableKeyRotation, DisableKeyRotation, GetKeyRotationStatus and ListKeyRotations; assumption: the code of the last, and that there are no rotations",
		check: func(x *bench) {
			for _, k := range []key{x.Own.hmacKey(), x.Own.signingKey(), x.Own.rsaKey()} {
				refused(x, x.Own.KMS.EnableKeyRotation, &kms.EnableKeyRotationInput{KeyId: &k.id}, "UnsupportedOperationException")
				refused(x, x.Own.KMS.DisableKeyRotation, &kms.DisableKeyRotationInput{KeyId: &k.id}, "UnsupportedOperationException")
				refused(x, x.Own.KMS.RotateKeyOnDemand, &kms.RotateKeyOnDemandInput{KeyId: &k.id}, "UnsupportedOperationException").saying("")
				equal(x, "KeyRotationEnabled", x.Own.rotation(k).KeyRotationEnabled, false)
				equal(x, "the number of rotations", len(x.Own.rotations(k, "")), 0)
				refused(x, x.Own.KMS.ListKeyRotations, &kms.ListKeyRotationsInput{KeyId: &k.id, IncludeKeyMaterial: types.IncludeKeyMaterialAllKeyMaterial}, "UnsupportedOperationException")
			}
		},
	},
	{
		says:   "an alias moves between keys of one type and usage only, whatever their specs",
		source: "KMS API Reference, UpdateAlias; assumption: the code",
		check: func(x *bench) {
			move := func(alias string, to key) *kms.UpdateAliasInput {
				return &kms.UpdateAliasInput{AliasName: &alias, TargetKeyId: &to.id}
			}
			symmetric, mac, signing, rsa := x.Own.key(""), x.Own.hmacKey(), x.Own.signingKey(), x.Own.rsaKey()
			alias := x.Own.alias(signing)
			for _, k := range []key{symmetric, mac, rsa, x.Own.agreeingKey()} {
				refused(x, x.Own.KMS.UpdateAlias, move(alias, k), "ValidationException")
			}
			succeed(x, x.Own.KMS.UpdateAlias, move(alias, x.Own.keyOf(types.KeySpecRsa2048, types.KeyUsageTypeSignVerify)))
			refused(x, x.Own.KMS.UpdateAlias, move(x.Own.alias(symmetric), rsa), "ValidationException") // of one usage
			succeed(x, x.Own.KMS.UpdateAlias, move(x.Own.alias(mac), x.Own.keyOf(types.KeySpecHmac512, types.KeyUsageTypeGenerateVerifyMac)))
		},
	},
}
