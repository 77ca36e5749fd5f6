package iam

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

// Role is a role as STS needs to see it.
type Role struct {
	ARN        string
	Name       string
	ID         string // AROA…
	Trust      *world.Policy
	MaxSession time.Duration

	path, description string
	created           time.Time
	policies          inline
}

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

func roleARN(c *world.Call, name string) string { return arn(c.Account(), "role", "/", name) }

func (s *Service) createRole(c *world.Call, in *iam.CreateRoleInput) (*iam.CreateRoleOutput, error) {
	if in.PermissionsBoundary != nil || len(in.Tags) > 0 {
		return nil, world.Unimplemented("permissions boundaries and tags of roles")
	}
	r := &Role{
		Name: *in.RoleName, path: pathOr(in.Path), created: c.Time,
		MaxSession: time.Hour, policies: inline{},
	}
	r.ARN = arn(c.Account(), "role", r.path, r.Name)
	if err := authorize(c, r.ARN); err != nil {
		return nil, err
	}
	if in.Description != nil {
		r.description = *in.Description
	}
	if in.MaxSessionDuration != nil {
		r.MaxSession = time.Duration(*in.MaxSessionDuration) * time.Second
	}
	trust, err := s.parseTrust(*in.AssumeRolePolicyDocument)
	if err != nil {
		return nil, err
	}
	roles := s.of(c.Account()).roles
	if _, taken := find(roles, r.Name); taken {
		return nil, exists("Role with name " + r.Name + " already exists.")
	}
	r.Trust, r.ID = trust, s.world.Text("role", "AROA", 17)
	s.own(c.Account()).roles[r.Name] = r
	return &iam.CreateRoleOutput{Role: r.describe()}, nil
}

// parseTrust reads a trust policy: a resource policy that names no resource,
// for it is the role's own (IAM User Guide, "Roles terms and concepts"). The
// wording is recorded for what is no JSON, and reported for the rest.
func (s *Service) parseTrust(text string) (*world.Policy, error) {
	if !json.Valid([]byte(text)) {
		return nil, malformed("This policy contains invalid Json")
	}
	if counted(text) > trustPolicyLimit {
		return nil, &types.LimitExceededException{Message: new("Cannot exceed quota for ACLSizePerRole: " + strconv.Itoa(trustPolicyLimit))}
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

// find looks a name up without regard to case: names are unique that way (API
// reference, CreateRole and CreateUser).
func find[T any](m map[string]*T, name string) (*T, bool) {
	for k, v := range m {
		if strings.EqualFold(k, name) {
			return v, true
		}
	}
	return nil, false
}

// role authorizes an operation on an existing role of the caller's account.
func (s *Service) role(c *world.Call, name string) (*Role, error) {
	r := s.of(c.Account()).roles[name]
	resource := roleARN(c, name)
	if r != nil {
		resource = r.ARN
	}
	if err := authorize(c, resource); err != nil {
		return nil, err
	}
	if r == nil {
		return nil, noSuch("The role with name " + name + " cannot be found.")
	}
	return r, nil
}

func (s *Service) getRole(c *world.Call, in *iam.GetRoleInput) (*iam.GetRoleOutput, error) {
	r, err := s.role(c, *in.RoleName)
	if err != nil {
		return nil, err
	}
	return &iam.GetRoleOutput{Role: r.describe()}, nil
}

func (s *Service) deleteRole(c *world.Call, in *iam.DeleteRoleInput) (*iam.DeleteRoleOutput, error) {
	r, err := s.role(c, *in.RoleName)
	if err != nil {
		return nil, err
	}
	if len(r.policies) > 0 {
		return nil, conflict("Cannot delete entity, must delete policies first.")
	}
	delete(s.of(c.Account()).roles, r.Name)
	return &iam.DeleteRoleOutput{}, nil
}

func (s *Service) listRoles(c *world.Call, in *iam.ListRolesInput) (*iam.ListRolesOutput, error) {
	if err := authorize(c, arn(c.Account(), "role", pathOr(in.PathPrefix), "")); err != nil {
		return nil, err
	}
	all := []*Role{}
	roles := s.of(c.Account()).roles
	for _, name := range slices.Sorted(maps.Keys(roles)) {
		if strings.HasPrefix(roles[name].path, pathOr(in.PathPrefix)) {
			all = append(all, roles[name])
		}
	}
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
	r, err := s.role(c, *in.RoleName)
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
	r, err := s.role(c, *in.RoleName)
	if err != nil {
		return nil, err
	}
	return &iam.PutRolePolicyOutput{}, r.policies.put(*in.PolicyName, *in.PolicyDocument, "role "+r.Name, rolePolicyLimit)
}

func (s *Service) getRolePolicy(c *world.Call, in *iam.GetRolePolicyInput) (*iam.GetRolePolicyOutput, error) {
	r, err := s.role(c, *in.RoleName)
	if err != nil {
		return nil, err
	}
	p, err := r.policies.get("role", *in.PolicyName)
	return &iam.GetRolePolicyOutput{RoleName: &r.Name, PolicyName: in.PolicyName, PolicyDocument: new(encoded(p.Text))}, err
}

func (s *Service) deleteRolePolicy(c *world.Call, in *iam.DeleteRolePolicyInput) (*iam.DeleteRolePolicyOutput, error) {
	r, err := s.role(c, *in.RoleName)
	if err != nil {
		return nil, err
	}
	_, err = r.policies.get("role", *in.PolicyName)
	delete(r.policies, *in.PolicyName)
	return &iam.DeleteRolePolicyOutput{}, err
}

func (s *Service) listRolePolicies(c *world.Call, in *iam.ListRolePoliciesInput) (*iam.ListRolePoliciesOutput, error) {
	r, err := s.role(c, *in.RoleName)
	if err != nil {
		return nil, err
	}
	some, next, err := page(c, slices.Sorted(maps.Keys(r.policies)), func(n string) string { return n }, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	return &iam.ListRolePoliciesOutput{PolicyNames: some, Marker: next, IsTruncated: next != nil}, nil
}
