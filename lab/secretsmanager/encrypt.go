package secretsmanager

import (
	"cmp"
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"rekey/lab/wire"
	"rekey/lab/world"
)

const (
	nonceSize = 12
	// validation stands for the version's id in the encryption context of the
	// calls that only check a key (User Guide, "Secret encryption and
	// decryption").
	validation = "RequestToValidateKeyAccess"
	// managedAlias is the key of a secret that names none.
	managedAlias = "alias/aws/secretsmanager"
)

// valueLimit is the greatest size of a value in bytes (API reference,
// CreateSecret, SecretString).
const valueLimit = 65536

// value is the plaintext of one version: SecretString, or SecretBinary.
type value struct {
	binary bool
	bytes  []byte
}

// valueOf reads the value of a request, nil where it has none. The wording for
// both kinds at once is reported: aws/aws-sdk-java issue 1556.
func valueOf(text *string, binary []byte) (*value, error) {
	switch {
	case text != nil && binary != nil:
		return nil, invalidParameter("You can’t specify both a binary secret value and a string secret value in the same secret.")
	case text != nil && len(*text) > valueLimit:
		// The model's limit is in characters, the API reference's in bytes. The
		// wording is assumed to be the same.
		return nil, &wire.Error{Code: "ValidationException", Status: 400,
			Message: "1 validation error detected: Value at 'secretString' failed to satisfy constraint: Member must have length less than or equal to 65536"}
	case text != nil:
		return &value{false, []byte(*text)}, nil
	case binary != nil:
		return &value{true, binary}, nil
	}
	return nil, nil
}

func (v *value) equal(w *value) bool {
	return v.binary == w.binary && subtle.ConstantTimeCompare(v.bytes, w.bytes) == 1
}

// sealed is a value as it is kept: under a data key, which is kept under one KMS
// key or several.
type sealed struct {
	binary  bool
	version string    // the version that the encryption context names
	wraps   []wrapped // the newest last
	nonce   []byte
	text    []byte
}

// wrapped is a data key encrypted under a KMS key.
type wrapped struct {
	key  string // as ListSecretVersionIds tells it
	blob []byte
}

// keyName is how ListSecretVersionIds calls the secret's key: the AWS managed one
// DefaultEncryptionKey (recorded), another by its ARN, which is assumed.
func (x *secret) keyName(arn string) string {
	if x.kmsKeyID == "" {
		return "DefaultEncryptionKey"
	}
	return arn
}

// keys gives the keys that can open the value, the newest last.
func (b sealed) keys() []string {
	var all []string
	for _, w := range b.wraps {
		all = append(all, w.key)
	}
	return all
}

// context is the encryption context that names a version.
func (x *secret) context(version string) map[string]string {
	return map[string]string{"SecretARN": x.arn, "SecretVersionId": version}
}

// owned refuses to use the AWS managed key for a caller of another account
// (recorded for GetSecretValue and PutSecretValue).
func (x *secret) owned(c *world.Call) error {
	if x.kmsKeyID == "" && x.owner.account != c.Account() {
		return invalidRequest("You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.")
	}
	return nil
}

// keyFor names the key to encrypt under, as KMS will be asked for it: what
// CreateSecret was given, word for word. A bare key id or alias therefore means
// one of the account that calls, and a caller of another account is told that
// it has no such key, which is assumed from that.
func (s *Service) keyFor(c *world.Call, x *secret) string {
	if x.kmsKeyID == "" {
		return s.keys.Managed(c, "secretsmanager").String()
	}
	return x.kmsKeyID
}

// generate asks KMS for a data key on the caller's behalf.
func (s *Service) generate(c *world.Call, x *secret, version string) (out *kms.GenerateDataKeyOutput, err error) {
	key := s.keyFor(c, x)
	err = c.On("kms", "GenerateDataKey", via(c), func(sub *world.Call) error {
		out, err = s.keys.GenerateDataKey(sub, &kms.GenerateDataKeyInput{
			KeyId: &key, KeySpec: kmstypes.DataKeySpecAes256, EncryptionContext: x.context(version),
		})
		return err
	})
	return out, kmsFailed(c, err, "encrypt")
}

// decrypt asks KMS for a data key's plaintext. It names no key: KMS takes it
// from the ciphertext (User Guide, "Secret encryption and decryption", in its
// example of the Decrypt event).
func (s *Service) decrypt(c *world.Call, x *secret, version string, dataKey []byte) (plain []byte, err error) {
	err = c.On("kms", "Decrypt", via(c), func(sub *world.Call) error {
		out, err := s.keys.Decrypt(sub, &kms.DecryptInput{CiphertextBlob: dataKey, EncryptionContext: x.context(version)})
		if err == nil {
			plain = out.Plaintext
		}
		return err
	})
	return plain, kmsFailed(c, err, "decrypt")
}

func via(c *world.Call) string { return "secretsmanager." + string(c.Region) + ".amazonaws.com" }

