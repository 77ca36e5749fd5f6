package conformance

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"
)

// schedule is a schedule that sends to a queue as a role.
func (c *caller) schedule(expression string, configure ...func(*scheduler.CreateScheduleInput)) (*scheduler.CreateScheduleInput, queue) {
	c.x.Helper()
	q := c.queue()
	role := c.runs("scheduler.amazonaws.com", document(may("sqs:SendMessage", "*")))
	in := &scheduler.CreateScheduleInput{
		Name: new(c.x.name("schedule")), ScheduleExpression: &expression, FlexibleTimeWindow: &types.FlexibleTimeWindow{Mode: types.FlexibleTimeWindowModeOff},
		Target: &types.Target{Arn: &q.arn, RoleArn: &role, Input: new("hello")},
	}
	for _, f := range configure {
		f(in)
	}
	return in, q
}

// begin creates a schedule.
func (c *caller) begin(in *scheduler.CreateScheduleInput) string {
	c.x.Helper()
	arn := text(succeed(c.x, c.Scheduler.CreateSchedule, in).ScheduleArn)
	cleanup(c.x, c.Scheduler.DeleteSchedule, &scheduler.DeleteScheduleInput{Name: in.Name, GroupName: in.GroupName})
	return arn
}

func (c *caller) scheduleGroup() (name, arn string) {
	c.x.Helper()
	name = c.x.name("group")
	arn = text(succeed(c.x, c.Scheduler.CreateScheduleGroup, &scheduler.CreateScheduleGroupInput{Name: &name}).ScheduleGroupArn)
	cleanup(c.x, c.Scheduler.DeleteScheduleGroup, &scheduler.DeleteScheduleGroupInput{Name: &name})
	return name, arn
}

