package conformance

import (
	"encoding/base64"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go/middleware"
)

// mayLog is what a function's role needs to write its log.
var mayLog = document(may("logs:CreateLogGroup logs:CreateLogStream logs:PutLogEvents", "*"))

// event is one event of a log.
type logEvent struct{ stream, message string }

// logOf gives what is in a log group once there are reports of so many events, or
// patience ends.
func (c *caller) logOf(group string, reports int) (all []logEvent) {
	c.x.Helper()
	logs := cloudwatchlogs.NewFromConfig(c.config)
	cleanup(c.x, logs.DeleteLogGroup, &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: &group})
	c.x.until(func() bool {
		all = nil
		out, err := logs.FilterLogEvents(c.x.Context(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &group})
		if err != nil {
			return false
		}
		for _, e := range out.Events {
			all = append(all, logEvent{text(e.LogStreamName), text(e.Message)})
		}
		return len(messages(all, "REPORT", "platform.report")) >= reports
	})
	return all
}

// messages are those of a log that have any of the texts.
func messages(all []logEvent, texts ...string) (found []string) {
	for _, e := range all {
		if slices.ContainsFunc(texts, func(t string) bool { return strings.Contains(e.message, t) }) {
			found = append(found, e.message)
		}
	}
	return found
}

// logs are how a function logs.
func logs(l types.LoggingConfig) func(*lambda.CreateFunctionInput) {
	return func(in *lambda.CreateFunctionInput) { in.LoggingConfig = &l }
}

// sees gives a variable that a function sees.
func (c *caller) sees(function, variable string) (value string) {
	c.x.Helper()
	out := succeed(c.x, c.Lambda.Invoke, call(function, `{"Env":"`+variable+`"}`))
	if err := json.Unmarshal(out.Payload, &value); err != nil {
		c.x.Fatalf("the answer is %s", out.Payload)
	}
	return value
}

// id is that of the request which an answer was given to.
func (x *bench) id(m middleware.Metadata) string {
	x.Helper()
	id, ok := awsmiddleware.GetRequestIDMetadata(m)
	if !ok {
		x.Fatal("the answer has no request id")
	}
	return id
}

