package eventbridge

import (
	"errors"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"rekey/lab/world"
)

// typical is how long an event takes to its target (EventBridge User Guide,
// "latency": typically about half a second).
const typical = 500 * time.Millisecond

// Limits of retries where the target sets none, and the delays between them.
const (
	maxAge      = 24 * time.Hour
	maxAttempts = 185
	firstDelay  = time.Second
	longest     = 8 * time.Minute
)

// delivery is one event on its way to one target, with the rule as it was when
// it matched.
type delivery struct {
	rule   rule
	target types.Target
	event  *event
}

func (s *Service) send(r *rule, e *event) {
	for _, t := range r.targets {
		d := &delivery{*r, t, e}
		s.world.Deliver(world.Delivery{From: "events", To: *t.Arn, Typical: typical, Do: func() { s.attempt(d, 0) }})
	}
}

// attempt tries once; n attempts were repeated before.
func (s *Service) attempt(d *delivery, n int) {
	err := s.hand(d)
	if err == nil {
		return
	}
	f := failureOf(err)
	age, attempts := d.limits()
	now, end := s.world.Clock.Now(), d.event.received.Add(age)
	next := now.Add(delay(n))
	switch {
	case !f.passing:
		s.bury(d, f, "", n)
	case n >= attempts:
		s.bury(d, f, "MaximumRetryAttempts", n)
	case next.After(end):
		s.world.Clock.At(end, func() { s.bury(d, f, "MaximumEventAgeInSeconds", n) })
	default:
		s.world.Clock.At(next, func() { s.attempt(d, n+1) })
	}
}

func delay(n int) time.Duration { return min(firstDelay<<min(n, 20), longest) }

// limits gives how old the event may become, and how often it is tried again.
func (d *delivery) limits() (time.Duration, int) {
	age, attempts := maxAge, maxAttempts
	if p := d.target.RetryPolicy; p != nil {
		if p.MaximumEventAgeInSeconds != nil {
			age = time.Duration(*p.MaximumEventAgeInSeconds) * time.Second
		}
		if p.MaximumRetryAttempts != nil {
			attempts = int(*p.MaximumRetryAttempts)
		}
	}
	return age, attempts
}

// itself is EventBridge that acts on behalf of the rule.
func (d *delivery) itself() world.Actor {
	return world.Actor{
		Caller: world.ServiceCaller("events.amazonaws.com"), Region: d.rule.bus.region,
		Source: world.Source{ARN: d.rule.arn(), Account: d.rule.bus.account},
	}
}

// actor is who calls the target: EventBridge, or a session of the target's role.
func (s *Service) actor(d *delivery) (world.Actor, error) {
	if d.target.RoleArn == nil {
		return d.itself(), nil
	}
	key, err := s.others.Roles.AssumeForService("events.amazonaws.com", *d.target.RoleArn, d.event.ID)
	if err != nil {
		return world.Actor{}, &failure{code: "FAILED_TO_ASSUME_ROLE", message: world.Answer(err).Message}
	}
	return world.Actor{Caller: key.Caller, Region: d.rule.bus.region}, nil
}

// hand gives the event to the target's service.
func (s *Service) hand(d *delivery) error {
	to, err := s.destinationOf(*d.target.Arn)
	if err != nil {
		return err
	}
	if to.kind == anotherBus {
		return s.forward(d, to)
	}
	input, err := d.input()
	if err != nil {
		return err
	}
	as, err := s.actor(d)
	if err != nil {
		return err
	}
	switch to.kind {
	case queue:
		return s.world.Act(as, "sqs", "SendMessage", func(c *world.Call) error {
			return s.others.Queues.Deliver(c, *d.target.Arn, d.message(input))
		})
	case topic:
		return s.world.Act(as, "sns", "Publish", func(c *world.Call) error {
			return s.others.Topics.Deliver(c, *d.target.Arn, &sns.PublishInput{Message: &input})
		})
	}
	return s.world.Act(as, "lambda", "Invoke", func(c *world.Call) error {
		return s.others.Functions.Queue(c, *d.target.Arn, []byte(input))
	})
}

// message is what a queue gets.
func (d *delivery) message(body string) *sqs.SendMessageInput {
	in := &sqs.SendMessageInput{MessageBody: &body}
	if p := d.target.SqsParameters; p != nil {
		in.MessageGroupId = p.MessageGroupId
	}
	if d.event.trace != nil {
		in.MessageSystemAttributes = map[string]sqstypes.MessageSystemAttributeValue{
			string(sqstypes.MessageSystemAttributeNameForSendsAWSTraceHeader): {DataType: new("String"), StringValue: d.event.trace},
		}
	}
	return in
}

// forward puts the event on another bus. It keeps its account, time and Region,
// and its id within a Region (recorded:
// test_event_bus_to_event_bus_cross_account_region).
func (s *Service) forward(d *delivery, to destination) error {
	a := address{to.home, to.name}
	e := d.event
	if e.forwarded {
		code := "THIRD_ACCOUNT_HOP_DETECTED"
		if a.region != d.rule.bus.region {
			code = "THIRD_REGION_HOP_DETECTED"
		}
		return &failure{code: code, message: "An event that came from another event bus is not sent to a third one."}
	}
	as, err := s.actor(d)
	if err != nil {
		return err
	}
	if d.target.RoleArn == nil { // the other account trusts this one as a whole (API reference, PutPermission)
		as = world.Actor{Caller: root(d.rule.bus.account), Region: as.Region}
	}
	return s.world.Act(as, "events", "PutEvents", func(c *world.Call) error {
		if err := s.authorizePut(c, a, types.PutEventsRequestEntry{Source: &e.Source, DetailType: &e.DetailType}, "true"); err != nil {
			return err
		}
		b := s.here(a.home)[a.name]
		if b == nil {
			return nil
		}
		there := *e
		there.forwarded, there.received = true, c.Time
		if a.region != d.rule.bus.region {
			there.ID = s.world.UUID("event")
			if err := there.write(); err != nil {
				return err
			}
		}
		s.accept(b, &there)
		return nil
	})
}

// bury sends an event that could not be delivered to the target's dead-letter
// queue, where it has one. It is lost where that fails.
func (s *Service) bury(d *delivery, f *failure, exhausted string, retries int) {
	if d.target.DeadLetterConfig == nil || d.target.DeadLetterConfig.Arn == nil || s.others.Queues == nil {
		return
	}
	attributes := map[string]sqstypes.MessageAttributeValue{}
	for name, value := range map[string]string{
		"RULE_ARN": d.rule.arn(), "TARGET_ARN": *d.target.Arn, "ERROR_CODE": f.code, "ERROR_MESSAGE": f.message,
		"EXHAUSTED_RETRY_CONDITION": exhausted, "RETRY_ATTEMPTS": strconv.Itoa(retries),
	} {
		if value != "" {
			attributes[name] = sqstypes.MessageAttributeValue{DataType: new("String"), StringValue: &value}
		}
	}
	in := &sqs.SendMessageInput{MessageBody: &d.event.text, MessageAttributes: attributes}
	err := s.world.Act(d.itself(), "sqs", "SendMessage", func(c *world.Call) error {
		return s.others.Queues.Deliver(c, *d.target.DeadLetterConfig.Arn, in)
	})
	_ = err // it is in the trail, and nobody else is told
}

// failure is why a target did not get an event.
type failure struct {
	code    string // of the dead letter
	message string
	passing bool // may be different later
}

func (f *failure) Error() string { return f.code + ": " + f.message }

func failureOf(err error) *failure {
	var f *failure
	if errors.As(err, &f) {
		return f
	}
	return classify(world.Answer(err))
}
