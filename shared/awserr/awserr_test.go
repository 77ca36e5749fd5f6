package awserr_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	eventstypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/smithy-go"

	"rekey/shared/awserr"
)

func TestClassify(t *testing.T) {
	state := func(words string) error { return &types.KMSInvalidStateException{Message: &words} }
	for _, c := range []struct {
		err  error
		want awserr.Class
	}{
		{nil, awserr.None},
		{errors.New("x"), awserr.Unknown},
		{&smithy.GenericAPIError{Code: "SomethingNew"}, awserr.Unknown},
		{&smithy.GenericAPIError{Code: "AccessDeniedException"}, awserr.Denied},
		{fmt.Errorf("decrypt: %w", &types.DisabledException{}), awserr.KeyDisabled},
		{state("arn:aws:kms:us-east-1:111122223333:key/x is pending deletion."), awserr.KeyPendingDeletion},
		{state("arn:aws:kms:us-east-1:111122223333:key/x is pending import."), awserr.KeyUnavailable},
		{&smithy.GenericAPIError{Code: "DecryptionFailure", Message: "x is disabled. (Service: AWSKMS; Error Code: DisabledException)"}, awserr.KeyDisabled},
		{&smithy.GenericAPIError{Code: "DecryptionFailure", Message: "no reason"}, awserr.KeyUnavailable},
		{&types.NotFoundException{}, awserr.NotFound},
		{&types.IncorrectKeyException{}, awserr.WrongKey},
		{&types.InvalidCiphertextException{}, awserr.InvalidCiphertext},
		{&smithy.GenericAPIError{Code: "ThrottlingException"}, awserr.Throttled},
		{&smithy.GenericAPIError{Code: "ExpiredTokenException"}, awserr.Credentials},
		{&net.OpError{Op: "dial", Err: errors.New("refused")}, awserr.Unreachable},
		{&fs.PathError{Op: "open", Path: "x", Err: syscall.EACCES}, awserr.Unknown},
		{&smithy.GenericAPIError{Code: "KMSInternalException", Fault: smithy.FaultServer}, awserr.ServiceFault},
		{&smithy.GenericAPIError{Code: "SomethingElse", Fault: smithy.FaultServer}, awserr.ServiceFault},
		{&smithy.GenericAPIError{Code: "InvalidRequestException", Message: "the secret because it was marked for deletion."}, awserr.NotFound},
		{&smithy.GenericAPIError{Code: "InvalidRequestException"}, awserr.Invalid},
		{fmt.Errorf("x: %w", context.DeadlineExceeded), awserr.Unreachable},
		{&types.ConflictException{}, awserr.Conflict},
		{&types.AlreadyExistsException{}, awserr.Exists},
		{&types.LimitExceededException{}, awserr.LimitExceeded}, // which the SDK counts as throttling
		{&types.UnsupportedOperationException{}, awserr.Unsupported},
		{&types.DryRunOperationException{}, awserr.DryRunOK},
		{&smithy.GenericAPIError{Code: "PreconditionFailed"}, awserr.Conflict},
		{&smithy.GenericAPIError{Code: "ConditionalRequestConflict"}, awserr.Conflict},
		{&snstypes.AuthorizationErrorException{}, awserr.Denied},
		{&snstypes.NotFoundException{}, awserr.NotFound},
		{&snstypes.ThrottledException{}, awserr.Throttled},
		{&snstypes.KMSDisabledException{}, awserr.KeyDisabled},
		{&snstypes.ConcurrentAccessException{}, awserr.Conflict},
		{&eventstypes.ConcurrentModificationException{}, awserr.Conflict},
		{&eventstypes.ResourceAlreadyExistsException{}, awserr.Exists},
		{&lambdatypes.PreconditionFailedException{}, awserr.Conflict},
		{&lambdatypes.TooManyRequestsException{}, awserr.Throttled},
		{&lambdatypes.KMSNotFoundException{}, awserr.KeyUnavailable},
	} {
		if got := awserr.Classify(c.err); got != c.want {
			t.Errorf("Classify(%v) = %q, want %q", c.err, got, c.want)
		}
	}
}

// Waiting helps where a service is busy, and nowhere else.
func TestRetryable(t *testing.T) {
	for class, want := range map[awserr.Class]bool{
		awserr.Throttled: true, awserr.ServiceFault: true, awserr.Unreachable: true,
		awserr.LimitExceeded: false, awserr.Conflict: false, awserr.Exists: false, awserr.Unsupported: false, awserr.DryRunOK: false,
	} {
		if class.Retryable() != want {
			t.Errorf("%s: retryable is %v", class, !want)
		}
	}
}

// The SDK's own words for missing credentials, asked of the SDK itself so that
// a change of them is noticed.
func TestClassifyMissingCredentials(t *testing.T) {
	client := kms.New(kms.Options{Region: "us-east-1", RetryMaxAttempts: 1, Credentials: aws.NewCredentialsCache(aws.CredentialsProviderFunc(
		func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{}, &net.OpError{Op: "dial", Err: errors.New("no metadata service")}
		}))})
	_, err := client.ListKeys(t.Context(), &kms.ListKeysInput{})
	if got := awserr.Classify(err); got != awserr.Credentials {
		t.Errorf("Classify(%v) = %q", err, got)
	}
}
