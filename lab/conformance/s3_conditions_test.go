package conformance

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

const unmet = "At least one of the pre-conditions you specified did not hold"

var s3Conditions = []claim{
	{
		says:   "If-None-Match: * writes only what is not there, or was deleted",
		source: "recorded: s3 test_put_object_if_none_match, test_put_object_if_none_match_versioned_bucket",
		check: func(x *bench) {
			for _, bucket := range []string{x.Own.shelf(), x.Own.history()} {
				in := &s3.PutObjectInput{Bucket: &bucket, Key: aws.String("key"), IfNoneMatch: aws.String("*")}
				succeed(x, x.Own.S3.PutObject, in)
				refused(x, x.Own.S3.PutObject, in, "PreconditionFailed").saying(unmet)
				succeed(x, x.Own.S3.DeleteObject, deleting(bucket, "key", nil))
				succeed(x, x.Own.S3.PutObject, in)
			}
		},
	},
	{
		says:   "If-Match writes only over the ETag that it names, quoted or not",
		source: "recorded: s3 test_put_object_if_match, test_put_object_if_match_versioned_bucket",
		check: func(x *bench) {
			for _, bucket := range []string{x.Own.shelf(), x.Own.history()} {
				put := x.Own.store(bucket, "key", "test")
				over := func(etag string) *s3.PutObjectInput {
					return &s3.PutObjectInput{Bucket: &bucket, Key: aws.String("key"), IfMatch: &etag}
				}
				refused(x, x.Own.S3.PutObject, over("d41d8cd98f00b204e9800998ecf8427e"), "PreconditionFailed").saying(unmet)
				succeed(x, x.Own.S3.PutObject, over(text(put.ETag)))
				refused(x, x.Own.S3.PutObject, over(text(put.ETag)), "PreconditionFailed")
				succeed(x, x.Own.S3.PutObject, over("d41d8cd98f00b204e9800998ecf8427e"))
				succeed(x, x.Own.S3.DeleteObject, deleting(bucket, "key", nil))
				refused(x, x.Own.S3.PutObject, over("d41d8cd98f00b204e9800998ecf8427e"), "NoSuchKey").saying("The specified key does not exist.")
			}
		},
	},
	{
		says:   "a copy is held to the same conditions on its target, also onto itself",
		source: "recorded: s3 test_copy_object_if_none_match, test_copy_object_if_match, test_copy_object_if_none_match_in_place, test_copy_object_if_match_in_place",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			from := x.Own.store(bucket, "from", "source content")
			anew := func(in *s3.CopyObjectInput) { in.IfNoneMatch = aws.String("*") }
			succeed(x, x.Own.S3.CopyObject, copying(bucket, "from", "to", anew))
			refused(x, x.Own.S3.CopyObject, copying(bucket, "from", "to", anew), "PreconditionFailed").saying(unmet)
			over := func(etag string) func(*s3.CopyObjectInput) {
				return func(in *s3.CopyObjectInput) {
					in.IfMatch, in.StorageClass = &etag, types.StorageClassStandard
				}
			}
			succeed(x, x.Own.S3.CopyObject, copying(bucket, "from", "to", over(text(from.ETag))))
			refused(x, x.Own.S3.CopyObject, copying(bucket, "from", "to", over(`"wrong-etag"`)), "PreconditionFailed")
			refused(x, x.Own.S3.CopyObject, copying(bucket, "from", "none", over(text(from.ETag))), "NoSuchKey")
			succeed(x, x.Own.S3.CopyObject, copying(bucket, "from", "from", over(text(from.ETag))))
			refused(x, x.Own.S3.CopyObject, copying(bucket, "from", "from", anew), "PreconditionFailed")
		},
	},
	{
		says:   "a delete with If-Match deletes only the ETag that it names",
		source: "recorded: s3 test_delete_object_if_match_non_express; Simple Storage Service User Guide, How to perform conditional deletes",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			put := x.Own.store(bucket, "key", "x")
			matching := func(etag string) *s3.DeleteObjectInput {
				return &s3.DeleteObjectInput{Bucket: &bucket, Key: aws.String("key"), IfMatch: &etag}
			}
			refused(x, x.Own.S3.DeleteObject, matching("badvalue"), "PreconditionFailed").saying(unmet)
			succeed(x, x.Own.S3.DeleteObject, matching(text(put.ETag)))
			x.Own.store(bucket, "key", "x")
			succeed(x, x.Own.S3.DeleteObject, matching("*"))
			refused(x, x.Own.S3.GetObject, reading(bucket, "key"), "NoSuchKey")
		},
	},
	{
		says:   "of a batch, only those with the ETag that is named are deleted",
		source: "Simple Storage Service User Guide, How to perform conditional deletes",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			a, b := x.Own.store(bucket, "a", "a"), x.Own.store(bucket, "b", "b")
			out := succeed(x, x.Own.S3.DeleteObjects, &s3.DeleteObjectsInput{Bucket: &bucket, Delete: &types.Delete{Objects: []types.ObjectIdentifier{
				{Key: aws.String("a"), ETag: b.ETag}, {Key: aws.String("b"), ETag: b.ETag},
			}}})
			equal(x, "those deleted", len(out.Deleted), 1)
			equal(x, "the one deleted", text(out.Deleted[0].Key), "b")
			equal(x, "the other's error", text(out.Errors[0].Code), "PreconditionFailed")
			equal(x, "the other", text(succeed(x, x.Own.S3.HeadObject, heading(bucket, "a")).ETag), text(a.ETag))
		},
	},
	{
		says:   "of several conditions of a reader, those that fail come in a fixed order",
		source: "recorded: s3 test_s3_get_object_preconditions",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			etag := x.Own.store(bucket, "key", "data").ETag
			modified := *succeed(x, x.Own.S3.HeadObject, heading(bucket, "key")).LastModified
			get := func(match, noneMatch *string, since, until *time.Time) *s3.GetObjectInput {
				return &s3.GetObjectInput{Bucket: &bucket, Key: aws.String("key"), IfMatch: match, IfNoneMatch: noneMatch, IfModifiedSince: since, IfUnmodifiedSince: until}
			}
			before := modified.Add(-24 * time.Hour)
			refused(x, x.Own.S3.GetObject, get(aws.String("etag123"), etag, &modified, &before), "PreconditionFailed").saying(unmet)
			refused(x, x.Own.S3.GetObject, get(nil, etag, &modified, &before), "PreconditionFailed")
			refused(x, x.Own.S3.GetObject, get(nil, etag, &modified, nil), "NotModified")
			refused(x, x.Own.S3.GetObject, get(nil, aws.String((*etag)[1:len(*etag)-1]), nil, nil), "NotModified")
			refused(x, x.Own.S3.GetObject, get(nil, nil, &modified, nil), "NotModified")
			succeed(x, x.Own.S3.GetObject, get(nil, nil, nil, &modified))
			succeed(x, x.Own.S3.GetObject, get(etag, aws.String("etag123"), &before, &modified))
		},
	},
	{
		says:   "a time that is yet to come is no condition",
		source: "recorded: s3 test_s3_get_object_preconditions, test_s3_copy_object_preconditions",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			x.Own.store(bucket, "key", "data")
			later := succeed(x, x.Own.S3.HeadObject, heading(bucket, "key")).LastModified.Add(24 * time.Hour)
			in := reading(bucket, "key")
			in.IfModifiedSince = &later
			succeed(x, x.Own.S3.GetObject, in)
			succeed(x, x.Own.S3.CopyObject, copying(bucket, "key", "to", func(in *s3.CopyObjectInput) { in.CopySourceIfModifiedSince = &later }))
		},
	},
	{
		says:   "what If-Match and If-None-Match let pass is not held against the times beside them",
		source: "Simple Storage Service API Reference, GetObject",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			etag := x.Own.store(bucket, "key", "data").ETag
			before := succeed(x, x.Own.S3.HeadObject, heading(bucket, "key")).LastModified.Add(-24 * time.Hour)
			in := reading(bucket, "key")
			in.IfMatch, in.IfUnmodifiedSince = etag, &before
			succeed(x, x.Own.S3.GetObject, in)
			refused(x, x.Own.S3.GetObject, &s3.GetObjectInput{Bucket: &bucket, Key: aws.String("key"), IfNoneMatch: etag, IfModifiedSince: &before}, "NotModified")
		},
	},
	{
		says:   "HEAD tells of a condition only the status",
		source: "recorded: s3 test_s3_get_object_preconditions",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			etag := x.Own.store(bucket, "key", "data").ETag
			in := heading(bucket, "key")
			in.IfMatch = aws.String("etag123")
			refused(x, x.Own.S3.HeadObject, in, "PreconditionFailed")
			in = heading(bucket, "key")
			in.IfNoneMatch = etag
			refused(x, x.Own.S3.HeadObject, in, "NotModified")
		},
	},
	{
		says:   "a copy whose source does not meet its conditions is not made",
		source: "recorded: s3 test_s3_copy_object_preconditions, test_s3_copy_object_if_source_modified_since_versioned, test_s3_copy_object_if_source_unmodified_since_versioned",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			etag := x.Own.store(bucket, "key", "data").ETag
			modified := *succeed(x, x.Own.S3.HeadObject, heading(bucket, "key")).LastModified
			before := modified.Add(-24 * time.Hour)
			for _, condition := range []func(*s3.CopyObjectInput){
				func(in *s3.CopyObjectInput) { in.CopySourceIfMatch = aws.String("etag123") },
				func(in *s3.CopyObjectInput) { in.CopySourceIfNoneMatch = etag },
				func(in *s3.CopyObjectInput) { in.CopySourceIfModifiedSince = &modified },
				func(in *s3.CopyObjectInput) { in.CopySourceIfUnmodifiedSince = &before },
			} {
				refused(x, x.Own.S3.CopyObject, copying(bucket, "key", "to", condition), "PreconditionFailed").saying(unmet)
			}
			refused(x, x.Own.S3.HeadObject, heading(bucket, "to"), "NotFound")
			succeed(x, x.Own.S3.CopyObject, copying(bucket, "key", "to", func(in *s3.CopyObjectInput) {
				in.CopySourceIfMatch, in.CopySourceIfNoneMatch, in.CopySourceIfModifiedSince, in.CopySourceIfUnmodifiedSince = etag, aws.String("etag123"), &before, &modified
			}))
		},
	},
}