var lambdaLogging = []claim{
	{
		says:   "a function logs as text to a group of its name, and JSON has the level INFO",
		source: "recorded: lambda test_advanced_logging_configuration_format_switch, test_function_partial_advanced_logging_configuration_update",
		check: func(x *bench) {
			name, _ := x.Own.function("", nil)
			get := &lambda.GetFunctionConfigurationInput{FunctionName: &name}
			x.logging(succeed(x, x.Own.Lambda.GetFunctionConfiguration, get).LoggingConfig, "Text", "/aws/lambda/"+name, "", "")
			for _, c := range []struct {
				asks          types.LoggingConfig
				format, group string
				application   types.ApplicationLogLevel
				system        types.SystemLogLevel
			}{
				{types.LoggingConfig{LogFormat: "JSON"}, "JSON", "/aws/lambda/" + name, "INFO", "INFO"},
				{types.LoggingConfig{LogFormat: "JSON", ApplicationLogLevel: "DEBUG"}, "JSON", "/aws/lambda/" + name, "DEBUG", "INFO"},
				{types.LoggingConfig{LogFormat: "Text"}, "Text", "/aws/lambda/" + name, "", ""},
				{types.LoggingConfig{LogFormat: "JSON", SystemLogLevel: "DEBUG"}, "JSON", "/aws/lambda/" + name, "INFO", "DEBUG"},
				{types.LoggingConfig{LogFormat: "Text"}, "Text", "/aws/lambda/" + name, "", ""},
				{types.LoggingConfig{LogGroup: new("cool_lambda")}, "Text", "cool_lambda", "", ""},
			} {
				out := succeed(x, x.Own.Lambda.UpdateFunctionConfiguration, &lambda.UpdateFunctionConfigurationInput{FunctionName: &name, LoggingConfig: &c.asks})
				x.logging(out.LoggingConfig, c.format, c.group, c.application, c.system)
				x.logging(x.Own.settled(name).LoggingConfig, c.format, c.group, c.application, c.system)
			}
		},
	},
	{
		says:   "levels are of JSON alone",
		source: "reported: the message, in aws/aws-cdk#28045",
		check: func(x *bench) {
			in := x.Own.newFunction("")
			in.LoggingConfig = &types.LoggingConfig{LogFormat: types.LogFormatText, ApplicationLogLevel: types.ApplicationLogLevelInfo}
			refused(x, x.Own.Lambda.CreateFunction, in, "InvalidParameterValueException").
				saying(`LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your request or change the LogFormat to "Json" and try again.`)
		},
	},
	{
		says:   "a function sees its log group and stream, and of the runtimes provided.* no AWS_EXECUTION_ENV",
		source: "recorded: lambda test_introspection_invoke; Lambda Operator Guide, How CloudWatch structures logs",
		check: func(x *bench) {
			name, _ := x.Own.function("", nil)
			equal(x, "the group", x.Own.sees(name, "AWS_LAMBDA_LOG_GROUP_NAME"), "/aws/lambda/"+name)
			if stream := x.Own.sees(name, "AWS_LAMBDA_LOG_STREAM_NAME"); !regexp.MustCompile(`^\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}$`).MatchString(stream) {
				x.Errorf("the stream is %s", stream)
			}
			for _, none := range []string{"AWS_EXECUTION_ENV", "AWS_LAMBDA_LOG_FORMAT", "AWS_LAMBDA_LOG_LEVEL"} {
				equal(x, none, x.Own.sees(name, none), "")
			}
			equal(x, "the handler", x.Own.sees(name, "_HANDLER"), "bootstrap")
		},
	},
	{
		says:   "a function that logs as JSON sees so, and its level",
		source: "reported: the variables, in github.com/aws/aws-lambda-python-runtime-interface-client/pull/101; assumption: that the level is told as it was set",
		check: func(x *bench) {
			name, _ := x.Own.function("", logs(types.LoggingConfig{LogFormat: "JSON", ApplicationLogLevel: "WARN"}))
			equal(x, "the format", x.Own.sees(name, "AWS_LAMBDA_LOG_FORMAT"), "JSON")
			equal(x, "the level", x.Own.sees(name, "AWS_LAMBDA_LOG_LEVEL"), "WARN")
		},
	},
	{
		says:   "in a group that functions share, a log stream has the function's name",
		source: "Lambda Developer Guide, Configuring CloudWatch log groups",
		check: func(x *bench) {
			group := x.name("group")
			name, _ := x.Own.function(mayLog, logs(types.LoggingConfig{LogGroup: &group}))
			equal(x, "the group", x.Own.sees(name, "AWS_LAMBDA_LOG_GROUP_NAME"), group)
			stream := x.Own.sees(name, "AWS_LAMBDA_LOG_STREAM_NAME")
			if !regexp.MustCompile(`^\d{4}/\d\d/\d\d/` + name + `\[\$LATEST\]`).MatchString(stream) {
				x.Errorf("the stream is %s", stream)
			}
			if all := x.Own.logOf(group, 1); len(all) == 0 || all[0].stream != stream {
				x.Errorf("the log is %q", all)
			}
		},
	},
}

func (x *bench) logging(got *types.LoggingConfig, format, group string, application types.ApplicationLogLevel, system types.SystemLogLevel) {
	x.Helper()
	equal(x, "the format", string(got.LogFormat), format)
	equal(x, "the group", text(got.LogGroup), group)
	equal(x, "the application's level", got.ApplicationLogLevel, application)
	equal(x, "the system's level", got.SystemLogLevel, system)
}

