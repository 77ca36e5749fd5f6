package conformance

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// notification is the message of S3, of an event or of a test.
type notification struct {
	Event   string // of a test
	Bucket  string
	Records []struct {
		EventVersion, EventSource, EventName, AwsRegion, EventTime string
		UserIdentity                                               struct{ PrincipalId string }
		RequestParameters                                          struct{ SourceIPAddress string }
		S3                                                         struct {
			S3SchemaVersion, ConfigurationId string
			Bucket                           struct {
				Name, Arn     string
				OwnerIdentity struct{ PrincipalId string }
			}
			Object struct {
				Key, ETag, VersionId, Sequencer string
				Size                            *int
			}
		}
	}
}

// fed lets S3 send to a queue for a bucket.
func (c *caller) fed(q queue, bucket string) queue {
	c.x.Helper()
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"` + q.arn +
		`","Condition":{"ArnEquals":{"aws:SourceArn":"` + itself(bucket) + `"},"StringEquals":{"aws:SourceAccount":"` + c.account + `"}}}]}`
	succeed(c.x, c.SQS.SetQueueAttributes, &sqs.SetQueueAttributesInput{QueueUrl: &q.url, Attributes: map[string]string{"Policy": policy}})
	return q
}

// notifying tells queues of a bucket's events.
func notifying(bucket string, all ...types.QueueConfiguration) *s3.PutBucketNotificationConfigurationInput {
	return &s3.PutBucketNotificationConfigurationInput{Bucket: &bucket, NotificationConfiguration: &types.NotificationConfiguration{QueueConfigurations: all}}
}

// told tells one queue of some events, for keys with a prefix and a suffix where
// they are given.
func told(arn string, event types.Event, affixes ...string) types.QueueConfiguration {
	q := types.QueueConfiguration{QueueArn: &arn, Events: []types.Event{event}}
	for i, affix := range affixes {
		if q.Filter == nil {
			q.Filter = &types.NotificationConfigurationFilter{Key: &types.S3KeyFilter{}}
		}
		q.Filter.Key.FilterRules = append(q.Filter.Key.FilterRules, types.FilterRule{Name: types.FilterRuleName([]string{"prefix", "suffix"}[i]), Value: &affix})
	}
	return q
}

// notifications gives what a queue got of S3, and removes it.
func (c *caller) notifications(q queue, count int) []notification {
	c.x.Helper()
	if c.x.lab != nil {
		c.x.advance(time.Minute)
	}
	all := make([]notification, 0, count)
	for _, m := range c.received(q, count) {
		var n notification
		if err := json.Unmarshal([]byte(text(m.Body)), &n); err != nil {
			c.x.Fatal(err)
		}
		all = append(all, n)
		succeed(c.x, c.SQS.DeleteMessage, &sqs.DeleteMessageInput{QueueUrl: &q.url, ReceiptHandle: m.ReceiptHandle})
	}
	return all
}

// happened finds the record of an event.
func happened(x *bench, all []notification, event string) (found notification) {
	x.Helper()
	for _, n := range all {
		if len(n.Records) == 1 && n.Records[0].EventName == event {
			return n
		}
	}
	x.Fatalf("%s was not told: %+v", event, all)
	return found
}

