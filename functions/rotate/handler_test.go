package rotate_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"rekey/functions/rotate"
	"rekey/lab"
	"rekey/lab/world"
	"rekey/shared/keyid"
)

// writes are the calls that the function made and that change something, but for
// those of its journal and its messages.
func (d *deployment) writes() (all []string) {
	for _, e := range d.lab.World.Trail.Entries() {
		reads := strings.HasPrefix(e.Operation, "List") || strings.HasPrefix(e.Operation, "Get") || strings.HasPrefix(e.Operation, "Describe")
		if e.Service == "kms" && e.Within == "" && !reads && e.Error != "DryRunOperationException" && strings.Contains(e.Caller.ARN(), "rekey-rotate") {
			all = append(all, e.Operation)
		}
	}
	return all
}

// Every sample event, by the handler: the keys of the samples are not there.
func TestSampleEvents(t *testing.T) {
	d := deploy(t, lab.Options{}, nil)
	for name, event := range d.samples {
		_, err := d.handler.Invoke(t.Context(), event)
		refused, foreign := errors.As(err, new(rotate.BadRequest)), errors.As(err, new(rotate.ForeignKey))
		if refused != strings.HasPrefix(name, "refused-") || foreign != strings.HasPrefix(name, "foreign-") || err != nil && !refused && !foreign {
			t.Errorf("%s: %v", name, err)
		}
	}
	if w := d.writes(); len(w) > 0 {
		t.Errorf("it called %v", w)
	}
	a := d.invoke(d.samples["kms-deletion.json"])
	if got := errorTypes(a); !slices.Equal(got, []string{"NoKey"}) {
		t.Errorf("of a key that is gone it says %v", got)
	}
}

// What is asked for by hand: a plan changes nothing, and a function that only plans
// refuses the rest before it begins anything; a rollback goes by the alias, and so does
// going forward again.
func TestRequests(t *testing.T) {
	d := deploy(t, lab.Options{}, func(s *rotate.Settings) { s.Apply = false })
	key := d.newKey(kms.CreateKeyInput{}, rotate.TagRotate, "successor", rotate.TagEvery, "30d")
	d.alias("alias/app", key)
	d.lab.World.Advance(31 * 24 * time.Hour)
	d.deliver()
	d.lab.World.Trail.Reset()
	a := d.ask(rotate.Request{Action: rotate.ToPlan, Keys: []string{"alias/app", key.String(), "alias/none", key.In("us-east-1").String()}})
	if got := errorTypes(a); !slices.Equal(got, []string{"", "", "NoKey", "ForeignKey"}) || a.Keys[0].Plan.Outcome != rotate.Due || a.Keys[0].Plan.Key != key || len(d.writes()) > 0 {
		t.Fatalf("the plans are %+v, with errors %v, and it called %v", a.Keys[0].Plan, got, d.writes())
	}
	if a = d.ask(rotate.Request{Action: rotate.ToStatus, Keys: []string{"alias/app"}}); a.Keys[0].Job != nil || a.Keys[0].Error != nil {
		t.Errorf("the status is %+v", a.Keys[0])
	}
	for _, action := range []rotate.Action{rotate.ToApply, rotate.ToRollBack} {
		_, err := d.handler.Invoke(t.Context(), []byte(`{"action":"`+string(action)+`","keys":["alias/app"]}`))
		if !errors.As(err, new(rotate.PlansOnly)) || len(d.writes()) > 0 {
			t.Fatalf("%s: %v, and it called %v", action, err, d.writes())
		}
	}
	d.handler.Apply = true
	if a = d.ask(rotate.Request{Action: rotate.ToRollBack, Keys: []string{"alias/app"}}); !slices.Equal(errorTypes(a), []string{"NoJob"}) {
		t.Errorf("a rollback of nothing is %+v", a.Keys[0].Error)
	}
	points := func() keyid.ID {
		out, err := d.kms.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: aws.String("alias/app")})
		d.check(err)
		return keyid.ID(*out.KeyMetadata.KeyId)
	}
	for _, step := range []struct {
		request rotate.Request
		phase   rotate.Phase
		back    bool
	}{
		{rotate.Request{Action: rotate.ToApply}, rotate.Done, false},
		{rotate.Request{Action: rotate.ToRollBack}, rotate.RolledBack, true},
		{rotate.Request{Action: rotate.ToApply}, rotate.RolledBack, true},
		{rotate.Request{Action: rotate.ToApply, Again: true}, rotate.Done, false},
	} {
		step.request.Keys = []string{"alias/app"}
		a := d.ask(step.request)
		if a.Keys[0].Error != nil {
			t.Fatalf("%+v: %+v", step.request, a.Keys[0].Error)
		}
		status := d.ask(rotate.Request{Action: rotate.ToStatus, Keys: []string{"alias/app"}}).Keys[0]
		if status.Job == nil || status.Job.Phase != step.phase || (points() == key.ID) != step.back || !step.back && points() != status.Job.Successor.ID {
			t.Errorf("after %+v the status is %+v, and the alias points at %s", step.request, status, points())
		}
	}
	// Who says that he is a successor has no part in that.
	impostor := d.newKey(kms.CreateKeyInput{}, rotate.TagSuccessorOf, string(key.ID))
	if a = d.ask(rotate.Request{Action: rotate.ToRollBack, Keys: []string{impostor.String()}}); !slices.Equal(errorTypes(a), []string{"NoJob"}) || points() == key.ID {
		t.Errorf("a rollback of what is tagged as a successor is %+v", a.Keys[0])
	}
	if told := d.told("notices"); len(told) != 3 {
		t.Errorf("it was told of %q", told)
	}
}

