package s3

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

// put writes an object; configure changes the request.
func (b *bench) put(as who, bucket, key, body string, configure ...func(*s3.PutObjectInput)) *s3.PutObjectOutput {
	b.Helper()
	in := putOf(bucket, key, body)
	for _, f := range configure {
		f(in)
	}
	return must[s3.PutObjectOutput](b, as, in)
}

func putOf(bucket, key, body string) *s3.PutObjectInput {
	return &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: wire.NewPayload([]byte(body))}
}

func getOf(bucket, key string) *s3.GetObjectInput {
	return &s3.GetObjectInput{Bucket: &bucket, Key: &key}
}

// get reads an object.
func (b *bench) get(as who, bucket, key string) string {
	b.Helper()
	body, err := io.ReadAll(must[s3.GetObjectOutput](b, as, getOf(bucket, key)).Body)
	if err != nil {
		b.Fatal(err)
	}
	return string(body)
}

func underKMS(key string) func(*s3.PutObjectInput) {
	return func(in *s3.PutObjectInput) {
		in.ServerSideEncryption = types.ServerSideEncryptionAwsKms
		if key != "" {
			in.SSEKMSKeyId = &key
		}
	}
}

// What is under a KMS key is not kept in the clear, and gone when the key is.
func TestSealed(t *testing.T) {
	b := newBench(t)
	admin, key := root(mine), ""
	key = b.key(admin, "")
	kept := b.bucket("bucket")
	secret := strings.Repeat("secret", 100)
	b.put(admin, "bucket", "plain", secret)
	b.put(admin, "bucket", "sealed", secret, underKMS(key))
	b.put(admin, "bucket", "shared", secret, underKMS(key), func(in *s3.PutObjectInput) { in.BucketKeyEnabled = new(true) })
	for _, name := range []string{"sealed", "shared"} {
		v := kept.objects.get(name).current
		if bytes.Contains(v.body, []byte("secret")) || v.size() != int64(len(secret)) {
			t.Errorf("%s is kept as %d bytes, %q…", name, v.size(), v.body[:40])
		}
		if b.get(admin, "bucket", name) != secret {
			t.Errorf("%s is read wrongly", name)
		}
	}
	must[awskms.ScheduleKeyDeletionOutput](b, admin, &awskms.ScheduleKeyDeletionInput{KeyId: &key, PendingWindowInDays: new(int32(7))})
	b.world.Advance(bucketKeyLife)
	b.refused(admin, getOf("bucket", "sealed"), "KMS.KMSInvalidStateException", "is pending deletion")
	b.refused(admin, getOf("bucket", "shared"), "KMS.KMSInvalidStateException", "is pending deletion")
	b.world.Advance(8 * 24 * 3600e9)
	b.refused(admin, getOf("bucket", "sealed"), "KMS.NotFoundException", "does not exist")
	if b.get(admin, "bucket", "plain") != secret {
		t.Error("an object under SSE-S3 is gone with a KMS key")
	}
}

// A body belongs to its key: it cannot be read under another name.
func TestSealedForItsKey(t *testing.T) {
	b := newBench(t)
	kept := b.bucket("bucket")
	key := b.key(root(mine), "")
	b.put(root(mine), "bucket", "a", "hello", underKMS(key), func(in *s3.PutObjectInput) { in.BucketKeyEnabled = new(true) })
	b.world.Locked(func() {
		v := *kept.objects.get("a").current
		kept.objects.add(&object{"b", &v})
	})
	if _, err := b.send(root(mine), getOf("bucket", "b")); err == nil {
		t.Error("a body was read under another key")
	}
}

