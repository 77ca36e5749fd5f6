package sqs

import (
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"rekey/lab/world"
)

// What follows is for other services of the lab. Each is called within the
// world's lock, with a call of the operation that it stands for, made by
// world.World.Act or world.Call.On; the caller in it is who must be permitted.

// Deliver sends a message to the queue with that ARN, as SendMessage does; the
// input's QueueUrl is not read. It is an error where the caller may not send,
// the queue does not exist, or KMS refuses.
func (s *Service) Deliver(c *world.Call, queueARN string, in *sqs.SendMessageInput) error {
	t, err := s.byName(c, queueARN, "SendMessage")
	if err != nil {
		return err
	}
	message := &SendMessageInput{
		MessageBody: in.MessageBody, MessageAttributes: in.MessageAttributes, MessageSystemAttributes: in.MessageSystemAttributes,
		MessageDeduplicationId: in.MessageDeduplicationId, MessageGroupId: in.MessageGroupId,
	}
	if in.DelaySeconds != 0 {
		message.DelaySeconds = &in.DelaySeconds
	}
	_, err = s.send(c, t.queue, message)
	return err
}

// Poll receives at most so many messages, of any number, with all that is known
// of them, and hides them for the queue's visibility timeout, as ReceiveMessage
// does.
func (s *Service) Poll(c *world.Call, queueARN string, most int) ([]types.Message, error) {
	t, err := s.byName(c, queueARN, "ReceiveMessage")
	if err != nil {
		return nil, err
	}
	all := func(string) bool { return true }
	return s.take(c, t.queue, wish{most: most, hidden: t.seconds("VisibilityTimeout"), system: all, attribute: all})
}

// Done deletes messages by their receipt handles, as DeleteMessageBatch does. The
// error is the first of those of the handles; the others are gone all the same.
func (s *Service) Done(c *world.Call, queueARN string, handles ...string) error {
	t, err := s.byName(c, queueARN, "DeleteMessage")
	if err != nil {
		return err
	}
	for _, h := range handles {
		if bad := t.drop(c.Time, h); bad != nil && err == nil {
			err = bad
		}
	}
	return err
}

// Hide changes how long a message stays hidden, in seconds from now, as
// ChangeMessageVisibility does: 0 gives it back at once.
func (s *Service) Hide(c *world.Call, queueARN, handle string, seconds int32) error {
	t, err := s.byName(c, queueARN, "ChangeMessageVisibility")
	if err != nil {
		return err
	}
	return t.hide(c.Time, handle, seconds)
}

// Attributes gives the queue's attributes, all of them, as GetQueueAttributes
// does.
func (s *Service) Attributes(c *world.Call, queueARN string) (map[string]string, error) {
	t, err := s.byName(c, queueARN, "GetQueueAttributes")
	if err != nil {
		return nil, err
	}
	return t.describe(c.Time, []types.QueueAttributeName{types.QueueAttributeNameAll}), nil
}

// byName finds a queue by ARN and authorizes an action on it.
func (s *Service) byName(c *world.Call, arn, action string) (target, error) {
	t, ok := s.byARN(c, arn)
	if !ok {
		return t, noSuchQueue("The specified queue does not exist.")
	}
	return t, s.admit(c, t, action, nil)
}
