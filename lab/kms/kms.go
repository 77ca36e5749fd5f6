package kms

import (
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/keyid"
)

// Service is KMS in every Region of every account.
type Service struct {
	world    *world.World
	regions  map[home]*region
	events   Events
	tokenKey []byte                 // proves that grant tokens are ours
	gone     map[keyid.ARN][]string // the ids of the material of keys that were deleted
}

// home is one Region of one account.
type home struct {
	account keyid.Account
	region  keyid.Region
}

// region is what one Region of one account holds.
type region struct {
	keys    map[keyid.ID]*key
	stores  map[string]*keyStore // by id
	aliases map[keyid.Alias]*alias
	named   map[keyid.ID]map[keyid.Alias]*alias // the same, by their keys
}

// New adds KMS to a world.
func New(w *world.World) *Service {
	s := &Service{world: w, regions: map[home]*region{}, gone: map[keyid.ARN][]string{}}
	w.Invariant(s.Name(), s.broken)
	return s
}

// Name is the service's signing name.
func (s *Service) Name() string { return "kms" }

// Operations is all that the lab's KMS can do.
func (s *Service) Operations() []world.Operation {
	return []world.Operation{
		world.Op("CancelKeyDeletion", s.cancelKeyDeletion),
		world.Op("ConnectCustomKeyStore", s.connectCustomKeyStore),
		world.Op("CreateAlias", s.createAlias),
		world.Op("CreateCustomKeyStore", s.createCustomKeyStore),
		world.Op("CreateGrant", s.createGrant),
		world.Op("CreateKey", s.createKey),
		world.Op("Decapsulate", s.decapsulate),
		world.Op("Decrypt", s.decrypt),
		world.Op("DeleteAlias", s.deleteAlias),
		world.Op("DeleteCustomKeyStore", s.deleteCustomKeyStore),
		world.Op("DeleteImportedKeyMaterial", s.deleteImportedKeyMaterial),
		world.Op("DeriveSharedSecret", s.deriveSharedSecret),
		world.Op("DescribeCustomKeyStores", s.describeCustomKeyStores),
		world.Op("DescribeKey", s.describeKey),
		world.Op("DisableKey", s.disableKey),
		world.Op("DisableKeyRotation", s.disableKeyRotation),
		world.Op("DisconnectCustomKeyStore", s.disconnectCustomKeyStore),
		world.Op("EnableKey", s.enableKey),
		world.Op("EnableKeyRotation", s.enableKeyRotation),
		world.Op("Encapsulate", s.encapsulate),
		world.Op("Encrypt", s.encrypt),
		world.Op("GenerateDataKey", s.generateDataKey),
		world.Op("GenerateDataKeyPair", s.generateDataKeyPair),
		world.Op("GenerateDataKeyPairWithoutPlaintext", s.generateDataKeyPairWithoutPlaintext),
		world.Op("GenerateDataKeyWithoutPlaintext", s.generateDataKeyWithoutPlaintext),
		world.Op("GenerateMac", s.generateMac),
		world.Op("GenerateRandom", s.generateRandom),
		world.Op("GetKeyLastUsage", s.getKeyLastUsage),
		world.Op("GetKeyPolicy", s.getKeyPolicy),
		world.Op("GetKeyRotationStatus", s.getKeyRotationStatus),
		world.Op("GetParametersForImport", s.getParametersForImport),
		world.Op("GetPublicKey", s.getPublicKey),
		world.Op("ImportKeyMaterial", s.importKeyMaterial),
		world.Op("ListAliases", s.listAliases),
		world.Op("ListGrants", s.listGrants),
		world.Op("ListKeyPolicies", s.listKeyPolicies),
		world.Op("ListKeyRotations", s.listKeyRotations),
		world.Op("ListKeys", s.listKeys),
		world.Op("ListResourceTags", s.listResourceTags),
		world.Op("ListRetirableGrants", s.listRetirableGrants),
		world.Op("PutKeyPolicy", s.putKeyPolicy),
		world.Op("ReEncrypt", s.reEncrypt),
		world.Op("ReplicateKey", s.replicateKey),
		world.Op("RetireGrant", s.retireGrant),
		world.Op("RevokeGrant", s.revokeGrant),
		world.Op("RotateKeyOnDemand", s.rotateKeyOnDemand),
		world.Op("ScheduleKeyDeletion", s.scheduleKeyDeletion),
		world.Op("Sign", s.sign),
		world.Op("TagResource", s.tagResource),
		world.Op("UntagResource", s.untagResource),
		world.Op("UpdateAlias", s.updateAlias),
		world.Op("UpdateCustomKeyStore", s.updateCustomKeyStore),
		world.Op("UpdateKeyDescription", s.updateKeyDescription),
		world.Op("UpdatePrimaryRegion", s.updatePrimaryRegion),
		world.Op("Verify", s.verify),
		world.Op("VerifyMac", s.verifyMac),
	}
}

// here gives what a Region of an account holds, to be read; make makes room for
// more.
func (s *Service) here(h home) *region {
	if r := s.regions[h]; r != nil {
		return r
	}
	return &region{}
}

func (s *Service) make(h home) *region {
	r := s.regions[h]
	if r == nil {
		r = &region{keys: map[keyid.ID]*key{}, aliases: map[keyid.Alias]*alias{}, named: map[keyid.ID]map[keyid.Alias]*alias{}, stores: map[string]*keyStore{}}
		s.regions[h] = r
	}
	return r
}

// mine gives the Region that a call is made in, of the caller's own account.
func (s *Service) mine(c *world.Call) *region { return s.here(homeOf(c)) }

func homeOf(c *world.Call) home { return home{c.Account(), c.Region} }

// page is world.Page with KMS's own error.
func page[T any](c *world.Call, all []T, name func(T) string, marker *string, limit *int32, standard int) ([]T, *string, error) {
	some, next, ok := world.Page(c, all, name, marker, limit, standard)
	if !ok {
		return nil, nil, &types.InvalidMarkerException{Message: new("The marker is not valid.")}
	}
	return some, next, nil
}

func invalid(message string) error {
	return &wire.Error{Code: "ValidationException", Message: message, Status: 400}
}
