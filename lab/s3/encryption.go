package s3

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/lab/world"
)

// sealed is how a body is protected under a KMS key. All objects that were
// written under one bucket key share one.
type sealed struct {
	key     string // ARN of the KMS key
	context string // encryption context that the writer gave, as JSON; "" for none
	bucket  bool   // dataKey is a bucket key
	dataKey []byte // encrypted under the KMS key
}

const (
	nonceSize = 12
	tagSize   = 16
	// sealedOverhead is what a body grows by: a nonce before it, a tag behind.
	sealedOverhead = nonceSize + tagSize
)

// encryption is what a request says of the encryption of what it writes.
type encryption struct {
	algorithm types.ServerSideEncryption
	key       *string
	context   *string // JSON in base64
	bucketKey *bool
	customer  bool // SSE-C
}

// protection is how an object is to be encrypted.
type protection struct {
	kms       bool
	key       string            // as KMS is to be asked for it; "": the AWS managed key
	context   map[string]string // that the writer gave
	bucketKey bool
}

// protection works out what a new object gets: what the request says, or else
// the bucket's default at this time. A request for aws:kms that names no key
// means the AWS managed key, even if the bucket's default names another (S3 API
// Reference, PutObject, x-amz-server-side-encryption-aws-kms-key-id).
func (b *bucket) protection(e encryption) (protection, error) {
	rule := b.defaultEncryption()
	standard := rule.ApplyServerSideEncryptionByDefault
	if e.algorithm == "" && e.key == nil && e.context == nil {
		e.algorithm, e.key = standard.SSEAlgorithm, standard.KMSMasterKeyID
	}
	p := protection{kms: e.algorithm == types.ServerSideEncryptionAwsKms, key: text(e.key)}
	switch {
	case e.customer:
		return p, world.Unimplemented("encryption with keys of the customer (SSE-C)")
	case e.algorithm == types.ServerSideEncryptionAwsKmsDsse || e.algorithm == types.ServerSideEncryptionAwsFsx || e.algorithm == types.ServerSideEncryptionAwsBackup:
		return p, world.Unimplemented("encryption with " + string(e.algorithm))
	case e.algorithm != "" && e.algorithm != types.ServerSideEncryptionAes256 && !p.kms:
		return p, invalidArgument("The encryption method specified is not supported", "x-amz-server-side-encryption", string(e.algorithm)) // reported
	case !p.kms && (e.key != nil || e.context != nil): // reported in github.com/aws/aws-cli issue 1431
		return p, invalidArgument("Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
			"x-amz-server-side-encryption", string(e.algorithm))
	case !p.kms:
		return p, nil
	}
	var err error
	if p.context, err = parseContext(e.context); err != nil {
		return p, err
	}
	p.bucketKey = rule.BucketKeyEnabled != nil && *rule.BucketKeyEnabled
	if e.bucketKey != nil {
		p.bucketKey = *e.bucketKey
	}
	if p.bucketKey && p.context != nil {
		return p, world.Unimplemented("an encryption context with an S3 Bucket Key")
	}
	return p, nil
}

// parseContext reads x-amz-server-side-encryption-context.
func parseContext(header *string) (map[string]string, error) {
	if header == nil {
		return nil, nil
	}
	var pairs map[string]string
	raw, err := base64.StdEncoding.DecodeString(*header)
	if err != nil || json.Unmarshal(raw, &pairs) != nil {
		return nil, invalidArgument("The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding JSON which represents a string-string map",
			"x-amz-server-side-encryption-context", *header)
	}
	return pairs, nil
}

// seal encrypts a body for a key of the bucket. It gives nil and the body itself
// under SSE-S3, whose keys nobody sees.
func (s *Service) seal(c *world.Call, b *bucket, key string, p protection, body []byte) (*sealed, []byte, error) {
	if !p.kms {
		return nil, body, nil
	}
	if anonymous(c) {
		return nil, nil, unsigned()
	}
	k, plain, err := s.dataKey(c, b, key, p)
	if err != nil {
		return nil, nil, err
	}
	out := make([]byte, nonceSize, len(body)+sealedOverhead)
	copy(out, s.world.Bytes(nonceSize))
	return k, aead(k, plain, out).Seal(out, out, body, []byte(b.objectARN(key))), nil
}

