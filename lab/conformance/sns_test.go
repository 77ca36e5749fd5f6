package conformance

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"rekey/lab/world"
)

// topic makes a topic with attributes of key and value pairs.
func (c *caller) topic(pairs ...string) (arn string) {
	c.x.Helper()
	name, attributes := c.x.name("topic"), contextOf(pairs...)
	if attributes["FifoTopic"] == "true" {
		name += ".fifo"
	}
	arn = text(succeed(c.x, c.SNS.CreateTopic, &sns.CreateTopicInput{Name: &name, Attributes: attributes}).TopicArn)
	cleanup(c.x, c.SNS.DeleteTopic, &sns.DeleteTopicInput{TopicArn: &arn})
	return arn
}

// admitSNS lets SNS send from a topic to a queue.
func (c *caller) admitSNS(q queue, topic string) {
	c.x.Helper()
	policy := document(statement(`{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"` + q.arn +
		`","Condition":{"ArnEquals":{"aws:SourceArn":"` + topic + `"}}}`))
	succeed(c.x, c.SQS.SetQueueAttributes, q.set("Policy", policy))
}

// subscribed makes a queue that a topic sends to, and subscribes it.
func (c *caller) subscribed(topic string, pairs ...string) (queue, string) {
	c.x.Helper()
	q := c.queue()
	c.admitSNS(q, topic)
	return q, c.subscription(topic, q, pairs...)
}

func (c *caller) subscription(topic string, q queue, pairs ...string) string {
	c.x.Helper()
	out := succeed(c.x, c.SNS.Subscribe, subscribe(topic, "sqs", q.arn, pairs...))
	cleanup(c.x, c.SNS.Unsubscribe, &sns.UnsubscribeInput{SubscriptionArn: out.SubscriptionArn})
	return text(out.SubscriptionArn)
}

func subscribe(topic, protocol, endpoint string, pairs ...string) *sns.SubscribeInput {
	return &sns.SubscribeInput{TopicArn: &topic, Protocol: &protocol, Endpoint: &endpoint, Attributes: contextOf(pairs...), ReturnSubscriptionArn: true}
}

func publish(topic, message string) *sns.PublishInput {
	return &sns.PublishInput{TopicArn: &topic, Message: &message}
}

// delivered gives what a queue has, once SNS had the time to deliver.
func (c *caller) delivered(q queue, count int) []sqstypes.Message {
	c.x.Helper()
	if c.x.lab != nil {
		c.x.advance(time.Second)
	}
	return c.received(q, count)
}

// envelope is what a queue is sent.
type envelope struct {
	Type, MessageID, TopicArn, Subject, Message, Timestamp, SignatureVersion, Signature, SigningCertURL, UnsubscribeURL, SequenceNumber, Token string
	MessageAttributes                                                                                                                          map[string]struct{ Type, Value string }
}

func notified(x *bench, m sqstypes.Message) (n envelope) {
	x.Helper()
	if err := json.Unmarshal([]byte(text(m.Body)), &n); err != nil {
		x.Fatalf("the body is %s: %v", text(m.Body), err)
	}
	return n
}

func attribute(dataType, value string) types.MessageAttributeValue {
	return types.MessageAttributeValue{DataType: &dataType, StringValue: &value}
}

