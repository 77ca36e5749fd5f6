package conformance

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// shelf makes a bucket that is emptied of all its versions at the end.
func (c *caller) shelf() string {
	c.x.Helper()
	bucket := c.bucket()
	if c.x.lab == nil {
		c.x.Cleanup(func() { c.empty(bucket) })
	}
	return bucket
}

// history is a shelf with versioning.
func (c *caller) history() string {
	c.x.Helper()
	bucket := c.shelf()
	succeed(c.x, c.S3.PutBucketVersioning, versioned(bucket, types.BucketVersioningStatusEnabled))
	return bucket
}

// empty deletes a thousand versions and delete markers: no claim makes more.
func (c *caller) empty(bucket string) {
	out, err := c.S3.ListObjectVersions(context.Background(), &s3.ListObjectVersionsInput{Bucket: &bucket})
	if err != nil {
		c.x.Logf("was not cleaned up: %v", err)
		return
	}
	var all []types.ObjectIdentifier
	for _, v := range out.Versions {
		all = append(all, types.ObjectIdentifier{Key: v.Key, VersionId: v.VersionId})
	}
	for _, v := range out.DeleteMarkers {
		all = append(all, types.ObjectIdentifier{Key: v.Key, VersionId: v.VersionId})
	}
	if len(all) == 0 {
		return
	}
	if _, err := c.S3.DeleteObjects(context.Background(), &s3.DeleteObjectsInput{Bucket: &bucket, Delete: &types.Delete{Objects: all}}); err != nil {
		c.x.Logf("was not cleaned up: %v", err)
	}
}

// read gives what an object has.
func (c *caller) read(in *s3.GetObjectInput) string {
	c.x.Helper()
	out := succeed(c.x, c.S3.GetObject, in)
	body, err := io.ReadAll(out.Body)
	if err != nil {
		c.x.Fatal(err)
	}
	return string(body)
}

func heading(bucket, key string) *s3.HeadObjectInput {
	return &s3.HeadObjectInput{Bucket: &bucket, Key: &key}
}

