package eventbridge

import (
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"rekey/lab/delivery"
	"rekey/lab/world"
	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

// transit is one event on its way to one target, with the rule as it was when
// it matched.
type transit struct {
	rule   rule
	target types.Target
	event  *event
}

func (s *Service) send(r *rule, e *event) {
	for _, t := range r.targets {
		d := &transit{*r, t, e}
		s.world.Deliver(world.Delivery{From: "events", To: *t.Arn, About: e.Source, Typical: delivery.Typical, Do: func() { s.task(d).Try() }})
	}
}

func (s *Service) task(d *transit) *delivery.Task {
	t := &delivery.Task{World: s.world, Received: d.event.received}
	if p := d.target.RetryPolicy; p != nil {
		t.Limit(p.MaximumEventAgeInSeconds, p.MaximumRetryAttempts)
	} else {
		t.Limit(nil, nil)
	}
	t.Do = func(int) error { return s.hand(d) }
	t.Bury = func(f *delivery.Failure, exhausted string, retries int) { s.bury(d, f, exhausted, retries) }
	return t
}

// itself is EventBridge that acts on behalf of the rule.
func (d *transit) itself() world.Actor {
	return world.Actor{
		Caller: world.ServiceCaller("events.amazonaws.com"), Region: d.rule.bus.region,
		Source: world.Source{ARN: d.rule.arn(), Account: d.rule.bus.account},
	}
}

// actor is who calls the target: EventBridge, or a session of the target's role.
func (s *Service) actor(d *transit) (world.Actor, error) {
	if d.target.RoleArn == nil {
		return d.itself(), nil
	}
	key, err := s.others.Roles.AssumeFor(d.itself().Source, "events.amazonaws.com", *d.target.RoleArn, d.event.ID)
	if err != nil {
		return world.Actor{}, &delivery.Failure{Kind: "FAILED_TO_ASSUME_ROLE", Message: world.Answer(err).Message}
	}
	return world.Actor{Caller: key.Caller, Region: d.rule.bus.region}, nil
}

// hand gives the event to the target's service.
func (s *Service) hand(d *transit) error {
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
func (d *transit) message(body string) *sqs.SendMessageInput {
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
func (s *Service) forward(d *transit, to destination) error {
	a := address{to.home, to.name}
	e := d.event
	if e.forwarded {
		code := "THIRD_ACCOUNT_HOP_DETECTED"
		if a.region != d.rule.bus.region {
			code = "THIRD_REGION_HOP_DETECTED"
		}
		return &delivery.Failure{Kind: code, Message: "An event that came from another event bus is not sent to a third one."}
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
func (s *Service) bury(d *transit, f *delivery.Failure, exhausted string, retries int) {
	if d.target.DeadLetterConfig == nil || d.target.DeadLetterConfig.Arn == nil || s.others.Queues == nil {
		return
	}
	attributes := map[string]sqstypes.MessageAttributeValue{}
	for name, value := range map[string]string{
		"RULE_ARN": d.rule.arn(), "TARGET_ARN": *d.target.Arn, "ERROR_CODE": f.Kind, "ERROR_MESSAGE": f.Message,
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

// root is an account as a whole.
func root(account keyid.Account) world.Caller {
	p, err := keypolicy.ParsePrincipal("arn:aws:iam::" + string(account) + ":root")
	if err != nil {
		panic(err) // an account that a signature named
	}
	return world.Caller{UserID: string(account), Principal: p}
}
