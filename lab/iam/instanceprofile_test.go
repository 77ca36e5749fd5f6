package iam

import (
	"context"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"rekey/lab/world"
)

// An account has 1000 instance profiles at most (IAM User Guide, "IAM and AWS
// STS quotas"; reported wording: ansible/workshops, issue 1801).
func TestProfileLimit(t *testing.T) {
	w := world.New(world.Options{})
	s := New(w)
	make := func(name string) error {
		c := &world.Call{Service: "iam", Operation: "CreateInstanceProfile", RequestID: w.RequestID(), Region: "us-east-1", Caller: rootOf("111122223333")}
		return w.Perform(context.Background(), c, world.Op(c.Operation, s.createInstanceProfile), &iam.CreateInstanceProfileInput{InstanceProfileName: &name}, func(any) error { return nil })
	}
	if err := make("first"); err != nil {
		t.Fatal(err)
	}
	w.Locked(func() {
		a := s.own("111122223333")
		for n := len(a.profiles); n < profilesPerAccount-1; n++ {
			p := *a.profiles["first"]
			p.Name = fmt.Sprint(n)
			a.profiles[p.Name] = &p
		}
	})
	if err := make("last"); err != nil {
		t.Fatal(err)
	}
	want := world.Answer(make("one too many"))
	if want.Code != "LimitExceeded" || want.Message != "Cannot exceed quota for InstanceProfilesPerAccount: 1000" {
		t.Errorf("one too many: %s: %s", want.Code, want.Message)
	}
	if code := world.Answer(make("FIRST")).Code; code != "EntityAlreadyExists" {
		t.Errorf("the same name again: %s", code)
	}
}
