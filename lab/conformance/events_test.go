package conformance

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// bus makes an event bus.
func (c *caller) bus(configure ...func(*eventbridge.CreateEventBusInput)) (name, arn string) {
	c.x.Helper()
	in := &eventbridge.CreateEventBusInput{Name: new(c.x.name("bus"))}
	for _, f := range configure {
		f(in)
	}
	out := succeed(c.x, c.Events.CreateEventBus, in)
	cleanup(c.x, c.Events.DeleteEventBus, &eventbridge.DeleteEventBusInput{Name: in.Name})
	return *in.Name, text(out.EventBusArn)
}

// rule is a rule that a claim made, for events of a source of its own.
type rule struct {
	name, arn, source string
	bus               *string
}

// rule makes one on the default bus; configure changes the request.
func (c *caller) rule(configure ...func(*eventbridge.PutRuleInput)) rule {
	c.x.Helper()
	r := rule{name: c.x.name("rule"), source: c.x.name("source")}
	in := &eventbridge.PutRuleInput{Name: &r.name, EventPattern: new(`{"source":["` + r.source + `"]}`)}
	for _, f := range configure {
		f(in)
	}
	r.name, r.bus = *in.Name, in.EventBusName
	r.arn = text(succeed(c.x, c.Events.PutRule, in).RuleArn)
	cleanup(c.x, c.Events.DeleteRule, &eventbridge.DeleteRuleInput{Name: &r.name, EventBusName: r.bus})
	return r
}

func onBus(name string) func(*eventbridge.PutRuleInput) {
	return func(in *eventbridge.PutRuleInput) { in.EventBusName = &name }
}

// letIn lets a service send to a queue, for one of its resources.
func (c *caller) letIn(q queue, service, source string) {
	c.x.Helper()
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"` + service + `"},"Action":"sqs:SendMessage","Resource":"` + q.arn +
		`","Condition":{"ArnEquals":{"aws:SourceArn":"` + source + `"}}}]}`
	succeed(c.x, c.SQS.SetQueueAttributes, &sqs.SetQueueAttributesInput{QueueUrl: &q.url, Attributes: map[string]string{"Policy": policy}})
}

// aim adds a target to a rule; configure changes it.
func (c *caller) aim(r rule, arn string, configure ...func(*types.Target)) {
	c.x.Helper()
	t := types.Target{Id: new(c.x.name("target")), Arn: &arn}
	for _, f := range configure {
		f(&t)
	}
	succeed(c.x, c.Events.PutTargets, &eventbridge.PutTargetsInput{Rule: &r.name, EventBusName: r.bus, Targets: []types.Target{t}})
	cleanup(c.x, c.Events.RemoveTargets, &eventbridge.RemoveTargetsInput{Rule: &r.name, EventBusName: r.bus, Ids: []string{*t.Id}})
}

// heard makes a queue that gets a rule's events.
func (c *caller) heard(r rule, configure ...func(*types.Target)) queue {
	c.x.Helper()
	q := c.queue()
	c.letIn(q, "events.amazonaws.com", r.arn)
	c.aim(r, q.arn, configure...)
	return q
}

// entry is an event to be put.
func entry(source, detail string) types.PutEventsRequestEntry {
	return types.PutEventsRequestEntry{Source: &source, DetailType: new("conformance"), Detail: &detail}
}

func putting(all ...types.PutEventsRequestEntry) *eventbridge.PutEventsInput {
	return &eventbridge.PutEventsInput{Entries: all}
}

// put puts an event that must be taken, and gives its id.
func (c *caller) put(e types.PutEventsRequestEntry) string {
	c.x.Helper()
	out := succeed(c.x, c.Events.PutEvents, putting(e))
	if out.FailedEntryCount != 0 {
		c.x.Fatalf("the event was refused: %s", text(out.Entries[0].ErrorMessage))
	}
	return text(out.Entries[0].EventId)
}

// arrivals gives the bodies of what a queue gets within a moment.
func (c *caller) arrivals(q queue, count int) []sqstypes.Message {
	c.x.Helper()
	c.x.pass(time.Second)
	return c.received(q, count)
}

// told reads the event in a message.
func event(x *bench, m sqstypes.Message) (e struct {
	Version, ID, Source, Account, Time, Region string
	DetailType                                 string `json:"detail-type"`
	Resources                                  []string
	Detail                                     json.RawMessage
}) {
	x.Helper()
	if err := json.Unmarshal([]byte(text(m.Body)), &e); err != nil {
		x.Fatal(err)
	}
	return e
}

