package conformance

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

const (
	logsAPI   = "CloudWatch Logs API Reference, "
	logsGuide = "CloudWatch Logs User Guide, "
)

// logGroup is a log group that a claim made.
type logGroup struct{ name, arn string }

func (c *caller) logGroup(configure ...func(*cloudwatchlogs.CreateLogGroupInput)) logGroup {
	c.x.Helper()
	in := &cloudwatchlogs.CreateLogGroupInput{LogGroupName: new("/" + c.x.name("group"))}
	for _, f := range configure {
		f(in)
	}
	succeed(c.x, c.Logs.CreateLogGroup, in)
	cleanup(c.x, c.Logs.DeleteLogGroup, &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: in.LogGroupName})
	return c.logGroupNamed(*in.LogGroupName)
}

func (c *caller) logGroupNamed(name string) logGroup {
	return logGroup{name, "arn:aws:logs:" + c.x.region + ":" + c.account + ":log-group:" + name}
}

// stream makes a log stream of that name.
func (c *caller) stream(g logGroup, name string) *cloudwatchlogs.CreateLogStreamInput {
	c.x.Helper()
	in := g.stream(name)
	succeed(c.x, c.Logs.CreateLogStream, in)
	return in
}

func (g logGroup) stream(name string) *cloudwatchlogs.CreateLogStreamInput {
	return &cloudwatchlogs.CreateLogStreamInput{LogGroupName: &g.name, LogStreamName: &name}
}

// described is what is told of one log group.
func (c *caller) described(g logGroup) types.LogGroup {
	c.x.Helper()
	all := succeed(c.x, c.Logs.DescribeLogGroups, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: &g.name}).LogGroups
	if len(all) != 1 {
		c.x.Fatalf("%s is listed as %d log groups", g.name, len(all))
	}
	return all[0]
}

func (c *caller) retain(g logGroup, days int32) {
	c.x.Helper()
	succeed(c.x, c.Logs.PutRetentionPolicy, &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: &g.name, RetentionInDays: &days})
}

// now is the target's time.
func (x *bench) now() time.Time {
	if x.lab != nil {
		return x.lab.World.Now()
	}
	return time.Now()
}

