package kms

import (
	"cmp"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/world"
)

// kind is what a key is for good: what its material is, what it is for, and where
// the material comes from. Related multi-Region keys have the same.
type kind struct {
	spec   types.KeySpec
	usage  types.KeyUsageType
	origin types.OriginType
}

// standard is the kind of a key that is created without saying which, and of all
// AWS managed keys.
var standard = kind{types.KeySpecSymmetricDefault, types.KeyUsageTypeEncryptDecrypt, types.OriginTypeAwsKms}

// symmetric says whether it is a symmetric encryption key.
func (k kind) symmetric() bool { return k.spec == types.KeySpecSymmetricDefault }

// conditions are the condition keys of a kind.
func (k kind) conditions() map[string][]string {
	return map[string][]string{
		"kms:KeySpec": {string(k.spec)}, "kms:KeyUsage": {string(k.usage)}, "kms:KeyOrigin": {string(k.origin)},
	}
}

// spec is what keys of one spec can be used for (API reference, CreateKey, KeySpec
// and KeyUsage; KMS Developer Guide, "Key spec reference").
type spec struct {
	class         class
	usages        []types.KeyUsageType
	encryption    []types.EncryptionAlgorithmSpec
	signing       []types.SigningAlgorithmSpec
	mac           []types.MacAlgorithmSpec
	agreement     []types.KeyAgreementAlgorithmSpec
	encapsulation []types.EncapsulationAlgorithmSpec
}

// class is the type of a key, as UpdateAlias has it: "both symmetric or both
// asymmetric or both HMAC" (API reference, UpdateAlias).
type class string

const (
	symmetricClass  class = "symmetric"
	asymmetricClass class = "asymmetric"
	hmacClass       class = "HMAC"
)

var specs = map[types.KeySpec]spec{
	types.KeySpecSymmetricDefault: {
		class: symmetricClass, usages: []types.KeyUsageType{types.KeyUsageTypeEncryptDecrypt},
		encryption: []types.EncryptionAlgorithmSpec{types.EncryptionAlgorithmSpecSymmetricDefault},
	},
	types.KeySpecHmac224:       hmacSpec(types.MacAlgorithmSpecHmacSha224),
	types.KeySpecHmac256:       hmacSpec(types.MacAlgorithmSpecHmacSha256),
	types.KeySpecHmac384:       hmacSpec(types.MacAlgorithmSpecHmacSha384),
	types.KeySpecHmac512:       hmacSpec(types.MacAlgorithmSpecHmacSha512),
	types.KeySpecRsa2048:       rsaSpec,
	types.KeySpecRsa3072:       rsaSpec,
	types.KeySpecRsa4096:       rsaSpec,
	types.KeySpecEccNistP256:   agreeing(signingSpec(types.SigningAlgorithmSpecEcdsaSha256)),
	types.KeySpecEccNistP384:   agreeing(signingSpec(types.SigningAlgorithmSpecEcdsaSha384)),
	types.KeySpecEccNistP521:   agreeing(signingSpec(types.SigningAlgorithmSpecEcdsaSha512)),
	types.KeySpecEccSecgP256k1: signingSpec(types.SigningAlgorithmSpecEcdsaSha256),
	types.KeySpecEccNistEdwards25519: signingSpec(
		types.SigningAlgorithmSpecEd25519PhSha512, types.SigningAlgorithmSpecEd25519Sha512),
	types.KeySpecMlDsa44:   signingSpec(types.SigningAlgorithmSpecMlDsaShake256),
	types.KeySpecMlDsa65:   signingSpec(types.SigningAlgorithmSpecMlDsaShake256),
	types.KeySpecMlDsa87:   signingSpec(types.SigningAlgorithmSpecMlDsaShake256),
	types.KeySpecMlKem768:  kemSpec,
	types.KeySpecMlKem1024: kemSpec,
}

var kemSpec = spec{
	class: asymmetricClass, usages: []types.KeyUsageType{types.KeyUsageTypeEncapsulateDecapsulate},
	encapsulation: []types.EncapsulationAlgorithmSpec{types.EncapsulationAlgorithmSpecMlKem},
}

