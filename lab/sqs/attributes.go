package sqs

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

// number is an attribute that is a number.
type number struct {
	least, most int
	standard    string // "": it is not there until it is set
}

// numbers are those of the API reference, SetQueueAttributes. The greatest size
// of a message is recorded.
var numbers = map[types.QueueAttributeName]number{
	"DelaySeconds":                  {0, 900, "0"},
	"MaximumMessageSize":            {1024, 1 << 20, "1048576"},
	"MessageRetentionPeriod":        {60, 14 * 24 * 3600, "345600"},
	"ReceiveMessageWaitTimeSeconds": {0, 20, "0"},
	"VisibilityTimeout":             {0, 12 * 3600, "30"},
	"KmsDataKeyReusePeriodSeconds":  {60, 24 * 3600, ""},
}

// settable are the attributes that a request can set, in the order in which they
// are looked at.
var settable = []types.QueueAttributeName{
	"FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit",
	"DelaySeconds", "MaximumMessageSize", "MessageRetentionPeriod", "ReceiveMessageWaitTimeSeconds", "VisibilityTimeout",
	"KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "SqsManagedSseEnabled", "Policy", "RedrivePolicy", "RedriveAllowPolicy",
}

// defaults are the attributes of a queue that nobody set (recorded).
func defaults(fifo bool) map[types.QueueAttributeName]string {
	values := map[types.QueueAttributeName]string{"SqsManagedSseEnabled": "true"}
	for name, n := range numbers {
		if n.standard != "" {
			values[name] = n.standard
		}
	}
	if fifo {
		values["FifoQueue"], values["ContentBasedDeduplication"] = "true", "false"
		values["DeduplicationScope"], values["FifoThroughputLimit"] = "queue", "perQueue"
	}
	return values
}

// seconds is an attribute that is a time.
func (q *queue) seconds(name types.QueueAttributeName) time.Duration {
	return time.Duration(q.number(name)) * time.Second
}

// number is an attribute that is a number; 0 where it is not set.
func (q *queue) number(name types.QueueAttributeName) int {
	n, _ := strconv.Atoi(q.values[name]) // checked when it was set
	return n
}

func unknownAttribute(name string) error {
	return &types.InvalidAttributeName{Message: new("Unknown Attribute " + name + ".")}
}

func badAttribute(name types.QueueAttributeName, reason string) error {
	message := "Invalid value for the parameter " + string(name) + "."
	if reason != "" {
		message += " Reason: " + reason
	}
	return &types.InvalidAttributeValue{Message: &message}
}

// setAttributes checks the attributes of a request, and gives them to a queue
// that is not known to anybody yet.
func (s *Service) setAttributes(c *world.Call, q *queue, given map[string]string) error {
	for name := range given {
		if !slices.Contains(settable, types.QueueAttributeName(name)) {
			return unknownAttribute(name)
		}
	}
	if given["KmsMasterKeyId"] != "" && strings.EqualFold(given["SqsManagedSseEnabled"], "true") { // recorded
		return &types.InvalidAttributeName{Message: new("You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.")}
	}
	for _, name := range settable {
		value, ok := given[string(name)]
		if !ok {
			continue
		}
		if err := s.setAttribute(c, q, name, value); err != nil {
			return err
		}
	}
	// API reference, SetQueueAttributes; the wording is ours.
	if q.values["FifoThroughputLimit"] == "perMessageGroupId" && q.values["DeduplicationScope"] != "messageGroup" {
		return badAttribute("FifoThroughputLimit", "The perMessageGroupId value is allowed only when the value for DeduplicationScope is messageGroup.")
	}
	return nil
}

func (s *Service) setAttribute(c *world.Call, q *queue, name types.QueueAttributeName, value string) error {
	if n, ok := numbers[name]; ok {
		return q.setNumber(name, n, value)
	}
	switch name {
	case "FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit":
		return q.setFIFO(name, value)
	case "KmsMasterKeyId", "SqsManagedSseEnabled":
		return q.setEncryption(name, value)
	case "Policy":
		return s.setPolicy(q, value)
	case "RedrivePolicy":
		return s.setRedrive(c, q, value)
	}
	return q.setRedriveAllow(value)
}

