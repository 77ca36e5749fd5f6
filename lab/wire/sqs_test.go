package wire_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"

	"rekey/lab/wire"
	"rekey/lab/wire/wiretest"
)

func TestSQS(t *testing.T) {
	service := wire.MustLoad("sqs")
	wiretest.Suite{
		Service: service,
		Client: func(c aws.Config) any {
			return sqs.NewFromConfig(c, func(o *sqs.Options) { o.DisableMessageChecksumValidation = true })
		},
		Errors: []smithy.APIError{
			&types.BatchEntryIdsNotDistinct{},
			&types.BatchRequestTooLong{},
			&types.EmptyBatchRequest{},
			&types.InvalidAddress{},
			&types.InvalidAttributeName{},
			&types.InvalidAttributeValue{},
			&types.InvalidBatchEntryId{},
			&types.InvalidIdFormat{},
			&types.InvalidMessageContents{},
			&types.InvalidSecurity{},
			&types.KmsAccessDenied{},
			&types.KmsDisabled{},
			&types.KmsInvalidKeyUsage{},
			&types.KmsInvalidState{},
			&types.KmsNotFound{},
			&types.KmsOptInRequired{},
			&types.KmsThrottled{},
			&types.MessageNotInflight{},
			&types.OverLimit{},
			&types.PurgeQueueInProgress{},
			&types.QueueDeletedRecently{},
			&types.QueueDoesNotExist{},
			&types.QueueNameExists{},
			&types.ReceiptHandleIsInvalid{},
			&types.RequestThrottled{},
			&types.ResourceNotFoundException{},
			&types.TooManyEntriesInBatchRequest{},
			&types.UnsupportedOperation{},
		},
	}.Run(t)
	checkBeyond(t, service)
}
