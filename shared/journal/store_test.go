package journal_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/lab"
	"rekey/lab/world"
	"rekey/shared/awserr"
	"rekey/shared/journal"
)

func TestStore(t *testing.T) {
	b := newBench(t)
	s := b.store(b.client)
	_, err := s.Load(t.Context(), "a/b")
	b.fails(err, journal.ErrNotFound)
	first, err := s.Create(t.Context(), "a/b", note{"one"})
	b.must(err)
	_, err = s.Create(t.Context(), "a/b", note{"another"})
	b.fails(err, journal.ErrExists)
	second, err := s.Update(t.Context(), first, note{"two"})
	b.must(err)
	_, err = s.Update(t.Context(), first, note{"late"})
	b.fails(err, journal.ErrConflict)
	read, err := s.Load(t.Context(), "a/b")
	b.must(err)
	if read != second || read.Record.Text != "two" {
		t.Errorf("it was written as %+v and read as %+v", second, read)
	}
	_, err = s.Update(t.Context(), read, note{"three"})
	b.must(err)
	_, err = b.client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String(bucket), Key: aws.String("notes/a/b.json")})
	b.must(err)
	_, err = s.Update(t.Context(), read, note{"four"})
	b.fails(err, journal.ErrNotFound)
	if _, err = s.Update(t.Context(), journal.Entry[note]{ID: "a/b"}, note{"five"}); err == nil || b.text("a/b") != "" {
		t.Errorf("an entry that nobody read was updated: %v", err)
	}
}

// A record that is deleted is gone for all who have read it, and can be made again.
func TestDelete(t *testing.T) {
	b := newBench(t)
	s := b.store(b.client)
	e, err := s.Create(t.Context(), "a/b", note{"one"})
	b.must(err)
	_, err = s.Create(t.Context(), "a/b2", note{"another"})
	b.must(err)
	b.must(s.Delete(t.Context(), "a/b"))
	b.must(s.Delete(t.Context(), "a/b"))
	_, err = s.Load(t.Context(), "a/b")
	b.fails(err, journal.ErrNotFound)
	_, err = s.Update(t.Context(), e, note{"two"})
	b.fails(err, journal.ErrNotFound)
	_, err = s.Create(t.Context(), "a/b", note{"again"})
	b.must(err)
	b.fails(s.Delete(t.Context(), "a/../b"), journal.ErrID)
	if b.text("a/b") != "again" || b.text("a/b2") != "another" {
		t.Errorf("there are %q and %q", b.text("a/b"), b.text("a/b2"))
	}
}

// The same record written twice has another ETag, so that a writer that holds the
// first one's finds out, although the text is the same again.
func TestTheSameTextIsAnotherRecord(t *testing.T) {
	b := newBench(t)
	s := b.store(b.client)
	first, err := s.Create(t.Context(), "x", note{"same"})
	b.must(err)
	second, err := s.Update(t.Context(), first, note{"other"})
	b.must(err)
	_, err = s.Update(t.Context(), second, note{"same"})
	b.must(err)
	_, err = s.Update(t.Context(), first, note{"mine"})
	b.fails(err, journal.ErrConflict)
}

func TestList(t *testing.T) {
	b := newBench(t)
	s := b.store(b.client)
	for _, id := range []string{"a", "a-b", "a/b", "b", "a/c"} {
		_, err := s.Create(t.Context(), id, note{id})
		b.must(err)
	}
	b.raw("notes/a/stray.txt", "x")
	b.raw("other/a.json", "x")
	b.fault(world.Fault{Operation: "ListObjectsV2", PageSize: 2})
	for prefix, want := range map[string][]string{"": {"a-b", "a", "a/b", "a/c", "b"}, "a/": {"a/b", "a/c"}, "c": nil} {
		var got []string
		strays := 0
		for id, err := range s.List(t.Context(), prefix) {
			if errors.Is(err, journal.ErrID) {
				strays++
				continue
			}
			b.must(err)
			got = append(got, id)
		}
		if !slices.Equal(got, want) || prefix != "c" && strays != 1 {
			t.Errorf("under %q there are %q and %d strays, want %q", prefix, got, strays, want)
		}
	}
	b.lab.World.Faults.Clear()
	b.fault(world.Fault{Operation: "ListObjectsV2"})
	failed := 0
	for _, err := range s.List(t.Context(), "") {
		if err == nil {
			t.Error("a listing that failed gave an id")
		}
		failed++
	}
	if failed != 1 {
		t.Errorf("it failed %d times", failed)
	}
}

func TestIDs(t *testing.T) {
	b := newBench(t)
	s := b.store(b.client)
	long := strings.Repeat("x", 513)
	for _, id := range []string{"", "/", "a/", "/a", "a//b", ".", "..", "a/../b", "a b", "a:b", "a\nb", "ä", long} {
		_, loading := s.Load(t.Context(), id)
		b.fails(loading, journal.ErrID)
		_, creating := s.Create(t.Context(), id, note{})
		b.fails(creating, journal.ErrID)
	}
	if n := b.lab.World.Trail.Count("s3", "PutObject"); n != 0 {
		t.Errorf("%d objects were put", n)
	}
	_, err := s.Create(t.Context(), long[1:], note{})
	b.must(err)
	_, err = s.Create(t.Context(), "mrk-1.v=2_A/..b", note{})
	b.must(err)
}

