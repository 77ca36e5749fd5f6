package journal_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rekey/lab"
	"rekey/lab/world"
	"rekey/shared/journal"
)

// writes are both ways to write "new" into a store.
var writes = map[string]func(b bench, s *journal.Store[note]) (journal.Entry[note], error){
	"create": func(b bench, s *journal.Store[note]) (journal.Entry[note], error) {
		return s.Create(b.Context(), "x", note{"new"})
	},
	"update": func(b bench, s *journal.Store[note]) (journal.Entry[note], error) {
		e, err := s.Create(b.Context(), "x", note{"old"})
		b.must(err)
		b.lab.World.Trail.Reset()
		b.fault(b.ordered)
		return s.Update(b.Context(), e, note{"new"})
	},
}

// faulted runs one write under a fault.
func faulted(t *testing.T, write string, f world.Fault, client func(bench) *s3.Client) (bench, *journal.Store[note], journal.Entry[note], error) {
	b := newBench(t)
	f.Operation = "PutObject"
	if b.ordered = f; write == "create" {
		b.fault(f)
	}
	s := b.store(client(b))
	e, err := writes[write](b, s)
	return b, s, e, err
}

func each(t *testing.T, test func(t *testing.T, write, failure string)) {
	for write := range writes {
		for failure := range failures {
			t.Run(write+" and "+failure, func(t *testing.T) { test(t, write, failure) })
		}
	}
}

func once(b bench) *s3.Client  { return b.client }
func again(b bench) *s3.Client { return b.patient() }

var before = map[string]string{"create": "", "update": "old"}

func TestFailed(t *testing.T) {
	each(t, func(t *testing.T, write, failure string) {
		b, s, _, err := faulted(t, write, world.Fault{Error: failures[failure], Times: 1}, once)
		if err == nil || errors.Is(err, journal.ErrExists) || errors.Is(err, journal.ErrConflict) || b.text("x") != before[write] {
			t.Fatalf("%v, and the record has %q", err, b.text("x"))
		}
		// Once more, by the same caller with the same entry.
		if write == "create" {
			_, err = s.Create(t.Context(), "x", note{"new"})
		} else {
			e, loading := s.Load(t.Context(), "x")
			b.must(loading)
			_, err = s.Update(t.Context(), e, note{"new"})
		}
		if b.must(err); b.text("x") != "new" {
			t.Errorf("the record has %q", b.text("x"))
		}
	})
}

func TestFailedThoughItHappened(t *testing.T) {
	each(t, func(t *testing.T, write, failure string) {
		b, s, e, err := faulted(t, write, world.Fault{Error: failures[failure], When: world.After, Times: 1}, once)
		if b.must(err); b.text("x") != "new" || b.lab.World.Trail.Count("s3", "PutObject") != 1 {
			t.Errorf("the record has %q", b.text("x"))
		}
		_, err = s.Update(t.Context(), e, note{"next"})
		b.must(err)
	})
}

// The SDK tries again by itself. Its second attempt finds what its first one wrote.
func TestRepeatedByTheSDK(t *testing.T) {
	each(t, func(t *testing.T, write, failure string) {
		for _, when := range []world.When{world.Before, world.After} {
			b, s, e, err := faulted(t, write, world.Fault{Error: failures[failure], When: when, Times: 1}, again)
			if b.must(err); b.text("x") != "new" || b.lab.World.Trail.Count("s3", "PutObject") != 2 {
				t.Errorf("the record has %q after %d writes", b.text("x"), b.lab.World.Trail.Count("s3", "PutObject"))
			}
			_, err = s.Update(t.Context(), e, note{"next"})
			b.must(err)
		}
	})
}

func TestConflictAtTheSameTime(t *testing.T) {
	for write := range writes {
		for _, when := range []world.When{world.Before, world.After} {
			b, _, _, err := faulted(t, write, world.Fault{Error: conflict, When: when, Times: 1}, once)
			if b.must(err); b.text("x") != "new" {
				t.Errorf("%s: the record has %q", write, b.text("x"))
			}
		}
		b, _, _, err := faulted(t, write, world.Fault{Error: conflict}, once)
		b.fails(err, journal.ErrConflict)
		if n := b.lab.World.Trail.Count("s3", "PutObject"); n != 4 || b.text("x") != before[write] {
			t.Errorf("%s: %d attempts, and the record has %q", write, n, b.text("x"))
		}
	}
}

// Where it cannot be seen what came of a write, it is neither a success nor
// somebody else's.
func TestNothingCanBeSeen(t *testing.T) {
	b := newBench(t)
	s := b.store(b.client)
	b.fault(world.Fault{Operation: "PutObject", When: world.After, Times: 1})
	b.fault(world.Fault{Operation: "GetObject"})
	_, err := s.Create(t.Context(), "x", note{"new"})
	if err == nil || errors.Is(err, journal.ErrExists) || errors.Is(err, journal.ErrConflict) {
		t.Errorf("the error is %v", err)
	}
	b.lab.World.Faults.Clear()
	if b.text("x") != "new" {
		t.Errorf("the record has %q", b.text("x"))
	}
}

func TestConnectionLost(t *testing.T) {
	for name, attempts := range map[string]int{"once": 1, "again": 3} {
		b := newBench(t)
		cfg := b.lab.Config("us-east-1", lab.Root(account))
		cfg.RetryMaxAttempts = attempts
		cfg.HTTPClient = &lossy{next: cfg.HTTPClient, lose: 1}
		_, err := b.store(client(cfg)).Create(t.Context(), "x", note{"new"})
		if b.must(err); b.text("x") != "new" {
			t.Errorf("%s: the record has %q", name, b.text("x"))
		}
	}
}

// A caller whose time is over learns all the same that its write is there.
func TestCallerRunsOutOfTime(t *testing.T) {
	b := newBench(t)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := b.store(stopping{b.client, cancel}).Create(ctx, "x", note{"new"})
	if b.must(err); ctx.Err() == nil || b.text("x") != "new" {
		t.Errorf("the record has %q", b.text("x"))
	}
}

func TestTwoAtOnce(t *testing.T) {
	b := newBench(t)
	s := b.store(b.client)
	race := func(lost error, write func(text string) error) {
		t.Helper()
		results := make([]error, 8)
		var all sync.WaitGroup
		for i := range results {
			all.Go(func() { results[i] = write(strconv.Itoa(i)) })
		}
		all.Wait()
		won := 0
		for i, err := range results {
			if err != nil {
				b.fails(err, lost)
			} else if won++; b.text("x") != strconv.Itoa(i) {
				t.Errorf("%d succeeded, and the record has %q", i, b.text("x"))
			}
		}
		if won != 1 {
			t.Errorf("%d succeeded", won)
		}
	}
	race(journal.ErrExists, func(text string) error {
		_, err := s.Create(t.Context(), "x", note{text})
		return err
	})
	e, err := s.Load(t.Context(), "x")
	b.must(err)
	race(journal.ErrConflict, func(text string) error {
		_, err := s.Update(t.Context(), e, note{text})
		return err
	})
}
