package cloudformation_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// What was created before a failure is deleted in reverse order, and then the
// stack can be created.
func TestRollback(t *testing.T) {
	b := newBench(t)
	text := resources(`{
		"Key": {"Type": "AWS::KMS::Key", "Properties": {"PendingWindowInDays": 7, "KeyPolicy": ` + keyPolicy + `}},
		"Alias": {"Type": "AWS::KMS::Alias", "Properties": {"AliasName": "alias/mine", "TargetKeyId": {"Ref": "Key"}}},
		"Kept": {"Type": "AWS::SQS::Queue", "DeletionPolicy": "Retain", "Properties": {"QueueName": "kept"}},
		"Gone": {"Type": "AWS::SQS::Queue", "DeletionPolicy": "RetainExceptOnCreate", "Properties": {"QueueName": "gone"}},
		"Role": {"Type": "AWS::IAM::Role", "DependsOn": ["Alias", "Kept", "Gone"], "Properties": {"RoleName": "mine", "AssumeRolePolicyDocument": ` + trust + `,
			"Policies": [{"PolicyName": "first", "PolicyDocument": ` + allow + `}, {"PolicyName": "bad name", "PolicyDocument": ` + allow + `}]}}}`)
	_, err := b.d.Deploy(t.Context(), b.template("S", text), nil)
	b.refused(err, "a bad policy", "deploy the stack S: ", "Resources/Role (AWS::IAM::Role): CREATE_FAILED", "ValidationError")
	keys, err := kms.NewFromConfig(b.config).ListKeys(t.Context(), &kms.ListKeysInput{})
	if err != nil || len(keys.Keys) != 1 {
		t.Fatalf("there are %v, %v", keys, err)
	}
	k, err := kms.NewFromConfig(b.config).DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: keys.Keys[0].KeyId})
	if err != nil {
		t.Fatal(err)
	}
	equal(b, "the key's state", k.KeyMetadata.KeyState, types.KeyStatePendingDeletion)
	equal(b, "the window in hours", int(k.KeyMetadata.DeletionDate.Sub(b.lab.World.Now()).Round(1e9).Hours()), 7*24)
	queues, err := sqs.NewFromConfig(b.config).ListQueues(t.Context(), &sqs.ListQueuesInput{})
	if err != nil || len(queues.QueueUrls) != 1 || !strings.HasSuffix(queues.QueueUrls[0], "/kept") {
		t.Errorf("there are %v, %v", queues, err)
	}
	roles, err := iam.NewFromConfig(b.config).ListRoles(t.Context(), &iam.ListRolesInput{})
	if err != nil || len(roles.Roles) != 0 {
		t.Errorf("there are %v, %v", roles, err)
	}
	b.lab.World.Advance(time.Minute) // no queue of a name that was just deleted
	b.deploy("S", strings.Replace(strings.Replace(text, "bad name", "second", 1), `"kept"`, `"another"`, 1))
}

// A deletion that fails is told too, and does not stop the others.
func TestRollbackFails(t *testing.T) {
	b := newBench(t)
	_, err := b.d.Deploy(t.Context(), b.template("S", resources(`{
		"A": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Name": "/a", "Value": "v"}},
		"Bucket": {"Type": "AWS::S3::Bucket"},
		"BucketPolicy": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": {"Version": "2012-10-17", "Statement":
			[{"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket", "Resource": {"Fn::GetAtt": ["Bucket", "Arn"]}}]}}},
		"Queue": {"Type": "AWS::SQS::Queue", "DependsOn": ["A", "BucketPolicy"], "Properties": {"VisibilityTimeout": -1}}}`)), nil)
	b.refused(err, "a bad queue", "Resources/Queue (AWS::SQS::Queue): CREATE_FAILED")
	if strings.Contains(err.Error(), "ROLLBACK_FAILED") {
		t.Errorf("a bucket whose policy is gone can be deleted: %v", err)
	}
	_, err = b.d.Deploy(t.Context(), b.template("S", resources(`{
		"A": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Name": "/a", "Value": "v"}},
		"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "full"}},
		"BucketPolicy": {"Type": "AWS::S3::BucketPolicy", "DeletionPolicy": "Retain", "Properties": {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": {"Version": "2012-10-17", "Statement":
			[{"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket", "Resource": {"Fn::GetAtt": ["Bucket", "Arn"]}}]}}},
		"Queue": {"Type": "AWS::SQS::Queue", "DependsOn": ["A", "BucketPolicy"], "Properties": {"VisibilityTimeout": -1}}}`)), nil)
	b.refused(err, "a bad queue", "CREATE_FAILED", "ROLLBACK_FAILED: delete Resources/Bucket (AWS::S3::Bucket)", "AccessDenied")
	b.deploy("S", resources(`{"A": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Name": "/a", "Value": "v"}}}`))
}

