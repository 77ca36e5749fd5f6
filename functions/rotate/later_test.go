package rotate_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/functions/rotate"
	"rekey/lab/world"
	"rekey/shared/keyid"
)

// late is a client that sees changes later than they are made, as AWS KMS's eventual
// consistency allows.
type late struct {
	rotate.Writer
	stage *stage
	looks *int // so many more show what was before
	keys  bool // new keys are seen late, too
}

// DescribeKey shows an alias where it was, and no new key.
func (l late) DescribeKey(ctx context.Context, in *kms.DescribeKeyInput, o ...func(*kms.Options)) (*kms.DescribeKeyOutput, error) {
	out, err := l.Writer.DescribeKey(ctx, in, o...)
	if err != nil || *out.KeyMetadata.KeyId == string(l.stage.old.ID) || *l.looks == 0 {
		return out, err
	}
	if strings.HasPrefix(*in.KeyId, "alias/") {
		*l.looks--
		return l.Writer.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: aws.String(string(l.stage.old.ID))}, o...)
	}
	if l.keys {
		*l.looks--
		return nil, notThere
	}
	return out, nil
}

// Encrypt finds no new key.
func (l late) Encrypt(ctx context.Context, in *kms.EncryptInput, o ...func(*kms.Options)) (*kms.EncryptOutput, error) {
	if l.keys && *l.looks > 0 {
		*l.looks--
		return nil, notThere
	}
	return l.Writer.Encrypt(ctx, in, o...)
}

var notThere = &types.NotFoundException{Message: aws.String("not yet")}

// What is seen later is waited for, and what is seen much later is left to the next
// invocation.
func TestSeenLater(t *testing.T) {
	for name, c := range map[string]struct {
		looks int
		keys  bool
		want  rotate.Ending
	}{
		"soon": {9, true, rotate.Finished}, "late": {1000, true, rotate.Unfinished},
		"an alias soon": {9, false, rotate.Finished}, "an alias late": {1000, false, rotate.Unfinished},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.oldKey()
			r := s.rotator("one", nil)
			client := late{r.Writers(here), s, &c.looks, c.keys}
			r.Writers = func(keyid.Region) rotate.Writer { return client }
			k, p := s.due()
			from := s.lab.World.Now()
			res, err := r.Apply(t.Context(), k, p)
			if res.Ending != c.want || (err == nil) != (c.want == rotate.Finished) {
				t.Errorf("%+v, %v", res, err)
			}
			if waited := s.lab.World.Now().Sub(from); waited < 10*time.Second || waited > 2*time.Minute {
				t.Errorf("it has waited for %s", waited)
			}
			s.intact()
			goOn(s, s.rotator("two", nil))
			if text := s.state(); strings.Contains(text, "is OLD") {
				t.Error(text)
			}
		})
	}
}

// Where it is not known whether a key was made, no other one is made before it would
// show.
func TestNoHasteAfterALostCall(t *testing.T) {
	for name, c := range map[string]struct {
		key       func(*stage)
		operation string
	}{
		"a new key":  {func(s *stage) { s.oldKey() }, "CreateKey"},
		"a rotation": {symmetric, "RotateKeyOnDemand"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			c.key(s)
			k, p := s.due()
			s.lab.World.Faults.Add(world.Fault{Service: "kms", Operation: c.operation, When: world.Before, Times: 1})
			r := s.rotator("one", nil)
			if _, err := r.Apply(t.Context(), k, p); !errors.Is(err, rotate.ErrUnfinished) {
				t.Error(err)
			}
			s.lab.World.Trail.Reset()
			s.lab.World.Advance(4 * time.Minute)
			if res, err := r.Resume(t.Context(), s.old); res.Ending != rotate.Unfinished || s.lab.World.Trail.Count("kms", c.operation) != 0 {
				t.Errorf("%+v, %v", res, err)
			}
			s.lab.World.Advance(2 * time.Minute)
			if res, err := r.Resume(t.Context(), s.old); res.Ending != rotate.Finished || s.lab.World.Trail.Count("kms", c.operation) != 1 {
				t.Errorf("%+v, %v", res, err)
			}
		})
	}
}

// The SDK tries no call again that must not be made twice.
func TestNoSecondTry(t *testing.T) {
	for name, c := range map[string]struct {
		key       func(*stage)
		operation string
	}{
		"a new key":  {func(s *stage) { s.oldKey() }, "CreateKey"},
		"a rotation": {symmetric, "RotateKeyOnDemand"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			c.key(s)
			k, p := s.due()
			r := s.rotator("one", nil)
			config := s.lab.Config(here, s.user)
			config.RetryMaxAttempts = 0
			client := kms.NewFromConfig(config, func(o *kms.Options) {
				o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) {
					o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
				})
			})
			r.Writers = func(keyid.Region) rotate.Writer { return client }
			s.lab.World.Trail.Reset()
			s.lab.World.Faults.Add(world.Fault{Service: "kms", Operation: c.operation, When: world.After, Times: 1})
			_, err := r.Apply(t.Context(), k, p)
			if n := s.lab.World.Trail.Count("kms", c.operation); n != 1 || !errors.Is(err, rotate.ErrUnfinished) {
				t.Errorf("%d calls, %v", n, err)
			}
			s.lab.World.Faults.Add(world.Fault{Service: "kms", Operation: "DescribeKey", When: world.Before, Times: 1})
			goOn(s, r) // and others it does try again
			if n := s.lab.World.Trail.Count("kms", c.operation); n != 1 {
				t.Errorf("%d calls", n)
			}
			s.lab.World.Faults.Clear()
		})
	}
}
