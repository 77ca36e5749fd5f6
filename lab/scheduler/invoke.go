package scheduler

import (
	"encoding/binary"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"rekey/lab/delivery"
	"rekey/lab/schedule"
	"rekey/lab/world"
)

// arm sets a schedule's alarm anew.
func (s *Service) arm(x *item) {
	s.world.Clock.Cancel(x.due)
	x.due = nil
	if x.state == types.ScheduleStateEnabled {
		s.await(x, x.first(s.world.Clock.Now()))
	}
}

// first gives when a schedule is due for the first time. StartDate and EndDate
// do not concern one that is due once (API reference).
func (x *item) first(now time.Time) time.Time {
	switch from := x.start; {
	case x.when.Kind() == schedule.At, from == nil && x.when.Kind() == schedule.Cron:
		return x.when.Next(now)
	case x.when.Kind() == schedule.Cron:
		return x.when.Next(latest(now, from.Add(-1)))
	case from == nil:
		return now
	default: // a rate that began: the next of its times
		at := *from
		if at.Before(now) {
			every := x.when.Interval()
			at = at.Add((now.Sub(at) + every - 1) / every * every)
		}
		return at
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// over says whether there is no such time any more.
func (x *item) over(at time.Time) bool {
	return at.IsZero() || x.when.Kind() != schedule.At && x.end != nil && at.After(*x.end)
}

// await waits for a time that the schedule is due, which is none where it is
// over.
func (s *Service) await(x *item, at time.Time) {
	x.due = nil
	if x.over(at) {
		return
	}
	x.due = s.world.Clock.At(at.Add(s.window(x)), func() {
		s.invoke(x, at)
		next := x.when.Next(at)
		if x.over(next) && x.after == types.ActionAfterCompletionDelete {
			s.remove(x)
			return
		}
		s.await(x, next)
	})
}

// window picks a moment of the flexible time window.
func (s *Service) window(x *item) time.Duration {
	if x.window.Mode != types.FlexibleTimeWindowModeFlexible {
		return 0
	}
	whole := uint64(*x.window.MaximumWindowInMinutes) * 60
	return time.Duration(binary.BigEndian.Uint64(s.world.Bytes(8))%whole) * time.Second
}

// invocation is one time that a schedule was due, with the schedule as it was.
type invocation struct {
	arn, id string
	group   *group
	target  types.Target
	at      time.Time
	kind    kind
}

func (s *Service) invoke(x *item, at time.Time) {
	k, err := s.kindOf(*x.target.Arn)
	if err != nil {
		panic(err) // checked when the schedule was saved
	}
	i := &invocation{x.arn(), s.world.UUID("execution"), x.group, x.target, at, k}
	task := &delivery.Task{World: s.world, Received: s.world.Clock.Now()}
	if p := x.target.RetryPolicy; p != nil {
		task.Limit(p.MaximumEventAgeInSeconds, p.MaximumRetryAttempts)
	} else {
		task.Limit(nil, nil)
	}
	task.Do = func(retries int) error { return s.hand(i, retries) }
	task.Bury = func(f *delivery.Failure, exhausted string, retries int) { s.bury(i, f, exhausted, retries) }
	s.world.Deliver(world.Delivery{From: "scheduler", To: *i.target.Arn, Typical: delivery.Typical, Do: task.Try})
}

// input is what the target gets: what was asked for, with its context attributes
// replaced (EventBridge Scheduler User Guide, "Adding context attributes"); or a
// notification, as it is reported.
func (i *invocation) input(retries int) string {
	if i.target.Input == nil {
		text, err := json.Marshal(struct {
			Version    string   `json:"version"`
			ID         string   `json:"id"`
			DetailType string   `json:"detail-type"`
			Source     string   `json:"source"`
			Account    string   `json:"account"`
			Time       string   `json:"time"`
			Region     string   `json:"region"`
			Resources  []string `json:"resources"`
			Detail     string   `json:"detail"`
		}{"0", i.id, "Scheduled Event", "aws.scheduler", string(i.group.account), stamp(i.at), string(i.group.region), []string{i.arn}, "{}"})
		if err != nil {
			panic(err) // texts alone
		}
		return string(text)
	}
	return strings.NewReplacer(
		"<aws.scheduler.schedule-arn>", i.arn, "<aws.scheduler.scheduled-time>", stamp(i.at),
		"<aws.scheduler.execution-id>", i.id, "<aws.scheduler.attempt-number>", strconv.Itoa(retries+1),
	).Replace(*i.target.Input)
}

// plain is an input with something in the place of its context attributes.
func plain(input string) string {
	return strings.NewReplacer("<aws.scheduler.attempt-number>", "1").Replace(input)
}

// session is Scheduler as the schedule's execution role.
func (s *Service) session(i *invocation) (world.Actor, error) {
	key, err := s.others.Roles.AssumeFor(i.group.source(), "scheduler.amazonaws.com", *i.target.RoleArn, i.id)
	if err != nil {
		return world.Actor{}, err
	}
	return world.Actor{Caller: key.Caller, Region: i.group.region}, nil
}

// hand invokes the target.
func (s *Service) hand(i *invocation, retries int) error {
	as, err := s.session(i)
	if err != nil {
		return err
	}
	t, input := i.target, i.input(retries)
	switch i.kind {
	case queue:
		in := &sqs.SendMessageInput{MessageBody: &input}
		if t.SqsParameters != nil {
			in.MessageGroupId = t.SqsParameters.MessageGroupId
		}
		return s.world.Act(as, "sqs", "SendMessage", func(c *world.Call) error { return s.others.Queues.Deliver(c, *t.Arn, in) })
	case topic:
		return s.world.Act(as, "sns", "Publish", func(c *world.Call) error {
			return s.others.Topics.Deliver(c, *t.Arn, &sns.PublishInput{Message: &input})
		})
	case eventBus:
		e := ebtypes.PutEventsRequestEntry{Source: t.EventBridgeParameters.Source, DetailType: t.EventBridgeParameters.DetailType, Detail: &input, Resources: []string{i.arn}}
		return s.world.Act(as, "events", "PutEvents", func(c *world.Call) error { return s.others.Buses.Put(c, *t.Arn, e) })
	}
	return s.world.Act(as, "lambda", "Invoke", func(c *world.Call) error { return s.others.Functions.Queue(c, *t.Arn, []byte(input)) })
}

// bury sends what could not be delivered to the schedule's dead-letter queue, as
// the execution role too (EventBridge Scheduler User Guide, "Configuring a
// schedule's dead-letter queue"). It is lost where that fails.
func (s *Service) bury(i *invocation, f *delivery.Failure, exhausted string, retries int) {
	if i.target.DeadLetterConfig == nil || i.target.DeadLetterConfig.Arn == nil || s.others.Queues == nil {
		return
	}
	as, err := s.session(i)
	if err != nil {
		return
	}
	attributes := map[string]sqstypes.MessageAttributeValue{}
	for name, value := range map[string]string{
		"SCHEDULE_ARN": i.arn, "TARGET_ARN": *i.target.Arn, "EXECUTION_ID": i.id, "SCHEDULED_TIME": stamp(i.at), "ERROR_CODE": f.Code, "ERROR_MESSAGE": f.Message,
		"EXHAUSTED_RETRY_CONDITION": exhausted, "RETRY_ATTEMPTS": strconv.Itoa(retries), "IS_PAYLOAD_TRUNCATED": "false",
	} {
		if value != "" {
			attributes[name] = sqstypes.MessageAttributeValue{DataType: new("String"), StringValue: &value}
		}
	}
	in := &sqs.SendMessageInput{MessageBody: new(i.input(retries)), MessageAttributes: attributes}
	err = s.world.Act(as, "sqs", "SendMessage", func(c *world.Call) error { return s.others.Queues.Deliver(c, *i.target.DeadLetterConfig.Arn, in) })
	_ = err // it is in the trail, and nobody else is told
}
