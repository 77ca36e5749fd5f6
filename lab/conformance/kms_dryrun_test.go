package conformance

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

const (
	dryRunPage = "KMS Developer Guide, Testing your permissions"
	wouldHave  = "The request would have succeeded, but the DryRun option is set."
)

var kmsDryRun = []claim{
	{
		says:   "a rehearsal of a grant makes none, and one of its end leaves it",
		source: dryRunPage + "; recorded: kms test_generate_data_key_pair_dry_run",
		check: func(x *bench) {
			k := x.Own.key("")
			s := x.Own.session("")
			in := k.granting(s.principal, "Encrypt")
			in.DryRun = new(true)
			refused(x, x.Own.KMS.CreateGrant, in, "DryRunOperationException").saying(wouldHave)
			x.hasGrants(k, 0)
			g := x.Own.grantOn(k, s.principal, "Encrypt")
			refused(x, x.Own.KMS.RevokeGrant, &kms.RevokeGrantInput{KeyId: &k.arn, GrantId: g.GrantId, DryRun: new(true)}, "DryRunOperationException").saying(wouldHave)
			refused(x, x.Own.KMS.RetireGrant, &kms.RetireGrantInput{GrantToken: g.GrantToken, DryRun: new(true)}, "DryRunOperationException").saying(wouldHave)
			s.seal(k, "hello")
			x.hasGrants(k, 1)
		},
	},
	{
		says:   "a rehearsal that would fail gives the real error",
		source: dryRunPage,
		check: func(x *bench) {
			k := x.Own.key("")
			nobody := x.Own.session("")
			in := k.granting(x.Own.principal, "Encrypt")
			in.DryRun = new(true)
			refused(x, nobody.KMS.CreateGrant, in, "AccessDeniedException")
			in = k.granting(x.Own.principal, "Sign")
			in.DryRun = new(true)
			refused(x, x.Own.KMS.CreateGrant, in, "ValidationException")
			encrypt := k.encrypt("hello")
			encrypt.DryRun = new(true)
			refused(x, x.Own.KMS.Encrypt, encrypt, "DryRunOperationException").saying(wouldHave)
			refused(x, nobody.KMS.Encrypt, encrypt, "AccessDeniedException")
			succeed(x, x.Own.KMS.DisableKey, &kms.DisableKeyInput{KeyId: &k.id})
			refused(x, x.Own.KMS.Encrypt, encrypt, "DisabledException")
		},
	},
	{
		says:   "IGNORE_CIPHERTEXT rehearses Decrypt and ReEncrypt without a ciphertext",
		source: "KMS API Reference, Decrypt and ReEncrypt, DryRunModifiers; assumption: the key must be named, since there is no ciphertext that names it",
		check: func(x *bench) {
			k := x.Own.key("")
			s := x.Own.session(document(may("kms:ReEncrypt*", k.arn)))
			ignore, yes := []types.DryRunModifierType{types.DryRunModifierTypeIgnoreCiphertext}, new(true)
			decrypt := &kms.DecryptInput{KeyId: &k.arn, DryRun: yes, DryRunModifiers: ignore}
			refused(x, x.Own.KMS.Decrypt, decrypt, "DryRunOperationException").saying(wouldHave)
			refused(x, s.KMS.Decrypt, decrypt, "AccessDeniedException")
			refused(x, s.KMS.ReEncrypt, &kms.ReEncryptInput{SourceKeyId: &k.arn, DestinationKeyId: &k.arn, DryRun: yes, DryRunModifiers: ignore}, "DryRunOperationException")
			refused(x, x.Own.KMS.Decrypt, &kms.DecryptInput{DryRun: yes, DryRunModifiers: ignore}, "ValidationException")
			decrypt.CiphertextBlob = []byte("none of ours")
			refused(x, x.Own.KMS.Decrypt, decrypt, "DryRunOperationException")
			decrypt.DryRunModifiers = nil
			refused(x, x.Own.KMS.Decrypt, decrypt, "InvalidCiphertextException")
		},
	},
	{
		says:   "a rehearsal is no use of the key",
		source: "KMS API Reference, GetKeyLastUsage: the last successful cryptographic operation; " + dryRunPage,
		needs:  clock,
		check: func(x *bench) {
			x.advance(200 * 24 * time.Hour) // use is tracked since April 2026
			k := x.Own.key("")
			in := k.encrypt("hello")
			in.DryRun = new(true)
			refused(x, x.Own.KMS.Encrypt, in, "DryRunOperationException")
			x.advance(2 * time.Hour)
			equal(x, "the operation", succeed(x, x.Own.KMS.GetKeyLastUsage, &kms.GetKeyLastUsageInput{KeyId: &k.id}).KeyLastUsage.Operation, "")
		},
	},
}
