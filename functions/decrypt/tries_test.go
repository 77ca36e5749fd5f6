package decrypt

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	smtypes "github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/aws/smithy-go"

	"rekey/shared/keyid"
)

// answering answers Decrypt by the key that is asked for.
type answering map[string]func() (*kms.DecryptOutput, error)

func (a answering) Decrypt(_ context.Context, in *kms.DecryptInput, _ ...func(*kms.Options)) (*kms.DecryptOutput, error) {
	return a[*in.KeyId]()
}

const keyB = "arn:aws:kms:eu-west-1:111122223333:key/9234abcd-12ab-34cd-56ef-1234567890ab"

// Several keys are tried, each whatever the others said, and one class is told.
func TestSeveralKeys(t *testing.T) {
	fails := func(err error) func() (*kms.DecryptOutput, error) {
		return func() (*kms.DecryptOutput, error) { return nil, err }
	}
	gives := func(key string, value []byte) func() (*kms.DecryptOutput, error) {
		return func() (*kms.DecryptOutput, error) {
			return &kms.DecryptOutput{Plaintext: value, KeyId: aws.String(key)}, nil
		}
	}
	wrong, bad := &types.IncorrectKeyException{}, &types.InvalidCiphertextException{}
	denied, busy := &smithy.GenericAPIError{Code: "AccessDeniedException"}, &smithy.GenericAPIError{Code: "ThrottlingException"}
	for _, c := range []struct {
		name string
		a, b func() (*kms.DecryptOutput, error)
		want Class // "" where the value comes
	}{
		{"the second decrypts", fails(wrong), gives(keyB, []byte("v")), ""},
		{"also after a context that does not fit the first", fails(bad), gives(keyB, []byte("v")), ""},
		{"and after a denial", fails(denied), gives(keyB, []byte("v")), ""},
		{"neither is its key", fails(wrong), fails(wrong), NotAllowed},
		{"denied, and another's", fails(wrong), fails(denied), Denied},
		{"what may pass comes first", fails(denied), fails(busy), Throttled},
		{"in either order", fails(busy), fails(bad), Throttled},
		{"the context, and denied", fails(denied), fails(bad), ContextMismatch},
		{"an empty answer", gives(keyA, nil), fails(wrong), Failed},
		{"an answer under another key", gives(keyB, []byte("v")), fails(wrong), Failed},
		{"an answer of no key", gives("", []byte("v")), fails(wrong), Failed},
	} {
		r := &Resolver{KMS: answering{keyA: c.a, keyB: c.b}, Policy: Policy{References: []string{"*"}, Keys: refs(t, keyA, keyB), MaxItems: 1}}
		got, err := r.Resolve(t.Context(), []Item{{Reference: "kms://AQ=="}})
		if err != nil {
			t.Fatal(err)
		}
		if f := got[0].Failure; (f == nil) != (c.want == "") || f != nil && f.Class != c.want {
			t.Errorf("%s: %v, want %q", c.name, f, c.want)
		}
	}
}

func TestAnswersOfKeysByEveryName(t *testing.T) {
	for name, want := range map[string]bool{keyA: true, keyB: false, "1234abcd-12ab-34cd-56ef-1234567890ab": true, "alias/app": true} {
		if got := answers(refs(t, name)[0], keyA); got != want {
			t.Errorf("%s answered under %s: %v", name, keyA, got)
		}
	}
	if answers(refs(t, "alias/app")[0], "alias/app") {
		t.Error("an answer that names no key passed")
	}
}

// gate counts the calls that are under way at once.
type gate struct {
	SecretsManager
	now, most atomic.Int32
	full      chan struct{} // closed when as many as may be are under way
	once      sync.Once
	limit     int32
	pages     int
}

func (g *gate) GetSecretValue(context.Context, *secretsmanager.GetSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error) {
	n := g.now.Add(1)
	defer g.now.Add(-1)
	for most := g.most.Load(); n > most && !g.most.CompareAndSwap(most, n); most = g.most.Load() {
	}
	if n >= g.limit {
		g.once.Do(func() { close(g.full) })
	}
	<-g.full
	return &secretsmanager.GetSecretValueOutput{SecretString: aws.String("v")}, nil
}

// BatchGetSecretValue gives one secret a page.
func (g *gate) BatchGetSecretValue(_ context.Context, in *secretsmanager.BatchGetSecretValueInput, _ ...func(*secretsmanager.Options)) (*secretsmanager.BatchGetSecretValueOutput, error) {
	id := in.SecretIdList[g.pages]
	g.pages++
	out := &secretsmanager.BatchGetSecretValueOutput{SecretValues: []smtypes.SecretValueEntry{{Name: &id, SecretString: aws.String("of " + id)}}}
	if g.pages < len(in.SecretIdList) {
		out.NextToken = aws.String("more")
	}
	return out, nil
}

