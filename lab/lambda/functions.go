package lambda

import (
	"errors"
	"reflect"

	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"rekey/lab/world"
)

func (s *Service) getFunction(c *world.Call, in *sdk.GetFunctionInput) (*sdk.GetFunctionOutput, error) {
	f, err := s.named(c, *in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	conf := f.configuration()
	out := &sdk.GetFunctionOutput{Configuration: &conf, Code: &types.FunctionCodeLocation{RepositoryType: new("S3")}, Tags: f.tags}
	if f.reserved != nil {
		out.Concurrency = &types.Concurrency{ReservedConcurrentExecutions: f.reserved}
	}
	return out, nil
}

func (s *Service) named(c *world.Call, text string, qualifier *string) (*function, error) {
	n, err := parseName(c, text, qualifier)
	if err != nil {
		return nil, err
	}
	return s.find(c, n)
}

func (s *Service) getFunctionConfiguration(c *world.Call, in *sdk.GetFunctionConfigurationInput) (*sdk.GetFunctionConfigurationOutput, error) {
	f, err := s.named(c, *in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	return as[sdk.GetFunctionConfigurationOutput](f.configuration()), nil
}

func (s *Service) listFunctions(c *world.Call, in *sdk.ListFunctionsInput) (*sdk.ListFunctionsOutput, error) {
	if err := s.authorizeAll(c); err != nil {
		return nil, err
	}
	if in.FunctionVersion != "" || in.MasterRegion != nil {
		return nil, world.Unimplemented("ListFunctions with FunctionVersion or MasterRegion")
	}
	some, next, ok := world.Page(c, world.Sorted(s.functions[home{c.Account(), c.Region}]), func(f *function) string { return f.function }, in.Marker, in.MaxItems, 50)
	if !ok {
		return nil, invalid("Invalid Marker.") // assumed wording
	}
	out := &sdk.ListFunctionsOutput{Functions: []types.FunctionConfiguration{}, NextMarker: next}
	for _, f := range some {
		out.Functions = append(out.Functions, f.configuration())
	}
	return out, nil
}

func (s *Service) deleteFunction(c *world.Call, in *sdk.DeleteFunctionInput) (*sdk.DeleteFunctionOutput, error) {
	n, err := parseName(c, *in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	if n.qualifier == latest { // recorded wording
		return nil, invalid("$LATEST version cannot be deleted without deleting the function.")
	}
	f, err := s.find(c, n)
	if err != nil {
		return nil, err
	}
	s.discard(f)
	delete(s.functions[f.home], f.function)
	return &sdk.DeleteFunctionOutput{StatusCode: 204}, nil
}

func (s *Service) updateFunctionConfiguration(c *world.Call, in *sdk.UpdateFunctionConfigurationInput) (*sdk.UpdateFunctionConfigurationOutput, error) {
	if len(in.Layers) > 0 {
		return nil, world.Unimplemented("functions that use layers: their files belong in /opt, and functions of the lab see this machine's")
	}
	if in.VpcConfig != nil || in.FileSystemConfigs != nil || in.ImageConfig != nil || in.KMSKeyArn != nil ||
		in.SnapStart != nil && in.SnapStart.ApplyOn != types.SnapStartApplyOnNone || in.CapacityProviderConfig != nil || in.DurableConfig != nil {
		return nil, world.Unimplemented("functions with a network, file system, image, key or capacity of their own")
	}
	f, err := s.changing(c, *in.FunctionName, in.RevisionId)
	if err != nil {
		return nil, err
	}
	changed := *f
	if in.Runtime != "" {
		if err := s.runnable(in.Runtime, []types.Architecture{f.arch}); err != nil {
			return nil, err
		}
		changed.runtime = in.Runtime
	}
	if in.Role != nil && *in.Role != f.role {
		if err := authorizePass(c, *in.Role, f.arn()); err != nil {
			return nil, err
		}
		if err := s.assumable(f.arn(), *in.Role); err != nil {
			return nil, err
		}
	}
	set(&changed.role, in.Role)
	set(&changed.handler, in.Handler)
	if in.DeadLetterConfig != nil {
		changed.deadLetters = ""
	}
	if err := changed.configure(in.Description, in.Timeout, in.MemorySize, in.Environment, in.EphemeralStorage, in.DeadLetterConfig, in.TracingConfig); err != nil {
		return nil, err
	}
	if changed.logging, err = f.logging.changed(in.LoggingConfig); err != nil {
		return nil, err
	}
	*f = changed
	s.updating(c, f)
	return as[sdk.UpdateFunctionConfigurationOutput](f.configuration()), nil
}

func (s *Service) updateFunctionCode(c *world.Call, in *sdk.UpdateFunctionCodeInput) (*sdk.UpdateFunctionCodeOutput, error) {
	switch {
	case in.ImageUri != nil:
		return nil, world.Unimplemented("functions from container images")
	case in.SourceKMSKeyArn != nil:
		return nil, world.Unimplemented("code that is kept under a key of the customer (SourceKMSKeyArn)")
	case in.Publish || in.PublishTo != "":
		return nil, world.Unimplemented("versions of functions")
	}
	f, err := s.changing(c, *in.FunctionName, in.RevisionId)
	if err != nil {
		return nil, err
	}
	arch := []types.Architecture{f.arch}
	if in.Architectures != nil {
		arch = in.Architectures
	}
	if err := s.runnable(f.runtime, arch); err != nil {
		return nil, err
	}
	archive, err := s.fetch(c, source{in.ZipFile, in.S3Bucket, in.S3Key, in.S3ObjectVersion})
	if err != nil {
		return nil, err
	}
	fresh, err := s.unpack(archive)
	if err != nil {
		return nil, err
	}
	if in.DryRun {
		return as[sdk.UpdateFunctionCodeOutput](f.configuration()), nil
	}
	f.code, f.run, f.arch = fresh, nil, arch[0]
	s.updating(c, f)
	return as[sdk.UpdateFunctionCodeOutput](f.configuration()), nil
}

// changing finds a function that is to be changed.
func (s *Service) changing(c *world.Call, text string, revision *string) (*function, error) {
	f, err := s.named(c, text, nil)
	switch {
	case err != nil:
		return nil, err
	case f.state == types.StatePending: // reported of other operations, in faastjs/faast.js#758
		return nil, conflict("The operation cannot be performed at this time. The function is currently in the following state: Pending")
	case f.update == types.LastUpdateStatusInProgress: // recorded wording
		return nil, conflict("The operation cannot be performed at this time. An update is in progress for resource: " + f.arn())
	case revision != nil && *revision != f.revision: // recorded wording, of PublishVersion
		return nil, &types.PreconditionFailedException{Type: new("User"),
			Message: new("The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id")}
	}
	return f, nil
}

// updating begins a change: invocations run as before until it has ended, which
// here means with what is new.
func (s *Service) updating(c *world.Call, f *function) {
	s.discard(f)
	f.revision, f.modified, f.update = s.world.UUID("revision"), c.Time, types.LastUpdateStatusInProgress
	f.due = s.world.Clock.After(becoming, func() { f.update = types.LastUpdateStatusSuccessful })
}

func (s *Service) putFunctionConcurrency(c *world.Call, in *sdk.PutFunctionConcurrencyInput) (*sdk.PutFunctionConcurrencyOutput, error) {
	f, err := s.unqualified(c, *in.FunctionName)
	var missing *types.ResourceNotFoundException
	if errors.As(err, &missing) { // recorded, of this operation alone
		return nil, notFound(*missing.Message + ":" + latest)
	}
	if err != nil {
		return nil, err
	}
	// Lambda Developer Guide, "Configuring reserved concurrency": 100 of an
	// account's 1,000 stay unreserved. Recorded wording.
	sum := *in.ReservedConcurrentExecutions
	for _, other := range s.functions[f.home] {
		if other != f && other.reserved != nil {
			sum += *other.reserved
		}
	}
	if sum > accountConcurrency-100 {
		return nil, invalid("Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].")
	}
	f.reserved = in.ReservedConcurrentExecutions
	return &sdk.PutFunctionConcurrencyOutput{ReservedConcurrentExecutions: f.reserved}, nil
}

// unqualified finds a function for what versions and aliases do not have
// (recorded wording).
func (s *Service) unqualified(c *world.Call, text string) (*function, error) {
	n, err := parseName(c, text, nil)
	if err != nil {
		return nil, err
	}
	if n.qualifier != "" {
		return nil, invalid("This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.")
	}
	return s.find(c, n)
}

func (s *Service) getFunctionConcurrency(c *world.Call, in *sdk.GetFunctionConcurrencyInput) (*sdk.GetFunctionConcurrencyOutput, error) {
	f, err := s.unqualified(c, *in.FunctionName)
	if err != nil {
		return nil, err
	}
	return &sdk.GetFunctionConcurrencyOutput{ReservedConcurrentExecutions: f.reserved}, nil
}

func (s *Service) deleteFunctionConcurrency(c *world.Call, in *sdk.DeleteFunctionConcurrencyInput) (*sdk.DeleteFunctionConcurrencyOutput, error) {
	f, err := s.unqualified(c, *in.FunctionName)
	if err != nil {
		return nil, err
	}
	f.reserved = nil
	return &sdk.DeleteFunctionConcurrencyOutput{}, nil
}

// as gives a configuration as the output of an operation, all of which have the
// same members.
func as[T any](c types.FunctionConfiguration) *T {
	out := new(T)
	copyMembers(reflect.ValueOf(out).Elem(), reflect.ValueOf(c))
	return out
}

// copyMembers gives a struct the members of another that has the same.
func copyMembers(to, from reflect.Value) {
	for i := range from.NumField() {
		if f := from.Type().Field(i); f.IsExported() {
			to.FieldByName(f.Name).Set(from.Field(i))
		}
	}
}
