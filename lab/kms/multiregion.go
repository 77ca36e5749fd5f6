package kms

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

// family is a set of related multi-Region keys: of one id and one material, in
// one account (KMS Developer Guide, "Multi-Region keys in AWS KMS").
type family struct {
	members map[keyid.Region]*key
	primary keyid.Region
	due     *world.Due // the end of Updating
}

// settling is how long a replica is Creating, and a family Updating: "a few
// seconds" (API reference, ReplicateKey and UpdatePrimaryRegion).
const settling = 5 * time.Second

// multiRegionID is an id in the form that tells multi-Region keys from others
// (KMS Developer Guide, "Multi-Region keys", mrk-).
func multiRegionID(id keyid.ID) keyid.ID {
	return keyid.ID("mrk-" + strings.ReplaceAll(string(id), "-", ""))
}

// isPrimary says whether the key can be replicated; a single-Region key never.
func (k *key) isPrimary() bool { return k.family != nil && k.family.primary == k.arn.Region }

// multiRegionType is the value of MultiRegionKeyType.
func (k *key) multiRegionType() types.MultiRegionKeyType {
	if k.isPrimary() {
		return types.MultiRegionKeyTypePrimary
	}
	return types.MultiRegionKeyTypeReplica
}

// replicas are those that exist, also the ones that are pending deletion.
func (f *family) replicas() []*key {
	return slices.DeleteFunc(world.Sorted(f.members), func(k *key) bool { return k.isPrimary() })
}

func (k *key) multiRegionKey() types.MultiRegionKey {
	return types.MultiRegionKey{Arn: new(k.arn.String()), Region: new(string(k.arn.Region))}
}

// configuration is what DescribeKey tells of a multi-Region key (recorded
// shape).
func (k *key) configuration() *types.MultiRegionConfiguration {
	c := &types.MultiRegionConfiguration{MultiRegionKeyType: k.multiRegionType(), ReplicaKeys: []types.MultiRegionKey{}}
	if p := k.family.members[k.family.primary]; p != nil {
		c.PrimaryKey = new(p.multiRegionKey())
	}
	for _, r := range k.family.replicas() {
		c.ReplicaKeys = append(c.ReplicaKeys, r.multiRegionKey())
	}
	return c
}

// found makes a family of a new key.
func (k *key) found() {
	k.family = &family{members: map[keyid.Region]*key{k.arn.Region: k}, primary: k.arn.Region}
}

// notPrimary refuses what can be done to a primary key only (recorded wording
// for a replica; for a single-Region key the same is assumed).
func notPrimary(k *key) error {
	if k.isPrimary() {
		return nil
	}
	return &types.UnsupportedOperationException{Message: new(k.arn.String() + " is not a multi-region primary key.")}
}

// authorizePrimary is for who makes a primary key: KMS synchronizes multi-Region
// keys with a service-linked role (KMS Developer Guide, "Controlling access to
// multi-Region keys").
func authorizePrimary(c *world.Call) error {
	return authorizeLinkedRole(c, "mrk.kms.amazonaws.com", "AWSServiceRoleForKeyManagementServiceMultiRegionKeys")
}

// authorizeLinkedRole is for who has KMS make a service-linked role: that needs
// iam:CreateServiceLinkedRole too. The role itself is not made. The wording of the
// refusal is assumed.
func authorizeLinkedRole(c *world.Call, service, role string) error {
	return c.Authorize("AccessDeniedException", world.Access{
		Action: "iam:CreateServiceLinkedRole", Resource: "arn:aws:iam::" + string(c.Account()) + ":role/aws-service-role/" + service + "/" + role,
		ResourceAccount: c.Account(), Context: map[string][]string{"iam:AWSServiceName": {service}},
	})
}

// onItsOwn is what KMS calls itself in the second of two events of one request
// (KMS Developer Guide, log entry of UpdatePrimaryRegion).
const onItsOwn = "kms.amazonaws.com"

