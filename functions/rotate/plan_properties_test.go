package rotate

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"pgregory.net/rapid"

	"rekey/shared/keyid"
)

// reads are the parts of a key that may be unknown, by the action that reads them.
var reads = []struct {
	action string
	forget func(*Key)
}{
	{listTags, func(k *Key) { k.Tags.Unread = unread(listTags) }},
	{getRotation, func(k *Key) { k.Rotation.Unread = unread(getRotation) }},
	{listRotated, func(k *Key) { k.Materials.Unread = unread(listRotated) }},
	{listObjects, func(k *Key) { k.Waiting.Unread = unread(listObjects) }},
	{readJournal, func(k *Key) { k.Job.Unread = unread(readJournal) }},
	{listAliases, func(k *Key) { k.Aliases.Unread = unread(listAliases) }},
	{getPolicy, func(k *Key) { k.Policy.Unread = unread(getPolicy) }},
	{listGrants, func(k *Key) { k.Grants.Unread = unread(listGrants) }},
	{"kms:Encrypt", func(k *Key) { k.Canary.Unread = unread("kms:Encrypt") }},
	{"lockout", func(k *Key) { k.Lockout.Unread = unread("lockout") }},
	{readAccount, func(k *Key) { k.Access.Unread = unread(readAccount) }},
	{"kms:GetKeyPolicy of a replica", func(k *Key) {
		k.replica(func(r *Replica) { r.Policy.Unread = unread("kms:GetKeyPolicy of a replica") })
	}},
	{"kms:ListGrants of a replica", func(k *Key) { k.replica(func(r *Replica) { r.Grants.Unread = unread("kms:ListGrants of a replica") }) }},
	{"kms:ListAliases of a replica", func(k *Key) {
		k.replica(func(r *Replica) { r.Aliases.Unread = unread("kms:ListAliases of a replica") })
	}},
	{"kms:ListResourceTags of a replica", func(k *Key) {
		k.replica(func(r *Replica) { r.Tags.Unread = unread("kms:ListResourceTags of a replica") })
	}},
	{"kms:ListKeyRotations of a replica", func(k *Key) {
		k.replica(func(r *Replica) { r.Materials.Unread = unread("kms:ListKeyRotations of a replica") })
	}},
}

func (k *Key) replica(change func(*Replica)) {
	if k.Family != nil {
		change(&k.Family.Replicas[0])
	}
}

// What is needed and not known keeps the plan from having steps, and is named; what is
// not needed changes nothing.
func TestUnknownReads(t *testing.T) {
	needed := map[string][]string{
		"symmetric": {listTags, getRotation, listRotated},
		"on demand": {listTags, getRotation, listRotated},
		"imported":  {listTags, getRotation, listRotated, listObjects, "kms:ListKeyRotations of a replica"},
		"signing": {listTags, readJournal, listAliases, getPolicy, listGrants, "kms:Encrypt", "lockout", readAccount,
			"kms:GetKeyPolicy of a replica", "kms:ListGrants of a replica", "kms:ListAliases of a replica", "kms:ListResourceTags of a replica"},
	}
	for name, key := range map[string]func() Key{
		"symmetric": func() Key { return aged(symmetric, 91) },
		"on demand": func() Key { return aged(symmetric, 91, tagged(TagRotate, "on-demand")) },
		"imported":  func() Key { return aged(external, 91, everywhere, ready) },
		"signing":   func() Key { return aged(signing, 91, everywhere) },
	} {
		whole := PlanFor(key(), wanted, now)
		if whole.Outcome != Due || len(whole.Missing) > 0 {
			t.Errorf("%s: %+v", name, whole)
		}
		for _, r := range reads {
			k := key()
			r.forget(&k)
			p := PlanFor(k, wanted, now)
			if !slices.Contains(needed[name], r.action) {
				if ops(p) != ops(whole) || p.Outcome != Due {
					t.Errorf("%s without %s: %s, %q", name, r.action, p.Outcome, p.Why)
				}
				continue
			}
			if p.Outcome != Blocked || len(p.Missing) != 1 || p.Missing[0].Action != r.action || !p.Missing[0].Denied {
				t.Errorf("%s without %s: %s, missing %+v", name, r.action, p.Outcome, p.Missing)
			}
			if len(p.Steps) > 0 && len(p.Asks) == 0 {
				t.Errorf("%s without %s has steps: %s", name, r.action, ops(p))
			}
		}
	}
}

