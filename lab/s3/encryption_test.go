package s3

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

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
	b.broken = true // one version is at two keys
	if _, err := b.send(root(mine), getOf("bucket", "b")); err == nil {
		t.Error("a body was read under another key")
	}
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
