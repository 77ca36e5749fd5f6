package main

import (
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"
)

// conditions is the Condition block of a statement.
type conditions map[string]map[string]any

func (c conditions) jsii() *map[string]any {
	if c == nil {
		return nil
	}
	out := map[string]any{}
	for operator, keys := range c {
		out[operator] = keys
	}
	return &out
}

// statement is one statement of a policy. Each has a Sid, by which tests and
// readers speak of it, and lists its actions one by one.
type statement struct {
	sid        string
	principals []awsiam.IPrincipal // of a resource policy
	actions    []string
	resources  []string
	conditions conditions
	// wide says why resources with a * cannot be narrower.
	wide string
}

// allow writes a statement for the stack of a construct, whose account, Region and
// partition come in for ${AWS::AccountId} and the others in its resources.
func (s statement) allow(c constructs.Construct) awsiam.PolicyStatement {
	var resources []string
	for _, r := range s.resources {
		resources = append(resources, environment(c, r))
	}
	props := &awsiam.PolicyStatementProps{Sid: &s.sid, Actions: list(s.actions), Resources: list(resources), Conditions: s.conditions.jsii()}
	if s.principals != nil {
		props.Principals = &s.principals
	}
	return awsiam.NewPolicyStatement(props)
}

// topicActions are what a topic's policy can be about: those of the policy that
// SNS gives a new topic.
var topicActions = []string{
	"sns:Publish", "sns:Subscribe", "sns:GetTopicAttributes", "sns:SetTopicAttributes", "sns:AddPermission",
	"sns:RemovePermission", "sns:DeleteTopic", "sns:ListSubscriptionsByTopic",
}

// refusePlaintext is what a queue, topic or bucket says to requests without TLS.
func refusePlaintext(actions []string, resources ...*string) awsiam.PolicyStatement {
	return awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid: new("RefusePlaintext"), Effect: awsiam.Effect_DENY, Principals: &[]awsiam.IPrincipal{awsiam.NewAnyPrincipal()},
		Actions: list(actions), Resources: &resources,
		Conditions: conditions{"Bool": {"aws:SecureTransport": "false"}}.jsii(),
	})
}

// grant gives a role its permissions in one policy of its own, and says in the
// template why a resource is wide: at the policy, under rekey:reasons by Sid.
func grant(role awsiam.Role, statements []statement) awsiam.Policy {
	policy := awsiam.NewPolicy(role, new("Permissions"), &awsiam.PolicyProps{Roles: &[]awsiam.IRole{role}})
	reasons := map[string]any{}
	for _, s := range statements {
		policy.AddStatements(s.allow(role))
		if s.wide != "" {
			reasons[s.sid] = s.wide
			excuse(policy, "AwsSolutions-IAM5", s.sid+": "+s.wide, s.findings(role))
		}
	}
	if len(reasons) > 0 {
		policy.Node().DefaultChild().(awsiam.CfnPolicy).AddMetadata(new("rekey:reasons"), reasons)
	}
	return policy
}

// findings are what cdk-nag calls the wide resources of a statement.
func (s statement) findings(c constructs.Construct) []any {
	found := []any{}
	for _, r := range s.resources {
		if strings.Contains(r, "*") {
			found = append(found, "Resource::"+referenced(awscdk.Stack_Of(c).Resolve(environment(c, r))))
		}
	}
	return found
}

// referenced writes a resolved text as cdk-nag does, with <ID> and <ID.Attribute>
// for what it refers to.
func referenced(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case map[string]any:
		if id, ok := v["Ref"].(string); ok {
			return "<" + id + ">"
		}
		if get, ok := v["Fn::GetAtt"].([]any); ok && len(get) == 2 {
			return fmt.Sprintf("<%v.%v>", get...)
		}
		if join, ok := v["Fn::Join"].([]any); ok && len(join) == 2 {
			return referenced(join[1])
		}
	case []any:
		var b strings.Builder
		for _, part := range v {
			b.WriteString(referenced(part))
		}
		return b.String()
	}
	return fmt.Sprint(v)
}

// excuse tells cdk-nag why a finding stays; with a list, of which resources.
func excuse(c constructs.Construct, rule, reason string, of []any) {
	s := &cdknag.NagPackSuppression{Id: &rule, Reason: &reason}
	if of != nil {
		s.AppliesTo = &of
	}
	cdknag.NagSuppressions_AddResourceSuppressions(c, &[]*cdknag.NagPackSuppression{s}, new(true))
}

// assumed names the statement by which a role's service may assume it.
func assumed(role awsiam.Role, sid string) {
	role.Node().DefaultChild().(awsiam.CfnRole).AddPropertyOverride(new("AssumeRolePolicyDocument.Statement.0.Sid"), sid)
}

// environment puts the stack's account, Region and partition into a text.
func environment(c constructs.Construct, text string) string {
	stack := awscdk.Stack_Of(c)
	return strings.NewReplacer("${AWS::Partition}", *stack.Partition(), "${AWS::Region}", *stack.Region(),
		"${AWS::AccountId}", *stack.Account()).Replace(text)
}

// principalOf is a principal by its ARN, or an account by its id.
func principalsOf(c constructs.Construct, arns []string) []awsiam.IPrincipal {
	var all []awsiam.IPrincipal
	for _, arn := range arns {
		all = append(all, awsiam.NewArnPrincipal(new(environment(c, arn))))
	}
	return all
}

func service(name string) []awsiam.IPrincipal {
	return []awsiam.IPrincipal{awsiam.NewServicePrincipal(&name, nil)}
}

func list(texts []string) *[]*string {
	var out []*string
	for _, t := range texts {
		out = append(out, new(t))
	}
	return &out
}