func TestWhatCannotBeRead(t *testing.T) {
	b := newBench(t)
	s := b.store(b.client)
	const body = `{"journal":1,"version":2,"nonce":"n","record":{"text":"t"}}`
	for _, c := range []struct {
		from, to string
		want     error
	}{
		{"", "", nil},
		{`"version":2`, `"version":1`, nil},
		{`{"text":"t"}`, `{}`, nil},
		{`"version":2`, `"version":3`, journal.ErrNewer},
		{`"journal":1`, `"journal":2`, journal.ErrNewer},
		{`"journal":1,"version":2`, `"journal":2,"version":1,"more":1`, journal.ErrNewer},
		{`"version":2`, `"version":3,"more":1`, journal.ErrNewer},
		{`"version":2`, `"version":0`, journal.ErrMalformed},
		{`"journal":1,`, ``, journal.ErrMalformed},
		{`"nonce":"n"`, `"nonce":""`, journal.ErrMalformed},
		{`"nonce":"n"`, `"nonce":"n","more":1`, journal.ErrMalformed},
		{`"text":"t"`, `"text":"t","more":1`, journal.ErrMalformed},
		{`"text":"t"`, `"text":1`, journal.ErrMalformed},
		{`}}`, `}`, journal.ErrMalformed},
		{`}}`, `}} {}`, journal.ErrMalformed},
		{body, ``, journal.ErrMalformed},
		{`"t"`, `"` + strings.Repeat("t", journal.Limit) + `"`, journal.ErrTooLarge},
	} {
		b.raw("notes/x.json", strings.Replace(body, c.from, c.to, 1))
		_, err := s.Load(t.Context(), "x")
		if !errors.Is(err, c.want) || err != nil && !strings.Contains(err.Error(), "s3://journals/notes/x.json") {
			t.Errorf("%.60s in place of %s: %v", c.to, c.from, err)
		}
	}
}

func TestLimit(t *testing.T) {
	b := newBench(t)
	s := b.store(b.client)
	e, err := s.Create(t.Context(), "x", note{"small"})
	b.must(err)
	_, err = s.Update(t.Context(), e, note{strings.Repeat("x", journal.Limit)})
	b.fails(err, journal.ErrTooLarge)
	if got := b.text("x"); got != "small" {
		t.Errorf("the record has %d bytes", len(got))
	}
	_, err = s.Update(t.Context(), e, note{strings.Repeat("x", journal.Limit-200)})
	b.must(err)
	b.text("x")
}

func TestOwnerAndKey(t *testing.T) {
	b := newBench(t)
	key, err := kms.NewFromConfig(b.lab.Config("us-east-1", lab.Root(account))).CreateKey(t.Context(), &kms.CreateKeyInput{})
	b.must(err)
	s := b.store(b.client)
	s.Key = *key.KeyMetadata.Arn
	_, err = s.Create(t.Context(), "x", note{"sealed"})
	b.must(err)
	head, err := b.client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String(bucket), Key: aws.String("notes/x.json")})
	b.must(err)
	if head.ServerSideEncryption != types.ServerSideEncryptionAwsKms || *head.SSEKMSKeyId != s.Key || !*head.BucketKeyEnabled || *head.ContentType != "application/json" {
		t.Errorf("the object is %+v", head)
	}
	s.Owner = "444455556666"
	_, err = s.Load(t.Context(), "x")
	_, creating := s.Create(t.Context(), "y", note{})
	if awserr.Classify(err) != awserr.Denied || awserr.Classify(creating) != awserr.Denied {
		t.Errorf("a bucket of another account: %v, %v", err, creating)
	}
	for _, err := range s.List(t.Context(), "") {
		if awserr.Classify(err) != awserr.Denied {
			t.Errorf("a bucket of another account is listed: %v", err)
		}
	}
	s.Owner, s.Bucket = account, "none"
	if _, err = s.Load(t.Context(), "x"); errors.Is(err, journal.ErrNotFound) || awserr.Classify(err) != awserr.NotFound {
		t.Errorf("a bucket that is not there: %v", err)
	}
}

// What the package's doc says of permissions is enough, and without s3:ListBucket
// a record that is not there is no empty answer.
func TestPermissions(t *testing.T) {
	b := newBench(t)
	root := b.lab.Config("us-east-1", lab.Root(account))
	c := iam.NewFromConfig(root)
	name := aws.String("function")
	_, err := c.CreateUser(t.Context(), &iam.CreateUserInput{UserName: name})
	b.must(err)
	k, err := c.CreateAccessKey(t.Context(), &iam.CreateAccessKeyInput{UserName: name})
	b.must(err)
	allow := func(bucketActions string) {
		_, err := c.PutUserPolicy(t.Context(), &iam.PutUserPolicyInput{UserName: name, PolicyName: name, PolicyDocument: aws.String(fmt.Sprintf(
			`{"Version":"2012-10-17","Statement":[
				{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::%s/notes/*"},
				{"Effect":"Allow","Action":"%s","Resource":"arn:aws:s3:::%[1]s"}]}`, bucket, bucketActions))})
		b.must(err)
	}
	s := b.store(client(b.lab.Config("us-east-1", credentials.NewStaticCredentialsProvider(*k.AccessKey.AccessKeyId, *k.AccessKey.SecretAccessKey, ""))))
	allow("s3:ListBucket")
	e, err := s.Create(t.Context(), "x", note{})
	b.must(err)
	_, err = s.Update(t.Context(), e, note{})
	b.must(err)
	for _, err := range s.List(t.Context(), "") {
		b.must(err)
	}
	_, err = s.Load(t.Context(), "y")
	b.fails(err, journal.ErrNotFound)
	allow("s3:GetBucketLocation")
	if _, err = s.Load(t.Context(), "y"); awserr.Classify(err) != awserr.Denied || awserr.Permission(err).Action != "s3:ListBucket" {
		t.Errorf("without s3:ListBucket: %v", err)
	}
}
