package cloudwatchlogs

import (
	"slices"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

// KnownKeys knows the KMS keys that there are or were. What Keys is, is asked
// for it.
type KnownKeys interface {
	// Under gives the key of a Region that a ciphertext is under.
	Under(ciphertext []byte, region keyid.Region) (keyid.ARN, bool)
}

// broken says what is in the state that AWS rules out, whatever is called.
func (s *Service) broken() []string {
	var bad world.Findings
	for h, groups := range s.groups {
		bad.If(!world.RegionExists(h.region), "there are log groups in %s, which does not exist", h.region)
		for name, g := range groups {
			bad.If(g.owner != h || g.name != name, "%s is kept as %s in %s of %s", g.arn(), name, h.region, h.account)
			bad.If(len(g.tags) > tagLimit, "%s has %d tags", g.arn(), len(g.tags))
			bad.If(g.retention != 0 && !slices.Contains(retentions, g.retention), "%s keeps events for %d days", g.arn(), g.retention)
			s.checkKey(&bad, g)
			s.checkRemoval(&bad, g)
			for name, st := range g.streams {
				bad.If(st.name != name, "%s has the stream %s as %s", g.arn(), st.name, name)
				s.checkEvents(&bad, g, st)
			}
		}
	}
	return bad
}

func (s *Service) checkKey(bad *world.Findings, g *group) {
	if g.key == "" {
		return
	}
	arn, err := keyid.ParseARN(g.key)
	bad.If(err != nil || arn.Region != g.owner.region || !s.keys.Known(arn), "%s is under %s, which never was a key there", g.arn(), g.key)
}

// checkRemoval: whoever has a retention and events has a moment at which the
// oldest goes.
func (s *Service) checkRemoval(bad *world.Findings, g *group) {
	oldest, any := g.oldest()
	if g.retention == 0 || !any {
		bad.If(g.due.Waits(), "%s waits to remove events, and has none to remove", g.arn())
		return
	}
	bad.If(!g.due.Is(g.ends(oldest).Add(removal)), "%s does not wait to remove its oldest event", g.arn())
}

// checkEvents: they are in order, came in when they could, and those of a batch
// with a key are under a key that is known.
func (s *Service) checkEvents(bad *world.Findings, g *group, st *stream) {
	name, now := g.arn()+":log-stream:"+st.name, millis(s.world.Clock.Now())
	bad.If(!slices.IsSortedFunc(st.events, byTime), "%s is out of order", name)
	bad.If(len(st.events) > 0 && (st.ingested == 0 || st.token == ""), "%s has events that nobody put there", name)
	keys, known := s.keys.(KnownKeys)
	seen := map[*dataKey]bool{}
	for _, e := range st.events {
		bad.If(e.n < 1 || e.n > s.count, "%s has event %d of %d", name, e.n, s.count)
		bad.If(e.ingested > now || e.at > e.ingested+tooNewAfter.Milliseconds() || e.at < e.ingested-tooOldAfter.Milliseconds(), "%s has an event of a time that cannot be put", name)
		bad.If(e.at < st.first || e.at > st.last, "%s has an event before its first or after its last", name)
		if e.under == nil {
			bad.If(len(e.text) != e.size || e.size == 0, "%s has an event of %d bytes, told to be %d", name, len(e.text), e.size)
			continue
		}
		if known && !seen[e.under] {
			seen[e.under] = true
			_, ok := keys.Under(e.under.sealed, g.owner.region)
			bad.If(!ok, "%s has events under a key that never was in %s", name, g.owner.region)
		}
	}
}
