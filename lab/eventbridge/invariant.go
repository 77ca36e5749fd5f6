package eventbridge

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"rekey/lab/world"
)

// broken says what is in the state that AWS rules out, whatever is called.
func (s *Service) broken() []string {
	var bad world.Findings
	for h, buses := range s.regions {
		bad.If(!world.RegionExists(h.region), "there are event buses in %s, which does not exist", h.region)
		bad.If(buses[defaultBus] == nil, "%s of %s has no default event bus", h.region, h.account)
		bad.If(len(buses) > busQuota, "%s of %s has %d event buses", h.region, h.account, len(buses))
		for name, b := range buses {
			bad.If(b.home != h || b.name != name, "%s is kept as %s in %s of %s", b.arn(), name, h.region, h.account)
			bad.If(b.modified.Before(b.created) || b.modified.After(s.world.Clock.Now()), "%s changed at %s, and was created at %s", b.arn(), b.modified, b.created)
			bad.If(len(b.rules) > ruleQuota, "%s has %d rules", b.arn(), len(b.rules))
			wild := 0
			for of, r := range b.rules {
				bad.If(r.bus != b || r.name != of, "%s is kept as %s of %s", r.arn(), of, b.arn())
				if r.pattern != nil && r.pattern.Wildcards() {
					wild++
				}
				s.checkRule(&bad, r)
				s.checkTargets(&bad, r)
			}
			bad.If(wild > wildcardQuota, "%s has %d rules with wildcards", b.arn(), wild)
		}
	}
	return bad
}

// checkRule: the next time of a schedule and what will be done belong together.
func (s *Service) checkRule(bad *world.Findings, r *rule) {
	bad.If(r.text == "" && r.expression == "", "%s has neither a pattern nor a schedule", r.arn())
	bad.If((r.pattern != nil) != (r.text != ""), "%s has another pattern than it tells", r.arn())
	bad.If(!slices.Contains(r.state.Values(), r.state), "%s is %q", r.arn(), r.state)
	bad.If(r.expression != "" && r.bus.name != defaultBus, "%s has a schedule, and is not of the default event bus", r.arn())
	due := r.expression != "" && r.state != types.RuleStateDisabled
	bad.If(!due && r.due.Waits(), "%s is disabled, or has no schedule, and will be due", r.arn())
	bad.If(due && !r.due.Waits() && !r.schedule.Next(s.world.Clock.Now()).IsZero(), "%s has a schedule, and will not be due", r.arn())
}

func (s *Service) checkTargets(bad *world.Findings, r *rule) {
	bad.If(len(r.targets) > targetQuota, "%s has %d targets", r.arn(), len(r.targets))
	for i, t := range r.targets {
		if i > 0 {
			bad.If(*t.Id <= *r.targets[i-1].Id, "%s has target %s behind %s", r.arn(), *t.Id, *r.targets[i-1].Id)
		}
		err := s.checkTarget(r, t)
		bad.If(err != nil, "%s has a target that no rule can have, %s: %v", r.arn(), *t.Id, err)
	}
}
