package decrypt_test

import (
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/leastprivilege"
)

// keyPaths are what people and services do with the keys of the stacks.
var keyPaths = []leastprivilege.Path{
	path("administrators of the stack's key administer it and cannot use it", func(s site) error {
		who, err := s.person("KeyAdministrator")
		if err != nil {
			return err
		}
		blob, err := s.ciphertext()
		if err != nil {
			return err
		}
		return s.Administer(s.ctx, who, s.key(), blob)
	}, "kms:Decrypt", "kms:Encrypt"),
	path("the account's policies make an administrator of the stack's key", func(s site) error {
		blob, err := s.ciphertext()
		if err != nil {
			return err
		}
		return s.AdministerByPolicy(s.ctx, "StackKeys", s.key(), blob)
	}, "kms:Decrypt", "kms:Encrypt"),
	path("the account's policies make an administrator of the operators' key", func(s site) error {
		// Nobody encrypts with it directly: there is no ciphertext to try.
		return s.AdministerByPolicy(s.ctx, "OperationsKeys", s.operationsKey(), []byte("no ciphertext"))
	}, "kms:Decrypt", "kms:Encrypt"),
	path("users of the stack's key use it and cannot administer it", func(s site) error {
		who, err := s.person("KeyUser")
		if err != nil {
			return err
		}
		return errors.Join(s.use(who, nil), refused("kms:DisableKey", disable(s, who)))
	}, "kms:DisableKey"),
	path("an instance uses the key for its app, and has nothing else", func(s site) error {
		who, err := s.Assumed("ec2.amazonaws.com", s.Stack(stack).Outputs["ShopRoleArn"], "i-1234567890abcdef0")
		if err != nil {
			return err
		}
		return errors.Join(s.use(who, app), s.nothingElse(who), refused("kms:Encrypt", func() error {
			_, err := s.encrypt(who, s.key(), "x", map[string]string{"app": "bank"})
			return err
		}()))
	}, "kms:Encrypt", "lambda:InvokeFunction", "kms:DisableKey"),
	path("a task uses the key, and has nothing else", func(s site) error {
		who, err := s.Assumed("ecs-tasks.amazonaws.com", s.Stack(stack).Outputs["BatchRoleArn"], "task")
		if err != nil {
			return err
		}
		return errors.Join(s.use(who, nil), s.nothingElse(who))
	}, "lambda:InvokeFunction", "kms:DisableKey"),
}

// operationsKey is the ARN of the key of logs, queues and alarms.
func (s site) operationsKey() string {
	st := s.Stack(operations)
	arn, err := st.Attribute(st.Resources("AWS::KMS::Key")[0], "Arn")
	if err != nil {
		panic(err) // the stack was deployed with one
	}
	return arn
}

// ciphertext is one of the stack's key.
func (s site) ciphertext() ([]byte, error) {
	user, err := s.person("KeyUser")
	if err != nil {
		return nil, err
	}
	out, err := kms.NewFromConfig(user).Encrypt(s.ctx, &kms.EncryptInput{KeyId: aws.String(s.key()), Plaintext: []byte("x")})
	if err != nil {
		return nil, err
	}
	return out.CiphertextBlob, nil
}

// use does all that users of the stack's key do.
func (s site) use(who aws.Config, context map[string]string) error {
	c, key := kms.NewFromConfig(who), aws.String(s.key())
	if _, err := c.DescribeKey(s.ctx, &kms.DescribeKeyInput{KeyId: key}); err != nil {
		return err
	}
	first, err := c.Encrypt(s.ctx, &kms.EncryptInput{KeyId: key, Plaintext: []byte("theirs"), EncryptionContext: context})
	if err != nil {
		return err
	}
	second, err := c.ReEncrypt(s.ctx, &kms.ReEncryptInput{
		CiphertextBlob: first.CiphertextBlob, SourceKeyId: key, SourceEncryptionContext: context, DestinationKeyId: key, DestinationEncryptionContext: context,
	})
	if err != nil {
		return err
	}
	out, err := c.Decrypt(s.ctx, &kms.DecryptInput{KeyId: key, CiphertextBlob: second.CiphertextBlob, EncryptionContext: context})
	if err != nil || string(out.Plaintext) != "theirs" {
		return fmt.Errorf("what was encrypted anew decrypts to %+v: %w", out, err)
	}
	return errors.Join(
		of(c.GenerateDataKey(s.ctx, &kms.GenerateDataKeyInput{KeyId: key, KeySpec: kmstypes.DataKeySpecAes256, EncryptionContext: context})),
		of(c.GenerateDataKeyWithoutPlaintext(s.ctx, &kms.GenerateDataKeyWithoutPlaintextInput{KeyId: key, KeySpec: kmstypes.DataKeySpecAes256, EncryptionContext: context})))
}

// nothingElse tries what somebody who has the key alone cannot do.
func (s site) nothingElse(who aws.Config) error {
	_, err := s.askAs(who, functionID, oneItem)
	return errors.Join(refused("lambda:InvokeFunction", err), refused("kms:DisableKey", disable(s, who)))
}

func disable(s site, who aws.Config) error {
	return of(kms.NewFromConfig(who).DisableKey(s.ctx, &kms.DisableKeyInput{KeyId: aws.String(s.key())}))
}

// of leaves the answer of a call out.
func of[T any](_ T, err error) error { return err }

// refused wants a call to have been denied.
func refused(action string, err error) error { return leastprivilege.WasRefused(action, err) }
