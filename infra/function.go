package main

import (
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"

	"rekey/infra/config"
)

// functionProps is what differs between functions.
type functionProps struct {
	// name is the folder's under functions/; the function is rekey-NAME.
	name        string
	description string
	code        string // the directory with the bootstrap
	memory      int    // MB
	timeout     int    // seconds
	environment map[string]string
	// permissions are all that the function itself needs; logs, the queue of its
	// failures and tracing are added.
	permissions []statement
	// concurrency is the most events at once, 0 for what the account has; guards says
	// which quota it guards.
	concurrency int
	guards      string
}

// function is a Lambda function with everything that its operation takes: a role
// of its own, encrypted logs, an encrypted queue of events that it failed, and
// alarms.
type function struct {
	awslambda.Function
	ops         *operations
	scope       constructs.Construct
	name        string
	role        awsiam.Role
	failures    awssqs.Queue
	undelivered awssqs.Queue // made with the first rule
	alarms      []string
}

// Asynchronous events are tried three times within an hour, and then go to the
// queue of failures.
const (
	retries    = 2
	oldest     = 3600 // seconds
	queueKeeps = 14   // days, the longest there is: an operator may be away
)

func newFunction(scope constructs.Construct, ops *operations, p functionProps) *function {
	f := &function{ops: ops, scope: constructs.NewConstruct(scope, new("Function")), name: "rekey-" + p.name}
	logs := awslogs.NewLogGroup(f.scope, new("Logs"), &awslogs.LogGroupProps{
		LogGroupName: new("/aws/lambda/" + f.name), EncryptionKey: ops.key, RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
	})
	logs.Node().DefaultChild().(awslogs.CfnLogGroup).SetRetentionInDays(new(float64(ops.config.LogRetentionDays)))
	f.failures = f.queue("Failures")
	f.role = awsiam.NewRole(f.scope, new("Role"), &awsiam.RoleProps{
		AssumedBy: awsiam.NewServicePrincipal(new("lambda.amazonaws.com"), nil), Description: new("What " + f.name + " may do"),
	})
	assumed(f.role, "LambdaAssumes")
	policy := grant(f.role, slices.Concat(p.permissions, f.ownPermissions(logs)))
	f.Function = awslambda.NewFunction(f.scope, new("Function"), f.props(p, logs))
	f.Function.Node().AddDependency(policy) // or the first event could come before its permissions
	f.onFailure()
	f.watch()
	if p.concurrency > 0 {
		f.Function.Node().DefaultChild().(awslambda.CfnFunction).AddMetadata(new("rekey:guards"), p.guards)
	}
	ops.functions = append(ops.functions, f)
	return f
}

func (f *function) props(p functionProps, logs awslogs.LogGroup) *awslambda.FunctionProps {
	env := map[string]*string{}
	variables := maps.Clone(p.environment)
	if f.ops.config.FIPS {
		variables["AWS_USE_FIPS_ENDPOINT"] = "true"
	}
	for k, v := range variables {
		env[k] = &v
	}
	props := &awslambda.FunctionProps{
		FunctionName: &f.name, Description: &p.description, Runtime: awslambda.Runtime_PROVIDED_AL2023(), Architecture: architecture(f.ops.config),
		Handler: new("bootstrap"), Code: awslambda.Code_FromAsset(&p.code, nil), MemorySize: new(float64(p.memory)),
		Timeout: awscdk.Duration_Seconds(new(float64(p.timeout))), Environment: &env,
		// The role's policy is written here and nowhere else: no construct adds to it.
		Role:     awsiam.Role_FromRoleArn(f.scope, new("RoleAsItIs"), f.role.RoleArn(), &awsiam.FromRoleArnOptions{Mutable: new(false)}),
		LogGroup: logs, LoggingFormat: awslambda.LoggingFormat_JSON,
		ApplicationLogLevelV2: awslambda.ApplicationLogLevel_INFO, SystemLogLevelV2: awslambda.SystemLogLevel_INFO,
	}
	if f.ops.config.Tracing {
		props.Tracing = awslambda.Tracing_ACTIVE
	}
	if p.concurrency > 0 {
		props.ReservedConcurrentExecutions = new(float64(p.concurrency))
	}
	return props
}

func architecture(c config.Config) awslambda.Architecture {
	if c.Architecture == config.X86_64 {
		return awslambda.Architecture_X86_64()
	}
	return awslambda.Architecture_ARM_64()
}

// ownPermissions are those of every function.
func (f *function) ownPermissions(logs awslogs.LogGroup) []statement {
	all := []statement{
		{sid: "WriteLogs", actions: []string{"logs:CreateLogStream", "logs:PutLogEvents"}, resources: []string{*logs.LogGroupArn()}},
		{sid: "ReportFailures", actions: []string{"sqs:SendMessage"}, resources: []string{*f.failures.QueueArn()}},
		{
			sid: "EncryptFailures", actions: []string{"kms:Decrypt", "kms:GenerateDataKey"}, resources: []string{*f.ops.key.KeyArn()},
			conditions: conditions{"StringEquals": {"kms:ViaService": "sqs." + *f.ops.stack.Region() + ".amazonaws.com"}},
		},
	}
	if f.ops.config.Tracing {
		all = append(all, statement{
			sid: "WriteTraces", actions: []string{"xray:PutTraceSegments", "xray:PutTelemetryRecords"}, resources: []string{"*"},
			wide: "X-Ray has no resources for these actions (Service Authorization Reference, AWS X-Ray)",
		})
	}
	return all
}

// queue makes an encrypted queue that nobody reaches without TLS.
func (f *function) queue(id string) awssqs.Queue {
	q := awssqs.NewQueue(f.scope, &id, &awssqs.QueueProps{
		Encryption: awssqs.QueueEncryption_KMS, EncryptionMasterKey: f.ops.key, RetentionPeriod: awscdk.Duration_Days(new(float64(queueKeeps))),
	})
	q.AddToResourcePolicy(refusePlaintext([]string{"sqs:*"}, q.QueueArn()))
	excuse(q, "AwsSolutions-SQS3", "it is itself where failed events end, and an alarm tells of every message in it", nil)
	return q
}

// onFailure sends events that the function failed to its queue.
func (f *function) onFailure() {
	awslambda.NewCfnEventInvokeConfig(f.scope, new("AsynchronousInvocation"), &awslambda.CfnEventInvokeConfigProps{
		FunctionName: f.FunctionName(), Qualifier: new("$LATEST"), MaximumRetryAttempts: new(float64(retries)), MaximumEventAgeInSeconds: new(float64(oldest)),
		DestinationConfig: map[string]any{"onFailure": map[string]any{"destination": f.failures.QueueArn()}},
	})
}
