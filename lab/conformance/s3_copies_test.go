package conformance

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// copying is how an object is copied within a bucket; configure changes that.
func copying(bucket, from, to string, configure ...func(*s3.CopyObjectInput)) *s3.CopyObjectInput {
	in := &s3.CopyObjectInput{Bucket: &bucket, Key: &to, CopySource: aws.String(bucket + "/" + from)}
	for _, f := range configure {
		f(in)
	}
	return in
}

var s3Copies = []claim{
	{
		says:   "a copy takes along metadata, type and tags, unless told otherwise",
		source: "recorded: s3 test_s3_copy_content_type_and_metadata, test_s3_copy_metadata_replace, test_s3_copy_tagging_directive; Simple Storage Service API Reference, CopyObject",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			x.Own.store(bucket, "key", "body", func(in *s3.PutObjectInput) {
				in.ContentType, in.Metadata, in.Tagging = aws.String("text/plain"), map[string]string{"key": "value"}, aws.String("key1=value1")
				in.WebsiteRedirectLocation = aws.String("/other")
			})
			told := func(key string) string {
				h := succeed(x, x.Own.S3.HeadObject, heading(bucket, key))
				tags := succeed(x, x.Own.S3.GetObjectTagging, &s3.GetObjectTaggingInput{Bucket: &bucket, Key: &key}).TagSet
				parts := []string{text(h.ContentType), h.Metadata["key"], h.Metadata["other"], text(h.WebsiteRedirectLocation)}
				for _, t := range tags {
					parts = append(parts, *t.Key+"="+*t.Value)
				}
				return strings.Join(parts, " ")
			}
			succeed(x, x.Own.S3.CopyObject, copying(bucket, "key", "same", func(in *s3.CopyObjectInput) {
				in.Metadata, in.Tagging = map[string]string{"other": "ignored"}, aws.String("key2=ignored")
			}))
			equal(x, "the copy", told("same"), "text/plain value   key1=value1")
			succeed(x, x.Own.S3.CopyObject, copying(bucket, "key", "new", func(in *s3.CopyObjectInput) {
				in.MetadataDirective, in.TaggingDirective = types.MetadataDirectiveReplace, types.TaggingDirectiveReplace
				in.Metadata, in.Tagging, in.ContentType = map[string]string{"other": "new"}, aws.String("key2=value2"), aws.String("image/jpg")
			}))
			equal(x, "the copy", told("new"), "image/jpg  new  key2=value2")
			succeed(x, x.Own.S3.CopyObject, copying(bucket, "key", "none", func(in *s3.CopyObjectInput) { in.TaggingDirective = types.TaggingDirectiveReplace }))
			equal(x, "the copy", told("none"), "text/plain value  ")
			equal(x, "its body", x.Own.read(reading(bucket, "none")), "body")
		},
	},
	{
		says:   "an object is copied onto itself only if something is said anew, be it the same",
		source: "recorded: s3 test_s3_copy_object_in_place, test_s3_copy_object_in_place_metadata_directive, test_s3_copy_object_in_place_website_redirect_location, test_s3_copy_object_in_place_with_encryption",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			x.Own.store(bucket, "key", "body", func(in *s3.PutObjectInput) { in.Metadata = map[string]string{"key": "value"} })
			illegal := func(configure func(*s3.CopyObjectInput)) {
				refused(x, x.Own.S3.CopyObject, copying(bucket, "key", "key", configure), "InvalidRequest").
					saying("This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.")
			}
			illegal(func(*s3.CopyObjectInput) {})
			illegal(func(in *s3.CopyObjectInput) { in.Metadata = map[string]string{"key": "value"} })
			for _, legal := range []func(*s3.CopyObjectInput){
				func(in *s3.CopyObjectInput) { in.StorageClass = types.StorageClassStandard },
				func(in *s3.CopyObjectInput) { in.WebsiteRedirectLocation = aws.String("/test/direct") },
				func(in *s3.CopyObjectInput) { in.ServerSideEncryption = types.ServerSideEncryptionAes256 },
				func(in *s3.CopyObjectInput) { in.MetadataDirective = types.MetadataDirectiveReplace },
			} {
				succeed(x, x.Own.S3.CopyObject, copying(bucket, "key", "key", legal))
			}
			equal(x, "the metadata", len(succeed(x, x.Own.S3.HeadObject, heading(bucket, "key")).Metadata), 0)
			illegal(func(*s3.CopyObjectInput) {})
		},
	},
	{
		says:   "an object of a bucket whose encryption was set can be copied onto itself as it is",
		source: "recorded: s3 test_copy_in_place_with_bucket_encryption",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			succeed(x, x.Own.S3.PutBucketEncryption, encrypting(bucket, byDefault(types.ServerSideEncryptionAes256, nil)))
			x.Own.store(bucket, "key", "")
			succeed(x, x.Own.S3.CopyObject, copying(bucket, "key", "key"))
		},
	},
	{
		says:   "a copy needs a source that is there, and is named by bucket and key",
		source: "recorded: s3 test_s3_copy_object_src_not_exists, test_s3_copy_object_wrong_format",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			from := func(source string) *s3.CopyObjectInput {
				return copying(bucket, "", "key", func(in *s3.CopyObjectInput) { in.CopySource = &source })
			}
			refused(x, x.Own.S3.CopyObject, from(x.name("bucket")+"/key"), "NoSuchBucket")
			refused(x, x.Own.S3.CopyObject, from(bucket+"/none"), "NoSuchKey")
			refused(x, x.Own.S3.CopyObject, from("wrongformat"), "InvalidArgument").saying("Invalid copy source object key")
		},
	},
}
