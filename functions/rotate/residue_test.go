package rotate

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/shared/keyid"
)

// What is left of the use of an old key, each with its fix.
func TestResidue(t *testing.T) {
	k := aged(symmetric, 91)
	k.Aliases = known([]keyid.Alias{"alias/later"})
	k.Grants = known([]Grant{{ID: "g1", Grantee: bob}, {ID: "g2", Grantee: "x", Service: "rds.amazonaws.com"}})
	r := remains{key: k, carried: known([]Grant{{ID: "h1", Grantee: bob, Name: "another"}}), use: known(Use{Operation: "Encrypt", At: now, Event: "e1"}), named: known([]Loss{{Who: bob, Why: "statement S of p"}, {Who: bob, Why: "statement D of p", Gains: true}})}
	next := successorARN(own)
	all := r.residue(next, now.Add(-day))
	want := []string{"alias/later", "grant g1", "grant g2", "statement S of p", "statement D of p", "use of " + own.String()}
	for i, w := range want {
		if i >= len(all) || all[i].What != w || all[i].Why == "" || all[i].Fix == "" {
			t.Fatalf("%+v, want %q", all, want)
		}
	}
	if !strings.Contains(all[5].Fix, "e1") || !strings.Contains(all[3].Fix, next.String()) || !strings.Contains(all[2].Fix, "do not revoke it") {
		t.Errorf("fixes: %+v", all)
	}
	if !strings.Contains(all[1].Why, "has the same") {
		t.Errorf("a grant that was carried over: %+v", all[1])
	}
	r.carried = known([]Grant{{ID: "h1", Grantee: bob, Operations: []types.GrantOperation{types.GrantOperationDecrypt}}})
	if all := r.residue(next, now); !strings.Contains(all[1].Why, "has no such grant") || !strings.Contains(all[1].Fix, "create-grant") {
		t.Errorf("a grant that is only on the old key: %+v", all[1])
	}
	if all := r.residue(next, now.Add(day)); len(all) != len(want)-1 {
		t.Errorf("use before the aliases moved is told of: %+v", all)
	}
	r = remains{key: aged(symmetric, 91), use: Known[Use]{Unread: unread(lastUsage)}, named: Known[[]Loss]{Unread: unread(readAccount)}}
	r.key.Aliases, r.key.Grants = Known[[]keyid.Alias]{Unread: unread(listAliases)}, Known[[]Grant]{Unread: unread(listGrants)}
	if all := r.residue(next, now); len(all) != 4 || !strings.Contains(all[0].What, "unknown: "+listAliases) {
		t.Errorf("unknown: %+v", all)
	}
}
