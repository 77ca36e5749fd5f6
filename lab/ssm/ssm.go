package ssm

import (
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/keyid"
)

// Keys is what Parameter Store needs of KMS. The calls are made through
// world.Call.On.
type Keys interface {
	Encrypt(*world.Call, *kms.EncryptInput) (*kms.EncryptOutput, error)
	GenerateDataKey(*world.Call, *kms.GenerateDataKeyInput) (*kms.GenerateDataKeyOutput, error)
	Decrypt(*world.Call, *kms.DecryptInput) (*kms.DecryptOutput, error)
}

// Secrets is what the parameters under /aws/reference/secretsmanager/ need of
// Secrets Manager.
type Secrets interface {
	GetSecretValue(*world.Call, *secretsmanager.GetSecretValueInput) (*secretsmanager.GetSecretValueOutput, error)
}

// Service is Systems Manager in every Region of every account.
type Service struct {
	// Events takes what changed; nil: nobody is told.
	Events Events

	world   *world.World
	keys    Keys
	secrets Secrets
	regions map[home]*region
}

// home is one Region of one account.
type home struct {
	account keyid.Account
	region  keyid.Region
}

// region is what one Region of one account holds.
type region struct {
	parameters map[string]*parameter // by name, without a slash before it
	settings   map[string]setting
}

// New adds Systems Manager to a world.
func New(w *world.World, keys Keys, secrets Secrets) *Service {
	s := &Service{world: w, keys: keys, secrets: secrets, regions: map[home]*region{}}
	w.Invariant(s.Name(), s.broken)
	return s
}

// Name is the service's signing name.
func (s *Service) Name() string { return "ssm" }

// Operations is all that the lab's Systems Manager can do.
func (s *Service) Operations() []world.Operation {
	return []world.Operation{
		world.Op("AddTagsToResource", s.addTagsToResource),
		world.Op("DeleteParameter", s.deleteParameter),
		world.Op("DeleteParameters", s.deleteParameters),
		world.Op("DescribeParameters", s.describeParameters),
		world.Op("GetParameter", s.getParameter),
		world.Op("GetParameterHistory", s.getParameterHistory),
		world.Op("GetParameters", s.getParameters),
		world.Op("GetParametersByPath", s.getParametersByPath),
		world.Op("GetServiceSetting", s.getServiceSetting),
		world.Op("LabelParameterVersion", s.labelParameterVersion),
		world.Op("ListTagsForResource", s.listTagsForResource),
		world.Op("PutParameter", s.putParameter),
		world.Op("RemoveTagsFromResource", s.removeTagsFromResource),
		world.Op("ResetServiceSetting", s.resetServiceSetting),
		world.Op("UnlabelParameterVersion", s.unlabelParameterVersion),
		world.Op("UpdateServiceSetting", s.updateServiceSetting),
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
		r = &region{parameters: map[string]*parameter{}, settings: map[string]setting{}}
		s.regions[h] = r
	}
	return r
}

func homeOf(c *world.Call) home { return home{c.Account(), c.Region} }

// page is world.Page with Systems Manager's own error.
func page[T any](c *world.Call, all []T, name func(T) string, token *string, limit *int32, standard int) ([]T, *string, error) {
	some, next, ok := world.Page(c, all, name, token, limit, standard)
	if !ok {
		return nil, nil, &types.InvalidNextToken{Message: new("The specified token isn't valid.")}
	}
	return some, next, nil
}

func invalid(message string) error {
	return &wire.Error{Code: "ValidationException", Message: message, Status: 400}
}

func denied(message string) error {
	return &wire.Error{Code: "AccessDeniedException", Message: message, Status: 400}
}

func asked(b *bool) bool { return b != nil && *b }
