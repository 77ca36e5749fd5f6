package cloudformation

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

type eventInvokeConfigProperties struct {
	DestinationConfig        *types.DestinationConfig
	FunctionName             *string
	MaximumEventAgeInSeconds *int32
	MaximumRetryAttempts     *int32
	Qualifier                *string
}

// eventInvokeConfig is AWS::Lambda::EventInvokeConfig. That its Ref is the
// function and the qualifier, parted by |, is assumed.
var eventInvokeConfig = define(createEventInvokeConfig)

func createEventInvokeConfig(ctx context.Context, c *creation, p eventInvokeConfigProperties) (*resource, error) {
	id := aws.ToString(p.FunctionName) + "|" + aws.ToString(p.Qualifier)
	_, err := c.lambda.GetFunctionEventInvokeConfig(ctx, &lambda.GetFunctionEventInvokeConfigInput{FunctionName: p.FunctionName, Qualifier: p.Qualifier})
	if err := c.absent("AWS::Lambda::EventInvokeConfig", id, err, "ResourceNotFoundException"); err != nil {
		return nil, err
	}
	_, err = c.lambda.PutFunctionEventInvokeConfig(ctx, &lambda.PutFunctionEventInvokeConfigInput{
		DestinationConfig: p.DestinationConfig, FunctionName: p.FunctionName, MaximumEventAgeInSeconds: p.MaximumEventAgeInSeconds,
		MaximumRetryAttempts: p.MaximumRetryAttempts, Qualifier: p.Qualifier,
	})
	if err != nil {
		return nil, err
	}
	c.undone(func(ctx context.Context) error {
		_, err := c.lambda.DeleteFunctionEventInvokeConfig(ctx, &lambda.DeleteFunctionEventInvokeConfigInput{FunctionName: p.FunctionName, Qualifier: p.Qualifier})
		return err
	})
	return made(id, nil)
}

type eventSourceMappingProperties struct {
	BatchSize                      *int32
	BisectBatchOnFunctionError     *bool
	DestinationConfig              *types.DestinationConfig
	Enabled                        *bool
	EventSourceArn                 *string
	FilterCriteria                 *types.FilterCriteria
	FunctionName                   *string
	FunctionResponseTypes          []types.FunctionResponseType
	KmsKeyArn                      *string
	MaximumBatchingWindowInSeconds *int32
	MaximumRecordAgeInSeconds      *int32
	MaximumRetryAttempts           *int32
	MetricsConfig                  *types.EventSourceMappingMetricsConfig
	ParallelizationFactor          *int32
	ScalingConfig                  *types.ScalingConfig
	StartingPosition               types.EventSourcePosition
	Tags                           []tag
	TumblingWindowInSeconds        *int32
}

// eventSourceMapping is AWS::Lambda::EventSourceMapping: Ref is its UUID.
var eventSourceMapping = define(createMapping, "Id", "EventSourceMappingArn")

func createMapping(ctx context.Context, c *creation, p eventSourceMappingProperties) (*resource, error) {
	out, err := c.lambda.CreateEventSourceMapping(ctx, &lambda.CreateEventSourceMappingInput{
		BatchSize: p.BatchSize, BisectBatchOnFunctionError: p.BisectBatchOnFunctionError, DestinationConfig: p.DestinationConfig, Enabled: p.Enabled,
		EventSourceArn: p.EventSourceArn, FilterCriteria: p.FilterCriteria, FunctionName: p.FunctionName, FunctionResponseTypes: p.FunctionResponseTypes,
		KMSKeyArn: p.KmsKeyArn, MaximumBatchingWindowInSeconds: p.MaximumBatchingWindowInSeconds, MaximumRecordAgeInSeconds: p.MaximumRecordAgeInSeconds,
		MaximumRetryAttempts: p.MaximumRetryAttempts, MetricsConfig: p.MetricsConfig, ParallelizationFactor: p.ParallelizationFactor,
		ScalingConfig: p.ScalingConfig, StartingPosition: p.StartingPosition, Tags: c.tags(p.Tags), TumblingWindowInSeconds: p.TumblingWindowInSeconds,
	})
	if err != nil {
		return nil, err
	}
	id := *out.UUID
	c.undone(func(ctx context.Context) error {
		_, err := c.lambda.DeleteEventSourceMapping(ctx, &lambda.DeleteEventSourceMappingInput{UUID: &id})
		return err
	})
	err = c.until(ctx, func(ctx context.Context) (bool, error) {
		m, err := c.lambda.GetEventSourceMapping(ctx, &lambda.GetEventSourceMappingInput{UUID: &id})
		return err == nil && aws.ToString(m.State) != "Creating" && aws.ToString(m.State) != "Enabling", err
	})
	if err != nil {
		return nil, err
	}
	return made(id, map[string]string{"Id": id, "EventSourceMappingArn": c.arn("lambda", "event-source-mapping:"+id)})
}
