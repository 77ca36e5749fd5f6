package wire_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/smithy-go"

	"rekey/lab/wire"
	"rekey/lab/wire/wiretest"
)

func TestEvents(t *testing.T) {
	service := wire.MustLoad("events")
	wiretest.Suite{
		Service: service,
		Client:  func(c aws.Config) any { return eventbridge.NewFromConfig(c) },
		Fit: func(_ string, in, _ any) {
			if put, ok := in.(*eventbridge.PutEventsInput); ok {
				put.EndpointId = nil // the client would sign for a global endpoint
			}
		},
		Errors: []smithy.APIError{
			&types.ConcurrentModificationException{},
			&types.InternalException{},
			&types.InvalidEventPatternException{},
			&types.InvalidStateException{},
			&types.LimitExceededException{},
			&types.ManagedRuleException{},
			&types.OperationDisabledException{},
			&types.PolicyLengthExceededException{},
			&types.ResourceAlreadyExistsException{},
			&types.ResourceNotFoundException{},
		},
	}.Run(t)
	checkBeyond(t, service)
}
