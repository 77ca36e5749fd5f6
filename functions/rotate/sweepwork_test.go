package rotate_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"rekey/functions/rotate"
	"rekey/lab"
	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/keyid"
)

// onDemand wants each key without tags rotated every 90 days.
func onDemand(s *rotate.Settings) { s.Defaults = rotate.Wish{Way: rotate.OnDemand, Every: 90} }

// oldKeys makes keys that are due.
func (d *deployment) oldKeys(n int) (all []keyid.ARN) {
	d.Helper()
	for range n {
		all = append(all, d.newKey(kms.CreateKeyInput{}))
	}
	d.lab.World.Advance(91 * 24 * time.Hour)
	return all
}

// deny keeps the function from an action on a key.
func (d *deployment) deny(action, resource string) {
	d.Helper()
	d.must(iam.NewFromConfig(d.root).PutRolePolicy(d.Context(), &iam.PutRolePolicyInput{
		RoleName: aws.String("rekey-rotate"), PolicyName: aws.String("deny"),
		PolicyDocument: aws.String(fmt.Sprintf(`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":%q,"Resource":%q}}`, action, resource)),
	}))
}

// counts are a digest without its lines.
func counts(d *rotate.Digest) string {
	short := *d
	short.Lines = nil
	return fmt.Sprintf("%+v", short)
}

func (d *deployment) found(a rotate.Answer, state string, want rotate.Digest) {
	d.Helper()
	if a.Sweep == nil || a.Sweep.State != state {
		d.Fatalf("the sweep is %+v, and was to be %s", a.Sweep, state)
	}
	if got, want := counts(a.Sweep.Digest), counts(&want); got != want {
		d.Errorf("the sweep found %s, and was to find %s", got, want)
	}
}

// A sweep is begun a day after the last one was, and by hand at any time.
func TestSweepsAreDaily(t *testing.T) {
	d := deploy(t, lab.Options{}, onDemand)
	keys := d.oldKeys(2)
	d.found(d.sweep(), "whole", rotate.Digest{Looked: 2, Due: 2, Rotated: 2})
	d.lab.World.Advance(15 * time.Minute)
	if a := d.sweep(); a.Sweep.State != "notDue" {
		t.Errorf("a quarter of an hour later it is %+v", a.Sweep)
	}
	d.found(d.ask(rotate.Request{Action: rotate.ToSweep}), "whole", rotate.Digest{Looked: 2})
	d.lab.World.Advance(24 * time.Hour)
	d.found(d.sweep(), "whole", rotate.Digest{Looked: 2})
	if told := d.told("notices"); len(told) != 3 || !strings.HasPrefix(told[0], "rekey: eu-west-1: 2 due, 2 rotated, 0 failed, 0 blocked\n") || !strings.Contains(told[0], keys[1].String()) {
		t.Errorf("it was told of %q", told)
	}
	if n := d.measured(rotate.MetricSweeps); len(n) != 3 {
		t.Errorf("whole sweeps: %v", n)
	}
	if age := d.measured(rotate.MetricSweepAge); len(age) != 3 || age[0] < 900 || age[0] > 1000 || age[2] < 86400 || age[2] > 86500 {
		t.Errorf("the last sweep was %v seconds ago", age)
	}
	if due := d.measured(rotate.MetricDue); fmt.Sprint(due) != "[2 0 0]" {
		t.Errorf("due: %v", due)
	}
	if overdue := d.measured(rotate.MetricOverdue); fmt.Sprint(overdue) != "[0 0 0]" {
		t.Errorf("overdue: %v", overdue)
	}
}

// Without leave to apply the sweep tells, and changes nothing.
func TestSweepTellsOnly(t *testing.T) {
	d := deploy(t, lab.Options{}, func(s *rotate.Settings) { onDemand(s); s.Apply = false })
	keys := d.oldKeys(2)
	topic := d.newTopic("owner")
	d.tag(keys[1], rotate.TagNotify, topic)
	blocked := d.newKey(kms.CreateKeyInput{}, rotate.TagEvery, "often", rotate.TagNotify, topic)
	d.found(d.sweep(), "whole", rotate.Digest{Looked: 3, Due: 2, Blocked: 1, Overdue: 1})
	if w := d.writes(); len(w) > 0 {
		t.Errorf("it called %v", w)
	}
	told := d.told("notices")
	if len(told) != 1 || !strings.Contains(told[0], "only tells") || !strings.Contains(told[0], blocked.String()+": the key's tags ask for what is not known") || strings.Count(told[0], "\n- ") != 3 {
		t.Errorf("it was told of %q", told)
	}
	if told = d.told("owner"); len(told) != 1 || !strings.HasPrefix(told[0], "rekey: due: "+string(keys[1].ID)) {
		t.Errorf("the owner was told of %q", told)
	}
}

