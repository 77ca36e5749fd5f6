package rotate_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"rekey/events"
	"rekey/functions/rotate"
	"rekey/lab"
	"rekey/lab/world"
	"rekey/shared/keyid"
	"rekey/shared/wiring"
)

const (
	irish        = keyid.Region("eu-west-1")
	owner        = keyid.Account("111122223333")
	functionRole = "arn:aws:iam::111122223333:role/rekey-rotate"
)

// labClock is a world's clock. Who sleeps moves it.
type labClock struct{ w *world.World }

func (c labClock) Now() time.Time { return c.w.Now() }

func (c labClock) Sleep(ctx context.Context, d time.Duration) error {
	c.w.Advance(d)
	return ctx.Err()
}

// deployment is a lab with the function in it: its role, its journal, its topic, and a
// queue that has what it would be woken with.
type deployment struct {
	*testing.T
	lab      *lab.Lab
	root     aws.Config
	kms      *kms.Client // the account's administrator
	settings rotate.Settings
	handler  *rotate.Handler
	metrics  bytes.Buffer
	log      bytes.Buffer
	samples  map[string][]byte
}

// deploy sets a deployment up, with settings that a test may change.
func deploy(t *testing.T, o lab.Options, change func(*rotate.Settings)) *deployment {
	t.Helper()
	l := lab.ForTest(t, o)
	d := &deployment{T: t, lab: l, root: l.Config(irish, lab.Root(owner))}
	d.kms = kms.NewFromConfig(d.root)
	d.settings = rotate.Settings{
		Role: functionRole, Home: rotate.Home{Partition: "aws", Account: owner, Region: irish}, Journal: "journal", Apply: true,
		Defaults: rotate.Wish{Off: true, Every: 365}, Share: 0.5, Topic: "arn:aws:sns:eu-west-1:111122223333:notices",
	}
	if change != nil {
		change(&d.settings)
	}
	var err error
	d.samples, err = events.Of("rotate")
	d.check(err)
	d.must(s3.NewFromConfig(d.root, wiring.PathStyle).CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket: aws.String("journal"), CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: s3types.BucketLocationConstraint(irish)},
	}))
	d.newRole()
	d.newTopic("notices")
	d.wakeByQueue()
	log := slog.New(slog.NewJSONHandler(&d.log, nil))
	d.handler, err = rotate.New(d.settings, l.Config(irish, d.credentials()), &d.metrics, log, labClock{l.World})
	d.check(err)
	return d
}

func (d *deployment) must(_ any, err error) {
	d.Helper()
	d.check(err)
}

func (d *deployment) check(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

func (d *deployment) newRole() {
	d.Helper()
	c := iam.NewFromConfig(d.root)
	d.must(c.CreateRole(d.Context(), &iam.CreateRoleInput{RoleName: aws.String("rekey-rotate"), AssumeRolePolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}}`)}))
	d.must(c.PutRolePolicy(d.Context(), &iam.PutRolePolicyInput{RoleName: aws.String("rekey-rotate"), PolicyName: aws.String("p"), PolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["kms:*","s3:*","sns:Publish","iam:GetAccountAuthorizationDetails"],"Resource":"*"}}`)}))
}

// credentials are those of the role, new ones every half an hour of the lab's time.
func (d *deployment) credentials() aws.CredentialsProvider {
	var key world.AccessKey
	var since time.Time
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		now := d.lab.World.Now()
		var err error
		if since.IsZero() || now.Sub(since) > 30*time.Minute {
			d.lab.World.Locked(func() { key, err = d.lab.STS.AssumeForService("lambda.amazonaws.com", functionRole, "rekey-rotate") })
			since = now
		}
		return aws.Credentials{AccessKeyID: key.ID, SecretAccessKey: key.Secret, SessionToken: key.SessionToken}, err
	})
}

// newTopic makes a topic, and a queue of its name that has its messages.
func (d *deployment) newTopic(name string) (arn string) {
	d.Helper()
	return d.newTopicIn(irish, name)
}

func (d *deployment) newTopicIn(r keyid.Region, name string) (arn string) {
	d.Helper()
	topics := sns.NewFromConfig(d.lab.Config(r, lab.Root(owner)))
	d.must(topics.CreateTopic(d.Context(), &sns.CreateTopicInput{Name: &name}))
	arn = "arn:aws:sns:" + string(r) + ":" + string(owner) + ":" + name
	queue := d.newQueue(name, "sns.amazonaws.com")
	d.must(topics.Subscribe(d.Context(), &sns.SubscribeInput{TopicArn: &arn, Protocol: aws.String("sqs"), Endpoint: &queue}))
	return arn
}

