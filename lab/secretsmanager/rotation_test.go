package secretsmanager

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"rekey/lab/wire"
	"rekey/lab/world"
)

type (
	rotateIn    = secretsmanager.RotateSecretInput
	rotateOut   = secretsmanager.RotateSecretOutput
	cancelIn    = secretsmanager.CancelRotateSecretInput
	cancelOut   = secretsmanager.CancelRotateSecretOutput
	describeIn  = secretsmanager.DescribeSecretInput
	describeOut = secretsmanager.DescribeSecretOutput
)

const function = "arn:aws:lambda:us-east-1:" + mine + ":function:rotate"

// event is what a rotation function is sent.
type event struct{ Step, SecretId, ClientRequestToken, RotationToken string }

// rotator stands for Lambda: it does what the template of a rotation function
// does, and what spoil orders besides.
type rotator struct {
	b      *bench
	events []event
	calls  []string              // who invoked it, and for which secret
	denied bool                  // the function's policy lets nobody in
	spoil  func(e event) error   // fails a step
	before func(e event, as who) // each step
}

func (r *rotator) Start(c *world.Call, arn string, payload []byte, done func([]byte, string, error)) error {
	if r.denied || arn != function {
		return &wire.Error{Code: "AccessDeniedException", Message: "no", Status: 403}
	}
	r.calls = append(r.calls, c.Caller.ARN()+" "+c.Source.ARN+" "+string(c.Source.Account))
	var e event
	if err := json.Unmarshal(payload, &e); err != nil {
		return err
	}
	r.b.world.Outside(func() {
		r.events = append(r.events, e)
		failure := ""
		if err := r.run(e); err != nil {
			failure = "Unhandled"
		}
		r.b.world.Locked(func() { done(nil, failure, nil) })
	})
	return nil
}

func (r *rotator) run(e event) error {
	as := root(mine)
	if r.before != nil {
		r.before(e, as)
	}
	if r.spoil != nil {
		if err := r.spoil(e); err != nil {
			return err
		}
	}
	id := &e.SecretId
	d := must[describeOut](r.b, as, &describeIn{SecretId: id})
	if labels := d.VersionIdsToStages[e.ClientRequestToken]; !strings.Contains(fmt.Sprint(labels), pending) {
		return errors.New("not pending")
	}
	switch e.Step {
	case "createSecret":
		if _, err := r.b.send(as, &getIn{SecretId: id, VersionId: &e.ClientRequestToken, VersionStage: new(pending)}); err != nil {
			_, err := r.b.send(as, &putIn{SecretId: id, ClientRequestToken: &e.ClientRequestToken, SecretString: new("rotated"), VersionStages: []string{pending}})
			return err
		}
	case "testSecret":
		_, err := r.b.send(as, &getIn{SecretId: id, VersionId: &e.ClientRequestToken, VersionStage: new(pending)})
		return err
	case "finishSecret":
		for v, labels := range d.VersionIdsToStages {
			if strings.Contains(fmt.Sprint(labels), current) {
				_, err := r.b.send(as, &secretsmanager.UpdateSecretVersionStageInput{SecretId: id, VersionStage: new(current), RemoveFromVersionId: &v, MoveToVersionId: &e.ClientRequestToken})
				return err
			}
		}
	}
	return nil
}

// steps gives the steps that were asked for, by their first letters.
func (r *rotator) steps() string {
	var s string
	for _, e := range r.events {
		s += e.Step[:1]
	}
	return s
}

func newRotator(t *testing.T) (*bench, *rotator) {
	b := newBench(t)
	r := &rotator{b: b}
	b.services["secretsmanager"].(*Service).Functions = r
	return b, r
}

func (b *bench) rotate(id string, rules *types.RotationRulesType) string {
	b.Helper()
	return *must[rotateOut](b, root(mine), &rotateIn{SecretId: &id, ClientRequestToken: b.token(), RotationLambdaARN: new(function), RotationRules: rules}).VersionId
}

func days(n int64) *types.RotationRulesType {
	return &types.RotationRulesType{AutomaticallyAfterDays: &n}
}

func (b *bench) describe(id string) *describeOut {
	b.Helper()
	return must[describeOut](b, root(mine), &describeIn{SecretId: &id})
}

