package eventbridge

import (
	"encoding/json"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

// policy is a bus's policy as PutPermission writes it (recorded:
// test_put_permission).
type policy struct {
	Version   string
	Statement []json.RawMessage
}

// statement has its elements in the recorded order.
type statement struct {
	Sid       string
	Effect    string
	Principal any
	Action    string
	Resource  string
	Condition any `json:",omitempty"`
}

// statements reads those of the bus's policy; a single one may stand without a
// list.
func (b *bus) statements() (all []json.RawMessage, err error) {
	if b.policy == nil {
		return nil, nil
	}
	var p struct{ Statement json.RawMessage }
	if err := json.Unmarshal([]byte(b.policy.Text), &p); err != nil {
		return nil, err
	}
	if json.Unmarshal(p.Statement, &all) != nil {
		all = []json.RawMessage{p.Statement}
	}
	return all, nil
}

func sid(raw json.RawMessage) string {
	var s struct{ Sid string }
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s.Sid
}

func (s *Service) putPermission(c *world.Call, in *eventbridge.PutPermissionInput) (*eventbridge.PutPermissionOutput, error) {
	b, err := s.onBus(c, in.EventBusName)
	if err != nil {
		return nil, err
	}
	text := aws.ToString(in.Policy)
	switch single := in.Action != nil || in.Principal != nil || in.StatementId != nil || in.Condition != nil; {
	case text != "" && single: // the wording of these two is ours
		return nil, invalid("Policy cannot be given together with Action, Principal, StatementId or Condition.")
	case text == "" && (in.Action == nil || in.Principal == nil || in.StatementId == nil):
		return nil, invalid("Action, Principal and StatementId, or Policy, must be given.")
	case text == "":
		if text, err = b.with(in); err != nil {
			return nil, err
		}
	}
	return &eventbridge.PutPermissionOutput{}, s.setPolicy(c, b, text)
}

// with gives the bus's policy with one more statement, or another one in place
// of that with the same id.
func (b *bus) with(in *eventbridge.PutPermissionInput) (string, error) {
	if *in.Action != "events:PutEvents" { // noted beside the recorded test_put_permission; the wording is ours
		return "", invalid("Provided value in parameter 'action' is not supported.")
	}
	st := statement{Sid: *in.StatementId, Effect: "Allow", Principal: "*", Action: *in.Action, Resource: b.arn()}
	if *in.Principal != "*" {
		st.Principal = map[string]string{"AWS": "arn:aws:iam::" + *in.Principal + ":root"}
	}
	if in.Condition != nil {
		if err := organization(in.Condition); err != nil {
			return "", err
		}
		st.Condition = map[string]any{*in.Condition.Type: map[string]string{*in.Condition.Key: *in.Condition.Value}}
	}
	all, err := b.statements()
	if err != nil {
		return "", err
	}
	raw, err := json.Marshal(st)
	if err != nil {
		return "", err
	}
	all = slices.DeleteFunc(all, func(old json.RawMessage) bool { return sid(old) == st.Sid })
	return document(append(all, raw))
}

// organization is the only condition that there is (API reference, Condition).
func organization(c *types.Condition) error {
	if *c.Type != "StringEquals" || *c.Key != "aws:PrincipalOrgID" {
		return invalid("Only the condition StringEquals on aws:PrincipalOrgID is supported.")
	}
	return nil
}

func document(all []json.RawMessage) (string, error) {
	text, err := json.Marshal(policy{"2012-10-17", all})
	return string(text), err
}

func (s *Service) setPolicy(c *world.Call, b *bus, text string) error {
	if len(text) > policyQuota {
		return &types.PolicyLengthExceededException{Message: new("The policy is too long.")}
	}
	p, err := world.ParsePolicy(keypolicy.ResourcePolicy, text)
	if err != nil { // the wording is ours
		return invalid("Policy is not valid: " + err.Error())
	}
	if missing := s.world.Bind(p); missing != "" {
		return invalid("Policy has an invalid principal: " + missing)
	}
	b.policy, b.modified = p, c.Time
	return nil
}

func (s *Service) removePermission(c *world.Call, in *eventbridge.RemovePermissionInput) (*eventbridge.RemovePermissionOutput, error) {
	b, err := s.onBus(c, in.EventBusName)
	if err != nil {
		return nil, err
	}
	all, err := b.statements()
	if err != nil {
		return nil, err
	}
	if !in.RemoveAllPermissions {
		if in.StatementId == nil {
			return nil, invalid("Parameter StatementId is required when RemoveAllPermissions is false.")
		}
		i := slices.IndexFunc(all, func(raw json.RawMessage) bool { return sid(raw) == *in.StatementId })
		if i < 0 {
			return nil, notFound("Statement with the provided id does not exist.")
		}
		if all = slices.Delete(all, i, i+1); len(all) > 0 {
			text, err := document(all)
			if err != nil {
				return nil, err
			}
			return &eventbridge.RemovePermissionOutput{}, s.setPolicy(c, b, text)
		}
	}
	b.policy, b.modified = nil, c.Time
	return &eventbridge.RemovePermissionOutput{}, nil
}
