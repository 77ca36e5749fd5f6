package rotate

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/shared/keyid"
)

// tryKey uses the successor, in each of its Regions, as the old key is used.
func (w *work) tryKey(ctx context.Context, s Step) (string, error) {
	regions := []keyid.Region{s.Region}
	for _, other := range w.job().Plan.Steps {
		if other.Op == Replicate {
			regions = append(regions, other.Region)
		}
	}
	for _, region := range regions {
		key := w.job().Successor.In(region)
		err := w.settling(ctx, "that "+key.String()+" can be used", func(ctx context.Context) error {
			return try(ctx, w.Writers(region), key, w.job().Plan.Kind)
		})
		if err != nil {
			return "", fmt.Errorf("no alias is moved: %w", err)
		}
	}
	return "", nil
}

// try uses a key for what it is there for, on something random.
func try(ctx context.Context, c Trier, key keyid.ARN, kind Kind) error {
	t := trial{c, key, aws.String(string(key.ID)), make([]byte, 32)}
	rand.Read(t.message) // never fails
	switch kind.Usage {
	case types.KeyUsageTypeEncryptDecrypt:
		return t.encryption(ctx, kind)
	case types.KeyUsageTypeSignVerify:
		return t.signing(ctx, kind.trialSigning())
	case types.KeyUsageTypeGenerateVerifyMac:
		return t.mac(ctx, kind.trialMac())
	case types.KeyUsageTypeKeyAgreement:
		return t.agreement(ctx)
	}
	return t.wrong("nothing is known to try a key of usage %s with", kind.Usage)
}

// trial is one use of a key.
type trial struct {
	Trier
	key     keyid.ARN
	id      *string
	message []byte
}

func (t trial) wrong(format string, a ...any) error {
	return fmt.Errorf("try %s: %w: %s", t.key, ErrCanary, fmt.Sprintf(format, a...))
}

// failed is what a call of the trial ended in.
func (t trial) failed(err error, did string) error {
	return fmt.Errorf("%w: %w", ErrCanary, failed(err, did+" "+t.key.String()))
}

// by refuses an answer of another key.
func (t trial) by(answered *string) error {
	if aws.ToString(answered) != t.key.String() {
		return t.wrong("the answer is of %s", aws.ToString(answered))
	}
	return nil
}

// encryption: only symmetric keys take an encryption context (API reference, Encrypt).
func (t trial) encryption(ctx context.Context, kind Kind) error {
	var pairs map[string]string
	if kind.symmetric() {
		pairs = trialContext
	}
	a := kind.trialEncryption()
	sealed, err := t.Encrypt(ctx, &kms.EncryptInput{KeyId: t.id, Plaintext: t.message, EncryptionAlgorithm: a, EncryptionContext: pairs})
	if err != nil {
		return t.failed(err, "encrypt under")
	}
	if err := t.by(sealed.KeyId); err != nil {
		return err
	}
	opened, err := t.Decrypt(ctx, &kms.DecryptInput{KeyId: t.id, CiphertextBlob: sealed.CiphertextBlob, EncryptionAlgorithm: a, EncryptionContext: pairs})
	if err != nil {
		return t.failed(err, "decrypt under")
	}
	if !bytes.Equal(opened.Plaintext, t.message) {
		return t.wrong("what it decrypts is not what it encrypted")
	}
	return t.by(opened.KeyId)
}

func (t trial) signing(ctx context.Context, a types.SigningAlgorithmSpec) error {
	signed, err := t.Sign(ctx, &kms.SignInput{KeyId: t.id, Message: t.message, MessageType: types.MessageTypeRaw, SigningAlgorithm: a})
	if err != nil {
		return t.failed(err, "sign with")
	}
	if err := t.by(signed.KeyId); err != nil {
		return err
	}
	verified, err := t.Verify(ctx, &kms.VerifyInput{KeyId: t.id, Message: t.message, MessageType: types.MessageTypeRaw, Signature: signed.Signature, SigningAlgorithm: a})
	if err != nil {
		return t.failed(err, "verify with")
	}
	if !verified.SignatureValid {
		return t.wrong("it does not verify what it signed")
	}
	return t.by(verified.KeyId)
}

func (t trial) mac(ctx context.Context, a types.MacAlgorithmSpec) error {
	made, err := t.GenerateMac(ctx, &kms.GenerateMacInput{KeyId: t.id, Message: t.message, MacAlgorithm: a})
	if err != nil {
		return t.failed(err, "make a MAC with")
	}
	if err := t.by(made.KeyId); err != nil {
		return err
	}
	verified, err := t.VerifyMac(ctx, &kms.VerifyMacInput{KeyId: t.id, Message: t.message, Mac: made.Mac, MacAlgorithm: a})
	if err != nil {
		return t.failed(err, "verify a MAC with")
	}
	if !verified.MacValid {
		return t.wrong("it does not verify the MAC that it made")
	}
	return t.by(verified.KeyId)
}

// agreement derives a secret with a key pair that is made for it, and the same secret
// here: AWS KMS gives the x coordinate, as crypto/ecdh does (API reference,
// DeriveSharedSecret).
func (t trial) agreement(ctx context.Context) error {
	out, err := t.GetPublicKey(ctx, &kms.GetPublicKeyInput{KeyId: t.id})
	if err != nil {
		return t.failed(err, "read the public key of")
	}
	public, err := agreementKey(out.PublicKey)
	if err != nil {
		return t.wrong("its public key: %v", err)
	}
	fresh, err := public.Curve().GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	here, err := fresh.ECDH(public)
	if err != nil {
		return err
	}
	defer clear(here)
	der, err := x509.MarshalPKIXPublicKey(fresh.PublicKey())
	if err != nil {
		return err
	}
	there, err := t.DeriveSharedSecret(ctx, &kms.DeriveSharedSecretInput{KeyId: t.id, PublicKey: der, KeyAgreementAlgorithm: types.KeyAgreementAlgorithmSpecEcdh})
	if err != nil {
		return t.failed(err, "derive a secret with")
	}
	defer clear(there.SharedSecret)
	if !bytes.Equal(here, there.SharedSecret) {
		return t.wrong("the secret that it derives is another one")
	}
	return t.by(there.KeyId)
}

// agreementKey reads a public key of one of the NIST curves. SM2, in China alone, is
// known to nothing here.
func agreementKey(der []byte) (*ecdh.PublicKey, error) {
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, err
	}
	public, ok := parsed.(*ecdsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("%T is no key of a curve", parsed)
	}
	return public.ECDH()
}
