package sns_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"

	"rekey/lab/iam"
	"rekey/lab/kms"
	service "rekey/lab/sns"
	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

const (
	owner    = "111122223333"
	region   = "eu-west-1"
	function = "arn:aws:lambda:" + region + ":" + owner + ":function:f"
	queue    = "arn:aws:sqs:" + region + ":" + owner + ":q"
	grave    = "arn:aws:sqs:" + region + ":" + owner + ":grave"
)

// receiver stands for the services that SNS sends to, and keeps what it gets.
type receiver struct {
	world  *world.World
	fails  error
	failed []time.Time
	events []string
	bodies map[string][]string // by queue
	caller world.Caller
	source world.Source
}

func (r *receiver) Queue(c *world.Call, _ string, event []byte) error {
	r.caller, r.source = c.Caller, c.Source
	if r.fails != nil {
		r.failed = append(r.failed, c.Time)
		return r.fails
	}
	r.events = append(r.events, string(event))
	return nil
}

func (r *receiver) Deliver(c *world.Call, arn string, in *sqs.SendMessageInput) error {
	r.caller, r.source = c.Caller, c.Source
	if r.fails != nil && arn != grave {
		r.failed = append(r.failed, c.Time)
		return r.fails
	}
	r.bodies[arn] = append(r.bodies[arn], *in.MessageBody)
	return nil
}

// bench is a world with SNS and what it sends to.
type bench struct {
	*testing.T
	*world.World
	*receiver
	sns   *service.Service
	topic string
}

func newBench(t *testing.T) *bench {
	w := world.New(world.Options{})
	w.RegisterIdentities(iam.New(w))
	r := &receiver{world: w, bodies: map[string][]string{}}
	b := &bench{t, w, r, service.New(w, kms.New(w), r, r), ""}
	b.topic = *call[sns.CreateTopicOutput](b, "CreateTopic", &sns.CreateTopicInput{Name: new("topic")}).TopicArn
	return b
}

// try makes a call as the owner's root user.
func try[O any](b *bench, operation string, in any) (out *O, err error) {
	root, err := keypolicy.ParsePrincipal("arn:aws:iam::" + owner + ":root")
	if err != nil {
		b.Fatal(err)
	}
	c := &world.Call{Service: "sns", Operation: operation, Region: region, Caller: world.Caller{UserID: owner, Principal: root}}
	for _, op := range b.sns.Operations() {
		if op.Name == operation {
			err = b.Perform(context.Background(), c, op, in, func(answer any) error {
				out = answer.(*O)
				return nil
			})
			return out, err
		}
	}
	b.Fatalf("there is no operation %s", operation)
	return nil, nil
}

func call[O any](b *bench, operation string, in any) *O {
	b.Helper()
	out, err := try[O](b, operation, in)
	if err != nil {
		b.Fatalf("%s: %v", operation, err)
	}
	return out
}

func (b *bench) subscribe(protocol, endpoint string, attributes map[string]string) string {
	b.Helper()
	return *call[sns.SubscribeOutput](b, "Subscribe", &sns.SubscribeInput{TopicArn: &b.topic, Protocol: &protocol, Endpoint: &endpoint, Attributes: attributes}).SubscriptionArn
}

func (b *bench) publish(message string) string {
	b.Helper()
	return *call[sns.PublishOutput](b, "Publish", &sns.PublishInput{TopicArn: &b.topic, Message: &message}).MessageId
}

func message(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorMessage()
	}
	return world.Answer(err).Message
}

