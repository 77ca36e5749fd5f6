package rotate_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"rekey/functions/rotate"
	"rekey/lab/world"
	"rekey/shared/keyid"
)

// ids of the two keys, as calls of their owner name them.
func (s *stage) ids() (old, next *string) {
	s.Helper()
	job, err := s.rotator("reader", nil).Journal.Job(s.Context(), s.old)
	s.check(err)
	return aws.String(string(s.old.ID)), aws.String(string(job.Successor.ID))
}

func (s *stage) point(r keyid.Region, alias string, key *string) {
	s.Helper()
	s.must(s.owner(r).UpdateAlias(s.Context(), &kms.UpdateAliasInput{AliasName: &alias, TargetKeyId: key}))
}

// Rolled back, whenever that is, everything is as it was but for the successor; again
// makes no other one.
func TestRollback(t *testing.T) {
	s := newStage(t)
	s.oldKey("us-east-1")
	before := s.state()
	finish(s)
	done := s.state()
	s.age()
	s.age()
	r := s.rotator("two", nil)
	res, err := r.Rollback(t.Context(), s.old)
	if err != nil || res.Ending != rotate.Finished || res.Successor == (keyid.ARN{}) {
		t.Fatalf("%+v, %v", res, err)
	}
	var rest []string
	for line := range strings.SplitSeq(s.state(), "\n") {
		if !strings.Contains(line, " NEW ") && !strings.HasSuffix(line, "NEW") {
			rest = append(rest, line)
		}
	}
	if after := strings.Join(rest, "\n"); after != before {
		t.Errorf("there was\n%s\nand is\n%s", before, after)
	}
	s.must(r.Rollback(t.Context(), s.old)) // once more changes nothing
	s.isBack()
	forwardAgain(s, r)
	if again := s.state(); again != done {
		t.Errorf("there was\n%s\nand is\n%s", done, again)
	}
	if len(s.open()) != 0 {
		t.Error(s.open())
	}
}

