package iam

import (
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"rekey/lab/world"
)

// bounding finds the policy that a request names as a permissions boundary, nil
// for none.
func (s *Service) bounding(c *world.Call, arn *string) (*managed, error) {
	if arn == nil {
		return nil, nil
	}
	m, err := s.managed(c.Account(), *arn)
	if missing(err) {
		err = noSuch("Scope ARN: " + *arn + " does not exist or is not attachable.") // reported wording
	}
	return m, err
}

// boundaryKey is the condition key of a request for a permissions boundary.
func boundaryKey(arn *string) map[string][]string {
	if arn == nil {
		return map[string][]string{}
	}
	return map[string][]string{"iam:PermissionsBoundary": {*arn}}
}

func (s *Service) putRolePermissionsBoundary(c *world.Call, in *iam.PutRolePermissionsBoundaryInput) (*iam.PutRolePermissionsBoundaryOutput, error) {
	r, err := s.role(c, *in.RoleName, boundaryKey(in.PermissionsBoundary))
	if err != nil {
		return nil, err
	}
	m, err := s.bounding(c, in.PermissionsBoundary)
	if err != nil {
		return nil, err
	}
	r.boundary = m
	return &iam.PutRolePermissionsBoundaryOutput{}, nil
}

func (s *Service) putUserPermissionsBoundary(c *world.Call, in *iam.PutUserPermissionsBoundaryInput) (*iam.PutUserPermissionsBoundaryOutput, error) {
	u, err := s.user(c, in.UserName, boundaryKey(in.PermissionsBoundary))
	if err != nil {
		return nil, err
	}
	m, err := s.bounding(c, in.PermissionsBoundary)
	if err != nil {
		return nil, err
	}
	u.boundary = m
	return &iam.PutUserPermissionsBoundaryOutput{}, nil
}

// unbound takes a permissions boundary away. That there must be one is assumed,
// and the wording.
func (e *entity) unbound() error {
	if e.boundary == nil {
		return noSuch("The " + e.kind.name + " with name " + e.Name + " has no permissions boundary.")
	}
	e.boundary = nil
	return nil
}

func (s *Service) deleteRolePermissionsBoundary(c *world.Call, in *iam.DeleteRolePermissionsBoundaryInput) (*iam.DeleteRolePermissionsBoundaryOutput, error) {
	r, err := s.role(c, *in.RoleName, nil)
	if err != nil {
		return nil, err
	}
	return &iam.DeleteRolePermissionsBoundaryOutput{}, r.unbound()
}

func (s *Service) deleteUserPermissionsBoundary(c *world.Call, in *iam.DeleteUserPermissionsBoundaryInput) (*iam.DeleteUserPermissionsBoundaryOutput, error) {
	u, err := s.user(c, in.UserName, nil)
	if err != nil {
		return nil, err
	}
	return &iam.DeleteUserPermissionsBoundaryOutput{}, u.unbound()
}
