package wire_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/smithy-go"

	"rekey/lab/wire"
	"rekey/lab/wire/wiretest"
)

func TestSSM(t *testing.T) {
	service := wire.MustLoad("ssm")
	wiretest.Suite{
		Service: service,
		Client:  func(c aws.Config) any { return ssm.NewFromConfig(c) },
		Errors: []smithy.APIError{
			&types.HierarchyLevelLimitExceededException{},
			&types.HierarchyTypeMismatchException{},
			&types.IncompatiblePolicyException{},
			&types.InternalServerError{},
			&types.InvalidAllowedPatternException{},
			&types.InvalidFilterKey{},
			&types.InvalidFilterOption{},
			&types.InvalidFilterValue{},
			&types.InvalidKeyId{},
			&types.InvalidNextToken{},
			&types.InvalidPolicyAttributeException{},
			&types.InvalidPolicyTypeException{},
			&types.InvalidResourceId{},
			&types.InvalidResourceType{},
			&types.MalformedResourcePolicyDocumentException{},
			&types.ParameterAlreadyExists{},
			&types.ParameterLimitExceeded{},
			&types.ParameterMaxVersionLimitExceeded{},
			&types.ParameterNotFound{},
			&types.ParameterPatternMismatchException{},
			&types.ParameterVersionLabelLimitExceeded{},
			&types.ParameterVersionNotFound{},
			&types.PoliciesLimitExceededException{},
			&types.ResourceNotFoundException{},
			&types.ResourcePolicyConflictException{},
			&types.ResourcePolicyInvalidParameterException{},
			&types.ResourcePolicyLimitExceededException{},
			&types.ResourcePolicyNotFoundException{},
			&types.ServiceSettingNotFound{},
			&types.TooManyTagsError{},
			&types.TooManyUpdates{},
			&types.UnsupportedParameterType{},
		},
	}.Run(t)
	checkBeyond(t, service)
}
