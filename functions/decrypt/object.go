package decrypt

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// maxObject is the longest message that is read from S3, in bytes: DefaultMaxItems
// of them are held at once, and their values.
const maxObject = 1 << 20

// object opens a message that is an object in S3.
func (r *run) object(ctx context.Context, f *fetch) Result {
	in := &s3.GetObjectInput{Bucket: &f.ref.Bucket, Key: &f.ref.ObjectKey}
	if f.ref.Version != "" {
		in.VersionId = &f.ref.Version
	}
	tried := fmt.Sprintf("get the object s3://%s/%s", f.ref.Bucket, f.ref.ObjectKey)
	out, err := r.resolver.S3.GetObject(ctx, in)
	if err != nil {
		return Result{Failure: serviceFailure(err, tried)}
	}
	defer out.Body.Close()
	if size := aws.ToInt64(out.ContentLength); size > maxObject {
		return Result{Failure: failure(TooLarge, "%s: it has %d bytes, and a message of at most %d is opened", tried, size, maxObject)}
	}
	// One byte more, so that a length that was not told is found out.
	message, err := io.ReadAll(io.LimitReader(out.Body, maxObject+1))
	switch {
	case err != nil && ctx.Err() == nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return Result{Failure: serviceFailure(err, tried)}
	case err != nil:
		return Result{Failure: &Failure{Unreachable, tried + ": the answer was cut off: " + err.Error(), err}}
	case len(message) > maxObject:
		return Result{Failure: failure(TooLarge, "%s: it has more than %d bytes", tried, maxObject)}
	}
	return r.message(ctx, f, message)
}
