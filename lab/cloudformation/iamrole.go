package cloudformation

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

type iamRoleProperties struct {
	AssumeRolePolicyDocument document
	Description              *string
	ManagedPolicyArns        []string
	MaxSessionDuration       *int32
	Path                     *string
	PermissionsBoundary      *string
	Policies                 []struct {
		PolicyName     string
		PolicyDocument document
	}
	RoleName *string
	Tags     []tag
}

// iamRole is AWS::IAM::Role: Ref is its name.
var iamRole = define(createRole, "Arn", "RoleId")

func createRole(ctx context.Context, c *creation, p iamRoleProperties) (*resource, error) {
	trust, err := textOf(p.AssumeRolePolicyDocument)
	if err != nil {
		return nil, err
	}
	name := c.named(p.RoleName, 64)
	out, err := c.iam.CreateRole(ctx, &iam.CreateRoleInput{
		RoleName: &name, AssumeRolePolicyDocument: trust, Description: p.Description, MaxSessionDuration: p.MaxSessionDuration, Path: p.Path,
		PermissionsBoundary: p.PermissionsBoundary,
		Tags:                tagList(c.tags(p.Tags), func(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} }),
	})
	if err != nil {
		return nil, err
	}
	c.undone(func(ctx context.Context) error {
		_, err := c.iam.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: &name})
		return err
	})
	for _, arn := range p.ManagedPolicyArns {
		if err := c.attachToRole(ctx, name, arn); err != nil {
			return nil, err
		}
	}
	for _, inline := range p.Policies {
		text, err := textOf(inline.PolicyDocument)
		if err == nil {
			err = c.putRolePolicy(ctx, name, inline.PolicyName, text)
		}
		if err != nil {
			return nil, err
		}
	}
	return made(name, map[string]string{"Arn": *out.Role.Arn, "RoleId": *out.Role.RoleId})
}
