package cloudformation

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
)

type eventRuleProperties struct {
	Description        *string
	EventBusName       *string
	EventPattern       document
	Name               *string
	RoleArn            *string
	ScheduleExpression *string
	State              types.RuleState
	Tags               []tag
	Targets            []types.Target
}

// eventRule is AWS::Events::Rule: Ref is its name, after that of its bus and | if
// that is not the default one, which is assumed.
var eventRule = define(createRule, "Arn", "RuleName")

func createRule(ctx context.Context, c *creation, p eventRuleProperties) (*resource, error) {
	pattern, err := textOf(p.EventPattern)
	if err != nil {
		return nil, err
	}
	name := c.named(p.Name, 64)
	_, err = c.events.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: &name, EventBusName: p.EventBusName})
	if err := c.absent("AWS::Events::Rule", name, err, "ResourceNotFoundException"); err != nil {
		return nil, err
	}
	out, err := c.events.PutRule(ctx, &eventbridge.PutRuleInput{
		Name: &name, Description: p.Description, EventBusName: p.EventBusName, EventPattern: pattern, RoleArn: p.RoleArn,
		ScheduleExpression: p.ScheduleExpression, State: p.State, Tags: c.eventTags(p.Tags),
	})
	if err != nil {
		return nil, err
	}
	c.undone(func(ctx context.Context) error {
		_, err := c.events.DeleteRule(ctx, &eventbridge.DeleteRuleInput{Name: &name, EventBusName: p.EventBusName})
		return err
	})
	if len(p.Targets) > 0 {
		if err := c.putTargets(ctx, name, p); err != nil {
			return nil, err
		}
	}
	ref := name
	if bus := aws.ToString(p.EventBusName); bus != "" && bus != "default" {
		ref = bus + "|" + name
	}
	return made(ref, map[string]string{"Arn": *out.RuleArn, "RuleName": name})
}

func (c *creation) putTargets(ctx context.Context, rule string, p eventRuleProperties) error {
	out, err := c.events.PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: &rule, EventBusName: p.EventBusName, Targets: p.Targets})
	if err != nil {
		return err
	}
	for _, f := range out.FailedEntries {
		return templateError("Targets: %s: %s: %s", aws.ToString(f.TargetId), aws.ToString(f.ErrorCode), aws.ToString(f.ErrorMessage))
	}
	var ids []string
	for _, t := range p.Targets {
		ids = append(ids, *t.Id)
	}
	c.undone(func(ctx context.Context) error {
		_, err := c.events.RemoveTargets(ctx, &eventbridge.RemoveTargetsInput{Rule: &rule, EventBusName: p.EventBusName, Ids: ids})
		return err
	})
	return nil
}

func (c *creation) eventTags(own []tag) []types.Tag {
	return tagList(c.tags(own), func(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} })
}
