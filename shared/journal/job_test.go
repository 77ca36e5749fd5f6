package journal_test

import (
	"context"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rekey/shared/journal"
)

var start = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// clock is one that stands until it is moved.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func (b bench) jobs(c journal.Client, holder string, clock *clock) *journal.Jobs[note] {
	return &journal.Jobs[note]{
		Store:  journal.Store[journal.Job[note]]{Client: c, Bucket: bucket, Owner: account, Prefix: "jobs/", Version: 1},
		Holder: holder, Lease: lease, Now: clock.now,
	}
}

func TestJob(t *testing.T) {
	b, c := newBench(t), &clock{t: start}
	jobs := b.jobs(b.client, "first", c)
	run, err := jobs.Start(t.Context(), "x", note{"nothing yet"})
	b.must(err)
	_, err = jobs.Start(t.Context(), "x", note{})
	b.fails(err, journal.ErrExists)
	c.pass(time.Minute)
	b.must(run.Do(t.Context(), "make", func(context.Context) error {
		run.State.Text = "made"
		return nil
	}))
	b.must(run.Do(t.Context(), "make", func(context.Context) error {
		t.Error("what is done was done again")
		return nil
	}))
	broken := errors.New("broken")
	b.fails(run.Do(t.Context(), "move", func(context.Context) error { return broken }), broken)
	c.pass(time.Minute)
	b.must(run.Begin(t.Context(), "move"))
	b.must(run.Done(t.Context(), "move", "at last"))
	b.must(run.Finish(t.Context()))
	b.fails(run.Begin(t.Context(), "more"), journal.ErrNotHeld)
	b.fails(run.Finish(t.Context()), journal.ErrNotHeld)
	c.pass(time.Hour)
	_, err = jobs.Take(t.Context(), "x")
	b.fails(err, journal.ErrFinished)

	want := `{"journal":1,"version":1,"nonce":"*","record":{` +
		`"created":"2026-11-22T10:00:00Z","lease":null,"finished":"2026-11-22T10:02:00Z","state":{"text":"made"},"steps":[` +
		`{"name":"make","phase":"begun","at":"2026-11-22T10:01:00Z","detail":""},` +
		`{"name":"make","phase":"done","at":"2026-11-22T10:01:00Z","detail":""},` +
		`{"name":"move","phase":"begun","at":"2026-11-22T10:02:00Z","detail":""},` +
		`{"name":"move","phase":"done","at":"2026-11-22T10:02:00Z","detail":"at last"}]}}`
	out, err := b.client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String("jobs/x.json")})
	b.must(err)
	body, err := io.ReadAll(out.Body)
	b.must(err)
	if got := regexp.MustCompile(`"nonce":"[0-9a-f]{32}"`).ReplaceAllString(string(body), `"nonce":"*"`); got != want {
		t.Errorf("the object is\n%s, not\n%s", got, want)
	}
}

func TestTakingOver(t *testing.T) {
	b, c := newBench(t), &clock{t: start}
	one, two := b.jobs(b.client, "one", c), b.jobs(b.client, "two", c)
	first, err := one.Start(t.Context(), "x", note{"begun"})
	b.must(err)
	b.must(first.Begin(t.Context(), "step"))
	c.pass(lease - time.Second)
	for _, jobs := range []*journal.Jobs[note]{one, two} { // its own name gives nobody a right
		var held *journal.HeldError
		if _, err = jobs.Take(t.Context(), "x"); !errors.As(err, &held) || held.Holder != "one" || !held.Until.Equal(start.Add(lease)) {
			t.Errorf("%s: %v", jobs.Holder, err)
		}
	}
	b.must(first.Renew(t.Context()))
	c.pass(lease - time.Second)
	if _, err = two.Take(t.Context(), "x"); err == nil {
		t.Error("a renewed lease ran out too early")
	}
	c.pass(time.Second)
	second, err := two.Take(t.Context(), "x")
	b.must(err)
	if second.State.Text != "begun" || second.Phase("step") != journal.Begun || second.Job().Lease.Holder != "two" {
		t.Errorf("what was taken over is %+v", second.Job())
	}
	// The first one was paused all the while.
	if first.Held() || !second.Held() {
		t.Errorf("held: the first one %v, the second one %v", first.Held(), second.Held())
	}
	b.fails(first.Done(t.Context(), "step", ""), journal.ErrConflict)
	b.fails(first.Renew(t.Context()), journal.ErrConflict)
	b.must(second.Begin(t.Context(), "step"))
	b.must(second.Done(t.Context(), "step", ""))

	b.must(second.Release(t.Context()))
	b.fails(second.Renew(t.Context()), journal.ErrNotHeld)
	third, err := one.Take(t.Context(), "x")
	b.must(err)
	if third.Phase("step") != journal.Done || len(third.Job().Steps) != 2 {
		t.Errorf("the steps are %+v", third.Job().Steps)
	}
	_, err = one.Take(t.Context(), "y")
	b.fails(err, journal.ErrNotFound)
}

// A holder whose lease ran out, and whom nobody followed, goes on.
func TestPausedAndAlone(t *testing.T) {
	b, c := newBench(t), &clock{t: start}
	run, err := b.jobs(b.client, "one", c).Start(t.Context(), "x", note{})
	b.must(err)
	c.pass(2 * lease)
	b.must(run.Begin(t.Context(), "step"))
	if !run.Job().Lease.Until.Equal(start.Add(3 * lease)) {
		t.Errorf("the lease is %+v", run.Job().Lease)
	}
}

