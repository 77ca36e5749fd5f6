package rotate_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"rekey/functions/rotate"
)

// Two invocations at once, of one key and one plan, make one successor, and each alias
// is moved once.
func TestTwoAtOnce(t *testing.T) {
	for round := range 10 {
		s := newStage(t)
		s.oldKey()
		k, p := s.due()
		s.lab.World.Trail.Reset()
		var all sync.WaitGroup
		endings := make([]rotate.Ending, 4)
		for i := range endings {
			r := s.rotator(fmt.Sprint("rotator ", i), nil)
			all.Go(func() {
				res, err := r.Apply(t.Context(), k, p)
				if endings[i] = res.Ending; err != nil && !errors.Is(err, rotate.ErrHeld) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		done := 0
		for _, e := range endings {
			switch e {
			case rotate.Finished:
				done++
			case rotate.HeldByOther:
			default:
				t.Errorf("round %d: one of them ended %s", round, e)
			}
		}
		trail := s.lab.World.Trail
		if keys, moves := trail.Count("kms", "CreateKey"), trail.Count("kms", "UpdateAlias"); done == 0 || keys != 1 || moves != 2 {
			t.Errorf("round %d: %d have done it, with %d keys made and %d moves of 2 aliases: %v", round, done, keys, moves, endings)
		}
		s.intact()
	}
}

// Who comes while the job is held is told by whom, and changes nothing.
func TestHeld(t *testing.T) {
	s := newStage(t)
	s.oldKey()
	k, p := s.due()
	dead, _ := s.crashing(crash{at: 12, death: true})
	_, _ = dead.Apply(t.Context(), k, p)
	before := s.state()
	for name, call := range map[string]func(*rotate.Rotator) (rotate.Result, error){
		"apply":    func(r *rotate.Rotator) (rotate.Result, error) { return r.Apply(t.Context(), k, p) },
		"resume":   func(r *rotate.Rotator) (rotate.Result, error) { return r.Resume(t.Context(), s.old) },
		"rollback": func(r *rotate.Rotator) (rotate.Result, error) { return r.Rollback(t.Context(), s.old) },
		"again":    func(r *rotate.Rotator) (rotate.Result, error) { return r.Again(t.Context(), s.old) },
	} {
		res, err := call(s.rotator("two", nil))
		if res.Ending != rotate.HeldByOther || !errors.Is(err, rotate.ErrHeld) || res.Key != s.old {
			t.Errorf("%s: %+v, %v", name, res, err)
		}
	}
	if after := s.state(); after != before {
		t.Errorf("there was\n%s\nand is\n%s", before, after)
	}
	goOnAfter(s, lease)
}
