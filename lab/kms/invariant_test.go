package kms

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

// kept is a KMS with one of everything in it.
type kept struct {
	*Service
	r                         *region
	plain, aws, primary, copy *key // plain has a grant, an alias, and rotates
}

func newKept(t *testing.T) (*world.World, kept) {
	t.Helper()
	w := world.New(world.Options{})
	s := New(w)
	make := func(in *kms.CreateKeyInput) *key {
		out, err := perform(t, w, "CreateKey", s.createKey, in)
		if err != nil {
			t.Fatal(err)
		}
		return s.regions[home{account, "eu-west-1"}].keys[keyid.ID(*out.KeyMetadata.KeyId)]
	}
	k := kept{Service: s, plain: make(&kms.CreateKeyInput{}), primary: make(&kms.CreateKeyInput{MultiRegion: new(true)})}
	k.r = s.regions[home{account, "eu-west-1"}]
	in := grantRequest(k.plain.arn.String())
	in.Name = new("name")
	for _, err := range []error{
		last(perform(t, w, "CreateGrant", s.createGrant, in)),
		last(perform(t, w, "CreateAlias", s.createAlias, &kms.CreateAliasInput{AliasName: new("alias/a"), TargetKeyId: new(string(k.plain.arn.ID))})),
		last(perform(t, w, "DescribeKey", s.describeKey, &kms.DescribeKeyInput{KeyId: new("alias/aws/s3")})),
		last(perform(t, w, "ReplicateKey", s.replicateKey, &kms.ReplicateKeyInput{KeyId: new(k.primary.arn.String()), ReplicaRegion: new("us-east-1")})),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	w.Advance(settling)
	for _, err := range []error{
		last(perform(t, w, "EnableKeyRotation", s.enableKeyRotation, &kms.EnableKeyRotationInput{KeyId: new(string(k.plain.arn.ID))})),
		last(perform(t, w, "RotateKeyOnDemand", s.rotateKeyOnDemand, &kms.RotateKeyOnDemandInput{KeyId: new(string(k.plain.arn.ID))})),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	w.Advance(settling)
	k.aws, k.copy = k.r.keys[k.r.aliases["alias/aws/s3"].target], k.primary.family.members["us-east-1"]
	if bad := w.Violations(); len(bad) != 0 {
		t.Fatalf("before: %q", bad)
	}
	return w, k
}

func last[T any](_ T, err error) error { return err }

func TestViolations(t *testing.T) {
	later := world.Epoch.Add(time.Hour)
	grant := func(k kept) *grant { return k.plain.grants.all[0] }
	for want, spoil := range map[string]func(k kept){
		"in mars-north-1, which does not exist": func(k kept) { k.make(home{account, "mars-north-1"}) },
		"is kept as":                            func(k kept) { k.plain.arn.Account = "444455556666" },
		"an id that another key has": func(k kept) {
			other := *k.plain
			other.arn.Region, other.grants = "us-east-1", grants{}
			k.regions[home{account, "us-east-1"}].keys[other.arn.ID] = &other
		},
		"is a ECC_NIST_P256 key for ENCRYPT_DECRYPT": func(k kept) { k.plain.kind.spec = types.KeySpecEccNistP256 },
		"is a HMAC_256 key that rotates": func(k kept) {
			k.plain.kind = kind{types.KeySpecHmac256, types.KeyUsageTypeGenerateVerifyMac, types.OriginTypeAwsKms}
		},
		"is a RSA_2048 key of a customer":          func(k kept) { k.aws.kind.spec = types.KeySpecRsa2048 },
		"was deleted and is there":                 func(k kept) { k.gone[k.plain.arn] = k.plain.ring.ids() },
		"never had key material":                   func(k kept) { k.plain.ring.materials = nil },
		"has no key material":                      func(k kept) { k.plain.ring.current().secret = nil },
		"has two materials of the id":              func(k kept) { k.plain.ring.materials[1].id = k.plain.ring.materials[0].id },
		`came by the rotation ""`:                  func(k kept) { k.plain.ring.materials[1].how = "" },
		`came by the rotation "AUTOMATIC"`:         func(k kept) { k.plain.ring.materials[0].how = types.RotationTypeAutomatic },
		"is older than the one before":             func(k kept) { k.plain.ring.materials[0].since = later.Add(-time.Minute) },
		"was rotated in the future":                func(k kept) { k.plain.ring.current().since = later },
		"on demand 1 times, and 2 are counted":     func(k kept) { k.plain.ring.rotation.demanded++ },
		"is in progress since":                     func(k kept) { k.plain.ring.rotation.begun = world.Epoch },
		"is rotated every 90 days":                 func(k kept) { k.rotateEvery(k.aws, 90, world.Epoch) },
		"does not rotate, and will":                func(k kept) { k.plain.ring.rotation.period = 0 },
		"rotates every 7 days":                     func(k kept) { k.rotateEvery(k.plain, 7, world.Epoch) },
		"to rotate on":                             func(k kept) { k.world.Clock.Cancel(k.plain.ring.rotation.due) },
		"has no key policy":                        func(k kept) { k.plain.policy = nil },
		"has 51 tags":                              func(k kept) { k.plain.tags = fifty("x") },
		`is in the state "Asleep"`:                 func(k kept) { k.plain.state = "Asleep" },
		"was created in the future":                func(k kept) { k.plain.created = later },
		"was used in the future":                   func(k kept) { k.plain.usage.told = &types.KeyLastUsageData{Timestamp: &later} },
		"is being created, and is no replica":      func(k kept) { k.plain.state = types.KeyStateCreating },
		"is still being created":                   func(k kept) { k.copy.state, k.copy.created = types.KeyStateCreating, world.Epoch.Add(-time.Minute) },
		"is Updating for ever":                     func(k kept) { k.copy.state = types.KeyStateUpdating },
		"is Disabled, or multi-Region":             func(k kept) { k.aws.state = types.KeyStateDisabled },
		"has no alias of AWS":                      func(k kept) { delete(k.r.aliases, "alias/aws/s3") },
		"and will not be deleted at":               func(k kept) { k.plain.state, k.plain.deletion = types.KeyStatePendingDeletion, later },
		"waits more than 30 days":                  func(k kept) { k.plain.window = 31; k.await(k.plain, later) },
		"is Disabled, and will be deleted":         func(k kept) { k.await(k.plain, later); k.plain.state = types.KeyStateDisabled },
		"waits for the deletion of replicas":       func(k kept) { k.plain.state = types.KeyStatePendingReplicaDeletion },
		"is to wait for 0 days":                    func(k kept) { k.primary.state = types.KeyStatePendingReplicaDeletion },
		"has an id of the wrong kind":              func(k kept) { k.copy.family = nil },
		"is no member of its multi-Region key":     func(k kept) { delete(k.copy.family.members, "us-east-1") },
		"has no primary key":                       func(k kept) { k.copy.family.primary = "ap-east-1" },
		"of a multi-Region key, and is not there":  func(k kept) { k.copy.family.members["ap-east-1"] = k.copy },
		"is not related to its primary key":        func(k kept) { k.primary.arn.ID = k.copy.arn.ID + "0" },
		"has other key material":                   func(k kept) { k.copy.ring = k.plain.ring },
		"is pending deletion before it":            func(k kept) { k.primary.window = 7; k.await(k.primary, later) },
		"has 0 grants, of which 1 are found by id": func(k kept) { k.plain.grants.all = nil },
		"grants of others under":                   func(k kept) { grant(k).grantee.name = "arn:aws:iam::111122223333:user/u" },
		"of which 0 are found by grantee":          func(k kept) { clear(k.plain.grants.byGrantee) },
		"is of another key than":                   func(k kept) { grant(k).key = k.aws },
		"is not found by its id":                   func(k kept) { grant(k).id = "x" },
		"allows nothing, or nobody":                func(k kept) { grant(k).operations = nil },
		"is there twice under the name name": func(k kept) {
			again := *grant(k)
			again.id = "x"
			k.plain.grants.add(&again)
		},
		"has 50001 grants": func(k kept) {
			for n := range grantLimit {
				again := *grant(k)
				again.id, again.name = fmt.Sprint(n), ""
				k.plain.grants.add(&again)
			}
		},
		"is kept under another name":        func(k kept) { k.r.aliases["alias/a"].name = "alias/b" },
		"was updated before it was made":    func(k kept) { k.r.aliases["alias/a"].created = later },
		"is of a key that does not exist":   func(k kept) { k.r.aliases["alias/a"].target = "x" },
		"is of a key that AWS manages":      func(k kept) { k.r.aliases["alias/a"].target = k.aws.arn.ID },
		"is not found by its key":           func(k kept) { delete(k.r.named[k.plain.arn.ID], "alias/a") },
		"is found as one of":                func(k kept) { delete(k.r.aliases, "alias/a") },
		"is of a key that CUSTOMER manages": func(k kept) { k.r.aliases["alias/aws/s3"].target = k.plain.arn.ID },
		"has more than 50 aliases": func(k kept) {
			for n := range aliasLimit {
				name := keyid.Alias(fmt.Sprintf("alias/%d", n))
				k.r.aliases[name] = &alias{name: name, target: k.plain.arn.ID}
			}
		},
	} {
		t.Run(want, func(t *testing.T) {
			w, k := newKept(t)
			w.Locked(func() { spoil(k) })
			if bad := strings.Join(w.Violations(), "\n"); !strings.Contains(bad, want) {
				t.Errorf("the violations are %q", bad)
			}
		})
	}
}

func fifty(prefix string) map[string]string {
	all := map[string]string{}
	for n := range 51 {
		all[fmt.Sprint(prefix, n)] = ""
	}
	return all
}

// A key that is deleted is known for ever, and what was encrypted is under it.
func TestKnown(t *testing.T) {
	w, k := newKept(t)
	blob := k.plain.seal(make([]byte, nonceSize), []byte("x"), nil)
	other := slices.Clone(blob)
	other[1]++ // of the material's id
	for _, when := range []string{"before", "after"} {
		w.Locked(func() {
			if !k.Known(k.plain.arn) || k.Known(k.plain.arn.In("us-east-1")) {
				t.Errorf("%s its deletion the key is not known, or is in another Region", when)
			}
			if arn, ok := k.Under(blob, "eu-west-1"); !ok || arn != k.plain.arn {
				t.Errorf("%s its deletion the ciphertext is under %v, %v", when, arn, ok)
			}
			for _, of := range []keyid.Region{"us-east-1", "ap-east-1"} {
				if _, ok := k.Under(blob, of); ok {
					t.Errorf("%s its deletion the ciphertext is under a key in %s", when, of)
				}
			}
			if _, ok := k.Under(other, "eu-west-1"); ok {
				t.Errorf("%s its deletion other material is taken for its own", when)
			}
			if _, ok := k.Under(nil, "eu-west-1"); ok {
				t.Error("nothing is under a key")
			}
		})
		if _, err := perform(t, w, "ScheduleKeyDeletion", k.scheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: new(string(k.plain.arn.ID)), PendingWindowInDays: new(int32(7))}); err != nil && when == "before" {
			t.Fatal(err)
		}
		w.Advance(7 * 24 * time.Hour)
	}
	if bad := w.Violations(); len(bad) != 0 {
		t.Errorf("after: %q", bad)
	}
}
