package decrypt_test

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"rekey/lab/leastprivilege"
	"rekey/lab/world"
	"rekey/shared/keyid"
	"rekey/shared/wiring"
)

// boundPaths are what the conditions of the policies refuse.
var boundPaths = []leastprivilege.Path{
	path("alarms of another account reach neither the topic nor its key", foreignAlarms, "sns:Publish", "kms:GenerateDataKey"),
	path("logs of others are not under the operators' key", foreignLogs, "kms:Encrypt", "kms:DescribeKey"),
	path("the function uses the keys of others through their services alone", directly, "kms:Decrypt", "kms:GenerateDataKey"),
	path("the function's role reaches nothing that the configuration does not name", beyond,
		"secretsmanager:GetSecretValue", "ssm:GetParameter", "ssm:GetParameters", "s3:GetObject", "kms:Decrypt", "sqs:SendMessage", "logs:CreateLogStream", "logs:PutLogEvents"),
}

// alarm is CloudWatch that acts for an alarm of an account.
func alarm(account keyid.Account) world.Actor {
	return world.Actor{
		Caller: world.ServiceCaller("cloudwatch.amazonaws.com"), Region: region,
		Source: world.Source{ARN: "arn:aws:cloudwatch:" + region + ":" + string(account) + ":alarm:rekey-decrypt-Errors", Account: account},
	}
}

// publish has CloudWatch publish to the topic of the alarms.
func (s site) publish(as world.Actor) (err error) {
	s.Lab.World.Locked(func() {
		err = s.Lab.World.Act(as, "sns", "Publish", func(c *world.Call) error {
			return s.Lab.SNS.Deliver(c, s.topic(), &sns.PublishInput{TopicArn: aws.String(s.topic()), Message: aws.String("the alarm rekey-decrypt-Errors")})
		})
	})
	return err
}

func foreignAlarms(s site) error {
	// By the topic itself: that its key refuses too would be another code.
	err := s.publish(alarm(other))
	if err == nil || world.Answer(err).Code != "AuthorizationError" {
		return fmt.Errorf("the topic answers an alarm of another account with %v", err)
	}
	s.Lab.World.Locked(func() {
		err = s.Lab.World.Act(alarm(other), "kms", "GenerateDataKey", func(c *world.Call) error {
			return of(s.Lab.KMS.GenerateDataKey(c, &kms.GenerateDataKeyInput{KeyId: aws.String(s.operationsKey()), KeySpec: kmstypes.DataKeySpecAes256}))
		})
	})
	if err == nil || world.Answer(err).Code != "AccessDeniedException" {
		return fmt.Errorf("the key answers an alarm of another account with %v", err)
	}
	return nil
}

func foreignLogs(s site) error {
	client := cloudwatchlogs.NewFromConfig(s.Root(own))
	return refused("a log group of others under the key", of(client.CreateLogGroup(s.ctx, &cloudwatchlogs.CreateLogGroupInput{
		LogGroupName: aws.String("/aws/lambda/theirs"), KmsKeyId: aws.String(s.operationsKey()),
	})))
}

// directly calls as the function does, by code that somebody put into it.
func directly(s site) error {
	who, err := s.Assumed("lambda.amazonaws.com", s.Stack(stack).Outputs["FunctionRole"], functionID)
	if err != nil {
		return err
	}
	storage, err := s.storage()
	if err != nil {
		return err
	}
	under, err := kms.NewFromConfig(s.Root(own)).Encrypt(s.ctx, &kms.EncryptInput{KeyId: &storage, Plaintext: []byte("x")})
	if err != nil {
		return err
	}
	client := kms.NewFromConfig(who)
	_, bare := client.Decrypt(s.ctx, &kms.DecryptInput{KeyId: &storage, CiphertextBlob: under.CiphertextBlob})
	_, queues := client.GenerateDataKey(s.ctx, &kms.GenerateDataKeyInput{KeyId: aws.String(s.operationsKey()), KeySpec: kmstypes.DataKeySpecAes256})
	return errors.Join(refused("kms:Decrypt", bare), refused("kms:GenerateDataKey", queues))
}

// beyond has the role ask for what lies beside all that it is granted, which the
// function itself would not ask for.
func beyond(s site) error {
	const other = "elsewhere"
	root := s.Root(own)
	key, err := s.create(own, "")
	if err != nil {
		return err
	}
	under, err := kms.NewFromConfig(root).Encrypt(s.ctx, &kms.EncryptInput{KeyId: &key, Plaintext: []byte("x")})
	if err != nil {
		return err
	}
	queue, err := sqs.NewFromConfig(root).CreateQueue(s.ctx, &sqs.CreateQueueInput{QueueName: aws.String(other)})
	if err != nil {
		return err
	}
	objects := s3.NewFromConfig(root, wiring.PathStyle)
	bucket := aws.String(other + "-" + string(own))
	_, bad := objects.CreateBucket(s.ctx, &s3.CreateBucketInput{
		Bucket: bucket, CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: region},
	})
	_, worse := objects.PutObject(s.ctx, &s3.PutObjectInput{Bucket: bucket, Key: aws.String(other), Body: strings.NewReader("x")})
	_, worst := cloudwatchlogs.NewFromConfig(root).CreateLogGroup(s.ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String(other)})
	if err := errors.Join(bad, worse, worst, s.store(other, "x"), s.parameter("/"+other, "x", ssmtypes.ParameterTypeString)); err != nil {
		return err
	}
	who, err := s.Assumed("lambda.amazonaws.com", s.Stack(stack).Outputs["FunctionRole"], functionID)
	if err != nil {
		return err
	}
	logs, parameters := cloudwatchlogs.NewFromConfig(who), ssm.NewFromConfig(who)
	var all []error
	for _, c := range []struct {
		action string
		err    error
	}{
		{"secretsmanager:GetSecretValue", of(secretsmanager.NewFromConfig(who).GetSecretValue(s.ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String(other)}))},
		{"ssm:GetParameter", of(parameters.GetParameter(s.ctx, &ssm.GetParameterInput{Name: aws.String("/" + other)}))},
		{"ssm:GetParameters", of(parameters.GetParameters(s.ctx, &ssm.GetParametersInput{Names: []string{"/" + other}}))},
		{"s3:GetObject", of(s3.NewFromConfig(who, wiring.PathStyle).GetObject(s.ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String(other)}))},
		{"kms:Decrypt", of(kms.NewFromConfig(who).Decrypt(s.ctx, &kms.DecryptInput{KeyId: &key, CiphertextBlob: under.CiphertextBlob}))},
		{"sqs:SendMessage", of(sqs.NewFromConfig(who).SendMessage(s.ctx, &sqs.SendMessageInput{QueueUrl: queue.QueueUrl, MessageBody: aws.String("x")}))},
		{"logs:CreateLogStream", of(logs.CreateLogStream(s.ctx, &cloudwatchlogs.CreateLogStreamInput{LogGroupName: aws.String(other), LogStreamName: aws.String(other)}))},
		{"logs:PutLogEvents", of(logs.PutLogEvents(s.ctx, &cloudwatchlogs.PutLogEventsInput{LogGroupName: aws.String(other), LogStreamName: aws.String(other), LogEvents: []logstypes.InputLogEvent{
			{Message: aws.String("x"), Timestamp: aws.Int64(s.Lab.World.Clock.Now().UnixMilli())},
		}}))},
	} {
		all = append(all, refused(c.action, c.err))
	}
	return errors.Join(all...)
}