var s3Notifications = []claim{
	{
		says:   "a queue gets a test event when it is configured, and then the events that it wants",
		source: "Simple Storage Service User Guide, Event message structure; recorded: s3 test_object_created_put",
		check: func(x *bench) {
			name := x.Own.bucket()
			q := x.Own.fed(x.Own.queue(), name)
			succeed(x, x.Own.S3.PutBucketNotificationConfiguration, notifying(name, told(q.arn, "s3:ObjectCreated:*")))
			test := x.Own.notifications(q, 1)[0]
			equal(x, "the test event", test.Event+" "+test.Bucket, "s3:TestEvent "+name)
			x.Own.store(name, "my_key_0", "something")
			succeed(x, x.Own.S3.DeleteObject, &s3.DeleteObjectInput{Bucket: &name, Key: new("my_key_0")})
			r := happened(x, x.Own.notifications(q, 1), "ObjectCreated:Put").Records[0]
			equal(x, "the version", r.EventVersion, "2.1")
			equal(x, "the source", r.EventSource+" "+r.AwsRegion, "aws:s3 "+x.region)
			equal(x, "the bucket", r.S3.Bucket.Name+" "+r.S3.Bucket.Arn, name+" "+itself(name))
			equal(x, "the object", r.S3.Object.Key+" "+r.S3.Object.ETag, "my_key_0 437b930db84b8079c2dd804a71936b5f")
			equal(x, "its size", *r.S3.Object.Size, 9)
			equal(x, "its version", r.S3.Object.VersionId, "")
			equal(x, "having all the rest", r.S3.Object.Sequencer != "" && r.S3.ConfigurationId != "" && r.UserIdentity.PrincipalId != "" && r.RequestParameters.SourceIPAddress != "" && r.S3.Bucket.OwnerIdentity.PrincipalId != "", true)
		},
	},
	{
		says:   "keys are encoded in events, and a copy is told as one",
		source: "recorded: s3 test_key_encoding, test_object_created_copy",
		check: func(x *bench) {
			name := x.Own.bucket()
			q := x.Own.fed(x.Own.queue(), name)
			succeed(x, x.Own.S3.PutBucketNotificationConfiguration, notifying(name, told(q.arn, "s3:ObjectCreated:*")))
			x.Own.store(name, "a@b", "something")
			succeed(x, x.Own.S3.CopyObject, &s3.CopyObjectInput{Bucket: &name, Key: new("c/d e"), CopySource: new(name + "/a%40b")})
			cleanup(x, x.Own.S3.DeleteObject, &s3.DeleteObjectInput{Bucket: &name, Key: new("c/d e")})
			all := x.Own.notifications(q, 3)
			equal(x, "the key that was put", happened(x, all, "ObjectCreated:Put").Records[0].S3.Object.Key, "a%40b")
			equal(x, "the key that was copied to", happened(x, all, "ObjectCreated:Copy").Records[0].S3.Object.Key, "c/d+e")
		},
	},
	{
		says:   "a delete marker has the ETag of nothing, a version that is gone has none; both have their ids",
		source: "recorded: s3 test_object_created_put_versioned",
		check: func(x *bench) {
			name := x.Own.bucket()
			q := x.Own.fed(x.Own.queue(), name)
			succeed(x, x.Own.S3.PutBucketVersioning, versioned(name, types.BucketVersioningStatusEnabled))
			put := succeed(x, x.Own.S3.PutObject, &s3.PutObjectInput{Bucket: &name, Key: new("k"), Body: strings.NewReader("data")})
			succeed(x, x.Own.S3.PutBucketNotificationConfiguration, notifying(name, told(q.arn, "s3:ObjectRemoved:*")))
			marker := succeed(x, x.Own.S3.DeleteObject, &s3.DeleteObjectInput{Bucket: &name, Key: new("k")})
			succeed(x, x.Own.S3.DeleteObject, &s3.DeleteObjectInput{Bucket: &name, Key: new("k"), VersionId: put.VersionId})
			succeed(x, x.Own.S3.DeleteObject, &s3.DeleteObjectInput{Bucket: &name, Key: new("k"), VersionId: marker.VersionId})
			all := x.Own.notifications(q, 4)
			made := happened(x, all, "ObjectRemoved:DeleteMarkerCreated").Records[0].S3.Object
			equal(x, "the marker", made.ETag+" "+made.VersionId, "d41d8cd98f00b204e9800998ecf8427e "+text(marker.VersionId))
			gone := happened(x, all, "ObjectRemoved:Delete").Records[0].S3.Object
			equal(x, "the ETag of what is gone", gone.ETag, "")
			equal(x, "having a size", gone.Size != nil || made.Size != nil, false)
		},
	},
	{
		says:   "tags that change are told in version 2.3, without order or size",
		source: "recorded: s3 test_object_tagging_put_event, test_object_tagging_delete_event",
		check: func(x *bench) {
			name := x.Own.bucket()
			q := x.Own.fed(x.Own.queue(), name)
			x.Own.store(name, "k", "data")
			succeed(x, x.Own.S3.PutBucketNotificationConfiguration, notifying(name, told(q.arn, "s3:ObjectTagging:*")))
			succeed(x, x.Own.S3.PutObjectTagging, &s3.PutObjectTaggingInput{Bucket: &name, Key: new("k"), Tagging: &types.Tagging{TagSet: []types.Tag{{Key: new("a"), Value: new("b")}}}})
			succeed(x, x.Own.S3.DeleteObjectTagging, &s3.DeleteObjectTaggingInput{Bucket: &name, Key: new("k")})
			all := x.Own.notifications(q, 3)
			for _, event := range []string{"ObjectTagging:Put", "ObjectTagging:Delete"} {
				r := happened(x, all, event).Records[0]
				equal(x, "the version of "+event, r.EventVersion, "2.3")
				equal(x, "its order and size", r.S3.Object.Sequencer != "" || r.S3.Object.Size != nil, false)
				equal(x, "its ETag", r.S3.Object.ETag, "8d777f385d3dfec8815d20f7496026dc")
			}
		},
	},
	{
		says:   "rules of filters are named Prefix and Suffix, whatever they were called, and keep the rest out",
		source: "recorded: s3 test_filter_rules_case_insensitive, test_notifications_with_filter",
		check: func(x *bench) {
			name := x.Own.bucket()
			q := x.Own.fed(x.Own.queue(), name)
			succeed(x, x.Own.S3.PutBucketNotificationConfiguration, notifying(name, told(q.arn, "s3:ObjectCreated:*", "notif-", ".txt")))
			got := succeed(x, x.Own.S3.GetBucketNotificationConfiguration, &s3.GetBucketNotificationConfigurationInput{Bucket: &name}).QueueConfigurations
			rules := got[0].Filter.Key.FilterRules
			equal(x, "the rules", string(rules[0].Name)+" "+string(rules[1].Name), "Prefix Suffix")
			equal(x, "having an id", text(got[0].Id) != "", true)
			x.Own.store(name, "notif-a.txt", "1")
			x.Own.store(name, "notif-a.csv", "2")
			x.Own.store(name, "a.txt", "3")
			equal(x, "the key told", happened(x, x.Own.notifications(q, 2), "ObjectCreated:Put").Records[0].S3.Object.Key, "notif-a.txt")
			succeed(x, x.Own.S3.PutBucketNotificationConfiguration, notifying(name))
			if left := succeed(x, x.Own.S3.GetBucketNotificationConfiguration, &s3.GetBucketNotificationConfigurationInput{Bucket: &name}); left.QueueConfigurations != nil {
				x.Errorf("there is left %+v", left.QueueConfigurations)
			}
		},
	},
	{
		says:   "a destination has an ARN, exists, and lets S3 in",
		source: "recorded: s3 test_invalid_sqs_arn, test_multiple_invalid_sqs_arns, test_invalid_topic_arn, test_invalid_lambda_arn",
		check: func(x *bench) {
			name, q := x.Own.bucket(), x.Own.queue()
			put := func(arn string) failure {
				return refused(x, x.Own.S3.PutBucketNotificationConfiguration, notifying(name, told(arn, "s3:ObjectCreated:*")), "InvalidArgument")
			}
			put("invalid-queue").saying("The ARN could not be parsed")
			const unable = "Unable to validate the following destination configurations"
			put("arn:aws:sqs:" + x.region + ":" + x.Own.account + ":my-queue").saying(unable)
			put(q.arn).saying(unable)
			skipped := notifying(name, told("arn:aws:sqs:"+x.region+":"+x.Own.account+":my-queue", "s3:ObjectCreated:*"))
			skipped.SkipDestinationValidation = new(true)
			succeed(x, x.Own.S3.PutBucketNotificationConfiguration, skipped)
			x.Own.fed(q, name+"-other")
			put(q.arn).saying(unable)
			x.Own.fed(q, name)
			succeed(x, x.Own.S3.PutBucketNotificationConfiguration, notifying(name, told(q.arn, "s3:ObjectCreated:*")))
		},
	},
	{
		says:   "an event goes to one place: rules for it must not overlap",
		source: "Simple Storage Service User Guide, Configuring event notifications using object key name filtering; reported: the message, in github.com/aws/aws-cli issue 2387; recorded: s3 test_bucket_notification_with_invalid_filter_rules",
		check: func(x *bench) {
			name := x.Own.bucket()
			q := x.Own.fed(x.Own.queue(), name)
			put := x.Own.S3.PutBucketNotificationConfiguration
			refused(x, put, notifying(name, told(q.arn, "s3:ObjectCreated:Put", "images-api/"), told(q.arn, "s3:ObjectCreated:*")), "InvalidArgument").
				saying("Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type.")
			succeed(x, put, notifying(name, told(q.arn, "s3:ObjectCreated:*", "images/"), told(q.arn, "s3:ObjectCreated:*", "logs/")))
			wrong := notifying(name, told(q.arn, "s3:ObjectCreated:*", "a"))
			wrong.NotificationConfiguration.QueueConfigurations[0].Filter.Key.FilterRules[0].Name = "INVALID"
			refused(x, put, wrong, "InvalidArgument").saying("filter rule name must be either prefix or suffix")
		},
	},
	{
		says:   "a queue under a KMS key takes notifications once the key is for S3 too",
		source: "Simple Storage Service User Guide, Granting permissions to publish event notification messages to a destination",
		check: func(x *bench) {
			name, k := x.Own.bucket(), x.Own.key("")
			q := x.Own.fed(x.Own.queue("KmsMasterKeyId", k.id), name)
			put := notifying(name, told(q.arn, "s3:ObjectCreated:*"))
			refused(x, x.Own.S3.PutBucketNotificationConfiguration, put, "InvalidArgument").saying("Unable to validate the following destination configurations")
			service := statement(`{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*"}`)
			succeed(x, x.Own.KMS.PutKeyPolicy, &kms.PutKeyPolicyInput{KeyId: &k.id, Policy: new(document(x.Own.delegate(), service))})
			succeed(x, x.Own.S3.PutBucketNotificationConfiguration, put)
			x.Own.store(name, "k", "data")
			happened(x, x.Own.notifications(q, 2), "ObjectCreated:Put")
		},
	},
	{
		says:   "a function that S3 may not invoke is no destination",
		source: "recorded: s3 test_invalid_lambda_arn",
		check: func(x *bench) {
			name := x.Own.bucket()
			in := &s3.PutBucketNotificationConfigurationInput{Bucket: &name, NotificationConfiguration: &types.NotificationConfiguration{
				LambdaFunctionConfigurations: []types.LambdaFunctionConfiguration{{
					LambdaFunctionArn: new("arn:aws:lambda:" + x.region + ":" + x.Own.account + ":function:my-lambda"), Events: []types.Event{"s3:ObjectCreated:*"},
				}},
			}}
			refused(x, x.Own.S3.PutBucketNotificationConfiguration, in, "InvalidArgument").saying("Unable to validate the following destination configurations")
		},
	},
	{
		says:   "EventBridge is told of what is made, deleted and tagged, by keys as they are, once the bucket says so",
		source: "Simple Storage Service User Guide, EventBridge event message structure; recorded: s3 test_object_created_put",
		check: func(x *bench) {
			name, q := x.Own.bucket(), x.Own.queue()
			x.Own.ruled(q, `{"source":["aws.s3"],"detail":{"bucket":{"name":["`+name+`"]}}}`)
			x.Own.store(name, "before", "silent")
			succeed(x, x.Own.S3.PutBucketNotificationConfiguration, &s3.PutBucketNotificationConfigurationInput{
				Bucket: &name, NotificationConfiguration: &types.NotificationConfiguration{EventBridgeConfiguration: &types.EventBridgeConfiguration{}},
			})
			x.pass(10 * time.Minute) // as long as it may take
			x.Own.store(name, "a b", "data")
			succeed(x, x.Own.S3.PutObjectTagging, &s3.PutObjectTaggingInput{Bucket: &name, Key: new("a b"), Tagging: &types.Tagging{TagSet: []types.Tag{{Key: new("a"), Value: new("b")}}}})
			succeed(x, x.Own.S3.DeleteObject, &s3.DeleteObjectInput{Bucket: &name, Key: new("a b")})
			x.pass(time.Minute)
			all := map[string]bridged{}
			for _, m := range x.Own.received(q, 3) {
				var e bridged
				if err := json.Unmarshal([]byte(text(m.Body)), &e); err != nil {
					x.Fatal(err)
				}
				all[e.Type] = e
				equal(x, "its source, account and Region", e.Source+" "+e.Account+" "+e.Region, "aws.s3 "+x.Own.account+" "+x.region)
				equal(x, "its resource", strings.Join(e.Resources, " "), itself(name))
				equal(x, "its bucket, key and requester", e.Detail.Bucket.Name+" "+e.Detail.Object.Key+" "+e.Detail.Requester, name+" a b "+x.Own.account)
			}
			made, tagged, gone := all["Object Created"].Detail, all["Object Tags Added"].Detail, all["Object Deleted"].Detail
			equal(x, "what was made", made.Reason+" "+made.Object.ETag, "PutObject 8d777f385d3dfec8815d20f7496026dc")
			equal(x, "its size", *made.Object.Size, 4)
			equal(x, "what was tagged", tagged.Object.ETag+tagged.Object.Sequencer, "8d777f385d3dfec8815d20f7496026dc")
			equal(x, "what is gone", gone.Reason+", "+gone.Deletion+gone.Object.ETag, "DeleteObject, Permanently Deleted")
			equal(x, "their order", gone.Object.Sequencer > made.Object.Sequencer, true)
		},
	},
	{
		says:   "a topic passes the test event and the records on, under a subject of S3",
		source: "recorded: s3 test_object_created_put; Simple Storage Service User Guide, Event message structure",
		check: func(x *bench) {
			name, q := x.Own.bucket(), x.Own.queue()
			arn := text(succeed(x, x.Own.SNS.CreateTopic, &sns.CreateTopicInput{Name: new(x.name("topic"))}).TopicArn)
			cleanup(x, x.Own.SNS.DeleteTopic, &sns.DeleteTopicInput{TopicArn: &arn})
			from := func(service, action, to, source string) string {
				return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"` + service + `.amazonaws.com"},"Action":"` + action + `","Resource":"` + to +
					`","Condition":{"ArnEquals":{"aws:SourceArn":"` + source + `"}}}]}`
			}
			succeed(x, x.Own.SQS.SetQueueAttributes, &sqs.SetQueueAttributesInput{QueueUrl: &q.url, Attributes: map[string]string{"Policy": from("sns", "sqs:SendMessage", q.arn, arn)}})
			succeed(x, x.Own.SNS.Subscribe, &sns.SubscribeInput{TopicArn: &arn, Protocol: new("sqs"), Endpoint: &q.arn})
			in := &s3.PutBucketNotificationConfigurationInput{Bucket: &name, NotificationConfiguration: &types.NotificationConfiguration{
				TopicConfigurations: []types.TopicConfiguration{{TopicArn: &arn, Events: []types.Event{"s3:ObjectCreated:*"}}},
			}}
			refused(x, x.Own.S3.PutBucketNotificationConfiguration, in, "InvalidArgument").saying("Unable to validate the following destination configurations")
			succeed(x, x.Own.SNS.SetTopicAttributes, &sns.SetTopicAttributesInput{TopicArn: &arn, AttributeName: new("Policy"), AttributeValue: new(from("s3", "SNS:Publish", arn, itself(name)))})
			succeed(x, x.Own.S3.PutBucketNotificationConfiguration, in)
			x.Own.store(name, "k", "data")
			x.pass(time.Minute)
			var all []notification
			for _, m := range x.Own.received(q, 2) {
				var passed struct{ Subject, Message string }
				var n notification
				if err := errors.Join(json.Unmarshal([]byte(text(m.Body)), &passed), json.Unmarshal([]byte(passed.Message), &n)); err != nil {
					x.Fatal(err)
				}
				equal(x, "the subject", passed.Subject, "Amazon S3 Notification")
				all = append(all, n)
			}
			equal(x, "the key", happened(x, all, "ObjectCreated:Put").Records[0].S3.Object.Key, "k")
		},
	},
	{
		says:   "a function is invoked with the record, once it lets S3 in",
		source: "Simple Storage Service API Reference, PutBucketNotificationConfiguration; recorded: s3 test_create_object_put_via_dynamodb",
		check: func(x *bench) {
			name, q := x.Own.bucket(), x.Own.queue()
			function, arn := x.Own.function(may("sqs:SendMessage", q.arn).document(), nil)
			succeed(x, x.Own.Lambda.PutFunctionEventInvokeConfig, &lambda.PutFunctionEventInvokeConfigInput{
				FunctionName: &function, DestinationConfig: &lambdatypes.DestinationConfig{OnSuccess: &lambdatypes.OnSuccess{Destination: &q.arn}},
			})
			in := &s3.PutBucketNotificationConfigurationInput{Bucket: &name, NotificationConfiguration: &types.NotificationConfiguration{
				LambdaFunctionConfigurations: []types.LambdaFunctionConfiguration{{LambdaFunctionArn: &arn, Events: []types.Event{"s3:ObjectCreated:*"}}},
			}}
			refused(x, x.Own.S3.PutBucketNotificationConfiguration, in, "InvalidArgument").saying("Unable to validate the following destination configurations")
			succeed(x, x.Own.Lambda.AddPermission, &lambda.AddPermissionInput{
				FunctionName: &function, StatementId: new("s3"), Action: new("lambda:InvokeFunction"), Principal: new("s3.amazonaws.com"),
				SourceArn: new(itself(name)), SourceAccount: &x.Own.account,
			})
			succeed(x, x.Own.S3.PutBucketNotificationConfiguration, in)
			x.Own.store(name, "k", "data")
			x.pass(time.Minute)
			var handled struct{ RequestPayload notification }
			if err := json.Unmarshal([]byte(text(x.Own.received(q, 1)[0].Body)), &handled); err != nil {
				x.Fatal(err)
			}
			equal(x, "the key", happened(x, []notification{handled.RequestPayload}, "ObjectCreated:Put").Records[0].S3.Object.Key, "k")
		},
	},
}