// done is the key after a plan was applied to it, and its successor if it has one.
func done(k Key, p Plan, at time.Time) (old Key, successor *Key) {
	for _, s := range p.Steps {
		switch s.Op {
		case EnableRotation:
			to := &k
			if successor != nil {
				to = successor
			}
			to.Rotation = known(Rotation{Enabled: true, Days: s.Days, Next: at.Add(time.Duration(s.Days) * day), Underway: to.Rotation.Value.Underway})
		case ImportMaterial:
			m := Material{ID: "imported", State: types.KeyMaterialStatePendingRotation, Import: types.ImportStateImported, Description: s.Material.String()}
			if s.Region == k.ARN.Region && successor == nil {
				k.Materials = known(append(slices.Clone(k.Materials.Value), m))
			}
			k.Waiting = known[*Sealed](nil)
		case RotateNow:
			all := slices.Clone(k.Materials.Value)
			for i := range all {
				all[i].State = types.KeyMaterialStateNonCurrent
			}
			if k.pending() == nil {
				all = append(all, Material{ID: "made"})
			}
			last := &all[len(all)-1]
			last.State, last.Since, last.How = types.KeyMaterialStateCurrent, at, types.RotationTypeOnDemand
			k.Materials = known(all)
		case CreateKey:
			next := aged(k.Kind, 0)
			next.ARN, next.Created, next.Tags, next.Aliases = successorARN(k.ARN), at, known(s.New.Tags), known([]keyid.Alias{})
			successor = &next
		case MoveAlias:
			if s.Region == k.ARN.Region {
				successor.Aliases = known(append(slices.Clone(successor.Aliases.Value), s.Alias))
				k.Aliases = known(slices.DeleteFunc(slices.Clone(k.Aliases.Value), func(a keyid.Alias) bool { return a == s.Alias }))
			}
		case MarkOld:
			tagged(TagSucceededBy, string(successor.ARN.ID))(&k)
		}
	}
	return k, successor
}

// anyKey draws a key of any kind and history.
func anyKey(t *rapid.T) Key {
	kind := rapid.SampledFrom([]Kind{symmetric, external, imported(hmac), imported(signing), cloudHSM, xks, signing, hmac, asymmetric, agreeing}).Draw(t, "kind")
	k := aged(kind, rapid.IntRange(0, 4000).Draw(t, "age"))
	maybe := func(what string, f func(*Key)) {
		if rapid.Bool().Draw(t, what) {
			f(&k)
		}
	}
	if kind.rotates() != None {
		n := rapid.IntRange(0, 26).Draw(t, "demanded")
		demanded(n, rapid.IntRange(0, 200).Draw(t, "ago"))(&k)
	}
	if kind == symmetric {
		maybe("rotating", rotating(rapid.IntRange(leastPeriod, mostPeriod).Draw(t, "period"), now.Add(time.Duration(rapid.IntRange(1, 60000).Draw(t, "next"))*time.Hour)))
		maybe("under way", func(k *Key) { k.Rotation.Value.Underway = now })
	}
	if !kind.stored() {
		maybe("everywhere", everywhere)
	}
	maybe("ready", ready)
	if kind == external {
		maybe("pending", pending)
	}
	maybe("way", tagged(TagRotate, rapid.SampledFrom([]string{"on", "off", "automatic", "on-demand", "import", "successor", "?"}).Draw(t, "rotate")))
	maybe("period", tagged(TagEvery, fmt.Sprint(rapid.IntRange(1, 3650).Draw(t, "every"), "d")))
	maybe("canary", func(k *Key) { k.Canary = known("denied") })
	maybe("accept", tagged(TagAccept, "no-canary lost-access unknown-access"))
	maybe("lost", func(k *Key) { k.Access = known([]Loss{{Who: "bob"}}) })
	return k
}

func TestPlanProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := anyKey(t)
		for _, r := range reads {
			if rapid.IntRange(0, 9).Draw(t, r.action) == 0 {
				r.forget(&k)
			}
		}
		p := PlanFor(k, wanted, now)
		if len(p.Steps) > 0 && p.Outcome != Due && len(p.Asks) == 0 {
			t.Fatalf("%s has steps: %s", p.Outcome, ops(p))
		}
		if p.Outcome == Due && (len(p.Missing) > 0 || len(p.Asks) > 0 || len(p.Steps) == 0) {
			t.Fatalf("due with missing %v, asks %v, steps %s", p.Missing, p.Asks, ops(p))
		}
		if p.Why == "" {
			t.Fatal("no reason")
		}
		if p.Outcome != Due {
			return
		}
		old, successor := done(k, p, now)
		if again := PlanFor(old, wanted, now); len(again.Steps) > 0 {
			t.Fatalf("%s was done, and again there is %s: %s", ops(p), ops(again), again.Why)
		}
		if successor == nil {
			return
		}
		if again := PlanFor(*successor, wanted, now); again.Outcome == Due && again.Steps[0].Op == CreateKey {
			t.Fatalf("the successor is to be succeeded: %s", again.Why)
		}
	})
}

func TestParsing(t *testing.T) {
	for text, want := range map[string]int{"90d": 90, "13w": 91, "3mo": 90, "1y": 365, "10y": 3650, "0d": 0, "-1d": 0, "11y": 0, "90": 0, "": 0, "d": 0, "9999999999999999999d": 0} {
		if got, err := ParseEvery(text); got != want || (err == nil) != (want > 0) {
			t.Errorf("%q is %d days, %v", text, got, err)
		}
	}
	if p := (Plan{Due: now.Add(-49 * time.Hour)}); p.Overdue(now) != 2 || p.Overdue(p.Due.Add(-1)) != 0 || (Plan{}).Overdue(now) != 0 {
		t.Error("overdue is counted wrongly")
	}
}
