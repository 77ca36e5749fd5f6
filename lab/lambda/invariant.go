package lambda

import (
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"rekey/lab/world"
)

// broken says what is in the state that AWS rules out, whatever is called.
func (s *Service) broken() []string {
	var bad world.Findings
	idle := 0
	for h, functions := range s.functions {
		bad.If(!world.RegionExists(h.region), "there are functions in %s, which does not exist", h.region)
		reserved, running := 0, 0
		for name, f := range functions {
			bad.If(f.home != h || f.function != name, "%s is kept as %s in %s of %s", f.arn(), name, h.region, h.account)
			if f.reserved != nil {
				reserved += int(*f.reserved)
			}
			running += f.running
			idle += len(f.idle)
			s.checkFunction(&bad, f)
			s.checkEnvironments(&bad, f)
		}
		bad.If(reserved > accountConcurrency-100, "%d of the concurrency of %s in %s is reserved", reserved, h.account, h.region)
		bad.If(running > accountConcurrency, "%d functions of %s run at once in %s", running, h.account, h.region)
	}
	s.ends.Lock()
	all := len(s.all)
	s.ends.Unlock()
	bad.If(!s.world.Busy() && all != idle, "there are %d environments, %d of which wait, and nothing runs", all, idle)
	s.checkMappings(&bad)
	s.checkLayers(&bad)
	return bad
}

// checkFunction: a state that passes, and what will end it, belong together.
func (s *Service) checkFunction(bad *world.Findings, f *function) {
	passing := f.state == types.StatePending || f.update == types.LastUpdateStatusInProgress
	bad.If(passing != f.due.Waits(), "%s is %s, %q, and is to change, or is not", f.arn(), f.state, f.update)
	bad.If(f.state == types.StateActive && f.update == "", "%s is active, and was never made", f.arn())
	bad.If(f.modified.After(s.world.Clock.Now()), "%s was changed in the future", f.arn())
	bad.If(f.revision == "" || f.role == "", "%s has no revision, or no role", f.arn())
	bad.If((f.policy == nil) != (len(f.statements) == 0), "%s has another policy than it tells", f.arn())
	for i, st := range f.statements {
		bad.If(slices.ContainsFunc(f.statements[:i], func(o statement) bool { return o.Sid == st.Sid }), "%s has the permission %s twice", f.arn(), st.Sid)
	}
	bad.If(len(f.tags) > 50, "%s has %d tags", f.arn(), len(f.tags))
	a := f.async
	bad.If(!a.set && (a.onFailure != "" || a.onSuccess != "" || a.maximumAge != nil || a.maximumRetries != nil), "%s has a configuration for events that it does not tell", f.arn())
}

// checkEnvironments: those that wait are of the function as it is now, and one
// waits once.
func (s *Service) checkEnvironments(bad *world.Findings, f *function) {
	bad.If(f.running < 0, "%s handles %d events", f.arn(), f.running)
	bad.If(!s.world.Busy() && f.running > 0, "%s handles %d events, and nothing runs", f.arn(), f.running)
	s.ends.Lock()
	defer s.ends.Unlock()
	for i, e := range f.idle {
		bad.If(!s.all[e], "%s has an environment that was ended", f.arn())
		bad.If(slices.Contains(f.idle[:i], e), "%s has an environment that waits twice", f.arn())
		is := e.of()
		bad.If(is.Name != f.function || is.Role != f.role || is.MemoryMB != int(f.memory) || is.logging != f.logging || is.Timeout != time.Duration(f.timeout)*time.Second || f.run == nil && is.Bootstrap != f.code.path,
			"%s has an environment of what it was before", f.arn())
	}
}

// checkMappings: a queue feeds a function once, and each mapping goes on.
func (s *Service) checkMappings(bad *world.Findings) {
	type feed struct{ source, function string }
	for h, mappings := range s.mappings {
		seen := map[feed]bool{}
		for id, m := range mappings {
			bad.If(m.home != h || m.uuid != id, "%s is kept as %s in %s of %s", m.arn(), id, h.region, h.account)
			of := feed{m.source, m.function.arn()}
			bad.If(seen[of], "%s feeds %s twice", m.source, m.function.arn())
			seen[of] = true
			bad.If(m.state != disabled && !m.due.Waits(), "%s is %s, and does not go on", m.arn(), m.state)
			bad.If(m.state == disabled && m.due.Waits(), "%s is %s, and goes on", m.arn(), m.state)
			bad.If(m.busy < 0, "%s has %d batches under way", m.arn(), m.busy)
			bad.If(m.busy > 0 && !s.world.Busy(), "%s has %d batches under way, and nothing runs", m.arn(), m.busy)
			bad.If(m.batch < 1 || m.batch > 10000, "%s has batches of %d", m.arn(), m.batch)
		}
	}
}

// checkLayers: versions are kept by their numbers, none of which is yet to come.
func (s *Service) checkLayers(bad *world.Findings) {
	for h, layers := range s.layers {
		for name, l := range layers {
			bad.If(l.home != h || l.name != name, "%s is kept as %s in %s of %s", l.arn(), name, h.region, h.account)
			for n, v := range l.versions {
				bad.If(v.number != n || n < 1 || n > l.last, "%s is kept as version %d of %d", v.versionARN(), n, l.last)
				bad.If((v.policy == nil) != (len(v.statements) == 0), "%s has another policy than it tells", v.versionARN())
				bad.If(v.policy != nil && v.revision == "", "%s has a policy without a revision", v.versionARN())
			}
		}
	}
}
