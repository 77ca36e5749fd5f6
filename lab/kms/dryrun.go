package kms

import (
	"cmp"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/world"
)

// dryRun ends a call that would have succeeded (recorded wording).
func dryRun(asked *bool) error {
	if asked != nil && *asked {
		return &types.DryRunOperationException{Message: new("The request would have succeeded, but the DryRun option is set.")}
	}
	return nil
}

// ignoresCiphertext says whether a rehearsal is to leave the ciphertext out. A
// modifier "only applies when DryRun is set to true" (API reference, Decrypt,
// DryRunModifiers).
func ignoresCiphertext(dryRun *bool, modifiers []types.DryRunModifierType) bool {
	return dryRun != nil && *dryRun && slices.Contains(modifiers, types.DryRunModifierTypeIgnoreCiphertext)
}

// missingCiphertext is the refusal of a model that requires the member (assumed
// to be as it was when it did).
func missingCiphertext() error {
	return invalid("1 validation error detected: Value at 'ciphertextBlob' failed to satisfy constraint: Member must not be null")
}

// rehearseDecrypt "performs only authorization validation without ciphertext
// validation" (API reference, Decrypt, DryRunModifiers). That the key must be
// named, since no ciphertext names it, and that its state counts, is assumed.
func (s *Service) rehearseDecrypt(c *world.Call, in *kms.DecryptInput) error {
	if err := s.checkTokens(in.GrantTokens); err != nil {
		return err
	}
	with := scheme(in.EncryptionAlgorithm, in.EncryptionContext)
	return s.rehearse(c, "kms:Decrypt", in.KeyId, with, with.conditions(), dryRun(in.DryRun))
}

func (s *Service) rehearseReEncrypt(c *world.Call, in *kms.ReEncryptInput, from, to encryption, of func(encryption) map[string][]string) error {
	if err := s.rehearse(c, "kms:ReEncryptFrom", in.SourceKeyId, from, of(from), nil); err != nil {
		return err
	}
	return s.rehearse(c, "kms:ReEncryptTo", in.DestinationKeyId, to, of(to), dryRun(in.DryRun))
}

// rehearse checks what comes before the ciphertext, and ends with end.
func (s *Service) rehearse(c *world.Call, action string, name *string, with encryption, conditions map[string][]string, end error) error {
	if name == nil {
		return invalid("KeyId is required when the ciphertext is ignored.")
	}
	t, err := s.use(c, action, *name, conditions)
	if err != nil {
		return err
	}
	return cmp.Or(t.key.encryptsBy(c.Operation, with), end)
}
