package cloudformation_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// What is there already is not taken for a stack's own, even where the service's
// API would: the rollback would delete it.
func TestWhatIsThereIsNotTaken(t *testing.T) {
	const bus = `"Rule": {"Type": "AWS::Events::Rule", "Properties": {"Name": "r", "EventPattern": {"source": ["a"]}}}`
	const topic = `"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "t"}}`
	const queue = `"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q"}}`
	const bucketPolicy = `"P": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": "bucket-of-theirs", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
		{"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket-of-theirs/*"}]}}}`
	b := newBench(t)
	b.deploy("Theirs", resources(`{`+bus+`,`+topic+`,`+queue+`, "B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "bucket-of-theirs"}}}`))
	b.deploy("TheirPolicy", resources(`{`+bucketPolicy+`}`))
	for text, want := range map[string]string{
		bus:          "Resource of type 'AWS::Events::Rule' with identifier 'r' already exists.",
		topic:        "Resource of type 'AWS::SNS::Topic' with identifier 'arn:aws:sns:eu-west-1:111122223333:t' already exists.",
		queue:        "Resource of type 'AWS::SQS::Queue' with identifier 'q' already exists.",
		bucketPolicy: "The bucket policy already exists on bucket bucket-of-theirs.",
	} {
		_, err := b.d.Deploy(t.Context(), b.template("Ours", resources(`{`+text+`}`)), nil)
		b.refused(err, text, want)
	}
	got(b, eventbridge.NewFromConfig(b.config).DescribeRule, &eventbridge.DescribeRuleInput{Name: new("r")})
	got(b, sns.NewFromConfig(b.config).GetTopicAttributes, &sns.GetTopicAttributesInput{TopicArn: new("arn:aws:sns:eu-west-1:111122223333:t")})
	got(b, sqs.NewFromConfig(b.config).GetQueueUrl, &sqs.GetQueueUrlInput{QueueName: new("q")})
	got(b, s3.NewFromConfig(b.config, func(o *s3.Options) { o.UsePathStyle = true }).GetBucketPolicy, &s3.GetBucketPolicyInput{Bucket: new("bucket-of-theirs")})
}

// Two deployers that do not know of each other do not share what stacks of one
// name make.
func TestTwoDeployers(t *testing.T) {
	b := newBench(t)
	text := resources(`{"Queue": {"Type": "AWS::SQS::Queue"}}`)
	s := b.deploy("Same", text)
	_, err := b.deployer(account, region).Deploy(t.Context(), b.template("Same", text), nil)
	b.refused(err, "a stack of the name of another deployer's", "already exists")
	got(b, sqs.NewFromConfig(b.config).GetQueueAttributes, &sqs.GetQueueAttributesInput{QueueUrl: new(s.Physical("Queue"))})
}

func TestSecondEventInvokeConfig(t *testing.T) {
	b := newBench(t)
	const config = `{"Type": "AWS::Lambda::EventInvokeConfig", "DependsOn": [AFTER], "Properties": {"FunctionName": {"Ref": "Function"}, "Qualifier": "$LATEST", "MaximumRetryAttempts": 1}}`
	_, err := b.withCode("Fns", function+`, "First": `+strings.Replace(config, "AFTER", "", 1)+`, "Second": `+strings.Replace(config, "AFTER", `"First"`, 1))
	b.refused(err, "a second configuration", "Resources/Second (AWS::Lambda::EventInvokeConfig): CREATE_FAILED: Resource of type 'AWS::Lambda::EventInvokeConfig' with identifier 'Fns-Function-")
}
