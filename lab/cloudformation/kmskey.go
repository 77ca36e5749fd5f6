package cloudformation

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

type kmsKeyProperties struct {
	BypassPolicyLockoutSafetyCheck bool
	Description                    *string
	EnableKeyRotation              bool
	Enabled                        *bool
	KeyPolicy                      document
	KeySpec                        types.KeySpec
	KeyUsage                       types.KeyUsageType
	MultiRegion                    *bool
	Origin                         types.OriginType
	PendingWindowInDays            *int32
	RotationPeriodInDays           *int32
	Tags                           []tag
}

// kmsKey is AWS::KMS::Key: Ref is the key id.
var kmsKey = define(createKey, "Arn", "KeyId")

func createKey(ctx context.Context, c *creation, p kmsKeyProperties) (*resource, error) {
	policy, err := textOf(p.KeyPolicy)
	if err != nil {
		return nil, err
	}
	out, err := c.kms.CreateKey(ctx, &kms.CreateKeyInput{
		BypassPolicyLockoutSafetyCheck: p.BypassPolicyLockoutSafetyCheck, Description: p.Description, KeySpec: p.KeySpec,
		KeyUsage: p.KeyUsage, MultiRegion: p.MultiRegion, Origin: p.Origin, Policy: policy, Tags: c.kmsTags(p.Tags),
	})
	if err != nil {
		return nil, err
	}
	id := out.KeyMetadata.KeyId
	c.undone(c.scheduled(id, p.PendingWindowInDays))
	if p.EnableKeyRotation {
		if _, err := c.kms.EnableKeyRotation(ctx, &kms.EnableKeyRotationInput{KeyId: id, RotationPeriodInDays: p.RotationPeriodInDays}); err != nil {
			return nil, err
		}
	}
	if err := c.enabled(ctx, id, p.Enabled); err != nil {
		return nil, err
	}
	return made(*id, map[string]string{"Arn": *out.KeyMetadata.Arn, "KeyId": *id})
}

// scheduled deletes a key as CloudFormation does: after its window, of thirty
// days by default.
func (c *creation) scheduled(id *string, days *int32) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := c.kms.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{KeyId: id, PendingWindowInDays: days})
		return err
	}
}

// enabled disables a key whose template says so.
func (c *creation) enabled(ctx context.Context, id *string, enabled *bool) error {
	if enabled == nil || *enabled {
		return nil
	}
	_, err := c.kms.DisableKey(ctx, &kms.DisableKeyInput{KeyId: id})
	return err
}

func (c *creation) kmsTags(own []tag) []types.Tag {
	return tagList(c.tags(own), func(k, v string) types.Tag { return types.Tag{TagKey: &k, TagValue: &v} })
}

type kmsReplicaKeyProperties struct {
	Description         *string
	Enabled             *bool
	KeyPolicy           document
	PendingWindowInDays *int32
	PrimaryKeyArn       string
	Tags                []tag
}

// kmsReplicaKey is AWS::KMS::ReplicaKey: Ref is the key id. It is made by a call
// in the Region of its primary key.
var kmsReplicaKey = define(createReplicaKey, "Arn", "KeyId")

func createReplicaKey(ctx context.Context, c *creation, p kmsReplicaKeyProperties) (*resource, error) {
	policy, err := textOf(p.KeyPolicy)
	if err != nil {
		return nil, err
	}
	home := c.target.Config.Copy()
	if fields := strings.Split(p.PrimaryKeyArn, ":"); len(fields) > 3 {
		home.Region = fields[3]
	}
	region := string(c.target.Region)
	out, err := kms.NewFromConfig(home).ReplicateKey(ctx, &kms.ReplicateKeyInput{
		KeyId: &p.PrimaryKeyArn, ReplicaRegion: &region, Policy: policy, Description: p.Description, Tags: c.kmsTags(p.Tags),
	})
	if err != nil {
		return nil, err
	}
	id := out.ReplicaKeyMetadata.KeyId
	c.undone(c.scheduled(id, p.PendingWindowInDays))
	err = c.until(ctx, func(ctx context.Context) (bool, error) {
		k, err := c.kms.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: id})
		return err == nil && k.KeyMetadata.KeyState != types.KeyStateCreating, err
	})
	if err == nil {
		err = c.enabled(ctx, id, p.Enabled)
	}
	if err != nil {
		return nil, err
	}
	return made(*id, map[string]string{"Arn": *out.ReplicaKeyMetadata.Arn, "KeyId": *id})
}

type kmsAliasProperties struct{ AliasName, TargetKeyId *string }

// kmsAlias is AWS::KMS::Alias: Ref is its name, with alias/.
var kmsAlias = define(createAlias)

func createAlias(ctx context.Context, c *creation, p kmsAliasProperties) (*resource, error) {
	if _, err := c.kms.CreateAlias(ctx, &kms.CreateAliasInput{AliasName: p.AliasName, TargetKeyId: p.TargetKeyId}); err != nil {
		return nil, err
	}
	c.undone(func(ctx context.Context) error {
		_, err := c.kms.DeleteAlias(ctx, &kms.DeleteAliasInput{AliasName: p.AliasName})
		return err
	})
	return made(*p.AliasName, nil)
}
