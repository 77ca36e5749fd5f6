package iam

import (
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"rekey/lab/world"
)

// uses gives the entities of an account that a policy is attached to, and those
// whose boundary it is.
func (a *account) uses(m *managed) (attached, bounding []*entity) {
	for _, e := range a.entities() {
		if e.attached[m.arn] == m {
			attached = append(attached, e)
		}
		if e.boundary == m {
			bounding = append(bounding, e)
		}
	}
	return attached, bounding
}

func (a *account) entities() []*entity {
	var all []*entity
	for _, g := range world.Sorted(a.groups) {
		all = append(all, &g.entity)
	}
	for _, u := range world.Sorted(a.users) {
		all = append(all, &u.entity)
	}
	for _, r := range world.Sorted(a.roles) {
		all = append(all, &r.entity)
	}
	return all
}

// policyKey is the condition key of a request that attaches or detaches.
func policyKey(arn *string) map[string][]string {
	return map[string][]string{"iam:PolicyARN": {*arn}}
}

// attach attaches a managed policy; one that is attached already stays so.
func (s *Service) attach(c *world.Call, e *entity, arn string) error {
	m, err := s.managed(c.Account(), arn)
	switch {
	case missing(err):
		return noSuch("Policy " + arn + " does not exist or is not attachable.") // recorded wording
	case err != nil:
		return err
	case e.attached[arn] == nil && len(e.attached) >= attachedLimit:
		return limitExceeded(fmt.Sprintf("Cannot exceed quota for %s: %d", e.kind.quota, attachedLimit)) // reported wording
	}
	e.attached[arn] = m
	return nil
}

// detach takes a managed policy away. The wording is assumed.
func (s *Service) detach(c *world.Call, e *entity, arn string) error {
	if _, err := s.managed(c.Account(), arn); err != nil {
		return err
	}
	if e.attached[arn] == nil {
		return noSuch("Policy " + arn + " was not found.")
	}
	delete(e.attached, arn)
	return nil
}

func (e *entity) listAttached(c *world.Call, prefix, marker *string, limit *int32) ([]types.AttachedPolicy, *string, error) {
	return page(c, e.attachedPolicies(prefix), func(p types.AttachedPolicy) string { return *p.PolicyArn }, marker, limit)
}

// attachedPolicies are the managed ones under a path.
func (e *entity) attachedPolicies(prefix *string) []types.AttachedPolicy {
	out := []types.AttachedPolicy{}
	for _, m := range under(e.attached, prefix, func(m *managed) string { return m.path }) {
		out = append(out, types.AttachedPolicy{PolicyArn: &m.arn, PolicyName: &m.name})
	}
	return out
}

func (s *Service) attachGroupPolicy(c *world.Call, in *iam.AttachGroupPolicyInput) (*iam.AttachGroupPolicyOutput, error) {
	g, err := s.group(c, *in.GroupName, policyKey(in.PolicyArn))
	if err != nil {
		return nil, err
	}
	return &iam.AttachGroupPolicyOutput{}, s.attach(c, &g.entity, *in.PolicyArn)
}

func (s *Service) attachRolePolicy(c *world.Call, in *iam.AttachRolePolicyInput) (*iam.AttachRolePolicyOutput, error) {
	r, err := s.role(c, *in.RoleName, policyKey(in.PolicyArn))
	if err != nil {
		return nil, err
	}
	return &iam.AttachRolePolicyOutput{}, s.attach(c, &r.entity, *in.PolicyArn)
}

func (s *Service) attachUserPolicy(c *world.Call, in *iam.AttachUserPolicyInput) (*iam.AttachUserPolicyOutput, error) {
	u, err := s.user(c, in.UserName, policyKey(in.PolicyArn))
	if err != nil {
		return nil, err
	}
	return &iam.AttachUserPolicyOutput{}, s.attach(c, &u.entity, *in.PolicyArn)
}

func (s *Service) detachGroupPolicy(c *world.Call, in *iam.DetachGroupPolicyInput) (*iam.DetachGroupPolicyOutput, error) {
	g, err := s.group(c, *in.GroupName, policyKey(in.PolicyArn))
	if err != nil {
		return nil, err
	}
	return &iam.DetachGroupPolicyOutput{}, s.detach(c, &g.entity, *in.PolicyArn)
}

