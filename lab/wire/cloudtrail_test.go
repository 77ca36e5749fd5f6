package wire_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/smithy-go"

	"rekey/lab/wire"
	"rekey/lab/wire/wiretest"
)

func TestCloudTrail(t *testing.T) {
	service := wire.MustLoad("cloudtrail")
	wiretest.Suite{
		Service: service,
		Client:  func(c aws.Config) any { return cloudtrail.NewFromConfig(c) },
		Errors: []smithy.APIError{
			&types.InvalidEventCategoryException{},
			&types.InvalidLookupAttributesException{},
			&types.InvalidMaxResultsException{},
			&types.InvalidNextTokenException{},
			&types.InvalidTimeRangeException{},
			&types.OperationNotPermittedException{},
			&types.UnsupportedOperationException{},
		},
	}.Run(t)
	checkBeyond(t, service)
}
