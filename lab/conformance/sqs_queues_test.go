package conformance

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

var sqsQueues = []claim{
	{
		says:   "a queue is made again by the attributes that it has, and not by others",
		source: "recorded: sqs test_create_queue_with_different_attributes_raises_exception",
		check: func(x *bench) {
			q := x.Own.queue("ReceiveMessageWaitTimeSeconds", "1", "DelaySeconds", "1")
			again := func(pairs ...string) *sqs.CreateQueueInput {
				return &sqs.CreateQueueInput{QueueName: &q.name, Attributes: contextOf(pairs...)}
			}
			equal(x, "the URL", text(succeed(x, x.Own.SQS.CreateQueue, again()).QueueUrl), q.url)
			equal(x, "the URL", text(succeed(x, x.Own.SQS.CreateQueue, again("DelaySeconds", "1")).QueueUrl), q.url)
			refused(x, x.Own.SQS.CreateQueue, again("DelaySeconds", "2"), "QueueAlreadyExists").saying(
				"A queue already exists with the same name and a different value for attribute DelaySeconds")
		},
	},
	{
		says:   "a deleted queue's name is free after 60 seconds",
		source: "asserted: sqs test_create_queue_recently_deleted; SQS API Reference, DeleteQueue",
		needs:  clock,
		check: func(x *bench) {
			q := x.Own.queue()
			succeed(x, x.Own.SQS.DeleteQueue, &sqs.DeleteQueueInput{QueueUrl: &q.url})
			refused(x, x.Own.SQS.GetQueueUrl, &sqs.GetQueueUrlInput{QueueName: &q.name}, nonExistentQueue).saying("The specified queue does not exist.")
			refused(x, x.Own.SQS.CreateQueue, &sqs.CreateQueueInput{QueueName: &q.name}, "AWS.SimpleQueueService.QueueDeletedRecently").saying(
				"You must wait 60 seconds after deleting a queue before you can create another with the same name.")
			x.advance(time.Minute)
			succeed(x, x.Own.SQS.CreateQueue, &sqs.CreateQueueInput{QueueName: &q.name})
		},
	},
	{
		says:   "names belong to kinds: .fifo to FIFO queues, and to no others",
		source: "asserted: sqs test_fifo_queue_requires_suffix, test_standard_queue_cannot_have_fifo_suffix",
		check: func(x *bench) {
			refused(x, x.Own.SQS.CreateQueue, &sqs.CreateQueueInput{QueueName: new(x.name("queue") + ".fifo")}, "InvalidParameterValue")
			refused(x, x.Own.SQS.CreateQueue, &sqs.CreateQueueInput{QueueName: new(x.name("queue")), Attributes: contextOf("FifoQueue", "true")}, "InvalidParameterValue")
		},
	},
	{
		says:   "a queue has these attributes when nobody has set any",
		source: "recorded: sqs test_set_queue_attributes_default_values, test_fifo_set_content_based_deduplication_strategy",
		check: func(x *bench) {
			for _, kind := range [][]string{nil, {"FifoQueue", "true"}} {
				q := x.Own.queue(kind...)
				got := x.Own.attributes(q)
				want := contextOf("DelaySeconds", "0", "MaximumMessageSize", "1048576", "MessageRetentionPeriod", "345600", "ReceiveMessageWaitTimeSeconds", "0",
					"VisibilityTimeout", "30", "SqsManagedSseEnabled", "true", "QueueArn", q.arn)
				if kind != nil {
					want["FifoQueue"], want["ContentBasedDeduplication"], want["DeduplicationScope"], want["FifoThroughputLimit"] = "true", "false", "queue", "perQueue"
				}
				for name, value := range want {
					equal(x, name, got[name], value)
				}
				equal(x, "the number of attributes", len(got), len(want)+5)
			}
		},
	},
	{
		says:   "what is no attribute, or not of this kind of queue, is told by name",
		source: "recorded: sqs test_create_standard_queue_with_fifo_attribute_raises_error, test_set_unsupported_attribute_fifo, test_sse_kms_and_sqs_are_mutually_exclusive",
		check: func(x *bench) {
			q := x.Own.queue()
			set := x.Own.SQS.SetQueueAttributes
			refused(x, set, q.set("Foo", "bar"), "InvalidAttributeName").saying("Unknown Attribute Foo.")
			refused(x, set, q.set("FifoQueue", "true"), "InvalidAttributeName").saying("Unknown Attribute FifoQueue.")
			refused(x, set, q.set("DeduplicationScope", "queue"), "InvalidAttributeName").saying("You can specify the DeduplicationScope only when FifoQueue is set to true.")
			refused(x, set, q.set("KmsMasterKeyId", "alias/aws/sqs", "SqsManagedSseEnabled", "true"), "InvalidAttributeName").saying(
				"You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.")
			refused(x, set, q.set("VisibilityTimeout", "43201"), "InvalidAttributeValue")
			fifo := x.Own.queue("FifoQueue", "true")
			succeed(x, set, fifo.set("FifoQueue", "true"))
			refused(x, set, fifo.set("FifoQueue", "false"), "InvalidAttributeValue").saying("Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.")
		},
	},
	{
		says:   "a KMS key is named without being looked for, and its attributes go with it",
		source: "recorded: sqs test_set_queue_attributes_default_values",
		check: func(x *bench) {
			q := x.Own.queue()
			succeed(x, x.Own.SQS.SetQueueAttributes, q.set("KmsMasterKeyId", "testKeyId", "KmsDataKeyReusePeriodSeconds", "6000"))
			x.until(func() bool { return x.Own.attributes(q)["KmsMasterKeyId"] == "testKeyId" })
			got := x.Own.attributes(q)
			equal(x, "the key", got["KmsMasterKeyId"], "testKeyId")
			equal(x, "the reuse period", got["KmsDataKeyReusePeriodSeconds"], "6000")
			equal(x, "SQS's own encryption", got["SqsManagedSseEnabled"], "false")
			succeed(x, x.Own.SQS.SetQueueAttributes, q.set("KmsMasterKeyId", "", "KmsDataKeyReusePeriodSeconds", "300"))
			x.until(func() bool { return x.Own.attributes(q)["KmsMasterKeyId"] == "" })
			got = x.Own.attributes(q)
			_, has := got["KmsDataKeyReusePeriodSeconds"]
			equal(x, "that there is a reuse period", has, false)
			equal(x, "SQS's own encryption", got["SqsManagedSseEnabled"], "false")
		},
	},
	{
		says:   "a queue is purged once in 60 seconds",
		source: "recorded: sqs test_successive_purge_calls_fail",
		needs:  clock,
		check: func(x *bench) {
			q := x.Own.queue()
			succeed(x, x.Own.SQS.SendMessage, q.send("hello"))
			purge := &sqs.PurgeQueueInput{QueueUrl: &q.url}
			succeed(x, x.Own.SQS.PurgeQueue, purge)
			x.Own.received(q, 0)
			refused(x, x.Own.SQS.PurgeQueue, purge, "AWS.SimpleQueueService.PurgeQueueInProgress").saying(
				"Only one PurgeQueue operation on " + q.name + " is allowed every 60 seconds.")
			x.advance(time.Minute)
			succeed(x, x.Own.SQS.PurgeQueue, purge)
		},
	},
	{
		says:   "queues are listed by prefix and in pages, tags are kept and taken away",
		source: "recorded: sqs test_list_queues_pagination, test_tag_untag_queue",
		check: func(x *bench) {
			prefix := x.name("listed")
			for _, name := range []string{prefix + "-a", prefix + "-b", prefix + "-c"} {
				out := succeed(x, x.Own.SQS.CreateQueue, &sqs.CreateQueueInput{QueueName: &name})
				cleanup(x, x.Own.SQS.DeleteQueue, &sqs.DeleteQueueInput{QueueUrl: out.QueueUrl})
			}
			in := &sqs.ListQueuesInput{QueueNamePrefix: &prefix, MaxResults: new(int32(2))}
			var first *sqs.ListQueuesOutput
			x.until(func() bool {
				first = succeed(x, x.Own.SQS.ListQueues, in)
				return len(first.QueueUrls) == 2
			})
			equal(x, "the number on the first page", len(first.QueueUrls), 2)
			in.NextToken = first.NextToken
			equal(x, "the number on the second page", len(succeed(x, x.Own.SQS.ListQueues, in).QueueUrls), 1)
			url := &first.QueueUrls[0]
			succeed(x, x.Own.SQS.TagQueue, &sqs.TagQueueInput{QueueUrl: url, Tags: contextOf("tag1", "value1", "tag2", "")})
			succeed(x, x.Own.SQS.UntagQueue, &sqs.UntagQueueInput{QueueUrl: url, TagKeys: []string{"tag1"}})
			tags := succeed(x, x.Own.SQS.ListQueueTags, &sqs.ListQueueTagsInput{QueueUrl: url}).Tags
			_, has := tags["tag2"]
			equal(x, "that tag2 alone is left", has && len(tags) == 1, true)
		},
	},
	{
		says:   "a URL of another Region is refused",
		source: "reported: the code and the message, in jegesh/python-sqs-listener#30; assumption: for a URL of another Region",
		check: func(x *bench) {
			url := "https://sqs." + x.away + ".amazonaws.com/" + x.Own.account + "/queue"
			refused(x, x.Own.SQS.GetQueueAttributes, &sqs.GetQueueAttributesInput{QueueUrl: &url}, "InvalidAddress").mentioning("is not valid for this endpoint.")
		},
	},
	{
		says:   "without permission the action is named in small letters; the batch needs that of the single message",
		source: "reported: the message and that of the batch, in aws/serverless-application-model#3633; Service Authorization Reference, Amazon SQS",
		check: func(x *bench) {
			q := x.Own.queue()
			nobody := x.Own.session(document(may("sqs:GetQueueUrl sqs:SendMessageBatch", "*")))
			in := &sqs.SendMessageBatchInput{QueueUrl: &q.url, Entries: []types.SendMessageBatchRequestEntry{{Id: new("1"), MessageBody: new("x")}}}
			refused(x, nobody.SQS.SendMessageBatch, in, "AccessDenied").saying("User: " + nobody.arn + " is not authorized to perform: sqs:sendmessage on resource: " + q.arn +
				" because no identity-based policy allows the sqs:sendmessage action")
		},
	},
	{
		says:   "another account sends where the queue's policy lets it, and manages nothing",
		source: "SQS Developer Guide, Limitations of Amazon SQS custom policies: cross-account permissions don't apply to SetQueueAttributes; recorded: sqs test_sqs_permission_lifecycle",
		needs:  otherAccount,
		check: func(x *bench) {
			q := x.Own.queue()
			refused(x, x.Other.SQS.SendMessage, q.send("hello"), "AccessDenied")
			add := &sqs.AddPermissionInput{QueueUrl: &q.url, Label: new("other"), AWSAccountIds: []string{x.Other.account}, Actions: []string{"*"}}
			succeed(x, x.Own.SQS.AddPermission, add)
			refused(x, x.Own.SQS.AddPermission, add, "InvalidParameterValue").saying("Value other for parameter Label is invalid. Reason: Already exists.")
			succeed(x, x.Other.SQS.SendMessage, q.send("hello"))
			refused(x, x.Other.SQS.SetQueueAttributes, q.set("DelaySeconds", "1"), "AccessDenied")
			equal(x, "the URL", text(succeed(x, x.Other.SQS.GetQueueUrl, &sqs.GetQueueUrlInput{QueueName: &q.name, QueueOwnerAWSAccountId: &x.Own.account}).QueueUrl), q.url)
			equal(x, "the sender's account", strings.Contains(x.Own.received(q, 1)[0].Attributes["SenderId"], ":"), strings.Contains(x.Other.arn, "assumed-role"))
			remove := &sqs.RemovePermissionInput{QueueUrl: &q.url, Label: new("other")}
			succeed(x, x.Own.SQS.RemovePermission, remove)
			refused(x, x.Own.SQS.RemovePermission, remove, "InvalidParameterValue").saying("Value other for parameter Label is invalid. Reason: can't find label.")
			refused(x, x.Other.SQS.SendMessage, q.send("hello"), "AccessDenied")
			equal(x, "the policy", x.Own.attributes(q)["Policy"], "")
		},
	},
	{
		says:   "AddPermission writes a policy of this form",
		source: "recorded: sqs test_sqs_permission_lifecycle",
		check: func(x *bench) {
			q := x.Own.queue()
			succeed(x, x.Own.SQS.AddPermission, &sqs.AddPermissionInput{QueueUrl: &q.url, Label: new("own"), AWSAccountIds: []string{x.Own.account}, Actions: []string{"ReceiveMessage"}})
			want := `{"Version":"2008-10-17","Id":"` + q.arn + `/SQSDefaultPolicy","Statement":[{"Sid":"own","Effect":"Allow","Principal":{"AWS":"` + x.Own.root() + `"},"Action":"SQS:ReceiveMessage","Resource":"` + q.arn + `"}]}`
			x.until(func() bool { return x.Own.attributes(q)["Policy"] == want })
			equal(x, "the policy", x.Own.attributes(q)["Policy"], want)
		},
	},
}

