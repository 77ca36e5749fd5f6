package kms

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

// atMost refuses a page that is larger than the operation allows: the model has
// one limit for all of them, the API reference one for each (assumed code and
// wording).
func atMost(most int32, limit *int32) error {
	if limit != nil && *limit > most {
		return invalid("Limit must be between 1 and " + number(most) + ".")
	}
	return nil
}

// servicesOnly leaves out the filters that are "only usable by callers in a
// service principal" (API reference, ListGrants and ListRetirableGrants): what
// others are told is not documented.
func servicesOnly(c *world.Call, filter *string, name string) error {
	if filter != nil && c.Caller.Principal.Kind() != keypolicy.Service {
		return world.Unimplemented(name + " of a caller that is no service")
	}
	return nil
}

func (s *Service) listGrants(c *world.Call, in *kms.ListGrantsInput) (*kms.ListGrantsOutput, error) {
	if err := atMost(100, in.Limit); err != nil {
		return nil, err
	}
	if in.GranteePrincipal != nil && in.GranteeServicePrincipal != nil {
		return nil, invalid("You can specify either GranteePrincipal or GranteeServicePrincipal, but not both.")
	}
	t, err := s.findGranted(c, *in.KeyId)
	if err != nil {
		return nil, err
	}
	if err := s.authorize(c, t, forAWSResource(c)); err != nil {
		return nil, err
	}
	if err := servicesOnly(c, in.GranteeServicePrincipal, "GranteeServicePrincipal"); err != nil {
		return nil, err
	}
	kept := slices.DeleteFunc(slices.Clone(t.key.grants.all), func(g *grant) bool {
		return in.GrantId != nil && g.id != *in.GrantId ||
			in.GranteePrincipal != nil && (g.grantee.service || g.grantee.shown(c.World) != *in.GranteePrincipal) ||
			in.GranteeServicePrincipal != nil && (!g.grantee.service || g.grantee.name != *in.GranteeServicePrincipal)
	})
	some, next, err := grantPage(c, kept, in.Marker, in.Limit)
	return &kms.ListGrantsOutput{Grants: some, NextMarker: next, Truncated: next != nil}, err
}

// listRetirableGrants needs permission on the principal only: "The authorized
// resource in ListRetirableGrants calls is the retiring principal specified in
// the request" (API reference, ListRetirableGrants).
func (s *Service) listRetirableGrants(c *world.Call, in *kms.ListRetirableGrantsInput) (*kms.ListRetirableGrantsOutput, error) {
	if err := atMost(100, in.Limit); err != nil {
		return nil, err
	}
	if (in.RetiringPrincipal == nil) == (in.RetiringServicePrincipal == nil) {
		return nil, invalid("You must specify either RetiringPrincipal or RetiringServicePrincipal, but not both.")
	}
	if in.RetiringServicePrincipal != nil {
		return nil, world.Unimplemented("RetiringServicePrincipal in ListRetirableGrants")
	}
	name := *in.RetiringPrincipal
	parts := strings.SplitN(name, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[1] != "aws" || len(parts[4]) != 12 {
		return nil, &types.InvalidArnException{Message: new("Invalid arn " + name)} // assumed wording
	}
	err := c.Authorize("AccessDeniedException", world.Access{Action: "kms:ListRetirableGrants", Resource: name, ResourceAccount: keyid.Account(parts[4])})
	if err != nil {
		return nil, err
	}
	some, next, err := grantPage(c, s.retirable(c, name), in.Marker, in.Limit)
	return &kms.ListRetirableGrantsOutput{Grants: some, NextMarker: next, Truncated: next != nil}, err
}

// retirable are the grants of the call's Region, on keys of all accounts, that
// have the retiring principal.
func (s *Service) retirable(c *world.Call, name string) []*grant {
	var found []*grant
	for h, r := range s.regions {
		if h.region != c.Region {
			continue
		}
		for _, k := range r.keys {
			for _, g := range k.grants.all {
				if !g.retiring.service && g.retiring.name == name && g.retiring.exists(c.World) {
					found = append(found, g)
				}
			}
		}
	}
	slices.SortFunc(found, func(a, b *grant) int { return strings.Compare(a.id, b.id) })
	return found
}

// grantPage cuts one page, of 50 unless the request says how many.
func grantPage(c *world.Call, all []*grant, marker *string, limit *int32) ([]types.GrantListEntry, *string, error) {
	some, next, err := page(c, all, func(g *grant) string { return g.id }, marker, limit, 50)
	if err != nil {
		return nil, nil, err
	}
	entries := make([]types.GrantListEntry, len(some))
	for i, g := range some {
		entries[i] = g.entry(c.World)
	}
	return entries, next, nil
}
