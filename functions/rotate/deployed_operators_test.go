package rotate_test

import (
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"rekey/lab/leastprivilege"
	"rekey/shared/wiring"
)

// operatorPaths are what happens around the function: failures, logs, who wakes it,
// who administers its keys.
var operatorPaths = []leastprivilege.Path{
	sitePath("an event that fails is reported to the queue of failures, and logged", site.failures),
	sitePath("a time that cannot be delivered is in the dead-letter queue", notDelivered("Scheduled Event", func(s site) error {
		s.Lab.World.Advance(16 * time.Minute)
		return nil
	}), "lambda:InvokeFunction"),
	sitePath("an event of AWS KMS that cannot be delivered is in the dead-letter queue", notDelivered("KMS CMK Rotation", func(s site) error {
		key, err := s.create(kms.CreateKeyInput{}, nil)
		if err != nil {
			return err
		}
		_, err = s.kms(siteRegion).RotateKeyOnDemand(s.ctx, &kms.RotateKeyOnDemandInput{KeyId: &key})
		return err
	}), "lambda:InvokeFunction"),
	sitePath("a call that cannot be delivered is in the dead-letter queue", notDelivered("AWS API Call via CloudTrail", func(s site) error {
		_, err := s.create(kms.CreateKeyInput{}, nil)
		return err
	}), "lambda:InvokeFunction"),
	sitePath("a rule of somebody else's wakes nobody", func(s site) error {
		return s.ForeignRule(s.ctx, functionName, s.output("Undelivered"))
	}, "lambda:InvokeFunction", "sqs:SendMessage"),
	sitePath("the account's policies make an administrator of the journal's key", func(s site) error {
		blob, err := s.kms(siteRegion).Encrypt(s.ctx, &kms.EncryptInput{KeyId: aws.String(ofStorage), Plaintext: []byte("x")})
		if err != nil {
			return err
		}
		return s.AdministerByPolicy(s.ctx, "JournalKeys", s.output("KeyArn"), blob.CiphertextBlob)
	}, "kms:Decrypt", "kms:Encrypt"),
	sitePath("the account's policies make an administrator of the operators' key", func(s site) error {
		return s.AdministerByPolicy(s.ctx, "OperationsKeys", s.Stack(operationsStack).Outputs["KeyArn"], []byte("no ciphertext"))
	}, "kms:Decrypt", "kms:Encrypt"),
	sitePath("nobody reaches the journal, the topic or the queues without TLS", site.plaintext),
}

func (s site) failures() error {
	_, err := lambda.NewFromConfig(s.Root(siteAccount)).Invoke(s.ctx, &lambda.InvokeInput{
		FunctionName: aws.String(functionName), InvocationType: lambdatypes.InvocationTypeEvent, Payload: []byte(`{"action":"rotate"}`),
	})
	if err != nil {
		return err
	}
	s.Lab.World.Advance(10 * time.Minute) // three tries
	return errors.Join(s.Waits(s.ctx, s.output("Failures"), `"condition":"RetriesExhausted"`, `"requestPayload":{"action":"rotate"}`, "BadRequest"), s.logged("BadRequest"))
}

// notDelivered has the function woken while EventBridge may not invoke it.
func notDelivered(says string, wake func(site) error) func(site) error {
	return func(s site) error {
		return s.Undeliverable(s.ctx, functionName, s.output("Undelivered"), func() error { return wake(s) }, `"detail-type":"`+says+`"`)
	}
}

// plaintext calls as the account's root user, whom nothing else keeps from it.
func (s site) plaintext() error {
	root := s.Root(siteAccount)
	plain := leastprivilege.Plain(root)
	bucket := aws.String(s.output("JournalBucket"))
	_, listing := s3.NewFromConfig(plain, wiring.PathStyle).ListObjectsV2(s.ctx, &s3.ListObjectsV2Input{Bucket: bucket})
	_, reading := s3.NewFromConfig(plain, wiring.PathStyle).GetObject(s.ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("sweep/eu-west-1.json")})
	_, topic := sns.NewFromConfig(plain).GetTopicAttributes(s.ctx, &sns.GetTopicAttributesInput{TopicArn: aws.String(s.output("NoticeTopic"))})
	all := []error{denied("s3:ListBucket", listing), denied("s3:GetObject", reading), denied("sns:GetTopicAttributes", topic)}
	for _, queue := range []string{"Failures", "Undelivered"} {
		_, err := sqs.NewFromConfig(plain).GetQueueAttributes(s.ctx, &sqs.GetQueueAttributesInput{QueueUrl: aws.String(s.output(queue))})
		all = append(all, denied("sqs:GetQueueAttributes of "+queue, err))
	}
	return errors.Join(all...)
}

func denied(action string, err error) error { return leastprivilege.WasRefused(action, err) }