// What fails of one key keeps nothing from the others, and is told with what to do.
func TestOneKeyFails(t *testing.T) {
	d := deploy(t, lab.Options{}, onDemand)
	keys := d.oldKeys(4)
	d.deny("kms:RotateKeyOnDemand", keys[1].String())
	topic := d.newTopic("owner")
	d.tag(keys[1], rotate.TagNotify, topic)
	d.found(d.sweep(), "whole", rotate.Digest{Looked: 4, Due: 4, Rotated: 3, Failed: 1, Overdue: 1})
	d.deny("kms:DescribeKey", keys[2].String())
	d.lab.World.Advance(24 * time.Hour)
	d.found(d.sweep(), "whole", rotate.Digest{Looked: 4, Due: 1, Rotated: 1, Blocked: 1})
	told := d.told("notices")
	if len(told) != 2 || !strings.Contains(told[0], "\nFailed:\n- "+keys[1].String()) || !strings.Contains(told[0], "kms:RotateKeyOnDemand") ||
		!strings.Contains(told[1], "do something first:\n- "+keys[2].String()) || !strings.Contains(told[1], "kms:DescribeKey") {
		t.Errorf("it was told of %q", told)
	}
	if told = d.told("owner"); len(told) != 2 || !strings.HasPrefix(told[0], "rekey: FAILED: "+string(keys[1].ID)) || !strings.HasPrefix(told[1], "rekey: done: ") {
		t.Errorf("the owner was told of %q", told)
	}
	if n := d.measured(rotate.MetricFailed); fmt.Sprint(n) != "[1]" {
		t.Errorf("failed: %v", n)
	}
	if n := d.measured(rotate.MetricBlocked); fmt.Sprint(n) != "[0 1]" {
		t.Errorf("blocked: %v", n)
	}
}

// The topic of a key is told of it, in whatever Region the topic is.
func TestTopicElsewhere(t *testing.T) {
	d := deploy(t, lab.Options{}, onDemand)
	keys := d.oldKeys(1)
	d.tag(keys[0], rotate.TagNotify, d.newTopicIn("us-east-1", "far"))
	d.found(d.sweep(), "whole", rotate.Digest{Looked: 1, Due: 1, Rotated: 1})
	if told := d.told("far"); len(told) != 1 || !strings.HasPrefix(told[0], "rekey: done: "+string(keys[0].ID)) {
		t.Errorf("it was told of %q", told)
	}
}

// A topic that takes nothing keeps no key from being rotated.
func TestNobodyCanBeTold(t *testing.T) {
	d := deploy(t, lab.Options{}, onDemand)
	keys := d.oldKeys(2)
	d.tag(keys[0], rotate.TagNotify, "arn:aws:sns:us-east-1:111122223333:none")
	d.deny("sns:Publish", "*")
	d.found(d.sweep(), "whole", rotate.Digest{Looked: 2, Due: 2, Rotated: 2})
	if n := d.measured(rotate.MetricUntold); fmt.Sprint(n) != "[2]" {
		t.Errorf("untold: %v", n)
	}
	if n := strings.Count(d.log.String(), "a message could not be sent"); n != 2 {
		t.Errorf("%d messages that could not be sent are in the log", n)
	}
}

// smallPages has AWS KMS list two keys at a time.
func (d *deployment) smallPages() {
	d.lab.World.Faults.Add(world.Fault{Service: "kms", Operation: "ListKeys", PageSize: 2})
}

// A sweep that was cut off goes on where it was: each key is counted once.
func TestSweepGoesOn(t *testing.T) {
	d := deploy(t, lab.Options{}, onDemand)
	d.oldKeys(7)
	d.smallPages()
	pages := 0
	d.meddle(func(r rotate.Rehearser) rotate.Rehearser {
		return listing{r, func(in *kms.ListKeysInput) error {
			if pages++; pages == 3 {
				return errors.New("cut off")
			}
			return nil
		}}
	})
	if _, err := d.handler.Invoke(t.Context(), d.samples["scheduled.json"]); err == nil || !strings.Contains(err.Error(), "cut off") {
		t.Fatalf("a sweep that was cut off ends with %v", err)
	}
	d.found(d.sweep(), "whole", rotate.Digest{Looked: 7, Due: 7, Rotated: 7})
	if pages != 5 {
		t.Errorf("%d pages were listed", pages)
	}
	if told := d.told("notices"); len(told) != 1 {
		t.Errorf("it was told of %q", told)
	}
}

// Where the time is short in the midst of a page, the next invocation goes on with the
// next key.
func TestSweepStopsWithinAPage(t *testing.T) {
	d := deploy(t, lab.Options{}, onDemand)
	d.oldKeys(5)
	var ctx context.Context
	looked := 0
	d.meddle(func(r rotate.Rehearser) rotate.Rehearser {
		return describing{r, func() {
			if looked++; looked%2 == 0 { // the second key of each takes long
				d.lab.World.Advance(30 * time.Second)
			}
		}}
	})
	for n, want := range []struct {
		state  string
		looked int
	}{{"begun", 2}, {"begun", 4}, {"whole", 5}} {
		ctx = d.within(40 * time.Second)
		a := d.invokeIn(ctx, d.samples["scheduled.json"])
		if a.Sweep.State != want.state || a.Sweep.Digest.Looked != want.looked {
			t.Errorf("invocation %d: %+v", n, a.Sweep)
		}
	}
	if looked != 5 {
		t.Errorf("keys were looked at %d times", looked)
	}
}

