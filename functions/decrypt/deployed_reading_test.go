package decrypt_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/hpke"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"rekey/functions/decrypt"
	"rekey/lab/leastprivilege"
	"rekey/shared/envelope"
	"rekey/shared/envelope/kmskeyring"
	"rekey/shared/keyid"
	"rekey/shared/wiring"
)

// readingPaths are the ways of references through the function.
var readingPaths = []leastprivilege.Path{
	path("a ciphertext under the stack's key", ciphertext),
	path("a ciphertext under a key of another account", farCiphertext),
	path("a message under the stack's key", message),
	path("a message in a bucket, and an old version of one", object),
	path("one secret", secret),
	path("several secrets in one call", secrets),
	path("one parameter", parameter),
	path("several parameters in one call", parameters),
	path("sealed answers", sealedAnswers),
	path("references that are not allowed", notAllowed),
	path("what the function may read, and is not there", notThere),
}

var app = map[string]string{"app": "shop"}

func ciphertext(s site) error {
	user, err := s.person("KeyUser")
	if err != nil {
		return err
	}
	reference, err := s.encrypt(user, s.key(), "of-the-stack", app)
	if err != nil {
		return err
	}
	return s.wants([]decrypt.Item{
		{Reference: reference, Context: app}, {Reference: reference, Context: app, Key: s.key()}, {Reference: reference},
	}, "of-the-stack", "of-the-stack", "!contextMismatch")
}

func farCiphertext(s site) error {
	far, err := s.far()
	if err != nil {
		return err
	}
	reference, err := s.encrypt(s.Root(other), far, "from-afar", app)
	if err != nil {
		return err
	}
	return s.wants([]decrypt.Item{{Reference: reference, Context: app, Key: far}}, "from-afar")
}

// far is the ARN of the other account's key, of which it has no other.
func (s site) far() (string, error) {
	out, err := kms.NewFromConfig(s.Root(other)).ListKeys(s.ctx, &kms.ListKeysInput{})
	if err != nil || len(out.Keys) != 1 {
		return "", fmt.Errorf("the keys of the other account: %v, %w", out, err)
	}
	return *out.Keys[0].KeyArn, nil
}

func (s site) encrypt(who aws.Config, key, value string, context map[string]string) (string, error) {
	out, err := kms.NewFromConfig(who).Encrypt(s.ctx, &kms.EncryptInput{KeyId: &key, Plaintext: []byte(value), EncryptionContext: context})
	if err != nil {
		return "", err
	}
	return "kms://" + base64.StdEncoding.EncodeToString(out.CiphertextBlob), nil
}

func (s site) seal(value string) ([]byte, error) {
	user, err := s.person("KeyUser")
	if err != nil {
		return nil, err
	}
	key, err := keyid.Parse(s.key())
	if err != nil {
		return nil, err
	}
	ring, err := kmskeyring.New(kms.NewFromConfig(user), key)
	if err != nil {
		return nil, err
	}
	return envelope.Seal(s.ctx, []byte(value), ring, func(o *envelope.SealOptions) { o.EncryptionContext = app })
}

func message(s site) error {
	m, err := s.seal("enveloped")
	if err != nil {
		return err
	}
	return s.wants([]decrypt.Item{{Reference: "envelope://" + base64.StdEncoding.EncodeToString(m), Context: app}}, "enveloped")
}

// object reads messages that lie in a bucket under another key than they are
// sealed with.
func object(s site) error {
	client := s3.NewFromConfig(s.Root(own), wiring.PathStyle)
	var versions []string
	for _, value := range []string{"first", "second"} {
		m, err := s.seal(value)
		if err != nil {
			return err
		}
		out, err := client.PutObject(s.ctx, &s3.PutObjectInput{Bucket: aws.String(messages), Key: aws.String("db"), Body: bytes.NewReader(m)})
		if err != nil {
			return err
		}
		versions = append(versions, *out.VersionId)
	}
	reference := "envelope+s3://" + messages + "/db"
	return s.wants([]decrypt.Item{{Reference: reference}, {Reference: reference + "@" + versions[0]}}, "second", "first")
}

func (s site) store(name, value string) error {
	key, err := s.storage()
	if err != nil {
		return err
	}
	_, err = secretsmanager.NewFromConfig(s.Root(own)).CreateSecret(s.ctx, &secretsmanager.CreateSecretInput{Name: &name, SecretString: &value, KmsKeyId: &key})
	return err
}

