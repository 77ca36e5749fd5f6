package decrypt_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"rekey/functions/decrypt"
	"rekey/lab"
	"rekey/lab/world"
	"rekey/shared/envelope"
	"rekey/shared/envelope/kmskeyring"
	"rekey/shared/keyid"
	"rekey/shared/wiring"
)

const (
	region = "eu-west-1"
	own    = keyid.Account("111122223333")
	other  = keyid.Account("444455556666")
)

// scene is a lab with two accounts, a key and secrets in each, and a role that
// the function runs as.
type scene struct {
	t    testing.TB
	lab  *lab.Lab
	root aws.Config
	far  aws.Config // the other account's root user
	role aws.Config
	key  string // in the own account
	away string // in the other account
}

const rolePolicy = `{"Version":"2012-10-17","Statement":[
 {"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"},
 {"Effect":"Allow","Action":["secretsmanager:GetSecretValue","secretsmanager:BatchGetSecretValue"],"Resource":"*"},
 {"Effect":"Allow","Action":["ssm:GetParameter","ssm:GetParameters"],"Resource":"arn:aws:ssm:*:*:parameter/prod/*"},
 {"Effect":"Allow","Action":["s3:GetObject","s3:GetObjectVersion","s3:ListBucket"],"Resource":["arn:aws:s3:::messages","arn:aws:s3:::messages/*"]}]}`

func newScene(t testing.TB) *scene {
	t.Helper()
	l := lab.ForTest(t, lab.Options{})
	s := &scene{t: t, lab: l, root: l.Config(region, lab.Root(own)), far: l.Config(region, lab.Root(other))}
	s.role = s.asRole("decrypt", rolePolicy)
	s.key, s.away = s.newKey(s.root), s.newKey(s.far)
	s.secret("prod/db", `{"user":"shop","password":"canary-password"}`)
	return s
}

