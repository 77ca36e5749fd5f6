package rotate

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/shared/awserr"
	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

// trialContext is the encryption context of a trial, and of its rehearsal.
var trialContext = map[string]string{"rekey": "canary"}

// trialEncryption, trialSigning and trialMac are the algorithms that a key is tried
// with: one that its spec has (KMS Developer Guide, "Key spec reference"), "" where it
// has none.
func (k Kind) trialEncryption() types.EncryptionAlgorithmSpec {
	switch {
	case k.symmetric():
		return types.EncryptionAlgorithmSpecSymmetricDefault
	case k.Spec == types.KeySpecSm2:
		return types.EncryptionAlgorithmSpecSm2pke
	case strings.HasPrefix(string(k.Spec), "RSA_"):
		return types.EncryptionAlgorithmSpecRsaesOaepSha256
	}
	return ""
}

func (k Kind) trialSigning() types.SigningAlgorithmSpec {
	switch k.Spec {
	case types.KeySpecRsa2048, types.KeySpecRsa3072, types.KeySpecRsa4096:
		return types.SigningAlgorithmSpecRsassaPssSha256
	case types.KeySpecEccNistP256, types.KeySpecEccSecgP256k1:
		return types.SigningAlgorithmSpecEcdsaSha256
	case types.KeySpecEccNistP384:
		return types.SigningAlgorithmSpecEcdsaSha384
	case types.KeySpecEccNistP521:
		return types.SigningAlgorithmSpecEcdsaSha512
	case types.KeySpecEccNistEdwards25519:
		return types.SigningAlgorithmSpecEd25519Sha512
	case types.KeySpecMlDsa44, types.KeySpecMlDsa65, types.KeySpecMlDsa87:
		return types.SigningAlgorithmSpecMlDsaShake256
	case types.KeySpecSm2:
		return types.SigningAlgorithmSpecSm2dsa
	}
	return ""
}

func (k Kind) trialMac() types.MacAlgorithmSpec {
	switch k.Spec {
	case types.KeySpecHmac224:
		return types.MacAlgorithmSpecHmacSha224
	case types.KeySpecHmac256:
		return types.MacAlgorithmSpecHmacSha256
	case types.KeySpecHmac384:
		return types.MacAlgorithmSpecHmacSha384
	case types.KeySpecHmac512:
		return types.MacAlgorithmSpecHmacSha512
	}
	return ""
}

// rehearsal is one call of a trial.
type rehearsal struct {
	action string
	call   func() error
}

// rehearse asks AWS KMS whether the function could try keys like this one and its
// replicas: it makes the calls of a trial on them, with DryRun. The value is what
// stands in the way.
func (o *Observer) rehearse(ctx context.Context, k Key) Known[string] {
	var denied []string
	for _, part := range k.parts() {
		calls := rehearsals(ctx, o.KMS(part.ARN.Region), part)
		if len(calls) == 0 {
			return known(fmt.Sprintf("nothing is known to try a key of usage %s and spec %s with", k.Kind.Usage, k.Kind.Spec))
		}
		for _, r := range calls {
			err := r.call()
			switch {
			case wouldSucceed(err):
			case awserr.Classify(err) == awserr.Denied:
				denied = append(denied, fmt.Sprintf("%s is denied to %s (%s)", r.action, o.Self, awserr.Message(err)))
			default:
				return Known[string]{Unread: o.unread(r.action, part.ARN.String(), err)}
			}
		}
	}
	if len(denied) == 0 {
		return known("")
	}
	hint := ""
	if k.Kind.symmetric() {
		hint = `; a trial is under the encryption context {"rekey":"canary"}, so where the policies ask for another one, let them take this one too`
	}
	return known(strings.Join(denied, "; ") + ": allow it in the key policy, or where that leaves it to the account in an identity policy" + hint)
}

// wouldSucceed reads the answer to a rehearsal. That AWS KMS asks the policies before
// it looks at the signature or the code, so that one that is wrong was permitted to be
// asked, is assumed.
func wouldSucceed(err error) bool {
	var signature *types.KMSInvalidSignatureException
	var mac *types.KMSInvalidMacException
	return err == nil || awserr.Classify(err) == awserr.DryRunOK || errors.As(err, &signature) || errors.As(err, &mac)
}

