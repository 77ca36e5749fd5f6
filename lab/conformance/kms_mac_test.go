package conformance

import (
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

func (k key) mac(message string) *kms.GenerateMacInput {
	return k.macBy(types.MacAlgorithmSpecHmacSha256, message)
}

func (k key) macBy(a types.MacAlgorithmSpec, message string) *kms.GenerateMacInput {
	return &kms.GenerateMacInput{KeyId: &k.arn, MacAlgorithm: a, Message: []byte(message)}
}

func (k key) verifyMac(message string, tag []byte) *kms.VerifyMacInput {
	return &kms.VerifyMacInput{KeyId: &k.arn, MacAlgorithm: types.MacAlgorithmSpecHmacSha256, Message: []byte(message), Mac: tag}
}

var kmsMac = []claim{
	{
		says:   "a MAC is of its message, its key and its algorithm, as long as the hash",
		source: "recorded: kms test_generate_and_verify_mac",
		check: func(x *bench) {
			for a, of := range map[types.MacAlgorithmSpec]struct {
				spec   types.KeySpec
				length int
			}{
				types.MacAlgorithmSpecHmacSha224: {types.KeySpecHmac224, 28}, types.MacAlgorithmSpecHmacSha256: {types.KeySpecHmac256, 32},
				types.MacAlgorithmSpecHmacSha384: {types.KeySpecHmac384, 48}, types.MacAlgorithmSpecHmacSha512: {types.KeySpecHmac512, 64},
			} {
				k := x.Own.keyOf(of.spec, types.KeyUsageTypeGenerateVerifyMac)
				out := succeed(x, x.Own.KMS.GenerateMac, k.macBy(a, "some important message"))
				equal(x, "the length", len(out.Mac), of.length)
				equal(x, "KeyId", text(out.KeyId), k.arn)
				equal(x, "MacAlgorithm", out.MacAlgorithm, a)
				in := k.verifyMac("some important message", out.Mac)
				in.MacAlgorithm = a
				verified := succeed(x, x.Own.KMS.VerifyMac, in)
				equal(x, "MacValid", verified.MacValid, true)
				equal(x, "KeyId", text(verified.KeyId), k.arn)
			}
		},
	},
	{
		says:   "the same message has the same MAC, and under another key another one",
		source: "KMS API Reference, GenerateMac: the standard, raw HMAC of RFC 2104",
		check: func(x *bench) {
			k, other := x.Own.hmacKey(), x.Own.hmacKey()
			tag := string(succeed(x, x.Own.KMS.GenerateMac, k.mac("hello")).Mac)
			equal(x, "the MAC again", string(succeed(x, x.Own.KMS.GenerateMac, k.mac("hello")).Mac) == tag, true)
			equal(x, "whether another key's is the same", string(succeed(x, x.Own.KMS.GenerateMac, other.mac("hello")).Mac) == tag, false)
		},
	},
	{
		says:   "the MAC of another message, or of another key, is invalid, and no message says why",
		source: "recorded: kms test_invalid_verify_mac",
		check: func(x *bench) {
			k := x.Own.hmacKey()
			tag := succeed(x, x.Own.KMS.GenerateMac, k.mac("some important message")).Mac
			refused(x, x.Own.KMS.VerifyMac, k.verifyMac("some different important message", tag), "KMSInvalidMacException").saying("")
			refused(x, x.Own.KMS.VerifyMac, x.Own.hmacKey().verifyMac("some important message", tag), "KMSInvalidMacException")
			refused(x, x.Own.KMS.VerifyMac, k.verifyMac("some important message", tag[:16]), "KMSInvalidMacException")
		},
	},
	{
		says:   "an algorithm is of one HMAC spec",
		source: "recorded: kms test_invalid_generate_mac, test_invalid_verify_mac",
		check: func(x *bench) {
			k := x.Own.hmacKey()
			const message = "Algorithm HMAC_SHA_512 is incompatible with key spec HMAC_256."
			refused(x, x.Own.KMS.GenerateMac, k.macBy(types.MacAlgorithmSpecHmacSha512, "hello"), "InvalidKeyUsageException").saying(message)
			in := k.verifyMac("hello", []byte("x"))
			in.MacAlgorithm = types.MacAlgorithmSpecHmacSha512
			refused(x, x.Own.KMS.VerifyMac, in, "InvalidKeyUsageException").saying(message)
		},
	},
	{
		says:   "a rehearsal of a MAC, or of its check, ends as the call would",
		source: dryRunPage,
		check: func(x *bench) {
			k := x.Own.hmacKey()
			tag := succeed(x, x.Own.KMS.GenerateMac, k.mac("hello")).Mac
			in := k.mac("hello")
			in.DryRun = new(true)
			refused(x, x.Own.KMS.GenerateMac, in, "DryRunOperationException").saying(wouldHave)
			check := k.verifyMac("hello", tag)
			check.DryRun = new(true)
			refused(x, x.Own.KMS.VerifyMac, check, "DryRunOperationException").saying(wouldHave)
			check.Mac = []byte("none")
			refused(x, x.Own.KMS.VerifyMac, check, "KMSInvalidMacException")
		},
	},
	{
		says:   "kms:MacAlgorithm holds a caller to an algorithm",
		source: conditionKeys + "kms:MacAlgorithm",
		check: func(x *bench) {
			s := x.Own.session(document(may("kms:GenerateMac kms:VerifyMac", "*", when("StringEquals", "kms:MacAlgorithm", "HMAC_SHA_256"))))
			succeed(x, s.KMS.GenerateMac, x.Own.hmacKey().mac("hello"))
			long := x.Own.keyOf(types.KeySpecHmac512, types.KeyUsageTypeGenerateVerifyMac)
			refused(x, s.KMS.GenerateMac, long.macBy(types.MacAlgorithmSpecHmacSha512, "hello"), "AccessDeniedException")
		},
	},
}
