package rotate_test

import (
	"strings"
	"testing"

	"rekey/functions/rotate"
)

// A successor has all that the old key had, the aliases go over to it, and the old key
// stays enabled.
func TestSuccessor(t *testing.T) {
	s := newStage(t)
	s.oldKey()
	before := s.state()
	k, p := s.due()
	res, err := s.rotator("one", nil).Apply(t.Context(), k, p)
	s.check(err)
	after := s.state()
	if res.Ending != rotate.Finished || len(res.Steps) != len(p.Steps) || len(s.open()) != 0 {
		t.Errorf("%+v, open %v", res, s.open())
	}
	want := strings.NewReplacer("alias/shop is OLD", "alias/shop is NEW", "alias/till is OLD", "alias/till is NEW").Replace(before)
	for line := range strings.SplitSeq(before, "\n") {
		if carried, ok := strings.CutPrefix(line, "eu-west-1 OLD "); ok {
			want += "\neu-west-1 NEW " + carried
		}
	}
	want += "\neu-west-1 NEW tag rekey:successor-of=OLD\neu-west-1 OLD tag rekey:succeeded-by=NEW"
	if sorted(after) != sorted(want) {
		t.Errorf("is\n%s\nwas to be\n%s", sorted(after), sorted(want))
	}
	if _, p := s.plan(); p.Outcome != rotate.Report {
		t.Errorf("afterwards the plan is %s: %s", p.Outcome, p.Why)
	}
}