func secret(s site) error {
	if err := s.store("prod/one", `{"user":"shop","password":"hidden"}`); err != nil {
		return err
	}
	return s.wants([]decrypt.Item{{Reference: "sm://prod/one#password"}}, "hidden")
}

func secrets(s site) error {
	var items []decrypt.Item
	for _, name := range []string{"prod/a", "prod/b", "prod/c"} {
		if err := s.store(name, "value of "+name); err != nil {
			return err
		}
		items = append(items, decrypt.Item{Reference: "sm://" + name})
	}
	before := s.Lab.World.Trail.Count("secretsmanager", "GetSecretValue")
	if err := s.wants(items, "value of prod/a", "value of prod/b", "value of prod/c"); err != nil {
		return err
	}
	return s.noneSince(before, "secretsmanager", "GetSecretValue")
}

// noneSince says whether there was another call of an operation from outside: a
// function that may not fetch several things at once fetches them one by one.
func (s site) noneSince(before int, service, operation string) error {
	if n := s.Lab.World.Trail.Count(service, operation) - before; n != 0 {
		return fmt.Errorf("%s was called %d times", operation, n)
	}
	return nil
}

func (s site) parameter(name, value string, of ssmtypes.ParameterType) error {
	in := &ssm.PutParameterInput{Name: &name, Value: &value, Type: of}
	if of == ssmtypes.ParameterTypeSecureString {
		key, err := s.storage()
		if err != nil {
			return err
		}
		in.KeyId = &key
	}
	_, err := ssm.NewFromConfig(s.Root(own)).PutParameter(s.ctx, in)
	return err
}

func parameter(s site) error {
	if err := s.parameter("/prod/one", "secure", ssmtypes.ParameterTypeSecureString); err != nil {
		return err
	}
	return s.wants([]decrypt.Item{{Reference: "ssm:///prod/one"}}, "secure")
}

func parameters(s site) error {
	err := errors.Join(
		s.parameter("/prod/plain", "plain", ssmtypes.ParameterTypeString),
		s.parameter("/prod/secure", "secure", ssmtypes.ParameterTypeSecureString))
	if err != nil {
		return err
	}
	before := s.Lab.World.Trail.Count("ssm", "GetParameter")
	if err := s.wants([]decrypt.Item{{Reference: "ssm:///prod/plain"}, {Reference: "ssm:///prod/secure"}}, "plain", "secure"); err != nil {
		return err
	}
	return s.noneSince(before, "ssm", "GetParameter")
}

func sealedAnswers(s site) error {
	if err := s.store("prod/sealed", "for you alone"); err != nil {
		return err
	}
	private, err := hpke.DHKEM(ecdh.X25519()).GenerateKey()
	if err != nil {
		return err
	}
	item := decrypt.Item{ID: "one", Reference: "sm://prod/sealed"}
	answers, err := s.ask(decrypt.Request{Items: []decrypt.Item{item}, PublicKey: private.PublicKey().Bytes()})
	if err != nil {
		return err
	}
	if answers[0].Value != nil || answers[0].Error != nil {
		return fmt.Errorf("a sealed answer has %+v", answers[0])
	}
	bytes, err := private.Bytes()
	if err != nil {
		return err
	}
	value, err := decrypt.Unseal(bytes, item, answers[0].Sealed)
	if err != nil || string(value) != "for you alone" {
		return fmt.Errorf("the sealed answer opens to %q, %w", value, err)
	}
	return nil
}

// notAllowed asks for what the configuration does not list. The function refuses
// it without asking AWS.
func notAllowed(s site) error {
	before := len(s.Lab.World.Trail.Entries())
	items := []decrypt.Item{{Reference: "sm://dev/db"}, {Reference: "ssm:///dev/db"}, {Reference: "envelope+s3://other/db"}}
	if err := s.wants(items, "!notAllowed", "!notAllowed", "!notAllowed"); err != nil {
		return err
	}
	for _, e := range s.Lab.World.Trail.Entries()[before:] {
		if strings.Contains(e.Caller.ARN(), "/RekeyDecrypt-") && e.Service != "logs" {
			return fmt.Errorf("the function called %s %s for what is not allowed", e.Service, e.Operation)
		}
	}
	return nil
}

// notThere asks for things whose names are allowed. S3 does not tell those who may
// not list a bucket that an object is not there.
func notThere(s site) error {
	return s.wants([]decrypt.Item{{Reference: "sm://prod/none"}, {Reference: "ssm:///prod/none"}}, "!notFound", "!notFound")
}
