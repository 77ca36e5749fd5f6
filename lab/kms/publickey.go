package kms

import (
	"crypto/ecdsa"
	"crypto/x509"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/world"
)

// getPublicKey gives an asymmetric key's public key. It is no cryptographic
// operation whose last use is told of (API reference, GetKeyLastUsage), but needs
// a key that can be used. How a key that has none is refused is assumed, of the
// errors in the API reference.
func (s *Service) getPublicKey(c *world.Call, in *kms.GetPublicKeyInput) (*kms.GetPublicKeyOutput, error) {
	if err := s.checkTokens(in.GrantTokens); err != nil {
		return nil, err
	}
	t, err := s.use(c, "kms:GetPublicKey", *in.KeyId, nil)
	if err != nil {
		return nil, err
	}
	of := t.key.kind
	if of.class() != asymmetricClass {
		return nil, &types.UnsupportedOperationException{Message: new(t.key.arn.String() + " has no public key.")}
	}
	has := of.algorithms()
	return &kms.GetPublicKeyOutput{
		KeyId: new(t.arn.String()), PublicKey: publicDER(t.key.keyPair()), KeySpec: of.spec, KeyUsage: of.usage,
		//lint:ignore SA1019 deprecated for callers, and still answered
		CustomerMasterKeySpec: types.CustomerMasterKeySpec(of.spec),
		EncryptionAlgorithms:  has.encryption, SigningAlgorithms: has.signing,
		KeyAgreementAlgorithms: has.agreement, EncapsulationAlgorithms: has.encapsulation,
	}, nil
}

// deriveSharedSecret is elliptic curve Diffie-Hellman with a public key on the
// same curve; one that is none is refused without a word (recorded). That one on
// another curve is too is assumed.
func (s *Service) deriveSharedSecret(c *world.Call, in *kms.DeriveSharedSecretInput) (*kms.DeriveSharedSecretOutput, error) {
	if in.Recipient != nil {
		return nil, world.Unimplemented("Nitro Enclaves' attestation documents")
	}
	if err := s.checkTokens(in.GrantTokens); err != nil {
		return nil, err
	}
	t, err := s.use(c, "kms:DeriveSharedSecret", *in.KeyId, map[string][]string{"kms:KeyAgreementAlgorithm": {string(in.KeyAgreementAlgorithm)}})
	if err != nil {
		return nil, err
	}
	if err := t.key.fits(c.Operation, types.KeyUsageTypeKeyAgreement); err != nil {
		return nil, err
	}
	secret, err := t.key.agree(in.PublicKey)
	if err != nil {
		return nil, invalid("")
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	s.used(c, t.key, types.KeyLastUsageTrackingOperationDeriveSharedSecret)
	return &kms.DeriveSharedSecretOutput{
		KeyId: new(t.arn.String()), SharedSecret: secret, KeyAgreementAlgorithm: in.KeyAgreementAlgorithm, KeyOrigin: t.key.kind.origin,
	}, nil
}

var errPeer = errors.New("not a public key on an elliptic curve")

// agree is the raw shared secret: the first coordinate of the common point.
func (k *key) agree(public []byte) ([]byte, error) {
	parsed, err := x509.ParsePKIXPublicKey(public)
	if err != nil {
		return nil, err
	}
	theirs, ok := parsed.(*ecdsa.PublicKey)
	if !ok {
		return nil, errPeer
	}
	peer, err := theirs.ECDH()
	if err != nil {
		return nil, err
	}
	own, err := k.keyPair().(*ecdsa.PrivateKey).ECDH()
	if err != nil {
		return nil, err
	}
	return own.ECDH(peer) // refuses another curve
}
