package rotate

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/shared/keyid"
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
		{"symmetric, on demand", aged(symmetric, 91, tagged(TagRotate, "on-demand")), Due, "rotate", "every 90 days is wanted"},
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
		{"imported, successor", aged(external, 91, tagged(TagRotate, "successor")), Blocked, "", "nowhere is any looked for: set REKEY_MATERIALS"},
		{"imported, successor, nothing ready", aged(external, 91, tagged(TagRotate, "successor"), lies), Blocked, "", "seal 32 random bytes with rekey:material-for=" + own.String() + ", and store that under s3://b/to/, as told"},
		{"imported, successor, material ready", aged(external, 91, tagged(TagRotate, "successor"), ready), Due, endowed, "another one every 90 days is wanted"},
		{"imported, successor, in China", aged(external, 91, tagged(TagRotate, "successor"), ready, func(k *Key) { k.ARN.Partition = "aws-cn" }), Blocked, "", "by hand"},
		{"imported, successor, multi-Region", aged(external, 91, everywhere, tagged(TagRotate, "successor"), ready), Due, endowedFar, ""},
		{"imported, HMAC", aged(imported(hmac), 91, lies), Blocked, "", "seal 32 random bytes with"},
		{"imported, HMAC, material ready", aged(imported(hmac), 91, ready), Due, endowed, ""},
		{"imported, RSA", aged(imported(asymmetric), 91, lies), Blocked, "", "seal another private key of RSA_2048, as PKCS #8 in DER, with"},
		{"imported, ECC, multi-Region", aged(imported(signing), 91, everywhere, ready), Due, endowedFar, ""},
		{"imported, ECC, young", aged(imported(signing), 89, ready), Current, "", "due on"},
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
		{"a topic that is none", aged(symmetric, 400, tagged(TagNotify, "me")), Blocked, "", "not the ARN of a standard SNS topic"},
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
		{"done, its tag gone", aged(signing, 400, job(Done)), Blocked, "", "put that back"},
		{"disabled", aged(signing, 400, inState(types.KeyStateDisabled)), Report, "", "disabled"},
		{"ending", aged(signing, 400, inState(types.KeyStatePendingDeletion)), Report, "", "deletion"},
		{"beginning", aged(signing, 400, inState(types.KeyStateCreating)), Later, "", "Creating"},
		{"empty", aged(external, 400, inState(types.KeyStatePendingImport)), Blocked, "", "until that is imported"},
		{"cut off", aged(cloudHSM, 400, inState(types.KeyStateUnavailable)), Blocked, "", "key store"},

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
