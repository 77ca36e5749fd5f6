package decrypt_test

import (
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"rekey/lab/leastprivilege"
	"rekey/lab/world"
	"rekey/shared/keyid"
)

// boundPaths are what the conditions of the policies refuse.
var boundPaths = []leastprivilege.Path{
	path("alarms of another account reach neither the topic nor its key", foreignAlarms, "sns:Publish", "kms:GenerateDataKey"),
	path("logs of others are not under the operators' key", foreignLogs, "kms:Encrypt", "kms:DescribeKey"),
	path("the function uses the keys of others through their services alone", directly, "kms:Decrypt", "kms:GenerateDataKey"),
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
