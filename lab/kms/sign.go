package kms

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	_ "crypto/sha1" // crypto.Hash finds those that are linked
	_ "crypto/sha256"
	_ "crypto/sha512"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/kms/mldsa"
	"rekey/lab/world"
)

// signing is how an algorithm signs: what it hashes a message with, and what Go
// needs to know of it.
type signing struct {
	hash crypto.Hash
	opts crypto.SignerOpts
	pure bool // the message itself is signed, not its digest
	// represented says that it is ML-DSA's representative of the message and the
	// public key.
	represented bool
}

func pss(h crypto.Hash) signing {
	// The salt is as long as the digest (KMS Developer Guide, "Key spec reference").
	return signing{hash: h, opts: &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: h}}
}

var signings = map[types.SigningAlgorithmSpec]signing{
	types.SigningAlgorithmSpecRsassaPssSha256: pss(crypto.SHA256), types.SigningAlgorithmSpecRsassaPssSha384: pss(crypto.SHA384),
	types.SigningAlgorithmSpecRsassaPssSha512:      pss(crypto.SHA512),
	types.SigningAlgorithmSpecRsassaPkcs1V15Sha256: {hash: crypto.SHA256, opts: crypto.SHA256},
	types.SigningAlgorithmSpecRsassaPkcs1V15Sha384: {hash: crypto.SHA384, opts: crypto.SHA384},
	types.SigningAlgorithmSpecRsassaPkcs1V15Sha512: {hash: crypto.SHA512, opts: crypto.SHA512},
	types.SigningAlgorithmSpecEcdsaSha256:          {hash: crypto.SHA256, opts: crypto.SHA256},
	types.SigningAlgorithmSpecEcdsaSha384:          {hash: crypto.SHA384, opts: crypto.SHA384},
	types.SigningAlgorithmSpecEcdsaSha512:          {hash: crypto.SHA512, opts: crypto.SHA512},
	types.SigningAlgorithmSpecEd25519Sha512:        {opts: &ed25519.Options{}, pure: true},
	types.SigningAlgorithmSpecEd25519PhSha512:      {hash: crypto.SHA512, opts: &ed25519.Options{Hash: crypto.SHA512}},
	types.SigningAlgorithmSpecMlDsaShake256:        {represented: true},
}

