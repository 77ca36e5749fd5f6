package secretsmanager

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"time"

	"rekey/lab/world"
)

// steps are what a rotation function is asked to do, in this order (User Guide,
// "How rotation works").
var steps = []string{"createSecret", "setSecret", "testSecret", "finishSecret"}

const testStep = 2 // in steps

const (
	// attemptLimit is how often the whole process is tried. The User Guide says
	// "multiple times"; the number, and the time between them, are assumed.
	attemptLimit = 5
	retryDelay   = 10 * time.Minute
)

var functionForm = regexp.MustCompile(`^arn:aws:lambda:([a-z0-9-]+):([0-9]{12}):function:`)

// attempt is a rotation under way: of one version, with all that is tried for it.
type attempt struct {
	token         string // the new version's id
	rotationToken string
	test          bool // of the configuration: the testing step alone
	failures      int
	due           *world.Due // the next try
}

// first is the step to begin with.
func (a *attempt) first() int {
	if a.test {
		return testStep
	}
	return 0
}

// testing says whether a version is that by which a configuration of rotation is
// tested.
func (x *secret) testing(id string) bool {
	return x.rotation != nil && x.rotation.attempt != nil && x.rotation.attempt.test && x.rotation.attempt.token == id
}

// begin labels the version that is to be made. It has no value yet (API
// reference, DescribeSecret: "During rotation, Secrets Manager creates an
// AWSPENDING version ID before creating the new secret version"). A test has
// one, and it is taken away again (API reference, RotateSecret,
// RotateImmediately); that its value is the current one, which needs no call of
// KMS, is assumed.
func (s *Service) begin(x *secret, a *attempt) {
	x.labels = maps.Clone(x.labels)
	x.labels[pending] = a.token
	if v := x.version(x.labels[current]); v != nil && a.test {
		x.versions = append(slices.Clone(x.versions), &version{id: a.token, created: s.world.Clock.Now(), sealed: v.sealed})
	}
	x.rotation.attempt = a
	s.follow(itself, x)
}

// itself is Secrets Manager.
var itself = world.ServiceCaller("secretsmanager.amazonaws.com")

// invoke starts the rotation function for one step, as Secrets Manager itself,
// on behalf of the secret. The error is Lambda's, to the request to start it.
func (s *Service) invoke(x *secret, function string, a *attempt, step int) error {
	payload, err := json.Marshal(struct{ Step, SecretId, ClientRequestToken, RotationToken string }{steps[step], x.arn, a.token, a.rotationToken})
	if err != nil {
		return err
	}
	actor := world.Actor{
		Caller: itself, Region: x.owner.region,
		Source: world.Source{ARN: x.arn, Account: x.owner.account},
	}
	return s.world.Act(actor, "lambda", "Invoke", func(c *world.Call) error {
		return s.Functions.Start(c, function, payload, func(_ []byte, failure string, err error) { s.stepped(x, a, step, failure == "" && err == nil) })
	})
}

// stepped goes on after a step. What was cancelled, abandoned or begun anew in
// the meantime does not go on.
func (s *Service) stepped(x *secret, a *attempt, step int, done bool) {
	if x.rotation == nil || x.rotation.attempt != a {
		return
	}
	last := a.test || step == len(steps)-1
	switch {
	case !done:
		s.failed(x, a)
	case !last:
		if err := s.invoke(x, x.rotation.lambda, a, step+1); err != nil {
			s.failed(x, a)
		}
	case a.test:
		s.tested(x, a)
	default:
		s.finished(x, a)
	}
}

// finished ends a rotation whose steps all succeeded. It succeeded if the
// function left AWSPENDING where AWSCURRENT is, or nowhere (API reference,
// RotateSecret); that it counts as failed otherwise is assumed.
func (s *Service) finished(x *secret, a *attempt) {
	if x.stuck() != "" {
		s.failed(x, a)
		return
	}
	now := s.world.Clock.Now()
	r := x.rotation
	r.attempt, r.rotated, x.changed = nil, now, now
	r.rules.settle(now)
	s.await(x, now)
}

// failed tries the whole process again in a while, with the same version, until
// it has been tried often enough. AWSPENDING is left where it is.
func (s *Service) failed(x *secret, a *attempt) {
	if a.test {
		s.tested(x, a)
		return
	}
	if a.failures++; a.failures >= attemptLimit {
		x.rotation.attempt = nil
		return
	}
	a.due = s.world.Clock.After(retryDelay, func() { s.again(x, a) })
}

// again begins with the first step.
func (s *Service) again(x *secret, a *attempt) {
	if s.here(x.owner)[x.name] != x || x.rotation.attempt != a {
		return
	}
	if !x.deletion.IsZero() { // given up, so that a secret that is restored can rotate
		x.rotation.attempt = nil
		return
	}
	if err := s.invoke(x, x.rotation.lambda, a, a.first()); err != nil {
		s.failed(x, a)
	}
}

// reattempt tries what an earlier rotation left behind once more, where nothing
// is under way.
func (s *Service) reattempt(x *secret) {
	if r := x.rotation; r == nil || !r.enabled || r.attempt != nil {
		return
	}
	a := &attempt{token: x.labels[pending], rotationToken: s.world.UUID("rotation")}
	x.rotation.attempt = a
	a.due = s.world.Clock.After(time.Second, func() { s.again(x, a) })
}

// tested takes the version of a test away, and its label, if it still has them.
func (s *Service) tested(x *secret, a *attempt) {
	x.rotation.attempt = nil
	if x.labels[pending] != a.token {
		return
	}
	x.labels = maps.Clone(x.labels)
	delete(x.labels, pending)
	x.versions = slices.DeleteFunc(slices.Clone(x.versions), func(v *version) bool { return v.id == a.token && x.labelsOf(v.id) == nil })
}

// checkRotationToken holds a value that is put for a rotation to the rotation's
// token, which tells Secrets Manager that the role that puts it is the rotation's
// (API reference, PutSecretValue, RotationToken). It is demanded of callers of
// another account alone: that a function's own role needs none is recorded, by
// the function of test_rotate_secret_with_lambda_success. The answers to one that
// is missing or wrong are assumed.
func (x *secret) checkRotationToken(c *world.Call, id string, given *string) error {
	var a *attempt
	if x.rotation != nil && x.rotation.attempt != nil && x.rotation.attempt.token == id {
		a = x.rotation.attempt
	}
	switch {
	case given != nil && (a == nil || *given != a.rotationToken):
		return invalidParameter("The RotationToken is not that of a rotation of this version.")
	case given == nil && a != nil && c.Account() != x.owner.account:
		return invalidParameter("You must provide the RotationToken of the rotation to put its version from another account.")
	}
	return nil
}
