package cloudformation

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/iam"
)

type iamManagedPolicyProperties struct {
	Description       *string
	Groups            []string
	ManagedPolicyName *string
	Path              *string
	PolicyDocument    document
	Roles             []string
	Users             []string
}

// iamManagedPolicy is AWS::IAM::ManagedPolicy: Ref is its ARN.
var iamManagedPolicy = define(createManagedPolicy, "PolicyArn", "PolicyId", "DefaultVersionId")

func createManagedPolicy(ctx context.Context, c *creation, p iamManagedPolicyProperties) (*resource, error) {
	text, err := textOf(p.PolicyDocument)
	if err != nil {
		return nil, err
	}
	name := c.named(p.ManagedPolicyName, 128)
	out, err := c.iam.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: &name, PolicyDocument: text, Description: p.Description, Path: p.Path})
	if err != nil {
		return nil, err
	}
	arn := *out.Policy.Arn
	c.undone(func(ctx context.Context) error {
		_, err := c.iam.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: &arn})
		return err
	})
	for _, to := range []struct {
		names  []string
		attach func(ctx context.Context, name, arn string) error
	}{{p.Groups, c.attachToGroup}, {p.Roles, c.attachToRole}, {p.Users, c.attachToUser}} {
		for _, name := range to.names {
			if err := to.attach(ctx, name, arn); err != nil {
				return nil, err
			}
		}
	}
	return made(arn, map[string]string{"PolicyArn": arn, "PolicyId": *out.Policy.PolicyId, "DefaultVersionId": *out.Policy.DefaultVersionId})
}

func (c *creation) attachToRole(ctx context.Context, role, arn string) error {
	if _, err := c.iam.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: &role, PolicyArn: &arn}); err != nil {
		return err
	}
	c.undone(func(ctx context.Context) error {
		_, err := c.iam.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: &role, PolicyArn: &arn})
		return err
	})
	return nil
}

func (c *creation) attachToUser(ctx context.Context, user, arn string) error {
	if _, err := c.iam.AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{UserName: &user, PolicyArn: &arn}); err != nil {
		return err
	}
	c.undone(func(ctx context.Context) error {
		_, err := c.iam.DetachUserPolicy(ctx, &iam.DetachUserPolicyInput{UserName: &user, PolicyArn: &arn})
		return err
	})
	return nil
}

func (c *creation) attachToGroup(ctx context.Context, group, arn string) error {
	if _, err := c.iam.AttachGroupPolicy(ctx, &iam.AttachGroupPolicyInput{GroupName: &group, PolicyArn: &arn}); err != nil {
		return err
	}
	c.undone(func(ctx context.Context) error {
		_, err := c.iam.DetachGroupPolicy(ctx, &iam.DetachGroupPolicyInput{GroupName: &group, PolicyArn: &arn})
		return err
	})
	return nil
}
