package world

import (
	"time"

	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

// Caller is who makes a call.
type Caller struct {
	UserID    string // AIDA…, AROA…:session, or the account id for its root user
	Principal keypolicy.Principal
	Issued    time.Time // when temporary credentials were made; zero for long-term ones
	Session   *Session  // what was passed when they were made, or nil
}

// Temporary says whether the caller has temporary credentials.
func (c Caller) Temporary() bool { return !c.Issued.IsZero() }

// Session is what was passed when temporary credentials were made. It does not
// change.
type Session struct {
	// Policy is the session policy that was passed inline, PolicyARNs are the
	// managed ones.
	Policy     *Policy
	PolicyARNs []string
	// Tags are the session tags, inherited ones among them; Transitive are the
	// keys of those that the next session in a chain of roles inherits.
	Tags       map[string]string
	Transitive []string
	// SourceIdentity stays for all further sessions.
	SourceIdentity string
}

// Account is the caller's account.
func (c Caller) Account() keyid.Account { return c.Principal.Account() }

// ARN is the caller's ARN as GetCallerIdentity gives it.
func (c Caller) ARN() string { return c.Principal.ARN() }

// AccessKey is one pair of long-term or temporary credentials.
type AccessKey struct {
	ID           string
	Secret       string
	SessionToken string    // temporary credentials only
	Expires      time.Time // zero: never
	Caller       Caller
}

// AccessKeys finds credentials by access key id, within the world's lock.
type AccessKeys interface {
	AccessKey(id string) (AccessKey, bool)
}

// Identities knows users and roles, within the world's lock.
type Identities interface {
	// Attached gives what a caller has now. The root user has no policies of its
	// own, nor has one whose user or role is gone.
	Attached(Caller) Attached
	// Identity gives the unique id of the user or role that an ARN names, or of
	// the role of the session that it names.
	Identity(arn string) (id string, ok bool)
}

// Attached is what a caller's own account says of it.
type Attached struct {
	// Identity are the policies of its user and that user's groups, or its role.
	Identity []Named
	// Boundary is the permissions boundary of its user or role, or nil.
	Boundary *Named
	// Session are the session policies, none where none was passed.
	Session []Named
	// ServiceControl are the service control policies of its account, by level.
	ServiceControl [][]Named
	// Tags are those of its user or role, and over them those of its session.
	Tags map[string]string
}

func (w *World) attached(c Caller) Attached {
	if w.identities == nil {
		return Attached{}
	}
	return w.identities.Attached(c)
}

// RegisterAccessKeys adds a place where credentials are found.
func (w *World) RegisterAccessKeys(k AccessKeys) { w.accessKeys = append(w.accessKeys, k) }

// RegisterIdentities names the service that keeps identity policies.
func (w *World) RegisterIdentities(i Identities) { w.identities = i }

// Identity gives the unique id of the user or role that an ARN names, or of the
// role of the session that it names, within the lock; not ok for one that does
// not exist.
func (w *World) Identity(arn string) (id string, ok bool) {
	if w.identities == nil {
		return "", true // nobody here knows
	}
	return w.identities.Identity(arn)
}

// AccessKey finds credentials by id, from outside the lock.
func (w *World) AccessKey(id string) (AccessKey, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, k := range w.accessKeys {
		if key, ok := k.AccessKey(id); ok {
			return key, true
		}
	}
	return AccessKey{}, false
}
