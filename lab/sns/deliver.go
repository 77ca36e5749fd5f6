package sns

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

// typical is how long a message takes to a queue or function (Amazon SNS FAQs:
// typically below 30 milliseconds).
const typical = 30 * time.Millisecond

// send hands a message over to a subscription's endpoint, some time.
func (s *Service) send(sub *subscription, m *message) {
	s.world.Deliver(world.Delivery{From: "sns", To: sub.endpoint, Typical: typical, Do: func() { s.attempt(sub, m, 0) }})
}

// attempt tries once; n attempts were repeated before. An error that is the
// endpoint's own is repeated, one of the subscription's is not (Developer Guide,
// "Amazon SNS dead-letter queues", Why do message deliveries fail?). What is not
// handed over is a dead letter.
func (s *Service) attempt(sub *subscription, m *message, n int) {
	err := s.hand(sub, m)
	if err == nil {
		return
	}
	wait, again := delay(n)
	if !passing(err) || !again {
		s.bury(sub, m)
		return
	}
	s.world.Clock.At(s.world.Clock.Now().Add(wait), func() { s.attempt(sub, m, n+1) })
}

func passing(err error) bool {
	e := world.Answer(err)
	return e.Status >= 500 && e.Status != 501 || strings.Contains(e.Code, "Throttl") || e.Code == "TooManyRequestsException"
}

// delay is how long the attempt after n others is waited for (Developer Guide,
// "Amazon SNS message delivery retries", of what AWS manages): three at once,
// two a second apart, ten with waits from one to twenty seconds, and a hundred
// thousand twenty seconds apart. The steps between one and twenty are assumed,
// and there is no jitter.
func delay(n int) (wait time.Duration, again bool) {
	switch {
	case n < 3:
		return 0, true
	case n < 5:
		return time.Second, true
	case n < 15:
		return min(time.Second<<(n-5), 20*time.Second), true
	case n < 100_015:
		return 20 * time.Second, true
	}
	return 0, false
}

// itself is SNS that acts for a topic.
func (sub *subscription) itself(region string) world.Actor {
	t := sub.topic
	return world.Actor{
		Caller: world.ServiceCaller("sns.amazonaws.com"), Region: keyid.Region(region),
		Source: world.Source{ARN: t.arn, Account: t.owner.account},
	}
}

// hand gives a message to the endpoint's service.
func (s *Service) hand(sub *subscription, m *message) error {
	region := strings.Split(sub.endpoint, ":")[3]
	if sub.protocol == toQueue {
		return s.world.Act(sub.itself(region), "sqs", "SendMessage", func(c *world.Call) error {
			return s.queues.Deliver(c, sub.endpoint, sub.forQueue(m, sub.endpoint))
		})
	}
	event, err := sub.event(m)
	if err != nil {
		return err
	}
	return s.world.Act(sub.itself(region), "lambda", "Invoke", func(c *world.Call) error {
		return s.functions.Queue(c, sub.endpoint, event)
	})
}

// forQueue is a message as a queue is sent it: in its envelope, or raw, with its
// attributes. Only a FIFO queue is told the deduplication id.
func (sub *subscription) forQueue(m *message, queueARN string) *sqs.SendMessageInput {
	in := &sqs.SendMessageInput{MessageBody: new(sub.envelope(m))}
	if sub.raw() && m.token == "" {
		in.MessageBody = new(m.textFor(sub.protocol))
		for name, v := range m.attributes {
			if in.MessageAttributes == nil {
				in.MessageAttributes = map[string]sqstypes.MessageAttributeValue{}
			}
			in.MessageAttributes[name] = sqstypes.MessageAttributeValue{DataType: v.DataType, StringValue: v.StringValue, BinaryValue: v.BinaryValue}
		}
	}
	if m.group != "" {
		in.MessageGroupId = &m.group
	}
	if m.dedup != "" && strings.HasSuffix(queueARN, fifoSuffix) {
		in.MessageDeduplicationId = &m.dedup
	}
	return in
}

// bury sends what could not be delivered to the subscription's dead-letter
// queue. Where there is none, or it does not take the message, it is lost.
func (s *Service) bury(sub *subscription, m *message) {
	grave := sub.grave()
	if grave == "" || m.token != "" {
		return
	}
	region := strings.Split(grave, ":")[3]
	_ = s.world.Act(sub.itself(region), "sqs", "SendMessage", func(c *world.Call) error {
		return s.queues.Deliver(c, grave, sub.forQueue(m, grave))
	}) // the trail has it
}
