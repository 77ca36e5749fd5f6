package scheduler

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"

	"rekey/lab/world"
)

const (
	defaultGroup = "default"
	groupQuota   = 500 // EventBridge Scheduler User Guide, "Quotas"
	tagQuota     = 50
	// deletion is how long a group takes to be gone: "some time", by the API
	// reference.
	deletion = 30 * time.Second
)

// group is a schedule group.
type group struct {
	home
	name      string
	state     types.ScheduleGroupState
	tags      []types.Tag
	created   time.Time
	modified  time.Time
	schedules map[string]*item
	due       *world.Due // the end of one that is being deleted
}

func groupARN(h home, name string) string {
	return "arn:aws:scheduler:" + string(h.region) + ":" + string(h.account) + ":schedule-group/" + name
}

func (g *group) arn() string { return groupARN(g.home, g.name) }

func noGroup(name string) error { return notFound("Schedule group " + name + " does not exist.") }

func resourceTags(tags []types.Tag) map[string][]string {
	ctx := map[string][]string{}
	for _, t := range tags {
		ctx["aws:ResourceTag/"+*t.Key] = []string{*t.Value}
	}
	return ctx
}

func requestTags(tags []types.Tag) map[string][]string {
	ctx := map[string][]string{}
	for _, t := range sorted(tags) {
		ctx["aws:RequestTag/"+*t.Key] = []string{*t.Value}
		ctx["aws:TagKeys"] = append(ctx["aws:TagKeys"], *t.Key)
	}
	return ctx
}

func sorted(tags []types.Tag) []types.Tag {
	return slices.SortedFunc(slices.Values(tags), func(a, b types.Tag) int { return cmp.Compare(*a.Key, *b.Key) })
}

// checkTags checks the tags of one request: the rules of tagging in AWS.
func checkTags(tags []types.Tag) error {
	seen := map[string]bool{}
	for _, t := range tags {
		if strings.HasPrefix(strings.ToLower(*t.Key), "aws:") || seen[*t.Key] {
			return invalid("The tag key " + *t.Key + " is reserved, or given twice.")
		}
		seen[*t.Key] = true
	}
	if len(tags) > tagQuota {
		return &types.ServiceQuotaExceededException{Message: new("A schedule group can have 50 tags.")}
	}
	return nil
}

func (s *Service) createScheduleGroup(c *world.Call, in *scheduler.CreateScheduleGroupInput) (*scheduler.CreateScheduleGroupOutput, error) {
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	h, ctx := homeOf(c), requestTags(in.Tags)
	if err := s.authorize(c, groupARN(h, *in.Name), ctx); err != nil {
		return nil, err
	}
	if len(in.Tags) > 0 {
		if err := s.authorizeAs(c, "scheduler:TagResource", groupARN(h, *in.Name), ctx); err != nil {
			return nil, err
		}
	}
	return once(s, c, in.ClientToken, in, func() (*scheduler.CreateScheduleGroupOutput, error) {
		groups := s.here(h).groups
		if groups[*in.Name] != nil {
			return nil, conflict("Schedule group " + *in.Name + " already exists.")
		}
		if len(groups) >= groupQuota {
			return nil, &types.ServiceQuotaExceededException{Message: new("The quota of schedule groups is reached.")}
		}
		g := &group{home: h, name: *in.Name, state: types.ScheduleGroupStateActive, tags: sorted(in.Tags), created: c.Time, modified: c.Time, schedules: map[string]*item{}}
		groups[g.name] = g
		return &scheduler.CreateScheduleGroupOutput{ScheduleGroupArn: new(g.arn())}, nil
	})
}

// onGroup decides and looks a group up.
func (s *Service) onGroup(c *world.Call, name string, more map[string][]string) (*group, error) {
	g := s.here(homeOf(c)).groups[name]
	ctx := map[string][]string{}
	if g != nil {
		ctx = resourceTags(g.tags)
	}
	for k, v := range more {
		ctx[k] = v
	}
	if err := s.authorize(c, groupARN(homeOf(c), name), ctx); err != nil {
		return nil, err
	}
	if g == nil {
		return nil, noGroup(name)
	}
	return g, nil
}

func (s *Service) getScheduleGroup(c *world.Call, in *scheduler.GetScheduleGroupInput) (*scheduler.GetScheduleGroupOutput, error) {
	g, err := s.onGroup(c, *in.Name, nil)
	if err != nil {
		return nil, err
	}
	return &scheduler.GetScheduleGroupOutput{Arn: new(g.arn()), Name: &g.name, State: g.state, CreationDate: &g.created, LastModificationDate: &g.modified}, nil
}

