package cloudtrail

import (
	"time"

	"rekey/lab/world"
)

// sending is how long an event takes to EventBridge: less than to the event
// history (assumption).
const sending = time.Minute

// send gives an event to EventBridge: source aws.SERVICE, detail-type "AWS API
// Call via CloudTrail", or "AWS Service Event via CloudTrail" for what a service
// did by itself, no resources, and the record as detail (EventBridge User Guide,
// "Events delivered via AWS CloudTrail"). Which rules get the events of calls that
// only read is for EventBridge to say.
func (s *Service) send(e *event) {
	if s.events == nil || !s.events.Hears(e.recipient, e.region) {
		return
	}
	kind := "AWS API Call via CloudTrail"
	if e.byService {
		kind = "AWS Service Event via CloudTrail"
	}
	bus := "arn:aws:events:" + string(e.region) + ":" + string(e.recipient) + ":event-bus/default"
	source := "aws." + e.service
	s.world.Deliver(world.Delivery{From: "cloudtrail", To: bus, About: source, Typical: sending, Do: func() {
		s.events.Emit(e.recipient, e.region, source, kind, []string{}, e.record())
	}})
}
