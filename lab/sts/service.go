package sts

import (
	"strings"
	"time"

	"rekey/lab/world"
	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

// AssumeForService gives a session of a role to an AWS service that runs as
// it, if the role's trust policy lets the service in. It is called within the
// world's lock.
func (s *Service) AssumeForService(service, roleARN, name string) (world.AccessKey, error) {
	return s.AssumeFor(world.Source{}, service, roleARN, name)
}

// AssumeFor is AssumeForService for a service that tells on behalf of which
// resource it assumes the role, as a trust policy may ask for (IAM User Guide,
// "The confused deputy problem").
func (s *Service) AssumeFor(source world.Source, service, roleARN, name string) (k world.AccessKey, err error) {
	refused := denied("The role " + roleARN + " cannot be assumed by " + service + ".")
	role, found := s.identities.Role(roleARN)
	if !found {
		return world.AccessKey{}, refused
	}
	of, err := keypolicy.ParsePrincipal(roleARN)
	if err != nil {
		return world.AccessKey{}, err
	}
	as := world.Actor{Caller: world.ServiceCaller(service), Region: regionOf(source), Source: source}
	err = s.world.Act(as, s.Name(), "AssumeRole", func(c *world.Call) error {
		d, err := c.Decide(world.Access{
			Action: "sts:AssumeRole", Resource: roleARN, ResourceAccount: of.Account(),
			Context: map[string][]string{"sts:RoleSessionName": {name}},
			Policy:  &world.Named{Name: "trust policy of " + roleARN, Policy: role.Trust},
		})
		if err != nil {
			return err
		}
		if d.Effect != keypolicy.Allowed {
			return refused
		}
		k, err = s.Session(role, name, 12*time.Hour)
		return err
	})
	return k, err
}

// regionOf is the Region of the resource that a service acts for; where that is
// not told, the one that STS began in.
func regionOf(source world.Source) keyid.Region {
	if parts := strings.SplitN(source.ARN, ":", 6); len(parts) == 6 && parts[3] != "" {
		return keyid.Region(parts[3])
	}
	return "us-east-1"
}
