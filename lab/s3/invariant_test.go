package s3

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/lab/world"
)

// kept is a bucket with objects: plain of two versions and a null one under
// them, sealed under a KMS key, and marked as deleted.
type kept struct {
	*Service
	*bucket
	plain, sealed, marked *version
}

func newKept(t *testing.T) (*bench, kept) {
	t.Helper()
	b := newBench(t)
	b.broken = true
	k := kept{Service: b.s3, bucket: b.bucket("bucket", func(made *bucket) { made.tags = []types.Tag{{Key: new("a"), Value: new("b")}} })}
	me := root(mine)
	key := b.key(me, "")
	b.put(me, "bucket", "plain", "one")
	must[s3.PutBucketVersioningOutput](b, me, &s3.PutBucketVersioningInput{Bucket: new("bucket"), VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}})
	b.put(me, "bucket", "plain", "two", func(in *s3.PutObjectInput) { in.Tagging = new("a=b") })
	b.put(me, "bucket", "plain", "three", func(in *s3.PutObjectInput) { in.Tagging = new("a=b") })
	under := func(in *s3.PutObjectInput) {
		in.ServerSideEncryption, in.SSEKMSKeyId = types.ServerSideEncryptionAwsKms, &key
	}
	b.put(me, "bucket", "sealed", "secret", under)
	b.put(me, "bucket", "under a bucket key", "secret", under, func(in *s3.PutObjectInput) { in.BucketKeyEnabled = new(true) })
	must[s3.DeleteObjectOutput](b, me, &s3.DeleteObjectInput{Bucket: new("bucket"), Key: new("deleted")})
	k.plain, k.sealed, k.marked = k.objects.get("plain").current, k.objects.get("sealed").current, k.objects.get("deleted").current
	if bad := b.world.Violations(); len(bad) != 0 {
		t.Fatalf("before: %q", bad)
	}
	return b, k
}

func TestViolations(t *testing.T) {
	const never = "arn:aws:kms:us-east-1:111122223333:key/00000099-0000-4000-8000-000000000099"
	for want, spoil := range map[string]func(k kept){
		"is kept under the name":                      func(k kept) { k.buckets["other"] = k.bucket },
		"that no bucket can have":                     func(k kept) { k.name = "A" },
		"is nobody's":                                 func(k kept) { k.owner = "" },
		"which does not exist":                        func(k kept) { k.region = "mars-north-1" },
		"was created in the future":                   func(k kept) { k.created = world.Epoch.Add(time.Hour) },
		`the versioning of bucket bucket`:             func(k kept) { k.versioning = "Maybe" },
		"a public policy, and no policy":              func(k kept) { k.publicPolicy = true },
		"and an ACL for others":                       func(k kept) { k.acl = []types.Grant{grantTo(other, types.PermissionRead)} },
		"has an encryption that no bucket":            func(k kept) { k.encryption = &types.ServerSideEncryptionRule{} },
		"bucket bucket has a tag twice":               func(k kept) { k.tags = append(k.tags, k.tags...) },
		"has a leaf of 0 keys":                        func(k kept) { k.objects.leaves = append(k.objects.leaves, nil) },
		`has the key "deleted" behind`:                func(k kept) { l := k.objects.leaves[0]; l[0], l[1] = l[1], l[0] },
		"keys, and counts":                            func(k kept) { k.objects.count++ },
		"which no object can have":                    func(k kept) { k.objects.get("plain").key = strings.Repeat("x", 1025) },
		"has no version":                              func(k kept) { k.objects.get("plain").current = nil },
		"has versions, and its bucket":                func(k kept) { k.versioning = "" },
		"has version 3 behind 3":                      func(k kept) { k.plain.older.number = k.plain.number },
		"newer than the one before it":                func(k kept) { k.plain.older.modified++ },
		"has 2 null versions":                         func(k kept) { k.plain.null = true },
		"or not yet given":                            func(k kept) { k.sealed.number = 99 },
		"has version 3, which is another":             func(k kept) { k.sealed.number = k.plain.number },
		"was written in the future":                   func(k kept) { k.plain.modified += 60 },
		"has a version with an id":                    func(k kept) { k.versioning = "" },
		"is a delete marker, and its":                 func(k kept) { k.versioning = "" },
		"delete marker with something":                func(k kept) { k.marked.body = []byte("x") },
		"too short for that":                          func(k kept) { k.sealed.body = k.sealed.body[:sealedOverhead-1] },
		"has a checksum of 7 bytes":                   func(k kept) { k.plain.sum = k.plain.sum[:7] },
		"tags, or one twice":                          func(k kept) { k.plain.more.tags = append(k.plain.more.tags, k.plain.more.tags...) },
		"has too much metadata":                       func(k kept) { k.plain.more.metadata = map[string]string{"x": strings.Repeat("x", 2048)} },
		"the ETag of another body":                    func(k kept) { k.plain.etag[0]++ },
		"the checksum of another body":                func(k kept) { k.plain.sum = strings.Repeat("x", 8) },
		"bucket/sealed is under a key that never was": func(k kept) { k.sealed.sealed.dataKey = []byte("x") },
		"and told to be under " + never:               func(k kept) { k.sealed.sealed.key = never },
		"the bucket key of":                           func(k kept) { k.region = "eu-west-1" },
	} {
		t.Run(want, func(t *testing.T) {
			b, k := newKept(t)
			b.world.Locked(func() { spoil(k) })
			if bad := strings.Join(b.world.Violations(), "\n"); !strings.Contains(bad, want) {
				t.Errorf("the violations are %q", bad)
			}
		})
	}
}

// BenchmarkViolations looks at 100,000 objects.
func BenchmarkViolations(b *testing.B) {
	w := world.New(world.Options{})
	s := New(w, nil)
	w.Locked(func() {
		bucket := s.newBucket("bucket", mine, here, w.Clock.Now())
		c := &world.Call{World: w, Time: w.Clock.Now()}
		for n := range 100_000 {
			body := []byte(fmt.Sprintf("%01024d", n))
			v := header{}.version(nil, nil)
			v.body, v.etag, v.sum = body, s.etagOf(body, nil), calculate(0, body)
			s.keep(c, bucket, fmt.Sprint(n), v)
		}
	})
	for b.Loop() {
		if bad := w.Violations(); len(bad) != 0 {
			b.Fatal(bad)
		}
	}
}
