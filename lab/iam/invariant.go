package iam

import (
	"strings"
	"time"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

// broken says what is in the state that AWS rules out, whatever is called.
func (s *Service) broken() []string {
	var bad world.Findings
	ids := map[string]string{} // unique ids, and whose they are
	for id, a := range s.accounts {
		for name, u := range a.users {
			s.checkEntity(&bad, id, a, name, userKind, &u.entity, ids)
			in := a.groupsOf(u)
			bad.If(len(in) > groupsPerUser, "%s is in %d groups", u.ARN, len(in))
		}
		for name, g := range a.groups {
			s.checkEntity(&bad, id, a, name, groupKind, &g.entity, ids)
			bad.If(g.boundary != nil || len(g.tags) > 0, "%s has a permissions boundary, or tags", g.ARN)
			for member, u := range g.users {
				bad.If(a.users[member] != u, "%s is in %s, and does not exist", member, g.ARN)
			}
		}
		for name, r := range a.roles {
			s.checkEntity(&bad, id, a, name, roleKind, &r.entity, ids)
			bad.If(r.Trust == nil, "%s has no trust policy", r.ARN)
			bad.If(r.MaxSession < time.Hour || r.MaxSession > 12*time.Hour, "%s has sessions of at most %s", r.ARN, r.MaxSession)
		}
		for name, p := range a.profiles {
			s.checkEntity(&bad, id, a, name, profileKind, &p.entity, ids)
			bad.If(len(p.identityPolicies()) > 0 || p.boundary != nil, "%s has policies, or a permissions boundary", p.ARN)
			bad.If(p.role != nil && a.roles[p.role.Name] != p.role, "%s has a role that does not exist", p.ARN)
		}
		for of, m := range a.policies {
			bad.If(m.arn != of || of != arn(id, "policy", m.path, m.name), "%s is kept as %s", m.arn, of)
			checkID(&bad, ids, m.id, "ANPA", m.arn)
			s.checkPolicy(&bad, m)
		}
		checkNames(&bad, a)
	}
	s.checkKeys(&bad)
	return bad
}

// checkID: unique ids are unique, and begin as their kind does.
func checkID(bad *world.Findings, ids map[string]string, id, prefix, of string) {
	bad.If(ids[id] != "", "%s and %s have the unique id %s", ids[id], of, id)
	bad.If(!strings.HasPrefix(id, prefix) || len(id) != 21, "%s has the unique id %q", of, id)
	ids[id] = of
}

func (s *Service) checkEntity(bad *world.Findings, id keyid.Account, a *account, name string, k kind, e *entity, ids map[string]string) {
	bad.If(e.Name != name || e.kind != k || e.ARN != arn(id, k.name, e.path, name), "%s is kept as the %s %s of %s", e.ARN, k.name, name, id)
	checkID(bad, ids, e.ID, k.prefix, e.ARN)
	bad.If(e.created.After(s.world.Clock.Now()), "%s was created in the future", e.ARN)
	bad.If(len(e.attached) > attachedLimit, "%s has %d managed policies", e.ARN, len(e.attached))
	for of, m := range e.attached {
		bad.If(m.arn != of || !a.has(m), "%s has the policy %s, which does not exist", e.ARN, of)
	}
	if e.boundary != nil {
		bad.If(!a.has(e.boundary), "%s has the permissions boundary %s, which does not exist", e.ARN, e.boundary.arn)
	}
	size := 0
	for _, p := range e.policies {
		size += counted(p.Text)
	}
	bad.If(size > k.inline, "%s has inline policies of %d characters", e.ARN, size)
	bad.If(len(e.tags) > tagLimit, "%s has %d tags", e.ARN, len(e.tags))
}

// has says whether a managed policy is one that the account can attach.
func (a *account) has(m *managed) bool { return a.policies[m.arn] == m || awsPolicies()[m.arn] == m }

// checkPolicy: of a managed policy's versions one counts, and none has an id that
// another had.
func (s *Service) checkPolicy(bad *world.Findings, m *managed) {
	seen, standing := map[string]bool{}, false
	for _, v := range m.versions {
		bad.If(seen[v.id], "%s has version %s twice", m.arn, v.id)
		seen[v.id] = true
		standing = standing || v == m.standing
		bad.If(v.policy == nil, "%s has nothing in version %s", m.arn, v.id)
	}
	bad.If(!standing, "%s has no default version", m.arn)
	bad.If(len(m.versions) > versionLimit || len(m.versions) > m.count, "%s has %d versions, of %d that it ever had", m.arn, len(m.versions), m.count)
	bad.If(m.updated.Before(m.created) || m.updated.After(s.world.Clock.Now()), "%s changed at %s, and was created at %s", m.arn, m.updated, m.created)
	bad.If(len(m.tags) > tagLimit, "%s has %d tags", m.arn, len(m.tags))
}

// checkNames: names are unique without regard to case.
func checkNames(bad *world.Findings, a *account) {
	seen := map[string]string{}
	check := func(kind, name string) {
		key := kind + " " + strings.ToLower(name)
		bad.If(seen[key] != "", "the %ss %s and %s differ by case alone", kind, min(seen[key], name), max(seen[key], name))
		seen[key] = name
	}
	for name := range a.users {
		check("user", name)
	}
	for name := range a.groups {
		check("group", name)
	}
	for name := range a.roles {
		check("role", name)
	}
	for name := range a.profiles {
		check("instance profile", name)
	}
}

// checkKeys: an access key is a user's, who has two at most.
func (s *Service) checkKeys(bad *world.Findings) {
	count := map[*user]int{}
	for id, k := range s.keys {
		bad.If(k.id != id || !strings.HasPrefix(id, "AKIA"), "access key %s is kept as %s", k.id, id)
		bad.If(k.secret == "", "access key %s has no secret", id)
		owner, ok := s.Owner(id)
		bad.If(!ok || s.of(owner).users[k.owner.Name] != k.owner, "access key %s is of a user that does not exist, %s", id, k.owner.ARN)
		count[k.owner]++
		bad.If(count[k.owner] == 3, "%s has more than two access keys", k.owner.ARN)
	}
}
