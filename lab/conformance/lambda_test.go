package conformance

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// echo is the archive of the function in testdata/echo, and rotator of that in
// testdata/rotate.
var (
	echo    = sync.OnceValues(func() ([]byte, error) { return archived("./testdata/echo") })
	rotator = sync.OnceValues(func() ([]byte, error) { return archived("./testdata/rotate") })
)

// archived builds a function.
func archived(program string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "rekey-conformance-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", filepath.Join(dir, "bootstrap"), program)
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+runtime.GOOS)
	if *onAWS {
		build.Env = append(build.Env, "GOOS=linux")
	}
	if said, err := build.CombinedOutput(); err != nil {
		return said, err
	}
	binary, err := os.ReadFile(filepath.Join(dir, "bootstrap"))
	if err != nil {
		return nil, err
	}
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	h := &zip.FileHeader{Name: "bootstrap", Method: zip.Deflate}
	h.SetMode(0o755)
	w, err := z.CreateHeader(h)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(binary); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return archive.Bytes(), nil
}

func architecture() []types.Architecture {
	if runtime.GOARCH == "arm64" {
		return []types.Architecture{types.ArchitectureArm64}
	}
	return []types.Architecture{types.ArchitectureX8664}
}

// lambdaRole makes a role that Lambda may assume, with one policy.
func (c *caller) lambdaRole(policy string) string {
	c.x.Helper()
	name := c.x.name("role")
	trust := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}}`
	made := succeed(c.x, c.IAM.CreateRole, &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &trust})
	cleanup(c.x, c.IAM.DeleteRole, &iam.DeleteRoleInput{RoleName: &name})
	if policy != "" {
		in := &iam.PutRolePolicyInput{RoleName: &name, PolicyName: new("conformance"), PolicyDocument: &policy}
		succeed(c.x, c.IAM.PutRolePolicy, in)
		cleanup(c.x, c.IAM.DeleteRolePolicy, &iam.DeleteRolePolicyInput{RoleName: &name, PolicyName: in.PolicyName})
	}
	return text(made.Role.Arn)
}

// function makes a function of testdata/echo; change what is to be changed.
func (c *caller) function(policy string, change func(*lambda.CreateFunctionInput)) (name, arn string) {
	c.x.Helper()
	in := c.newFunction(policy)
	if change != nil {
		change(in)
	}
	made := succeed(c.x, c.Lambda.CreateFunction, in)
	cleanup(c.x, c.Lambda.DeleteFunction, &lambda.DeleteFunctionInput{FunctionName: in.FunctionName})
	c.x.pass(10 * time.Second)
	c.x.until(func() bool {
		out, err := c.Lambda.GetFunctionConfiguration(c.x.Context(), &lambda.GetFunctionConfigurationInput{FunctionName: in.FunctionName})
		return err == nil && out.State == types.StateActive
	})
	return *in.FunctionName, text(made.FunctionArn)
}

func (c *caller) newFunction(policy string) *lambda.CreateFunctionInput {
	c.x.Helper()
	archive, err := echo()
	if err != nil {
		c.x.Fatalf("build the function: %v %s", err, archive)
	}
	return &lambda.CreateFunctionInput{
		FunctionName: new(c.x.name("function")), Role: new(c.lambdaRole(policy)), Runtime: types.RuntimeProvidedal2023, Handler: new("bootstrap"),
		Architectures: architecture(), Timeout: new(int32(5)), Code: &types.FunctionCode{ZipFile: archive},
	}
}

// pass lets time go by: on the lab its clock is moved.
func (x *bench) pass(d time.Duration) {
	if x.lab != nil {
		x.advance(d)
	}
}

func call(name, event string) *lambda.InvokeInput {
	return &lambda.InvokeInput{FunctionName: &name, Payload: []byte(event)}
}

var lambdaFunctions = []claim{
	{
		says:   "a function is pending when it is made, and active a little later",
		source: "recorded: lambda test_function_lifecycle",
		check: func(x *bench) {
			in := x.Own.newFunction("")
			made := succeed(x, x.Own.Lambda.CreateFunction, in)
			cleanup(x, x.Own.Lambda.DeleteFunction, &lambda.DeleteFunctionInput{FunctionName: in.FunctionName})
			equal(x, "the state", made.State, types.StatePending)
			equal(x, "the reason", made.StateReasonCode, types.StateReasonCodeCreating)
			equal(x, "the reason", text(made.StateReason), "The function is being created.")
			equal(x, "the version", text(made.Version), "$LATEST")
			equal(x, "the memory", *made.MemorySize, 128)
			x.pass(10 * time.Second)
			get := &lambda.GetFunctionConfigurationInput{FunctionName: in.FunctionName}
			var out *lambda.GetFunctionConfigurationOutput
			x.until(func() bool {
				out = succeed(x, x.Own.Lambda.GetFunctionConfiguration, get)
				return out.State == types.StateActive
			})
			equal(x, "the state later", out.State, types.StateActive)
			equal(x, "the update", out.LastUpdateStatus, types.LastUpdateStatusSuccessful)
		},
	},
	{
		says:   "a function that does not exist is named by its ARN in the answer",
		source: "recorded: lambda test_function_lifecycle",
		check: func(x *bench) {
			name := x.name("none")
			arn := "arn:aws:lambda:" + x.region + ":" + x.Own.account + ":function:" + name
			refused(x, x.Own.Lambda.GetFunction, &lambda.GetFunctionInput{FunctionName: &name}, "ResourceNotFoundException").saying("Function not found: " + arn)
			refused(x, x.Own.Lambda.GetFunction, &lambda.GetFunctionInput{FunctionName: new(arn + ":12")}, "ResourceNotFoundException").saying("Function not found: " + arn + ":12")
			refused(x, x.Own.Lambda.DeleteFunction, &lambda.DeleteFunctionInput{FunctionName: &name}, "ResourceNotFoundException").saying("Function not found: " + arn)
		},
	},
	{
		says:   "a function of another Region cannot be reached",
		source: "recorded: lambda test_get_function_wrong_region",
		check: func(x *bench) {
			arn := "arn:aws:lambda:" + x.away + ":" + x.Own.account + ":function:f"
			refused(x, x.Own.Lambda.GetFunction, &lambda.GetFunctionInput{FunctionName: &arn}, "ResourceNotFoundException").
				saying("Functions from '" + x.away + "' are not reachable in this region ('" + x.region + "')")
		},
	},
	{
		says:   "a role that does not trust Lambda makes no function",
		source: "recorded: lambda test_create_lambda_exceptions",
		check: func(x *bench) {
			in := x.Own.newFunction("")
			in.Role = new(x.Own.role(""))
			refused(x, x.Own.Lambda.CreateFunction, in, "InvalidParameterValueException").saying("The role defined for the function cannot be assumed by Lambda.")
		},
	},
	{
		says:   "who makes a function must be allowed to pass its role",
		source: "Lambda Developer Guide, Granting a user permissions to pass a role to an AWS service",
		check: func(x *bench) {
			in := x.Own.newFunction("")
			x.Own.session(document(may("lambda:*", "*"))).without(in, "iam:PassRole")
			able := x.Own.session(document(may("lambda:*", "*"), may("iam:PassRole", *in.Role)))
			succeed(x, able.Lambda.CreateFunction, in)
			cleanup(x, x.Own.Lambda.DeleteFunction, &lambda.DeleteFunctionInput{FunctionName: in.FunctionName})
		},
	},
	{
		says:   "variables of Lambda's own cannot be set, and all together have 4 KB",
		source: "Lambda Developer Guide, Defined runtime environment variables; recorded: lambda test_large_environment_variables_fails; reported: the message for reserved keys, in neverendingqs/serverless-dotenv-plugin#28",
		check: func(x *bench) {
			in := x.Own.newFunction("")
			in.Environment = &types.Environment{Variables: map[string]string{"AWS_SECRET_ACCESS_KEY": "x", "AWS_ACCESS_KEY_ID": "x"}}
			refused(x, x.Own.Lambda.CreateFunction, in, "InvalidParameterValueException").mentioning("Reserved keys used in this request: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY")
			in.Environment = &types.Environment{Variables: map[string]string{"LARGE": strings.Repeat("x", 4<<10)}}
			refused(x, x.Own.Lambda.CreateFunction, in, "InvalidParameterValueException").mentioning("exceeded the 4KB limit")
		},
	},
	{
		says:   "an update takes a while, and another one meanwhile is refused",
		source: "recorded: lambda test_function_lifecycle, test_lambda_concurrent_code_updates",
		check: func(x *bench) {
			name, arn := x.Own.function("", nil)
			in := &lambda.UpdateFunctionConfigurationInput{FunctionName: &name, Description: new("other")}
			out := succeed(x, x.Own.Lambda.UpdateFunctionConfiguration, in)
			equal(x, "the update", out.LastUpdateStatus, types.LastUpdateStatusInProgress)
			equal(x, "the description", text(out.Description), "other")
			refused(x, x.Own.Lambda.UpdateFunctionConfiguration, in, "ResourceConflictException").
				saying("The operation cannot be performed at this time. An update is in progress for resource: " + arn)
			x.pass(10 * time.Second)
			succeed(x, x.Own.Lambda.UpdateFunctionConfiguration, in)
		},
	},
}

// without holds a caller to being refused for want of an action.
func (c *caller) without(in *lambda.CreateFunctionInput, action string) {
	c.x.Helper()
	refused(c.x, c.Lambda.CreateFunction, in, "AccessDeniedException").mentioning("is not authorized to perform: " + action)
}

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

var lambdaPermissions = []claim{
	{
		says:   "a permission for a service is a statement with the source in ArnLike",
		source: "recorded: lambda test_add_lambda_permission_aws",
		check: func(x *bench) {
			name, arn := x.Own.function("", nil)
			in := &lambda.AddPermissionInput{FunctionName: &name, StatementId: new("s3"), Action: new("lambda:InvokeFunction"), Principal: new("s3.amazonaws.com"), SourceArn: new("arn:aws:s3:::some-bucket")}
			var st struct {
				Sid, Effect, Action, Resource string
				Principal                     map[string]string
				Condition                     map[string]map[string]string
			}
			if err := json.Unmarshal([]byte(text(succeed(x, x.Own.Lambda.AddPermission, in).Statement)), &st); err != nil {
				x.Fatal(err)
			}
			equal(x, "the resource", st.Resource, arn)
			equal(x, "the principal", st.Principal["Service"], "s3.amazonaws.com")
			equal(x, "the source", st.Condition["ArnLike"]["AWS:SourceArn"], "arn:aws:s3:::some-bucket")
			refused(x, x.Own.Lambda.AddPermission, in, "ResourceConflictException")
		},
	},
	{
		says:   "a function without permissions has no policy, and what is not there cannot be removed",
		source: "recorded: lambda test_permission_exceptions, test_remove_multi_permissions",
		check: func(x *bench) {
			name, _ := x.Own.function("", nil)
			refused(x, x.Own.Lambda.GetPolicy, &lambda.GetPolicyInput{FunctionName: &name}, "ResourceNotFoundException").saying("The resource you requested does not exist.")
			remove := &lambda.RemovePermissionInput{FunctionName: &name, StatementId: new("none")}
			refused(x, x.Own.Lambda.RemovePermission, remove, "ResourceNotFoundException").saying("No policy is associated with the given resource.")
			succeed(x, x.Own.Lambda.AddPermission, &lambda.AddPermissionInput{FunctionName: &name, StatementId: new("some"), Action: new("lambda:InvokeFunction"), Principal: new("s3.amazonaws.com")})
			refused(x, x.Own.Lambda.RemovePermission, remove, "ResourceNotFoundException").saying("Statement none is not found in resource policy.")
		},
	},
	{
		says:   "another account invokes a function where both sides let it",
		source: "Lambda Developer Guide, Granting Lambda function access to other accounts",
		needs:  otherAccount,
		check: func(x *bench) {
			name, arn := x.Own.function("", nil)
			refused(x, x.Other.Lambda.Invoke, call(arn, "{}"), "AccessDeniedException")
			succeed(x, x.Own.Lambda.AddPermission, &lambda.AddPermissionInput{FunctionName: &name, StatementId: new("other"), Action: new("lambda:InvokeFunction"), Principal: &x.Other.account})
			succeed(x, x.Other.Lambda.Invoke, call(arn, "{}"))
			refused(x, x.Other.session(document(may("lambda:GetFunction", "*"))).Lambda.Invoke, call(arn, "{}"), "AccessDeniedException")
		},
	},
}

var lambdaMappings = []claim{
	{
		says:   "a queue's messages are handed to the function, and what it does not report as failed is deleted",
		source: "recorded: lambda test_report_batch_item_failures; Lambda Developer Guide, Handling errors for an SQS event source in Lambda",
		check: func(x *bench) {
			url, arn := x.Own.sourceQueue(map[string]string{"VisibilityTimeout": "30"})
			name, _ := x.Own.function(document(may("sqs:*", arn)), nil)
			made := succeed(x, x.Own.Lambda.CreateEventSourceMapping, &lambda.CreateEventSourceMappingInput{
				EventSourceArn: &arn, FunctionName: &name, FunctionResponseTypes: []types.FunctionResponseType{types.FunctionResponseTypeReportBatchItemFailures}})
			equal(x, "the state", text(made.State), "Creating")
			stop := &lambda.DeleteEventSourceMappingInput{UUID: made.UUID}
			for _, body := range []string{"good", "bad", "good"} {
				succeed(x, x.Own.SQS.SendMessage, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body})
			}
			x.pass(time.Minute)
			x.until(func() bool {
				m, err := x.Own.Lambda.GetEventSourceMapping(x.Context(), &lambda.GetEventSourceMappingInput{UUID: made.UUID})
				return err == nil && aws.ToString(m.State) == "Enabled"
			})
			succeed(x, x.Own.Lambda.DeleteEventSourceMapping, stop)
			x.pass(time.Minute)
			left := x.Own.arrived(url, 2*time.Minute)
			if left == nil {
				x.Fatal("the message that was reported is gone")
			}
			equal(x, "the message that is left", text(left.Body), "bad")
		},
	},
	{
		says:   "a queue that hides its messages for a shorter time than the function takes is no source",
		source: "Lambda Developer Guide, Creating and configuring an Amazon SQS event source mapping; reported: the message, in aws/serverless-application-model#3445",
		check: func(x *bench) {
			_, arn := x.Own.sourceQueue(map[string]string{"VisibilityTimeout": "2"})
			name, _ := x.Own.function(document(may("sqs:*", arn)), nil)
			refused(x, x.Own.Lambda.CreateEventSourceMapping, &lambda.CreateEventSourceMappingInput{EventSourceArn: &arn, FunctionName: &name}, "InvalidParameterValueException").
				saying("Queue visibility timeout: 2 seconds is less than Function timeout: 5 seconds")
		},
	},
	{
		says:   "a role that may not receive from a queue cannot be fed by it",
		source: "Lambda Developer Guide, Tutorial: Using Lambda with Amazon SQS, execution role permissions; reported: the message, in anomalyco/sst#5737",
		check: func(x *bench) {
			_, arn := x.Own.sourceQueue(nil)
			name, _ := x.Own.function("", nil)
			refused(x, x.Own.Lambda.CreateEventSourceMapping, &lambda.CreateEventSourceMappingInput{EventSourceArn: &arn, FunctionName: &name}, "InvalidParameterValueException").
				saying("The function execution role does not have permissions to call ReceiveMessage on SQS")
		},
	},
	{
		says:   "a large batch needs a window",
		source: "recorded: lambda test_event_source_mapping_default_batch_size",
		check: func(x *bench) {
			_, arn := x.Own.sourceQueue(nil)
			name, _ := x.Own.function(document(may("sqs:*", arn)), nil)
			refused(x, x.Own.Lambda.CreateEventSourceMapping, &lambda.CreateEventSourceMappingInput{EventSourceArn: &arn, FunctionName: &name, BatchSize: new(int32(11))}, "InvalidParameterValueException").
				saying("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10")
		},
	},
}

// Without leave to bring code, a lab takes none.
func TestFunctionsNeedLeave(t *testing.T) {
	x := labTarget{}.open(t)
	x.lab.Lambda.Uploads = false
	in := x.Own.newFunction("")
	refused(x, x.Own.Lambda.CreateFunction, in, "NotImplemented").mentioning("rekey lab --functions")
	x.lab.World.Trail.Reset()
}
