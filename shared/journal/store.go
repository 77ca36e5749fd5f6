package journal

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Client is what the journal needs of S3; *s3.Client is one.
type Client interface {
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
	PutObject(context.Context, *s3.PutObjectInput, ...func(*s3.Options)) (*s3.PutObjectOutput, error)
	ListObjectsV2(context.Context, *s3.ListObjectsV2Input, ...func(*s3.Options)) (*s3.ListObjectsV2Output, error)
	// DeleteObject is called by Store.Delete alone.
	DeleteObject(context.Context, *s3.DeleteObjectInput, ...func(*s3.Options)) (*s3.DeleteObjectOutput, error)
}

// Store keeps records of one kind under one prefix of a bucket.
type Store[T any] struct {
	Client  Client
	Bucket  string
	Owner   string // the account that has to own the bucket
	Prefix  string // of the objects' keys, such as "rotate/"
	Key     string // the KMS key to encrypt records with; "": as the bucket does it
	Version int    // of T, from 1 on
}

// Entry is a record as it was when it was read or written.
type Entry[T any] struct {
	ID     string
	Record T

	etag, nonce string
}

const extension = ".json"

func (s *Store[T]) key(id string) string { return s.Prefix + id + extension }

// named wraps an error with what it is about.
func (s *Store[T]) named(did, id string, err error) error {
	return fmt.Errorf("journal: %s s3://%s/%s: %w", did, s.Bucket, s.key(id), err)
}

// Load reads a record. It fails with ErrNotFound, ErrNewer or ErrMalformed.
func (s *Store[T]) Load(ctx context.Context, id string) (Entry[T], error) {
	if err := checkID(id); err != nil {
		return Entry[T]{}, fmt.Errorf("journal: %w", err)
	}
	e, err := s.read(ctx, id)
	if err != nil {
		return Entry[T]{}, s.named("load", id, err)
	}
	return e, nil
}

func (s *Store[T]) read(ctx context.Context, id string) (Entry[T], error) {
	out, err := s.Client.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.Bucket, Key: aws.String(s.key(id)), ExpectedBucketOwner: s.owner()})
	var none *types.NoSuchKey // and not NoSuchBucket
	switch {
	case errors.As(err, &none):
		return Entry[T]{}, ErrNotFound
	case err != nil:
		return Entry[T]{}, err
	}
	defer out.Body.Close()
	d, err := decode[T](s.Version, out.Body)
	return Entry[T]{ID: id, Record: d.Record, etag: aws.ToString(out.ETag), nonce: d.Nonce}, err
}

func (s *Store[T]) owner() *string {
	if s.Owner == "" {
		return nil
	}
	return &s.Owner
}

// List gives the ids that begin with prefix, in the order of their objects' keys:
// that of the bytes of id + ".json" (S3 User Guide, "Listing object keys"), so
// that a-b comes before a. Records that are made or changed meanwhile may be
// among them or not. An object that no record can have is an error with ErrID, and
// the listing goes on; after any other error it ends.
func (s *Store[T]) List(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		pages := s3.NewListObjectsV2Paginator(s.Client, &s3.ListObjectsV2Input{
			Bucket: &s.Bucket, Prefix: aws.String(s.Prefix + prefix), ExpectedBucketOwner: s.owner(),
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield("", fmt.Errorf("journal: list s3://%s/%s: %w", s.Bucket, s.Prefix+prefix, err))
				return
			}
			for _, o := range page.Contents {
				if !yield(s.id(aws.ToString(o.Key))) {
					return
				}
			}
		}
	}
}

func (s *Store[T]) id(key string) (string, error) {
	id, ok := strings.CutSuffix(strings.TrimPrefix(key, s.Prefix), extension)
	if err := checkID(id); err != nil || !ok {
		return "", fmt.Errorf("journal: s3://%s/%s is no record's: %w", s.Bucket, key, ErrID)
	}
	return id, nil
}
