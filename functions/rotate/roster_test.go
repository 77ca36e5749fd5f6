package rotate

import (
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"

	"rekey/shared/keyid"
)

// reads is how often the account was read, in pages.
func (s *sight) reads() int {
	n := 0
	for _, e := range s.lab.World.Trail.Entries() {
		if e.Operation == "GetAccountAuthorizationDetails" {
			n++
		}
	}
	return n
}

// One invocation reads the account once for all keys that are due, and anew after a
// while, or where that is too much to keep; what it says is the same.
func TestRoster(t *testing.T) {
	s := observing(t)
	c := iam.NewFromConfig(s.root)
	may := func(name, where string) {
		must(t)(c.PutUserPolicy(t.Context(), &iam.PutUserPolicyInput{UserName: &name, PolicyName: new("p"), PolicyDocument: new(statements(may("Allow", `"kms:Sign"`, where)))}))
	}
	var keys []keyid.ARN
	for i := range 3 {
		arn, name := s.made(signing), fmt.Sprint("user", i)
		must(t)(c.CreateUser(t.Context(), &iam.CreateUserInput{UserName: &name}))
		may(name, arn.String())
		keys = append(keys, arn)
	}
	s.lab.World.Advance(91 * day)
	look := func(r *Roster) (said []string, reads int) {
		t.Helper()
		s.o.Roster = r
		before := s.reads()
		for _, key := range keys {
			k, p := s.observe(key)
			if k.Access.Unread != nil {
				t.Fatalf("%s: %+v", p.Why, k.Access.Unread)
			}
			said = append(said, fmt.Sprint(k.Access.Value))
		}
		return said, s.reads() - before
	}
	want, reads := look(nil)
	if reads != 6 || !strings.Contains(fmt.Sprint(want), "user2 (statement S of the policy p of its own") {
		t.Errorf("without a roster: %d reads, %s", reads, want)
	}
	kept := &Roster{}
	for _, c := range []struct {
		name   string
		roster *Roster
		reads  int
	}{
		{"kept", kept, 2}, {"kept, again", kept, 0},
		{"too much", &Roster{bound: holderWeight}, 2 + 6}, // found out once
	} {
		if said, reads := look(c.roster); reads != c.reads || !reflect.DeepEqual(said, want) {
			t.Errorf("%s: %d reads, %s", c.name, reads, said)
		}
	}
	may("user2", "*")
	if said, reads := look(kept); reads != 0 || !reflect.DeepEqual(said, want) {
		t.Errorf("soon after a change: %d reads, %s", reads, said)
	}
	s.lab.World.Advance(rosterLasts)
	if said, reads := look(kept); reads != 2 || strings.Contains(fmt.Sprint(said), "user2") || !strings.Contains(fmt.Sprint(said), "user1") {
		t.Errorf("later: %d reads, %s", reads, said)
	}
}

// Several keys may be looked at at once; what was not understood is told of each.
func TestRosterAtOnce(t *testing.T) {
	user := iamtypes.UserDetail{Arn: new("arn:aws:iam::111122223333:user/torn"), UserId: new("AIDAEXAMPLEEXAMPLE00"),
		UserPolicyList: []iamtypes.PolicyDetail{{PolicyName: new("p"), PolicyDocument: new(url.PathEscape(`{"Version":`))}}}
	o := &Observer{Self: self, IAM: pagesOf{{}, {UserDetailList: []iamtypes.UserDetail{user}}}, Roster: &Roster{}, Now: time.Now}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if got := o.access(t.Context(), aged(symmetric, 91)); got.Unread != nil || len(got.Value) != 1 {
				t.Errorf("%+v", got)
			}
		})
	}
	group.Wait()
}
