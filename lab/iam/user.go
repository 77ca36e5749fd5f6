package iam

import (
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

type user struct {
	arn, name, id, path string
	created             time.Time
	policies            inline
}

func (u *user) describe() *types.User {
	return &types.User{Arn: &u.arn, UserName: &u.name, UserId: &u.id, Path: &u.path, CreateDate: second(u.created)}
}

func (s *Service) createUser(c *world.Call, in *iam.CreateUserInput) (*iam.CreateUserOutput, error) {
	if in.PermissionsBoundary != nil || len(in.Tags) > 0 {
		return nil, world.Unimplemented("permissions boundaries and tags of users")
	}
	u := &user{name: *in.UserName, path: pathOr(in.Path), created: c.Time, policies: inline{}}
	u.arn = arn(c.Account(), "user", u.path, u.name)
	if err := authorize(c, u.arn); err != nil {
		return nil, err
	}
	users := s.of(c.Account()).users
	if _, taken := find(users, u.name); taken {
		return nil, exists("User with name " + u.name + " already exists.")
	}
	u.id = s.world.Text("user", "AIDA", 17)
	s.own(c.Account()).users[u.name] = u
	return &iam.CreateUserOutput{User: u.describe()}, nil
}

// user authorizes an operation on an existing user of the caller's account. No
// name means the caller (API reference, GetUser and the access key
// operations).
func (s *Service) user(c *world.Call, name *string) (*user, error) {
	n := nameIn(c.Caller.ARN())
	if name != nil {
		n = *name
	} else if c.Caller.Principal.Kind() != keypolicy.User {
		return nil, world.Unimplemented(c.Operation + " without a user's name for a caller that is no user")
	}
	u := s.of(c.Account()).users[n]
	resource := arn(c.Account(), "user", "/", n)
	if u != nil {
		resource = u.arn
	}
	if err := authorize(c, resource); err != nil {
		return nil, err
	}
	if u == nil {
		return nil, noSuch("The user with name " + n + " cannot be found.")
	}
	return u, nil
}

func (s *Service) getUser(c *world.Call, in *iam.GetUserInput) (*iam.GetUserOutput, error) {
	u, err := s.user(c, in.UserName)
	if err != nil {
		return nil, err
	}
	return &iam.GetUserOutput{User: u.describe()}, nil
}

func (s *Service) deleteUser(c *world.Call, in *iam.DeleteUserInput) (*iam.DeleteUserOutput, error) {
	u, err := s.user(c, in.UserName)
	if err != nil {
		return nil, err
	}
	if len(u.policies) > 0 {
		return nil, conflict("Cannot delete entity, must delete policies first.")
	}
	if len(s.keysOf(u)) > 0 {
		return nil, conflict("Cannot delete entity, must delete access keys first.")
	}
	delete(s.of(c.Account()).users, u.name)
	return &iam.DeleteUserOutput{}, nil
}

func (s *Service) putUserPolicy(c *world.Call, in *iam.PutUserPolicyInput) (*iam.PutUserPolicyOutput, error) {
	u, err := s.user(c, in.UserName)
	if err != nil {
		return nil, err
	}
	return &iam.PutUserPolicyOutput{}, u.policies.put(*in.PolicyName, *in.PolicyDocument, "user "+u.name, userPolicyLimit)
}

func (s *Service) getUserPolicy(c *world.Call, in *iam.GetUserPolicyInput) (*iam.GetUserPolicyOutput, error) {
	u, err := s.user(c, in.UserName)
	if err != nil {
		return nil, err
	}
	p, err := u.policies.get("user", *in.PolicyName)
	return &iam.GetUserPolicyOutput{UserName: &u.name, PolicyName: in.PolicyName, PolicyDocument: new(encoded(p.Text))}, err
}

func (s *Service) deleteUserPolicy(c *world.Call, in *iam.DeleteUserPolicyInput) (*iam.DeleteUserPolicyOutput, error) {
	u, err := s.user(c, in.UserName)
	if err != nil {
		return nil, err
	}
	_, err = u.policies.get("user", *in.PolicyName)
	delete(u.policies, *in.PolicyName)
	return &iam.DeleteUserPolicyOutput{}, err
}

func (s *Service) listUserPolicies(c *world.Call, in *iam.ListUserPoliciesInput) (*iam.ListUserPoliciesOutput, error) {
	u, err := s.user(c, in.UserName)
	if err != nil {
		return nil, err
	}
	some, next, err := page(c, slices.Sorted(maps.Keys(u.policies)), func(n string) string { return n }, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	return &iam.ListUserPoliciesOutput{PolicyNames: some, Marker: next, IsTruncated: next != nil}, nil
}
