package leastprivilege

import (
	"fmt"
	"strconv"
	"strings"

	"rekey/shared/keypolicy"
)

// form is where resources of one type keep policies.
type form struct {
	// properties hold one policy document each.
	properties map[string]keypolicy.Kind
	// inline says that Policies lists identity policies, with their names.
	inline bool
	// permission says that the resource is one statement itself.
	permission bool
	// whole says that the resource is there for its policy's sake: without a
	// statement left it goes.
	whole bool
}

// forms are the types whose policies are known (CloudFormation Template
// Reference, the pages of these types).
var forms = map[string]form{
	"AWS::IAM::Role":                      {properties: one("AssumeRolePolicyDocument", keypolicy.TrustPolicy), inline: true},
	"AWS::IAM::User":                      {inline: true},
	"AWS::IAM::Group":                     {inline: true},
	"AWS::IAM::Policy":                    {properties: one("PolicyDocument", keypolicy.IdentityPolicy), whole: true},
	"AWS::IAM::RolePolicy":                {properties: one("PolicyDocument", keypolicy.IdentityPolicy), whole: true},
	"AWS::IAM::UserPolicy":                {properties: one("PolicyDocument", keypolicy.IdentityPolicy), whole: true},
	"AWS::IAM::GroupPolicy":               {properties: one("PolicyDocument", keypolicy.IdentityPolicy), whole: true},
	"AWS::IAM::ManagedPolicy":             {properties: one("PolicyDocument", keypolicy.IdentityPolicy), whole: true},
	"AWS::KMS::Key":                       {properties: one("KeyPolicy", keypolicy.KeyPolicy)},
	"AWS::KMS::ReplicaKey":                {properties: one("KeyPolicy", keypolicy.KeyPolicy)},
	"AWS::SQS::QueuePolicy":               {properties: one("PolicyDocument", keypolicy.ResourcePolicy), whole: true},
	"AWS::SQS::QueueInlinePolicy":         {properties: one("PolicyDocument", keypolicy.ResourcePolicy), whole: true},
	"AWS::SNS::TopicPolicy":               {properties: one("PolicyDocument", keypolicy.ResourcePolicy), whole: true},
	"AWS::SNS::TopicInlinePolicy":         {properties: one("PolicyDocument", keypolicy.ResourcePolicy), whole: true},
	"AWS::S3::BucketPolicy":               {properties: one("PolicyDocument", keypolicy.ResourcePolicy), whole: true},
	"AWS::SecretsManager::ResourcePolicy": {properties: one("ResourcePolicy", keypolicy.ResourcePolicy), whole: true},
	"AWS::Events::EventBusPolicy":         {permission: true},
	"AWS::Lambda::Permission":             {permission: true},
	"AWS::Lambda::LayerVersionPermission": {permission: true},
}

func one(property string, kind keypolicy.Kind) map[string]keypolicy.Kind {
	return map[string]keypolicy.Kind{property: kind}
}

// places lists where a resource has policy documents, as paths below its
// properties.
func (f form) places(properties map[string]any) []string {
	var all []string
	for p := range f.properties { // never more than one
		if properties[p] != nil {
			all = append(all, p)
		}
	}
	if f.inline {
		list, _ := properties["Policies"].([]any)
		for i := range list {
			all = append(all, fmt.Sprintf("Policies/%d/PolicyDocument", i))
		}
	}
	return all
}

// kindOf says what kind of policy stands at a place.
func (f form) kindOf(place string) keypolicy.Kind {
	if kind, ok := f.properties[place]; ok {
		return kind
	}
	return keypolicy.IdentityPolicy
}

// at follows a path of names and indexes.
func at(v any, path string) any {
	for step := range strings.SplitSeq(path, "/") {
		switch in := v.(type) {
		case map[string]any:
			v = in[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(in) {
				return nil
			}
			v = in[i]
		default:
			return nil
		}
	}
	return v
}
