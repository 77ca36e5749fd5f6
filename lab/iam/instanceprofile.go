package iam

import (
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/keyid"
)

// profile is an instance profile: what hands a role to an EC2 instance. It is no
// principal, and has neither policies nor a permissions boundary.
type profile struct {
	entity
	role *Role // one at most, or nil
}

// profileKind has no policies, so no quotas of them.
var profileKind = kind{name: "instance-profile", title: "Instance Profile", prefix: "AIPA"}

// profilesPerAccount is IAM's quota ("IAM and AWS STS quotas").
const profilesPerAccount = 1000

// describe is a profile as it is listed, without its tags (API reference,
// ListInstanceProfiles).
func (p *profile) describe() *types.InstanceProfile {
	out := &types.InstanceProfile{
		Arn: &p.ARN, InstanceProfileName: &p.Name, InstanceProfileId: &p.ID, Path: &p.path, CreateDate: second(p.created), Roles: []types.Role{},
	}
	if p.role != nil {
		out.Roles = append(out.Roles, *p.role.describe())
	}
	return out
}

func (p *profile) describeWhole() *types.InstanceProfile {
	out := p.describe()
	out.Tags = p.tags.list()
	return out
}

// profilesOf gives the instance profiles that have a role, by name.
func (a *account) profilesOf(r *Role) []*profile {
	var of []*profile
	for _, p := range world.Sorted(a.profiles) {
		if p.role == r {
			of = append(of, p)
		}
	}
	return of
}

// target is the profile as the policies are asked about it, nil for one that
// does not exist. How a refusal names it is reported.
func (p *profile) target(a keyid.Account, name string) target {
	var e *entity
	if p != nil {
		e = &p.entity
	}
	t := e.target(a, profileKind, name)
	t.shown = "instance profile " + name
	return t
}

// profile authorizes an operation on an existing instance profile of the
// caller's account (reported wording).
func (s *Service) profile(c *world.Call, name string, more map[string][]string) (*profile, error) {
	p := s.of(c.Account()).profiles[name]
	if err := authorize(c, p.target(c.Account(), name), more); err != nil {
		return nil, err
	}
	if p == nil {
		return nil, noSuch("Instance Profile " + name + " cannot be found.")
	}
	return p, nil
}

func (s *Service) createInstanceProfile(c *world.Call, in *iam.CreateInstanceProfileInput) (*iam.CreateInstanceProfileOutput, error) {
	p := &profile{entity: newEntity(c, profileKind, *in.InstanceProfileName, in.Path)}
	if err := authorize(c, target{arn: p.ARN}, requested(in.Tags)); err != nil {
		return nil, err
	}
	if err := p.tag(in.Tags); err != nil {
		return nil, err
	}
	have := s.of(c.Account()).profiles
	if _, taken := find(have, p.Name); taken {
		return nil, exists("Instance Profile " + p.Name + " already exists.") // reported wording
	}
	if len(have) >= profilesPerAccount {
		return nil, limitExceeded("Cannot exceed quota for InstanceProfilesPerAccount: " + strconv.Itoa(profilesPerAccount)) // reported wording
	}
	p.identify(s)
	s.own(c.Account()).profiles[p.Name] = p
	return &iam.CreateInstanceProfileOutput{InstanceProfile: p.describeWhole()}, nil
}

func (s *Service) getInstanceProfile(c *world.Call, in *iam.GetInstanceProfileInput) (*iam.GetInstanceProfileOutput, error) {
	p, err := s.profile(c, *in.InstanceProfileName, nil)
	if err != nil {
		return nil, err
	}
	return &iam.GetInstanceProfileOutput{InstanceProfile: p.describeWhole()}, nil
}

func (s *Service) deleteInstanceProfile(c *world.Call, in *iam.DeleteInstanceProfileInput) (*iam.DeleteInstanceProfileOutput, error) {
	p, err := s.profile(c, *in.InstanceProfileName, nil)
	if err != nil {
		return nil, err
	}
	if p.role != nil {
		return nil, inProfile()
	}
	delete(s.of(c.Account()).profiles, p.Name)
	return &iam.DeleteInstanceProfileOutput{}, nil
}

// inProfile refuses to delete a role or a profile that belong together (reported
// wording).
func inProfile() error {
	return conflict("Cannot delete entity, must remove roles from instance profile first.")
}

func (s *Service) listInstanceProfiles(c *world.Call, in *iam.ListInstanceProfilesInput) (*iam.ListInstanceProfilesOutput, error) {
	if err := authorize(c, target{arn: arn(c.Account(), profileKind.name, pathOr(in.PathPrefix), "")}, nil); err != nil {
		return nil, err
	}
	all := under(s.of(c.Account()).profiles, in.PathPrefix, func(p *profile) string { return p.path })
	some, next, err := describeProfiles(c, all, in.Marker, in.MaxItems)
	return &iam.ListInstanceProfilesOutput{InstanceProfiles: some, Marker: next, IsTruncated: next != nil}, err
}

