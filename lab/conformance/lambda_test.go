package conformance

import (
	"archive/zip"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
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
		says:   "a function tells how it is traced, and passes through unless told otherwise",
		source: "recorded: lambda test_function_lifecycle; Lambda API Reference, TracingConfig",
		check: func(x *bench) {
			in := x.Own.newFunction("")
			in.TracingConfig = &types.TracingConfig{Mode: types.TracingModeActive}
			equal(x, "the mode", x.Own.makes(in).TracingConfig.Mode, types.TracingModeActive)
			change := &lambda.UpdateFunctionConfigurationInput{FunctionName: in.FunctionName, TracingConfig: &types.TracingConfig{Mode: types.TracingModePassThrough}}
			succeed(x, x.Own.Lambda.UpdateFunctionConfiguration, change)
			equal(x, "the mode later", x.Own.settled(*in.FunctionName).TracingConfig.Mode, types.TracingModePassThrough)
			equal(x, "the mode of another", x.Own.makes(x.Own.newFunction("")).TracingConfig.Mode, types.TracingModePassThrough)
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

// Without leave to bring code, a lab takes none.
func TestFunctionsNeedLeave(t *testing.T) {
	x := labTarget{}.open(t)
	x.lab.Lambda.Uploads = false
	in := x.Own.newFunction("")
	refused(x, x.Own.Lambda.CreateFunction, in, "NotImplemented").mentioning("rekey lab --functions")
	bucket := x.Own.bucket()
	x.Own.stored(bucket, "f.zip")
	in.Code = &types.FunctionCode{S3Bucket: &bucket, S3Key: new("f.zip")}
	refused(x, x.Own.Lambda.CreateFunction, in, "NotImplemented").mentioning("rekey lab --functions")
	x.lab.World.Trail.Reset()
}
