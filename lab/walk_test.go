package lab_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	schedulertypes "github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	smtypes "github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/smithy-go"
	"pgregory.net/rapid"

	"rekey/lab"
	"rekey/lab/lambda"
	"rekey/lab/world"
	"rekey/shared/keyid"
)

// TestWalk makes random calls of most services, with faults before and after
// their effects, mishaps of deliveries, keys in all states and leaps in time,
// and asks after each whether anything in the lab's state must not be. What it
// finds it shows as the shortest walk that leads there. It goes the same ways
// every time: -rapid.checks makes it go more, -rapid.seed=0 others.
func TestWalk(t *testing.T) {
	unlessGiven(t, "rapid.checks", "40")
	unlessGiven(t, "rapid.seed", "1")
	rapid.Check(t, func(r *rapid.T) {
		w := newWalk(r)
		defer w.lab.Close()
		for range rapid.IntRange(20, 60).Draw(r, "steps") {
			w.step()
		}
		// What is under way ends. A queue that is polled has no end.
		w.lab.World.Faults.Clear()
		w.lab.World.DeliverWell()
		w.lab.World.Advance(time.Minute)
		w.call(w.lambda.DeleteEventSourceMapping(r.Context(), &awslambda.DeleteEventSourceMappingInput{UUID: w.mapping()}))
		w.lab.World.Advance(31 * 24 * time.Hour)
		w.look("the end")
		if calls := w.lab.Unfaithful(); len(calls) > 0 {
			r.Fatalf("the lab could not serve %q", calls)
		}
	})
}

// unlessGiven sets a flag that the command line does not.
func unlessGiven(t *testing.T, name, value string) {
	t.Helper()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == name })
	if !given {
		if err := flag.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
}

// walk is a lab with some names in it, all of which may be there or not.
type walk struct {
	*rapid.T
	lab       *lab.Lab
	kms, kms2 *kms.Client // the second in another Region
	sm, sm2   *secretsmanager.Client
	ssm       *ssm.Client
	s3        *s3.Client
	sqs       *sqs.Client
	sns       *sns.Client
	events    *eventbridge.Client
	schedule  *scheduler.Client
	lambda    *awslambda.Client
	iam       *iam.Client
	keys      []string // ids
	handles   []string // of receipts
	versions  []string // of objects
	tokens    int
	role, fn  string
}

const away = keyid.Region("eu-west-1")

func newWalk(r *rapid.T) *walk {
	l := lab.New(lab.Options{})
	c, there := l.Config(region, lab.Root(account)), l.Config(away, lab.Root(account))
	w := &walk{
		T: r, lab: l, kms: kms.NewFromConfig(c), kms2: kms.NewFromConfig(there), sm: secretsmanager.NewFromConfig(c), sm2: secretsmanager.NewFromConfig(there),
		ssm: ssm.NewFromConfig(c), s3: s3.NewFromConfig(c, func(o *s3.Options) { o.UsePathStyle = true }), sqs: sqs.NewFromConfig(c), sns: sns.NewFromConfig(c),
		events: eventbridge.NewFromConfig(c), schedule: scheduler.NewFromConfig(c), lambda: awslambda.NewFromConfig(c), iam: iam.NewFromConfig(c),
	}
	trust := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":["lambda.amazonaws.com","scheduler.amazonaws.com"]},"Action":"sts:AssumeRole"}}`
	w.role = "arn:aws:iam::" + account + ":role/role"
	w.call(w.iam.CreateRole(r.Context(), &iam.CreateRoleInput{RoleName: new("role"), AssumeRolePolicyDocument: &trust}))
	w.call(w.iam.PutRolePolicy(r.Context(), &iam.PutRolePolicyInput{RoleName: new("role"), PolicyName: new("p"), PolicyDocument: new(everything)}))
	var err error
	if w.fn, err = l.Lambda.Install(lambda.Function{
		Name: "fn", Account: account, Region: region, Role: w.role, Timeout: time.Second, Run: w.function,
	}); err != nil {
		r.Fatal(err)
	}
	w.call(w.lambda.AddPermission(r.Context(), &awslambda.AddPermissionInput{
		FunctionName: new("fn"), StatementId: new("services"), Principal: new("*"), Action: new("lambda:InvokeFunction"),
	}))
	w.key()
	w.key()
	w.furnish()
	return w
}

