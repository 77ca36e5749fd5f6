package rotate

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/shared/keyid"
)

// Known is what was read, or why it could not be. What is not known is never taken
// for empty.
type Known[T any] struct {
	Value  T
	Unread *Unread // nil: Value is what is there
}

// Get gives the value, and whether it is known.
func (k Known[T]) Get() (T, bool) { return k.Value, k.Unread == nil }

// known is what was read.
func known[T any](v T) Known[T] { return Known[T]{Value: v} }

// Unread is a read that failed, or was not made.
type Unread struct {
	// Action is the API action, such as kms:ListGrants: the permission that is missing
	// where Denied.
	Action   string `json:"action"`
	Resource string `json:"resource"`
	Denied   bool   `json:"denied"`
	Reason   string `json:"reason"`
	// unasked: no plan has asked for it yet.
	unasked bool
}

// short says which read it was, and whether it was denied. The whole is in Reason.
func (u Unread) short() string {
	what := u.Action + " on " + u.Resource
	switch {
	case u.Denied:
		return what + " is denied"
	case u.Reason == ErrNoJournal.Error():
		return u.Reason
	}
	return what + " failed"
}

// Kind is what a key is and stays (KMS Developer Guide, "AWS KMS keys").
type Kind struct {
	Spec   types.KeySpec      `json:"spec"`
	Usage  types.KeyUsageType `json:"usage"`
	Origin types.OriginType   `json:"origin"`
}

// symmetric says whether it is a symmetric encryption key.
func (k Kind) symmetric() bool { return k.Spec == types.KeySpecSymmetricDefault }

// stored says whether the material lies outside AWS KMS, in a custom key store.
func (k Kind) stored() bool {
	return k.Origin == types.OriginTypeAwsCloudhsm || k.Origin == types.OriginTypeExternalKeyStore
}

// imported says whether the material comes from outside AWS KMS.
func (k Kind) imported() bool { return k.Origin == types.OriginTypeExternal }

// rotates is the way in place that AWS KMS has for the kind, None where it has none
// (KMS Developer Guide, "Rotate AWS KMS keys").
func (k Kind) rotates() Way {
	switch {
	case !k.symmetric():
		return None
	case k.Origin == types.OriginTypeAwsKms:
		return Automatic
	case k.Origin == types.OriginTypeExternal:
		return Import
	}
	return None
}

// words say what the kind is, as a reader would.
func (k Kind) words() string {
	switch {
	case k.stored():
		return "a key in a custom key store"
	case k.Usage == types.KeyUsageTypeGenerateVerifyMac:
		return "an HMAC key"
	case !k.symmetric():
		return "an asymmetric key"
	case k.Origin == types.OriginTypeExternal:
		return "a key with imported material"
	}
	return "a symmetric encryption key"
}

// Key is what was observed of a key.
type Key struct {
	ARN         keyid.ARN
	Kind        Kind
	Manager     types.KeyManagerType
	State       types.KeyState
	Created     time.Time
	Description string
	// CustomKeyStore and ExternalID are set for keys in custom key stores.
	CustomKeyStore string
	ExternalID     string // XksKeyId
	// Family is nil for a single-Region key.
	Family *Family

	Tags     Known[map[string]string]
	Aliases  Known[[]keyid.Alias] // in name order
	Rotation Known[Rotation]
	// Materials are all, the first one first; of keys whose material is not told of,
	// none.
	Materials Known[[]Material]
	// Policy, Grants and those of replicas are read for a successor only.
	Policy Known[string]
	Grants Known[[]Grant]
	// Waiting is the next material for a key that takes imported material, or for its
	// successor, nil where none lies ready.
	Waiting Known[*Sealed]
	// Lies is where that is looked for, "" where nothing is to be imported.
	Lies string
	// Job is how far a successor has come, nil where none was begun.
	Job Known[*Job]
	// Canary is what stands in the way of using the key for a trial, "" if nothing does.
	Canary Known[string]
	// Lockout is whether the key policy, on a new key, would keep the function from
	// changing it again.
	Lockout Known[bool]
	// Access is who uses the key and could not use a successor, or would only be able
	// to by its aliases.
	Access Known[[]Loss]
}

// Family is what DescribeKey tells of a multi-Region key.
type Family struct {
	Primary  keyid.ARN
	Replicas []Replica // in the order of their Regions
}

// Replica is a replica key with what is its own.
type Replica struct {
	ARN         keyid.ARN                `json:"arn"`
	State       types.KeyState           `json:"state"`
	Description string                   `json:"description"`
	Policy      Known[string]            `json:"policy"`
	Tags        Known[map[string]string] `json:"tags"`
	Aliases     Known[[]keyid.Alias]     `json:"aliases"`
	Grants      Known[[]Grant]           `json:"grants"`
	Materials   Known[[]Material]        `json:"materials"`
}

// ending says whether the replica key waits for its deletion: a successor has none in
// its place.
func (r Replica) ending() bool {
	return r.State == types.KeyStatePendingDeletion || r.State == types.KeyStatePendingReplicaDeletion
}

// isReplica says whether the key is a replica key.
func (k Key) isReplica() bool { return k.Family != nil && k.Family.Primary != k.ARN }

// Rotation is what GetKeyRotationStatus tells.
type Rotation struct {
	Enabled  bool
	Days     int       // the period, where enabled
	Next     time.Time // where enabled
	Underway time.Time // since when a rotation on demand is; zero: none
}

// Material is an entry of ListKeyRotations.
type Material struct {
	ID          string
	State       types.KeyMaterialState
	How         types.RotationType // "" for the first
	Since       time.Time          // it became current; zero for the first, and before it does
	Import      types.ImportState  // "" where nothing is imported
	Expires     time.Time          // zero: never
	Description string
}

// since is when the key's material became current: its age counts from then.
func (k Key) since() time.Time {
	since := k.Created
	for _, m := range k.Materials.Value {
		if m.Since.After(since) && m.State == types.KeyMaterialStateCurrent {
			since = m.Since
		}
	}
	return since
}

// demanded is how many rotations on demand the key has had.
func (k Key) demanded() int {
	n := 0
	for _, m := range k.Materials.Value {
		if m.How == types.RotationTypeOnDemand && !m.Since.IsZero() {
			n++
		}
	}
	return n
}

// pending is the material that was imported and is not current yet, nil where there
// is none.
func (k Key) pending() *Material {
	for i, m := range k.Materials.Value {
		switch m.State {
		case types.KeyMaterialStatePendingRotation, types.KeyMaterialStatePendingMultiRegionImportAndRotation:
			return &k.Materials.Value[i]
		}
	}
	return nil
}

// Sealed names an object of S3 with sealed key material for one key.
type Sealed struct {
	Bucket  string `json:"bucket"`
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
}

// String is how the object is named to people, and in the description of the
// material once it is imported.
func (s Sealed) String() string { return "s3://" + s.Bucket + "/" + s.Name }

// Grant is a grant on a key, as far as it can be made again.
type Grant struct {
	ID         string                 `json:"id"`
	Service    string                 `json:"service,omitempty"` // the AWS service that it was made for: it cannot be made again
	Name       string                 `json:"name"`
	Grantee    string                 `json:"grantee"`
	Retiring   string                 `json:"retiring,omitempty"`
	Operations []types.GrantOperation `json:"operations"`
	Equals     map[string]string      `json:"equals,omitempty"` // EncryptionContextEquals
	Subset     map[string]string      `json:"subset,omitempty"` // EncryptionContextSubset
	Source     string                 `json:"source,omitempty"` // SourceArn
	Issuer     string                 `json:"issuer,omitempty"` // IssuingAccount
}
