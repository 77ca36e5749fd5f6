package sqs

import "github.com/aws/aws-sdk-go-v2/service/sqs/types"

// The SDK's types of these inputs hold numbers of which 0 and none look alike,
// and to SQS they are not: a visibility timeout of 0 leaves a message visible,
// and none means the queue's. These types have the same members, by the same
// names.

// ReceiveMessageInput is the input of ReceiveMessage.
type ReceiveMessageInput struct {
	QueueUrl                    *string
	AttributeNames              []types.QueueAttributeName
	MessageSystemAttributeNames []types.MessageSystemAttributeName
	MessageAttributeNames       []string
	MaxNumberOfMessages         *int32
	VisibilityTimeout           *int32
	WaitTimeSeconds             *int32
	ReceiveRequestAttemptId     *string
}

// SendMessageInput is the input of SendMessage.
type SendMessageInput struct {
	QueueUrl                *string
	MessageBody             *string
	DelaySeconds            *int32
	MessageAttributes       map[string]types.MessageAttributeValue
	MessageSystemAttributes map[string]types.MessageSystemAttributeValue
	MessageDeduplicationId  *string
	MessageGroupId          *string
}

// SendMessageBatchInput is the input of SendMessageBatch.
type SendMessageBatchInput struct {
	QueueUrl *string
	Entries  []SendMessageBatchRequestEntry
}

// SendMessageBatchRequestEntry is one message of a batch.
type SendMessageBatchRequestEntry struct {
	Id                      *string
	MessageBody             *string
	DelaySeconds            *int32
	MessageAttributes       map[string]types.MessageAttributeValue
	MessageSystemAttributes map[string]types.MessageSystemAttributeValue
	MessageDeduplicationId  *string
	MessageGroupId          *string
}

// message is the entry without its id.
func (e *SendMessageBatchRequestEntry) message() *SendMessageInput {
	return &SendMessageInput{
		MessageBody: e.MessageBody, DelaySeconds: e.DelaySeconds,
		MessageAttributes: e.MessageAttributes, MessageSystemAttributes: e.MessageSystemAttributes,
		MessageDeduplicationId: e.MessageDeduplicationId, MessageGroupId: e.MessageGroupId,
	}
}