// furnish makes some of what a walk may come across.
func (w *walk) furnish() {
	c, queues := w.Context(), "arn:aws:sqs:"+region+":"+account+":"
	open := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*"}}`
	w.call(w.kms.ReplicateKey(c, &kms.ReplicateKeyInput{KeyId: &w.keys[1], ReplicaRegion: new(string(away))}))
	w.call(w.s3.CreateBucket(c, &s3.CreateBucketInput{Bucket: new("bucket-a")}))
	w.call(w.sm.CreateSecret(c, &secretsmanager.CreateSecretInput{
		Name: new("s"), SecretString: new("v"), KmsKeyId: &w.keys[0], ClientRequestToken: w.token(), AddReplicaRegions: []smtypes.ReplicaRegionType{{Region: new(string(away))}},
	}))
	w.call(w.sqs.CreateQueue(c, &sqs.CreateQueueInput{QueueName: new("dead"), Attributes: map[string]string{"Policy": open}}))
	w.call(w.sqs.CreateQueue(c, &sqs.CreateQueueInput{QueueName: new("q"), Attributes: map[string]string{
		"Policy": open, "RedrivePolicy": `{"deadLetterTargetArn":"` + queues + `dead","maxReceiveCount":"1"}`,
	}}))
	w.call(w.sqs.CreateQueue(c, &sqs.CreateQueueInput{QueueName: new("q.fifo"), Attributes: map[string]string{"Policy": open, "FifoQueue": "true", "ContentBasedDeduplication": "true"}}))
	w.call(w.sns.CreateTopic(c, &sns.CreateTopicInput{Name: new("topic")}))
	w.call(w.sns.Subscribe(c, &sns.SubscribeInput{TopicArn: new("arn:aws:sns:" + region + ":" + account + ":topic"), Protocol: new("sqs"), Endpoint: new(queues + "q")}))
	w.call(w.iam.CreateUser(c, &iam.CreateUserInput{UserName: new("u")}))
	w.call(w.iam.CreateGroup(c, &iam.CreateGroupInput{GroupName: new("g")}))
	w.call(w.iam.CreatePolicy(c, &iam.CreatePolicyInput{PolicyName: new("p"), PolicyDocument: new(everything)}))
	w.call(w.kms.CreateAlias(c, &kms.CreateAliasInput{AliasName: new("alias/a"), TargetKeyId: &w.keys[0]}))
	w.call(w.kms.CreateGrant(c, &kms.CreateGrantInput{KeyId: &w.keys[0], GranteePrincipal: &w.role, Operations: []kmstypes.GrantOperation{"Decrypt"}}))
	w.lab.World.Advance(10 * time.Second)
	for _, body := range []string{"a", "b"} {
		w.call(w.sqs.SendMessage(c, &sqs.SendMessageInput{QueueUrl: new(lab.Endpoint + "/" + account + "/q"), MessageBody: &body}))
	}
	w.look("the beginning")
}

// mapping gives what feeds the function, if there is one.
func (w *walk) mapping() *string {
	if out, err := w.lambda.ListEventSourceMappings(w.Context(), &awslambda.ListEventSourceMappingsInput{}); err == nil && len(out.EventSourceMappings) > 0 {
		return out.EventSourceMappings[0].UUID
	}
	return new("00000000-0000-4000-8000-000000000000")
}

// function handles events, and rotates secrets; some of what it does fails.
func (w *walk) function(ctx context.Context, _ world.AccessKey, event []byte) ([]byte, error) {
	var in struct{ Step, SecretId, ClientRequestToken string }
	_ = json.Unmarshal(event, &in) // what is no such event has no step
	w.tokens++
	if w.tokens%7 == 0 {
		return nil, errors.New("the function failed")
	}
	switch in.Step {
	case "createSecret":
		_, _ = w.sm.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: &in.SecretId, ClientRequestToken: &in.ClientRequestToken, SecretString: new("rotated"), VersionStages: []string{"AWSPENDING"}})
	case "finishSecret":
		d, err := w.sm.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &in.SecretId})
		if err != nil {
			return nil, err
		}
		for v, labels := range d.VersionIdsToStages {
			if strings.Contains(fmt.Sprint(labels), "AWSCURRENT") {
				_, _ = w.sm.UpdateSecretVersionStage(ctx, &secretsmanager.UpdateSecretVersionStageInput{SecretId: &in.SecretId, VersionStage: new("AWSCURRENT"), RemoveFromVersionId: &v, MoveToVersionId: &in.ClientRequestToken})
			}
		}
	}
	return []byte("{}"), nil
}

// call takes an answer: AWS refuses much of what a random walk asks for.
func (w *walk) call(_ any, err error) {
	var api smithy.APIError
	if err != nil && !errors.As(err, &api) {
		w.Fatalf("no answer of a service: %v", err)
	}
}

func (w *walk) look(after string) {
	if bad := w.lab.World.Violations(); len(bad) > 0 {
		w.Fatalf("after %s: %s", after, strings.Join(bad, "\n"))
	}
}

func (w *walk) one(what string, of ...string) *string {
	if len(of) == 0 {
		return new("none")
	}
	return new(rapid.SampledFrom(of).Draw(w.T, what))
}

func (w *walk) chance(what string) bool { return rapid.Bool().Draw(w.T, what) }

func (w *walk) token() *string {
	w.tokens++
	return new(fmt.Sprintf("00000000-0000-4000-8000-%012d", w.tokens))
}

func (w *walk) key() {
	in := &kms.CreateKeyInput{MultiRegion: new(len(w.keys)%2 == 1)}
	kind := 2
	if len(w.keys) > 1 { // the first ones are those that services use
		kind = rapid.IntRange(0, 5).Draw(w.T, "kind")
	}
	switch kind {
	case 0:
		in.KeySpec, in.KeyUsage = kmstypes.KeySpecHmac256, kmstypes.KeyUsageTypeGenerateVerifyMac
	case 1:
		in.KeySpec, in.KeyUsage = kmstypes.KeySpecEccNistP256, kmstypes.KeyUsageTypeSignVerify
	case 3:
		in.Origin = kmstypes.OriginTypeExternal
	}
	out, err := w.kms.CreateKey(w.Context(), in)
	if w.call(out, err); err == nil {
		w.keys = append(w.keys, *out.KeyMetadata.Arn)
	}
}

