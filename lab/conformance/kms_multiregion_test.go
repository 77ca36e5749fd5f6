package conformance

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/shared/keypolicy"
)

const (
	replicatingPage = "KMS API Reference, ReplicateKey"
	mrkDeletingPage = "KMS Developer Guide, Deleting multi-Region keys"
	primaryPage     = "KMS API Reference, UpdatePrimaryRegion"
)

// primary makes a multi-Region primary key.
func (c *caller) primary() key {
	c.x.Helper()
	m := succeed(c.x, c.KMS.CreateKey, &kms.CreateKeyInput{MultiRegion: new(true), Description: new(c.x.name("key"))}).KeyMetadata
	cleanup(c.x, c.KMS.ScheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: m.KeyId, PendingWindowInDays: new(int32(7))})
	return key{text(m.KeyId), text(m.Arn)}
}

// replicaOf makes a replica in the bench's other Region, and waits until it can
// be used.
func (x *bench) replicaOf(k key) (there *caller, r key) {
	x.Helper()
	m := succeed(x, x.Own.KMS.ReplicateKey, &kms.ReplicateKeyInput{KeyId: &k.id, ReplicaRegion: &x.away}).ReplicaKeyMetadata
	there, r = x.Own.in(x.away), key{text(m.KeyId), text(m.Arn)}
	cleanup(x, there.KMS.ScheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: m.KeyId, PendingWindowInDays: new(int32(7))})
	x.settle(there, r)
	return there, r
}

// settle waits until a key is enabled.
func (x *bench) settle(c *caller, k key) {
	x.Helper()
	if x.lab != nil {
		x.advance(10 * time.Second)
	}
	x.until(func() bool { return c.stateOf(k) == types.KeyStateEnabled })
	equal(x, "the key's state", c.stateOf(k), types.KeyStateEnabled)
}

func (c *caller) stateOf(k key) types.KeyState {
	c.x.Helper()
	return succeed(c.x, c.KMS.DescribeKey, describe(k.id)).KeyMetadata.KeyState
}

// regionsOf gives the Regions of related keys in one line.
func regionsOf(keys []types.MultiRegionKey) string {
	var all []string
	for _, k := range keys {
		all = append(all, text(k.Region))
	}
	return strings.Join(all, " ")
}