var schedules = []claim{
	{
		says:   "a schedule is read back as it was made, with what it left out filled in",
		source: "EventBridge Scheduler API Reference, GetSchedule; EventBridge Scheduler User Guide, Schedule types",
		check: func(x *bench) {
			in, q := x.Own.schedule("at(2099-12-31T23:59:59)")
			arn := x.Own.begin(in)
			equal(x, "the ARN", arn, "arn:aws:scheduler:"+x.region+":"+x.Own.account+":schedule/default/"+*in.Name)
			out := succeed(x, x.Own.Scheduler.GetSchedule, &scheduler.GetScheduleInput{Name: in.Name})
			equal(x, "GroupName", text(out.GroupName), "default")
			equal(x, "State", out.State, types.ScheduleStateEnabled)
			equal(x, "the zone", text(out.ScheduleExpressionTimezone), "UTC")
			equal(x, "ActionAfterCompletion", out.ActionAfterCompletion, types.ActionAfterCompletionNone)
			equal(x, "the target", text(out.Target.Arn), q.arn)
		},
	},
	{
		says:   "an expression that is none is quoted",
		source: "recorded: scheduler tests_create_schedule_with_invalid_schedule_expression",
		check: func(x *bench) {
			for _, e := range []string{"cron(0 1 * * * *)", "cron(INVALID)", "cron()", "rate(10 seconds)", "rate()", "rate(-10 minutes)", " rate(10 minutes)", "at(2021-12-31T23:59:59Z)", "at(2021-12-31)"} {
				in, _ := x.Own.schedule(e)
				refused(x, x.Own.Scheduler.CreateSchedule, in, "ValidationException").saying("Invalid Schedule Expression " + e + ".")
			}
		},
	},
	{
		says:   "these cron expressions are taken",
		source: "recorded: scheduler test_create_schedule_with_valid_cron_expressions",
		check: func(x *bench) {
			for _, e := range []string{"cron(0-15/1 8-8 ? * 2,3,4,5,6,7 *)", "cron(30-30 13-13 ? * 2,4,6 *)", "cron(1-31/30 1-1 ? * 1,7 *)", "cron(0 18 ? * MON-FRI *)", "cron(*/15 * * * ? *)", "cron(0-59/10 0-23/2 ? * * *)"} {
				in, _ := x.Own.schedule(e, func(in *scheduler.CreateScheduleInput) { in.State = types.ScheduleStateDisabled })
				x.Own.begin(in)
			}
		},
	},
	{
		says:   "a time that is past is taken",
		source: "recorded: scheduler tests_create_schedule_with_valid_schedule_expression",
		check: func(x *bench) {
			in, q := x.Own.schedule("at(2022-12-31T23:59:59)")
			x.Own.begin(in)
			_ = q // whether it is ever invoked is not recorded
		},
	},
	{
		says:   "a name is used once in its group, and found in its group only",
		source: "EventBridge Scheduler API Reference, CreateSchedule; reported: Schedule … does not exist., in aws-sdk-js-v3",
		check: func(x *bench) {
			group, _ := x.Own.scheduleGroup()
			in, _ := x.Own.schedule("rate(100 days)", func(in *scheduler.CreateScheduleInput) { in.GroupName, in.State = &group, types.ScheduleStateDisabled })
			arn := x.Own.begin(in)
			equal(x, "the ARN", arn, "arn:aws:scheduler:"+x.region+":"+x.Own.account+":schedule/"+group+"/"+*in.Name)
			again := *in
			again.ClientToken = new("another")
			refused(x, x.Own.Scheduler.CreateSchedule, &again, "ConflictException")
			refused(x, x.Own.Scheduler.GetSchedule, &scheduler.GetScheduleInput{Name: in.Name}, "ResourceNotFoundException").saying("Schedule " + *in.Name + " does not exist.")
			list := succeed(x, x.Own.Scheduler.ListSchedules, &scheduler.ListSchedulesInput{GroupName: &group})
			equal(x, "the number of schedules", len(list.Schedules), 1)
		},
	},
	{
		says:   "the same request with the same token makes one schedule, another one is a conflict",
		source: "EventBridge Scheduler API Reference, CreateSchedule: ClientToken",
		check: func(x *bench) {
			in, _ := x.Own.schedule("rate(100 days)", func(in *scheduler.CreateScheduleInput) {
				in.State, in.ClientToken = types.ScheduleStateDisabled, new(x.name("token"))
			})
			arn := x.Own.begin(in)
			equal(x, "the ARN", text(succeed(x, x.Own.Scheduler.CreateSchedule, in).ScheduleArn), arn)
			other := *in
			other.ScheduleExpression = new("rate(101 days)")
			refused(x, x.Own.Scheduler.CreateSchedule, &other, "ConflictException")
		},
	},
	{
		says:   "an update replaces all, and what it leaves out is as by default",
		source: "EventBridge Scheduler API Reference, UpdateSchedule",
		check: func(x *bench) {
			in, _ := x.Own.schedule("rate(100 days)", func(in *scheduler.CreateScheduleInput) {
				in.State, in.Description, in.ScheduleExpressionTimezone = types.ScheduleStateDisabled, new("first"), new("Europe/Berlin")
			})
			x.Own.begin(in)
			succeed(x, x.Own.Scheduler.UpdateSchedule, &scheduler.UpdateScheduleInput{
				Name: in.Name, ScheduleExpression: new("at(2099-01-01T00:00:00)"), Target: in.Target, FlexibleTimeWindow: in.FlexibleTimeWindow,
			})
			out := succeed(x, x.Own.Scheduler.GetSchedule, &scheduler.GetScheduleInput{Name: in.Name})
			equal(x, "State", out.State, types.ScheduleStateEnabled)
			equal(x, "Description", text(out.Description), "")
			equal(x, "the zone", text(out.ScheduleExpressionTimezone), "UTC")
		},
	},
	{
		says:   "the execution role must let Scheduler in when the schedule is made",
		source: "reported: The execution role you provide must allow AWS EventBridge Scheduler to assume the role., in aws-sdk-js-v3; EventBridge Scheduler User Guide, Setting up",
		check: func(x *bench) {
			other := x.Own.runs("lambda.amazonaws.com", document(may("sqs:SendMessage", "*")))
			in, _ := x.Own.schedule("rate(1 hour)", func(in *scheduler.CreateScheduleInput) { in.Target.RoleArn = &other })
			refused(x, x.Own.Scheduler.CreateSchedule, in, "ValidationException").saying("The execution role you provide must allow AWS EventBridge Scheduler to assume the role.")
		},
	},
	{
		says:   "a role is handed on only by who may pass it to scheduler.amazonaws.com",
		source: "EventBridge Scheduler User Guide, Setting up",
		check: func(x *bench) {
			in, _ := x.Own.schedule("at(2099-01-01T00:00:00)")
			refused(x, x.Own.session(document(may("scheduler:*", "*"))).Scheduler.CreateSchedule, in, "AccessDeniedException").mentioning("iam:PassRole")
			s := x.Own.session(document(may("scheduler:*", "*"), may("iam:PassRole", "*", `"Condition":{"StringEquals":{"iam:PassedToService":"scheduler.amazonaws.com"}}`)))
			cleanup(x, x.Own.Scheduler.DeleteSchedule, &scheduler.DeleteScheduleInput{Name: in.Name})
			succeed(x, s.Scheduler.CreateSchedule, in)
		},
	},
	{
		says:   "a schedule that is due once invokes its target as its role, with its input",
		source: "EventBridge Scheduler User Guide, Schedule types: one-time schedules, Adding context attributes",
		needs:  clock | inside,
		check: func(x *bench) {
			at := x.lab.World.Now().Add(time.Hour).UTC()
			in, q := x.Own.schedule("at("+at.Format("2006-01-02T15:04:05")+")", func(in *scheduler.CreateScheduleInput) {
				in.Target.Input = new("due <aws.scheduler.scheduled-time> <aws.scheduler.attempt-number>")
			})
			x.Own.begin(in)
			x.advance(59 * time.Minute)
			x.Own.arrivals(q, 0)
			x.advance(2 * time.Minute)
			equal(x, "the message", bodies(x.Own.arrivals(q, 1)), "due "+at.Format("2006-01-02T15:04:05Z")+" 1")
			x.advance(48 * time.Hour)
			succeed(x, x.Own.Scheduler.GetSchedule, &scheduler.GetScheduleInput{Name: in.Name})
		},
	},
	{
		says:   "a schedule that is to be deleted after its completion is gone then",
		source: "EventBridge Scheduler User Guide, Deleting a schedule: deletion after schedule completion",
		needs:  clock | inside,
		check: func(x *bench) {
			at := x.lab.World.Now().Add(time.Hour).UTC()
			in, q := x.Own.schedule("at("+at.Format("2006-01-02T15:04:05")+")", func(in *scheduler.CreateScheduleInput) {
				in.ActionAfterCompletion = types.ActionAfterCompletionDelete
			})
			x.Own.begin(in)
			x.advance(2 * time.Hour)
			x.Own.arrivals(q, 1)
			refused(x, x.Own.Scheduler.GetSchedule, &scheduler.GetScheduleInput{Name: in.Name}, "ResourceNotFoundException")
		},
	},
	{
		says:   "a rate without a start is due at once, and then again and again",
		source: "EventBridge Scheduler User Guide, Schedule types: rate-based schedules",
		needs:  clock,
		check: func(x *bench) {
			in, q := x.Own.schedule("rate(1 hour)")
			x.Own.begin(in)
			x.Own.arrivals(q, 1)
			x.advance(time.Hour)
			x.Own.arrivals(q, 2)
		},
	},
	{
		says:   "what the target refuses goes to the dead-letter queue, as the role",
		source: "EventBridge Scheduler User Guide, Configuring a schedule's dead-letter queue",
		check: func(x *bench) {
			dead := x.Own.queue()
			in, q := x.Own.schedule("rate(1 day)", func(in *scheduler.CreateScheduleInput) {
				in.Target.Arn = new(*in.Target.Arn + "-gone")
				in.Target.RetryPolicy = &types.RetryPolicy{MaximumRetryAttempts: new(int32(0))}
				in.Target.DeadLetterConfig = &types.DeadLetterConfig{Arn: &dead.arn}
			})
			arn := x.Own.begin(in)
			m := x.Own.arrivals(dead, 1)[0]
			equal(x, "the body", text(m.Body), "hello")
			equal(x, "SCHEDULE_ARN", letter(m, "SCHEDULE_ARN"), arn)
			equal(x, "TARGET_ARN", letter(m, "TARGET_ARN"), q.arn+"-gone")
			equal(x, "there is an ERROR_CODE", letter(m, "ERROR_CODE") != "", true)
			equal(x, "RETRY_ATTEMPTS", letter(m, "RETRY_ATTEMPTS"), "0")
		},
	},
	{
		says:   "a schedule puts events on a bus, as its role",
		source: "EventBridge Scheduler User Guide, Templated targets: Amazon EventBridge PutEvents",
		check: func(x *bench) {
			r := x.Own.rule()
			q := x.Own.heard(r)
			bus := "arn:aws:events:" + x.region + ":" + x.Own.account + ":event-bus/default"
			role := x.Own.runs("scheduler.amazonaws.com", document(may("events:PutEvents", bus)))
			in, _ := x.Own.schedule("rate(1 day)", func(in *scheduler.CreateScheduleInput) {
				in.Target = &types.Target{Arn: &bus, RoleArn: &role, Input: new(`{"a":1}`), EventBridgeParameters: &types.EventBridgeParameters{Source: &r.source, DetailType: new("Due")}}
			})
			x.Own.begin(in)
			x.pass(time.Second)
			got := event(x, x.Own.arrivals(q, 1)[0])
			equal(x, "the type", got.DetailType, "Due")
			equal(x, "the detail", string(got.Detail), `{"a":1}`)
		},
	},
	{
		says:   "groups have tags, and the default one is always there",
		source: "recorded: scheduler test_tag_resource, test_untag_resource; EventBridge Scheduler User Guide, Managing a schedule group",
		check: func(x *bench) {
			succeed(x, x.Own.Scheduler.GetScheduleGroup, &scheduler.GetScheduleGroupInput{Name: new("default")})
			name, arn := x.Own.scheduleGroup()
			equal(x, "the ARN", arn, "arn:aws:scheduler:"+x.region+":"+x.Own.account+":schedule-group/"+name)
			succeed(x, x.Own.Scheduler.TagResource, &scheduler.TagResourceInput{ResourceArn: &arn, Tags: []types.Tag{{Key: new("TagKey"), Value: new("TagValue")}}})
			tags := succeed(x, x.Own.Scheduler.ListTagsForResource, &scheduler.ListTagsForResourceInput{ResourceArn: &arn}).Tags
			equal(x, "the tag", text(tags[0].Key)+"="+text(tags[0].Value), "TagKey=TagValue")
			succeed(x, x.Own.Scheduler.UntagResource, &scheduler.UntagResourceInput{ResourceArn: &arn, TagKeys: []string{"TagKey"}})
			equal(x, "the number of tags", len(succeed(x, x.Own.Scheduler.ListTagsForResource, &scheduler.ListTagsForResourceInput{ResourceArn: &arn}).Tags), 0)
		},
	},
	{
		says:   "a group takes its schedules with it",
		source: "EventBridge Scheduler API Reference, DeleteScheduleGroup",
		needs:  clock,
		check: func(x *bench) {
			name, _ := x.Own.scheduleGroup()
			in, _ := x.Own.schedule("rate(100 days)", func(in *scheduler.CreateScheduleInput) { in.GroupName, in.State = &name, types.ScheduleStateDisabled })
			x.Own.begin(in)
			succeed(x, x.Own.Scheduler.DeleteScheduleGroup, &scheduler.DeleteScheduleGroupInput{Name: &name})
			equal(x, "the state", succeed(x, x.Own.Scheduler.GetScheduleGroup, &scheduler.GetScheduleGroupInput{Name: &name}).State, types.ScheduleGroupStateDeleting)
			x.advance(10 * time.Minute)
			refused(x, x.Own.Scheduler.GetScheduleGroup, &scheduler.GetScheduleGroupInput{Name: &name}, "ResourceNotFoundException")
			list := succeed(x, x.Own.Scheduler.ListSchedules, &scheduler.ListSchedulesInput{})
			for _, s := range list.Schedules {
				equal(x, "a schedule of the group is left", strings.Contains(text(s.Arn), name), false)
			}
		},
	},
}
