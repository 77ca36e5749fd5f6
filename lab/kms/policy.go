package kms

import (
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

// policyLimit is the greatest length of a key policy in bytes (API reference,
// PutKeyPolicy).
const policyLimit = 32 << 10

// defaultPolicy is the key policy of a key created without one through the API
// (KMS Developer Guide, "Default key policy").
func defaultPolicy(account keyid.Account) string {
	return `{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:aws:iam::` + string(account) + `:root"
    },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
}`
}

// setPolicy checks a policy and gives it to the key. Unless bypass is set, the
// policy must let the caller change it again (API reference, CreateKey and
// PutKeyPolicy, BypassPolicyLockoutSafetyCheck). That a statement for the
// caller's account does, whatever its identity policies say, is assumed:
// CreateKey needs no permission but its own.
func (s *Service) setPolicy(c *world.Call, k *key, text string, bypass bool) error {
	if len(text) > policyLimit {
		return &types.LimitExceededException{Message: new("Policy size exceeds the limit")}
	}
	policy, err := world.ParsePolicy(keypolicy.KeyPolicy, text)
	if err != nil {
		return &types.MalformedPolicyDocumentException{Message: new(err.Error())}
	}
	if s.world.Bind(policy) != "" { // reported wording
		return &types.MalformedPolicyDocumentException{Message: new("Policy contains a statement with one or more invalid principals.")}
	}
	if !bypass {
		changed := *k
		changed.policy = policy
		open, err := c.Open(s.access(c, "kms:PutKeyPolicy", target{&changed, "", k.arn}))
		if err != nil {
			return err
		}
		if !open {
			return &types.MalformedPolicyDocumentException{Message: new("The new key policy will not allow you to update the key policy in the future.")}
		}
	}
	k.policy = policy
	return nil
}

// onlyDefault refuses any policy name but the one that exists.
func onlyDefault(name *string) error {
	if name != nil && *name != "default" {
		return notFound("No such policy exists")
	}
	return nil
}

func (s *Service) putKeyPolicy(c *world.Call, in *kms.PutKeyPolicyInput) (*kms.PutKeyPolicyOutput, error) {
	bypass := map[string][]string{"kms:BypassPolicyLockoutSafetyCheck": {boolean(in.BypassPolicyLockoutSafetyCheck)}}
	t, err := s.ownCustomerIf(c, *in.KeyId, bypass)
	if err != nil {
		return nil, err
	}
	if err := onlyDefault(in.PolicyName); err != nil {
		return nil, err
	}
	return &kms.PutKeyPolicyOutput{}, s.setPolicy(c, t.key, *in.Policy, in.BypassPolicyLockoutSafetyCheck)
}

func (s *Service) getKeyPolicy(c *world.Call, in *kms.GetKeyPolicyInput) (*kms.GetKeyPolicyOutput, error) {
	t, err := s.own(c, *in.KeyId)
	if err != nil {
		return nil, err
	}
	if err := onlyDefault(in.PolicyName); err != nil {
		return nil, err
	}
	return &kms.GetKeyPolicyOutput{Policy: &t.key.policy.Text, PolicyName: new("default")}, nil
}

func (s *Service) listKeyPolicies(c *world.Call, in *kms.ListKeyPoliciesInput) (*kms.ListKeyPoliciesOutput, error) {
	if _, err := s.own(c, *in.KeyId); err != nil {
		return nil, err
	}
	some, next, err := page(c, []string{"default"}, func(name string) string { return name }, in.Marker, in.Limit, 100)
	return &kms.ListKeyPoliciesOutput{PolicyNames: some, NextMarker: next, Truncated: next != nil}, err
}
