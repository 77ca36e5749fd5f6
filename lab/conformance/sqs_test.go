package conformance

import (
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

// receive asks for ten messages, with all that is known of them.
func (q queue) receive() *sqs.ReceiveMessageInput {
	return &sqs.ReceiveMessageInput{
		QueueUrl: &q.url, MaxNumberOfMessages: 10, MessageAttributeNames: []string{"All"},
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
	}
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

var sqsMessages = []claim{
	{
		says:   "a message is received, hidden, and gone once it is deleted",
		source: "SQS Developer Guide, Amazon SQS visibility timeout; recorded: sqs test_delete_after_visibility_timeout",
		needs:  clock,
		check: func(x *bench) {
			q := x.Own.queue()
			sent := succeed(x, x.Own.SQS.SendMessage, q.send("hello"))
			m := x.Own.received(q, 1)[0]
			equal(x, "the body", text(m.Body), "hello")
			equal(x, "the id", text(m.MessageId), text(sent.MessageId))
			equal(x, "the digest", text(m.MD5OfBody), "5d41402abc4b2a76b9719d911017c592")
			x.Own.received(q, 0)
			x.advance(30 * time.Second)
			m = x.Own.received(q, 1)[0]
			succeed(x, x.Own.SQS.DeleteMessage, &sqs.DeleteMessageInput{QueueUrl: &q.url, ReceiptHandle: m.ReceiptHandle})
			x.advance(time.Hour)
			x.Own.received(q, 0)
		},
	},
	{
		says:   "a queue under a KMS key takes and gives messages by its permissions",
		source: "SQS Developer Guide, Key management: configuring KMS permissions for producers and consumers",
		check: func(x *bench) {
			k := x.Own.key("")
			q := x.Own.queue("KmsMasterKeyId", k.arn)
			sender := x.Own.session(document(may("sqs:SendMessage", q.arn), may("kms:GenerateDataKey", k.arn)))
			refused(x, sender.SQS.SendMessage, q.send("hello"), "KMS.AccessDeniedException")
		},
	},
}
