package iam

import (
	"errors"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

// managed is a managed policy, a customer's or AWS's.
type managed struct {
	arn, name, id, path, description string
	created, updated                 time.Time
	tags                             tags
	versions                         []*version // oldest first
	standing                         *version   // the default one, which counts
	count                            int        // of all versions that there ever were
}

// Sizes of a managed policy without its white space, and how many there may be
// (IAM User Guide, "IAM and AWS STS quotas").
const (
	managedPolicyLimit = 6144
	attachedLimit      = 10
)

var policyARN = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^arn:[a-z-]+:iam::([0-9]{12}|aws):policy/\S+$`)
})

// managed finds a managed policy by its ARN, as an account sees it. That another
// account's is not to be found is assumed.
func (s *Service) managed(a keyid.Account, arn string) (*managed, error) {
	m := policyARN().FindStringSubmatch(arn)
	switch {
	case m == nil:
		return nil, invalid("Invalid ARN:  Could not be parsed!") // recorded wording
	case m[1] == "aws":
		return awsManaged(arn)
	}
	if found := s.of(a).policies[arn]; found != nil {
		return found, nil
	}
	return nil, noSuch("Policy " + arn + " was not found.")
}

// missing says whether an error is that there is no such thing.
func missing(err error) bool {
	var e *types.NoSuchEntityException
	return errors.As(err, &e)
}

// policyTarget is a managed policy as the policies are asked about it.
func policyTarget(arn string, m *managed) target {
	t := target{arn: arn, shown: "policy " + arn, keys: map[string][]string{}}
	if m != nil {
		for k, v := range m.tags.values() {
			t.keys["aws:ResourceTag/"+k] = []string{v}
			t.keys["iam:ResourceTag/"+k] = []string{v}
		}
	}
	return t
}

// policy authorizes an operation on a managed policy, and finds it.
func (s *Service) policy(c *world.Call, arn string) (*managed, error) {
	m, err := s.managed(c.Account(), arn)
	if err != nil && !missing(err) {
		return nil, err
	}
	if denied := authorize(c, policyTarget(arn, m), nil); denied != nil {
		return nil, denied
	}
	return m, err
}

// ownPolicy is policy for a change, which AWS makes alone to its own.
func (s *Service) ownPolicy(c *world.Call, arn string) (*managed, error) {
	m, err := s.policy(c, arn)
	if err == nil && m.aws() {
		return nil, &types.InvalidInputException{Message: new("Policy " + arn + " is managed by AWS and cannot be changed.")} // assumed wording
	}
	return m, err
}

func (m *managed) aws() bool { return strings.HasPrefix(m.arn, "arn:aws:iam::aws:") }

func (s *Service) createPolicy(c *world.Call, in *iam.CreatePolicyInput) (*iam.CreatePolicyOutput, error) {
	m := &managed{name: *in.PolicyName, path: pathOr(in.Path), created: c.Time, updated: c.Time}
	m.arn = arn(c.Account(), "policy", m.path, m.name)
	if in.Description != nil {
		m.description = *in.Description
	}
	if err := authorize(c, target{arn: m.arn, shown: "policy " + m.name}, requested(in.Tags)); err != nil {
		return nil, err
	}
	first, err := m.version(c, *in.PolicyDocument)
	if err != nil {
		return nil, err
	}
	if m.tags, err = tags(nil).with(in.Tags); err != nil {
		return nil, err
	}
	if _, taken := find(s.of(c.Account()).policies, m.name); taken {
		return nil, exists("A policy called " + m.name + " already exists. Duplicate names are not allowed.") // reported wording
	}
	m.add(first, true)
	m.id = s.world.Text("policy", "ANPA", 17)
	s.own(c.Account()).policies[m.arn] = m
	described := s.describePolicy(c, m)
	described.Tags = m.tags.list()
	return &iam.CreatePolicyOutput{Policy: described}, nil
}

// describePolicy is a policy as it is listed: without its tags, and without its
// description, which GetPolicy alone gives (API reference, Policy).
func (s *Service) describePolicy(c *world.Call, m *managed) *types.Policy {
	attached, bounding := s.of(c.Account()).uses(m)
	return &types.Policy{
		Arn: &m.arn, PolicyName: &m.name, PolicyId: &m.id, Path: &m.path, DefaultVersionId: &m.standing.id,
		CreateDate: second(m.created), UpdateDate: second(m.updated), IsAttachable: true,
		AttachmentCount: new(int32(len(attached))), PermissionsBoundaryUsageCount: new(int32(len(bounding))),
	}
}

func (s *Service) getPolicy(c *world.Call, in *iam.GetPolicyInput) (*iam.GetPolicyOutput, error) {
	m, err := s.policy(c, *in.PolicyArn)
	if err != nil {
		return nil, err
	}
	described := s.describePolicy(c, m)
	described.Tags = m.tags.list()
	if m.description != "" {
		described.Description = &m.description
	}
	return &iam.GetPolicyOutput{Policy: described}, nil
}

func (s *Service) deletePolicy(c *world.Call, in *iam.DeletePolicyInput) (*iam.DeletePolicyOutput, error) {
	m, err := s.ownPolicy(c, *in.PolicyArn)
	if err != nil {
		return nil, err
	}
	attached, bounding := s.of(c.Account()).uses(m)
	switch { // both reported
	case len(attached)+len(bounding) > 0:
		return nil, conflict("Cannot delete a policy attached to entities.")
	case len(m.versions) > 1:
		return nil, conflict("This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.")
	}
	delete(s.of(c.Account()).policies, m.arn)
	return &iam.DeletePolicyOutput{}, nil
}

func (s *Service) listPolicies(c *world.Call, in *iam.ListPoliciesInput) (*iam.ListPoliciesOutput, error) {
	if err := authorize(c, target{arn: "*", shown: "policy path " + pathOr(in.PathPrefix)}, nil); err != nil {
		return nil, err
	}
	if in.Scope != types.PolicyScopeTypeLocal && !in.OnlyAttached {
		return nil, world.Unimplemented("a list of all the policies that AWS manages: ask with Scope Local, or OnlyAttached")
	}
	a := s.of(c.Account())
	all := world.Sorted(a.policies)
	if in.Scope == types.PolicyScopeTypeAws {
		all = nil
	}
	if in.Scope != types.PolicyScopeTypeLocal {
		all = append(all, knownAWS()...)
	}
	var wanted []*managed
	for _, m := range all {
		attached, bounding := a.uses(m)
		used := map[types.PolicyUsageType]int{
			"": len(attached) + len(bounding), types.PolicyUsageTypePermissionsPolicy: len(attached), types.PolicyUsageTypePermissionsBoundary: len(bounding),
		}[in.PolicyUsageFilter]
		if hasPath(m.path, in.PathPrefix) && (used > 0 || !in.OnlyAttached && in.PolicyUsageFilter == "") {
			wanted = append(wanted, m)
		}
	}
	some, next, err := page(c, wanted, func(m *managed) string { return m.arn }, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &iam.ListPoliciesOutput{Policies: []types.Policy{}, Marker: next, IsTruncated: next != nil}
	for _, m := range some {
		out.Policies = append(out.Policies, *s.describePolicy(c, m))
	}
	return out, nil
}

// parseManaged reads the document of a version.
func parseManaged(text string) (*world.Policy, error) {
	p, err := world.ParsePolicy(keypolicy.IdentityPolicy, text)
	switch {
	case err != nil:
		return nil, malformed(err.Error())
	case counted(text) > managedPolicyLimit:
		return nil, limitExceeded("Cannot exceed quota for PolicySize: 6144") // reported wording
	}
	return p, nil
}

// Attachable says why a managed policy cannot be given to an account's session,
// or nothing. It is called within the world's lock.
func (s *Service) Attachable(a keyid.Account, arn string) error {
	_, err := s.managed(a, arn)
	if missing(err) {
		// Assumed: the code and the wording.
		return invalid("Policy " + arn + " does not exist or is not attachable.")
	}
	return err
}
