package main

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"rekey/infra/config"
	"rekey/lab/leastprivilege"
)

// woken is an app with a function that is woken by a schedule and by events. Its
// code is decrypt's, which fails all of these: they are not of its form.
func woken(t *testing.T) string {
	c, err := config.Parse([]byte(`{}`), thisMachine())
	if err != nil {
		t.Fatal(err)
	}
	return synthesised(t, c, func(app awscdk.App) {
		ops := newOperations(app, c, nil)
		stack := stackOf(app, "Woken", "A function with rules", nil)
		f := newFunction(stack, ops, functionProps{name: "woken", code: "dist/" + c.Architecture + "/decrypt", memory: 128, timeout: 5})
		f.on("Daily", "Once a day", awsevents.Schedule_Rate(awscdk.Duration_Days(new(1.0))), nil)
		f.on("Asked", "When it is asked to", nil, map[string]any{"source": []string{"test.woken"}})
		ops.dashboard()
		awscdk.NewCfnOutput(stack, new("Failures"), &awscdk.CfnOutputProps{Value: f.failures.QueueUrl()})
		awscdk.NewCfnOutput(stack, new("Undelivered"), &awscdk.CfnOutputProps{Value: f.undelivered.QueueUrl()})
	})
}

// Events that the function fails are in its queue of failures; those that it was
// never given are in the dead-letter queue; both are encrypted, and nobody reaches
// them without TLS.
func TestRules(t *testing.T) {
	dir := woken(t)
	suite := leastprivilege.Suite{
		Assembly: dir, Judged: []string{"Woken"}, Account: "111122223333", Region: "eu-west-1",
		Paths: []leastprivilege.Path{
			{Name: "an event that the function fails", Run: func(ctx context.Context, d *leastprivilege.Deployed) error {
				if err := ask(ctx, d); err != nil {
					return err
				}
				d.Lab.World.Advance(time.Hour)
				return d.Waits(ctx, d.Stack("Woken").Outputs["Failures"], "test.woken", "BadRequest")
			}},
			{Name: "the schedule", Run: func(ctx context.Context, d *leastprivilege.Deployed) error {
				d.Lab.World.Advance(25 * time.Hour)
				return d.Waits(ctx, d.Stack("Woken").Outputs["Failures"], "Scheduled Event", "BadRequest")
			}},
			{Name: "an event that cannot be delivered", Refused: []string{"lambda:InvokeFunction"}, Run: undeliverable(ask, "test.woken")},
			{Name: "a time that cannot be delivered", Refused: []string{"lambda:InvokeFunction"}, Run: undeliverable(func(_ context.Context, d *leastprivilege.Deployed) error {
				d.Lab.World.Advance(25 * time.Hour)
				return nil
			}, "Scheduled Event")},
			{Name: "a rule of somebody else's", Refused: []string{"lambda:InvokeFunction", "sqs:SendMessage"}, Run: foreignRule},
			{Name: "the log", Run: logged},
			{Name: "the queues without TLS", Run: plaintext},
		},
		Exemptions: []leastprivilege.Exemption{{
			Kind: leastprivilege.NotBounding, Stack: "Woken", Statement: "EncryptFailures",
			Reason: "the key's own policy asks for the same, in QueuesEncrypt: each of the two bounds what the other one may come to allow",
		}},
	}
	leastprivilege.Prove(t, suite)

	// The key of the dead-letter queue is the operators': without its grant to
	// EventBridge, what cannot be delivered is lost.
	suite.Judged, suite.Paths = []string{}, suite.Paths[2:3]
	suite.Change = func(stack string, document map[string]any) {
		if stack == "RekeyOperations" {
			removeStatement(t, document, "EventsDeadLetters")
		}
	}
	proof, err := suite.Examine(t.Context())
	if err != nil || !slices.ContainsFunc(proof.Findings, func(f leastprivilege.Finding) bool { return f.Kind == leastprivilege.Failed }) {
		t.Errorf("without EventBridge's grant: %v, %v", proof.Findings, err)
	}
}

func ask(ctx context.Context, d *leastprivilege.Deployed) error {
	_, err := eventbridge.NewFromConfig(d.Root(d.Account)).PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []ebtypes.PutEventsRequestEntry{
		{Source: aws.String("test.woken"), DetailType: aws.String("Wake"), Detail: aws.String(`{}`)},
	}})
	return err
}

// undeliverable has the function woken while EventBridge may not invoke it.
func undeliverable(wake func(context.Context, *leastprivilege.Deployed) error, says string) func(context.Context, *leastprivilege.Deployed) error {
	return func(ctx context.Context, d *leastprivilege.Deployed) error {
		return d.Undeliverable(ctx, "rekey-woken", d.Stack("Woken").Outputs["Undelivered"], func() error { return wake(ctx, d) }, says)
	}
}

func foreignRule(ctx context.Context, d *leastprivilege.Deployed) error {
	return d.ForeignRule(ctx, "rekey-woken", d.Stack("Woken").Outputs["Undelivered"])
}

// logged looks for what Lambda says of an invocation.
func logged(ctx context.Context, d *leastprivilege.Deployed) error {
	root := d.Root(d.Account)
	if _, err := lambda.NewFromConfig(root).Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String("rekey-woken"), Payload: []byte(`{}`)}); err != nil {
		return err
	}
	out, err := cloudwatchlogs.NewFromConfig(root).FilterLogEvents(ctx, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String("/aws/lambda/rekey-woken")})
	if err != nil {
		return err
	}
	if len(out.Events) == 0 {
		return errors.New("the log has nothing of an invocation")
	}
	return nil
}

func plaintext(ctx context.Context, d *leastprivilege.Deployed) error {
	client := sqs.NewFromConfig(leastprivilege.Plain(d.Root(d.Account)))
	for _, queue := range []string{"Failures", "Undelivered"} {
		url := d.Stack("Woken").Outputs[queue]
		if _, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &url}); err == nil {
			return errors.New("the queue " + queue + " is read without TLS")
		}
	}
	return nil
}

// removeStatement takes a statement out of the key policy of a template.
func removeStatement(t *testing.T, document map[string]any, sid string) {
	t.Helper()
	for _, r := range document["Resources"].(map[string]any) {
		properties, _ := r.(map[string]any)["Properties"].(map[string]any)
		policy, _ := properties["KeyPolicy"].(map[string]any)
		statements, _ := policy["Statement"].([]any)
		for i, s := range statements {
			if s.(map[string]any)["Sid"] == sid {
				policy["Statement"] = append(statements[:i:i], statements[i+1:]...)
				return
			}
		}
	}
	t.Fatalf("the template has no statement %s", sid)
}