// imports imports the one or the other material, for good or for a day.
func (w *walk) imports(client *kms.Client, k *string) {
	offer, err := client.GetParametersForImport(w.Context(), &kms.GetParametersForImportInput{
		KeyId: k, WrappingAlgorithm: kmstypes.AlgorithmSpecRsaesOaepSha256, WrappingKeySpec: kmstypes.WrappingKeySpecRsa2048,
	})
	if w.call(offer, err); err != nil {
		return
	}
	public, err := x509.ParsePKIXPublicKey(offer.PublicKey)
	if err != nil {
		w.Fatal(err)
	}
	wrapped, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, public.(*rsa.PublicKey), bytes.Repeat([]byte(*w.one("material", "1", "2")), 32), nil)
	if err != nil {
		w.Fatal(err)
	}
	in := &kms.ImportKeyMaterialInput{
		KeyId: k, ImportToken: offer.ImportToken, EncryptedKeyMaterial: wrapped, ExpirationModel: kmstypes.ExpirationModelTypeKeyMaterialDoesNotExpire,
	}
	if w.chance("expires") {
		in.ExpirationModel, in.ValidTo = "", new(w.lab.World.Now().Add(24*time.Hour))
	}
	if w.chance("new") {
		in.ImportType = kmstypes.ImportTypeNewKeyMaterial
	}
	w.call(client.ImportKeyMaterial(w.Context(), in))
}

// step does one thing.
func (w *walk) step() {
	groups := map[string]func(*walk) []do{
		"world": (*walk).worldly, "kms": (*walk).ofKMS, "secrets": (*walk).ofSecrets, "parameters": (*walk).ofParameters, "objects": (*walk).ofObjects,
		"messages": (*walk).ofMessages, "events": (*walk).ofEvents, "functions": (*walk).ofFunctions, "identities": (*walk).ofIdentities,
	}
	names := []string{"world", "world", "kms", "kms", "secrets", "secrets", "parameters", "objects", "messages", "messages", "events", "functions", "identities"}
	all := groups[rapid.SampledFrom(names).Draw(w.T, "of")](w)
	i := rapid.IntRange(0, len(all)-1).Draw(w.T, "what")
	all[i].it()
	w.look(all[i].name)
}

type do struct {
	name string
	it   func()
}

func (w *walk) worldly() []do {
	world_ := w.lab.World
	leap := func() {
		world_.Advance(rapid.SampledFrom([]time.Duration{0, time.Second, 5 * time.Second, time.Minute, 10 * time.Minute, time.Hour, 25 * time.Hour, 8 * 24 * time.Hour}).Draw(w.T, "by"))
	}
	return []do{
		{"a leap in time", leap}, {"a leap in time", leap}, {"a leap in time", leap},
		{"an order to fail", func() {
			f := world.Fault{Times: rapid.IntRange(1, 2).Draw(w.T, "times"), When: world.When(rapid.IntRange(0, 1).Draw(w.T, "when"))}
			f.Service = *w.one("service", "kms", "secretsmanager", "sqs", "lambda", "s3", "sts", "")
			if w.chance("throttled") {
				f.Error = world.Throttling()
			}
			world_.Faults.Add(f)
		}},
		{"an order for mishaps", func() {
			o := world.DeliveryFault{Times: 1, Mishap: world.Mishap(rapid.IntRange(1, 4).Draw(w.T, "mishap"))}
			if o.Mishap == world.Delayed {
				o.Delay = time.Hour
			}
			world_.DeliverBadly(o)
		}},
		{"no faults", func() { world_.Faults.Clear(); world_.DeliverWell() }},
	}
}