// dataKey gets a data key, or the bucket key, for what is to be written.
func (s *Service) dataKey(c *world.Call, b *bucket, key string, p protection) (*sealed, []byte, error) {
	name := p.key
	if name == "" {
		name = s.keys.Managed(c, "s3").String()
	}
	if p.bucketKey {
		return s.bucketKey(c, b, name)
	}
	out, err := s.generate(c, b, name, b.context(key, p.context))
	if err != nil {
		return nil, nil, err
	}
	k := &sealed{key: *out.KeyId, dataKey: out.CiphertextBlob}
	if p.context != nil {
		given, _ := json.Marshal(p.context) // a map of texts
		k.context = string(given)
	}
	return k, out.Plaintext, nil
}

// context is the encryption context of a data key: the object's ARN, and what
// the writer gave besides (S3 User Guide, "Using server-side encryption with
// AWS KMS keys (SSE-KMS)", Encryption context).
func (b *bucket) context(key string, given map[string]string) map[string]string {
	pairs := map[string]string{"aws:s3:arn": b.objectARN(key)}
	maps.Copy(pairs, given)
	return pairs
}

// open gives the plaintext of a version. Every reader needs kms:Decrypt.
func (s *Service) open(c *world.Call, b *bucket, key string, v *version) ([]byte, error) {
	if v.sealed == nil {
		return v.body, nil
	}
	plain, err := s.unlock(c, b, key, v)
	if err != nil {
		return nil, err
	}
	return aead(v.sealed, plain, v.body).Open(nil, v.body[:nonceSize], v.body[nonceSize:], []byte(b.objectARN(key)))
}

// unlock gives the data key of a version that is under a KMS key.
func (s *Service) unlock(c *world.Call, b *bucket, key string, v *version) ([]byte, error) {
	if anonymous(c) {
		return nil, unsigned()
	}
	if v.sealed.bucket {
		return s.openBucketKey(c, b, v.sealed)
	}
	var given map[string]string
	if v.sealed.context != "" {
		if err := json.Unmarshal([]byte(v.sealed.context), &given); err != nil {
			return nil, err
		}
	}
	return s.decrypt(c, b, v.sealed, b.context(key, given))
}

// unsigned is the answer to anybody without credentials who asks for what is
// under a KMS key (reported in github.com/pottava/aws-s3-proxy issue 46).
func unsigned() error {
	return invalidArgument("Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4.", "Authorization", "null")
}

// generate and decrypt call KMS in the bucket's Region on the caller's behalf.
func (s *Service) generate(c *world.Call, b *bucket, key string, context map[string]string) (out *kms.GenerateDataKeyOutput, err error) {
	err = c.On("kms", "GenerateDataKey", b.via(), func(sub *world.Call) error {
		sub.Region = b.region
		out, err = s.keys.GenerateDataKey(sub, &kms.GenerateDataKeyInput{KeyId: &key, KeySpec: kmstypes.DataKeySpecAes256, EncryptionContext: context})
		return err
	})
	return out, kmsFailed(err)
}

// decrypt names the key, so that a refusal does, as for GenerateDataKey
// (assumption).
func (s *Service) decrypt(c *world.Call, b *bucket, k *sealed, context map[string]string) (plain []byte, err error) {
	err = c.On("kms", "Decrypt", b.via(), func(sub *world.Call) error {
		sub.Region = b.region
		out, err := s.keys.Decrypt(sub, &kms.DecryptInput{CiphertextBlob: k.dataKey, KeyId: &k.key, EncryptionContext: context})
		if err == nil {
			plain = out.Plaintext
		}
		return err
	})
	return plain, kmsFailed(err)
}

func (b *bucket) via() string { return "s3." + string(b.region) + ".amazonaws.com" }

// kmsFailed is what the caller is told of a failure in KMS: its code behind KMS.
// and its message (recorded: KMS.NotFoundException, KMS.DisabledException,
// KMS.KMSInvalidStateException), but S3's own code for a refusal (reported in github.com/aws/copilot-cli issue
// 5500).
func kmsFailed(err error) error {
	if err == nil {
		return nil
	}
	e := world.Answer(err)
	switch {
	case e.Status >= 500:
		return err // a fault of the lab, or what it lacks
	case e.Code == "AccessDeniedException":
		return accessDenied(e.Message)
	}
	return fail(http.StatusBadRequest, "KMS."+e.Code, e.Message)
}

// aead is the cipher of one body. From a bucket key and the body's nonce it
// takes a key for this body alone.
func aead(k *sealed, plain, body []byte) cipher.AEAD {
	if k.bucket {
		plain = derive(plain, body[:nonceSize])
	}
	block, err := aes.NewCipher(plain)
	if err != nil {
		panic(err) // the size is ours
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return gcm
}
