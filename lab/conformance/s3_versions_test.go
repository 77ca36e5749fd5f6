package conformance

import (
	"errors"
	"net/url"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// escaped writes a key as it stands in x-amz-copy-source.
func escaped(key string) string { return url.PathEscape(key) }

// at names a version to be read.
func at(bucket, key string, version *string) *s3.GetObjectInput {
	return &s3.GetObjectInput{Bucket: &bucket, Key: &key, VersionId: version}
}

func deleting(bucket, key string, version *string) *s3.DeleteObjectInput {
	return &s3.DeleteObjectInput{Bucket: &bucket, Key: &key, VersionId: version}
}

// foreignID has the form of a version id, and is none.
const foreignID = "HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD"

var s3Versions = []claim{
	{
		says:   "a version id has 32 letters, digits, dots and underscores",
		source: "asserted: s3 test_object_version_id_format",
		check: func(x *bench) {
			bucket := x.Own.history()
			id := text(x.Own.store(bucket, "key", "").VersionId)
			if !regexp.MustCompile(`^[A-Za-z0-9._]{32}$`).MatchString(id) {
				x.Errorf("it is %q", id)
			}
		},
	},
	{
		says:   "every version is read by its id, and the newest without",
		source: "recorded: s3 test_s3_put_object_versioned, test_delete_object_versioned",
		check: func(x *bench) {
			bucket := x.Own.history()
			first, second := x.Own.store(bucket, "key", "one"), x.Own.store(bucket, "key", "two")
			equal(x, "the first", x.Own.read(at(bucket, "key", first.VersionId)), "one")
			equal(x, "the second", x.Own.read(at(bucket, "key", second.VersionId)), "two")
			out := succeed(x, x.Own.S3.GetObject, reading(bucket, "key"))
			equal(x, "the newest", text(out.VersionId), text(second.VersionId))
		},
	},
	{
		says:   "a delete marker hides the versions, and is itself not read",
		source: "recorded: s3 test_delete_object_versioned, test_get_object_after_deleted_in_versioned_bucket; Simple Storage Service User Guide, Working with delete markers",
		check: func(x *bench) {
			bucket := x.Own.history()
			put := x.Own.store(bucket, "key", "one")
			gone := succeed(x, x.Own.S3.DeleteObject, deleting(bucket, "key", nil))
			equal(x, "being a marker", aws.ToBool(gone.DeleteMarker), true)
			refused(x, x.Own.S3.GetObject, reading(bucket, "key"), "NoSuchKey")
			_, err := x.Own.S3.GetObject(x.Context(), reading(bucket, "key"))
			equal(x, "x-amz-delete-marker", header(err, "X-Amz-Delete-Marker"), "true")
			equal(x, "x-amz-version-id", header(err, "X-Amz-Version-Id"), text(gone.VersionId))
			refused(x, x.Own.S3.GetObject, at(bucket, "key", gone.VersionId), "MethodNotAllowed").saying("The specified method is not allowed against this resource.")
			_, err = x.Own.S3.GetObject(x.Context(), at(bucket, "key", gone.VersionId))
			equal(x, "Allow", header(err, "Allow"), "DELETE")
			equal(x, "the version", x.Own.read(at(bucket, "key", put.VersionId)), "one")
		},
	},
	{
		says:   "deleting the marker brings the object back",
		source: "recorded: s3 test_delete_object_versioned; Simple Storage Service User Guide, Removing delete markers",
		check: func(x *bench) {
			bucket := x.Own.history()
			x.Own.store(bucket, "key", "one")
			marker := succeed(x, x.Own.S3.DeleteObject, deleting(bucket, "key", nil))
			out := succeed(x, x.Own.S3.DeleteObject, deleting(bucket, "key", marker.VersionId))
			equal(x, "being a marker", aws.ToBool(out.DeleteMarker), true)
			equal(x, "its id", text(out.VersionId), text(marker.VersionId))
			equal(x, "the body", x.Own.read(reading(bucket, "key")), "one")
		},
	},
	{
		says:   "a version that is deleted is gone for good, and the one before is the newest",
		source: "recorded: s3 test_delete_object_versioned; Simple Storage Service User Guide, Deleting object versions from a versioning-enabled bucket",
		check: func(x *bench) {
			bucket := x.Own.history()
			x.Own.store(bucket, "key", "one")
			second := x.Own.store(bucket, "key", "two")
			out := succeed(x, x.Own.S3.DeleteObject, deleting(bucket, "key", second.VersionId))
			equal(x, "being a marker", aws.ToBool(out.DeleteMarker), false)
			equal(x, "its id", text(out.VersionId), text(second.VersionId))
			equal(x, "the body", x.Own.read(reading(bucket, "key")), "one")
			refused(x, x.Own.S3.GetObject, at(bucket, "key", second.VersionId), "NoSuchVersion").saying("The specified version does not exist.")
		},
	},
	{
		says:   "an id that no version ever had is invalid, in a bucket with versioning and without",
		source: "recorded: s3 test_delete_object, test_delete_object_versioned, test_get_object_with_version_unversioned_bucket",
		check: func(x *bench) {
			for _, bucket := range []string{x.Own.history(), x.Own.shelf()} {
				x.Own.store(bucket, "key", "x")
				refused(x, x.Own.S3.GetObject, at(bucket, "key", aws.String(foreignID)), "InvalidArgument").saying("Invalid version id specified")
				refused(x, x.Own.S3.DeleteObject, deleting(bucket, "key", aws.String(foreignID)), "InvalidArgument").saying("Invalid version id specified")
			}
		},
	},
	{
		says:   "without versioning the version is null, and told nowhere",
		source: "recorded: s3 test_get_object_with_version_unversioned_bucket, test_list_object_versions_order_unversioned",
		check: func(x *bench) {
			bucket := x.Own.shelf()
			equal(x, "its id", x.Own.store(bucket, "key", "x").VersionId, nil)
			equal(x, "its id", succeed(x, x.Own.S3.GetObject, at(bucket, "key", aws.String("null"))).VersionId, nil)
			list := succeed(x, x.Own.S3.ListObjectVersions, &s3.ListObjectVersionsInput{Bucket: &bucket})
			equal(x, "its id in a list", text(list.Versions[0].VersionId), "null")
		},
	},
	{
		says:   "suspended, a write replaces the null version and no other",
		source: "recorded: s3 test_put_object_on_suspended_bucket; Simple Storage Service User Guide, Adding objects to versioning-suspended buckets",
		check: func(x *bench) {
			bucket := x.Own.history()
			old := x.Own.store(bucket, "key", "old")
			succeed(x, x.Own.S3.PutBucketVersioning, versioned(bucket, types.BucketVersioningStatusSuspended))
			x.Own.store(bucket, "key", "first")
			equal(x, "the id of a put", x.Own.store(bucket, "key", "second").VersionId, nil)
			out := succeed(x, x.Own.S3.GetObject, reading(bucket, "key"))
			equal(x, "the id of a get", text(out.VersionId), "null")
			list := succeed(x, x.Own.S3.ListObjectVersions, &s3.ListObjectVersionsInput{Bucket: &bucket})
			equal(x, "the versions", len(list.Versions), 2)
			equal(x, "the old one", x.Own.read(at(bucket, "key", old.VersionId)), "old")
		},
	},
	{
		says:   "suspended, a delete puts a null marker in the place of the null version",
		source: "recorded: s3 test_delete_object_on_suspended_bucket; Simple Storage Service User Guide, Deleting objects from versioning-suspended buckets",
		check: func(x *bench) {
			bucket := x.Own.history()
			old := x.Own.store(bucket, "key", "old")
			succeed(x, x.Own.S3.PutBucketVersioning, versioned(bucket, types.BucketVersioningStatusSuspended))
			x.Own.store(bucket, "key", "null")
			for range 2 {
				gone := succeed(x, x.Own.S3.DeleteObject, deleting(bucket, "key", nil))
				equal(x, "the marker's id", text(gone.VersionId), "null")
				equal(x, "being a marker", aws.ToBool(gone.DeleteMarker), true)
			}
			list := succeed(x, x.Own.S3.ListObjectVersions, &s3.ListObjectVersionsInput{Bucket: &bucket})
			equal(x, "the markers", len(list.DeleteMarkers), 1)
			equal(x, "the versions", len(list.Versions), 1)
			equal(x, "the old one", x.Own.read(at(bucket, "key", old.VersionId)), "old")
		},
	},
	{
		says:   "a batch deletes versions and markers, and tells which were none",
		source: "recorded: s3 test_delete_objects_versioned, test_delete_keys_in_versioned_bucket, test_delete_objects",
		check: func(x *bench) {
			bucket := x.Own.history()
			put := x.Own.store(bucket, "key", "one")
			batch := func(objects ...types.ObjectIdentifier) *s3.DeleteObjectsOutput {
				return succeed(x, x.Own.S3.DeleteObjects, &s3.DeleteObjectsInput{Bucket: &bucket, Delete: &types.Delete{Objects: objects}})
			}
			key := aws.String("key")
			made := batch(types.ObjectIdentifier{Key: key}, types.ObjectIdentifier{Key: aws.String("none")}).Deleted
			equal(x, "those made", len(made), 2)
			equal(x, "being a marker", aws.ToBool(made[0].DeleteMarker), true)
			equal(x, "its version", made[0].VersionId, nil)
			removed := batch(types.ObjectIdentifier{Key: key, VersionId: made[0].DeleteMarkerVersionId}).Deleted[0]
			equal(x, "being a marker", aws.ToBool(removed.DeleteMarker), true)
			equal(x, "the marker", text(removed.DeleteMarkerVersionId), text(made[0].DeleteMarkerVersionId))
			equal(x, "the version", text(removed.VersionId), text(made[0].DeleteMarkerVersionId))
			out := batch(types.ObjectIdentifier{Key: key, VersionId: aws.String(foreignID)}, types.ObjectIdentifier{Key: key, VersionId: put.VersionId})
			equal(x, "those that were none", len(out.Errors), 1)
			equal(x, "the error", text(out.Errors[0].Code)+": "+text(out.Errors[0].Message), "NoSuchVersion: The specified version does not exist.")
			equal(x, "the version", text(out.Deleted[0].VersionId), text(put.VersionId))
			equal(x, "being a marker", out.Deleted[0].DeleteMarker, nil)
		},
	},
	{
		says:   "a copy can be made of any version, but not of a delete marker",
		source: "recorded: s3 test_s3_copy_object_src_not_exists, test_s3_copy_object_in_place_versioned",
		check: func(x *bench) {
			bucket := x.Own.history()
			first := x.Own.store(bucket, "key", "one")
			x.Own.store(bucket, "key", "two")
			marker := succeed(x, x.Own.S3.DeleteObject, deleting(bucket, "key", nil))
			of := func(id *string) *s3.CopyObjectInput {
				return copying(bucket, "key?versionId="+text(id), "key")
			}
			refused(x, x.Own.S3.CopyObject, copying(bucket, "key", "copy"), "NoSuchKey")
			refused(x, x.Own.S3.CopyObject, of(marker.VersionId), "InvalidRequest").
				saying("The source of a copy request may not specifically refer to a delete marker by version id.")
			out := succeed(x, x.Own.S3.CopyObject, of(first.VersionId))
			equal(x, "the source", text(out.CopySourceVersionId), text(first.VersionId))
			got := succeed(x, x.Own.S3.GetObject, reading(bucket, "key"))
			equal(x, "the newest", text(got.VersionId), text(out.VersionId))
			equal(x, "the body", x.Own.read(reading(bucket, "key")), "one")
		},
	},
	{
		says:   "every version has its own tags, and a delete marker none",
		source: "recorded: s3 test_object_tagging_versioned",
		check: func(x *bench) {
			bucket := x.Own.history()
			first := x.Own.store(bucket, "key", "one", func(in *s3.PutObjectInput) { in.Tagging = aws.String("tag=v1") })
			second := x.Own.store(bucket, "key", "two")
			equal(x, "the version", text(succeed(x, x.Own.S3.PutObjectTagging, labelling(bucket, "key", "tag", "v2")).VersionId), text(second.VersionId))
			of := func(id *string) *s3.GetObjectTaggingInput {
				return &s3.GetObjectTaggingInput{Bucket: &bucket, Key: aws.String("key"), VersionId: id}
			}
			equal(x, "the first's", text(succeed(x, x.Own.S3.GetObjectTagging, of(first.VersionId)).TagSet[0].Value), "v1")
			equal(x, "the newest's", text(succeed(x, x.Own.S3.GetObjectTagging, of(nil)).TagSet[0].Value), "v2")
			marker := succeed(x, x.Own.S3.DeleteObject, deleting(bucket, "key", nil))
			refused(x, x.Own.S3.GetObjectTagging, of(marker.VersionId), "MethodNotAllowed")
			refused(x, x.Own.S3.GetObjectTagging, of(nil), "MethodNotAllowed")
			refused(x, x.Own.S3.PutObjectTagging, labelling(bucket, "key", "tag", "v3"), "MethodNotAllowed")
			refused(x, x.Own.S3.DeleteObjectTagging, &s3.DeleteObjectTaggingInput{Bucket: &bucket, Key: aws.String("key")}, "MethodNotAllowed")
		},
	},
}

// header gives a header of a refusal.
func header(err error, name string) string {
	var answer *awshttp.ResponseError
	if !errors.As(err, &answer) {
		return ""
	}
	return answer.Response.Header.Get(name)
}