// bridged is an event of S3 from EventBridge.
type bridged struct {
	Type                    string `json:"detail-type"`
	Source, Account, Region string
	Resources               []string
	Detail                  struct {
		Requester, Reason string
		Deletion          string `json:"deletion-type"`
		Bucket            struct{ Name string }
		Object            struct {
			Key, ETag, Sequencer string
			Size                 *int
		}
	}
}

// ruled sends the events that fit a pattern to a queue.
func (c *caller) ruled(q queue, pattern string) {
	c.x.Helper()
	rule := c.x.name("rule")
	made := succeed(c.x, c.Events.PutRule, &eventbridge.PutRuleInput{Name: &rule, EventPattern: &pattern})
	cleanup(c.x, c.Events.DeleteRule, &eventbridge.DeleteRuleInput{Name: &rule})
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"` + q.arn +
		`","Condition":{"ArnEquals":{"aws:SourceArn":"` + text(made.RuleArn) + `"}}}]}`
	succeed(c.x, c.SQS.SetQueueAttributes, &sqs.SetQueueAttributesInput{QueueUrl: &q.url, Attributes: map[string]string{"Policy": policy}})
	succeed(c.x, c.Events.PutTargets, &eventbridge.PutTargetsInput{Rule: &rule, Targets: []eventtypes.Target{{Id: new("queue"), Arn: &q.arn}}})
	cleanup(c.x, c.Events.RemoveTargets, &eventbridge.RemoveTargetsInput{Rule: &rule, Ids: []string{"queue"}})
}
