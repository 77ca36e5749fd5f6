package wire_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"rekey/lab/wire"
	"rekey/lab/wire/wiretest"
)

// What the S3 client does with checksums of requests depends on its setting and
// on whether the connection is private.
func TestS3(t *testing.T) {
	for name, c := range map[string]struct {
		calculation aws.RequestChecksumCalculation
		tls         bool
	}{
		"checksums when supported":            {aws.RequestChecksumCalculationWhenSupported, false},
		"checksums when required":             {aws.RequestChecksumCalculationWhenRequired, false},
		"checksums in trailers, over HTTPS":   {aws.RequestChecksumCalculationWhenSupported, true},
		"checksums when required, over HTTPS": {aws.RequestChecksumCalculationWhenRequired, true},
	} {
		t.Run(name, func(t *testing.T) {
			service := wire.MustLoad("s3")
			wiretest.Suite{
				Service: service,
				TLS:     c.tls,
				Client: func(config aws.Config) any {
					config.RequestChecksumCalculation = c.calculation
					return s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = true })
				},
				Beyond: []string{
					"SelectObjectContent",    // answers by an event stream
					"ListDirectoryBuckets",   // the client signs it for S3 Express
					"WriteGetObjectResponse", // the client signs it for S3 Object Lambda, and sends it to a host of its own
				},
				Errors: s3Errors,
				Mute:   []string{"HeadBucket", "HeadObject"},
				Unions: s3Unions,
				Fit:    fitS3,
				Settle: settleS3,
			}.Run(t)
			checkBeyond(t, service,
				"AbortMultipartUploadOutput.x-amz-version-id", "CreateMultipartUploadOutput.x-amz-version-id", "ListPartsOutput.x-amz-version-id",
				"MultipartUpload.VersionId", "UploadPartCopyOutput.x-amz-version-id", "UploadPartOutput.x-amz-version-id")
		})
	}
}

var s3Unions = []any{
	&types.AnalyticsFilterMemberAnd{}, &types.AnalyticsFilterMemberPrefix{}, &types.AnalyticsFilterMemberTag{},
	&types.MetricsFilterMemberAccessPointArn{}, &types.MetricsFilterMemberAnd{}, &types.MetricsFilterMemberPrefix{}, &types.MetricsFilterMemberTag{},
	&types.ObjectEncryptionMemberSSEKMS{},
}

var s3Errors = []smithy.APIError{
	&types.AccessDenied{},
	&types.AnnotationLimitExceeded{},
	&types.AnnotationNameTooLong{},
	&types.BucketAlreadyExists{},
	&types.BucketAlreadyOwnedByYou{},
	&types.EncryptionTypeMismatch{},
	&types.IdempotencyParameterMismatch{},
	&types.InvalidAnnotationName{},
	&types.InvalidObjectState{},
	&types.InvalidPrefix{},
	&types.InvalidRequest{},
	&types.InvalidWriteOffset{},
	&types.NoSuchAnnotation{},
	&types.NoSuchBucket{},
	&types.NoSuchKey{},
	&types.NoSuchUpload{},
	&types.ObjectAlreadyInActiveTierError{},
	&types.ObjectNotInActiveTierError{},
	&types.TooManyParts{},
	&types.UnsupportedMediaType{},
}

// fitS3 makes values of what the client and the codec look into: names, digests,
// lengths, and user metadata, whose names are headers.
func fitS3(_ string, in, out any) {
	for _, v := range []reflect.Value{reflect.ValueOf(in).Elem(), reflect.ValueOf(out).Elem()} {
		body := bodyOf(v)
		for i := range v.NumField() {
			f, name := v.Field(i), v.Type().Field(i).Name
			switch {
			case name == "Bucket" && f.Kind() == reflect.Pointer && !f.IsNil() && v == reflect.ValueOf(in).Elem():
				f.Set(reflect.ValueOf(new("examplebucket")))
			case name == "PartNumberMarker" && f.Kind() == reflect.Pointer:
				f.Set(reflect.ValueOf(new("7")))
			case name == "ObjectEncryption" && f.IsNil():
				f.Set(reflect.ValueOf(&types.ObjectEncryptionMemberSSEKMS{Value: types.SSEKMSEncryption{KMSKeyArn: new("")}}))
			case name == "Policy" && f.Kind() == reflect.Pointer:
				f.Set(reflect.ValueOf(new(`{"Version":"2012-10-17"}`)))
			case name == "Metadata" && f.Len() > 0:
				f.Set(reflect.ValueOf(map[string]string{"author": "a, b", "x-1": "=?"}))
			case body != nil && (strings.HasPrefix(name, "Checksum") || name == "ContentMD5"):
				f.SetZero()
			case body != nil && name == "ContentLength":
				f.Set(reflect.ValueOf(new(int64(len(body.Bytes())))))
			case name == "ContentMD5", name == "ChecksumAlgorithm" && v.Type().Name() != "CreateMultipartUploadInput" && v.Type().Name() != "CopyObjectInput":
				f.SetZero()
			case name == "ExpiresString":
				f.SetZero()
				if at := v.FieldByName("Expires"); !at.IsNil() {
					f.Set(reflect.ValueOf(new(at.Interface().(*time.Time).Format(http.TimeFormat))))
				}
			}
		}
	}
}

// bodyOf gives the payload of an input or an output that has one.
func bodyOf(v reflect.Value) *wire.Payload {
	for _, name := range []string{"Body", "AnnotationPayload"} {
		if f := v.FieldByName(name); f.IsValid() && !f.IsNil() {
			if p, ok := f.Interface().(*wire.Payload); ok {
				return p
			}
		}
	}
	return nil
}

// settleS3 takes away the checksum that the client calculates.
func settleS3(_ string, sent, decoded any) {
	s, d := reflect.ValueOf(sent).Elem(), reflect.ValueOf(decoded).Elem()
	for i := range s.NumField() {
		if name := s.Type().Field(i).Name; (name == "ChecksumAlgorithm" || name == "ChecksumCRC32") && s.Field(i).IsZero() {
			d.Field(i).SetZero()
		}
	}
}
