package template

import "strings"

// kind is how the resources of a type are named.
type kind struct {
	arn       string // with NAME for the name, which is the last part
	name      string // the property that sets the name
	generated string // the attribute that has a generated name, "" where Ref has it
	ref       string // what Ref gives: "name" or "" for it, "arn", "url"
}

// kinds is from the CloudFormation Template Reference, "Return values" of each
// type, and the Service Authorization Reference, "Resource types defined by" each
// service.
var kinds = map[string]kind{
	"AWS::CloudWatch::Alarm":           {arn: "cloudwatch:REGION:ACCOUNT:alarm:NAME", name: "AlarmName"},
	"AWS::CloudWatch::CompositeAlarm":  {arn: "cloudwatch:REGION:ACCOUNT:alarm:NAME", name: "AlarmName"},
	"AWS::Events::EventBus":            {arn: "events:REGION:ACCOUNT:event-bus/NAME", name: "Name"},
	"AWS::Events::Rule":                {arn: "events:REGION:ACCOUNT:rule/NAME", name: "Name"},
	"AWS::IAM::ManagedPolicy":          {arn: "iam::ACCOUNT:policy/NAME", name: "ManagedPolicyName", ref: "arn"},
	"AWS::IAM::Role":                   {arn: "iam::ACCOUNT:role/NAME", name: "RoleName"},
	"AWS::IAM::User":                   {arn: "iam::ACCOUNT:user/NAME", name: "UserName"},
	"AWS::KMS::Alias":                  {arn: "kms:REGION:ACCOUNT:NAME", name: "AliasName"},
	"AWS::KMS::Key":                    {arn: "kms:REGION:ACCOUNT:key/NAME"},
	"AWS::KMS::ReplicaKey":             {arn: "kms:REGION:ACCOUNT:key/NAME"},
	"AWS::Lambda::Function":            {arn: "lambda:REGION:ACCOUNT:function:NAME", name: "FunctionName"},
	"AWS::Logs::LogGroup":              {arn: "logs:REGION:ACCOUNT:log-group:NAME:*", name: "LogGroupName"},
	"AWS::S3::Bucket":                  {arn: "s3:::NAME", name: "BucketName"},
	"AWS::SNS::Topic":                  {arn: "sns:REGION:ACCOUNT:NAME", name: "TopicName", generated: "TopicName", ref: "arn"},
	"AWS::SQS::Queue":                  {arn: "sqs:REGION:ACCOUNT:NAME", name: "QueueName", generated: "QueueName", ref: "url"},
	"AWS::Scheduler::Schedule":         {arn: "scheduler:REGION:ACCOUNT:schedule/NAME", name: "Name"},
	"AWS::StepFunctions::StateMachine": {arn: "states:REGION:ACCOUNT:stateMachine:NAME", name: "StateMachineName", generated: "Name", ref: "arn"},
}

// name gives the text of a resource's name.
func (a *Assembly) name(r *Resource) string {
	k := kinds[r.Type]
	name := "${" + r.Stack.Name + "." + r.ID + "}"
	if given := r.Properties[k.name]; k.name != "" && given != nil {
		name = a.text(r.Stack, given)
	} else if k.generated != "" {
		name = "${" + r.Stack.Name + "." + r.ID + "." + k.generated + "}"
	}
	return name
}

// arn gives the text of a resource's ARN, or "" where its form is not known.
func (a *Assembly) arn(r *Resource) string {
	k, ok := kinds[r.Type]
	if !ok {
		return ""
	}
	name := a.name(r)
	switch r.Type {
	case "AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::ManagedPolicy":
		if path := r.Properties["Path"]; path != nil {
			name = strings.TrimPrefix(a.text(r.Stack, path), "/") + name
		}
	case "AWS::Events::Rule":
		if bus := r.Properties["EventBusName"]; bus != nil {
			name = a.text(r.Stack, bus) + "/" + name
		}
	case "AWS::Scheduler::Schedule":
		group := "default"
		if g := r.Properties["GroupName"]; g != nil {
			group = a.text(r.Stack, g)
		}
		name = group + "/" + name
	}
	return "arn:" + r.Stack.pseudo("Partition") + ":" +
		strings.NewReplacer("REGION", r.Stack.pseudo("Region"), "ACCOUNT", r.Stack.pseudo("AccountId"), "NAME", name).Replace(k.arn)
}

// reference gives what Ref of a resource gives.
func (a *Assembly) reference(r *Resource) string {
	switch kinds[r.Type].ref {
	case "arn":
		return a.arn(r)
	case "url":
		return "https://sqs." + r.Stack.pseudo("Region") + "." + r.Stack.pseudo("URLSuffix") + "/" + r.Stack.pseudo("AccountId") + "/" + a.name(r)
	}
	return a.name(r)
}

func (a *Assembly) attribute(s *Stack, id, attribute string) string {
	r := s.resource(id)
	if r == nil {
		return "${" + s.Name + "." + id + "." + attribute + "}"
	}
	k := kinds[r.Type]
	switch attribute {
	case "Arn", "TopicArn", "AliasArn":
		if k.arn != "" {
			return a.arn(r)
		}
	case "QueueUrl":
		return a.reference(r)
	case "QueueName", "TopicName", "KeyId", "Name":
		if k.arn != "" && (attribute == k.generated || attribute == k.name || attribute == "KeyId") {
			return a.name(r)
		}
	}
	return "${" + s.Name + "." + id + "." + attribute + "}"
}

// named gives the resource of a type that a value names, by its ARN or its name,
// or nil.
func (a *Assembly) named(kind string, s *Stack, v any) *Resource {
	text := a.text(s, v)
	for _, r := range a.of(kind) {
		if v != nil && (text == a.name(r) || text == a.arn(r)) {
			return r
		}
	}
	return nil
}

// find gives the resource that a value of a template means, by its ARN or by
// what Ref gives where that is no mere name, or nil.
func (a *Assembly) find(s *Stack, v any) *Resource {
	if v == nil {
		return nil
	}
	text := a.text(s, v)
	if r := a.index[text]; r != nil {
		return r
	}
	return a.index[text+":*"] // a log group's ARN, as services write it
}

// key gives the customer managed key that a value means: by ARN, id or alias.
func (a *Assembly) key(s *Stack, v any) *Resource {
	r := a.find(s, v)
	if r != nil && r.Type == "AWS::KMS::Alias" {
		r = a.find(r.Stack, r.Properties["TargetKeyId"])
	}
	if r != nil && (r.Type == "AWS::KMS::Key" || r.Type == "AWS::KMS::ReplicaKey") {
		return r
	}
	return nil
}

// matches tells whether a pattern with * and ? matches all of a text.
func matches(pattern, text string) bool {
	literal, rest, wild := strings.Cut(pattern, "*")
	if !wild {
		return len(literal) == len(text) && begins(text, literal)
	}
	if !begins(text, literal) {
		return false
	}
	for i := len(literal); i <= len(text); i++ {
		if matches(rest, text[i:]) {
			return true
		}
	}
	return false
}

// begins tells whether a text begins with a literal in which ? is any character.
func begins(text, literal string) bool {
	if len(text) < len(literal) {
		return false
	}
	for i := range len(literal) {
		if literal[i] != '?' && literal[i] != text[i] {
			return false
		}
	}
	return true
}
