package decrypt_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"rekey/functions/decrypt"
	"rekey/lab/leastprivilege"
)

// operatorPaths are what happens around the function: failures, logs, alarms, and
// who may call.
var operatorPaths = []leastprivilege.Path{
	path("an event that fails is reported to the queue of failures, which an operator reads", failures),
	path("the function writes its log, and an operator reads it", logs),
	path("alarms reach the topic", alarms),
	path("another account invokes the function", invoker),
	path("nobody reaches the queue or the topic without TLS", plaintext),
}

var oneItem = decrypt.Request{Items: []decrypt.Item{{Reference: "sm://dev/none"}}}

// queue is the URL of the queue of failures.
func (s site) queue() string { return s.Stack(stack).Outputs["Failures"] }

func (s site) topic() string { return s.Stack(operations).Outputs["AlarmTopic"] }

func failures(s site) error {
	role, err := s.Role(s.ctx, own, "Operator", `{"Version":"2012-10-17","Statement":[
	 {"Effect":"Allow","Action":["sqs:ReceiveMessage","sqs:DeleteMessage"],"Resource":"*"},
	 {"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}]}`)
	if err != nil {
		return err
	}
	operator, err := s.As(s.ctx, role)
	if err != nil {
		return err
	}
	_, err = lambda.NewFromConfig(s.Root(own)).Invoke(s.ctx, &lambda.InvokeInput{
		FunctionName: aws.String(functionID), InvocationType: types.InvocationTypeEvent, Payload: []byte(`{"itmes":[]}`),
	})
	if err != nil {
		return err
	}
	s.Lab.World.Advance(10 * time.Minute) // three tries
	client := sqs.NewFromConfig(operator)
	out, err := client.ReceiveMessage(s.ctx, &sqs.ReceiveMessageInput{QueueUrl: aws.String(s.queue())})
	if err != nil {
		return err
	}
	if len(out.Messages) != 1 {
		return fmt.Errorf("the queue of failures has %d messages, and one event failed", len(out.Messages))
	}
	body := *out.Messages[0].Body
	for _, has := range []string{`"condition":"RetriesExhausted"`, `"approximateInvokeCount":3`, `"requestPayload":{"itmes":[]}`, `bad request`} {
		if !strings.Contains(body, has) {
			return fmt.Errorf("the report of the failure has no %s: %s", has, body)
		}
	}
	return of(client.DeleteMessage(s.ctx, &sqs.DeleteMessageInput{QueueUrl: aws.String(s.queue()), ReceiptHandle: out.Messages[0].ReceiptHandle}))
}

func logs(s site) error {
	if _, err := s.ask(oneItem); err != nil {
		return err
	}
	_, err := lambda.NewFromConfig(s.Root(own)).Invoke(s.ctx, &lambda.InvokeInput{FunctionName: aws.String(functionID), Payload: []byte(`{"itmes":[]}`)})
	if err != nil {
		return err
	}
	out, err := cloudwatchlogs.NewFromConfig(s.Root(own)).FilterLogEvents(s.ctx, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String("/aws/lambda/" + functionID)})
	if err != nil {
		return err
	}
	said := map[string]bool{}
	for _, e := range out.Events {
		if !json.Valid([]byte(*e.Message)) {
			return fmt.Errorf("the log has a line that is no JSON: %s", *e.Message)
		}
		for _, what := range []string{`"answered"`, `"BadRequest"`} {
			said[what] = said[what] || strings.Contains(*e.Message, what)
		}
	}
	if !said[`"answered"`] || !said[`"BadRequest"`] {
		return fmt.Errorf("the %d events in the log do not tell of an answer and of a refusal: %v", len(out.Events), said)
	}
	return nil
}

func alarms(s site) error { return s.publish(alarm(own)) }

func invoker(s site) error {
	role, err := s.Role(s.ctx, other, "Invoker", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"lambda:InvokeFunction","Resource":"*"}}`)
	if err != nil {
		return err
	}
	who, err := s.As(s.ctx, role)
	if err != nil {
		return err
	}
	answers, err := s.askAs(who, "arn:aws:lambda:"+region+":"+string(own)+":function:"+functionID, oneItem)
	if err != nil {
		return err
	}
	return same(answers, []string{"!notAllowed"})
}

// plaintext calls as the account's root user, whom nothing else keeps from it.
func plaintext(s site) error {
	send := func(c aws.Config) error {
		return of(sqs.NewFromConfig(c).GetQueueAttributes(s.ctx, &sqs.GetQueueAttributesInput{QueueUrl: aws.String(s.queue())}))
	}
	publish := func(c aws.Config) error {
		return of(sns.NewFromConfig(c).GetTopicAttributes(s.ctx, &sns.GetTopicAttributesInput{TopicArn: aws.String(s.topic())}))
	}
	root := s.Root(own)
	return errors.Join(
		send(root), refused("sqs without TLS", send(leastprivilege.Plain(root))),
		publish(root), refused("sns without TLS", publish(leastprivilege.Plain(root))))
}
