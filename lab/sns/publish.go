package sns

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"rekey/lab/world"
)

// message is one message on its way.
type message struct {
	id           string
	at           time.Time
	body         string            // as it was published
	text         string            // for a protocol without one of its own
	texts        map[string]string // by protocol; see MessageStructure
	subject      *string
	attributes   map[string]types.MessageAttributeValue
	group, dedup string
	sequence     string
	token        string // of a request to confirm a subscription
}

// sighting is one message that a FIFO topic has seen.
type sighting struct {
	at           time.Time
	id, sequence string
}

// dedupWindow is how long a FIFO topic remembers what was published (Developer
// Guide, "Message deduplication for FIFO topics").
const dedupWindow = 5 * time.Minute

func isNumber(text string) bool {
	_, err := strconv.ParseFloat(text, 64)
	return err == nil
}

// destination finds what a request publishes to (recorded wordings). There are
// no endpoints of applications here.
func (s *Service) destination(c *world.Call, in *sns.PublishInput) (target, error) {
	switch {
	case in.PhoneNumber != nil:
		return target{}, world.Unimplemented("text messages")
	case in.TopicArn != nil:
		return s.find(c, "TopicArn", *in.TopicArn)
	case in.TargetArn == nil:
		return target{}, invalid("TopicArn or TargetArn Reason: no value for required parameter")
	case strings.Contains(*in.TargetArn, ":endpoint/"):
		return target{}, invalid("TargetArn Reason: No endpoint found for the target arn specified")
	}
	return s.find(c, "TargetArn", *in.TargetArn)
}

func (s *Service) publish(c *world.Call, in *sns.PublishInput) (*sns.PublishOutput, error) {
	t, err := s.destination(c, in)
	if err != nil {
		return nil, err
	}
	if err := s.admit(c, t, "Publish", nil); err != nil {
		return nil, err
	}
	m, err := t.compose(in)
	if err != nil {
		return nil, err
	}
	if err := t.checkGroup(in); err != nil {
		return nil, err
	}
	if err := s.useKey(c, t.topic); err != nil {
		return nil, err
	}
	return s.accept(c, t.topic, m, in), nil
}

// compose checks a message and makes it (API reference, Publish; recorded
// wordings).
func (t *topic) compose(in *sns.PublishInput) (*message, error) {
	m := &message{body: *in.Message, text: *in.Message, subject: in.Subject, attributes: in.MessageAttributes}
	switch {
	case m.body == "":
		return nil, invalid("Empty message")
	case in.Subject != nil && !isSubject(*in.Subject):
		return nil, invalid("Subject")
	case !utf8.ValidString(m.body):
		return nil, invalid("Message")
	}
	if err := checkAttributes(in.MessageAttributes); err != nil {
		return nil, err
	}
	if size(m) > t.sizeLimit() {
		return nil, invalid("Message too long")
	}
	if in.MessageStructure != nil {
		if *in.MessageStructure != "json" { // assumption: the wording
			return nil, invalid("MessageStructure")
		}
		return m, m.structure()
	}
	return m, nil
}

// isSubject: up to 100 characters of ASCII, no line breaks or control
// characters, and a letter, number or punctuation mark first (API reference,
// Publish, Subject).
func isSubject(s string) bool {
	if s == "" || len(s) > 100 || s[0] == ' ' {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// structure reads a message that has a text for each protocol (recorded
// wordings).
func (m *message) structure() error {
	var all map[string]any
	if err := json.Unmarshal([]byte(m.body), &all); err != nil {
		return invalid("Message Structure - JSON message body failed to parse")
	}
	m.texts = map[string]string{}
	for protocol, v := range all {
		if text, ok := v.(string); ok {
			m.texts[protocol] = text
		}
	}
	text, ok := m.texts["default"]
	if !ok {
		return invalid("Message Structure - No default entry in JSON message body")
	}
	m.text = text
	return nil
}

// textFor is what a subscriber by that protocol is sent.
func (m *message) textFor(protocol string) string {
	if text, ok := m.texts[protocol]; ok {
		return text
	}
	return m.text
}

// checkGroup holds a message to what its kind of topic needs (recorded).
func (t *topic) checkGroup(in *sns.PublishInput) error {
	switch {
	case !t.fifo() && in.MessageDeduplicationId != nil:
		return invalid("MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type")
	case !t.fifo():
		return nil
	case in.MessageGroupId == nil:
		return invalid("The MessageGroupId parameter is required for FIFO topics")
	case in.MessageDeduplicationId == nil && t.values["ContentBasedDeduplication"] != "true":
		return invalid("The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly")
	}
	return nil
}

// accept takes a message that was checked, and sends it to every subscription
// that wants it. A duplicate is accepted and goes no further; that it is
// answered with the id of the first is assumed, as SQS does so.
func (s *Service) accept(c *world.Call, t *topic, m *message, in *sns.PublishInput) *sns.PublishOutput {
	if in.MessageGroupId != nil {
		m.group = *in.MessageGroupId
	}
	m.at = c.Time
	out := &sns.PublishOutput{}
	if t.fifo() {
		key := t.dedupKey(m, in.MessageDeduplicationId)
		maps.DeleteFunc(t.seen, func(_ string, s sighting) bool { return c.Time.Sub(s.at) >= dedupWindow })
		if first, ok := t.seen[key]; ok {
			out.MessageId, out.SequenceNumber = &first.id, &first.sequence
			return out
		}
		t.sequence += 1000
		m.id, m.sequence = s.world.UUID("notification"), fmt.Sprintf("1%019d", t.sequence)
		t.seen[key] = sighting{c.Time, m.id, m.sequence}
		out.SequenceNumber = &m.sequence
	} else {
		m.id = s.world.UUID("notification")
	}
	out.MessageId = &m.id
	for _, sub := range t.subscriptions {
		if sub.token == "" && (sub.filter == nil || sub.filter.lets(m)) {
			s.send(sub, m)
		}
	}
	return out
}

// dedupKey gives the message its deduplication id, and what it has in common
// with its duplicates (API reference, Publish, MessageDeduplicationId;
// CreateTopic, FifoThroughputScope).
func (t *topic) dedupKey(m *message, id *string) string {
	if id != nil {
		m.dedup = *id
	} else {
		sum := sha256.Sum256([]byte(m.body))
		m.dedup = hex.EncodeToString(sum[:])
	}
	if t.values["FifoThroughputScope"] == "MessageGroup" {
		return m.group + " " + m.dedup // neither has a blank
	}
	return m.dedup
}
