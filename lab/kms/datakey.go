package kms

import (
	"cmp"
	"maps"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/world"
)

// reEncrypt decrypts under one key and encrypts under another, on KMS's side.
// It needs kms:ReEncryptFrom on the one and kms:ReEncryptTo on the other.
func (s *Service) reEncrypt(c *world.Call, in *kms.ReEncryptInput) (*kms.ReEncryptOutput, error) {
	if err := s.checkTokens(in.GrantTokens); err != nil {
		return nil, err
	}
	same := boolean(s.sameKey(c, in))
	of := func(with encryption) map[string][]string {
		conditions := with.conditions()
		conditions["kms:ReEncryptOnSameKey"] = []string{same}
		return conditions
	}
	from, to := scheme(in.SourceEncryptionAlgorithm, in.SourceEncryptionContext), scheme(in.DestinationEncryptionAlgorithm, in.DestinationEncryptionContext)
	if ignoresCiphertext(in.DryRun, in.DryRunModifiers) {
		return nil, s.rehearseReEncrypt(c, in, from, to, of)
	}
	if len(in.CiphertextBlob) == 0 {
		return nil, missingCiphertext()
	}
	src, err := s.useCiphertext(c, "kms:ReEncryptFrom", in.SourceKeyId, in.CiphertextBlob, from, of(from))
	if err != nil {
		return nil, err
	}
	dst, err := s.use(c, "kms:ReEncryptTo", *in.DestinationKeyId, of(to))
	if err != nil {
		return nil, err
	}
	if err := dst.key.encryptsBy(c.Operation, to); err != nil {
		return nil, err
	}
	plaintext, material, err := src.key.open(in.CiphertextBlob, from)
	if err != nil {
		return nil, err
	}
	if err := cmp.Or(dst.key.roomFor(plaintext, to), dryRun(in.DryRun)); err != nil {
		return nil, err
	}
	s.used(c, src.key, types.KeyLastUsageTrackingOperationReEncrypt)
	s.used(c, dst.key, types.KeyLastUsageTrackingOperationReEncrypt)
	return &kms.ReEncryptOutput{
		CiphertextBlob: s.seal(dst.key, plaintext, to),
		SourceKeyId:    new(src.arn.String()), KeyId: new(dst.arn.String()),
		SourceEncryptionAlgorithm: from.algorithm, DestinationEncryptionAlgorithm: to.algorithm,
		SourceKeyMaterialId: material, DestinationKeyMaterialId: dst.key.materialID(),
	}, nil
}

// sameKey says whether ReEncrypt stays under its key, for the condition key
// kms:ReEncryptOnSameKey (KMS Developer Guide, "AWS KMS condition keys"). A key
// that is not found here is none; what is wrong with it is told later.
func (s *Service) sameKey(c *world.Call, in *kms.ReEncryptInput) bool {
	dst, err := s.find(c, *in.DestinationKeyId, orAlias)
	if err != nil || dst.key == nil {
		return false
	}
	if in.SourceKeyId == nil {
		b, err := parseBlob(in.CiphertextBlob)
		return err == nil && b.key == dst.arn.ID && dst.key != nil
	}
	src, err := s.find(c, *in.SourceKeyId, orAlias)
	return err == nil && src.key == dst.key
}

func (s *Service) generateDataKey(c *world.Call, in *kms.GenerateDataKeyInput) (*kms.GenerateDataKeyOutput, error) {
	if in.Recipient != nil {
		return nil, world.Unimplemented("Nitro Enclaves' attestation documents")
	}
	plaintext, sealed, k, err := s.dataKey(c, in)
	if err != nil {
		return nil, err
	}
	return &kms.GenerateDataKeyOutput{
		Plaintext: plaintext, CiphertextBlob: sealed, KeyId: new(k.arn.String()), KeyMaterialId: k.materialID(),
	}, nil
}

func (s *Service) generateDataKeyWithoutPlaintext(c *world.Call, in *kms.GenerateDataKeyWithoutPlaintextInput) (*kms.GenerateDataKeyWithoutPlaintextOutput, error) {
	_, sealed, k, err := s.dataKey(c, &kms.GenerateDataKeyInput{
		KeyId: in.KeyId, EncryptionContext: in.EncryptionContext, GrantTokens: in.GrantTokens,
		KeySpec: in.KeySpec, NumberOfBytes: in.NumberOfBytes, DryRun: in.DryRun,
	})
	if err != nil {
		return nil, err
	}
	return &kms.GenerateDataKeyWithoutPlaintextOutput{
		CiphertextBlob: sealed, KeyId: new(k.arn.String()), KeyMaterialId: k.materialID(),
	}, nil
}

// dataKey makes a data key, as both operations do.
func (s *Service) dataKey(c *world.Call, in *kms.GenerateDataKeyInput) (plaintext, sealed []byte, k *key, err error) {
	if err := s.checkTokens(in.GrantTokens); err != nil {
		return nil, nil, nil, err
	}
	size, err := dataKeySize(in.KeySpec, in.NumberOfBytes)
	if err != nil {
		return nil, nil, nil, err
	}
	t, err := s.useWrapping(c, *in.KeyId, scheme("", in.EncryptionContext), nil)
	if err != nil {
		return nil, nil, nil, err
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, nil, nil, err
	}
	s.used(c, t.key, types.KeyLastUsageTrackingOperation(c.Operation))
	plaintext = s.world.Bytes(size)
	return plaintext, s.seal(t.key, plaintext, scheme("", in.EncryptionContext)), t.key, nil
}

// useWrapping finds the key that is to protect a data key or a data key pair,
// which must be a symmetric one (API reference, GenerateDataKey; how an RSA key
// is refused is assumed). more has the condition keys of this request.
func (s *Service) useWrapping(c *world.Call, name string, with encryption, more map[string][]string) (target, error) {
	conditions := with.conditions()
	maps.Copy(conditions, more)
	t, err := s.use(c, "kms:"+c.Operation, name, conditions)
	if err != nil {
		return target{}, err
	}
	return t, t.key.encryptsBy(c.Operation, with)
}

// dataKeySize reads a data key's length: exactly one of the two must be given
// (API reference, GenerateDataKey).
func dataKeySize(spec types.DataKeySpec, bytes *int32) (int, error) {
	switch {
	case (spec == "") == (bytes == nil):
		return 0, invalid("Please specify either number of bytes or key spec.")
	case bytes != nil:
		return int(*bytes), nil
	case spec == types.DataKeySpecAes128:
		return 16, nil
	}
	return 32, nil
}

func (s *Service) generateRandom(c *world.Call, in *kms.GenerateRandomInput) (*kms.GenerateRandomOutput, error) {
	if in.Recipient != nil {
		return nil, world.Unimplemented("Nitro Enclaves' attestation documents")
	}
	if in.NumberOfBytes == nil {
		return nil, invalid("NumberOfBytes is required.") // recorded wording
	}
	if err := authorizeAccount(c, "*", nil); err != nil {
		return nil, err
	}
	if err := s.randomStore(c, in.CustomKeyStoreId); err != nil {
		return nil, err
	}
	return &kms.GenerateRandomOutput{Plaintext: s.world.Bytes(int(*in.NumberOfBytes))}, nil
}
