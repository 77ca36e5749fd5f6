package wire_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/aws/smithy-go"

	"rekey/lab/wire"
	"rekey/lab/wire/wiretest"
)

func TestScheduler(t *testing.T) {
	service := wire.MustLoad("scheduler")
	wiretest.Suite{
		Service: service,
		Client:  func(c aws.Config) any { return scheduler.NewFromConfig(c) },
		BeyondErrors: []string{
			"DeleteSchedule.ServiceQuotaExceededException", "GetSchedule.ServiceQuotaExceededException", "UpdateSchedule.ServiceQuotaExceededException",
		},
		Errors: []smithy.APIError{
			&types.ConflictException{},
			&types.InternalServerException{},
			&types.ResourceNotFoundException{},
			&types.ServiceQuotaExceededException{},
			&types.ThrottlingException{},
			&types.ValidationException{},
		},
	}.Run(t)
	checkBeyond(t, service, "Target.EventBridgePutEventsV2Parameters", "Target.EventBridgePutRawEventsParameters")
}
