//go:build !nolab

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"rekey/lab"
)

// labAssembly writes an assembly of one stack, with a queue and a function, whose
// code is nothing that runs.
func labAssembly(t *testing.T) string {
	t.Helper()
	dir, arch := t.TempDir(), map[string]string{"amd64": "x86_64", "arm64": "arm64"}[runtime.GOARCH]
	for name, text := range map[string]string{
		"manifest.json": `{"version": "1", "artifacts": {
			"App": {"type": "aws:cloudformation:stack", "environment": "aws://unknown-account/unknown-region", "dependencies": ["A"], "properties": {"templateFile": "App.template.json"}},
			"A": {"type": "cdk:asset-manifest", "properties": {"file": "App.assets.json"}}}}`,
		"App.assets.json": `{"files": {"code": {"source": {"path": "code", "packaging": "zip"}, "destinations": {"here": {
			"bucketName": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}", "objectKey": "code.zip"}}}}}`,
		"code/bootstrap": "#!/bin/false",
		"App.template.json": `{
			"Resources": {
				"Queue": {"Type": "AWS::SQS::Queue"},
				"Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
					{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}}},
				"Function": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "mine", "Role": {"Fn::GetAtt": ["Role", "Arn"]}, "Runtime": "provided.al2023", "Handler": "bootstrap",
					"Architectures": ["` + arch + `"], "Code": {"S3Bucket": {"Fn::Sub": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"}, "S3Key": "code.zip"}}}},
			"Outputs": {"Queue": {"Value": {"Ref": "Queue"}}, "Role": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}}}}`,
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// The stacks of an assembly are there when the lab says that it listens, and
// their functions; nobody else brings code.
func TestLabAssembly(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"lab", "--listen", "127.0.0.1:0", "--speed", "20", "--assembly", labAssembly(t), "--account", "444455556666", "--region", "eu-north-1", "--output", "json"},
			&app{stdout: w, stderr: t.Output()})
		w.Close()
	}()
	defer func() { cancel(); <-ended }()
	var hello struct {
		Endpoint string
		Stacks   []struct {
			Stack   string
			Outputs map[string]string
		}
	}
	if err := json.NewDecoder(r).Decode(&hello); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, r) }()
	if len(hello.Stacks) != 1 || hello.Stacks[0].Stack != "App" {
		t.Fatalf("the lab says %+v", hello)
	}
	outputs := hello.Stacks[0].Outputs
	config := aws.Config{Region: "eu-north-1", Credentials: lab.Root("444455556666"), BaseEndpoint: &hello.Endpoint, RetryMaxAttempts: 1}
	if _, err := sqs.NewFromConfig(config).SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(outputs["Queue"]), MessageBody: aws.String("hello")}); err != nil || !strings.HasPrefix(outputs["Queue"], hello.Endpoint) {
		t.Errorf("%s: %v", outputs["Queue"], err)
	}
	functions := lambda.NewFromConfig(config)
	f, err := functions.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: aws.String("mine")})
	if err != nil || f.State != types.StateActive || *f.Role != outputs["Role"] {
		t.Errorf("the function is %+v, %v", f, err)
	}
	_, err = functions.CreateFunction(ctx, &lambda.CreateFunctionInput{FunctionName: aws.String("theirs"), Role: f.Role, Runtime: f.Runtime, Handler: f.Handler, Architectures: f.Architectures,
		Code: &types.FunctionCode{S3Bucket: aws.String("cdk-hnb659fds-assets-444455556666-eu-north-1"), S3Key: aws.String("code.zip")}})
	if err == nil || !strings.Contains(err.Error(), "NotImplemented") && !strings.Contains(err.Error(), "AccessDenied") {
		t.Errorf("code of others is taken: %v", err)
	}
}

// In text, with the account and the Region that were asked for.
func TestLabAssemblyText(t *testing.T) {
	d := assembled{account: "444455556666", region: "eu-north-1"}
	text := d.hello("http://127.0.0.1:1", []labOutputs{{"App", map[string]string{"B": "b", "A": "a"}}})
	for _, part := range []string{"AWS_REGION=eu-north-1", "AWS_ACCESS_KEY_ID=444455556666", "Deployed in account 444455556666, Region eu-north-1: App\n  A = a\n  B = b\n"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q does not say %q", text, part)
		}
	}
}

func TestLabAssemblyRefused(t *testing.T) {
	broken := labAssembly(t)
	if err := os.WriteFile(filepath.Join(broken, "App.template.json"), []byte(`{"Resources": {"X": {"Type": "AWS::Nothing::Here"}}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		flags []string
		code  int
		want  string
	}{
		{[]string{"--account", "444455556666"}, exitUsage, "--account is for --assembly"},
		{[]string{"--assembly", broken, "--account", "4"}, exitUsage, `--account "4"`},
		{[]string{"--assembly", broken, "--region", "x"}, exitUsage, `--region "x"`},
		{[]string{"--assembly", t.TempDir()}, 1, "give the directory that cdk synth wrote"},
		{[]string{"--assembly", broken}, 1, "deploy the stack App: Resources/X: the resource type AWS::Nothing::Here is not known here"},
	} {
		var errs bytes.Buffer
		if code := run(t.Context(), append([]string{"lab", "--listen", "127.0.0.1:0"}, c.flags...), &app{stdout: io.Discard, stderr: &errs}); code != c.code || !strings.Contains(errs.String(), c.want) {
			t.Errorf("%q: %d, %s", c.flags, code, errs.String())
		}
	}
}
