package secretsmanager

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

// putResourcePolicy attaches a policy in place of the one before.
func (s *Service) putResourcePolicy(c *world.Call, in *secretsmanager.PutResourcePolicyInput) (*secretsmanager.PutResourcePolicyOutput, error) {
	ctx := map[string][]string{}
	block := in.BlockPublicPolicy != nil && *in.BlockPublicPolicy
	if in.BlockPublicPolicy != nil {
		ctx["secretsmanager:BlockPublicPolicy"] = []string{strconv.FormatBool(block)}
	}
	t, err := s.writable(c, *in.SecretId, ctx)
	if err != nil {
		return nil, err
	}
	policy, err := s.readPolicy(*in.ResourcePolicy)
	if err != nil {
		return nil, err
	}
	if block {
		if err := notPublic(*in.ResourcePolicy); err != nil {
			return nil, err
		}
	}
	t.policy = policy
	s.touch(c, t.secret)
	return &secretsmanager.PutResourcePolicyOutput{ARN: &t.secret.arn, Name: &t.name}, nil
}

// readPolicy reads a policy, and remembers whom it names.
func (s *Service) readPolicy(text string) (*world.Policy, error) {
	policy, err := world.ParsePolicy(keypolicy.ResourcePolicy, text)
	if err != nil {
		return nil, &types.MalformedPolicyDocumentException{Message: new("This resource policy is malformed: " + err.Error())}
	}
	if s.world.Bind(policy) != "" { // wording assumed
		return nil, &types.MalformedPolicyDocumentException{Message: new("This resource policy contains an unsupported principal.")}
	}
	return policy, nil
}

// notPublic refuses a policy, known to be well-formed, that allows everybody.
// AWS reasons about conditions as well; the lab does not, and says so.
func notPublic(text string) error {
	type statement struct {
		Effect       string
		Principal    json.RawMessage
		NotPrincipal json.RawMessage
		Condition    json.RawMessage
	}
	var doc struct{ Statement json.RawMessage }
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		return err
	}
	var all []statement
	if json.Unmarshal(doc.Statement, &all) != nil {
		all = make([]statement, 1)
		if err := json.Unmarshal(doc.Statement, &all[0]); err != nil {
			return err
		}
	}
	for _, st := range all {
		switch {
		case st.Effect != "Allow":
		case st.NotPrincipal != nil, everybody(st.Principal) && st.Condition != nil:
			return world.Unimplemented("BlockPublicPolicy for a policy whose breadth depends on a condition or on NotPrincipal")
		case everybody(st.Principal):
			return &types.PublicPolicyException{Message: new("The resource policy grants broad access to the secret.")}
		}
	}
	return nil
}

// everybody says whether a Principal element is "*", or has it for an account.
func everybody(principal json.RawMessage) bool {
	var one string
	if json.Unmarshal(principal, &one) == nil {
		return one == "*"
	}
	var byKind struct{ AWS json.RawMessage }
	if json.Unmarshal(principal, &byKind) != nil || byKind.AWS == nil {
		return false
	}
	var many []string
	if json.Unmarshal(byKind.AWS, &many) == nil {
		return slices.Contains(many, "*")
	}
	return json.Unmarshal(byKind.AWS, &one) == nil && one == "*"
}

// getResourcePolicy leaves the policy out where there is none.
func (s *Service) getResourcePolicy(c *world.Call, in *secretsmanager.GetResourcePolicyInput) (*secretsmanager.GetResourcePolicyOutput, error) {
	t, err := s.live(c, *in.SecretId, nil)
	if err != nil {
		return nil, err
	}
	out := &secretsmanager.GetResourcePolicyOutput{ARN: &t.secret.arn, Name: &t.name}
	if t.policy != nil {
		out.ResourcePolicy = new(t.policy.Text)
	}
	return out, nil
}

func (s *Service) deleteResourcePolicy(c *world.Call, in *secretsmanager.DeleteResourcePolicyInput) (*secretsmanager.DeleteResourcePolicyOutput, error) {
	t, err := s.writable(c, *in.SecretId, nil)
	if err != nil {
		return nil, err
	}
	t.policy = nil
	s.touch(c, t.secret)
	return &secretsmanager.DeleteResourcePolicyOutput{ARN: &t.secret.arn, Name: &t.name}, nil
}

// validateResourcePolicy says what PutResourcePolicy with BlockPublicPolicy would
// refuse, and whether the policy would lock the caller out (API reference). It
// needs secretsmanager:PutResourcePolicy too. The names of the checks are ours.
func (s *Service) validateResourcePolicy(c *world.Call, in *secretsmanager.ValidateResourcePolicyInput) (*secretsmanager.ValidateResourcePolicyOutput, error) {
	var t target
	if in.SecretId == nil {
		for _, action := range []string{"ValidateResourcePolicy", "PutResourcePolicy"} {
			if err := authorizeAll(c, action); err != nil {
				return nil, err
			}
		}
	} else {
		var err error
		if t, err = s.live(c, *in.SecretId, nil); err != nil {
			return nil, err
		}
		if err := s.authorizeAs(c, "secretsmanager:PutResourcePolicy", t, nil); err != nil {
			return nil, err
		}
	}
	policy, err := s.readPolicy(*in.ResourcePolicy)
	if err != nil {
		return nil, err
	}
	out := &secretsmanager.ValidateResourcePolicyOutput{ValidationErrors: []types.ValidationErrorsEntry{}}
	var public *types.PublicPolicyException
	if err := notPublic(*in.ResourcePolicy); errors.As(err, &public) {
		out.ValidationErrors = append(out.ValidationErrors, types.ValidationErrorsEntry{CheckName: new("NoPublicAccess"), ErrorMessage: public.Message})
	} else if err != nil {
		return nil, err
	}
	locked, err := s.locksOut(c, t, policy)
	if err != nil {
		return nil, err
	}
	if locked {
		out.ValidationErrors = append(out.ValidationErrors, types.ValidationErrorsEntry{CheckName: new("NoLockout"),
			ErrorMessage: new("The resource policy does not let you change it again.")})
	}
	out.PolicyValidationPassed = len(out.ValidationErrors) == 0
	return out, nil
}

// locksOut says whether the caller could not change the secret's policy any more
// if it were this one.
func (s *Service) locksOut(c *world.Call, t target, policy *world.Policy) (bool, error) {
	if t.secret == nil {
		return false, nil
	}
	after := *t.secret
	after.policy = policy
	err := s.authorizeAs(c, "secretsmanager:PutResourcePolicy", target{&after, t.given, t.owner, t.arn}, nil)
	if err == nil || world.Answer(err).Code == "AccessDeniedException" {
		return err != nil, nil
	}
	return false, err
}
