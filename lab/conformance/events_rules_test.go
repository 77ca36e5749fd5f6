package conformance

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
)

func described(name string, bus *string) *eventbridge.DescribeRuleInput {
	return &eventbridge.DescribeRuleInput{Name: &name, EventBusName: bus}
}

var eventRules = []claim{
	{
		says:   "a rule of the default bus has its name alone in its ARN, one of another bus the bus's name too",
		source: "recorded: events test_put_list_with_prefix_describe_delete_rule",
		check: func(x *bench) {
			r := x.Own.rule()
			equal(x, "the ARN", r.arn, "arn:aws:events:"+x.region+":"+x.Own.account+":rule/"+r.name)
			out := succeed(x, x.Own.Events.DescribeRule, described(r.name, nil))
			equal(x, "CreatedBy", text(out.CreatedBy), x.Own.account)
			equal(x, "EventBusName", text(out.EventBusName), "default")
			equal(x, "State", out.State, types.RuleStateEnabled)
			bus, _ := x.Own.bus()
			other := x.Own.rule(onBus(bus))
			equal(x, "the ARN", other.arn, "arn:aws:events:"+x.region+":"+x.Own.account+":rule/"+bus+"/"+other.name)
			equal(x, "the number of rules", len(succeed(x, x.Own.Events.ListRules, &eventbridge.ListRulesInput{EventBusName: &bus}).Rules), 1)
		},
	},
	{
		says:   "a rule is saved again under its name, and keeps its targets",
		source: "recorded: events test_put_multiple_rules_with_same_name, test_update_rule_with_targets",
		check: func(x *bench) {
			r := x.Own.rule()
			x.Own.heard(r)
			out := succeed(x, x.Own.Events.PutRule, &eventbridge.PutRuleInput{Name: &r.name, EventPattern: new(`{"source":["other"]}`), Description: new("again")})
			equal(x, "the ARN", text(out.RuleArn), r.arn)
			equal(x, "the pattern", text(succeed(x, x.Own.Events.DescribeRule, described(r.name, nil)).EventPattern), `{"source":["other"]}`)
			equal(x, "the number of targets", len(succeed(x, x.Own.Events.ListTargetsByRule, &eventbridge.ListTargetsByRuleInput{Rule: &r.name}).Targets), 1)
		},
	},
	{
		says:   "a rule that does not exist is deleted, but neither described nor switched",
		source: "recorded: events test_describe_nonexistent_rule; EventBridge API Reference, DeleteRule",
		check: func(x *bench) {
			name := x.name("rule")
			refused(x, x.Own.Events.DescribeRule, described(name, nil), "ResourceNotFoundException").saying("Rule " + name + " does not exist on EventBus default.")
			refused(x, x.Own.Events.EnableRule, &eventbridge.EnableRuleInput{Name: &name}, "ResourceNotFoundException")
			succeed(x, x.Own.Events.DeleteRule, &eventbridge.DeleteRuleInput{Name: &name})
		},
	},
	{
		says:   "a rule with targets is not deleted",
		source: "recorded: events test_delete_rule_with_targets",
		check: func(x *bench) {
			r := x.Own.rule()
			x.Own.heard(r)
			refused(x, x.Own.Events.DeleteRule, &eventbridge.DeleteRuleInput{Name: &r.name}, "ValidationException").saying("Rule can't be deleted since it has targets.")
		},
	},
	{
		says:   "a disabled rule takes no events until it is enabled",
		source: "recorded: events test_disable_re_enable_rule; EventBridge API Reference, DisableRule",
		check: func(x *bench) {
			r := x.Own.rule()
			q := x.Own.heard(r)
			succeed(x, x.Own.Events.DisableRule, &eventbridge.DisableRuleInput{Name: &r.name})
			equal(x, "State", succeed(x, x.Own.Events.DescribeRule, described(r.name, nil)).State, types.RuleStateDisabled)
			if x.lab != nil { // AWS takes a while to stop
				x.Own.put(entry(r.source, `{"n":1}`))
			}
			succeed(x, x.Own.Events.EnableRule, &eventbridge.EnableRuleInput{Name: &r.name})
			x.Own.put(entry(r.source, `{"n":2}`))
			equal(x, "the detail", string(event(x, x.Own.arrivals(q, 1)[0]).Detail), `{"n":2}`)
		},
	},
	{
		says:   "a rule has an event pattern or a schedule, and a schedule on the default bus only",
		source: "recorded: events tests_put_rule_with_schedule_custom_event_bus; EventBridge API Reference, PutRule; assumption: the code for a rule with neither",
		check: func(x *bench) {
			bus, _ := x.Own.bus()
			refused(x, x.Own.Events.PutRule, &eventbridge.PutRuleInput{Name: new(x.name("rule")), EventBusName: &bus, ScheduleExpression: new("rate(1 minute)")}, "ValidationException").
				saying("ScheduleExpression is supported only on the default event bus.")
			refused(x, x.Own.Events.PutRule, &eventbridge.PutRuleInput{Name: new(x.name("rule"))}, "ValidationException")
		},
	},
	{
		says:   "a rate has the singular for one and the plural for more, and no blanks around",
		source: "asserted: events test_put_rule_with_invalid_schedule_rate",
		check: func(x *bench) {
			for _, e := range []string{"rate(1 minutes)", "rate(10 hour)", "rate(0 minutes)", "rate(10 seconds)", "rate( 10 minutes )", "rate(10 MINUTES)", " rate(10 minutes)", "rate(10)"} {
				refused(x, x.Own.Events.PutRule, &eventbridge.PutRuleInput{Name: new(x.name("rule")), ScheduleExpression: &e}, "ValidationException").
					saying("Parameter ScheduleExpression is not valid.")
			}
		},
	},
	{
		says:   "a cron expression has six fields, one of them a question mark for one of the days",
		source: "recorded: events tests_put_rule_with_schedule_cron, tests_put_rule_with_invalid_schedule_cron",
		check: func(x *bench) {
			for _, e := range []string{"cron(0 2 ? * SAT#3 *)", "cron(15 10 ? * 6L 2002-2005)", "cron(0/5 8-17 ? * MON-FRI *)", "cron(0/5 5 ? JAN 1-5 2022)"} {
				r := x.Own.rule(func(in *eventbridge.PutRuleInput) {
					in.EventPattern, in.ScheduleExpression, in.State = nil, &e, types.RuleStateDisabled
				})
				equal(x, "the expression", text(succeed(x, x.Own.Events.DescribeRule, described(r.name, nil)).ScheduleExpression), e)
			}
			for _, e := range []string{"cron(0 1 * * * *)", "cron(7 20 * * NOT *)", "cron(INVALID)", "cron(0 dummy ? * MON-FRI *)", "cron(71 8 1 * ? *)"} {
				refused(x, x.Own.Events.PutRule, &eventbridge.PutRuleInput{Name: new(x.name("rule")), ScheduleExpression: &e}, "ValidationException").
					saying("Parameter ScheduleExpression is not valid.")
			}
		},
	},
	{
		says:   "a schedule sends an event of aws.events, about the rule, to the rule's targets",
		source: "recorded: events tests_schedule_rate_target_sqs, test_schedule_cron_target_sqs",
		needs:  clock,
		check: func(x *bench) {
			r := x.Own.rule(func(in *eventbridge.PutRuleInput) {
				in.EventPattern, in.ScheduleExpression = nil, new("rate(1 minute)")
			})
			q := x.Own.heard(r)
			x.advance(90 * time.Second)
			e := event(x, x.Own.arrivals(q, 1)[0])
			equal(x, "the source", e.Source, "aws.events")
			equal(x, "the type", e.DetailType, "Scheduled Event")
			equal(x, "the resources", strings.Join(e.Resources, " "), r.arn)
			equal(x, "the detail", string(e.Detail), "{}")
			x.advance(time.Minute)
			x.Own.arrivals(q, 2) // the first one is not hidden any more
		},
	},
	{
		says:   "a rule without a pattern takes nothing that is put",
		source: "asserted: events tests_scheduled_rule_does_not_trigger_on_put_events",
		check: func(x *bench) {
			r := x.Own.rule(func(in *eventbridge.PutRuleInput) {
				in.EventPattern, in.ScheduleExpression = nil, new("rate(10 minutes)")
			})
			q := x.Own.heard(r)
			x.Own.put(entry(r.source, `{}`))
			x.Own.arrivals(q, 0)
		},
	},
	{
		says:   "the rules of a target are found by its ARN",
		source: "recorded: events test_list_rule_names_by_target, test_list_rule_names_by_target_no_matches",
		check: func(x *bench) {
			r := x.Own.rule()
			q := x.Own.heard(r)
			out := succeed(x, x.Own.Events.ListRuleNamesByTarget, &eventbridge.ListRuleNamesByTargetInput{TargetArn: &q.arn})
			equal(x, "the rules", strings.Join(out.RuleNames, " "), r.name)
			none := succeed(x, x.Own.Events.ListRuleNamesByTarget, &eventbridge.ListRuleNamesByTargetInput{TargetArn: new(q.arn + "x")})
			equal(x, "the number of rules", len(none.RuleNames), 0)
		},
	},
	{
		says:   "a role is handed on only by who may pass it to events.amazonaws.com",
		source: "EventBridge User Guide, Using IAM roles",
		check: func(x *bench) {
			role := x.Own.runs("events.amazonaws.com", document(may("sqs:SendMessage", "*")))
			in := &eventbridge.PutRuleInput{Name: new(x.name("rule")), EventPattern: new(`{"source":["x"]}`), RoleArn: &role}
			cleanup(x, x.Own.Events.DeleteRule, &eventbridge.DeleteRuleInput{Name: in.Name})
			refused(x, x.Own.session(document(may("events:*", "*"))).Events.PutRule, in, "AccessDeniedException").mentioning("iam:PassRole")
			passing := may("iam:PassRole", role, `"Condition":{"StringEquals":{"iam:PassedToService":"events.amazonaws.com"}}`)
			succeed(x, x.Own.session(document(may("events:*", "*"), passing)).Events.PutRule, in)
		},
	},
	{
		says:   "a policy can ask for the source that a rule's pattern names",
		source: "EventBridge User Guide, Using IAM policy conditions; Service Authorization Reference, Amazon EventBridge",
		check: func(x *bench) {
			s := x.Own.session(document(may("events:PutRule", "*", `"Condition":{"StringEquals":{"events:source":"aws.ec2"}}`)))
			in := func(source string) *eventbridge.PutRuleInput {
				return &eventbridge.PutRuleInput{Name: new(x.name("rule")), EventPattern: new(`{"source":["` + source + `"]}`)}
			}
			refused(x, s.Events.PutRule, in("aws.s3"), "AccessDeniedException")
			allowed := in("aws.ec2")
			cleanup(x, x.Own.Events.DeleteRule, &eventbridge.DeleteRuleInput{Name: allowed.Name})
			succeed(x, s.Events.PutRule, allowed)
		},
	},
}