// runs makes a role that a service may assume, with one policy.
func (c *caller) runs(service, policy string) string {
	c.x.Helper()
	name := c.x.name("role")
	trust := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"` + service + `"},"Action":"sts:AssumeRole"}}`
	made := succeed(c.x, c.IAM.CreateRole, &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &trust})
	cleanup(c.x, c.IAM.DeleteRole, &iam.DeleteRoleInput{RoleName: &name})
	in := &iam.PutRolePolicyInput{RoleName: &name, PolicyName: new("conformance"), PolicyDocument: &policy}
	succeed(c.x, c.IAM.PutRolePolicy, in)
	cleanup(c.x, c.IAM.DeleteRolePolicy, &iam.DeleteRolePolicyInput{RoleName: &name, PolicyName: in.PolicyName})
	return text(made.Role.Arn)
}

var eventBuses = []claim{
	{
		says:   "the default bus is always there, and cannot be deleted",
		source: "recorded: events test_delete_default_event_bus",
		check: func(x *bench) {
			out := succeed(x, x.Own.Events.DescribeEventBus, &eventbridge.DescribeEventBusInput{})
			equal(x, "Name", text(out.Name), "default")
			equal(x, "Arn", text(out.Arn), "arn:aws:events:"+x.region+":"+x.Own.account+":event-bus/default")
			refused(x, x.Own.Events.DeleteEventBus, &eventbridge.DeleteEventBusInput{Name: new("default")}, "ValidationException").saying("Cannot delete event bus default.")
		},
	},
	{
		says:   "a bus is made once, described by name or ARN, listed by prefix, and deleted",
		source: "recorded: events test_create_list_describe_delete_custom_event_buses, test_create_multiple_event_buses_same_name, test_list_event_buses_with_prefix",
		check: func(x *bench) {
			name, arn := x.Own.bus(func(in *eventbridge.CreateEventBusInput) { in.Description = new("mine") })
			for _, by := range []string{name, arn} {
				out := succeed(x, x.Own.Events.DescribeEventBus, &eventbridge.DescribeEventBusInput{Name: &by})
				equal(x, "Arn", text(out.Arn), arn)
				equal(x, "Description", text(out.Description), "mine")
			}
			refused(x, x.Own.Events.CreateEventBus, &eventbridge.CreateEventBusInput{Name: &name}, "ResourceAlreadyExistsException").saying("Event bus " + name + " already exists.")
			equal(x, "the number of buses", len(succeed(x, x.Own.Events.ListEventBuses, &eventbridge.ListEventBusesInput{NamePrefix: &name}).EventBuses), 1)
			other := x.name("bus")
			succeed(x, x.Own.Events.CreateEventBus, &eventbridge.CreateEventBusInput{Name: &other})
			succeed(x, x.Own.Events.DeleteEventBus, &eventbridge.DeleteEventBusInput{Name: &other})
			refused(x, x.Own.Events.DescribeEventBus, &eventbridge.DescribeEventBusInput{Name: &other}, "ResourceNotFoundException").saying("Event bus " + other + " does not exist.")
			refused(x, x.Own.Events.DeleteEventBus, &eventbridge.DeleteEventBusInput{Name: &other}, "ResourceNotFoundException")
		},
	},
	{
		says:   "buses are listed by pages, in the order of their names",
		source: "recorded: events test_list_event_buses_with_limit",
		check: func(x *bench) {
			prefix := x.name("bus")
			for _, n := range []string{"-2", "-0", "-1"} {
				x.Own.bus(func(in *eventbridge.CreateEventBusInput) { in.Name = new(prefix + n) })
			}
			first := succeed(x, x.Own.Events.ListEventBuses, &eventbridge.ListEventBusesInput{NamePrefix: &prefix, Limit: new(int32(2))})
			equal(x, "the first page", text(first.EventBuses[0].Name)+" "+text(first.EventBuses[1].Name), prefix+"-0 "+prefix+"-1")
			rest := succeed(x, x.Own.Events.ListEventBuses, &eventbridge.ListEventBusesInput{NamePrefix: &prefix, Limit: new(int32(2)), NextToken: first.NextToken})
			equal(x, "the second page", len(rest.EventBuses), 1)
			equal(x, "there is more", rest.NextToken != nil, false)
		},
	},
	{
		says:   "a permission is a statement of the bus's policy, replaced by its id and removed by it",
		source: "recorded: events test_put_permission, test_remove_permission, test_remove_permission_non_existing_sid",
		check: func(x *bench) {
			name, arn := x.Own.bus()
			permit := func(sid, who string) {
				succeed(x, x.Own.Events.PutPermission, &eventbridge.PutPermissionInput{EventBusName: &name, Action: new("events:PutEvents"), Principal: &who, StatementId: &sid})
			}
			policy := func() string {
				return text(succeed(x, x.Own.Events.DescribeEventBus, &eventbridge.DescribeEventBusInput{Name: &name}).Policy)
			}
			permit("one", x.Own.account)
			permit("two", "*")
			permit("two", "*")
			want := func(sid, principal string) string {
				return `{"Sid":"` + sid + `","Effect":"Allow","Principal":` + principal + `,"Action":"events:PutEvents","Resource":"` + arn + `"}`
			}
			equal(x, "the policy", policy(), `{"Version":"2012-10-17","Statement":[`+want("one", `{"AWS":"`+x.Own.root()+`"}`)+","+want("two", `"*"`)+`]}`)
			refused(x, x.Own.Events.RemovePermission, &eventbridge.RemovePermissionInput{EventBusName: &name, StatementId: new("three")}, "ResourceNotFoundException").
				saying("Statement with the provided id does not exist.")
			succeed(x, x.Own.Events.RemovePermission, &eventbridge.RemovePermissionInput{EventBusName: &name, StatementId: new("one")})
			equal(x, "the policy", policy(), `{"Version":"2012-10-17","Statement":[`+want("two", `"*"`)+`]}`)
			succeed(x, x.Own.Events.RemovePermission, &eventbridge.RemovePermissionInput{EventBusName: &name, RemoveAllPermissions: true})
			equal(x, "the policy", policy(), "")
		},
	},
	{
		says:   "a whole policy takes the place of the one before",
		source: "recorded: events test_put_permission",
		check: func(x *bench) {
			name, arn := x.Own.bus()
			succeed(x, x.Own.Events.PutPermission, &eventbridge.PutPermissionInput{EventBusName: &name, Action: new("events:PutEvents"), Principal: new("*"), StatementId: new("one")})
			policy := grant("Allow", "all", x.Own.root(), "events:PutEvents", arn).document()
			succeed(x, x.Own.Events.PutPermission, &eventbridge.PutPermissionInput{EventBusName: &name, Policy: &policy})
			got := text(succeed(x, x.Own.Events.DescribeEventBus, &eventbridge.DescribeEventBusInput{Name: &name}).Policy)
			equal(x, "statements of the old policy", strings.Contains(got, `"one"`), false)
			equal(x, "statements of the new policy", strings.Contains(got, `"all"`), true)
		},
	},
	{
		says:   "there are no permissions on a bus that does not exist",
		source: "recorded: events test_put_permission_non_existing_event_bus",
		check: func(x *bench) {
			name := x.name("bus")
			refused(x, x.Own.Events.PutPermission, &eventbridge.PutPermissionInput{EventBusName: &name, Action: new("events:PutEvents"), Principal: new("*"), StatementId: new("s")},
				"ResourceNotFoundException").saying("Event bus " + name + " does not exist.")
		},
	},
	{
		says:   "buses and rules have tags, and what is not there has none",
		source: "recorded: events tests_tag_untag_resource, tests_tag_list_untag_not_existing_resource, test_create_event_bus_with_tags",
		check: func(x *bench) {
			_, bus := x.Own.bus(func(in *eventbridge.CreateEventBusInput) { in.Tags = []types.Tag{{Key: new("a"), Value: new("1")}} })
			for _, arn := range []string{bus, x.Own.rule(func(in *eventbridge.PutRuleInput) { in.Tags = []types.Tag{{Key: new("a"), Value: new("1")}} }).arn} {
				succeed(x, x.Own.Events.TagResource, &eventbridge.TagResourceInput{ResourceARN: &arn, Tags: []types.Tag{{Key: new("b"), Value: new("2")}, {Key: new("a"), Value: new("3")}}})
				succeed(x, x.Own.Events.UntagResource, &eventbridge.UntagResourceInput{ResourceARN: &arn, TagKeys: []string{"b", "none"}})
				tags := succeed(x, x.Own.Events.ListTagsForResource, &eventbridge.ListTagsForResourceInput{ResourceARN: &arn}).Tags
				equal(x, "the number of tags", len(tags), 1)
				equal(x, "the tag", text(tags[0].Key)+"="+text(tags[0].Value), "a=3")
			}
			none := x.name("rule")
			refused(x, x.Own.Events.ListTagsForResource, &eventbridge.ListTagsForResourceInput{ResourceARN: new("arn:aws:events:" + x.region + ":" + x.Own.account + ":rule/" + none)},
				"ResourceNotFoundException").saying("Rule " + none + " does not exist on EventBus default.")
		},
	},
}
