package cloudformation

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/iam"
)

type iamInstanceProfileProperties struct {
	InstanceProfileName *string
	Path                *string
	Roles               []string
}

// iamInstanceProfile is AWS::IAM::InstanceProfile: Ref is its name.
var iamInstanceProfile = define(createInstanceProfile, "Arn", "InstanceProfileId")

func createInstanceProfile(ctx context.Context, c *creation, p iamInstanceProfileProperties) (*resource, error) {
	name := c.named(p.InstanceProfileName, 128)
	out, err := c.iam.CreateInstanceProfile(ctx, &iam.CreateInstanceProfileInput{InstanceProfileName: &name, Path: p.Path})
	if err != nil {
		return nil, err
	}
	c.undone(func(ctx context.Context) error {
		_, err := c.iam.DeleteInstanceProfile(ctx, &iam.DeleteInstanceProfileInput{InstanceProfileName: &name})
		return err
	})
	for _, role := range p.Roles {
		if _, err := c.iam.AddRoleToInstanceProfile(ctx, &iam.AddRoleToInstanceProfileInput{InstanceProfileName: &name, RoleName: &role}); err != nil {
			return nil, err
		}
		c.undone(func(ctx context.Context) error {
			_, err := c.iam.RemoveRoleFromInstanceProfile(ctx, &iam.RemoveRoleFromInstanceProfileInput{InstanceProfileName: &name, RoleName: &role})
			return err
		})
	}
	return made(name, map[string]string{"Arn": *out.InstanceProfile.Arn, "InstanceProfileId": *out.InstanceProfile.InstanceProfileId})
}