var sqsKeys = []claim{
	{
		says:   "to send to a queue under a KMS key takes kms:GenerateDataKey and kms:Decrypt, to receive kms:Decrypt",
		source: "SQS Developer Guide, Key management: configuring KMS permissions for producers and consumers; reported: the code, in aws/aws-sdk-js#4151; reported: where the message comes from, in opensearch-project/data-prepper#2422",
		check: func(x *bench) {
			k := x.Own.key("")
			q := x.Own.queue("KmsMasterKeyId", k.arn)
			half := x.Own.session(document(may("sqs:SendMessage", q.arn), may("kms:GenerateDataKey", k.arn)))
			refused(x, half.SQS.SendMessage, q.send("hello"), "KMS.AccessDeniedException").mentioning("Error Code: AccessDeniedException")
			sender := x.Own.session(document(may("sqs:SendMessage", q.arn), may("kms:GenerateDataKey kms:Decrypt", k.arn)))
			succeed(x, sender.SQS.SendMessage, q.send("hello"))
			refused(x, x.Own.session(document(may("sqs:ReceiveMessage", q.arn))).SQS.ReceiveMessage, q.receive(), "KMS.AccessDeniedException")
			receiver := x.Own.session(document(may("sqs:ReceiveMessage", q.arn), may("kms:Decrypt", k.arn)))
			equal(x, "the body", bodies(receiver.received(q, 1)), "hello")
		},
	},
	{
		says:   "SQS calls KMS with the queue's ARN as encryption context, and as a service for the caller",
		source: "KMS Developer Guide, kms:ViaService; assumption: the encryption context, from key policies in use",
		check: func(x *bench) {
			q := x.Own.queue()
			via := `"Condition":{"StringEquals":{"kms:ViaService":"sqs.` + x.region + `.amazonaws.com","kms:EncryptionContext:aws:sqs:arn":"` + q.arn + `"}}`
			k := x.Own.key(document(x.Own.delegate(), deny("Others", "*", "kms:GenerateDataKey", `"Condition":{"StringNotEquals":{"kms:EncryptionContext:aws:sqs:arn":"`+q.arn+`"}}`)))
			sender := x.Own.session(document(may("sqs:SendMessage sqs:ReceiveMessage", "*"), may("kms:GenerateDataKey kms:Decrypt", k.arn, via)))
			other := x.Own.queue("KmsMasterKeyId", k.arn)
			refused(x, sender.SQS.SendMessage, other.send("hello"), "KMS.AccessDeniedException")
			succeed(x, x.Own.SQS.SetQueueAttributes, q.set("KmsMasterKeyId", k.arn))
			succeed(x, sender.SQS.SendMessage, q.send("hello"))
			sender.received(q, 1)
			refused(x, sender.KMS.GenerateDataKey, &kms.GenerateDataKeyInput{KeyId: &k.arn, KeySpec: "AES_256", EncryptionContext: contextOf("aws:sqs:arn", q.arn)}, "AccessDeniedException")
		},
	},
	{
		says:   "a data key is used again until its period is over: only then does a disabled key stop the sender",
		source: "SQS API Reference, SetQueueAttributes, KmsDataKeyReusePeriodSeconds; Developer Guide, Key management: the data key reuse period",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.key("")
			q := x.Own.queue("KmsMasterKeyId", k.id, "KmsDataKeyReusePeriodSeconds", "60")
			succeed(x, x.Own.SQS.SendMessage, q.send("one"))
			succeed(x, x.Own.KMS.DisableKey, &kms.DisableKeyInput{KeyId: &k.id})
			succeed(x, x.Own.SQS.SendMessage, q.send("two"))
			x.advance(time.Minute)
			refused(x, x.Own.SQS.SendMessage, q.send("three"), "KMS.DisabledException").mentioning(k.arn + " is disabled.")
			refused(x, x.Own.SQS.ReceiveMessage, q.receive(), "KMS.DisabledException")
			succeed(x, x.Own.KMS.EnableKey, &kms.EnableKeyInput{KeyId: &k.id})
			equal(x, "the bodies", bodies(x.Own.received(q, 2)), "one two")
		},
	},
	{
		says:   "a data key that a session made serves none of its role with another session policy",
		source: "SQS Developer Guide, Key management, Configuring AWS KMS permissions",
		check: func(x *bench) {
			k := x.Own.key("")
			q := x.Own.queue("KmsMasterKeyId", k.arn)
			in := session(x.Own.role(document(may("*", "*"))), "session")
			as := func() *caller { return x.Own.with(succeed(x, x.Own.STS.AssumeRole, in).Credentials) }
			succeed(x, as().SQS.SendMessage, q.send("hello"))
			in.Policy = new(document(may("sqs:*", "*")))
			refused(x, as().SQS.SendMessage, q.send("hello"), "KMS.AccessDeniedException")
		},
	},
	{
		says:   "a key that does not exist, and one that waits for its deletion, are told apart",
		source: "SQS API Reference, SendMessage: KmsNotFound, KmsInvalidState",
		check: func(x *bench) {
			q := x.Own.queue("KmsMasterKeyId", "11111111-2222-3333-4444-555555555555")
			refused(x, x.Own.SQS.SendMessage, q.send("hello"), "KMS.NotFoundException")
			k := x.Own.key("")
			succeed(x, x.Own.KMS.ScheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: &k.id, PendingWindowInDays: new(int32(7))})
			refused(x, x.Own.SQS.SendMessage, x.Own.queue("KmsMasterKeyId", k.arn).send("hello"), "KMS.InvalidStateException")
		},
	},
	{
		says:   "a dead letter stays under the key that it was sent under",
		source: "SQS Developer Guide, Encryption at rest: moving a message to a dead-letter queue does not affect its encryption",
		check: func(x *bench) {
			k := x.Own.key("")
			dead := x.Own.queue()
			q := x.Own.queue("KmsMasterKeyId", k.arn, "RedrivePolicy", dead.redriveTo(1), "VisibilityTimeout", "0")
			succeed(x, x.Own.SQS.SendMessage, q.send("hello"))
			x.Own.received(q, 1)
			x.until(func() bool {
				x.Own.received(q, 0)
				return x.Own.attributes(dead)["ApproximateNumberOfMessages"] == "1"
			})
			refused(x, x.Own.session(document(may("sqs:ReceiveMessage", "*"))).SQS.ReceiveMessage, dead.receive(), "KMS.AccessDeniedException")
			equal(x, "the body", bodies(x.Own.received(dead, 1)), "hello")
		},
	},
	{
		says:   "the AWS managed key serves the queue's own account, and no other",
		source: "SQS Developer Guide, Key management: the AWS managed KMS key for Amazon SQS; KMS Developer Guide, AWS managed keys",
		needs:  otherAccount,
		check: func(x *bench) {
			q := x.Own.queue("KmsMasterKeyId", "alias/aws/sqs")
			succeed(x, x.Own.SQS.SendMessage, q.send("hello"))
			succeed(x, x.Own.SQS.AddPermission, &sqs.AddPermissionInput{QueueUrl: &q.url, Label: new("other"), AWSAccountIds: []string{x.Other.account}, Actions: []string{"*"}})
			refused(x, x.Other.SQS.SendMessage, q.send("hello"), "KMS.AccessDeniedException")
			x.Own.received(q, 1)
		},
	},
}

