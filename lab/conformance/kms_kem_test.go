package conformance

import (
	"bytes"
	"crypto/mlkem"
	"encoding/asn1"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

const mlKem = types.EncapsulationAlgorithmSpecMlKem

func (k key) encapsulate() *kms.EncapsulateInput {
	return &kms.EncapsulateInput{KeyId: &k.arn, EncapsulationAlgorithm: mlKem}
}

func (k key) decapsulate(blob []byte) *kms.DecapsulateInput {
	return &kms.DecapsulateInput{KeyId: &k.arn, EncapsulationAlgorithm: mlKem, SharedSecretCiphertextBlob: blob}
}

func (c *caller) kemKey(spec types.KeySpec) key {
	c.x.Helper()
	return c.keyOf(spec, types.KeyUsageTypeEncapsulateDecapsulate)
}

// subjectPublicKeyInfo is as much of it as is read here.
type subjectPublicKeyInfo struct {
	Algorithm struct{ Algorithm asn1.ObjectIdentifier }
	PublicKey asn1.BitString
}

var kmsKem = []claim{
	{
		says:   "what was encapsulated for a key it decapsulates, whether by AWS KMS or outside with its public key",
		source: "KMS API Reference, Encapsulate and Decapsulate",
		check: func(x *bench) {
			for spec, size := range map[types.KeySpec]int{types.KeySpecMlKem768: 1088, types.KeySpecMlKem1024: 1568} {
				k := x.Own.kemKey(spec)
				equal(x, "EncapsulationAlgorithms", joined(succeed(x, x.Own.KMS.DescribeKey, describe(k.id)).KeyMetadata.EncapsulationAlgorithms), "ML_KEM")
				sealed := succeed(x, x.Own.KMS.Encapsulate, k.encapsulate())
				equal(x, "the length of the secret", len(sealed.SharedSecret), 32)
				equal(x, "the length of the ciphertext", len(sealed.SharedSecretCiphertextBlob), size)
				equal(x, "KeyId", text(sealed.KeyId), k.arn)
				opened := succeed(x, x.Own.KMS.Decapsulate, k.decapsulate(sealed.SharedSecretCiphertextBlob))
				equal(x, "whether the secrets are the same", bytes.Equal(opened.SharedSecret, sealed.SharedSecret), true)
			}
			k := x.Own.kemKey(types.KeySpecMlKem768)
			var info subjectPublicKeyInfo
			if _, err := asn1.Unmarshal(succeed(x, x.Own.KMS.GetPublicKey, &kms.GetPublicKeyInput{KeyId: &k.id}).PublicKey, &info); err != nil {
				x.Fatal(err)
			}
			public, err := mlkem.NewEncapsulationKey768(info.PublicKey.Bytes)
			if err != nil {
				x.Fatal(err)
			}
			secret, blob := public.Encapsulate()
			equal(x, "whether the secrets are the same", bytes.Equal(succeed(x, x.Own.KMS.Decapsulate, k.decapsulate(blob)).SharedSecret, secret), true)
		},
	},
	{
		says:   "a ciphertext of another length is refused, and one of another key gives another secret",
		source: "KMS API Reference, Decapsulate: implicit rejection",
		check: func(x *bench) {
			k, other := x.Own.kemKey(types.KeySpecMlKem768), x.Own.kemKey(types.KeySpecMlKem768)
			sealed := succeed(x, x.Own.KMS.Encapsulate, k.encapsulate())
			refused(x, x.Own.KMS.Decapsulate, k.decapsulate(sealed.SharedSecretCiphertextBlob[1:]), "InvalidCiphertextException")
			opened := succeed(x, x.Own.KMS.Decapsulate, other.decapsulate(sealed.SharedSecretCiphertextBlob))
			equal(x, "the length", len(opened.SharedSecret), 32)
			equal(x, "whether the secrets are the same", bytes.Equal(opened.SharedSecret, sealed.SharedSecret), false)
		},
	},
	{
		says:   "a rehearsal of an encapsulation ends as the call would, and keys of other usages have none",
		source: dryRunPage + "; KMS API Reference, InvalidKeyUsageException",
		check: func(x *bench) {
			k := x.Own.kemKey(types.KeySpecMlKem768)
			in := k.encapsulate()
			in.DryRun = new(true)
			refused(x, x.Own.KMS.Encapsulate, in, "DryRunOperationException").saying(wouldHave)
			refused(x, x.Own.KMS.Encapsulate, x.Own.signingKey().encapsulate(), "InvalidKeyUsageException")
			refused(x, x.Own.KMS.Sign, k.sign("hello"), "InvalidKeyUsageException")
		},
	},
	{
		says:   "a data key pair of ML-KEM has its private key as a seed, of the same length for all specs",
		source: keyPairPage,
		check: func(x *bench) {
			k := x.Own.key("")
			for _, spec := range []types.DataKeyPairSpec{types.DataKeyPairSpecMlKem768, types.DataKeyPairSpecMlKem1024} {
				out := succeed(x, x.Own.KMS.GenerateDataKeyPair, &kms.GenerateDataKeyPairInput{KeyId: &k.id, KeyPairSpec: spec})
				equal(x, "the length", len(out.PrivateKeyPlaintext), 86) // RFC 9935, appendix C
			}
		},
	},
}
