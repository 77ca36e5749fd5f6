package sqs

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"rekey/lab/world"
)

// redrive is a RedrivePolicy.
type redrive struct {
	target string // ARN of the dead-letter queue
	most   int    // how often a message may be received
}

// redriveAllow is a RedriveAllowPolicy.
type redriveAllow struct {
	Permission string   `json:"redrivePermission"`
	Sources    []string `json:"sourceQueueArns,omitempty"`
}

// sourcesLimit is how many queues a RedriveAllowPolicy may name (API reference,
// SetQueueAttributes).
const sourcesLimit = 10

// setRedrive gives the queue a redrive policy; "" takes it away (asserted: sqs
// test_set_empty_redrive_policy). The dead-letter queue must exist, in the same
// Region and account, and be of the same kind (Developer Guide, "Using
// dead-letter queues in Amazon SQS"). The wordings are reported, in
// serverless/serverless#5215, crossplane-contrib/provider-aws#443 and
// awslabs/aws-solutions-constructs#342, or ours.
func (s *Service) setRedrive(c *world.Call, q *queue, text string) error {
	if text == "" {
		q.redrive = nil
		delete(q.values, "RedrivePolicy")
		return nil
	}
	bad := func(reason string) error { return invalidValue("RedrivePolicy", text, reason) }
	var p struct {
		Target *string          `json:"deadLetterTargetArn"`
		Most   *json.RawMessage `json:"maxReceiveCount"`
	}
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return bad("Redrive policy is not a valid JSON map.")
	}
	if p.Target == nil || p.Most == nil {
		return bad("Redrive policy does not contain mandatory attribute: " + map[bool]string{true: "deadLetterTargetArn", false: "maxReceiveCount"}[p.Target == nil] + ".")
	}
	var digits string
	if json.Unmarshal(*p.Most, &digits) != nil {
		digits = string(*p.Most)
	}
	most, err := strconv.Atoi(digits)
	if err != nil || most < 1 || most > 1000 {
		return bad("Invalid value for maxReceiveCount: " + digits + ", valid values are from 1 to 1000 both inclusive.")
	}
	dead, ok := s.byARN(c, *p.Target)
	switch {
	case !ok || dead.queue == nil || dead.owner != q.owner:
		return bad("Dead letter target does not exist.")
	case dead.fifo() != q.fifo():
		return bad("Dead-letter queue must be same type of queue as the source.")
	case !dead.takes(q.arn()):
		return bad("Queue " + q.arn() + " is not allowed to use queue " + dead.arn() + " as its dead-letter queue.")
	}
	kept, err := json.Marshal(struct {
		Target string `json:"deadLetterTargetArn"`
		Most   int    `json:"maxReceiveCount"`
	}{*p.Target, most})
	if err != nil {
		return err
	}
	q.redrive, q.values["RedrivePolicy"] = &redrive{*p.Target, most}, string(kept)
	return nil
}

// setRedriveAllow says which queues may have this one as a dead-letter queue
// (API reference, SetQueueAttributes).
func (q *queue) setRedriveAllow(text string) error {
	if text == "" {
		q.allow = nil
		delete(q.values, "RedriveAllowPolicy")
		return nil
	}
	bad := func(reason string) error { return invalidValue("RedriveAllowPolicy", text, reason) }
	var p redriveAllow
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return bad("Amazon SQS can't parse the redrive allow policy.")
	}
	byQueue := p.Permission == "byQueue"
	switch {
	case !slices.Contains([]string{"allowAll", "denyAll", "byQueue"}, p.Permission):
		return bad("Amazon SQS redrivePermission must be allowAll, denyAll or byQueue.")
	case byQueue != (len(p.Sources) > 0):
		return bad("sourceQueueArns must be given for byQueue, and only then.")
	case len(p.Sources) > sourcesLimit:
		return bad("sourceQueueArns can have at most 10 queues.")
	case slices.ContainsFunc(p.Sources, func(arn string) bool { return !arnForm.MatchString(arn) }):
		return bad("sourceQueueArns has what is not the ARN of a queue.")
	}
	q.allow, q.values["RedriveAllowPolicy"] = &p, text
	return nil
}

// takes says whether a queue may have this one as its dead-letter queue.
func (q *queue) takes(source string) bool {
	switch {
	case q.allow == nil || q.allow.Permission == "allowAll":
		return true
	case q.allow.Permission == "denyAll":
		return false
	}
	return slices.Contains(q.allow.Sources, source)
}

// grave gives the queue's dead-letter queue, nil where it has none that takes
// its messages: they stay then (assumption, for one that is gone).
func (s *Service) grave(q *queue) *queue {
	if q.redrive == nil {
		return nil
	}
	m := arnForm.FindStringSubmatch(q.redrive.target)
	dead := s.here(q.owner).queues[m[3]]
	if dead == nil || !dead.takes(q.arn()) {
		return nil
	}
	return dead
}

// bury moves a message to the queue's dead-letter queue. It keeps its id, the
// data key that it is under (Developer Guide, "Encryption at rest"), the number
// of its receipts (recorded) and the time it was sent at; for a FIFO queue that
// begins anew (Developer Guide, "Using dead-letter queues in Amazon SQS").
func (s *Service) bury(c *world.Call, q *queue, m *message) {
	dead := s.grave(q)
	q.remove(m)
	m.source, m.here, m.handle, m.visible = q.arn(), 0, 0, c.Time
	if dead.fifo() {
		m.sent = c.Time
	}
	dead.messages = append(dead.messages, m)
	dead.wake()
}

// sources are the queues of which a queue is the dead-letter queue.
func (s *Service) sources(q *queue) (all []*queue) {
	for _, other := range world.Sorted(s.here(q.owner).queues) {
		if other.redrive != nil && other.redrive.target == q.arn() {
			all = append(all, other)
		}
	}
	return all
}

func (s *Service) listDeadLetterSourceQueues(c *world.Call, in *sqs.ListDeadLetterSourceQueuesInput) (*sqs.ListDeadLetterSourceQueuesOutput, error) {
	t, err := s.existing(c, *in.QueueUrl, "ListDeadLetterSourceQueues")
	if err != nil {
		return nil, err
	}
	if in.NextToken != nil && in.MaxResults == nil {
		return nil, invalidParameter("MaxResults must be set when NextToken is set.")
	}
	urls, next, err := page(c, s.sources(t.queue), in.NextToken, in.MaxResults)
	if urls == nil {
		urls = []string{}
	}
	return &sqs.ListDeadLetterSourceQueuesOutput{QueueUrls: urls, NextToken: next}, err
}
