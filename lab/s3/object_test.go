package s3

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rekey/lab/wire"
	"rekey/lab/world"
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

// Objects of 1 KiB must cost little beyond their bytes.
func TestMemory(t *testing.T) {
	b := newBench(t)
	kept := b.bucket("bucket")
	const n = 20_000
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
