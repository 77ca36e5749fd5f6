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
	Issued    time.Time // when a session's credentials were made
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
	// Policies gives the identity policies that a caller has now. The root user
	// has none, nor has one whose user or role is gone.
	Policies(Caller) []Named
	// Identity gives the unique id of the user or role that an ARN names, or of
	// the role of the session that it names.
	Identity(arn string) (id string, ok bool)
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
