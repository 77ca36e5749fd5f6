package wire_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/smithy-go"

	"rekey/lab/wire"
	"rekey/lab/wire/wiretest"
)

func TestSNS(t *testing.T) {
	service := wire.MustLoad("sns")
	wiretest.Suite{
		Service:       service,
		Client:        func(c aws.Config) any { return sns.NewFromConfig(c) },
		EmptyIsAbsent: true,
		Errors: []smithy.APIError{
			&types.AuthorizationErrorException{},
			&types.BatchEntryIdsNotDistinctException{},
			&types.BatchRequestTooLongException{},
			&types.ConcurrentAccessException{},
			&types.EmptyBatchRequestException{},
			&types.EndpointDisabledException{},
			&types.FilterPolicyLimitExceededException{},
			&types.InternalErrorException{},
			&types.InvalidBatchEntryIdException{},
			&types.InvalidParameterException{},
			&types.InvalidParameterValueException{},
			&types.InvalidSecurityException{},
			&types.InvalidStateException{},
			&types.KMSAccessDeniedException{},
			&types.KMSDisabledException{},
			&types.KMSInvalidStateException{},
			&types.KMSNotFoundException{},
			&types.KMSOptInRequired{},
			&types.KMSThrottlingException{},
			&types.NotFoundException{},
			&types.PlatformApplicationDisabledException{},
			&types.ReplayLimitExceededException{},
			&types.ResourceNotFoundException{},
			&types.StaleTagException{},
			&types.SubscriptionLimitExceededException{},
			&types.TagLimitExceededException{},
			&types.TagPolicyException{},
			&types.TooManyEntriesInBatchRequestException{},
			&types.TopicLimitExceededException{},
			&types.ValidationException{},
		},
	}.Run(t)
	checkBeyond(t, service)
}
