package cloudformation

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
)

type snsTopicProperties struct {
	ArchivePolicy             document
	ContentBasedDeduplication *string
	DataProtectionPolicy      document
	DisplayName               *string
	FifoThroughputScope       *string
	FifoTopic                 *string
	KmsMasterKeyId            *string
	SignatureVersion          *string
	Subscription              []struct{ Endpoint, Protocol *string }
	Tags                      []tag
	TopicName                 *string
	TracingConfig             *string
}

// snsTopic is AWS::SNS::Topic: Ref is its ARN.
var snsTopic = define(createTopic, "TopicArn", "TopicName")

func createTopic(ctx context.Context, c *creation, p snsTopicProperties) (*resource, error) {
	archive, err := textOf(p.ArchivePolicy)
	if err != nil {
		return nil, err
	}
	protection, err := textOf(p.DataProtectionPolicy)
	if err != nil {
		return nil, err
	}
	fifo := p.FifoTopic != nil && *p.FifoTopic == "true"
	if !fifo {
		p.FifoTopic = nil
	}
	name := c.named(p.TopicName, 256)
	if fifo && p.TopicName == nil { // FIFO topics' names must end so
		name = c.name(256-len(".fifo")) + ".fifo"
	}
	topic := c.arn("sns", name)
	_, err = c.sns.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: &topic})
	if err := c.absent("AWS::SNS::Topic", topic, err, "NotFound"); err != nil {
		return nil, err
	}
	out, err := c.sns.CreateTopic(ctx, &sns.CreateTopicInput{
		Name: &name, DataProtectionPolicy: protection,
		Tags: tagList(c.tags(p.Tags), func(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} }),
		Attributes: given(map[string]*string{
			"ArchivePolicy": archive, "ContentBasedDeduplication": p.ContentBasedDeduplication, "DisplayName": p.DisplayName,
			"FifoThroughputScope": p.FifoThroughputScope, "FifoTopic": p.FifoTopic, "KmsMasterKeyId": p.KmsMasterKeyId,
			"SignatureVersion": p.SignatureVersion, "TracingConfig": p.TracingConfig,
		}),
	})
	if err != nil {
		return nil, err
	}
	arn := *out.TopicArn
	c.undone(func(ctx context.Context) error {
		_, err := c.sns.DeleteTopic(ctx, &sns.DeleteTopicInput{TopicArn: &arn})
		return err
	})
	for _, s := range p.Subscription {
		if _, err := c.subscribe(ctx, &sns.SubscribeInput{TopicArn: &arn, Endpoint: s.Endpoint, Protocol: s.Protocol}); err != nil {
			return nil, err
		}
	}
	return made(arn, map[string]string{"TopicArn": arn, "TopicName": arn[strings.LastIndexByte(arn, ':')+1:]})
}

// given leaves out what the template does not have.
func given(values map[string]*string) map[string]string {
	out := map[string]string{}
	for name, v := range values {
		if v != nil {
			out[name] = *v
		}
	}
	return out
}

type snsTopicPolicyProperties struct {
	PolicyDocument document
	Topics         []string // their ARNs
}

// snsTopicPolicy is AWS::SNS::TopicPolicy: the policy of several topics. When it
// is taken back, the policy before it is there again.
var snsTopicPolicy = define(setTopicPolicy, "Id")

func setTopicPolicy(ctx context.Context, c *creation, p snsTopicPolicyProperties) (*resource, error) {
	text, err := textOf(p.PolicyDocument)
	if err != nil {
		return nil, err
	}
	for _, arn := range p.Topics {
		set := func(ctx context.Context, text *string) error {
			_, err := c.sns.SetTopicAttributes(ctx, &sns.SetTopicAttributesInput{TopicArn: &arn, AttributeName: new("Policy"), AttributeValue: text})
			return err
		}
		before, err := c.sns.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: &arn})
		if err != nil {
			return nil, err
		}
		if err := set(ctx, text); err != nil {
			return nil, err
		}
		c.undone(func(ctx context.Context) error { return set(ctx, new(before.Attributes["Policy"])) })
	}
	id := c.name(128)
	return made(id, map[string]string{"Id": id})
}

type snsSubscriptionProperties struct {
	DeliveryPolicy      document
	Endpoint            *string
	FilterPolicy        document
	FilterPolicyScope   *string
	Protocol            *string
	RawMessageDelivery  *string
	RedrivePolicy       document
	Region              *string
	ReplayPolicy        document
	SubscriptionRoleArn *string
	TopicArn            *string
}

// snsSubscription is AWS::SNS::Subscription: Ref is its ARN.
var snsSubscription = define(createSubscription, "Arn")

func createSubscription(ctx context.Context, c *creation, p snsSubscriptionProperties) (*resource, error) {
	if p.Region != nil && *p.Region != string(c.target.Region) {
		return nil, fmt.Errorf("the topic is in the Region %s, and the stack in %s: subscriptions across Regions are not made here", *p.Region, c.target.Region)
	}
	values := map[string]*string{"FilterPolicyScope": p.FilterPolicyScope, "RawMessageDelivery": p.RawMessageDelivery, "SubscriptionRoleArn": p.SubscriptionRoleArn}
	for name, d := range map[string]document{"DeliveryPolicy": p.DeliveryPolicy, "FilterPolicy": p.FilterPolicy, "RedrivePolicy": p.RedrivePolicy, "ReplayPolicy": p.ReplayPolicy} {
		text, err := textOf(d)
		if err != nil {
			return nil, err
		}
		values[name] = text
	}
	arn, err := c.subscribe(ctx, &sns.SubscribeInput{TopicArn: p.TopicArn, Endpoint: p.Endpoint, Protocol: p.Protocol, Attributes: given(values)})
	if err != nil {
		return nil, err
	}
	return made(arn, map[string]string{"Arn": arn})
}

// subscribe subscribes. What waits for its confirmation cannot be taken back: SNS
// forgets it after 48 hours, or with its topic.
func (c *creation) subscribe(ctx context.Context, in *sns.SubscribeInput) (string, error) {
	in.ReturnSubscriptionArn = true
	out, err := c.sns.Subscribe(ctx, in)
	if err != nil {
		return "", err
	}
	if protocol := *in.Protocol; protocol == "sqs" || protocol == "lambda" {
		c.undone(func(ctx context.Context) error {
			_, err := c.sns.Unsubscribe(ctx, &sns.UnsubscribeInput{SubscriptionArn: out.SubscriptionArn})
			return err
		})
	}
	return *out.SubscriptionArn, nil
}