func (s *Service) listScheduleGroups(c *world.Call, in *scheduler.ListScheduleGroupsInput) (*scheduler.ListScheduleGroupsOutput, error) {
	h := homeOf(c)
	if err := s.authorize(c, groupARN(h, "*"), nil); err != nil {
		return nil, err
	}
	all := slices.DeleteFunc(world.Sorted(s.here(h).groups), func(g *group) bool { return !strings.HasPrefix(g.name, aws.ToString(in.NamePrefix)) })
	some, next, err := page(c, all, func(g *group) string { return g.name }, in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	out := &scheduler.ListScheduleGroupsOutput{ScheduleGroups: []types.ScheduleGroupSummary{}, NextToken: next}
	for _, g := range some {
		out.ScheduleGroups = append(out.ScheduleGroups, types.ScheduleGroupSummary{
			Arn: new(g.arn()), Name: &g.name, State: g.state, CreationDate: &g.created, LastModificationDate: &g.modified,
		})
	}
	return out, nil
}

// deleteScheduleGroup deletes a group with all its schedules, which still invoke
// their targets until it is gone (API reference).
func (s *Service) deleteScheduleGroup(c *world.Call, in *scheduler.DeleteScheduleGroupInput) (*scheduler.DeleteScheduleGroupOutput, error) {
	g, err := s.onGroup(c, *in.Name, nil)
	if err != nil {
		return nil, err
	}
	if g.name == defaultGroup {
		return nil, invalid("The default schedule group cannot be deleted.")
	}
	return once(s, c, in.ClientToken, in, func() (*scheduler.DeleteScheduleGroupOutput, error) {
		if g.state == types.ScheduleGroupStateDeleting {
			return nil, conflict("Schedule group " + g.name + " is being deleted.")
		}
		g.state, g.modified = types.ScheduleGroupStateDeleting, c.Time
		g.due = s.world.Clock.After(deletion, func() {
			for _, x := range g.schedules {
				s.world.Clock.Cancel(x.due)
			}
			delete(s.here(g.home).groups, g.name)
		})
		return &scheduler.DeleteScheduleGroupOutput{}, nil
	})
}

// tagged finds the group that an ARN names.
func (s *Service) tagged(c *world.Call, arn string, more map[string][]string) (*group, error) {
	p := strings.SplitN(arn, ":", 6)
	if p[3] != string(c.Region) || p[4] != string(c.Account()) {
		return nil, world.Unimplemented("tags of what is in another account or Region")
	}
	return s.onGroup(c, strings.TrimPrefix(p[5], "schedule-group/"), more)
}

func (s *Service) tagResource(c *world.Call, in *scheduler.TagResourceInput) (*scheduler.TagResourceOutput, error) {
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	g, err := s.tagged(c, *in.ResourceArn, requestTags(in.Tags))
	if err != nil {
		return nil, err
	}
	all := slices.DeleteFunc(slices.Clone(g.tags), func(old types.Tag) bool {
		return slices.ContainsFunc(in.Tags, func(t types.Tag) bool { return *t.Key == *old.Key })
	})
	all = sorted(append(all, in.Tags...))
	if err := checkTags(all); err != nil {
		return nil, err
	}
	g.tags = all
	return &scheduler.TagResourceOutput{}, nil
}

func (s *Service) untagResource(c *world.Call, in *scheduler.UntagResourceInput) (*scheduler.UntagResourceOutput, error) {
	g, err := s.tagged(c, *in.ResourceArn, map[string][]string{"aws:TagKeys": in.TagKeys})
	if err != nil {
		return nil, err
	}
	g.tags = slices.DeleteFunc(slices.Clone(g.tags), func(t types.Tag) bool { return slices.Contains(in.TagKeys, *t.Key) })
	return &scheduler.UntagResourceOutput{}, nil
}

func (s *Service) listTagsForResource(c *world.Call, in *scheduler.ListTagsForResourceInput) (*scheduler.ListTagsForResourceOutput, error) {
	g, err := s.tagged(c, *in.ResourceArn, nil)
	if err != nil {
		return nil, err
	}
	return &scheduler.ListTagsForResourceOutput{Tags: append([]types.Tag{}, g.tags...)}, nil
}
