package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
)

// on has EventBridge wake the function: by a schedule, or by events that match a
// pattern. What EventBridge cannot deliver goes to a dead-letter queue; what the
// function cannot handle goes to its queue of failures, for EventBridge has then
// delivered it.
func (f *function) on(id, description string, schedule awsevents.Schedule, pattern map[string]any) {
	f.ops.allowEvents()
	if f.undelivered == nil {
		f.undelivered = f.queue("Undelivered")
		f.watchQueue("Undelivered", "EventBridge could not deliver events: they are in the dead-letter queue", f.undelivered)
	}
	props := &awsevents.CfnRuleProps{
		Description: &description, State: new("ENABLED"),
		Targets: []any{map[string]any{
			"id": "Function", "arn": f.FunctionArn(), "deadLetterConfig": map[string]any{"arn": f.undelivered.QueueArn()},
			"retryPolicy": map[string]any{"maximumRetryAttempts": retries, "maximumEventAgeInSeconds": oldest},
		}},
	}
	if schedule != nil {
		props.ScheduleExpression = schedule.ExpressionString()
	}
	if pattern != nil {
		props.EventPattern = pattern
	}
	rule := awsevents.NewCfnRule(f.scope, &id, props)
	f.undelivered.AddToResourcePolicy(statement{
		sid: id + "Undelivered", principals: service("events.amazonaws.com"), actions: []string{"sqs:SendMessage"},
		resources: []string{*f.undelivered.QueueArn()}, conditions: conditions{"ArnEquals": {"aws:SourceArn": *rule.AttrArn()}},
	}.allow(f.scope))
	awslambda.NewCfnPermission(f.scope, new(id+"Permission"), &awslambda.CfnPermissionProps{
		FunctionName: f.FunctionName(), Action: new("lambda:InvokeFunction"), Principal: new("events.amazonaws.com"), SourceArn: rule.AttrArn(),
	})
}