var snsTopics = []claim{
	{
		says:   "a topic is made again by the attributes and tags that it has, and not by others",
		source: "recorded: sns test_create_topic_different_attrs, test_create_duplicate_topic_with_more_tags",
		check: func(x *bench) {
			arn := x.Own.topic("DisplayName", "Value1")
			name := arn[strings.LastIndex(arn, ":")+1:]
			again := func(pairs ...string) *sns.CreateTopicInput {
				return &sns.CreateTopicInput{Name: &name, Attributes: contextOf(pairs...)}
			}
			equal(x, "the ARN", text(succeed(x, x.Own.SNS.CreateTopic, again()).TopicArn), arn)
			succeed(x, x.Own.SNS.CreateTopic, again("DisplayName", "Value1"))
			refused(x, x.Own.SNS.CreateTopic, again("DisplayName", "Value2"), "InvalidParameter").saying(
				"Invalid parameter: Attributes Reason: Topic already exists with different attributes")
			tagged := again()
			tagged.Tags = []types.Tag{{Key: new("k"), Value: new("v")}}
			refused(x, x.Own.SNS.CreateTopic, tagged, "InvalidParameter").saying("Invalid parameter: Tags Reason: Topic already exists with different tags")
		},
	},
	{
		says:   "a topic that is not there, an ARN that is none and one of another Region are told apart, and deleting succeeds",
		source: "recorded: sns test_create_topic_with_attributes, test_cross_region_access, test_delete_topic_idempotency",
		check: func(x *bench) {
			arn := x.Own.topic()
			get := func(arn string) *sns.GetTopicAttributesInput { return &sns.GetTopicAttributesInput{TopicArn: &arn} }
			refused(x, x.Own.SNS.GetTopicAttributes, get(arn+"-none"), "NotFound").saying("Topic does not exist")
			refused(x, x.Own.SNS.GetTopicAttributes, get("randomstring"), "InvalidParameter").saying(
				"Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1")
			refused(x, x.Own.in(x.away).SNS.GetTopicAttributes, get(arn), "InvalidParameter").saying("Invalid parameter: TopicArn")
			succeed(x, x.Own.SNS.DeleteTopic, &sns.DeleteTopicInput{TopicArn: &arn})
			succeed(x, x.Own.SNS.DeleteTopic, &sns.DeleteTopicInput{TopicArn: &arn})
		},
	},
	{
		says:   "AddPermission adds a statement to the default policy",
		source: "recorded: sns test_topic_add_permission, test_add_permission_errors",
		check: func(x *bench) {
			arn := x.Own.topic()
			add := &sns.AddPermissionInput{TopicArn: &arn, Label: new("test"), AWSAccountId: []string{x.Own.account}, ActionName: []string{"Publish"}}
			succeed(x, x.Own.SNS.AddPermission, add)
			refused(x, x.Own.SNS.AddPermission, add, "InvalidParameter").saying("Invalid parameter: Statement already exists")
			want := `{"Sid":"test","Effect":"Allow","Principal":{"AWS":"` + x.Own.root() + `"},"Action":"SNS:Publish","Resource":"` + arn + `"}]}`
			policy := ""
			x.until(func() bool {
				policy = succeed(x, x.Own.SNS.GetTopicAttributes, &sns.GetTopicAttributesInput{TopicArn: &arn}).Attributes["Policy"]
				return strings.HasSuffix(policy, want)
			})
			if !strings.HasSuffix(policy, want) || !strings.Contains(policy, `"StringEquals":{"AWS:SourceOwner":"`+x.Own.account+`"}`) {
				x.Errorf("the policy is %s", policy)
			}
			add.Label, add.ActionName = new("test-2"), []string{"InvalidAction"}
			refused(x, x.Own.SNS.AddPermission, add, "InvalidParameter").saying("Invalid parameter: Policy statement action out of service scope!")
		},
	},
	{
		says:   "the default policy lets nobody publish: in the account its own policies decide, another account is refused",
		source: "reported: a role without a permission of its own, in aws-ia/terraform-aws-control_tower_account_factory#151; SNS Developer Guide, aws:SourceAccount versus aws:SourceOwner",
		needs:  otherAccount,
		check: func(x *bench) {
			arn := x.Own.topic()
			nobody := x.Own.session(document(may("sns:ListTopics", "*")))
			refused(x, nobody.SNS.Publish, publish(arn, "hello"), "AuthorizationError").saying("User: " + nobody.arn +
				" is not authorized to perform: SNS:Publish on resource: " + arn + " because no identity-based policy allows the SNS:Publish action")
			succeed(x, x.Own.session(document(may("sns:Publish", arn))).SNS.Publish, publish(arn, "hello"))
			refused(x, x.Other.SNS.Publish, publish(arn, "hello"), "AuthorizationError")
			succeed(x, x.Own.SNS.AddPermission, &sns.AddPermissionInput{TopicArn: &arn, Label: new("other"), AWSAccountId: []string{x.Other.account}, ActionName: []string{"Publish"}})
			succeed(x, x.Other.SNS.Publish, publish(arn, "hello"))
		},
	},
	{
		says:   "to publish to a topic under a KMS key takes kms:GenerateDataKey and kms:Decrypt, with the topic's ARN as encryption context",
		source: "SNS Developer Guide, Managing Amazon SNS encryption keys and costs; GameLift FlexMatch Developer Guide, Set up an SNS topic with server-side encryption: the encryption context; reported: the code and the message, in aws-samples/aws-secure-environment-accelerator#971",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.key("")
			arn := x.Own.topic("KmsMasterKeyId", k.arn)
			refused(x, x.Own.session(document(may("sns:Publish", arn), may("kms:GenerateDataKey", k.arn))).SNS.Publish, publish(arn, "hello"), "KMSAccessDenied")
			context := `"Condition":{"StringEquals":{"kms:EncryptionContext:aws:sns:topicArn":"` + arn + `","kms:ViaService":"sns.` + x.region + `.amazonaws.com"}}`
			succeed(x, x.Own.session(document(may("sns:Publish", arn), may("kms:GenerateDataKey kms:Decrypt", k.arn, context))).SNS.Publish, publish(arn, "hello"))
			succeed(x, x.Own.KMS.DisableKey, &kms.DisableKeyInput{KeyId: &k.id})
			x.advance(5 * time.Minute)
			refused(x, x.Own.SNS.Publish, publish(arn, "hello"), "KMSDisabled")
		},
	},
}