// sign signs. ECDSA signatures are those of RFC 6979, so that the same call gives
// the same bytes; AWS does not say how it draws its own.
func (s *Service) sign(c *world.Call, in *kms.SignInput) (*kms.SignOutput, error) {
	t, digest, err := s.useSigning(c, *in.KeyId, in.SigningAlgorithm, in.MessageType, in.Message, in.GrantTokens)
	if err != nil {
		return nil, err
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	s.used(c, t.key, types.KeyLastUsageTrackingOperationSign)
	return &kms.SignOutput{KeyId: new(t.arn.String()), Signature: s.signature(t.key, in.SigningAlgorithm, digest), SigningAlgorithm: in.SigningAlgorithm}, nil
}

// verify fails where the signature is not of that message (recorded, with an
// empty message).
func (s *Service) verify(c *world.Call, in *kms.VerifyInput) (*kms.VerifyOutput, error) {
	t, digest, err := s.useSigning(c, *in.KeyId, in.SigningAlgorithm, in.MessageType, in.Message, in.GrantTokens)
	if err != nil {
		return nil, err
	}
	if !t.key.signed(in.SigningAlgorithm, digest, in.Signature) {
		return nil, &types.KMSInvalidSignatureException{}
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	s.used(c, t.key, types.KeyLastUsageTrackingOperationVerify)
	return &kms.VerifyOutput{KeyId: new(t.arn.String()), SignatureValid: true, SigningAlgorithm: in.SigningAlgorithm}, nil
}

// useSigning finds a signing key for both operations, and gives what is signed.
// That kms:MessageType is RAW where the request has none is assumed: "the default
// value".
func (s *Service) useSigning(c *world.Call, name string, a types.SigningAlgorithmSpec, of types.MessageType, message []byte, tokens []string) (target, []byte, error) {
	if err := s.checkTokens(tokens); err != nil {
		return target{}, nil, err
	}
	of = cmp.Or(of, types.MessageTypeRaw)
	t, err := s.use(c, "kms:"+c.Operation, name, map[string][]string{"kms:SigningAlgorithm": {string(a)}, "kms:MessageType": {string(of)}})
	if err != nil {
		return target{}, nil, err
	}
	if err := t.key.fits(c.Operation, types.KeyUsageTypeSignVerify); err != nil {
		return target{}, nil, err
	}
	if err := takes(t.key, t.key.kind.algorithms().signing, a); err != nil {
		return target{}, nil, err
	}
	signable, err := t.key.signable(a, of, message)
	return t, signable, err
}

// signable is what an algorithm signs of a message. "ED25519_SHA_512 signing
// algorithm requires KMS MessageType:RAW", "ED25519_PH_SHA_512 ... requires KMS
// MessageType:DIGEST", and hashes the digest again (API reference, Sign,
// MessageType). EXTERNAL_MU is for ML-DSA, and gives the signature that RAW gives (KMS
// Developer Guide, "ML-DSA keys in AWS KMS"). The refusals but for that of a
// digest's length, which is recorded, are assumed.
func (k *key) signable(a types.SigningAlgorithmSpec, of types.MessageType, message []byte) ([]byte, error) {
	how, short := signings[a], invalid("Digest is invalid length for algorithm "+string(a)+".")
	prehashed := a == types.SigningAlgorithmSpecEd25519PhSha512
	refused := invalid("MessageType " + string(of) + " is not compatible with algorithm " + string(a) + ".")
	switch of {
	case types.MessageTypeRaw:
		switch {
		case how.pure:
			return message, nil
		case how.represented:
			return k.keyPair().(*latticeKey).Mu(message), nil
		case prehashed:
			return nil, refused
		}
		return digest(how.hash, message), nil
	case types.MessageTypeDigest:
		switch {
		case how.pure, how.represented:
			return nil, refused
		case len(message) != how.hash.Size():
			return nil, short
		case prehashed:
			return digest(how.hash, message), nil
		}
		return message, nil
	case types.MessageTypeExternalMu:
		switch {
		case !how.represented:
			return nil, refused
		case len(message) != mldsa.MuSize:
			return nil, short
		}
		return message, nil
	}
	return nil, refused
}

func digest(h crypto.Hash, message []byte) []byte {
	w := h.New()
	w.Write(message)
	return w.Sum(nil)
}

func (s *Service) signature(k *key, a types.SigningAlgorithmSpec, digest []byte) []byte {
	how, signer := signings[a], k.keyPair().(crypto.Signer)
	if _, salted := how.opts.(*rsa.PSSOptions); salted {
		return must(signer.Sign(bytes.NewReader(s.world.Bytes(how.hash.Size())), digest, how.opts))
	}
	return must(signer.Sign(nil, digest, how.opts))
}

// signed says whether a signature is the key's.
func (k *key) signed(a types.SigningAlgorithmSpec, digest, signature []byte) bool {
	how := signings[a]
	switch public := k.keyPair().Public().(type) {
	case *rsa.PublicKey:
		if opts, salted := how.opts.(*rsa.PSSOptions); salted {
			return rsa.VerifyPSS(public, how.hash, digest, signature, opts) == nil
		}
		return rsa.VerifyPKCS1v15(public, how.hash, digest, signature) == nil
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(public, digest, signature)
	case ed25519.PublicKey:
		return ed25519.VerifyWithOptions(public, digest, signature, how.opts.(*ed25519.Options)) == nil
	case point:
		return public.verify(digest, signature)
	case *mldsa.PublicKey:
		return public.Verify(digest, signature)
	}
	return false
}
