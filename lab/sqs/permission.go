package sqs

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"rekey/lab/world"
)

// document is a queue policy as AddPermission and RemovePermission write it
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

// actionsLimit is how many actions a statement of AddPermission may have
// (Developer Guide, "Quotas related to policies").
const actionsLimit = 7

// shareable are the actions that AddPermission can permit (Developer Guide,
// "Amazon SQS API permissions": those that can be given to another account).
var shareable = []string{"*", "ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "GetQueueUrl", "ListDeadLetterSourceQueues", "PurgeQueue", "ReceiveMessage", "SendMessage"}

// read gives the queue's policy to be changed.
func (q *queue) read() (document, error) {
	d := document{Version: "2008-10-17", ID: q.arn() + "/SQSDefaultPolicy"}
	if q.policy == nil {
		return d, nil
	}
	var whole struct{ Statement json.RawMessage }
	if err := json.Unmarshal([]byte(q.policy.Text), &whole); err != nil {
		return d, err
	}
	if json.Unmarshal(whole.Statement, &d.Statement) != nil { // one, without a list around it
		d.Statement = []json.RawMessage{whole.Statement}
	}
	var head struct{ Version, ID string }
	if err := json.Unmarshal([]byte(q.policy.Text), &head); err != nil {
		return d, err
	}
	if head.Version != "" {
		d.Version = head.Version
	}
	d.ID = head.ID
	return d, nil
}

// find gives the place of the statement with that label, -1 for none.
func (d *document) find(label string) int {
	return slices.IndexFunc(d.Statement, func(raw json.RawMessage) bool {
		var st struct{ Sid string }
		return json.Unmarshal(raw, &st) == nil && st.Sid == label
	})
}

func (s *Service) addPermission(c *world.Call, in *sqs.AddPermissionInput) (*sqs.AddPermissionOutput, error) {
	t, err := s.existing(c, *in.QueueUrl, "AddPermission")
	if err != nil {
		return nil, err
	}
	st := statement{Sid: *in.Label, Effect: "Allow", Resource: t.arn()}
	var actions, accounts []string
	for _, a := range in.Actions {
		if !slices.Contains(shareable, a) { // reported, in aws/aws-cdk#2381
			return nil, invalidValue("ActionName", a, "Please refer to the appropriate WSDL for a list of valid actions. ")
		}
		actions = append(actions, "SQS:"+a)
	}
	for _, a := range in.AWSAccountIds {
		if !idForm.MatchString(a) {
			return nil, invalidValue("PrincipalId", a, "Unable to verify.") // reported, in amazon-archives/aws-sdk-core-ruby#138
		}
		accounts = append(accounts, "arn:aws:iam::"+a+":root")
	}
	switch {
	case !nameForm.MatchString(st.Sid):
		return nil, invalidParameter("Label can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
	case len(actions) == 0:
		return nil, missing("Actions")
	case len(accounts) == 0:
		return nil, missing("AWSAccountIds")
	case len(actions) > actionsLimit:
		return nil, &types.OverLimit{Message: new(strconv.Itoa(len(actions)) + " Actions were found, maximum allowed is 7.")} // assumed wording
	}
	st.Action, st.Principal.AWS = oneOrAll(actions), oneOrAll(accounts)
	d, err := t.read()
	if err != nil {
		return nil, err
	}
	if d.find(st.Sid) >= 0 {
		return nil, invalidValue("Label", st.Sid, "Already exists.")
	}
	raw, err := json.Marshal(st)
	if err != nil {
		return nil, err
	}
	d.Statement = append(d.Statement, raw)
	return &sqs.AddPermissionOutput{}, s.write(c, t.queue, d)
}

// removePermission takes the policy away with its last statement (recorded).
func (s *Service) removePermission(c *world.Call, in *sqs.RemovePermissionInput) (*sqs.RemovePermissionOutput, error) {
	t, err := s.existing(c, *in.QueueUrl, "RemovePermission")
	if err != nil {
		return nil, err
	}
	d, err := t.read()
	if err != nil {
		return nil, err
	}
	at := d.find(*in.Label)
	if at < 0 {
		return nil, invalidValue("Label", *in.Label, "can't find label.")
	}
	d.Statement = slices.Delete(d.Statement, at, at+1)
	return &sqs.RemovePermissionOutput{}, s.write(c, t.queue, d)
}

func (s *Service) write(c *world.Call, q *queue, d document) error {
	text := ""
	if len(d.Statement) > 0 {
		b, err := json.Marshal(d)
		if err != nil {
			return err
		}
		text = string(b)
	}
	if err := s.setPolicy(q, text); err != nil {
		return err
	}
	q.modified = c.Time
	return nil
}

// oneOrAll leaves the list around a single value out (recorded).
func oneOrAll(list []string) any {
	if len(list) == 1 {
		return list[0]
	}
	return list
}