var snsMessages = []claim{
	{
		says:   "a queue is sent a message in an envelope, with its attributes",
		source: "recorded: sns test_subscribe_sqs_queue, test_publish_message_before_subscribe_topic",
		check: func(x *bench) {
			arn := x.Own.topic()
			q, sub := x.Own.subscribed(arn)
			in := publish(arn, "This is a test message")
			in.Subject, in.MessageAttributes = new("subject"), map[string]types.MessageAttributeValue{"attr1": attribute("Number", "99.12")}
			sent := succeed(x, x.Own.SNS.Publish, in)
			n := notified(x, x.Own.delivered(q, 1)[0])
			equal(x, "Type", n.Type, "Notification")
			equal(x, "MessageId", n.MessageID, text(sent.MessageId))
			equal(x, "TopicArn", n.TopicArn, arn)
			equal(x, "Subject", n.Subject, "subject")
			equal(x, "Message", n.Message, "This is a test message")
			equal(x, "SignatureVersion", n.SignatureVersion, "1")
			equal(x, "that there is a signature", n.Signature != "" && strings.HasPrefix(n.SigningCertURL, "https://sns."+x.region+".amazonaws.com/SimpleNotificationService-"), true)
			equal(x, "where to unsubscribe", strings.HasSuffix(n.UnsubscribeURL, "/?Action=Unsubscribe&SubscriptionArn="+sub), true)
			equal(x, "the attribute", n.MessageAttributes["attr1"].Type+" "+n.MessageAttributes["attr1"].Value, "Number 99.12")
		},
	},
	{
		says:   "raw delivery sends the message and its attributes alone",
		source: "recorded: sns test_publish_sqs_from_sns",
		check: func(x *bench) {
			arn := x.Own.topic()
			q, _ := x.Own.subscribed(arn, "RawMessageDelivery", "true")
			in := publish(arn, "Test msg")
			in.MessageAttributes = map[string]types.MessageAttributeValue{"attr1": attribute("Number", "99.12")}
			succeed(x, x.Own.SNS.Publish, in)
			m := x.Own.delivered(q, 1)[0]
			equal(x, "the body", text(m.Body), "Test msg")
			equal(x, "the digest of the attributes", text(m.MD5OfMessageAttributes), "d302007e9aa062660afc85fd0a482472")
		},
	},
	{
		says:   "without the queue's leave nothing arrives, and what SNS could not send is a dead letter",
		source: "SNS Developer Guide, Amazon SNS dead-letter queues: client-side errors; recorded: sns test_redrive_policy_sqs_queue_subscription",
		check: func(x *bench) {
			arn := x.Own.topic()
			q, dead := x.Own.queue(), x.Own.queue()
			x.Own.admitSNS(dead, arn)
			x.Own.subscription(arn, q, "RedrivePolicy", `{"deadLetterTargetArn":"`+dead.arn+`"}`)
			succeed(x, x.Own.SNS.Publish, publish(arn, "hello"))
			equal(x, "the dead letter", notified(x, x.Own.delivered(dead, 1)[0]).Message, "hello")
			x.Own.received(q, 0)
		},
	},
	{
		says:   "a queue under a KMS key takes nothing of SNS without the key policy's leave",
		source: "SQS Developer Guide, Key management: configuring KMS permissions for AWS services",
		check: func(x *bench) {
			arn := x.Own.topic()
			service := statement(`{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*"}`)
			shut, open := x.Own.key(""), x.Own.key(document(x.Own.delegate(), service))
			refusing, _ := x.Own.subscribed(arn)
			taking, _ := x.Own.subscribed(arn)
			succeed(x, x.Own.SQS.SetQueueAttributes, refusing.set("KmsMasterKeyId", shut.arn))
			succeed(x, x.Own.SQS.SetQueueAttributes, taking.set("KmsMasterKeyId", open.arn))
			succeed(x, x.Own.SNS.Publish, publish(arn, "hello"))
			x.Own.delivered(taking, 1)
			x.Own.received(refusing, 0)
		},
	},
	{
		says:   "a key policy that lets SNS in for one topic does not for another, whose message comes right after",
		source: "SQS Developer Guide, Key management: aws:SourceArn in the key policy of an encrypted queue; assumption: that a data key made for the one is not used for the other",
		check: func(x *bench) {
			mine, other := x.Own.topic(), x.Own.topic()
			service := statement(`{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*",` +
				`"Condition":{"ArnEquals":{"aws:SourceArn":"` + mine + `"}}}`)
			k := x.Own.key(document(x.Own.delegate(), service))
			q := x.Own.queue()
			admit := statement(`{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"` + q.arn + `"}`)
			succeed(x, x.Own.SQS.SetQueueAttributes, q.set("Policy", document(admit)))
			succeed(x, x.Own.SQS.SetQueueAttributes, q.set("KmsMasterKeyId", k.arn))
			x.Own.subscription(mine, q)
			x.Own.subscription(other, q)
			succeed(x, x.Own.SNS.Publish, publish(mine, "hello"))
			x.Own.delivered(q, 1)
			succeed(x, x.Own.SNS.Publish, publish(other, "hello"))
			x.Own.delivered(q, 0)
		},
	},
	{
		says:   "a queue that refuses what comes without TLS takes what SNS sends",
		source: "SNS Developer Guide, Data in transit encryption; SQS Developer Guide, Security best practices: aws:SecureTransport",
		check: func(x *bench) {
			arn := x.Own.topic()
			q, _ := x.Own.subscribed(arn)
			policy := document(
				statement(`{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"`+q.arn+`"}`),
				statement(`{"Effect":"Deny","Principal":"*","Action":"sqs:SendMessage","Resource":"`+q.arn+`","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`))
			succeed(x, x.Own.SQS.SetQueueAttributes, q.set("Policy", policy))
			succeed(x, x.Own.SNS.Publish, publish(arn, "hello"))
			x.Own.delivered(q, 1)
		},
	},
	{
		says:   "a message has a text for each protocol where it says so",
		source: "recorded: sns test_message_structure_json_to_sqs, test_message_structure_json_exc",
		check: func(x *bench) {
			arn := x.Own.topic()
			q, _ := x.Own.subscribed(arn)
			in := publish(arn, `{"default":"default field","sqs":"for queues"}`)
			in.MessageStructure = new("json")
			succeed(x, x.Own.SNS.Publish, in)
			equal(x, "Message", notified(x, x.Own.delivered(q, 1)[0]).Message, "for queues")
			in.Message = new(`{"sqs":"for queues"}`)
			refused(x, x.Own.SNS.Publish, in, "InvalidParameter").saying("Invalid parameter: Message Structure - No default entry in JSON message body")
			in.Message = new(`{"sqs"`)
			refused(x, x.Own.SNS.Publish, in, "InvalidParameter").saying("Invalid parameter: Message Structure - JSON message body failed to parse")
		},
	},
	{
		says:   "what may not be published is refused with its reason",
		source: "recorded: sns test_empty_sns_message, test_publish_too_long_message, test_publish_with_empty_subject, test_empty_or_wrong_message_attributes, test_validations_for_fifo",
		check: func(x *bench) {
			arn := x.Own.topic()
			refused(x, x.Own.SNS.Publish, publish(arn, ""), "InvalidParameter").saying("Invalid parameter: Empty message")
			refused(x, x.Own.SNS.Publish, publish(arn, strings.Repeat("x", 256<<10+1)), "InvalidParameter").saying("Invalid parameter: Message too long")
			in := publish(arn, "x")
			in.Subject = new("")
			refused(x, x.Own.SNS.Publish, in, "InvalidParameter").saying("Invalid parameter: Subject")
			in = publish(arn, "x")
			in.MessageDeduplicationId = new("x")
			refused(x, x.Own.SNS.Publish, in, "InvalidParameter").saying(
				"Invalid parameter: MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type")
			for want, v := range map[string]types.MessageAttributeValue{
				"The message attribute 'attr1' must contain non-empty message attribute value for message attribute type 'String'.":                      attribute("String", ""),
				"The message attribute 'attr1' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.": attribute("InvalidType", "x"),
				"The message attribute 'attr1' with type 'Binary' must use field 'Binary'.":                                                              attribute("Binary", "x"),
				"The message attribute 'attr1' with type 'Number' must use field 'String'.":                                                              {DataType: new("Number"), BinaryValue: []byte{1}},
			} {
				in = publish(arn, "x")
				in.MessageAttributes = map[string]types.MessageAttributeValue{"attr1": v}
				refused(x, x.Own.SNS.Publish, in, "ParameterValueInvalid").saying(want)
			}
		},
	},
	{
		says:   "a batch is refused as a whole for its ids, number and size",
		source: "recorded: sns test_publish_batch_exceptions, test_publish_batch_invalid_entry_id, test_publish_batch_too_long_message",
		check: func(x *bench) {
			arn := x.Own.topic()
			batch := func(message string, ids ...string) *sns.PublishBatchInput {
				in := &sns.PublishBatchInput{TopicArn: &arn}
				for _, id := range ids {
					in.PublishBatchRequestEntries = append(in.PublishBatchRequestEntries, types.PublishBatchRequestEntry{Id: &id, Message: &message})
				}
				return in
			}
			refused(x, x.Own.SNS.PublishBatch, batch("x", "a", "a"), "BatchEntryIdsNotDistinct").saying("Two or more batch entries in the request have the same Id.")
			refused(x, x.Own.SNS.PublishBatch, batch("x", strings.Split("abcdefghijk", "")...), "TooManyEntriesInBatchRequest").saying(
				"The batch request contains more entries than permissible.")
			refused(x, x.Own.SNS.PublishBatch, batch("x", "message.id"), "InvalidBatchEntryId").saying(
				"The Id of a batch entry in the batch request contains an impermissible character: message.id")
			refused(x, x.Own.SNS.PublishBatch, batch(strings.Repeat("x", 128<<10+1), "a", "b"), "BatchRequestTooLong").saying(
				"The length of all the messages put together is more than the limit.")
			equal(x, "the number published", len(succeed(x, x.Own.SNS.PublishBatch, batch("x", "a", "b")).Successful), 2)
		},
	},
	{
		says:   "a FIFO topic keeps the group, the order and the deduplication id to a FIFO queue, and a duplicate is not sent",
		source: "recorded: sns test_message_to_fifo_sqs, test_validations_for_fifo; SNS Developer Guide, Message deduplication for FIFO topics",
		check: func(x *bench) {
			arn := x.Own.topic("FifoTopic", "true", "ContentBasedDeduplication", "true")
			q := x.Own.queue("FifoQueue", "true")
			x.Own.admitSNS(q, arn)
			x.Own.subscription(arn, q)
			in := publish(arn, "Test")
			refused(x, x.Own.SNS.Publish, in, "InvalidParameter").saying("Invalid parameter: The MessageGroupId parameter is required for FIFO topics")
			in.MessageGroupId = new("message-group-id-1")
			sent := succeed(x, x.Own.SNS.Publish, in)
			succeed(x, x.Own.SNS.Publish, in)
			m := x.Own.delivered(q, 1)[0]
			n := notified(x, m)
			equal(x, "SequenceNumber", n.SequenceNumber, text(sent.SequenceNumber))
			equal(x, "Signature", n.Signature, "")
			equal(x, "the group", m.Attributes["MessageGroupId"], "message-group-id-1")
			equal(x, "the deduplication id", m.Attributes["MessageDeduplicationId"], "532eaabd9574880dbf76b9b8cc00832c20a6ec113d682299550d7a6e0f345e25")
			x.Own.received(q, 0)
		},
	},
}

