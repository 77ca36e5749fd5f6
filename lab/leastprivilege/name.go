package leastprivilege

import (
	"fmt"
	"regexp"
	"strings"

	"rekey/shared/keypolicy"
)

// policyNames are the names that the lab's services give a policy in decisions.
func (p place) policyNames(s Statement, properties map[string]any) ([]decider, error) {
	text := func(property string) string { v, _ := properties[property].(string); return v }
	of := func(what string, arns ...string) (all []decider) {
		for _, arn := range arns {
			all = append(all, decider{Place: keypolicy.Place{Policy: what + arn}})
		}
		return all
	}
	switch s.Type {
	case "AWS::KMS::Key", "AWS::KMS::ReplicaKey":
		arn, err := p.Attribute(s.Resource, "Arn")
		return of("key policy of ", arn), err
	case "AWS::SQS::QueuePolicy":
		urls, _ := texts(properties["Queues"])
		return of("queue policy of ", p.queues(urls)...), nil
	case "AWS::SQS::QueueInlinePolicy":
		return of("queue policy of ", p.queues([]string{text("Queue")})...), nil
	case "AWS::SNS::TopicPolicy":
		arns, _ := texts(properties["Topics"])
		return of("topic policy of ", arns...), nil
	case "AWS::SNS::TopicInlinePolicy":
		return of("topic policy of ", text("TopicArn")), nil
	case "AWS::S3::BucketPolicy":
		return of("policy of arn:aws:s3:::", text("Bucket")), nil
	case "AWS::SecretsManager::ResourcePolicy":
		return of("resource policy of ", text("SecretId")), nil
	case "AWS::IAM::ManagedPolicy":
		return of("managed policy ", afterSlash(p.Physical(s.Resource))), nil
	case "AWS::IAM::Role":
		if s.Policy == "AssumeRolePolicyDocument" {
			arn, err := p.Attribute(s.Resource, "Arn")
			return of("trust policy of ", arn), err
		}
	}
	return p.inlineNames(s, properties), nil
}

// queues gives the ARNs of queues by their URLs, which end in account and name.
func (p place) queues(urls []string) (arns []string) {
	for _, u := range urls {
		if parts := strings.Split(u, "/"); len(parts) > 1 {
			arns = append(arns, "arn:aws:sqs:"+p.region+":"+strings.Join(parts[len(parts)-2:], ":"))
		}
	}
	return arns
}

// inlineNames are those of an inline policy, for each whom it is attached to. The
// policies of a group are its users'.
func (p place) inlineNames(s Statement, properties map[string]any) []decider {
	var all []decider
	named := func(name any, owners ...string) {
		for _, o := range owners {
			all = append(all, decider{keypolicy.Place{Policy: fmt.Sprint("inline policy ", name)}, o})
		}
	}
	inline := at(properties, strings.TrimSuffix(s.Policy, "PolicyDocument")+"PolicyName")
	name := properties["PolicyName"]
	switch s.Type {
	case "AWS::IAM::Role":
		named(inline, "role/"+p.Physical(s.Resource))
	case "AWS::IAM::User":
		named(inline, "user/"+p.Physical(s.Resource))
	case "AWS::IAM::Group":
		named(inline, "")
	case "AWS::IAM::RolePolicy":
		named(name, fmt.Sprint("role/", properties["RoleName"]))
	case "AWS::IAM::UserPolicy":
		named(name, fmt.Sprint("user/", properties["UserName"]))
	case "AWS::IAM::GroupPolicy":
		named(name, "")
	case "AWS::IAM::Policy":
		for property, prefix := range map[string]string{"Roles": "role/", "Users": "user/"} {
			owners, _ := texts(properties[property])
			for _, o := range owners {
				named(name, prefix+o)
			}
		}
		if properties["Groups"] != nil {
			named(name, "")
		}
	}
	return all
}

// permission reads a resource that is a statement itself.
func (p place) permission(g *grant, properties map[string]any) error {
	if st, _ := properties["Statement"].(map[string]any); st != nil { // of an event bus
		if err := g.read(st); err != nil {
			return err
		}
	} else {
		g.actions, _ = texts(properties["Action"])
		to, _ := texts(properties["Principal"])
		for _, text := range to {
			g.principals = append(g.principals, principal{principalType(text), text})
		}
	}
	here := p.region + ":" + p.account
	switch g.Type {
	case "AWS::Events::EventBusPolicy":
		bus, _ := properties["EventBusName"].(string)
		if bus == "" {
			bus = "default"
		}
		g.deciders = []decider{{Place: keypolicy.Place{Policy: "policy of arn:aws:events:" + here + ":event-bus/" + afterSlash(bus), Statement: fmt.Sprint(properties["StatementId"])}}}
	case "AWS::Lambda::Permission":
		function, _ := properties["FunctionName"].(string)
		g.deciders = []decider{{Place: keypolicy.Place{Policy: "policy of arn:aws:lambda:" + here + ":function:" + functionName(function), Statement: p.Physical(g.Resource)}}}
	}
	return nil
}

// functionName is the name, with a qualifier, in a function's name, ARN or partial
// ARN.
func functionName(s string) string {
	if _, name, ok := strings.Cut(s, "function:"); ok {
		return name
	}
	return s
}

var serviceName = regexp.MustCompile(`\.amazonaws\.com(\.cn)?$`)

func principalType(text string) string {
	if serviceName.MatchString(text) {
		return "Service"
	}
	return "AWS"
}