var rsaSpec = spec{
	class: asymmetricClass, usages: []types.KeyUsageType{types.KeyUsageTypeEncryptDecrypt, types.KeyUsageTypeSignVerify},
	encryption: []types.EncryptionAlgorithmSpec{types.EncryptionAlgorithmSpecRsaesOaepSha1, types.EncryptionAlgorithmSpecRsaesOaepSha256},
	signing: []types.SigningAlgorithmSpec{
		types.SigningAlgorithmSpecRsassaPkcs1V15Sha256, types.SigningAlgorithmSpecRsassaPkcs1V15Sha384, types.SigningAlgorithmSpecRsassaPkcs1V15Sha512,
		types.SigningAlgorithmSpecRsassaPssSha256, types.SigningAlgorithmSpecRsassaPssSha384, types.SigningAlgorithmSpecRsassaPssSha512,
	},
}

func hmacSpec(a types.MacAlgorithmSpec) spec {
	return spec{class: hmacClass, usages: []types.KeyUsageType{types.KeyUsageTypeGenerateVerifyMac}, mac: []types.MacAlgorithmSpec{a}}
}

func signingSpec(a ...types.SigningAlgorithmSpec) spec {
	return spec{class: asymmetricClass, usages: []types.KeyUsageType{types.KeyUsageTypeSignVerify}, signing: a}
}

// agreeing adds key agreement to a spec.
func agreeing(s spec) spec {
	s.usages = append(s.usages, types.KeyUsageTypeKeyAgreement)
	s.agreement = []types.KeyAgreementAlgorithmSpec{types.KeyAgreementAlgorithmSpecEcdh}
	return s
}

func (k kind) class() class { return specs[k.spec].class }

// algorithms are those that the key's usage leaves of its spec's.
func (k kind) algorithms() spec {
	all := specs[k.spec]
	switch k.usage {
	case types.KeyUsageTypeEncryptDecrypt:
		return spec{encryption: all.encryption}
	case types.KeyUsageTypeSignVerify:
		return spec{signing: all.signing}
	case types.KeyUsageTypeGenerateVerifyMac:
		return spec{mac: all.mac}
	case types.KeyUsageTypeKeyAgreement:
		return spec{agreement: all.agreement}
	case types.KeyUsageTypeEncapsulateDecapsulate:
		return spec{encapsulation: all.encapsulation}
	}
	return spec{}
}

// fits refuses an operation that the key's usage rules out (recorded wording).
func (k *key) fits(operation string, usage types.KeyUsageType) error {
	if k.kind.usage == usage {
		return nil
	}
	return &types.InvalidKeyUsageException{Message: new(k.arn.String() + " key usage is " + string(k.kind.usage) + " which is not valid for " + operation + ".")}
}

// takes refuses an algorithm that is none of the key's (recorded wording).
func takes[A ~string](k *key, has []A, a A) error {
	if slices.Contains(has, a) {
		return nil
	}
	return &types.InvalidKeyUsageException{Message: new("Algorithm " + string(a) + " is incompatible with key spec " + string(k.kind.spec) + ".")}
}

// kindOf is the kind of key that a request asks for. What the lab's KMS does not
// model is refused loudly.
func kindOf(in *kms.CreateKeyInput) (kind, error) {
	//lint:ignore SA1019 deprecated for callers, and still taken
	old := types.KeySpec(in.CustomerMasterKeySpec)
	if in.KeySpec != "" && old != "" && old != in.KeySpec {
		// Reported wording; that the same one twice is taken is assumed.
		return kind{}, invalid("You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.")
	}
	k := kind{cmp.Or(in.KeySpec, old, standard.spec), in.KeyUsage, cmp.Or(in.Origin, standard.origin)}
	if err := offered(k.spec); err != nil {
		return kind{}, err
	}
	if k.usage == "" && k.symmetric() {
		k.usage = standard.usage
	}
	switch {
	case k.usage == "": // recorded wording
		return kind{}, invalid("You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.")
	case !slices.Contains(specs[k.spec].usages, k.usage): // recorded wording
		return kind{}, invalid("KeyUsage " + string(k.usage) + " is not compatible with KeySpec " + string(k.spec))
	case k.origin == types.OriginTypeExternal && !k.takesImports(): // assumed code and wording
		return kind{}, unsupported("Key material of the key spec " + string(k.spec) + " cannot be imported.")
	}
	return k, storeForm(in, k)
}

// offered refuses a spec that there is no key, or no data key pair, of here: "SM2
// (China Regions only)" (API reference, CreateKey; the answer elsewhere is
// assumed), and what the lab's KMS does not model.
func offered(s types.KeySpec) error {
	if s == types.KeySpecSm2 {
		return &types.UnsupportedOperationException{Message: new("SM2 is not supported in this Region.")}
	}
	if _, ok := specs[s]; !ok {
		return world.Unimplemented("keys of spec " + string(s))
	}
	return nil
}
