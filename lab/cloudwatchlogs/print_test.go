package cloudwatchlogs

import (
	"slices"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"rekey/lab/world"
)

// calls gives what the trail has of CloudWatch Logs, and forgets it.
func (b *bench) calls() string {
	var all []string
	for _, e := range b.world.Trail.Entries() {
		if e.Service == "logs" {
			all = append(all, strings.TrimSpace(e.Operation+" "+e.Error))
		}
	}
	b.world.Trail.Reset()
	return strings.Join(all, ", ")
}

func TestPrint(t *testing.T) {
	b := newBench(t)
	writer := b.user("writer", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
	at := b.world.Now()
	print := func(stream string, lines ...string) {
		t.Helper()
		if err := b.logs.Print(writer, "us-east-1", "/aws/lambda/f", stream, at, lines); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ stream, want string }{
		{"one", "CreateLogGroup, CreateLogStream, PutLogEvents"},
		{"one", "PutLogEvents"},
		{"two", "CreateLogStream, PutLogEvents"},
	} {
		print(c.stream, "a\n", "", "b\xff")
		if got := b.calls(); got != c.want {
			t.Errorf("the calls to %s are %s, want %s", c.stream, got, c.want)
		}
	}
	if got := b.read("/aws/lambda/f", "one"); !slices.Equal(got, []string{"a\n", "b\uFFFD", "a\n", "b\uFFFD"}) {
		t.Errorf("the events are %q", got)
	}
}

func TestPrintRefused(t *testing.T) {
	for want, actions := range map[string][]string{
		"CreateLogGroup AccessDeniedException":                                {"logs:CreateLogStream", "logs:PutLogEvents"},
		"CreateLogGroup, CreateLogStream AccessDeniedException":               {"logs:CreateLogGroup", "logs:PutLogEvents"},
		"CreateLogGroup, CreateLogStream, PutLogEvents AccessDeniedException": {"logs:CreateLogGroup", "logs:CreateLogStream"},
	} {
		b := newBench(t)
		writer := b.user("writer", actions...)
		err := b.logs.Print(writer, "us-east-1", "g", "s", b.world.Now(), []string{"a"})
		if world.Answer(err).Code != "AccessDeniedException" {
			t.Errorf("with %q: %v", actions, err)
		}
		if got := b.calls(); got != want {
			t.Errorf("with %q the calls are %s, want %s", actions, got, want)
		}
	}
}

func TestPrintAtAnotherTime(t *testing.T) {
	b := newBench(t)
	for _, off := range []time.Duration{-15 * day, 3 * time.Hour} {
		err := b.logs.Print(b.root(), "us-east-1", "g", "s", b.world.Now().Add(off), []string{"a"})
		if err == nil || !strings.Contains(err.Error(), "too old or too new") {
			t.Errorf("%s off: %v", off, err)
		}
	}
}

// A log group that is there with a key keeps it: what is printed is sealed.
func TestPrintSealed(t *testing.T) {
	b := newBench(t)
	key := b.key()
	must[sdk.CreateLogGroupOutput](b, &sdk.CreateLogGroupInput{LogGroupName: new("g"), KmsKeyId: &key})
	if err := b.logs.Print(b.user("writer", "logs:*"), "us-east-1", "g", "s", b.world.Now(), []string{"secret"}); err != nil {
		t.Fatal(err)
	}
	b.world.Locked(func() {
		for _, e := range b.logs.groups[home{mine, "us-east-1"}]["g"].streams["s"].events {
			if strings.Contains(string(e.text), "secret") || e.under == nil {
				t.Errorf("an event is kept as %q", e.text)
			}
		}
	})
	if got := b.read("g", "s"); !slices.Equal(got, []string{"secret"}) {
		t.Errorf("the events are %q", got)
	}
}

func TestBatches(t *testing.T) {
	b := newBench(t)
	long := strings.Repeat("é", 1<<20) // two mebibytes
	lines := append(slices.Repeat([]string{"x"}, 10001), "a"+long, "end")
	batches := batchesOf(b.world.Now(), lines)
	var sizes []int
	text := ""
	for _, batch := range batches {
		if err := checkBatch(batch); err != nil {
			t.Error(err)
		}
		sizes = append(sizes, len(batch))
		for _, e := range batch {
			text += *e.Message
		}
	}
	if !slices.Equal(sizes, []int{10000, 1, 1, 1, 2}) {
		t.Errorf("the batches have %d events", sizes)
	}
	if text != strings.Join(lines, "") {
		t.Error("the batches have another text")
	}
}
