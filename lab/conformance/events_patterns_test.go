package conformance

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
)

// matching asks whether a pattern for the detail's member v matches a value.
func (x *bench) matching(pattern, value string) bool {
	x.Helper()
	return x.fits(`{"detail":{"v":`+pattern+`}}`, `{"v":`+value+`}`)
}

// fits asks whether a pattern matches an event with a detail.
func (x *bench) fits(pattern, detail string) bool {
	x.Helper()
	in := &eventbridge.TestEventPatternInput{EventPattern: &pattern, Event: new(`{"id":"1","source":"s","detail-type":"t","account":"123456789012","region":"us-east-2","time":"2026-01-01T00:00:00Z","detail":` + detail + `}`)}
	return succeed(x, x.Own.Events.TestEventPattern, in).Result
}

// matches holds a pattern to what it matches and what not, separated by blanks.
func (x *bench) matches(pattern, yes, no string) {
	x.Helper()
	for _, v := range strings.Fields(yes) {
		equal(x, pattern+" matches "+v, x.matching(pattern, v), true)
	}
	for _, v := range strings.Fields(no) {
		equal(x, pattern+" matches "+v, x.matching(pattern, v), false)
	}
}

// unreadable holds a pattern to the reason why it is none.
func (x *bench) unreadable(pattern, reason string) {
	x.Helper()
	in := &eventbridge.TestEventPatternInput{EventPattern: &pattern, Event: new(`{"id":"1","source":"s","detail-type":"t","account":"123456789012","region":"us-east-2","time":"2026-01-01T00:00:00Z"}`)}
	refused(x, x.Own.Events.TestEventPattern, in, "InvalidEventPatternException").mentioning("Event pattern is not valid. Reason: " + reason)
}

