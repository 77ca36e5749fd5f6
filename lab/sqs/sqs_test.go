package sqs_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"

	"rekey/lab"
	"rekey/lab/world"
	"rekey/shared/keyid"
)

const (
	account = "111122223333"
	region  = "eu-west-1"
)

// bench is a lab with a client that may do all.
type bench struct {
	*testing.T
	*lab.Lab
	*sqs.Client
}

func newBench(t *testing.T, o lab.Options) bench {
	l := lab.ForTest(t, o)
	return bench{t, l, sqs.NewFromConfig(l.Config(region, lab.Root(account)))}
}

// queue makes a queue with attributes of key and value pairs.
func (b bench) queue(name string, pairs ...string) (url, arn string) {
	b.Helper()
	out := ok(b, b.CreateQueue, &sqs.CreateQueueInput{QueueName: &name, Attributes: paired(pairs)})
	return *out.QueueUrl, "arn:aws:sqs:" + region + ":" + account + ":" + name
}

func paired(pairs []string) map[string]string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

func (b bench) send(url, body string) {
	b.Helper()
	ok(b, b.SendMessage, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body})
}

func (b bench) receive(url string) []types.Message {
	b.Helper()
	return ok(b, b.ReceiveMessage, &sqs.ReceiveMessageInput{
		QueueUrl: &url, MaxNumberOfMessages: 10, MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"},
	}).Messages
}

func (b bench) bodies(url string) string {
	b.Helper()
	var all []string
	for _, m := range b.receive(url) {
		all = append(all, *m.Body)
	}
	return strings.Join(all, " ")
}

// by makes a call as a service, of the operation named, for a resource.
func (b bench) by(service, operation string, do func(*world.Call) error) (err error) {
	b.World.Locked(func() {
		err = b.World.Act(world.Actor{
			Caller: world.ServiceCaller(service), Region: region, Source: world.Source{ARN: "arn:aws:s3:::bucket", Account: account},
		}, "sqs", operation, do)
	})
	return err
}

func ok[I, O, F any](b bench, call func(context.Context, *I, ...func(*F)) (*O, error), in *I) *O {
	b.Helper()
	out, err := call(context.Background(), in)
	if err != nil {
		b.Fatalf("%T: %v", in, err)
	}
	return out
}

func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	if err != nil {
		return world.Answer(err).Code
	}
	return ""
}

func want[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

func TestAReceiverWaitsByTheWall(t *testing.T) {
	b := newBench(t, lab.Options{WallClock: true})
	url, _ := b.queue("q")
	body := "later"
	ok(b, b.SendMessage, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body, DelaySeconds: 1})
	want(t, "what is there at once", b.bodies(url), "")
	wait := func() []types.Message {
		return ok(b, b.ReceiveMessage, &sqs.ReceiveMessageInput{QueueUrl: &url, WaitTimeSeconds: 20, VisibilityTimeout: 1}).Messages
	}
	got := wait()
	want(t, "the number of messages once the delay is over", len(got), 1)
	got = wait()
	want(t, "the number of messages once the visibility timeout is over", len(got), 1)
	ok(b, b.DeleteMessage, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: got[0].ReceiptHandle})
	done := make(chan []types.Message)
	go func() { done <- wait() }()
	b.send(url, "now")
	want(t, "the number of messages when one was sent", len(<-done), 1)
}

func TestAReceiverOfADeletedQueueIsTold(t *testing.T) {
	b := newBench(t, lab.Options{WallClock: true})
	url, _ := b.queue("q")
	done := make(chan error)
	go func() {
		_, err := b.ReceiveMessage(context.Background(), &sqs.ReceiveMessageInput{QueueUrl: &url, WaitTimeSeconds: 20})
		done <- err
	}()
	ok(b, b.DeleteQueue, &sqs.DeleteQueueInput{QueueUrl: &url})
	want(t, "the error", code(<-done), "AWS.SimpleQueueService.NonExistentQueue")
}

func TestAHandMovedClockIsNotWaitedFor(t *testing.T) {
	b := newBench(t, lab.Options{})
	url, _ := b.queue("q", "ReceiveMessageWaitTimeSeconds", "20")
	want(t, "what is there", b.bodies(url), "")
}