// replicateKey makes a replica: it needs kms:ReplicateKey on the primary key,
// and kms:CreateKey in the Region of the replica, where it is recorded as a
// CreateKey.
func (s *Service) replicateKey(c *world.Call, in *kms.ReplicateKeyInput) (*kms.ReplicateKeyOutput, error) {
	tags, err := tagSet(in.Tags)
	if err != nil {
		return nil, err
	}
	to := keyid.Region(*in.ReplicaRegion)
	t, err := s.ownCustomerIf(c, *in.KeyId, map[string][]string{"kms:ReplicaRegion": {string(to)}})
	if err != nil {
		return nil, err
	}
	if err := replicable(t.key, to); err != nil {
		return nil, err
	}
	if err := s.roomForKey(home{t.arn.Account, to}); err != nil {
		return nil, err
	}
	r := t.key.replica(to, c.Time)
	r.tags = tags
	if in.Description != nil {
		r.description = *in.Description
	}
	err = c.On("kms", "CreateKey", onItsOwn, func(there *world.Call) error {
		there.Region = to
		made := &kms.CreateKeyInput{
			MultiRegion: new(true), Policy: in.Policy, Description: in.Description, Tags: in.Tags,
			BypassPolicyLockoutSafetyCheck: in.BypassPolicyLockoutSafetyCheck,
		}
		there.Carries(made, nil)
		if err := s.authorizeReplica(there, r, in); err != nil {
			return err
		}
		t.key.family.members[to] = r
		there.Carries(made, &kms.CreateKeyOutput{KeyMetadata: r.metadata()})
		return nil
	})
	if err != nil {
		delete(t.key.family.members, to)
		return nil, err
	}
	s.make(home{r.arn.Account, to}).keys[r.arn.ID] = r
	s.world.Clock.After(settling, func() {
		switch {
		case r.state != types.KeyStateCreating:
		case r.complete():
			r.state = types.KeyStateEnabled
		default:
			r.state = types.KeyStatePendingImport
		}
	})
	return &kms.ReplicateKeyOutput{ReplicaKeyMetadata: r.metadata(), ReplicaPolicy: &r.policy.Text, ReplicaTags: tagList(tags)}, nil
}

// replicable says why a key cannot be replicated into a Region, or nil.
func replicable(k *key, to keyid.Region) error {
	if err := notPrimary(k); err != nil {
		return err
	}
	if err := k.usable(); err != nil {
		return err
	}
	if k.state == types.KeyStateUpdating {
		return k.invalidState("updating")
	}
	if !world.RegionExists(to) {
		return invalid("The Region " + string(to) + " is not valid.") // assumed wording
	}
	if old := k.family.members[to]; old != nil { // assumed wording, and for the primary's own Region
		return &types.AlreadyExistsException{Message: new(old.arn.String() + " already exists.")}
	}
	return nil
}

// replica makes a related key. The shared properties come along: id, material
// and its rotation, spec, usage and origin; but not material that was imported: the
// replica "is created with no key material" (API reference, ReplicateKey).
func (k *key) replica(to keyid.Region, now time.Time) *key {
	r := &key{
		arn: k.arn.In(to), kind: k.kind, manager: k.manager, created: now, state: types.KeyStateCreating, family: k.family, ring: k.ring,
	}
	if k.external != nil {
		r.external = newExternal()
	}
	return r
}

func (s *Service) authorizeReplica(c *world.Call, r *key, in *kms.ReplicateKeyInput) error {
	conditions := createConditions(r.kind, r.tags, in.BypassPolicyLockoutSafetyCheck)
	conditions["kms:MultiRegion"] = []string{"true"}
	conditions["kms:MultiRegionKeyType"] = []string{"REPLICA"}
	if err := authorizeAccount(c, "*", conditions); err != nil {
		return err
	}
	if err := s.authorizeTags(c, r, r.tags); err != nil {
		return err
	}
	text := defaultPolicy(c.Account())
	if in.Policy != nil {
		text = *in.Policy
	}
	return s.setPolicy(c, r, text, in.BypassPolicyLockoutSafetyCheck)
}

