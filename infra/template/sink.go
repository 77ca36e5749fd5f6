package template

import (
	"slices"
	"strings"
)

// sink is a type of resource that messages go to.
type sink struct {
	write, read []string // actions
	service     string   // that calls KMS for whoever writes or reads
	context     string   // key of the encryption context, whose value is the ARN
	key         string   // property
}

// sinks is from the SQS Developer Guide, "Amazon SQS Key management", and the SNS
// Developer Guide, "Managing Amazon SNS encryption keys and costs".
var sinks = map[string]sink{
	"AWS::SQS::Queue": {
		write: []string{"sqs:SendMessage"}, read: []string{"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"},
		service: "sqs", context: "aws:sqs:arn", key: "KmsMasterKeyId",
	},
	"AWS::SNS::Topic": {write: []string{"sns:Publish"}, service: "sns", context: "aws:sns:topicarn", key: "KmsMasterKeyId"},
}

// use is somebody who writes to or reads from a queue or topic.
type use struct {
	by      *Resource // that makes it so
	as      string    // what the queue is for it
	service string
	role    *Resource
	source  string // ARN that the service acts for
	sink    *Resource
	reads   bool
}

// uses gives every use of a queue or topic that the templates say, and what of a
// queue the templates say in a way that is not known.
func (a *Assembly) uses(out *report, all []*policy) []use {
	var found []use
	add := func(u use, v any) {
		if v == nil {
			return
		}
		u.sink = a.find(u.by.Stack, v)
		if u.sink == nil || sinks[u.sink.Type].key == "" {
			return
		}
		found = append(found, u)
	}
	for r := range a.resources() {
		p := r.Properties
		switch r.Type {
		case "AWS::Events::Rule":
			for _, target := range branches(p["Targets"]) {
				add(use{by: r, as: "dead-letter queue", service: "events.amazonaws.com", source: a.arn(r)}, at(target, "DeadLetterConfig", "Arn"))
				add(use{by: r, as: "target", service: "events.amazonaws.com", source: a.arn(r)}, at(target, "Arn"))
			}
		case "AWS::Events::EventBus":
			add(use{by: r, as: "dead-letter queue", service: "events.amazonaws.com", source: a.arn(r)}, at(p["DeadLetterConfig"], "Arn"))
		case "AWS::Scheduler::Schedule":
			role := a.role(r, at(p, "Target", "RoleArn"))
			add(use{by: r, as: "dead-letter queue", role: role}, at(p, "Target", "DeadLetterConfig", "Arn"))
			add(use{by: r, as: "target", role: role}, at(p, "Target", "Arn"))
		case "AWS::Lambda::Function":
			add(use{by: r, as: "dead-letter queue", role: a.role(r, p["Role"])}, at(p, "DeadLetterConfig", "TargetArn"))
		case "AWS::Lambda::EventInvokeConfig", "AWS::Lambda::EventSourceMapping":
			function := a.named("AWS::Lambda::Function", r.Stack, p["FunctionName"])
			if function == nil {
				continue
			}
			role := a.role(function, function.Properties["Role"])
			add(use{by: r, as: "destination of failures", role: role}, at(p, "DestinationConfig", "OnFailure", "Destination"))
			add(use{by: r, as: "destination of successes", role: role}, at(p, "DestinationConfig", "OnSuccess", "Destination"))
			add(use{by: r, as: "event source", role: role, reads: true}, p["EventSourceArn"])
		case "AWS::SNS::Subscription":
			topic := a.text(r.Stack, p["TopicArn"])
			add(use{by: r, as: "dead-letter queue", service: "sns.amazonaws.com", source: topic}, at(p, "RedrivePolicy", "deadLetterTargetArn"))
			add(use{by: r, as: "endpoint", service: "sns.amazonaws.com", source: topic}, p["Endpoint"])
		case "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm":
			for _, property := range actionLists {
				for _, v := range branches(p[property]) {
					add(use{by: r, as: "action", service: "cloudwatch.amazonaws.com", source: a.arn(r)}, v)
				}
			}
		case "AWS::S3::Bucket":
			for _, kind := range []string{"QueueConfigurations", "TopicConfigurations"} {
				for _, c := range branches(at(p, "NotificationConfiguration", kind)) {
					add(use{by: r, as: "notification", service: "s3.amazonaws.com", source: a.arn(r)}, object(c)[strings.TrimSuffix(kind, "Configurations")])
				}
			}
		case "AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::CloudWatch::Dashboard": // SQS moves what is dead by itself
		default:
			a.checkUnknownUse(out, r)
		}
	}
	return append(found, a.granted(all)...)
}

