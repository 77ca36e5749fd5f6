package lambda

import (
	"encoding/base64"
	"encoding/json"
	"reflect"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

// authorizeMapping asks about an action on event source mappings. Policies limit
// it by the function alone (Service Authorization Reference, AWS Lambda); the
// resource is * here, where AWS has the mapping's ARN too.
func (s *Service) authorizeMapping(c *world.Call, function string) error {
	a := world.Access{Action: "lambda:" + c.Operation, Resource: "*", ResourceAccount: c.Account()}
	if function != "" {
		a.Context = map[string][]string{"lambda:FunctionArn": {function}}
	}
	d, err := c.Decide(a)
	if err != nil || d.Effect == keypolicy.Allowed {
		return err
	}
	return denied(c.Denial(a, d))
}

// mapped gives a configuration as the output of an operation, all of which have
// the same members.
func mapped[T any](c types.EventSourceMappingConfiguration) *T {
	out := new(T)
	copyMembers(reflect.ValueOf(out).Elem(), reflect.ValueOf(c))
	return out
}

// poll receives a batch and hands it to the function, within the world's lock,
// and goes on until the mapping is stopped.
func (s *Service) poll(m *mapping) {
	if s.mappings[m.home][m.uuid] != m || m.state != enabled {
		return
	}
	wait := pollEvery
	if f := s.lookup(m.function); f != nil && s.receive(m, f) {
		wait = 0
	}
	s.world.Clock.Cancel(m.due)
	m.due = s.world.Clock.After(wait, func() { s.poll(m) })
}

// receive hands one batch over, if there is one. A function that cannot take
// more is left alone: what it does not handle becomes visible again.
func (s *Service) receive(m *mapping, f *function) (more bool) {
	if most := m.most; most != nil && m.busy >= int(*most) || m.busy >= pollers || s.admit(f) != nil || ready(f) != nil {
		return false
	}
	batch := s.gather(m, f)
	if len(batch) == 0 {
		return false
	}
	run, err := s.begin(f)
	if err != nil {
		return false
	}
	m.busy++
	s.outside(run, s.world.UUID("invocation"), records(m, batch), func(r Result, err error) {
		m.busy--
		if err == nil && r.FunctionError == "" {
			s.finish(m, f, batch, r.Payload)
		}
	})
	return true
}

// gather receives as many messages as a batch has, ten at a time.
func (s *Service) gather(m *mapping, f *function) (batch []sqstypes.Message) {
	for len(batch) < int(m.batch) {
		var some []sqstypes.Message
		err := s.asRole(f, "ReceiveMessage", func(c *world.Call) (err error) {
			some, err = s.Queues.Poll(c, m.source, min(10, int(m.batch)-len(batch)))
			return err
		})
		if err != nil || len(some) == 0 {
			break // the trail has the refusal
		}
		batch = append(batch, some...)
	}
	return batch
}

// finish deletes what the function has handled: all, or what is not among the
// failures that it reports (Lambda Developer Guide, "Handling errors for an SQS
// event source": an empty answer is a success; one that cannot be read, or that
// names an unknown message, is a failure of all).
func (s *Service) finish(m *mapping, f *function, batch []sqstypes.Message, answer []byte) {
	if m.partial {
		failures, ok := reported(answer, batch)
		if !ok {
			return
		}
		batch = slices.DeleteFunc(batch, func(msg sqstypes.Message) bool { return failures[aws.ToString(msg.MessageId)] })
	}
	for some := range slices.Chunk(batch, 10) {
		var handles []string
		for _, msg := range some {
			handles = append(handles, aws.ToString(msg.ReceiptHandle))
		}
		// The trail has a refusal; the messages come again.
		_ = s.asRole(f, "DeleteMessage", func(c *world.Call) error { return s.Queues.Done(c, m.source, handles...) })
	}
}

func reported(answer []byte, batch []sqstypes.Message) (failures map[string]bool, ok bool) {
	var told struct {
		BatchItemFailures []struct {
			ItemIdentifier *string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if len(answer) == 0 {
		return nil, true
	}
	if json.Unmarshal(answer, &told) != nil {
		return nil, false
	}
	failures = map[string]bool{}
	for _, failure := range told.BatchItemFailures {
		id := aws.ToString(failure.ItemIdentifier)
		if !slices.ContainsFunc(batch, func(m sqstypes.Message) bool { return aws.ToString(m.MessageId) == id }) {
			return nil, false
		}
		failures[id] = true
	}
	return failures, true
}

// record is one message as the function sees it (recorded form).
type record struct {
	MessageID         string                      `json:"messageId"`
	ReceiptHandle     string                      `json:"receiptHandle"`
	Body              string                      `json:"body"`
	Attributes        map[string]string           `json:"attributes"`
	MessageAttributes map[string]messageAttribute `json:"messageAttributes"`
	MD5OfAttributes   *string                     `json:"md5OfMessageAttributes"`
	MD5OfBody         string                      `json:"md5OfBody"`
	EventSource       string                      `json:"eventSource"`
	EventSourceARN    string                      `json:"eventSourceARN"`
	AWSRegion         string                      `json:"awsRegion"`
}

type messageAttribute struct {
	StringValue      *string  `json:"stringValue,omitempty"`
	BinaryValue      *string  `json:"binaryValue,omitempty"`
	StringListValues []string `json:"stringListValues"`
	BinaryListValues []string `json:"binaryListValues"`
	DataType         string   `json:"dataType"`
}

func records(m *mapping, batch []sqstypes.Message) []byte {
	all := struct{ Records []record }{}
	for _, msg := range batch {
		r := record{
			MessageID: aws.ToString(msg.MessageId), ReceiptHandle: aws.ToString(msg.ReceiptHandle), Body: aws.ToString(msg.Body), Attributes: msg.Attributes,
			MessageAttributes: map[string]messageAttribute{}, MD5OfAttributes: msg.MD5OfMessageAttributes, MD5OfBody: aws.ToString(msg.MD5OfBody),
			EventSource: "aws:sqs", EventSourceARN: m.source, AWSRegion: string(m.region),
		}
		for k, v := range msg.MessageAttributes {
			a := messageAttribute{StringValue: v.StringValue, StringListValues: []string{}, BinaryListValues: []string{}, DataType: aws.ToString(v.DataType)}
			if v.BinaryValue != nil {
				a.BinaryValue = new(base64.StdEncoding.EncodeToString(v.BinaryValue))
			}
			r.MessageAttributes[k] = a
		}
		all.Records = append(all.Records, r)
	}
	text, err := json.Marshal(all)
	if err != nil {
		panic(err) // texts and lists
	}
	return text
}
