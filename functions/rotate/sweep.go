package rotate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/shared/journal"
	"rekey/shared/keyid"
	"rekey/shared/metric"
)

// Sweep is the record of the sweep over a Region's keys: one record that each sweep
// begins anew. It is also where a sweep goes on in the next invocation.
type Sweep struct {
	Began time.Time `json:"began"`
	// Ended is zero while it is under way.
	Ended time.Time `json:"ended,omitzero"`
	// Whole is when the last sweep ended that saw every key.
	Whole time.Time `json:"whole,omitzero"`
	// Marker is where the present page of ListKeys begins, and After the last key of it
	// that was looked at, "" before the first.
	Marker string   `json:"marker,omitempty"`
	After  keyid.ID `json:"after,omitempty"`
	Digest Digest   `json:"digest"`
}

// Progress is what an answer says of a sweep.
type Progress struct {
	// State is begun where it is to go on in the next invocation, whole where it has
	// ended, notDue where none is under way, and held where another invocation is at it.
	State  string    `json:"state"`
	Began  time.Time `json:"began,omitzero"`
	Digest *Digest   `json:"digest,omitempty"`
}

const (
	// sweepVersion is that of Sweep in the journal.
	sweepVersion = 1
	// between is how long after the begin of a sweep the next one begins.
	between = 24 * time.Hour
	// pageSize is how many keys are known at a time.
	pageSize = 100
)

func sweepID(r keyid.Region) string { return "sweep/" + string(r) }

// scheduled goes on with what is unfinished, then with the sweep. forced begins one
// although none is due.
func (i *invocation) scheduled(ctx context.Context, forced bool) (a Answer, err error) {
	var resuming, sweeping error
	if i.Apply {
		a.Resumed, resuming = i.resume(ctx)
	}
	a.Sweep, sweeping = i.sweep(ctx, forced)
	return a, errors.Join(resuming, sweeping)
}

// resume goes on with unfinished jobs, for half of the time at most: however many they
// are, and however long they take, the sweep is not left behind.
func (i *invocation) resume(ctx context.Context) (all []KeyAnswer, err error) {
	until := i.now().Add(longestRun / 2)
	if deadline, ok := ctx.Deadline(); ok {
		until = i.now().Add(deadline.Sub(i.now()) / 2)
	}
	for id, err := range i.rotator.Journal.Open(ctx, i.Home.Region) {
		if err != nil {
			return all, fmt.Errorf("look what is unfinished: %w", err)
		}
		if i.rotator.short(ctx) || !i.now().Before(until) {
			break
		}
		res, err := i.rotator.Resume(ctx, i.Home.key(id))
		i.count(res)
		all = append(all, KeyAnswer{Key: res.Key.String(), Result: &res, Error: errorAnswer(err)})
		i.Log.LogAttrs(ctx, slog.LevelInfo, "resumed", slog.String("key", res.Key.String()), slog.String("ending", string(res.Ending)), slog.Any("error", err))
		if res.Ending == Finished { // what fails every quarter of an hour is told by the sweep, once a day
			i.tell(ctx, resultNotice(res, err, i.now()), i.Notices.Topic, res.Plan.Notify)
		}
	}
	return all, nil
}

// sweep begins a sweep where one is due, or goes on with the one that is under way.
// The journal's lease keeps two from sweeping at once.
func (i *invocation) sweep(ctx context.Context, forced bool) (*Progress, error) {
	jobs := &journal.Jobs[Sweep]{Store: journalOf[journal.Job[Sweep]](i.rotator.Journal, sweepVersion), Holder: i.rotator.Holder, Lease: i.rotator.Lease, Now: i.rotator.Now}
	run, err := i.due(ctx, jobs, forced)
	var held *journal.HeldError
	switch {
	case errors.As(err, &held), errors.Is(err, journal.ErrConflict), errors.Is(err, journal.ErrExists):
		i.Log.LogAttrs(ctx, slog.LevelInfo, "another invocation sweeps", slog.Any("error", err))
		return &Progress{State: "held"}, nil
	case err != nil:
		return nil, fmt.Errorf("take the sweep over the keys of %s: %w", i.Home.Region, err)
	case run == nil:
		return &Progress{State: "notDue"}, nil
	}
	err = i.pages(ctx, run)
	if errors.Is(err, journal.ErrConflict) { // our lease was over, and somebody else goes on
		return &Progress{State: "held"}, nil
	}
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	if err = errors.Join(err, run.Release(after)); err != nil {
		return nil, fmt.Errorf("sweep over the keys of %s: %w", i.Home.Region, err)
	}
	p := &Progress{State: "begun", Began: run.State.Began, Digest: &run.State.Digest}
	if !run.State.Ended.IsZero() {
		p.State = "whole"
	}
	i.Log.LogAttrs(ctx, slog.LevelInfo, "swept", slog.String("state", p.State), slog.Int("looked", p.Digest.Looked), slog.Int("due", p.Digest.Due),
		slog.Int("rotated", p.Digest.Rotated), slog.Int("failed", p.Digest.Failed), slog.Int("blocked", p.Digest.Blocked))
	return p, nil
}

// due holds the sweep where there is something to do, and gives nil where there is
// not.
func (i *invocation) due(ctx context.Context, jobs *journal.Jobs[Sweep], forced bool) (*journal.Run[Sweep], error) {
	id, now := sweepID(i.Home.Region), i.now().UTC()
	e, err := jobs.Store.Load(ctx, id)
	if errors.Is(err, journal.ErrNotFound) {
		return jobs.Start(ctx, id, Sweep{Began: now})
	}
	if err != nil {
		return nil, err
	}
	last := e.Record.State
	i.age(last)
	if !last.Ended.IsZero() && now.Sub(last.Began) < between && !forced {
		return nil, nil
	}
	run, err := jobs.Take(ctx, id)
	if err == nil && !run.State.Ended.IsZero() { // another one may have begun it meanwhile
		run.State = Sweep{Began: now, Whole: run.State.Whole}
	}
	return run, err
}

// age measures how long ago the last whole sweep was.
func (i *invocation) age(last Sweep) {
	whole := last.Whole
	if whole.IsZero() {
		whole = last.Began
	}
	i.metrics = append(i.metrics, metric.Metric{Name: MetricSweepAge, Unit: metric.Seconds, Values: []float64{i.now().Sub(whole).Seconds()}})
}

// pages goes on with a sweep until it is whole, or the time is short. No more than a
// page of keys is in memory, and the journal knows of each page before it is begun.
func (i *invocation) pages(ctx context.Context, run *journal.Run[Sweep]) error {
	s := &run.State
	for anew := false; !i.rotator.short(ctx); {
		page, err := i.rotator.KMS(i.Home.Region).ListKeys(ctx, &kms.ListKeysInput{Limit: aws.Int32(pageSize), Marker: marker(s.Marker)})
		if errors.As(err, new(*types.InvalidMarkerException)) && s.Marker != "" && !anew {
			i.Log.LogAttrs(ctx, slog.LevelWarn, "AWS KMS does not take the sweep's marker any more: the Region is begun anew")
			s.Marker, s.After, s.Digest, anew = "", "", s.Digest.anew(), true
			continue
		}
		if err != nil {
			return fmt.Errorf("kms:ListKeys: %w", err)
		}
		if whole := i.page(ctx, s, page.Keys); !whole {
			return nil
		}
		if s.Marker, s.After = aws.ToString(page.NextMarker), ""; !page.Truncated {
			return i.whole(ctx, s)
		}
		if err := run.Renew(ctx); err != nil {
			return err
		}
	}
	return nil
}

func marker(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// page looks at the keys of a page, but for those that were looked at before. It says
// whether it came to the end.
func (i *invocation) page(ctx context.Context, s *Sweep, keys []types.KeyListEntry) (whole bool) {
	begin := 0
	for n, k := range keys {
		if s.After != "" && aws.ToString(k.KeyId) == string(s.After) {
			begin = n + 1
		}
	}
	for _, k := range keys[begin:] {
		if i.rotator.short(ctx) {
			return false
		}
		id := keyid.ID(aws.ToString(k.KeyId))
		f := i.sweepKey(ctx, i.Home.key(id))
		if ctx.Err() != nil { // it says nothing of the key
			return false
		}
		s.After = id
		s.Digest.add(f)
	}
	return true
}

// sweepKey observes one key, plans, and applies. Whatever comes of it, the sweep goes
// on with the next.
func (i *invocation) sweepKey(ctx context.Context, key keyid.ARN) finding {
	f := finding{key: key, now: i.now()}
	k, err := i.rotator.Observe(ctx, key.Ref())
	if err != nil {
		f.err = err
		if !errors.Is(err, ErrNoKey) { // it was deleted meanwhile
			i.failed++
			i.Log.LogAttrs(ctx, slog.LevelWarn, "a key could not be looked at", slog.String("key", key.String()), slog.Any("error", err))
		}
		return f
	}
	f.plan = PlanFor(k, i.rotator.Defaults, i.now())
	level := slog.LevelDebug
	if f.plan.Outcome == Due || f.plan.Outcome == Blocked {
		level = slog.LevelInfo
	}
	i.Log.LogAttrs(ctx, level, "planned", slog.String("key", key.String()), slog.String("outcome", string(f.plan.Outcome)),
		slog.String("way", string(f.plan.Way)), slog.String("why", f.plan.Why))
	if f.plan.Outcome == Due && i.Apply {
		var res Result
		res, f.err = i.rotator.Apply(ctx, k, f.plan)
		f.ending, f.did = res.Ending, res.told()
		i.count(res)
		i.tell(ctx, resultNotice(res, f.err, f.now), f.plan.Notify)
		return f
	}
	if f.plan.Outcome == Due || f.plan.Outcome == Blocked {
		i.tell(ctx, planNotice(f.plan), f.plan.Notify)
	}
	return f
}

// whole ends a sweep: it is told, measured and written down. Should the invocation be
// lost in between, the last page is looked at and told again.
func (i *invocation) whole(ctx context.Context, s *Sweep) error {
	d := s.Digest
	i.tell(ctx, digestNotice(d, i.Home, i.Apply), i.Notices.Topic)
	i.metrics = append(i.metrics, metric.Number(MetricDue, d.Due), metric.Number(MetricBlocked, d.Blocked),
		metric.Number(MetricOverdue, d.Overdue), metric.Number(MetricSweeps, 1))
	s.Ended = i.now().UTC()
	s.Whole, s.Marker, s.After = s.Ended, "", ""
	return nil
}