var snsSubscriptions = []claim{
	{
		says:   "a queue of the account is confirmed at once, whether it exists or not, and has these attributes",
		source: "recorded: sns test_subscribe_unknown_sqs_queue, test_subscribe_attributes",
		check: func(x *bench) {
			arn := x.Own.topic()
			q := queue{arn: "arn:aws:sqs:" + x.region + ":" + x.Own.account + ":" + x.name("none")}
			sub := x.Own.subscription(arn, q)
			got := succeed(x, x.Own.SNS.GetSubscriptionAttributes, &sns.GetSubscriptionAttributesInput{SubscriptionArn: &sub}).Attributes
			want := contextOf("ConfirmationWasAuthenticated", "true", "Endpoint", q.arn, "Owner", x.Own.account, "PendingConfirmation", "false", "Protocol", "sqs",
				"RawMessageDelivery", "false", "SubscriptionArn", sub, "TopicArn", arn)
			for name, value := range want {
				equal(x, name, got[name], value)
			}
			equal(x, "the number of attributes", len(got), len(want)+1)
		},
	},
	{
		says:   "to subscribe again with the same attributes, or fewer, gives the same subscription",
		source: "recorded: sns test_subscribe_idempotency",
		check: func(x *bench) {
			arn := x.Own.topic()
			q, sub := x.Own.subscribed(arn, "RawMessageDelivery", "true")
			equal(x, "the ARN", x.Own.subscription(arn, q), sub)
			refused(x, x.Own.SNS.Subscribe, subscribe(arn, "sqs", q.arn, "RawMessageDelivery", "false"), "InvalidParameter").saying(
				"Invalid parameter: Attributes Reason: Subscription already exists with different attributes")
		},
	},
	{
		says:   "what cannot be subscribed is refused with its reason; an e-mail address waits to be confirmed",
		source: "recorded: sns test_subscribe_with_invalid_protocol, test_subscribe_sqs_queue_url, test_validations_for_fifo, test_create_subscriptions_with_attributes, test_creating_subscription",
		check: func(x *bench) {
			arn := x.Own.topic()
			q := x.Own.queue()
			refused(x, x.Own.SNS.Subscribe, subscribe(arn, "test-protocol", "x"), "InvalidParameter").saying(
				"Invalid parameter: Amazon SNS does not support this protocol string: test-protocol")
			refused(x, x.Own.SNS.Subscribe, subscribe(arn, "sqs", q.url), "InvalidParameter").saying("Invalid parameter: SQS endpoint ARN")
			refused(x, x.Own.SNS.Subscribe, subscribe(arn, "sqs", q.arn+".fifo"), "InvalidParameter").saying(
				"Invalid parameter: Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics")
			refused(x, x.Own.SNS.Subscribe, subscribe(arn, "sqs", q.arn, "RawMessageDelivery", "wrongvalue"), "InvalidParameter").saying(
				"Invalid parameter: Attributes Reason: RawMessageDelivery: Invalid value [wrongvalue]. Must be true or false.")
			in := subscribe(arn, "email", "nobody@example.com")
			in.ReturnSubscriptionArn = false
			equal(x, "the ARN", text(succeed(x, x.Own.SNS.Subscribe, in).SubscriptionArn), "pending confirmation")
		},
	},
	{
		says:   "a subscription that is gone is unsubscribed without complaint, and not found otherwise",
		source: "recorded: sns test_unsubscribe_idempotency, test_unsubscribe_wrong_arn_format, test_not_found_error_on_set_subscription_attributes",
		check: func(x *bench) {
			_, sub := x.Own.subscribed(x.Own.topic())
			in := &sns.UnsubscribeInput{SubscriptionArn: &sub}
			succeed(x, x.Own.SNS.Unsubscribe, in)
			succeed(x, x.Own.SNS.Unsubscribe, in)
			refused(x, x.Own.SNS.SetSubscriptionAttributes, &sns.SetSubscriptionAttributesInput{SubscriptionArn: &sub, AttributeName: new("RawMessageDelivery"), AttributeValue: new("true")},
				"NotFound").saying("Subscription does not exist")
			in.SubscriptionArn = new("arn:aws:sns:" + x.region + ":" + x.Own.account + ":random")
			refused(x, x.Own.SNS.Unsubscribe, in, "InvalidParameter").saying("Invalid parameter: SubscriptionId")
		},
	},
	{
		says:   "a queue of another account confirms by the token that it is sent",
		source: "SNS Developer Guide, Sending Amazon SNS messages to an Amazon SQS queue in a different account: a user who does not own the queue creates a subscription",
		needs:  otherAccount,
		check: func(x *bench) {
			arn := x.Own.topic()
			q := x.Other.queue()
			x.Other.admitSNS(q, arn)
			sub := x.Own.subscription(arn, q)
			succeed(x, x.Own.SNS.Publish, publish(arn, "too early"))
			n := notified(x, x.Other.delivered(q, 1)[0])
			equal(x, "Type", n.Type, "SubscriptionConfirmation")
			refused(x, x.Own.SNS.ConfirmSubscription, &sns.ConfirmSubscriptionInput{TopicArn: &arn, Token: new("randomtoken")}, "InvalidParameter").saying("Invalid token")
			confirmed := succeed(x, x.Other.SNS.ConfirmSubscription, &sns.ConfirmSubscriptionInput{TopicArn: &arn, Token: &n.Token})
			equal(x, "the ARN", text(confirmed.SubscriptionArn), sub)
			succeed(x, x.Own.SNS.Publish, publish(arn, "hello"))
			equal(x, "Message", notified(x, x.Other.delivered(q, 1)[0]).Message, "hello")
		},
	},
	{
		says:   "the owner of a queue subscribes it to another account's topic that lets it, and needs to confirm nothing",
		source: "SNS Developer Guide, Sending Amazon SNS messages to an Amazon SQS queue in a different account: queue owner creates subscription",
		needs:  otherAccount,
		check: func(x *bench) {
			arn := x.Own.topic()
			q := x.Other.queue()
			x.Other.admitSNS(q, arn)
			refused(x, x.Other.SNS.Subscribe, subscribe(arn, "sqs", q.arn), "AuthorizationError")
			succeed(x, x.Own.SNS.AddPermission, &sns.AddPermissionInput{TopicArn: &arn, Label: new("other"), AWSAccountId: []string{x.Other.account}, ActionName: []string{"Subscribe"}})
			sub := x.Other.subscription(arn, q)
			succeed(x, x.Own.SNS.Publish, publish(arn, "hello"))
			x.Other.delivered(q, 1)
			got := succeed(x, x.Other.SNS.GetSubscriptionAttributes, &sns.GetSubscriptionAttributesInput{SubscriptionArn: &sub}).Attributes
			equal(x, "Owner", got["Owner"], x.Other.account)
			succeed(x, x.Own.SNS.Unsubscribe, &sns.UnsubscribeInput{SubscriptionArn: &sub})
		},
	},
	{
		says:   "a filter policy lets through what matches its attributes",
		source: "SNS Developer Guide, Amazon SNS subscription filter policies; recorded: sns test_filter_policy, test_exists_filter_policy",
		check: func(x *bench) {
			arn := x.Own.topic()
			filter := `{"store":["shop"],"price":[{"numeric":[">",0,"<=",100]}],"colour":[{"anything-but":["red"]},{"exists":false}],"sizes":["s",{"prefix":"x"}]}`
			q, sub := x.Own.subscribed(arn, "RawMessageDelivery", "true", "FilterPolicy", filter)
			for message, change := range map[string]func(map[string]types.MessageAttributeValue){
				"right":   func(map[string]types.MessageAttributeValue) {},
				"dear":    func(a map[string]types.MessageAttributeValue) { a["price"] = attribute("Number", "100.5") },
				"words":   func(a map[string]types.MessageAttributeValue) { a["price"] = attribute("String", "99") },
				"red":     func(a map[string]types.MessageAttributeValue) { a["colour"] = attribute("String", "red") },
				"nowhere": func(a map[string]types.MessageAttributeValue) { delete(a, "store") },
				"large":   func(a map[string]types.MessageAttributeValue) { a["sizes"] = attribute("String.Array", `["m","l"]`) },
			} {
				in := publish(arn, message)
				in.MessageAttributes = map[string]types.MessageAttributeValue{
					"store": attribute("String", "shop"), "price": attribute("Number", "99.12"), "sizes": attribute("String.Array", `["m","xl"]`),
				}
				change(in.MessageAttributes)
				succeed(x, x.Own.SNS.Publish, in)
			}
			equal(x, "what came through", bodies(x.Own.delivered(q, 1)), "right")
			got := succeed(x, x.Own.SNS.GetSubscriptionAttributes, &sns.GetSubscriptionAttributesInput{SubscriptionArn: &sub}).Attributes
			equal(x, "the scope", got["FilterPolicyScope"], "MessageAttributes")
		},
	},
	{
		says:   "by its scope a filter policy looks at the body, and may be nested only then",
		source: "recorded: sns test_filter_policy_on_message_body, test_sub_filter_policy_nested_property",
		check: func(x *bench) {
			arn := x.Own.topic()
			nested := `{"object":{"key":[{"prefix":"auto-"}]}}`
			q, sub := x.Own.subscribed(arn, "RawMessageDelivery", "true")
			set := func(name, value string) *sns.SetSubscriptionAttributesInput {
				return &sns.SetSubscriptionAttributesInput{SubscriptionArn: &sub, AttributeName: &name, AttributeValue: &value}
			}
			refused(x, x.Own.SNS.SetSubscriptionAttributes, set("FilterPolicy", nested), "InvalidParameter").saying(
				"Invalid parameter: Filter policy scope MessageAttributes does not support nested filter policy")
			refused(x, x.Own.SNS.SetSubscriptionAttributes, set("FilterPolicyScope", "RandomValue"), "InvalidParameter").saying(
				"Invalid parameter: FilterPolicyScope: Invalid value [RandomValue]. Please use either MessageBody or MessageAttributes")
			succeed(x, x.Own.SNS.SetSubscriptionAttributes, set("FilterPolicyScope", "MessageBody"))
			succeed(x, x.Own.SNS.SetSubscriptionAttributes, set("FilterPolicy", nested))
			for _, message := range []string{`{"object":{"key":"manual-1"}}`, `{"object":{"key":"auto-1"}}`, "no JSON"} {
				succeed(x, x.Own.SNS.Publish, publish(arn, message))
			}
			equal(x, "what came through", bodies(x.Own.delivered(q, 1)), `{"object":{"key":"auto-1"}}`)
		},
	},
	{
		says:   "a filter policy that is wrong or too large is refused with its reason and place",
		source: "recorded: sns test_validate_policy, test_validate_policy_numeric_operator, test_policy_complexity, test_sub_filter_policy_nested_property_constraints",
		check: func(x *bench) {
			arn := x.Own.topic()
			q := x.Own.queue()
			for policy, want := range map[string]string{
				`{"key":[["value"]]}`:                                           "Match value must be String, number, true, false, or null\n at [Source: (String)\"{\"key\":[[\"value\"]]}\"; line: 1, column: 10]",
				`{"key":[{"suffix":100}]}`:                                      "suffix match pattern must be a string\n at [Source: (String)\"{\"key\":[{\"suffix\":100}]}\"; line: 1, column: 22]",
				`{"key":[{"numeric":["<",100,">",10]}]}`:                        "Too many elements in numeric expression\n at [Source: (String)\"{\"key\":[{\"numeric\":[\"<\",100,\">\",10]}]}\"; line: 1, column: 30]",
				`{"a":["1"],"b":["1"],"c":["1"],"d":["1"],"e":["1"],"f":["1"]}`: "Filter policy can not have more than 5 keys",
				`{"key":[1` + strings.Repeat(",1", 150) + `]}`:                  "Filter policy is too complex",
			} {
				refused(x, x.Own.SNS.Subscribe, subscribe(arn, "sqs", q.arn, "FilterPolicy", policy), "InvalidParameter").saying("Invalid parameter: Attributes Reason: FilterPolicy: " + want)
			}
		},
	},
}

// The lab alone: a queue's service that fails for a while.
var snsRetries = []claim{
	{
		says:   "what a queue's own fault kept back is tried again, and arrives",
		source: "SNS Developer Guide, Amazon SNS message delivery retries: AWS managed endpoints",
		needs:  inside,
		check: func(x *bench) {
			arn := x.Own.topic()
			q, _ := x.Own.subscribed(arn)
			x.lab.World.Faults.Add(world.Fault{Service: "sqs", Operation: "SendMessage", Times: 6})
			succeed(x, x.Own.SNS.Publish, publish(arn, "hello"))
			x.Own.delivered(q, 0)
			x.advance(time.Minute)
			x.Own.received(q, 1)
			equal(x, "the attempts", x.lab.World.Trail.Count("sqs", "SendMessage"), 7)
		},
	},
}