// kmsFailed is what the caller is told of a failure in KMS. Reported: a denial, in
// aws/aws-cdk issue 7677, and what is no key's id at all, in hashicorp/
// terraform-provider-aws pull request 13303, with KMS's message of that time. The
// API reference says of EncryptionFailure that the key must be available, enabled
// and in a valid state; that every other failure of KMS is answered that way, and
// the wording, are assumed.
func kmsFailed(c *world.Call, err error, doing string) error {
	if err == nil {
		return nil
	}
	e := world.Answer(err)
	switch {
	case e.Status >= 500:
		return err // a fault of the lab, or what it lacks
	case e.Code == "AccessDeniedException":
		return denied("Access to KMS is not allowed")
	case e.Code == "NotFoundException" && strings.HasPrefix(e.Message, "Invalid keyId"):
		return invalidParameter("The operation failed because of an invalid KMS key: " + e.Message)
	}
	message := "Secrets Manager can't " + doing + " the secret value: " + e.Message +
		" (Service: AWSKMS; Status Code: 400; Error Code: " + e.Code + "; Request ID: " + c.RequestID + "; Proxy: null)"
	if doing == "encrypt" {
		return &types.EncryptionFailure{Message: &message}
	}
	return &types.DecryptionFailure{Message: &message}
}

// validateKey checks that the caller may use a customer managed key both ways
// when it becomes a secret's key, even if there is no value yet; the results
// are thrown away (User Guide, "Secret encryption and decryption").
// The AWS managed key needs no permission (API reference, CreateSecret), so
// that it is not checked is assumed.
func (s *Service) validateKey(c *world.Call, x *secret) error {
	if x.kmsKeyID == "" {
		return nil
	}
	out, err := s.generate(c, x, validation)
	if err != nil {
		return err
	}
	_, err = s.decrypt(c, x, validation, out.CiphertextBlob)
	return err
}

// seal encrypts a value for a version of the secret.
func (s *Service) seal(c *world.Call, x *secret, version string, v *value) (sealed, error) {
	out, err := s.generate(c, x, version)
	if err != nil {
		return sealed{}, err
	}
	defer clear(out.Plaintext)
	nonce := s.world.Bytes(nonceSize)
	return sealed{
		binary: v.binary, version: version, wraps: []wrapped{{x.keyName(*out.KeyId), out.CiphertextBlob}}, nonce: nonce,
		text: aead(out.Plaintext).Seal(nil, nonce, v.bytes, []byte(x.arn+"\x00"+version)),
	}, nil
}

// open decrypts a version's value.
func (s *Service) open(c *world.Call, x *secret, v *version) (*value, error) {
	b := v.sealed
	dataKey, err := s.dataKey(c, x, b)
	if err != nil {
		return nil, err
	}
	defer clear(dataKey)
	plain, err := aead(dataKey).Open(nil, b.nonce, b.text, []byte(x.arn+"\x00"+b.version))
	return &value{b.binary, plain}, err
}

// dataKey decrypts the data key of a value. Under which key is open to
// Secrets Manager where the secret's key was changed: with the previous key or
// the new key (User Guide, "Change the encryption key"). That the newest is
// tried first, and that its failure is the one that is told, is assumed.
func (s *Service) dataKey(c *world.Call, x *secret, b sealed) (plain []byte, told error) {
	for _, w := range slices.Backward(b.wraps) {
		plain, err := s.decrypt(c, x, b.version, w.blob)
		if err == nil {
			return plain, nil
		}
		told = cmp.Or(told, err)
	}
	return nil, told
}

// rewrap keeps the data keys of the versions that are in use under the secret's
// new key too, and not instead (User Guide, "Change the encryption key"). A
// version is left as it is where the caller may not decrypt with the key before
// (the same), or not encrypt with the new one (API reference, UpdateSecret,
// KmsKeyId); that so it is where KMS refuses for another reason is assumed.
func (s *Service) rewrap(c *world.Call, x *secret) (map[*version][]wrapped, error) {
	changed := map[*version][]wrapped{}
	key := s.keyFor(c, x)
	for _, label := range []string{current, pending, previous} {
		v := x.version(x.labels[label])
		if v == nil || changed[v] != nil {
			continue
		}
		dataKey, err := s.dataKey(c, x, v.sealed)
		if err == nil {
			var w wrapped
			if w, err = s.wrap(c, x, key, v.sealed.version, dataKey); err == nil {
				kept := slices.DeleteFunc(slices.Clone(v.sealed.wraps), func(old wrapped) bool { return old.key == w.key })
				changed[v] = append(kept, w)
			}
		}
		if err != nil && world.Answer(err).Status >= 500 {
			return nil, err // a fault of the lab, or what it lacks
		}
	}
	return changed, nil
}

func (s *Service) wrap(c *world.Call, x *secret, key, version string, dataKey []byte) (w wrapped, err error) {
	err = c.On("kms", "Encrypt", via(c), func(sub *world.Call) error {
		out, err := s.keys.Encrypt(sub, &kms.EncryptInput{KeyId: &key, Plaintext: dataKey, EncryptionContext: x.context(version)})
		if err == nil {
			w = wrapped{x.keyName(*out.KeyId), out.CiphertextBlob}
		}
		return err
	})
	return w, kmsFailed(c, err, "encrypt")
}

func aead(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // the size is ours
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return gcm
}
