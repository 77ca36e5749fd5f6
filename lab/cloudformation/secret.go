package cloudformation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
)

type secretProperties struct {
	Description          *string
	GenerateSecretString *generatedSecret
	KmsKeyId             *string
	Name                 *string
	ReplicaRegions       []types.ReplicaRegionType
	SecretString         *string
	Tags                 []tag
	Type                 *string
}

type generatedSecret struct {
	ExcludeCharacters       *string
	ExcludeLowercase        *bool
	ExcludeNumbers          *bool
	ExcludePunctuation      *bool
	ExcludeUppercase        *bool
	GenerateStringKey       *string
	IncludeSpace            *bool
	PasswordLength          *int64
	RequireEachIncludedType *bool
	SecretStringTemplate    *string
}

// secret is AWS::SecretsManager::Secret: Ref is its ARN. That a generated name is
// LOGICALID-SUFFIX is reported, in aws-cdk. It is deleted without recovery.
var secret = define(createSecret, "Id")

func createSecret(ctx context.Context, c *creation, p secretProperties) (*resource, error) {
	if g := p.GenerateSecretString; g != nil {
		if p.SecretString != nil {
			return nil, templateError("You can't specify both GenerateSecretString and SecretString")
		}
		value, err := g.generate(ctx, c)
		if err != nil {
			return nil, err
		}
		p.SecretString = &value
	}
	name := c.id + "-" + c.suffix()
	if p.Name != nil {
		name = *p.Name
	}
	out, err := c.secretsmanager.CreateSecret(ctx, &secretsmanager.CreateSecretInput{
		Name: &name, Description: p.Description, KmsKeyId: p.KmsKeyId, SecretString: p.SecretString, AddReplicaRegions: p.ReplicaRegions, Type: p.Type,
		Tags: tagList(c.tags(p.Tags), func(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} }),
	})
	if err != nil {
		return nil, err
	}
	arn := *out.ARN
	c.undone(func(ctx context.Context) error {
		_, err := c.secretsmanager.DeleteSecret(ctx, &secretsmanager.DeleteSecretInput{SecretId: &arn, ForceDeleteWithoutRecovery: aws.Bool(true)})
		return err
	})
	return made(arn, map[string]string{"Id": arn})
}

// generate draws a password, and puts it into the template of the secret, if
// there is one, under its key.
func (g *generatedSecret) generate(ctx context.Context, c *creation) (string, error) {
	if (g.GenerateStringKey == nil) != (g.SecretStringTemplate == nil) {
		return "", errors.New("GenerateSecretString: GenerateStringKey and SecretStringTemplate are given together")
	}
	out, err := c.secretsmanager.GetRandomPassword(ctx, &secretsmanager.GetRandomPasswordInput{
		ExcludeCharacters: g.ExcludeCharacters, ExcludeLowercase: g.ExcludeLowercase, ExcludeNumbers: g.ExcludeNumbers,
		ExcludePunctuation: g.ExcludePunctuation, ExcludeUppercase: g.ExcludeUppercase, IncludeSpace: g.IncludeSpace,
		PasswordLength: g.PasswordLength, RequireEachIncludedType: g.RequireEachIncludedType,
	})
	switch {
	case err != nil:
		return "", err
	case g.GenerateStringKey == nil:
		return *out.RandomPassword, nil
	}
	members := map[string]any{}
	if err := json.Unmarshal([]byte(*g.SecretStringTemplate), &members); err != nil {
		return "", fmt.Errorf("GenerateSecretString/SecretStringTemplate: %w", err)
	}
	members[*g.GenerateStringKey] = *out.RandomPassword
	text, err := json.Marshal(members)
	return string(text), err
}

type secretPolicyProperties struct {
	BlockPublicPolicy *bool
	ResourcePolicy    document
	SecretId          *string
}

// secretPolicy is AWS::SecretsManager::ResourcePolicy: Ref is the ARN of the
// secret.
var secretPolicy = define(putSecretPolicy, "Id")

func putSecretPolicy(ctx context.Context, c *creation, p secretPolicyProperties) (*resource, error) {
	text, err := textOf(p.ResourcePolicy)
	if err != nil {
		return nil, err
	}
	out, err := c.secretsmanager.PutResourcePolicy(ctx, &secretsmanager.PutResourcePolicyInput{SecretId: p.SecretId, ResourcePolicy: text, BlockPublicPolicy: p.BlockPublicPolicy})
	if err != nil {
		return nil, err
	}
	c.undone(func(ctx context.Context) error {
		_, err := c.secretsmanager.DeleteResourcePolicy(ctx, &secretsmanager.DeleteResourcePolicyInput{SecretId: p.SecretId})
		return err
	})
	return made(*out.ARN, map[string]string{"Id": *out.ARN})
}