// What is asked of the owner can be accepted for a time.
func TestAcceptInTheRequest(t *testing.T) {
	d := deploy(t, lab.Options{}, nil)
	d.settings.Defaults.Accepts = nil
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":["kms:Create*","kms:Describe*","kms:Enable*","kms:List*","kms:Put*","kms:Update*","kms:Get*","kms:TagResource","kms:ScheduleKeyDeletion"],"Resource":"*"}]}`
	key := d.newKey(kms.CreateKeyInput{Policy: &policy}, rotate.TagRotate, "successor", rotate.TagEvery, "30d")
	d.alias("alias/app", key)
	d.lab.World.Advance(31 * 24 * time.Hour)
	request := rotate.Request{Action: rotate.ToPlan, Keys: []string{"alias/app"}}
	p := d.ask(request).Keys[0].Plan
	if p.Outcome != rotate.Blocked || len(p.Asks) == 0 || p.Asks[0].Name != rotate.NoCanary {
		t.Fatalf("the plan is %s: %s, and asks for %v", p.Outcome, p.Why, p.Asks)
	}
	for _, ask := range p.Asks {
		request.Accept = append(request.Accept, ask.Name)
	}
	if p = d.ask(request).Keys[0].Plan; p.Outcome != rotate.Due {
		t.Errorf("with %v accepted the plan is %s: %s", request.Accept, p.Outcome, p.Why)
	}
	request.Accept = nil
	if p = d.ask(request).Keys[0].Plan; p.Outcome != rotate.Blocked {
		t.Errorf("the next plan is %s: %s", p.Outcome, p.Why)
	}
}

// An event for one key has that one looked at, and applied where the function is to.
func TestEventWakesForItsKey(t *testing.T) {
	for _, apply := range []bool{false, true} {
		d := deploy(t, lab.Options{}, func(s *rotate.Settings) { s.Apply = apply })
		key := d.newKey(kms.CreateKeyInput{})
		d.newKey(kms.CreateKeyInput{}, rotate.TagRotate, "on")
		d.lab.World.Advance(time.Hour)
		d.take("wakes")
		d.lab.World.Trail.Reset()
		topic := d.newTopic("owner")
		d.tag(key, rotate.TagNotify, topic)
		d.tag(key, rotate.TagRotate, "on")
		d.deliver()
		want := []string(nil)
		if apply {
			want = []string{"EnableKeyRotation"}
		}
		if got := d.writes(); !slices.Equal(got, want) {
			t.Errorf("apply %v: it called %v, want %v", apply, got, want)
		}
		for _, queue := range []string{"notices", "owner"} {
			told := d.told(queue)
			if len(told) != len(want) || apply && !strings.Contains(told[0], "rekey: done: "+string(key.ID)) {
				t.Errorf("apply %v: %s was told of %q", apply, queue, told)
			}
		}
		if n := d.measured(rotate.MetricRotated); len(n) != len(want) {
			t.Errorf("apply %v: measured %v", apply, n)
		}
	}
}