// A marker that AWS KMS does not take any more has the Region begun anew.
func TestMarkerIsRefused(t *testing.T) {
	d := deploy(t, lab.Options{}, onDemand)
	d.oldKeys(5)
	d.smallPages()
	pages := 0
	d.meddle(func(r rotate.Rehearser) rotate.Rehearser {
		return listing{r, func(in *kms.ListKeysInput) error {
			if pages++; pages == 2 {
				in.Marker = aws.String("bm90IGEgbWFya2Vy")
			}
			return nil
		}}
	})
	// The first two are still being rotated when they are looked at again.
	d.found(d.sweep(), "whole", rotate.Digest{Looked: 5, Due: 5, Rotated: 5, Overdue: 1})
	if !strings.Contains(d.log.String(), "begun anew") {
		t.Errorf("the log is %s", d.log.String())
	}
	d.lab.World.Advance(24 * time.Hour)
	d.lab.World.Faults.Add(world.Fault{Service: "kms", Operation: "ListKeys", Error: &wire.Error{Code: "InvalidMarkerException", Message: "no", Status: 400}})
	if _, err := d.handler.Invoke(t.Context(), d.samples["scheduled.json"]); err == nil {
		t.Error("a Region whose first page cannot be listed has no error")
	}
}

// Of two that sweep at once, one does.
func TestOneSweepAtATime(t *testing.T) {
	d := deploy(t, lab.Options{}, onDemand)
	d.oldKeys(3)
	var other rotate.Answer
	listed := 0
	d.meddle(func(r rotate.Rehearser) rotate.Rehearser {
		return listing{r, func(*kms.ListKeysInput) error {
			if listed++; listed == 1 {
				other = d.sweep()
			}
			return nil
		}}
	})
	d.found(d.sweep(), "whole", rotate.Digest{Looked: 3, Due: 3, Rotated: 3})
	if other.Sweep == nil || other.Sweep.State != "held" || listed != 1 {
		t.Errorf("the other one's is %+v, and %d pages were listed", other.Sweep, listed)
	}
	if told := d.told("notices"); len(told) != 1 {
		t.Errorf("it was told of %q", told)
	}
}

// An invocation that was lost holds its sweep no longer than it could have lasted, and
// what it had looked at is not looked at again.
func TestLostInvocation(t *testing.T) {
	d := deploy(t, lab.Options{}, onDemand)
	d.oldKeys(5)
	d.smallPages()
	pages := 0
	d.meddle(func(r rotate.Rehearser) rotate.Rehearser {
		return listing{r, func(*kms.ListKeysInput) error {
			if pages++; pages == 2 {
				panic("lost")
			}
			return nil
		}}
	})
	func() {
		defer func() { _ = recover() }()
		d.invokeIn(d.within(5*time.Minute), d.samples["scheduled.json"])
	}()
	if a := d.sweep(); a.Sweep.State != "held" {
		t.Errorf("at once the sweep is %+v", a.Sweep)
	}
	d.lab.World.Advance(7 * time.Minute)
	d.found(d.sweep(), "whole", rotate.Digest{Looked: 5, Due: 5, Rotated: 5})
	if pages != 4 {
		t.Errorf("%d pages were listed", pages)
	}
}

// Without the journal nothing is done, loudly.
func TestNoJournal(t *testing.T) {
	d := deploy(t, lab.Options{}, onDemand)
	d.oldKeys(1)
	d.deny("s3:*", "*")
	if _, err := d.handler.Invoke(t.Context(), d.samples["scheduled.json"]); err == nil || len(d.writes()) > 0 {
		t.Errorf("without a journal: %v, and it called %v", err, d.writes())
	}
}

// meddle puts something between the function and AWS KMS.
func (d *deployment) meddle(with func(rotate.Rehearser) rotate.Rehearser) {
	between := with(d.handler.Rotator.KMS(irish))
	d.handler.Rotator.KMS = func(keyid.Region) rotate.Rehearser { return between }
}

// listing does something before each page of keys.
type listing struct {
	rotate.Rehearser
	before func(*kms.ListKeysInput) error
}

func (l listing) ListKeys(ctx context.Context, in *kms.ListKeysInput, o ...func(*kms.Options)) (*kms.ListKeysOutput, error) {
	if err := l.before(in); err != nil {
		return nil, err
	}
	return l.Rehearser.ListKeys(ctx, in, o...)
}

// describing does something before each key that is looked at.
type describing struct {
	rotate.Rehearser
	before func()
}

func (l describing) DescribeKey(ctx context.Context, in *kms.DescribeKeyInput, o ...func(*kms.Options)) (*kms.DescribeKeyOutput, error) {
	l.before()
	return l.Rehearser.DescribeKey(ctx, in, o...)
}
