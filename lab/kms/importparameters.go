package kms

import (
	"crypto/rsa"
	"crypto/x509"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/world"
)

// offer is a wrapping key that material for one KMS key may come under.
type offer struct {
	wrapping  *rsa.PrivateKey
	algorithm types.AlgorithmSpec
	validTo   time.Time
}

// offerLasts is how long a wrapping key and its import token can be used (API
// reference, GetParametersForImport). That they can be used several times is
// assumed; after an import that failed they can (recorded).
const offerLasts = 24 * time.Hour

// tokenSize is assumed: AWS documents no length but the greatest.
const tokenSize = 64

func (s *Service) getParametersForImport(c *world.Call, in *kms.GetParametersForImportInput) (*kms.GetParametersForImportOutput, error) {
	t, err := s.importable(c, *in.KeyId, map[string][]string{
		"kms:WrappingAlgorithm": {string(in.WrappingAlgorithm)}, "kms:WrappingKeySpec": {string(in.WrappingKeySpec)},
	})
	if err != nil {
		return nil, err
	}
	if err := t.key.settled(); err != nil {
		return nil, err
	}
	if !t.key.kind.wrappable(in.WrappingAlgorithm, in.WrappingKeySpec) {
		return nil, unsupported("The wrapping algorithm " + string(in.WrappingAlgorithm) + " with the wrapping key spec " + // assumed
			string(in.WrappingKeySpec) + " is not supported for key material of the key spec " + string(t.key.kind.spec) + ".")
	}
	o := &offer{keyPair(types.KeySpec(in.WrappingKeySpec), s.world.Bytes(32)).(*rsa.PrivateKey), in.WrappingAlgorithm, c.Time.Add(offerLasts)}
	public, err := x509.MarshalPKIXPublicKey(&o.wrapping.PublicKey)
	if err != nil {
		return nil, err
	}
	token := s.world.Bytes(tokenSize)
	t.key.external.offers[string(token)] = o
	return &kms.GetParametersForImportOutput{
		KeyId: new(t.arn.String()), ImportToken: token, PublicKey: public, ParametersValidTo: &o.validTo,
	}, nil
}

// wrappable says whether material of this kind can come under a wrapping key (KMS
// Developer Guide, "Download the wrapping public key and import token", "Select a
// wrapping algorithm"). RSAES_PKCS1_V1_5 cannot be used since October 2023, SM2PKE in
// China only.
func (k kind) wrappable(a types.AlgorithmSpec, under types.WrappingKeySpec) bool {
	if under == types.WrappingKeySpecSm2 {
		return false
	}
	switch a {
	case types.AlgorithmSpecRsaesOaepSha1, types.AlgorithmSpecRsaesOaepSha256:
		return rsaBits[k.spec] == 0 && !(k.spec == types.KeySpecEccNistP521 && under == types.WrappingKeySpecRsa2048)
	case types.AlgorithmSpecRsaAesKeyWrapSha1, types.AlgorithmSpecRsaAesKeyWrapSha256:
		return k.class() == asymmetricClass
	}
	return false
}

// takesImports says whether keys of this kind can have imported material: "Importing
// ML-DSA keys is not supported" (KMS Developer Guide, "Create a KMS key with imported
// key material"), and of ML-KEM, which the API reference does not name, it is assumed.
func (k kind) takesImports() bool { return !strings.HasPrefix(string(k.spec), "ML_") }

// importable finds a key that material is imported into. A key that cannot have it
// is refused before its state is looked at, as [8] and [9] of the table in "Key
// states of AWS KMS keys" read.
func (s *Service) importable(c *world.Call, name string, more map[string][]string) (target, error) {
	t, err := s.ownCustomerIf(c, name, more)
	if err != nil {
		return t, err
	}
	if t.key.external == nil {
		return t, wrongOrigin(t.key)
	}
	return t, t.key.notPending()
}
