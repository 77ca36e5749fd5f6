package sns

import (
	"encoding/json"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/sns"

	"rekey/lab/world"
)

// document is a topic policy as AddPermission and RemovePermission write it
// (recorded).
type document struct {
	Version   string            `json:"Version"`
	ID        string            `json:"Id,omitempty"`
	Statement []json.RawMessage `json:"Statement"`
}

type statement struct {
	Sid       string    `json:"Sid"`
	Effect    string    `json:"Effect"`
	Principal principal `json:"Principal"`
	Action    any       `json:"Action"`
	Resource  string    `json:"Resource"`
}

type principal struct{ AWS any }

// shareable are the actions that a topic policy can have (Developer Guide,
// "Amazon SNS API permissions").
var shareable = []string{
	"AddPermission", "DeleteTopic", "GetDataProtectionPolicy", "GetTopicAttributes", "ListSubscriptionsByTopic", "ListTagsForResource",
	"Publish", "PutDataProtectionPolicy", "RemovePermission", "SetTopicAttributes", "Subscribe",
}

func (t *topic) read() (document, error) {
	var whole struct {
		Version, ID string
		Statement   json.RawMessage
	}
	err := json.Unmarshal([]byte(t.policy.Text), &whole)
	d := document{Version: whole.Version, ID: whole.ID}
	if d.Version == "" {
		d.Version = "2008-10-17"
	}
	if err == nil && json.Unmarshal(whole.Statement, &d.Statement) != nil { // one, without a list around it
		d.Statement = []json.RawMessage{whole.Statement}
	}
	return d, err
}

// find gives the place of the statement with that label, -1 for none.
func (d *document) find(label string) int {
	return slices.IndexFunc(d.Statement, func(raw json.RawMessage) bool {
		var st struct{ Sid string }
		return json.Unmarshal(raw, &st) == nil && st.Sid == label
	})
}

func (s *Service) addPermission(c *world.Call, in *sns.AddPermissionInput) (*sns.AddPermissionOutput, error) {
	t, err := s.existing(c, *in.TopicArn, nil)
	if err != nil {
		return nil, err
	}
	d, err := t.read()
	if err != nil {
		return nil, err
	}
	if d.find(*in.Label) >= 0 {
		return nil, invalid("Statement already exists")
	}
	var actions, accounts []string
	for _, a := range in.ActionName {
		if !slices.Contains(shareable, a) {
			return nil, invalid("Policy statement action out of service scope!")
		}
		actions = append(actions, "SNS:"+a)
	}
	for _, a := range in.AWSAccountId {
		accounts = append(accounts, "arn:aws:iam::"+a+":root")
	}
	raw, err := json.Marshal(statement{*in.Label, "Allow", principal{oneOrAll(accounts)}, oneOrAll(actions), t.arn})
	if err != nil {
		return nil, err
	}
	d.Statement = append(d.Statement, raw)
	return &sns.AddPermissionOutput{}, s.write(t.topic, d)
}

// removePermission of a label that is not there changes nothing (assumption).
func (s *Service) removePermission(c *world.Call, in *sns.RemovePermissionInput) (*sns.RemovePermissionOutput, error) {
	t, err := s.existing(c, *in.TopicArn, nil)
	if err != nil {
		return nil, err
	}
	d, err := t.read()
	if err != nil {
		return nil, err
	}
	at := d.find(*in.Label)
	if at < 0 {
		return &sns.RemovePermissionOutput{}, nil
	}
	d.Statement = slices.Delete(d.Statement, at, at+1)
	return &sns.RemovePermissionOutput{}, s.write(t.topic, d)
}

// write gives the topic what is left of its policy. Without a statement it has
// the default again (assumption).
func (s *Service) write(t *topic, d document) error {
	if len(d.Statement) == 0 {
		return s.setPolicy(t, defaultPolicy(t))
	}
	b, err := json.Marshal(d)
	if err != nil {
		return err
	}
	return s.setPolicy(t, string(b))
}

// oneOrAll leaves the list around a single value out (recorded).
func oneOrAll(list []string) any {
	if len(list) == 1 {
		return list[0]
	}
	return list
}
