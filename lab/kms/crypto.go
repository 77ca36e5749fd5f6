package kms

import (
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/wire"
	"rekey/lab/world"
)

const symmetricDefault = types.EncryptionAlgorithmSpecSymmetricDefault

// use finds a key for a cryptographic operation, authorizes it and checks the
// key's state, in that order.
func (s *Service) use(c *world.Call, action, name string, conditions map[string][]string) (target, error) {
	t, err := s.find(c, name, orAlias)
	if err != nil {
		return target{}, err
	}
	if err := s.authorizeAs(c, action, t, conditions); err != nil {
		return target{}, err
	}
	return t, t.key.usable()
}

// symmetricOnly refuses an algorithm that a symmetric key does not have.
func symmetricOnly(a types.EncryptionAlgorithmSpec) error {
	if a != "" && a != symmetricDefault {
		return &types.InvalidKeyUsageException{Message: new("Algorithm " + string(a) + " is incompatible with key spec SYMMETRIC_DEFAULT.")}
	}
	return nil
}

func (s *Service) encrypt(c *world.Call, in *kms.EncryptInput) (*kms.EncryptOutput, error) {
	if err := s.checkTokens(in.GrantTokens); err != nil {
		return nil, err
	}
	t, err := s.use(c, "kms:Encrypt", *in.KeyId, cryptographic(in.EncryptionContext))
	if err != nil {
		return nil, err
	}
	if err := symmetricOnly(in.EncryptionAlgorithm); err != nil {
		return nil, err
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	s.used(c, t.key, types.KeyLastUsageTrackingOperationEncrypt)
	return &kms.EncryptOutput{
		CiphertextBlob: s.seal(t.key, in.Plaintext, in.EncryptionContext), EncryptionAlgorithm: symmetricDefault, KeyId: new(t.arn.String()),
	}, nil
}

func (s *Service) seal(k *key, plaintext []byte, context map[string]string) []byte {
	return k.seal(s.world.Bytes(nonceSize), plaintext, context)
}

func (s *Service) decrypt(c *world.Call, in *kms.DecryptInput) (*kms.DecryptOutput, error) {
	if in.Recipient != nil {
		return nil, world.Unimplemented("Nitro Enclaves' attestation documents")
	}
	if ignoresCiphertext(in.DryRun, in.DryRunModifiers) {
		return nil, s.rehearseDecrypt(c, in)
	}
	if len(in.CiphertextBlob) == 0 {
		return nil, missingCiphertext()
	}
	if err := s.checkTokens(in.GrantTokens); err != nil {
		return nil, err
	}
	t, b, err := s.useCiphertext(c, "kms:Decrypt", in.KeyId, in.CiphertextBlob, cryptographic(in.EncryptionContext), in.EncryptionAlgorithm)
	if err != nil {
		return nil, err
	}
	plaintext, err := openBlob(t, b, in.EncryptionContext)
	if err != nil {
		return nil, err
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	s.used(c, t.key, types.KeyLastUsageTrackingOperationDecrypt)
	return &kms.DecryptOutput{
		Plaintext: plaintext, KeyId: new(t.arn.String()), EncryptionAlgorithm: symmetricDefault, KeyMaterialId: &b.material,
	}, nil
}

// useCiphertext finds the key of a ciphertext: the one that is named, which
// must be its key, or the one that it names itself.
func (s *Service) useCiphertext(c *world.Call, action string, name *string, raw []byte, conditions map[string][]string, a types.EncryptionAlgorithmSpec) (target, blob, error) {
	b, bad := parseBlob(raw)
	if name == nil {
		if a != "" && a != symmetricDefault {
			return target{}, b, invalid("KeyId is required for asymmetric keys.")
		}
		if bad != nil {
			return target{}, b, &types.InvalidCiphertextException{}
		}
		t, err := s.useBlobsOwn(c, action, b, conditions)
		return t, b, err
	}
	t, err := s.use(c, action, *name, conditions)
	if err != nil {
		return target{}, b, err
	}
	if err := symmetricOnly(a); err != nil {
		return target{}, b, err
	}
	switch {
	case bad != nil:
		return target{}, b, &types.InvalidCiphertextException{}
	case b.key != t.arn.ID:
		return target{}, b, &types.IncorrectKeyException{Message: new("The key ID in the request does not identify a CMK that can perform this operation.")}
	}
	return t, b, nil
}

// useBlobsOwn uses the key that a ciphertext names, wherever in this Region it
// is. A key that does not exist and one that is not allowed are the same to
// the caller (the wording is the one reported for Decrypt without KeyId).
func (s *Service) useBlobsOwn(c *world.Call, action string, b blob, conditions map[string][]string) (target, error) {
	refused := &wire.Error{Code: "AccessDeniedException", Status: 400, Message: "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access."}
	for h, r := range s.regions {
		k := r.keys[b.key]
		if k == nil || h.region != c.Region {
			continue
		}
		t := target{k, "", k.arn}
		if err := s.authorizeAs(c, action, t, conditions); err != nil {
			if world.Answer(err).Code == "AccessDeniedException" {
				return target{}, refused
			}
			return target{}, err
		}
		return t, k.usable()
	}
	return target{}, refused
}

func openBlob(t target, b blob, context map[string]string) ([]byte, error) {
	plaintext, err := t.key.open(b, context)
	if err != nil {
		return nil, &types.InvalidCiphertextException{} // recorded with an empty message
	}
	return plaintext, nil
}