func (w *walk) ofKMS() []do {
	c, k := w.Context(), w.one("key", w.keys...)
	client := w.kms
	if w.chance("away") {
		client = w.kms2
		k = new(strings.Replace(*k, region, string(away), 1))
	}
	alias, store := w.one("alias", "alias/a", "alias/b"), w.one("store id", "cks-00000000000000001", "cks-00000000000000002")
	return []do{
		{"CreateKey", w.key},
		{"DisableKey", func() { w.call(client.DisableKey(c, &kms.DisableKeyInput{KeyId: k})) }},
		{"EnableKey", func() { w.call(client.EnableKey(c, &kms.EnableKeyInput{KeyId: k})) }},
		{"ScheduleKeyDeletion", func() {
			w.call(client.ScheduleKeyDeletion(c, &kms.ScheduleKeyDeletionInput{KeyId: k, PendingWindowInDays: new(int32(7))}))
		}},
		{"CancelKeyDeletion", func() { w.call(client.CancelKeyDeletion(c, &kms.CancelKeyDeletionInput{KeyId: k})) }},
		{"EnableKeyRotation", func() {
			w.call(client.EnableKeyRotation(c, &kms.EnableKeyRotationInput{KeyId: k, RotationPeriodInDays: new(int32(90))}))
		}},
		{"DisableKeyRotation", func() { w.call(client.DisableKeyRotation(c, &kms.DisableKeyRotationInput{KeyId: k})) }},
		{"RotateKeyOnDemand", func() { w.call(client.RotateKeyOnDemand(c, &kms.RotateKeyOnDemandInput{KeyId: k})) }},
		{"ReplicateKey", func() {
			w.call(client.ReplicateKey(c, &kms.ReplicateKeyInput{KeyId: k, ReplicaRegion: w.one("to", region, string(away))}))
		}},
		{"UpdatePrimaryRegion", func() {
			w.call(client.UpdatePrimaryRegion(c, &kms.UpdatePrimaryRegionInput{KeyId: k, PrimaryRegion: w.one("to", region, string(away))}))
		}},
		{"CreateCustomKeyStore", func() { w.call(client.CreateCustomKeyStore(c, keyStore(*w.one("store", "one", "two")))) }},
		{"ConnectCustomKeyStore", func() {
			w.call(client.ConnectCustomKeyStore(c, &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: store}))
		}},
		{"DisconnectCustomKeyStore", func() {
			w.call(client.DisconnectCustomKeyStore(c, &kms.DisconnectCustomKeyStoreInput{CustomKeyStoreId: store}))
		}},
		{"DeleteCustomKeyStore", func() {
			w.call(client.DeleteCustomKeyStore(c, &kms.DeleteCustomKeyStoreInput{CustomKeyStoreId: store}))
		}},
		{"CreateKey in a store", func() {
			w.call(client.CreateKey(c, &kms.CreateKeyInput{Origin: kmstypes.OriginTypeExternalKeyStore, CustomKeyStoreId: store, XksKeyId: w.one("external", "a", "b")}))
		}},
		{"CreateAlias", func() { w.call(client.CreateAlias(c, &kms.CreateAliasInput{AliasName: alias, TargetKeyId: k})) }},
		{"UpdateAlias", func() { w.call(client.UpdateAlias(c, &kms.UpdateAliasInput{AliasName: alias, TargetKeyId: k})) }},
		{"DeleteAlias", func() { w.call(client.DeleteAlias(c, &kms.DeleteAliasInput{AliasName: alias})) }},
		{"CreateGrant", func() {
			w.call(client.CreateGrant(c, &kms.CreateGrantInput{KeyId: k, GranteePrincipal: &w.role, Name: new("grant"), Operations: []kmstypes.GrantOperation{"Decrypt"}}))
		}},
		{"RevokeGrant", func() {
			if all, err := client.ListGrants(c, &kms.ListGrantsInput{KeyId: k}); err == nil && len(all.Grants) > 0 {
				w.call(client.RevokeGrant(c, &kms.RevokeGrantInput{KeyId: k, GrantId: all.Grants[0].GrantId}))
			}
		}},
		{"Encrypt", func() { w.call(client.Encrypt(c, &kms.EncryptInput{KeyId: k, Plaintext: []byte("x")})) }},
		{"ImportKeyMaterial", func() { w.imports(client, k) }},
		{"DeleteImportedKeyMaterial", func() { w.call(client.DeleteImportedKeyMaterial(c, &kms.DeleteImportedKeyMaterialInput{KeyId: k})) }},
		{"Sign", func() {
			w.call(client.Sign(c, &kms.SignInput{KeyId: k, Message: []byte("x"), SigningAlgorithm: kmstypes.SigningAlgorithmSpecEcdsaSha256}))
		}},
	}
}

// keyStore is a request for an external key store.
func keyStore(name string) *kms.CreateCustomKeyStoreInput {
	return &kms.CreateCustomKeyStoreInput{
		CustomKeyStoreName: &name, CustomKeyStoreType: kmstypes.CustomKeyStoreTypeExternalKeyStore,
		XksProxyConnectivity: kmstypes.XksProxyConnectivityTypePublicEndpoint, XksProxyUriEndpoint: new("https://xks.example.com"),
		XksProxyUriPath: new("/" + name + "/kms/xks/v1"), XksProxyAuthenticationCredential: &kmstypes.XksProxyAuthenticationCredentialType{
			AccessKeyId: new(strings.Repeat("A", 20)), RawSecretAccessKey: new(strings.Repeat("s", 43)),
		},
	}
}

