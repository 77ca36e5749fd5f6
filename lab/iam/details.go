package iam

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"rekey/lab/world"
)

// detail is one user, group, role or policy of an account, and how it is told of
// among the others.
type detail struct {
	arn  string
	tell func(*iam.GetAccountAuthorizationDetailsOutput)
}

// getAccountAuthorizationDetails lists all that there is in an account, or what
// of it the filter names. The pages go through one list: that users come first,
// then groups, roles and policies, is assumed.
func (s *Service) getAccountAuthorizationDetails(c *world.Call, in *iam.GetAccountAuthorizationDetailsInput) (*iam.GetAccountAuthorizationDetailsOutput, error) {
	if err := authorize(c, target{arn: "*"}, nil); err != nil {
		return nil, err
	}
	some, next, err := page(c, s.details(c, in.Filter), func(d detail) string { return d.arn }, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &iam.GetAccountAuthorizationDetailsOutput{
		UserDetailList: []types.UserDetail{}, GroupDetailList: []types.GroupDetail{}, RoleDetailList: []types.RoleDetail{},
		Policies: []types.ManagedPolicyDetail{}, Marker: next, IsTruncated: next != nil,
	}
	for _, d := range some {
		d.tell(out)
	}
	return out, nil
}

// details are the kinds that a filter names, all without one.
func (s *Service) details(c *world.Call, filter []types.EntityType) (all []detail) {
	a := s.of(c.Account())
	asked := func(k types.EntityType) bool { return len(filter) == 0 || slices.Contains(filter, k) }
	if asked(types.EntityTypeUser) {
		for _, u := range world.Sorted(a.users) {
			all = append(all, detail{u.ARN, func(out *iam.GetAccountAuthorizationDetailsOutput) {
				out.UserDetailList = append(out.UserDetailList, u.detail(a))
			}})
		}
	}
	if asked(types.EntityTypeGroup) {
		for _, g := range world.Sorted(a.groups) {
			all = append(all, detail{g.ARN, func(out *iam.GetAccountAuthorizationDetailsOutput) {
				out.GroupDetailList = append(out.GroupDetailList, g.detail())
			}})
		}
	}
	if asked(types.EntityTypeRole) {
		for _, r := range world.Sorted(a.roles) {
			all = append(all, detail{r.ARN, func(out *iam.GetAccountAuthorizationDetailsOutput) {
				out.RoleDetailList = append(out.RoleDetailList, r.detail(a))
			}})
		}
	}
	var policies []*managed
	if asked(types.EntityTypeLocalManagedPolicy) {
		policies = world.Sorted(a.policies)
	}
	if asked(types.EntityTypeAWSManagedPolicy) {
		policies = append(policies, a.usedOfAWS()...)
	}
	for _, m := range policies {
		all = append(all, detail{m.arn, func(out *iam.GetAccountAuthorizationDetailsOutput) {
			out.Policies = append(out.Policies, s.detail(c, m))
		}})
	}
	return all
}

// usedOfAWS are the policies that AWS manages and the account uses, as a policy
// or as a boundary. That the others are left out is assumed.
func (a *account) usedOfAWS() []*managed {
	used := map[string]*managed{}
	for _, e := range a.entities() {
		for arn, m := range e.attached {
			if m.aws() {
				used[arn] = m
			}
		}
		if e.boundary != nil && e.boundary.aws() {
			used[e.boundary.arn] = e.boundary
		}
	}
	return world.Sorted(used)
}

func (u *user) detail(a *account) types.UserDetail {
	groups := []string{}
	for _, g := range a.groupsOf(u) {
		groups = append(groups, g.Name)
	}
	return types.UserDetail{
		Arn: &u.ARN, UserName: &u.Name, UserId: &u.ID, Path: &u.path, CreateDate: second(u.created), GroupList: groups,
		UserPolicyList: u.inlineDetails(), AttachedManagedPolicies: u.attachedPolicies(nil), PermissionsBoundary: u.describeBoundary(), Tags: u.tags.list(),
	}
}

func (g *group) detail() types.GroupDetail {
	return types.GroupDetail{
		Arn: &g.ARN, GroupName: &g.Name, GroupId: &g.ID, Path: &g.path, CreateDate: second(g.created),
		GroupPolicyList: g.inlineDetails(), AttachedManagedPolicies: g.attachedPolicies(nil),
	}
}

func (r *Role) detail(a *account) types.RoleDetail {
	profiles := []types.InstanceProfile{}
	for _, p := range a.profilesOf(r) {
		profiles = append(profiles, *p.describe())
	}
	return types.RoleDetail{
		Arn: &r.ARN, RoleName: &r.Name, RoleId: &r.ID, Path: &r.path, CreateDate: second(r.created),
		AssumeRolePolicyDocument: new(encoded(r.Trust.Text)), InstanceProfileList: profiles,
		RolePolicyList: r.inlineDetails(), AttachedManagedPolicies: r.attachedPolicies(nil), PermissionsBoundary: r.describeBoundary(), Tags: r.tags.list(),
		RoleLastUsed: &types.RoleLastUsed{}, // as of a role that was never used: it is not kept
	}
}

// inlineDetails are the inline policies with their documents.
func (e *entity) inlineDetails() []types.PolicyDetail {
	out := []types.PolicyDetail{}
	for _, name := range e.policies.names() {
		out = append(out, types.PolicyDetail{PolicyName: &name, PolicyDocument: new(encoded(e.policies[name].Text))})
	}
	return out
}

// detail is a managed policy with the documents of all its versions, the newest
// first, as in the listing of versions.
func (s *Service) detail(c *world.Call, m *managed) types.ManagedPolicyDetail {
	p := s.describePolicy(c, m)
	out := types.ManagedPolicyDetail{
		Arn: p.Arn, PolicyName: p.PolicyName, PolicyId: p.PolicyId, Path: p.Path, DefaultVersionId: p.DefaultVersionId,
		CreateDate: p.CreateDate, UpdateDate: p.UpdateDate, IsAttachable: p.IsAttachable,
		AttachmentCount: p.AttachmentCount, PermissionsBoundaryUsageCount: p.PermissionsBoundaryUsageCount,
	}
	if m.description != "" {
		out.Description = &m.description
	}
	for _, v := range slices.Backward(m.versions) {
		out.PolicyVersionList = append(out.PolicyVersionList, *m.describeWhole(v))
	}
	return out
}
