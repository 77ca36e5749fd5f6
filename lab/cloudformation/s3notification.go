package cloudformation

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// s3Notifications is what AWS::S3::Bucket has of notifications: one event each.
type s3Notifications struct {
	EventBridgeConfiguration *struct{ EventBridgeEnabled *bool }
	LambdaConfigurations     []struct {
		Event    types.Event
		Filter   *s3Filter
		Function *string
	}
	QueueConfigurations []struct {
		Event  types.Event
		Filter *s3Filter
		Queue  *string
	}
	TopicConfigurations []struct {
		Event  types.Event
		Filter *s3Filter
		Topic  *string
	}
}

type s3Filter struct {
	S3Key struct{ Rules []types.FilterRule }
}

func (f *s3Filter) form() *types.NotificationConfigurationFilter {
	if f == nil {
		return nil
	}
	return &types.NotificationConfigurationFilter{Key: &types.S3KeyFilter{FilterRules: f.S3Key.Rules}}
}

func (p s3BucketProperties) notify(ctx context.Context, c *creation, bucket *string) error {
	n := p.NotificationConfiguration
	if n == nil {
		return nil
	}
	to := &types.NotificationConfiguration{}
	if e := n.EventBridgeConfiguration; e != nil && (e.EventBridgeEnabled == nil || *e.EventBridgeEnabled) {
		to.EventBridgeConfiguration = &types.EventBridgeConfiguration{}
	}
	for _, l := range n.LambdaConfigurations {
		to.LambdaFunctionConfigurations = append(to.LambdaFunctionConfigurations, types.LambdaFunctionConfiguration{Events: []types.Event{l.Event}, Filter: l.Filter.form(), LambdaFunctionArn: l.Function})
	}
	for _, q := range n.QueueConfigurations {
		to.QueueConfigurations = append(to.QueueConfigurations, types.QueueConfiguration{Events: []types.Event{q.Event}, Filter: q.Filter.form(), QueueArn: q.Queue})
	}
	for _, t := range n.TopicConfigurations {
		to.TopicConfigurations = append(to.TopicConfigurations, types.TopicConfiguration{Events: []types.Event{t.Event}, Filter: t.Filter.form(), TopicArn: t.Topic})
	}
	_, err := c.s3.PutBucketNotificationConfiguration(ctx, &s3.PutBucketNotificationConfigurationInput{Bucket: bucket, NotificationConfiguration: to})
	return err
}
