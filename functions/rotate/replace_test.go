package rotate

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// A key that is a successor itself has two tags that its own successor does not take
// over, and needs room for a third.
func TestNoRoomForTheMark(t *testing.T) {
	for n, want := range map[int]Outcome{tagLimit - 1: Due, tagLimit: Blocked} {
		k := aged(signing, 91, tagged(TagSuccessorOf, "older"), tagged(TagSuccessorJob, "token"))
		for i := len(k.Tags.Value); i < n; i++ {
			k.Tags.Value[fmt.Sprint("tag ", i)] = "x"
		}
		if p := PlanFor(k, wanted, now); p.Outcome != want || want == Blocked && !strings.Contains(p.Why, TagSucceededBy) {
			t.Errorf("with %d tags it is %s: %s", n, p.Outcome, p.Why)
		}
	}
}

// A key with more grants than a job's record has room for is blocked before anything
// is made: later nobody could go on, nor back.
func TestTooManyGrants(t *testing.T) {
	k := aged(signing, 91)
	for n, want := range map[int]Outcome{500: Due, 50_000: Blocked} {
		grants := make([]Grant, n)
		for i := range grants {
			grants[i] = Grant{ID: fmt.Sprintf("%064d", i), Grantee: self, Operations: []types.GrantOperation{types.GrantOperationSign}}
		}
		k.Grants = known(grants)
		p := PlanFor(k, wanted, now)
		if p.Outcome != want || want == Blocked && (len(p.Steps) > 0 || !strings.Contains(p.Why, "50000 grants")) {
			t.Errorf("with %d grants it is %s: %s, with %d steps", n, p.Outcome, p.Why, len(p.Steps))
		}
	}
}