func TestStackNames(t *testing.T) {
	b := newBench(t)
	s := b.deploy("Once", resources(`{`+one+`}`))
	if !strings.HasPrefix(s.ID, "arn:aws:cloudformation:eu-west-1:111122223333:stack/Once/") {
		t.Errorf("the id is %s", s.ID)
	}
	_, err := b.d.Deploy(t.Context(), b.template("Once", resources(`{`+one+`}`)), nil)
	b.refused(err, "a second stack", "Stack [Once] already exists")
	_, err = b.d.Deploy(t.Context(), b.template("1_", resources(`{`+one+`}`)), nil)
	b.refused(err, "a bad name", "does not satisfy")
	equal(b, "the physical id of nothing", s.Physical("Nothing"), "")
	_, err = s.Attribute("Nothing", "Arn")
	b.refused(err, "an attribute of nothing", "the stack Once has no resource Nothing; it has A")
	_, err = s.Attribute("A", "Nothing")
	b.refused(err, "no attribute", "A is a AWS::SSM::Parameter, which has no attribute Nothing")
}

// Names are the same in every run, and others for another stack, Region or
// logical id.
func TestGeneratedNames(t *testing.T) {
	long := strings.Repeat("Long", 30)
	text := func(id string) string {
		return resources(`{"` + id + `": {"Type": "AWS::SQS::Queue"}, "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": ` + trust + `}}, "Fifo": {"Type": "AWS::SQS::Queue", "Properties": {"FifoQueue": true}}}`)
	}
	seen := map[string]bool{}
	for range 2 {
		b := newBench(t)
		s := b.deploy("Stack", text("Queue"))
		name := b.attribute(s, "Queue", "QueueName")
		if !strings.HasPrefix(name, "Stack-Queue-") || len(name) != len("Stack-Queue-")+12 {
			t.Errorf("the queue is named %s", name)
		}
		if fifo := b.attribute(s, "Fifo", "QueueName"); !strings.HasSuffix(fifo, ".fifo") {
			t.Errorf("the FIFO queue is named %s", fifo)
		}
		seen[name] = true
		longer := b.deploy(long, text(long))
		if role, queue := longer.Physical("Role"), b.attribute(longer, long, "QueueName"); len(role) != 64 || len(queue) != 80 {
			t.Errorf("the names are %s and %s", role, queue)
		}
	}
	equal(&bench{T: t}, "the number of names", len(seen), 1)
}

// The deployer's permissions count.
func TestDeployerMustBeAllowed(t *testing.T) {
	b := newBench(t)
	s := b.deploy("People", resources(`{"Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "Principal": {"AWS": {"Ref": "AWS::AccountId"}}, "Action": "sts:AssumeRole"}]}}}}`))
	config := b.config
	config.Credentials = assume(b, b.attribute(s, "Role", "Arn"))
	b.d = deployerWith(config)
	_, err := b.d.Deploy(t.Context(), b.template("S", resources(`{"Q": {"Type": "AWS::SQS::Queue"}}`)), nil)
	b.refused(err, "a role without permissions", "Resources/Q (AWS::SQS::Queue): CREATE_FAILED", "AccessDenied")
}
