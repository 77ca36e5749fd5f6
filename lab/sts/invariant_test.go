package sts

import (
	"strings"
	"testing"
	"time"

	"rekey/lab/iam"
	"rekey/lab/world"
)

func TestViolations(t *testing.T) {
	for want, spoil := range map[string]func(k *world.AccessKey){
		"is kept as":                    func(k *world.AccessKey) { k.ID = "x" },
		"has no secret, or no token":    func(k *world.AccessKey) { k.SessionToken = "" },
		"was made at":                   func(k *world.AccessKey) { k.Caller.Issued = world.Epoch.Add(time.Minute) },
		"lasts 13h":                     func(k *world.AccessKey) { k.Expires = world.Epoch.Add(13 * time.Hour) },
		"lasts 0s":                      func(k *world.AccessKey) { k.Expires = world.Epoch },
		`has the user id "AROAX:other"`: func(k *world.AccessKey) { k.Caller.UserID = "AROAX:other" },
		"hands the tag a on":            func(k *world.AccessKey) { k.Caller.Session = &world.Session{Transitive: []string{"a"}} },
		"was passed something": func(k *world.AccessKey) {
			k.Caller.Principal, k.Caller.Session = world.ServiceCaller("s3.amazonaws.com").Principal, &world.Session{}
		},
	} {
		t.Run(want, func(t *testing.T) {
			w := world.New(world.Options{})
			s := New(w, iam.New(w))
			var role iam.Role
			role.ARN, role.Name, role.ID = "arn:aws:iam::111122223333:role/r", "r", "AROAX"
			var k world.AccessKey
			w.Locked(func() { k, _ = s.Session(role, "session", time.Hour) })
			if bad := w.Violations(); len(bad) != 0 || k.ID == "" {
				t.Fatalf("before: %q", bad)
			}
			id := k.ID
			spoil(&k)
			w.Locked(func() { s.sessions[id] = k })
			if bad := strings.Join(w.Violations(), "\n"); !strings.Contains(bad, want) {
				t.Errorf("the violations are %q", bad)
			}
		})
	}
}