// A failed write leaves what was there, and no bucket key behind.
func TestFailedWrite(t *testing.T) {
	b := newBench(t)
	kept := b.bucket("bucket")
	admin := root(mine)
	key := b.key(admin, "")
	b.put(admin, "bucket", "k", "before")
	must[awskms.DisableKeyOutput](b, admin, &awskms.DisableKeyInput{KeyId: &key})
	for _, shared := range []bool{false, true} {
		in := putOf("bucket", "k", "after")
		underKMS(key)(in)
		in.BucketKeyEnabled = &shared
		b.refused(admin, in, "KMS.DisabledException", "is disabled")
	}
	if b.get(admin, "bucket", "k") != "before" || len(kept.keys) != 0 || kept.objects.count != 1 {
		t.Error("a failed write changed something")
	}
}

// After its effect, a write that the caller was told has failed is there.
func TestFailureAfterEffect(t *testing.T) {
	b := newBench(t)
	b.bucket("bucket")
	b.world.Faults.Know("s3", b.s3.Operations())
	b.world.Faults.Add(world.Fault{Service: "s3", Operation: "PutObject", When: world.After, Times: 1, Error: world.InternalFailure()})
	b.refused(root(mine), putOf("bucket", "k", "hello"), "InternalFailure", "")
	if b.get(root(mine), "bucket", "k") != "hello" {
		t.Error("the object is not there")
	}
	in := putOf("bucket", "k", "again")
	in.IfNoneMatch = new("*")
	b.refused(root(mine), in, "PreconditionFailed", "")
}

// One requester's bucket key is fetched once, used by it alone, and not for
// ever; and the requester's own permission decides.
func TestBucketKeys(t *testing.T) {
	b := newBench(t)
	admin := root(mine)
	key := b.key(admin, "")
	kept := b.bucket("bucket")
	kept.encryption = &types.ServerSideEncryptionRule{
		ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{SSEAlgorithm: types.ServerSideEncryptionAwsKms, KMSMasterKeyID: &key},
		BucketKeyEnabled:                   new(true),
	}
	may := func(name, actions string) who {
		return b.user(mine, name, allow("", "s3:*", "*", "")[:len(allow("", "s3:*", "*", ""))-2]+`,`+
			`{"Effect":"Allow","Action":"`+actions+`","Resource":"`+key+`"}]}`)
	}
	calls := func() (n int) {
		for _, e := range b.world.Trail.Entries() {
			if e.Service == "kms" && e.Within != "" {
				n++
			}
		}
		return n
	}
	one, two, none := may("one", "kms:*"), may("two", "kms:Decrypt"), may("none", "kms:DescribeKey")
	for i := range 3 {
		out := b.put(one, "bucket", fmt.Sprint(i), "hello")
		if out.BucketKeyEnabled == nil || *out.SSEKMSKeyId != key {
			t.Errorf("put was answered %+v", out)
		}
	}
	b.get(one, "bucket", "1")
	if calls() != 1 {
		t.Errorf("one requester made %d calls", calls())
	}
	b.get(two, "bucket", "1")
	b.get(two, "bucket", "2")
	if calls() != 2 {
		t.Errorf("two requesters made %d calls", calls())
	}
	b.refused(none, getOf("bucket", "1"), "AccessDenied", "kms:Decrypt on resource: "+key)
	b.refused(two, putOf("bucket", "k", ""), "AccessDenied", "kms:GenerateDataKey on resource: "+key)
	b.world.Advance(bucketKeyLife)
	before := calls()
	b.get(one, "bucket", "1")
	if calls() != before+1 || len(kept.keys) != 1 {
		t.Errorf("after its time a bucket key is used: %d calls, %d kept", calls()-before, len(kept.keys))
	}
}

