package kms

import (
	"crypto"
	"crypto/mlkem"
	"crypto/mlkem/mlkemtest"
	"encoding/asn1"
	"io"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/world"
)

// kemKey is an ML-KEM key pair (its names and forms: RFC 9935).
type kemKey struct {
	seed, public []byte
	encapsulate  func(random []byte) (secret, ciphertext []byte, err error)
	decapsulate  func(ciphertext []byte) (secret []byte, err error)
	name         asn1.ObjectIdentifier
}

func kemPair(stream io.Reader, of types.KeySpec) *kemKey {
	k := &kemKey{seed: draw(stream, mlkem.SeedSize)}
	if of == types.KeySpecMlKem1024 {
		private, err := mlkem.NewDecapsulationKey1024(k.seed)
		if err != nil {
			panic(err) // the size is ours
		}
		public := private.EncapsulationKey()
		k.public, k.decapsulate, k.name = public.Bytes(), private.Decapsulate, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 4, 3}
		k.encapsulate = func(random []byte) ([]byte, []byte, error) { return mlkemtest.Encapsulate1024(public, random) }
		return k
	}
	private, err := mlkem.NewDecapsulationKey768(k.seed)
	if err != nil {
		panic(err)
	}
	public := private.EncapsulationKey()
	k.public, k.decapsulate, k.name = public.Bytes(), private.Decapsulate, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 4, 2}
	k.encapsulate = func(random []byte) ([]byte, []byte, error) { return mlkemtest.Encapsulate768(public, random) }
	return k
}

// Public makes it a pair.
func (k *kemKey) Public() crypto.PublicKey { return k.public }

func (k *kemKey) publicDER() []byte { return bare{k.name}.publicDER(k.public) }

// privateDER "contains the private key in seed format" (API reference,
// GenerateDataKeyPair).
func (k *kemKey) privateDER() []byte {
	seed := must(asn1.Marshal(asn1.RawValue{Class: asn1.ClassContextSpecific, Bytes: k.seed}))
	return must(asn1.Marshal(struct {
		Version    int
		Algorithm  bare
		PrivateKey []byte
	}{0, bare{k.name}, seed}))
}

func (s *Service) encapsulate(c *world.Call, in *kms.EncapsulateInput) (*kms.EncapsulateOutput, error) {
	t, err := s.useEncapsulation(c, *in.KeyId, in.EncapsulationAlgorithm, in.GrantTokens)
	if err != nil {
		return nil, err
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	secret, sealed, err := t.key.keyPair().(*kemKey).encapsulate(s.world.Bytes(32))
	if err != nil {
		return nil, err
	}
	s.used(c, t.key, types.KeyLastUsageTrackingOperationEncapsulate)
	return &kms.EncapsulateOutput{
		KeyId: new(t.arn.String()), EncapsulationAlgorithm: in.EncapsulationAlgorithm, SharedSecret: secret, SharedSecretCiphertextBlob: sealed,
	}, nil
}

// decapsulate "returns an InvalidCiphertextException when the length ... is
// inconsistent with the ML-KEM key spec. In all other cases, Decapsulate returns a
// 32-byte pseudo-random value" (API reference, Decapsulate).
func (s *Service) decapsulate(c *world.Call, in *kms.DecapsulateInput) (*kms.DecapsulateOutput, error) {
	t, err := s.useEncapsulation(c, *in.KeyId, in.EncapsulationAlgorithm, in.GrantTokens)
	if err != nil {
		return nil, err
	}
	secret, err := t.key.keyPair().(*kemKey).decapsulate(in.SharedSecretCiphertextBlob)
	if err != nil {
		return nil, &types.InvalidCiphertextException{}
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	s.used(c, t.key, types.KeyLastUsageTrackingOperationDecapsulate)
	return &kms.DecapsulateOutput{KeyId: new(t.arn.String()), EncapsulationAlgorithm: in.EncapsulationAlgorithm, SharedSecret: secret}, nil
}

// useEncapsulation finds an ML-KEM key for both operations. AWS's condition key of
// the algorithm, if there is one, is not known here.
func (s *Service) useEncapsulation(c *world.Call, name string, a types.EncapsulationAlgorithmSpec, tokens []string) (target, error) {
	if err := s.checkTokens(tokens); err != nil {
		return target{}, err
	}
	t, err := s.use(c, "kms:"+c.Operation, name, nil)
	if err != nil {
		return target{}, err
	}
	if err := t.key.fits(c.Operation, types.KeyUsageTypeEncapsulateDecapsulate); err != nil {
		return target{}, err
	}
	return t, takes(t.key, t.key.kind.algorithms().encapsulation, a)
}
