package sqs

import (
	"maps"
	"strings"

	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

// ownAccount are the actions that no policy can permit to another account
// (Developer Guide, "Limitations of Amazon SQS custom policies", Cross-account
// access).
var ownAccount = map[string]bool{
	"AddPermission": true, "CancelMessageMoveTask": true, "CreateQueue": true, "DeleteQueue": true,
	"ListMessageMoveTasks": true, "ListQueues": true, "ListQueueTags": true, "RemovePermission": true,
	"SetQueueAttributes": true, "StartMessageMoveTask": true, "TagQueue": true, "UntagQueue": true,
}

// authorize asks the policies whether the caller may do the action on the queue.
// The batch operations have no actions of their own (Service Authorization
// Reference, "Amazon SQS"). more has the condition keys of this request.
func (s *Service) authorize(c *world.Call, t target, action string, more map[string][]string) error {
	a := access(t, action, more)
	if ownAccount[action] && t.owner.account != c.Account() {
		a.Policy = nil
	}
	d, err := c.Decide(a)
	if err != nil || d.Effect == keypolicy.Allowed {
		return err
	}
	a.Action = "sqs:" + strings.ToLower(action) // reported, in aws/serverless-application-model#3633
	return denied(c.Denial(a, d))
}

func access(t target, action string, more map[string][]string) world.Access {
	a := world.Access{Action: "sqs:" + action, Resource: t.arn(), ResourceAccount: t.owner.account, Context: map[string][]string{}}
	if t.queue != nil {
		for key, value := range t.tags {
			a.Context["aws:ResourceTag/"+key] = []string{value}
		}
		if t.policy != nil {
			a.Policy = &world.Named{Name: "queue policy of " + t.arn(), Policy: t.policy}
		}
	}
	maps.Copy(a.Context, more)
	return a
}

// authorizeAll is for the action that names no queue: what it is asked about is
// the ARN of none (assumption).
func (s *Service) authorizeAll(c *world.Call, action string) error {
	return s.authorize(c, target{nil, homeOf(c), ""}, action, nil)
}