var s3Objects = []claim{
	{
		says:   "an object is read as it was written, with its ETag, its size and a type",
		source: "recorded: s3 test_head_object_fields, test_get_object_no_such_bucket; Simple Storage Service API Reference, PutObject",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			put := x.Own.store(bucket, "key", "abcdefgh")
			equal(x, "its ETag", text(put.ETag), `"e8dc4081b13434b45189a720b77b6818"`)
			equal(x, "its encryption", put.ServerSideEncryption, types.ServerSideEncryptionAes256)
			equal(x, "its version", put.VersionId, nil)
			equal(x, "the body", x.Own.read(reading(bucket, "key")), "abcdefgh")
			out := succeed(x, x.Own.S3.HeadObject, heading(bucket, "key"))
			equal(x, "its size", aws.ToInt64(out.ContentLength), 8)
			equal(x, "its type", text(out.ContentType), "application/octet-stream") // the client's own default
			equal(x, "its ETag", text(out.ETag), text(put.ETag))
			equal(x, "ranges", text(out.AcceptRanges), "bytes")
			equal(x, "its storage class", out.StorageClass, "")
			refused(x, x.Own.S3.GetObject, reading(x.name("bucket"), "key"), "NoSuchBucket").saying("The specified bucket does not exist")
			refused(x, x.Own.S3.GetObject, reading(bucket, "none"), "NoSuchKey").saying("The specified key does not exist.")
			refused(x, x.Own.S3.HeadObject, heading(bucket, "none"), "NotFound")
		},
	},
	{
		says:   "what is said of an object is told with it, names of metadata in lower case",
		source: "Simple Storage Service User Guide, Working with object metadata; recorded: s3 test_s3_object_expires, test_metadata_header_character_decoding",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			until := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
			x.Own.store(bucket, "key", "x", func(in *s3.PutObjectInput) {
				in.ContentType, in.CacheControl, in.ContentDisposition = aws.String("text/plain"), aws.String("max-age=1"), aws.String("inline")
				in.ContentEncoding, in.ContentLanguage, in.Expires = aws.String("identity"), aws.String("de"), &until
				in.Metadata, in.WebsiteRedirectLocation = map[string]string{"TEST_meta_1": "foo", "b": "2"}, aws.String("/other")
			})
			out := succeed(x, x.Own.S3.GetObject, reading(bucket, "key"))
			equal(x, "its type", text(out.ContentType), "text/plain")
			equal(x, "its cache control", text(out.CacheControl), "max-age=1")
			equal(x, "its disposition", text(out.ContentDisposition), "inline")
			equal(x, "its encoding", text(out.ContentEncoding), "identity")
			equal(x, "its language", text(out.ContentLanguage), "de")
			equal(x, "its end", text(out.ExpiresString), "Wed, 02 Jan 2030 03:04:05 GMT")
			equal(x, "its redirect", text(out.WebsiteRedirectLocation), "/other")
			equal(x, "its metadata", out.Metadata["test_meta_1"]+out.Metadata["b"], "foo2")
		},
	},
	{
		says:   "a reader can ask for other headers of the answer",
		source: "recorded: s3 test_s3_get_object_header_overrides",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			x.Own.store(bucket, "key", "x")
			in := reading(bucket, "key")
			in.ResponseCacheControl, in.ResponseContentType, in.ResponseContentLanguage = aws.String("max-age=74"), aws.String("image/jpeg"), aws.String("de-DE")
			in.ResponseContentDisposition, in.ResponseContentEncoding = aws.String(`attachment; filename="foo.jpg"`), aws.String("identity")
			out := succeed(x, x.Own.S3.GetObject, in)
			equal(x, "its cache control", text(out.CacheControl), "max-age=74")
			equal(x, "its type", text(out.ContentType), "image/jpeg")
			equal(x, "its language", text(out.ContentLanguage), "de-DE")
			equal(x, "its disposition", text(out.ContentDisposition), `attachment; filename="foo.jpg"`)
			equal(x, "its encoding", text(out.ContentEncoding), "identity")
		},
	},
	{
		says:   "a range gives its bytes, and what is no range or several ones the whole object",
		source: "recorded: s3 test_get_object_range",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			x.Own.store(bucket, "key", "0123456789")
			for asked, want := range map[string][2]string{
				"bytes=0-8": {"012345678", "bytes 0-8/10"}, "bytes=1-1": {"1", "bytes 1-1/10"}, "bytes=1-": {"123456789", "bytes 1-9/10"},
				"bytes=-2": {"89", "bytes 8-9/10"}, "bytes=-15": {"0123456789", "bytes 0-9/10"}, "bytes=0-100": {"0123456789", "bytes 0-9/10"},
				"bytes=1-0": {"0123456789", ""}, "bytes=-1-": {"0123456789", ""}, "bytes=0--1": {"0123456789", ""}, "bytes=-": {"0123456789", ""},
				"bytes=0-1,3-4,7-9": {"0123456789", ""}, "0-1": {"0123456789", ""},
			} {
				in := reading(bucket, "key")
				in.Range = &asked
				out := succeed(x, x.Own.S3.GetObject, in)
				body, err := io.ReadAll(out.Body)
				if err != nil || string(body) != want[0] || text(out.ContentRange) != want[1] || aws.ToInt64(out.ContentLength) != int64(len(want[0])) {
					x.Errorf("%s gives %q of %s, %v", asked, body, text(out.ContentRange), err)
				}
			}
		},
	},
	{
		says:   "a range that has nothing of the object is refused",
		source: "recorded: s3 test_get_object_range, test_invalid_range_error, test_range_key_not_exists",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			x.Own.store(bucket, "key", "abcdefgh")
			for _, asked := range []string{"bytes=-0", "bytes=1024-4096", "bytes=8-"} {
				in := reading(bucket, "key")
				in.Range = &asked
				refused(x, x.Own.S3.GetObject, in, "InvalidRange").saying("The requested range is not satisfiable")
			}
			in := reading(bucket, "none")
			in.Range = aws.String("bytes=1024-4096")
			refused(x, x.Own.S3.GetObject, in, "NoSuchKey")
		},
	},
	{
		says:   "an object that was put whole is its own first part, and has no other",
		source: "recorded: s3 test_get_object_part",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			x.Own.store(bucket, "key", "test-123")
			in := reading(bucket, "key")
			in.PartNumber = aws.Int32(1)
			equal(x, "the part", text(succeed(x, x.Own.S3.GetObject, in).ContentRange), "bytes 0-7/8")
			in.PartNumber = aws.Int32(2)
			refused(x, x.Own.S3.GetObject, in, "InvalidPartNumber").saying("The requested partnumber is not satisfiable")
			in.Range = aws.String("bytes=0-8")
			refused(x, x.Own.S3.GetObject, in, "InvalidRequest").saying("Cannot specify both Range header and partNumber query parameter")
		},
	},
	{
		says:   "keys and their copies are taken at their word, encoded or not",
		source: "recorded: s3 test_put_get_object_special_character, test_copy_object_special_character, test_delete_objects_encoding",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			for _, key := range []string{"file%2Fname", "test@key/", "test%123", "test%percent", "test key//", "a/%F0%9F%98%80/", "ä/ö+ü&?=", "./a/../b"} {
				x.Own.store(bucket, key, key)
				equal(x, "the body", x.Own.read(reading(bucket, key)), key)
				succeed(x, x.Own.S3.CopyObject, copying(bucket, "", "copy/"+key, func(in *s3.CopyObjectInput) {
					in.CopySource = aws.String(bucket + "/" + strings.ReplaceAll(strings.ReplaceAll(escaped(key), "+", "%2B"), "%2F", "/"))
				}))
				equal(x, "the copy", x.Own.read(reading(bucket, "copy/"+key)), key)
			}
		},
	},
	{
		says:   "tags are replaced as a whole, counted with the object, and deleted",
		source: "recorded: s3 test_object_tagging_crud, test_put_object_with_tags, test_head_object_with_tags",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			x.Own.store(bucket, "key", "x", func(in *s3.PutObjectInput) { in.Tagging = aws.String("tag1=tag1&tag2=tag2&tag=") })
			of := &s3.GetObjectTaggingInput{Bucket: &bucket, Key: aws.String("key")}
			equal(x, "the tags", len(succeed(x, x.Own.S3.GetObjectTagging, of).TagSet), 3)
			equal(x, "their count", aws.ToInt32(succeed(x, x.Own.S3.HeadObject, heading(bucket, "key")).TagCount), 3)
			succeed(x, x.Own.S3.PutObjectTagging, labelling(bucket, "key", "tag3", "tag3"))
			equal(x, "the tags", text(succeed(x, x.Own.S3.GetObjectTagging, of).TagSet[0].Key), "tag3")
			equal(x, "their count", aws.ToInt32(succeed(x, x.Own.S3.HeadObject, heading(bucket, "key")).TagCount), 1)
			succeed(x, x.Own.S3.DeleteObjectTagging, &s3.DeleteObjectTaggingInput{Bucket: &bucket, Key: aws.String("key")})
			equal(x, "the tags", len(succeed(x, x.Own.S3.GetObjectTagging, of).TagSet), 0)
			equal(x, "their count", succeed(x, x.Own.S3.HeadObject, heading(bucket, "key")).TagCount, nil)
			x.Own.store(bucket, "key", "", func(in *s3.PutObjectInput) { in.Tagging = aws.String("key1&&&key2") })
			equal(x, "the tags", len(succeed(x, x.Own.S3.GetObjectTagging, of).TagSet), 2)
		},
	},
	{
		says:   "tags that an object cannot have are refused",
		source: "recorded: s3 test_tagging_validation, test_object_tagging_exc; Simple Storage Service User Guide, Categorizing your storage using tags",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			x.Own.store(bucket, "key", "x")
			refused(x, x.Own.S3.PutObjectTagging, labelling(bucket, "key", "Key1", "a", "Key1", "b"), "InvalidTag").saying("Cannot provide multiple Tags with the same key")
			refused(x, x.Own.S3.PutObjectTagging, labelling(bucket, "key", "Key1,Key2", "a"), "InvalidTag").saying("The TagKey you have provided is invalid")
			refused(x, x.Own.S3.PutObjectTagging, labelling(bucket, "key", "aws:prefixed", "a"), "InvalidTag").saying("Your TagKey cannot be prefixed with aws:")
			refused(x, x.Own.S3.PutObjectTagging, labelling(bucket, "none", "a", "b"), "NoSuchKey")
			var eleven []string
			for i := range 11 {
				eleven = append(eleven, string(rune('a'+i)), "x")
			}
			refused(x, x.Own.S3.PutObjectTagging, labelling(bucket, "key", eleven...), "BadRequest")
			for _, header := range []string{"key1=val1&key1=val2", "key1=val1,key2=val2"} {
				in := &s3.PutObjectInput{Bucket: &bucket, Key: aws.String("key"), Tagging: &header}
				refused(x, x.Own.S3.PutObject, in, "InvalidArgument").
					saying("The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.")
			}
		},
	},
	{
		says:   "a key has 1024 bytes at most, and metadata 2048",
		source: "Simple Storage Service User Guide, Creating object key names; Simple Storage Service User Guide, Working with object metadata",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			x.Own.store(bucket, strings.Repeat("ä", 512), "x")
			refused(x, x.Own.S3.PutObject, &s3.PutObjectInput{Bucket: &bucket, Key: aws.String(strings.Repeat("ä", 512) + "x")}, "KeyTooLongError").saying("Your key is too long")
			x.Own.store(bucket, "key", "x", func(in *s3.PutObjectInput) { in.Metadata = map[string]string{"a": strings.Repeat("x", 2047)} })
			in := &s3.PutObjectInput{Bucket: &bucket, Key: aws.String("key"), Metadata: map[string]string{"a": strings.Repeat("x", 2048)}}
			refused(x, x.Own.S3.PutObject, in, "MetadataTooLarge").saying("Your metadata headers exceed the maximum allowed metadata size")
		},
	},
	{
		says:   "attributes are those that were asked for, the ETag without its quotes",
		source: "recorded: s3 test_get_object_attributes, test_get_object_attributes_versioned",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			x.Own.store(bucket, "data.txt", "69\n420\n", byCRC32)
			in := &s3.GetObjectAttributesInput{Bucket: &bucket, Key: aws.String("data.txt"), ObjectAttributes: types.ObjectAttributesEtag.Values()}
			out := succeed(x, x.Own.S3.GetObjectAttributes, in)
			equal(x, "the ETag", text(out.ETag), "e92499db864217242396e8ef766079a9")
			equal(x, "the size", aws.ToInt64(out.ObjectSize), 7)
			equal(x, "the class", out.StorageClass, types.StorageClassStandard)
			equal(x, "the checksum", text(out.Checksum.ChecksumCRC32), "WC+ANw==")
			equal(x, "the parts", out.ObjectParts, nil)
			in.ObjectAttributes = []types.ObjectAttributes{types.ObjectAttributesStorageClass}
			out = succeed(x, x.Own.S3.GetObjectAttributes, in)
			if out.ETag != nil || out.ObjectSize != nil || out.Checksum != nil || out.LastModified == nil {
				x.Errorf("it is %+v", out)
			}
			in.Key = aws.String("none")
			refused(x, x.Own.S3.GetObjectAttributes, in, "NoSuchKey")
		},
	},
	{
		says:   "deleting what is not there succeeds, one by one and in a batch",
		source: "recorded: s3 test_delete_object, test_delete_non_existing_keys, test_delete_non_existing_keys_quiet, test_delete_non_existing_keys_in_non_existing_bucket",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			x.Own.store(bucket, "key", "x")
			succeed(x, x.Own.S3.DeleteObject, &s3.DeleteObjectInput{Bucket: &bucket, Key: aws.String("none")})
			batch := &s3.DeleteObjectsInput{Bucket: &bucket, Delete: &types.Delete{Objects: []types.ObjectIdentifier{
				{Key: aws.String("key")}, {Key: aws.String("dummy1")}, {Key: aws.String("dummy2")},
			}}}
			out := succeed(x, x.Own.S3.DeleteObjects, batch)
			equal(x, "those deleted", len(out.Deleted), 3)
			equal(x, "those that were not", len(out.Errors), 0)
			refused(x, x.Own.S3.GetObject, reading(bucket, "key"), "NoSuchKey")
			batch.Delete.Quiet = aws.Bool(true)
			equal(x, "those told", len(succeed(x, x.Own.S3.DeleteObjects, batch).Deleted), 0)
			batch.Bucket = aws.String(x.name("bucket"))
			refused(x, x.Own.S3.DeleteObjects, batch, "NoSuchBucket")
		},
	},
}

// labelling replaces the tags of an object by pairs of key and value.
func labelling(bucket, key string, pairs ...string) *s3.PutObjectTaggingInput {
	return &s3.PutObjectTaggingInput{Bucket: &bucket, Key: &key, Tagging: tagging(bucket, pairs...).Tagging}
}
