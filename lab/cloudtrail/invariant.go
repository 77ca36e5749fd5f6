package cloudtrail

import "rekey/lab/world"

// broken says what is in the state that AWS rules out, whatever is called.
func (s *Service) broken() []string {
	var bad world.Findings
	for h, k := range s.kept {
		bad.If(len(k.events) > historyLimit, "%s of %s has %d events", h.region, h.account, len(k.events))
		seen := make(map[string]bool, len(k.events))
		for _, e := range k.events {
			bad.If(e.recipient != h.account || e.region != h.region || h.account == "", "event %s of %s in %s is kept for %s in %s", e.id, e.recipient, e.region, h.account, h.region)
			bad.If(seen[e.id], "%s of %s has event %s twice", h.region, h.account, e.id)
			seen[e.id] = true
			bad.If(e.time.After(s.world.Clock.Now()) || e.visible.Before(e.time), "event %s is of %s, and seen from %s", e.id, e.time, e.visible)
			bad.If(dataEvent(e.service, e.name) || e.name == "", "event %s is no event of management: %s %s", e.id, e.service, e.name)
			bad.If(e.code != "" && len(e.answer) > 0, "event %s has an error, and an answer", e.id)
		}
	}
	return bad
}
