package lab_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"rekey/lab"
	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

// Every operation that a service of the lab has is one of AWS's.
func TestOperationsAreModelled(t *testing.T) {
	l := lab.ForTest(t, lab.Options{})
	for _, s := range []interface {
		Name() string
		Operations() []world.Operation
	}{l.KMS, l.SecretsManager, l.IAM, l.STS, l.SQS, l.SNS} {
		model, seen := wire.MustLoad(s.Name()), map[string]bool{}
		for _, op := range s.Operations() {
			if !model.Has(op.Name) || seen[op.Name] {
				t.Errorf("%s %s is not in the model, or is there twice", s.Name(), op.Name)
			}
			seen[op.Name] = true
			want(t, "the input's type", op.Input.Name(), op.Name+"Input")
			want(t, "the output's type", op.Output.Name(), op.Name+"Output")
		}
	}
}

func TestUnfaithful(t *testing.T) {
	l := lab.ForTest(t, lab.Options{})
	t.Cleanup(l.World.Trail.Reset) // it has what the lab cannot serve
	ok(t, client(l).CreateKey, &kms.CreateKeyInput{})
	want(t, "the number of unfaithful calls", len(l.Unfaithful()), 0)
	want(t, "the code of what is not modelled", code(t, iam.NewFromConfig(l.Config(region, lab.Root(account))).CreateLoginProfile, &iam.CreateLoginProfileInput{}), "NotImplemented")
	want(t, "the code of a part that is not", code(t, client(l).CreateKey, &kms.CreateKeyInput{KeySpec: types.KeySpecMlKem512, KeyUsage: types.KeyUsageTypeEncapsulateDecapsulate}), "NotImplemented")
	calls := l.Unfaithful()
	if len(calls) != 2 || !strings.Contains(calls[0], "iam CreateLoginProfile") || !strings.Contains(calls[1], "kms CreateKey") {
		t.Errorf("unfaithful are %q", calls)
	}
}

func TestTrail(t *testing.T) {
	l := lab.ForTest(t, lab.Options{})
	c := client(l)
	k := ok(t, c.CreateKey, &kms.CreateKeyInput{}).KeyMetadata
	ok(t, secretsmanager.NewFromConfig(l.Config(region, lab.Root(account))).CreateSecret,
		&secretsmanager.CreateSecretInput{Name: new("s"), SecretString: new("v"), KmsKeyId: k.Arn})
	code(t, c.Encrypt, &kms.EncryptInput{KeyId: new("none"), Plaintext: []byte("x")})
	var via, failed world.Entry
	for _, e := range l.World.Trail.Entries() {
		switch {
		case e.Operation == "GenerateDataKey":
			via = e
		case e.Operation == "Encrypt":
			failed = e
		}
	}
	want(t, "the service that called KMS", via.Via, "secretsmanager.us-east-1.amazonaws.com")
	want(t, "the caller", via.Caller.ARN(), "arn:aws:iam::"+account+":root")
	if len(via.Decisions) != 1 || via.Decisions[0].Effect != keypolicy.Allowed || via.Decisions[0].Statement != "Enable IAM User Permissions" || via.Decisions[0].Resource != *k.Arn {
		t.Errorf("the decisions are %+v", via.Decisions)
	}
	want(t, "the error", failed.Error, "NotFoundException")
	want(t, "calls of KMS by callers", l.World.Trail.Count("kms", "GenerateDataKey"), 0)
	l.World.Trail.Reset()
	want(t, "entries after Reset", len(l.World.Trail.Entries()), 0)
}

// story makes some calls and gives all that was answered, byte by byte.
func story(t *testing.T, o lab.Options) []byte {
	t.Helper()
	l := lab.ForTest(t, o)
	var answers bytes.Buffer
	c := l.Config(region, lab.Root(account))
	inner := c.HTTPClient
	c.HTTPClient = doer(func(r *http.Request) (*http.Response, error) {
		res, err := inner.Do(r)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(res.Body)
		answers.Write(body)
		res.Body = io.NopCloser(bytes.NewReader(body))
		return res, err
	})
	client := kms.NewFromConfig(c)
	k := ok(t, client.CreateKey, &kms.CreateKeyInput{}).KeyMetadata
	ok(t, client.Encrypt, &kms.EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x"), EncryptionContext: map[string]string{"a": "1", "b": "2"}})
	ok(t, client.GenerateDataKey, &kms.GenerateDataKeyInput{KeyId: k.KeyId, KeySpec: types.DataKeySpecAes256})
	l.World.Advance(time.Hour)
	ok(t, client.ScheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: k.KeyId})
	return answers.Bytes()
}

