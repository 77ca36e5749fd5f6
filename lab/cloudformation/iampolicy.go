package cloudformation

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/iam"
)

type iamPolicyProperties struct {
	Groups         []string
	PolicyDocument document
	PolicyName     string
	Roles          []string
	Users          []string
}

// iamPolicy is AWS::IAM::Policy, an inline policy of roles, users and groups.
// That its Ref and Id have the form of a generated name is assumed.
var iamPolicy = define(createInlinePolicy, "Id")

func createInlinePolicy(ctx context.Context, c *creation, p iamPolicyProperties) (*resource, error) {
	if len(p.Groups)+len(p.Roles)+len(p.Users) == 0 { // reported wording, in aws-cdk
		return nil, templateError("At least one of [Groups,Roles,Users] must be non-empty.")
	}
	text, err := textOf(p.PolicyDocument)
	if err != nil {
		return nil, err
	}
	for _, to := range []struct {
		names []string
		put   func(ctx context.Context, name, policy string, text *string) error
	}{{p.Groups, c.putGroupPolicy}, {p.Roles, c.putRolePolicy}, {p.Users, c.putUserPolicy}} {
		for _, name := range to.names {
			if err := to.put(ctx, name, p.PolicyName, text); err != nil {
				return nil, err
			}
		}
	}
	id := c.name(128)
	return made(id, map[string]string{"Id": id})
}

func (c *creation) putRolePolicy(ctx context.Context, role, name string, text *string) error {
	if _, err := c.iam.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: &role, PolicyName: &name, PolicyDocument: text}); err != nil {
		return err
	}
	c.undone(func(ctx context.Context) error {
		_, err := c.iam.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: &role, PolicyName: &name})
		return err
	})
	return nil
}

func (c *creation) putUserPolicy(ctx context.Context, user, name string, text *string) error {
	if _, err := c.iam.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: &user, PolicyName: &name, PolicyDocument: text}); err != nil {
		return err
	}
	c.undone(func(ctx context.Context) error {
		_, err := c.iam.DeleteUserPolicy(ctx, &iam.DeleteUserPolicyInput{UserName: &user, PolicyName: &name})
		return err
	})
	return nil
}

func (c *creation) putGroupPolicy(ctx context.Context, group, name string, text *string) error {
	if _, err := c.iam.PutGroupPolicy(ctx, &iam.PutGroupPolicyInput{GroupName: &group, PolicyName: &name, PolicyDocument: text}); err != nil {
		return err
	}
	c.undone(func(ctx context.Context) error {
		_, err := c.iam.DeleteGroupPolicy(ctx, &iam.DeleteGroupPolicyInput{GroupName: &group, PolicyName: &name})
		return err
	})
	return nil
}
