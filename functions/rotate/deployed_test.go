package rotate_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"rekey/functions/rotate"
	"rekey/lab/leastprivilege"
	"rekey/lab/world"
	"rekey/shared/keyid"
	"rekey/shared/wiring"
)

// The templates grant the function, and everybody around it, what the paths below
// need and nothing else.
func TestLeastPrivilege(t *testing.T) { leastprivilege.Prove(t, deployed(t)) }

// deployed is the end-to-end suite of the function, on the templates that are made
// of infra/testdata/complete.json. Keys that a path makes are a hundred days old for
// the function, which goes by the wall's clock.
func deployed(t testing.TB) leastprivilege.Suite {
	t.Helper()
	assembly := filepath.Join("..", "..", "dist", "cdk", "complete")
	if _, err := os.Stat(assembly); err != nil {
		t.Fatalf("the templates are not there: run make synth: %v", err)
	}
	return leastprivilege.Suite{
		Assembly: assembly, Stacks: []string{operationsStack, rotateStack}, Account: siteAccount, Region: siteRegion,
		Start:      time.Now().Add(-100 * 24 * time.Hour),
		Prepare:    prepareSite,
		Paths:      slices.Concat(wakingPaths, inPlacePaths, successorPaths, importPaths, operatorPaths, boundPaths),
		Exemptions: exemptions,
	}
}

const (
	siteAccount = keyid.Account("111122223333")
	siteRegion  = keyid.Region("eu-west-1")
	farRegion   = keyid.Region("eu-central-1")

	operationsStack = "RekeyOperations"
	rotateStack     = "RekeyRotate"
	functionName    = "rekey-rotate"
	materialsBucket = "materials-111122223333"
	ownersTopic     = "arn:aws:sns:eu-west-1:111122223333:key-owners"
	// The ids of keys that the configuration names, before there are any.
	topicKey    = "00000000-0000-4000-8000-00000000000c"
	materialKey = "00000000-0000-4000-8000-00000000000d"
	storageKey  = "00000000-0000-4000-8000-00000000000e"
	// And their aliases.
	ofTopic     = "alias/of-topic"
	ofMaterials = "alias/of-materials"
	ofStorage   = "alias/of-storage"
)

// exemptions are grants that no path can use, or that another suite proves.
var exemptions = slices.Concat([]leastprivilege.Exemption{
	{
		Kind: leastprivilege.NotBounding, Stack: rotateStack, Statement: "EncryptFailures",
		Reason: "the key's own policy asks for the same, in QueuesEncrypt: each of the two bounds what the other one may come to allow",
	},
	{
		Kind: leastprivilege.NotBounding, Stack: rotateStack, Statement: "UseKey",
		Reason: "the key's own policy asks for the same, in JournalAndNotices: each of the two bounds what the other one may come to allow",
	},
	{
		Kind: leastprivilege.Unused, Stack: operationsStack, Statement: "LogsEncrypt", Action: "kms:GenerateDataKeyWithoutPlaintext",
		Reason: "CloudWatch Logs asks for kms:GenerateDataKey* and does not say which of them it calls (CloudWatch Logs User Guide, Encrypt log data in CloudWatch Logs using AWS KMS)",
	},
	{Kind: leastprivilege.NotBounding, Stack: operationsStack, Statement: "LogsEncrypt", Reason: "functions/decrypt proves it"},
	{Kind: leastprivilege.NotNeeded, Stack: operationsStack, Statement: "RefusePlaintext", Reason: "functions/decrypt proves it"},
}, provedByDecrypt("AlarmsPublish"))

// provedByDecrypt excuses a statement that this function has nothing to do with.
func provedByDecrypt(statement string) (all []leastprivilege.Exemption) {
	for _, kind := range []leastprivilege.Kind{leastprivilege.Unused, leastprivilege.NotNeeded, leastprivilege.NotBounding} {
		all = append(all, leastprivilege.Exemption{Kind: kind, Stack: operationsStack, Statement: statement, Reason: "functions/decrypt proves it"})
	}
	return all
}

// site is what is deployed, for one path.
type site struct {
	*leastprivilege.Deployed
	ctx context.Context
}

// sitePath is a Path that goes through a site.
func sitePath(name string, run func(site) error, refused ...string) leastprivilege.Path {
	return leastprivilege.Path{Name: name, Refused: refused, Run: func(ctx context.Context, d *leastprivilege.Deployed) error { return run(site{d, ctx}) }}
}

// quietly goes a path while EventBridge wakes nobody, so that what is asked for
// meets no other invocation at its key.
func quietly(run func(site) error) func(site) error {
	return func(s site) error {
		s.Lab.World.DeliverBadly(world.DeliveryFault{From: "events", Mishap: world.Lost})
		defer s.Lab.World.DeliverWell()
		return run(s)
	}
}

