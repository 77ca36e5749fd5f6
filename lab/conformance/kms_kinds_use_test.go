package conformance

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

var kmsKindsInUse = []claim{
	{
		says:   "a grant allows the operations of its key's kind, and no others",
		source: createGrantAt + ", Operations; " + grantsPage + ", Grant operations",
		check: func(x *bench) {
			s := x.Own.session("")
			mac, signing, agreeing, rsa := x.Own.hmacKey(), x.Own.signingKey(), x.Own.agreeingKey(), x.Own.rsaKey()
			for _, can := range []struct {
				k           key
				has, hasNot string
			}{
				{mac, "GenerateMac VerifyMac DescribeKey CreateGrant RetireGrant", "GetPublicKey Sign Encrypt"},
				{signing, "Sign Verify GetPublicKey DescribeKey", "DeriveSharedSecret GenerateMac Encrypt"},
				{agreeing, "DeriveSharedSecret GetPublicKey", "Sign Decrypt"},
				{rsa, "Encrypt Decrypt ReEncryptFrom ReEncryptTo GetPublicKey", "GenerateDataKey GenerateDataKeyPair Sign"},
				{x.Own.key(""), "GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext", "GetPublicKey Sign GenerateMac"},
			} {
				x.Own.grantOn(can.k, s.principal, can.has)
				for op := range strings.FieldsSeq(can.hasNot) {
					refused(x, x.Own.KMS.CreateGrant, can.k.granting(s.principal, op), "ValidationException")
				}
			}
			tag := succeed(x, s.KMS.GenerateMac, mac.mac("hello")).Mac
			succeed(x, s.KMS.VerifyMac, mac.verifyMac("hello", tag))
			succeed(x, s.KMS.Verify, signing.verify("hello", succeed(x, s.KMS.Sign, signing.sign("hello")).Signature))
			public := succeed(x, s.KMS.GetPublicKey, &kms.GetPublicKeyInput{KeyId: &agreeing.arn}).PublicKey
			succeed(x, s.KMS.DeriveSharedSecret, agreeing.agree(public))
			succeed(x, s.KMS.Encrypt, rsa.encryptBy(types.EncryptionAlgorithmSpecRsaesOaepSha256, "hello"))
		},
	},
	{
		says:   "a grant allows more than to create grants",
		source: "reported: the message, in ansible/ansible#31960",
		check: func(x *bench) {
			k := x.Own.key("")
			refused(x, x.Own.KMS.CreateGrant, k.granting(x.Own.principal, "CreateGrant"), "ValidationException").
				saying("Grants must not contain only the CreateGrant operation.")
			x.Own.grantOn(k, x.Own.principal, "CreateGrant DescribeKey")
		},
	},
	{
		says:   "a grant on a key without encryption contexts is not constrained by one",
		source: createGrantAt + ", Constraints; assumption: the code",
		check: func(x *bench) {
			in := x.Own.hmacKey().granting(x.Own.principal, "GenerateMac")
			in.Constraints = &types.GrantConstraints{EncryptionContextSubset: contextOf("a", "1")}
			refused(x, x.Own.KMS.CreateGrant, in, "ValidationException")
		},
	},
	{
		says:   "kms:KeySpec and kms:KeyUsage hold a caller to kinds of keys, when they are made and when they are used",
		source: conditionKeys + "kms:KeySpec and kms:KeyUsage",
		check: func(x *bench) {
			s := x.Own.session(document(
				may("kms:CreateKey", "*", when("StringEquals", "kms:KeySpec", "HMAC_256", "HMAC_512")),
				may("kms:Sign kms:GenerateMac", "*", when("StringEquals", "kms:KeyUsage", "GENERATE_VERIFY_MAC"))))
			s.hmacKey()
			refused(x, s.KMS.CreateKey, &kms.CreateKeyInput{KeySpec: types.KeySpecHmac384, KeyUsage: types.KeyUsageTypeGenerateVerifyMac}, "AccessDeniedException")
			refused(x, s.KMS.CreateKey, &kms.CreateKeyInput{}, "AccessDeniedException")
			succeed(x, s.KMS.GenerateMac, x.Own.hmacKey().mac("hello"))
			refused(x, s.KMS.Sign, x.Own.signingKey().sign("hello"), "AccessDeniedException")
		},
	},
	{
		says:   "replicas of asymmetric and HMAC keys have the same key material",
		source: createKeyPage + ", Multi-Region primary keys; " + replicatingPage,
		check: func(x *bench) {
			everywhere := func(in *kms.CreateKeyInput) { in.MultiRegion = new(true) }
			mac := x.Own.keyOf(types.KeySpecHmac384, types.KeyUsageTypeGenerateVerifyMac, everywhere)
			there, macAway := x.replicaOf(mac)
			tag := succeed(x, x.Own.KMS.GenerateMac, mac.macBy(types.MacAlgorithmSpecHmacSha384, "hello")).Mac
			verify := macAway.verifyMac("hello", tag)
			verify.MacAlgorithm = types.MacAlgorithmSpecHmacSha384
			succeed(x, there.KMS.VerifyMac, verify)
			signing := x.Own.keyOf(types.KeySpecEccNistP256, types.KeyUsageTypeSignVerify, everywhere)
			_, signingAway := x.replicaOf(signing)
			succeed(x, x.Own.KMS.Verify, signing.verify("hello", succeed(x, there.KMS.Sign, signingAway.sign("hello")).Signature))
			m := succeed(x, there.KMS.DescribeKey, describe(signingAway.id)).KeyMetadata
			equal(x, "KeySpec", m.KeySpec, types.KeySpecEccNistP256)
			equal(x, "KeyUsage", m.KeyUsage, types.KeyUsageTypeSignVerify)
		},
	},
	{
		says:   "keys of all kinds are used in the state Enabled only",
		source: "KMS Developer Guide, Key states of AWS KMS keys",
		check: func(x *bench) {
			mac, signing, agreeing := x.Own.hmacKey(), x.Own.signingKey(), x.Own.agreeingKey()
			public := succeed(x, x.Own.KMS.GetPublicKey, &kms.GetPublicKeyInput{KeyId: &agreeing.id}).PublicKey
			for _, k := range []key{mac, signing, agreeing} {
				succeed(x, x.Own.KMS.DisableKey, &kms.DisableKeyInput{KeyId: &k.id})
			}
			refused(x, x.Own.KMS.GenerateMac, mac.mac("hello"), "DisabledException").saying(mac.arn + " is disabled.")
			refused(x, x.Own.KMS.Sign, signing.sign("hello"), "DisabledException")
			refused(x, x.Own.KMS.GetPublicKey, &kms.GetPublicKeyInput{KeyId: &signing.id}, "DisabledException")
			refused(x, x.Own.KMS.DeriveSharedSecret, agreeing.agree(public), "DisabledException")
			x.schedule(signing, 7)
			refused(x, x.Own.KMS.Verify, signing.verify("hello", []byte("x")), "KMSInvalidStateException").saying(signing.arn + " is pending deletion.")
		},
	},
	{
		says:   "the last use of a key of any kind is told of, and GetPublicKey is none",
		source: "KMS API Reference, GetKeyLastUsage, KeyLastUsageData",
		needs:  clock,
		check: func(x *bench) {
			x.advance(200 * 24 * time.Hour) // use is tracked since April 2026
			mac, signing := x.Own.hmacKey(), x.Own.signingKey()
			last := func(k key) types.KeyLastUsageTrackingOperation {
				x.advance(2 * time.Hour)
				return succeed(x, x.Own.KMS.GetKeyLastUsage, &kms.GetKeyLastUsageInput{KeyId: &k.id}).KeyLastUsage.Operation
			}
			succeed(x, x.Own.KMS.GetPublicKey, &kms.GetPublicKeyInput{KeyId: &signing.id})
			equal(x, "the operation", last(signing), "")
			signature := succeed(x, x.Own.KMS.Sign, signing.sign("hello")).Signature
			equal(x, "the operation", last(signing), types.KeyLastUsageTrackingOperationSign)
			refused(x, x.Own.KMS.Verify, signing.verify("other", signature), "KMSInvalidSignatureException")
			equal(x, "the operation", last(signing), types.KeyLastUsageTrackingOperationSign)
			succeed(x, x.Own.KMS.Verify, signing.verify("hello", signature))
			equal(x, "the operation", last(signing), types.KeyLastUsageTrackingOperationVerify)
			succeed(x, x.Own.KMS.GenerateMac, mac.mac("hello"))
			equal(x, "the operation", last(mac), types.KeyLastUsageTrackingOperationGenerateMac)
		},
	},
}
