package wire_test

import (
	"reflect"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"

	"rekey/lab/wire"
	"rekey/lab/wire/wiretest"
)

func TestLambda(t *testing.T) {
	service := wire.MustLoad("lambda")
	wiretest.Suite{
		Service:      service,
		Client:       func(c aws.Config) any { return lambda.NewFromConfig(c) },
		Fit:          fitLambda,
		BeyondErrors: []string{"RuntimeAliasDeletedException", "RuntimeVersionDeletedException"},
		Errors: []smithy.APIError{
			&types.CodeArtifactUserDeletedException{},
			&types.CodeArtifactUserFailedException{},
			&types.CodeArtifactUserPendingException{},
			&types.CodeSigningConfigNotFoundException{},
			&types.CodeStorageExceededException{},
			&types.CodeVerificationFailedException{},
			&types.DurableExecutionAlreadyStartedException{},
			&types.EC2AccessDeniedException{},
			&types.EC2ThrottledException{},
			&types.EC2UnexpectedException{},
			&types.EFSIOException{},
			&types.EFSMountConnectivityException{},
			&types.EFSMountFailureException{},
			&types.EFSMountTimeoutException{},
			&types.ENILimitReachedException{},
			&types.ENINotReadyException{},
			&types.FunctionVersionsPerCapacityProviderLimitExceededException{},
			&types.InvalidCodeSignatureException{},
			&types.InvalidParameterValueException{},
			&types.InvalidRequestContentException{},
			&types.InvalidRuntimeException{},
			&types.InvalidSecurityGroupIDException{},
			&types.InvalidSubnetIDException{},
			&types.InvalidZipFileException{},
			&types.KMSAccessDeniedException{},
			&types.KMSDisabledException{},
			&types.KMSInvalidStateException{},
			&types.KMSNotFoundException{},
			&types.ModeNotSupportedException{},
			&types.NoPublishedVersionException{},
			&types.PolicyLengthExceededException{},
			&types.PreconditionFailedException{},
			&types.PublicPolicyException{},
			&types.RecursiveInvocationException{},
			&types.RequestTooLargeException{},
			&types.ResourceConflictException{},
			&types.ResourceInUseException{},
			&types.ResourceNotFoundException{},
			&types.ResourceNotReadyException{},
			&types.S3FilesMountConnectivityException{},
			&types.S3FilesMountFailureException{},
			&types.S3FilesMountTimeoutException{},
			&types.SerializedRequestEntityTooLargeException{},
			&types.ServiceException{},
			&types.ServiceQuotaExceededException{},
			&types.SnapStartException{},
			&types.SnapStartNotReadyException{},
			&types.SnapStartRegenerationFailureException{},
			&types.SnapStartTimeoutException{},
			&types.SubnetIPAddressLimitReachedException{},
			&types.TooManyRequestsException{},
			&types.UnsupportedMediaTypeException{},
		},
	}.Run(t)
	checkBeyond(t, service,
		"CreateFunctionRequest.AcceleratorConfig", "CreateFunctionRequest.RuntimeConfig",
		"FunctionConfiguration.AcceleratorConfig", "FunctionConfiguration.RuntimeConfig",
		"UpdateFunctionConfigurationRequest.AcceleratorConfig", "UpdateFunctionConfigurationRequest.RuntimeConfig")
}

// fitLambda gives what is the status of the HTTP answer a value that it can have.
func fitLambda(_ string, _, out any) {
	if f := reflect.ValueOf(out).Elem().FieldByName("StatusCode"); f.IsValid() {
		f.SetInt(202)
	}
}