var sqsFIFO = []claim{
	{
		says:   "a group's messages come in order, and those behind one that is out wait; other groups do not",
		source: "SQS Developer Guide, FIFO queue delivery logic; recorded: sqs test_fifo_group_visibility_extends_with_change_message_visibility",
		check: func(x *bench) {
			q := x.Own.queue("FifoQueue", "true")
			for _, m := range []string{"a1", "a2", "b1"} {
				succeed(x, x.Own.SQS.SendMessage, q.sendTo(m[:1], m))
			}
			one := q.receive()
			one.MaxNumberOfMessages = 1
			first := succeed(x, x.Own.SQS.ReceiveMessage, one).Messages
			equal(x, "the first", bodies(first), "a1")
			equal(x, "what another group has", bodies(succeed(x, x.Own.SQS.ReceiveMessage, q.receive()).Messages), "b1")
			x.Own.received(q, 0)
			succeed(x, x.Own.SQS.DeleteMessage, q.drop(first[0].ReceiptHandle))
			equal(x, "what comes next", bodies(x.Own.received(q, 1)), "a2")
		},
	},
	{
		says:   "a message that is hidden longer holds back those behind it, not those before it",
		source: "recorded: sqs test_fifo_group_visibility_extends_with_change_message_visibility",
		needs:  clock,
		check: func(x *bench) {
			q := x.Own.queue("FifoQueue", "true", "VisibilityTimeout", "5")
			for _, m := range []string{"foo", "bar", "baz"} {
				succeed(x, x.Own.SQS.SendMessage, q.sendTo("1", m))
			}
			got := x.Own.received(q, 3)
			succeed(x, x.Own.SQS.ChangeMessageVisibility, q.hide(got[1].ReceiptHandle, 60))
			x.advance(10 * time.Second)
			equal(x, "what is not held back", bodies(x.Own.received(q, 1)), "foo")
		},
	},
	{
		says:   "what is sent twice within five minutes arrives once, also where the first was deleted, and has the first one's id",
		source: "SQS Developer Guide, Exactly-once processing; recorded: sqs test_fifo_deduplication_arrives_once_after_delete, test_sqs_fifo_same_dedup_id_different_message_groups",
		needs:  clock,
		check: func(x *bench) {
			q := x.Own.queue("FifoQueue", "true", "ContentBasedDeduplication", "true")
			in := q.send("hello")
			in.MessageGroupId = new("1")
			first := succeed(x, x.Own.SQS.SendMessage, in)
			m := x.Own.received(q, 1)[0]
			succeed(x, x.Own.SQS.DeleteMessage, q.drop(m.ReceiptHandle))
			in.MessageGroupId = new("2")
			again := succeed(x, x.Own.SQS.SendMessage, in)
			equal(x, "the id", text(again.MessageId), text(first.MessageId))
			equal(x, "the sequence number", text(again.SequenceNumber), text(first.SequenceNumber))
			x.Own.received(q, 0)
			x.advance(5 * time.Minute)
			succeed(x, x.Own.SQS.SendMessage, in)
			x.Own.received(q, 1)
		},
	},
	{
		says:   "with the scope messageGroup the same id counts once in each group",
		source: "recorded: sqs test_sqs_fifo_message_group_scope_no_throughput_setting",
		check: func(x *bench) {
			q := x.Own.queue("FifoQueue", "true", "DeduplicationScope", "messageGroup")
			succeed(x, x.Own.SQS.SendMessage, q.sendTo("1", "x"))
			succeed(x, x.Own.SQS.SendMessage, q.sendTo("2", "x"))
			succeed(x, x.Own.SQS.SendMessage, q.sendTo("2", "x"))
			x.Own.received(q, 2)
		},
	},
	{
		says:   "a message of a FIFO queue needs a group and something to be told apart by, and takes no delay",
		source: "recorded: sqs test_posting_to_fifo_requires_deduplicationid_group_id, test_fifo_queue_send_message_with_delay_seconds_fails, test_send_batch_missing_message_group_id_for_fifo_queue, test_message_deduplication_id_invalid",
		check: func(x *bench) {
			q := x.Own.queue("FifoQueue", "true")
			in := q.sendTo("1", "x")
			in.MessageDeduplicationId = nil
			refused(x, x.Own.SQS.SendMessage, in, "InvalidParameterValue").saying(
				"The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly")
			in.MessageDeduplicationId = new("a b")
			refused(x, x.Own.SQS.SendMessage, in, "InvalidParameterValue").saying(
				"Value a b for parameter MessageDeduplicationId is invalid. Reason: MessageDeduplicationId can only include alphanumeric and punctuation characters. 1 to 128 in length.")
			in = q.sendTo("1", "x")
			in.DelaySeconds = 2
			refused(x, x.Own.SQS.SendMessage, in, "InvalidParameterValue").saying(
				"Value 2 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.")
			refused(x, x.Own.SQS.SendMessage, q.send("x"), "MissingParameter").saying("The request must contain the parameter MessageGroupId.")
			refused(x, x.Own.SQS.SendMessageBatch, &sqs.SendMessageBatchInput{QueueUrl: &q.url, Entries: []types.SendMessageBatchRequestEntry{{Id: new("1"), MessageBody: new("x")}}},
				"InvalidParameterValue").saying("The request must contain the parameter MessageGroupId.")
		},
	},
	{
		says:   "a FIFO queue deletes nothing by a handle whose time is over",
		source: "recorded: sqs test_fifo_delete_after_visibility_timeout",
		needs:  clock,
		check: func(x *bench) {
			q := x.Own.queue("FifoQueue", "true")
			succeed(x, x.Own.SQS.SendMessage, q.sendTo("1", "x"))
			h := x.Own.received(q, 1)[0].ReceiptHandle
			x.advance(30 * time.Second)
			refused(x, x.Own.SQS.DeleteMessage, q.drop(h), "InvalidParameterValue").saying(
				"Value " + text(h) + " for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.")
		},
	},
}
