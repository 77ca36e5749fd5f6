package iam

import (
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"rekey/lab/world"
)

// version is one document of a managed policy.
type version struct {
	id      string // v1, v2 …
	policy  *world.Policy
	created time.Time
}

// versionLimit is how many versions a managed policy may have (IAM User Guide,
// "IAM and AWS STS quotas").
const versionLimit = 5

// version makes the next one; add keeps it.
func (m *managed) version(c *world.Call, text string) (*version, error) {
	p, err := parseManaged(text)
	if err != nil {
		return nil, err
	}
	return &version{"v" + strconv.Itoa(m.count+1), p, c.Time}, nil
}

func (m *managed) add(v *version, standing bool) {
	m.count++
	m.versions = append(m.versions, v)
	if standing {
		m.standing = v
	}
}

// find gives a version by its id. The wording is assumed.
func (m *managed) find(id string) (*version, error) {
	for _, v := range m.versions {
		if v.id == id {
			return v, nil
		}
	}
	return nil, noSuch("Policy " + m.arn + " version " + id + " does not exist or is not attachable.")
}

func (m *managed) describe(v *version) *types.PolicyVersion {
	return &types.PolicyVersion{VersionId: &v.id, IsDefaultVersion: v == m.standing, CreateDate: second(v.created)}
}

// describeWhole has the document too.
func (m *managed) describeWhole(v *version) *types.PolicyVersion {
	out := m.describe(v)
	out.Document = new(encoded(v.policy.Text))
	return out
}

func (s *Service) createPolicyVersion(c *world.Call, in *iam.CreatePolicyVersionInput) (*iam.CreatePolicyVersionOutput, error) {
	m, err := s.ownPolicy(c, *in.PolicyArn)
	if err != nil {
		return nil, err
	}
	v, err := m.version(c, *in.PolicyDocument)
	if err != nil {
		return nil, err
	}
	if len(m.versions) >= versionLimit {
		return nil, limitExceeded("A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.") // reported wording
	}
	m.add(v, in.SetAsDefault)
	m.updated = c.Time
	return &iam.CreatePolicyVersionOutput{PolicyVersion: m.describe(v)}, nil
}

func (s *Service) getPolicyVersion(c *world.Call, in *iam.GetPolicyVersionInput) (*iam.GetPolicyVersionOutput, error) {
	m, err := s.policy(c, *in.PolicyArn)
	if err != nil {
		return nil, err
	}
	v, err := m.find(*in.VersionId)
	if err != nil {
		return nil, err
	}
	return &iam.GetPolicyVersionOutput{PolicyVersion: m.describeWhole(v)}, nil
}

func (s *Service) deletePolicyVersion(c *world.Call, in *iam.DeletePolicyVersionInput) (*iam.DeletePolicyVersionOutput, error) {
	m, err := s.ownPolicy(c, *in.PolicyArn)
	if err != nil {
		return nil, err
	}
	v, err := m.find(*in.VersionId)
	switch {
	case err != nil:
		return nil, err
	case v == m.standing:
		return nil, conflict("Cannot delete the default version of a policy.") // reported wording
	}
	m.versions = slices.DeleteFunc(m.versions, func(other *version) bool { return other == v })
	return &iam.DeletePolicyVersionOutput{}, nil
}

func (s *Service) setDefaultPolicyVersion(c *world.Call, in *iam.SetDefaultPolicyVersionInput) (*iam.SetDefaultPolicyVersionOutput, error) {
	m, err := s.ownPolicy(c, *in.PolicyArn)
	if err != nil {
		return nil, err
	}
	v, err := m.find(*in.VersionId)
	if err != nil {
		return nil, err
	}
	m.standing, m.updated = v, c.Time
	return &iam.SetDefaultPolicyVersionOutput{}, nil
}

// listPolicyVersions lists the newest first, as the console does; the API
// reference names no order.
func (s *Service) listPolicyVersions(c *world.Call, in *iam.ListPolicyVersionsInput) (*iam.ListPolicyVersionsOutput, error) {
	m, err := s.policy(c, *in.PolicyArn)
	if err != nil {
		return nil, err
	}
	all := slices.Clone(m.versions)
	slices.Reverse(all)
	some, next, err := page(c, all, func(v *version) string { return v.id }, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &iam.ListPolicyVersionsOutput{Versions: []types.PolicyVersion{}, Marker: next, IsTruncated: next != nil}
	for _, v := range some {
		out.Versions = append(out.Versions, *m.describe(v))
	}
	return out, nil
}