func TestRotation(t *testing.T) {
	b, r := newRotator(t)
	s := b.create(root(mine), "s", "old", "")
	token := b.rotate("s", days(30))
	if got := b.describe("s").VersionIdsToStages[token]; fmt.Sprint(got) != "[AWSPENDING]" {
		t.Errorf("at the beginning the version has %v", got)
	}
	b.refused(root(mine), &getIn{SecretId: new("s"), VersionStage: new(pending)}, "ResourceNotFoundException", "")
	b.world.Advance(0)
	if got := r.steps(); got != "cstf" {
		t.Errorf("the steps were %s", got)
	}
	for _, e := range r.events {
		if e.SecretId != *s.ARN || e.ClientRequestToken != token || e.RotationToken != r.events[0].RotationToken || len(e.RotationToken) < 36 {
			t.Errorf("the event was %+v", e)
		}
	}
	if want := "secretsmanager.amazonaws.com " + *s.ARN + " " + mine; r.calls[0] != want {
		t.Errorf("invoked by %s, want %s", r.calls[0], want)
	}
	d := b.describe("s")
	if !*d.RotationEnabled || *d.RotationLambdaARN != function || *d.RotationRules.AutomaticallyAfterDays != 30 || !d.LastRotatedDate.Equal(world.Epoch) {
		t.Errorf("described as %s", show(d))
	}
	if want := world.Epoch.AddDate(0, 0, 31).Add(-time.Second); !d.NextRotationDate.Equal(want) {
		t.Errorf("next on %v, want %v", d.NextRotationDate, want)
	}
	if got := *must[getOut](b, root(mine), &getIn{SecretId: new("s")}).SecretString; got != "rotated" {
		t.Errorf("reads %s", got)
	}

	b.world.Advance(30*24*time.Hour - time.Second)
	if len(r.events) != 4 {
		t.Errorf("rotated before the window: %s", r.steps())
	}
	b.world.Advance(time.Second)
	if got := r.steps(); got != "cstfcstf" {
		t.Errorf("in the window the steps were %s", got)
	}
	if d := b.describe("s"); !d.LastRotatedDate.Equal(world.Epoch.AddDate(0, 0, 30)) {
		t.Errorf("last rotated on %v", d.LastRotatedDate)
	}
}

func TestRotationThatFails(t *testing.T) {
	b, r := newRotator(t)
	b.create(root(mine), "s", "old", "")
	r.spoil = func(e event) error {
		if e.Step == "setSecret" {
			return errors.New("no database")
		}
		return nil
	}
	token := b.rotate("s", days(1))
	b.world.Advance(0)
	again := &rotateIn{SecretId: new("s"), ClientRequestToken: b.token()}
	b.refused(root(mine), again, "InvalidRequestException", "A previous rotation isn't complete. That rotation will be reattempted.")
	b.world.Advance((attemptLimit - 1) * retryDelay)
	if got, want := r.steps(), strings.Repeat("cs", attemptLimit); got != want {
		t.Errorf("the steps were %s, want %s", got, want)
	}
	d := b.describe("s")
	if labels := d.VersionIdsToStages[token]; fmt.Sprint(labels) != "[AWSPENDING]" || d.LastRotatedDate != nil {
		t.Errorf("left as %s", show(d))
	}
	r.spoil, r.events = nil, nil
	b.refused(root(mine), again, "InvalidRequestException", "A previous rotation isn't complete")
	b.world.Advance(time.Second)
	if got := r.steps(); got != "cstf" || r.events[0].ClientRequestToken != token {
		t.Errorf("the same version was not tried again: %s", got)
	}
	if d := b.describe("s"); d.LastRotatedDate == nil {
		t.Error("it has not succeeded")
	}
}

func TestRotationGoesOnInTheNextWindow(t *testing.T) {
	b, r := newRotator(t)
	b.create(root(mine), "s", "old", "")
	r.spoil = func(event) error { return errors.New("always") }
	token := b.rotate("s", days(1))
	b.world.Advance(12 * time.Hour)
	next := *b.describe("s").NextRotationDate
	r.spoil, r.events = nil, nil
	b.world.Advance(24 * time.Hour)
	if got := r.steps(); got != "cstf" || r.events[0].ClientRequestToken != token {
		t.Errorf("the steps were %s", got)
	}
	if d := b.describe("s"); !d.NextRotationDate.After(next) {
		t.Errorf("next on %v", d.NextRotationDate)
	}
}

func TestFunctionsThatMayNotBeInvoked(t *testing.T) {
	b, r := newRotator(t)
	b.create(root(mine), "s", "old", "")
	r.denied = true
	in := &rotateIn{SecretId: new("s"), ClientRequestToken: b.token(), RotationLambdaARN: new(function), RotationRules: days(1)}
	const message = "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com."
	b.refused(root(mine), in, "AccessDeniedException", message)
	if d := b.describe("s"); d.RotationEnabled != nil || d.RotationRules != nil || d.RotationLambdaARN != nil || len(d.VersionIdsToStages) != 1 {
		t.Errorf("left as %s", show(d))
	}
	in.RotationLambdaARN = nil
	b.refused(root(mine), in, "InvalidRequestException", "No Lambda rotation function ARN is associated with this secret.")
	r.denied = false
	alone := b.user(mine, "alone", allow("", "secretsmanager:*", "*", ""))
	in.RotationLambdaARN = new(function)
	b.refused(alone, in, "AccessDeniedException", "lambda:InvokeFunction")
}

