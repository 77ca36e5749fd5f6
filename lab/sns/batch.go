package sns

import (
	"regexp"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"rekey/lab/world"
)

const entriesLimit = 10

var entryForm = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// checkBatch holds the entries of a batch to their rules (recorded wordings).
func checkBatch(entries []types.PublishBatchRequestEntry) error {
	switch {
	case len(entries) == 0:
		return &types.EmptyBatchRequestException{Message: new("The batch request doesn't contain any entries.")}
	case len(entries) > entriesLimit:
		return &types.TooManyEntriesInBatchRequestException{Message: new("The batch request contains more entries than permissible.")}
	}
	seen := map[string]bool{}
	for _, e := range entries {
		id := *e.Id
		switch {
		case len(id) > 80:
			return &types.InvalidBatchEntryIdException{Message: new("The Id of a batch entry in the batch request is too long: " + id)}
		case !entryForm.MatchString(id):
			return &types.InvalidBatchEntryIdException{Message: new("The Id of a batch entry in the batch request contains an impermissible character: " + id)}
		case seen[id]:
			return &types.BatchEntryIdsNotDistinctException{Message: new("Two or more batch entries in the request have the same Id.")}
		}
		seen[id] = true
	}
	return nil
}

// publishBatch refuses the whole batch for what is wrong with one of its
// messages, as far as that is recorded (sns test_publish_batch_exceptions,
// test_empty_or_wrong_message_attributes, test_publish_batch_too_long_message);
// that it is so for the rest is assumed.
func (s *Service) publishBatch(c *world.Call, in *sns.PublishBatchInput) (*sns.PublishBatchOutput, error) {
	t, err := s.find(c, "TopicArn", *in.TopicArn)
	if err != nil {
		return nil, err
	}
	if err := s.admit(c, t, "Publish", nil); err != nil {
		return nil, err
	}
	if err := checkBatch(in.PublishBatchRequestEntries); err != nil {
		return nil, err
	}
	messages, requests, err := t.composeAll(in.PublishBatchRequestEntries)
	if err != nil {
		return nil, err
	}
	if err := s.useKey(c, t.topic); err != nil {
		return nil, err
	}
	out := &sns.PublishBatchOutput{Failed: []types.BatchResultErrorEntry{}, Successful: []types.PublishBatchResultEntry{}}
	for i, m := range messages {
		sent := s.accept(c, t.topic, m, requests[i])
		out.Successful = append(out.Successful, types.PublishBatchResultEntry{
			Id: in.PublishBatchRequestEntries[i].Id, MessageId: sent.MessageId, SequenceNumber: sent.SequenceNumber,
		})
	}
	return out, nil
}

// composeAll makes the messages of a batch, which together may be no longer than
// one.
func (t *topic) composeAll(entries []types.PublishBatchRequestEntry) (messages []*message, requests []*sns.PublishInput, err error) {
	total := 0
	for _, e := range entries {
		total += size(&message{body: *e.Message, attributes: e.MessageAttributes})
	}
	if total > t.sizeLimit() {
		return nil, nil, &types.BatchRequestTooLongException{Message: new("The length of all the messages put together is more than the limit.")}
	}
	for _, e := range entries {
		request := &sns.PublishInput{
			Message: e.Message, Subject: e.Subject, MessageStructure: e.MessageStructure, MessageAttributes: e.MessageAttributes,
			MessageGroupId: e.MessageGroupId, MessageDeduplicationId: e.MessageDeduplicationId,
		}
		m, err := t.compose(request)
		if err == nil {
			err = t.checkGroup(request)
		}
		if err != nil {
			return nil, nil, err
		}
		messages, requests = append(messages, m), append(requests, request)
	}
	return messages, requests, nil
}
