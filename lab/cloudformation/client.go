package cloudformation

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

// clients are the services' APIs in the target's Region.
type clients struct {
	events         *eventbridge.Client
	iam            *iam.Client
	kms            *kms.Client
	lambda         *lambda.Client
	logs           *cloudwatchlogs.Client
	s3             *s3.Client
	scheduler      *scheduler.Client
	secretsmanager *secretsmanager.Client
	sns            *sns.Client
	sqs            *sqs.Client
	ssm            *ssm.Client
}

func newClients(c aws.Config) *clients {
	return &clients{
		events: eventbridge.NewFromConfig(c), iam: iam.NewFromConfig(c), kms: kms.NewFromConfig(c),
		lambda: lambda.NewFromConfig(c), logs: cloudwatchlogs.NewFromConfig(c),
		s3:             s3.NewFromConfig(c, func(o *s3.Options) { o.UsePathStyle = true }),
		scheduler:      scheduler.NewFromConfig(c),
		secretsmanager: secretsmanager.NewFromConfig(c), sns: sns.NewFromConfig(c), sqs: sqs.NewFromConfig(c), ssm: ssm.NewFromConfig(c),
	}
}
