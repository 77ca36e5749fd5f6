package lab_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"rekey/lab"
	"rekey/lab/world"
)

// post is a queue that gets all events of KMS and of Secrets Manager.
type post struct {
	*testing.T
	lab *lab.Lab
	sqs *sqs.Client
	url *string
}

func newPost(t *testing.T) post {
	l := lab.ForTest(t, lab.Options{})
	c := l.Config(region, lab.Root(account))
	p := post{t, l, sqs.NewFromConfig(c), nil}
	arn, rule := "arn:aws:sqs:"+region+":"+account+":post", "arn:aws:events:"+region+":"+account+":rule/post"
	policy := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"` + arn +
		`","Condition":{"ArnEquals":{"aws:SourceArn":"` + rule + `"}}}}`
	p.url = ok(t, p.sqs.CreateQueue, &sqs.CreateQueueInput{QueueName: new("post"), Attributes: map[string]string{"Policy": policy}}).QueueUrl
	events := eventbridge.NewFromConfig(c)
	ok(t, events.PutRule, &eventbridge.PutRuleInput{Name: new("post"), EventPattern: new(`{"source":["aws.kms","aws.secretsmanager"]}`)})
	ok(t, events.PutTargets, &eventbridge.PutTargetsInput{Rule: new("post"), Targets: []ebtypes.Target{{Id: new("q"), Arn: &arn}}})
	return p
}

// happen makes a secret and a key, which is rotated and scheduled for deletion: KMS
// tells of the rotation itself, and CloudTrail of all four calls and the rotation.
func (p post) happen() {
	k := ok(p.T, client(p.lab).CreateKey, &kms.CreateKeyInput{}).KeyMetadata.KeyId
	ok(p.T, client(p.lab).RotateKeyOnDemand, &kms.RotateKeyOnDemandInput{KeyId: k})
	sm := secretsmanager.NewFromConfig(p.lab.Config(region, lab.Root(account)))
	ok(p.T, sm.CreateSecret, &secretsmanager.CreateSecretInput{Name: new("s"), SecretString: new("v")})
	p.lab.World.Advance(10 * time.Second)
	ok(p.T, client(p.lab).ScheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: k})
	p.lab.World.Advance(time.Hour)
}

// got is what came, in a word each: for events of CloudTrail the name of what
// happened.
func (p post) got() string {
	var words []string
	for {
		out := ok(p.T, p.sqs.ReceiveMessage, &sqs.ReceiveMessageInput{QueueUrl: p.url, MaxNumberOfMessages: 10})
		if len(out.Messages) == 0 {
			return strings.Join(words, " ")
		}
		for _, m := range out.Messages {
			var e struct {
				Kind   string `json:"detail-type"`
				Detail struct {
					EventName string `json:"eventName"`
				}
			}
			if err := json.Unmarshal([]byte(*m.Body), &e); err != nil {
				p.Fatal(err)
			}
			if e.Detail.EventName == "" {
				e.Detail.EventName = strings.ReplaceAll(e.Kind, " ", "-")
			}
			words = append(words, e.Detail.EventName)
		}
	}
}

// Events of KMS itself and those of its calls go astray separately, from those of
// other services, and on both their ways: to the bus, and to a rule's target.
func TestMishapsOfKMSEvents(t *testing.T) {
	target := "arn:aws:sqs:" + region + ":" + account + ":post"
	for name, c := range map[string]struct {
		order world.DeliveryFault
		want  string
	}{
		"none": {world.DeliveryFault{About: "aws.s3", Mishap: world.Lost},
			"KMS-CMK-Rotation CreateKey RotateKeyOnDemand CreateSecret RotateKey ScheduleKeyDeletion"},
		"KMS's own, lost": {world.DeliveryFault{From: "kms", Mishap: world.Lost},
			"CreateKey RotateKeyOnDemand CreateSecret RotateKey ScheduleKeyDeletion"},
		"KMS's own, doubled": {world.DeliveryFault{From: "kms", Mishap: world.Doubled},
			"KMS-CMK-Rotation KMS-CMK-Rotation CreateKey RotateKeyOnDemand CreateSecret RotateKey ScheduleKeyDeletion"},
		"KMS's own, delayed": {world.DeliveryFault{From: "kms", Mishap: world.Delayed, Delay: 30 * time.Minute},
			"CreateKey RotateKeyOnDemand CreateSecret RotateKey ScheduleKeyDeletion KMS-CMK-Rotation"},
		"those of calls of KMS, lost": {world.DeliveryFault{From: "cloudtrail", About: "aws.kms", Mishap: world.Lost},
			"KMS-CMK-Rotation CreateSecret"},
		"the first of a call of KMS, overtaken": {world.DeliveryFault{From: "cloudtrail", About: "aws.kms", Mishap: world.Overtaken, Times: 1},
			"KMS-CMK-Rotation RotateKeyOnDemand CreateKey CreateSecret RotateKey ScheduleKeyDeletion"},
		"those of calls, of whatever service, lost": {world.DeliveryFault{From: "cloudtrail", Mishap: world.Lost},
			"KMS-CMK-Rotation"},
		"all about KMS, on the way to the target, doubled": {world.DeliveryFault{From: "events", To: target, About: "aws.kms", Mishap: world.Doubled},
			"KMS-CMK-Rotation KMS-CMK-Rotation CreateKey CreateKey RotateKeyOnDemand RotateKeyOnDemand CreateSecret RotateKey RotateKey ScheduleKeyDeletion ScheduleKeyDeletion"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPost(t)
			p.lab.World.DeliverBadly(c.order)
			p.happen()
			want(t, "what came", p.got(), c.want)
		})
	}
}

// A sweep that reads faster than KMS lets it is throttled, whichever way it reads.
func TestReadsAreThrottled(t *testing.T) {
	l := lab.ForTest(t, lab.Options{Quotas: true})
	c := client(l)
	k := ok(t, c.CreateKey, &kms.CreateKeyInput{}).KeyMetadata.KeyId
	for operation, call := range map[string]func() string{
		"ListKeys":             func() string { return code(t, c.ListKeys, &kms.ListKeysInput{}) },
		"ListAliases":          func() string { return code(t, c.ListAliases, &kms.ListAliasesInput{}) },
		"DescribeKey":          func() string { return code(t, c.DescribeKey, &kms.DescribeKeyInput{KeyId: k}) },
		"ListResourceTags":     func() string { return code(t, c.ListResourceTags, &kms.ListResourceTagsInput{KeyId: k}) },
		"GetKeyRotationStatus": func() string { return code(t, c.GetKeyRotationStatus, &kms.GetKeyRotationStatusInput{KeyId: k}) },
		"ListKeyRotations":     func() string { return code(t, c.ListKeyRotations, &kms.ListKeyRotationsInput{KeyId: k}) },
		"GetKeyPolicy":         func() string { return code(t, c.GetKeyPolicy, &kms.GetKeyPolicyInput{KeyId: k}) },
		"ListGrants":           func() string { return code(t, c.ListGrants, &kms.ListGrantsInput{KeyId: k}) },
	} {
		l.World.SetQuota(account, region, "kms", operation, 2)
		for i, answer := range []string{"", "", "ThrottlingException"} {
			want(t, operation+", answer "+string(rune('1'+i)), call(), answer)
		}
		l.World.Advance(time.Second)
		want(t, operation+" a second later", call(), "")
	}
}
