package sqs

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

const longestDelay = 900

func (s *Service) sendMessage(c *world.Call, in *SendMessageInput) (*sqs.SendMessageOutput, error) {
	t, err := s.existing(c, *in.QueueUrl, "SendMessage")
	if err != nil {
		return nil, err
	}
	return s.send(c, t.queue, in)
}

// send puts one message into a queue that the caller may send to.
func (s *Service) send(c *world.Call, q *queue, in *SendMessageInput) (*sqs.SendMessageOutput, error) {
	if err := q.checkGroup(in); err != nil {
		return nil, err
	}
	if err := q.check(in); err != nil {
		return nil, err
	}
	return s.accept(c, q, in)
}

// checkGroup holds a message to what its kind of queue needs (recorded; the code
// of the second differs in a batch).
func (q *queue) checkGroup(in *SendMessageInput) error {
	switch {
	case !q.fifo():
		return nil
	case in.MessageGroupId == nil:
		return missing("MessageGroupId")
	case in.MessageDeduplicationId == nil && q.values["ContentBasedDeduplication"] != "true":
		return invalidParameter("The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly")
	}
	return nil
}

// check holds a message to the rules of the API reference, SendMessage (recorded
// wording, but for the characters of a body).
func (q *queue) check(in *SendMessageInput) error {
	body, most := *in.MessageBody, q.number("MaximumMessageSize")
	switch {
	case body == "":
		return missing("MessageBody")
	case size(body, in.MessageAttributes) > most:
		return invalidParameter("One or more parameters are invalid. Reason: Message must be shorter than " + strconv.Itoa(most) + " bytes.")
	case !printable(body):
		return &types.InvalidMessageContents{Message: new("Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF.")}
	}
	if err := q.checkDelay(in.DelaySeconds); err != nil {
		return err
	}
	if err := checkID("MessageGroupId", in.MessageGroupId); err != nil {
		return err
	}
	if err := checkID("MessageDeduplicationId", in.MessageDeduplicationId); err != nil {
		return err
	}
	if !q.fifo() && in.MessageDeduplicationId != nil {
		return invalidValue("MessageDeduplicationId", *in.MessageDeduplicationId, "The request include parameter that is not valid for this queue type.")
	}
	if err := checkAttributes("user", in.MessageAttributes); err != nil {
		return err
	}
	return checkAttributes("system", userForm(in.MessageSystemAttributes))
}

func (q *queue) checkDelay(seconds *int32) error {
	switch {
	case seconds == nil:
		return nil
	case *seconds < 0 || *seconds > longestDelay: // assumption: the wording
		return invalidValue("DelaySeconds", strconv.Itoa(int(*seconds)), "DelaySeconds must be >= 0 and <= 900.")
	case q.fifo() && *seconds > 0:
		return invalidValue("DelaySeconds", strconv.Itoa(int(*seconds)), "The request include parameter that is not valid for this queue type.")
	}
	return nil
}

// userForm gives system attributes the type of the others: the same rules are
// assumed for them, and the digest is computed alike (API reference,
// MD5OfMessageSystemAttributes).
func userForm(system map[string]types.MessageSystemAttributeValue) map[string]types.MessageAttributeValue {
	if len(system) == 0 {
		return nil
	}
	out := map[string]types.MessageAttributeValue{}
	for name, v := range system {
		out[name] = types.MessageAttributeValue{
			DataType: v.DataType, StringValue: v.StringValue, BinaryValue: v.BinaryValue,
			StringListValues: v.StringListValues, BinaryListValues: v.BinaryListValues,
		}
	}
	return out
}

