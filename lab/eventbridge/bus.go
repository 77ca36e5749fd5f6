package eventbridge

import (
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

// Quotas of a Region (EventBridge User Guide, "Amazon EventBridge quotas").
const (
	busQuota      = 100
	ruleQuota     = 300 // of a bus
	wildcardQuota = 30  // rules of a bus that have wildcards
	targetQuota   = 5   // of a rule
	policyQuota   = 10240
	tagQuota      = 50
)

const defaultBus = "default"

// bus is an event bus.
type bus struct {
	home
	name        string
	description *string
	deadLetters *types.DeadLetterConfig
	policy      *world.Policy
	tags        []types.Tag
	created     time.Time
	modified    time.Time
	rules       map[string]*rule
}

func (b *bus) arn() string { return busARN(b.home, b.name) }

func busARN(h home, name string) string {
	return "arn:aws:events:" + string(h.region) + ":" + string(h.account) + ":event-bus/" + name
}

// named is the bus's policy, as a decision asks for it; nil where it has none.
func (b *bus) named() *world.Named {
	if b == nil || b.policy == nil {
		return nil
	}
	return &world.Named{Name: "policy of " + b.arn(), Policy: b.policy}
}

// here gives the buses in a Region of an account. The default one is always
// there.
func (s *Service) here(h home) map[string]*bus {
	if s.regions[h] == nil {
		now := s.world.Clock.Now()
		s.regions[h] = map[string]*bus{defaultBus: {home: h, name: defaultBus, created: now, modified: now, rules: map[string]*rule{}}}
	}
	return s.regions[h]
}

// address is a bus as a request names it: by name or ARN, or not at all.
type address struct {
	home
	name string
}

func (a address) arn() string { return busARN(a.home, a.name) }

func addressOf(c *world.Call, given *string) address {
	a := address{home{c.Account(), c.Region}, defaultBus}
	if given == nil {
		return a
	}
	if a.name = *given; strings.HasPrefix(a.name, "arn:") {
		p := strings.SplitN(a.name, ":", 6)
		a.region, a.account, a.name = keyid.Region(p[3]), keyid.Account(p[4]), strings.TrimPrefix(p[5], "event-bus/")
	}
	return a
}

// own is an address that must be of the caller's own account and Region.
func own(c *world.Call, given *string) (address, error) {
	a := addressOf(c, given)
	if a.account != c.Account() || a.region != c.Region {
		return a, world.Unimplemented("the administration of an event bus in another account or Region")
	}
	return a, nil
}

func noBus(name string) error { return notFound("Event bus " + name + " does not exist.") }

// find looks a bus up that the caller was let to.
func (s *Service) find(a address) (*bus, error) {
	b := s.here(a.home)[a.name]
	if b == nil {
		return nil, noBus(a.name)
	}
	return b, nil
}

// onBus resolves, decides and looks up: what most operations on a bus begin with.
func (s *Service) onBus(c *world.Call, given *string) (*bus, error) {
	a, err := own(c, given)
	if err != nil {
		return nil, err
	}
	if err := s.authorize(c, a.arn(), a.account, s.busContext(a), nil); err != nil {
		return nil, err
	}
	return s.find(a)
}

func (s *Service) busContext(a address) map[string][]string {
	if b := s.here(a.home)[a.name]; b != nil {
		return resourceTags(b.tags)
	}
	return map[string][]string{}
}

func unmodelled(key *string, logs *types.LogConfig) error {
	if aws.ToString(key) != "" {
		return world.Unimplemented("event buses with a customer managed key")
	}
	if logs != nil && logs.Level != "" && logs.Level != types.LevelOff {
		return world.Unimplemented("logs of event buses")
	}
	return nil
}

func (s *Service) createEventBus(c *world.Call, in *eventbridge.CreateEventBusInput) (*eventbridge.CreateEventBusOutput, error) {
	if in.EventSourceName != nil {
		return nil, world.Unimplemented("partner event buses")
	}
	if strings.Contains(*in.Name, "/") { // the API reference's rule; the wording is ours
		return nil, invalid("Event bus name must not contain '/'.")
	}
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	a := address{home{c.Account(), c.Region}, *in.Name}
	ctx := requestTags(in.Tags)
	if err := s.authorize(c, a.arn(), a.account, ctx, nil); err != nil {
		return nil, err
	}
	if len(in.Tags) > 0 {
		if err := s.authorizeAs(c, "events:TagResource", a.arn(), a.account, ctx, nil); err != nil {
			return nil, err
		}
	}
	if err := unmodelled(in.KmsKeyIdentifier, in.LogConfig); err != nil {
		return nil, err
	}
	buses := s.here(a.home)
	if buses[a.name] != nil {
		return nil, &types.ResourceAlreadyExistsException{Message: new("Event bus " + a.name + " already exists.")}
	}
	if len(buses) >= busQuota {
		return nil, exceeded()
	}
	b := &bus{
		home: a.home, name: a.name, description: in.Description, deadLetters: in.DeadLetterConfig,
		tags: sorted(in.Tags), created: c.Time, modified: c.Time, rules: map[string]*rule{},
	}
	buses[b.name] = b
	return &eventbridge.CreateEventBusOutput{EventBusArn: new(b.arn()), Description: b.description, DeadLetterConfig: b.deadLetters, LogConfig: in.LogConfig}, nil
}

func (s *Service) describeEventBus(c *world.Call, in *eventbridge.DescribeEventBusInput) (*eventbridge.DescribeEventBusOutput, error) {
	b, err := s.onBus(c, in.Name)
	if err != nil {
		return nil, err
	}
	out := &eventbridge.DescribeEventBusOutput{
		Arn: new(b.arn()), Name: &b.name, Description: b.description, DeadLetterConfig: b.deadLetters,
		CreationTime: &b.created, LastModifiedTime: &b.modified,
	}
	if b.policy != nil {
		out.Policy = &b.policy.Text
	}
	return out, nil
}

// updateEventBus replaces what the request has. That it keeps what the request
// leaves out is assumed.
func (s *Service) updateEventBus(c *world.Call, in *eventbridge.UpdateEventBusInput) (*eventbridge.UpdateEventBusOutput, error) {
	b, err := s.onBus(c, in.Name)
	if err != nil {
		return nil, err
	}
	if err := unmodelled(in.KmsKeyIdentifier, in.LogConfig); err != nil {
		return nil, err
	}
	if in.Description != nil {
		b.description = in.Description
	}
	if in.DeadLetterConfig != nil {
		b.deadLetters = in.DeadLetterConfig
	}
	b.modified = c.Time
	return &eventbridge.UpdateEventBusOutput{Arn: new(b.arn()), Name: &b.name, Description: b.description, DeadLetterConfig: b.deadLetters, LogConfig: in.LogConfig}, nil
}

func (s *Service) listEventBuses(c *world.Call, in *eventbridge.ListEventBusesInput) (*eventbridge.ListEventBusesOutput, error) {
	h := home{c.Account(), c.Region}
	if err := s.authorize(c, "*", h.account, nil, nil); err != nil {
		return nil, err
	}
	all := slices.DeleteFunc(world.Sorted(s.here(h)), func(b *bus) bool { return !strings.HasPrefix(b.name, aws.ToString(in.NamePrefix)) })
	some, next, err := page(c, all, func(b *bus) string { return b.name }, in.NextToken, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &eventbridge.ListEventBusesOutput{EventBuses: []types.EventBus{}, NextToken: next}
	for _, b := range some {
		e := types.EventBus{Arn: new(b.arn()), Name: &b.name, Description: b.description, CreationTime: &b.created, LastModifiedTime: &b.modified}
		if b.policy != nil {
			e.Policy = &b.policy.Text
		}
		out.EventBuses = append(out.EventBuses, e)
	}
	return out, nil
}

// deleteEventBus refuses a bus with rules (API reference); the wording of that
// is ours.
func (s *Service) deleteEventBus(c *world.Call, in *eventbridge.DeleteEventBusInput) (*eventbridge.DeleteEventBusOutput, error) {
	if *in.Name == defaultBus {
		return nil, invalid("Cannot delete event bus default.")
	}
	b, err := s.onBus(c, in.Name)
	if err != nil {
		return nil, err
	}
	if len(b.rules) > 0 {
		return nil, invalid("Event bus can't be deleted since it has rules.")
	}
	delete(s.here(b.home), b.name)
	return &eventbridge.DeleteEventBusOutput{}, nil
}