var lambdaLogs = []claim{
	{
		says:   "the log has the beginning of an environment, and the start, the end and a report of each event by the id of its request",
		source: "recorded: lambda test_request_id_invoke, test_request_id_format",
		check: func(x *bench) {
			name, _ := x.Own.function(mayLog, nil)
			first := x.id(succeed(x, x.Own.Lambda.Invoke, call(name, "{}")).ResultMetadata)
			second := x.id(succeed(x, x.Own.Lambda.Invoke, call(name, "{}")).ResultMetadata)
			all := x.Own.logOf("/aws/lambda/"+name, 2)
			report := `\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\t.*`
			for n, form := range []string{
				`INIT_START Runtime Version: provided:al2023\.v\d+\tRuntime Version ARN: arn:aws:lambda:` + x.region + `::runtime:.+`,
				"START RequestId: " + first + ` Version: \$LATEST`, "handled an event", "END RequestId: " + first,
				"REPORT RequestId: " + first + report + `Init Duration: \d+\.\d\d ms\t`,
				"START RequestId: " + second + ` Version: \$LATEST`, "handled an event", "END RequestId: " + second,
				"REPORT RequestId: " + second + report,
			} {
				if n >= len(all) || !regexp.MustCompile("^"+form+"\n$").MatchString(all[n].message) {
					x.Fatalf("line %d of the log %q is not %s", n, all, form)
				}
			}
		},
	},
	{
		says:   "an asynchronous event has one id at all attempts, that of its request",
		source: "recorded: lambda test_request_id_async_invoke_with_retry",
		check: func(x *bench) {
			name, _ := x.Own.function(mayLog, nil)
			succeed(x, x.Own.Lambda.PutFunctionEventInvokeConfig, &lambda.PutFunctionEventInvokeConfigInput{FunctionName: &name, MaximumRetryAttempts: new(int32(1))})
			in := call(name, `{"Fail":"no"}`)
			in.InvocationType = types.InvocationTypeEvent
			id := x.id(succeed(x, x.Own.Lambda.Invoke, in).ResultMetadata)
			x.pass(5 * time.Minute)
			if ends := messages(x.Own.logOf("/aws/lambda/"+name, 2), "END"); !slices.Equal(ends, []string{"END RequestId: " + id + "\n", "END RequestId: " + id + "\n"}) {
				x.Errorf("the ends are %q, of %s", ends, id)
			}
		},
	},
	{
		says:   "the end of the log that comes with an answer has the same lines",
		source: "Lambda API Reference, Invoke, LogType; assumption: that the beginning of the environment is not among them",
		check: func(x *bench) {
			name, _ := x.Own.function("", nil)
			in := call(name, "{}")
			in.LogType = types.LogTypeTail
			out := succeed(x, x.Own.Lambda.Invoke, in)
			id, told := x.id(out.ResultMetadata), decoded(x, text(out.LogResult))
			if !strings.HasPrefix(told, "START RequestId: "+id+" Version: $LATEST\nhandled an event\nEND RequestId: "+id+"\nREPORT RequestId: "+id+"\t") {
				x.Errorf("the end of the log is %q", told)
			}
		},
	},
	{
		says:   "a role that may not write a log has none, and its function runs",
		source: "Lambda Developer Guide, Sending Lambda function logs to CloudWatch Logs, Required IAM permissions",
		needs:  inside,
		check: func(x *bench) {
			group := "/aws/lambda/"
			for _, policy := range []string{
				"", document(may("logs:CreateLogGroup logs:CreateLogStream", "*")), document(may("logs:CreateLogGroup logs:PutLogEvents", "*")),
				document(may("logs:CreateLogStream logs:PutLogEvents", "*")),
			} {
				name, _ := x.Own.function(policy, nil)
				equal(x, "the answer", string(succeed(x, x.Own.Lambda.Invoke, call(name, `{"a":1}`)).Payload), `{"a":1}`)
				if all := x.Own.logOf(group+name, 1); len(all) > 0 {
					x.Errorf("with %s the log is %q", policy, all)
				}
			}
		},
	},
	{
		says:   "what a function logs below the level of its log is not written",
		source: "Lambda Developer Guide, Log-level filtering",
		check: func(x *bench) {
			name, _ := x.Own.function(mayLog, logs(types.LoggingConfig{LogFormat: "JSON", ApplicationLogLevel: "WARN", SystemLogLevel: "INFO"}))
			for _, level := range []string{"debug", "info", "warn", "error"} {
				succeed(x, x.Own.Lambda.Invoke, call(name, `{"Level":"`+level+`"}`))
			}
			all := x.Own.logOf("/aws/lambda/"+name, 4)
			for part, want := range map[string]int{`"debug"`: 0, `"info"`: 0, `"warn"`: 1, `"error"`: 1, `"platform.initStart"`: 1, `"platform.start"`: 4, `"platform.runtimeDone"`: 0, `"platform.report"`: 4} {
				equal(x, "the number of "+part, len(messages(all, part)), want)
			}
		},
	},
}

func decoded(x *bench, encoded string) string {
	x.Helper()
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		x.Fatal(err)
	}
	return string(raw)
}
