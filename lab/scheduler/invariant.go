package scheduler

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"

	"rekey/lab/world"
)

// broken says what is in the state that AWS rules out, whatever is called.
func (s *Service) broken() []string {
	var bad world.Findings
	for h, r := range s.regions {
		bad.If(!world.RegionExists(h.region), "there are schedule groups in %s, which does not exist", h.region)
		bad.If(r.groups[defaultGroup] == nil, "%s of %s has no default schedule group", h.region, h.account)
		bad.If(len(r.groups) > groupQuota, "%s of %s has %d schedule groups", h.region, h.account, len(r.groups))
		for name, g := range r.groups {
			bad.If(g.home != h || g.name != name, "%s is kept as %s in %s of %s", g.arn(), name, h.region, h.account)
			bad.If(len(g.tags) > tagQuota, "%s has %d tags", g.arn(), len(g.tags))
			deleting := g.state == types.ScheduleGroupStateDeleting
			bad.If(deleting != g.due.Waits(), "%s is %s, and is to be deleted, or is not", g.arn(), g.state)
			bad.If(deleting && name == defaultGroup, "%s, the default one, is being deleted", g.arn())
			for of, x := range g.schedules {
				bad.If(x.group != g || x.name != of, "%s is kept as %s of %s", x.arn(), of, g.arn())
				s.checkSchedule(&bad, x)
			}
		}
	}
	return bad
}

// checkSchedule: whether a schedule is enabled, and what will be done, belong
// together.
func (s *Service) checkSchedule(bad *world.Findings, x *item) {
	now := s.world.Clock.Now()
	bad.If(x.modified.Before(x.created) || x.modified.After(now), "%s changed at %s, and was created at %s", x.arn(), x.modified, x.created)
	bad.If(!slices.Contains(x.state.Values(), x.state), "%s is %q", x.arn(), x.state)
	enabled := x.state == types.ScheduleStateEnabled
	bad.If(!enabled && x.due.Waits(), "%s is disabled, and will be due", x.arn())
	bad.If(enabled && !x.due.Waits() && !x.over(x.when.Next(now)), "%s is enabled, and will not be due", x.arn())
	_, err := s.kindOf(*x.target.Arn)
	bad.If(err != nil, "%s has a target that no schedule can have: %v", x.arn(), err)
}
