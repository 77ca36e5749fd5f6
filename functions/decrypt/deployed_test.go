package decrypt_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/functions/decrypt"
	"rekey/lab/leastprivilege"
	"rekey/shared/keyid"
	"rekey/shared/wiring"
)

// The templates grant the function, and everybody around it, what the paths below
// need and nothing else.
func TestLeastPrivilege(t *testing.T) { leastprivilege.Prove(t, deployed(t)) }

// deployed is the end-to-end suite of the function, on the templates that are made
// of infra/testdata/complete.json.
func deployed(t testing.TB) leastprivilege.Suite {
	t.Helper()
	assembly := filepath.Join("..", "..", "dist", "cdk", "complete")
	if _, err := os.Stat(assembly); err != nil {
		t.Fatalf("the templates are not there: run make synth: %v", err)
	}
	return leastprivilege.Suite{
		Assembly: assembly, Stacks: []string{operations, stack}, Account: own, Region: region,
		Prepare:    prepare,
		Paths:      slices.Concat(readingPaths, keyPaths, operatorPaths, boundPaths),
		Exemptions: exemptions,
	}
}

const (
	operations = "RekeyOperations"
	stack      = "RekeyDecrypt"
	functionID = "rekey-decrypt"
	// The ids of keys that the configuration names, before there are any.
	farKey     = "00000000-0000-4000-8000-00000000000a"
	storageKey = "00000000-0000-4000-8000-00000000000b"
)

// exemptions are grants that no path can use.
var exemptions = []leastprivilege.Exemption{
	{Kind: leastprivilege.Unused, Stack: operations, Statement: "EventsDeadLetters", Reason: "nothing wakes this function by rules: functions/rotate proves it"},
	{Kind: leastprivilege.NotNeeded, Stack: operations, Statement: "EventsDeadLetters", Reason: "nothing wakes this function by rules: functions/rotate proves it"},
	{
		Kind: leastprivilege.Unused, Stack: operations, Statement: "LogsEncrypt", Action: "kms:GenerateDataKeyWithoutPlaintext",
		Reason: "CloudWatch Logs asks for kms:GenerateDataKey* and does not say which of them it calls (CloudWatch Logs User Guide, Encrypt log data in CloudWatch Logs using AWS KMS)",
	},
	{
		Kind: leastprivilege.NotBounding, Stack: stack, Statement: "EncryptFailures",
		Reason: "the key's own policy asks for the same, in QueuesEncrypt: each of the two bounds what the other one may come to allow",
	},
}

// site is what is deployed, for one path.
type site struct {
	*leastprivilege.Deployed
	ctx context.Context
}

// path is a Path that goes through a site.
func path(name string, run func(site) error, refused ...string) leastprivilege.Path {
	return leastprivilege.Path{Name: name, Refused: refused, Run: func(ctx context.Context, d *leastprivilege.Deployed) error { return run(site{d, ctx}) }}
}

// prepare makes what the configuration names: the keys of others, the bucket of
// messages, and the roles of people.
func prepare(ctx context.Context, d *leastprivilege.Deployed) (map[string]string, error) {
	s := site{d, ctx}
	// The owner of the other account lets this account's policies decide.
	away, err := s.create(other, `{"Version":"2012-10-17","Statement":[
	 {"Sid":"Owner","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"kms:*","Resource":"*"},
	 {"Sid":"Decrypts","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:Decrypt","Resource":"*"}]}`)
	if err != nil {
		return nil, err
	}
	storage, err := s.create(own, "")
	if err != nil {
		return nil, err
	}
	for name, policy := range map[string]string{
		// A key policy cannot give what is asked of an alias, or of other keys.
		"KeyAdministrator": `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["kms:CreateAlias","kms:UpdateAlias","kms:DeleteAlias"],"Resource":"*"}}`,
		"KeyUser":          "",
	} {
		if _, err := s.Role(ctx, own, name, policy); err != nil {
			return nil, err
		}
	}
	return map[string]string{farKey: away, storageKey: storage}, s.bucket(storage)
}

