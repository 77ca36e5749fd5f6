package s3

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// A key that no object can have leaves nothing: not even a delete marker, which
// no listing could tell.
func TestKeysThatCannotBe(t *testing.T) {
	b := newBench(t)
	admin := root(mine)
	kept := b.bucket("bucket", func(b *bucket) { b.versioning = types.BucketVersioningStatusEnabled })
	name := new("bucket")
	for key, code := range map[string]string{strings.Repeat("k", keyLimit+1): "KeyTooLongError", "a/\xff": "InvalidURI"} {
		b.refused(admin, putOf("bucket", key, ""), code, "")
		b.refused(admin, getOf("bucket", key), code, "")
		b.refused(admin, &s3.HeadObjectInput{Bucket: name, Key: &key}, code, "")
		b.refused(admin, &s3.GetObjectTaggingInput{Bucket: name, Key: &key}, code, "")
		b.refused(admin, &s3.DeleteObjectInput{Bucket: name, Key: &key}, code, "")
		out := must[s3.DeleteObjectsOutput](b, admin, &s3.DeleteObjectsInput{Bucket: name, Delete: &types.Delete{Objects: []types.ObjectIdentifier{{Key: &key}}}})
		if len(out.Errors) != 1 || *out.Errors[0].Code != code {
			t.Errorf("%+v", out)
		}
	}
	if kept.objects.count != 0 {
		t.Error("something is left")
	}
}

// Who may write by the bucket's ACL would own the object: that is not modelled,
// and not refused as if it were forbidden.
func TestWritingByACL(t *testing.T) {
	b := newBench(t)
	b.bucket("bucket", func(b *bucket) {
		b.ownership, b.block = types.ObjectOwnershipObjectWriter, nil
		b.acl = []types.Grant{grantToGroup(authenticatedUsers, types.PermissionWrite)}
	})
	b.refused(root(other), putOf("bucket", "k", ""), "NotImplemented", "do not belong to its owner")
}