var logGroupClaims = []claim{
	{
		says:   "a log group is described with its ARN in two forms, its class, and no events yet",
		source: "recorded: logs test_describe_log_groups_with_prefix",
		check: func(x *bench) {
			g := x.Own.logGroup()
			d := x.Own.described(g)
			equal(x, "arn", text(d.Arn), g.arn+":*")
			equal(x, "logGroupArn", text(d.LogGroupArn), g.arn)
			equal(x, "logGroupClass", d.LogGroupClass, types.LogGroupClassStandard)
			equal(x, "the numbers", fmt.Sprint(*d.MetricFilterCount, *d.StoredBytes, *d.DeletionProtectionEnabled), "0 0 false")
			equal(x, "what there is not", d.KmsKeyId == nil && d.RetentionInDays == nil, true)
		},
	},
	{
		says:   "a log group that is there cannot be made",
		source: "recorded: logs test_create_log_group_duplicate_error",
		check: func(x *bench) {
			g := x.Own.logGroup()
			refused(x, x.Own.Logs.CreateLogGroup, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &g.name}, "ResourceAlreadyExistsException").saying("The specified log group already exists")
		},
	},
	{
		says:   "the name of a log group has at most 512 characters",
		source: "recorded: logs test_create_log_group_invalid_name_length",
		check: func(x *bench) {
			in := &cloudwatchlogs.CreateLogGroupInput{LogGroupName: new(strings.Repeat("a", 513))}
			refused(x, x.Own.Logs.CreateLogGroup, in, "InvalidParameterException").saying("Invalid LogGroup or LogStream, both must have length less than or equal to 512.")
		},
	},
	{
		says:   "names of log groups that begin with aws/ are AWS's",
		source: logsAPI + "CreateLogGroup",
		check: func(x *bench) {
			refused(x, x.Own.Logs.CreateLogGroup, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: new("aws/" + x.name("group"))}, "InvalidParameterException")
		},
	},
	{
		says:   "log groups are searched by a prefix or by a part of their names, and then less is told",
		source: "recorded: logs test_describe_log_groups_with_pattern, test_describe_log_groups_prefix_and_pattern_error; " + logsAPI + "DescribeLogGroups, logGroupNamePattern",
		check: func(x *bench) {
			g := x.Own.logGroup()
			part := g.name[3:]
			find := func(in *cloudwatchlogs.DescribeLogGroupsInput) (all []types.LogGroup) {
				x.until(func() bool { all = succeed(x, x.Own.Logs.DescribeLogGroups, in).LogGroups; return len(all) == 1 })
				return all
			}
			all := find(&cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePattern: &part})
			if len(all) != 1 {
				x.Fatalf("%d log groups have %s in their names", len(all), part)
			}
			equal(x, "logGroupName", text(all[0].LogGroupName), g.name)
			equal(x, "what is not told", all[0].StoredBytes == nil && all[0].DeletionProtectionEnabled == nil, true)
			equal(x, "those in another case", len(succeed(x, x.Own.Logs.DescribeLogGroups, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePattern: new(strings.ToUpper(part))}).LogGroups), 0)
			equal(x, "those with the part as a prefix", len(succeed(x, x.Own.Logs.DescribeLogGroups, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: &part}).LogGroups), 0)
			both := &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePattern: &part, LogGroupNamePrefix: &part}
			refused(x, x.Own.Logs.DescribeLogGroups, both, "InvalidParameterException").saying("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
		},
	},
	{
		says:   "log groups are listed by name, page by page",
		source: logsAPI + "DescribeLogGroups",
		check: func(x *bench) {
			prefix := "/" + x.name("groups")
			for _, end := range []string{"-c", "-a", "-b"} {
				x.Own.logGroup(func(in *cloudwatchlogs.CreateLogGroupInput) { in.LogGroupName = new(prefix + end) })
			}
			in := &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: &prefix, Limit: new(int32(2))}
			first := succeed(x, x.Own.Logs.DescribeLogGroups, in)
			in.NextToken = first.NextToken
			second := succeed(x, x.Own.Logs.DescribeLogGroups, in)
			var got []string
			for _, g := range append(first.LogGroups, second.LogGroups...) {
				got = append(got, strings.TrimPrefix(text(g.LogGroupName), prefix))
			}
			equal(x, "the log groups", strings.Join(got, " "), "-a -b -c")
			equal(x, "a further token", second.NextToken == nil, true)
			in.NextToken = new("nonsense")
			refused(x, x.Own.Logs.DescribeLogGroups, in, "InvalidParameterException")
		},
	},
	{
		says:   "a log group goes with all that is in it",
		source: logsAPI + "DeleteLogGroup",
		check: func(x *bench) {
			g := x.Own.logGroup()
			x.Own.stream(g, "s")
			succeed(x, x.Own.Logs.DeleteLogGroup, &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: &g.name})
			refused(x, x.Own.Logs.DeleteLogGroup, &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: &g.name}, "ResourceNotFoundException").saying("The specified log group does not exist.")
			succeed(x, x.Own.Logs.CreateLogGroup, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &g.name})
			equal(x, "the streams", len(succeed(x, x.Own.Logs.DescribeLogStreams, &cloudwatchlogs.DescribeLogStreamsInput{LogGroupName: &g.name}).LogStreams), 0)
		},
	},
	{
		says:   "events are kept for a number of days that is one of a list, or for ever",
		source: "asserted: logs test_put_retention_policy, test_delete_retention_policy; " + logsAPI + "PutRetentionPolicy, retentionInDays",
		check: func(x *bench) {
			g := x.Own.logGroup()
			x.Own.retain(g, 7)
			equal(x, "retentionInDays", *x.Own.described(g).RetentionInDays, 7)
			refused(x, x.Own.Logs.PutRetentionPolicy, &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: &g.name, RetentionInDays: new(int32(8))}, "InvalidParameterException")
			succeed(x, x.Own.Logs.DeleteRetentionPolicy, &cloudwatchlogs.DeleteRetentionPolicyInput{LogGroupName: &g.name})
			equal(x, "no retentionInDays", x.Own.described(g).RetentionInDays == nil, true)
		},
	},
	{
		says:   "events are gone three days after their retention has ended, and are counted until it ends",
		source: logsAPI + "PutRetentionPolicy",
		needs:  clock,
		check: func(x *bench) {
			g := x.Own.logGroup()
			x.Own.stream(g, "s")
			x.Own.retain(g, 1)
			x.Own.log(g, "s", "one", "two!")
			equal(x, "storedBytes", *x.Own.described(g).StoredBytes, 26+3+26+4)
			x.advance(25 * time.Hour)
			x.Own.log(g, "s", "three")
			equal(x, "storedBytes after a day", *x.Own.described(g).StoredBytes, 26+5)
			equal(x, "the events after a day", x.Own.logged(g, "s", 3), "one two! three")
			x.advance(71*time.Hour + time.Second)
			equal(x, "the events after four days", x.Own.logged(g, "s", 1), "three")
			x.advance(30 * time.Hour)
			equal(x, "the events after five days", x.Own.logged(g, "s", 0), "")
		},
	},
	{
		says:   "events of a log group without a retention stay",
		source: logsAPI + "CreateLogGroup",
		needs:  clock,
		check: func(x *bench) {
			g := x.Own.logGroup()
			x.Own.stream(g, "s")
			x.Own.retain(g, 1)
			x.Own.log(g, "s", "one")
			succeed(x, x.Own.Logs.DeleteRetentionPolicy, &cloudwatchlogs.DeleteRetentionPolicyInput{LogGroupName: &g.name})
			x.advance(4000 * 24 * time.Hour)
			equal(x, "the events", x.Own.logged(g, "s", 1), "one")
		},
	},
	{
		says:   "tags are set, changed and taken away by the log group's ARN",
		source: "recorded: logs test_tag_resource_api, test_create_log_group_with_tags; " + logsGuide + "Overview of managing access permissions to your CloudWatch Logs resources",
		check: func(x *bench) {
			g := x.Own.logGroup(func(in *cloudwatchlogs.CreateLogGroupInput) { in.Tags = map[string]string{"env": "testing1"} })
			succeed(x, x.Own.Logs.TagResource, &cloudwatchlogs.TagResourceInput{ResourceArn: &g.arn, Tags: map[string]string{"test1": "val1", "test2": "val2", "env": "testing2"}})
			tags := func() map[string]string {
				return succeed(x, x.Own.Logs.ListTagsForResource, &cloudwatchlogs.ListTagsForResourceInput{ResourceArn: &g.arn}).Tags
			}
			equal(x, "the tags", maps.Equal(tags(), map[string]string{"env": "testing2", "test1": "val1", "test2": "val2"}), true)
			succeed(x, x.Own.Logs.UntagResource, &cloudwatchlogs.UntagResourceInput{ResourceArn: &g.arn, TagKeys: []string{"env", "test1", "none"}})
			equal(x, "the tags", maps.Equal(tags(), map[string]string{"test2": "val2"}), true)
			refused(x, x.Own.Logs.ListTagsForResource, &cloudwatchlogs.ListTagsForResourceInput{ResourceArn: new(g.arn + ":*")}, "InvalidParameterException")
			refused(x, x.Own.Logs.TagResource, &cloudwatchlogs.TagResourceInput{ResourceArn: new(g.arn + "-none"), Tags: map[string]string{"a": "b"}}, "ResourceNotFoundException")
			many := map[string]string{}
			for i := range 50 {
				many[fmt.Sprint("tag", i)] = ""
			}
			refused(x, x.Own.Logs.TagResource, &cloudwatchlogs.TagResourceInput{ResourceArn: &g.arn, Tags: many}, "TooManyTagsException")
		},
	},
}

