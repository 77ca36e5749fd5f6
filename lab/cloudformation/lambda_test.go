package cloudformation_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"rekey/lab/cloudformation"
)

// withCode deploys resources beside a role, and with an asset of a function's code.
func (b *bench) withCode(name, text string) (*cloudformation.Stack, error) {
	b.Helper()
	dir, arch := b.TempDir(), map[string]string{"amd64": "x86_64", "arm64": "arm64"}[runtime.GOARCH]
	write(b.T, dir, map[string]any{
		"manifest.json": artifacts(object{name: stackArtifact("t.json", "A"), "A": object{"type": "cdk:asset-manifest", "properties": object{"file": "a.json"}}}),
		"a.json": object{"files": object{"code": object{"source": object{"path": "code", "packaging": "zip"}, "destinations": object{"here": object{
			"bucketName": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}", "objectKey": "code.zip"}}}}},
		"code/bootstrap": "#!/bin/false",
		"t.json": resources(`{
			"Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": ` + trust + `, "Policies": [{"PolicyName": "p", "PolicyDocument":
				{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["sqs:*"], "Resource": "*"}]}}]}}, ` +
			strings.NewReplacer("CODE", `{"S3Bucket": {"Fn::Sub": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"}, "S3Key": "code.zip"}`, "ARCH", arch).Replace(text) + `}`),
	})
	if err := b.d.Bootstrap(b.Context()); err != nil {
		b.Fatal(err)
	}
	return b.d.Deploy(b.Context(), b.assembly(dir).Stacks()[0], nil)
}

const function = `"Function": {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": ["Role", "Arn"]}, "Runtime": "provided.al2023", "Handler": "bootstrap",
	"Architectures": ["ARCH"], "Code": CODE, "Timeout": "30", "MemorySize": 256, "ReservedConcurrentExecutions": 2, "Environment": {"Variables": {"PLACE": {"Ref": "AWS::Region"}}},
	"LoggingConfig": {"LogFormat": "JSON", "LogGroup": {"Ref": "Group"}}, "Tags": [{"Key": "k", "Value": "v"}]}},
	"Group": {"Type": "AWS::Logs::LogGroup"}`

func TestFunction(t *testing.T) {
	b := newBench(t)
	s, err := b.withCode("Fns", function+`,
		"Config": {"Type": "AWS::Lambda::EventInvokeConfig", "Properties": {"FunctionName": {"Ref": "Function"}, "Qualifier": "$LATEST", "MaximumRetryAttempts": 1,
			"MaximumEventAgeInSeconds": 600, "DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": ["Queue", "Arn"]}}}}},
		"Mapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {"FunctionName": {"Ref": "Function"}, "EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]}, "BatchSize": 5,
			"FunctionResponseTypes": ["ReportBatchItemFailures"]}},
		"Permission": {"Type": "AWS::Lambda::Permission", "Properties": {"FunctionName": {"Fn::GetAtt": ["Function", "Arn"]}, "Action": "lambda:InvokeFunction",
			"Principal": "events.amazonaws.com", "SourceAccount": {"Ref": "AWS::AccountId"}}},
		"Queue": {"Type": "AWS::SQS::Queue"}`)
	if err != nil {
		t.Fatal(err)
	}
	c, name := lambda.NewFromConfig(b.config), s.Physical("Function")
	b.has("the function", name, `Fns-Function-\w{12}`)
	f := got(b, c.GetFunction, &lambda.GetFunctionInput{FunctionName: &name})
	equal(b, "Arn", b.attribute(s, "Function", "Arn"), *f.Configuration.FunctionArn)
	equal(b, "the state", f.Configuration.State, types.StateActive)
	equal(b, "the timeout", *f.Configuration.Timeout, 30)
	equal(b, "the variable", f.Configuration.Environment.Variables["PLACE"], "eu-west-1")
	equal(b, "the log group", *f.Configuration.LoggingConfig.LogGroup, s.Physical("Group"))
	equal(b, "the tag", f.Tags["k"], "v")
	equal(b, "the concurrency", *f.Concurrency.ReservedConcurrentExecutions, 2)
	e := got(b, c.GetFunctionEventInvokeConfig, &lambda.GetFunctionEventInvokeConfigInput{FunctionName: &name})
	equal(b, "the attempts", *e.MaximumRetryAttempts, 1)
	equal(b, "the destination", *e.DestinationConfig.OnFailure.Destination, b.attribute(s, "Queue", "Arn"))
	m := got(b, c.GetEventSourceMapping, &lambda.GetEventSourceMappingInput{UUID: new(b.attribute(s, "Mapping", "Id"))})
	equal(b, "the mapping", *m.State, "Enabled")
	b.has("the policy", *got(b, c.GetPolicy, &lambda.GetPolicyInput{FunctionName: &name}).Policy, `.*"`+b.attribute(s, "Permission", "Id")+`".*`)
}

// All of it is taken back when something after it fails.
func TestFunctionRollback(t *testing.T) {
	b := newBench(t)
	_, err := b.withCode("Fns", function+`,
		"Config": {"Type": "AWS::Lambda::EventInvokeConfig", "Properties": {"FunctionName": {"Ref": "Function"}, "Qualifier": "$LATEST", "MaximumRetryAttempts": 1}},
		"Permission": {"Type": "AWS::Lambda::Permission", "Properties": {"FunctionName": {"Ref": "Function"}, "Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com"}},
		"Bad": {"Type": "AWS::SSM::Parameter", "DependsOn": ["Config", "Permission"], "Properties": {"Type": "String", "Value": ""}}`)
	b.refused(err, "a parameter without a value", "Resources/Bad (AWS::SSM::Parameter): CREATE_FAILED")
	if strings.Contains(err.Error(), "ROLLBACK_FAILED") {
		t.Error(err)
	}
	equal(b, "the functions", len(got(b, lambda.NewFromConfig(b.config).ListFunctions, &lambda.ListFunctionsInput{}).Functions), 0)
}

func TestLayers(t *testing.T) {
	b := newBench(t)
	s, err := b.withCode("Layers", `
		"Layer": {"Type": "AWS::Lambda::LayerVersion", "Properties": {"LayerName": "ours", "Content": CODE, "CompatibleArchitectures": ["ARCH"], "Description": "d"}},
		"Shared": {"Type": "AWS::Lambda::LayerVersionPermission", "Properties": {"Action": "lambda:GetLayerVersion", "LayerVersionArn": {"Ref": "Layer"}, "Principal": "444455556666"}}`)
	if err != nil {
		t.Fatal(err)
	}
	equal(b, "Ref", s.Physical("Layer"), "arn:aws:lambda:eu-west-1:111122223333:layer:ours:1")
	equal(b, "LayerVersionArn", b.attribute(s, "Layer", "LayerVersionArn"), s.Physical("Layer"))
	b.has("Id", b.attribute(s, "Shared", "Id"), `arn:aws:lambda:eu-west-1:111122223333:layer:ours:1#Layers-Shared-\w{12}`)
	l := got(b, lambda.NewFromConfig(b.config).GetLayerVersion, &lambda.GetLayerVersionInput{LayerName: new("ours"), VersionNumber: new(int64(1))})
	equal(b, "the description", *l.Description, "d")
	for arn, want := range map[string]string{`"ours"`: "is no ARN of a layer's version", `"a:b"`: "is no ARN of a layer's version"} {
		_, err := b.d.Deploy(t.Context(), b.template("Bad", resources(`{"P": {"Type": "AWS::Lambda::LayerVersionPermission", "Properties": {"LayerVersionArn": `+arn+`}}}`)), nil)
		b.refused(err, arn, want)
	}
}
