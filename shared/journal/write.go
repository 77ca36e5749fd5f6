package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/shared/awserr"
)

// Create writes a record that is not there yet; ErrExists where it is.
func (s *Store[T]) Create(ctx context.Context, id string, record T) (Entry[T], error) {
	return s.write(ctx, Entry[T]{ID: id}, record)
}

// Update writes a record over the one that e was read as. It fails with
// ErrConflict where that is not the present one any more, and ErrNotFound where
// there is none any more.
func (s *Store[T]) Update(ctx context.Context, e Entry[T], record T) (Entry[T], error) {
	if e.etag == "" {
		return Entry[T]{}, s.named("update", e.ID, errors.New("the entry was not read from the journal"))
	}
	return s.write(ctx, e, record)
}

// Delete takes a record away, whatever it says by now; it succeeds where there is none.
// It is for records that only say where to look: what has to be known later, such as
// that a job is finished, is never deleted.
func (s *Store[T]) Delete(ctx context.Context, id string) error {
	if err := checkID(id); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if _, err := s.Client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.Bucket, Key: aws.String(s.key(id)), ExpectedBucketOwner: s.owner()}); err != nil {
		return s.named("delete", id, err)
	}
	return nil
}

// attempts is how often a write is sent that S3 answers with a conflict although
// nothing has changed: 409 is for another write at the same time, which may have
// failed, "you should retry the upload" (API reference, PutObject). Between two
// attempts the record is read.
const attempts = 4

// lookBack is how long it may take to find out what came of a write when the
// caller's own time is over.
const lookBack = 5 * time.Second

// write puts a record over old, or where old has no ETag, where nothing is.
func (s *Store[T]) write(ctx context.Context, old Entry[T], record T) (Entry[T], error) {
	did := "update"
	if old.etag == "" {
		did = "create"
	}
	if err := checkID(old.ID); err != nil {
		return Entry[T]{}, fmt.Errorf("journal: %w", err)
	}
	if s.Version < 1 {
		return Entry[T]{}, s.named(did, old.ID, fmt.Errorf("version %d: they are counted from 1 on", s.Version))
	}
	body, nonce, err := encode(s.Version, record)
	if err != nil {
		return Entry[T]{}, s.named(did, old.ID, err)
	}
	for attempt := 1; ; attempt++ {
		out, err := s.Client.PutObject(ctx, s.request(old, body))
		if err == nil {
			return Entry[T]{ID: old.ID, Record: record, etag: aws.ToString(out.ETag), nonce: nonce}, nil
		}
		now, lookErr := s.lookBack(ctx, old.ID)
		if lookErr == nil && now.nonce == nonce {
			return now, nil // it failed, but it happened
		}
		unchanged := lookErr == nil && now.etag == old.etag || errors.Is(lookErr, ErrNotFound) && old.etag == ""
		if awserr.Classify(err) != awserr.Conflict || !unchanged || attempt == attempts || ctx.Err() != nil {
			return Entry[T]{}, s.named(did, old.ID, verdict(err, lookErr, old.etag == ""))
		}
	}
}

// lookBack reads what is there after a write failed, also when ctx is over: that
// may be why it failed.
func (s *Store[T]) lookBack(ctx context.Context, id string) (Entry[T], error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookBack)
	defer cancel()
	return s.read(ctx, id)
}

// verdict says what a write's failure means, by what was found there afterwards.
func verdict(err, found error, creating bool) error {
	class := awserr.Classify(err)
	switch {
	case class == awserr.Conflict && creating && !errors.Is(found, ErrNotFound):
		return fmt.Errorf("%w (%w)", ErrExists, err)
	case class == awserr.Conflict:
		return fmt.Errorf("%w (%w)", ErrConflict, err)
	case class == awserr.NotFound && errors.Is(found, ErrNotFound) && !creating:
		return fmt.Errorf("%w (%w)", ErrNotFound, err)
	case found != nil && !errors.Is(found, ErrNotFound):
		return fmt.Errorf("%w; what came of it could not be read: %w", err, found)
	}
	return err
}

func (s *Store[T]) request(old Entry[T], body []byte) *s3.PutObjectInput {
	in := &s3.PutObjectInput{
		Bucket: &s.Bucket, Key: aws.String(s.key(old.ID)), ExpectedBucketOwner: s.owner(),
		Body: bytes.NewReader(body), ContentType: aws.String("application/json"),
	}
	if old.etag == "" {
		in.IfNoneMatch = aws.String("*")
	} else {
		in.IfMatch = &old.etag
	}
	if s.Key != "" {
		in.ServerSideEncryption, in.SSEKMSKeyId, in.BucketKeyEnabled = types.ServerSideEncryptionAwsKms, &s.Key, aws.Bool(true)
	}
	return in
}