func TestTwoTakersAtOnce(t *testing.T) {
	b, c := newBench(t), &clock{t: start}
	_, err := b.jobs(b.client, "dead", c).Start(t.Context(), "x", note{})
	b.must(err)
	c.pass(lease)
	var all sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for range 8 {
		all.Go(func() {
			run, err := b.jobs(b.client, "taker", c).Take(t.Context(), "x")
			var held *journal.HeldError
			mu.Lock()
			defer mu.Unlock()
			if won += 1; err != nil {
				won--
				if !errors.Is(err, journal.ErrConflict) && !errors.As(err, &held) {
					t.Errorf("a loser was told %v", err)
				}
			} else if run.Job().Lease.Holder != "taker" {
				t.Errorf("the winner holds %+v", run.Job().Lease)
			}
		})
	}
	all.Wait()
	if won != 1 {
		t.Errorf("%d hold the job", won)
	}
}

func TestPhases(t *testing.T) {
	b, c := newBench(t), &clock{t: start}
	run, err := b.jobs(b.client, "one", c).Start(t.Context(), "x", note{})
	b.must(err)
	b.fails(run.Done(t.Context(), "a", ""), journal.ErrStep)
	b.fails(run.Failed(t.Context(), "a", errors.New("x")), journal.ErrStep)
	b.fails(run.Begin(t.Context(), ""), journal.ErrStep)
	b.fails(run.Begin(t.Context(), strings.Repeat("x", journal.NameLimit+1)), journal.ErrStep)
	b.must(run.Begin(t.Context(), "a"))
	b.must(run.Begin(t.Context(), "a"))
	b.must(run.Failed(t.Context(), "a", errors.New(strings.Repeat("é", journal.DetailLimit))))
	b.fails(run.Done(t.Context(), "a", ""), journal.ErrStep)
	failed := run.Job().Steps
	b.must(run.Begin(t.Context(), "a"))
	b.must(run.Done(t.Context(), "a", "\xff"))
	b.fails(run.Begin(t.Context(), "a"), journal.ErrStep)
	steps := run.Job().Steps
	if d := failed[1].Detail; len(d) > journal.DetailLimit || len(d) < journal.DetailLimit-4 || !utf8.ValidString(d) || !strings.HasSuffix(d, "é…") {
		t.Errorf("a detail of %d bytes: %q", len(d), d)
	}
	if steps[1].Detail != "\uFFFD" || len(steps) != 2 {
		t.Errorf("the steps are %+v", steps)
	}
}

// A job that is full fails loudly, and stays readable.
func TestFullJob(t *testing.T) {
	b, c := newBench(t), &clock{t: start}
	jobs := b.jobs(b.client, "one", c)
	run, err := jobs.Start(t.Context(), "x", note{strings.Repeat("x", journal.Limit-1000)})
	b.must(err)
	for i := 0; err == nil; i++ {
		if i == 20 {
			t.Fatal("a job grows for ever")
		}
		err = run.Begin(t.Context(), strings.Repeat("s", journal.NameLimit-2)+strconv.Itoa(10+i))
	}
	b.fails(err, journal.ErrTooLarge)
	run.State.Text = ""
	b.must(run.Finish(t.Context()))
	e, err := jobs.Store.Load(t.Context(), "x")
	if b.must(err); e.Record.Finished == nil || len(e.Record.Steps) == 0 {
		t.Errorf("the job is %+v", e.Record)
	}
}

// A step that fails every quarter of an hour does not fill its job, however long that
// goes on: once it can be done, it is.
func TestFailingForLong(t *testing.T) {
	b, c := newBench(t), &clock{t: start}
	run, err := b.jobs(b.client, "one", c).Start(t.Context(), "x", note{})
	b.must(err)
	b.must(run.Do(t.Context(), "first", func(context.Context) error { return nil }))
	denied := errors.New(strings.Repeat("denied", journal.DetailLimit))
	for range journal.Limit/journal.DetailLimit + 1 {
		if err := run.Do(t.Context(), "second", func(context.Context) error { return denied }); !errors.Is(err, denied) || errors.Is(err, journal.ErrTooLarge) {
			t.Fatal(err)
		}
	}
	b.must(run.Do(t.Context(), "second", func(context.Context) error { return nil }))
	if n := len(run.Job().Steps); n != 4 || run.Phase("first") != journal.Done {
		t.Errorf("%d notes: %+v", n, run.Job().Steps)
	}
	run.Forget()
	b.must(run.Begin(t.Context(), "first"))
	if n := len(run.Job().Steps); n != 1 {
		t.Errorf("what was forgotten is there: %+v", run.Job().Steps)
	}
}

func TestJobsThatCannotWork(t *testing.T) {
	b, c := newBench(t), &clock{t: start}
	for name, change := range map[string]func(*journal.Jobs[note]){
		"no holder": func(j *journal.Jobs[note]) { j.Holder = "" }, "no lease": func(j *journal.Jobs[note]) { j.Lease = 0 },
		"no clock": func(j *journal.Jobs[note]) { j.Now = nil }, "no version": func(j *journal.Jobs[note]) { j.Store.Version = 0 },
	} {
		jobs := b.jobs(b.client, "one", c)
		change(jobs)
		if _, err := jobs.Start(t.Context(), "x", note{}); err == nil {
			t.Errorf("%s: started", name)
		}
	}
}
