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
	"rekey/shared/awserr"
	"rekey/shared/keyid"
)

// goOnAfter goes on when the time has passed after which a lost call shows.
func goOnAfter(s *stage, d time.Duration) {
	s.Helper()
	s.lab.World.Advance(d + time.Minute)
	goOn(s, s.rotator("next", nil))
}

// Each permission that writing needs is missing once: the error names it, nothing is
// lost, and who has it later finishes what was begun, with the same result.
func TestDenied(t *testing.T) {
	want := ""
	for _, action := range []string{
		"", "kms:CreateKey", "kms:TagResource", "kms:EnableKeyRotation", "kms:CreateGrant", "kms:ReplicateKey", "kms:Encrypt", "kms:Decrypt", "kms:UpdateAlias",
		"kms:DescribeKey", "kms:GetKeyRotationStatus", "kms:ListGrants", "s3:PutObject", "s3:DeleteObject",
	} {
		t.Run(action, func(t *testing.T) {
			s := newStage(t)
			s.oldKey("us-east-1")
			k, p := s.due()
			if action != "" {
				s.deny(action)
				res, err := s.rotator("one", nil).Apply(t.Context(), k, p)
				if res.Ending != rotate.Failed || awserr.Classify(err) != awserr.Denied || !strings.Contains(err.Error(), "a policy denies "+action) {
					t.Errorf("%+v, %v", res, err)
				}
				moved := strings.Contains(s.state(), "is NEW")
				if late := action == "s3:DeleteObject"; moved != late {
					t.Errorf("an alias has moved: %v", moved)
				}
				s.intact()
				s.deny("")
			}
			goOnAfter(s, 0)
			if state := s.state(); action == "" {
				want = state
			} else if state != want {
				t.Errorf("is\n%s\nwas to be\n%s", state, want)
			}
			if open := s.open(); len(open) > 0 {
				t.Errorf("there is unfinished work of %v", open)
			}
		})
	}
}

// So with rolling back.
func TestDeniedRollback(t *testing.T) {
	for _, action := range []string{"kms:UpdateAlias", "kms:UntagResource", "kms:DescribeKey", "s3:PutObject"} {
		t.Run(action, func(t *testing.T) {
			s := newStage(t)
			s.oldKey()
			goOnAfter(s, 0)
			s.deny(action)
			res, err := s.rotator("one", nil).Rollback(t.Context(), s.old)
			if res.Ending != rotate.Failed || awserr.Classify(err) != awserr.Denied || !strings.Contains(err.Error(), "a policy denies "+action) {
				t.Errorf("%+v, %v", res, err)
			}
			s.intact()
			s.deny("")
			s.lab.World.Advance(lease)
			if _, err = s.rotator("two", nil).Rollback(t.Context(), s.old); err != nil {
				t.Fatal(err)
			}
			s.isBack()
		})
	}
}

// Grants are rehearsed before anything is made, and a rehearsal makes none.
func TestRehearsal(t *testing.T) {
	s := newStage(t)
	s.oldKey()
	c, old := s.owner(here), aws.String(string(s.old.ID))
	s.must(c.CreateGrant(t.Context(), &kms.CreateGrantInput{ // which has no name
		KeyId: old, GranteePrincipal: aws.String("arn:aws:iam::444455556666:root"), Operations: []types.GrantOperation{types.GrantOperationEncrypt},
	}))
	k, p := s.due()
	s.deny("kms:CreateGrant")
	_, err := s.rotator("one", nil).Apply(t.Context(), k, p)
	if n := s.lab.World.Trail.Count("kms", "CreateKey"); n != 2 || err == nil { // which the stage has made
		t.Errorf("%d keys were made; %v", n, err)
	}
	s.deny("")
	goOn(s, s.rotator("two", nil))
	_, next := s.ids()
	for _, key := range []*string{old, next} {
		grants, err := c.ListGrants(t.Context(), &kms.ListGrantsInput{KeyId: key})
		s.check(err)
		if len(grants.Grants) != 2 {
			t.Errorf("%s has %d grants", *key, len(grants.Grants))
		}
	}
}

// No step is begun without time for it, and what is left is done by the next.
func TestTimeIsShort(t *testing.T) {
	s := newStage(t)
	s.oldKey("us-east-1")
	k, p := s.due()
	r := s.rotator("one", nil)
	r.Reserve = time.Hour
	ctx := deadline{t.Context(), s.lab.World.Now().Add(time.Minute), s.lab.World.Now}
	res, err := r.Apply(ctx, k, p)
	if res.Ending != rotate.Unfinished || !errors.Is(err, rotate.ErrUnfinished) || len(res.Steps) != 0 {
		t.Errorf("%+v, %v", res, err)
	}
	goOn(s, s.rotator("two", nil)) // at once: the job was let go
	if text := s.state(); !strings.Contains(text, "eu-west-1 alias/shop is NEW") {
		t.Error(text)
	}
}

// Whoever shows no sign of the job's token is not taken for the successor.
func TestForeignSuccessor(t *testing.T) {
	s := newStage(t)
	s.oldKey()
	k, p := s.due()
	for at := 1; ; at++ { // until CreateKey is the call that is not made
		r, _ := s.crashing(crash{at: at, death: true})
		_, _ = r.Apply(t.Context(), k, p)
		s.lab.World.Advance(lease)
		if job, err := s.rotator("reader", nil).Journal.Job(t.Context(), s.old); err != nil || job != nil && !job.Unsure.IsZero() {
			s.check(err)
			break
		}
	}
	planted := s.plant()
	goOnAfter(s, lease)
	job, err := s.rotator("reader", nil).Journal.Job(t.Context(), s.old)
	s.check(err)
	if job.Successor.ID == planted || job.Successor == (keyid.ARN{}) {
		t.Errorf("the successor is %s, and somebody planted %s", job.Successor, planted)
	}
}