// accept takes a message that was checked. A duplicate is accepted and goes no
// further (Developer Guide, "Exactly-once processing in Amazon SQS"); that it is
// answered with the id of the first is recorded.
func (s *Service) accept(c *world.Call, q *queue, in *SendMessageInput) (*sqs.SendMessageOutput, error) {
	body := *in.MessageBody
	m := &message{
		bodyMD5: bodyMD5(body), attributes: in.MessageAttributes, sender: senderID(c.Caller),
		sent: c.Time, visible: c.Time.Add(q.seconds("DelaySeconds")),
	}
	// What a FIFO queue is sent with a delay of 0 has the queue's (recorded).
	if in.DelaySeconds != nil && !q.fifo() {
		m.visible = c.Time.Add(time.Duration(*in.DelaySeconds) * time.Second)
	}
	if trace, ok := in.MessageSystemAttributes["AWSTraceHeader"]; ok && trace.StringValue != nil {
		m.trace = *trace.StringValue
	}
	if in.MessageGroupId != nil {
		m.group = *in.MessageGroupId
	}
	out := &sqs.SendMessageOutput{
		MD5OfMessageBody: &m.bodyMD5, MD5OfMessageAttributes: attributesMD5(in.MessageAttributes),
		MD5OfMessageSystemAttributes: attributesMD5(userForm(in.MessageSystemAttributes)),
	}
	var err error
	if m.body, err = s.seal(c, q, body); err != nil {
		return nil, err
	}
	if q.fifo() {
		m.dedup = dedupID(in)
		if first, ok := q.groups.find(c.Time, m); ok {
			out.MessageId, out.SequenceNumber = &first.id, &first.sequence
			return out, nil
		}
		m.sequence = q.nextSequence()
		out.SequenceNumber = &m.sequence
	}
	m.id = s.world.UUID("message")
	out.MessageId = &m.id
	if q.fifo() {
		q.groups.add(c.Time, m)
	}
	q.messages = append(q.messages, m)
	q.wake()
	return out, nil
}

// dedupID is the SHA-256 hash of the body where the sender gives none (API
// reference, SendMessage, MessageDeduplicationId).
func dedupID(in *SendMessageInput) string {
	if in.MessageDeduplicationId != nil {
		return *in.MessageDeduplicationId
	}
	sum := sha256.Sum256([]byte(*in.MessageBody))
	return hex.EncodeToString(sum[:])
}

// senderID is what ReceiveMessage tells of the sender: the unique id of a user,
// of a role with the session's name, and the account of a root user. For a
// service AWS has the id of a user of its own; here it has that form, and is
// always the same for a service.
func senderID(c world.Caller) string {
	if c.Principal.Kind() != keypolicy.Service {
		return c.UserID
	}
	sum := sha256.Sum256([]byte(c.Principal.ARN()))
	return "AIDA" + strings.ToUpper(hex.EncodeToString(sum[:]))[:17]
}

// sendMessageBatch answers for each entry alone, but for what the entries have
// in common, and what a FIFO queue needs of each (recorded).
func (s *Service) sendMessageBatch(c *world.Call, in *SendMessageBatchInput) (*sqs.SendMessageBatchOutput, error) {
	t, err := s.existing(c, *in.QueueUrl, "SendMessage")
	if err != nil {
		return nil, err
	}
	ids, total := []string{}, 0
	for _, e := range in.Entries {
		ids = append(ids, *e.Id)
		total += size(*e.MessageBody, e.MessageAttributes)
	}
	if err := checkBatch(ids); err != nil {
		return nil, err
	}
	if total > batchLimit {
		return nil, &types.BatchRequestTooLong{Message: new("Batch requests cannot be longer than " + strconv.Itoa(batchLimit) + " bytes. You have sent " + strconv.Itoa(total) + " bytes.")}
	}
	for _, e := range in.Entries {
		if err := t.checkGroup(e.message()); err != nil {
			return nil, invalidParameter(world.Answer(err).Message)
		}
	}
	out := &sqs.SendMessageBatchOutput{}
	for i := range in.Entries {
		e := &in.Entries[i]
		if err := t.check(e.message()); err != nil {
			out.Failed = append(out.Failed, failedEntry(e.Id, unvalidated(world.Answer(err))))
			continue
		}
		sent, err := s.accept(c, t.queue, e.message())
		if err != nil { // of KMS: the first entry has changed nothing
			return nil, err
		}
		out.Successful = append(out.Successful, types.SendMessageBatchResultEntry{
			Id: e.Id, MessageId: sent.MessageId, MD5OfMessageBody: sent.MD5OfMessageBody, SequenceNumber: sent.SequenceNumber,
			MD5OfMessageAttributes: sent.MD5OfMessageAttributes, MD5OfMessageSystemAttributes: sent.MD5OfMessageSystemAttributes,
		})
	}
	return out, nil
}

// unvalidated gives an error of one entry the wording that it has in a batch
// (recorded, for a message that is too long).
func unvalidated(e *wire.Error) *wire.Error {
	e.Message = strings.Replace(e.Message, "One or more parameters are invalid.", "One or more parameters cannot be validated.", 1)
	return e
}
