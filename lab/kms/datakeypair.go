package kms

import (
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/world"
)

func (s *Service) generateDataKeyPair(c *world.Call, in *kms.GenerateDataKeyPairInput) (*kms.GenerateDataKeyPairOutput, error) {
	if in.Recipient != nil {
		return nil, world.Unimplemented("Nitro Enclaves' attestation documents")
	}
	made, k, err := s.dataKeyPair(c, in)
	if err != nil {
		return nil, err
	}
	private := privateDER(made)
	return &kms.GenerateDataKeyPairOutput{
		KeyId: new(k.arn.String()), KeyMaterialId: k.materialID(), KeyPairSpec: in.KeyPairSpec, PublicKey: publicDER(made),
		PrivateKeyPlaintext: private, PrivateKeyCiphertextBlob: s.seal(k, private, scheme("", in.EncryptionContext)),
	}, nil
}

func (s *Service) generateDataKeyPairWithoutPlaintext(c *world.Call, in *kms.GenerateDataKeyPairWithoutPlaintextInput) (*kms.GenerateDataKeyPairWithoutPlaintextOutput, error) {
	made, k, err := s.dataKeyPair(c, &kms.GenerateDataKeyPairInput{
		KeyId: in.KeyId, KeyPairSpec: in.KeyPairSpec, EncryptionContext: in.EncryptionContext, GrantTokens: in.GrantTokens, DryRun: in.DryRun,
	})
	if err != nil {
		return nil, err
	}
	return &kms.GenerateDataKeyPairWithoutPlaintextOutput{
		KeyId: new(k.arn.String()), KeyMaterialId: k.materialID(), KeyPairSpec: in.KeyPairSpec, PublicKey: publicDER(made),
		PrivateKeyCiphertextBlob: s.seal(k, privateDER(made), scheme("", in.EncryptionContext)),
	}, nil
}

// dataKeyPair makes a data key pair, as both operations do.
func (s *Service) dataKeyPair(c *world.Call, in *kms.GenerateDataKeyPairInput) (pair, *key, error) {
	if err := s.checkTokens(in.GrantTokens); err != nil {
		return nil, nil, err
	}
	spec := types.KeySpec(in.KeyPairSpec)
	if err := offered(spec); err != nil {
		return nil, nil, err
	}
	t, err := s.useWrapping(c, *in.KeyId, scheme("", in.EncryptionContext), map[string][]string{"kms:DataKeyPairSpec": {string(in.KeyPairSpec)}})
	if err == nil && t.key.store != nil { // API reference, GenerateDataKeyPair; assumed wording
		err = unsupported("Data key pairs are not supported under a key in a custom key store.")
	}
	if err != nil {
		return nil, nil, err
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, nil, err
	}
	s.used(c, t.key, types.KeyLastUsageTrackingOperation(c.Operation))
	return keyPair(spec, s.world.Bytes(32)), t.key, nil
}
