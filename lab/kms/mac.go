package kms

import (
	"crypto"
	"crypto/hmac"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/world"
)

var macHash = map[types.MacAlgorithmSpec]crypto.Hash{
	types.MacAlgorithmSpecHmacSha224: crypto.SHA224, types.MacAlgorithmSpecHmacSha256: crypto.SHA256,
	types.MacAlgorithmSpecHmacSha384: crypto.SHA384, types.MacAlgorithmSpecHmacSha512: crypto.SHA512,
}

func (s *Service) generateMac(c *world.Call, in *kms.GenerateMacInput) (*kms.GenerateMacOutput, error) {
	t, err := s.useMac(c, *in.KeyId, in.MacAlgorithm, in.GrantTokens)
	if err != nil {
		return nil, err
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	s.used(c, t.key, types.KeyLastUsageTrackingOperationGenerateMac)
	return &kms.GenerateMacOutput{KeyId: new(t.arn.String()), Mac: t.key.mac(in.MacAlgorithm, in.Message), MacAlgorithm: in.MacAlgorithm}, nil
}

// verifyMac fails where the MAC is another one (recorded, with an empty message).
func (s *Service) verifyMac(c *world.Call, in *kms.VerifyMacInput) (*kms.VerifyMacOutput, error) {
	t, err := s.useMac(c, *in.KeyId, in.MacAlgorithm, in.GrantTokens)
	if err != nil {
		return nil, err
	}
	if !hmac.Equal(in.Mac, t.key.mac(in.MacAlgorithm, in.Message)) {
		return nil, &types.KMSInvalidMacException{}
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	s.used(c, t.key, types.KeyLastUsageTrackingOperationVerifyMac)
	return &kms.VerifyMacOutput{KeyId: new(t.arn.String()), MacAlgorithm: in.MacAlgorithm, MacValid: true}, nil
}

// useMac finds an HMAC key for both operations.
func (s *Service) useMac(c *world.Call, name string, a types.MacAlgorithmSpec, tokens []string) (target, error) {
	if err := s.checkTokens(tokens); err != nil {
		return target{}, err
	}
	t, err := s.use(c, "kms:"+c.Operation, name, map[string][]string{"kms:MacAlgorithm": {string(a)}})
	if err != nil {
		return target{}, err
	}
	if err := t.key.fits(c.Operation, types.KeyUsageTypeGenerateVerifyMac); err != nil {
		return target{}, err
	}
	return t, takes(t.key, t.key.kind.algorithms().mac, a)
}

// mac is the HMAC of RFC 2104 (API reference, GenerateMac).
func (k *key) mac(a types.MacAlgorithmSpec, message []byte) []byte {
	h := hmac.New(macHash[a].New, k.current().secret)
	h.Write(message)
	return h.Sum(nil)
}
