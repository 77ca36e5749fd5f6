package ssm

import (
	"context"
	"encoding/base64"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/envelope"
)

// managedAlias is the key of a SecureString that names none, in the words that
// DescribeParameters has for it.
const managedAlias = "alias/aws/ssm"

// sealedFor is the encryption context of a parameter's value.
func sealedFor(arn string) map[string]string { return map[string]string{"PARAMETER_ARN": arn} }

func via(c *world.Call) string { return "ssm." + string(c.Region) + ".amazonaws.com" }

// seal encrypts a value as its tier has it. The key is named as the request
// named it.
func (s *Service) seal(c *world.Call, arn string, v *version, value []byte) (sealed []byte, err error) {
	if v.tier == types.ParameterTierAdvanced {
		ring := &keyring{s, c, v.keyID, nil}
		sealed, err = envelope.Seal(context.Background(), value, ring, func(o *envelope.SealOptions) { o.EncryptionContext = sealedFor(arn) })
		return sealed, ring.failed(err)
	}
	err = c.On("kms", "Encrypt", via(c), func(sub *world.Call) error {
		out, err := s.keys.Encrypt(sub, &kms.EncryptInput{KeyId: &v.keyID, Plaintext: value, EncryptionContext: sealedFor(arn)})
		if err == nil {
			sealed = out.CiphertextBlob
		}
		return err
	})
	return sealed, kmsFailed(c, err)
}

// open decrypts a value. KMS is not told which key: what is reported of a refusal
// is KMS's answer to a Decrypt without KeyId.
func (s *Service) open(c *world.Call, arn string, v *version) ([]byte, error) {
	if v.tier == types.ParameterTierAdvanced {
		ring := &keyring{s, c, v.keyID, nil}
		value, _, err := envelope.Open(context.Background(), v.value, ring, func(o *envelope.OpenOptions) { o.EncryptionContext = sealedFor(arn) })
		return value, ring.failed(err)
	}
	value, err := s.decrypt(c, v.value, sealedFor(arn))
	return value, kmsFailed(c, err)
}

func (s *Service) decrypt(c *world.Call, blob []byte, context map[string]string) (plain []byte, err error) {
	err = c.On("kms", "Decrypt", via(c), func(sub *world.Call) error {
		out, err := s.keys.Decrypt(sub, &kms.DecryptInput{CiphertextBlob: blob, EncryptionContext: context})
		if err == nil {
			plain = out.Plaintext
		}
		return err
	})
	return plain, err
}

// value is what an answer has of a version: the text, or, of a SecureString that
// is not to be decrypted, its ciphertext in base64 (KMS Developer Guide, "How
// AWS Systems Manager Parameter Store uses AWS KMS").
func (s *Service) value(c *world.Call, p *parameter, v *version, decrypted *bool) (*string, error) {
	switch {
	case v.kind != types.ParameterTypeSecureString:
		return new(string(v.value)), nil
	case !asked(decrypted):
		return new(base64.StdEncoding.EncodeToString(v.value)), nil
	}
	plain, err := s.open(c, p.arn, v)
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	return new(string(plain)), nil
}

// kmsFailed is what the caller is told of a failure in KMS: a denial as such,
// all else as an InvalidKeyId, with KMS's own answer in it (reported: denials in
// tryolabs/aws-workshop issue 6 and external-secrets/kubernetes-external-secrets
// issue 627, unknown keys in binxio/aws-ssm-copy issue 10, keys pending deletion
// in segmentio/chamber issue 355).
func kmsFailed(c *world.Call, err error) error {
	if err == nil {
		return nil
	}
	e := world.Answer(err)
	if e.Status >= 500 {
		return err // a fault of the lab, or what it lacks
	}
	message := e.Message + " (Service: AWSKMS; Status Code: 400; Error Code: " + e.Code + "; Request ID: " + c.RequestID + "; Proxy: null)"
	switch e.Code {
	case "AccessDeniedException":
		return denied(message)
	case "ThrottlingException": // assumed
		return &wire.Error{Code: e.Code, Message: message, Status: 400}
	}
	return &types.InvalidKeyId{Message: &message}
}

// keyring is one key in the lab's KMS, for one value. What KMS refused is kept
// in it.
type keyring struct {
	service *Service
	call    *world.Call
	key     string
	refused error
}

// OnEncrypt makes a data key.
func (k *keyring) OnEncrypt(_ context.Context, m *envelope.EncryptionMaterials) error {
	k.refused = k.call.On("kms", "GenerateDataKey", via(k.call), func(sub *world.Call) error {
		out, err := k.service.keys.GenerateDataKey(sub, &kms.GenerateDataKeyInput{
			KeyId: &k.key, KeySpec: kmstypes.DataKeySpecAes256, EncryptionContext: m.EncryptionContext,
		})
		if err == nil {
			m.DataKey = out.Plaintext
			m.EncryptedDataKeys = append(m.EncryptedDataKeys, envelope.EncryptedDataKey{
				ProviderID: "aws-kms", ProviderInfo: []byte(*out.KeyId), Ciphertext: out.CiphertextBlob,
			})
		}
		return err
	})
	return k.refused
}

// OnDecrypt decrypts the data key of the message, which has one.
func (k *keyring) OnDecrypt(_ context.Context, m *envelope.DecryptionMaterials, keys []envelope.EncryptedDataKey) error {
	if len(keys) != 1 {
		return errors.New("the message has not one data key")
	}
	m.DataKey, k.refused = k.service.decrypt(k.call, keys[0].Ciphertext, m.EncryptionContext)
	return k.refused
}

// failed is what the caller is told where a message was not made or opened.
func (k *keyring) failed(err error) error {
	if k.refused != nil {
		return kmsFailed(k.call, k.refused)
	}
	return err
}
