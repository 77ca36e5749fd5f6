package lambda

import (
	"fmt"
	"slices"
	"strings"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"rekey/lab/world"
)

// function is one function, in the version $LATEST.
type function struct {
	name
	role        string
	handler     string
	description string
	runtime     types.Runtime
	arch        types.Architecture
	timeout     int32 // seconds
	memory      int32 // MB
	storage     int32 // MB
	env         map[string]string
	deadLetters string // ARN, "" for none
	tracing     types.TracingMode
	logging     logging
	tags        map[string]string
	code        code
	run         func(f Function) Function // what is particular of an installed one; nil for others
	modified    time.Time
	revision    string
	state       types.State
	update      types.LastUpdateStatus // "" until the function is active

	policy     *world.Policy
	statements []statement
	reserved   *int32
	async      asyncConfig

	idle    []environment // of the present code and configuration
	running int
	due     *world.Due // the end of its making, or of a change
}

// becoming is how long a function is made, or changed (Lambda Developer Guide,
// "Lambda function states", gives no time).
const becoming = 3 * time.Second

func (f *function) configuration() types.FunctionConfiguration {
	c := types.FunctionConfiguration{
		Architectures: []types.Architecture{f.arch}, CodeSha256: &f.code.sha256, CodeSize: f.code.size, Description: &f.description,
		Environment: &types.EnvironmentResponse{Variables: f.env}, EphemeralStorage: &types.EphemeralStorage{Size: &f.storage},
		FunctionArn: new(f.arn()), FunctionName: &f.function, Handler: &f.handler,
		LastModified: new(f.modified.Format("2006-01-02T15:04:05.000+0000")), LastUpdateStatus: f.update,
		LoggingConfig: f.logging.shown(f.function),
		MemorySize:    &f.memory, PackageType: types.PackageTypeZip, RevisionId: &f.revision, Role: &f.role, Runtime: f.runtime,
		RuntimeVersionConfig: &types.RuntimeVersionConfig{RuntimeVersionArn: new(runtimeARN(f.region))},
		SnapStart:            &types.SnapStartResponse{ApplyOn: types.SnapStartApplyOnNone, OptimizationStatus: types.SnapStartOptimizationStatusOff},
		State:                f.state, Timeout: &f.timeout, TracingConfig: &types.TracingConfigResponse{Mode: f.tracing}, Version: new(latest),
	}
	if f.env == nil {
		c.Environment = nil
	}
	if f.deadLetters != "" {
		c.DeadLetterConfig = &types.DeadLetterConfig{TargetArn: &f.deadLetters}
	}
	if f.state == types.StatePending {
		c.StateReason, c.StateReasonCode = new("The function is being created."), types.StateReasonCodeCreating
	}
	if f.update == types.LastUpdateStatusInProgress {
		c.LastUpdateStatusReason, c.LastUpdateStatusReasonCode = new("The function is being created."), types.LastUpdateStatusReasonCode("Creating")
	}
	return c
}