func (w *walk) ofSecrets() []do {
	c, id, k := w.Context(), w.one("secret", "s", "s", "t"), w.one("key", append(w.keys, "alias/aws/secretsmanager")...)
	client := w.sm
	if rapid.IntRange(0, 3).Draw(w.T, "away") == 0 {
		client = w.sm2
	}
	version := func(stage string) *string {
		out, err := client.ListSecretVersionIds(c, &secretsmanager.ListSecretVersionIdsInput{SecretId: id, IncludeDeprecated: new(true)})
		if err == nil {
			for _, v := range out.Versions {
				if stage == "" && w.chance("this") || stage != "" && strings.Contains(fmt.Sprint(v.VersionStages), stage) {
					return v.VersionId
				}
			}
		}
		return nil
	}
	put := func(stages ...string) func() {
		return func() {
			w.call(client.PutSecretValue(c, &secretsmanager.PutSecretValueInput{SecretId: id, SecretString: new("v"), ClientRequestToken: w.token(), VersionStages: stages}))
		}
	}
	move := func(stage string) func() {
		return func() {
			w.call(client.UpdateSecretVersionStage(c, &secretsmanager.UpdateSecretVersionStageInput{SecretId: id, VersionStage: &stage, RemoveFromVersionId: version(stage), MoveToVersionId: version("")}))
		}
	}
	return []do{
		{"CreateSecret", func() {
			w.call(client.CreateSecret(c, &secretsmanager.CreateSecretInput{Name: id, SecretString: new("v"), KmsKeyId: k, ClientRequestToken: w.token()}))
		}},
		{"PutSecretValue", put()}, {"PutSecretValue AWSPENDING", put("AWSPENDING")}, {"PutSecretValue blue", put("blue")},
		{"UpdateSecret", func() {
			w.call(client.UpdateSecret(c, &secretsmanager.UpdateSecretInput{SecretId: id, KmsKeyId: k, Description: w.one("description", "a", "b"), ClientRequestToken: w.token(), SecretString: new("w")}))
		}},
		{"move AWSCURRENT", move("AWSCURRENT")}, {"move AWSPENDING", move("AWSPENDING")}, {"move blue", move("blue")},
		{"RotateSecret", func() {
			w.call(client.RotateSecret(c, &secretsmanager.RotateSecretInput{
				SecretId: id, RotationLambdaARN: &w.fn, ClientRequestToken: w.token(), RotateImmediately: new(w.chance("at once")), RotationRules: &smtypes.RotationRulesType{AutomaticallyAfterDays: new(int64(1))},
			}))
		}},
		{"CancelRotateSecret", func() { w.call(client.CancelRotateSecret(c, &secretsmanager.CancelRotateSecretInput{SecretId: id})) }},
		{"DeleteSecret", func() {
			in := &secretsmanager.DeleteSecretInput{SecretId: id}
			if w.chance("forced") {
				in.ForceDeleteWithoutRecovery = new(true)
			}
			w.call(client.DeleteSecret(c, in))
		}},
		{"RestoreSecret", func() { w.call(client.RestoreSecret(c, &secretsmanager.RestoreSecretInput{SecretId: id})) }},
		{"ReplicateSecretToRegions", func() {
			w.call(w.sm.ReplicateSecretToRegions(c, &secretsmanager.ReplicateSecretToRegionsInput{SecretId: id, ForceOverwriteReplicaSecret: w.chance("force"), AddReplicaRegions: []smtypes.ReplicaRegionType{{Region: new(string(away))}}}))
		}},
		{"RemoveRegionsFromReplication", func() {
			w.call(w.sm.RemoveRegionsFromReplication(c, &secretsmanager.RemoveRegionsFromReplicationInput{SecretId: id, RemoveReplicaRegions: []string{string(away)}}))
		}},
		{"StopReplicationToReplica", func() {
			w.call(w.sm2.StopReplicationToReplica(c, &secretsmanager.StopReplicationToReplicaInput{SecretId: id}))
		}},
		{"TagResource", func() {
			w.call(client.TagResource(c, &secretsmanager.TagResourceInput{SecretId: id, Tags: []smtypes.Tag{{Key: new("k"), Value: w.one("value", "a", "b")}}}))
		}},
		{"GetSecretValue", func() { w.call(client.GetSecretValue(c, &secretsmanager.GetSecretValueInput{SecretId: id})) }},
	}
}

func (w *walk) ofParameters() []do {
	c, name, k := w.Context(), w.one("parameter", "/a/p", "q"), w.one("key", append(w.keys, "alias/aws/ssm")...)
	put := func(kind ssmtypes.ParameterType, tier ssmtypes.ParameterTier) func() {
		return func() {
			in := &ssm.PutParameterInput{Name: name, Value: new("v"), Type: kind, Tier: tier, Overwrite: new(true)}
			if kind == ssmtypes.ParameterTypeSecureString {
				in.KeyId = k
			}
			w.call(w.ssm.PutParameter(c, in))
		}
	}
	return []do{
		{"PutParameter", put(ssmtypes.ParameterTypeString, "")},
		{"PutParameter SecureString", put(ssmtypes.ParameterTypeSecureString, ssmtypes.ParameterTierStandard)},
		{"PutParameter advanced", put(ssmtypes.ParameterTypeSecureString, ssmtypes.ParameterTierAdvanced)},
		{"LabelParameterVersion", func() {
			w.call(w.ssm.LabelParameterVersion(c, &ssm.LabelParameterVersionInput{Name: name, Labels: []string{"blue", "aws-x"}}))
		}},
		{"DeleteParameter", func() { w.call(w.ssm.DeleteParameter(c, &ssm.DeleteParameterInput{Name: name})) }},
		{"GetParameter", func() { w.call(w.ssm.GetParameter(c, &ssm.GetParameterInput{Name: name, WithDecryption: new(true)})) }},
	}
}