func TestRotationLater(t *testing.T) {
	b, r := newRotator(t)
	b.create(root(mine), "s", "old", "")
	token := *must[rotateOut](b, root(mine), &rotateIn{SecretId: new("s"), ClientRequestToken: b.token(), RotationLambdaARN: new(function), RotationRules: days(2), RotateImmediately: new(false)}).VersionId
	if got := b.stages(root(mine), "s"); got != "1:AWSCURRENT 2:AWSPENDING" {
		t.Errorf("while it is tested: %s", got)
	}
	b.world.Advance(0)
	if got := r.steps(); got != "t" {
		t.Errorf("the steps were %s", got)
	}
	if got := b.stages(root(mine), "s"); got != "1:AWSCURRENT" {
		t.Errorf("after the test: %s", got)
	}
	if d := b.describe("s"); !*d.RotationEnabled || d.LastRotatedDate != nil || d.VersionIdsToStages[token] != nil {
		t.Errorf("described as %s", show(d))
	}
	b.world.Advance(48 * time.Hour)
	if got := r.steps(); got != "tcstf" {
		t.Errorf("the steps were %s", got)
	}
}

func TestCancelledRotation(t *testing.T) {
	b, r := newRotator(t)
	b.create(root(mine), "s", "old", "")
	token := b.rotate("s", days(1))
	r.before = func(e event, as who) {
		if e.Step == "setSecret" {
			out := must[cancelOut](b, as, &cancelIn{SecretId: new("s")})
			if *out.VersionId != token {
				t.Errorf("cancelled %s", show(out))
			}
		}
	}
	b.world.Advance(72 * time.Hour)
	if got := r.steps(); got != "cs" {
		t.Errorf("the steps were %s", got)
	}
	d := b.describe("s")
	if *d.RotationEnabled || d.NextRotationDate != nil || *d.RotationLambdaARN != function || fmt.Sprint(d.VersionIdsToStages[token]) != "[AWSPENDING]" {
		t.Errorf("left as %s", show(d))
	}
	// The label is what keeps it from rotating again.
	r.before, r.events = nil, nil
	again := &rotateIn{SecretId: new("s"), ClientRequestToken: b.token()}
	b.refused(root(mine), again, "InvalidRequestException", "A previous rotation isn't complete")
	must[secretsmanager.UpdateSecretVersionStageOutput](b, root(mine), &secretsmanager.UpdateSecretVersionStageInput{SecretId: new("s"), VersionStage: new(pending), RemoveFromVersionId: &token})
	must[rotateOut](b, root(mine), again)
	b.world.Advance(0)
	if got := r.steps(); got != "cstf" {
		t.Errorf("the steps were %s", got)
	}
}

func TestAbandonedRotation(t *testing.T) {
	b, r := newRotator(t)
	b.create(root(mine), "s", "old", "")
	token := b.rotate("s", days(10))
	r.before = func(e event, as who) {
		if e.Step == "setSecret" {
			b.put(as, "s", "by hand")
		}
	}
	b.world.Advance(24 * time.Hour)
	if got := r.steps(); got != "cs" {
		t.Errorf("the steps were %s", got)
	}
	if d := b.describe("s"); d.VersionIdsToStages[token] != nil {
		t.Errorf("the version has %v", d.VersionIdsToStages[token])
	}
	// A value by hand is a rotation when the next is scheduled.
	b.world.Advance(4 * 24 * time.Hour)
	r.before = nil
	b.put(root(mine), "s", "again by hand")
	if d, want := b.describe("s"), world.Epoch.AddDate(0, 0, 16).Add(-time.Second); !d.NextRotationDate.Equal(want) {
		t.Errorf("next on %v, want %v", d.NextRotationDate, want)
	}
}

func TestRotationTokens(t *testing.T) {
	b, r := newRotator(t)
	b.create(root(mine), "s", "old", b.key(root(mine), allow("*", "kms:*", "*", "")))
	b.policy(root(mine), "s", allow("arn:aws:iam::"+other+":root", "secretsmanager:PutSecretValue", "*", ""))
	arn := *b.describe("s").ARN
	b.rotate("s", days(1))
	r.before = func(e event, _ who) {
		if e.Step != "createSecret" {
			return
		}
		in := &putIn{SecretId: &arn, ClientRequestToken: &e.ClientRequestToken, SecretString: new("far"), VersionStages: []string{pending}}
		b.refused(root(other), in, "InvalidParameterException", "RotationToken")
		in.RotationToken = new(strings.Repeat("0", 36))
		b.refused(root(other), in, "InvalidParameterException", "RotationToken")
		in.RotationToken = &e.RotationToken
		must[putOut](b, root(other), in)
	}
	b.world.Advance(0)
	if got := *must[getOut](b, root(mine), &getIn{SecretId: new("s")}).SecretString; got != "far" {
		t.Errorf("reads %s", got)
	}
}
