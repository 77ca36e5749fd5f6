package lambda

import (
	"slices"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"rekey/lab/world"
)

func (s *Service) putFunctionEventInvokeConfig(c *world.Call, in *sdk.PutFunctionEventInvokeConfigInput) (*sdk.PutFunctionEventInvokeConfigOutput, error) {
	n, f, err := s.configured(c, *in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	if f == nil { // recorded wording
		return nil, notFound("The function doesn't exist.")
	}
	if in.DestinationConfig == nil && in.MaximumEventAgeInSeconds == nil && in.MaximumRetryAttempts == nil { // recorded wording
		return nil, invalid("You must specify at least one of error handling or destination setting.")
	}
	a := asyncConfig{set: true, maximumRetries: in.MaximumRetryAttempts, maximumAge: in.MaximumEventAgeInSeconds, modified: c.Time}
	if d := in.DestinationConfig; d != nil {
		if d.OnFailure != nil && d.OnFailure.Destination != nil {
			a.onFailure = *d.OnFailure.Destination
		}
		if d.OnSuccess != nil && d.OnSuccess.Destination != nil {
			a.onSuccess = *d.OnSuccess.Destination
		}
	}
	for _, to := range []string{a.onFailure, a.onSuccess} {
		if err := s.destination(f, to); err != nil {
			return nil, err
		}
	}
	f.async = a
	return &sdk.PutFunctionEventInvokeConfigOutput{
		DestinationConfig: a.destinations(), FunctionArn: new(n.arn() + ":" + latest), LastModified: &a.modified,
		MaximumEventAgeInSeconds: a.maximumAge, MaximumRetryAttempts: a.maximumRetries,
	}, nil
}

// configured finds the function of an asynchronous configuration.
func (s *Service) configured(c *world.Call, text string, qualifier *string) (name, *function, error) {
	n, err := parseName(c, text, qualifier)
	if err != nil {
		return n, nil, err
	}
	f := s.lookup(n)
	return n, f, s.authorize(c, n, f, c.Operation)
}

// destination checks where results may go.
func (s *Service) destination(f *function, to string) error {
	switch {
	case to == "":
		return nil
	case to == f.arn(): // recorded wording
		return invalid("You can't specify the function as a destination for itself.")
	case serviceOf(to) == "lambda":
		n := nameForm.FindStringSubmatch(to)
		if n == nil || s.lookup(name{home: f.home, function: n[3], qualifier: n[4]}) == nil { // recorded wording
			return invalid("The destination ARN " + to + " is invalid.")
		}
		return nil
	case serviceOf(to) == "s3" || serviceOf(to) == "":
		return world.Unimplemented("the destination " + to)
	case !slices.Contains([]string{"sqs", "sns", "events"}, serviceOf(to)): // recorded, without the form of AWS's own classes in it
		return invalid("The provided destination config " + to + " is invalid.")
	}
	return s.there(to)
}

// there refuses what this lab has no service for.
func (s *Service) there(arn string) error {
	if have := map[string]bool{"sqs": s.Queues != nil, "sns": s.Topics != nil, "events": s.Buses != nil}; !have[serviceOf(arn)] {
		return world.Unimplemented("the service of " + arn)
	}
	return nil
}

// serviceOf is the service in an ARN.
func serviceOf(arn string) string {
	parts := strings.SplitN(arn, ":", 4)
	if len(parts) < 4 {
		return ""
	}
	return parts[2]
}

func (s *Service) getFunctionEventInvokeConfig(c *world.Call, in *sdk.GetFunctionEventInvokeConfigInput) (*sdk.GetFunctionEventInvokeConfigOutput, error) {
	n, f, err := s.configured(c, *in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	if f == nil || !f.async.set {
		return nil, unconfigured(n)
	}
	a := f.async
	return &sdk.GetFunctionEventInvokeConfigOutput{
		DestinationConfig: a.destinations(), FunctionArn: new(n.arn() + ":" + latest), LastModified: &a.modified,
		MaximumEventAgeInSeconds: a.maximumAge, MaximumRetryAttempts: a.maximumRetries,
	}, nil
}

// unconfigured is the recorded answer, with the qualifier that was meant.
func unconfigured(n name) error {
	if n.qualifier == "" {
		n.qualifier = latest
	}
	return notFound("The function " + n.shown() + " doesn't have an EventInvokeConfig")
}

func (s *Service) deleteFunctionEventInvokeConfig(c *world.Call, in *sdk.DeleteFunctionEventInvokeConfigInput) (*sdk.DeleteFunctionEventInvokeConfigOutput, error) {
	n, f, err := s.configured(c, *in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	if f == nil || !f.async.set {
		return nil, unconfigured(n)
	}
	f.async = asyncConfig{}
	return &sdk.DeleteFunctionEventInvokeConfigOutput{}, nil
}

func queueAttributes(text map[string]string) map[string]sqstypes.MessageAttributeValue {
	var all map[string]sqstypes.MessageAttributeValue
	for k, v := range text {
		if all == nil {
			all = map[string]sqstypes.MessageAttributeValue{}
		}
		if v != "" {
			all[k] = sqstypes.MessageAttributeValue{DataType: new(attributeType(k)), StringValue: &v}
		}
	}
	return all
}

func topicAttributes(text map[string]string) map[string]snstypes.MessageAttributeValue {
	var all map[string]snstypes.MessageAttributeValue
	for k, v := range text {
		if all == nil {
			all = map[string]snstypes.MessageAttributeValue{}
		}
		if v != "" {
			all[k] = snstypes.MessageAttributeValue{DataType: new(attributeType(k)), StringValue: &v}
		}
	}
	return all
}

// attributeType is the type of an attribute of a dead letter (recorded).
func attributeType(name string) string {
	if name == "ErrorCode" {
		return "Number"
	}
	return "String"
}
