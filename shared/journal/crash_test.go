package journal_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rekey/shared/journal"
)

// mortal is a client whose process dies at a call: before it, or when it took
// effect.
type mortal struct {
	journal.Client
	at, calls int
	after     bool
}

var errDead = errors.New("the process has died")

func (m *mortal) call(do func() error) error {
	m.calls++
	if m.calls > m.at || m.calls == m.at && !m.after {
		return errDead
	}
	if err := do(); err != nil {
		return err
	}
	if m.calls == m.at {
		return errDead
	}
	return nil
}

func (m *mortal) GetObject(ctx context.Context, in *s3.GetObjectInput, o ...func(*s3.Options)) (out *s3.GetObjectOutput, err error) {
	return out, m.call(func() error { out, err = m.Client.GetObject(ctx, in, o...); return err })
}

func (m *mortal) PutObject(ctx context.Context, in *s3.PutObjectInput, o ...func(*s3.Options)) (out *s3.PutObjectOutput, err error) {
	return out, m.call(func() error { out, err = m.Client.PutObject(ctx, in, o...); return err })
}

// outside is what the steps of the job change: aliases that are moved, in a world
// where each move can be made again.
type outside struct {
	m     *mortal
	moved map[string]int
}

func (o outside) move(alias string) error {
	return o.m.call(func() error { o.moved[alias]++; return nil })
}

// work does the job, from wherever it is.
func work(ctx context.Context, jobs *journal.Jobs[note], o outside) error {
	run, err := jobs.Start(ctx, "x", note{})
	if errors.Is(err, journal.ErrExists) {
		run, err = jobs.Take(ctx, "x")
	}
	if err != nil {
		return err
	}
	for _, alias := range []string{"a", "b", "c"} {
		if err := run.Do(ctx, alias, func(context.Context) error {
			run.State.Text = alias
			return o.move(alias)
		}); err != nil {
			return err
		}
	}
	return run.Finish(ctx)
}

// Wherever the process dies, the next one ends the job in the same state, does no
// step again that was noted as done, and every other at most once more.
func TestCrashAnywhere(t *testing.T) {
	points := 0
	for _, after := range []bool{false, true} {
		for at := 1; ; at++ {
			b, c := newBench(t), &clock{t: start}
			m := &mortal{Client: b.client, at: at, after: after}
			o := outside{m, map[string]int{}}
			err := work(t.Context(), b.jobs(m, "first", c), o)
			if err == nil && m.calls < at {
				break // there is no such call any more
			}
			points++
			noted := []string{}
			if e, err := b.jobs(b.client, "reader", c).Store.Load(t.Context(), "x"); err == nil {
				for alias := range o.moved {
					if e.Record.Phase(alias) == journal.Done {
						noted = append(noted, alias)
					}
				}
			}
			c.pass(lease)
			o.m = &mortal{Client: b.client, at: 1000}
			if err := work(t.Context(), b.jobs(o.m, "second", c), o); err != nil && !errors.Is(err, journal.ErrFinished) {
				t.Fatalf("died at call %d (after: %v), then: %v", at, after, err)
			}
			e, err := b.jobs(b.client, "reader", c).Store.Load(t.Context(), "x")
			b.must(err)
			if e.Record.Finished == nil || e.Record.Lease != nil || e.Record.State.Text != "c" {
				t.Errorf("died at call %d (after: %v): the job is %+v", at, after, e.Record)
			}
			for _, alias := range []string{"a", "b", "c"} {
				if n := o.moved[alias]; n < 1 || n > 2 || n > 1 && slices.Contains(noted, alias) || e.Record.Phase(alias) != journal.Done {
					t.Errorf("died at call %d (after: %v): %s was moved %s times", at, after, alias, strconv.Itoa(n))
				}
			}
		}
	}
	t.Logf("died at %d points", points)
	if points < 20 {
		t.Errorf("it died at only %d points", points)
	}
}