// rehearsals are the calls of a trial of the key, for rehearsal only. GetPublicKey has
// no DryRun: it reads.
func rehearsals(ctx context.Context, c Rehearser, k Key) []rehearsal {
	id, message, dry := k.ARN.String(), []byte("rekey"), true
	switch k.Kind.Usage {
	case types.KeyUsageTypeEncryptDecrypt:
		a, pairs := k.Kind.trialEncryption(), trialContext
		if !k.Kind.symmetric() {
			pairs = nil // only symmetric keys take an encryption context
		}
		return []rehearsal{
			{"kms:Encrypt", func() error {
				_, err := c.Encrypt(ctx, &kms.EncryptInput{KeyId: &id, Plaintext: message, EncryptionAlgorithm: a, EncryptionContext: pairs, DryRun: &dry})
				return err
			}},
			{"kms:Decrypt", func() error {
				_, err := c.Decrypt(ctx, &kms.DecryptInput{KeyId: &id, EncryptionAlgorithm: a, EncryptionContext: pairs, DryRun: &dry,
					DryRunModifiers: []types.DryRunModifierType{types.DryRunModifierTypeIgnoreCiphertext}})
				return err
			}},
		}
	case types.KeyUsageTypeSignVerify:
		a := k.Kind.trialSigning()
		return []rehearsal{
			{"kms:Sign", func() error {
				_, err := c.Sign(ctx, &kms.SignInput{KeyId: &id, Message: message, SigningAlgorithm: a, DryRun: &dry})
				return err
			}},
			{"kms:Verify", func() error {
				_, err := c.Verify(ctx, &kms.VerifyInput{KeyId: &id, Message: message, Signature: make([]byte, 64), SigningAlgorithm: a, DryRun: &dry})
				return err
			}},
		}
	case types.KeyUsageTypeGenerateVerifyMac:
		a := k.Kind.trialMac()
		return []rehearsal{
			{"kms:GenerateMac", func() error {
				_, err := c.GenerateMac(ctx, &kms.GenerateMacInput{KeyId: &id, Message: message, MacAlgorithm: a, DryRun: &dry})
				return err
			}},
			{"kms:VerifyMac", func() error {
				_, err := c.VerifyMac(ctx, &kms.VerifyMacInput{KeyId: &id, Message: message, Mac: make([]byte, 32), MacAlgorithm: a, DryRun: &dry})
				return err
			}},
		}
	case types.KeyUsageTypeKeyAgreement:
		return agreement(ctx, c, id)
	}
	return nil
}

// agreement rehearses a shared secret of the key with itself, for which its own public
// key is at hand.
func agreement(ctx context.Context, c Rehearser, id string) []rehearsal {
	dry := true
	var public []byte
	return []rehearsal{
		{"kms:GetPublicKey", func() error {
			out, err := c.GetPublicKey(ctx, &kms.GetPublicKeyInput{KeyId: &id})
			if err == nil {
				public = out.PublicKey
			}
			return err
		}},
		{"kms:DeriveSharedSecret", func() error {
			if public == nil {
				return nil // it has been told that the public key is denied
			}
			_, err := c.DeriveSharedSecret(ctx, &kms.DeriveSharedSecretInput{KeyId: &id, PublicKey: public, KeyAgreementAlgorithm: types.KeyAgreementAlgorithmSpecEcdh, DryRun: &dry})
			return err
		}},
	}
}

// mayAll is an identity policy that allows everything: what the key policy leaves to
// the account, its administrators can do.
const mayAll = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`

// lockout says whether the key policy would keep the function, and the account's
// administrators, from changing it on a new key.
func (o *Observer) lockout(k Key) Known[bool] {
	text, ok := k.Policy.Get()
	if !ok {
		return Known[bool]{Unread: k.Policy.Unread}
	}
	open, err := changeable(k, text, o.Self)
	if err != nil {
		reason := fmt.Sprintf("whether the key policy lets %s change it could not be decided: %v", o.Self, err)
		return Known[bool]{Unread: &Unread{Action: getPolicy, Resource: k.ARN.String(), Reason: reason}}
	}
	return known(!open)
}

func changeable(k Key, text, self string) (bool, error) {
	caller, err := callerOf(self)
	if err != nil {
		return false, err
	}
	next := successorARN(k.ARN)
	policy, err := keypolicy.Parse(keypolicy.KeyPolicy, []byte(ownResource(text, k.ARN)))
	if err != nil {
		return false, err
	}
	ps := keypolicy.Policies{Resource: &keypolicy.Named{Name: "the key policy", Document: policy}}
	if caller.Kind() != keypolicy.Root {
		all, err := keypolicy.Parse(keypolicy.IdentityPolicy, []byte(mayAll))
		if err != nil {
			return false, err
		}
		ps.Identity = []keypolicy.Named{{Name: "any", Document: all}}
	}
	d, err := keypolicy.Evaluate(request(caller, "kms:PutKeyPolicy", next, k.conditions()), ps)
	return d.Effect == keypolicy.Allowed, err
}

// callerOf reads the ARN of who runs this: a role, or a session as STS tells it.
func callerOf(arn string) (keypolicy.Principal, error) {
	if strings.Contains(arn, ":assumed-role/") {
		return keypolicy.ParseSessionAlone(arn)
	}
	return keypolicy.ParsePrincipal(arn)
}

// successorARN stands for the key that is to be made: an id that no policy names.
func successorARN(old keyid.ARN) keyid.ARN {
	next := old
	next.ID = "00000000-0000-0000-0000-000000000000"
	if old.ID.MultiRegion() {
		next.ID = "mrk-00000000000000000000000000000000"
	}
	return next
}