func (w *walk) ofObjects() []do {
	c, b, key, k := w.Context(), w.one("bucket", "bucket-a", "bucket-a", "bucket-b"), w.one("object", "a", "b/c"), w.one("key", w.keys...)
	put := func(kms, bucketKey bool) func() {
		return func() {
			in := &s3.PutObjectInput{Bucket: b, Key: key, Body: strings.NewReader("body")}
			if kms {
				in.ServerSideEncryption, in.SSEKMSKeyId, in.BucketKeyEnabled = s3types.ServerSideEncryptionAwsKms, k, &bucketKey
			}
			out, err := w.s3.PutObject(c, in)
			if w.call(out, err); err == nil && out.VersionId != nil {
				w.versions = append(w.versions, *out.VersionId)
			}
		}
	}
	versioning := func(to s3types.BucketVersioningStatus) func() {
		return func() {
			w.call(w.s3.PutBucketVersioning(c, &s3.PutBucketVersioningInput{Bucket: b, VersioningConfiguration: &s3types.VersioningConfiguration{Status: to}}))
		}
	}
	return []do{
		{"CreateBucket", func() { w.call(w.s3.CreateBucket(c, &s3.CreateBucketInput{Bucket: b})) }},
		{"DeleteBucket", func() { w.call(w.s3.DeleteBucket(c, &s3.DeleteBucketInput{Bucket: b})) }},
		{"versioning", versioning(s3types.BucketVersioningStatusEnabled)}, {"no versioning", versioning(s3types.BucketVersioningStatusSuspended)},
		{"PutObject", put(false, false)}, {"PutObject under KMS", put(true, false)}, {"PutObject under a bucket key", put(true, true)},
		{"CopyObject", func() {
			w.call(w.s3.CopyObject(c, &s3.CopyObjectInput{Bucket: b, Key: key, CopySource: new(*b + "/a")}))
		}},
		{"DeleteObject", func() { w.call(w.s3.DeleteObject(c, &s3.DeleteObjectInput{Bucket: b, Key: key})) }},
		{"DeleteObject version", func() {
			w.call(w.s3.DeleteObject(c, &s3.DeleteObjectInput{Bucket: b, Key: key, VersionId: w.one("version", append(w.versions, "null")...)}))
		}},
		{"PutObjectTagging", func() {
			w.call(w.s3.PutObjectTagging(c, &s3.PutObjectTaggingInput{Bucket: b, Key: key, Tagging: &s3types.Tagging{TagSet: []s3types.Tag{{Key: new("k"), Value: new("v")}}}}))
		}},
		{"GetObject", func() {
			out, err := w.s3.GetObject(c, &s3.GetObjectInput{Bucket: b, Key: key})
			if w.call(out, err); err == nil {
				if body, _ := io.ReadAll(out.Body); string(body) != "body" {
					w.Fatalf("%s/%s is %q", *b, *key, body)
				}
			}
		}},
	}
}

func (w *walk) ofMessages() []do {
	c, name := w.Context(), *w.one("queue", "q", "dead", "q.fifo", "q")
	url := lab.Endpoint + "/" + account + "/" + name
	arn := "arn:aws:sqs:" + region + ":" + account + ":" + name
	topic := "arn:aws:sns:" + region + ":" + account + ":topic"
	fifo := strings.HasSuffix(name, ".fifo")
	open := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*"}}`
	return []do{
		{"CreateQueue", func() {
			in := &sqs.CreateQueueInput{QueueName: &name, Attributes: map[string]string{"Policy": open}}
			if fifo {
				in.Attributes["FifoQueue"], in.Attributes["ContentBasedDeduplication"] = "true", "true"
			}
			w.call(w.sqs.CreateQueue(c, in))
		}},
		{"SetQueueAttributes", func() {
			in := &sqs.SetQueueAttributesInput{QueueUrl: &url, Attributes: map[string]string{}}
			switch *w.one("attribute", "key", "redrive", "retention", "delay") {
			case "key":
				in.Attributes["KmsMasterKeyId"] = *w.one("key", append(w.keys, "")...)
			case "redrive":
				in.Attributes["RedrivePolicy"] = `{"deadLetterTargetArn":"` + strings.TrimSuffix(arn, name) + `dead","maxReceiveCount":"1"}`
			case "retention":
				in.Attributes["MessageRetentionPeriod"] = "60"
			case "delay":
				in.Attributes["DelaySeconds"] = "30"
			}
			w.call(w.sqs.SetQueueAttributes(c, in))
		}},
		{"SendMessage", func() {
			in := &sqs.SendMessageInput{QueueUrl: &url, MessageBody: w.one("body", "a", "b", "c")}
			if fifo {
				in.MessageGroupId = w.one("group", "g", "h")
			}
			w.call(w.sqs.SendMessage(c, in))
		}},
		{"ReceiveMessage", func() {
			out, err := w.sqs.ReceiveMessage(c, &sqs.ReceiveMessageInput{QueueUrl: &url, MaxNumberOfMessages: 10})
			if w.call(out, err); err == nil {
				for _, m := range out.Messages {
					w.handles = append(w.handles, *m.ReceiptHandle)
				}
			}
		}},
		{"DeleteMessage", func() {
			w.call(w.sqs.DeleteMessage(c, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: w.one("handle", w.handles...)}))
		}},
		{"ChangeMessageVisibility", func() {
			w.call(w.sqs.ChangeMessageVisibility(c, &sqs.ChangeMessageVisibilityInput{QueueUrl: &url, ReceiptHandle: w.one("handle", w.handles...), VisibilityTimeout: 0}))
		}},
		{"StartMessageMoveTask", func() {
			w.call(w.sqs.StartMessageMoveTask(c, &sqs.StartMessageMoveTaskInput{SourceArn: &arn, MaxNumberOfMessagesPerSecond: new(int32(1))}))
		}},
		{"DeleteQueue", func() { w.call(w.sqs.DeleteQueue(c, &sqs.DeleteQueueInput{QueueUrl: &url})) }},
		{"CreateTopic", func() { w.call(w.sns.CreateTopic(c, &sns.CreateTopicInput{Name: new("topic")})) }},
		{"Subscribe", func() {
			w.call(w.sns.Subscribe(c, &sns.SubscribeInput{TopicArn: &topic, Protocol: new("sqs"), Endpoint: &arn}))
		}},
		{"Subscribe in another account", func() {
			w.call(w.sns.Subscribe(c, &sns.SubscribeInput{TopicArn: &topic, Protocol: new("sqs"), Endpoint: new(strings.Replace(arn, account, "444455556666", 1))}))
		}},
		{"Publish", func() { w.call(w.sns.Publish(c, &sns.PublishInput{TopicArn: &topic, Message: new("m")})) }},
		{"DeleteTopic", func() { w.call(w.sns.DeleteTopic(c, &sns.DeleteTopicInput{TopicArn: &topic})) }},
	}
}

