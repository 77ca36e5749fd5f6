package template

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// policyKind is what a policy is attached to.
type policyKind int

const (
	identityPolicy policyKind = iota + 1 // what a role may do
	trustPolicy                          // who may assume a role
	keyPolicy                            // who may use a key
	resourcePolicy                       // who may use anything else
)

// policy is one policy document of a template.
type policy struct {
	kind       policyKind
	written    *Resource // whose properties hold it
	statements []statement
	// on is what a resource policy is attached to, where that is in the assembly,
	// or of an identity policy the roles that have it.
	on []*Resource
}

type statement struct {
	sid        string // or "#2"
	unnamed    bool
	deny       bool
	perhaps    bool // it depends on a condition of the template
	actions    []string
	resources  []string
	not        []string // NotAction, NotResource, NotPrincipal, as far as it has them
	principals []principal
	conditions []condition
}

// principal is one entry of a Principal element; the kind is "*" for everyone.
type principal struct{ kind, value string }

// condition is one key of a Condition element.
type condition struct {
	operator, key string
	values        []string
}

// policies gives every policy of the assembly. A document is found by its form,
// wherever it is: a type that this package does not know has its policy checked
// as one of a resource.
func (a *Assembly) policies() []*policy {
	var all []*policy
	for r := range a.resources() {
		switch r.Type {
		case "AWS::Lambda::Permission", "AWS::Lambda::LayerVersionPermission":
			all = append(all, a.permission(r))
			continue
		}
		a.documents(r, r.Properties, "", func(property string, document map[string]any) {
			p := &policy{written: r}
			for i, s := range branches(document["Statement"]) {
				perhaps := slices.ContainsFunc(list(document["Statement"]), func(e any) bool { return object(e)["Fn::If"] != nil })
				p.statements = append(p.statements, a.statement(r.Stack, i, object(s), perhaps))
			}
			p.kind, p.on = a.attached(r, property, p.statements)
			all = append(all, p)
		})
	}
	return all
}

// documents finds what has the form of a policy document.
func (a *Assembly) documents(r *Resource, v any, property string, found func(property string, document map[string]any)) {
	switch v := v.(type) {
	case []any:
		for _, element := range v {
			a.documents(r, element, property, found)
		}
	case map[string]any:
		if slices.ContainsFunc(branches(v["Statement"]), func(s any) bool { return object(s)["Effect"] != nil }) {
			found(property, v)
			return
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			a.documents(r, v[name], name, found)
		}
	}
}

// attached tells what a policy document belongs to.
func (a *Assembly) attached(r *Resource, property string, statements []statement) (policyKind, []*Resource) {
	switch r.Type {
	case "AWS::KMS::Key", "AWS::KMS::ReplicaKey":
		return keyPolicy, []*Resource{r}
	case "AWS::IAM::Role":
		if property == "AssumeRolePolicyDocument" {
			return trustPolicy, []*Resource{r}
		}
		return identityPolicy, []*Resource{r}
	case "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy":
		return identityPolicy, a.holders(r)
	case "AWS::SQS::QueuePolicy", "AWS::SQS::QueueInlinePolicy":
		return resourcePolicy, a.all(r, "Queues", "Queue")
	case "AWS::SNS::TopicPolicy", "AWS::SNS::TopicInlinePolicy":
		return resourcePolicy, a.all(r, "Topics", "TopicArn")
	case "AWS::S3::BucketPolicy":
		return resourcePolicy, []*Resource{a.named("AWS::S3::Bucket", r.Stack, r.Properties["Bucket"])}
	}
	if strings.HasPrefix(r.Type, "AWS::IAM::") || len(statements) > 0 && len(statements[0].principals) == 0 && !slices.Contains(statements[0].not, "NotPrincipal") {
		return identityPolicy, nil
	}
	return resourcePolicy, nil
}

// holders gives the roles that have a policy.
func (a *Assembly) holders(r *Resource) []*Resource {
	var roles []*Resource
	for _, v := range append(branches(r.Properties["Roles"]), list(r.Properties["RoleName"])...) {
		if role := a.named("AWS::IAM::Role", r.Stack, v); role != nil {
			roles = append(roles, role)
		}
	}
	for _, role := range a.of("AWS::IAM::Role") {
		if r.Type == "AWS::IAM::ManagedPolicy" && slices.Contains(a.texts(role.Stack, role.Properties["ManagedPolicyArns"]), a.arn(r)) {
			roles = append(roles, role)
		}
	}
	return roles
}

// all gives the resources that any of the properties name.
func (a *Assembly) all(r *Resource, properties ...string) []*Resource {
	var out []*Resource
	for _, property := range properties {
		for _, v := range branches(r.Properties[property]) {
			if found := a.find(r.Stack, v); found != nil {
				out = append(out, found)
			}
		}
	}
	return out
}

// permission is a Lambda permission as the statement that Lambda makes of it.
func (a *Assembly) permission(r *Resource) *policy {
	text := func(property string) string { return a.text(r.Stack, r.Properties[property]) }
	s := statement{sid: r.ID, actions: []string{text("Action")}, resources: []string{text("FunctionName")}}
	function := a.named("AWS::Lambda::Function", r.Stack, r.Properties["FunctionName"])
	if function != nil {
		s.resources = []string{a.arn(function)}
	}
	switch who := text("Principal"); {
	case who == "*":
		s.principals = []principal{{"*", "*"}}
	case strings.HasSuffix(who, ".amazonaws.com") || strings.HasSuffix(who, "${AWS.URLSuffix}"):
		s.principals = []principal{{"Service", who}}
	default:
		s.principals = []principal{{"AWS", who}}
	}
	for _, c := range []struct{ property, operator, key string }{
		{"SourceAccount", "StringEquals", "aws:sourceaccount"}, {"SourceArn", "ArnLike", "aws:sourcearn"},
		{"PrincipalOrgID", "StringEquals", "aws:principalorgid"}, {"OrganizationId", "StringEquals", "aws:principalorgid"},
	} {
		if r.Properties[c.property] != nil {
			s.conditions = append(s.conditions, condition{c.operator, c.key, []string{text(c.property)}})
		}
	}
	return &policy{kind: resourcePolicy, written: r, statements: []statement{s}, on: []*Resource{function}}
}

func (a *Assembly) statement(s *Stack, i int, document map[string]any, perhaps bool) statement {
	out := statement{
		sid: a.text(s, document["Sid"]), deny: document["Effect"] == "Deny", perhaps: perhaps,
		actions: a.texts(s, document["Action"]), resources: a.texts(s, document["Resource"]),
	}
	if document["Sid"] == nil || out.sid == "" {
		out.sid, out.unnamed = "#"+strconv.Itoa(i+1), true
	}
	for _, not := range []string{"NotAction", "NotResource", "NotPrincipal"} {
		if document[not] != nil {
			out.not = append(out.not, not)
		}
	}
	if who, ok := document["Principal"].(string); ok {
		out.principals = append(out.principals, principal{"*", who})
	}
	who := object(document["Principal"])
	for _, kind := range slices.Sorted(maps.Keys(who)) {
		for _, value := range a.texts(s, who[kind]) {
			if value == "*" {
				kind = "*"
			}
			out.principals = append(out.principals, principal{kind, value})
		}
	}
	operators := object(document["Condition"])
	for _, operator := range slices.Sorted(maps.Keys(operators)) {
		keys := object(operators[operator])
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			out.conditions = append(out.conditions, condition{operator, strings.ToLower(key), a.texts(s, keys[key])})
		}
	}
	return out
}
