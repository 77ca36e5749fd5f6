package conformance

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

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
		says:   "a permission has a condition for each thing that it asks of a call",
		source: "recorded: lambda test_add_lambda_permission_fields",
		check: func(x *bench) {
			name, arn := x.Own.function("", nil)
			for _, c := range []struct {
				asks lambda.AddPermissionInput
				want string
			}{
				{lambda.AddPermissionInput{Principal: new("*"), Action: new("lambda:InvokeFunctionUrl"), SourceAccount: &x.Own.account, SourceArn: new("arn:aws:s3:::some"), PrincipalOrgID: new("o-1234567890"), FunctionUrlAuthType: types.FunctionUrlAuthTypeNone},
					`{"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::some"},"StringEquals":{"AWS:SourceAccount":"` + x.Own.account + `","aws:PrincipalOrgID":"o-1234567890","lambda:FunctionUrlAuthType":"NONE"}}`},
				{lambda.AddPermissionInput{Principal: new("*"), Action: new("lambda:InvokeFunction"), EventSourceToken: new("amzn1.ask.skill.x")}, `{"StringEquals":{"lambda:EventSourceToken":"amzn1.ask.skill.x"}}`},
				{lambda.AddPermissionInput{Principal: new("lambda.amazonaws.com"), Action: new("lambda:InvokeFunction"), SourceAccount: &x.Own.account}, `{"StringEquals":{"AWS:SourceAccount":"` + x.Own.account + `"}}`},
			} {
				c.asks.FunctionName, c.asks.StatementId = &name, new(x.name("sid"))
				told := text(succeed(x, x.Own.Lambda.AddPermission, &c.asks).Statement)
				if !strings.HasSuffix(told, `"Resource":"`+arn+`","Condition":`+c.want+`}`) {
					x.Errorf("the statement is %s", told)
				}
			}
			refused(x, x.Own.Lambda.AddPermission, &lambda.AddPermissionInput{FunctionName: &name, StatementId: new("url"), Principal: new("*"), Action: new("lambda:InvokeFunction"), FunctionUrlAuthType: types.FunctionUrlAuthTypeNone}, "InvalidParameterValueException")
		},
	},
	{
		says:   "a permission for a token lets in nobody who has none",
		source: "Lambda API Reference, AddPermission, EventSourceToken",
		needs:  otherAccount,
		check: func(x *bench) {
			name, arn := x.Own.function("", nil)
			in := &lambda.AddPermissionInput{FunctionName: &name, StatementId: new("token"), Action: new("lambda:InvokeFunction"), Principal: &x.Other.account, EventSourceToken: new("t")}
			succeed(x, x.Own.Lambda.AddPermission, in)
			refused(x, x.Other.Lambda.Invoke, call(arn, "{}"), "AccessDeniedException")
			in.StatementId, in.EventSourceToken = new("plain"), nil
			succeed(x, x.Own.Lambda.AddPermission, in)
			succeed(x, x.Other.Lambda.Invoke, call(arn, "{}"))
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
		says:   "a permission is not removed from a function that has another revision",
		source: "recorded: lambda test_lambda_permission_revisions",
		check: func(x *bench) {
			name, _ := x.Own.function("", nil)
			succeed(x, x.Own.Lambda.AddPermission, &lambda.AddPermissionInput{FunctionName: &name, StatementId: new("some"), Action: new("lambda:InvokeFunction"), Principal: new("s3.amazonaws.com")})
			remove := &lambda.RemovePermissionInput{FunctionName: &name, StatementId: new("some"), RevisionId: new("wrong")}
			refused(x, x.Own.Lambda.RemovePermission, remove, "PreconditionFailedException").
				saying("The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id")
			remove.RevisionId = succeed(x, x.Own.Lambda.GetPolicy, &lambda.GetPolicyInput{FunctionName: &name}).RevisionId
			succeed(x, x.Own.Lambda.RemovePermission, remove)
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

var lambdaTags = []claim{
	{
		says:   "tags are a function's and not a version's, and no tags cannot be set",
		source: "recorded: lambda test_tag_exceptions",
		check: func(x *bench) {
			_, arn := x.Own.function("", nil)
			refused(x, x.Own.Lambda.TagResource, &lambda.TagResourceInput{Resource: new(arn + ":$LATEST"), Tags: map[string]string{"a": "b"}}, "InvalidParameterValueException").
				saying("Tags on function aliases and versions are not supported. Please specify a function ARN.")
			refused(x, x.Own.Lambda.TagResource, &lambda.TagResourceInput{Resource: &arn, Tags: map[string]string{}}, "InvalidParameterValueException").
				saying("An error occurred and the request cannot be processed.")
			succeed(x, x.Own.Lambda.TagResource, &lambda.TagResourceInput{Resource: &arn, Tags: map[string]string{"a": "b"}})
			equal(x, "the tag", succeed(x, x.Own.Lambda.ListTags, &lambda.ListTagsInput{Resource: &arn}).Tags["a"], "b")
			succeed(x, x.Own.Lambda.UntagResource, &lambda.UntagResourceInput{Resource: &arn, TagKeys: []string{"a"}})
			equal(x, "the number of tags", len(succeed(x, x.Own.Lambda.ListTags, &lambda.ListTagsInput{Resource: &arn}).Tags), 0)
		},
	},
	{
		says:   "reserved concurrency of a function that does not exist is not set",
		source: "recorded: lambda test_function_concurrency_exceptions",
		check: func(x *bench) {
			none := x.name("none")
			put := &lambda.PutFunctionConcurrencyInput{FunctionName: &none, ReservedConcurrentExecutions: new(int32(1))}
			refused(x, x.Own.Lambda.PutFunctionConcurrency, put, "ResourceNotFoundException").
				saying("Function not found: arn:aws:lambda:" + x.region + ":" + x.Own.account + ":function:" + none + ":$LATEST")
		},
	},
}
