package cloudformation

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

type logGroupProperties struct {
	DeletionProtectionEnabled *bool
	KmsKeyId                  *string
	LogGroupClass             types.LogGroupClass
	LogGroupName              *string
	RetentionInDays           *int32
	Tags                      []tag
}

// logGroup is AWS::Logs::LogGroup: Ref is its name; its Arn ends with :*.
var logGroup = define(createLogGroup, "Arn")

func createLogGroup(ctx context.Context, c *creation, p logGroupProperties) (*resource, error) {
	name := c.named(p.LogGroupName, 512)
	_, err := c.logs.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{
		LogGroupName: &name, DeletionProtectionEnabled: p.DeletionProtectionEnabled, KmsKeyId: p.KmsKeyId, LogGroupClass: p.LogGroupClass, Tags: c.tags(p.Tags),
	})
	if err != nil {
		return nil, err
	}
	c.undone(func(ctx context.Context) error {
		_, err := c.logs.DeleteLogGroup(ctx, &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: &name})
		return err
	})
	if p.RetentionInDays != nil {
		if _, err := c.logs.PutRetentionPolicy(ctx, &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: &name, RetentionInDays: p.RetentionInDays}); err != nil {
			return nil, err
		}
	}
	return made(name, map[string]string{"Arn": c.arn("logs", "log-group:"+name+":*")})
}