// prepareSite makes what the configuration names: the keys and the topic of owners, and
// the bucket of key material.
func prepareSite(ctx context.Context, d *leastprivilege.Deployed) (map[string]string, error) {
	s := site{d, ctx}
	known := map[string]string{}
	for id, name := range map[string]string{topicKey: ofTopic, materialKey: ofMaterials, storageKey: ofStorage} {
		out, err := s.kms(siteRegion).CreateKey(ctx, &kms.CreateKeyInput{})
		if err != nil {
			return nil, err
		}
		known[id] = *out.KeyMetadata.KeyId
		if _, err := s.kms(siteRegion).CreateAlias(ctx, &kms.CreateAliasInput{AliasName: &name, TargetKeyId: out.KeyMetadata.KeyId}); err != nil {
			return nil, err
		}
	}
	_, err := sns.NewFromConfig(s.Root(siteAccount)).CreateTopic(ctx, &sns.CreateTopicInput{
		Name: aws.String("key-owners"), Attributes: map[string]string{"KmsMasterKeyId": known[topicKey]},
	})
	objects := s.objects()
	_, bad := objects.CreateBucket(ctx, &s3.CreateBucketInput{
		Bucket: aws.String(materialsBucket), CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: s3types.BucketLocationConstraint(siteRegion)},
	})
	_, worse := objects.PutBucketEncryption(ctx, &s3.PutBucketEncryptionInput{
		Bucket: aws.String(materialsBucket), ServerSideEncryptionConfiguration: &s3types.ServerSideEncryptionConfiguration{Rules: []s3types.ServerSideEncryptionRule{{
			ApplyServerSideEncryptionByDefault: &s3types.ServerSideEncryptionByDefault{SSEAlgorithm: s3types.ServerSideEncryptionAwsKms, KMSMasterKeyID: aws.String(known[storageKey])},
		}}},
	})
	return known, errors.Join(err, bad, worse)
}

// behind is the ARN of the key that an alias points at.
func (s site) behind(region keyid.Region, alias string) (string, error) {
	out, err := s.kms(region).DescribeKey(s.ctx, &kms.DescribeKeyInput{KeyId: &alias})
	if err != nil {
		return "", err
	}
	return *out.KeyMetadata.Arn, nil
}

// kms is the client of the account's root user in a Region.
func (s site) kms(region keyid.Region) *kms.Client {
	return kms.NewFromConfig(s.Root(siteAccount), func(o *kms.Options) { o.Region = string(region) })
}

func (s site) objects() *s3.Client { return s3.NewFromConfig(s.Root(siteAccount), wiring.PathStyle) }

// output is one of the function's stack.
func (s site) output(name string) string { return s.Stack(rotateStack).Outputs[name] }

// siteTags is what an owner writes on a key.
type siteTags map[string]string

// often is for keys of a hundred days: their time is over.
var siteOften = siteTags{rotate.TagRotate: "on", rotate.TagEvery: "30d"}

func (w siteTags) tags() (all []types.Tag) {
	for k, v := range w {
		all = append(all, types.Tag{TagKey: &k, TagValue: &v})
	}
	return all
}

// create makes a key and gives its ARN.
func (s site) create(in kms.CreateKeyInput, w siteTags) (string, error) {
	in.Tags = w.tags()
	out, err := s.kms(siteRegion).CreateKey(s.ctx, &in)
	if err != nil {
		return "", err
	}
	return *out.KeyMetadata.Arn, nil
}

// ask has the function answer for keys, while the lab's clock goes on: AWS KMS takes
// seconds for some things.
func (s site) ask(r rotate.Request) ([]rotate.KeyAnswer, error) {
	event, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	done := make(chan struct{})
	go s.tick(done)
	out, err := lambda.NewFromConfig(s.Root(siteAccount)).Invoke(s.ctx, &lambda.InvokeInput{FunctionName: aws.String(functionName), Payload: event})
	close(done)
	if err != nil {
		return nil, err
	}
	if out.FunctionError != nil {
		return nil, fmt.Errorf("the function failed: %s", out.Payload)
	}
	var a rotate.Answer
	if err := json.Unmarshal(out.Payload, &a); err != nil {
		return nil, err
	}
	if len(a.Keys) != len(r.Keys) {
		return nil, fmt.Errorf("%d answers for %d keys: %s", len(a.Keys), len(r.Keys), out.Payload)
	}
	for _, k := range a.Keys {
		if k.Error != nil {
			return nil, fmt.Errorf("%s of %s: %s: %s", r.Action, k.Key, k.Error.Type, k.Error.Message)
		}
	}
	return a.Keys, nil
}

// tick moves the lab's clock until it is done.
func (s site) tick(done chan struct{}) {
	for {
		select {
		case <-done:
			return
		case <-time.After(200 * time.Millisecond):
			s.Lab.World.Advance(3 * time.Second)
		}
	}
}

// apply has the function rotate keys.
func (s site) apply(keys ...string) error {
	answers, err := s.ask(rotate.Request{Action: rotate.ToApply, Keys: keys})
	for _, a := range answers {
		switch {
		case a.Result != nil && a.Result.Ending != rotate.Finished:
			err = errors.Join(err, fmt.Errorf("%s: %s, %v", a.Key, a.Result.Ending, a.Result.Notes))
		case a.Result == nil:
			err = errors.Join(err, fmt.Errorf("%s: the plan is %s: %s, %+v", a.Key, a.Plan.Outcome, a.Plan.Why, a.Plan.Asks))
		}
	}
	return err
}
