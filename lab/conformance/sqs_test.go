package conformance

import (
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// queue is a queue that a claim made.
type queue struct{ url, arn, name string }

// queue makes one with attributes of key and value pairs.
func (c *caller) queue(pairs ...string) queue {
	c.x.Helper()
	q := queue{name: c.x.name("queue")}
	attributes := contextOf(pairs...)
	if attributes["FifoQueue"] == "true" {
		q.name += ".fifo"
	}
	q.url = text(succeed(c.x, c.SQS.CreateQueue, &sqs.CreateQueueInput{QueueName: &q.name, Attributes: attributes}).QueueUrl)
	cleanup(c.x, c.SQS.DeleteQueue, &sqs.DeleteQueueInput{QueueUrl: &q.url})
	q.arn = "arn:aws:sqs:" + c.config.Region + ":" + c.account + ":" + q.name
	return q
}

func (q queue) send(body string) *sqs.SendMessageInput {
	return &sqs.SendMessageInput{QueueUrl: &q.url, MessageBody: &body}
}

// sendTo sends to a message group, with the body for a deduplication id.
func (q queue) sendTo(group, body string) *sqs.SendMessageInput {
	return &sqs.SendMessageInput{QueueUrl: &q.url, MessageBody: &body, MessageGroupId: &group, MessageDeduplicationId: &body}
}

// receive asks for ten messages, with all that is known of them.
func (q queue) receive() *sqs.ReceiveMessageInput {
	return &sqs.ReceiveMessageInput{
		QueueUrl: &q.url, MaxNumberOfMessages: 10, MessageAttributeNames: []string{"All"},
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
	}
}

func (q queue) drop(handle *string) *sqs.DeleteMessageInput {
	return &sqs.DeleteMessageInput{QueueUrl: &q.url, ReceiptHandle: handle}
}

func (q queue) hide(handle *string, seconds int32) *sqs.ChangeMessageVisibilityInput {
	return &sqs.ChangeMessageVisibilityInput{QueueUrl: &q.url, ReceiptHandle: handle, VisibilityTimeout: seconds}
}

func (q queue) set(pairs ...string) *sqs.SetQueueAttributesInput {
	return &sqs.SetQueueAttributesInput{QueueUrl: &q.url, Attributes: contextOf(pairs...)}
}

// redriveTo is the RedrivePolicy for a dead-letter queue.
func (q queue) redriveTo(most int) string {
	return `{"deadLetterTargetArn":"` + q.arn + `","maxReceiveCount":` + strconv.Itoa(most) + `}`
}

// received gives what a queue has, once it has that many.
func (c *caller) received(q queue, count int) []types.Message {
	c.x.Helper()
	var got []types.Message
	c.x.until(func() bool {
		got = append(got, succeed(c.x, c.SQS.ReceiveMessage, q.receive()).Messages...)
		return len(got) >= count
	})
	if len(got) != count {
		c.x.Fatalf("the queue has %d messages, want %d", len(got), count)
	}
	return got
}

// bodies joins the bodies of messages.
func bodies(messages []types.Message) string {
	var all []string
	for _, m := range messages {
		all = append(all, text(m.Body))
	}
	return strings.Join(all, " ")
}

// attributes gives all attributes of a queue.
func (c *caller) attributes(q queue) map[string]string {
	c.x.Helper()
	return succeed(c.x, c.SQS.GetQueueAttributes, &sqs.GetQueueAttributesInput{QueueUrl: &q.url, AttributeNames: []types.QueueAttributeName{"All"}}).Attributes
}

const nonExistentQueue = "AWS.SimpleQueueService.NonExistentQueue"

var sqsMessages = []claim{
	{
		says:   "a message is received, hidden, comes back, and is gone once it is deleted",
		source: "SQS Developer Guide, Amazon SQS visibility timeout; recorded: sqs test_delete_after_visibility_timeout",
		needs:  clock,
		check: func(x *bench) {
			q := x.Own.queue()
			sent := succeed(x, x.Own.SQS.SendMessage, q.send("hello"))
			m := x.Own.received(q, 1)[0]
			equal(x, "the body", text(m.Body), "hello")
			equal(x, "the id", text(m.MessageId), text(sent.MessageId))
			equal(x, "the digest", text(m.MD5OfBody), "5d41402abc4b2a76b9719d911017c592")
			equal(x, "the receipts", m.Attributes["ApproximateReceiveCount"], "1")
			x.Own.received(q, 0)
			x.advance(30 * time.Second)
			again := x.Own.received(q, 1)[0]
			equal(x, "the receipts", again.Attributes["ApproximateReceiveCount"], "2")
			equal(x, "the first receipt", again.Attributes["ApproximateFirstReceiveTimestamp"], m.Attributes["ApproximateFirstReceiveTimestamp"])
			succeed(x, x.Own.SQS.DeleteMessage, q.drop(again.ReceiptHandle))
			x.advance(time.Hour)
			x.Own.received(q, 0)
		},
	},
	{
		says:   "deleting with an older receipt handle succeeds, and the message stays",
		source: "SQS API Reference, DeleteMessage: you must provide the most recently received ReceiptHandle",
		needs:  clock,
		check: func(x *bench) {
			q := x.Own.queue()
			succeed(x, x.Own.SQS.SendMessage, q.send("hello"))
			old := x.Own.received(q, 1)[0].ReceiptHandle
			x.advance(time.Minute)
			x.Own.received(q, 1)
			succeed(x, x.Own.SQS.DeleteMessage, q.drop(old))
			x.advance(time.Minute)
			x.Own.received(q, 1)
		},
	},
	{
		says:   "a handle whose time is over hides nothing, though it is taken; once the message is deleted it is refused; and what is no handle is told",
		source: "recorded: sqs test_change_message_visibility_after_visibility_timeout_expiration; reported: that it does nothing then, in localstack/localstack#9632; asserted: sqs test_change_visibility_on_deleted_message_raises_invalid_parameter_value, test_invalid_receipt_handle_should_return_error_message",
		needs:  clock,
		check: func(x *bench) {
			q := x.Own.queue()
			succeed(x, x.Own.SQS.SendMessage, q.send("hello"))
			h := x.Own.received(q, 1)[0].ReceiptHandle
			x.advance(time.Minute)
			succeed(x, x.Own.SQS.ChangeMessageVisibility, q.hide(h, 10))
			h = x.Own.received(q, 1)[0].ReceiptHandle
			succeed(x, x.Own.SQS.DeleteMessage, q.drop(h))
			refused(x, x.Own.SQS.ChangeMessageVisibility, q.hide(h, 10), "InvalidParameterValue").saying(
				"Value " + text(h) + " for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.")
			refused(x, x.Own.SQS.ChangeMessageVisibility, q.hide(new("INVALID"), 10), "ReceiptHandleIsInvalid")
		},
	},
	{
		says:   "a message is hidden for twelve hours in all at most, from its receipt on",
		source: "SQS API Reference, ChangeMessageVisibility; reported: the message, in localstack/localstack#3956 and aws/aws-sdk-net#794",
		needs:  clock,
		check: func(x *bench) {
			q := x.Own.queue("VisibilityTimeout", "3600")
			succeed(x, x.Own.SQS.SendMessage, q.send("hello"))
			h := x.Own.received(q, 1)[0].ReceiptHandle
			x.advance(time.Minute)
			refused(x, x.Own.SQS.ChangeMessageVisibility, q.hide(h, 43200), "InvalidParameterValue").saying(
				"Value 43200 for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds]")
			succeed(x, x.Own.SQS.ChangeMessageVisibility, q.hide(h, 43140))
		},
	},
	{
		says:   "a delayed message appears when its delay is over, and is counted so",
		source: "SQS Developer Guide, Amazon SQS message timers; API Reference, GetQueueAttributes",
		needs:  clock,
		check: func(x *bench) {
			q := x.Own.queue()
			in := q.send("later")
			in.DelaySeconds = 60
			succeed(x, x.Own.SQS.SendMessage, in)
			x.Own.received(q, 0)
			equal(x, "the delayed", x.Own.attributes(q)["ApproximateNumberOfMessagesDelayed"], "1")
			x.advance(time.Minute)
			x.Own.received(q, 1)
			equal(x, "those in flight", x.Own.attributes(q)["ApproximateNumberOfMessagesNotVisible"], "1")
		},
	},
	{
		says:   "a message is gone after the retention period, whether it was received or not",
		source: "SQS API Reference, SetQueueAttributes, MessageRetentionPeriod; asserted: sqs test_message_retention",
		needs:  clock,
		check: func(x *bench) {
			q := x.Own.queue("MessageRetentionPeriod", "60")
			succeed(x, x.Own.SQS.SendMessage, q.send("hello"))
			h := x.Own.received(q, 1)[0].ReceiptHandle
			x.advance(time.Minute)
			x.Own.received(q, 0)
			succeed(x, x.Own.SQS.DeleteMessage, q.drop(h))
		},
	},
	{
		says:   "message attributes come back with the digest of those that were asked for",
		source: "recorded: sqs test_receive_message_message_attribute_names_filters, test_send_message_with_binary_attributes, test_dead_letter_queue_message_attributes",
		check: func(x *bench) {
			q := x.Own.queue()
			in := q.send("msg")
			in.MessageAttributes = map[string]types.MessageAttributeValue{
				"Help.Me": {DataType: new("String"), StringValue: new("Me")},
				"Hello":   {DataType: new("String"), StringValue: new("There")},
				"General": {DataType: new("String"), StringValue: new("Kenobi")},
			}
			equal(x, "the digest", text(succeed(x, x.Own.SQS.SendMessage, in).MD5OfMessageAttributes), "4c360f3fdafd970e05fae2f149d997f5")
			some := q.receive()
			some.MessageAttributeNames = []string{"Hel.*"}
			var got []types.Message
			x.until(func() bool {
				got = succeed(x, x.Own.SQS.ReceiveMessage, some).Messages
				return len(got) == 1
			})
			equal(x, "the number of attributes", len(got[0].MessageAttributes), 2)
			equal(x, "the digest of these", text(got[0].MD5OfMessageAttributes), "83fee93c1bcd8b9a5a923ffacdc636c7")
			in.MessageAttributes = map[string]types.MessageAttributeValue{"MyAttribute": {DataType: new("String"), StringValue: new("foobar")}}
			equal(x, "the digest", text(succeed(x, x.Own.SQS.SendMessage, in).MD5OfMessageAttributes), "adb59cd4678ea5a855436b949cd07ab6")
			equal(x, "the digest received", text(x.Own.received(q, 1)[0].MD5OfMessageAttributes), "adb59cd4678ea5a855436b949cd07ab6")
		},
	},
	{
		says:   "what a message may not have is refused with its reason",
		source: "recorded: sqs test_send_empty_message, test_send_message_with_empty_string_attribute, test_send_message_with_updated_maximum_message_size, test_send_oversized_message; asserted: sqs test_send_message_with_invalid_payload_characters",
		check: func(x *bench) {
			q := x.Own.queue("MaximumMessageSize", "1024")
			refused(x, x.Own.SQS.SendMessage, q.send(""), "MissingParameter").saying("The request must contain the parameter MessageBody.")
			refused(x, x.Own.SQS.SendMessage, q.send(strings.Repeat("x", 1025)), "InvalidParameterValue").saying(
				"One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.")
			refused(x, x.Own.SQS.SendMessage, q.send("a\x00b"), "InvalidMessageContents")
			in := q.send("x")
			in.MessageAttributes = map[string]types.MessageAttributeValue{"ErrorDetails": {DataType: new("String"), StringValue: new("")}}
			refused(x, x.Own.SQS.SendMessage, in, "InvalidParameterValue").saying(
				"Message (user) attribute 'ErrorDetails' must contain a non-empty value of type 'String'.")
			succeed(x, x.Own.SQS.SendMessage, q.send(strings.Repeat("x", 1024)))
		},
	},
	{
		says:   "a batch answers for each entry, and as a whole for its ids, number and size",
		source: "recorded: sqs test_send_batch_message_size, test_too_many_entries_in_batch_request, test_invalid_batch_id, test_send_message_batch_with_oversized_contents; SQS API Reference, SendMessageBatch: BatchEntryIdsNotDistinct",
		check: func(x *bench) {
			q := x.Own.queue()
			entry := func(id, body string) types.SendMessageBatchRequestEntry {
				return types.SendMessageBatchRequestEntry{Id: &id, MessageBody: &body}
			}
			batch := func(entries ...types.SendMessageBatchRequestEntry) *sqs.SendMessageBatchInput {
				return &sqs.SendMessageBatchInput{QueueUrl: &q.url, Entries: entries}
			}
			send := x.Own.SQS.SendMessageBatch
			refused(x, send, batch(entry("a", "1"), entry("a", "2")), "AWS.SimpleQueueService.BatchEntryIdsNotDistinct")
			refused(x, send, batch(entry("a:b", "1")), "AWS.SimpleQueueService.InvalidBatchEntryId").saying(
				"A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.")
			var many []types.SendMessageBatchRequestEntry
			for i := range 20 {
				many = append(many, entry(strconv.Itoa(i), "x"))
			}
			refused(x, send, batch(many...), "AWS.SimpleQueueService.TooManyEntriesInBatchRequest").saying("Maximum number of entries per request are 10. You have sent 20.")
			refused(x, send, batch(entry("a", strings.Repeat("a", 1<<19)), entry("b", strings.Repeat("a", 1<<19+1))), "AWS.SimpleQueueService.BatchRequestTooLong").saying(
				"Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.")
			succeed(x, x.Own.SQS.SetQueueAttributes, q.set("MaximumMessageSize", "1024"))
			out := &sqs.SendMessageBatchOutput{}
			x.until(func() bool {
				out = succeed(x, send, batch(entry("long", strings.Repeat("a", 1025)), entry("short", "a")))
				return len(out.Failed) == 1
			})
			if len(out.Failed) != 1 || len(out.Successful) != 1 {
				x.Fatalf("the answer is %+v", out)
			}
			equal(x, "the code", text(out.Failed[0].Code), "InvalidParameterValue")
			equal(x, "the message", text(out.Failed[0].Message), "One or more parameters cannot be validated. Reason: Message must be shorter than 1024 bytes.")
			equal(x, "whose fault it is", out.Failed[0].SenderFault, true)
		},
	},
	{
		says:   "no more than ten messages are received at once, and none is waited for longer than 20 seconds",
		source: "recorded: sqs test_send_receive_max_number_of_messages, test_send_receive_wait_time_seconds",
		check: func(x *bench) {
			q := x.Own.queue()
			in := q.receive()
			in.MaxNumberOfMessages = 11
			refused(x, x.Own.SQS.ReceiveMessage, in, "InvalidParameterValue").saying("Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.")
			in.MaxNumberOfMessages, in.WaitTimeSeconds = 1, 21
			refused(x, x.Own.SQS.ReceiveMessage, in, "InvalidParameterValue").saying("Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.")
		},
	},
	{
		says:   "a message received too often is a dead letter: with its id, where it came from, and how often it was received",
		source: "recorded: sqs test_dead_letter_queue_message_attributes; asserted: sqs test_dead_letter_queue_max_receive_count",
		check: func(x *bench) {
			dead := x.Own.queue()
			q := x.Own.queue("RedrivePolicy", dead.redriveTo(1), "VisibilityTimeout", "0")
			sent := succeed(x, x.Own.SQS.SendMessage, q.send("hello"))
			x.Own.received(q, 1)
			var got []types.Message
			x.until(func() bool {
				x.Own.received(q, 0)
				got = succeed(x, x.Own.SQS.ReceiveMessage, dead.receive()).Messages
				return len(got) == 1
			})
			if len(got) != 1 {
				x.Fatal("there is no dead letter")
			}
			equal(x, "the id", text(got[0].MessageId), text(sent.MessageId))
			equal(x, "the source", got[0].Attributes["DeadLetterQueueSourceArn"], q.arn)
			equal(x, "the receipts", got[0].Attributes["ApproximateReceiveCount"], "2")
			equal(x, "the sources", strings.Join(succeed(x, x.Own.SQS.ListDeadLetterSourceQueues, &sqs.ListDeadLetterSourceQueuesInput{QueueUrl: &dead.url}).QueueUrls, " "), q.url)
		},
	},
	{
		says:   "a dead-letter queue must exist, be of the same kind, and let the queue have it",
		source: "SQS Developer Guide, Using dead-letter queues; API Reference, SetQueueAttributes, RedriveAllowPolicy; assumption: the wordings",
		check: func(x *bench) {
			q, dead := x.Own.queue(), x.Own.queue()
			refused(x, x.Own.SQS.SetQueueAttributes, q.set("RedrivePolicy", queue{arn: q.arn + "-none"}.redriveTo(1)), "InvalidParameterValue")
			refused(x, x.Own.SQS.SetQueueAttributes, q.set("RedrivePolicy", x.Own.queue("FifoQueue", "true").redriveTo(1)), "InvalidParameterValue")
			succeed(x, x.Own.SQS.SetQueueAttributes, dead.set("RedriveAllowPolicy", `{"redrivePermission":"denyAll"}`))
			refused(x, x.Own.SQS.SetQueueAttributes, q.set("RedrivePolicy", dead.redriveTo(1)), "InvalidParameterValue")
			succeed(x, x.Own.SQS.SetQueueAttributes, dead.set("RedriveAllowPolicy", `{"redrivePermission":"byQueue","sourceQueueArns":["`+q.arn+`"]}`))
			succeed(x, x.Own.SQS.SetQueueAttributes, q.set("RedrivePolicy", dead.redriveTo(1)))
			succeed(x, x.Own.SQS.SetQueueAttributes, q.set("RedrivePolicy", ""))
			equal(x, "the redrive policy", x.Own.attributes(q)["RedrivePolicy"], "")
		},
	},
	{
		says:   "dead letters are moved back as new messages, at the rate that was asked for, and the task can be cancelled",
		source: "recorded: sqs test_basic_move_task_workflow, test_move_task_cancel, test_move_task_with_throughput_limit, test_start_multiple_move_tasks; SQS Developer Guide, dead-letter queue redrive: a new messageID",
		needs:  clock,
		check: func(x *bench) {
			dead := x.Own.queue()
			q := x.Own.queue("RedrivePolicy", dead.redriveTo(1), "VisibilityTimeout", "0")
			sent := succeed(x, x.Own.SQS.SendMessage, q.send("one"))
			succeed(x, x.Own.SQS.SendMessage, q.send("two"))
			x.Own.received(q, 2)
			x.Own.received(q, 0)
			start := &sqs.StartMessageMoveTaskInput{SourceArn: &dead.arn, MaxNumberOfMessagesPerSecond: new(int32(1))}
			task := succeed(x, x.Own.SQS.StartMessageMoveTask, start)
			refused(x, x.Own.SQS.StartMessageMoveTask, start, "InvalidParameterValue").saying(
				"There is already a task running. Only one active task is allowed for a source queue arn at a given time.")
			x.advance(time.Second)
			m := x.Own.received(q, 1)[0]
			if text(m.MessageId) == text(sent.MessageId) {
				x.Error("the message has its old id")
			}
			cancelled := succeed(x, x.Own.SQS.CancelMessageMoveTask, &sqs.CancelMessageMoveTaskInput{TaskHandle: task.TaskHandle})
			equal(x, "the number moved", cancelled.ApproximateNumberOfMessagesMoved, 1)
			x.advance(time.Minute)
			x.Own.received(dead, 1)
			got := succeed(x, x.Own.SQS.ListMessageMoveTasks, &sqs.ListMessageMoveTasksInput{SourceArn: &dead.arn}).Results[0]
			equal(x, "the status", text(got.Status), "CANCELLED")
			refused(x, x.Own.SQS.StartMessageMoveTask, &sqs.StartMessageMoveTaskInput{SourceArn: &q.arn}, "InvalidParameterValue").saying(
				"Source queue must be configured as a Dead Letter Queue.")
		},
	},
}