func want[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

func TestAFunctionIsSentAnEvent(t *testing.T) {
	b := newBench(t)
	sub := b.subscribe("lambda", function, nil)
	in := &sns.PublishInput{TopicArn: &b.topic, Message: new("hello"), MessageAttributes: map[string]types.MessageAttributeValue{
		"bytes": {DataType: new("Binary"), BinaryValue: []byte{2, 3, 4}},
	}}
	id := *call[sns.PublishOutput](b, "Publish", in).MessageId
	want(t, "the number of events at once", len(b.events), 0)
	b.Advance(time.Second)
	if len(b.events) != 1 {
		t.Fatalf("the events are %q", b.events)
	}
	var event struct {
		Records []struct {
			EventSource, EventVersion, EventSubscriptionArn string
			Sns                                             map[string]any
		}
	}
	if err := json.Unmarshal([]byte(b.events[0]), &event); err != nil {
		t.Fatal(err)
	}
	r := event.Records[0]
	want(t, "the record", r.EventSource+" "+r.EventVersion+" "+r.EventSubscriptionArn, "aws:sns 1.0 "+sub)
	for name, value := range map[string]any{"Type": "Notification", "MessageId": id, "TopicArn": b.topic, "Subject": nil, "Message": "hello", "SignatureVersion": "1"} {
		want(t, name, r.Sns[name], value)
	}
	attributes, _ := json.Marshal(r.Sns["MessageAttributes"])
	want(t, "MessageAttributes", string(attributes), `{"bytes":{"Type":"Binary","Value":"AgME"}}`)
	want(t, "who sends", b.caller.ARN(), "sns.amazonaws.com")
	want(t, "for what", b.source, world.Source{ARN: b.topic, Account: owner})
}

func TestRetriesAreThoseOfManagedEndpoints(t *testing.T) {
	b := newBench(t)
	b.subscribe("sqs", queue, map[string]string{"RedrivePolicy": `{"deadLetterTargetArn":"` + grave + `"}`})
	b.fails = world.InternalFailure()
	b.publish("hello")
	b.Advance(10 * time.Minute)
	var gaps []int
	for i := 1; i < len(b.failed); i++ {
		gaps = append(gaps, int(b.failed[i].Sub(b.failed[i-1])/time.Second))
	}
	if first := []int{0, 0, 0, 1, 1, 1, 2, 4, 8, 16, 20, 20, 20, 20, 20, 20, 20}; !slices.Equal(gaps[:len(first)], first) {
		t.Errorf("the waits are %v, want %v first", gaps, first)
	}
	b.fails = nil
	b.Advance(time.Minute)
	want(t, "the number that arrived", len(b.bodies[queue]), 1)
	want(t, "the number of dead letters", len(b.bodies[grave]), 0)
}

func TestWhatIsRefusedIsDeadAtOnce(t *testing.T) {
	b := newBench(t)
	b.subscribe("sqs", queue, map[string]string{"RawMessageDelivery": "true", "RedrivePolicy": `{"deadLetterTargetArn":"` + grave + `"}`})
	b.fails = &wire.Error{Code: "AccessDeniedException", Status: 403}
	b.publish("hello")
	b.Advance(time.Second)
	want(t, "the number of attempts", len(b.failed), 1)
	want(t, "the dead letter", strings.Join(b.bodies[grave], " "), "hello")
}

func TestMishaps(t *testing.T) {
	for mishap, arrive := range map[world.Mishap]int{world.Lost: 1, world.Doubled: 3} {
		b := newBench(t)
		b.subscribe("sqs", queue, nil)
		b.DeliverBadly(world.DeliveryFault{From: "sns", To: queue, Mishap: mishap, Times: 1})
		b.publish("one")
		b.publish("two")
		b.Advance(time.Minute)
		want(t, "the number that arrived", len(b.bodies[queue]), arrive)
	}
}

func TestTheEnvelopeIsLaidOutAsAWSDoes(t *testing.T) {
	b := newBench(t)
	sub := b.subscribe("sqs", queue, nil)
	in := &sns.PublishInput{TopicArn: &b.topic, Message: new(`a "quote" & <more>`), Subject: new("s"), MessageAttributes: map[string]types.MessageAttributeValue{
		"n": {DataType: new("Number"), StringValue: new("1")},
	}}
	id := *call[sns.PublishOutput](b, "Publish", in).MessageId
	b.Advance(time.Second)
	lines := strings.Split(b.bodies[queue][0], "\n")
	for i, start := range []string{
		`{`, `  "Type" : "Notification",`, `  "MessageId" : "` + id + `",`, `  "TopicArn" : "` + b.topic + `",`, `  "Subject" : "s",`,
		`  "Message" : "a \"quote\" & <more>",`, `  "Timestamp" : "2026-01-01T00:00:00.000Z",`, `  "SignatureVersion" : "1",`, `  "Signature" : "`,
		`  "SigningCertURL" : "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-`,
		`  "UnsubscribeURL" : "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=` + sub + `",`,
		`  "MessageAttributes" : {`, `    "n" : {"Type":"Number","Value":"1"}`, `  }`, `}`,
	} {
		if i >= len(lines) || !strings.HasPrefix(lines[i], start) {
			t.Fatalf("line %d of\n%s\nshould begin with %s", i, b.bodies[queue][0], start)
		}
	}
}

func TestAPendingSubscriptionEnds(t *testing.T) {
	b := newBench(t)
	want(t, "the ARN", b.subscribe("email", "nobody@example.com", nil), "pending confirmation")
	b.publish("hello")
	list := &sns.ListSubscriptionsByTopicInput{TopicArn: &b.topic}
	want(t, "the ARN in the list", *call[sns.ListSubscriptionsByTopicOutput](b, "ListSubscriptionsByTopic", list).Subscriptions[0].SubscriptionArn, "PendingConfirmation")
	b.Advance(48 * time.Hour)
	want(t, "the number left", len(call[sns.ListSubscriptionsByTopicOutput](b, "ListSubscriptionsByTopic", list).Subscriptions), 0)
}

func TestFilterPolicies(t *testing.T) {
	for policy, refusal := range map[string]string{
		`{"a":[{"anything-but":{"prefix":"x"}}]}`: "",
		`{"a":[{"anything-but":{"suffix":"x"}}]}`: "Invalid parameter: Attributes Reason: FilterPolicy: Unsupported anything-but pattern: suffix",
		`{"a":[{"wildcard":"*"}]}`:                "the lab does not implement the operator wildcard of filter policies",
		`{"a":"x"}`:                               "Invalid parameter: Attributes Reason: FilterPolicy: \"a\" must be an object or an array\n at [Source: (String)\"{\"a\":\"x\"}\"; line: 1, column: 7]",
		`{"$or":[{"a":["1"]},{"b":["2"]}]}`:       "",
		// 4 * (6 + 4*(4+4)) = 152
		`{"s":[1,2,3,4],"$or":[{"m":[1,2,3,4,5,6]},{"t":[1,2,3,4],"$or":[{"i":[1,2,3,4]},{"p":[1,2,3,4]}]}]}`: "Invalid parameter: Attributes Reason: FilterPolicy: Filter policy is too complex",
		`{"s":[1,2,3,4],"$or":[{"m":[1,2,3,4,5]},{"t":[1,2,3,4],"$or":[{"i":[1,2,3,4]},{"p":[1,2,3,4]}]}]}`:   "",
	} {
		b := newBench(t)
		_, err := try[sns.SubscribeOutput](b, "Subscribe", &sns.SubscribeInput{
			TopicArn: &b.topic, Protocol: new("sqs"), Endpoint: new(queue), Attributes: map[string]string{"FilterPolicy": policy},
		})
		got := ""
		if err != nil {
			got = message(err)
		}
		want(t, "the refusal of "+policy, got, refusal)
	}
}

func TestNestedCombinations(t *testing.T) {
	// 3 * 4 * 2 * 3 * 1 * 3 = 216: recorded as too many.
	b := newBench(t)
	b.subscribe("sqs", queue, map[string]string{"FilterPolicyScope": "MessageBody", "FilterPolicy": `{"a":{"b":{"c":[1,2,3,4]}},"d":{"e":[1,2]}}`})
	_, err := try[sns.SubscribeOutput](b, "Subscribe", &sns.SubscribeInput{TopicArn: &b.topic, Protocol: new("sqs"), Endpoint: new(grave), Attributes: map[string]string{
		"FilterPolicyScope": "MessageBody", "FilterPolicy": `{"a":{"b":{"c":[1,2,3,4]}},"d":{"e":[1,2,3]},"f":[1,2,3]}`,
	}})
	want(t, "the refusal", message(err), "Invalid parameter: Attributes Reason: FilterPolicy: Filter policy is too complex")
}