func TestAServiceSendsByBothPolicies(t *testing.T) {
	b := newBench(t, lab.Options{})
	keys := kms.NewFromConfig(b.Config(region, lab.Root(account)))
	key := *ok(b, keys.CreateKey, &kms.CreateKeyInput{}).KeyMetadata.Arn
	url, arn := b.queue("q", "KmsMasterKeyId", key)
	in := &sqs.SendMessageInput{MessageBody: new("event")}
	send := func() string {
		return code(b.by("s3.amazonaws.com", "SendMessage", func(c *world.Call) error { return b.SQS.Deliver(c, arn, in) }))
	}
	want(t, "the error without a queue policy", send(), "AccessDeniedException")
	policy := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"` + arn +
		`","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::BUCKET"},"StringEquals":{"aws:SourceAccount":"` + account + `"}}}}`
	ok(b, b.SetQueueAttributes, &sqs.SetQueueAttributesInput{QueueUrl: &url, Attributes: map[string]string{"Policy": strings.Replace(policy, "BUCKET", "other", 1)}})
	want(t, "the error for another bucket", send(), "AccessDeniedException")
	ok(b, b.SetQueueAttributes, &sqs.SetQueueAttributesInput{QueueUrl: &url, Attributes: map[string]string{"Policy": strings.Replace(policy, "BUCKET", "bucket", 1)}})
	want(t, "the error without the key policy's leave", send(), "KmsAccessDenied")
	open := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + account + `"},"Action":"kms:*","Resource":"*"},
		{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::bucket"}}}]}`
	ok(b, keys.PutKeyPolicy, &kms.PutKeyPolicyInput{KeyId: &key, Policy: &open})
	want(t, "the error with both", send(), "")
	got := b.receive(url)
	if len(got) != 1 || *got[0].Body != "event" || !strings.HasPrefix(got[0].Attributes["SenderId"], "AIDA") || len(got[0].Attributes["SenderId"]) != 21 {
		t.Errorf("the messages are %+v", got)
	}
	want(t, "the unfaithful calls", len(b.Unfaithful()), 0)
}