// create makes a key and gives its id.
func (s site) create(account keyid.Account, policy string) (string, error) {
	in := &kms.CreateKeyInput{}
	if policy != "" {
		in.Policy = &policy
	}
	out, err := kms.NewFromConfig(s.Root(account)).CreateKey(s.ctx, in)
	if err != nil {
		return "", err
	}
	return *out.KeyMetadata.KeyId, nil
}

const messages = "messages-111122223333"

// bucket makes the bucket of messages: with versions, under the storage key.
func (s site) bucket(key string) error {
	client := s3.NewFromConfig(s.Root(own), wiring.PathStyle)
	_, err := client.CreateBucket(s.ctx, &s3.CreateBucketInput{
		Bucket: aws.String(messages), CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: region},
	})
	_, bad := client.PutBucketVersioning(s.ctx, &s3.PutBucketVersioningInput{
		Bucket: aws.String(messages), VersioningConfiguration: &s3types.VersioningConfiguration{Status: s3types.BucketVersioningStatusEnabled},
	})
	_, worse := client.PutBucketEncryption(s.ctx, &s3.PutBucketEncryptionInput{
		Bucket: aws.String(messages), ServerSideEncryptionConfiguration: &s3types.ServerSideEncryptionConfiguration{Rules: []s3types.ServerSideEncryptionRule{{
			ApplyServerSideEncryptionByDefault: &s3types.ServerSideEncryptionByDefault{SSEAlgorithm: s3types.ServerSideEncryptionAwsKms, KMSMasterKeyID: &key},
		}}},
	})
	return errors.Join(err, bad, worse)
}

// storage is the ARN of the key under which secrets, parameters and objects lie.
func (s site) storage() (string, error) {
	out, err := s3.NewFromConfig(s.Root(own), wiring.PathStyle).GetBucketEncryption(s.ctx, &s3.GetBucketEncryptionInput{Bucket: aws.String(messages)})
	if err != nil {
		return "", err
	}
	id := *out.ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault.KMSMasterKeyID
	return "arn:aws:kms:" + region + ":" + string(own) + ":key/" + id, nil
}

// key is the ARN of the stack's own key.
func (s site) key() string { return s.Stack(stack).Outputs["KeyArn"] }

// person calls as a role of this account that people assume.
func (s site) person(name string) (aws.Config, error) {
	return s.As(s.ctx, "arn:aws:iam::"+string(own)+":role/"+name)
}

// ask has the function answer a request, which an operator sends.
func (s site) ask(r decrypt.Request) ([]decrypt.Answer, error) {
	return s.askAs(s.Root(own), functionID, r)
}

func (s site) askAs(who aws.Config, function string, r decrypt.Request) ([]decrypt.Answer, error) {
	event, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	out, err := lambda.NewFromConfig(who).Invoke(s.ctx, &lambda.InvokeInput{FunctionName: &function, InvocationType: types.InvocationTypeRequestResponse, Payload: event})
	if err != nil {
		return nil, err
	}
	if out.FunctionError != nil {
		return nil, fmt.Errorf("the function failed: %s", out.Payload)
	}
	var answer decrypt.Response
	if err := json.Unmarshal(out.Payload, &answer); err != nil {
		return nil, err
	}
	if len(answer.Items) != len(r.Items) {
		return nil, fmt.Errorf("%d answers to %d items", len(answer.Items), len(r.Items))
	}
	return answer.Items, nil
}

// wants has the function answer items with these values, or with !CLASS.
func (s site) wants(items []decrypt.Item, want ...string) error {
	answers, err := s.ask(decrypt.Request{Items: items})
	if err != nil {
		return err
	}
	return same(answers, want)
}

func same(answers []decrypt.Answer, want []string) error {
	var got []string
	for _, a := range answers {
		switch {
		case a.Error != nil:
			got = append(got, "!"+string(a.Error.Class)+" "+a.Error.Message)
		case a.Value != nil:
			got = append(got, *a.Value)
		default:
			got = append(got, fmt.Sprintf("%+v", a))
		}
	}
	if !slices.EqualFunc(got, want, func(g, w string) bool { return g == w || strings.HasPrefix(w, "!") && strings.HasPrefix(g, w+" ") }) {
		return fmt.Errorf("the answers are %q, not %q", got, want)
	}
	return nil
}
