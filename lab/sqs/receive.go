package sqs

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"rekey/lab/world"
)

const (
	// inFlightLimit is how many messages of a queue may be received and not yet
	// deleted (API reference, ChangeMessageVisibility).
	inFlightLimit = 120_000
	receiveLimit  = 10
	waitLimit     = 20
	longestHidden = 12 * 3600
)

func (s *Service) receiveMessage(c *world.Call, in *ReceiveMessageInput) (*sqs.ReceiveMessageOutput, error) {
	t, err := s.existing(c, *in.QueueUrl, "ReceiveMessage")
	if err != nil {
		return nil, err
	}
	w, err := t.wish(in)
	if err != nil {
		return nil, err
	}
	out := &sqs.ReceiveMessageOutput{}
	if out.Messages, err = s.take(c, t.queue, w); err != nil || len(out.Messages) > 0 {
		return out, err
	}
	wait := t.seconds("ReceiveMessageWaitTimeSeconds")
	if in.WaitTimeSeconds != nil {
		wait = time.Duration(*in.WaitTimeSeconds) * time.Second
	}
	if wait > 0 {
		c.Unlocked(func(ctx context.Context) error { return s.await(ctx, c, t, w, wait, out) })
	}
	return out, nil
}

// await looks for messages until there are some, or the time is over. It runs
// without the world's lock. A clock that is moved by hand does not wait.
func (s *Service) await(ctx context.Context, c *world.Call, t target, w wish, wait time.Duration, out *sqs.ReceiveMessageOutput) error {
	end := c.Time.Add(wait)
	for {
		var woken <-chan struct{}
		var next time.Time
		var err error
		s.world.Locked(func() {
			if s.here(t.owner).queues[t.name] != t.queue {
				err = noSuchQueue("The specified queue does not exist.")
				return
			}
			c.Time = s.world.Clock.Now()
			t.queue.expire(c.Time)
			out.Messages, err = s.take(c, t.queue, w)
			woken, next = t.woken, t.queue.nextVisible(c.Time, end)
		})
		if err != nil || len(out.Messages) > 0 || !c.Time.Before(end) || !s.world.Wait(ctx, next, woken) {
			return err
		}
	}
}

// nextVisible is when a message that is hidden now can be received, at the
// latest the end.
func (q *queue) nextVisible(now, end time.Time) time.Time {
	for _, m := range q.messages {
		if m.visible.After(now) && m.visible.Before(end) {
			end = m.visible
		}
	}
	return end
}

// wish is what a receiver wants.
type wish struct {
	most              int
	hidden            time.Duration
	system, attribute func(name string) bool
	short             bool // short polling
}

// wish reads a request (recorded wording, but for the visibility timeout).
func (q *queue) wish(in *ReceiveMessageInput) (wish, error) {
	w := wish{most: 1, hidden: q.seconds("VisibilityTimeout")}
	if n := in.MaxNumberOfMessages; n != nil {
		if *n < 1 || *n > receiveLimit {
			return w, invalidValue("MaxNumberOfMessages", strconv.Itoa(int(*n)), "Must be between 1 and 10, if provided.")
		}
		w.most = int(*n)
	}
	if n := in.WaitTimeSeconds; n != nil && (*n < 0 || *n > waitLimit) {
		return w, invalidValue("WaitTimeSeconds", strconv.Itoa(int(*n)), "Must be >= 0 and <= 20, if provided.")
	}
	w.short = in.WaitTimeSeconds == nil && q.number("ReceiveMessageWaitTimeSeconds") == 0 || in.WaitTimeSeconds != nil && *in.WaitTimeSeconds == 0
	if n := in.VisibilityTimeout; n != nil {
		if *n < 0 || *n > longestHidden {
			return w, badTimeout(*n)
		}
		w.hidden = time.Duration(*n) * time.Second
	}
	if in.ReceiveRequestAttemptId != nil {
		return w, world.Unimplemented("ReceiveRequestAttemptId")
	}
	var asked []string
	for _, name := range in.AttributeNames {
		asked = append(asked, string(name))
	}
	for _, name := range in.MessageSystemAttributeNames {
		asked = append(asked, string(name))
	}
	w.system = func(name string) bool { return slices.Contains(asked, "All") || slices.Contains(asked, name) }
	w.attribute = func(name string) bool { return wanted(in.MessageAttributeNames, name) }
	return w, nil
}

