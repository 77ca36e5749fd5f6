package rotate_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"rekey/functions/rotate"
	"rekey/lab/world"
	"rekey/shared/keyid"
)

// crash is what happens at one of the calls that are made of AWS.
type crash struct {
	at    int // which call, from 1 on; 0: none
	death bool
	when  world.When
}

func (c crash) String() string {
	return fmt.Sprintf("%s %s call %d", map[bool]string{true: "the process ends", false: "an error"}[c.death],
		map[world.When]string{world.Before: "before", world.After: "after the effect of"}[c.when], c.at)
}

// crashes are all that can happen at a call, whatever it is.
func crashes(at int, _ string) []crash {
	return []crash{{at, false, world.Before}, {at, false, world.After}, {at, true, world.Before}, {at, true, world.After}}
}

// mortal is a client whose calls are counted, and one of which crashes. After the
// process's end nothing leaves it any more.
type mortal struct {
	crash
	stage *stage
	mu    *sync.Mutex
	calls *[]string // the operations of all that were made
	dead  *bool
	next  aws.HTTPClient
}

var errDead = errors.New("the process has ended")

func (m mortal) Do(r *http.Request) (*http.Response, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if *m.dead {
		return nil, errDead
	}
	service, operation := called(r)
	*m.calls = append(*m.calls, operation)
	switch {
	case len(*m.calls) != m.at:
		return m.next.Do(r)
	case !m.death:
		m.stage.lab.World.Faults.Add(world.Fault{Service: service, Operation: operation, When: m.when, Times: 1})
		return m.next.Do(r)
	case m.when == world.After:
		if resp, err := m.next.Do(r); err == nil {
			resp.Body.Close()
		}
	}
	*m.dead = true
	return nil, errDead
}

// called tells which operation a request is.
func called(r *http.Request) (service, operation string) {
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		_, operation, _ = strings.Cut(target, ".")
		return "kms", operation
	}
	switch {
	case r.Method == http.MethodPut:
		operation = "PutObject"
	case r.Method == http.MethodDelete:
		operation = "DeleteObject"
	case r.URL.Query().Has("list-type"):
		operation = "ListObjectsV2"
	default:
		operation = "GetObject"
	}
	return "s3", operation
}

// crashing is a rotator that crashes, and the calls that it has made.
func (s *stage) crashing(c crash) (r *rotate.Rotator, calls *[]string) {
	var mu sync.Mutex
	var dead bool
	calls = new([]string)
	return s.rotator("one", func(next aws.HTTPClient) aws.HTTPClient {
		return mortal{c, s, &mu, calls, &dead, next}
	}), calls
}

// scenario is work that crashes, and what is done about it.
type scenario struct {
	replicas []keyid.Region
	// key makes the old key; nil for one that is to have a successor.
	key func(*stage)
	// before is what was there before the work, or nil.
	before func(*stage)
	work   func(*stage, *rotate.Rotator)
	// mend is what comes after the crash, by others; it ends in the state that the lab
	// of the work without a crash has been brought to by the same.
	mend func(*stage, *rotate.Rotator)
	// crashes are what happens at each call.
	crashes func(at int, operation string) []crash
}

// run crashes at every call of the work, in each way that there is.
func (sc scenario) run(t *testing.T) {
	want, calls := sc.once(t, crash{})
	points := 0
	for i, operation := range calls {
		for _, c := range sc.crashes(i+1, operation) {
			points++
			t.Run(c.String()+" "+operation, func(t *testing.T) {
				t.Parallel()
				if got, _ := sc.once(t, c); got != want {
					t.Errorf("is\n%s\nwas to be\n%s", got, want)
				}
			})
		}
	}
	t.Logf("%d points of injection in %d calls of AWS KMS and Amazon S3", points, len(calls))
}

// once runs the scenario with a crash, or without any.
func (sc scenario) once(t *testing.T, c crash) (state string, calls []string) {
	s := newStage(t)
	if sc.key != nil {
		sc.key(s)
	} else {
		s.oldKey(sc.replicas...)
	}
	if sc.before != nil {
		sc.before(s)
	}
	r, made := s.crashing(c)
	sc.work(s, r)
	calls = *made
	s.intact()
	s.lab.World.Faults.Clear()
	s.lab.World.Advance(lease + time.Minute) // nobody holds the job any more
	sc.mend(s, s.rotator("two", nil))
	s.intact()
	if open := s.open(); len(open) > 0 {
		t.Errorf("there is unfinished work of %v", open)
	}
	s.lab.World.Advance(time.Minute) // a rotation takes some seconds
	return s.state(), calls
}

