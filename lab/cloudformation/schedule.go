package cloudformation

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"
)

type scheduleProperties struct {
	Description                *string
	EndDate                    *time.Time
	FlexibleTimeWindow         *types.FlexibleTimeWindow
	GroupName                  *string
	KmsKeyArn                  *string
	Name                       *string
	ScheduleExpression         *string
	ScheduleExpressionTimezone *string
	StartDate                  *time.Time
	State                      types.ScheduleState
	Target                     *types.Target
}

// schedule is AWS::Scheduler::Schedule: Ref is its name.
var schedule = define(createSchedule, "Arn")

func createSchedule(ctx context.Context, c *creation, p scheduleProperties) (*resource, error) {
	name := c.named(p.Name, 64)
	out, err := c.scheduler.CreateSchedule(ctx, &scheduler.CreateScheduleInput{
		Description: p.Description, EndDate: p.EndDate, FlexibleTimeWindow: p.FlexibleTimeWindow, GroupName: p.GroupName, KmsKeyArn: p.KmsKeyArn,
		Name: &name, ScheduleExpression: p.ScheduleExpression, ScheduleExpressionTimezone: p.ScheduleExpressionTimezone, StartDate: p.StartDate,
		State: p.State, Target: p.Target,
	})
	if err != nil {
		return nil, err
	}
	c.undone(func(ctx context.Context) error {
		_, err := c.scheduler.DeleteSchedule(ctx, &scheduler.DeleteScheduleInput{Name: &name, GroupName: p.GroupName})
		return err
	})
	return made(name, map[string]string{"Arn": *out.ScheduleArn})
}

type scheduleGroupProperties struct {
	Name *string
	Tags []tag
}

// scheduleGroup is AWS::Scheduler::ScheduleGroup: Ref is its name.
var scheduleGroup = define(createScheduleGroup, "Arn", "CreationDate", "LastModificationDate", "State")

func createScheduleGroup(ctx context.Context, c *creation, p scheduleGroupProperties) (*resource, error) {
	name := c.named(p.Name, 64)
	_, err := c.scheduler.CreateScheduleGroup(ctx, &scheduler.CreateScheduleGroupInput{
		Name: &name, Tags: tagList(c.tags(p.Tags), func(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} }),
	})
	if err != nil {
		return nil, err
	}
	c.undone(func(ctx context.Context) error {
		_, err := c.scheduler.DeleteScheduleGroup(ctx, &scheduler.DeleteScheduleGroupInput{Name: &name})
		return err
	})
	g, err := c.scheduler.GetScheduleGroup(ctx, &scheduler.GetScheduleGroupInput{Name: &name})
	if err != nil {
		return nil, err
	}
	return made(name, map[string]string{
		"Arn": *g.Arn, "CreationDate": aws.ToTime(g.CreationDate).UTC().Format(time.RFC3339),
		"LastModificationDate": aws.ToTime(g.LastModificationDate).UTC().Format(time.RFC3339), "State": string(g.State),
	})
}
