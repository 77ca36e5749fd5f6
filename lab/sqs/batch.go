package sqs

import (
	"cmp"
	"regexp"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"rekey/lab/wire"
)

const (
	entriesLimit = 10
	// batchLimit is the greatest size of all messages of a batch (recorded).
	batchLimit = 1 << 20
)

var entryForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

// checkBatch holds the ids of a batch to their rules (recorded wording; API
// reference, for an empty batch, in our wording; reported wording for ids given
// twice, in elixir-broadway/broadway_sqs#49).
func checkBatch(ids []string) error {
	if len(ids) == 0 {
		return &types.EmptyBatchRequest{Message: new("There should be at least one SendMessageBatchRequestEntry in the request.")}
	}
	if n := len(ids); n > entriesLimit {
		return &types.TooManyEntriesInBatchRequest{Message: new("Maximum number of entries per request are 10. You have sent " + strconv.Itoa(n) + ".")}
	}
	seen := map[string]bool{}
	for _, id := range ids {
		if !entryForm.MatchString(id) {
			return &types.InvalidBatchEntryId{Message: new("A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.")}
		}
		if seen[id] {
			return &types.BatchEntryIdsNotDistinct{Message: new("Id " + id + " repeated.")}
		}
		seen[id] = true
	}
	return nil
}

// failedEntry tells of one entry that was refused, by the name that the error
// has in the Query protocol (recorded).
func failedEntry(id *string, e *wire.Error) types.BatchResultErrorEntry {
	return types.BatchResultErrorEntry{Id: id, Code: new(cmp.Or(e.QueryCode, e.Code)), Message: &e.Message, SenderFault: e.Status < 500}
}