// updatePrimaryRegion makes a replica the primary key. It needs
// kms:UpdatePrimaryRegion on both, each in its Region. That both keys are told
// of as primary and replica at once, where AWS may show two replicas for some
// seconds, is the lab's choice.
func (s *Service) updatePrimaryRegion(c *world.Call, in *kms.UpdatePrimaryRegionInput) (*kms.UpdatePrimaryRegionOutput, error) {
	to := keyid.Region(*in.PrimaryRegion)
	conditions := map[string][]string{"kms:PrimaryRegion": {string(to)}}
	t, err := s.ownCustomerIf(c, *in.KeyId, conditions)
	if err != nil {
		return nil, err
	}
	if err := notPrimary(t.key); err != nil {
		return nil, err
	}
	next := t.key.family.members[to]
	switch {
	case next == nil: // assumed code
		return nil, notFound("Key '" + t.arn.In(to).String() + "' does not exist")
	case next == t.key: // assumed
		return nil, &types.UnsupportedOperationException{Message: new(t.arn.String() + " is already the multi-region primary key.")}
	}
	if err := t.key.changesPrimary(); err != nil {
		return nil, err
	}
	err = c.On("kms", "UpdatePrimaryRegion", onItsOwn, func(there *world.Call) error {
		there.Region = to
		there.Carries(&kms.UpdatePrimaryRegionInput{KeyId: new(next.arn.String()), PrimaryRegion: in.PrimaryRegion}, nil)
		if err := s.authorize(there, target{next, "", next.arn}, conditions); err != nil {
			return err
		}
		return next.changesPrimary()
	})
	if err != nil {
		return nil, err
	}
	s.promote(t.key, next)
	return &kms.UpdatePrimaryRegionOutput{}, nil
}

// changesPrimary refuses a key that does not become the primary key, or a replica, now:
// "Both the primary key and the replica key must be in the Enabled key state when the
// operation starts" (KMS Developer Guide, "Change the primary key in a set of
// multi-Region keys").
func (k *key) changesPrimary() error { return cmp.Or(k.usable(), k.settled()) }

// promote changes the primary key. "The old and new primary keys have a
// transient key state of Updating" (API reference, UpdatePrimaryRegion).
func (s *Service) promote(old, next *key) {
	f := old.family
	f.primary = next.arn.Region
	old.state, next.state = types.KeyStateUpdating, types.KeyStateUpdating
	s.world.Clock.Cancel(f.due)
	f.due = s.world.Clock.After(settling, func() {
		for _, k := range f.members {
			if k.state == types.KeyStateUpdating {
				k.state = types.KeyStateEnabled
			}
		}
	})
}

// leave takes a deleted key out of its family. "When the last of its replica
// keys is deleted (not just scheduled), the key state of the primary key changes
// to PendingDeletion and its waiting period begins" (API reference,
// ScheduleKeyDeletion).
func (s *Service) leave(k *key) {
	f := k.family
	if f == nil {
		return
	}
	delete(f.members, k.arn.Region)
	p := f.members[f.primary]
	if p != nil && p.state == types.KeyStatePendingReplicaDeletion && len(f.replicas()) == 0 {
		s.await(p, s.world.Clock.Now())
	}
}

// delegating is the policy that a key in the making is taken to have where only
// identity policies count.
func delegating(account keyid.Account) (*world.Policy, error) {
	p, err := world.ParsePolicy(keypolicy.KeyPolicy, defaultPolicy(account))
	if err != nil {
		return nil, &wire.Error{Code: "KMSInternalException", Status: 500, Message: err.Error()}
	}
	return p, nil
}
