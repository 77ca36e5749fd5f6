package cloudwatchlogs

import (
	"slices"
	"strconv"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"rekey/lab/world"
)

// retentions are how many days events may be kept (API reference,
// PutRetentionPolicy).
var retentions = []int32{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

// removal is how long after their retention events are removed (API reference,
// PutRetentionPolicy: typically up to 72 hours).
const removal = 72 * time.Hour

const day = 24 * time.Hour

func (s *Service) putRetentionPolicy(c *world.Call, in *sdk.PutRetentionPolicyInput) (*sdk.PutRetentionPolicyOutput, error) {
	t := s.find(homeOf(c), *in.LogGroupName)
	if !slices.Contains(retentions, *in.RetentionInDays) { // assumption: the wording
		return nil, invalid("1 validation error detected: Value '" + strconv.Itoa(int(*in.RetentionInDays)) + "' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set")
	}
	if err := s.existing(c, t); err != nil {
		return nil, err
	}
	t.retention = *in.RetentionInDays
	s.watch(t.group)
	return &sdk.PutRetentionPolicyOutput{}, nil
}

func (s *Service) deleteRetentionPolicy(c *world.Call, in *sdk.DeleteRetentionPolicyInput) (*sdk.DeleteRetentionPolicyOutput, error) {
	t := s.find(homeOf(c), *in.LogGroupName)
	if err := s.existing(c, t); err != nil {
		return nil, err
	}
	t.retention = 0
	s.watch(t.group)
	return &sdk.DeleteRetentionPolicyOutput{}, nil
}

// ends is when the retention of an event of that time has ended.
func (g *group) ends(at int64) time.Time {
	return time.UnixMilli(at).UTC().Add(time.Duration(g.retention) * day)
}

func (g *group) expired(at, now int64) bool {
	return g.retention != 0 && millis(g.ends(at)) < now
}

// watch asks the clock for the moment at which the oldest event is removed.
func (s *Service) watch(g *group) {
	s.world.Clock.Cancel(g.due)
	g.due = nil
	oldest, any := g.oldest()
	if !any || g.retention == 0 {
		return
	}
	at := g.ends(oldest).Add(removal)
	g.due = s.world.Clock.At(at, func() {
		g.sweep(at) // not the clock's time: the wall may have been set back since
		s.watch(g)
	})
}

// oldest gives the time of the oldest event, if there is any.
func (g *group) oldest() (at int64, any bool) {
	for _, st := range g.streams {
		if len(st.events) > 0 && (!any || st.events[0].at < at) {
			at, any = st.events[0].at, true
		}
	}
	return at, any
}

// sweep removes the events whose time is over by then.
func (g *group) sweep(then time.Time) {
	for _, st := range g.streams {
		st.events = slices.DeleteFunc(st.events, func(e event) bool { return !g.ends(e.at).Add(removal).After(then) })
	}
}
