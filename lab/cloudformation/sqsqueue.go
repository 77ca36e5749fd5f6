package cloudformation

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

type sqsQueueProperties struct {
	ContentBasedDeduplication     *string
	DeduplicationScope            *string
	DelaySeconds                  *string
	FifoQueue                     *string
	FifoThroughputLimit           *string
	KmsDataKeyReusePeriodSeconds  *string
	KmsMasterKeyId                *string
	MaximumMessageSize            *string
	MessageRetentionPeriod        *string
	QueueName                     *string
	ReceiveMessageWaitTimeSeconds *string
	RedriveAllowPolicy            document
	RedrivePolicy                 document
	SqsManagedSseEnabled          *string
	Tags                          []tag
	VisibilityTimeout             *string
}

// sqsQueue is AWS::SQS::Queue: Ref is its URL.
var sqsQueue = define(createQueue, "Arn", "QueueName", "QueueUrl")

func createQueue(ctx context.Context, c *creation, p sqsQueueProperties) (*resource, error) {
	attributes, err := p.attributes()
	if err != nil {
		return nil, err
	}
	name := ""
	switch {
	case p.QueueName != nil:
		name = *p.QueueName
	case attributes["FifoQueue"] == "true": // FIFO queues' names must end so
		name = c.name(80-len(".fifo")) + ".fifo"
	default:
		name = c.name(80)
	}
	_, err = c.sqs.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &name})
	if err := c.absent("AWS::SQS::Queue", name, err, "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"); err != nil {
		return nil, err
	}
	out, err := c.sqs.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes, Tags: c.tags(p.Tags)})
	if err != nil {
		return nil, err
	}
	url := *out.QueueUrl
	c.undone(func(ctx context.Context) error {
		_, err := c.sqs.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: &url})
		return err
	})
	return made(url, map[string]string{"Arn": c.arn("sqs", name), "QueueName": name, "QueueUrl": url})
}

// attributes gives the properties in the form of the API. FifoQueue is there
// only if it is true.
func (p sqsQueueProperties) attributes() (map[string]string, error) {
	redrive, err := textOf(p.RedrivePolicy)
	if err != nil {
		return nil, err
	}
	allow, err := textOf(p.RedriveAllowPolicy)
	if err != nil {
		return nil, err
	}
	if p.FifoQueue != nil && *p.FifoQueue != "true" {
		p.FifoQueue = nil
	}
	return given(map[string]*string{
		"ContentBasedDeduplication": p.ContentBasedDeduplication, "DeduplicationScope": p.DeduplicationScope, "DelaySeconds": p.DelaySeconds,
		"FifoQueue": p.FifoQueue, "FifoThroughputLimit": p.FifoThroughputLimit, "KmsDataKeyReusePeriodSeconds": p.KmsDataKeyReusePeriodSeconds,
		"KmsMasterKeyId": p.KmsMasterKeyId, "MaximumMessageSize": p.MaximumMessageSize, "MessageRetentionPeriod": p.MessageRetentionPeriod,
		"ReceiveMessageWaitTimeSeconds": p.ReceiveMessageWaitTimeSeconds, "RedriveAllowPolicy": allow, "RedrivePolicy": redrive,
		"SqsManagedSseEnabled": p.SqsManagedSseEnabled, "VisibilityTimeout": p.VisibilityTimeout,
	}), nil
}

type sqsQueuePolicyProperties struct {
	PolicyDocument document
	Queues         []string // their URLs
}

// sqsQueuePolicy is AWS::SQS::QueuePolicy: the policy of several queues.
var sqsQueuePolicy = define(setQueuePolicy, "Id")

func setQueuePolicy(ctx context.Context, c *creation, p sqsQueuePolicyProperties) (*resource, error) {
	text, err := textOf(p.PolicyDocument)
	if err != nil {
		return nil, err
	}
	for _, url := range p.Queues {
		if err := c.setPolicy(ctx, url, text); err != nil {
			return nil, err
		}
		c.undone(func(ctx context.Context) error { return c.setPolicy(ctx, url, new("")) })
	}
	id := c.name(128)
	return made(id, map[string]string{"Id": id})
}

func (c *creation) setPolicy(ctx context.Context, url string, text *string) error {
	attributes := map[string]string{}
	if text != nil {
		attributes["Policy"] = *text
	}
	_, err := c.sqs.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{QueueUrl: &url, Attributes: attributes})
	return err
}