var eventPatterns = []claim{
	{
		says:   "strings match character by character, numbers by their value, and null is not the string",
		source: "recorded: events test_event_pattern",
		check: func(x *bench) {
			x.matches(`["a","b"]`, `"a" "b" ["x","b"]`, `"A" ["x"] []`)
			x.matches(`[300]`, `300 300.0`, `"300" 301`)
			x.matches(`[null]`, `null`, `"null" []`)
			x.matches(`[false]`, `false`, `true "false"`)
			x.matches(`[""]`, `""`, `"x"`)
		},
	},
	{
		says:   "exists looks at leaves: an empty list and an object are none",
		source: "recorded: events test_event_pattern",
		check: func(x *bench) {
			x.matches(`[{"exists":true}]`, `1 null ""`, `[] {"x":1}`)
			x.matches(`[{"exists":false}]`, `[] {"x":1}`, `1 null`)
		},
	},
	{
		says:   "prefix, suffix and equals-ignore-case are for strings, and the empty prefix is of every one",
		source: "recorded: events test_event_pattern",
		check: func(x *bench) {
			x.matches(`[{"prefix":"us-"}]`, `"us-x"`, `"US-x" 1`)
			x.matches(`[{"prefix":""}]`, `"x" ""`, `1`)
			x.matches(`[{"suffix":".png"}]`, `"a.png"`, `"a.PNG"`)
			x.matches(`[{"prefix":{"equals-ignore-case":"EventB"}}]`, `"eVENTbx"`, `"x"`)
			x.matches(`[{"suffix":{"equals-ignore-case":".png"}}]`, `"a.PNG"`, `"a.jpg"`)
			x.matches(`[{"equals-ignore-case":"Ab"}]`, `"aB"`, `"abc"`)
		},
	},
	{
		says:   "anything-but is of what is there, of any type, and not of what is missing",
		source: "recorded: events test_event_pattern",
		check: func(x *bench) {
			x.matches(`[{"anything-but":"a"}]`, `"b" null`, `"a" []`)
			x.matches(`[{"anything-but":[100,200]}]`, `300`, `100`)
			x.matches(`[{"anything-but":{"prefix":["init","post"]}}]`, `"x" 12 null`, `"post-init"`)
			x.matches(`[{"anything-but":{"suffix":".txt"}}]`, `"a.txt.bak"`, `"a.txt"`)
			x.matches(`[{"anything-but":{"equals-ignore-case":["a","b"]}}]`, `"c" null`, `"A"`)
			x.matches(`[{"anything-but":{"wildcard":"*/init/*"}}]`, `"dir" 123`, `"dir/init/file"`)
		},
	},
	{
		says:   "numeric compares numbers, and never strings or null",
		source: "recorded: events test_event_pattern",
		check: func(x *bench) {
			x.matches(`[{"numeric":[">",0,"<=",5]}]`, `5 0.5`, `0 6 "3" null`)
			x.matches(`[{"numeric":["=",3.018e2]}]`, `301.8`, `301`)
		},
	},
	{
		says:   "cidr is of addresses of its family, written in any way",
		source: "recorded: events test_event_pattern",
		check: func(x *bench) {
			x.matches(`[{"cidr":"10.0.0.0/24"}]`, `"10.0.0.255"`, `"10.0.1.0" "10.0.0.256" 123`)
			x.matches(`[{"cidr":"2001:db8:1234:1a00::/64"}]`, `"2001:0db8:1234:1a00:0000:0000:0000:0000"`, `"2001:0db8:123f:1a01:0000:0000:0000:0000"`)
		},
	},
	{
		says:   "a wildcard is for whole strings, and one of many repeats is too complex",
		source: "recorded: events test_event_pattern",
		check: func(x *bench) {
			x.matches(`[{"wildcard":"/Users/*/doc.txt"}]`, `"/Users/a/b/doc.txt"`, `"/Users/a/notdoc.txt"`)
			x.matches(`[{"wildcard":"/Users/*/dir/dir/dir/dir/dir/doc.txt"}]`, `"/Users/l/dir/dir/dir/dir/dir/doc.txt"`, `"/Users/l/dir/dir/dir/dir/otherdir/doc.txt"`)
			x.unreadable(`{"a":[{"wildcard":"*:*:*:*:*:event-bus/*"}]}`, "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character")
		},
	},
	{
		says:   "$or is met by one of its objects, beside all that stands around it",
		source: "recorded: events test_event_pattern; EventBridge User Guide, Comparison operators: Or matching",
		check: func(x *bench) {
			pattern := `{"detail":{"s":["q"],"$or":[{"c":[{"numeric":[">",0]}]},{"d":[{"numeric":["<",10]}]}]}}`
			for detail, want := range map[string]bool{`{"s":"q","c":1}`: true, `{"s":"q","d":1}`: true, `{"s":"q","c":0,"d":10}`: false, `{"s":"r","c":1}`: false} {
				equal(x, detail+" is matched", x.fits(pattern, detail), want)
			}
		},
	},
	{
		says:   "of a key that is there twice the last counts, and dots join names",
		source: "asserted: events test_event_pattern_with_multi_key; recorded: events test_event_pattern",
		check: func(x *bench) {
			equal(x, "the last is matched", x.fits(`{"detail":{"l":[{"prefix":"us-"}],"l":[{"anything-but":"us-east"}]}}`, `{"l":"eu-central-1"}`), true)
			equal(x, "a dot in the event", x.fits(`{"detail":{"state":{"status":["running"]}}}`, `{"state.status":"running"}`), true)
			equal(x, "a dot in the pattern", x.fits(`{"detail":{"state.status":["running"]}}`, `{"state":{"status":"running"}}`), true)
		},
	},
	{
		says:   "one of the elements of a list of objects is enough",
		source: "recorded: events test_event_pattern",
		check: func(x *bench) {
			equal(x, "the list is matched", x.fits(`{"detail":{"a":{"id":[{"exists":true}]}}}`, `{"a":[{"k":1},{"id":"x"},{"l":2}]}`), true)
		},
	},
	{
		says:   "what is wrong with a pattern is told with its place",
		source: "recorded: events test_event_pattern",
		check: func(x *bench) {
			x.unreadable(`{"int": 42}`, `"int" must be an object or an array`+"\n"+` at [Source: (String)"{"int": 42}"; line: 1, column: 11]`)
			x.unreadable(`{"string": "my-value"}`, `"string" must be an object or an array`+"\n"+` at [Source: (String)"{"string": "my-value"}"; line: 1, column: 13]`)
			x.unreadable(`{"resources": []}`, "Empty arrays are not allowed\n"+` at [Source: (String)"{"resources": []}"; line: 1, column: 17]`)
			x.unreadable(`{"my_key": [{"EXISTS": true}]}`, "Unrecognized match type EXISTS\n"+` at [Source: (String)"{"my_key": [{"EXISTS": true}]}"; line: 1, column: 28]`)
			x.unreadable(`{"time": [{"prefix": 123}]}`, "prefix match pattern must be a string\n"+` at [Source: (String)"{"time": [{"prefix": 123}]}"; line: 1, column: 25]`)
			x.unreadable(`{"v": [{"cidr": "bad-filter"}]}`, "Malformed CIDR, one '/' required")
			x.unreadable(`["not", "a", "dict", "but valid json"]`, "Filter is not an object\n"+` at [Source: (String)"["not", "a", "dict", "but valid json"]"; line: 1, column: 2]`)
			refused(x, x.Own.Events.PutRule, &eventbridge.PutRuleInput{Name: new(x.name("rule")), EventPattern: new(`{"a": []}`)}, "InvalidEventPatternException").
				mentioning("Event pattern is not valid. Reason: Empty arrays are not allowed")
		},
	},
	{
		says:   "an event to be tested has the members of every event",
		source: "recorded: events test_plain_string_payload, test_array_event_payload, test_invalid_event_payload",
		check: func(x *bench) {
			for _, e := range []string{"plain string", `["plain string"]`, `{"testEvent":"value"}`} {
				refused(x, x.Own.Events.TestEventPattern, &eventbridge.TestEventPatternInput{Event: &e, EventPattern: new(`{"a":[1]}`)}, "ValidationException").
					saying("Parameter Event is not valid.")
			}
		},
	},
}