func (s *Service) createFunction(c *world.Call, in *sdk.CreateFunctionInput) (*sdk.CreateFunctionOutput, error) {
	if err := s.supported(in); err != nil {
		return nil, err
	}
	n, err := parseName(c, *in.FunctionName, nil)
	if err != nil {
		return nil, err
	}
	if err := s.authorize(c, n, nil, "CreateFunction"); err != nil {
		return nil, err
	}
	if len(n.function) > 64 { // recorded wording
		return nil, invalid("1 validation error detected: Value '" + n.function + "' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64")
	}
	if n.qualifier != "" || n.account != c.Account() {
		return nil, invalid("Invalid function name: " + *in.FunctionName) // assumed wording
	}
	if s.functions[n.home][n.function] != nil {
		return nil, conflict("Function already exist: " + n.function) // recorded wording
	}
	if err := authorizePass(c, *in.Role, n.arn()); err != nil {
		return nil, err
	}
	f := &function{name: n, role: *in.Role, arch: types.ArchitectureX8664, timeout: 3, memory: 128, storage: 512, tracing: types.TracingModePassThrough, tags: in.Tags, state: types.StatePending}
	f.handler, f.runtime = *in.Handler, in.Runtime
	if in.Architectures != nil {
		f.arch = in.Architectures[0]
	}
	if err := f.configure(in.Description, in.Timeout, in.MemorySize, in.Environment, in.EphemeralStorage, in.DeadLetterConfig, in.TracingConfig); err != nil {
		return nil, err
	}
	if f.logging, err = f.logging.changed(in.LoggingConfig); err != nil {
		return nil, err
	}
	if err := s.assumable(f.arn(), f.role); err != nil {
		return nil, err
	}
	archive, err := s.fetch(c, source{in.Code.ZipFile, in.Code.S3Bucket, in.Code.S3Key, in.Code.S3ObjectVersion})
	if err != nil {
		return nil, err
	}
	if f.code, err = s.unpack(archive); err != nil {
		return nil, err
	}
	s.add(c.Time, f)
	f.due = s.world.Clock.After(becoming, func() { f.state, f.update = types.StateActive, types.LastUpdateStatusSuccessful })
	return as[sdk.CreateFunctionOutput](f.configuration()), nil
}

// add keeps a new function.
func (s *Service) add(at time.Time, f *function) {
	f.revision, f.modified = s.world.UUID("revision"), at
	if s.functions[f.home] == nil {
		s.functions[f.home] = map[string]*function{}
	}
	s.functions[f.home][f.function] = f
}

// supported refuses loudly what the lab's Lambda does not model.
func (s *Service) supported(in *sdk.CreateFunctionInput) error {
	switch {
	case in.PackageType == types.PackageTypeImage || in.Code.ImageUri != nil:
		return world.Unimplemented("functions from container images")
	case in.Publish || in.PublishTo != "":
		return world.Unimplemented("versions of functions")
	case len(in.Layers) > 0:
		return world.Unimplemented("functions that use layers: their files belong in /opt, and functions of the lab see this machine's")
	case in.VpcConfig != nil || in.FileSystemConfigs != nil || in.ImageConfig != nil || in.KMSKeyArn != nil || in.CodeSigningConfigArn != nil ||
		in.SnapStart != nil && in.SnapStart.ApplyOn != types.SnapStartApplyOnNone || in.CapacityProviderConfig != nil ||
		in.DurableConfig != nil || in.TenancyConfig != nil:
		return world.Unimplemented("functions with a network, file system, image, key, signature or capacity of their own")
	case in.Code.SourceKMSKeyArn != nil:
		return world.Unimplemented("code that is kept under a key of the customer (SourceKMSKeyArn)")
	case in.Runtime == "" || in.Handler == nil:
		// Reported, in pipe-cd/pipecd#1400.
		return invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages.")
	}
	return s.runnable(in.Runtime, in.Architectures)
}

// runnable refuses what this machine cannot run.
func (s *Service) runnable(runtime types.Runtime, arch []types.Architecture) error {
	want := types.ArchitectureX8664
	if len(arch) > 1 {
		return invalid("Architectures list must have one item.") // assumed wording
	}
	if arch != nil {
		want = arch[0]
	}
	switch {
	case runtime != types.RuntimeProvidedal2023 && runtime != types.RuntimeProvidedal2:
		return world.Unimplemented("the runtime " + string(runtime))
	case want != thisMachine():
		return world.Unimplemented(fmt.Sprintf("functions for %s on a machine for %s", want, thisMachine()))
	case !s.Uploads:
		return world.Unimplemented("code that requests bring or name, unless it is started so that it may run it, since that runs as whoever started it (rekey lab --functions)")
	}
	return nil
}

