package leastprivilege

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

// grant is a statement as it was deployed: what it says, and how decisions call it.
type grant struct {
	Statement
	deny       bool
	not        []string // NotAction, NotResource, NotPrincipal
	actions    []string
	resources  []string // none of a trust policy or a permission
	principals []principal
	identity   bool // of an identity policy
	deciders   []decider
	reason     string // that the template gives for a wide resource
}

// principal is one of a Principal element.
type principal struct{ typ, text string }

func (p principal) String() string { return p.typ + " " + p.text }

// decider is how a statement is called in a decision, and for whose call.
type decider struct {
	keypolicy.Place
	owner string // role/NAME or user/NAME; "" for any caller
}

// decided says whether the statement is the one at a place in a decision about the
// caller.
func (g *grant) decided(at keypolicy.Place, caller world.Caller) bool {
	return slices.ContainsFunc(g.deciders, func(d decider) bool {
		return d.Place == at && (d.owner == "" || d.owner == ownerOf(caller.Principal))
	})
}

// ownerOf names whose identity policies count for a caller. Names of roles and of
// users are unique in an account, whatever their paths.
func ownerOf(p keypolicy.Principal) string {
	switch p.Kind() {
	case keypolicy.Role, keypolicy.Session:
		return "role/" + afterSlash(p.RoleARN())
	case keypolicy.User:
		return "user/" + afterSlash(p.ARN())
	}
	return ""
}

func afterSlash(s string) string { return s[strings.LastIndexByte(s, '/')+1:] }

// stack is what is asked of a deployed stack.
type stack interface {
	// Properties gives a resource's properties as they were deployed, nil where its
	// condition kept it from being.
	Properties(logicalID string) map[string]any
	Physical(logicalID string) string
	Attribute(logicalID, name string) (string, error)
}

// place is where a stack is.
type place struct {
	stack
	account, region string
}

// grantOf gives a statement as it was deployed. It is nil where a condition of the
// template left the statement out.
func (p place) grantOf(s Statement, document map[string]any) (*grant, error) {
	properties := p.Properties(s.Resource)
	if properties == nil {
		return nil, nil
	}
	g := &grant{Statement: s}
	f := forms[s.Type]
	if f.permission {
		return g, p.permission(g, properties)
	}
	kind := f.kindOf(s.Policy)
	g.identity = kind == keypolicy.IdentityPolicy
	list, err := listed(at(properties, s.Policy))
	if err != nil {
		return nil, err
	}
	st, err := s.in(list)
	if st == nil || err != nil {
		return nil, err
	}
	if err := g.read(st); err != nil {
		return nil, err
	}
	names, err := p.policyNames(s, properties)
	for _, n := range names {
		n.Statement = s.Name
		g.deciders = append(g.deciders, n)
	}
	resources, _ := resourcesOf(document)
	g.reason, _ = at(map[string]any(resources[s.Resource]), "Metadata/rekey:reasons/"+s.Name).(string)
	return g, err
}

// in finds the statement among those that were deployed.
func (s Statement) in(list []any) (map[string]any, error) {
	if n, ok := strings.CutPrefix(s.Name, "#"); ok {
		i, err := strconv.Atoi(n)
		if err != nil || i > len(list) {
			return nil, fmt.Errorf("conditions leave statements out, so that #%s cannot be told: give it a Sid", n)
		}
		st, _ := list[i-1].(map[string]any)
		return st, nil
	}
	for _, v := range list {
		if st, _ := v.(map[string]any); st["Sid"] == s.Name {
			return st, nil
		}
	}
	return nil, nil
}

// read takes what a deployed statement says.
func (g *grant) read(st map[string]any) error {
	g.deny = st["Effect"] == "Deny"
	for _, not := range []string{"NotAction", "NotResource", "NotPrincipal"} {
		if st[not] != nil {
			g.not = append(g.not, not)
		}
	}
	var bad []string
	take := func(element string, v any) []string {
		words, ok := texts(v)
		if !ok {
			bad = append(bad, element)
		}
		return words
	}
	g.actions, g.resources = take("Action", st["Action"]), take("Resource", st["Resource"])
	switch to := st["Principal"].(type) {
	case string:
		g.principals = []principal{{"AWS", to}}
	case map[string]any:
		for _, typ := range sortedKeys(to) {
			for _, text := range take("Principal", to[typ]) {
				g.principals = append(g.principals, principal{typ, text})
			}
		}
	}
	if bad != nil {
		return fmt.Errorf("%s holds what is no text: %v", strings.Join(bad, ", "), st)
	}
	return nil
}

// texts reads a text or a list of them; nothing is an empty list.
func texts(v any) (all []string, ok bool) {
	switch v := v.(type) {
	case nil:
		return nil, true
	case string:
		return []string{v}, true
	case []any:
		for _, e := range v {
			s, ok := e.(string)
			if !ok {
				return nil, false
			}
			all = append(all, s)
		}
		return all, true
	}
	return nil, false
}

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
