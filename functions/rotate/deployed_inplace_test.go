package rotate_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rekey/functions/rotate"
	"rekey/lab/leastprivilege"
	"rekey/shared/envelope"
	"rekey/shared/envelope/kmskeyring"
	"rekey/shared/keyid"
)

// inPlacePaths are the rotations that leave the key what it is.
var inPlacePaths = []leastprivilege.Path{
	sitePath("a plan is told and changes nothing", quietly(site.planned)),
	sitePath("a key that rotates often is rotated on demand", quietly(site.onDemand)),
}

func (s site) planned() error {
	key, err := s.create(kms.CreateKeyInput{}, siteTags{rotate.TagRotate: "on"})
	if err != nil {
		return err
	}
	answers, err := s.ask(rotate.Request{Action: rotate.ToPlan, Keys: []string{key}})
	if err != nil {
		return err
	}
	if p := answers[0].Plan; p == nil || p.Outcome != rotate.Due || len(p.Steps) != 1 || p.Steps[0].Op != rotate.EnableRotation {
		return fmt.Errorf("the plan is %+v", p)
	}
	return s.rotates(key, 0)
}

func (s site) onDemand() error {
	key, err := s.create(kms.CreateKeyInput{}, siteOften)
	if err != nil {
		return err
	}
	if err := s.apply(key); err != nil {
		return err
	}
	s.Lab.World.Advance(12 * time.Minute)
	return s.materials(siteRegion, key, 2)
}

// materials counts the key material that a key has.
func (s site) materials(region keyid.Region, key string, n int) error {
	out, err := s.kms(region).ListKeyRotations(s.ctx, &kms.ListKeyRotationsInput{KeyId: &key, IncludeKeyMaterial: types.IncludeKeyMaterialAllKeyMaterial})
	if err != nil {
		return err
	}
	if len(out.Rotations) != n {
		return fmt.Errorf("%s has %d materials in %s, not %d", key, len(out.Rotations), region, n)
	}
	return nil
}

// importPaths bring key material.
var importPaths = []leastprivilege.Path{
	sitePath("the next material of a key and of its replica is imported, and rotated to", quietly(site.imported)),
}

func (s site) imported() error {
	key, err := s.create(kms.CreateKeyInput{Origin: types.OriginTypeExternal, MultiRegion: aws.Bool(true)}, siteOften)
	if err != nil {
		return err
	}
	arn, err := keyid.ParseARN(key)
	if err != nil {
		return err
	}
	first := bytes.Repeat([]byte{1}, 32)
	if err := s.bring(siteRegion, arn, first); err != nil {
		return err
	}
	if _, err := s.kms(siteRegion).ReplicateKey(s.ctx, &kms.ReplicateKeyInput{KeyId: &key, ReplicaRegion: aws.String(string(farRegion))}); err != nil {
		return err
	}
	s.Lab.World.Advance(time.Minute)
	if err := errors.Join(s.bring(farRegion, arn, first), s.seal(arn, bytes.Repeat([]byte{2}, 32))); err != nil {
		return err
	}
	if err := s.apply(key); err != nil {
		return err
	}
	s.Lab.World.Advance(12 * time.Minute)
	return errors.Join(s.materials(siteRegion, key, 2), s.materials(farRegion, arn.In(farRegion).String(), 2))
}

// bring imports a key's first material, as its owner does.
func (s site) bring(region keyid.Region, key keyid.ARN, material []byte) error {
	c, id := s.kms(region), aws.String(string(key.ID))
	offer, err := c.GetParametersForImport(s.ctx, &kms.GetParametersForImportInput{
		KeyId: id, WrappingAlgorithm: types.AlgorithmSpecRsaesOaepSha256, WrappingKeySpec: types.WrappingKeySpecRsa2048,
	})
	if err != nil {
		return err
	}
	wrapped, err := wrapForImport(offer.PublicKey, material)
	if err != nil {
		return err
	}
	_, err = c.ImportKeyMaterial(s.ctx, &kms.ImportKeyMaterialInput{
		KeyId: id, ImportToken: offer.ImportToken, EncryptedKeyMaterial: wrapped, ExpirationModel: types.ExpirationModelTypeKeyMaterialDoesNotExpire,
	})
	return err
}

// seal stores the next material of a key.
func (s site) seal(key keyid.ARN, material []byte) error {
	under, err := s.behind(siteRegion, ofMaterials)
	if err != nil {
		return err
	}
	ref, err := keyid.Parse(under)
	if err != nil {
		return err
	}
	ring, err := kmskeyring.New(s.kms(siteRegion), ref)
	if err != nil {
		return err
	}
	message, err := envelope.Seal(s.ctx, material, ring, func(o *envelope.SealOptions) {
		o.EncryptionContext = map[string]string{"rekey:material-for": key.String()}
	})
	if err != nil {
		return err
	}
	_, err = s.objects().PutObject(s.ctx, &s3.PutObjectInput{Bucket: aws.String(materialsBucket), Key: aws.String("next/" + string(key.ID) + "/0001"), Body: bytes.NewReader(message)})
	return err
}

// wrapForImport encrypts material for an import.
func wrapForImport(public, material []byte) ([]byte, error) {
	parsed, err := x509.ParsePKIXPublicKey(public)
	if err != nil {
		return nil, err
	}
	return rsa.EncryptOAEP(sha256.New(), rand.Reader, parsed.(*rsa.PublicKey), material, nil)
}
