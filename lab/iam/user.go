package iam

import (
	"maps"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

type user struct{ entity }

// describe is a user as it is listed: without tags and boundary, which GetUser
// and CreateUser give (API reference, ListUsers).
func (u *user) describe() *types.User {
	return &types.User{Arn: &u.ARN, UserName: &u.Name, UserId: &u.ID, Path: &u.path, CreateDate: second(u.created)}
}

func (u *user) describeWhole() *types.User {
	out := u.describe()
	out.Tags, out.PermissionsBoundary = u.tags.list(), u.describeBoundary()
	return out
}

func (s *Service) createUser(c *world.Call, in *iam.CreateUserInput) (*iam.CreateUserOutput, error) {
	u := &user{newEntity(c, userKind, *in.UserName, in.Path)}
	keys := boundaryKey(in.PermissionsBoundary)
	maps.Copy(keys, requested(in.Tags))
	if err := authorize(c, target{arn: u.ARN}, keys); err != nil {
		return nil, err
	}
	if err := s.complete(c, &u.entity, in.PermissionsBoundary, in.Tags); err != nil {
		return nil, err
	}
	if _, taken := find(s.of(c.Account()).users, u.Name); taken {
		return nil, userKind.taken(u.Name)
	}
	u.identify(s)
	s.own(c.Account()).users[u.Name] = u
	return &iam.CreateUserOutput{User: u.describeWhole()}, nil
}

// complete gives a new user or role its boundary and its tags. Who makes one with
// tags needs the permission to tag it too (IAM User Guide, "Tags for IAM
// resources", for users and roles).
func (s *Service) complete(c *world.Call, e *entity, boundary *string, more []types.Tag) (err error) {
	if len(more) > 0 {
		tagging := *c
		tagging.Operation = "Tag" + e.kind.title
		if err := authorize(&tagging, target{arn: e.ARN}, requested(more)); err != nil {
			return err
		}
	}
	if e.boundary, err = s.bounding(c, boundary); err != nil {
		return err
	}
	return e.tag(more)
}

// user authorizes an operation on an existing user of the caller's account. No
// name means the caller (API reference, GetUser and the access key
// operations).
func (s *Service) user(c *world.Call, name *string, more map[string][]string) (*user, error) {
	n := nameIn(c.Caller.ARN())
	switch kind := c.Caller.Principal.Kind(); {
	case name != nil:
		n = *name
	case kind == keypolicy.Session:
		return nil, invalid("Must specify userName when calling with non-User credentials") // reported wording
	case kind != keypolicy.User:
		return nil, world.Unimplemented(c.Operation + " without a user's name for a caller that is no user")
	}
	u := s.of(c.Account()).users[n]
	var e *entity
	if u != nil {
		e = &u.entity
	}
	if err := authorize(c, e.target(c.Account(), userKind, n), more); err != nil {
		return nil, err
	}
	if u == nil {
		return nil, userKind.missing(n)
	}
	return u, nil
}

func (s *Service) getUser(c *world.Call, in *iam.GetUserInput) (*iam.GetUserOutput, error) {
	u, err := s.user(c, in.UserName, nil)
	if err != nil {
		return nil, err
	}
	return &iam.GetUserOutput{User: u.describeWhole()}, nil
}

func (s *Service) deleteUser(c *world.Call, in *iam.DeleteUserInput) (*iam.DeleteUserOutput, error) {
	u, err := s.user(c, in.UserName, nil)
	if err != nil {
		return nil, err
	}
	a := s.of(c.Account())
	if err := u.bare(); err != nil {
		return nil, err
	}
	switch {
	case len(s.keysOf(u)) > 0:
		return nil, conflict("Cannot delete entity, must delete access keys first.")
	case len(a.groupsOf(u)) > 0:
		return nil, conflict("Cannot delete entity, must remove users from group first.")
	}
	delete(a.users, u.Name)
	return &iam.DeleteUserOutput{}, nil
}

func (s *Service) listUsers(c *world.Call, in *iam.ListUsersInput) (*iam.ListUsersOutput, error) {
	if err := authorize(c, target{arn: arn(c.Account(), "user", pathOr(in.PathPrefix), "")}, nil); err != nil {
		return nil, err
	}
	all := under(s.of(c.Account()).users, in.PathPrefix, func(u *user) string { return u.path })
	some, next, err := page(c, all, func(u *user) string { return u.Name }, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &iam.ListUsersOutput{Users: []types.User{}, Marker: next, IsTruncated: next != nil}
	for _, u := range some {
		out.Users = append(out.Users, *u.describe())
	}
	return out, nil
}

func (s *Service) putUserPolicy(c *world.Call, in *iam.PutUserPolicyInput) (*iam.PutUserPolicyOutput, error) {
	u, err := s.user(c, in.UserName, nil)
	if err != nil {
		return nil, err
	}
	return &iam.PutUserPolicyOutput{}, u.putInline(*in.PolicyName, *in.PolicyDocument)
}

func (s *Service) getUserPolicy(c *world.Call, in *iam.GetUserPolicyInput) (*iam.GetUserPolicyOutput, error) {
	u, err := s.user(c, in.UserName, nil)
	if err != nil {
		return nil, err
	}
	p, err := u.getInline(*in.PolicyName)
	return &iam.GetUserPolicyOutput{UserName: &u.Name, PolicyName: in.PolicyName, PolicyDocument: new(encoded(p.Text))}, err
}

func (s *Service) deleteUserPolicy(c *world.Call, in *iam.DeleteUserPolicyInput) (*iam.DeleteUserPolicyOutput, error) {
	u, err := s.user(c, in.UserName, nil)
	if err != nil {
		return nil, err
	}
	return &iam.DeleteUserPolicyOutput{}, u.deleteInline(*in.PolicyName)
}

func (s *Service) listUserPolicies(c *world.Call, in *iam.ListUserPoliciesInput) (*iam.ListUserPoliciesOutput, error) {
	u, err := s.user(c, in.UserName, nil)
	if err != nil {
		return nil, err
	}
	some, next, err := u.listInline(c, in.Marker, in.MaxItems)
	return &iam.ListUserPoliciesOutput{PolicyNames: some, Marker: next, IsTruncated: next != nil}, err
}
