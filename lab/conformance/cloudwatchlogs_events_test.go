package conformance

import (
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

// log writes lines now, a millisecond apart.
func (c *caller) log(g logGroup, stream string, lines ...string) *cloudwatchlogs.PutLogEventsOutput {
	c.x.Helper()
	return c.logAt(g, stream, c.x.now().UnixMilli(), lines...)
}

func (c *caller) logAt(g logGroup, stream string, at int64, lines ...string) *cloudwatchlogs.PutLogEventsOutput {
	c.x.Helper()
	return succeed(c.x, c.Logs.PutLogEvents, g.put(stream, at, lines...))
}

func (g logGroup) put(stream string, at int64, lines ...string) *cloudwatchlogs.PutLogEventsInput {
	in := &cloudwatchlogs.PutLogEventsInput{LogGroupName: &g.name, LogStreamName: &stream}
	for i, l := range lines {
		in.LogEvents = append(in.LogEvents, types.InputLogEvent{Message: &l, Timestamp: new(at + int64(i))})
	}
	return in
}

func (g logGroup) get(stream string) *cloudwatchlogs.GetLogEventsInput {
	return &cloudwatchlogs.GetLogEventsInput{LogGroupName: &g.name, LogStreamName: &stream, StartFromHead: new(true)}
}

// logged gives the messages of a stream, once there are so many.
func (c *caller) logged(g logGroup, stream string, n int) string {
	c.x.Helper()
	var out *cloudwatchlogs.GetLogEventsOutput
	c.x.until(func() bool {
		out = succeed(c.x, c.Logs.GetLogEvents, g.get(stream))
		return len(out.Events) == n
	})
	return printed(out.Events)
}

func printed(events []types.OutputLogEvent) string {
	var all []string
	for _, e := range events {
		all = append(all, text(e.Message))
	}
	return strings.Join(all, " ")
}

// written is a stream with a minute between its events.
func (c *caller) written(lines ...string) (g logGroup, first int64) {
	c.x.Helper()
	g = c.logGroup()
	c.stream(g, "s")
	first = c.x.now().Add(-time.Hour).UnixMilli()
	in := g.put("s", first, lines...)
	for i := range in.LogEvents {
		in.LogEvents[i].Timestamp = new(first + int64(i)*60000)
	}
	succeed(c.x, c.Logs.PutLogEvents, in)
	c.logged(g, "s", len(lines))
	return g, first
}

var logEventClaims = []claim{
	{
		says:   "what is put into a stream is read from it, whatever its letters",
		source: "asserted: logs test_put_events_multi_bytes_msg, test_get_log_events_basic, test_get_log_events_using_log_group_identifier",
		check: func(x *bench) {
			g := x.Own.logGroup()
			x.Own.stream(g, "s")
			x.Own.log(g, "s", "🙀 - 参よ", "日本語\n")
			equal(x, "the events", x.Own.logged(g, "s", 2), "🙀 - 参よ 日本語\n")
			for _, id := range []string{g.name, g.arn} {
				in := g.get("s")
				in.LogGroupName, in.LogGroupIdentifier = nil, &id
				equal(x, "the number by "+id, len(succeed(x, x.Own.Logs.GetLogEvents, in).Events), 2)
			}
		},
	},
	{
		says:   "events of several batches stand in the order of their times",
		source: logsAPI + "GetLogEvents",
		check: func(x *bench) {
			g := x.Own.logGroup()
			x.Own.stream(g, "s")
			at := x.now().UnixMilli()
			x.Own.logAt(g, "s", at-1000, "c", "d")
			x.Own.logAt(g, "s", at-2000, "a", "b")
			equal(x, "the events", x.Own.logged(g, "s", 4), "a b c d")
		},
	},
	{
		says:   "a page has the last events where it is not asked to begin with the first",
		source: "asserted: logs test_get_log_events_start_from_head; " + logsAPI + "GetLogEvents, startFromHead",
		check: func(x *bench) {
			g, _ := x.Own.written("a", "b", "c", "d")
			in := g.get("s")
			in.Limit = new(int32(3))
			equal(x, "from the head", printed(succeed(x, x.Own.Logs.GetLogEvents, in).Events), "a b c")
			in.StartFromHead = nil
			equal(x, "from the tail", printed(succeed(x, x.Own.Logs.GetLogEvents, in).Events), "b c d")
		},
	},
	{
		says:   "tokens lead forward and back, and the same comes back at the end",
		source: logsAPI + "GetLogEvents, nextForwardToken",
		check: func(x *bench) {
			g, _ := x.Own.written("a", "b", "c")
			in := g.get("s")
			in.Limit = new(int32(2))
			step := func(want string) *cloudwatchlogs.GetLogEventsOutput {
				x.Helper()
				out := succeed(x, x.Own.Logs.GetLogEvents, in)
				equal(x, "the page", printed(out.Events), want)
				return out
			}
			in.NextToken = step("a b").NextForwardToken
			in.NextToken = step("c").NextForwardToken
			end := step("")
			equal(x, "the token at the end", text(end.NextForwardToken), text(in.NextToken))
			x.Own.log(g, "s", "d")
			x.until(func() bool { return len(succeed(x, x.Own.Logs.GetLogEvents, in).Events) == 1 })
			in.NextToken = step("d").NextBackwardToken
			in.NextToken = step("b c").NextBackwardToken
			in.NextToken = step("a").NextBackwardToken
			equal(x, "the token at the beginning", text(step("").NextBackwardToken), text(in.NextToken))
		},
	},
	{
		says:   "a token that is none, or is older than a day, is refused",
		source: "recorded: logs test_get_log_events_invalid_token, test_filter_log_events_unknown_token; " + logsAPI + "GetLogEvents, nextForwardToken; assumption: the answer to an old one",
		needs:  clock,
		check: func(x *bench) {
			g, _ := x.Own.written("a", "b")
			in := g.get("s")
			in.NextToken = new("invalid-token")
			refused(x, x.Own.Logs.GetLogEvents, in, "InvalidParameterException").saying("The specified nextToken is invalid.")
			filter := &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &g.name, NextToken: new("invalid-token")}
			refused(x, x.Own.Logs.FilterLogEvents, filter, "InvalidParameterException").saying("The specified nextToken is invalid.")
			in.NextToken = nil
			in.NextToken = succeed(x, x.Own.Logs.GetLogEvents, in).NextBackwardToken
			x.advance(24 * time.Hour)
			succeed(x, x.Own.Logs.GetLogEvents, in)
			x.advance(time.Second)
			refused(x, x.Own.Logs.GetLogEvents, in, "InvalidParameterException")
		},
	},
	{
		says:   "a page has at most 10000 events",
		source: "recorded: logs test_get_log_events_limit_validation, test_filter_log_events_limit_validation",
		check: func(x *bench) {
			g, _ := x.Own.written("a")
			in := g.get("s")
			in.Limit = new(int32(10001))
			const want = "1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 10000"
			refused(x, x.Own.Logs.GetLogEvents, in, "InvalidParameterException").saying(want)
			refused(x, x.Own.Logs.FilterLogEvents, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &g.name, Limit: in.Limit}, "InvalidParameterException").saying(want)
		},
	},
	{
		says:   "a page has at most one megabyte of events",
		source: logsAPI + "GetLogEvents",
		check: func(x *bench) {
			g := x.Own.logGroup()
			x.Own.stream(g, "s")
			at := x.now().UnixMilli()
			for i, letter := range []string{"a", "b", "c"} {
				x.Own.logAt(g, "s", at+int64(i), strings.Repeat(letter, 400000))
			}
			x.until(func() bool { return len(succeed(x, x.Own.Logs.GetLogEvents, g.get("s")).Events) > 0 })
			in := g.get("s")
			out := succeed(x, x.Own.Logs.GetLogEvents, in)
			equal(x, "the events of the page", len(out.Events), 2)
			in.NextToken = out.NextForwardToken
			equal(x, "those of the next", len(succeed(x, x.Own.Logs.GetLogEvents, in).Events), 1)
			in = g.get("s")
			in.StartFromHead = nil
			equal(x, "the first of the last page", text(succeed(x, x.Own.Logs.GetLogEvents, in).Events[0].Message)[:1], "b")
		},
	},
	{
		says:   "GetLogEvents includes the start of a time range and not its end, FilterLogEvents both",
		source: logsAPI + "GetLogEvents, endTime; " + logsAPI + "FilterLogEvents, endTime",
		check: func(x *bench) {
			g, first := x.Own.written("a", "b", "c", "d")
			in := g.get("s")
			in.StartTime, in.EndTime = new(first+60000), new(first+3*60000)
			equal(x, "GetLogEvents", printed(succeed(x, x.Own.Logs.GetLogEvents, in).Events), "b c")
			equal(x, "FilterLogEvents", x.Own.search(&cloudwatchlogs.FilterLogEventsInput{LogGroupName: &g.name, StartTime: in.StartTime, EndTime: in.EndTime}, 3), "b,c,d")
		},
	},
	{
		says:   "a batch is in the order of time",
		source: "recorded: logs test_put_log_events_wrong_order",
		check: func(x *bench) {
			g := x.Own.logGroup()
			x.Own.stream(g, "s")
			in := g.put("s", x.now().UnixMilli(), "a", "b")
			slices.Reverse(in.LogEvents)
			refused(x, x.Own.Logs.PutLogEvents, in, "InvalidParameterException").saying("Log events in a single PutLogEvents request must be in chronological order.")
		},
	},
	{
		says:   "events that are too old or too new are told of, and the others are taken",
		source: "recorded: logs test_put_log_events_too_old, test_put_log_events_too_new; " + logsAPI + "PutLogEvents; " + logsAPI + "RejectedLogEventsInfo",
		check: func(x *bench) {
			g := x.Own.logGroup()
			x.Own.stream(g, "s")
			now := x.now()
			in := g.put("s", 0, "old", "older", "good", "new")
			for i, at := range []time.Duration{-30 * 24 * time.Hour, -14*24*time.Hour - time.Minute, -time.Minute, 2*time.Hour + time.Minute} {
				in.LogEvents[i].Timestamp = new(now.Add(at).UnixMilli())
			}
			out := succeed(x, x.Own.Logs.PutLogEvents, in)
			equal(x, "tooOldLogEventEndIndex", *out.RejectedLogEventsInfo.TooOldLogEventEndIndex, 2)
			equal(x, "tooNewLogEventStartIndex", *out.RejectedLogEventsInfo.TooNewLogEventStartIndex, 3)
			equal(x, "nextSequenceToken", text(out.NextSequenceToken) != "", true)
			equal(x, "the events", x.Own.logged(g, "s", 1), "good")
		},
	},
	{
		says:   "events from before the log group's retention are told of",
		source: logsAPI + "PutLogEvents; " + logsAPI + "RejectedLogEventsInfo; assumption: the index, which is as that of events that are too old",
		check: func(x *bench) {
			g := x.Own.logGroup()
			x.Own.stream(g, "s")
			x.Own.retain(g, 1)
			in := g.put("s", 0, "expired", "good")
			in.LogEvents[0].Timestamp, in.LogEvents[1].Timestamp = new(x.now().Add(-25*time.Hour).UnixMilli()), new(x.now().UnixMilli())
			out := succeed(x, x.Own.Logs.PutLogEvents, in)
			equal(x, "expiredLogEventEndIndex", *out.RejectedLogEventsInfo.ExpiredLogEventEndIndex, 1)
			equal(x, "the events", x.Own.logged(g, "s", 1), "good")
		},
	},
	{
		says:   "the valid events of a batch span at most a day",
		source: logsAPI + "PutLogEvents; reported: the message, in aws-greengrass/aws-greengrass-log-manager#59",
		check: func(x *bench) {
			g := x.Own.logGroup()
			x.Own.stream(g, "s")
			in := g.put("s", 0, "a", "b")
			in.LogEvents[0].Timestamp, in.LogEvents[1].Timestamp = new(x.now().Add(-25*time.Hour).UnixMilli()), new(x.now().UnixMilli())
			refused(x, x.Own.Logs.PutLogEvents, in, "InvalidParameterException").saying("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
		},
	},
	{
		says:   "a batch has at most a mebibyte, of which each event takes 26 bytes besides its message, and 10000 events",
		source: logsAPI + "PutLogEvents; reported: the message, in nhs-england-tools/terraform-aws-opennext#27",
		check: func(x *bench) {
			g := x.Own.logGroup()
			x.Own.stream(g, "s")
			at := x.now().UnixMilli()
			half := strings.Repeat("é", (1<<20-2*26)/4)
			x.Own.logAt(g, "s", at, half, half)
			refused(x, x.Own.Logs.PutLogEvents, g.put("s", at, half, half+"x"), "InvalidParameterException").saying("Upload too large: 1048577 bytes exceeds limit of 1048576")
			refused(x, x.Own.Logs.PutLogEvents, g.put("s", at, slices.Repeat([]string{"x"}, 10001)...), "InvalidParameterException")
			refused(x, x.Own.Logs.PutLogEvents, g.put("s", at, ""), "InvalidParameterException")
		},
	},
	{
		says:   "a log stream that is not there takes no events, and gives none",
		source: "recorded: logs test_put_log_events_to_invalid_stream, test_resource_does_not_exist",
		check: func(x *bench) {
			g := x.Own.logGroup()
			none := logGroup{name: g.name + "-none"}
			refused(x, x.Own.Logs.PutLogEvents, g.put("none", x.now().UnixMilli(), "a"), "ResourceNotFoundException").saying("The specified log stream does not exist.")
			refused(x, x.Own.Logs.GetLogEvents, g.get("none"), "ResourceNotFoundException").saying("The specified log stream does not exist.")
			refused(x, x.Own.Logs.GetLogEvents, none.get("none"), "ResourceNotFoundException").saying("The specified log group does not exist.")
			refused(x, x.Own.Logs.FilterLogEvents, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &none.name}, "ResourceNotFoundException")
		},
	},
	{
		says:   "the sequence token does not matter",
		source: logsAPI + "PutLogEvents, sequenceToken",
		check: func(x *bench) {
			g := x.Own.logGroup()
			x.Own.stream(g, "s")
			in := g.put("s", x.now().UnixMilli(), "a")
			in.SequenceToken = new("1")
			succeed(x, x.Own.Logs.PutLogEvents, in)
			succeed(x, x.Own.Logs.PutLogEvents, in)
			equal(x, "the events", x.Own.logged(g, "s", 2), "a a")
		},
	},
}