func TestParallelIsAtMost(t *testing.T) {
	g := &gate{limit: 3, full: make(chan struct{})}
	r := &Resolver{SecretsManager: g, Parallel: 3, Policy: Policy{References: []string{"*"}, MaxItems: 30}}
	var items []Item
	for _, c := range "abcdefghijklmnopqrst" {
		items = append(items, Item{Reference: "sm://" + string(c) + "@AWSPENDING"})
	}
	if _, err := r.Resolve(t.Context(), items); err != nil || g.most.Load() != 3 {
		t.Errorf("%d calls at once, %v", g.most.Load(), err)
	}
}

func TestBatchGoesThroughItsPages(t *testing.T) {
	g := &gate{}
	r := &Resolver{SecretsManager: g, Policy: Policy{References: []string{"*"}, MaxItems: 3}}
	got, err := r.Resolve(t.Context(), []Item{{Reference: "sm://a"}, {Reference: "sm://b"}, {Reference: "sm://c"}})
	if err != nil || g.pages != 3 || string(got[2].Value.Reveal()) != "of c" {
		t.Errorf("%d pages, %v, %v", g.pages, got, err)
	}
}

// panicking is a client whose panics could hold a secret.
type panicking struct{}

func (panicking) Decrypt(context.Context, *kms.DecryptInput, ...func(*kms.Options)) (*kms.DecryptOutput, error) {
	panic("canary")
}

func (panicking) GetSecretValue(context.Context, *secretsmanager.GetSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error) {
	panic("canary")
}

func (panicking) BatchGetSecretValue(context.Context, *secretsmanager.BatchGetSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.BatchGetSecretValueOutput, error) {
	panic("canary")
}

func TestPanicIsOneItemsFailure(t *testing.T) {
	r := &Resolver{KMS: panicking{}, SecretsManager: panicking{}, Policy: Policy{References: []string{"*"}, Keys: refs(t, keyA), MaxItems: 3}}
	got, err := r.Resolve(t.Context(), []Item{{Reference: "sm://a"}, {Reference: "sm://b"}, {Reference: "kms://AQ=="}})
	if err != nil {
		t.Fatal(err)
	}
	for i, g := range got {
		if g.Failure == nil || g.Failure.Class != Failed || g.Failure.Error() == "" || errors.Is(g.Failure, context.Canceled) {
			t.Errorf("item %d: %v", i, g.Failure)
		}
	}
}

// regional notes the Region that each call is sent to.
type regional struct {
	SecretsManager
	mu    sync.Mutex
	asked map[string]bool
}

func (r *regional) note(region string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked[region] = true
}

func (r *regional) Decrypt(_ context.Context, in *kms.DecryptInput, opts ...func(*kms.Options)) (*kms.DecryptOutput, error) {
	o := kms.Options{Region: "us-east-1"}
	for _, f := range opts {
		f(&o)
	}
	r.note("kms " + o.Region)
	return &kms.DecryptOutput{Plaintext: []byte("v"), KeyId: in.KeyId}, nil
}

func (r *regional) GetSecretValue(_ context.Context, _ *secretsmanager.GetSecretValueInput, opts ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error) {
	o := secretsmanager.Options{Region: "us-east-1"}
	for _, f := range opts {
		f(&o)
	}
	r.note("secretsmanager " + o.Region)
	return &secretsmanager.GetSecretValueOutput{SecretString: aws.String("v")}, nil
}

func TestCallsGoWhereTheARNSays(t *testing.T) {
	c := &regional{asked: map[string]bool{}}
	r := &Resolver{KMS: c, SecretsManager: c, Policy: Policy{References: []string{"*"}, Keys: []keyid.Ref{refs(t, keyA)[0]}, MaxItems: 3}}
	_, err := r.Resolve(t.Context(), []Item{
		{Reference: "kms://AQ=="}, {Reference: "sm://here"},
		{Reference: "sm://arn:aws:secretsmanager:ap-south-1:111122223333:secret:there-AbCdEf"}})
	if err != nil || !c.asked["kms eu-west-1"] || !c.asked["secretsmanager us-east-1"] || !c.asked["secretsmanager ap-south-1"] {
		t.Errorf("%v, %v", c.asked, err)
	}
}