// streamNames gives the names of a listing of streams.
func streamNames(x *bench, c *caller, in *cloudwatchlogs.DescribeLogStreamsInput) string {
	x.Helper()
	var all []string
	for _, st := range succeed(x, c.Logs.DescribeLogStreams, in).LogStreams {
		all = append(all, text(st.LogStreamName))
	}
	return strings.Join(all, " ")
}

var logStreamClaims = []claim{
	{
		says:   "a log stream is described with its ARN, and has no events yet",
		source: "recorded: logs test_create_and_delete_log_stream, test_log_stream_arn_format",
		check: func(x *bench) {
			g := x.Own.logGroup()
			in := x.Own.stream(g, "a/[$LATEST]b")
			out := succeed(x, x.Own.Logs.DescribeLogStreams, &cloudwatchlogs.DescribeLogStreamsInput{LogGroupName: &g.name}).LogStreams
			equal(x, "the number of streams", len(out), 1)
			equal(x, "arn", text(out[0].Arn), g.arn+":log-stream:a/[$LATEST]b")
			//lint:ignore SA1019 the service still tells it, as zero
			equal(x, "storedBytes", *out[0].StoredBytes, 0)
			equal(x, "no events", out[0].FirstEventTimestamp == nil && out[0].LastIngestionTime == nil && out[0].UploadSequenceToken == nil, true)
			gone := &cloudwatchlogs.DeleteLogStreamInput{LogGroupName: &g.name, LogStreamName: in.LogStreamName}
			succeed(x, x.Own.Logs.DeleteLogStream, gone)
			refused(x, x.Own.Logs.DeleteLogStream, gone, "ResourceNotFoundException").saying("The specified log stream does not exist.")
		},
	},
	{
		says:   "a log stream that is there cannot be made, nor one in a log group that is not there",
		source: "recorded: logs test_create_log_stream_duplicate_error, test_resource_does_not_exist",
		check: func(x *bench) {
			g := x.Own.logGroup()
			x.Own.stream(g, "s")
			refused(x, x.Own.Logs.CreateLogStream, g.stream("s"), "ResourceAlreadyExistsException").saying("The specified log stream already exists")
			refused(x, x.Own.Logs.CreateLogStream, logGroup{name: g.name + "-none"}.stream("s"), "ResourceNotFoundException").saying("The specified log group does not exist.")
			for _, name := range []string{"a:b", "a*"} {
				refused(x, x.Own.Logs.CreateLogStream, g.stream(name), "InvalidParameterException")
			}
		},
	},
	{
		says:   "streams are listed of a log group that is given by name or ARN, not both",
		source: "recorded: logs test_describe_log_streams_with_log_group_identifier, test_describe_log_streams_with_prefix",
		check: func(x *bench) {
			g := x.Own.logGroup()
			for _, name := range []string{"b", "ab", "aa"} {
				x.Own.stream(g, name)
			}
			for _, id := range []string{g.name, g.arn} {
				equal(x, "the streams of "+id, streamNames(x, x.Own, &cloudwatchlogs.DescribeLogStreamsInput{LogGroupIdentifier: &id}), "aa ab b")
			}
			equal(x, "those with a prefix", streamNames(x, x.Own, &cloudwatchlogs.DescribeLogStreamsInput{LogGroupName: &g.name, LogStreamNamePrefix: new("a"), Descending: new(true)}), "ab aa")
			both := &cloudwatchlogs.DescribeLogStreamsInput{LogGroupIdentifier: &g.name, LogGroupName: &g.name}
			refused(x, x.Own.Logs.DescribeLogStreams, both, "ValidationException").saying("LogGroup name and LogGroup ARN are mutually exclusive parameters.")
			refused(x, x.Own.Logs.DescribeLogStreams, &cloudwatchlogs.DescribeLogStreamsInput{LogGroupIdentifier: new(g.arn + ":*")}, "InvalidParameterException")
		},
	},
	{
		says:   "streams are listed by the time of their last event where that is asked for, without a prefix",
		source: logsAPI + "DescribeLogStreams, orderBy",
		needs:  clock, // AWS needs up to an hour
		check: func(x *bench) {
			g := x.Own.logGroup()
			for _, name := range []string{"c", "a", "b"} {
				x.Own.stream(g, name)
				x.Own.log(g, name, "event")
				x.advance(time.Minute)
			}
			in := &cloudwatchlogs.DescribeLogStreamsInput{LogGroupName: &g.name, OrderBy: types.OrderByLastEventTime, Descending: new(true)}
			equal(x, "the streams", streamNames(x, x.Own, in), "b a c")
			in.LogStreamNamePrefix = new("a")
			refused(x, x.Own.Logs.DescribeLogStreams, in, "InvalidParameterException")
		},
	},
	{
		says:   "a stream tells the times of its first and last event",
		source: logsAPI + "LogStream",
		needs:  clock, // AWS needs up to an hour
		check: func(x *bench) {
			g := x.Own.logGroup()
			x.Own.stream(g, "s")
			at := x.now().UnixMilli()
			for _, ago := range []int64{1000, 5000, 3000} {
				x.Own.logAt(g, "s", at-ago, "event")
			}
			st := succeed(x, x.Own.Logs.DescribeLogStreams, &cloudwatchlogs.DescribeLogStreamsInput{LogGroupName: &g.name}).LogStreams[0]
			equal(x, "firstEventTimestamp", *st.FirstEventTimestamp, at-5000)
			equal(x, "lastEventTimestamp", *st.LastEventTimestamp, at-1000)
			equal(x, "lastIngestionTime", *st.LastIngestionTime, at)
		},
	},
}