func (d *deployment) newQueue(name, from string) (arn string) {
	d.Helper()
	arn = "arn:aws:sqs:" + string(irish) + ":" + string(owner) + ":" + name
	policy := fmt.Sprintf(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":%q},"Action":"sqs:SendMessage","Resource":%q}}`, from, arn)
	d.must(sqs.NewFromConfig(d.root).CreateQueue(d.Context(), &sqs.CreateQueueInput{QueueName: &name, Attributes: map[string]string{"Policy": policy}}))
	return arn
}

// wakeByQueue has the events that the function takes sent to a queue.
func (d *deployment) wakeByQueue() {
	d.Helper()
	queue := d.newQueue("wakes", "events.amazonaws.com")
	c := eventbridge.NewFromConfig(d.root)
	for name, pattern := range map[string]any{
		"events": map[string]any{"source": []string{"aws.kms"}, "detail-type": rotate.Events},
		"calls":  map[string]any{"source": []string{"aws.kms"}, "detail-type": rotate.TrailEvents, "detail": map[string]any{"eventName": rotate.Calls}},
	} {
		text, err := json.Marshal(pattern)
		d.check(err)
		d.must(c.PutRule(d.Context(), &eventbridge.PutRuleInput{Name: &name, EventPattern: aws.String(string(text))}))
		d.must(c.PutTargets(d.Context(), &eventbridge.PutTargetsInput{Rule: &name, Targets: []ebtypes.Target{{Id: aws.String("q"), Arn: &queue}}}))
	}
}

// take gives the messages of a queue, and leaves none.
func (d *deployment) take(queue string) (bodies []string) {
	d.Helper()
	c := sqs.NewFromConfig(d.root)
	url, err := c.GetQueueUrl(d.Context(), &sqs.GetQueueUrlInput{QueueName: &queue})
	d.check(err)
	for {
		out, err := c.ReceiveMessage(d.Context(), &sqs.ReceiveMessageInput{QueueUrl: url.QueueUrl, MaxNumberOfMessages: 10})
		d.check(err)
		if len(out.Messages) == 0 {
			return bodies
		}
		for _, m := range out.Messages {
			bodies = append(bodies, *m.Body)
			d.must(c.DeleteMessage(d.Context(), &sqs.DeleteMessageInput{QueueUrl: url.QueueUrl, ReceiptHandle: m.ReceiptHandle}))
		}
	}
}

// told are the subjects and texts of a topic's messages.
func (d *deployment) told(topic string) (all []string) {
	d.Helper()
	d.lab.World.Advance(time.Minute)
	for _, body := range d.take(topic) {
		var m struct{ Subject, Message string }
		d.check(json.Unmarshal([]byte(body), &m))
		all = append(all, m.Subject+"\n"+m.Message)
	}
	return all
}

// invoke has the function answer an event.
func (d *deployment) invoke(event []byte) rotate.Answer {
	d.Helper()
	return d.invokeIn(d.Context(), event)
}

func (d *deployment) invokeIn(ctx context.Context, event []byte) rotate.Answer {
	d.Helper()
	out, err := d.handler.Invoke(ctx, event)
	if err != nil {
		d.Fatalf("%s: %v", event, err)
	}
	var a rotate.Answer
	decoder := json.NewDecoder(bytes.NewReader(out))
	decoder.DisallowUnknownFields()
	d.check(decoder.Decode(&a))
	return a
}

// ask sends a request.
func (d *deployment) ask(r rotate.Request) rotate.Answer {
	d.Helper()
	event, err := json.Marshal(r)
	d.check(err)
	return d.invoke(event)
}

// sweep is a scheduled wake-up.
func (d *deployment) sweep() rotate.Answer {
	d.Helper()
	return d.invoke(d.samples["scheduled.json"])
}

// deliver has the function answer all that it was woken with meanwhile.
func (d *deployment) deliver() (n int) {
	d.Helper()
	for {
		d.lab.World.Advance(2 * time.Minute) // events are on their way
		bodies := d.take("wakes")
		if len(bodies) == 0 {
			return n
		}
		for _, b := range slices.Backward(bodies) { // a queue keeps no order
			d.invoke([]byte(b))
			n++
		}
		if n > 1000 {
			d.Fatal("the function wakes itself without end")
		}
	}
}

// newKey makes a key with tags, in pairs.
func (d *deployment) newKey(in kms.CreateKeyInput, tags ...string) keyid.ARN {
	d.Helper()
	for n := 0; n < len(tags); n += 2 {
		in.Tags = append(in.Tags, types.Tag{TagKey: &tags[n], TagValue: &tags[n+1]})
	}
	out, err := d.kms.CreateKey(d.Context(), &in)
	d.check(err)
	arn, err := keyid.ParseARN(*out.KeyMetadata.Arn)
	d.check(err)
	return arn
}

func (d *deployment) alias(name string, key keyid.ARN) {
	d.Helper()
	d.must(d.kms.CreateAlias(d.Context(), &kms.CreateAliasInput{AliasName: &name, TargetKeyId: aws.String(string(key.ID))}))
}

func (d *deployment) tag(key keyid.ARN, name, value string) {
	d.Helper()
	d.must(d.kms.TagResource(d.Context(), &kms.TagResourceInput{KeyId: aws.String(string(key.ID)), Tags: []types.Tag{{TagKey: &name, TagValue: &value}}}))
}

// measured gives the values of a metric, in the order in which they were written.
func (d *deployment) measured(name string) (values []float64) {
	d.Helper()
	for line := range strings.SplitSeq(strings.TrimSpace(d.metrics.String()), "\n") {
		if line == "" {
			continue
		}
		var m map[string]any
		d.check(json.Unmarshal([]byte(line), &m))
		if v, ok := m[name].(float64); ok {
			values = append(values, v)
		}
	}
	return values
}

// deadline is a context that ends by the lab's clock.
type deadline struct {
	context.Context
	at  time.Time
	now func() time.Time
}

func (c deadline) Deadline() (time.Time, bool) { return c.at, true }

func (c deadline) Err() error {
	if !c.now().Before(c.at) {
		return context.DeadlineExceeded
	}
	return c.Context.Err()
}

func (d *deployment) within(t time.Duration) context.Context {
	return deadline{d.Context(), d.lab.World.Now().Add(t), d.lab.World.Now}
}

// errorTypes are those of an answer's keys.
func errorTypes(a rotate.Answer) (all []string) {
	for _, k := range a.Keys {
		if k.Error == nil {
			all = append(all, "")
			continue
		}
		all = append(all, k.Error.Type)
	}
	return all
}
