package sts

import (
	"strings"
	"time"

	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

// broken says what is in the state that AWS rules out, whatever is called.
func (s *Service) broken() []string {
	var bad world.Findings
	for id, k := range s.sessions {
		c := k.Caller
		bad.If(k.ID != id || !strings.HasPrefix(id, "ASIA"), "session %s is kept as %s", k.ID, id)
		bad.If(k.Secret == "" || k.SessionToken == "", "session %s has no secret, or no token", id)
		bad.If(!c.Temporary() || c.Issued.After(s.world.Clock.Now()), "session %s was made at %s", id, c.Issued)
		most := 36 * time.Hour // of users (API reference, GetSessionToken)
		role := c.Principal.Kind() == keypolicy.Session
		if role {
			most = 12 * time.Hour // API reference, AssumeRole
		}
		if c.Principal.Kind() == keypolicy.Root {
			most = time.Hour
		}
		lasts := k.Expires.Sub(c.Issued)
		bad.If(lasts <= 0 || lasts > most, "session %s lasts %s", id, lasts)
		unique, name, found := strings.Cut(c.UserID, ":")
		bad.If(role != found || role && (!strings.HasPrefix(unique, roleIDs) || !strings.HasSuffix(c.ARN(), "/"+name)), "session %s of %s has the user id %q", id, c.ARN(), c.UserID)
		if with := c.Session; with != nil {
			bad.If(!role, "session %s of %s was passed something", id, c.ARN())
			for _, key := range with.Transitive {
				_, has := with.Tags[key]
				bad.If(!has, "session %s hands the tag %s on, and does not have it", id, key)
			}
		}
	}
	return bad
}

// roleIDs is how the unique ids of roles begin.
const roleIDs = "AROA"
