package conformance

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

var lambdaInvocations = []claim{
	{
		says:   "an invocation answers with what the function answered",
		source: "Lambda API Reference, Invoke; recorded: lambda test_invocation_type_request_response",
		check: func(x *bench) {
			name, _ := x.Own.function("", nil)
			out := succeed(x, x.Own.Lambda.Invoke, call(name, `{"a":1}`))
			equal(x, "the answer", string(out.Payload), `{"a":1}`)
			equal(x, "the status", out.StatusCode, 200)
			equal(x, "the version", text(out.ExecutedVersion), "$LATEST")
			equal(x, "the error", text(out.FunctionError), "")
		},
	},
	{
		says:   "a function's error is an answer of status 200 with FunctionError Unhandled",
		source: "Lambda API Reference, Invoke, FunctionError and StatusCode",
		check: func(x *bench) {
			name, _ := x.Own.function("", nil)
			out := succeed(x, x.Own.Lambda.Invoke, call(name, `{"Fail":"no"}`))
			equal(x, "the status", out.StatusCode, 200)
			equal(x, "the error", text(out.FunctionError), "Unhandled")
			var told struct{ ErrorType, ErrorMessage string }
			if err := json.Unmarshal(out.Payload, &told); err != nil || told.ErrorType != "Asked" || told.ErrorMessage != "no" {
				x.Errorf("the answer is %s", out.Payload)
			}
		},
	},
	{
		says:   "a function that takes too long is ended, and the next event has a new environment",
		source: "Lambda Developer Guide, Understanding the Lambda execution environment lifecycle, Invoke phase failures",
		check: func(x *bench) {
			name, _ := x.Own.function("", func(in *lambda.CreateFunctionInput) { in.Timeout = new(int32(1)) })
			out := succeed(x, x.Own.Lambda.Invoke, call(name, `{"SleepMS":3000}`))
			equal(x, "the error", text(out.FunctionError), "Unhandled")
			if !strings.Contains(string(out.Payload), "Task timed out after 1.00 seconds") {
				x.Errorf("the answer is %s", out.Payload)
			}
			equal(x, "the next answer", string(succeed(x, x.Own.Lambda.Invoke, call(name, `{"a":1}`)).Payload), `{"a":1}`)
		},
	},
	{
		says:   "a dry run of an invocation asks for the permission and calls nothing",
		source: "Lambda API Reference, Invoke, InvocationType; recorded: lambda test_invocation_type_dry_run",
		check: func(x *bench) {
			name, arn := x.Own.function("", nil)
			dry := call(name, "{}")
			dry.InvocationType = types.InvocationTypeDryRun
			out := succeed(x, x.Own.Lambda.Invoke, dry)
			equal(x, "the status", out.StatusCode, 204)
			equal(x, "the answer", string(out.Payload), "")
			refused(x, x.Own.session(document(may("lambda:GetFunction", arn))).Lambda.Invoke, dry, "AccessDeniedException")
		},
	},
	{
		says:   "the end of the log comes with the answer where it is asked for",
		source: "Lambda API Reference, Invoke, LogType",
		check: func(x *bench) {
			name, _ := x.Own.function("", nil)
			in := call(name, "{}")
			in.LogType = types.LogTypeTail
			if text(succeed(x, x.Own.Lambda.Invoke, in).LogResult) == "" {
				x.Error("there is no log")
			}
			in.LogType = types.LogTypeNone
			equal(x, "the log", text(succeed(x, x.Own.Lambda.Invoke, in).LogResult), "")
		},
	},
	{
		says:   "what is no JSON is no event",
		source: "recorded: lambda test_lambda_invoke_payload_encoding_error",
		check: func(x *bench) {
			name, _ := x.Own.function("", nil)
			refused(x, x.Own.Lambda.Invoke, call(name, "not json"), "InvalidRequestContentException").mentioning("Could not parse request body into json")
		},
	},
	{
		says:   "an asynchronous event that fails is tried three times, and then goes to the destination for failures",
		source: "recorded: lambda test_retries",
		check:  failsThrice,
	},
	{
		says:   "how asynchronous events are handled is a configuration of the version $LATEST, by whichever name",
		source: "recorded: lambda test_lambda_eventinvokeconfig_lifecycle",
		check: func(x *bench) {
			name, arn := x.Own.function("", nil)
			put := &lambda.PutFunctionEventInvokeConfigInput{FunctionName: &name, Qualifier: new("$LATEST"), MaximumRetryAttempts: new(int32(0)), MaximumEventAgeInSeconds: new(int32(60))}
			equal(x, "the function", text(succeed(x, x.Own.Lambda.PutFunctionEventInvokeConfig, put).FunctionArn), arn+":$LATEST")
			for _, qualifier := range []*string{nil, new("$LATEST")} {
				get := &lambda.GetFunctionEventInvokeConfigInput{FunctionName: &name, Qualifier: qualifier}
				got := succeed(x, x.Own.Lambda.GetFunctionEventInvokeConfig, get)
				equal(x, "the function", text(got.FunctionArn), arn+":$LATEST")
				equal(x, "the retries", *got.MaximumRetryAttempts, 0)
				equal(x, "the age", *got.MaximumEventAgeInSeconds, 60)
			}
			succeed(x, x.Own.Lambda.DeleteFunctionEventInvokeConfig, &lambda.DeleteFunctionEventInvokeConfigInput{FunctionName: &name, Qualifier: new("$LATEST")})
			refused(x, x.Own.Lambda.GetFunctionEventInvokeConfig, &lambda.GetFunctionEventInvokeConfigInput{FunctionName: &name}, "ResourceNotFoundException")
		},
	},
	{
		says:   "reserved concurrency of zero refuses every event",
		source: "recorded: lambda test_lambda_concurrency_block",
		check: func(x *bench) {
			name, _ := x.Own.function("", nil)
			succeed(x, x.Own.Lambda.PutFunctionConcurrency, &lambda.PutFunctionConcurrencyInput{FunctionName: &name, ReservedConcurrentExecutions: new(int32(0))})
			refused(x, x.Own.Lambda.Invoke, call(name, "{}"), "TooManyRequestsException").saying("Rate Exceeded.")
			succeed(x, x.Own.Lambda.DeleteFunctionConcurrency, &lambda.DeleteFunctionConcurrencyInput{FunctionName: &name})
			succeed(x, x.Own.Lambda.Invoke, call(name, "{}"))
		},
	},
}