var kmsMultiRegion = []claim{
	{
		says:   "a multi-Region key is a primary key without replicas, and its id begins with mrk-",
		source: "recorded: kms test_create_multi_region_key",
		check: func(x *bench) {
			k := x.Own.primary()
			m := succeed(x, x.Own.KMS.DescribeKey, describe(k.id)).KeyMetadata
			equal(x, "the beginning of the id", strings.HasPrefix(k.id, "mrk-") && len(k.id) == 36, true)
			equal(x, "MultiRegion", *m.MultiRegion, true)
			equal(x, "MultiRegionKeyType", m.MultiRegionConfiguration.MultiRegionKeyType, types.MultiRegionKeyTypePrimary)
			equal(x, "PrimaryKey.Arn", text(m.MultiRegionConfiguration.PrimaryKey.Arn), k.arn)
			equal(x, "the number of replicas", len(m.MultiRegionConfiguration.ReplicaKeys), 0)
		},
	},
	{
		says:   "a single-Region key has no multi-Region configuration",
		source: "recorded: kms test_non_multi_region_keys_should_not_have_multi_region_properties",
		check: func(x *bench) {
			m := succeed(x, x.Own.KMS.DescribeKey, describe(x.Own.key("").id)).KeyMetadata
			equal(x, "MultiRegion", *m.MultiRegion, false)
			if m.MultiRegionConfiguration != nil {
				x.Errorf("its configuration is %+v", m.MultiRegionConfiguration)
			}
		},
	},
	{
		says:   "a new replica is being created, without a material that is told, under the default policy, and known to its primary key",
		source: "recorded: kms test_replicate_key",
		check: func(x *bench) {
			k := x.Own.primary()
			there := x.Own.in(x.away)
			refused(x, there.KMS.DescribeKey, describe(k.id), "NotFoundException").
				saying("Key '" + strings.Replace(k.arn, x.region, x.away, 1) + "' does not exist")
			out := succeed(x, x.Own.KMS.ReplicateKey, &kms.ReplicateKeyInput{KeyId: &k.id, ReplicaRegion: &x.away})
			m := out.ReplicaKeyMetadata
			r := key{text(m.KeyId), text(m.Arn)}
			cleanup(x, there.KMS.ScheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: m.KeyId, PendingWindowInDays: new(int32(7))})
			equal(x, "KeyState", m.KeyState, types.KeyStateCreating)
			equal(x, "Enabled", m.Enabled, false)
			equal(x, "KeyId", r.id, k.id)
			equal(x, "Description", text(m.Description), "")
			equal(x, "CurrentKeyMaterialId", text(m.CurrentKeyMaterialId), "")
			equal(x, "MultiRegionKeyType", m.MultiRegionConfiguration.MultiRegionKeyType, types.MultiRegionKeyTypeReplica)
			equal(x, "the primary key", text(m.MultiRegionConfiguration.PrimaryKey.Arn), k.arn)
			equal(x, "the replicas", regionsOf(m.MultiRegionConfiguration.ReplicaKeys), x.away)
			if !strings.Contains(text(out.ReplicaPolicy), "Enable IAM User Permissions") {
				x.Errorf("the policy is %s", text(out.ReplicaPolicy))
			}
			own := succeed(x, x.Own.KMS.DescribeKey, describe(k.id)).KeyMetadata
			equal(x, "the replicas that the primary key knows", regionsOf(own.MultiRegionConfiguration.ReplicaKeys), x.away)
			x.settle(there, r)
			settled := succeed(x, there.KMS.DescribeKey, describe(r.id)).KeyMetadata
			equal(x, "CurrentKeyMaterialId", text(settled.CurrentKeyMaterialId), text(own.CurrentKeyMaterialId))
		},
	},
	{
		says:   "while it is being created a replica does no cryptography, can be neither enabled nor disabled, and can be tagged",
		source: "KMS Developer Guide, Key states of AWS KMS keys, table, [14]",
		needs:  inside, // on AWS it may be over too soon
		check: func(x *bench) {
			k := x.Own.primary()
			arn := text(succeed(x, x.Own.KMS.ReplicateKey, &kms.ReplicateKeyInput{KeyId: &k.id, ReplicaRegion: &x.away}).ReplicaKeyMetadata.Arn)
			there, r := x.Own.in(x.away), key{k.id, arn}
			refused(x, there.KMS.Encrypt, r.encrypt("hello"), "KMSInvalidStateException").saying(arn + " is creating.")
			refused(x, there.KMS.DisableKey, &kms.DisableKeyInput{KeyId: &r.id}, "KMSInvalidStateException").saying(arn + " is creating.")
			refused(x, there.KMS.CreateGrant, r.granting(x.Own.principal, "Encrypt"), "KMSInvalidStateException")
			succeed(x, there.KMS.TagResource, &kms.TagResourceInput{KeyId: &r.id, Tags: tags("a", "1")})
			succeed(x, there.KMS.GetKeyPolicy, &kms.GetKeyPolicyInput{KeyId: &r.id})
			succeed(x, there.KMS.ScheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: &r.id, PendingWindowInDays: new(int32(7))})
		},
	},
	{
		says:   "what one key of a family encrypts the others decrypt, and a key of another family does not",
		source: "KMS Developer Guide, Multi-Region keys in AWS KMS",
		check: func(x *bench) {
			k := x.Own.primary()
			there, r := x.replicaOf(k)
			out := succeed(x, there.KMS.Decrypt, r.decrypt(x.Own.seal(k, "hello", "a", "1"), "a", "1"))
			equal(x, "the plaintext", string(out.Plaintext), "hello")
			equal(x, "KeyId", text(out.KeyId), r.arn)
			back := there.seal(r, "again")
			equal(x, "the plaintext", string(succeed(x, x.Own.KMS.Decrypt, &kms.DecryptInput{CiphertextBlob: back}).Plaintext), "again")
			other := x.Own.primary()
			refused(x, x.Own.KMS.Decrypt, other.decrypt(back), "IncorrectKeyException")
		},
	},
	{
		says:   "policy, description, tags, aliases and state are each key's own",
		source: replicatingPage + ": all other properties of a replica key can differ",
		check: func(x *bench) {
			k := x.Own.primary()
			succeed(x, x.Own.KMS.TagResource, &kms.TagResourceInput{KeyId: &k.id, Tags: tags("here", "1")})
			alias := x.Own.alias(k)
			there, r := x.replicaOf(k)
			equal(x, "the number of the replica's tags", len(succeed(x, there.KMS.ListResourceTags, &kms.ListResourceTagsInput{KeyId: &r.id}).Tags), 0)
			refused(x, there.KMS.DescribeKey, describe(alias), "NotFoundException")
			succeed(x, there.KMS.DisableKey, &kms.DisableKeyInput{KeyId: &r.id})
			succeed(x, there.KMS.PutKeyPolicy, &kms.PutKeyPolicyInput{KeyId: &r.id, Policy: new(document(x.Own.delegate(), deny("Not", x.Own.role(""), "kms:*")))})
			x.Own.seal(k, "hello")
			equal(x, "the primary key's state", x.state(k), types.KeyStateEnabled)
			if strings.Contains(text(succeed(x, x.Own.KMS.GetKeyPolicy, &kms.GetKeyPolicyInput{KeyId: &k.id}).Policy), "Not") {
				x.Error("the primary key has the replica's policy")
			}
		},
	},
	{
		says:   "a replica takes description, policy and tags of its own",
		source: replicatingPage + ", Request Parameters",
		check: func(x *bench) {
			k := x.Own.primary()
			policy := document(x.Own.delegate(), allow("Mine", x.Own.role(""), "kms:Encrypt"))
			out := succeed(x, x.Own.KMS.ReplicateKey, &kms.ReplicateKeyInput{
				KeyId: &k.arn, ReplicaRegion: &x.away, Description: new("there"), Policy: &policy, Tags: tags("a", "1"),
			})
			cleanup(x, x.Own.in(x.away).KMS.ScheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: &k.id, PendingWindowInDays: new(int32(7))})
			equal(x, "Description", text(out.ReplicaKeyMetadata.Description), "there")
			equal(x, "the number of tags", len(out.ReplicaTags), 1)
			if !strings.Contains(text(out.ReplicaPolicy), "Mine") {
				x.Errorf("the policy is %s", text(out.ReplicaPolicy))
			}
		},
	},
	{
		says:   "only a primary key is replicated: neither a replica nor a single-Region key",
		source: "recorded: kms test_replicate_replica_key_should_fail; assumption: the message of a single-Region key",
		check: func(x *bench) {
			k := x.Own.primary()
			there, r := x.replicaOf(k)
			refused(x, there.KMS.ReplicateKey, &kms.ReplicateKeyInput{KeyId: &r.id, ReplicaRegion: &x.away}, "UnsupportedOperationException").
				saying(r.arn + " is not a multi-region primary key.")
			single := x.Own.key("")
			refused(x, x.Own.KMS.ReplicateKey, &kms.ReplicateKeyInput{KeyId: &single.id, ReplicaRegion: &x.away}, "UnsupportedOperationException").
				saying(single.arn + " is not a multi-region primary key.")
		},
	},
	{
		says:   "there is one replica in a Region, also while its deletion is pending",
		source: replicatingPage + ", AlreadyExistsException",
		check: func(x *bench) {
			k := x.Own.primary()
			there, r := x.replicaOf(k)
			again := &kms.ReplicateKeyInput{KeyId: &k.id, ReplicaRegion: &x.away}
			refused(x, x.Own.KMS.ReplicateKey, again, "AlreadyExistsException")
			succeed(x, there.KMS.ScheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: &r.id, PendingWindowInDays: new(int32(7))})
			refused(x, x.Own.KMS.ReplicateKey, again, "AlreadyExistsException")
		},
	},
	{
		says:   "a disabled primary key is not replicated",
		source: "KMS Developer Guide, Key states of AWS KMS keys, table, ReplicateKey",
		check: func(x *bench) {
			k := x.Own.primary()
			succeed(x, x.Own.KMS.DisableKey, &kms.DisableKeyInput{KeyId: &k.id})
			refused(x, x.Own.KMS.ReplicateKey, &kms.ReplicateKeyInput{KeyId: &k.id, ReplicaRegion: &x.away}, "DisabledException")
		},
	},
	{
		says:   "replicating needs kms:ReplicateKey on the key and kms:CreateKey in the Region of the replica",
		source: replicatingPage + ", Required permissions",
		check: func(x *bench) {
			k := x.Own.primary()
			in := &kms.ReplicateKeyInput{KeyId: &k.id, ReplicaRegion: &x.away}
			refused(x, x.Own.session(document(may("kms:CreateKey", "*"))).KMS.ReplicateKey, in, "AccessDeniedException")
			refused(x, x.Own.session(document(may("kms:ReplicateKey", k.arn))).KMS.ReplicateKey, in, "AccessDeniedException")
			refused(x, x.Own.session(document(may("kms:ReplicateKey", k.arn), may("kms:CreateKey", "*", when("StringEquals", "aws:RequestedRegion", x.region)))).KMS.ReplicateKey, in, "AccessDeniedException")
			succeed(x, x.Own.session(document(may("kms:ReplicateKey", k.arn), may("kms:CreateKey", "*", when("StringEquals", "aws:RequestedRegion", x.away)))).KMS.ReplicateKey, in)
			cleanup(x, x.Own.in(x.away).KMS.ScheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: &k.id, PendingWindowInDays: new(int32(7))})
		},
	},
	{
		says:   "kms:ReplicaRegion holds a caller to Regions",
		source: conditionKeys + "kms:ReplicaRegion",
		check: func(x *bench) {
			k := x.Own.primary()
			s := x.Own.session(document(may("kms:ReplicateKey", k.arn, when("StringEquals", "kms:ReplicaRegion", x.region)), may("kms:CreateKey", "*")))
			refused(x, s.KMS.ReplicateKey, &kms.ReplicateKeyInput{KeyId: &k.id, ReplicaRegion: &x.away}, "AccessDeniedException")
			x.decided("kms:ReplicateKey", keypolicy.ImplicitlyDenied, "")
		},
	},
	{
		says:   "kms:MultiRegion and kms:MultiRegionKeyType tell keys apart, also when they are made",
		source: conditionKeys + "kms:MultiRegion, kms:MultiRegionKeyType",
		check: func(x *bench) {
			single, k := x.Own.key(""), x.Own.primary()
			_, r := x.replicaOf(k)
			s := x.Own.session(document(may("kms:DescribeKey", "*", when("StringEquals", "kms:MultiRegionKeyType", "REPLICA")), may("kms:CreateKey iam:CreateServiceLinkedRole", "*", when("Bool", "kms:MultiRegion", "false"))))
			succeed(x, s.in(x.away).KMS.DescribeKey, describe(r.id))
			refused(x, s.KMS.DescribeKey, describe(k.id), "AccessDeniedException")
			refused(x, s.KMS.DescribeKey, describe(single.id), "AccessDeniedException")
			refused(x, s.KMS.CreateKey, &kms.CreateKeyInput{MultiRegion: new(true)}, "AccessDeniedException")
		},
	},
	{
		says:   "who makes a primary key needs iam:CreateServiceLinkedRole",
		source: "KMS Developer Guide, Controlling access to multi-Region keys; assumption: the code",
		check: func(x *bench) {
			s := x.Own.session(document(may("kms:CreateKey", "*")))
			refused(x, s.KMS.CreateKey, &kms.CreateKeyInput{MultiRegion: new(true)}, "AccessDeniedException")
		},
	},
	{
		says:   "a replica becomes the primary key, and the old one a replica, and both go on encrypting meanwhile",
		source: primaryPage,
		check: func(x *bench) {
			k := x.Own.primary()
			there, r := x.replicaOf(k)
			succeed(x, x.Own.KMS.UpdatePrimaryRegion, &kms.UpdatePrimaryRegionInput{KeyId: &k.id, PrimaryRegion: &x.away})
			succeed(x, there.KMS.Decrypt, r.decrypt(x.Own.seal(k, "hello")))
			x.settle(there, r)
			x.settle(x.Own, k)
			m := succeed(x, x.Own.KMS.DescribeKey, describe(k.id)).KeyMetadata.MultiRegionConfiguration
			equal(x, "MultiRegionKeyType", m.MultiRegionKeyType, types.MultiRegionKeyTypeReplica)
			equal(x, "the primary key", text(m.PrimaryKey.Arn), r.arn)
			equal(x, "the replicas", regionsOf(m.ReplicaKeys), x.region)
			refused(x, x.Own.KMS.UpdatePrimaryRegion, &kms.UpdatePrimaryRegionInput{KeyId: &k.id, PrimaryRegion: &x.away}, "UnsupportedOperationException")
		},
	},
	{
		says:   "while the primary Region is updated both keys can be neither enabled, disabled, replicated nor scheduled for deletion, nor can it be updated again",
		source: "KMS Developer Guide, Key states of AWS KMS keys, table, [15]; Change the primary key in a set of multi-Region keys",
		needs:  inside, // on AWS it may be over too soon
		check: func(x *bench) {
			k := x.Own.primary()
			there, r := x.replicaOf(k)
			succeed(x, x.Own.KMS.UpdatePrimaryRegion, &kms.UpdatePrimaryRegionInput{KeyId: &k.id, PrimaryRegion: &x.away})
			equal(x, "the state", x.state(k), types.KeyStateUpdating)
			refused(x, x.Own.KMS.DisableKey, &kms.DisableKeyInput{KeyId: &k.id}, "KMSInvalidStateException").saying(k.arn + " is updating.")
			refused(x, x.Own.KMS.ScheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: &k.id}, "KMSInvalidStateException")
			refused(x, there.KMS.ReplicateKey, &kms.ReplicateKeyInput{KeyId: &r.id, ReplicaRegion: new("eu-west-3")}, "KMSInvalidStateException")
			refused(x, there.KMS.UpdatePrimaryRegion, &kms.UpdatePrimaryRegionInput{KeyId: &r.id, PrimaryRegion: &x.region}, "KMSInvalidStateException").saying(r.arn + " is updating.")
			x.settle(there, r)
		},
	},
	{
		says:   "the new primary Region has to have a replica, which kms:UpdatePrimaryRegion is allowed on too",
		source: primaryPage + ", Required permissions; assumption: the code where there is no replica",
		check: func(x *bench) {
			k := x.Own.primary()
			in := &kms.UpdatePrimaryRegionInput{KeyId: &k.id, PrimaryRegion: &x.away}
			refused(x, x.Own.KMS.UpdatePrimaryRegion, in, "NotFoundException")
			_, r := x.replicaOf(k)
			refused(x, x.Own.session(document(may("kms:UpdatePrimaryRegion", k.arn))).KMS.UpdatePrimaryRegion, in, "AccessDeniedException")
			s := x.Own.session(document(may("kms:UpdatePrimaryRegion", "*", when("StringEquals", "kms:PrimaryRegion", x.region))))
			refused(x, s.KMS.UpdatePrimaryRegion, in, "AccessDeniedException")
			equal(x, "the replica's id", r.id, k.id)
		},
	},
	{
		says:   "a primary key with replicas waits for them to be deleted before its own waiting period begins",
		source: mrkDeletingPage + "; KMS API Reference, ScheduleKeyDeletion",
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.primary()
			there, r := x.replicaOf(k)
			out := x.schedule(k, 7)
			equal(x, "KeyState", out.KeyState, types.KeyStatePendingReplicaDeletion)
			equal(x, "PendingWindowInDays", *out.PendingWindowInDays, 7)
			if out.DeletionDate != nil {
				x.Errorf("the deletion date is %v, want none", out.DeletionDate)
			}
			m := succeed(x, x.Own.KMS.DescribeKey, describe(k.id)).KeyMetadata
			equal(x, "PendingDeletionWindowInDays", *m.PendingDeletionWindowInDays, 7)
			refused(x, x.Own.KMS.Encrypt, k.encrypt("hello"), "KMSInvalidStateException")
			x.advance(40 * 24 * time.Hour)
			equal(x, "the state", x.state(k), types.KeyStatePendingReplicaDeletion)
			succeed(x, there.KMS.Encrypt, r.encrypt("hello"))
			succeed(x, there.KMS.ScheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: &r.id, PendingWindowInDays: new(int32(10))})
			x.advance(10*24*time.Hour - time.Minute)
			equal(x, "the state", x.state(k), types.KeyStatePendingReplicaDeletion)
			x.advance(time.Minute)
			refused(x, there.KMS.DescribeKey, describe(r.id), "NotFoundException")
			equal(x, "the state", x.state(k), types.KeyStatePendingDeletion)
			x.advance(7*24*time.Hour - time.Minute)
			equal(x, "the state", x.state(k), types.KeyStatePendingDeletion)
			x.advance(time.Minute)
			refused(x, x.Own.KMS.DescribeKey, describe(k.id), "NotFoundException")
		},
	},
	{
		says:   "the deletion of a primary key that waits for its replicas can be cancelled",
		source: "KMS Developer Guide, Key states of AWS KMS keys, table, CancelKeyDeletion",
		check: func(x *bench) {
			k := x.Own.primary()
			x.replicaOf(k)
			x.schedule(k, 7)
			succeed(x, x.Own.KMS.CancelKeyDeletion, &kms.CancelKeyDeletionInput{KeyId: &k.id})
			equal(x, "the state", x.state(k), types.KeyStateDisabled)
		},
	},
	{
		says:   "a deleted replica leaves the ciphertext to the others, and is made again with the same material",
		source: mrkDeletingPage,
		needs:  clock,
		check: func(x *bench) {
			k := x.Own.primary()
			there, r := x.replicaOf(k)
			blob := there.seal(r, "hello")
			succeed(x, there.KMS.ScheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: &r.id, PendingWindowInDays: new(int32(7))})
			x.advance(7 * 24 * time.Hour)
			refused(x, there.KMS.DescribeKey, describe(r.id), "NotFoundException")
			succeed(x, x.Own.KMS.Decrypt, k.decrypt(blob))
			_, again := x.replicaOf(k)
			equal(x, "the new replica", again.arn, r.arn)
			succeed(x, there.KMS.Decrypt, again.decrypt(blob))
		},
	},
	{
		says:   "a grant is on one key of a family",
		source: "KMS Developer Guide, Controlling access to multi-Region keys, Grants",
		check: func(x *bench) {
			k := x.Own.primary()
			_, r := x.replicaOf(k)
			s := x.Own.session("")
			x.Own.grantOn(k, s.principal, "Encrypt")
			s.seal(k, "hello")
			refused(x, s.in(x.away).KMS.Encrypt, r.encrypt("hello"), "AccessDeniedException")
		},
	},
}
