package sqs

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"rekey/lab/world"
)

// handle is what a receipt handle stands for: one receipt of a message.
type handle struct {
	queue  string // ARN
	id     string
	number int
}

// mark makes receipt handles begin as those of AWS do, with AQEB.
var mark = []byte{1, 1, 1}

func (h handle) String() string {
	return base64.StdEncoding.EncodeToString(append(bytes.Clone(mark), h.queue+" "+h.id+" "+strconv.Itoa(h.number)...))
}

// parseHandle reads a receipt handle of a queue (reported wording).
func parseHandle(q *queue, text string) (handle, error) {
	b, err := base64.StdEncoding.DecodeString(text)
	parts := strings.Split(strings.TrimPrefix(string(b), string(mark)), " ")
	if err == nil && len(parts) == 3 && parts[0] == q.arn() {
		if n, err := strconv.Atoi(parts[2]); err == nil {
			return handle{parts[0], parts[1], n}, nil
		}
	}
	return handle{}, &types.ReceiptHandleIsInvalid{Message: new(`The input receipt handle "` + text + `" is not a valid receipt handle.`)}
}

func (s *Service) deleteMessage(c *world.Call, in *sqs.DeleteMessageInput) (*sqs.DeleteMessageOutput, error) {
	t, err := s.existing(c, *in.QueueUrl, "DeleteMessage")
	if err != nil {
		return nil, err
	}
	return &sqs.DeleteMessageOutput{}, t.drop(c.Time, *in.ReceiptHandle)
}

// drop deletes a message. With an old handle of it the request succeeds, and the
// message stays (API reference, DeleteMessage). A FIFO queue refuses a handle
// whose visibility timeout is over (recorded). What is not there any more is
// deleted with success.
func (q *queue) drop(now time.Time, text string) error {
	h, err := parseHandle(q, text)
	if err != nil {
		return err
	}
	m := q.message(h.id)
	switch {
	case m == nil:
		return nil
	case q.fifo() && (m.handle != h.number || !m.visible.After(now)):
		return invalidValue("ReceiptHandle", text, "The receipt handle has expired.")
	case m.handle == h.number:
		q.remove(m)
		q.wake()
	}
	return nil
}

func (s *Service) deleteMessageBatch(c *world.Call, in *sqs.DeleteMessageBatchInput) (*sqs.DeleteMessageBatchOutput, error) {
	t, err := s.existing(c, *in.QueueUrl, "DeleteMessage")
	if err != nil {
		return nil, err
	}
	ids := []string{}
	for _, e := range in.Entries {
		ids = append(ids, *e.Id)
	}
	if err := checkBatch(ids); err != nil {
		return nil, err
	}
	out := &sqs.DeleteMessageBatchOutput{}
	for _, e := range in.Entries {
		if err := t.drop(c.Time, *e.ReceiptHandle); err != nil {
			out.Failed = append(out.Failed, failedEntry(e.Id, world.Answer(err)))
			continue
		}
		out.Successful = append(out.Successful, types.DeleteMessageBatchResultEntry{Id: e.Id})
	}
	return out, nil
}

func (s *Service) changeMessageVisibility(c *world.Call, in *sqs.ChangeMessageVisibilityInput) (*sqs.ChangeMessageVisibilityOutput, error) {
	t, err := s.existing(c, *in.QueueUrl, "ChangeMessageVisibility")
	if err != nil {
		return nil, err
	}
	return &sqs.ChangeMessageVisibilityOutput{}, t.hide(c.Time, *in.ReceiptHandle, in.VisibilityTimeout)
}

// hide sets how long a message stays hidden, from now on, until at most twelve
// hours after it was received (API reference, ChangeMessageVisibility; reported
// wording, in localstack/localstack#3956). The newest handle of a message of a
// standard queue is taken also when its time is over (recorded), and then does
// nothing (reported, in localstack/localstack#9632). That it is refused for a
// FIFO queue is assumed, as that an older handle is; the wording is the asserted
// one for a deleted message (sqs
// test_change_visibility_on_deleted_message_raises_invalid_parameter_value).
func (q *queue) hide(now time.Time, text string, seconds int32) error {
	if seconds < 0 || seconds > longestHidden {
		return badTimeout(seconds)
	}
	h, err := parseHandle(q, text)
	if err != nil {
		return err
	}
	m := q.message(h.id)
	if m == nil || m.handle != h.number || q.fifo() && !m.visible.After(now) {
		return invalidValue("ReceiptHandle", text, "Message does not exist or is not available for visibility timeout change.")
	}
	if !m.visible.After(now) {
		return nil
	}
	until := now.Add(time.Duration(seconds) * time.Second)
	if until.After(m.taken.Add(longestHidden * time.Second)) {
		return invalidValue("VisibilityTimeout", strconv.Itoa(int(seconds)), "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]")
	}
	m.visible = until
	q.wake()
	return nil
}

func (s *Service) changeMessageVisibilityBatch(c *world.Call, in *sqs.ChangeMessageVisibilityBatchInput) (*sqs.ChangeMessageVisibilityBatchOutput, error) {
	t, err := s.existing(c, *in.QueueUrl, "ChangeMessageVisibility")
	if err != nil {
		return nil, err
	}
	ids := []string{}
	for _, e := range in.Entries {
		ids = append(ids, *e.Id)
	}
	if err := checkBatch(ids); err != nil {
		return nil, err
	}
	out := &sqs.ChangeMessageVisibilityBatchOutput{}
	for _, e := range in.Entries {
		if err := t.hide(c.Time, *e.ReceiptHandle, e.VisibilityTimeout); err != nil {
			out.Failed = append(out.Failed, failedEntry(e.Id, world.Answer(err)))
			continue
		}
		out.Successful = append(out.Successful, types.ChangeMessageVisibilityBatchResultEntry{Id: e.Id})
	}
	return out, nil
}