// The encryption context is the ARN, of the bucket for a bucket key, and what
// the writer gave besides.
func TestEncryptionContext(t *testing.T) {
	b := newBench(t)
	b.bucket("bucket")
	key := b.key(root(mine), "")
	user := b.user(mine, "user", strings.TrimSuffix(allow("", "s3:*", "*", ""), "]}")+
		`,{"Effect":"Allow","Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com",`+
		`"kms:EncryptionContext:aws:s3:arn":["arn:aws:s3:::bucket/k","arn:aws:s3:::bucket"]},"StringEqualsIfExists":{"kms:EncryptionContext:app":"shop"}}}]}`)
	b.put(user, "bucket", "k", "hello", underKMS(key))
	b.put(user, "bucket", "other", "hello", underKMS(key), func(in *s3.PutObjectInput) { in.BucketKeyEnabled = new(true) })
	in := putOf("bucket", "other", "hello")
	underKMS(key)(in)
	b.refused(user, in, "AccessDenied", "kms:GenerateDataKey")
	b.put(user, "bucket", "k", "hello", underKMS(key), func(in *s3.PutObjectInput) { in.SSEKMSEncryptionContext = new("eyJhcHAiOiJzaG9wIn0=") })
	if b.get(user, "bucket", "k") != "hello" {
		t.Error("the object cannot be read")
	}
	bank := putOf("bucket", "k", "hello")
	underKMS(key)(bank)
	bank.SSEKMSEncryptionContext = new("eyJhcHAiOiJiYW5rIn0=")
	b.refused(user, bank, "AccessDenied", "kms:GenerateDataKey")
	bank.SSEKMSEncryptionContext = new("bank")
	b.refused(user, bank, "InvalidArgument", "Base64")
	b.refused(user, &awskms.GenerateDataKeyInput{KeyId: &key, KeySpec: "AES_256", EncryptionContext: map[string]string{"aws:s3:arn": "arn:aws:s3:::bucket/k"}}, "AccessDeniedException", "")
}

// Listings of any keys, prefixes, delimiters and page sizes against ones made
// the slow way.
func TestListings(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 60 {
		b := newBench(t)
		kept := b.bucket("bucket")
		var all []string
		for range r.IntN(40) {
			key := ""
			for range 1 + r.IntN(5) {
				key += string("ab/é"[r.IntN(3)]) + []string{"", "/", "é"}[r.IntN(3)]
			}
			if kept.objects.get(key) == nil {
				b.put(root(mine), "bucket", key, "")
				all = append(all, key)
			}
		}
		slices.Sort(all)
		prefix, delimiter := []string{"", "a", "a/", "b/a", "é"}[r.IntN(5)], []string{"", "/", "é", "a/"}[r.IntN(4)]
		size := int32(1 + r.IntN(5))
		if got, want := b.listed(prefix, delimiter, size), slowly(all, prefix, delimiter); !slices.Equal(got, want) {
			t.Errorf("%q, prefix %q, delimiter %q, %d at once: %q, want %q", all, prefix, delimiter, size, got, want)
		}
	}
}

// listed gives all keys and common prefixes, page by page, in their order.
func (b *bench) listed(prefix, delimiter string, size int32) (names []string) {
	b.Helper()
	in := &s3.ListObjectsV2Input{Bucket: new("bucket"), Prefix: &prefix, Delimiter: &delimiter, MaxKeys: &size}
	for {
		out := must[s3.ListObjectsV2Output](b, root(mine), in)
		var page []string
		for _, o := range out.Contents {
			page = append(page, *o.Key)
		}
		for _, p := range out.CommonPrefixes {
			page = append(page, *p.Prefix)
		}
		slices.Sort(page)
		names = append(names, page...)
		if int(*out.KeyCount) != len(page) || len(page) > int(size) || *out.IsTruncated != (out.NextContinuationToken != nil) {
			b.Errorf("a page has %d entries, counted %d", len(page), *out.KeyCount)
		}
		if in.ContinuationToken = out.NextContinuationToken; in.ContinuationToken == nil {
			return names
		}
	}
}

func slowly(all []string, prefix, delimiter string) (names []string) {
	for _, key := range all {
		rest, ok := strings.CutPrefix(key, prefix)
		if !ok {
			continue
		}
		if at := strings.Index(rest, delimiter); delimiter != "" && at >= 0 {
			key = key[:len(prefix)+at+len(delimiter)]
		}
		if len(names) == 0 || names[len(names)-1] != key {
			names = append(names, key)
		}
	}
	return names
}

