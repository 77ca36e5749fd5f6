package wire_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	smtypes "github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"rekey/lab/wire"
)

// The round trip cannot see what both sides agree on by mistake, so some
// answers are written out.
func TestAnswers(t *testing.T) {
	at := time.UnixMilli(1_700_000_000_120).UTC()
	for _, c := range []struct {
		service, op string
		out         any
		want        string
	}{
		{"kms", "EnableKey", &kms.EnableKeyOutput{}, `{}`},
		{"kms", "ListKeys", &kms.ListKeysOutput{Keys: []kmstypes.KeyListEntry{}}, `{"Keys":[],"Truncated":false}`},
		{"kms", "Encrypt", &kms.EncryptOutput{CiphertextBlob: []byte{0, 255}, EncryptionAlgorithm: "SYMMETRIC_DEFAULT"},
			`{"CiphertextBlob":"AP8=","EncryptionAlgorithm":"SYMMETRIC_DEFAULT"}`},
		{"kms", "ScheduleKeyDeletion", &kms.ScheduleKeyDeletionOutput{KeyId: aws.String("\"\\\n\x01é\xff"), DeletionDate: &at},
			"{\"KeyId\":\"\\\"\\\\\\n\\u0001é\uFFFD\",\"DeletionDate\":1700000000.120}"},
		{"sts", "GetCallerIdentity", &sts.GetCallerIdentityOutput{Account: aws.String("111122223333"), UserId: aws.String("<&>")},
			`<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>` +
				`<UserId>&lt;&amp;&gt;</UserId><Account>111122223333</Account></GetCallerIdentityResult>` +
				`<ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></GetCallerIdentityResponse>`},
		{"iam", "DeleteRole", &iam.DeleteRoleOutput{},
			`<DeleteRoleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></DeleteRoleResponse>`},
		{"iam", "ListAccessKeys", &iam.ListAccessKeysOutput{AccessKeyMetadata: []iamtypes.AccessKeyMetadata{{CreateDate: aws.Time(time.Unix(1_700_000_000, 0))}}},
			`<ListAccessKeysResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ListAccessKeysResult><AccessKeyMetadata><member>` +
				`<CreateDate>2023-11-14T22:13:20Z</CreateDate></member></AccessKeyMetadata><IsTruncated>false</IsTruncated></ListAccessKeysResult>` +
				`<ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></ListAccessKeysResponse>`},
	} {
		w := httptest.NewRecorder()
		if err := wire.MustLoad(c.service).EncodeOutput(c.op, w, c.out, "r-1"); err != nil {
			t.Errorf("%s: %v", c.op, err)
		} else if got := w.Body.String(); got != c.want || w.Code != http.StatusOK || w.Header().Get("X-Amzn-Requestid") != "r-1" {
			t.Errorf("%s: %d %v\n got %s\nwant %s", c.op, w.Code, w.Header(), got, c.want)
		}
	}
}

func TestErrorAnswers(t *testing.T) {
	const iamOpen = `<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error>`
	const end = `</Error><RequestId>r-1</RequestId></ErrorResponse>`
	for _, c := range []struct {
		service string
		err     error
		status  int
		want    string
	}{
		// KMS spells the message's member in lower case, Secrets Manager in upper.
		{"kms", &kmstypes.NotFoundException{Message: aws.String("Invalid keyId 'k'")}, 400,
			`{"__type":"NotFoundException","message":"Invalid keyId 'k'"}`},
		{"secretsmanager", &smtypes.ResourceNotFoundException{Message: aws.String("m")}, 400,
			`{"__type":"ResourceNotFoundException","Message":"m"}`},
		// Recorded without a message.
		{"kms", &kmstypes.InvalidCiphertextException{}, 400, `{"__type":"InvalidCiphertextException"}`},
		{"kms", &kmstypes.KMSInternalException{}, 500, `{"__type":"KMSInternalException"}`},
		{"kms", &wire.Error{Code: "KMSInternalException"}, 500, `{"__type":"KMSInternalException"}`},
		{"kms", &wire.Error{Code: "AccessDeniedException", Message: "no"}, 400, `{"__type":"AccessDeniedException","message":"no"}`},
		{"kms", &wire.Error{Code: "InternalFailure", Fault: smithy.FaultServer}, 500, `{"__type":"InternalFailure"}`},
		{"kms", wire.MustLoad("kms").NoSuchOperation("X"), 400, `{"__type":"UnknownOperationException"}`},
		{"iam", &iamtypes.NoSuchEntityException{Message: aws.String("gone")}, 404,
			iamOpen + `<Type>Sender</Type><Code>NoSuchEntity</Code><Message>gone</Message>` + end},
		{"iam", &iamtypes.ServiceFailureException{}, 500, iamOpen + `<Type>Receiver</Type><Code>ServiceFailure</Code>` + end},
		{"iam", &wire.Error{Code: "AccessDenied", Message: "<no>"}, 403,
			iamOpen + `<Type>Sender</Type><Code>AccessDenied</Code><Message>&lt;no&gt;</Message>` + end},
		{"iam", wire.MustLoad("iam").NoSuchOperation("X"), 400,
			iamOpen + `<Type>Sender</Type><Code>InvalidAction</Code><Message>Could not find operation X for version 2010-05-08</Message>` + end},
	} {
		e, ok := wire.FromAPIError(fmt.Errorf("around: %w", c.err))
		if !ok {
			t.Errorf("%v is not an API error", c.err)
			continue
		}
		w := httptest.NewRecorder()
		wire.MustLoad(c.service).EncodeError(w, e, "r-1")
		if got := w.Body.String(); got != c.want || w.Code != c.status {
			t.Errorf("%v:\n got %d %s\nwant %d %s", c.err, w.Code, got, c.status, c.want)
		}
	}
	if _, ok := wire.FromAPIError(errors.New("disk full")); ok {
		t.Error("an error of the lab's own would have been shown to the client")
	}
}

// Bindings are made on first use, which may come from many requests at once.
func TestConcurrentUse(t *testing.T) {
	service := wire.MustLoad("kms")
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			var in kms.CreateKeyInput
			body := []byte(`{"Tags":[{"TagKey":"a","TagValue":"b"}]}`)
			if err := service.DecodeInput("CreateKey", jsonRequest("", ""), body, &in); err != nil || len(in.Tags) != 1 {
				t.Errorf("%v, %v", in, err)
			}
			if err := service.Validate("CreateKey", &in); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}