// setNumber takes the default again for an empty value (assumption).
func (q *queue) setNumber(name types.QueueAttributeName, limits number, value string) error {
	if value == "" {
		value = limits.standard
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < limits.least || n > limits.most {
		return badAttribute(name, "")
	}
	q.values[name] = strconv.Itoa(n)
	return nil
}

// setFIFO sets what only FIFO queues have (recorded, which error for which).
func (q *queue) setFIFO(name types.QueueAttributeName, value string) error {
	if !q.fifo() {
		switch name {
		case "DeduplicationScope", "FifoThroughputLimit":
			return &types.InvalidAttributeName{Message: new("You can specify the " + string(name) + " only when FifoQueue is set to true.")}
		}
		return unknownAttribute(string(name))
	}
	switch name {
	case "DeduplicationScope":
		if value != "queue" && value != "messageGroup" {
			return badAttribute(name, "")
		}
	case "FifoThroughputLimit":
		if value != "perQueue" && value != "perMessageGroupId" {
			return badAttribute(name, "")
		}
	default:
		value = strings.ToLower(value)
		if value != "true" && value != "false" {
			return badAttribute(name, "")
		}
		if name == "FifoQueue" && value == "false" {
			return badAttribute(name, "Modifying queue type is not supported.")
		}
	}
	q.values[name] = value
	return nil
}

// setEncryption sets the one or the other kind of encryption. A key is not
// looked for before it is used; without one, encryption is off (recorded). That
// SQS's own encryption takes the key away is assumed.
func (q *queue) setEncryption(name types.QueueAttributeName, value string) error {
	if name == "SqsManagedSseEnabled" {
		value = strings.ToLower(value)
		if value != "true" && value != "false" {
			return badAttribute(name, "")
		}
		if value == "true" {
			delete(q.values, "KmsMasterKeyId")
		}
		q.values[name] = value
		return nil
	}
	if value == "" {
		delete(q.values, name)
		return nil
	}
	q.values[name], q.values["SqsManagedSseEnabled"] = value, "false"
	return nil
}

// setPolicy gives the queue a policy in place of the one before; "" takes it
// away.
func (s *Service) setPolicy(q *queue, text string) error {
	if text == "" {
		q.policy = nil
		delete(q.values, "Policy")
		return nil
	}
	policy, err := world.ParsePolicy(keypolicy.ResourcePolicy, text)
	if err != nil || s.world.Bind(policy) != "" {
		return badAttribute("Policy", "")
	}
	q.policy, q.values["Policy"] = policy, text
	return nil
}

// setQueueAttributes takes effect at once, where AWS needs up to 60 seconds; but
// see dedup.
func (s *Service) setQueueAttributes(c *world.Call, in *sqs.SetQueueAttributesInput) (*sqs.SetQueueAttributesOutput, error) {
	t, err := s.existing(c, *in.QueueUrl, "SetQueueAttributes")
	if err != nil {
		return nil, err
	}
	changed := *t.queue
	changed.values = make(map[types.QueueAttributeName]string, len(t.values))
	for name, value := range t.values {
		changed.values[name] = value
	}
	if err := s.setAttributes(c, &changed, in.Attributes); err != nil {
		return nil, err
	}
	changed.modified = c.Time
	*t.queue = changed
	t.groups.change(c.Time, t.values["DeduplicationScope"])
	t.wake()
	return &sqs.SetQueueAttributesOutput{}, nil
}

func (s *Service) getQueueAttributes(c *world.Call, in *sqs.GetQueueAttributesInput) (*sqs.GetQueueAttributesOutput, error) {
	t, err := s.existing(c, *in.QueueUrl, "GetQueueAttributes")
	if err != nil {
		return nil, err
	}
	return &sqs.GetQueueAttributesOutput{Attributes: t.describe(c.Time, in.AttributeNames)}, nil
}

// describe gives the attributes that are asked for and that the queue has; nil
// for none.
func (q *queue) describe(now time.Time, names []types.QueueAttributeName) map[string]string {
	all := map[types.QueueAttributeName]string{
		"QueueArn":              q.arn(),
		"CreatedTimestamp":      strconv.FormatInt(q.created.Unix(), 10),
		"LastModifiedTimestamp": strconv.FormatInt(q.modified.Unix(), 10),
	}
	for name, value := range q.values {
		all[name] = value
	}
	if all["KmsMasterKeyId"] == "" { // recorded
		delete(all, "KmsDataKeyReusePeriodSeconds")
	} else if all["KmsDataKeyReusePeriodSeconds"] == "" {
		all["KmsDataKeyReusePeriodSeconds"] = strconv.Itoa(int(dataKeyReuse / time.Second))
	}
	visible, hidden, delayed := q.counts(now)
	all["ApproximateNumberOfMessages"] = strconv.Itoa(visible)
	all["ApproximateNumberOfMessagesNotVisible"] = strconv.Itoa(hidden)
	all["ApproximateNumberOfMessagesDelayed"] = strconv.Itoa(delayed)
	var asked map[string]string
	for name, value := range all {
		if slices.Contains(names, name) || slices.Contains(names, types.QueueAttributeNameAll) {
			if asked == nil {
				asked = map[string]string{}
			}
			asked[string(name)] = value
		}
	}
	return asked
}