func (s *Service) detachRolePolicy(c *world.Call, in *iam.DetachRolePolicyInput) (*iam.DetachRolePolicyOutput, error) {
	r, err := s.role(c, *in.RoleName, policyKey(in.PolicyArn))
	if err != nil {
		return nil, err
	}
	return &iam.DetachRolePolicyOutput{}, s.detach(c, &r.entity, *in.PolicyArn)
}

func (s *Service) detachUserPolicy(c *world.Call, in *iam.DetachUserPolicyInput) (*iam.DetachUserPolicyOutput, error) {
	u, err := s.user(c, in.UserName, policyKey(in.PolicyArn))
	if err != nil {
		return nil, err
	}
	return &iam.DetachUserPolicyOutput{}, s.detach(c, &u.entity, *in.PolicyArn)
}

func (s *Service) listAttachedGroupPolicies(c *world.Call, in *iam.ListAttachedGroupPoliciesInput) (*iam.ListAttachedGroupPoliciesOutput, error) {
	g, err := s.group(c, *in.GroupName, nil)
	if err != nil {
		return nil, err
	}
	some, next, err := g.listAttached(c, in.PathPrefix, in.Marker, in.MaxItems)
	return &iam.ListAttachedGroupPoliciesOutput{AttachedPolicies: some, Marker: next, IsTruncated: next != nil}, err
}

func (s *Service) listAttachedRolePolicies(c *world.Call, in *iam.ListAttachedRolePoliciesInput) (*iam.ListAttachedRolePoliciesOutput, error) {
	r, err := s.role(c, *in.RoleName, nil)
	if err != nil {
		return nil, err
	}
	some, next, err := r.listAttached(c, in.PathPrefix, in.Marker, in.MaxItems)
	return &iam.ListAttachedRolePoliciesOutput{AttachedPolicies: some, Marker: next, IsTruncated: next != nil}, err
}

func (s *Service) listAttachedUserPolicies(c *world.Call, in *iam.ListAttachedUserPoliciesInput) (*iam.ListAttachedUserPoliciesOutput, error) {
	u, err := s.user(c, in.UserName, nil)
	if err != nil {
		return nil, err
	}
	some, next, err := u.listAttached(c, in.PathPrefix, in.Marker, in.MaxItems)
	return &iam.ListAttachedUserPoliciesOutput{AttachedPolicies: some, Marker: next, IsTruncated: next != nil}, err
}

func (s *Service) listEntitiesForPolicy(c *world.Call, in *iam.ListEntitiesForPolicyInput) (*iam.ListEntitiesForPolicyOutput, error) {
	m, err := s.policy(c, *in.PolicyArn)
	if err != nil {
		return nil, err
	}
	if k := in.EntityFilter; k != "" && k != types.EntityTypeUser && k != types.EntityTypeGroup && k != types.EntityTypeRole {
		return nil, world.Unimplemented("ListEntitiesForPolicy with the filter " + string(k))
	}
	attached, bounding := s.of(c.Account()).uses(m)
	all := slices.Concat(attached, bounding)
	switch in.PolicyUsageFilter {
	case types.PolicyUsageTypePermissionsPolicy:
		all = attached
	case types.PolicyUsageTypePermissionsBoundary:
		all = bounding
	}
	wanted := map[string]*entity{}
	for _, e := range all {
		if hasPath(e.path, in.PathPrefix) && (in.EntityFilter == "" || string(in.EntityFilter) == e.kind.title) {
			wanted[e.ARN] = e
		}
	}
	some, next, err := page(c, world.Sorted(wanted), func(e *entity) string { return e.ARN }, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &iam.ListEntitiesForPolicyOutput{
		PolicyGroups: []types.PolicyGroup{}, PolicyRoles: []types.PolicyRole{}, PolicyUsers: []types.PolicyUser{}, Marker: next, IsTruncated: next != nil,
	}
	for _, e := range some {
		switch e.kind {
		case groupKind:
			out.PolicyGroups = append(out.PolicyGroups, types.PolicyGroup{GroupId: &e.ID, GroupName: &e.Name})
		case roleKind:
			out.PolicyRoles = append(out.PolicyRoles, types.PolicyRole{RoleId: &e.ID, RoleName: &e.Name})
		case userKind:
			out.PolicyUsers = append(out.PolicyUsers, types.PolicyUser{UserId: &e.ID, UserName: &e.Name})
		}
	}
	return out, nil
}
