package conformance

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
)

const logsPermissions = logsGuide + "Overview of managing access permissions to your CloudWatch Logs resources"

var logAccessClaims = []claim{
	{
		says:   "a policy on a log group has :* behind the ARN, except for tags",
		source: logsPermissions,
		check: func(x *bench) {
			g := x.Own.logGroup()
			bare := x.Own.session(document(may("logs:*", g.arn)))
			whole := x.Own.session(document(may("logs:*", g.arn+":*")))
			days := &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: &g.name, RetentionInDays: new(int32(1))}
			refused(x, bare.Logs.PutRetentionPolicy, days, "AccessDeniedException")
			succeed(x, whole.Logs.PutRetentionPolicy, days)
			refused(x, bare.Logs.CreateLogStream, g.stream("s"), "AccessDeniedException")
			whole.stream(g, "s")
			whole.log(g, "s", "a")
			equal(x, "the events", whole.search(&cloudwatchlogs.FilterLogEventsInput{LogGroupName: &g.name}, 1), "a")
			tags := &cloudwatchlogs.ListTagsForResourceInput{ResourceArn: &g.arn}
			succeed(x, bare.Logs.ListTagsForResource, tags)
			refused(x, whole.Logs.ListTagsForResource, tags, "AccessDeniedException")
		},
	},
	{
		says:   "a refusal on a stream names the stream's ARN",
		source: "reported: the refusal, in aws-solutions/aws-crr-monitor#8; assumption: its end, which is the common one",
		check: func(x *bench) {
			g := x.Own.logGroup()
			nobody := x.Own.session(document(mayNot("kms:*", "*")))
			refused(x, nobody.Logs.CreateLogStream, g.stream("2019/12/16/[$LATEST]9f"), "AccessDeniedException").saying(
				"User: " + nobody.arn + " is not authorized to perform: logs:CreateLogStream on resource: " + g.arn +
					":log-stream:2019/12/16/[$LATEST]9f because no identity-based policy allows the logs:CreateLogStream action")
			writer := x.Own.session(document(may("logs:PutLogEvents", g.arn+":log-stream:mine")))
			x.Own.stream(g, "mine")
			x.Own.stream(g, "yours")
			writer.log(g, "mine", "a")
			refused(x, writer.Logs.PutLogEvents, g.put("yours", x.now().UnixMilli(), "a"), "AccessDeniedException")
		},
	},
	{
		says:   "calls on a whole log group are asked about with an empty stream",
		source: "reported: the resources, in vectordotdev/vector#714",
		check: func(x *bench) {
			g := x.Own.logGroup()
			nobody := x.Own.session(document(mayNot("kms:*", "*")))
			refused(x, nobody.Logs.CreateLogGroup, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &g.name}, "AccessDeniedException").mentioning(" on resource: " + g.arn + ":log-stream: because")
			refused(x, nobody.Logs.DescribeLogStreams, &cloudwatchlogs.DescribeLogStreamsInput{LogGroupName: &g.name}, "AccessDeniedException").mentioning(" on resource: " + g.arn + ":log-stream: because")
			refused(x, nobody.Logs.DescribeLogGroups, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: &g.name}, "AccessDeniedException").mentioning(
				" on resource: arn:aws:logs:" + x.region + ":" + x.Own.account + ":log-group::log-stream: because")
		},
	},
	{
		says:   "whether a log group exists is told only to who may use it",
		source: "assumption: the policies are asked before the log group is looked for, as everywhere in AWS where the ARN is known from the request",
		check: func(x *bench) {
			none := x.Own.logGroupNamed("/" + x.name("none"))
			refused(x, x.Own.session(document(mayNot("kms:*", "*"))).Logs.GetLogEvents, none.get("s"), "AccessDeniedException")
			refused(x, x.Own.Logs.GetLogEvents, none.get("s"), "ResourceNotFoundException")
		},
	},
	{
		says:   "to make a log group with tags needs logs:TagResource or logs:TagLogGroup",
		source: logsAPI + "CreateLogGroup, tags; reported: the message, in awslabs/aws-well-architected-labs#747",
		check: func(x *bench) {
			in := func() *cloudwatchlogs.CreateLogGroupInput {
				return &cloudwatchlogs.CreateLogGroupInput{LogGroupName: new("/" + x.name("tagged")), Tags: map[string]string{"team": "red"}}
			}
			maker := x.Own.session(document(may("logs:CreateLogGroup", "*")))
			refused(x, maker.Logs.CreateLogGroup, in(), "AccessDeniedException").saying("User with accountId: " + x.Own.account + " is not authorized to perform CreateLogGroup with Tags")
			for _, also := range []string{"logs:TagResource", "logs:TagLogGroup"} {
				made := in()
				succeed(x, x.Own.session(document(may("logs:CreateLogGroup "+also, "*"))).Logs.CreateLogGroup, made)
				cleanup(x, x.Own.Logs.DeleteLogGroup, &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: made.LogGroupName})
			}
		},
	},
	{
		says:   "a log group's tags, and those of a request, decide",
		source: "Service Authorization Reference, Amazon CloudWatch Logs: condition keys",
		check: func(x *bench) {
			g := x.Own.logGroup(func(in *cloudwatchlogs.CreateLogGroupInput) { in.Tags = map[string]string{"team": "red"} })
			for team, open := range map[string]bool{"red": true, "blue": false} {
				s := x.Own.session(document(may("logs:*", "*", when("StringEquals", "aws:ResourceTag/team", team))))
				in := &cloudwatchlogs.DescribeLogStreamsInput{LogGroupName: &g.name}
				if open {
					succeed(x, s.Logs.DescribeLogStreams, in)
				} else {
					refused(x, s.Logs.DescribeLogStreams, in, "AccessDeniedException")
				}
			}
			s := x.Own.session(document(may("logs:TagResource", "*", when("ForAllValues:StringEquals", "aws:TagKeys", "team"))))
			succeed(x, s.Logs.TagResource, &cloudwatchlogs.TagResourceInput{ResourceArn: &g.arn, Tags: map[string]string{"team": "green"}})
			refused(x, s.Logs.TagResource, &cloudwatchlogs.TagResourceInput{ResourceArn: &g.arn, Tags: map[string]string{"cost": "1"}}, "AccessDeniedException")
		},
	},
	{
		says:   "another account's log group is not touched",
		source: logsPermissions + "; assumption: a log group without a policy of its own is open to its account alone",
		needs:  otherAccount,
		check: func(x *bench) {
			g := x.Own.logGroup()
			refused(x, x.Other.Logs.ListTagsForResource, &cloudwatchlogs.ListTagsForResourceInput{ResourceArn: &g.arn}, "AccessDeniedException")
			refused(x, x.Other.Logs.CreateLogStream, g.stream("s"), "ResourceNotFoundException")
		},
	},
	{
		says:   "CloudTrail's history has what is done to log groups, and not the events that are put there",
		source: logsGuide + "Logging CloudWatch Logs API operations in AWS CloudTrail",
		needs:  clock,
		check: func(x *bench) {
			g := x.Own.logGroup()
			x.Own.stream(g, "s")
			x.Own.log(g, "s", "a")
			equal(x, "the events", x.Own.logged(g, "s", 1), "a")
			x.advance(time.Hour)
			var names []string
			for _, e := range succeed(x, x.Own.Trail.LookupEvents, &cloudtrail.LookupEventsInput{}).Events {
				if text(e.EventSource) == "logs.amazonaws.com" {
					names = append(names, text(e.EventName))
				}
			}
			equal(x, "the calls, newest first", strings.Join(names, " "), "GetLogEvents CreateLogStream CreateLogGroup")
		},
	},
}
