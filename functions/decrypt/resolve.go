package decrypt

import (
	"context"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"rekey/shared/secretref"
)

// KMS is what the package asks of AWS KMS.
type KMS interface {
	Decrypt(context.Context, *kms.DecryptInput, ...func(*kms.Options)) (*kms.DecryptOutput, error)
}

// SecretsManager is what the package asks of AWS Secrets Manager.
type SecretsManager interface {
	GetSecretValue(context.Context, *secretsmanager.GetSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error)
	BatchGetSecretValue(context.Context, *secretsmanager.BatchGetSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.BatchGetSecretValueOutput, error)
}

// SSM is what the package asks of AWS Systems Manager.
type SSM interface {
	GetParameter(context.Context, *ssm.GetParameterInput, ...func(*ssm.Options)) (*ssm.GetParameterOutput, error)
	GetParameters(context.Context, *ssm.GetParametersInput, ...func(*ssm.Options)) (*ssm.GetParametersOutput, error)
}

// S3 is what the package asks of Amazon S3.
type S3 interface {
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
}

// Resolver turns items into values.
type Resolver struct {
	KMS            KMS
	SecretsManager SecretsManager
	SSM            SSM
	S3             S3
	Policy         Policy
	// Parallel is the most API calls at one time; 0 means DefaultParallel.
	Parallel int
}

// DefaultParallel and DefaultMaxItems are what a function does that is not
// told otherwise. 20 secrets are one call of BatchGetSecretValue.
const (
	DefaultParallel = 16
	DefaultMaxItems = 100
)

// Result is the answer to one item: a value, or why there is none.
type Result struct {
	Value   secretref.Secret
	Failure *Failure
}

// Resolve gives a result for each item, in their order. It fails as a whole,
// with a BadRequest, only where there are more items than allowed.
func (r *Resolver) Resolve(ctx context.Context, items []Item) ([]Result, error) {
	if len(items) > r.Policy.MaxItems {
		return nil, badRequest("%d items, and %d are allowed in one request", len(items), r.Policy.MaxItems)
	}
	p := planFor(items, r.Policy)
	results := make([]Result, len(items))
	for i, refused := range p.refused {
		results[i].Failure = refused
	}
	run := &run{resolver: r, slots: make(chan struct{}, r.parallel()), got: map[*fetch]Result{}}
	run.all(ctx, p.fetches)
	for _, f := range p.fetches {
		got, answered := run.got[f]
		if !answered {
			got.Failure = failure(Failed, "internal error: never asked for")
		}
		for _, i := range f.items {
			results[i] = pick(got, items[i])
		}
	}
	return results, nil
}

func (r *Resolver) parallel() int {
	if r.Parallel > 0 {
		return r.Parallel
	}
	return DefaultParallel
}

// pick gives an item its part of what was fetched: of a secret perhaps one
// JSON key.
func pick(got Result, item Item) Result {
	if got.Failure != nil {
		return got
	}
	ref, err := secretref.Parse(item.Reference)
	if err != nil || ref.JSONKey == "" {
		return got
	}
	value, failed := jsonValue(got.Value, ref.JSONKey)
	return Result{value, failed}
}

// run is one Resolve under way.
type run struct {
	resolver *Resolver
	slots    chan struct{} // one for each call at a time
	wait     sync.WaitGroup
	mu       sync.Mutex
	got      map[*fetch]Result
}

// all fetches everything, side by side, and returns when all is answered.
func (r *run) all(ctx context.Context, fetches []*fetch) {
	var batch, parameters []*fetch
	for _, f := range fetches {
		switch {
		case f.batchable():
			batch = append(batch, f)
		case f.ref.Kind == secretref.SecretsManager:
			r.spawn(f, func() Result { return r.secret(ctx, f) })
		case f.ref.Kind == secretref.KMS:
			r.spawn(f, func() Result { return r.ciphertext(ctx, f) })
		case f.ref.Kind == secretref.Parameter:
			parameters = append(parameters, f)
		case f.ref.Kind == secretref.Envelope:
			r.spawn(f, func() Result { return r.message(ctx, f, f.ref.Blob) })
		case f.ref.Kind == secretref.EnvelopeS3:
			r.spawn(f, func() Result { return r.object(ctx, f) })
		}
	}
	r.current(ctx, batch)
	r.parameters(ctx, parameters)
	r.wait.Wait()
}

// spawn fetches one thing at its own time. What panics is a failure of that
// item alone, and its text is not shown: it could hold anything.
func (r *run) spawn(f *fetch, get func() Result) {
	r.wait.Go(func() {
		r.slots <- struct{}{}
		defer func() { <-r.slots }()
		r.answer(f, guarded(get))
	})
}

func (r *run) answer(f *fetch, got Result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got[f] = got
}

func guarded(get func() Result) (got Result) {
	defer func() {
		if p := recover(); p != nil {
			got = Result{Failure: failure(Failed, "internal error of type %s", fmt.Sprintf("%T", p))}
		}
	}()
	return get()
}
