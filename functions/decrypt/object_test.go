package decrypt_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/functions/decrypt"
	"rekey/lab/world"
)

// object puts bytes into the bucket messages, and gives the version's id.
func (s *scene) object(key string, body []byte) string {
	s.t.Helper()
	out := ok[*s3.PutObjectOutput](s.t)(s.storage().PutObject(s.t.Context(), &s3.PutObjectInput{Bucket: new("messages"), Key: &key, Body: bytes.NewReader(body)}))
	return *out.VersionId
}

func (s *scene) storage() *s3.Client {
	return s3.NewFromConfig(s.root, func(o *s3.Options) { o.UsePathStyle = true })
}

func (s *scene) bucket() {
	s.t.Helper()
	ok[*s3.CreateBucketOutput](s.t)(s.storage().CreateBucket(s.t.Context(), &s3.CreateBucketInput{
		Bucket: new("messages"), CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: region}}))
	ok[*s3.PutBucketVersioningOutput](s.t)(s.storage().PutBucketVersioning(s.t.Context(), &s3.PutBucketVersioningInput{
		Bucket: new("messages"), VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}}))
}

// message is the bytes of an envelope:// reference.
func (s *scene) message(key, value string, context map[string]string) []byte {
	s.t.Helper()
	return ok[[]byte](s.t)(base64.StdEncoding.DecodeString(strings.TrimPrefix(s.sealed(key, value, context), "envelope://")))
}

func TestObjects(t *testing.T) {
	s := newScene(t)
	s.bucket()
	app := map[string]string{"app": "shop"}
	first := s.object("a@b c.rekey", s.message(s.key, "canary-first", app))
	s.object("a@b c.rekey", s.message(s.key, "canary-second", app))
	s.object("plain", []byte("canary: no message"))
	s.object("far", s.message(s.newKey(s.root), "canary-far", nil))
	s.object("large", make([]byte, 1<<20+1))
	r := s.resolver(s.key)
	for _, c := range []struct {
		item decrypt.Item
		want string
	}{
		{decrypt.Item{Reference: "envelope+s3://messages/a%40b%20c.rekey", Context: app}, "canary-second"},
		{decrypt.Item{Reference: "envelope+s3://messages/a%40b%20c.rekey@" + first, Context: app}, "canary-first"},
		{decrypt.Item{Reference: "envelope+s3://messages/a%40b%20c.rekey", Context: map[string]string{"app": "bank"}}, "!contextMismatch"},
		{decrypt.Item{Reference: "envelope+s3://messages/a%40b%20c.rekey", Key: s.key}, "canary-second"},
		{decrypt.Item{Reference: "envelope+s3://messages/none"}, "!notFound"},
		{decrypt.Item{Reference: "envelope+s3://messages/a%40b%20c.rekey@none"}, "!malformed"},
		{decrypt.Item{Reference: "envelope+s3://messages/plain"}, "!malformed"},
		{decrypt.Item{Reference: "envelope+s3://messages/far"}, "!notAllowed"},
		{decrypt.Item{Reference: "envelope+s3://messages/large"}, "!tooLarge"},
		{decrypt.Item{Reference: "envelope+s3://no-such-bucket/a"}, "!notFound"},
	} {
		if got := s.one(r, c.item); got != c.want {
			t.Errorf("%s is %q, want %q", c.item.Reference, got, c.want)
		}
	}
	s.lab.World.Faults.Add(world.Fault{Service: "s3", Operation: "GetObject", Times: 1})
	if got := s.one(r, decrypt.Item{Reference: "envelope+s3://messages/a%40b%20c.rekey"}); got != "!serviceFault" {
		t.Errorf("where S3 fails it is %q", got)
	}
}
