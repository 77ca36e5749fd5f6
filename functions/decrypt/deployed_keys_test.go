package decrypt_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	"rekey/lab/leastprivilege"
)

// keyPaths are what people and services do with the keys of the stacks.
var keyPaths = []leastprivilege.Path{
	path("administrators of the stack's key administer it and cannot use it", func(s site) error {
		who, err := s.person("KeyAdministrator")
		if err != nil {
			return err
		}
		return s.administer(who, s.key())
	}, "kms:Decrypt", "kms:Encrypt"),
	path("the account's policies make an administrator of the stack's key", func(s site) error { return s.administerByPolicy("StackKeys", s.key()) }, "kms:Decrypt", "kms:Encrypt"),
	path("the account's policies make an administrator of the operators' key", func(s site) error {
		return s.administerByPolicy("OperationsKeys", s.operationsKey())
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

// administerByPolicy is administer by a role whose own policy allows it.
func (s site) administerByPolicy(name, key string) error {
	role, err := s.Role(s.ctx, own, name, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:*","Resource":"*"}}`)
	if err != nil {
		return err
	}
	who, err := s.As(s.ctx, role)
	if err != nil {
		return err
	}
	return s.administer(who, key)
}

// administer does all that administrators do, and tries what they must not.
func (s site) administer(who aws.Config, key string) error {
	c := kms.NewFromConfig(who)
	id := &key
	for _, step := range []func() error{
		func() error { return of(c.DescribeKey(s.ctx, &kms.DescribeKeyInput{KeyId: id})) },
		func() error {
			return of(c.UpdateKeyDescription(s.ctx, &kms.UpdateKeyDescriptionInput{KeyId: id, Description: aws.String("another")}))
		},
		func() error { return of(c.ListKeyPolicies(s.ctx, &kms.ListKeyPoliciesInput{KeyId: id})) },
		func() error { return of(c.DisableKey(s.ctx, &kms.DisableKeyInput{KeyId: id})) },
		func() error { return of(c.EnableKey(s.ctx, &kms.EnableKeyInput{KeyId: id})) },
		func() error { return of(c.DisableKeyRotation(s.ctx, &kms.DisableKeyRotationInput{KeyId: id})) },
		func() error { return of(c.EnableKeyRotation(s.ctx, &kms.EnableKeyRotationInput{KeyId: id})) },
		func() error { return of(c.GetKeyRotationStatus(s.ctx, &kms.GetKeyRotationStatusInput{KeyId: id})) },
		func() error { return of(c.RotateKeyOnDemand(s.ctx, &kms.RotateKeyOnDemandInput{KeyId: id})) },
		func() error { s.Lab.World.Advance(10 * time.Minute); return nil },
		func() error { return of(c.ListKeyRotations(s.ctx, &kms.ListKeyRotationsInput{KeyId: id})) },
		func() error { return s.aliases(c, key) },
		func() error {
			return of(c.TagResource(s.ctx, &kms.TagResourceInput{KeyId: id, Tags: []kmstypes.Tag{{TagKey: aws.String("team"), TagValue: aws.String("security")}}}))
		},
		func() error { return of(c.ListResourceTags(s.ctx, &kms.ListResourceTagsInput{KeyId: id})) },
		func() error {
			return of(c.UntagResource(s.ctx, &kms.UntagResourceInput{KeyId: id, TagKeys: []string{"team"}}))
		},
		func() error { return s.grants(c, key) },
		func() error { return of(c.ScheduleKeyDeletion(s.ctx, &kms.ScheduleKeyDeletionInput{KeyId: id})) },
		func() error { return of(c.CancelKeyDeletion(s.ctx, &kms.CancelKeyDeletionInput{KeyId: id})) },
		func() error { return of(c.EnableKey(s.ctx, &kms.EnableKeyInput{KeyId: id})) },
		func() error {
			_, err := c.Encrypt(s.ctx, &kms.EncryptInput{KeyId: id, Plaintext: []byte("x")})
			return refused("kms:Encrypt", err)
		},
		func() error { return s.cannotDecrypt(c, key) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// aliases gives the key an alias, which goes to another key and comes back.
func (s site) aliases(c *kms.Client, key string) error {
	spare, err := s.create(own, "")
	if err != nil {
		return err
	}
	name := aws.String("alias/of-an-administrator")
	if err := of(c.CreateAlias(s.ctx, &kms.CreateAliasInput{AliasName: name, TargetKeyId: &key})); err != nil {
		return err
	}
	for _, to := range []string{spare, key} {
		if err := of(c.UpdateAlias(s.ctx, &kms.UpdateAliasInput{AliasName: name, TargetKeyId: &to})); err != nil {
			return err
		}
	}
	return of(c.DeleteAlias(s.ctx, &kms.DeleteAliasInput{AliasName: name}))
}

// grants has an administrator let itself make a grant for a moment, to revoke it:
// whoever may set a key's policy can.
func (s site) grants(c *kms.Client, key string) error {
	id := &key
	before, err := c.GetKeyPolicy(s.ctx, &kms.GetKeyPolicyInput{KeyId: id})
	if err != nil {
		return err
	}
	with, err := opened(*before.Policy)
	if err != nil {
		return err
	}
	if err := of(c.PutKeyPolicy(s.ctx, &kms.PutKeyPolicyInput{KeyId: id, Policy: &with})); err != nil {
		return err
	}
	grant, err := kms.NewFromConfig(s.Root(own)).CreateGrant(s.ctx, &kms.CreateGrantInput{
		KeyId: id, GranteePrincipal: aws.String("arn:aws:iam::" + string(own) + ":root"), Operations: []kmstypes.GrantOperation{kmstypes.GrantOperationDecrypt},
	})
	if err != nil {
		return err
	}
	if err := of(c.PutKeyPolicy(s.ctx, &kms.PutKeyPolicyInput{KeyId: id, Policy: before.Policy})); err != nil {
		return err
	}
	if out, err := c.ListGrants(s.ctx, &kms.ListGrantsInput{KeyId: id}); err != nil || len(out.Grants) != 1 {
		return fmt.Errorf("the grants of the key: %+v, %w", out, err)
	}
	return of(c.RevokeGrant(s.ctx, &kms.RevokeGrantInput{KeyId: id, GrantId: grant.GrantId}))
}

// opened adds a statement to a key policy that lets the account's root user make
// grants.
func opened(policy string) (string, error) {
	var p map[string]any
	if err := json.Unmarshal([]byte(policy), &p); err != nil {
		return "", err
	}
	p["Statement"] = append(p["Statement"].([]any), map[string]any{
		"Sid": "Opened", "Effect": "Allow", "Principal": map[string]any{"AWS": "arn:aws:iam::" + string(own) + ":root"}, "Action": "kms:CreateGrant", "Resource": "*",
	})
	text, err := json.Marshal(p)
	return string(text), err
}

// cannotDecrypt tries a ciphertext of the key, or, of a key that nobody encrypts
// with directly, none.
func (s site) cannotDecrypt(c *kms.Client, key string) error {
	blob := []byte("no ciphertext")
	if key == s.key() {
		user, err := s.person("KeyUser")
		if err != nil {
			return err
		}
		out, err := kms.NewFromConfig(user).Encrypt(s.ctx, &kms.EncryptInput{KeyId: &key, Plaintext: []byte("x")})
		if err != nil {
			return err
		}
		blob = out.CiphertextBlob
	}
	_, err := c.Decrypt(s.ctx, &kms.DecryptInput{KeyId: &key, CiphertextBlob: blob})
	return refused("kms:Decrypt", err)
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
func refused(action string, err error) error {
	var api smithy.APIError
	if errors.As(err, &api) && slices.Contains([]string{"AccessDeniedException", "AccessDenied", "AuthorizationError"}, api.ErrorCode()) {
		return nil
	}
	return fmt.Errorf("%s was not refused: %v", action, err)
}
