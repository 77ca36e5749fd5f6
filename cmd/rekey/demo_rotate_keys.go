//go:build !nolab

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/functions/rotate"
	"rekey/shared/envelope"
	"rekey/shared/envelope/kmskeyring"
	"rekey/shared/keyid"
)

// rotated is one of the eight keys, with those that succeed it.
type rotated struct {
	of      *tenant
	aliases []string // users name the key by the first one
	kind    string
	// end is its row after the year: the way, how often it was rotated, and how many
	// keys there are.
	end    string
	first  keyid.ARN
	use    usage
	proofs []proof
}

// usage uses a key by its alias, and gives which key answered, and what proves later
// that nothing is lost.
type usage func(ctx context.Context, alias string) (by string, holds proof)

// used uses the key by its alias of that place, keeps the proof, and gives the key
// that answered.
func (k *rotated) used(ctx context.Context, place int) (by string) {
	by, holds := k.use(ctx, k.aliases[place])
	k.proofs = append(k.proofs, holds)
	return by
}

// proof fails if what was made with a key cannot be decrypted or verified with that
// key.
type proof func(context.Context) error

// key makes a key with its aliases.
func (y *year) key(ctx context.Context, t *tenant, k rotated, in kms.CreateKeyInput) *rotated {
	k.of = t
	out := got(t.kms.CreateKey(ctx, &in)).KeyMetadata
	k.first = got(keyid.ParseARN(*out.Arn))
	for _, alias := range k.aliases {
		got(t.kms.CreateAlias(ctx, &kms.CreateAliasInput{AliasName: &alias, TargetKeyId: out.KeyId}))
	}
	switch out.KeyUsage {
	case types.KeyUsageTypeSignVerify:
		k.use = t.sign
	case types.KeyUsageTypeGenerateVerifyMac:
		k.use = t.mac
	default:
		k.use = t.encrypt
	}
	y.keys = append(y.keys, &k)
	return &k
}

// id names the first key.
func (k *rotated) id() *string { return aws.String(string(k.first.ID)) }

// target is the key that the key's alias of that place points at.
func (k *rotated) target(ctx context.Context, place int) keyid.ARN {
	return got(keyid.ParseARN(*got(k.of.kms.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &k.aliases[place]})).KeyMetadata.Arn))
}

// encrypt encrypts. A multi-Region key has to decrypt in its other Region too.
func (t *tenant) encrypt(ctx context.Context, alias string) (string, proof) {
	text := []byte(rand.Text())
	out := got(t.kms.Encrypt(ctx, &kms.EncryptInput{KeyId: &alias, Plaintext: text}))
	key := got(keyid.ParseARN(*out.KeyId))
	regions := []keyid.Region{key.Region}
	if key.ID.MultiRegion() {
		regions = append(regions, otherRegion)
	}
	return *out.KeyId, func(ctx context.Context) error {
		for _, r := range regions {
			opened, err := t.kms.Decrypt(ctx, &kms.DecryptInput{KeyId: new(key.In(r).String()), CiphertextBlob: out.CiphertextBlob}, func(o *kms.Options) { o.Region = string(r) })
			if err != nil {
				return err
			}
			if !bytes.Equal(opened.Plaintext, text) {
				return errors.New("the plaintext came back changed")
			}
		}
		return nil
	}
}

func (t *tenant) sign(ctx context.Context, alias string) (string, proof) {
	text := []byte(rand.Text())
	out := got(t.kms.Sign(ctx, &kms.SignInput{KeyId: &alias, Message: text, SigningAlgorithm: types.SigningAlgorithmSpecRsassaPssSha256}))
	return *out.KeyId, func(ctx context.Context) error {
		_, err := t.kms.Verify(ctx, &kms.VerifyInput{KeyId: out.KeyId, Message: text, Signature: out.Signature, SigningAlgorithm: out.SigningAlgorithm})
		return err
	}
}

func (t *tenant) mac(ctx context.Context, alias string) (string, proof) {
	text := []byte(rand.Text())
	out := got(t.kms.GenerateMac(ctx, &kms.GenerateMacInput{KeyId: &alias, Message: text, MacAlgorithm: types.MacAlgorithmSpecHmacSha256}))
	return *out.KeyId, func(ctx context.Context) error {
		_, err := t.kms.VerifyMac(ctx, &kms.VerifyMacInput{KeyId: out.KeyId, Message: text, Mac: out.Mac, MacAlgorithm: out.MacAlgorithm})
		return err
	}
}

// managed is the AWS managed key of Amazon S3, which AWS makes and rotates. Nobody
// calls it directly: S3 encrypts objects under it.
func (y *year) managed(ctx context.Context, t *tenant, k rotated) {
	bucket := t.bucket(ctx, "reports")
	k.of, k.use = t, func(ctx context.Context, alias string) (string, proof) { return t.store(ctx, bucket, alias) }
	k.first = got(keyid.ParseARN(*got(t.kms.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &k.aliases[0]})).KeyMetadata.Arn))
	y.keys = append(y.keys, &k)
}