// A key that cannot be used gets no alias back, in any Region, and nothing is changed.
func TestOldKeyUnusable(t *testing.T) {
	for name, spoil := range map[string]func(*stage, *string){
		"disabled": func(s *stage, old *string) {
			s.must(s.owner(here).DisableKey(s.Context(), &kms.DisableKeyInput{KeyId: old}))
		},
		"a disabled replica": func(s *stage, old *string) {
			s.must(s.owner("us-east-1").DisableKey(s.Context(), &kms.DisableKeyInput{KeyId: old}))
		},
		"ending": func(s *stage, old *string) {
			s.must(s.owner("us-east-1").ScheduleKeyDeletion(s.Context(), &kms.ScheduleKeyDeletionInput{KeyId: old}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.oldKey("us-east-1")
			finish(s)
			old, _ := s.ids()
			spoil(s, old)
			before := s.state()
			res, err := s.rotator("two", nil).Rollback(t.Context(), s.old)
			if res.Ending != rotate.Failed || !errors.Is(err, rotate.ErrOldKeyUnusable) || !strings.Contains(err.Error(), "then roll back") {
				t.Errorf("%+v, %v", res, err)
			}
			if after := s.state(); after != before {
				t.Errorf("there was\n%s\nand is\n%s", before, after)
			}
			if job, err := s.rotator("reader", nil).Journal.Job(t.Context(), s.old); err != nil || job.Phase != rotate.Done {
				t.Errorf("%+v, %v", job, err)
			}
		})
	}
}

// An alias that somebody pointed elsewhere is nobody's to move: nothing is made or
// moved, and a rollback leaves it there.
func TestAliasElsewhere(t *testing.T) {
	s := newStage(t)
	s.oldKey()
	k, p := s.due()
	other := s.another()
	s.point(here, "alias/till", other)
	before := s.state()
	res, err := s.rotator("one", nil).Apply(t.Context(), k, p)
	if res.Ending != rotate.Failed || !errors.Is(err, rotate.ErrAliasElsewhere) || !strings.Contains(err.Error(), *other) {
		t.Errorf("%+v, %v", res, err)
	}
	if after := s.state(); after != before {
		t.Errorf("there was\n%s\nand is\n%s", before, after)
	}
	s.point(here, "alias/till", aws.String(string(s.old.ID)))
	goOn(s, s.rotator("two", nil))
	s.point(here, "alias/till", other)
	res, err = s.rotator("two", nil).Rollback(t.Context(), s.old)
	text := s.state()
	if err != nil || !strings.Contains(text, "alias/shop is OLD") || !strings.HasSuffix(text, "alias/till is ") || !strings.Contains(strings.Join(res.Notes, "\n"), *other) {
		t.Errorf("%+v, %v\n%s", res, err, text)
	}
}

// hasty is a client on whose first CreateKey somebody points an alias elsewhere.
type hasty struct {
	rotate.Writer
	then func()
}

func (h hasty) CreateKey(ctx context.Context, in *kms.CreateKeyInput, o ...func(*kms.Options)) (*kms.CreateKeyOutput, error) {
	defer h.then()
	return h.Writer.CreateKey(ctx, in, o...)
}

// So with one that goes elsewhere while the successor is made.
func TestAliasElsewhereMeanwhile(t *testing.T) {
	s := newStage(t)
	s.oldKey()
	k, p := s.due()
	other := s.another()
	r := s.rotator("one", nil)
	client := hasty{r.Writers(here), func() { s.point(here, "alias/till", other) }}
	r.Writers = func(keyid.Region) rotate.Writer { return client }
	res, err := r.Apply(t.Context(), k, p)
	if res.Ending != rotate.Failed || !errors.Is(err, rotate.ErrAliasElsewhere) || !strings.HasSuffix(s.state(), "alias/till is ") {
		t.Errorf("%+v, %v\n%s", res, err, s.state())
	}
}

// What is gone by then is told of, and keeps nothing from being done.
func TestGoneMeanwhile(t *testing.T) {
	s := newStage(t)
	s.oldKey()
	k, p := s.due()
	c := s.owner(here)
	s.must(c.DeleteAlias(t.Context(), &kms.DeleteAliasInput{AliasName: aws.String("alias/till")}))
	grants, err := c.ListGrants(t.Context(), &kms.ListGrantsInput{KeyId: aws.String(string(s.old.ID))})
	s.check(err)
	s.must(c.RevokeGrant(t.Context(), &kms.RevokeGrantInput{KeyId: aws.String(string(s.old.ID)), GrantId: grants.Grants[0].GrantId}))
	res, err := s.rotator("one", nil).Apply(t.Context(), k, p)
	notes := strings.Join(res.Notes, "\n")
	if err != nil || !strings.Contains(notes, "alias/till in eu-west-1 is gone") || !strings.Contains(notes, *grants.Grants[0].GrantId) {
		t.Errorf("%+v, %v", res, err)
	}
	if text := s.state(); !strings.Contains(text, "alias/shop is NEW") || strings.Contains(text, "NEW grant") {
		t.Error(text)
	}
}

// Each asks for what is not to be.
func TestRefusals(t *testing.T) {
	s := newStage(t)
	s.oldKey()
	r := s.rotator("one", nil)
	refused := func(res rotate.Result, err, want error) {
		t.Helper()
		if res.Ending != rotate.Failed || !errors.Is(err, want) || res.Key != s.old {
			t.Errorf("%+v, %v, not %v", res, err, want)
		}
	}
	res, err := r.Rollback(t.Context(), s.old)
	refused(res, err, rotate.ErrNoJob)
	res, err = r.Again(t.Context(), s.old)
	refused(res, err, rotate.ErrNoJob)
	k, p := s.due()
	res, err = r.Apply(t.Context(), k, rotate.Plan{Key: s.old, Outcome: rotate.Current})
	refused(res, err, rotate.ErrNotDue)
	s.must(r.Apply(t.Context(), k, p))
	if res, err = r.Apply(t.Context(), k, p); err != nil || len(res.Steps) != 0 { // as of one who came second
		t.Errorf("%+v, %v", res, err)
	}
	old, next := s.ids()
	s.must(s.owner(here).UntagResource(t.Context(), &kms.UntagResourceInput{KeyId: old, TagKeys: []string{rotate.TagSucceededBy}}))
	s.must(s.owner(here).CreateAlias(t.Context(), &kms.CreateAliasInput{AliasName: aws.String("alias/new"), TargetKeyId: old}))
	if _, p := s.plan(); p.Outcome != rotate.Blocked || !strings.Contains(p.Why, *next) || len(p.Steps) != 0 {
		t.Errorf("the plan is %+v", p)
	}
	s.must(r.Rollback(t.Context(), s.old))
	res, err = r.Apply(t.Context(), k, p)
	refused(res, err, rotate.ErrRolledBack)
	s.must(s.owner(here).DisableKey(t.Context(), &kms.DisableKeyInput{KeyId: next}))
	res, err = r.Again(t.Context(), s.old)
	refused(res, err, rotate.ErrSuccessorUnusable)
	s.isBack()
	s.must(s.owner(here).EnableKey(t.Context(), &kms.EnableKeyInput{KeyId: next}))
	forwardAgain(s, r)
}

// No alias goes over to a successor that cannot be used any more.
func TestSuccessorDisabledMeanwhile(t *testing.T) {
	s := newStage(t)
	s.oldKey()
	k, p := s.due()
	s.lab.World.Faults.Add(world.Fault{Service: "kms", Operation: "UpdateAlias", When: world.Before, Times: 1})
	r := s.rotator("one", nil)
	if _, err := r.Apply(t.Context(), k, p); !errors.Is(err, rotate.ErrUnfinished) {
		t.Error(err)
	}
	_, next := s.ids()
	s.must(s.owner(here).DisableKey(t.Context(), &kms.DisableKeyInput{KeyId: next}))
	res, err := r.Resume(t.Context(), s.old)
	if res.Ending != rotate.Failed || !errors.Is(err, rotate.ErrSuccessorUnusable) {
		t.Errorf("%+v, %v", res, err)
	}
	s.isBack()
	s.must(s.owner(here).EnableKey(t.Context(), &kms.EnableKeyInput{KeyId: next}))
	res, err = r.Resume(t.Context(), s.old)
	if err != nil || len(res.Steps) != 3 || res.Steps[0].Op != rotate.MoveAlias || res.Steps[2].Op != rotate.MarkOld {
		t.Errorf("what was left is %+v, %v", res.Steps, err)
	}
	s.intact()
}
