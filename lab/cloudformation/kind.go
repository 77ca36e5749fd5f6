package cloudformation

import (
	"context"
	"fmt"
	"reflect"
	"slices"
)

// kind is a resource type.
type kind struct {
	properties reflect.Type // a struct; its fields are the properties
	attributes []string     // that Fn::GetAtt has
	create     func(ctx context.Context, c *creation, path string, properties any) (*resource, error)
}

// resource is one that was created.
type resource struct {
	kind       string
	ref        string // what Ref gives, the physical id
	attributes map[string]string
	properties map[string]any // as they were given to the service
}

// made is how a type's create tells what was created.
func made(ref string, attributes map[string]string) (*resource, error) {
	return &resource{ref: ref, attributes: attributes}, nil
}

// define makes a kind whose properties are P's fields.
func define[P any](create func(context.Context, *creation, P) (*resource, error), attributes ...string) *kind {
	k := &kind{properties: reflect.TypeFor[P](), attributes: attributes}
	slices.Sort(k.attributes)
	k.create = func(ctx context.Context, c *creation, path string, v any) (*resource, error) {
		var p P
		if err := bind(path, v, &p); err != nil {
			return nil, err
		}
		return create(ctx, c, p)
	}
	return k
}

// kinds are the resource types by name.
var kinds = map[string]*kind{
	"AWS::Events::EventBus":               eventBus,
	"AWS::Events::EventBusPolicy":         eventBusPolicy,
	"AWS::Events::Rule":                   eventRule,
	"AWS::IAM::InstanceProfile":           iamInstanceProfile,
	"AWS::IAM::ManagedPolicy":             iamManagedPolicy,
	"AWS::IAM::Policy":                    iamPolicy,
	"AWS::IAM::Role":                      iamRole,
	"AWS::KMS::Alias":                     kmsAlias,
	"AWS::KMS::Key":                       kmsKey,
	"AWS::KMS::ReplicaKey":                kmsReplicaKey,
	"AWS::Lambda::EventInvokeConfig":      eventInvokeConfig,
	"AWS::Lambda::EventSourceMapping":     eventSourceMapping,
	"AWS::Lambda::Function":               lambdaFunction,
	"AWS::Lambda::LayerVersion":           layerVersion,
	"AWS::Lambda::LayerVersionPermission": layerVersionPermission,
	"AWS::Lambda::Permission":             permission,
	"AWS::Logs::LogGroup":                 logGroup,
	"AWS::S3::Bucket":                     s3Bucket,
	"AWS::S3::BucketPolicy":               s3BucketPolicy,
	"AWS::SNS::Subscription":              snsSubscription,
	"AWS::SNS::Topic":                     snsTopic,
	"AWS::SNS::TopicPolicy":               snsTopicPolicy,
	"AWS::SQS::Queue":                     sqsQueue,
	"AWS::SQS::QueuePolicy":               sqsQueuePolicy,
	"AWS::SSM::Parameter":                 ssmParameter,
	"AWS::Scheduler::Schedule":            schedule,
	"AWS::Scheduler::ScheduleGroup":       scheduleGroup,
	"AWS::SecretsManager::ResourcePolicy": secretPolicy,
	"AWS::SecretsManager::Secret":         secret,

	"AWS::CDK::Metadata":              cdkMetadata,
	"AWS::CloudWatch::Alarm":          cloudWatchAlarm,
	"AWS::CloudWatch::CompositeAlarm": cloudWatchCompositeAlarm,
	"AWS::CloudWatch::Dashboard":      cloudWatchDashboard,
}

// lacking are types that templates of functions often have and the lab has
// nothing for, with the reason.
var lacking = map[string]string{
	"AWS::CloudFormation::Stack": "nested stacks are not deployed here",
	"AWS::Lambda::Alias":         "the lab's Lambda has no aliases",
	"AWS::Lambda::Url":           "the lab's Lambda has no function URLs",
	"AWS::Lambda::Version":       "the lab's Lambda has no versions",
}

// kindOf gives a resource type by its name.
func kindOf(name string) (*kind, error) {
	if k := kinds[name]; k != nil {
		return k, nil
	}
	if why := lacking[name]; why != "" {
		return nil, fmt.Errorf("the resource type %s is not deployed: %s", name, why)
	}
	return nil, fmt.Errorf("the resource type %s is not known here: lab/cloudformation has a file for each noun that is", name)
}