// failsThrice sends an event that fails, and looks at what arrives in the
// queue for failures.
func failsThrice(x *bench) {
	url, arn := x.Own.sourceQueue(nil)
	name, _ := x.Own.function(document(may("sqs:SendMessage", arn)), nil)
	succeed(x, x.Own.Lambda.PutFunctionEventInvokeConfig, &lambda.PutFunctionEventInvokeConfigInput{
		FunctionName: &name, DestinationConfig: &types.DestinationConfig{OnFailure: &types.OnFailure{Destination: &arn}}})
	in := call(name, `{"Fail":"no"}`)
	in.InvocationType = types.InvocationTypeEvent
	equal(x, "the status", succeed(x, x.Own.Lambda.Invoke, in).StatusCode, 202)
	x.pass(5 * time.Minute)
	message := x.Own.arrived(url, 6*time.Minute)
	if message == nil {
		x.Fatal("nothing arrived")
	}
	var told struct {
		RequestContext struct {
			Condition              string
			ApproximateInvokeCount int
		}
		RequestPayload  json.RawMessage
		ResponsePayload struct{ ErrorType string }
	}
	if err := json.Unmarshal([]byte(text(message.Body)), &told); err != nil {
		x.Fatal(err)
	}
	equal(x, "the condition", told.RequestContext.Condition, "RetriesExhausted")
	equal(x, "the number of tries", told.RequestContext.ApproximateInvokeCount, 3)
	equal(x, "the event", string(told.RequestPayload), `{"Fail":"no"}`)
	equal(x, "the error", told.ResponsePayload.ErrorType, "Asked")
}

// sourceQueue makes a queue, and gives its URL and its ARN.
func (c *caller) sourceQueue(attributes map[string]string) (url, arn string) {
	c.x.Helper()
	name := c.x.name("queue")
	url = text(succeed(c.x, c.SQS.CreateQueue, &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes}).QueueUrl)
	cleanup(c.x, c.SQS.DeleteQueue, &sqs.DeleteQueueInput{QueueUrl: &url})
	return url, "arn:aws:sqs:" + c.config.Region + ":" + c.account + ":" + name
}

// arrived waits for one message on AWS; the lab has it or has it not.
func (c *caller) arrived(url string, patience time.Duration) *sqstypes.Message {
	c.x.Helper()
	for end := time.Now().Add(patience); ; {
		out := succeed(c.x, c.SQS.ReceiveMessage, &sqs.ReceiveMessageInput{QueueUrl: &url, WaitTimeSeconds: 10, MessageSystemAttributeNames: []sqstypes.MessageSystemAttributeName{"All"}})
		if len(out.Messages) > 0 {
			return &out.Messages[0]
		}
		if c.x.lab != nil || time.Now().After(end) {
			return nil
		}
	}
}
