package rotate_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/functions/rotate"
)

// on are the tags of a key that is to be rotated in place every 90 days.
func on() []types.Tag {
	return []types.Tag{{TagKey: aws.String(rotate.TagRotate), TagValue: aws.String("on")}, {TagKey: aws.String(rotate.TagEvery), TagValue: aws.String("90d")}}
}

// symmetric makes an old key that AWS KMS can rotate.
func symmetric(s *stage) {
	s.Helper()
	s.key(&kms.CreateKeyInput{Tags: on()})
	s.age()
}

func (s *stage) demanded() int { return strings.Count(s.state(), "CURRENT ON_DEMAND") }

// Automatic rotation is switched on, and what is past its time is rotated once,
// wherever it crashes.
func TestCrashInPlace(t *testing.T) {
	scenario{key: symmetric, work: apply, mend: func(s *stage, r *rotate.Rotator) {
		goOn(s, r)
		s.lab.World.Advance(time.Minute)
		if n := s.demanded(); n != 1 {
			s.Errorf("it was rotated %d times on demand", n)
		}
	}, crashes: crashes}.run(t)
}

// A second rotation is another round of the same record.
func TestNextRotationInPlace(t *testing.T) {
	s := newStage(t)
	s.key(&kms.CreateKeyInput{Tags: append(on(), types.Tag{TagKey: aws.String(rotate.TagRotate), TagValue: aws.String("on-demand")})[1:]})
	for n := range 3 {
		s.age()
		if n != s.demanded() {
			t.Errorf("%d rotations were made, not %d", s.demanded(), n)
		}
		goOn(s, s.rotator("one", nil))
	}
	job, err := s.rotator("reader", nil).Journal.InPlace(t.Context(), s.old)
	if err != nil || job.Round != 2 || job.Phase != rotate.Done {
		t.Errorf("%+v, %v", job, err)
	}
}

// What has changed since the plan is not rotated again.
func TestRotatedMeanwhile(t *testing.T) {
	id := func(s *stage) *string { return aws.String(string(s.old.ID)) }
	for name, change := range map[string]func(*stage){
		"under way": func(s *stage) {
			s.must(s.owner(here).RotateKeyOnDemand(s.Context(), &kms.RotateKeyOnDemandInput{KeyId: id(s)}))
		},
		"done": func(s *stage) {
			s.must(s.owner(here).RotateKeyOnDemand(s.Context(), &kms.RotateKeyOnDemandInput{KeyId: id(s)}))
			s.lab.World.Advance(time.Minute)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			symmetric(s)
			k, p := s.due()
			change(s)
			res, err := s.rotator("one", nil).Apply(t.Context(), k, p)
			if err != nil || res.Ending != rotate.Finished {
				t.Errorf("%+v, %v", res, err)
			}
			s.lab.World.Advance(time.Minute)
			if n := s.demanded(); n != 1 {
				t.Errorf("it was rotated %d times on demand", n)
			}
		})
	}
}

// A rotation that AWS KMS is about to make itself is waited for.
func TestAboutToRotate(t *testing.T) {
	s := newStage(t)
	symmetric(s)
	k, p := s.due()
	c := s.owner(here)
	s.must(c.EnableKeyRotation(t.Context(), &kms.EnableKeyRotationInput{KeyId: aws.String(string(s.old.ID)), RotationPeriodInDays: aws.Int32(90)}))
	s.lab.World.Advance(90*24*time.Hour - 10*time.Minute)
	res, err := s.rotator("one", nil).Apply(t.Context(), k, p)
	if res.Ending != rotate.Unfinished || !errors.Is(err, rotate.ErrUnfinished) {
		t.Errorf("%+v, %v", res, err)
	}
	s.lab.World.Advance(lease)
	goOn(s, s.rotator("two", nil))
	s.lab.World.Advance(time.Minute)
	if text := s.state(); s.demanded() != 0 || !strings.Contains(text, "CURRENT AUTOMATIC") {
		t.Error(text)
	}
}

// A key has 25 rotations on demand.
func TestSpent(t *testing.T) {
	s := newStage(t)
	symmetric(s)
	k, p := s.due()
	for range 25 {
		s.must(s.owner(here).RotateKeyOnDemand(t.Context(), &kms.RotateKeyOnDemandInput{KeyId: aws.String(string(s.old.ID))}))
		s.lab.World.Advance(time.Minute)
	}
	now, _ := s.plan()
	k.Materials = now.Materials // a plan that was made before they were spent
	res, err := s.rotator("one", nil).Apply(t.Context(), k, p)
	if res.Ending != rotate.Failed || !errors.Is(err, rotate.ErrSpent) || len(s.open()) != 0 {
		t.Errorf("%+v, %v", res, err)
	}
	if job, err := s.rotator("reader", nil).Journal.InPlace(t.Context(), s.old); err != nil || job.Phase != rotate.Abandoned {
		t.Errorf("%+v, %v", job, err)
	}
}