// What the function does itself does not wake it again.
func TestOwnCallsAreIgnored(t *testing.T) {
	d := deploy(t, lab.Options{}, nil)
	key := d.newKey(kms.CreateKeyInput{}, rotate.TagRotate, "successor", rotate.TagEvery, "30d")
	d.alias("alias/app", key)
	d.lab.World.Advance(31 * 24 * time.Hour)
	d.deliver()
	d.lab.World.Trail.Reset()
	if a := d.sweep(); a.Sweep.Digest.Rotated != 1 {
		t.Fatalf("%+v", a.Sweep)
	}
	d.lab.World.Advance(2 * time.Minute)
	own := d.take("wakes")
	before := len(d.lab.World.Trail.Entries())
	for _, event := range own {
		if a := d.invoke([]byte(event)); a.Ignored != "the function's own call" {
			t.Errorf("%s: %+v", event, a)
		}
	}
	if after := len(d.lab.World.Trail.Entries()); len(own) < 3 || after != before {
		t.Errorf("%d events of its own calls led to %d calls", len(own), after-before)
	}
}

// A call that failed changed nothing.
func TestFailedCallsAreLogged(t *testing.T) {
	d := deploy(t, lab.Options{}, nil)
	if a := d.invoke(d.samples["call-failed.json"]); a.Ignored != "the call failed: AccessDenied" || !strings.Contains(d.log.String(), "the call failed: AccessDenied") {
		t.Errorf("%+v, and the log is %s", a, d.log.String())
	}
}

// Work that was not finished is gone on with at the next wake-up by the schedule,
// although no sweep is due.
func TestUnfinishedComesFirst(t *testing.T) {
	d := deploy(t, lab.Options{}, nil)
	key := d.newKey(kms.CreateKeyInput{}, rotate.TagRotate, "successor", rotate.TagEvery, "1d")
	d.alias("alias/app", key)
	d.lab.World.Advance(20 * time.Hour)
	d.sweep() // the key is not due yet, and the next sweep only in a day
	d.lab.World.Advance(5 * time.Hour)
	d.take("notices")
	d.lab.World.Faults.Add(world.Fault{Service: "kms", Operation: "UpdateAlias"})
	a := d.ask(rotate.Request{Action: rotate.ToApply, Keys: []string{key.String()}})
	if got := errorTypes(a); !slices.Equal(got, []string{"Unfinished"}) {
		t.Fatalf("%+v", a.Keys[0].Error)
	}
	d.lab.World.Faults.Clear()
	d.lab.World.Advance(15 * time.Minute)
	a = d.sweep()
	if len(a.Resumed) != 1 || a.Resumed[0].Result.Ending != rotate.Finished {
		t.Errorf("%+v", a)
	}
	if told := d.told("notices"); len(told) == 0 || !strings.HasPrefix(told[0], "rekey: done: "+string(key.ID)) {
		t.Errorf("it was told of %q", told)
	}
	if a = d.sweep(); len(a.Resumed) != 0 || a.Sweep.State != "notDue" {
		t.Errorf("then there is %+v", a)
	}
}

// A request for more keys than there is time for says which were left.
func TestTimeForOneKeyLess(t *testing.T) {
	d := deploy(t, lab.Options{}, nil)
	key := d.newKey(kms.CreateKeyInput{})
	a := d.invokeIn(d.within(10*time.Second), []byte(`{"action":"plan","keys":["`+key.String()+`"]}`))
	if got := errorTypes(a); !slices.Equal(got, []string{"Unfinished"}) {
		t.Errorf("%+v", a.Keys)
	}
	a = d.invokeIn(d.within(10*time.Second), d.samples["scheduled.json"])
	if a.Sweep.State != "begun" || a.Sweep.Digest.Looked != 0 {
		t.Errorf("%+v", a.Sweep)
	}
}
