package kms

import (
	"fmt"
	"maps"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

// key is one KMS key.
type key struct {
	arn         keyid.ARN
	kind        kind
	manager     types.KeyManagerType
	created     time.Time
	description string
	state       types.KeyState
	deletion    time.Time // when state is PendingDeletion
	window      int32     // the waiting period in days, of a deletion that was scheduled
	policy      *world.Policy
	tags        map[string]string
	due         *world.Due // the deletion
	ring        *ring
	store       *keyStore // where the material is, of a key in a custom key store
	xksKey      string    // the external key, of one in an external key store
	external    *external // of a key whose material is imported
	family      *family   // of a multi-Region key
	grants      grants
	usage       usage
}

func (k *key) metadata() *types.KeyMetadata {
	m := &types.KeyMetadata{
		AWSAccountId: new(string(k.arn.Account)), Arn: new(k.arn.String()), KeyId: new(string(k.arn.ID)),
		CreationDate: &k.created, Description: &k.description, Enabled: k.shown() == types.KeyStateEnabled,
		KeyManager: k.manager, KeyState: k.shown(), KeySpec: k.kind.spec,
		KeyUsage: k.kind.usage, Origin: k.kind.origin, MultiRegion: new(k.family != nil),
	}
	has := k.kind.algorithms()
	m.EncryptionAlgorithms, m.SigningAlgorithms, m.MacAlgorithms = has.encryption, has.signing, has.mac
	m.KeyAgreementAlgorithms, m.EncapsulationAlgorithms = has.agreement, has.encapsulation
	if k.family != nil {
		m.MultiRegionConfiguration = k.configuration()
	}
	if k.state != types.KeyStateCreating { // recorded
		m.CurrentKeyMaterialId = k.materialID()
	}
	k.describeStore(m)
	if k.external != nil {
		m.ExpirationModel, m.ValidTo = k.expiration()
	}
	//lint:ignore SA1019 deprecated for callers, and still answered
	m.CustomerMasterKeySpec = types.CustomerMasterKeySpec(k.kind.spec)
	switch k.state {
	case types.KeyStatePendingDeletion:
		m.DeletionDate = &k.deletion
	case types.KeyStatePendingReplicaDeletion:
		m.PendingDeletionWindowInDays = &k.window
	}
	return m
}

// materialID is the id of the current key material, which only symmetric
// encryption keys tell of (recorded), and none in a custom key store (API
// reference, KeyMetadata, CurrentKeyMaterialId).
func (k *key) materialID() *string {
	m := k.ring.current()
	if m == nil || !k.kind.symmetric() || k.store != nil {
		return nil
	}
	return new(m.id)
}

// usable says why the key cannot be used for cryptography, or nil (KMS
// Developer Guide, "Key states of AWS KMS keys"; recorded wording).
func (k *key) usable() error {
	switch k.state {
	case types.KeyStateEnabled, types.KeyStateUpdating:
		return nil
	case types.KeyStateDisabled:
		return &types.DisabledException{Message: new(k.arn.String() + " is disabled.")}
	case types.KeyStateCreating:
		return k.invalidState("creating")
	case types.KeyStatePendingImport:
		return k.invalidState("pending import")
	}
	return k.notPending()
}

// notPending refuses a key that is pending deletion.
func (k *key) notPending() error {
	switch k.state {
	case types.KeyStatePendingDeletion:
		return k.invalidState("pending deletion")
	case types.KeyStatePendingReplicaDeletion:
		return k.invalidState("pending replica deletion")
	}
	return nil
}

// settled refuses a key that is in a transient state (same table, [14], [15]).
func (k *key) settled() error {
	switch k.state {
	case types.KeyStateCreating:
		return k.invalidState("creating")
	case types.KeyStateUpdating:
		return k.invalidState("updating")
	}
	return nil
}

func (k *key) invalidState(is string) error {
	return &types.KMSInvalidStateException{Message: new(k.arn.String() + " is " + is + ".")}
}

func (s *Service) createKey(c *world.Call, in *kms.CreateKeyInput) (*kms.CreateKeyOutput, error) {
	of, err := kindOf(in)
	if err != nil {
		return nil, err
	}
	tags, err := tagSet(in.Tags)
	if err != nil {
		return nil, err
	}
	multiRegion := in.MultiRegion != nil && *in.MultiRegion
	conditions := createConditions(of, tags, in.BypassPolicyLockoutSafetyCheck)
	conditions["kms:MultiRegion"] = []string{boolean(multiRegion)}
	if multiRegion {
		conditions["kms:MultiRegionKeyType"] = []string{"PRIMARY"}
	}
	if err := authorizeAccount(c, "*", conditions); err != nil {
		return nil, err
	}
	if err := s.roomForKey(homeOf(c)); err != nil {
		return nil, err
	}
	store, err := s.storeFor(c, in)
	if err != nil {
		return nil, err
	}
	k := s.newKey(homeOf(c), types.KeyManagerTypeCustomer, of, c.Time)
	k.store, k.xksKey = store, aws.ToString(in.XksKeyId)
	if multiRegion {
		if err := authorizePrimary(c); err != nil {
			return nil, err
		}
		k.arn.ID = multiRegionID(k.arn.ID)
		k.found()
	}
	if err := s.authorizeTags(c, k, tags); err != nil {
		return nil, err
	}
	if in.Description != nil {
		k.description = *in.Description
	}
	k.tags = tags
	text := defaultPolicy(c.Account())
	if in.Policy != nil {
		text = *in.Policy
	}
	if err := s.setPolicy(c, k, text, in.BypassPolicyLockoutSafetyCheck); err != nil {
		return nil, err
	}
	s.make(homeOf(c)).keys[k.arn.ID] = k
	return &kms.CreateKeyOutput{KeyMetadata: k.metadata()}, nil
}

// keyLimit is how many customer managed keys a Region of an account can have (KMS
// Developer Guide, "Resource quotas").
const keyLimit = 100000

// roomForKey refuses one key too many (reported wording: convox/rack, pull
// request 347). Only where there may be too many are they counted.
func (s *Service) roomForKey(h home) error {
	n := len(s.here(h).keys)
	if n < keyLimit {
		return nil
	}
	for _, k := range s.here(h).keys {
		if k.manager == types.KeyManagerTypeAws {
			n--
		}
	}
	if n < keyLimit {
		return nil
	}
	return &types.LimitExceededException{Message: new(fmt.Sprintf("Key quota for this account in this region is %d but the current usage is %d.", keyLimit, n))}
}

// authorizeTags is for a key that is made with tags: that needs
// kms:TagResource too, of an identity policy (API reference, CreateKey), as if
// the key's own delegated to the account.
func (s *Service) authorizeTags(c *world.Call, k *key, tags map[string]string) error {
	if len(tags) == 0 {
		return nil
	}
	policy, err := delegating(c.Account())
	if err != nil {
		return err
	}
	made := *k
	made.policy = policy
	return s.authorizeAs(c, "kms:TagResource", target{&made, "", k.arn}, requestTags(tags))
}

func createConditions(of kind, tags map[string]string, bypass bool) map[string][]string {
	ctx := requestTags(tags)
	maps.Copy(ctx, of.conditions())
	ctx["kms:BypassPolicyLockoutSafetyCheck"] = []string{boolean(bypass)}
	return ctx
}

func (s *Service) newKey(h home, manager types.KeyManagerType, of kind, now time.Time) *key {
	k := &key{
		arn:  keyid.ARN{Partition: "aws", Region: h.region, Account: h.account, ID: keyid.ID(s.world.UUID("key"))},
		kind: of, manager: manager, created: now, state: types.KeyStateEnabled, tags: map[string]string{},
		ring: &ring{},
	}
	if of.origin == types.OriginTypeExternal {
		k.state, k.external = types.KeyStatePendingImport, newExternal()
		return k
	}
	k.ring.materials = []material{s.newMaterial(of, now, "")}
	return k
}

func (s *Service) describeKey(c *world.Call, in *kms.DescribeKeyInput) (*kms.DescribeKeyOutput, error) {
	if err := s.checkTokens(in.GrantTokens); err != nil {
		return nil, err
	}
	t, err := s.find(c, *in.KeyId, orAlias)
	if err != nil {
		return nil, err
	}
	if err := s.authorize(c, t, nil); err != nil {
		return nil, err
	}
	return &kms.DescribeKeyOutput{KeyMetadata: t.key.metadata()}, nil
}

func (s *Service) listKeys(c *world.Call, in *kms.ListKeysInput) (*kms.ListKeysOutput, error) {
	if err := authorizeAccount(c, "*", nil); err != nil {
		return nil, err
	}
	keys, next, err := page(c, world.Sorted(s.mine(c).keys), func(k *key) string { return string(k.arn.ID) }, in.Marker, in.Limit, 100)
	if err != nil {
		return nil, err
	}
	out := &kms.ListKeysOutput{Keys: []types.KeyListEntry{}, NextMarker: next, Truncated: next != nil}
	for _, k := range keys {
		out.Keys = append(out.Keys, types.KeyListEntry{KeyArn: new(k.arn.String()), KeyId: new(string(k.arn.ID))})
	}
	return out, nil
}

func (s *Service) updateKeyDescription(c *world.Call, in *kms.UpdateKeyDescriptionInput) (*kms.UpdateKeyDescriptionOutput, error) {
	t, err := s.ownCustomer(c, *in.KeyId)
	if err != nil {
		return nil, err
	}
	if err := t.key.notPending(); err != nil {
		return nil, err
	}
	t.key.description = *in.Description
	return &kms.UpdateKeyDescriptionOutput{}, nil
}

// ownCustomer is own for what cannot be done to AWS managed keys.
func (s *Service) ownCustomer(c *world.Call, name string) (target, error) {
	return s.ownCustomerIf(c, name, nil)
}

// ownCustomerIf is ownCustomer for a request with condition keys of its own.
func (s *Service) ownCustomerIf(c *world.Call, name string, more map[string][]string) (target, error) {
	t, err := s.find(c, name, noAlias)
	if err == nil {
		err = s.authorize(c, t, more)
	}
	if err == nil && t.key.manager == types.KeyManagerTypeAws {
		return target{}, &types.UnsupportedOperationException{Message: new("You cannot perform this operation on a KMS key managed by AWS services.")}
	}
	return t, err
}
