package eventbridge

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
)

const detail = `{"id": "i-1", "body": {"a": "x", "b": 2}, "one": ["HIGH"], "two": ["A", "B"], "ok": true, "say": "a \"b\"", "deep": [{"n": 1}, {"n": 2}]}`

// The cases are of the kinds that test_events_inputs records.
func TestTransformer(t *testing.T) {
	for template, want := range map[string]string{
		`"user <id> and <id>"`:                `"user i-1 and i-1"`,
		`{"user": <id>}`:                      `{"user": "i-1"}`,
		`{"user": "<id>"}`:                    `{"user": "i-1"}`,
		`{"path": "users/<id>/x"}`:            `{"path": "users/i-1/x"}`,
		`{"a": <body>, "b": [<id>, 1]}`:       `{"a": {"a":"x","b":2}, "b": ["i-1", 1]}`,
		`"of <body>"`:                         `"of {a:x,b:2}"`,
		`"<one> <two>"`:                       `"[HIGH] [A,B]"`,
		`{"one": <one>}`:                      `{"one": ["HIGH"]}`,
		`"is <ok>!"`:                          `"is true!"`,
		`{"none": <none>}`:                    `{"none": ""}`,
		`"<none> gone"`:                       `" gone"`,
		`{"n": {"m": "<say>"}}`:               `{"n": {"m": "a \"b\""}}`,
		"\"<id>\"\n\"<ok>\"":                  "\"i-1\"\n\"true\"",
		`"{[/ <id>"`:                          `"{[/ i-1"`,
		`{"q": "\"<id>\""}`:                   `{"q": "\"i-1\""}`,
		`{"d": <deep>, "x": "1 < 2"}`:         `{"d": [1,2], "x": "1 < 2"}`,
		`"<aws.events.rule-name>"`:            `"r"`,
		`{"arn": <aws.events.rule-arn>}`:      `{"arn": "arn:aws:events:us-east-1:` + mine + `:rule/r"}`,
		`{"e": "<body>"}`:                     "", // lost
		`{"e": "<one>", "f": <one>}`:          "",
		`"<aws.events.event.ingestion-time>"`: `"2026-01-01T00:00:00Z"`,
	} {
		b := newBench(t)
		to := target("q", sqsARN("q"))
		to.InputTransformer = &types.InputTransformer{InputTemplate: &template, InputPathsMap: map[string]string{
			"id": "$.detail.id", "body": "$.detail.body", "one": "$.detail.one", "two": "$.detail.two", "ok": "$.detail.ok",
			"none": "$.detail.none", "say": "$.detail.say", "deep": "$.detail.deep[*].n",
		}}
		b.rule("r", "app", to)
		b.put("app", detail)
		b.world.Advance(time.Second)
		if got := strings.Join(b.bodies(sqsARN("q")), "|"); got != want {
			t.Errorf("%s became %s, want %s", template, got, want)
		}
	}
}

func TestWholeEvent(t *testing.T) {
	b := newBench(t)
	to := target("q", sqsARN("q"))
	to.InputTransformer = &types.InputTransformer{InputTemplate: new(`{"json":<aws.events.event.json>,"event":<aws.events.event>}`)}
	b.rule("r", "app", to, target("all", sqsARN("all")))
	id := *b.put("app", `{ "a" : "<&>" }`).Entries[0].EventId
	b.world.Advance(time.Second)
	all := `{"version":"0","id":"` + id + `","detail-type":"test","source":"app","account":"` + mine + `","time":"2026-01-01T00:00:00Z","region":"us-east-1","resources":[],"detail":{"a":"<&>"}}`
	if got := b.bodies(sqsARN("all")); len(got) != 1 || got[0] != all {
		t.Errorf("the event is %q\nwant %s", got, all)
	}
	want := `{"json":` + all + `,"event":{"id":"` + id + `","account":"` + mine + `","detailType":"test","time":"2026-01-01T00:00:00Z","source":"app","region":"us-east-1","resources":[],"version":"0"}}`
	if got := b.bodies(sqsARN("q")); len(got) != 1 || got[0] != want {
		t.Errorf("the input is %q\nwant %s", got, want)
	}
}

