package s3

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

// anyone sends a request without credentials.
func (b *bench) anyone(in any) (any, error) {
	b.Helper()
	return b.sendAs(world.Anonymous(), here, in)
}

func TestAnonymous(t *testing.T) {
	b := newBench(t)
	admin := root(mine)
	open := func(k *bucket) { k.block, k.ownership = nil, types.ObjectOwnershipBucketOwnerPreferred }
	byPolicy := b.bucket("bypolicy", open)
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::bypolicy/*"}]}`
	byPolicy.policy = world.MustPolicy(keypolicy.ResourcePolicy, policy)
	byACL := b.bucket("byacl", open)
	b.put(admin, "bypolicy", "plain", "hello")
	b.put(admin, "bypolicy", "sealed", "hello", underKMS(b.key(admin, "")))
	b.put(admin, "byacl", "public", "hello", func(in *s3.PutObjectInput) { in.ACL = types.ObjectCannedACLPublicRead })
	b.put(admin, "byacl", "private", "hello")
	check := func(in any, want string) {
		t.Helper()
		_, err := b.anyone(in)
		got := ""
		if err != nil {
			got = world.Answer(err).Code
		}
		if got != want {
			t.Errorf("%T: %v, want %q", in, err, want)
		}
	}
	check(getOf("bypolicy", "plain"), "")
	check(getOf("bypolicy", "sealed"), "InvalidArgument")
	check(getOf("bypolicy", "none"), "AccessDenied") // who may not list is not told
	check(getOf("byacl", "public"), "")
	check(getOf("byacl", "private"), "AccessDenied")
	check(&s3.GetObjectAclInput{Bucket: new("byacl"), Key: new("public")}, "AccessDenied")
	check(putOf("byacl", "public", "mine now"), "AccessDenied")
	check(&s3.ListObjectsV2Input{Bucket: new("byacl")}, "AccessDenied")
	byACL.acl = []types.Grant{grantTo(mine, types.PermissionFullControl), grantToGroup(allUsers, types.PermissionRead)}
	check(&s3.ListObjectsV2Input{Bucket: new("byacl")}, "")
	byACL.block = &types.PublicAccessBlockConfiguration{IgnorePublicAcls: new(true)}
	check(getOf("byacl", "public"), "AccessDenied")
	check(&s3.ListObjectsV2Input{Bucket: new("byacl")}, "AccessDenied")
	byPolicy.publicPolicy, byPolicy.block = true, &types.PublicAccessBlockConfiguration{RestrictPublicBuckets: new(true)}
	check(getOf("bypolicy", "plain"), "AccessDenied")
	if b.get(admin, "bypolicy", "plain") != "hello" {
		t.Error("its owner cannot read a restricted bucket")
	}
}

// Another account's ACL grant still needs that account's own permission, and an
// ACL does not stand in for the policies of the owner's users.
func TestACLs(t *testing.T) {
	b := newBench(t)
	b.bucket("bucket", func(k *bucket) { k.block, k.ownership = nil, types.ObjectOwnershipBucketOwnerPreferred })
	b.put(root(mine), "bucket", "k", "hello", func(in *s3.PutObjectInput) {
		in.GrantRead, in.GrantFullControl = new(`id="`+canonicalID(other)+`"`), new(`id="`+canonicalID(mine)+`"`)
	})
	may, mayNot := b.user(other, "may", allow("", "s3:*", "*", "")), b.user(other, "maynot", allow("", "s3:ListBucket", "*", ""))
	own := b.user(mine, "own", allow("", "s3:ListBucket", "*", ""))
	if b.get(root(other), "bucket", "k") != "hello" || b.get(may, "bucket", "k") != "hello" {
		t.Error("the grantee cannot read")
	}
	b.refused(mayNot, getOf("bucket", "k"), "AccessDenied", "")
	b.refused(own, getOf("bucket", "k"), "AccessDenied", "no identity-based policy allows the s3:GetObject action")
}