// listInstanceProfilesForRole asks for a permission on the role (Service
// Authorization Reference).
func (s *Service) listInstanceProfilesForRole(c *world.Call, in *iam.ListInstanceProfilesForRoleInput) (*iam.ListInstanceProfilesForRoleOutput, error) {
	r, err := s.role(c, *in.RoleName, nil)
	if err != nil {
		return nil, err
	}
	some, next, err := describeProfiles(c, s.of(c.Account()).profilesOf(r), in.Marker, in.MaxItems)
	return &iam.ListInstanceProfilesForRoleOutput{InstanceProfiles: some, Marker: next, IsTruncated: next != nil}, err
}

func describeProfiles(c *world.Call, all []*profile, marker *string, limit *int32) ([]types.InstanceProfile, *string, error) {
	some, next, err := page(c, all, func(p *profile) string { return p.Name }, marker, limit)
	out := make([]types.InstanceProfile, len(some))
	for i, p := range some {
		out[i] = *p.describe()
	}
	return out, next, err
}

// addRoleToInstanceProfile needs iam:PassRole on the role too (API reference,
// AddRoleToInstanceProfile). One role is all that a profile can have, also where
// it is the same one again (reported, with the wording).
func (s *Service) addRoleToInstanceProfile(c *world.Call, in *iam.AddRoleToInstanceProfileInput) (*iam.AddRoleToInstanceProfileOutput, error) {
	p, err := s.profile(c, *in.InstanceProfileName, nil)
	if err != nil {
		return nil, err
	}
	r := s.of(c.Account()).roles[*in.RoleName]
	if r == nil {
		return nil, roleKind.missing(*in.RoleName)
	}
	if err := authorizePass(c, r); err != nil {
		return nil, err
	}
	if p.role != nil {
		return nil, limitExceeded("Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1")
	}
	p.role = r
	return &iam.AddRoleToInstanceProfileOutput{}, nil
}

// authorizePass asks whether the caller may hand a role to EC2. The instance is
// not known yet: "The ARN value must be arn:aws:ec2:*:CallerAccountId:instance/*"
// (API reference, AddRoleToInstanceProfile). That iam:PassedToService is there
// too is assumed.
func authorizePass(c *world.Call, r *Role) error {
	a := world.Access{
		Action: "iam:PassRole", Resource: r.ARN, ResourceAccount: c.Account(),
		Context: map[string][]string{
			"iam:PassedToService": {"ec2.amazonaws.com"}, "iam:AssociatedResourceArn": {"arn:aws:ec2:*:" + string(c.Account()) + ":instance/*"},
		},
	}
	for key, values := range r.target(c.Account(), roleKind, r.Name).keys {
		a.Context[key] = values
	}
	d, err := c.Decide(a)
	if err != nil || d.Effect == allowed {
		return err
	}
	return &wire.Error{Code: "AccessDenied", Status: 403, Message: c.Denial(a, d)}
}

// removeRoleFromInstanceProfile: how a role is refused that the profile does not
// have is assumed.
func (s *Service) removeRoleFromInstanceProfile(c *world.Call, in *iam.RemoveRoleFromInstanceProfileInput) (*iam.RemoveRoleFromInstanceProfileOutput, error) {
	p, err := s.profile(c, *in.InstanceProfileName, nil)
	if err != nil {
		return nil, err
	}
	if p.role == nil || p.role.Name != *in.RoleName {
		return nil, roleKind.missing(*in.RoleName)
	}
	p.role = nil
	return &iam.RemoveRoleFromInstanceProfileOutput{}, nil
}

func (s *Service) tagInstanceProfile(c *world.Call, in *iam.TagInstanceProfileInput) (*iam.TagInstanceProfileOutput, error) {
	p, err := s.profile(c, *in.InstanceProfileName, requested(in.Tags))
	if err != nil {
		return nil, err
	}
	return &iam.TagInstanceProfileOutput{}, p.tag(in.Tags)
}

func (s *Service) untagInstanceProfile(c *world.Call, in *iam.UntagInstanceProfileInput) (*iam.UntagInstanceProfileOutput, error) {
	p, err := s.profile(c, *in.InstanceProfileName, map[string][]string{"aws:TagKeys": in.TagKeys})
	if err != nil {
		return nil, err
	}
	p.untag(in.TagKeys)
	return &iam.UntagInstanceProfileOutput{}, nil
}

func (s *Service) listInstanceProfileTags(c *world.Call, in *iam.ListInstanceProfileTagsInput) (*iam.ListInstanceProfileTagsOutput, error) {
	p, err := s.profile(c, *in.InstanceProfileName, nil)
	if err != nil {
		return nil, err
	}
	some, next, err := p.listTags(c, in.Marker, in.MaxItems)
	return &iam.ListInstanceProfileTagsOutput{Tags: some, Marker: next, IsTruncated: next != nil}, err
}
