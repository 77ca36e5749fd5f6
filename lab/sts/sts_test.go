package sts

import (
	"testing"
	"time"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"rekey/lab/iam"
	"rekey/lab/world"
	"rekey/shared/keypolicy"
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

// trusting makes a role of account 111122223333 with a trust policy.
func trusting(t *testing.T, w *world.World, s *iam.Service, name, policy string) string {
	t.Helper()
	p, err := keypolicy.ParsePrincipal("arn:aws:iam::111122223333:root")
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range s.Operations() {
		if op.Name != "CreateRole" {
			continue
		}
		c := &world.Call{Service: "iam", Operation: "CreateRole", Region: "us-east-1", Caller: world.Caller{UserID: "111122223333", Principal: p}}
		in := &awsiam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &policy}
		if err := w.Perform(t.Context(), c, op, in, func(any) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	return "arn:aws:iam::111122223333:role/" + name
}

// A trust policy may ask for whom a service acts; a service that does not tell
// is not let in, and not refused either: the lab does not know.
func TestServicesActForSomebody(t *testing.T) {
	w := world.New(world.Options{})
	roles := iam.New(w)
	s := New(w, roles)
	const trust = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"sqs.amazonaws.com"},"Action":"sts:AssumeRole",` +
		`"Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"},"ArnLike":{"aws:SourceArn":"arn:aws:sqs:*:*:good*"}}}}`
	role := trusting(t, w, roles, "guarded", trust)
	open := trusting(t, w, roles, "open", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"sqs.amazonaws.com"},"Action":"sts:AssumeRole"}}`)
	good := world.Source{ARN: "arn:aws:sqs:eu-west-1:111122223333:good-one", Account: "111122223333"}
	for _, c := range []struct {
		name, role, service string
		source              world.Source
		want                string
	}{
		{"for what it should", role, "sqs.amazonaws.com", good, ""},
		{"for another resource", role, "sqs.amazonaws.com", world.Source{ARN: "arn:aws:sqs:eu-west-1:111122223333:bad", Account: "111122223333"}, "AccessDenied"},
		{"for another account", role, "sqs.amazonaws.com", world.Source{ARN: "arn:aws:sqs:eu-west-1:444455556666:good-one", Account: "444455556666"}, "AccessDenied"},
		{"without telling", role, "sqs.amazonaws.com", world.Source{}, "NotImplemented"},
		{"another service", role, "sns.amazonaws.com", good, "AccessDenied"},
		{"without telling, where nothing is asked", open, "sqs.amazonaws.com", world.Source{}, ""},
		{"a role that is not there", role + "2", "sqs.amazonaws.com", good, "AccessDenied"},
	} {
		var got string
		w.Locked(func() {
			k, err := s.AssumeFor(c.source, c.service, c.role, "session")
			if err != nil {
				got = world.Answer(err).Code
			} else if k.Caller.Principal.RoleARN() != c.role {
				t.Errorf("%s: the session is of %s", c.name, k.Caller.Principal.RoleARN())
			}
		})
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	entries := w.Trail.Entries()
	if e := entries[2]; e.Operation != "AssumeRole" || e.Caller.ARN() != "sqs.amazonaws.com" || e.Region != "eu-west-1" || len(e.Decisions) != 1 {
		t.Errorf("the trail has %+v", e)
	}
}
