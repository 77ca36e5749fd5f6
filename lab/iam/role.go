package iam

import (
	"encoding/json"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

// Role is a role as STS needs to see it: with its ARN, its name, and its id
// (AROA…).
type Role struct {
	entity
	Trust      *world.Policy
	MaxSession time.Duration

	description string
}

// Tags gives the role's tags.
func (r *Role) Tags() map[string]string { return r.tags.values() }

// Role finds a role by its ARN, within the world's lock.
func (s *Service) Role(roleARN string) (Role, bool) {
	p, err := keypolicy.ParsePrincipal(roleARN)
	if err != nil || p.Kind() != keypolicy.Role {
		return Role{}, false
	}
	r := s.of(p.Account()).roles[nameIn(roleARN)]
	if r == nil || r.ARN != roleARN {
		return Role{}, false
	}
	return *r, true
}

// describe is a role as it is listed; describeWhole is what GetRole gives:
// listings have no tags, no boundary and no last use, and CreateRole not how long
// a session may last (recorded).
func (r *Role) describe() *types.Role {
	out := &types.Role{
		Arn: &r.ARN, RoleName: &r.Name, RoleId: &r.ID, Path: &r.path, CreateDate: second(r.created),
		AssumeRolePolicyDocument: new(encoded(r.Trust.Text)), MaxSessionDuration: new(int32(r.MaxSession / time.Second)),
	}
	if r.description != "" {
		out.Description = &r.description
	}
	return out
}

func (r *Role) describeWhole() *types.Role {
	out := r.describe()
	out.Tags, out.PermissionsBoundary = r.tags.list(), r.describeBoundary()
	return out
}

func (s *Service) createRole(c *world.Call, in *iam.CreateRoleInput) (*iam.CreateRoleOutput, error) {
	r := &Role{entity: newEntity(c, roleKind, *in.RoleName, in.Path), MaxSession: sessionLength(in.MaxSessionDuration)}
	keys := boundaryKey(in.PermissionsBoundary)
	maps.Copy(keys, requested(in.Tags))
	if err := authorize(c, target{arn: r.ARN}, keys); err != nil {
		return nil, err
	}
	if in.Description != nil {
		r.description = *in.Description
	}
	trust, err := s.parseTrust(*in.AssumeRolePolicyDocument)
	if err != nil {
		return nil, err
	}
	if err := s.complete(c, &r.entity, in.PermissionsBoundary, in.Tags); err != nil {
		return nil, err
	}
	if _, taken := find(s.of(c.Account()).roles, r.Name); taken {
		return nil, roleKind.taken(r.Name)
	}
	r.identify(s)
	r.Trust = trust
	s.own(c.Account()).roles[r.Name] = r
	described := r.describeWhole()
	described.MaxSessionDuration = nil
	return &iam.CreateRoleOutput{Role: described}, nil
}

// sessionLength is one hour unless a request says otherwise.
func sessionLength(seconds *int32) time.Duration {
	if seconds == nil {
		return time.Hour
	}
	return time.Duration(*seconds) * time.Second
}

// updateRole sets the length of sessions back to an hour where the request has
// none (API reference, UpdateRole, MaxSessionDuration). That a description stays
// then is assumed.
func (s *Service) updateRole(c *world.Call, in *iam.UpdateRoleInput) (*iam.UpdateRoleOutput, error) {
	r, err := s.role(c, *in.RoleName, nil)
	if err != nil {
		return nil, err
	}
	r.MaxSession = sessionLength(in.MaxSessionDuration)
	if in.Description != nil {
		r.description = *in.Description
	}
	return &iam.UpdateRoleOutput{}, nil
}

// trustPolicyLimit is the size of a trust policy ("IAM and AWS STS quotas").
const trustPolicyLimit = 2048

// parseTrust reads a trust policy: a resource policy that names no resource,
// for it is the role's own (IAM User Guide, "Roles terms and concepts"). The
// wording is recorded for what is no JSON, and reported for the rest.
func (s *Service) parseTrust(text string) (*world.Policy, error) {
	if !json.Valid([]byte(text)) {
		return nil, malformed("This policy contains invalid Json")
	}
	if counted(text) > trustPolicyLimit {
		return nil, limitExceeded("Cannot exceed quota for ACLSizePerRole: " + strconv.Itoa(trustPolicyLimit))
	}
	trust, err := world.ParsePolicy(keypolicy.TrustPolicy, text)
	if err != nil {
		return nil, malformed(err.Error())
	}
	for _, action := range trust.Actions() {
		if !strings.HasPrefix(strings.ToLower(action), "sts:") {
			return nil, malformed("AssumeRole policy may only specify STS AssumeRole actions.")
		}
	}
	if missing := s.world.Bind(trust); missing != "" {
		return nil, malformed(`Invalid principal in policy: "AWS":"` + missing + `"`)
	}
	return trust, nil
}

// role authorizes an operation on an existing role of the caller's account.
func (s *Service) role(c *world.Call, name string, more map[string][]string) (*Role, error) {
	r := s.of(c.Account()).roles[name]
	var e *entity
	if r != nil {
		e = &r.entity
	}
	if err := authorize(c, e.target(c.Account(), roleKind, name), more); err != nil {
		return nil, err
	}
	if r == nil {
		return nil, roleKind.missing(name)
	}
	return r, nil
}

func (s *Service) getRole(c *world.Call, in *iam.GetRoleInput) (*iam.GetRoleOutput, error) {
	r, err := s.role(c, *in.RoleName, nil)
	if err != nil {
		return nil, err
	}
	described := r.describeWhole()
	described.RoleLastUsed = &types.RoleLastUsed{} // as of a role that was never used: it is not kept
	return &iam.GetRoleOutput{Role: described}, nil
}

func (s *Service) deleteRole(c *world.Call, in *iam.DeleteRoleInput) (*iam.DeleteRoleOutput, error) {
	r, err := s.role(c, *in.RoleName, nil)
	if err != nil {
		return nil, err
	}
	if err := r.bare(); err != nil {
		return nil, err
	}
	if len(s.of(c.Account()).profilesOf(r)) > 0 {
		return nil, inProfile()
	}
	delete(s.of(c.Account()).roles, r.Name)
	return &iam.DeleteRoleOutput{}, nil
}

func (s *Service) listRoles(c *world.Call, in *iam.ListRolesInput) (*iam.ListRolesOutput, error) {
	if err := authorize(c, target{arn: arn(c.Account(), "role", pathOr(in.PathPrefix), "")}, nil); err != nil {
		return nil, err
	}
	all := under(s.of(c.Account()).roles, in.PathPrefix, func(r *Role) string { return r.path })
	some, next, err := page(c, all, func(r *Role) string { return r.Name }, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &iam.ListRolesOutput{Roles: []types.Role{}, Marker: next, IsTruncated: next != nil}
	for _, r := range some {
		out.Roles = append(out.Roles, *r.describe())
	}
	return out, nil
}

func (s *Service) updateAssumeRolePolicy(c *world.Call, in *iam.UpdateAssumeRolePolicyInput) (*iam.UpdateAssumeRolePolicyOutput, error) {
	r, err := s.role(c, *in.RoleName, nil)
	if err != nil {
		return nil, err
	}
	trust, err := s.parseTrust(*in.PolicyDocument)
	if err != nil {
		return nil, err
	}
	r.Trust = trust
	return &iam.UpdateAssumeRolePolicyOutput{}, nil
}

func (s *Service) putRolePolicy(c *world.Call, in *iam.PutRolePolicyInput) (*iam.PutRolePolicyOutput, error) {
	r, err := s.role(c, *in.RoleName, nil)
	if err != nil {
		return nil, err
	}
	return &iam.PutRolePolicyOutput{}, r.putInline(*in.PolicyName, *in.PolicyDocument)
}

func (s *Service) getRolePolicy(c *world.Call, in *iam.GetRolePolicyInput) (*iam.GetRolePolicyOutput, error) {
	r, err := s.role(c, *in.RoleName, nil)
	if err != nil {
		return nil, err
	}
	p, err := r.getInline(*in.PolicyName)
	return &iam.GetRolePolicyOutput{RoleName: &r.Name, PolicyName: in.PolicyName, PolicyDocument: new(encoded(p.Text))}, err
}

func (s *Service) deleteRolePolicy(c *world.Call, in *iam.DeleteRolePolicyInput) (*iam.DeleteRolePolicyOutput, error) {
	r, err := s.role(c, *in.RoleName, nil)
	if err != nil {
		return nil, err
	}
	return &iam.DeleteRolePolicyOutput{}, r.deleteInline(*in.PolicyName)
}

func (s *Service) listRolePolicies(c *world.Call, in *iam.ListRolePoliciesInput) (*iam.ListRolePoliciesOutput, error) {
	r, err := s.role(c, *in.RoleName, nil)
	if err != nil {
		return nil, err
	}
	some, next, err := r.listInline(c, in.Marker, in.MaxItems)
	return &iam.ListRolePoliciesOutput{PolicyNames: some, Marker: next, IsTruncated: next != nil}, err
}