// role gives the role of the assembly that a value means, or nil.
func (a *Assembly) role(r *Resource, v any) *Resource {
	return a.named("AWS::IAM::Role", r.Stack, v)
}

// granted gives the roles whose policies let them write to or read queues: what
// their programs do is not in the templates, and what they may do is.
func (a *Assembly) granted(all []*policy) []use {
	var found []use
	for _, p := range all {
		for _, s := range p.statements {
			if p.kind != identityPolicy || s.deny {
				continue
			}
			for _, target := range a.of("AWS::SQS::Queue", "AWS::SNS::Topic") {
				about := func(action string) bool {
					return a.covers(p, s, request{action: action, resource: target})
				}
				k := sinks[target.Type]
				for _, role := range p.on {
					if slices.ContainsFunc(k.write, about) {
						found = append(found, use{by: p.written, as: "resource of statement " + s.sid, role: role, sink: target})
					}
					if len(k.read) > 0 && about(k.read[0]) {
						found = append(found, use{by: p.written, as: "resource of statement " + s.sid, role: role, sink: target, reads: true})
					}
				}
			}
		}
	}
	return found
}

// checkUnknownUse refuses what may write to a queue in a way that is not known
// here. Policies and the like only speak of it.
func (a *Assembly) checkUnknownUse(out *report, r *Resource) {
	for _, spoken := range []string{"AWS::IAM::", "AWS::KMS::", "AWS::SQS::", "AWS::SNS::TopicPolicy", "AWS::Lambda::Permission"} {
		if strings.HasPrefix(r.Type, spoken) {
			return
		}
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, element := range v {
				walk(element)
			}
		case map[string]any:
			if found := a.find(r.Stack, v); found != nil && sinks[found.Type].key != "" {
				out.add("queue", r, "", "say in package template what "+r.Type+" does with it, and as whom", "it is not known here what a %s does with %s", r.Type, found.ID)
				return
			}
			for _, element := range v {
				walk(element)
			}
		}
	}
	walk(r.Properties)
}

// checkSinks decides, for each use of a queue or topic with a customer managed
// key, whether the policies let it through, on the queue and on its key.
func (a *Assembly) checkSinks(out *report, all []*policy) {
	for _, u := range a.uses(out, all) {
		if u.role == nil && u.service == "" {
			out.add("queue", u.by, "", "use a role of these templates", "it cannot be told as which role it uses its %s %s", u.as, u.sink.ID)
			continue
		}
		k := sinks[u.sink.Type]
		actions, keyActions := k.write, []string{"kms:GenerateDataKey", "kms:Decrypt"}
		if u.reads {
			actions, keyActions = k.read, []string{"kms:Decrypt"}
		}
		for _, action := range actions {
			a.require(out, all, u, request{service: u.service, role: u.role, action: action, resource: u.sink, context: a.context(u)})
		}
		key := a.key(u.sink.Stack, u.sink.Properties[k.key])
		if key == nil {
			continue // checkEncryption says so
		}
		context := a.context(u)
		context["kms:encryptioncontext:"+k.context] = a.arn(u.sink)
		if u.role != nil {
			context["kms:viaservice"] = k.service + "." + u.sink.Stack.pseudo("Region") + "." + u.sink.Stack.pseudo("URLSuffix")
			context["kms:calleraccount"] = u.role.Stack.pseudo("AccountId")
		}
		for _, action := range keyActions {
			a.require(out, all, u, request{service: u.service, role: u.role, action: action, resource: key, context: context})
		}
	}
}

// context is what condition keys have in the calls of a use.
func (a *Assembly) context(u use) map[string]string {
	account := u.sink.Stack.pseudo("AccountId")
	context := map[string]string{"aws:securetransport": "true"}
	if u.role != nil {
		context["aws:principalarn"], context["aws:principalaccount"] = a.arn(u.role), u.role.Stack.pseudo("AccountId")
	} else {
		context["aws:sourcearn"], context["aws:sourceaccount"] = u.source, account
		context["aws:principalisawsservice"], context["aws:principalservicename"] = "true", u.service
	}
	return context
}

func (a *Assembly) require(out *report, all []*policy, u use, r request) {
	if d := a.decide(all, r); !d.allowed {
		where := "in the policy of " + r.resource.ID
		if u.role != nil {
			where = "in a policy of the role, and where it is a key's, " + where + " too"
		}
		what := "the " + u.as + " of " + u.by.ID
		if r.resource != u.sink {
			what += ", " + u.sink.ID + ", which is under that key"
		}
		out.add("queue", r.resource, "", "allow "+r.action+" for "+r.who()+" "+where, "%s may not %s on %s, %s: %s", r.who(), r.action, r.resource.ID, what, d.why)
	}
}