func (w *walk) ofEvents() []do {
	c, name, queue := w.Context(), w.one("rule", "r", "s"), new("arn:aws:sqs:"+region+":"+account+":q")
	rule := func(in *eventbridge.PutRuleInput) func() {
		return func() { in.Name = name; w.call(w.events.PutRule(c, in)) }
	}
	target := &schedulertypes.Target{Arn: queue, RoleArn: &w.role, Input: new("x")}
	off := &schedulertypes.FlexibleTimeWindow{Mode: schedulertypes.FlexibleTimeWindowModeOff}
	expression := w.one("expression", "rate(1 hour)", "cron(0 9 * * ? *)", "at(2026-01-02T01:00:00)")
	state := schedulertypes.ScheduleState(*w.one("state", "ENABLED", "DISABLED"))
	return []do{
		{"PutRule of a schedule", rule(&eventbridge.PutRuleInput{ScheduleExpression: new("rate(6 hours)")})},
		{"PutRule of a pattern", rule(&eventbridge.PutRuleInput{EventPattern: new(`{"source":["aws.kms","aws.ssm"]}`)})},
		{"PutTargets", func() {
			w.call(w.events.PutTargets(c, &eventbridge.PutTargetsInput{Rule: name, Targets: []ebtypes.Target{{Id: w.one("target", "1", "2"), Arn: queue}, {Id: new("3"), Arn: &w.fn}}}))
		}},
		{"RemoveTargets", func() {
			w.call(w.events.RemoveTargets(c, &eventbridge.RemoveTargetsInput{Rule: name, Ids: []string{"1", "2", "3"}}))
		}},
		{"DisableRule", func() { w.call(w.events.DisableRule(c, &eventbridge.DisableRuleInput{Name: name})) }},
		{"EnableRule", func() { w.call(w.events.EnableRule(c, &eventbridge.EnableRuleInput{Name: name})) }},
		{"DeleteRule", func() { w.call(w.events.DeleteRule(c, &eventbridge.DeleteRuleInput{Name: name})) }},
		{"CreateScheduleGroup", func() {
			w.call(w.schedule.CreateScheduleGroup(c, &scheduler.CreateScheduleGroupInput{Name: new("g"), ClientToken: w.token()}))
		}},
		{"DeleteScheduleGroup", func() {
			w.call(w.schedule.DeleteScheduleGroup(c, &scheduler.DeleteScheduleGroupInput{Name: new("g"), ClientToken: w.token()}))
		}},
		{"CreateSchedule", func() {
			w.call(w.schedule.CreateSchedule(c, &scheduler.CreateScheduleInput{
				Name: name, GroupName: w.one("group", "g", "default"), ScheduleExpression: expression, FlexibleTimeWindow: off, Target: target, State: state,
				ActionAfterCompletion: schedulertypes.ActionAfterCompletion(*w.one("then", "NONE", "DELETE")), ClientToken: w.token(),
			}))
		}},
		{"UpdateSchedule", func() {
			w.call(w.schedule.UpdateSchedule(c, &scheduler.UpdateScheduleInput{Name: name, ScheduleExpression: expression, FlexibleTimeWindow: off, Target: target, State: state, ClientToken: w.token()}))
		}},
		{"DeleteSchedule", func() {
			w.call(w.schedule.DeleteSchedule(c, &scheduler.DeleteScheduleInput{Name: name, ClientToken: w.token()}))
		}},
	}
}

