package conformance

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// folder is what the claims on common prefixes list.
var folder = []string{"folder/aSubfolder/subFile1", "folder/aSubfolder/subFile2", "folder/file1", "folder/file2"}

func (c *caller) filled(bucket string, keys ...string) string {
	c.x.Helper()
	for _, key := range keys {
		c.store(bucket, key, "content 123")
	}
	return bucket
}

// keysOf writes the entries of a page, objects before prefixes.
func keysOf(objects []types.Object, prefixes []types.CommonPrefix) string {
	var all []string
	for _, o := range objects {
		all = append(all, *o.Key)
	}
	for _, p := range prefixes {
		all = append(all, *p.Prefix)
	}
	return strings.Join(all, " ")
}

var s3List = []claim{
	{
		says:   "keys are in the order of their UTF-8 bytes",
		source: "Simple Storage Service User Guide, Listing object keys programmatically",
		check: func(x *bench) {
			bucket := x.Own.filled(x.Own.shelf(), "b", "a/b", "a", "a-b", "B", "ä", "z", "a b")
			out := succeed(x, x.Own.S3.ListObjectsV2, &s3.ListObjectsV2Input{Bucket: &bucket})
			equal(x, "the keys", strings.ReplaceAll(keysOf(out.Contents, nil), "a b", "a_b"), "B a a_b a-b a/b b z ä")
		},
	},
	{
		says:   "a page tells how it was asked for, and owners only on demand",
		source: "recorded: s3 test_list_objects_v2_continuation_start_after, test_delete_keys_in_versioned_bucket; Simple Storage Service API Reference, ListObjectsV2",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			x.Own.store(bucket, "key", "content 123", byCRC32)
			out := succeed(x, x.Own.S3.ListObjectsV2, &s3.ListObjectsV2Input{Bucket: &bucket})
			equal(x, "the bucket", text(out.Name), bucket)
			equal(x, "the prefix", out.Prefix == nil || *out.Prefix == "", true)
			equal(x, "the most", aws.ToInt32(out.MaxKeys), 1000)
			equal(x, "the count", aws.ToInt32(out.KeyCount), 1)
			equal(x, "more", aws.ToBool(out.IsTruncated), false)
			o := out.Contents[0]
			equal(x, "the ETag", text(o.ETag), `"0d9fa06a66933b40f615f530e59edd6b"`)
			equal(x, "the size", aws.ToInt64(o.Size), 11)
			equal(x, "the class", o.StorageClass, types.ObjectStorageClassStandard)
			equal(x, "the checksum", fmt.Sprint(o.ChecksumAlgorithm, " ", o.ChecksumType), "[CRC32] FULL_OBJECT")
			equal(x, "the owner", o.Owner, nil)
			out = succeed(x, x.Own.S3.ListObjectsV2, &s3.ListObjectsV2Input{Bucket: &bucket, FetchOwner: aws.Bool(true), MaxKeys: aws.Int32(5000)})
			equal(x, "the owner's id", len(text(out.Contents[0].Owner.ID)), 64)
			equal(x, "the most", aws.ToInt32(out.MaxKeys), 1000)
			out = succeed(x, x.Own.S3.ListObjectsV2, &s3.ListObjectsV2Input{Bucket: &bucket, MaxKeys: aws.Int32(0)})
			equal(x, "nothing", fmt.Sprint(*out.KeyCount, *out.IsTruncated), "0 false")
		},
	},
	{
		says:   "a token goes on where a page ended, whatever start-after says beside it",
		source: "recorded: s3 test_list_objects_v2_continuation_start_after",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			for i := range 12 {
				x.Own.store(bucket, fmt.Sprintf("test_%d", i), "x")
			}
			page := func(in *s3.ListObjectsV2Input) *s3.ListObjectsV2Output {
				in.Bucket = &bucket
				return succeed(x, x.Own.S3.ListObjectsV2, in)
			}
			first := page(&s3.ListObjectsV2Input{MaxKeys: aws.Int32(5)})
			equal(x, "the first page", keysOf(first.Contents, nil), "test_0 test_1 test_10 test_11 test_2")
			equal(x, "more", aws.ToBool(first.IsTruncated), true)
			rest := page(&s3.ListObjectsV2Input{ContinuationToken: first.NextContinuationToken, StartAfter: aws.String("test_7")})
			equal(x, "the rest", keysOf(rest.Contents, nil), "test_3 test_4 test_5 test_6 test_7 test_8 test_9")
			equal(x, "the token", text(rest.ContinuationToken), text(first.NextContinuationToken))
			after := page(&s3.ListObjectsV2Input{StartAfter: aws.String("test_7"), MaxKeys: aws.Int32(2)})
			equal(x, "after one", keysOf(after.Contents, nil), "test_8 test_9")
			equal(x, "more", aws.ToBool(after.IsTruncated), false)
			refused(x, x.Own.S3.ListObjectsV2, &s3.ListObjectsV2Input{Bucket: &bucket, ContinuationToken: aws.String("none")}, "InvalidArgument").
				saying("The continuation token provided is incorrect")
		},
	},
	{
		says:   "keys up to a delimiter are one common prefix, also over pages",
		source: "recorded: s3 test_list_objects_v2_continuation_common_prefixes",
		check: func(x *bench) {
			bucket := x.Own.filled(x.Own.shelf(), folder...)
			in := &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: aws.String("folder/"), Delimiter: aws.String("/"), MaxKeys: aws.Int32(1)}
			for i, want := range []string{"folder/aSubfolder/", "folder/file1", "folder/file2"} {
				out := succeed(x, x.Own.S3.ListObjectsV2, in)
				equal(x, "the page", keysOf(out.Contents, out.CommonPrefixes), want)
				equal(x, "more", aws.ToBool(out.IsTruncated), i < 2)
				equal(x, "the count", aws.ToInt32(out.KeyCount), 1)
				in.ContinuationToken = out.NextContinuationToken
			}
			equal(x, "the last token", in.ContinuationToken, nil)
		},
	},
	{
		says:   "the first version of the listing goes on after a key, which it names only with a delimiter",
		source: "recorded: s3 test_list_objects_next_marker, test_list_objects_marker_common_prefixes",
		check: func(x *bench) {
			bucket := x.Own.filled(x.Own.shelf(), folder...)
			page := func(marker, delimiter string) *s3.ListObjectsOutput {
				return succeed(x, x.Own.S3.ListObjects, &s3.ListObjectsInput{
					Bucket: &bucket, Prefix: aws.String("folder/"), Delimiter: &delimiter, MaxKeys: aws.Int32(1), Marker: &marker,
				})
			}
			out := page("", "/")
			equal(x, "the first page", keysOf(out.Contents, out.CommonPrefixes), "folder/aSubfolder/")
			equal(x, "the next marker", text(out.NextMarker), "folder/aSubfolder/")
			out = page(*out.NextMarker, "/")
			equal(x, "the second", keysOf(out.Contents, out.CommonPrefixes), "folder/file1")
			equal(x, "an owner's id", len(text(out.Contents[0].Owner.ID)), 64)
			out = page("folder/aSubfolder/subFile1", "/")
			equal(x, "after a key below", keysOf(out.Contents, out.CommonPrefixes), "folder/file1")
			out = page("", "")
			equal(x, "without a delimiter", text(out.NextMarker), "")
			equal(x, "more", aws.ToBool(out.IsTruncated), true)
		},
	},
	{
		says:   "versions are listed by key, the newest first, with markers among them",
		source: "recorded: s3 test_list_objects_versions_markers",
		check: func(x *bench) {
			bucket := x.Own.history()
			var made []string
			for _, key := range []string{"a", "b"} {
				made = append(made, text(x.Own.store(bucket, key, "1").VersionId))
				made = append(made, text(succeed(x, x.Own.S3.DeleteObject, deleting(bucket, key, nil)).VersionId))
			}
			made = append(made, text(x.Own.store(bucket, "a", "2").VersionId))
			page := func(key, id *string, most int32) *s3.ListObjectVersionsOutput {
				return succeed(x, x.Own.S3.ListObjectVersions, &s3.ListObjectVersionsInput{Bucket: &bucket, KeyMarker: key, VersionIdMarker: id, MaxKeys: &most})
			}
			out := page(nil, nil, 1000)
			equal(x, "the first", text(out.Versions[0].VersionId), made[4])
			equal(x, "the second", text(out.Versions[1].VersionId), made[0])
			equal(x, "being the newest", fmt.Sprint(*out.Versions[0].IsLatest, *out.Versions[1].IsLatest, *out.DeleteMarkers[0].IsLatest, *out.DeleteMarkers[1].IsLatest), "true false false true")
			out = page(nil, nil, 2)
			equal(x, "where a page ends", text(out.NextKeyMarker)+" "+text(out.NextVersionIdMarker), "a "+made[1])
			out = page(out.NextKeyMarker, out.NextVersionIdMarker, 1)
			equal(x, "where the next begins", text(out.Versions[0].VersionId), made[0])
			out = page(aws.String("a"), nil, 1)
			equal(x, "after a key", text(out.DeleteMarkers[0].VersionId), made[3])
			in := &s3.ListObjectVersionsInput{Bucket: &bucket, VersionIdMarker: &made[0]}
			refused(x, x.Own.S3.ListObjectVersions, in, "InvalidArgument").saying("A version-id marker cannot be specified without a key marker.")
		},
	},
	{
		says:   "a page of versions goes on after one that is gone by now",
		source: "recorded: s3 test_list_objects_versions_with_prefix_only_and_pagination",
		check: func(x *bench) {
			bucket := x.Own.history()
			for range 4 {
				x.Own.store(bucket, "key", "")
			}
			out := succeed(x, x.Own.S3.ListObjectVersions, &s3.ListObjectVersionsInput{Bucket: &bucket, MaxKeys: aws.Int32(2)})
			for _, v := range out.Versions {
				succeed(x, x.Own.S3.DeleteObject, deleting(bucket, "key", v.VersionId))
			}
			rest := succeed(x, x.Own.S3.ListObjectVersions, &s3.ListObjectVersionsInput{Bucket: &bucket, KeyMarker: out.NextKeyMarker, VersionIdMarker: out.NextVersionIdMarker})
			equal(x, "the rest", len(rest.Versions), 2)
			equal(x, "being the newest", aws.ToBool(rest.Versions[0].IsLatest), true)
		},
	},
	{
		says:   "on demand names are encoded as in a URL, but not their slashes",
		source: "recorded: s3 test_list_objects_v2_continuation_token_safe_chars, test_list_objects_with_prefix",
		check: func(x *bench) {
			bucket := x.Own.filled(x.Own.shelf(), "date=2026-03-01/", "a b/%")
			in := &s3.ListObjectsV2Input{Bucket: &bucket, EncodingType: types.EncodingTypeUrl, StartAfter: aws.String("=")}
			out := succeed(x, x.Own.S3.ListObjectsV2, in)
			equal(x, "the keys", keysOf(out.Contents, nil), "a+b/%25 date%3D2026-03-01/")
			equal(x, "the start", text(out.StartAfter), "%3D")
			equal(x, "the encoding", out.EncodingType, types.EncodingTypeUrl)
		},
	},
}
