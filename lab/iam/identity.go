package iam

import (
	"fmt"
	"strings"

	"rekey/lab/world"
	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

const allowed = keypolicy.Allowed

// Attached gives what a caller's account says of it now. A user or role that is
// only of the same name is another one, and has nothing.
func (s *Service) Attached(c world.Caller) world.Attached {
	p := c.Principal
	a := s.of(p.Account())
	out := world.Attached{ServiceControl: a.levels, Tags: map[string]string{}}
	switch p.Kind() {
	case keypolicy.User:
		if u := a.users[nameIn(p.ARN())]; u != nil && u.ID == c.UserID {
			u.give(&out)
			for _, g := range a.groupsOf(u) {
				out.Identity = append(out.Identity, g.identityPolicies()...)
			}
		}
	case keypolicy.Session:
		id, _, _ := strings.Cut(c.UserID, ":")
		if r := a.roles[nameIn(p.RoleARN())]; r != nil && r.ID == id {
			r.give(&out)
		}
		s.giveSession(c.Session, p.Account(), &out)
	}
	return out
}

// give adds what is attached to a user or role itself.
func (e *entity) give(out *world.Attached) {
	out.Identity = append(out.Identity, e.identityPolicies()...)
	if e.boundary != nil {
		out.Boundary = &world.Named{Name: "permissions boundary " + e.boundary.name, Policy: e.boundary.standing.policy}
	}
	for k, v := range e.tags.values() {
		out.Tags[k] = v
	}
}

// giveSession adds what was passed to a session. Of the managed policies the
// versions count that stand now; one that is gone allows nothing. Both is
// assumed. A session tag takes the place of the role's of the same key, whatever
// their case (IAM User Guide, "Passing session tags in AWS STS").
func (s *Service) giveSession(session *world.Session, a keyid.Account, out *world.Attached) {
	if session == nil {
		return
	}
	if session.Policy != nil {
		out.Session = append(out.Session, world.Named{Name: "session policy", Policy: session.Policy})
	}
	for _, arn := range session.PolicyARNs {
		n := world.Named{Name: "session policy " + nameIn(arn), Policy: nothing}
		if m, err := s.managed(a, arn); err == nil {
			n.Policy = m.standing.policy
		}
		out.Session = append(out.Session, n)
	}
	for k, v := range session.Tags {
		for have := range out.Tags {
			if strings.EqualFold(have, k) {
				delete(out.Tags, have)
			}
		}
		out.Tags[k] = v
	}
}

// nothing allows nothing.
var nothing = world.MustPolicy(keypolicy.IdentityPolicy, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"none:none","Resource":"*"}}`)

// Identity gives the unique id of the user or role that an ARN names, or of the
// role of a session.
func (s *Service) Identity(arn string) (id string, ok bool) {
	if r, ok := s.Role(arn); ok {
		return r.ID, true
	}
	parts := strings.Split(arn, ":")
	if len(parts) != 6 || parts[1] != "aws" {
		return "", false
	}
	a := s.of(keyid.Account(parts[4]))
	if path := strings.Split(parts[5], "/"); parts[2] == "sts" && path[0] == "assumed-role" && len(path) == 3 {
		if r := a.roles[path[1]]; r != nil {
			return r.ID, true
		}
		return "", false
	}
	if u := a.users[nameIn(arn)]; u != nil && u.ARN == arn {
		return u.ID, true
	}
	return "", false
}

// SetServiceControl gives an account the service control policies of every level
// from its organization's root down to itself, and takes away those that it had.
// It is called from outside the world's lock. The error says which policy is
// malformed; nothing is changed then.
func (s *Service) SetServiceControl(a keyid.Account, levels ...[]string) error {
	parsed := make([][]world.Named, len(levels))
	for i, level := range levels {
		for j, text := range level {
			p, err := world.ParsePolicy(keypolicy.IdentityPolicy, text)
			if err != nil {
				return fmt.Errorf("service control policy %d of level %d: %w", j+1, i+1, err)
			}
			parsed[i] = append(parsed[i], world.Named{Name: fmt.Sprintf("service control policy %d of level %d", j+1, i+1), Policy: p})
		}
	}
	s.world.Locked(func() { s.own(a).levels = parsed })
	return nil
}