func TestPaths(t *testing.T) {
	e := json.RawMessage(`{"a":{"b-c":[{"d":1},{"d":2},{"e":3}],"f/g":"x"},"n":null}`)
	for path, want := range map[string]string{
		"$": string(e), "$.a.f/g": `"x"`, "$.a.b-c[1].d": `2`, "$.a.b-c[*].d": `[1,2]`, "$.n": "null", "$.a.b-c[2]": `{"e":3}`,
		"$.x": "", "$.a.b-c[3]": "", "$.a.f/g.h": "", "$.a[0]": "", "$.a.*": `[[{"d":1},{"d":2},{"e":3}],"x"]`,
	} {
		v, ok := at(e, path)
		if string(v) != want || ok != (want != "") {
			t.Errorf("%s is %s, %v; want %s", path, v, ok, want)
		}
	}
}

func TestInputs(t *testing.T) {
	b := newBench(t)
	fifo := target("fifo", sqsARN("q.fifo"))
	fifo.Input, fifo.SqsParameters = new(`{"fixed": 1}`), &types.SqsParameters{MessageGroupId: new("g")}
	part := target("part", sqsARN("part"))
	part.InputPath = new("$.detail.id")
	b.rule("r", "app", fifo, part)
	b.put("app", detail)
	b.world.Advance(time.Second)
	if got := b.bodies(sqsARN("part")); len(got) != 1 || got[0] != `"i-1"` {
		t.Errorf("the part is %q", got)
	}
	if b.got[0].body != `{"fixed": 1}` || b.got[0].group != "g" {
		t.Errorf("the fixed input is %+v", b.got[0])
	}
	for message, change := range map[string]func(*types.Target){
		"Only one of Input, InputPath, or InputTransformer must be provided for target t.": func(t *types.Target) { t.Input, t.InputPath = new("1"), new("$") },
		"JSON syntax error in input for target t.":                                         func(t *types.Target) { t.Input = new("{") },
		"InputTemplate for target t contains invalid placeholder x.": func(t *types.Target) {
			t.InputTransformer = &types.InputTransformer{InputTemplate: new(`"<x>"`)}
		},
		"Invalid InputTemplate for target t : ": func(t *types.Target) {
			t.InputTransformer = &types.InputTransformer{InputTemplate: new(`<x> is`), InputPathsMap: map[string]string{"x": "$.detail"}}
		},
		"RoleArn is required for target": func(t *types.Target) { t.Arn = new("arn:aws:events:eu-west-1:" + mine + ":event-bus/b") },
		"Modifying the input for target t is not supported.": func(t *types.Target) {
			t.Arn, t.Input = new("arn:aws:events:us-east-1:"+other+":event-bus/b"), new("1")
		},
		"Provided Arn is not in correct format.": func(t *types.Target) { t.Arn = new("no-arn") },
		"SqsParameters must be specified":        func(t *types.Target) { t.Arn = new(sqsARN("x.fifo")) },
	} {
		to := target("t", sqsARN("t"))
		change(&to)
		b.refused(&eventbridge.PutTargetsInput{Rule: new("r"), Targets: []types.Target{to}}, "ValidationException", message)
	}
}

func FuzzRender(f *testing.F) {
	f.Add(`{"a": <x>, "b": "<x>"}`, `{"x":"y"}`)
	f.Add(`"<x> \" <y>"`, `"z"`)
	f.Fuzz(func(t *testing.T, template, value string) {
		if !json.Valid([]byte(value)) {
			return
		}
		render(template, func(string) (string, bool) { return strings.TrimSpace(value), true })
		at(json.RawMessage(value), template)
	})
}
