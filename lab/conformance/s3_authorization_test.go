package conformance

import (
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

const s3Keys = "Service Authorization Reference, Actions, resources, and condition keys for Amazon S3: "

var s3Authorization = []claim{
	{
		says:   "that a key is not there is told to who may list the bucket, and to others not",
		source: "Simple Storage Service API Reference, GetObject; Simple Storage Service API Reference, HeadObject",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			reader := x.Own.session(document(may("s3:GetObject", contents(bucket))))
			lister := x.Own.session(document(may("s3:GetObject", contents(bucket)), may("s3:ListBucket", itself(bucket))))
			refused(x, reader.S3.GetObject, reading(bucket, "none"), "AccessDenied").mentioning("is not authorized to perform: s3:ListBucket")
			refused(x, reader.S3.HeadObject, heading(bucket, "none"), "Forbidden")
			refused(x, lister.S3.GetObject, reading(bucket, "none"), "NoSuchKey")
			refused(x, lister.S3.HeadObject, heading(bucket, "none"), "NotFound")
		},
	},
	{
		says:   "a version that is named is read, deleted and tagged by permissions of its own",
		source: s3Keys + "GetObjectVersion, DeleteObjectVersion, GetObjectVersionTagging",
		check: func(x *bench) {
			bucket := x.Own.history()
			id := x.Own.store(bucket, "key", "x").VersionId
			plain := x.Own.session(document(may("s3:GetObject s3:DeleteObject s3:GetObjectTagging s3:ListBucket", "*")))
			exact := x.Own.session(document(may("s3:GetObjectVersion s3:DeleteObjectVersion s3:GetObjectVersionTagging", "*")))
			tags := &s3.GetObjectTaggingInput{Bucket: &bucket, Key: aws.String("key"), VersionId: id}
			succeed(x, plain.S3.GetObject, reading(bucket, "key"))
			refused(x, plain.S3.GetObject, at(bucket, "key", id), "AccessDenied").mentioning("s3:GetObjectVersion")
			refused(x, plain.S3.GetObjectTagging, tags, "AccessDenied").mentioning("s3:GetObjectVersionTagging")
			refused(x, plain.S3.DeleteObject, deleting(bucket, "key", id), "AccessDenied").mentioning("s3:DeleteObjectVersion")
			refused(x, exact.S3.GetObject, reading(bucket, "key"), "AccessDenied").mentioning("s3:GetObject on")
			succeed(x, exact.S3.GetObjectTagging, tags)
			succeed(x, exact.S3.GetObject, at(bucket, "key", id))
			succeed(x, exact.S3.DeleteObject, deleting(bucket, "key", id))
		},
	},
	{
		says:   "a write with tags takes s3:PutObjectTagging, and its tags can be held to a policy",
		source: "Simple Storage Service User Guide, Tagging and access control policies",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			tagged := func(tags string) *s3.PutObjectInput {
				return storing(bucket, "key", func(in *s3.PutObjectInput) { in.Tagging = &tags })
			}
			s := x.Own.session(document(may("s3:PutObject", "*")))
			succeed(x, s.S3.PutObject, storing(bucket, "key"))
			refused(x, s.S3.PutObject, tagged("stage=test"), "AccessDenied").mentioning("s3:PutObjectTagging")
			s = x.Own.session(document(may("s3:PutObject", "*"), may("s3:PutObjectTagging", "*", when("StringEquals", "s3:RequestObjectTag/stage", "test"))))
			succeed(x, s.S3.PutObject, tagged("stage=test"))
			refused(x, s.S3.PutObject, tagged("stage=prod"), "AccessDenied")
			s = x.Own.session(document(may("s3:PutObject s3:PutObjectTagging", "*", when("ForAllValues:StringEquals", "s3:RequestObjectTagKeys", "stage"))))
			succeed(x, s.S3.PutObject, tagged("stage=prod"))
			refused(x, s.S3.PutObject, tagged("other=1"), "AccessDenied")
		},
	},
	{
		says:   "s3:ExistingObjectTag is a tag of the object that is read",
		source: "Simple Storage Service User Guide, Tagging and access control policies",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			x.Own.store(bucket, "key", "x", func(in *s3.PutObjectInput) { in.Tagging = aws.String("stage=test") })
			x.Own.store(bucket, "other", "x")
			s := x.Own.session(document(may("s3:GetObject", "*", when("StringEquals", "s3:ExistingObjectTag/stage", "test"))))
			succeed(x, s.S3.GetObject, reading(bucket, "key"))
			refused(x, s.S3.GetObject, reading(bucket, "other"), "AccessDenied")
		},
	},
	{
		says:   "s3:prefix, s3:delimiter and s3:max-keys are those of a listing, and absent where it has none",
		source: "Simple Storage Service User Guide, Bucket policy examples using condition keys",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			s := x.Own.session(document(may("s3:ListBucket", "*", when("StringEquals", "s3:prefix", "home/"))))
			succeed(x, s.S3.ListObjectsV2, &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: aws.String("home/")})
			refused(x, s.S3.ListObjectsV2, &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: aws.String("home/a")}, "AccessDenied")
			refused(x, s.S3.ListObjectsV2, &s3.ListObjectsV2Input{Bucket: &bucket}, "AccessDenied").mentioning("s3:ListBucket")
			s = x.Own.session(document(may("s3:ListBucketVersions", "*", when("NumericLessThanEquals", "s3:max-keys", "10"))))
			succeed(x, s.S3.ListObjectVersions, &s3.ListObjectVersionsInput{Bucket: &bucket, MaxKeys: aws.Int32(10)})
			refused(x, s.S3.ListObjectVersions, &s3.ListObjectVersionsInput{Bucket: &bucket, MaxKeys: aws.Int32(11)}, "AccessDenied")
			refused(x, s.S3.ListObjectVersions, &s3.ListObjectVersionsInput{Bucket: &bucket}, "AccessDenied")
		},
	},
	{
		says:   "a policy on encryption looks at the request's headers, not at what the bucket does by default",
		source: "Simple Storage Service User Guide, Using server-side encryption with AWS KMS keys; " + s3Keys + "s3:x-amz-server-side-encryption",
		check: func(x *bench) {
			bucket, k := x.Own.shelf(), x.Own.key("")
			succeed(x, x.Own.S3.PutBucketEncryption, encrypting(bucket, byDefault(types.ServerSideEncryptionAwsKms, &k.arn)))
			s := x.Own.session(document(may("s3:*", "*"), may("kms:*", k.arn), mayNot("s3:PutObject", "*", when("StringNotEquals", "s3:x-amz-server-side-encryption", "aws:kms"))))
			refused(x, s.S3.PutObject, storing(bucket, "key"), "AccessDenied").mentioning("with an explicit deny in an identity-based policy")
			succeed(x, s.S3.PutObject, storing(bucket, "key", under(k.arn)))
			s = x.Own.session(document(may("s3:PutObject", "*", when("StringEquals", "s3:x-amz-server-side-encryption-aws-kms-key-id", k.arn)), may("kms:*", "*")))
			succeed(x, s.S3.PutObject, storing(bucket, "key", under(k.arn)))
			refused(x, s.S3.PutObject, storing(bucket, "key", under(x.Own.key("").arn)), "AccessDenied")
		},
	},
	{
		says:   "a bucket can ask for conditional writes and deletes",
		source: "Simple Storage Service User Guide, Enforce conditional writes on Amazon S3 buckets; Simple Storage Service User Guide, Enforce conditional deletes on Amazon S3 buckets",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			s := x.Own.session(document(
				may("s3:PutObject", "*", when("Null", "s3:if-none-match", "false")), may("s3:GetObject", "*"),
				may("s3:DeleteObject", "*", when("Null", "s3:if-match", "false")),
			))
			refused(x, s.S3.PutObject, storing(bucket, "key"), "AccessDenied")
			succeed(x, s.S3.PutObject, storing(bucket, "key", func(in *s3.PutObjectInput) { in.IfNoneMatch = aws.String("*") }))
			refused(x, s.S3.DeleteObject, deleting(bucket, "key", nil), "AccessDenied")
			succeed(x, s.S3.DeleteObject, &s3.DeleteObjectInput{Bucket: &bucket, Key: aws.String("key"), IfMatch: aws.String("*")})
		},
	},
	{
		says:   "a condition on an ETag takes s3:GetObject too",
		source: "Simple Storage Service User Guide, How to perform conditional deletes; Simple Storage Service User Guide, How to prevent object overwrites with conditional writes",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			etag := x.Own.store(bucket, "key", "x").ETag
			s := x.Own.session(document(may("s3:PutObject s3:DeleteObject", "*")))
			refused(x, s.S3.PutObject, storing(bucket, "key", func(in *s3.PutObjectInput) { in.IfMatch = etag }), "AccessDenied").mentioning("s3:GetObject")
			refused(x, s.S3.DeleteObject, &s3.DeleteObjectInput{Bucket: &bucket, Key: aws.String("key"), IfMatch: etag}, "AccessDenied").mentioning("s3:GetObject")
		},
	},
	{
		says:   "a copy takes the permission to read its source, and can be held to it",
		source: "Simple Storage Service API Reference, CopyObject; Simple Storage Service User Guide, Bucket policy examples using condition keys",
		check: func(x *bench) {
			from, to := x.Own.shelf(), x.Own.shelf()
			x.Own.store(from, "key", "x")
			x.Own.store(from, "tagged", "x", func(in *s3.PutObjectInput) { in.Tagging = aws.String("stage=test") })
			copied := func(key string) *s3.CopyObjectInput {
				return &s3.CopyObjectInput{Bucket: &to, Key: aws.String("key"), CopySource: aws.String(from + "/" + key)}
			}
			s := x.Own.session(document(may("s3:PutObject", contents(to))))
			refused(x, s.S3.CopyObject, copied("key"), "AccessDenied").mentioning("s3:GetObject")
			s = x.Own.session(document(may("s3:GetObject", "*"), may("s3:PutObject", contents(to), when("StringEquals", "s3:x-amz-copy-source", from+"/key"))))
			succeed(x, s.S3.CopyObject, copied("key"))
			refused(x, s.S3.PutObject, storing(to, "key"), "AccessDenied")
			refused(x, s.S3.CopyObject, copied("tagged"), "AccessDenied").mentioning("s3:GetObjectTagging")
			s = x.Own.session(document(may("s3:GetObject s3:GetObjectTagging s3:PutObject s3:PutObjectTagging", "*")))
			succeed(x, s.S3.CopyObject, copied("tagged"))
		},
	},
	{
		says:   "a batch of deletes is authorized one by one",
		source: "Simple Storage Service API Reference, DeleteObjects",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			x.Own.store(bucket, "mine", "x")
			x.Own.store(bucket, "yours", "x")
			s := x.Own.session(document(may("s3:DeleteObject", itself(bucket)+"/mine")))
			out := succeed(x, s.S3.DeleteObjects, &s3.DeleteObjectsInput{Bucket: &bucket, Delete: &types.Delete{Objects: []types.ObjectIdentifier{
				{Key: aws.String("mine")}, {Key: aws.String("yours")},
			}}})
			equal(x, "the deleted", text(out.Deleted[0].Key), "mine")
			equal(x, "the refused", text(out.Errors[0].Key)+" "+text(out.Errors[0].Code), "yours AccessDenied")
			equal(x, "the other", x.Own.read(reading(bucket, "yours")), "x")
		},
	},
	{
		says:   "what another account writes belongs to the bucket's owner",
		source: "Simple Storage Service User Guide, Controlling ownership of objects and disabling ACLs for your bucket",
		needs:  otherAccount,
		check: func(x *bench) {
			bucket := x.Own.shelf()
			x.Own.govern(bucket, grant("Allow", "Across", x.Other.root(), "s3:PutObject", contents(bucket)))
			succeed(x, x.Other.S3.PutObject, storing(bucket, "key"))
			equal(x, "the body", x.Own.read(reading(bucket, "key")), "test-sse")
			succeed(x, x.Own.S3.DeleteObject, deleting(bucket, "key", nil))
			refused(x, x.Other.S3.GetObject, reading(bucket, "key"), "AccessDenied").saying("Access Denied")
		},
	},
	{
		says:   "a policy can ask how a request was signed, and whose the bucket is",
		source: "Simple Storage Service API Reference, Amazon S3 Signature Version 4 Authentication Specific Policy Keys; " + s3Keys + "s3:ResourceAccount",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			x.Own.store(bucket, "key", "x")
			s := x.Own.session(document(may("s3:GetObject", "*", `"Condition":{"StringEquals":{"s3:authType":"REST-HEADER","s3:signatureversion":"AWS4-HMAC-SHA256","s3:ResourceAccount":"`+x.Own.account+`"}}`)))
			succeed(x, s.S3.GetObject, reading(bucket, "key"))
			signed, err := s3.NewPresignClient(s.S3).PresignGetObject(x.Context(), reading(bucket, "key"))
			if err != nil {
				x.Fatal(err)
			}
			request, err := http.NewRequestWithContext(x.Context(), signed.Method, signed.URL, nil)
			if err != nil {
				x.Fatal(err)
			}
			answer, err := x.Own.config.HTTPClient.Do(request)
			if err != nil {
				x.Fatal(err)
			}
			equal(x, "the answer to a presigned request", answer.StatusCode, http.StatusForbidden)
		},
	},
}