func (w *walk) ofFunctions() []do {
	c := w.Context()
	return []do{
		{"Invoke", func() { w.call(w.lambda.Invoke(c, &awslambda.InvokeInput{FunctionName: &w.fn})) }},
		{"Invoke later", func() {
			w.call(w.lambda.Invoke(c, &awslambda.InvokeInput{FunctionName: &w.fn, InvocationType: lambdatypes.InvocationTypeEvent}))
		}},
		{"UpdateFunctionConfiguration", func() {
			w.call(w.lambda.UpdateFunctionConfiguration(c, &awslambda.UpdateFunctionConfigurationInput{FunctionName: &w.fn, Timeout: new(int32(rapid.IntRange(1, 3).Draw(w.T, "timeout")))}))
		}},
		{"PutFunctionConcurrency", func() {
			w.call(w.lambda.PutFunctionConcurrency(c, &awslambda.PutFunctionConcurrencyInput{FunctionName: &w.fn, ReservedConcurrentExecutions: new(int32(rapid.IntRange(0, 2).Draw(w.T, "reserved")))}))
		}},
		{"DeleteFunctionConcurrency", func() {
			w.call(w.lambda.DeleteFunctionConcurrency(c, &awslambda.DeleteFunctionConcurrencyInput{FunctionName: &w.fn}))
		}},
		{"CreateEventSourceMapping", func() {
			w.call(w.lambda.CreateEventSourceMapping(c, &awslambda.CreateEventSourceMappingInput{FunctionName: &w.fn, EventSourceArn: new("arn:aws:sqs:" + region + ":" + account + ":q")}))
		}},
		{"UpdateEventSourceMapping", func() {
			w.call(w.lambda.UpdateEventSourceMapping(c, &awslambda.UpdateEventSourceMappingInput{UUID: w.mapping(), Enabled: new(w.chance("on"))}))
		}},
		{"DeleteEventSourceMapping", func() {
			w.call(w.lambda.DeleteEventSourceMapping(c, &awslambda.DeleteEventSourceMappingInput{UUID: w.mapping()}))
		}},
	}
}

func (w *walk) ofIdentities() []do {
	c, u, g, p := w.Context(), w.one("user", "u", "u", "v"), new("g"), new("arn:aws:iam::"+account+":policy/p")
	return []do{
		{"CreateUser", func() { w.call(w.iam.CreateUser(c, &iam.CreateUserInput{UserName: u})) }},
		{"DeleteUser", func() { w.call(w.iam.DeleteUser(c, &iam.DeleteUserInput{UserName: u})) }},
		{"CreateAccessKey", func() { w.call(w.iam.CreateAccessKey(c, &iam.CreateAccessKeyInput{UserName: u})) }},
		{"DeleteAccessKey", func() {
			if all, err := w.iam.ListAccessKeys(c, &iam.ListAccessKeysInput{UserName: u}); err == nil && len(all.AccessKeyMetadata) > 0 {
				w.call(w.iam.DeleteAccessKey(c, &iam.DeleteAccessKeyInput{UserName: u, AccessKeyId: all.AccessKeyMetadata[0].AccessKeyId}))
			}
		}},
		{"CreateGroup", func() { w.call(w.iam.CreateGroup(c, &iam.CreateGroupInput{GroupName: g})) }},
		{"DeleteGroup", func() { w.call(w.iam.DeleteGroup(c, &iam.DeleteGroupInput{GroupName: g})) }},
		{"AddUserToGroup", func() { w.call(w.iam.AddUserToGroup(c, &iam.AddUserToGroupInput{GroupName: g, UserName: u})) }},
		{"RemoveUserFromGroup", func() { w.call(w.iam.RemoveUserFromGroup(c, &iam.RemoveUserFromGroupInput{GroupName: g, UserName: u})) }},
		{"CreatePolicy", func() {
			w.call(w.iam.CreatePolicy(c, &iam.CreatePolicyInput{PolicyName: new("p"), PolicyDocument: new(everything)}))
		}},
		{"CreatePolicyVersion", func() {
			w.call(w.iam.CreatePolicyVersion(c, &iam.CreatePolicyVersionInput{PolicyArn: p, PolicyDocument: new(everything), SetAsDefault: w.chance("default")}))
		}},
		{"DeletePolicyVersion", func() {
			w.call(w.iam.DeletePolicyVersion(c, &iam.DeletePolicyVersionInput{PolicyArn: p, VersionId: w.one("version", "v1", "v2", "v3")}))
		}},
		{"DeletePolicy", func() { w.call(w.iam.DeletePolicy(c, &iam.DeletePolicyInput{PolicyArn: p})) }},
		{"AttachUserPolicy", func() { w.call(w.iam.AttachUserPolicy(c, &iam.AttachUserPolicyInput{UserName: u, PolicyArn: p})) }},
		{"DetachUserPolicy", func() { w.call(w.iam.DetachUserPolicy(c, &iam.DetachUserPolicyInput{UserName: u, PolicyArn: p})) }},
		{"PutUserPermissionsBoundary", func() {
			w.call(w.iam.PutUserPermissionsBoundary(c, &iam.PutUserPermissionsBoundaryInput{UserName: u, PermissionsBoundary: p}))
		}},
		{"AttachGroupPolicy", func() { w.call(w.iam.AttachGroupPolicy(c, &iam.AttachGroupPolicyInput{GroupName: g, PolicyArn: p})) }},
	}
}
