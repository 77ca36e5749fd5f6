package wire_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go"

	"rekey/lab/wire"
	"rekey/lab/wire/wiretest"
)

func TestLogs(t *testing.T) {
	service := wire.MustLoad("logs")
	wiretest.Suite{
		Service: service,
		Client:  func(c aws.Config) any { return cloudwatchlogs.NewFromConfig(c) },
		Errors: []smithy.APIError{
			&types.AccessDeniedException{},
			&types.ConflictException{},
			&types.DataAlreadyAcceptedException{},
			&types.InternalServerException{},
			&types.InternalStreamingException{},
			&types.InvalidOperationException{},
			&types.InvalidParameterException{},
			&types.InvalidSequenceTokenException{},
			&types.LimitExceededException{},
			&types.MalformedQueryException{},
			&types.OperationAbortedException{},
			&types.ResourceAlreadyExistsException{},
			&types.ResourceNotFoundException{},
			&types.ServiceQuotaExceededException{},
			&types.ServiceUnavailableException{},
			&types.SessionStreamingException{},
			&types.SessionTimeoutException{},
			&types.ThrottlingException{},
			&types.TooManyTagsException{},
			&types.UnrecognizedClientException{},
			&types.ValidationException{},
		},
	}.Run(t)
	checkBeyond(t, service)
}
