package eventbridge

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"rekey/lab/eventbridge/pattern"
	"rekey/lab/schedule"
	"rekey/lab/world"
	"rekey/shared/keyid"
)

// rule is a rule of a bus.
type rule struct {
	bus         *bus
	name        string
	description *string
	role        *string
	text        string // of the pattern, "" for none
	pattern     *pattern.Pattern
	expression  string // of the schedule, "" for none
	schedule    schedule.Schedule
	due         *world.Due
	state       types.RuleState
	tags        []types.Tag
	targets     []types.Target // by id
}

func (r *rule) arn() string { return ruleARN(address{r.bus.home, r.bus.name}, r.name) }

// ruleARN leaves the default bus out (recorded).
func ruleARN(a address, name string) string {
	if a.name != defaultBus {
		name = a.name + "/" + name
	}
	return "arn:aws:events:" + string(a.region) + ":" + string(a.account) + ":rule/" + name
}

func noRule(name, bus string) error {
	return notFound("Rule " + name + " does not exist on EventBus " + bus + ".")
}

// ruleContext are the condition keys of what is done to a rule (Service
// Authorization Reference, "Amazon EventBridge"). No rule here is managed by a
// service.
func (s *Service) ruleContext(a address, name string) map[string][]string {
	b := s.here(a.home)[a.name]
	if b == nil || b.rules[name] == nil {
		return map[string][]string{}
	}
	ctx := resourceTags(b.rules[name].tags)
	ctx["events:creatorAccount"] = []string{string(a.account)}
	return ctx
}

// onRule resolves and decides, and looks the bus up. The rule is nil where there
// is none.
func (s *Service) onRule(c *world.Call, given *string, name string, more map[string][]string) (*bus, *rule, error) {
	a, err := own(c, given)
	if err != nil {
		return nil, nil, err
	}
	ctx := s.ruleContext(a, name)
	maps.Copy(ctx, more)
	if err := s.authorize(c, ruleARN(a, name), a.account, ctx, nil); err != nil {
		return nil, nil, err
	}
	b, err := s.find(a)
	if err != nil {
		return nil, nil, err
	}
	return b, b.rules[name], nil
}

// existing is onRule for a rule that must be there.
func (s *Service) existing(c *world.Call, given *string, name string, more map[string][]string) (*rule, error) {
	b, r, err := s.onRule(c, given, name, more)
	if err == nil && r == nil {
		err = noRule(name, b.name)
	}
	return r, err
}

// read fills in a rule from a request.
func (r *rule) read(in *eventbridge.PutRuleInput) (err error) {
	r.description, r.role = in.Description, in.RoleArn
	r.text, r.expression = aws.ToString(in.EventPattern), aws.ToString(in.ScheduleExpression)
	if r.state = in.State; r.state == "" {
		r.state = types.RuleStateEnabled
	}
	if r.text == "" && r.expression == "" { // the wording is ours
		return invalid("Parameter(s) EventPattern or ScheduleExpression must be specified.")
	}
	if r.text != "" {
		if r.pattern, err = pattern.Parse(r.text); err != nil {
			return &types.InvalidEventPatternException{Message: new(err.Error())}
		}
	}
	if r.expression != "" {
		if r.schedule, err = schedule.ParseRule(r.expression); err != nil {
			return invalid("Parameter ScheduleExpression is not valid.")
		}
	}
	return nil
}

func (s *Service) putRule(c *world.Call, in *eventbridge.PutRuleInput) (*eventbridge.PutRuleOutput, error) {
	r := &rule{name: *in.Name, tags: sorted(in.Tags)}
	if addressOf(c, in.EventBusName).name != defaultBus && aws.ToString(in.ScheduleExpression) != "" {
		return nil, invalid("ScheduleExpression is supported only on the default event bus.")
	}
	if err := r.read(in); err != nil {
		return nil, err
	}
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	ctx := requestTags(in.Tags)
	maps.Copy(ctx, patternContext(r.text))
	b, old, err := s.onRule(c, in.EventBusName, *in.Name, ctx)
	if err != nil {
		return nil, err
	}
	r.bus = b
	if len(in.Tags) > 0 && old == nil {
		if err := s.authorizeAs(c, "events:TagResource", r.arn(), b.account, requestTags(in.Tags), nil); err != nil {
			return nil, err
		}
	}
	if r.role != nil {
		if err := pass(c, *r.role, r.arn()); err != nil {
			return nil, err
		}
	}
	if err := b.room(r, old); err != nil {
		return nil, err
	}
	if old != nil { // tags of an update are ignored (API reference)
		s.world.Clock.Cancel(old.due)
		r.tags, r.targets = old.tags, old.targets
	}
	b.rules[r.name] = r
	s.arm(r)
	return &eventbridge.PutRuleOutput{RuleArn: new(r.arn())}, nil
}

