package lab_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"rekey/lab"
)

// What S3 has and the lab lacks is refused, and the object stays as it was: a
// server that takes PUT /key?encryption for PUT /key overwrites the body with
// the request's XML.
func TestObjectsSurviveWhatIsNotModelled(t *testing.T) {
	l := lab.ForTest(t, lab.Options{})
	t.Cleanup(l.World.Trail.Reset) // it has what the lab cannot serve
	config := l.Config(region, lab.Root(account))
	c := s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = true })
	bucket, key := aws.String("bucket"), aws.String("key")
	ok(t, c.CreateBucket, &s3.CreateBucketInput{Bucket: bucket})
	before := ok(t, c.PutObject, &s3.PutObjectInput{Bucket: bucket, Key: key, Body: strings.NewReader("precious")})
	upload := aws.String("upload")
	for name, call := range map[string]func(context.Context) error{
		"UpdateObjectEncryption": func(ctx context.Context) error {
			_, err := c.UpdateObjectEncryption(ctx, &s3.UpdateObjectEncryptionInput{Bucket: bucket, Key: key,
				ObjectEncryption: &types.ObjectEncryptionMemberSSEKMS{Value: types.SSEKMSEncryption{KMSKeyArn: aws.String("arn:aws:kms:us-east-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab")}}})
			return err
		},
		"CreateMultipartUpload": func(ctx context.Context) error {
			_, err := c.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: bucket, Key: key})
			return err
		},
		"UploadPart": func(ctx context.Context) error {
			_, err := c.UploadPart(ctx, &s3.UploadPartInput{Bucket: bucket, Key: key, UploadId: upload, PartNumber: aws.Int32(1), Body: strings.NewReader("part")})
			return err
		},
		"UploadPartCopy": func(ctx context.Context) error {
			_, err := c.UploadPartCopy(ctx, &s3.UploadPartCopyInput{Bucket: bucket, Key: key, UploadId: upload, PartNumber: aws.Int32(1), CopySource: aws.String("bucket/other")})
			return err
		},
		"CompleteMultipartUpload": func(ctx context.Context) error {
			_, err := c.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{Bucket: bucket, Key: key, UploadId: upload})
			return err
		},
		"PutObjectRetention": func(ctx context.Context) error {
			_, err := c.PutObjectRetention(ctx, &s3.PutObjectRetentionInput{Bucket: bucket, Key: key, Retention: &types.ObjectLockRetention{}})
			return err
		},
		"PutObjectLegalHold": func(ctx context.Context) error {
			_, err := c.PutObjectLegalHold(ctx, &s3.PutObjectLegalHoldInput{Bucket: bucket, Key: key, LegalHold: &types.ObjectLockLegalHold{}})
			return err
		},
		"RestoreObject": func(ctx context.Context) error {
			_, err := c.RestoreObject(ctx, &s3.RestoreObjectInput{Bucket: bucket, Key: key, RestoreRequest: &types.RestoreRequest{Days: aws.Int32(1)}})
			return err
		},
		"PutObject under another storage class": func(ctx context.Context) error {
			_, err := c.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: key, StorageClass: types.StorageClassGlacier})
			return err
		},
		"PutObject under a customer's key": func(ctx context.Context) error {
			_, err := c.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: key, SSECustomerAlgorithm: aws.String("AES256"), SSECustomerKey: aws.String(strings.Repeat("x", 32))})
			return err
		},
		"PutObject under DSSE-KMS": func(ctx context.Context) error {
			_, err := c.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: key, ServerSideEncryption: types.ServerSideEncryptionAwsKmsDsse})
			return err
		},
		"PutObject with a lock": func(ctx context.Context) error {
			_, err := c.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: key, ObjectLockLegalHoldStatus: types.ObjectLockLegalHoldStatusOn})
			return err
		},
		"a delete by size": func(ctx context.Context) error {
			_, err := c.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: bucket, Key: key, IfMatchSize: aws.Int64(8)})
			return err
		},
		"a parameter that no operation has": func(ctx context.Context) error {
			return sent(t, config, http.MethodPut, "/bucket/key?shred", "body")
		},
	} {
		var api smithy.APIError
		if err := call(t.Context()); !errors.As(err, &api) || api.ErrorCode() != "NotImplemented" {
			t.Errorf("%s: %v", name, err)
		}
		out := ok(t, c.GetObject, &s3.GetObjectInput{Bucket: bucket, Key: key})
		body, err := io.ReadAll(out.Body)
		if err != nil || string(body) != "precious" || *out.ETag != *before.ETag {
			t.Errorf("after %s the object is %q, %s, %v", name, body, *out.ETag, err)
		}
	}
}

// An address in the virtual-hosted style is not taken for one in path style: the
// key would be a bucket, made and deleted in its place.
func TestVirtualHostsAreRefused(t *testing.T) {
	l := lab.New(lab.Options{})
	config := l.Config(region, lab.Root(account))
	bucket, key := aws.String("bucket"), aws.String("key")
	byPath := s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = true })
	ok(t, byPath.CreateBucket, &s3.CreateBucketInput{Bucket: bucket})
	ok(t, byPath.CreateBucket, &s3.CreateBucketInput{Bucket: key})
	for _, endpoint := range []string{"http://s3.us-east-1.amazonaws.com", "http://s3.amazonaws.com:80", lab.Endpoint, "http://localhost:4566", "http://localhost"} {
		config.BaseEndpoint = &endpoint
		c := s3.NewFromConfig(config)
		want(t, "a put to "+endpoint, code(t, c.PutObject, &s3.PutObjectInput{Bucket: bucket, Key: aws.String("other")}), "NotImplemented")
		want(t, "a get from "+endpoint, code(t, c.GetObject, &s3.GetObjectInput{Bucket: bucket, Key: key}), "NotImplemented")
		want(t, "a delete at "+endpoint, code(t, c.DeleteObject, &s3.DeleteObjectInput{Bucket: bucket, Key: key}), "NotImplemented")
	}
	out := ok(t, byPath.ListBuckets, &s3.ListBucketsInput{})
	want(t, "buckets", len(out.Buckets), 2)
}

// sent signs and sends a request of no SDK; its error has the answer's code.
func sent(t *testing.T, c aws.Config, method, path, body string) error {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, lab.Endpoint+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	who, err := c.Credentials.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const unsigned = "UNSIGNED-PAYLOAD"
	r.Header.Set("X-Amz-Content-Sha256", unsigned)
	if err := v4.NewSigner().SignHTTP(t.Context(), who, r, unsigned, "s3", c.Region, time.Now()); err != nil {
		t.Fatal(err)
	}
	answer, err := c.HTTPClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(text, []byte("<Code>"))
	code, _, found := bytes.Cut(rest, []byte("</Code>"))
	if !found {
		return nil
	}
	return &smithy.GenericAPIError{Code: string(code)}
}
