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
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	smtypes "github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
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
		{"s3", "ListBuckets", &s3.ListBucketsOutput{Buckets: []s3types.Bucket{{Name: aws.String("b"), CreationDate: &at}}, Owner: &s3types.Owner{}},
			`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<ListAllMyBucketsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Buckets><Bucket><Name>b</Name>` +
				`<CreationDate>2023-11-14T22:13:20.120Z</CreationDate></Bucket></Buckets><Owner></Owner></ListAllMyBucketsResult>`},
		{"s3", "GetBucketLocation", &s3.GetBucketLocationOutput{LocationConstraint: "eu-west-1"},
			`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">eu-west-1</LocationConstraint>`},
		{"s3", "GetBucketLocation", &s3.GetBucketLocationOutput{},
			`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></LocationConstraint>`},
		{"s3", "GetBucketAcl", &s3.GetBucketAclOutput{Grants: []s3types.Grant{{Grantee: &s3types.Grantee{Type: "Group", URI: aws.String("u")}, Permission: "READ"}}},
			`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><AccessControlList><Grant>` +
				`<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group"><URI>u</URI></Grantee><Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>`},
		{"s3", "CopyObject", &s3.CopyObjectOutput{CopyObjectResult: &s3types.CopyObjectResult{ETag: aws.String(`"e"`)}},
			`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<CopyObjectResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><ETag>&#34;e&#34;</ETag></CopyObjectResult>`},
		{"s3", "PutObject", &s3.PutObjectOutput{ETag: aws.String(`"e"`)}, ""},
		{"s3", "GetBucketPolicy", &s3.GetBucketPolicyOutput{Policy: aws.String("{}")}, "{}"},
		{"lambda", "GetFunctionConcurrency", &lambda.GetFunctionConcurrencyOutput{ReservedConcurrentExecutions: aws.Int32(3)}, `{"ReservedConcurrentExecutions":3}`},
		{"lambda", "Invoke", &lambda.InvokeOutput{Payload: []byte("null")}, `null`},
	} {
		w := httptest.NewRecorder()
		if err := wire.MustLoad(c.service).EncodeOutput(c.op, w, c.out, "r-1"); err != nil {
			t.Errorf("%s: %v", c.op, err)
		} else if got := w.Body.String(); got != c.want || w.Code != http.StatusOK || w.Header().Get("X-Amzn-Requestid")+w.Header().Get("X-Amz-Request-Id") != "r-1" {
			t.Errorf("%s: %d %v\n got %s\nwant %s", c.op, w.Code, w.Header(), got, c.want)
		}
	}
}

func TestErrorAnswers(t *testing.T) {
	const iamOpen = `<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error>`
	const s3Open = `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<Error>`
	const s3End = `<RequestId>r-1</RequestId><HostId>pfp3ej3GcmjK6m7qA4uhQXfjYNuoTh20TnONuuE35+8=</HostId></Error>`
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
		{"s3", &s3types.NoSuchKey{Message: aws.String("gone")}, 404, s3Open + `<Code>NoSuchKey</Code><Message>gone</Message>` + s3End},
		{"s3", &wire.Error{Code: "NoSuchBucketPolicy", Message: "none", Details: []wire.Detail{{Name: "BucketName", Value: "<b>"}}}, 404,
			s3Open + `<Code>NoSuchBucketPolicy</Code><Message>none</Message><BucketName>&lt;b&gt;</BucketName>` + s3End},
		{"s3", &wire.Error{Code: "InvalidObjectState", Members: map[string]any{"StorageClass": "GLACIER", "Unmodelled": "u"}}, 403,
			s3Open + `<Code>InvalidObjectState</Code><StorageClass>GLACIER</StorageClass><Unmodelled>u</Unmodelled>` + s3End},
		{"s3", &wire.Error{Code: "304", Status: 304}, 304, ""},
		{"s3", wire.MustLoad("s3").NoSuchOperation(""), 405, s3Open + `<Code>MethodNotAllowed</Code><Message>The specified method is not allowed against this resource.</Message>` + s3End},
		{"lambda", &lambdatypes.ResourceNotFoundException{Message: aws.String("m"), Type: aws.String("User")}, 404, `{"Message":"m","Type":"User"}`},
		{"lambda", &wire.Error{Code: "AccessDeniedException", Message: "no", Status: 403}, 403, `{"message":"no"}`},
		{"lambda", &lambdatypes.TooManyRequestsException{Type: aws.String("User"), Reason: "CallerRateLimitExceeded", RetryAfterSeconds: aws.String("1")}, 429,
			`{"Type":"User","Reason":"CallerRateLimitExceeded"}`},
		{"sqs", &sqstypes.QueueDoesNotExist{Message: aws.String("m")}, 400, `{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"m"}`},
		{"sqs", &wire.Error{Code: "InvalidParameterValueException", QueryCode: "InvalidParameterValue"}, 400, `{"__type":"com.amazon.coral.service#InvalidParameterValueException"}`},
		{"ec2", &wire.Error{Code: "UnauthorizedOperation", Message: "no"}, 403,
			`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error></Errors><RequestID>r-1</RequestID></Response>`},
		{"rds", &rdstypes.DBSnapshotNotFoundFault{Message: aws.String("m")}, 404,
			`<ErrorResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><Error><Type>Sender</Type><Code>DBSnapshotNotFound</Code><Message>m</Message>` + end},
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

// What of an error is told in headers.
func TestErrorHeaders(t *testing.T) {
	for _, c := range []struct {
		service      string
		err          error
		header, want string
	}{
		{"sqs", &sqstypes.QueueDoesNotExist{}, "X-Amzn-Query-Error", "AWS.SimpleQueueService.NonExistentQueue;Sender"},
		{"sqs", &sqstypes.InvalidAttributeName{}, "X-Amzn-Query-Error", "InvalidAttributeName;Sender"},
		{"sqs", &wire.Error{Code: "InvalidParameterValueException", QueryCode: "InvalidParameterValue"}, "X-Amzn-Query-Error", "InvalidParameterValue;Sender"},
		{"sqs", &wire.Error{Code: "InternalFailure", Status: 500}, "X-Amzn-Query-Error", "InternalFailure;Receiver"},
		{"kms", &wire.Error{Code: "NotFoundException"}, "X-Amzn-Query-Error", ""},
		{"lambda", &lambdatypes.TooManyRequestsException{RetryAfterSeconds: aws.String("1")}, "X-Amzn-Errortype", "TooManyRequestsException"},
		{"lambda", &lambdatypes.TooManyRequestsException{RetryAfterSeconds: aws.String("1")}, "Retry-After", "1"},
		{"s3", &wire.Error{Code: "PermanentRedirect", Header: http.Header{"X-Amz-Bucket-Region": {"eu-west-1"}}}, "X-Amz-Bucket-Region", "eu-west-1"},
	} {
		e, _ := wire.FromAPIError(c.err)
		w := httptest.NewRecorder()
		wire.MustLoad(c.service).EncodeError(w, e, "r-1")
		if got := w.Header().Get(c.header); got != c.want {
			t.Errorf("%v: %s is %q, want %q", c.err, c.header, got, c.want)
		}
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
