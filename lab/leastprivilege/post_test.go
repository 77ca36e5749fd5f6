package leastprivilege_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"rekey/lab/leastprivilege"
	"rekey/lab/world"
)

// post is a stack whose rule sends events to a queue, and those that cannot be
// delivered to an encrypted dead-letter queue, which a role reads.
const post = `{"Resources": {
 "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Version": "2012-10-17", "Statement": [
  {"Sid": "Administers", "Effect": "Allow", "Principal": {"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}}, "Action": "kms:PutKeyPolicy", "Resource": "*"},
  {"Sid": "DeadLetters", "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": "*",
   "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}},
  {"Sid": "Reads", "Effect": "Allow", "Principal": {"AWS": {"Fn::GetAtt": ["Reader", "Arn"]}}, "Action": "kms:Decrypt", "Resource": "*"}]}}},
 "Reader": {"Type": "AWS::IAM::Role", "Properties": {
  "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}}},
 "Reading": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "reading", "Roles": [{"Ref": "Reader"}], "PolicyDocument": {"Version": "2012-10-17", "Statement": [
  {"Sid": "Receives", "Effect": "Allow", "Action": "sqs:ReceiveMessage", "Resource": {"Fn::GetAtt": ["Dead", "Arn"]}}]}}},
 "Dead": {"Type": "AWS::SQS::Queue", "Properties": {"KmsMasterKeyId": {"Fn::GetAtt": ["Key", "Arn"]}}},
 "DeadPolicy": {"Type": "AWS::SQS::QueuePolicy", "Properties": {"Queues": [{"Ref": "Dead"}], "PolicyDocument": {"Version": "2012-10-17", "Statement": [
  {"Sid": "Undelivered", "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": {"Fn::GetAtt": ["Dead", "Arn"]}},
  {"Sid": "RefusePlaintext", "Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": {"Fn::GetAtt": ["Dead", "Arn"]}, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}}},
 "Work": {"Type": "AWS::SQS::Queue", "Properties": {"SqsManagedSseEnabled": true}},
 "WorkPolicy": {"Type": "AWS::SQS::QueuePolicy", "Properties": {"Queues": [{"Ref": "Work"}], "PolicyDocument": {"Version": "2012-10-17", "Statement": [
  {"Sid": "Events", "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": {"Fn::GetAtt": ["Work", "Arn"]}}]}}},
 "Rule": {"Type": "AWS::Events::Rule", "Properties": {"EventPattern": {"source": ["post"]}, "Targets": [
  {"Id": "Work", "Arn": {"Fn::GetAtt": ["Work", "Arn"]}, "DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["Dead", "Arn"]}}}]}}},
 "Outputs": {"Dead": {"Value": {"Ref": "Dead"}}, "Work": {"Value": {"Ref": "Work"}}, "Reader": {"Value": {"Fn::GetAtt": ["Reader", "Arn"]}}}}`

// suite writes the stack as cdk synth does.
func suite(t *testing.T) leastprivilege.Suite {
	t.Helper()
	dir := t.TempDir()
	manifest := `{"version": "38.0.0", "artifacts": {"Post": {"type": "aws:cloudformation:stack", "environment": "aws://unknown-account/unknown-region", "properties": {"templateFile": "Post.json"}}}}`
	for name, text := range map[string]string{"manifest.json": manifest, "Post.json": post} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return leastprivilege.Suite{
		Assembly: dir, Account: "111122223333", Region: "eu-west-1",
		Paths: []leastprivilege.Path{
			{Name: "delivered", Run: delivered},
			{Name: "undelivered", Run: undelivered, Refused: []string{"sqs:SendMessage"}},
			{Name: "plaintext", Run: plaintext},
			{Name: "of another account", Run: ofAnother, Refused: []string{"kms:GenerateDataKey"}},
		},
		Exemptions: []leastprivilege.Exemption{{Kind: leastprivilege.Unused, Stack: "Post", Statement: "Administers",
			Reason: "CreateKey asks whether it would be allowed, and nobody does it here"}},
	}
}

