package s3

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

// post stands for the services that S3 notifies. It refuses what its map names.
type post struct {
	refuses map[string]string
	got     []string // "ARN message"
	from    world.Source
	caller  string
}

func (p *post) take(c *world.Call, arn, message string) error {
	p.from, p.caller = c.Source, c.Caller.ARN()
	if code := p.refuses[arn]; code != "" {
		return &wire.Error{Code: code, Status: 400}
	}
	p.got = append(p.got, arn+" "+message)
	return nil
}

type queues struct{ *post }

func (q queues) Deliver(c *world.Call, arn string, in *sqs.SendMessageInput) error {
	return q.take(c, arn, *in.MessageBody)
}

type topics struct{ *post }

func (q topics) Deliver(c *world.Call, arn string, in *sns.PublishInput) error {
	return q.take(c, arn, *in.Subject+": "+*in.Message)
}

type functions struct{ *post }

func (f functions) Invokable(_ *world.Call, arn string) error {
	if f.refuses[arn] != "" {
		return &wire.Error{Code: "AccessDeniedException", Status: 403}
	}
	return nil
}

func (f functions) Queue(c *world.Call, arn string, payload []byte) error {
	return f.take(c, arn, string(payload))
}

func (p *post) Emit(account keyid.Account, region keyid.Region, source, detailType string, resources []string, detail any) {
	told, _ := json.Marshal(detail)
	p.got = append(p.got, fmt.Sprint(account, region, source, detailType, resources, string(told)))
}

const (
	queueARN    = "arn:aws:sqs:us-east-1:111122223333:q"
	topicARN    = "arn:aws:sns:us-east-1:111122223333:t"
	functionARN = "arn:aws:lambda:us-east-1:111122223333:function:f"
)

func notified(t *testing.T) (*bench, *post) {
	b, p := newBench(t), &post{refuses: map[string]string{}}
	b.s3.Queues, b.s3.Topics, b.s3.Functions, b.s3.Events = queues{p}, topics{p}, functions{p}, p
	b.bucket("shop")
	return b, p
}

// toQueue is a configuration of one queue.
func toQueue(event types.Event, filter ...types.FilterRule) types.QueueConfiguration {
	q := types.QueueConfiguration{QueueArn: new(queueARN), Events: []types.Event{event}}
	if filter != nil {
		q.Filter = &types.NotificationConfigurationFilter{Key: &types.S3KeyFilter{FilterRules: filter}}
	}
	return q
}

func configure(n types.NotificationConfiguration) *awss3.PutBucketNotificationConfigurationInput {
	return &awss3.PutBucketNotificationConfigurationInput{Bucket: new("shop"), NotificationConfiguration: &n}
}

func TestNotificationsGoEverywhere(t *testing.T) {
	b, p := notified(t)
	must[awss3.PutBucketNotificationConfigurationOutput](b, root(mine), configure(types.NotificationConfiguration{
		QueueConfigurations:          []types.QueueConfiguration{toQueue("s3:ObjectCreated:*", types.FilterRule{Name: "PREFIX", Value: new("a/")})},
		TopicConfigurations:          []types.TopicConfiguration{{Id: new("mine"), TopicArn: new(topicARN), Events: []types.Event{"s3:ObjectRemoved:Delete"}}},
		LambdaFunctionConfigurations: []types.LambdaFunctionConfiguration{{LambdaFunctionArn: new(functionARN), Events: []types.Event{"s3:ObjectTagging:*"}}},
		EventBridgeConfiguration:     &types.EventBridgeConfiguration{},
	}))
	if len(p.got) != 2 || !strings.Contains(p.got[0], queueARN+` {"Service":"Amazon S3","Event":"s3:TestEvent"`) || !strings.Contains(p.got[1], topicARN) {
		t.Fatalf("the test events are %q", p.got)
	}
	if p.caller != "s3.amazonaws.com" || p.from != (world.Source{ARN: "arn:aws:s3:::shop", Account: mine}) {
		t.Errorf("they were sent by %s for %+v", p.caller, p.from)
	}
	p.got = nil
	b.happen("ObjectCreated:Put", "a/b c@d", &version{body: []byte("hello")})
	b.happen("ObjectCreated:Copy", "b", &version{null: true})
	b.happen("ObjectRemoved:Delete", "b", &version{null: true})
	b.happen("ObjectRemoved:DeleteMarkerCreated", "b", &version{marker: true})
	b.happen("ObjectTagging:Put", "b", &version{})
	if len(p.got) != 0 {
		t.Errorf("arrived at once: %q", p.got)
	}
	b.world.Advance(underway)
	var where []string
	for _, m := range p.got {
		arn, _, _ := strings.Cut(m, " ")
		where = append(where, strings.Split(arn, ":")[0]+strings.Split(arn+":::", ":")[2])
	}
	if len(p.got) != 8 {
		t.Fatalf("%d arrived, at %v: %q", len(p.got), where, p.got)
	}
	var told records
	if err := json.Unmarshal([]byte(p.got[0][len(queueARN)+1:]), &told); err != nil {
		t.Fatal(err)
	}
	r := told.Records[0]
	if r.S3.Object.Key != "a/b+c%40d" || *r.S3.Object.Size != 5 || r.EventVersion != "2.1" || r.EventName != "ObjectCreated:Put" || r.S3.Object.VersionID == "" || r.S3.Object.Sequencer == "" {
		t.Errorf("the record is %+v", r)
	}
	for _, part := range []string{`"key":"a/b c@d"`, `"reason":"PutObject"`, `"requester":"` + mine + `"`, "Object Created"} {
		if !strings.Contains(p.got[1], part) {
			t.Errorf("the event lacks %s: %s", part, p.got[1])
		}
	}
	marker := p.got[5]
	if !strings.Contains(marker, "Delete Marker Created") || !strings.Contains(marker, emptyETag) || strings.Contains(marker, `"size"`) {
		t.Errorf("the event of a delete marker is %s", marker)
	}
	if !strings.Contains(p.got[6], `"eventVersion":"2.3"`) || strings.Contains(p.got[6], "sequencer") || !strings.Contains(p.got[7], "Object Tags Added") {
		t.Errorf("tags are told so: %q", p.got[6:])
	}
}

