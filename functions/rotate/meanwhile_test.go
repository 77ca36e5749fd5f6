package rotate_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rekey/functions/rotate"
	"rekey/shared/keyid"
)

// narrower is a key policy without what another statement allowed.
const narrower = `{"Version":"2012-10-17","Statement":[{"Sid":"Narrower","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}`

// Who was shut out of the old key after it was planned does not come in again by its
// successor: no alias moves until somebody has seen to the successor's policy.
func TestPolicyChangedMeanwhile(t *testing.T) {
	for _, region := range []keyid.Region{here, "us-east-1"} {
		t.Run(string(region), func(t *testing.T) {
			s := newStage(t)
			s.oldKey("us-east-1")
			k, p := s.due()
			old := aws.String(string(s.old.ID))
			s.must(s.owner(region).PutKeyPolicy(t.Context(), &kms.PutKeyPolicyInput{KeyId: old, Policy: aws.String(narrower)}))
			r := s.rotator("one", nil)
			res, err := r.Apply(t.Context(), k, p)
			if res.Ending != rotate.Failed || !errors.Is(err, rotate.ErrPolicyChanged) {
				t.Fatalf("%+v, %v", res, err)
			}
			if text := s.state(); !strings.Contains(text, string(region)+" alias/shop is OLD") {
				t.Error(text)
			}
			_, next := s.ids()
			s.must(s.owner(region).PutKeyPolicy(t.Context(), &kms.PutKeyPolicyInput{KeyId: next, Policy: aws.String(narrower)}))
			goOn(s, r)
			if text := s.state(); strings.Contains(text, "is OLD") {
				t.Error(text)
			}
		})
	}
}

// stale shows aliases at a key where they are no more.
type stale struct {
	rotate.Writer
	at    *string
	moved map[string]bool
}

func (c stale) DescribeKey(ctx context.Context, in *kms.DescribeKeyInput, o ...func(*kms.Options)) (*kms.DescribeKeyOutput, error) {
	if strings.HasPrefix(*in.KeyId, "alias/") && !c.moved[*in.KeyId] {
		in = &kms.DescribeKeyInput{KeyId: c.at}
	}
	return c.Writer.DescribeKey(ctx, in, o...)
}

func (c stale) UpdateAlias(ctx context.Context, in *kms.UpdateAliasInput, o ...func(*kms.Options)) (*kms.UpdateAliasOutput, error) {
	c.moved[*in.AliasName] = true
	return c.Writer.UpdateAlias(ctx, in, o...)
}

// Rolled back at once, aliases go back although they are still seen where they were
// before they had moved; and forward again likewise.
func TestTurnedAtOnce(t *testing.T) {
	s := newStage(t)
	s.oldKey()
	finish(s)
	old, next := s.ids()
	r := s.rotator("two", nil)
	client := r.Writers(here)
	seeing := func(at *string) {
		c := stale{client, at, map[string]bool{}}
		r.Writers = func(keyid.Region) rotate.Writer { return c }
	}
	seeing(old)
	s.must(r.Rollback(t.Context(), s.old))
	if text := s.state(); strings.Contains(text, "is NEW") {
		t.Errorf("rolled back:\n%s", text)
	}
	seeing(next)
	s.must(r.Again(t.Context(), s.old))
	if text := s.state(); strings.Contains(text, "is OLD") {
		t.Errorf("forward again:\n%s", text)
	}
}

// paused is a client that stops before an alias moves, while others work.
type paused struct {
	rotate.Writer
	meanwhile func()
}

func (p *paused) GetKeyPolicy(ctx context.Context, in *kms.GetKeyPolicyInput, o ...func(*kms.Options)) (*kms.GetKeyPolicyOutput, error) {
	if then := p.meanwhile; then != nil {
		p.meanwhile = nil
		then()
	}
	return p.Writer.GetKeyPolicy(ctx, in, o...)
}

// One who was paused for longer than its lease moves no alias that was taken back
// meanwhile.
func TestPausedWhileRolledBack(t *testing.T) {
	s := newStage(t)
	s.oldKey()
	k, p := s.due()
	r := s.rotator("one", nil)
	client := &paused{r.Writers(here), func() {
		s.lab.World.Advance(lease)
		s.must(s.rotator("two", nil).Rollback(t.Context(), s.old))
	}}
	r.Writers = func(keyid.Region) rotate.Writer { return client }
	if res, err := r.Apply(t.Context(), k, p); res.Ending != rotate.HeldByOther || !errors.Is(err, rotate.ErrHeld) {
		t.Errorf("%+v, %v", res, err)
	}
	s.isBack()
}

// What fails day after day does not fill the record of the key.
func TestFailingInPlace(t *testing.T) {
	s := newStage(t)
	symmetric(s)
	s.deny("kms:EnableKeyRotation")
	r := s.rotator("one", nil)
	size := func() int64 {
		s.lab.World.Advance(24 * time.Hour)
		k, p := s.due()
		if _, err := r.Apply(t.Context(), k, p); err == nil {
			t.Fatal("it did not fail")
		}
		out, err := r.Journal.Client.GetObject(t.Context(), &s3.GetObjectInput{
			Bucket: aws.String(bucket), Key: aws.String("rotate/in-place/" + string(here) + "/" + string(s.old.ID) + ".json"),
		})
		s.check(err)
		s.check(out.Body.Close())
		return *out.ContentLength
	}
	first := size()
	for range 5 {
		if now := size(); now > first+100 { // dates differ
			t.Fatalf("its record has grown from %d to %d bytes", first, now)
		}
	}
}
