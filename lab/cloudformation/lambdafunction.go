package cloudformation

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

type lambdaFunctionProperties struct {
	Architectures                []types.Architecture
	Code                         lambdaCode
	CodeSigningConfigArn         *string
	DeadLetterConfig             *types.DeadLetterConfig
	Description                  *string
	Environment                  *types.Environment
	EphemeralStorage             *types.EphemeralStorage
	FileSystemConfigs            []types.FileSystemConfig
	FunctionName                 *string
	Handler                      *string
	KmsKeyArn                    *string
	Layers                       []string
	LoggingConfig                *types.LoggingConfig
	MemorySize                   *int32
	PackageType                  types.PackageType
	ReservedConcurrentExecutions *int32
	Role                         *string
	Runtime                      types.Runtime
	SnapStart                    *types.SnapStart
	Tags                         []tag
	Timeout                      *int32
	TracingConfig                *types.TracingConfig
	VpcConfig                    *types.VpcConfig
}

// lambdaCode is code in S3. That in the template itself is for Node.js and
// Python.
type lambdaCode struct{ S3Bucket, S3Key, S3ObjectVersion *string }

// lambdaFunction is AWS::Lambda::Function: Ref is its name.
var lambdaFunction = define(createFunction, "Arn")

func createFunction(ctx context.Context, c *creation, p lambdaFunctionProperties) (*resource, error) {
	name := c.named(p.FunctionName, 64)
	out, err := c.lambda.CreateFunction(ctx, &lambda.CreateFunctionInput{
		Architectures: p.Architectures, CodeSigningConfigArn: p.CodeSigningConfigArn, DeadLetterConfig: p.DeadLetterConfig, Description: p.Description,
		Code:        &types.FunctionCode{S3Bucket: p.Code.S3Bucket, S3Key: p.Code.S3Key, S3ObjectVersion: p.Code.S3ObjectVersion},
		Environment: p.Environment, EphemeralStorage: p.EphemeralStorage, FileSystemConfigs: p.FileSystemConfigs, FunctionName: &name,
		Handler: p.Handler, KMSKeyArn: p.KmsKeyArn, Layers: p.Layers, LoggingConfig: p.LoggingConfig, MemorySize: p.MemorySize,
		PackageType: p.PackageType, Role: p.Role, Runtime: p.Runtime, SnapStart: p.SnapStart, Tags: c.tags(p.Tags), Timeout: p.Timeout,
		TracingConfig: p.TracingConfig, VpcConfig: p.VpcConfig,
	})
	if err != nil {
		return nil, err
	}
	c.undone(func(ctx context.Context) error {
		_, err := c.lambda.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: &name})
		return err
	})
	if err := c.active(ctx, name); err != nil {
		return nil, err
	}
	if p.ReservedConcurrentExecutions != nil {
		_, err := c.lambda.PutFunctionConcurrency(ctx, &lambda.PutFunctionConcurrencyInput{FunctionName: &name, ReservedConcurrentExecutions: p.ReservedConcurrentExecutions})
		if err != nil {
			return nil, err
		}
	}
	return made(name, map[string]string{"Arn": *out.FunctionArn})
}

// active waits until a function can be invoked.
func (c *creation) active(ctx context.Context, name string) error {
	return c.until(ctx, func(ctx context.Context) (bool, error) {
		f, err := c.lambda.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &name})
		if err != nil {
			return false, err
		}
		if f.State == types.StateFailed {
			return false, fmt.Errorf("the function %s is in the state Failed: %s", name, *f.StateReason)
		}
		return f.State == types.StateActive, nil
	})
}