type doer func(*http.Request) (*http.Response, error)

func (d doer) Do(r *http.Request) (*http.Response, error) { return d(r) }

func TestDeterminism(t *testing.T) {
	if !bytes.Equal(story(t, lab.Options{}), story(t, lab.Options{})) {
		t.Error("two labs answer the same calls differently")
	}
	if bytes.Equal(story(t, lab.Options{}), story(t, lab.Options{Seed: [32]byte{1}})) {
		t.Error("another seed changes nothing")
	}
}

func TestClock(t *testing.T) {
	l := lab.ForTest(t, lab.Options{})
	want(t, "the beginning", l.World.Now(), world.Epoch)
	c := client(l)
	lost, kept := ok(t, c.CreateKey, &kms.CreateKeyInput{}).KeyMetadata.KeyId, ok(t, c.CreateKey, &kms.CreateKeyInput{}).KeyMetadata.KeyId
	for _, id := range []*string{lost, kept} {
		ok(t, c.ScheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: id, PendingWindowInDays: new(int32(7))})
	}
	l.World.Advance(6 * 24 * time.Hour)
	ok(t, c.CancelKeyDeletion, &kms.CancelKeyDeletionInput{KeyId: kept})
	l.World.Advance(24 * time.Hour)
	want(t, "the key that was not saved", code(t, c.DescribeKey, &kms.DescribeKeyInput{KeyId: lost}), "NotFoundException")
	want(t, "the state of the other", ok(t, c.DescribeKey, &kms.DescribeKeyInput{KeyId: kept}).KeyMetadata.KeyState, types.KeyStateDisabled)
}

func TestConcurrentCalls(t *testing.T) {
	l := lab.ForTest(t, lab.Options{})
	var wg sync.WaitGroup
	const callers, each = 8, 10
	for range callers {
		wg.Go(func() {
			c := client(l)
			for range each {
				k, err := c.CreateKey(t.Context(), &kms.CreateKeyInput{})
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := c.Encrypt(t.Context(), &kms.EncryptInput{KeyId: k.KeyMetadata.KeyId, Plaintext: []byte("x")}); err != nil {
					t.Error(err)
				}
				l.World.Trail.Count("kms", "")
			}
		})
	}
	wg.Wait()
	want(t, "the number of keys", keys(t, l), callers*each)
	want(t, "the number of encryptions", l.World.Trail.Count("kms", "Encrypt"), callers*each)
}

// Nobody is let in on a claim of who they are.
func TestForgedCallers(t *testing.T) {
	l := lab.ForTest(t, lab.Options{})
	for name, who := range map[string]credentials.StaticCredentialsProvider{
		"another secret of a root user":  credentials.NewStaticCredentialsProvider(account, "guess", ""),
		"a root user with a token":       credentials.NewStaticCredentialsProvider(account, "test", "token"),
		"an account of eleven digits":    credentials.NewStaticCredentialsProvider(account[:11], "test", ""),
		"an access key that nobody made": credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "test", ""),
	} {
		t.Run(name, func(t *testing.T) {
			got := code(t, sts.NewFromConfig(l.Config(region, who)).GetCallerIdentity, &sts.GetCallerIdentityInput{})
			if got != "SignatureDoesNotMatch" && got != "InvalidClientTokenId" {
				t.Errorf("the answer is %q", got)
			}
		})
	}
	want(t, "entries of the trail", len(l.World.Trail.Entries()), 0)
}

// A request that nobody signed is refused in words that its sender understands,
// and leaves nothing in the trail.
func TestUnsigned(t *testing.T) {
	l := lab.ForTest(t, lab.Options{})
	server := httptest.NewServer(l)
	defer server.Close()
	res, err := http.Post(server.URL, "application/x-amz-json-1.1", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	want(t, "the status without a signature", res.StatusCode, http.StatusForbidden)
	want(t, "entries of the trail", len(l.World.Trail.Entries()), 0)
}