// environmentLimit is the size of all environment variables (Lambda Developer
// Guide, "Lambda quotas").
const environmentLimit = 4 << 10

// configure takes over what CreateFunction and UpdateFunctionConfiguration have
// in common.
func (f *function) configure(description *string, timeout, memory *int32, env *types.Environment, storage *types.EphemeralStorage, dead *types.DeadLetterConfig, tracing *types.TracingConfig) error {
	if env != nil {
		size := 2
		for k, v := range env.Variables {
			size += len(k) + len(v) + 6
		}
		if size > environmentLimit { // recorded wording, without the text that it measured
			return invalid("Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit.")
		}
		var used []string
		for k := range env.Variables {
			if reserved[k] {
				used = append(used, k)
			}
		}
		if len(used) > 0 { // reported, in neverendingqs/serverless-dotenv-plugin#28; in which order is assumed
			slices.Sort(used)
			return invalid("Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: " + strings.Join(used, ", "))
		}
		f.env = env.Variables
	}
	if dead != nil && dead.TargetArn != nil {
		f.deadLetters = *dead.TargetArn
	}
	set(&f.description, description)
	set(&f.timeout, timeout)
	set(&f.memory, memory)
	if storage != nil {
		set(&f.storage, storage.Size)
	}
	if tracing != nil && tracing.Mode != "" {
		f.tracing = tracing.Mode
	}
	return nil
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// reserved variables are Lambda's own (Lambda Developer Guide, "Defined runtime
// environment variables").
var reserved = map[string]bool{
	"_HANDLER": true, "_X_AMZN_TRACE_ID": true, "AWS_DEFAULT_REGION": true, "AWS_REGION": true, "AWS_EXECUTION_ENV": true,
	"AWS_LAMBDA_FUNCTION_NAME": true, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": true, "AWS_LAMBDA_FUNCTION_VERSION": true,
	"AWS_LAMBDA_INITIALIZATION_TYPE": true, "AWS_LAMBDA_LOG_GROUP_NAME": true, "AWS_LAMBDA_LOG_STREAM_NAME": true,
	"AWS_ACCESS_KEY": true, "AWS_ACCESS_KEY_ID": true, "AWS_SECRET_ACCESS_KEY": true, "AWS_SESSION_TOKEN": true,
	"AWS_LAMBDA_RUNTIME_API": true, "LAMBDA_TASK_ROOT": true, "LAMBDA_RUNTIME_DIR": true,
}

// assumable asks whether Lambda may assume a role (recorded wording).
func (s *Service) assumable(arn, role string) error {
	if _, err := assume(s.sessions, arn, role); err != nil {
		return invalid("The role defined for the function cannot be assumed by Lambda.")
	}
	return nil
}

// Install adds a function that runs on this machine whatever Uploads says: a
// binary in a file, or a Go function. It gives its ARN, and fails where there is
// one of the name already. It is active at once.
func (s *Service) Install(given Function) (arn string, err error) {
	s.world.Locked(func() {
		f := &function{
			name: name{home: home{given.Account, given.Region}, function: given.Name}, role: given.Role, handler: "bootstrap",
			runtime: types.RuntimeProvidedal2023, arch: thisMachine(), timeout: 3, memory: 128, storage: 512, env: given.Env,
			tracing: types.TracingModePassThrough, state: types.StateActive, update: types.LastUpdateStatusSuccessful,
			code: code{path: given.Bootstrap},
			run: func(f Function) Function {
				f.Run, f.Log = given.Run, given.Log
				return f
			},
		}
		if given.Timeout != 0 {
			f.timeout = int32(given.Timeout / time.Second)
		}
		if given.MemoryMB != 0 {
			f.memory = int32(given.MemoryMB)
		}
		if arn = f.arn(); s.lookup(f.name) != nil {
			err = conflict("Function already exist: " + f.function)
			return
		}
		s.add(s.world.Clock.Now(), f)
	})
	return arn, err
}
