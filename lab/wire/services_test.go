package wire_test

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	secretsmanagertypes "github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"

	"rekey/lab/wire"
	"rekey/lab/wire/wiretest"
)

// checkBeyond holds the list of members that the model has and the SDK has
// not. They are refused in requests and cannot be answered. It shrinks when the
// SDK catches up.
func checkBeyond(t *testing.T, s *wire.Service, want ...string) {
	t.Helper()
	if got := s.Beyond(); !slices.Equal(got, want) {
		t.Errorf("members beyond the SDK:\n%q\nwant\n%q", got, want)
	}
}

func TestIAM(t *testing.T) {
	service := wire.MustLoad("iam")
	wiretest.Suite{
		Service: service,
		Client:  func(c aws.Config) any { return iam.NewFromConfig(c) },
		Errors: []smithy.APIError{
			&iamtypes.ConcurrentModificationException{},
			&iamtypes.DeleteConflictException{},
			&iamtypes.EntityAlreadyExistsException{},
			&iamtypes.InvalidInputException{},
			&iamtypes.LimitExceededException{},
			&iamtypes.MalformedPolicyDocumentException{},
			&iamtypes.NoSuchEntityException{},
			&iamtypes.PolicyNotAttachableException{},
			&iamtypes.ServiceFailureException{},
			&iamtypes.UnmodifiableEntityException{},
		},
	}.Run(t)
	checkBeyond(t, service)
}

func TestKMS(t *testing.T) {
	service := wire.MustLoad("kms")
	wiretest.Suite{
		Service: service,
		Client:  func(c aws.Config) any { return kms.NewFromConfig(c) },
		Errors: []smithy.APIError{
			&kmstypes.AlreadyExistsException{},
			&kmstypes.CloudHsmClusterInUseException{},
			&kmstypes.CloudHsmClusterInvalidConfigurationException{},
			&kmstypes.CloudHsmClusterNotActiveException{},
			&kmstypes.CloudHsmClusterNotFoundException{},
			&kmstypes.CloudHsmClusterNotRelatedException{},
			&kmstypes.ConflictException{},
			&kmstypes.CustomKeyStoreHasCMKsException{},
			&kmstypes.CustomKeyStoreInvalidStateException{},
			&kmstypes.CustomKeyStoreNameInUseException{},
			&kmstypes.CustomKeyStoreNotFoundException{},
			&kmstypes.DependencyTimeoutException{},
			&kmstypes.DisabledException{},
			&kmstypes.DryRunOperationException{},
			&kmstypes.ExpiredImportTokenException{},
			&kmstypes.IncorrectKeyException{},
			&kmstypes.IncorrectKeyMaterialException{},
			&kmstypes.IncorrectTrustAnchorException{},
			&kmstypes.InvalidAliasNameException{},
			&kmstypes.InvalidArnException{},
			&kmstypes.InvalidCiphertextException{},
			&kmstypes.InvalidGrantIdException{},
			&kmstypes.InvalidGrantTokenException{},
			&kmstypes.InvalidImportTokenException{},
			&kmstypes.InvalidKeyUsageException{},
			&kmstypes.InvalidMarkerException{},
			&kmstypes.KMSInternalException{},
			&kmstypes.KMSInvalidMacException{},
			&kmstypes.KMSInvalidSignatureException{},
			&kmstypes.KMSInvalidStateException{},
			&kmstypes.KeyUnavailableException{},
			&kmstypes.LimitExceededException{},
			&kmstypes.MalformedPolicyDocumentException{},
			&kmstypes.NotFoundException{},
			&kmstypes.TagException{},
			&kmstypes.UnsupportedOperationException{},
			&kmstypes.XksKeyAlreadyInUseException{},
			&kmstypes.XksKeyInvalidConfigurationException{},
			&kmstypes.XksKeyNotFoundException{},
			&kmstypes.XksProxyIncorrectAuthenticationCredentialException{},
			&kmstypes.XksProxyInvalidConfigurationException{},
			&kmstypes.XksProxyInvalidResponseException{},
			&kmstypes.XksProxyUriEndpointInUseException{},
			&kmstypes.XksProxyUriInUseException{},
			&kmstypes.XksProxyUriUnreachableException{},
			&kmstypes.XksProxyVpcEndpointServiceInUseException{},
			&kmstypes.XksProxyVpcEndpointServiceInvalidConfigurationException{},
			&kmstypes.XksProxyVpcEndpointServiceNotFoundException{},
		},
	}.Run(t)
	checkBeyond(t, service, "ListKeysRequest.ResourceOwners")
}

func TestSecretsManager(t *testing.T) {
	service := wire.MustLoad("secretsmanager")
	wiretest.Suite{
		Service: service,
		Client:  func(c aws.Config) any { return secretsmanager.NewFromConfig(c) },
		Beyond:  []string{"AssociateCrossAccountReplica", "DisassociateCrossAccountReplica", "ListResourcePolicies"},
		Errors: []smithy.APIError{
			&secretsmanagertypes.DecryptionFailure{},
			&secretsmanagertypes.EncryptionFailure{},
			&secretsmanagertypes.InternalServiceError{},
			&secretsmanagertypes.InvalidNextTokenException{},
			&secretsmanagertypes.InvalidParameterException{},
			&secretsmanagertypes.InvalidRequestException{},
			&secretsmanagertypes.LimitExceededException{},
			&secretsmanagertypes.MalformedPolicyDocumentException{},
			&secretsmanagertypes.PreconditionNotMetException{},
			&secretsmanagertypes.PublicPolicyException{},
			&secretsmanagertypes.ResourceExistsException{},
			&secretsmanagertypes.ResourceNotFoundException{},
		},
	}.Run(t)
	checkBeyond(t, service,
		"CreateSecretRequest.CrossAccountPrimaryARN",
		"DeleteResourcePolicyRequest.PolicyName", "DeleteResourcePolicyResponse.PolicyName",
		"DescribeSecretResponse.CrossAccountPrimary", "DescribeSecretResponse.CrossAccountReplicas",
		"GetResourcePolicyRequest.PolicyName", "GetResourcePolicyResponse.PolicyName",
		"PutResourcePolicyRequest.PolicyName", "PutResourcePolicyResponse.PolicyName")
}

func TestSTS(t *testing.T) {
	service := wire.MustLoad("sts")
	wiretest.Suite{
		Service: service,
		Client:  func(c aws.Config) any { return sts.NewFromConfig(c) },
		Errors: []smithy.APIError{
			&ststypes.ExpiredTokenException{},
			&ststypes.MalformedPolicyDocumentException{},
			&ststypes.PackedPolicyTooLargeException{},
			&ststypes.RegionDisabledException{},
		},
	}.Run(t)
	checkBeyond(t, service)
}
