package conformance

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
)

// search gives the messages of one page of a search, once there are so many.
func (c *caller) search(in *cloudwatchlogs.FilterLogEventsInput, n int) string {
	c.x.Helper()
	var all []string
	c.x.until(func() bool {
		all = nil
		for _, e := range succeed(c.x, c.Logs.FilterLogEvents, in).Events {
			all = append(all, text(e.Message))
		}
		return len(all) == n
	})
	return strings.Join(all, ",")
}

// spread is a log group with events in two streams.
func (c *caller) spread() logGroup {
	c.x.Helper()
	g := c.logGroup()
	at := c.x.now().Add(-time.Hour).UnixMilli()
	for i, stream := range []string{"one", "two"} {
		c.stream(g, stream)
		for j := range 2 {
			c.logAt(g, stream, at+int64(10*j+i), stream+string(rune('a'+j)))
		}
	}
	c.search(&cloudwatchlogs.FilterLogEventsInput{LogGroupName: &g.name}, 4)
	return g
}

var logSearchClaims = []claim{
	{
		says:   "a search goes through all streams, in the order of time",
		source: "asserted: logs test_filter_log_events_interleaved, test_filter_log_events_basic; " + logsAPI + "FilterLogEvents",
		check: func(x *bench) {
			g := x.Own.spread()
			in := &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &g.name}
			equal(x, "the events", x.Own.search(in, 4), "onea,twoa,oneb,twob")
			out := succeed(x, x.Own.Logs.FilterLogEvents, in)
			seen := map[string]bool{}
			for _, e := range out.Events {
				equal(x, "logStreamName", text(e.LogStreamName), text(e.Message)[:3])
				seen[text(e.EventId)] = true
			}
			equal(x, "the number of ids", len(seen), 4)
			equal(x, "searchedLogStreams", len(out.SearchedLogStreams), 0)
		},
	},
	{
		says:   "a search is held to streams by their names or by a prefix",
		source: "asserted: logs test_filter_log_events_with_log_stream_names; " + logsAPI + "FilterLogEvents, logStreamNames; assumption: the answer to a stream that is not there",
		check: func(x *bench) {
			g := x.Own.spread()
			equal(x, "by name", x.Own.search(&cloudwatchlogs.FilterLogEventsInput{LogGroupIdentifier: &g.arn, LogStreamNames: []string{"two"}}, 2), "twoa,twob")
			equal(x, "by prefix", x.Own.search(&cloudwatchlogs.FilterLogEventsInput{LogGroupName: &g.name, LogStreamNamePrefix: new("on")}, 2), "onea,oneb")
			both := &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &g.name, LogStreamNamePrefix: new("on"), LogStreamNames: []string{"two"}}
			refused(x, x.Own.Logs.FilterLogEvents, both, "InvalidParameterException")
			refused(x, x.Own.Logs.FilterLogEvents, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &g.name, LogStreamNames: []string{"none"}}, "ResourceNotFoundException")
		},
	},
	{
		says:   "a search comes page by page, also with the newest events first",
		source: "asserted: logs test_filter_log_events_pagination; " + logsAPI + "FilterLogEvents, startFromHead",
		needs:  inside, // AWS may give fewer, or none
		check: func(x *bench) {
			g := x.Own.spread()
			walk := func(in *cloudwatchlogs.FilterLogEventsInput) string {
				var pages []string
				in.LogGroupName, in.Limit = &g.name, new(int32(3))
				for {
					pages = append(pages, x.Own.search(in, 0))
					if in.NextToken = succeed(x, x.Own.Logs.FilterLogEvents, in).NextToken; in.NextToken == nil {
						return strings.Join(pages, " ")
					}
				}
			}
			equal(x, "oldest first", walk(&cloudwatchlogs.FilterLogEventsInput{}), "onea,twoa,oneb twob")
			start := x.now().Add(-2 * time.Hour).UnixMilli()
			equal(x, "newest first", walk(&cloudwatchlogs.FilterLogEventsInput{StartTime: &start, StartFromHead: new(false)}), "twob,oneb,twoa onea")
			early := &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &g.name, StartTime: new(int64(1704067199999)), StartFromHead: new(false)}
			refused(x, x.Own.Logs.FilterLogEvents, early, "InvalidParameterException")
		},
	},
	{
		says:   "a pattern of words wants all of them, a quoted one the phrase, each in its own case",
		source: "asserted: logs test_filter_simple_word_pattern, test_filter_multiple_words_pattern, test_filter_quoted_pattern; " + logsGuide + "Filter pattern syntax",
		check: func(x *bench) {
			g, _ := x.Own.written("hello", "world", "hello world", "[goodbye] world", "Hello, cruel/world", "world: hello!")
			for _, c := range []struct {
				pattern, want string
				n             int
			}{
				{"", "hello,world,hello world,[goodbye] world,Hello, cruel/world,world: hello!", 6},
				{"hello", "hello,hello world,world: hello!", 3},
				{"hello world", "hello world,world: hello!", 2},
				{`"hello world"`, "hello world", 1},
				{`cruel "Hello,"`, "Hello, cruel/world", 1},
				{`"cruel/world" `, "Hello, cruel/world", 1},
				{"nothing", "", 0},
			} {
				equal(x, "the events with "+c.pattern, x.Own.search(&cloudwatchlogs.FilterLogEventsInput{LogGroupName: &g.name, FilterPattern: &c.pattern}, c.n), c.want)
			}
		},
	},
	{
		says:   "the lab does not guess what other patterns match, or whether a part of a word does",
		source: "assumption: the guide says nothing of parts of words, and the other forms are not modelled",
		needs:  inside,
		check: func(x *bench) {
			g, _ := x.Own.written("hello cruela world")
			defer x.lab.World.Trail.Reset() // what follows the lab cannot do
			for _, pattern := range []string{"-hello", "?hello ?world", "%hel+o%", `{ $.a = "b" }`, "[a, b]", "hello,", `"hello`, "cruel", `"hello cruel"`} {
				refused(x, x.Own.Logs.FilterLogEvents, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &g.name, FilterPattern: &pattern}, "NotImplemented")
			}
			equal(x, "a word that stands elsewhere decides", x.Own.search(&cloudwatchlogs.FilterLogEventsInput{LogGroupName: &g.name, FilterPattern: new("cruel none")}, 0), "")
		},
	},
}
