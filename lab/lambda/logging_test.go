package lambda

import (
	"context"
	"errors"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

// journal keeps the lines of log streams, by their names.
type journal map[string][]string

func (j journal) Print(_ world.Caller, region keyid.Region, group, stream string, _ time.Time, lines []string) error {
	name := string(region) + " " + group + " " + stream
	j[name] = append(j[name], lines...)
	return errors.New("nobody looks at this")
}

// logged has a function of a bootstrap handle events, and gives its log.
func logged(t *testing.T, l logging, bootstrap string, timeout time.Duration, events int) (journal, []Result) {
	t.Helper()
	i, _ := instance(t, bootstrap, timeout)
	j := journal{}
	i.logs, i.function.logging, i.function.Region = j, l, "eu-west-1"
	var all []Result
	for n := range events {
		r, err := i.invoke(t.Context(), "id-"+string(rune('1'+n)), []byte("{}"))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	i.Stop()
	return j, all
}

func wants(t *testing.T, j journal, stream string, want ...string) {
	t.Helper()
	if len(j) != 1 || j[stream] == nil {
		t.Fatalf("the streams are %q, want %q", slices.Collect(maps.Keys(j)), stream)
	}
	for n, line := range j[stream] {
		if n >= len(want) || line != want[n] {
			t.Fatalf("line %d is\n%q, want\n%q", n, line, append(want, "none")[min(n, len(want))])
		}
	}
	if len(j[stream]) < len(want) {
		t.Errorf("the log ends before %q", want[len(j[stream])])
	}
}

// talker prints before it asks for an event, and at each.
const talker = python + "print('begun', flush=True)\nwhile 1: r = get(); print('got', r, flush=True); post('invocation/' + r + '/response', b'{}')\n"

const ownStream = "eu-west-1 /aws/lambda/f 2026/01/01/[$LATEST]" // and the environment

func environmentID(n int) string {
	id := ""
	w := world.New(world.Options{})
	for range n {
		id = w.UUID("environment")
	}
	return strings.ReplaceAll(id, "-", "")
}

func TestTextLog(t *testing.T) {
	j, results := logged(t, logging{}, talker, 10*time.Second, 2)
	wants(t, j, ownStream+environmentID(1),
		"INIT_START Runtime Version: provided:al2023.v1\tRuntime Version ARN: arn:aws:lambda:eu-west-1::runtime:lab\n",
		"begun\n",
		"START RequestId: id-1 Version: $LATEST\n",
		"got id-1\n",
		"END RequestId: id-1\n",
		"REPORT RequestId: id-1\tDuration: 0.00 ms\tBilled Duration: 1 ms\tMemory Size: 128 MB\tInit Duration: 0.00 ms\t\n",
		"START RequestId: id-2 Version: $LATEST\n",
		"got id-2\n",
		"END RequestId: id-2\n",
		"REPORT RequestId: id-2\tDuration: 0.00 ms\tBilled Duration: 1 ms\tMemory Size: 128 MB\t\n",
	)
	if got, want := string(results[1].Log), strings.Join(j[ownStream+environmentID(1)][6:], ""); got != want {
		t.Errorf("the answer has the log\n%s, want\n%s", got, want)
	}
}

func TestLogOfFailures(t *testing.T) {
	for _, c := range []struct {
		bootstrap string
		timeout   time.Duration
		want      []string
	}{
		{"#!/bin/sh\nsleep 60\n", 100 * time.Millisecond, []string{
			"REPORT RequestId: id-1\tDuration: 100.00 ms\tBilled Duration: 100 ms\tMemory Size: 128 MB\tInit Duration: 0.00 ms\tStatus: timeout\n"}},
		{"#!/bin/sh\necho gone\nexit 3\n", 10 * time.Second, []string{
			"RequestId: id-1 Error: Runtime exited with error: exit status 3\nRuntime.ExitError\n",
			"END RequestId: id-1\n",
			"REPORT RequestId: id-1\tDuration: 0.00 ms\tBilled Duration: 1 ms\tMemory Size: 128 MB\tInit Duration: 0.00 ms\tStatus: error\tError Type: Runtime.ExitError\n"}},
		{python + "post('init/error', b'{\"errorType\":\"Runtime.NoKey\"}'); exit(1)\n", 10 * time.Second, []string{
			"REPORT RequestId: id-1\tDuration: 0.00 ms\tBilled Duration: 1 ms\tMemory Size: 128 MB\tInit Duration: 0.00 ms\tStatus: error\tError Type: Runtime.NoKey\n"}},
		{python + "post('invocation/' + get() + '/error', b'{}')\n", 10 * time.Second, []string{
			"REPORT RequestId: id-1\tDuration: 0.00 ms\tBilled Duration: 1 ms\tMemory Size: 128 MB\tInit Duration: 0.00 ms\t\n"}},
	} {
		j, _ := logged(t, logging{}, c.bootstrap, c.timeout, 1)
		all := j[ownStream+environmentID(1)]
		if last := all[max(0, len(all)-len(c.want)):]; !slices.Equal(last, c.want) {
			t.Errorf("the log of %q ends with\n%q, want\n%q", c.bootstrap, last, c.want)
		}
	}
}

func TestJSONLog(t *testing.T) {
	const at = `{"time":"2026-01-01T00:00:00.000Z","type":`
	program := python + `
while 1:
  r = get()
  for level in 'trace', 'debug', 'info', 'warn', 'error', 'nonsense': print('{"level":"' + level + '"}', flush=True)
  print('no JSON', flush=True)
  post('invocation/' + r + '/response', b'{}')
`
	l, err := logging{}.changed(&types.LoggingConfig{LogFormat: types.LogFormatJson, LogGroup: new("shared")})
	if err != nil {
		t.Fatal(err)
	}
	begin := at + `"platform.initStart","record":{"functionName":"f","functionVersion":"$LATEST","initializationType":"on-demand","phase":"init","runtimeVersion":"provided:al2023.v1","runtimeVersionArn":"arn:aws:lambda:eu-west-1::runtime:lab"}}`
	start := at + `"platform.start","record":{"requestId":"id-1","version":"$LATEST"}}`
	done := at + `"platform.runtimeDone","record":{"metrics":{"durationMs":0},"requestId":"id-1","status":"success"}}`
	report := at + `"platform.report","record":{"metrics":{"billedDurationMs":1,"durationMs":0,"initDurationMs":0,"memorySizeMB":128},"requestId":"id-1","status":"success"}}`
	stream := "eu-west-1 shared 2026/01/01/f[$LATEST]" + environmentID(1)
	j, _ := logged(t, l, program, 10*time.Second, 1)
	wants(t, j, stream, begin, start, `{"level":"info"}`+"\n", `{"level":"warn"}`+"\n", `{"level":"error"}`+"\n", `{"level":"nonsense"}`+"\n", "no JSON\n", report)

	l.application, l.system = types.ApplicationLogLevelError, types.SystemLogLevelDebug
	j, _ = logged(t, l, program, 10*time.Second, 1)
	wants(t, j, stream, begin, start, `{"level":"error"}`+"\n", done, report)

	l.system = types.SystemLogLevelWarn
	j, _ = logged(t, l, program, 10*time.Second, 1)
	wants(t, j, stream, `{"level":"error"}`+"\n")
	j, _ = logged(t, l, "#!/bin/sh\nexit 3\n", 10*time.Second, 1)
	wants(t, j, stream,
		at+`"platform.runtimeDone","record":{"errorType":"Runtime.ExitError","metrics":{"durationMs":0},"requestId":"id-1","status":"error"}}`,
		at+`"platform.report","record":{"errorType":"Runtime.ExitError","metrics":{"billedDurationMs":1,"durationMs":0,"initDurationMs":0,"memorySizeMB":128},"requestId":"id-1","status":"error"}}`)
}

// Each environment has a stream of its own, and each event an id of its own.
func TestEnvironmentsApart(t *testing.T) {
	s, f := installed(t, world.Options{}, Function{Bootstrap: script(t, talker), Timeout: 10 * time.Second})
	j := journal{}
	s.Logs = j
	var both []run
	s.world.Locked(func() {
		for range 2 {
			begun, err := s.begin(f)
			if err != nil {
				t.Fatal(err)
			}
			both = append(both, begun)
		}
	})
	for n, begun := range both {
		if r, err := begun(context.Background(), string(rune('a'+n)), []byte("{}")); err != nil || string(r.Payload) != "{}" {
			t.Fatalf("%s, %v", r.Payload, err)
		}
	}
	s.Close()
	if len(j) != 2 {
		t.Errorf("the streams are %q", slices.Collect(maps.Keys(j)))
	}
	for n := range both {
		if lines := j[ownStream+environmentID(n+1)]; !slices.Contains(lines, "got "+string(rune('a'+n))+"\n") {
			t.Errorf("environment %d has the log %q", n, lines)
		}
	}
}

// What is printed after an answer is written before the next event, or at the
// end of the environment.
func TestLateLines(t *testing.T) {
	i, _ := instance(t, python+"while 1: post('invocation/' + get() + '/response', b'{}'); print('late', flush=True)\n", 10*time.Second)
	j := journal{}
	i.logs = j
	for n := range int64(2) {
		i.must(t, "{}")
		for i.process.output.size() < (n+1)*int64(len("late\n")) {
			runtime.Gosched() // until it has printed
		}
	}
	i.Stop()
	var all string
	for _, lines := range j {
		all = strings.Join(lines, "")
	}
	first, rest, _ := strings.Cut(all, "late\n")
	if strings.Count(first, "START RequestId") != 1 || strings.Count(rest, "START RequestId") != 1 || strings.Count(rest, "late\n") != 1 {
		t.Errorf("the log is %q", all)
	}
}
