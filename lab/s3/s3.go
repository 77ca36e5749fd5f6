package s3

import (
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

// Keys is what S3 needs of KMS. The calls are made through world.Call.On.
type Keys interface {
	GenerateDataKey(*world.Call, *kms.GenerateDataKeyInput) (*kms.GenerateDataKeyOutput, error)
	Decrypt(*world.Call, *kms.DecryptInput) (*kms.DecryptOutput, error)
	// Managed gives the caller's AWS managed key for a service.
	Managed(c *world.Call, service string) keyid.ARN
}

// Service is S3 in every Region of every account.
type Service struct {
	world   *world.World
	keys    Keys
	buckets map[string]*bucket // names are of the whole partition
	written uint64             // versions, ever
	// accounts are what accounts block for all of their buckets.
	accounts map[keyid.Account]*types.PublicAccessBlockConfiguration
	sequence int // of events

	// Where notifications go. What is nil is not to be had, and refused.
	Queues    Queues
	Topics    Topics
	Functions Functions
	Events    Events
}

// New adds S3 to a world.
func New(w *world.World, keys Keys) *Service {
	s := &Service{world: w, keys: keys, buckets: map[string]*bucket{}, accounts: map[keyid.Account]*types.PublicAccessBlockConfiguration{}}
	w.Invariant(s.Name(), s.broken)
	return s
}

// Name is the service's name.
func (s *Service) Name() string { return "s3" }

// Operations is all that the lab's S3 can do.
func (s *Service) Operations() []world.Operation {
	return append(s.objectOperations(), s.bucketOperations()...)
}