// room holds a bus to its quotas.
func (b *bus) room(r, old *rule) error {
	wild := func(r *rule) bool { return r != nil && r.pattern != nil && r.pattern.Wildcards() }
	n := 0
	for _, other := range b.rules {
		if wild(other) {
			n++
		}
	}
	if old == nil && len(b.rules) >= ruleQuota || wild(r) && !wild(old) && n >= wildcardQuota {
		return exceeded()
	}
	return nil
}

// pass asks whether the caller may hand a role to EventBridge (EventBridge User
// Guide, "Using IAM roles").
func pass(c *world.Call, role, rule string) error {
	p := strings.SplitN(role, ":", 6)
	if len(p) != 6 || p[2] != "iam" || !strings.HasPrefix(p[5], "role/") {
		return invalid("Parameter RoleArn is not valid. Reason: Provided Arn is not in correct format.")
	}
	a := world.Access{
		Action: "iam:PassRole", Resource: role, ResourceAccount: keyid.Account(p[4]),
		Context: map[string][]string{"iam:PassedToService": {"events.amazonaws.com"}, "iam:AssociatedResourceArn": {rule}},
	}
	if a.ResourceAccount != c.Account() { // reported wording
		return denied("Cross-account pass role is not allowed.")
	}
	return c.Authorize("AccessDeniedException", a)
}

func (s *Service) describeRule(c *world.Call, in *eventbridge.DescribeRuleInput) (*eventbridge.DescribeRuleOutput, error) {
	r, err := s.existing(c, in.EventBusName, *in.Name, nil)
	if err != nil {
		return nil, err
	}
	e := r.entry()
	return &eventbridge.DescribeRuleOutput{
		Arn: e.Arn, CreatedBy: new(string(r.bus.account)), Description: e.Description, EventBusName: e.EventBusName, EventPattern: e.EventPattern,
		Name: e.Name, RoleArn: e.RoleArn, ScheduleExpression: e.ScheduleExpression, State: e.State,
	}, nil
}

func (r *rule) entry() types.Rule {
	return types.Rule{
		Arn: new(r.arn()), Description: r.description, EventBusName: &r.bus.name, EventPattern: optional(r.text),
		Name: &r.name, RoleArn: r.role, ScheduleExpression: optional(r.expression), State: r.state,
	}
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func (s *Service) listRules(c *world.Call, in *eventbridge.ListRulesInput) (*eventbridge.ListRulesOutput, error) {
	a, err := own(c, in.EventBusName)
	if err != nil {
		return nil, err
	}
	if err := s.authorize(c, ruleARN(a, "*"), a.account, nil, nil); err != nil {
		return nil, err
	}
	b, err := s.find(a)
	if err != nil {
		return nil, err
	}
	all := slices.DeleteFunc(world.Sorted(b.rules), func(r *rule) bool { return !strings.HasPrefix(r.name, aws.ToString(in.NamePrefix)) })
	some, next, err := page(c, all, func(r *rule) string { return r.name }, in.NextToken, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &eventbridge.ListRulesOutput{Rules: []types.Rule{}, NextToken: next}
	for _, r := range some {
		out.Rules = append(out.Rules, r.entry())
	}
	return out, nil
}

func (s *Service) enableRule(c *world.Call, in *eventbridge.EnableRuleInput) (*eventbridge.EnableRuleOutput, error) {
	return &eventbridge.EnableRuleOutput{}, s.switchRule(c, in.EventBusName, *in.Name, types.RuleStateEnabled)
}

func (s *Service) disableRule(c *world.Call, in *eventbridge.DisableRuleInput) (*eventbridge.DisableRuleOutput, error) {
	return &eventbridge.DisableRuleOutput{}, s.switchRule(c, in.EventBusName, *in.Name, types.RuleStateDisabled)
}

// switchRule starts or stops a rule. A schedule is counted anew only where the
// rule was stopped before.
func (s *Service) switchRule(c *world.Call, bus *string, name string, to types.RuleState) error {
	r, err := s.existing(c, bus, name, nil)
	if err != nil {
		return err
	}
	if r.state == to {
		return nil
	}
	r.state = to
	s.arm(r)
	return nil
}

// deleteRule succeeds where there is no such rule (API reference).
func (s *Service) deleteRule(c *world.Call, in *eventbridge.DeleteRuleInput) (*eventbridge.DeleteRuleOutput, error) {
	b, r, err := s.onRule(c, in.EventBusName, *in.Name, nil)
	if err != nil {
		return nil, err
	}
	if r != nil {
		if len(r.targets) > 0 {
			return nil, invalid("Rule can't be deleted since it has targets.")
		}
		s.world.Clock.Cancel(r.due)
		delete(b.rules, r.name)
	}
	return &eventbridge.DeleteRuleOutput{}, nil
}
