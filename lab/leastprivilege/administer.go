package leastprivilege

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"
)

// WasRefused wants a call to have been denied.
func WasRefused(action string, err error) error {
	var api smithy.APIError
	if errors.As(err, &api) && slices.Contains([]string{"AccessDeniedException", "AccessDenied", "AuthorizationError"}, api.ErrorCode()) {
		return nil
	}
	return fmt.Errorf("%s was not refused: %v", action, err)
}

// of leaves the answer of a call out.
func of[T any](_ T, err error) error { return err }

// AdministerByPolicy has a role of the account, whose own policy allows it, do all that
// administrators of a key do, and try what they must not: kms:Encrypt and kms:Decrypt.
func (d *Deployed) AdministerByPolicy(ctx context.Context, role, key string, ciphertext []byte) error {
	arn, err := d.Role(ctx, d.Account, role, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:*","Resource":"*"}}`)
	if err != nil {
		return err
	}
	who, err := d.As(ctx, arn)
	if err != nil {
		return err
	}
	return d.Administer(ctx, who, key, ciphertext)
}

// Administer is AdministerByPolicy for somebody whom the key policy names. ciphertext
// is one of the key.
func (d *Deployed) Administer(ctx context.Context, who aws.Config, key string, ciphertext []byte) error {
	a := administrator{d, ctx, kms.NewFromConfig(who), key}
	id := &key
	for _, step := range []func() error{
		func() error { return of(a.c.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: id})) },
		func() error {
			return of(a.c.UpdateKeyDescription(ctx, &kms.UpdateKeyDescriptionInput{KeyId: id, Description: aws.String("another")}))
		},
		func() error { return of(a.c.ListKeyPolicies(ctx, &kms.ListKeyPoliciesInput{KeyId: id})) },
		func() error { return of(a.c.DisableKey(ctx, &kms.DisableKeyInput{KeyId: id})) },
		func() error { return of(a.c.EnableKey(ctx, &kms.EnableKeyInput{KeyId: id})) },
		func() error { return of(a.c.DisableKeyRotation(ctx, &kms.DisableKeyRotationInput{KeyId: id})) },
		func() error { return of(a.c.EnableKeyRotation(ctx, &kms.EnableKeyRotationInput{KeyId: id})) },
		func() error { return of(a.c.GetKeyRotationStatus(ctx, &kms.GetKeyRotationStatusInput{KeyId: id})) },
		func() error { return of(a.c.RotateKeyOnDemand(ctx, &kms.RotateKeyOnDemandInput{KeyId: id})) },
		func() error { d.Lab.World.Advance(10 * time.Minute); return nil },
		func() error { return of(a.c.ListKeyRotations(ctx, &kms.ListKeyRotationsInput{KeyId: id})) },
		a.aliases,
		func() error {
			return of(a.c.TagResource(ctx, &kms.TagResourceInput{KeyId: id, Tags: []types.Tag{{TagKey: aws.String("team"), TagValue: aws.String("security")}}}))
		},
		func() error { return of(a.c.ListResourceTags(ctx, &kms.ListResourceTagsInput{KeyId: id})) },
		func() error {
			return of(a.c.UntagResource(ctx, &kms.UntagResourceInput{KeyId: id, TagKeys: []string{"team"}}))
		},
		a.grants,
		func() error { return of(a.c.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{KeyId: id})) },
		func() error { return of(a.c.CancelKeyDeletion(ctx, &kms.CancelKeyDeletionInput{KeyId: id})) },
		func() error { return of(a.c.EnableKey(ctx, &kms.EnableKeyInput{KeyId: id})) },
		func() error {
			_, err := a.c.Encrypt(ctx, &kms.EncryptInput{KeyId: id, Plaintext: []byte("x")})
			return WasRefused("kms:Encrypt", err)
		},
		func() error {
			_, err := a.c.Decrypt(ctx, &kms.DecryptInput{KeyId: id, CiphertextBlob: ciphertext})
			return WasRefused("kms:Decrypt", err)
		},
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// administrator is somebody at work on a key.
type administrator struct {
	*Deployed
	ctx context.Context
	c   *kms.Client
	key string
}

// aliases gives the key an alias, which goes to another key and comes back.
func (a administrator) aliases() error {
	spare, err := kms.NewFromConfig(a.Root(a.Account)).CreateKey(a.ctx, &kms.CreateKeyInput{})
	if err != nil {
		return err
	}
	name := aws.String("alias/of-an-administrator")
	if err := of(a.c.CreateAlias(a.ctx, &kms.CreateAliasInput{AliasName: name, TargetKeyId: &a.key})); err != nil {
		return err
	}
	for _, to := range []*string{spare.KeyMetadata.KeyId, &a.key} {
		if err := of(a.c.UpdateAlias(a.ctx, &kms.UpdateAliasInput{AliasName: name, TargetKeyId: to})); err != nil {
			return err
		}
	}
	return of(a.c.DeleteAlias(a.ctx, &kms.DeleteAliasInput{AliasName: name}))
}

// grants has an administrator let the root user make a grant for a moment, to revoke
// it: whoever may set a key's policy can.
func (a administrator) grants() error {
	id := &a.key
	before, err := a.c.GetKeyPolicy(a.ctx, &kms.GetKeyPolicyInput{KeyId: id})
	if err != nil {
		return err
	}
	root := "arn:aws:iam::" + string(a.Account) + ":root"
	with, err := opened(*before.Policy, root)
	if err != nil {
		return err
	}
	if err := of(a.c.PutKeyPolicy(a.ctx, &kms.PutKeyPolicyInput{KeyId: id, Policy: &with})); err != nil {
		return err
	}
	grant, err := kms.NewFromConfig(a.Root(a.Account)).CreateGrant(a.ctx, &kms.CreateGrantInput{
		KeyId: id, GranteePrincipal: &root, Operations: []types.GrantOperation{types.GrantOperationDecrypt},
	})
	if err != nil {
		return err
	}
	if err := of(a.c.PutKeyPolicy(a.ctx, &kms.PutKeyPolicyInput{KeyId: id, Policy: before.Policy})); err != nil {
		return err
	}
	if out, err := a.c.ListGrants(a.ctx, &kms.ListGrantsInput{KeyId: id}); err != nil || len(out.Grants) != 1 {
		return fmt.Errorf("the grants of the key: %+v, %w", out, err)
	}
	return of(a.c.RevokeGrant(a.ctx, &kms.RevokeGrantInput{KeyId: id, GrantId: grant.GrantId}))
}

// opened adds a statement to a key policy that lets somebody make grants.
func opened(policy, who string) (string, error) {
	var p map[string]any
	if err := json.Unmarshal([]byte(policy), &p); err != nil {
		return "", err
	}
	p["Statement"] = append(p["Statement"].([]any), map[string]any{
		"Sid": "Opened", "Effect": "Allow", "Principal": map[string]any{"AWS": who}, "Action": "kms:CreateGrant", "Resource": "*",
	})
	text, err := json.Marshal(p)
	return string(text), err
}
