package rotate

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"pgregory.net/rapid"

	"rekey/shared/keyid"
)

const (
	keyID  = keyid.ID("1234abcd-12ab-34cd-56ef-1234567890ab")
	region = keyid.Region("eu-west-1")
	far    = keyid.Region("us-east-1")
	self   = "arn:aws:iam::111122223333:role/rekey-rotate"
	open   = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}}`
)

var (
	now    = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	wanted = Wish{Every: 90}
	own    = keyid.ARN{Partition: "aws", Region: region, Account: "111122223333", ID: keyID}

	symmetric  = Kind{types.KeySpecSymmetricDefault, types.KeyUsageTypeEncryptDecrypt, types.OriginTypeAwsKms}
	external   = Kind{types.KeySpecSymmetricDefault, types.KeyUsageTypeEncryptDecrypt, types.OriginTypeExternal}
	cloudHSM   = Kind{types.KeySpecSymmetricDefault, types.KeyUsageTypeEncryptDecrypt, types.OriginTypeAwsCloudhsm}
	xks        = Kind{types.KeySpecSymmetricDefault, types.KeyUsageTypeEncryptDecrypt, types.OriginTypeExternalKeyStore}
	signing    = Kind{types.KeySpecEccNistP256, types.KeyUsageTypeSignVerify, types.OriginTypeAwsKms}
	hmac       = Kind{types.KeySpecHmac256, types.KeyUsageTypeGenerateVerifyMac, types.OriginTypeAwsKms}
	asymmetric = Kind{types.KeySpecRsa2048, types.KeyUsageTypeEncryptDecrypt, types.OriginTypeAwsKms}
	agreeing   = Kind{types.KeySpecEccNistP256, types.KeyUsageTypeKeyAgreement, types.OriginTypeAwsKms}
)

// aged is a key of a kind, so many days old, of which everything is known.
func aged(kind Kind, age int, change ...func(*Key)) Key {
	k := Key{
		ARN: own, Kind: kind, Manager: types.KeyManagerTypeCustomer, State: types.KeyStateEnabled, Created: now.Add(-time.Duration(age) * day), Description: "of tests",
		Tags: known(map[string]string{"app": "shop"}), Aliases: known([]keyid.Alias{"alias/a", "alias/b"}),
		Policy: known(open), Grants: known([]Grant{}), Waiting: known[*Sealed](nil), Job: known[*Job](nil),
		Canary: known(""), Lockout: known(false), Access: known([]Loss{}),
	}
	k.Rotation, k.Materials = known(Rotation{}), known([]Material{})
	if kind.rotates() != None {
		k.Materials = known([]Material{{ID: "first", State: types.KeyMaterialStateCurrent}})
	}
	for _, c := range change {
		c(&k)
	}
	return k
}

func tagged(name, value string) func(*Key) {
	return func(k *Key) {
		tags := map[string]string{name: value}
		for n, v := range k.Tags.Value {
			if n != name {
				tags[n] = v
			}
		}
		k.Tags = known(tags)
	}
}

func rotating(days int, next time.Time) func(*Key) {
	return func(k *Key) { k.Rotation = known(Rotation{Enabled: true, Days: days, Next: next}) }
}

func inState(s types.KeyState) func(*Key) { return func(k *Key) { k.State = s } }

// demanded gives the key so many rotations on demand, the last so many days ago.
func demanded(n, ago int) func(*Key) {
	return func(k *Key) {
		all := []Material{{ID: "first", State: types.KeyMaterialStateNonCurrent}}
		for i := range n {
			all = append(all, Material{ID: fmt.Sprint("m", i), State: types.KeyMaterialStateNonCurrent, How: types.RotationTypeOnDemand, Since: now.Add(-time.Duration(ago+n-1-i) * day)})
		}
		all[len(all)-1].State = types.KeyMaterialStateCurrent
		k.Materials = known(all)
	}
}

func ready(k *Key) { k.Waiting = known(&Sealed{Bucket: "b", Name: "n"}) }

// everywhere makes it a multi-Region primary key with a replica.
func everywhere(k *Key) {
	k.ARN.ID = "mrk-1234abcd12ab34cd56ef1234567890ab"
	k.Family = &Family{Primary: k.ARN, Replicas: []Replica{{
		ARN: k.ARN.In(far), State: types.KeyStateEnabled, Description: "there", Policy: known(open), Tags: known(map[string]string{"there": "1"}),
		Aliases: known([]keyid.Alias{"alias/a"}), Grants: known([]Grant{}), Materials: known([]Material{{ID: "first", State: types.KeyMaterialStateCurrent, Import: types.ImportStateImported}}),
	}}}
}

func pending(k *Key) {
	k.Materials.Value = append(k.Materials.Value, Material{ID: "next", State: types.KeyMaterialStatePendingMultiRegionImportAndRotation, Import: types.ImportStateImported, Description: "s3://b/n"})
}

func unread(action string) *Unread {
	return &Unread{Action: action, Resource: own.String(), Denied: true, Reason: action + " is denied"}
}

// ops are a plan's steps in short.
func ops(p Plan) string {
	var all []string
	for _, s := range p.Steps {
		name := string(s.Op)
		if s.Days > 0 {
			name += fmt.Sprint(":", s.Days)
		}
		if s.Region != region {
			name += "@" + string(s.Region)
		}
		if s.Alias != "" {
			name += " " + string(s.Alias)
		}
		all = append(all, name)
	}
	return strings.Join(all, ", ")
}

const (
	succeeded    = "createKey, canary, moveAlias alias/a, moveAlias alias/b, markOld"
	succeededFar = "createKey, replicate@us-east-1, canary, moveAlias@us-east-1 alias/a, moveAlias alias/a, moveAlias alias/b, markOld"
)

func TestPlans(t *testing.T) {
	job := func(p Phase, steps ...Step) func(*Key) {
		return func(k *Key) { k.Job = known(&Job{Phase: p, Began: now, Ended: now, Plan: Plan{Steps: steps}}) }
	}
	for _, c := range []struct {
		name    string
		key     Key
		outcome Outcome
		steps   string
		says    string // in why, warnings or asks
	}{
		// A row of the kinds table each.
		{"symmetric, young", aged(symmetric, 1, rotating(90, now.Add(89*day))), Current, "", "AWS KMS rotates it every 90 days, next on 2027-02-19"},
		{"symmetric, not rotating", aged(symmetric, 1), Due, "enableRotation:90", "automatic rotation is off"},
		{"symmetric, not rotating, old", aged(symmetric, 91), Due, "enableRotation:90, rotate", "off"},
		{"symmetric, too slow", aged(symmetric, 1, rotating(365, now.Add(364*day))), Due, "enableRotation:90", "every 365 days"},
		{"symmetric, faster than wanted", aged(symmetric, 1, rotating(90, now.Add(89*day)), tagged(TagEvery, "1y")), Current, "", "every 90 days"},
		{"symmetric, old, its date near", aged(symmetric, 91, rotating(90, now.Add(time.Hour))), Current, "", "next on"},
		{"symmetric, old, its date far", aged(symmetric, 91, rotating(90, now.Add(60*day))), Due, "rotate", "current since"},
		{"symmetric, wanted rarely", aged(symmetric, 1, tagged(TagEvery, "10y")), Due, "enableRotation:2560", "off"},
		{"symmetric, more often than AWS KMS can", aged(symmetric, 31, tagged(TagEvery, "30d")), Due, "rotate", "25 rotations on demand are left"},
		{"symmetric, on demand", aged(symmetric, 91, tagged(TagRotate, "on-demand")), Due, "rotate", "90 days are wanted"},
		{"symmetric, on demand, young", aged(symmetric, 89, tagged(TagRotate, "on-demand")), Current, "", "due on 2026-11-23"},
		{"symmetric, on demand, rotated since", aged(symmetric, 200, tagged(TagRotate, "on-demand"), demanded(2, 10)), Current, "", "due on"},
		{"symmetric, on demand, few left", aged(symmetric, 2000, tagged(TagRotate, "on-demand"), demanded(22, 91)), Due, "rotate", "3 of 25 rotations on demand of the key's life are left"},
		{"symmetric, on demand, none left", aged(symmetric, 2000, tagged(TagRotate, "on-demand"), demanded(25, 91)), Blocked, "", "set the tag rekey:rotate to successor"},
		{"symmetric, automatic, none left", aged(symmetric, 2000, rotating(90, now.Add(60*day)), demanded(25, 91)), Current, "", "all 25 rotations on demand of the key's life are spent"},
		{"symmetric, on demand, under way", aged(symmetric, 91, tagged(TagRotate, "on-demand"), func(k *Key) { k.Rotation.Value.Underway = now }), Later, "", "under way since"},
		{"symmetric, automatic, under way", aged(symmetric, 91, func(k *Key) { k.Rotation.Value.Underway = now }), Due, "enableRotation:90", "under way since"},
		{"symmetric, on demand, and by itself tomorrow", aged(symmetric, 91, tagged(TagRotate, "on-demand"), rotating(90, now.Add(time.Hour))), Later, "", "by itself"},
		{"symmetric, successor", aged(symmetric, 91, tagged(TagRotate, "successor"), rotating(200, now.Add(day)), demanded(1, 5)), Due, "createKey, enableRotation:200, " + strings.TrimPrefix(succeeded, "createKey, "), "another one every 90 days is wanted"},
		{"imported, young", aged(external, 10), Current, "", "due on"},
		{"imported, nothing ready", aged(external, 91), Blocked, "", "no new key material lies ready"},
		{"imported, ready", aged(external, 91, ready), Due, "import, rotate", "current since"},
		{"imported, pending", aged(external, 91, pending), Due, "rotate", "current since"},
		{"imported, pending, young", aged(external, 10, pending), Current, "", "is imported, and due on"},
		{"imported, on demand", aged(external, 91, ready, tagged(TagRotate, "on-demand")), Due, "import, rotate", ""},
		{"imported, none left", aged(external, 2000, ready, demanded(25, 91)), Blocked, "", "all 25"},
		{"imported, under way", aged(external, 91, ready, func(k *Key) { k.Rotation.Value.Underway = now }), Later, "", "under way"},
		{"imported, expires", aged(external, 10, func(k *Key) { k.Materials.Value[0].Expires = now.Add(20 * day) }), Current, "", "expires on 2026-12-12"},
		{"imported, its material gone", aged(external, 10, func(k *Key) { k.Materials.Value[0].Import = types.ImportStatePendingImport }), Current, "", "is missing"},
		{"imported, successor", aged(external, 91, tagged(TagRotate, "successor")), Blocked, "", "key material of its own"},
		{"multi-Region primary", aged(symmetric, 1, everywhere), Due, "enableRotation:90", "off"},
		{"multi-Region primary, successor", aged(symmetric, 91, everywhere, tagged(TagRotate, "successor")), Due, succeededFar, ""},
		{"multi-Region primary, its replica ends", aged(signing, 91, everywhere, func(k *Key) { k.Family.Replicas[0].State = types.KeyStatePendingDeletion }), Due, succeeded, ""},
		{"multi-Region imported, ready", aged(external, 91, everywhere, ready), Due, "import, import@us-east-1, rotate", ""},
		{"multi-Region imported, replica behind", aged(external, 91, everywhere, ready, pending), Due, "import@us-east-1, rotate", ""},
		{"multi-Region imported, replica behind, object gone", aged(external, 91, everywhere, pending), Blocked, "", "store the same material again"},
		{"multi-Region imported, all have it", aged(external, 91, everywhere, pending, func(k *Key) {
			k.Family.Replicas[0].Materials.Value = append(k.Family.Replicas[0].Materials.Value, k.Materials.Value[1])
		}), Due, "rotate", ""},
		{"a replica", aged(symmetric, 91, everywhere, func(k *Key) { k.ARN = k.ARN.In(far) }), Report, "", "with its primary key, arn:aws:kms:eu-west-1"},
		{"asymmetric", aged(asymmetric, 91), Due, succeeded, "an asymmetric key has been in use since 2026-08-23"},
		{"signing", aged(signing, 91), Due, succeeded, ""},
		{"signing, young", aged(signing, 89), Current, "", "the key is due on 2026-11-23"},
		{"key agreement", aged(agreeing, 91), Due, succeeded, ""},
		{"HMAC", aged(hmac, 91), Due, succeeded, "an HMAC key"},
		{"custom key store", aged(cloudHSM, 91), Due, succeeded, "a key in a custom key store"},
		{"external key store", aged(xks, 91), Blocked, "", "the external key manager"},
		{"AWS managed", aged(symmetric, 400, func(k *Key) { k.Manager = types.KeyManagerTypeAws }), Report, "", "AWS rotates it every year"},

		// Refusals and ends.
		{"off", aged(symmetric, 400, tagged(TagRotate, "off")), Off, "", "off"},
		{"off, but begun", aged(signing, 400, tagged(TagRotate, "off"), job(Moving, Step{Op: MarkOld})), Due, "markOld@", "is not finished"},
		{"a way nobody knows", aged(symmetric, 400, tagged(TagRotate, "often")), Blocked, "", `"often" is none of`},
		{"a period nobody knows", aged(symmetric, 400, tagged(TagEvery, "soon")), Blocked, "", `"soon" is not a period`},
		{"a topic that is none", aged(symmetric, 400, tagged(TagNotify, "me")), Blocked, "", "not the ARN of an SNS topic"},
		{"automatic of an imported key", aged(external, 91, ready, tagged(TagRotate, "automatic")), Blocked, "", "automatic rotation is not for keys with imported material"},
		{"automatic too often", aged(symmetric, 91, tagged(TagRotate, "automatic"), tagged(TagEvery, "30d")), Blocked, "", "every 90 days at least"},
		{"automatic of an asymmetric key", aged(signing, 91, tagged(TagRotate, "automatic")), Blocked, "", "does not rotate an asymmetric key in place"},
		{"on demand of an HMAC key", aged(hmac, 91, tagged(TagRotate, "on-demand")), Blocked, "", "does not rotate an HMAC key in place"},
		{"import of KMS's own", aged(symmetric, 91, tagged(TagRotate, "import")), Blocked, "", "nothing can be imported"},
		{"no alias", aged(signing, 91, func(k *Key) { k.Aliases = known([]keyid.Alias{}) }), Blocked, "", "no alias points at it"},
		{"no alias but of a replica", aged(signing, 91, everywhere, func(k *Key) { k.Aliases = known([]keyid.Alias{}) }), Due, "createKey, replicate@us-east-1, canary, moveAlias@us-east-1 alias/a, markOld", ""},
		{"too many tags", aged(signing, 91, func(k *Key) {
			for i := range tagLimit - 2 {
				tagged(fmt.Sprint("t", i), "")(k)
			}
		}), Blocked, "", "remove some"},
		{"too many tags of a replica", aged(signing, 91, everywhere, func(k *Key) {
			tags := map[string]string{}
			for i := range tagLimit {
				tags[fmt.Sprint("t", i)] = ""
			}
			k.Family.Replicas[0].Tags = known(tags)
		}), Blocked, "", "its replica in us-east-1"},
		{"succeeded", aged(signing, 400, tagged(TagSucceededBy, "x")), Report, "", "it has a successor, x"},
		{"rolled back", aged(signing, 400, job(RolledBack)), Report, "", "until rekey rotate apply --again"},
		{"done", aged(signing, 10, job(Done)), Current, "", "due on"},
		{"disabled", aged(signing, 400, inState(types.KeyStateDisabled)), Report, "", "disabled"},
		{"ending", aged(signing, 400, inState(types.KeyStatePendingDeletion)), Report, "", "deletion"},
		{"beginning", aged(signing, 400, inState(types.KeyStateCreating)), Later, "", "Creating"},
		{"empty", aged(external, 400, inState(types.KeyStatePendingImport)), Report, "", "import it"},
		{"cut off", aged(cloudHSM, 400, inState(types.KeyStateUnavailable)), Report, "", "key store"},

		// What has to be accepted.
		{"not to be tried", aged(signing, 91, func(k *Key) { k.Canary = known("kms:Sign is denied") }), Blocked, "createKey, moveAlias alias/a, moveAlias alias/b, markOld", "no-canary"},
		{"not to be tried, accepted", aged(signing, 91, tagged(TagAccept, "no-canary"), func(k *Key) { k.Canary = known("kms:Sign is denied") }), Due, "createKey, moveAlias alias/a, moveAlias alias/b, markOld", "accepted: no-canary"},
		{"locked out", aged(signing, 91, func(k *Key) { k.Lockout = known(true) }), Blocked, succeeded, "policy-lockout"},
		{"somebody lost", aged(signing, 91, func(k *Key) { k.Access = known([]Loss{{Who: "bob", Why: "w"}}) }), Blocked, succeeded, "lost-access"},
		{"somebody by alias", aged(signing, 91, func(k *Key) { k.Access = known([]Loss{{Who: "bob", ByAlias: true}}) }), Blocked, succeeded, "alias-moves"},
		{"somebody let in", aged(signing, 91, func(k *Key) { k.Access = known([]Loss{{Who: "bob", Gains: true}}) }), Blocked, succeeded, "gained-access"},
		{"users unknown", aged(signing, 91, func(k *Key) { k.Access.Unread = unread(readAccount) }), Blocked, succeeded, "unknown-access"},
		{"users unknown, accepted", aged(signing, 91, tagged(TagAccept, "unknown-access"), func(k *Key) { k.Access.Unread = unread(readAccount) }), Due, succeeded, "accepted: unknown-access"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := PlanFor(c.key, wanted, now)
			if p.Outcome != c.outcome || ops(p) != c.steps {
				t.Errorf("%s, steps %q, since %q; want %s and %q", p.Outcome, ops(p), p.Why, c.outcome, c.steps)
			}
			said := p.Why + strings.Join(p.Warnings, " ") + fmt.Sprint(p.Asks)
			if !strings.Contains(said, c.says) {
				t.Errorf("it says %q, without %q", said, c.says)
			}
			for _, s := range p.Steps {
				if s.Why == "" && s.Op != MarkOld {
					t.Errorf("step %s has no reason", s.Op)
				}
			}
		})
	}
}

// A successor is made with what the old key carried.
func TestSuccessorCarries(t *testing.T) {
	k := aged(cloudHSM, 91, func(k *Key) {
		k.CustomKeyStore = "cks-1"
		k.Policy = known(strings.ReplaceAll(open, `"Resource":"*"`, `"Resource":"`+own.String()+`"`))
		k.Tags = known(map[string]string{"app": "shop", "aws:cloudformation:stack-name": "s", TagSuccessorOf: "older", TagEvery: "90d"})
		k.Grants = known([]Grant{
			{ID: "0123456789abcdef0123456789abcdef0123456789abcdef", Grantee: self, Operations: []types.GrantOperation{types.GrantOperationDecrypt}},
			{ID: "g2", Name: "named", Grantee: self}, {ID: "g3", Service: "rds.amazonaws.com"},
		})
	})
	p := PlanFor(k, wanted, now)
	if want := "createKey, createGrant, createGrant, canary, moveAlias alias/a, moveAlias alias/b, markOld"; ops(p) != want {
		t.Fatalf("steps %q", ops(p))
	}
	made := p.Steps[0].New
	if made.CustomKeyStore != "cks-1" || made.Description != "of tests" || made.Kind != cloudHSM || made.MultiRegion || made.Bypass {
		t.Errorf("it is made with %+v", made)
	}
	if strings.Contains(made.Policy, string(keyID)) {
		t.Errorf("its policy names the old key: %s", made.Policy)
	}
	if got := fmt.Sprint(made.Tags); got != fmt.Sprint(map[string]string{"app": "shop", TagSuccessorOf: string(keyID), TagEvery: "90d"}) {
		t.Errorf("its tags are %s", got)
	}
	if a, b := p.Steps[1].Grant, p.Steps[2].Grant; a.Name != "rekey-0123456789abcdef0123456789abcdef" || b.Name != "named" {
		t.Errorf("its grants are named %q and %q", a.Name, b.Name)
	}
	if len(p.Left) != 1 || !strings.Contains(p.Left[0], "g3 in eu-west-1, which rds.amazonaws.com made") {
		t.Errorf("it leaves %q", p.Left)
	}
}

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
			if s.Region == k.ARN.Region {
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
	kind := rapid.SampledFrom([]Kind{symmetric, external, cloudHSM, xks, signing, hmac, asymmetric, agreeing}).Draw(t, "kind")
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