func badTimeout(seconds int32) error {
	return invalidValue("VisibilityTimeout", strconv.Itoa(int(seconds)), "Must be >= 0 and <= 43200, if provided.")
}

// wanted says whether one of the names in a request asks for a message
// attribute: All, *, .*, its name, or the beginning of it before .* (recorded: sqs
// test_receive_message_message_attribute_names_filters).
func wanted(asked []string, name string) bool {
	return slices.ContainsFunc(asked, func(a string) bool {
		prefix, open := strings.CutSuffix(a, ".*")
		return a == "All" || a == "*" || a == ".*" || a == name || open && prefix != "" && strings.HasPrefix(name, prefix)
	})
}

// take receives what the queue has for a receiver now. What was received too
// often becomes a dead letter instead.
func (s *Service) take(c *world.Call, q *queue, w wish) ([]types.Message, error) {
	found, dead, err := s.available(c, q, w)
	if err != nil {
		return nil, err
	}
	bodies := make([]string, len(found))
	for i, m := range found {
		if bodies[i], err = s.open(c, q, m.body); err != nil {
			return nil, err
		}
	}
	for _, m := range dead {
		s.bury(c, q, m)
	}
	var out []types.Message
	for i, m := range found {
		out = append(out, m.hand(c.Time, q, w, bodies[i]))
	}
	return out, nil
}

// available picks the messages that can be received, in order, and those that
// are dead letters. A message of a FIFO queue that is hidden hides all of its
// group that came after it.
func (s *Service) available(c *world.Call, q *queue, w wish) (found, dead []*message, err error) {
	most := w.most
	if len(q.messages) > inFlightLimit {
		_, hidden, _ := q.counts(c.Time)
		if hidden >= inFlightLimit && w.short && !q.fifo() {
			return nil, nil, &types.OverLimit{Message: new("The maximum number of in flight messages is reached.")}
		}
		most = min(most, max(inFlightLimit-hidden, 0))
	}
	grave := s.grave(q)
	blocked := map[string]bool{}
	for _, m := range q.messages {
		if len(found) == most {
			break
		}
		hidden := m.visible.After(c.Time)
		switch {
		case q.fifo() && blocked[m.group]:
		case hidden:
			blocked[m.group] = true
		case grave != nil && m.here >= q.redrive.most:
			dead = append(dead, m)
		default:
			found = append(found, m)
		}
	}
	return found, dead, nil
}

// hand gives a message to a receiver and hides it from others.
func (m *message) hand(now time.Time, q *queue, w wish, body string) types.Message {
	if m.received == 0 {
		m.first = now
	}
	m.received++
	m.here++
	q.handles++
	m.handle = q.handles
	m.taken, m.visible = now, now.Add(w.hidden)
	out := types.Message{
		MessageId: new(m.id), Body: &body, MD5OfBody: new(m.bodyMD5), ReceiptHandle: new(handle{q.arn(), m.id, m.handle}.String()),
		Attributes: m.system(w.system),
	}
	for name, value := range m.attributes {
		if w.attribute(name) {
			if out.MessageAttributes == nil {
				out.MessageAttributes = map[string]types.MessageAttributeValue{}
			}
			out.MessageAttributes[name] = value
		}
	}
	out.MD5OfMessageAttributes = attributesMD5(out.MessageAttributes)
	return out
}

// system gives the system attributes that are asked for and that the message
// has; nil for none.
func (m *message) system(asked func(string) bool) map[string]string {
	all := map[string]string{
		"SenderId": m.sender, "SentTimestamp": millis(m.sent), "ApproximateFirstReceiveTimestamp": millis(m.first),
		"ApproximateReceiveCount": strconv.Itoa(m.received), "AWSTraceHeader": m.trace, "MessageGroupId": m.group,
		"MessageDeduplicationId": m.dedup, "SequenceNumber": m.sequence, "DeadLetterQueueSourceArn": m.source,
	}
	var out map[string]string
	for name, value := range all {
		if value != "" && asked(name) {
			if out == nil {
				out = map[string]string{}
			}
			out[name] = value
		}
	}
	return out
}

func millis(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }
