package scheduler

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"

	"rekey/lab/schedule"
	"rekey/lab/world"
)

// item is a schedule.
type item struct {
	group      *group
	name       string
	definition // as it was asked for
	when       schedule.Schedule
	created    time.Time
	modified   time.Time
	due        *world.Due
}

// definition is what CreateSchedule and UpdateSchedule have in common.
type definition struct {
	expression  string
	zone        *string
	start, end  *time.Time
	description *string
	state       types.ScheduleState
	target      types.Target
	window      types.FlexibleTimeWindow
	after       types.ActionAfterCompletion
	key         *string
}

func scheduleARN(h home, group, name string) string {
	return "arn:aws:scheduler:" + string(h.region) + ":" + string(h.account) + ":schedule/" + group + "/" + name
}

func (x *item) arn() string { return scheduleARN(x.group.home, x.group.name, x.name) }

// noSchedule has the reported wording (aws-sdk-js-v3 5720).
func noSchedule(name string) error { return notFound("Schedule " + name + " does not exist.") }

func groupOf(given *string) string {
	if given == nil {
		return defaultGroup
	}
	return *given
}

// quota is how many schedules a Region of an account has (EventBridge Scheduler
// User Guide, "Quotas": one million, adjustable).
const quota = 1000000

func (s *Service) createSchedule(c *world.Call, in *scheduler.CreateScheduleInput) (*scheduler.CreateScheduleOutput, error) {
	h, name := homeOf(c), groupOf(in.GroupName)
	x := &item{name: *in.Name, created: c.Time, modified: c.Time, definition: definition{
		*in.ScheduleExpression, in.ScheduleExpressionTimezone, in.StartDate, in.EndDate, in.Description, in.State, *in.Target, *in.FlexibleTimeWindow, in.ActionAfterCompletion, in.KmsKeyArn,
	}}
	if err := x.read(); err != nil {
		return nil, err
	}
	g := s.here(h).groups[name]
	if err := s.authorize(c, scheduleARN(h, name, x.name), s.tagsOf(h, name)); err != nil {
		return nil, err
	}
	if err := s.checkTarget(c, x, scheduleARN(h, name, x.name)); err != nil {
		return nil, err
	}
	return once(s, c, in.ClientToken, in, func() (*scheduler.CreateScheduleOutput, error) {
		switch {
		case g == nil:
			return nil, noGroup(name)
		case g.state != types.ScheduleGroupStateActive:
			return nil, conflict("Schedule group " + name + " is being deleted.")
		case g.schedules[x.name] != nil:
			return nil, conflict("Schedule " + x.name + " already exists.")
		}
		if err := s.trusted(x, g); err != nil {
			return nil, err
		}
		total := 0
		for _, g := range s.here(h).groups {
			total += len(g.schedules)
		}
		if total >= quota {
			return nil, &types.ServiceQuotaExceededException{Message: new("The quota of schedules is reached.")}
		}
		x.group = g
		g.schedules[x.name] = x
		s.arm(x)
		return &scheduler.CreateScheduleOutput{ScheduleArn: new(x.arn())}, nil
	})
}

// tagsOf are the tags of a schedule's group, which are the schedule's own in
// policies (Service Authorization Reference).
func (s *Service) tagsOf(h home, group string) map[string][]string {
	if g := s.here(h).groups[group]; g != nil {
		return resourceTags(g.tags)
	}
	return nil
}

// find decides and looks a schedule up.
func (s *Service) find(c *world.Call, group *string, name string) (*item, error) {
	h, of := homeOf(c), groupOf(group)
	if err := s.authorize(c, scheduleARN(h, of, name), s.tagsOf(h, of)); err != nil {
		return nil, err
	}
	g := s.here(h).groups[of]
	if g == nil || g.schedules[name] == nil {
		return nil, noSchedule(name)
	}
	return g.schedules[name], nil
}

func (s *Service) getSchedule(c *world.Call, in *scheduler.GetScheduleInput) (*scheduler.GetScheduleOutput, error) {
	x, err := s.find(c, in.GroupName, *in.Name)
	if err != nil {
		return nil, err
	}
	return &scheduler.GetScheduleOutput{
		Arn: new(x.arn()), GroupName: &x.group.name, Name: &x.name, ScheduleExpression: &x.expression, ScheduleExpressionTimezone: x.zone,
		StartDate: x.start, EndDate: x.end, Description: x.description, State: x.state, Target: &x.target, FlexibleTimeWindow: &x.window,
		ActionAfterCompletion: x.after, CreationDate: &x.created, LastModificationDate: &x.modified,
	}, nil
}

// updateSchedule replaces all that the request can say: what it leaves out goes
// back to how it is by default (API reference).
func (s *Service) updateSchedule(c *world.Call, in *scheduler.UpdateScheduleInput) (*scheduler.UpdateScheduleOutput, error) {
	next := &item{name: *in.Name, modified: c.Time, definition: definition{
		*in.ScheduleExpression, in.ScheduleExpressionTimezone, in.StartDate, in.EndDate, in.Description, in.State, *in.Target, *in.FlexibleTimeWindow, in.ActionAfterCompletion, in.KmsKeyArn,
	}}
	if err := next.read(); err != nil {
		return nil, err
	}
	x, err := s.find(c, in.GroupName, *in.Name)
	if err != nil {
		return nil, err
	}
	if err := s.checkTarget(c, next, x.arn()); err != nil {
		return nil, err
	}
	return once(s, c, in.ClientToken, in, func() (*scheduler.UpdateScheduleOutput, error) {
		if err := s.trusted(next, x.group); err != nil {
			return nil, err
		}
		x.definition, x.when, x.modified = next.definition, next.when, c.Time
		s.arm(x)
		return &scheduler.UpdateScheduleOutput{ScheduleArn: new(x.arn())}, nil
	})
}

// deleteSchedule is asked again with a token after the schedule is gone, so the
// token is looked at first.
func (s *Service) deleteSchedule(c *world.Call, in *scheduler.DeleteScheduleInput) (*scheduler.DeleteScheduleOutput, error) {
	x, err := s.find(c, in.GroupName, *in.Name)
	if err != nil && x == nil && !isMissing(err) {
		return nil, err
	}
	return once(s, c, in.ClientToken, in, func() (*scheduler.DeleteScheduleOutput, error) {
		if err != nil {
			return nil, err
		}
		s.remove(x)
		return &scheduler.DeleteScheduleOutput{}, nil
	})
}

func isMissing(err error) bool {
	_, ok := err.(*types.ResourceNotFoundException)
	return ok
}

func (s *Service) remove(x *item) {
	s.world.Clock.Cancel(x.due)
	x.due = nil
	delete(x.group.schedules, x.name)
}

func (s *Service) listSchedules(c *world.Call, in *scheduler.ListSchedulesInput) (*scheduler.ListSchedulesOutput, error) {
	h := homeOf(c)
	of := "*"
	if in.GroupName != nil {
		of = *in.GroupName
	}
	if err := s.authorize(c, scheduleARN(h, of, "*"), nil); err != nil {
		return nil, err
	}
	groups := world.Sorted(s.here(h).groups)
	if in.GroupName != nil {
		g := s.here(h).groups[of]
		if g == nil {
			return nil, noGroup(of)
		}
		groups = []*group{g}
	}
	var all []*item
	for _, g := range groups {
		for _, x := range world.Sorted(g.schedules) {
			if strings.HasPrefix(x.name, aws.ToString(in.NamePrefix)) && (in.State == "" || x.state == in.State) {
				all = append(all, x)
			}
		}
	}
	some, next, err := page(c, all, (*item).arn, in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	out := &scheduler.ListSchedulesOutput{Schedules: []types.ScheduleSummary{}, NextToken: next}
	for _, x := range some {
		out.Schedules = append(out.Schedules, types.ScheduleSummary{
			Arn: new(x.arn()), Name: &x.name, GroupName: &x.group.name, State: x.state, CreationDate: &x.created, LastModificationDate: &x.modified,
			Target: &types.TargetSummary{Arn: x.target.Arn},
		})
	}
	return out, nil
}
