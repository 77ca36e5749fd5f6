package rotate_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rekey/shared/envelope"
	"rekey/shared/envelope/kmskeyring"
	"rekey/shared/keyid"
	"rekey/shared/wiring"
)

// proof is what somebody keeps who used a key: it has to hold for ever, under the key
// that it was made with.
type proof struct {
	made time.Time
	key  keyid.ARN
	// holds says with what material it does, "" where that is not told of.
	holds func(c *kms.Client, key *string) (material string, err error)
}

// use uses a subject by its alias, in each of its Regions.
func (y *years) use(s *subject) {
	y.Helper()
	if s.away {
		return
	}
	now := y.lab.World.Now()
	for _, r := range s.regions() {
		arn, holds, err := y.made(s, y.clients[r], aws.String(s.alias()))
		y.check(err)
		p := proof{made: now, holds: holds}
		p.key, err = keyid.ParseARN(arn)
		y.check(err)
		material, err := holds(y.clients[r], &arn)
		y.check(err)
		s.proofs = append(s.proofs, p)
		by := string(p.key.ID) + " " + material
		if s.spans[by] == nil {
			s.spans[by] = &span{first: now}
		}
		s.spans[by].last = now
	}
}

// made uses a key as it is to be used. It gives the key that answered.
func (y *years) made(s *subject, c *kms.Client, name *string) (arn string, holds func(*kms.Client, *string) (string, error), err error) {
	text, m := fresh(), s.meta
	switch m.KeyUsage {
	case types.KeyUsageTypeEncryptDecrypt:
		out, err := c.Encrypt(y.Context(), &kms.EncryptInput{KeyId: name, Plaintext: text, EncryptionAlgorithm: m.EncryptionAlgorithms[0]})
		if err != nil {
			return "", nil, err
		}
		return *out.KeyId, func(c *kms.Client, key *string) (string, error) {
			got, err := c.Decrypt(y.Context(), &kms.DecryptInput{KeyId: key, CiphertextBlob: out.CiphertextBlob, EncryptionAlgorithm: m.EncryptionAlgorithms[0]})
			if err != nil {
				return "", err
			}
			return aws.ToString(got.KeyMaterialId), same(got.Plaintext, text)
		}, nil
	case types.KeyUsageTypeSignVerify:
		out, err := c.Sign(y.Context(), &kms.SignInput{KeyId: name, Message: text, SigningAlgorithm: m.SigningAlgorithms[0]})
		if err != nil {
			return "", nil, err
		}
		return *out.KeyId, func(c *kms.Client, key *string) (string, error) {
			_, err := c.Verify(y.Context(), &kms.VerifyInput{KeyId: key, Message: text, Signature: out.Signature, SigningAlgorithm: m.SigningAlgorithms[0]})
			return "", err
		}, nil
	case types.KeyUsageTypeGenerateVerifyMac:
		out, err := c.GenerateMac(y.Context(), &kms.GenerateMacInput{KeyId: name, Message: text, MacAlgorithm: m.MacAlgorithms[0]})
		if err != nil {
			return "", nil, err
		}
		return *out.KeyId, func(c *kms.Client, key *string) (string, error) {
			_, err := c.VerifyMac(y.Context(), &kms.VerifyMacInput{KeyId: key, Message: text, Mac: out.Mac, MacAlgorithm: m.MacAlgorithms[0]})
			return "", err
		}, nil
	}
	return y.agreed(c, name)
}

// agreed derives a secret with somebody's public key.
func (y *years) agreed(c *kms.Client, name *string) (arn string, holds func(*kms.Client, *string) (string, error), err error) {
	y.Helper()
	peer, err := ecdh.P256().GenerateKey(rand.Reader)
	y.check(err)
	public, err := x509.MarshalPKIXPublicKey(peer.PublicKey())
	y.check(err)
	derive := func(c *kms.Client, key *string) (*kms.DeriveSharedSecretOutput, error) {
		return c.DeriveSharedSecret(y.Context(), &kms.DeriveSharedSecretInput{KeyId: key, PublicKey: public, KeyAgreementAlgorithm: types.KeyAgreementAlgorithmSpecEcdh})
	}
	out, err := derive(c, name)
	if err != nil {
		return "", nil, err
	}
	return *out.KeyId, func(c *kms.Client, key *string) (string, error) {
		again, err := derive(c, key)
		if err != nil {
			return "", err
		}
		return "", same(again.SharedSecret, out.SharedSecret)
	}, nil
}

func same(got, want []byte) error {
	if !bytes.Equal(got, want) {
		return errors.New("it is something else")
	}
	return nil
}

// fresh is 32 random bytes.
func fresh() []byte {
	b := make([]byte, 32)
	rand.Read(b) // never fails
	return b
}

// ready has sealed material lie ready for a subject's next rotation, once for each
// quarter.
func (y *years) ready(s *subject, quarter int, until time.Time) {
	y.Helper()
	if quarter < len(s.materials) {
		return
	}
	s.materials = append(s.materials, fresh())
	ring, err := kmskeyring.New(y.kms, y.vault.Ref())
	y.check(err)
	message, err := envelope.Seal(y.Context(), s.materials[quarter], ring, func(o *envelope.SealOptions) {
		o.EncryptionContext = map[string]string{"rekey:material-for": s.first.String()}
		if !until.IsZero() {
			o.EncryptionContext["rekey:valid-to"] = until.UTC().Format(time.RFC3339)
		}
	})
	y.check(err)
	y.must(s3.NewFromConfig(y.root, wiring.PathStyle).PutObject(y.Context(), &s3.PutObjectInput{
		Bucket: aws.String("materials"), Key: aws.String(fmt.Sprintf("next/%s/quarter-%d", s.first.ID, quarter)), Body: bytes.NewReader(message),
	}))
}

// bring imports material that a subject had, by hand.
func (y *years) bring(s *subject, r keyid.Region, number int) {
	y.Helper()
	y.pass(2 * time.Second) // within the quota of GetParametersForImport
	c := y.clients[r]
	offer, err := c.GetParametersForImport(y.Context(), &kms.GetParametersForImportInput{
		KeyId: s.id(), WrappingAlgorithm: types.AlgorithmSpecRsaesOaepSha256, WrappingKeySpec: types.WrappingKeySpecRsa2048,
	})
	y.check(err)
	public, err := x509.ParsePKIXPublicKey(offer.PublicKey)
	y.check(err)
	wrapped, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, public.(*rsa.PublicKey), s.materials[number], nil)
	y.check(err)
	y.must(c.ImportKeyMaterial(y.Context(), &kms.ImportKeyMaterialInput{
		KeyId: s.id(), ImportToken: offer.ImportToken, EncryptedKeyMaterial: wrapped, ExpirationModel: types.ExpirationModelTypeKeyMaterialDoesNotExpire,
	}))
}

// misses wants nothing to be decrypted by a key that lacks some of its material.
func (y *years) misses(s *subject, number int) {
	y.Helper()
	s.away = true
	for _, p := range s.proofs {
		_, err := p.holds(y.clients[s.home], aws.String(p.key.String()))
		if err == nil || !strings.Contains(err.Error(), "KMSInvalidStateException") {
			y.Fatalf("%s without the material of quarter %d: %v", s.name, number, err)
		}
	}
}