// intact wants what must be true at every moment: the old key is enabled, there is one
// successor at most, and no alias is lost.
func (s *stage) intact() {
	s.Helper()
	text := s.state()
	aliases := 0
	for line := range strings.SplitSeq(text, "\n") {
		if strings.Contains(line, " alias/shop is ") || strings.Contains(line, " alias/till is ") {
			aliases++
			if !strings.HasSuffix(line, " OLD") && !strings.HasSuffix(line, " NEW") {
				s.Errorf("%s", line)
			}
		}
	}
	if strings.Contains(text, "successors") || !strings.Contains(text, "eu-west-1 OLD is Enabled") || aliases%2 != 0 || aliases == 0 {
		s.Errorf("something is lost:\n%s", text)
	}
}

// apply applies the plan, however that ends.
func apply(s *stage, r *rotate.Rotator) {
	k, p := s.due()
	_, _ = r.Apply(s.Context(), k, p)
}

// goOn is what the next invocation does: it goes on with what is unfinished, and then
// with what is due.
func goOn(s *stage, r *rotate.Rotator) {
	s.Helper()
	res, err := r.Resume(s.Context(), s.old)
	if err != nil || res.Ending != rotate.Finished {
		s.Fatalf("resumed: %+v, %v", res, err)
	}
	if k, p := s.plan(); p.Outcome == rotate.Due {
		res, err = r.Apply(s.Context(), k, p)
	}
	if err != nil || res.Ending != rotate.Finished {
		s.Fatalf("applied: %+v, %v", res, err)
	}
}

// takeBack rolls back, looks that it is so, and goes forward again.
func takeBack(s *stage, r *rotate.Rotator) {
	s.Helper()
	res, err := r.Rollback(s.Context(), s.old)
	if errors.Is(err, rotate.ErrNoJob) {
		s.isBack()
		goOn(s, r)
		return
	}
	if err != nil || res.Ending != rotate.Finished {
		s.Fatalf("rolled back: %+v, %v", res, err)
	}
	s.isBack()
	if _, p := s.plan(); p.Outcome != rotate.Report {
		s.Errorf("after the rollback the plan is %s: %s", p.Outcome, p.Why)
	}
	forwardAgain(s, r)
}

func forwardAgain(s *stage, r *rotate.Rotator) {
	s.Helper()
	res, err := r.Again(s.Context(), s.old)
	if errors.Is(err, rotate.ErrUnfinished) { // a key may have been made: it shows only later
		s.lab.World.Advance(lease)
		res, err = r.Resume(s.Context(), s.old)
	}
	if err != nil || res.Ending != rotate.Finished {
		s.Fatalf("again: %+v, %v", res, err)
	}
}

// isBack wants every alias at the old key, and that to be marked as nobody's
// predecessor.
func (s *stage) isBack() {
	s.Helper()
	if text := s.state(); strings.Contains(text, "is NEW") || strings.Contains(text, rotate.TagSucceededBy) {
		s.Errorf("after the rollback there is\n%s", text)
	}
}

func finish(s *stage) {
	s.Helper()
	goOn(s, s.rotator("zero", nil))
}

func TestCrashThenResumed(t *testing.T) { scenario{work: apply, mend: goOn, crashes: crashes}.run(t) }

func TestCrashThenRolledBack(t *testing.T) {
	scenario{work: apply, mend: takeBack, crashes: crashes}.run(t)
}

func TestCrashOfRollback(t *testing.T) {
	back := func(s *stage, r *rotate.Rotator) { _, _ = r.Rollback(s.Context(), s.old) }
	scenario{before: finish, work: back, crashes: crashes, mend: func(s *stage, r *rotate.Rotator) {
		res, err := r.Resume(s.Context(), s.old)
		if err != nil || res.Ending != rotate.Finished {
			s.Fatalf("resumed: %+v, %v", res, err)
		}
		if strings.Contains(s.state(), "is NEW") { // it ended before anybody knew of it
			s.must(r.Rollback(s.Context(), s.old))
		}
		s.isBack()
	}}.run(t)
}

func TestCrashOfGoingForwardAgain(t *testing.T) {
	again := func(s *stage, r *rotate.Rotator) { _, _ = r.Again(s.Context(), s.old) }
	scenario{before: func(s *stage) {
		finish(s)
		s.must(s.rotator("zero", nil).Rollback(s.Context(), s.old))
	}, work: again, crashes: crashes, mend: func(s *stage, r *rotate.Rotator) {
		res, err := r.Resume(s.Context(), s.old)
		if err != nil || res.Ending != rotate.Finished {
			s.Fatalf("resumed: %+v, %v", res, err)
		}
		forwardAgain(s, r)
	}}.run(t)
}

// A multi-Region key has aliases in each of its Regions.
func TestCrashOfMultiRegion(t *testing.T) {
	both := []keyid.Region{"eu-central-1", "us-east-1"}
	dies := func(at int, _ string) []crash { return []crash{{at, true, world.After}} }
	fails := func(at int, _ string) []crash { return []crash{{at, false, world.After}} }
	t.Run("resumed", func(t *testing.T) { scenario{replicas: both, work: apply, mend: goOn, crashes: dies}.run(t) })
	t.Run("rolled back", func(t *testing.T) { scenario{replicas: both, work: apply, mend: takeBack, crashes: fails}.run(t) })
}
