package secretsmanager

import (
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

// rotation is how a secret rotates, and where that stands.
type rotation struct {
	enabled bool
	lambda  string // the function's ARN
	rules   rules
	rotated time.Time  // zero: never
	next    time.Time  // the end of the next window; zero: there is none
	due     *world.Due // the next window's beginning
	attempt *attempt   // nil: none is under way
}

// stuck gives the version of a rotation that did not end: AWSPENDING is at
// another version than AWSCURRENT (API reference, RotateSecret). "" for none.
func (x *secret) stuck() string {
	if id := x.labels[pending]; id != x.labels[current] {
		return id
	}
	return ""
}

// told adds what DescribeSecret and ListSecrets tell of rotation. A secret that
// was never configured for it has none (recorded:
// test_first_rotate_secret_with_missing_lambda_arn); the two dates are left out
// where rotation is off (API reference, DescribeSecret).
func (r *rotation) told(e *types.SecretListEntry) {
	if r == nil {
		return
	}
	e.RotationEnabled, e.RotationLambdaARN, e.RotationRules = new(r.enabled), &r.lambda, r.rules.told()
	if r.enabled && !r.rotated.IsZero() {
		e.LastRotatedDate = new(r.rotated)
	}
	if r.enabled && !r.next.IsZero() {
		e.NextRotationDate = new(r.next)
	}
}

// rotateSecret keeps the configuration, and starts a rotation, or the test of it
// that takes its place where it is not to begin at once. Both go on after the
// answer.
func (s *Service) rotateSecret(c *world.Call, in *secretsmanager.RotateSecretInput) (*secretsmanager.RotateSecretOutput, error) {
	if err := s.checkRotate(in); err != nil {
		return nil, err
	}
	t, err := s.writable(c, *in.SecretId, rotateConditions(in))
	if err != nil {
		return nil, err
	}
	next := rotation{enabled: true}
	if t.rotation != nil {
		next.lambda, next.rules, next.rotated = t.rotation.lambda, t.rotation.rules, t.rotation.rotated
	}
	if in.RotationLambdaARN != nil {
		next.lambda = *in.RotationLambdaARN
	}
	if in.RotationRules != nil {
		next.rules = rulesOf(in.RotationRules)
	}
	out := &secretsmanager.RotateSecretOutput{ARN: &t.secret.arn, Name: &t.name, VersionId: in.ClientRequestToken}
	switch id := t.stuck(); {
	case next.lambda == "": // recorded wording
		return nil, invalidRequest("No Lambda rotation function ARN is associated with this secret.")
	case t.version(*in.ClientRequestToken) != nil || id == *in.ClientRequestToken && t.rotation != nil:
		return out, nil // assumed: the same call again
	case id != "":
		s.reattempt(t.secret)
		// Reported: aws/aws-cdk issue 28539, hashicorp/terraform-provider-aws issue 35023.
		return nil, invalidRequest("A previous rotation isn't complete. That rotation will be reattempted.")
	}
	if err := authorizeInvoke(c, next.lambda); err != nil {
		return nil, err
	}
	a := &attempt{token: *in.ClientRequestToken, rotationToken: s.world.UUID("rotation"), test: in.RotateImmediately != nil && !*in.RotateImmediately}
	if err := s.invoke(t.secret, next.lambda, a, a.first()); err != nil {
		return nil, cannotInvoke(err)
	}
	s.configure(t.secret, &next, c.Time)
	s.begin(t.secret, a)
	t.changed = c.Time
	return out, nil
}

// checkRotate checks what the request says by itself.
func (s *Service) checkRotate(in *secretsmanager.RotateSecretInput) error {
	switch {
	case s.Functions == nil:
		return world.Unimplemented("rotation without Lambda")
	case in.ExternalSecretRotationMetadata != nil || in.ExternalSecretRotationRoleArn != nil:
		return world.Unimplemented("managed external secrets")
	case in.ClientRequestToken == nil:
		return noToken()
	case in.RotationRules != nil:
		return rulesOf(in.RotationRules).check()
	}
	return nil
}

// rotateConditions are the condition keys of the request (Service Authorization
// Reference, "AWS Secrets Manager").
func rotateConditions(in *secretsmanager.RotateSecretInput) map[string][]string {
	ctx := map[string][]string{"secretsmanager:ModifyRotationRules": {strconv.FormatBool(in.RotationRules != nil)}}
	given(ctx, "RotationLambdaARN", in.RotationLambdaARN)
	if in.RotateImmediately != nil {
		ctx["secretsmanager:RotateImmediately"] = []string{strconv.FormatBool(*in.RotateImmediately)}
	}
	return ctx
}

// authorizeInvoke asks whether the caller may invoke the function, which it
// needs as well (API reference, RotateSecret). Assumed: only the caller's own
// policies are asked, and not where the function is in another account, whose
// policy would count too.
func authorizeInvoke(c *world.Call, function string) error {
	if _, account := functionHome(function); account != c.Account() {
		return nil
	}
	return c.Authorize("AccessDeniedException", world.Access{Action: "lambda:InvokeFunction", Resource: function, ResourceAccount: c.Account()})
}

// cannotInvoke is what the caller is told where Secrets Manager may not invoke
// the function, or where it does not exist (recorded).
func cannotInvoke(err error) error {
	if world.Answer(err).Status >= 500 {
		return err
	}
	return denied("Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.")
}

// configure keeps a configuration in place of the one before, and waits for its
// next window.
func (s *Service) configure(x *secret, next *rotation, now time.Time) {
	s.halt(x)
	x.rotation = next
	s.await(x, now)
}

// halt ends what is under way: the attempt, and the wait for the next window.
func (s *Service) halt(x *secret) {
	if x.rotation == nil {
		return
	}
	s.world.Clock.Cancel(x.rotation.due)
	if a := x.rotation.attempt; a != nil {
		s.world.Clock.Cancel(a.due)
	}
	x.rotation.due, x.rotation.attempt = nil, nil
}

// await has the clock rotate a secret in the first window after a time. AWS
// rotates at any time in the window; here it is at its beginning.
func (s *Service) await(x *secret, after time.Time) {
	r := x.rotation
	s.world.Clock.Cancel(r.due)
	start, end, ok := r.rules.window(after)
	if r.due, r.next = nil, end; !ok {
		return
	}
	r.due = s.world.Clock.At(start, func() {
		if s.here(x.owner)[x.name] == x && x.rotation == r && r.enabled {
			s.scheduled(x, start)
		}
	})
}

// scheduled starts the rotation of a window. A version that an earlier rotation
// left behind is what it goes on with, as the message to RotateSecret says. A
// secret that is marked for deletion is passed over, which is assumed.
func (s *Service) scheduled(x *secret, start time.Time) {
	r := x.rotation
	told := r.next
	s.await(x, start)
	if !x.deletion.IsZero() {
		return
	}
	r.next = told // it may be in the past until the rotation has succeeded (API reference, DescribeSecret)
	if r.attempt != nil {
		return
	}
	token := x.stuck()
	if token == "" {
		token = s.world.UUID("rotated version")
	}
	a := &attempt{token: token, rotationToken: s.world.UUID("rotation")}
	s.begin(x, a)
	s.again(x, a)
}

// cancelRotateSecret turns rotation off, and leaves the labels as they are. The
// version that it tells is the one that a rotation under way was making (API
// reference). That it succeeds for a secret that does not rotate is assumed.
func (s *Service) cancelRotateSecret(c *world.Call, in *secretsmanager.CancelRotateSecretInput) (*secretsmanager.CancelRotateSecretOutput, error) {
	t, err := s.writable(c, *in.SecretId, nil)
	if err != nil {
		return nil, err
	}
	out := &secretsmanager.CancelRotateSecretOutput{ARN: &t.secret.arn, Name: &t.name}
	if t.rotation == nil {
		return out, nil
	}
	if id := t.stuck(); id != "" {
		out.VersionId = &id
	}
	s.halt(t.secret)
	t.rotation.enabled, t.rotation.next, t.changed = false, time.Time{}, c.Time
	return out, nil
}

// superseded tells rotation that a version was made. One that is not the
// rotation's own ends it, and AWSPENDING is taken away (User Guide, "Log AWS
// Secrets Manager events with AWS CloudTrail", RotationAbandoned). A value that
// was changed by hand counts as a rotation when the next one is scheduled (User
// Guide, "How rotation works").
func (s *Service) superseded(x *secret, id string, promoted bool) {
	r := x.rotation
	if r == nil || !r.enabled {
		return
	}
	if r.attempt != nil {
		if r.attempt.token == id {
			return
		}
		s.world.Clock.Cancel(r.attempt.due)
		if x.labels[pending] == r.attempt.token {
			delete(x.labels, pending)
		}
		r.attempt = nil
	}
	if promoted {
		s.await(x, s.world.Clock.Now())
	}
}

// functionHome reads where a function is from its ARN; "" where that is none.
func functionHome(arn string) (keyid.Region, keyid.Account) {
	m := functionForm.FindStringSubmatch(arn)
	if m == nil {
		return "", ""
	}
	return keyid.Region(m[1]), keyid.Account(m[2])
}