// happen is what an operation on an object tells.
func (b *bench) happen(event, key string, v *version) {
	b.world.Locked(func() {
		c := &world.Call{World: b.world, RequestID: "r", Time: b.world.Clock.Now(), Caller: world.Caller{UserID: mine, Principal: rootPrincipal(b)}, Client: world.Client{Address: "127.0.0.1"}}
		b.s3.changed(c, b.s3.buckets["shop"], event, key, v)
	})
}

func TestNotificationsMeetMishaps(t *testing.T) {
	b, p := notified(t)
	must[awss3.PutBucketNotificationConfigurationOutput](b, root(mine), configure(types.NotificationConfiguration{
		QueueConfigurations: []types.QueueConfiguration{toQueue("s3:ObjectCreated:*")},
	}))
	p.got = nil
	b.world.DeliverBadly(world.DeliveryFault{From: "s3", To: queueARN, Mishap: world.Lost, Times: 1})
	b.world.DeliverBadly(world.DeliveryFault{From: "s3", To: queueARN, Mishap: world.Doubled, Times: 1})
	for range 3 {
		b.happen("ObjectCreated:Put", "k", &version{null: true})
	}
	b.world.Advance(time.Minute)
	if len(p.got) != 3 || p.got[0] != p.got[1] || p.got[1] == p.got[2] {
		t.Errorf("arrived: %q", p.got)
	}
	p.got, p.refuses[queueARN] = nil, "AccessDenied"
	b.happen("ObjectCreated:Put", "k", &version{null: true})
	b.world.Advance(time.Minute)
	e := b.world.Trail.Entries()
	if last := e[len(e)-1]; len(p.got) != 0 || last.Error != "AccessDenied" || last.Operation != "SendMessage" {
		t.Errorf("the trail ends with %+v", last)
	}
	must[awss3.PutBucketNotificationConfigurationOutput](b, root(mine), configure(types.NotificationConfiguration{}))
	n := len(b.world.Trail.Entries())
	b.happen("ObjectCreated:Put", "k", &version{null: true})
	b.world.Advance(time.Minute)
	if len(b.world.Trail.Entries()) != n {
		t.Error("notifications were not turned off")
	}
}