func (t *tenant) store(ctx context.Context, bucket, alias string) (string, proof) {
	name, text := rand.Text(), []byte(rand.Text())
	out := got(t.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &name, Body: bytes.NewReader(text), ServerSideEncryption: s3types.ServerSideEncryptionAwsKms, SSEKMSKeyId: &alias}))
	return *out.SSEKMSKeyId, func(ctx context.Context) error {
		object, err := t.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &name})
		if err != nil {
			return err
		}
		defer object.Body.Close()
		back, err := io.ReadAll(object.Body)
		if err == nil && !bytes.Equal(back, text) {
			err = errors.New("the object came back changed")
		}
		return err
	}
}

// inCluster is a request for a key in a CloudHSM key store.
func (y *year) inCluster(ctx context.Context, t *tenant) kms.CreateKeyInput {
	store := got(t.kms.CreateCustomKeyStore(ctx, &kms.CreateCustomKeyStoreInput{
		CustomKeyStoreName: new("cluster"), CloudHsmClusterId: new("cluster-" + strings.Repeat("a", 11)),
		TrustAnchorCertificate: new("-----BEGIN CERTIFICATE-----"), KeyStorePassword: new("kmsPswd1"),
	})).CustomKeyStoreId
	got(t.kms.ConnectCustomKeyStore(ctx, &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: store}))
	y.lab.World.Advance(20 * time.Minute)
	return kms.CreateKeyInput{Origin: types.OriginTypeAwsCloudhsm, CustomKeyStoreId: store}
}

// bring imports a key's first material, by hand.
func (k *rotated) bring(ctx context.Context) {
	c, material := k.of.kms, make([]byte, 32)
	rand.Read(material) // never fails
	offer := got(c.GetParametersForImport(ctx, &kms.GetParametersForImportInput{
		KeyId: k.id(), WrappingAlgorithm: types.AlgorithmSpecRsaesOaepSha256, WrappingKeySpec: types.WrappingKeySpecRsa2048,
	}))
	public, ok := got(x509.ParsePKIXPublicKey(offer.PublicKey)).(*rsa.PublicKey)
	expect(ok, "the wrapping key is no RSA key")
	got(c.ImportKeyMaterial(ctx, &kms.ImportKeyMaterialInput{
		KeyId: k.id(), ImportToken: offer.ImportToken, ExpirationModel: types.ExpirationModelTypeKeyMaterialDoesNotExpire,
		EncryptedKeyMaterial: got(rsa.EncryptOAEP(sha256.New(), rand.Reader, public, material, nil)),
	}))
}

// ready has sealed material for a key's next rotation lie ready.
func (k *rotated) ready(ctx context.Context, quarter int) {
	material := make([]byte, 32)
	rand.Read(material) // never fails
	t := k.of
	ring := got(kmskeyring.New(t.kms, t.settings.MaterialKeys[0]))
	message := got(envelope.Seal(ctx, material, ring, func(o *envelope.SealOptions) {
		o.EncryptionContext = map[string]string{"rekey:material-for": k.first.String()}
	}))
	name := fmt.Sprintf("%s/%s/quarter-%d", t.settings.Materials.Name, k.first.ID, quarter)
	got(t.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: &t.settings.Materials.Bucket, Key: &name, Body: bytes.NewReader(message)}))
}

// line are a key and those that succeeded it, the first one first.
func (k *rotated) line(ctx context.Context) []keyid.ARN {
	all := []keyid.ARN{k.first}
	for {
		last := all[len(all)-1]
		next, ok := k.of.tags(ctx, last)[rotate.TagSucceededBy]
		if !ok {
			return all
		}
		last.ID = got(keyid.ParseID(next))
		all = append(all, last)
	}
}

func (t *tenant) tags(ctx context.Context, key keyid.ARN) map[string]string {
	all := map[string]string{}
	for _, tag := range got(t.kms.ListResourceTags(ctx, &kms.ListResourceTagsInput{KeyId: new(string(key.ID))})).Tags {
		all[*tag.TagKey] = *tag.TagValue
	}
	return all
}

// rotations is how often a key itself was rotated, which in a year is no more than a
// page has.
func (t *tenant) rotations(ctx context.Context, key keyid.ARN) int {
	out, err := t.kms.ListKeyRotations(ctx, &kms.ListKeyRotationsInput{KeyId: new(string(key.ID))})
	if unsupported := new(types.UnsupportedOperationException); errors.As(err, &unsupported) {
		return 0 // of this kind AWS KMS rotates none
	}
	return len(got(out, err).Rotations)
}
