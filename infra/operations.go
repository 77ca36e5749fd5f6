package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssnssubscriptions"
	"github.com/aws/constructs-go/constructs/v10"

	"rekey/infra/config"
)

// operations is what the functions share of their operators: a key for logs,
// queues and the topic, the topic of the alarms, and the dashboard.
type operations struct {
	config    config.Config
	stack     awscdk.Stack
	key       awskms.Key
	topic     awssns.Topic
	functions []*function
	events    bool // EventBridge may use the key
}

func newOperations(scope constructs.Construct, c config.Config, env *awscdk.Environment) *operations {
	o := &operations{config: c}
	o.stack = stackOf(scope, "RekeyOperations", "What the functions of rekey share of their operators: key, alarm topic, dashboard", env)
	o.key = newKey(o.stack, "Key", "rekey: logs, queues and alarms of its functions",
		"the logs, queues and topic under it are deleted before it", o.keyPolicy())
	o.key.AddAlias(new("alias/rekey-operations"))
	o.topic = awssns.NewTopic(o.stack, new("Alarms"), &awssns.TopicProps{DisplayName: new("rekey alarms"), MasterKey: o.key})
	o.topic.AddToResourcePolicy(refusePlaintext(topicActions, o.topic.TopicArn()))
	o.topic.AddToResourcePolicy(statement{
		sid: "AlarmsPublish", principals: service("cloudwatch.amazonaws.com"), actions: []string{"sns:Publish"}, resources: []string{*o.topic.TopicArn()},
		conditions: o.own(),
	}.allow(o.stack))
	if c.AlarmEmail != "" {
		o.topic.AddSubscription(awssnssubscriptions.NewEmailSubscription(&c.AlarmEmail, nil))
	}
	awscdk.NewCfnOutput(o.stack, new("KeyArn"), &awscdk.CfnOutputProps{Value: o.key.KeyArn(), Description: new("Key of logs, queues and alarms")})
	awscdk.NewCfnOutput(o.stack, new("AlarmTopic"), &awscdk.CfnOutputProps{Value: o.topic.TopicArn(), Description: new("Topic of all alarms: subscribe to it")})
	return o
}

// own bounds what a service may do to what it does for this account.
func (o *operations) own() conditions {
	return conditions{"StringEquals": {"aws:SourceAccount": *o.stack.Account()}}
}

func (o *operations) keyPolicy() []statement {
	logs := "arn:" + *o.stack.Partition() + ":logs:" + *o.stack.Region() + ":" + *o.stack.Account() + ":log-group:/aws/lambda/rekey-*"
	return []statement{
		accountAdministers(),
		{ // CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs using AWS KMS";
			// without its kms:Describe*, which has no encryption context and never meets
			// the condition
			sid: "LogsEncrypt", principals: service("logs." + *o.stack.Region() + ".amazonaws.com"), resources: []string{"*"},
			actions:    []string{"kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext"},
			conditions: conditions{"ArnLike": {"kms:EncryptionContext:aws:logs:arn": logs}},
		},
		{ // SNS Developer Guide, "Enable compatibility between event sources from AWS services and encrypted topics"
			sid: "AlarmsPublish", principals: service("cloudwatch.amazonaws.com"), resources: []string{"*"},
			actions: []string{"kms:Decrypt", "kms:GenerateDataKey"}, conditions: o.own(),
		},
		{ // the policies of the account's roles decide, for what goes through queues
			sid: "QueuesEncrypt", principals: []awsiam.IPrincipal{awsiam.NewAccountRootPrincipal()}, resources: []string{"*"},
			actions:    []string{"kms:Decrypt", "kms:GenerateDataKey"},
			conditions: conditions{"StringEquals": {"kms:ViaService": "sqs." + *o.stack.Region() + ".amazonaws.com"}},
		},
	}
}

// allowEvents lets EventBridge write to encrypted dead-letter queues: it is
// granted no use of their key by itself. The statement is that of the EventBridge User
// Guide ("Amazon EventBridge targets", targets that use AWS KMS encryption), which has
// no condition. Of encrypted topics AWS says that with aws:SourceAccount or
// aws:SourceArn in the key policy EventBridge does not get through (SNS Developer
// Guide, "Managing Amazon SNS encryption keys and costs"); of queues it says nothing,
// and a dead letter that is refused is lost without a word. Each queue's own policy
// names the one rule that may write to it.
func (o *operations) allowEvents() {
	if o.events {
		return
	}
	o.events = true
	o.key.AddToResourcePolicy(statement{
		sid: "EventsDeadLetters", principals: service("events.amazonaws.com"), resources: []string{"*"},
		actions: []string{"kms:Decrypt", "kms:GenerateDataKey"},
	}.allow(o.stack), nil)
}