func TestRefusedNotifications(t *testing.T) {
	b, p := notified(t)
	p.refuses["arn:aws:sqs:us-east-1:111122223333:none"] = "QueueDoesNotExist"
	p.refuses["arn:aws:sqs:us-east-1:111122223333:shut"] = "AccessDenied"
	p.refuses["arn:aws:lambda:us-east-1:111122223333:function:none"] = "ResourceNotFoundException"
	queue := func(arn string) types.QueueConfiguration {
		q := toQueue("s3:ObjectCreated:*")
		q.QueueArn = &arn
		return q
	}
	prefix, suffix := func(s string) types.FilterRule { return types.FilterRule{Name: "prefix", Value: &s} }, func(s string) types.FilterRule { return types.FilterRule{Name: "suffix", Value: &s} }
	for name, x := range map[string]struct {
		queues        []types.QueueConfiguration
		code, message string
	}{
		"no ARN":         {[]types.QueueConfiguration{queue("queue")}, "InvalidArgument", "The ARN could not be parsed"},
		"another kind":   {[]types.QueueConfiguration{queue(topicARN)}, "InvalidArgument", "The ARN could not be parsed"},
		"another Region": {[]types.QueueConfiguration{queue("arn:aws:sqs:eu-west-1:111122223333:q")}, "InvalidArgument", "region is not valid for the bucket location"},
		"FIFO":           {[]types.QueueConfiguration{queue(queueARN + ".fifo")}, "InvalidArgument", "Unable to validate the following destination configurations"},
		"no such queue":  {[]types.QueueConfiguration{queue("arn:aws:sqs:us-east-1:111122223333:none")}, "InvalidArgument", "Unable to validate the following destination configurations"},
		"no permission":  {[]types.QueueConfiguration{queue("arn:aws:sqs:us-east-1:111122223333:shut")}, "InvalidArgument", "Unable to validate the following destination configurations"},
		"no event":       {[]types.QueueConfiguration{{QueueArn: new(queueARN)}}, "MalformedXML", ""},
		"unknown event":  {[]types.QueueConfiguration{toQueue("s3:ObjectEaten")}, "InvalidArgument", "A specified event is not supported"},
		"unknown filter": {[]types.QueueConfiguration{toQueue("s3:ObjectCreated:*", types.FilterRule{Name: "INVALID", Value: new("x")})}, "InvalidArgument", "filter rule name must be either prefix or suffix"},
		"no value":       {[]types.QueueConfiguration{toQueue("s3:ObjectCreated:*", types.FilterRule{Name: "prefix"})}, "MalformedXML", ""},
		"two prefixes":   {[]types.QueueConfiguration{toQueue("s3:ObjectCreated:*", prefix("a"), prefix("b"))}, "InvalidArgument", "more than one prefix"},
		"overlap":        {[]types.QueueConfiguration{toQueue("s3:ObjectCreated:*"), toQueue("s3:ObjectCreated:Put", prefix("a"))}, "InvalidArgument", "Configuration is ambiguously defined"},
		"apart":          {[]types.QueueConfiguration{toQueue("s3:ObjectCreated:*", prefix("a")), toQueue("s3:ObjectCreated:*", prefix("b"))}, "", ""},
		"ends apart":     {[]types.QueueConfiguration{toQueue("s3:ObjectCreated:*", prefix("a"), suffix(".x")), toQueue("s3:ObjectCreated:*", suffix(".y"))}, "", ""},
		"other events":   {[]types.QueueConfiguration{toQueue("s3:ObjectCreated:Put"), toQueue("s3:ObjectCreated:Copy")}, "", ""},
	} {
		in := configure(types.NotificationConfiguration{QueueConfigurations: x.queues})
		if x.code == "" {
			must[awss3.PutBucketNotificationConfigurationOutput](b, root(mine), in)
			continue
		}
		before := b.s3.buckets["shop"].notification
		b.refused(root(mine), in, x.code, x.message)
		if b.s3.buckets["shop"].notification != before {
			t.Errorf("%s: the configuration was changed", name)
		}
	}
	two := configure(types.NotificationConfiguration{
		QueueConfigurations:          []types.QueueConfiguration{queue(queueARN)},
		LambdaFunctionConfigurations: []types.LambdaFunctionConfiguration{{LambdaFunctionArn: new("arn:aws:lambda:us-east-1:111122223333:function:none"), Events: []types.Event{"s3:ObjectRemoved:*"}}},
	})
	p.got = nil
	_, err := b.send(root(mine), two)
	want := []wire.Detail{{Name: "ArgumentName1", Value: "arn:aws:lambda:us-east-1:111122223333:function:none, null"}, {Name: "ArgumentValue1", Value: "Not authorized to invoke function [arn:aws:lambda:us-east-1:111122223333:function:none]"}}
	if e := world.Answer(err); !reflect.DeepEqual(e.Details, want) || p.got != nil {
		t.Errorf("a function that is not there is told as %+v, and %q was sent", e, p.got)
	}
	two.SkipDestinationValidation = new(true)
	must[awss3.PutBucketNotificationConfigurationOutput](b, root(mine), two)
	b.s3.Queues = nil
	b.refused(root(mine), two, "NotImplemented", "queues")
}

func rootPrincipal(b *bench) keypolicy.Principal {
	p, err := keypolicy.ParsePrincipal(root(mine).principal)
	if err != nil {
		b.Fatal(err)
	}
	return p
}
