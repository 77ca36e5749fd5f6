package kms

import (
	"cmp"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/wire"
	"rekey/lab/world"
)

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
	return t, t.key.ready(c)
}

func (s *Service) encrypt(c *world.Call, in *kms.EncryptInput) (*kms.EncryptOutput, error) {
	if err := s.checkTokens(in.GrantTokens); err != nil {
		return nil, err
	}
	with := scheme(in.EncryptionAlgorithm, in.EncryptionContext)
	t, err := s.use(c, "kms:Encrypt", *in.KeyId, with.conditions())
	if err != nil {
		return nil, err
	}
	if err := cmp.Or(t.key.encryptsBy(c.Operation, with), t.key.roomFor(in.Plaintext, with)); err != nil {
		return nil, err
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	s.used(c, t.key, types.KeyLastUsageTrackingOperationEncrypt)
	return &kms.EncryptOutput{
		CiphertextBlob: s.seal(t.key, in.Plaintext, with), EncryptionAlgorithm: with.algorithm, KeyId: new(t.arn.String()),
	}, nil
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
	with := scheme(in.EncryptionAlgorithm, in.EncryptionContext)
	t, err := s.useCiphertext(c, "kms:Decrypt", in.KeyId, in.CiphertextBlob, with, with.conditions())
	if err != nil {
		return nil, err
	}
	plaintext, material, err := t.key.open(in.CiphertextBlob, with)
	if err != nil {
		return nil, err
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	s.used(c, t.key, types.KeyLastUsageTrackingOperationDecrypt)
	return &kms.DecryptOutput{
		Plaintext: plaintext, KeyId: new(t.arn.String()), EncryptionAlgorithm: with.algorithm, KeyMaterialId: material,
	}, nil
}

// useCiphertext finds the key of a ciphertext: the one that is named, which
// must be its key, or the one that it names itself. Only a symmetric one names a
// key; that another key is named for it is told before what that one is for
// (recorded with an HMAC key).
func (s *Service) useCiphertext(c *world.Call, action string, name *string, raw []byte, with encryption, conditions map[string][]string) (target, error) {
	b, bad := parseBlob(raw)
	symmetric := with.algorithm == symmetricDefault
	if name == nil {
		if !symmetric {
			return target{}, invalid("KeyId is required for asymmetric keys.")
		}
		if bad != nil {
			return target{}, &types.InvalidCiphertextException{}
		}
		return s.useBlobsOwn(c, action, b, conditions)
	}
	t, err := s.use(c, action, *name, conditions)
	if err != nil {
		return target{}, err
	}
	if symmetric && bad == nil && b.key != t.arn.ID {
		return target{}, &types.IncorrectKeyException{Message: new("The key ID in the request does not identify a CMK that can perform this operation.")}
	}
	if err := t.key.encryptsBy(c.Operation, with); err != nil {
		return target{}, err
	}
	if symmetric && bad != nil {
		return target{}, &types.InvalidCiphertextException{}
	}
	return t, nil
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
		return t, k.ready(c)
	}
	return target{}, refused
}