func TestPollAsAService(t *testing.T) {
	b := newBench(t, lab.Options{})
	url, arn := b.queue("q", "Policy", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sqs:*","Resource":"*"}}`)
	for range 12 {
		b.send(url, "x")
	}
	var got []types.Message
	poll := func(most int) {
		t.Helper()
		if err := b.by("lambda.amazonaws.com", "ReceiveMessage", func(c *world.Call) (err error) {
			got, err = b.SQS.Poll(c, arn, most)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	poll(100)
	want(t, "the number of messages", len(got), 12)
	if err := b.by("lambda.amazonaws.com", "ChangeMessageVisibility", func(c *world.Call) error { return b.SQS.Hide(c, arn, *got[0].ReceiptHandle, 0) }); err != nil {
		t.Error(err)
	}
	var handles []string
	for _, m := range got[1:] {
		handles = append(handles, *m.ReceiptHandle)
	}
	if err := b.by("lambda.amazonaws.com", "DeleteMessage", func(c *world.Call) error { return b.SQS.Done(c, arn, append(handles, "none")...) }); code(err) != "ReceiptHandleIsInvalid" {
		t.Errorf("a bad handle gives %v", err)
	}
	poll(100)
	want(t, "the number of messages left", len(got), 1)
	want(t, "the receipts", got[0].Attributes["ApproximateReceiveCount"], "2")
	if err := b.by("events.amazonaws.com", "ReceiveMessage", func(c *world.Call) error { _, err := b.SQS.Poll(c, arn, 1); return err }); code(err) != "AccessDeniedException" {
		t.Errorf("another service gets %v", err)
	}
}

func TestAFailedReceiptChangesNothing(t *testing.T) {
	b := newBench(t, lab.Options{})
	keys := kms.NewFromConfig(b.Config(region, lab.Root(account)))
	key := ok(b, keys.CreateKey, &kms.CreateKeyInput{}).KeyMetadata.Arn
	url, _ := b.queue("q", "KmsMasterKeyId", *key, "KmsDataKeyReusePeriodSeconds", "60")
	b.send(url, "x")
	b.World.Advance(time.Minute)
	b.World.Faults.Add(world.Fault{Service: "kms", Operation: "Decrypt", Times: 1, Error: world.Throttling()})
	_, err := b.ReceiveMessage(context.Background(), &sqs.ReceiveMessageInput{QueueUrl: &url})
	want(t, "the error", code(err), "KMS.ThrottlingException")
	want(t, "the receipts", b.receive(url)[0].Attributes["ApproximateReceiveCount"], "1")
}

func TestALostAnswerHidesTheMessage(t *testing.T) {
	b := newBench(t, lab.Options{})
	url, _ := b.queue("q")
	b.send(url, "x")
	b.World.Faults.Add(world.Fault{Service: "sqs", Operation: "ReceiveMessage", When: world.After, Times: 1})
	if _, err := b.ReceiveMessage(context.Background(), &sqs.ReceiveMessageInput{QueueUrl: &url}); err == nil {
		t.Error("the answer was not lost")
	}
	want(t, "what is there", b.bodies(url), "")
	b.World.Advance(30 * time.Second)
	want(t, "what is there later", b.bodies(url), "x")
}

func TestSendersAreNamed(t *testing.T) {
	b := newBench(t, lab.Options{})
	url, _ := b.queue("q")
	b.send(url, "x")
	want(t, "the root user's id", b.receive(url)[0].Attributes["SenderId"], account)
}

func TestAChangedScopeCountsAfterAMinute(t *testing.T) {
	b := newBench(t, lab.Options{})
	url, _ := b.queue("q.fifo", "FifoQueue", "true")
	send := func(group string) {
		t.Helper()
		ok(b, b.SendMessage, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &group, MessageGroupId: &group, MessageDeduplicationId: new("same")})
	}
	send("a")
	set := &sqs.SetQueueAttributesInput{QueueUrl: &url, Attributes: map[string]string{"DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"}}
	ok(b, b.SetQueueAttributes, set)
	send("b")
	want(t, "what is there", b.bodies(url), "a")
	b.World.Advance(time.Minute)
	send("c")
	want(t, "what is there after a minute", b.bodies(url), "a c")
}

func TestAMoveFailsWithItsDestination(t *testing.T) {
	b := newBench(t, lab.Options{})
	deadURL, dead := b.queue("dead")
	url, _ := b.queue("q", "VisibilityTimeout", "0", "RedrivePolicy", `{"deadLetterTargetArn":"`+dead+`","maxReceiveCount":"1"}`)
	target, arn := b.queue("target")
	for _, body := range []string{"1", "2", "3"} {
		b.send(url, body)
	}
	b.receive(url)
	b.receive(url)
	ok(b, b.StartMessageMoveTask, &sqs.StartMessageMoveTaskInput{SourceArn: &dead, DestinationArn: &arn, MaxNumberOfMessagesPerSecond: new(int32(1))})
	b.World.Advance(time.Second)
	ok(b, b.DeleteQueue, &sqs.DeleteQueueInput{QueueUrl: &target})
	b.World.Advance(time.Minute)
	got := ok(b, b.ListMessageMoveTasks, &sqs.ListMessageMoveTasksInput{SourceArn: &dead}).Results[0]
	want(t, "the status", *got.Status, "FAILED")
	want(t, "the reason", *got.FailureReason, "AWS.SimpleQueueService.NonExistentQueue")
	want(t, "the number moved", got.ApproximateNumberOfMessagesMoved, 1)
	want(t, "what is left", b.bodies(deadURL), "2 3")
}

func TestURLs(t *testing.T) {
	b := newBench(t, lab.Options{})
	url, _ := b.queue("q")
	want(t, "the URL", url, "http://lab.invalid/"+account+"/q")
	for given, refusal := range map[string]string{
		url: "", "q": "", "https://sqs.eu-west-1.amazonaws.com/" + account + "/q": "", "http://localhost:4566/" + account + "/q": "",
		"https://eu-west-1.queue.amazonaws.com/" + account + "/q": "",
		"https://queue.amazonaws.com/" + account + "/q":           "InvalidAddress",
		"https://sqs.us-east-1.amazonaws.com/" + account + "/q":   "InvalidAddress",
		"http://lab.invalid/q":                                    "InvalidAddress",
		"http://lab.invalid/" + account + "/none":                 "AWS.SimpleQueueService.NonExistentQueue",
		"http://lab.invalid/444455556666/q":                       "AccessDenied",
	} {
		_, err := b.GetQueueAttributes(context.Background(), &sqs.GetQueueAttributesInput{QueueUrl: &given})
		want(t, "the answer to "+given, code(err), refusal)
	}
	there := sqs.NewFromConfig(b.Config(keyid.Region("us-east-1"), lab.Root(account)))
	_, err := there.GetQueueAttributes(context.Background(), &sqs.GetQueueAttributesInput{QueueUrl: &url})
	want(t, "the answer in another Region", code(err), "AWS.SimpleQueueService.NonExistentQueue")
}
