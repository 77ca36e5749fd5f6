package sts

import (
	"testing"
	"time"

	"rekey/lab/iam"
	"rekey/lab/world"
)

// A session is known for a day after its end, and then dropped as new ones come.
func TestOldSessionsAreDropped(t *testing.T) {
	w := world.New(world.Options{})
	s := New(w, iam.New(w))
	var role iam.Role
	role.ARN, role.Name, role.ID = "arn:aws:iam::111122223333:role/r", "r", "AROAX"
	another := func() (k world.AccessKey) {
		t.Helper()
		w.Locked(func() {
			var err error
			if k, err = s.Session(role, "session", time.Hour); err != nil {
				t.Fatal(err)
			}
		})
		return k
	}
	for range 2000 {
		another()
	}
	w.Advance(24 * time.Hour)
	late := another()
	w.Advance(23 * time.Hour)
	for range 2000 {
		another()
	}
	if n := len(s.sessions); n > 2*2001 {
		t.Errorf("%d sessions are kept", n)
	}
	if _, kept := s.sessions[late.ID]; !kept {
		t.Error("a session that ended within a day is forgotten")
	}
	w.Advance(48 * time.Hour)
	for range 3000 {
		another()
	}
	if n := len(s.sessions); n > 4100 {
		t.Errorf("%d sessions are kept", n)
	}
}
