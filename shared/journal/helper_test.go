package journal_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rekey/lab"
	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/journal"
)

const (
	account = "111122223333"
	bucket  = "journals"
	lease   = 5 * time.Minute
)

// note is what the tests keep.
type note struct {
	Text string `json:"text"`
}

// bench is a lab with a bucket.
type bench struct {
	*testing.T
	lab     *lab.Lab
	client  *s3.Client
	ordered world.Fault // for what comes after the first write
}

func newBench(t *testing.T) bench {
	t.Helper()
	l := lab.ForTest(t, lab.Options{})
	b := bench{t, l, client(l.Config("us-east-1", lab.Root(account))), world.Fault{}}
	_, err := b.client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String(bucket)})
	b.must(err)
	return b
}

func client(cfg aws.Config) *s3.Client {
	return s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
}

// patient is a client that tries three times, as functions' clients do, and does
// not wait in between.
func (b bench) patient() *s3.Client {
	cfg := b.lab.Config("us-east-1", lab.Root(account))
	cfg.Retryer = func() aws.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) {
			o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
		})
	}
	cfg.RetryMaxAttempts = 0
	return client(cfg)
}

func (b bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// fails wants an error of a class.
func (b bench) fails(err, want error) {
	b.Helper()
	if !errors.Is(err, want) {
		b.Errorf("the error is %v, not %v", err, want)
	}
}

func (b bench) store(c journal.Client) *journal.Store[note] {
	return &journal.Store[note]{Client: c, Bucket: bucket, Owner: account, Prefix: "notes/", Version: 2}
}

func (b bench) fault(f world.Fault) {
	f.Service = "s3"
	b.lab.World.Faults.Add(f)
}

// text gives what a note says now.
func (b bench) text(id string) string {
	b.Helper()
	e, err := b.store(b.client).Load(b.Context(), id)
	if errors.Is(err, journal.ErrNotFound) {
		return ""
	}
	b.must(err)
	return e.Record.Text
}

func (b bench) raw(key, body string) {
	b.Helper()
	_, err := b.client.PutObject(b.Context(), &s3.PutObjectInput{Bucket: aws.String(bucket), Key: &key, Body: strings.NewReader(body)})
	b.must(err)
}

// ways a write can fail, by what the caller is told.
var failures = map[string]*wire.Error{
	"an internal error": {Code: "InternalError", Message: "We encountered an internal error. Please try again.", Status: 500},
	"a throttle":        world.Throttling(),
	"a gateway":         {Code: "BadGateway", Message: "", Status: 502},
}

// conflict is what S3 answers to a write at the same time as another one.
var conflict = &wire.Error{Code: "ConditionalRequestConflict", Message: "The conditional request cannot succeed due to a conflicting operation against this resource.", Status: 409}

// lossy loses the answers to writes, as a connection does that is cut.
type lossy struct {
	next aws.HTTPClient
	mu   sync.Mutex
	lose int
}

var errCut = errors.New("connection reset by peer")

func (l *lossy) Do(r *http.Request) (*http.Response, error) {
	resp, err := l.next.Do(r)
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.Method == http.MethodPut && err == nil && l.lose > 0 {
		l.lose--
		return nil, errCut
	}
	return resp, err
}

// stopping cancels its context when the write has taken effect.
type stopping struct {
	journal.Client
	stop context.CancelFunc
}

func (s stopping) PutObject(ctx context.Context, in *s3.PutObjectInput, o ...func(*s3.Options)) (*s3.PutObjectOutput, error) {
	if _, err := s.Client.PutObject(ctx, in, o...); err != nil {
		return nil, err
	}
	s.stop()
	return nil, ctx.Err()
}
