package sts

import (
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"rekey/lab/iam"
	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

func (s *Service) assumeRole(c *world.Call, in *sts.AssumeRoleInput) (*sts.AssumeRoleOutput, error) {
	if in.SerialNumber != nil || in.TokenCode != nil || len(in.ProvidedContexts) > 0 {
		return nil, world.Unimplemented("multi-factor authentication and provided contexts")
	}
	principal, err := keypolicy.ParsePrincipal(*in.RoleArn)
	if err != nil || principal.Kind() != keypolicy.Role {
		return nil, invalid(*in.RoleArn + " is invalid") // recorded answer
	}
	if c.Caller.Principal.Kind() == keypolicy.Root {
		// API reference, AssumeRole; reported wording.
		return nil, denied("Roles may not be assumed by root accounts.")
	}
	with, err := passed(c, in)
	if err != nil {
		return nil, err
	}
	role, found := s.identities.Role(*in.RoleArn)
	if err := authorize(c, in, with, role, found, principal); err != nil {
		return nil, err
	}
	lasts, err := duration(c, in.DurationSeconds, role.MaxSession)
	if err != nil {
		return nil, err
	}
	size, err := s.restrict(with, in, principal)
	if err != nil {
		return nil, err
	}
	k, err := s.session(role, *in.RoleSessionName, lasts, with, in.MinimumSessionTokenSize)
	if err != nil {
		return nil, err
	}
	out := &sts.AssumeRoleOutput{
		AssumedRoleUser: &types.AssumedRoleUser{Arn: new(k.Caller.ARN()), AssumedRoleId: &k.Caller.UserID},
		Credentials:     credentials(k),
	}
	out.SessionTokenSize, out.SessionTokenUtilization = tokenUse(k)
	//lint:ignore SA1019 AWS sends it beside what replaces it.
	out.PackedPolicySize = size
	if with.SourceIdentity != "" {
		out.SourceIdentity = &with.SourceIdentity
	}
	return out, nil
}

// authorize asks whether the caller may assume the role, and pass to its session
// what it passes, which are permissions of their own (IAM User Guide, "Passing
// session tags in AWS STS" and "Monitor and control actions taken with assumed
// roles"). Tags and a source identity that a session hands on need them too: that
// is documented of the source identity, and assumed of tags.
func authorize(c *world.Call, in *sts.AssumeRoleInput, with *world.Session, role iam.Role, found bool, of keypolicy.Principal) error {
	actions := []string{"sts:AssumeRole"}
	if len(with.Tags) > 0 {
		actions = append(actions, "sts:TagSession")
	}
	if with.SourceIdentity != "" {
		actions = append(actions, "sts:SetSourceIdentity")
	}
	// A role is like a KMS key: without its own policy's leave nobody assumes
	// it, whatever identity policies say. One that does not exist trusts nobody.
	policy := &world.Named{Name: "trust policy of " + *in.RoleArn, Policy: closed}
	if found {
		policy.Policy = role.Trust
	}
	keys := conditions(in, with, role, found)
	for _, action := range actions {
		d, err := c.Decide(world.Access{
			Action: action, Resource: *in.RoleArn, ResourceAccount: of.Account(), Context: maps.Clone(keys), Policy: policy,
		})
		if err != nil {
			return err
		}
		if d.Effect != keypolicy.Allowed {
			return denied("User: " + c.Caller.ARN() + " is not authorized to perform: " + action + " on resource: " + *in.RoleArn)
		}
	}
	return nil
}

// closed is the trust policy of a role that does not exist.
var closed = world.MustPolicy(keypolicy.TrustPolicy, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":{"Service":"sts.amazonaws.com"},"Action":"sts:AssumeRole"}}`)

// conditions are the condition keys of a request (Service Authorization
// Reference, "AWS Security Token Service"). An inherited tag takes the place of
// the role's of the same key ("Chaining roles with session tags"). Tags that are
// inherited are not requested.
func conditions(in *sts.AssumeRoleInput, with *world.Session, role iam.Role, found bool) map[string][]string {
	keys := map[string][]string{"sts:RoleSessionName": {*in.RoleSessionName}}
	if in.ExternalId != nil {
		keys["sts:ExternalId"] = []string{*in.ExternalId}
	}
	if with.SourceIdentity != "" {
		keys["sts:SourceIdentity"] = []string{with.SourceIdentity}
	}
	for _, tag := range in.Tags {
		keys["aws:RequestTag/"+*tag.Key] = []string{*tag.Value}
		keys["aws:TagKeys"] = append(keys["aws:TagKeys"], *tag.Key)
	}
	if len(in.TransitiveTagKeys) > 0 {
		keys["sts:TransitiveTagKeys"] = in.TransitiveTagKeys
	}
	if !found {
		return keys
	}
	tags := role.Tags()
	for _, k := range with.Transitive {
		if have, ok := folded(slices.Collect(maps.Keys(tags)), k); ok && !slices.Contains(in.TransitiveTagKeys, k) {
			tags[have] = with.Tags[k]
		}
	}
	for k, v := range tags {
		keys["aws:ResourceTag/"+k] = []string{v}
		keys["iam:ResourceTag/"+k] = []string{v}
	}
	return keys
}

// duration is what the request asks for, one hour by default, at most the
// role's maximum, and one hour where a session assumes a further role (IAM
// User Guide, "Role chaining").
func duration(c *world.Call, seconds *int32, most time.Duration) (time.Duration, error) {
	d := time.Hour
	if seconds != nil {
		d = time.Duration(*seconds) * time.Second
	}
	if c.Caller.Principal.Kind() == keypolicy.Session && d > time.Hour {
		return 0, invalid("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
	}
	if d > most {
		return 0, invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	return d, nil
}