// Pages of versions of any size together are all versions.
func TestVersionPages(t *testing.T) {
	b := newBench(t)
	b.bucket("bucket", func(k *bucket) { k.versioning = types.BucketVersioningStatusEnabled })
	for i := range 30 {
		b.put(root(mine), "bucket", fmt.Sprintf("d%d/k%d", i%2, i%5), "")
		if i%4 == 0 {
			must[s3.DeleteObjectOutput](b, root(mine), &s3.DeleteObjectInput{Bucket: new("bucket"), Key: new(fmt.Sprintf("d0/k%d", i%5))})
		}
	}
	all := func(size int32, delimiter string) (names []string) {
		in := &s3.ListObjectVersionsInput{Bucket: new("bucket"), MaxKeys: &size, Delimiter: &delimiter}
		for {
			out := must[s3.ListObjectVersionsOutput](b, root(mine), in)
			for _, v := range out.Versions {
				names = append(names, *v.Key+*v.VersionId)
			}
			for _, v := range out.DeleteMarkers {
				names = append(names, *v.Key+*v.VersionId)
			}
			for _, p := range out.CommonPrefixes {
				names = append(names, *p.Prefix)
			}
			if !*out.IsTruncated {
				slices.Sort(names)
				return names
			}
			in.KeyMarker, in.VersionIdMarker = out.NextKeyMarker, out.NextVersionIdMarker
		}
	}
	whole := all(1000, "")
	if len(whole) != 38 {
		t.Errorf("there are %d versions", len(whole))
	}
	for size := range int32(8) {
		if got := all(size+1, ""); !slices.Equal(got, whole) {
			t.Errorf("in pages of %d: %d versions", size+1, len(got))
		}
		if got := all(size+1, "/"); !slices.Equal(got, []string{"d0/", "d1/"}) {
			t.Errorf("in pages of %d: %q", size+1, got)
		}
	}
}

func TestVersionID(t *testing.T) {
	seen := map[string]bool{}
	for n := range uint64(2000) {
		id := formatVersionID(n)
		if got, ok := parseVersionID(id); !ok || got != n || len(id) != 32 || seen[id] {
			t.Fatalf("%d is %s, and back %d", n, id, got)
		}
		seen[id] = true
		other := []byte(id)
		other[n%32] ^= 1
		if _, ok := parseVersionID(string(other)); ok {
			t.Errorf("%s is taken for an id", other)
		}
	}
}

// 100,000 objects of 1 KiB must cost little beyond their bytes.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("fills 150 MB")
	}
	b := newBench(t)
	kept := b.bucket("bucket")
	const n = 100_000
	heap := func() uint64 {
		b.world.Trail.Reset()
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	body := strings.Repeat("x", 1024)
	before := heap()
	for i := range n {
		b.put(root(mine), "bucket", fmt.Sprintf("prefix/%08d", (i*7919)%n), body)
		if i%10_000 == 0 {
			b.world.Trail.Reset()
		}
	}
	if each := (heap() - before) / n; kept.objects.count != n || each > 1024+320 {
		t.Errorf("%d objects of 1024 bytes take %d each", kept.objects.count, each)
	} else {
		t.Logf("an object of 1024 bytes takes %d", each)
	}
}

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
	b.put(root(mine), "bucket", "k", "hello", func(in *s3.PutObjectInput) { in.GrantRead = new(`id="` + canonicalID(other) + `"`) })
	may, mayNot := b.user(other, "may", allow("", "s3:*", "*", "")), b.user(other, "maynot", allow("", "s3:ListBucket", "*", ""))
	own := b.user(mine, "own", allow("", "s3:ListBucket", "*", ""))
	if b.get(root(other), "bucket", "k") != "hello" || b.get(may, "bucket", "k") != "hello" {
		t.Error("the grantee cannot read")
	}
	b.refused(mayNot, getOf("bucket", "k"), "AccessDenied", "")
	b.refused(own, getOf("bucket", "k"), "AccessDenied", "no identity-based policy allows the s3:GetObject action")
}
