package sts

import (
	"time"

	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

// AssumeForService gives a session of a role to an AWS service that runs as
// it, if the role's trust policy lets the service in. It is called within the
// world's lock.
func (s *Service) AssumeForService(service, roleARN, name string) (world.AccessKey, error) {
	refused := &wire.Error{Code: "AccessDenied", Status: 403, Message: "The role " + roleARN + " cannot be assumed by " + service + "."}
	role, found := s.roles.Role(roleARN)
	if !found {
		return world.AccessKey{}, refused
	}
	p, err := keypolicy.ParsePrincipal(service)
	if err != nil {
		return world.AccessKey{}, err
	}
	of, err := keypolicy.ParsePrincipal(roleARN)
	if err != nil {
		return world.AccessKey{}, err
	}
	d, err := s.world.Evaluate(
		keypolicy.Request{Principal: p, Action: "sts:AssumeRole", Resource: roleARN, ResourceAccount: of.Account(), Context: p.Context()},
		nil, &world.Named{Name: "trust policy of " + roleARN, Policy: role.Trust})
	if err != nil {
		return world.AccessKey{}, err
	}
	if d.Effect != keypolicy.Allowed {
		return world.AccessKey{}, refused
	}
	return s.Session(role, name, 12*time.Hour)
}
