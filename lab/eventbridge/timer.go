package eventbridge

import (
	"encoding/json"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
)

// arm sets the alarm for a rule's schedule anew, from now on.
func (s *Service) arm(r *rule) {
	s.world.Clock.Cancel(r.due)
	r.due = nil
	if r.expression != "" && r.state != types.RuleStateDisabled {
		s.await(r, s.world.Clock.Now())
	}
}

func (s *Service) await(r *rule, after time.Time) {
	next := r.schedule.Next(after)
	if next.IsZero() {
		return
	}
	r.due = s.world.Clock.At(next, func() {
		s.tick(r, next)
		s.await(r, next)
	})
}

// tick sends the recorded event of a schedule to the rule's own targets.
func (s *Service) tick(r *rule, at time.Time) {
	e, err := s.newEvent(header{
		DetailType: "Scheduled Event", Source: "aws.events", Account: r.bus.account, Time: stamp(at), Region: r.bus.region,
		Resources: []string{r.arn()}, Detail: json.RawMessage("{}"),
	})
	if err != nil {
		panic(err) // our own detail
	}
	s.send(r, e)
}
