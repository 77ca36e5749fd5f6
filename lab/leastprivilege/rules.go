package leastprivilege

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// Undeliverable takes EventBridge's permissions to invoke a function away while it is
// woken, for an hour. What cannot be delivered then has to be in the dead-letter queue:
// a message that has all of says.
func (d *Deployed) Undeliverable(ctx context.Context, function, queue string, wake func() error, says ...string) error {
	client := lambda.NewFromConfig(d.Root(d.Account))
	out, err := client.GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: &function})
	if err != nil {
		return err
	}
	var policy struct {
		Statement []struct {
			Sid       string
			Condition struct{ ArnLike map[string]string }
		}
	}
	if err := json.Unmarshal([]byte(*out.Policy), &policy); err != nil {
		return err
	}
	for _, s := range policy.Statement {
		if _, err := client.RemovePermission(ctx, &lambda.RemovePermissionInput{FunctionName: &function, StatementId: &s.Sid}); err != nil {
			return err
		}
	}
	err = wake()
	d.Lab.World.Advance(time.Hour)
	for _, s := range policy.Statement {
		_, bad := client.AddPermission(ctx, &lambda.AddPermissionInput{
			FunctionName: &function, StatementId: &s.Sid, Action: aws.String("lambda:InvokeFunction"), Principal: aws.String("events.amazonaws.com"),
			SourceArn: aws.String(s.Condition.ArnLike["AWS:SourceArn"]),
		})
		err = errors.Join(err, bad)
	}
	if err != nil {
		return err
	}
	return d.Waits(ctx, queue, says...)
}

// ForeignRule has a rule that is none of the function's own name the function, and the
// dead-letter queue that it has: EventBridge must do nothing for it.
func (d *Deployed) ForeignRule(ctx context.Context, function, queue string) error {
	root := d.Root(d.Account)
	client := eventbridge.NewFromConfig(root)
	name := aws.String("Foreign")
	attributes, err := sqs.NewFromConfig(root).GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: &queue, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameQueueArn},
	})
	if err != nil {
		return err
	}
	configuration, err := lambda.NewFromConfig(root).GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &function})
	if err != nil {
		return err
	}
	_, err = client.PutRule(ctx, &eventbridge.PutRuleInput{Name: name, EventPattern: aws.String(`{"source":["test.foreign"]}`)})
	_, bad := client.PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: name, Targets: []ebtypes.Target{{
		Id: name, Arn: configuration.FunctionArn, DeadLetterConfig: &ebtypes.DeadLetterConfig{Arn: aws.String(attributes.Attributes["QueueArn"])},
	}}})
	_, worse := client.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []ebtypes.PutEventsRequestEntry{
		{Source: aws.String("test.foreign"), DetailType: aws.String("Wake"), Detail: aws.String(`{}`)},
	}})
	if err := errors.Join(err, bad, worse); err != nil {
		return err
	}
	d.Lab.World.Advance(25 * time.Hour)
	if err := d.Waits(ctx, queue, "test.foreign"); err == nil {
		return errors.New("the dead-letter queue takes events of another rule")
	}
	return nil
}

// Waits looks for a message in a queue that has all of says, and takes away what lies
// before it.
func (d *Deployed) Waits(ctx context.Context, queue string, says ...string) error {
	client := sqs.NewFromConfig(d.Root(d.Account))
	for {
		out, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &queue, MaxNumberOfMessages: 10})
		switch {
		case err != nil:
			return err
		case len(out.Messages) == 0:
			return fmt.Errorf("the queue %s has no message of %q", queue[strings.LastIndexByte(queue, '/')+1:], says)
		}
		for _, m := range out.Messages {
			if _, err := client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &queue, ReceiptHandle: m.ReceiptHandle}); err != nil {
				return err
			}
			if hasAll(*m.Body, says) {
				return nil
			}
		}
	}
}

func hasAll(text string, parts []string) bool {
	for _, p := range parts {
		if !strings.Contains(text, p) {
			return false
		}
	}
	return true
}
