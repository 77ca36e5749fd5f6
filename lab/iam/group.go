package iam

import (
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"rekey/lab/world"
)

// group is users who have its policies. It is no principal, and has neither a
// permissions boundary nor tags.
type group struct {
	entity
	users map[string]*user // by name
}

// groupsPerUser is IAM's quota ("IAM and AWS STS quotas").
const groupsPerUser = 10

func (g *group) describe() *types.Group {
	return &types.Group{Arn: &g.ARN, GroupName: &g.Name, GroupId: &g.ID, Path: &g.path, CreateDate: second(g.created)}
}

// groupsOf gives the groups that a user is in, by name.
func (a *account) groupsOf(u *user) []*group {
	var in []*group
	for _, g := range world.Sorted(a.groups) {
		if g.users[u.Name] == u {
			in = append(in, g)
		}
	}
	return in
}

// group authorizes an operation on an existing group of the caller's account.
func (s *Service) group(c *world.Call, name string, more map[string][]string) (*group, error) {
	g := s.of(c.Account()).groups[name]
	var e *entity
	if g != nil {
		e = &g.entity
	}
	if err := authorize(c, e.target(c.Account(), groupKind, name), more); err != nil {
		return nil, err
	}
	if g == nil {
		return nil, groupKind.missing(name)
	}
	return g, nil
}

func (s *Service) createGroup(c *world.Call, in *iam.CreateGroupInput) (*iam.CreateGroupOutput, error) {
	g := &group{entity: newEntity(c, groupKind, *in.GroupName, in.Path), users: map[string]*user{}}
	if err := authorize(c, target{arn: g.ARN}, nil); err != nil {
		return nil, err
	}
	if _, taken := find(s.of(c.Account()).groups, g.Name); taken {
		return nil, groupKind.taken(g.Name)
	}
	g.identify(s)
	s.own(c.Account()).groups[g.Name] = g
	return &iam.CreateGroupOutput{Group: g.describe()}, nil
}

func (s *Service) getGroup(c *world.Call, in *iam.GetGroupInput) (*iam.GetGroupOutput, error) {
	g, err := s.group(c, *in.GroupName, nil)
	if err != nil {
		return nil, err
	}
	some, next, err := page(c, world.Sorted(g.users), func(u *user) string { return u.Name }, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &iam.GetGroupOutput{Group: g.describe(), Users: []types.User{}, Marker: next, IsTruncated: next != nil}
	for _, u := range some {
		out.Users = append(out.Users, *u.describe())
	}
	return out, nil
}

func (s *Service) deleteGroup(c *world.Call, in *iam.DeleteGroupInput) (*iam.DeleteGroupOutput, error) {
	g, err := s.group(c, *in.GroupName, nil)
	if err != nil {
		return nil, err
	}
	if len(g.users) > 0 {
		return nil, conflict("Cannot delete entity, must remove users from group first.") // reported wording
	}
	if err := g.bare(); err != nil {
		return nil, err
	}
	delete(s.of(c.Account()).groups, g.Name)
	return &iam.DeleteGroupOutput{}, nil
}

func (s *Service) listGroups(c *world.Call, in *iam.ListGroupsInput) (*iam.ListGroupsOutput, error) {
	if err := authorize(c, target{arn: arn(c.Account(), "group", pathOr(in.PathPrefix), "")}, nil); err != nil {
		return nil, err
	}
	all := under(s.of(c.Account()).groups, in.PathPrefix, func(g *group) string { return g.path })
	some, next, err := describeGroups(c, all, in.Marker, in.MaxItems)
	return &iam.ListGroupsOutput{Groups: some, Marker: next, IsTruncated: next != nil}, err
}

func describeGroups(c *world.Call, all []*group, marker *string, limit *int32) ([]types.Group, *string, error) {
	some, next, err := page(c, all, func(g *group) string { return g.Name }, marker, limit)
	out := make([]types.Group, len(some))
	for i, g := range some {
		out[i] = *g.describe()
	}
	return out, next, err
}

func (s *Service) listGroupsForUser(c *world.Call, in *iam.ListGroupsForUserInput) (*iam.ListGroupsForUserOutput, error) {
	u, err := s.user(c, in.UserName, nil)
	if err != nil {
		return nil, err
	}
	some, next, err := describeGroups(c, s.of(c.Account()).groupsOf(u), in.Marker, in.MaxItems)
	return &iam.ListGroupsForUserOutput{Groups: some, Marker: next, IsTruncated: next != nil}, err
}

// addUserToGroup asks for a permission on the group alone (Service Authorization
// Reference). A user who is in it already stays so.
func (s *Service) addUserToGroup(c *world.Call, in *iam.AddUserToGroupInput) (*iam.AddUserToGroupOutput, error) {
	g, err := s.group(c, *in.GroupName, nil)
	if err != nil {
		return nil, err
	}
	a := s.of(c.Account())
	u := a.users[*in.UserName]
	switch {
	case u == nil:
		return nil, userKind.missing(*in.UserName)
	case g.users[u.Name] == nil && len(a.groupsOf(u)) >= groupsPerUser:
		return nil, limitExceeded("Cannot exceed quota for GroupsPerUser: 10") // assumed wording, like the other quotas
	}
	g.users[u.Name] = u
	return &iam.AddUserToGroupOutput{}, nil
}

// removeUserFromGroup: that a user who is not in the group is no error is
// assumed.
func (s *Service) removeUserFromGroup(c *world.Call, in *iam.RemoveUserFromGroupInput) (*iam.RemoveUserFromGroupOutput, error) {
	g, err := s.group(c, *in.GroupName, nil)
	if err != nil {
		return nil, err
	}
	if s.of(c.Account()).users[*in.UserName] == nil {
		return nil, userKind.missing(*in.UserName)
	}
	delete(g.users, *in.UserName)
	return &iam.RemoveUserFromGroupOutput{}, nil
}

func (s *Service) putGroupPolicy(c *world.Call, in *iam.PutGroupPolicyInput) (*iam.PutGroupPolicyOutput, error) {
	g, err := s.group(c, *in.GroupName, nil)
	if err != nil {
		return nil, err
	}
	return &iam.PutGroupPolicyOutput{}, g.putInline(*in.PolicyName, *in.PolicyDocument)
}

func (s *Service) getGroupPolicy(c *world.Call, in *iam.GetGroupPolicyInput) (*iam.GetGroupPolicyOutput, error) {
	g, err := s.group(c, *in.GroupName, nil)
	if err != nil {
		return nil, err
	}
	p, err := g.getInline(*in.PolicyName)
	return &iam.GetGroupPolicyOutput{GroupName: &g.Name, PolicyName: in.PolicyName, PolicyDocument: new(encoded(p.Text))}, err
}

func (s *Service) deleteGroupPolicy(c *world.Call, in *iam.DeleteGroupPolicyInput) (*iam.DeleteGroupPolicyOutput, error) {
	g, err := s.group(c, *in.GroupName, nil)
	if err != nil {
		return nil, err
	}
	return &iam.DeleteGroupPolicyOutput{}, g.deleteInline(*in.PolicyName)
}

func (s *Service) listGroupPolicies(c *world.Call, in *iam.ListGroupPoliciesInput) (*iam.ListGroupPoliciesOutput, error) {
	g, err := s.group(c, *in.GroupName, nil)
	if err != nil {
		return nil, err
	}
	some, next, err := g.listInline(c, in.Marker, in.MaxItems)
	return &iam.ListGroupPoliciesOutput{PolicyNames: some, Marker: next, IsTruncated: next != nil}, err
}
