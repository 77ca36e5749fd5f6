package secretsmanager

import (
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/keyid"
)

// Keys is what Secrets Manager needs of KMS. The calls are made through
// world.Call.On.
type Keys interface {
	GenerateDataKey(*world.Call, *kms.GenerateDataKeyInput) (*kms.GenerateDataKeyOutput, error)
	Decrypt(*world.Call, *kms.DecryptInput) (*kms.DecryptOutput, error)
	Encrypt(*world.Call, *kms.EncryptInput) (*kms.EncryptOutput, error)
	// Managed gives the caller's AWS managed key for a service.
	Managed(c *world.Call, service string) keyid.ARN
}

// Functions is what rotation needs of Lambda.
type Functions interface {
	// Start invokes a function as the caller of c, and calls done within the
	// world's lock when it has ended.
	Start(c *world.Call, functionARN string, payload []byte, done func(payload []byte, functionError string, err error)) error
}

// Service is Secrets Manager in every Region of every account.
type Service struct {
	// Functions rotate secrets; without them rotation is not there.
	Functions Functions

	world   *world.World
	keys    Keys
	regions map[home]map[string]*secret // by name
}

// home is one Region of one account.
type home struct {
	account keyid.Account
	region  keyid.Region
}

// New adds Secrets Manager to a world.
func New(w *world.World, keys Keys) *Service {
	s := &Service{world: w, keys: keys, regions: map[home]map[string]*secret{}}
	w.Invariant(s.Name(), s.broken)
	return s
}

// Name is the service's signing name.
func (s *Service) Name() string { return "secretsmanager" }

// Operations is all that the lab's Secrets Manager can do.
func (s *Service) Operations() []world.Operation {
	return []world.Operation{
		world.Op("BatchGetSecretValue", s.batchGetSecretValue),
		world.Op("CancelRotateSecret", s.cancelRotateSecret),
		world.Op("CreateSecret", s.createSecret),
		world.Op("DeleteResourcePolicy", s.deleteResourcePolicy),
		world.Op("DeleteSecret", s.deleteSecret),
		world.Op("DescribeSecret", s.describeSecret),
		world.Op("GetRandomPassword", s.getRandomPassword),
		world.Op("GetResourcePolicy", s.getResourcePolicy),
		world.Op("GetSecretValue", s.getSecretValue),
		world.Op("ListSecretVersionIds", s.listSecretVersionIDs),
		world.Op("ListSecrets", s.listSecrets),
		world.Op("PutResourcePolicy", s.putResourcePolicy),
		world.Op("PutSecretValue", s.putSecretValue),
		world.Op("RemoveRegionsFromReplication", s.removeRegionsFromReplication),
		world.Op("ReplicateSecretToRegions", s.replicateSecretToRegions),
		world.Op("RestoreSecret", s.restoreSecret),
		world.Op("RotateSecret", s.rotateSecret),
		world.Op("StopReplicationToReplica", s.stopReplicationToReplica),
		world.Op("TagResource", s.tagResource),
		world.Op("UntagResource", s.untagResource),
		world.Op("UpdateSecret", s.updateSecret),
		world.Op("UpdateSecretVersionStage", s.updateSecretVersionStage),
		world.Op("ValidateResourcePolicy", s.validateResourcePolicy),
	}
}

// here gives the secrets in a Region of an account, to be read.
func (s *Service) here(h home) map[string]*secret { return s.regions[h] }

func (s *Service) keep(x *secret) {
	if s.regions[x.owner] == nil {
		s.regions[x.owner] = map[string]*secret{}
	}
	s.regions[x.owner][x.name] = x
}

func homeOf(c *world.Call) home { return home{c.Account(), c.Region} }

// page is world.Page with Secrets Manager's own error.
func page[T any](c *world.Call, all []T, name func(T) string, token *string, limit *int32, standard int) ([]T, *string, error) {
	some, next, ok := world.Page(c, all, name, token, limit, standard)
	if !ok {
		return nil, nil, &types.InvalidNextTokenException{Message: new("Invalid NextToken provided.")}
	}
	return some, next, nil
}

func invalidParameter(message string) error {
	return &types.InvalidParameterException{Message: &message}
}

func invalidRequest(message string) error { return &types.InvalidRequestException{Message: &message} }

func denied(message string) error {
	return &wire.Error{Code: "AccessDeniedException", Message: message, Status: 400}
}

func exists(message string) error { return &types.ResourceExistsException{Message: &message} }

func limitExceeded(message string) error { return &types.LimitExceededException{Message: &message} }

// notFound words that something of a secret, or the secret itself, is not
// there (recorded wording).
func notFound(what string) error {
	return &types.ResourceNotFoundException{Message: new("Secrets Manager can't find the specified secret" + what)}
}