func output(d *leastprivilege.Deployed, name string) *string {
	return aws.String(d.Stack("Post").Outputs[name])
}

// put sends an event and waits until it is delivered or given up.
func put(ctx context.Context, d *leastprivilege.Deployed) error {
	out, err := eventbridge.NewFromConfig(d.Root(d.Account)).PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{
		{Source: aws.String("post"), DetailType: aws.String("letter"), Detail: aws.String("{}")},
	}})
	if err != nil || out.FailedEntryCount != 0 {
		return fmt.Errorf("put an event: %+v, %w", out, err)
	}
	d.Lab.World.Advance(25 * time.Hour)
	return nil
}

// receive wants one message in a queue, and takes it out.
func receive(ctx context.Context, who aws.Config, url *string) error {
	out, err := sqs.NewFromConfig(who).ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: url})
	if err != nil {
		return err
	}
	if len(out.Messages) != 1 {
		return fmt.Errorf("the queue has %d messages", len(out.Messages))
	}
	return nil
}

func delivered(ctx context.Context, d *leastprivilege.Deployed) error {
	if err := put(ctx, d); err != nil {
		return err
	}
	return receive(ctx, d.Root(d.Account), output(d, "Work"))
}

// undelivered takes the queue's policy away for a while.
func undelivered(ctx context.Context, d *leastprivilege.Deployed) error {
	client := sqs.NewFromConfig(d.Root(d.Account))
	was, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: output(d, "Work"), AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNamePolicy}})
	if err != nil {
		return err
	}
	set := func(policy string) error {
		_, err := client.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{QueueUrl: output(d, "Work"), Attributes: map[string]string{"Policy": policy}})
		return err
	}
	if err := errors.Join(set(""), put(ctx, d), set(was.Attributes["Policy"])); err != nil {
		return err
	}
	reader, err := d.Assumed("ec2.amazonaws.com", *output(d, "Reader"), "reader")
	if err != nil {
		return err
	}
	return receive(ctx, reader, output(d, "Dead"))
}

func plaintext(ctx context.Context, d *leastprivilege.Deployed) error {
	_, err := sqs.NewFromConfig(leastprivilege.Plain(d.Root(d.Account))).GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: output(d, "Dead")})
	if err == nil {
		return errors.New("a request without TLS was answered")
	}
	return nil
}

// ofAnother is EventBridge that acts for another account.
func ofAnother(_ context.Context, d *leastprivilege.Deployed) (err error) {
	as := world.Actor{Caller: world.ServiceCaller("events.amazonaws.com"), Region: d.Region, Source: world.Source{ARN: "arn:aws:events:eu-west-1:444455556666:rule/theirs", Account: "444455556666"}}
	d.Lab.World.Locked(func() {
		err = d.Lab.World.Act(as, "kms", "GenerateDataKey", func(c *world.Call) error {
			arn, err := d.Stack("Post").Attribute("Key", "Arn")
			if err != nil {
				return err
			}
			_, err = d.Lab.KMS.GenerateDataKey(c, &kms.GenerateDataKeyInput{KeyId: &arn, KeySpec: kmstypes.DataKeySpecAes256})
			return err
		})
	})
	if err == nil {
		return errors.New("a rule of another account uses the key")
	}
	return nil
}

// policyOf gives a property of a resource, as a policy.
func policyOf(document map[string]any, id, property string) map[string]any {
	properties := document["Resources"].(map[string]any)[id].(map[string]any)["Properties"].(map[string]any)
	return properties[property].(map[string]any)
}

// adds gives a change that adds a statement to a policy.
func adds(t *testing.T, id, property, statement string) func(string, map[string]any) {
	return func(_ string, document map[string]any) {
		var st any
		if err := json.Unmarshal([]byte(statement), &st); err != nil {
			t.Fatal(err)
		}
		p := policyOf(document, id, property)
		p["Statement"] = append(p["Statement"].([]any), st)
	}
}