// ok is for the calls that set a scene.
func ok[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (s *scene) asRole(name, policy string) aws.Config {
	s.t.Helper()
	client := iam.NewFromConfig(s.root)
	trust := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}}`
	role := ok[*iam.CreateRoleOutput](s.t)(client.CreateRole(s.t.Context(), &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &trust}))
	ok[*iam.PutRolePolicyOutput](s.t)(client.PutRolePolicy(s.t.Context(), &iam.PutRolePolicyInput{RoleName: &name, PolicyName: new("p"), PolicyDocument: &policy}))
	var key world.AccessKey
	var err error
	s.lab.World.Locked(func() { key, err = s.lab.STS.AssumeForService("lambda.amazonaws.com", *role.Role.Arn, name) })
	if err != nil {
		s.t.Fatal(err)
	}
	return s.lab.Config(region, credentials.NewStaticCredentialsProvider(key.ID, key.Secret, key.SessionToken))
}

func (s *scene) newKey(who aws.Config) string {
	s.t.Helper()
	return *ok[*kms.CreateKeyOutput](s.t)(kms.NewFromConfig(who).CreateKey(s.t.Context(), &kms.CreateKeyInput{})).KeyMetadata.Arn
}

func (s *scene) secret(name, value string) string {
	s.t.Helper()
	return *ok[*secretsmanager.CreateSecretOutput](s.t)(secretsmanager.NewFromConfig(s.root).CreateSecret(s.t.Context(),
		&secretsmanager.CreateSecretInput{Name: &name, KmsKeyId: &s.key, SecretString: &value})).ARN
}

// encrypted makes a kms:// reference to a value.
func (s *scene) encrypted(who aws.Config, key, value string, context map[string]string) string {
	s.t.Helper()
	out := ok[*kms.EncryptOutput](s.t)(kms.NewFromConfig(who).Encrypt(s.t.Context(), &kms.EncryptInput{KeyId: &key, Plaintext: []byte(value), EncryptionContext: context}))
	return "kms://" + base64.StdEncoding.EncodeToString(out.CiphertextBlob)
}

// sealed makes an envelope:// reference to a value.
func (s *scene) sealed(key, value string, context map[string]string) string {
	s.t.Helper()
	ring := ok[*kmskeyring.Keyring](s.t)(kmskeyring.New(kms.NewFromConfig(s.root), ok[keyid.Ref](s.t)(keyid.Parse(key))))
	message := ok[[]byte](s.t)(envelope.Seal(s.t.Context(), []byte(value), ring, func(o *envelope.SealOptions) { o.EncryptionContext = context }))
	return "envelope://" + base64.StdEncoding.EncodeToString(message)
}

// resolver allows everything and the given keys.
func (s *scene) resolver(keys ...string) *decrypt.Resolver {
	s.t.Helper()
	r := &decrypt.Resolver{
		KMS: kms.NewFromConfig(s.role), SecretsManager: secretsmanager.NewFromConfig(s.role),
		SSM: ssm.NewFromConfig(s.role), S3: s3.NewFromConfig(s.role, wiring.PathStyle),
		Policy: decrypt.Policy{References: []string{"*"}, MaxItems: decrypt.DefaultMaxItems},
	}
	for _, k := range keys {
		r.Policy.Keys = append(r.Policy.Keys, ok[keyid.Ref](s.t)(keyid.Parse(k)))
	}
	return r
}

// one resolves a single item and gives its value or its class.
func (s *scene) one(r *decrypt.Resolver, item decrypt.Item) string {
	s.t.Helper()
	results := ok[[]decrypt.Result](s.t)(r.Resolve(s.t.Context(), []decrypt.Item{item}))
	if f := results[0].Failure; f != nil {
		if strings.Contains(f.Error(), "canary") {
			s.t.Errorf("the failure shows a secret: %v", f)
		}
		return "!" + string(f.Class)
	}
	return string(results[0].Value.Reveal())
}

func TestEveryClass(t *testing.T) {
	s := newScene(t)
	app := map[string]string{"app": "shop"}
	disabled, doomed := s.newKey(s.root), s.newKey(s.root)
	underDisabled, underDoomed := s.encrypted(s.root, disabled, "x", nil), s.encrypted(s.root, doomed, "x", nil)
	admin := kms.NewFromConfig(s.root)
	ok[*kms.DisableKeyOutput](t)(admin.DisableKey(t.Context(), &kms.DisableKeyInput{KeyId: &disabled}))
	ok[*kms.ScheduleKeyDeletionOutput](t)(admin.ScheduleKeyDeletion(t.Context(), &kms.ScheduleKeyDeletionInput{KeyId: &doomed}))
	r := s.resolver(s.key, disabled, doomed, s.away)
	raw, message := s.encrypted(s.root, s.key, "canary-raw", app), s.sealed(s.key, "canary-sealed", app)
	cut := message[:len(message)-8]
	for _, c := range []struct {
		name string
		item decrypt.Item
		want string
	}{
		{"a ciphertext", decrypt.Item{Reference: raw, Context: app}, "canary-raw"},
		{"with its key named", decrypt.Item{Reference: raw, Context: app, Key: s.key}, "canary-raw"},
		{"under no context", decrypt.Item{Reference: raw}, "!contextMismatch"},
		{"under another", decrypt.Item{Reference: raw, Context: map[string]string{"app": "bank"}}, "!contextMismatch"},
		{"of another key than named", decrypt.Item{Reference: raw, Context: app, Key: s.away}, "!denied"},
		{"under a disabled key", decrypt.Item{Reference: underDisabled}, "!keyDisabled"},
		{"under a key pending deletion", decrypt.Item{Reference: underDoomed, Key: doomed}, "!keyPendingDeletion"},
		{"of another account without its leave", decrypt.Item{Reference: s.encrypted(s.far, s.away, "x", nil)}, "!keyDisabled"},
		{"the same, its key named", decrypt.Item{Reference: s.encrypted(s.far, s.away, "x", nil), Key: s.away}, "!denied"},
		{"no ciphertext at all", decrypt.Item{Reference: "kms://AQIDBA=="}, "!contextMismatch"},
		{"a message", decrypt.Item{Reference: message}, "canary-sealed"},
		{"with its context demanded", decrypt.Item{Reference: message, Context: app}, "canary-sealed"},
		{"with another demanded", decrypt.Item{Reference: message, Context: map[string]string{"app": "bank"}}, "!contextMismatch"},
		{"a cut message", decrypt.Item{Reference: cut}, "!malformed"},
		{"no message at all", decrypt.Item{Reference: "envelope://AQIDBA=="}, "!malformed"},
		{"under a key that is not allowed", decrypt.Item{Reference: s.sealed(s.newKey(s.root), "x", nil)}, "!notAllowed"},
		{"a secret", decrypt.Item{Reference: "sm://prod/db#user"}, "shop"},
		{"a version that is not", decrypt.Item{Reference: "sm://prod/db@AWSPREVIOUS"}, "!notFound"},
		{"a secret that is not", decrypt.Item{Reference: "sm://prod/none"}, "!notFound"},
		{"a JSON key that is not", decrypt.Item{Reference: "sm://prod/db#none"}, "!notFound"},
		{"a plain value", decrypt.Item{Reference: "s3://bucket/key"}, "!malformed"},
	} {
		if got := s.one(r, c.item); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestSecretUnderAnUnusableKey(t *testing.T) {
	s := newScene(t)
	ok[*kms.DisableKeyOutput](t)(kms.NewFromConfig(s.root).DisableKey(t.Context(), &kms.DisableKeyInput{KeyId: &s.key}))
	if got := s.one(s.resolver(), decrypt.Item{Reference: "sm://prod/db"}); got != "!keyDisabled" {
		t.Errorf("a secret under a disabled key: %s", got)
	}
}

// Many secrets at their current versions cost one call for twenty; a version
// and a stage cost one each; the same thing twice costs nothing more.
func TestCallsPerSecret(t *testing.T) {
	s := newScene(t)
	var items []decrypt.Item
	for n := range 40 {
		name := fmt.Sprintf("many/%02d", n)
		s.secret(name, fmt.Sprint("value-", n))
		items = append(items, decrypt.Item{Reference: "sm://" + name}, decrypt.Item{Reference: "sm://" + name})
	}
	items = append(items, decrypt.Item{Reference: "sm://prod/db#user@AWSCURRENT"}, decrypt.Item{Reference: "sm://prod/db#password@AWSCURRENT"})
	s.lab.World.Trail.Reset()
	results := ok[[]decrypt.Result](t)(s.resolver().Resolve(t.Context(), items))
	for i, r := range results[:80] {
		if got := string(r.Value.Reveal()); got != fmt.Sprint("value-", i/2) {
			t.Errorf("item %d: %q, %v", i, got, r.Failure)
		}
	}
	batches, single := s.lab.World.Trail.Count("secretsmanager", "BatchGetSecretValue"), s.lab.World.Trail.Count("secretsmanager", "GetSecretValue")
	if batches != 2 || single != 1 {
		t.Errorf("%d batches and %d single calls for 41 secrets", batches, single)
	}
}

// A role without BatchGetSecretValue, and a batch with one secret that fails:
// the others come all the same.
func TestBatchDeniedOrPartial(t *testing.T) {
	s := newScene(t)
	s.secret("a", "value-a")
	items := []decrypt.Item{{Reference: "sm://a"}, {Reference: "sm://prod/db#user"}, {Reference: "sm://none"}}
	want := []string{"value-a", "shop", "notFound"}
	for name, policy := range map[string]string{
		"allowed": rolePolicy,
		"denied":  strings.ReplaceAll(rolePolicy, `,"secretsmanager:BatchGetSecretValue"`, ""),
	} {
		role := s.asRole("batch-"+name, policy)
		r := s.resolver()
		r.SecretsManager = secretsmanager.NewFromConfig(role)
		for i, got := range ok[[]decrypt.Result](t)(r.Resolve(t.Context(), items)) {
			text := string(got.Value.Reveal())
			if got.Failure != nil {
				text = string(got.Failure.Class)
			}
			if text != want[i] {
				t.Errorf("%s, item %d: %s, want %s", name, i, text, want[i])
			}
		}
	}
}

func TestFaults(t *testing.T) {
	s := newScene(t)
	for _, c := range []struct {
		fault world.Fault
		want  string
	}{
		{world.Fault{Service: "secretsmanager", Error: world.Throttling()}, "!throttled"},
		{world.Fault{Service: "secretsmanager", When: world.After}, "!serviceFault"},
		{world.Fault{Service: "secretsmanager", Delay: time.Hour}, "!unreachable"},
		{world.Fault{Service: "kms", Operation: "Decrypt", Delay: time.Hour}, "shop"}, // not a call of ours
	} {
		c.fault.Times = 1
		s.lab.World.Faults.Add(c.fault)
		ctx, cancel := context.WithCancel(t.Context())
		if c.fault.Delay > 0 && c.fault.Service == "secretsmanager" {
			ctx, cancel = context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
		}
		results, err := s.resolver().Resolve(ctx, []decrypt.Item{{Reference: "sm://prod/db#user"}})
		cancel()
		if err != nil {
			t.Fatal(err)
		}
		got := string(results[0].Value.Reveal())
		if f := results[0].Failure; f != nil {
			got = "!" + string(f.Class)
		}
		if got != c.want {
			t.Errorf("%+v: %s, %v; want %s", c.fault, got, results[0].Failure, c.want)
		}
		s.lab.World.Faults.Clear()
	}
}

func TestTooManyItems(t *testing.T) {
	s := newScene(t)
	r := s.resolver()
	r.Policy.MaxItems = 1
	if _, err := r.Resolve(t.Context(), make([]decrypt.Item, 2)); err == nil {
		t.Error("two items were taken where one is allowed")
	}
}
