package kms

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

// broken says what is in the state that AWS rules out, whatever is called.
func (s *Service) broken() []string {
	var bad world.Findings
	seen := map[keyid.ID]*key{} // ids are of all accounts and Regions
	for h, r := range s.regions {
		bad.If(!world.RegionExists(h.region), "there are keys in %s, which does not exist", h.region)
		for id, k := range r.keys {
			bad.If(k.arn.ID != id || k.arn.Account != h.account || k.arn.Region != h.region, "%s is kept as %s in %s of %s", k.arn, id, h.region, h.account)
			other := seen[id]
			bad.If(other != nil && (k.family == nil || other.family != k.family), "%s has an id that another key has", k.arn)
			seen[id] = k
			_, gone := s.gone[k.arn]
			bad.If(gone && k.family == nil, "%s was deleted and is there", k.arn)
			s.checkKey(&bad, h, k)
			s.checkStored(&bad, h, k)
			s.checkFamily(&bad, k)
			checkGrants(&bad, k)
		}
		checkAliases(&bad, h, r)
		checkStores(&bad, r)
	}
	return bad
}

func (s *Service) checkKey(bad *world.Findings, h home, k *key) {
	s.checkRing(bad, k)
	checkImports(bad, k)
	bad.If(k.policy == nil, "%s has no key policy", k.arn)
	bad.If(len(k.tags) > 50, "%s has %d tags", k.arn, len(k.tags))
	bad.If(!slices.Contains(k.state.Values(), k.state), "%s is in the state %q", k.arn, k.state)
	s.checkDeletion(bad, k)
	now := s.world.Clock.Settled()
	bad.If(k.created.After(s.world.Clock.Now()), "%s was created in the future", k.arn)
	if told := k.usage.told; told != nil {
		bad.If(told.Timestamp.After(s.world.Clock.Now()), "%s was used in the future", k.arn)
	}
	switch k.state {
	case types.KeyStateCreating:
		bad.If(k.family == nil || k.isPrimary(), "%s is being created, and is no replica", k.arn)
		bad.If(now.Sub(k.created) > settling, "%s is still being created", k.arn)
	case types.KeyStateUpdating:
		bad.If(k.family == nil || !k.family.due.Waits(), "%s is Updating for ever", k.arn)
	}
	if k.manager == types.KeyManagerTypeAws {
		bad.If(k.kind != standard, "the AWS managed key %s is a %s key of a customer", k.arn, k.kind.spec)
		bad.If(k.state != types.KeyStateEnabled || k.family != nil, "the AWS managed key %s is %s, or multi-Region", k.arn, k.state)
		named := slices.ContainsFunc(slices.Collect(maps.Values(s.here(h).aliases)), func(a *alias) bool { return a.target == k.arn.ID && a.name.Managed() })
		bad.If(!named, "the AWS managed key %s has no alias of AWS", k.arn)
	}
}

// checkRing: all material that a key had, in its order.
func (s *Service) checkRing(bad *world.Findings, k *key) {
	bad.If(len(k.ring.materials) == 0 && k.external == nil, "%s never had key material", k.arn)
	bad.If(!slices.Contains(specs[k.kind.spec].usages, k.kind.usage), "%s is a %s key for %s", k.arn, k.kind.spec, k.kind.usage)
	bad.If(!k.kind.symmetric() && (len(k.ring.materials) > 1 || k.ring.rotation.period != 0), "%s is a %s key that rotates", k.arn, k.kind.spec)
	demanded := 0
	for i, m := range k.ring.materials {
		bad.If(len(m.id) != 64 || k.external == nil && len(m.secret) != k.kind.secretSize(), "%s has no key material", k.arn)
		bad.If(k.ring.of(m.id).since != m.since, "%s has two materials of the id %s", k.arn, m.id)
		bad.If((m.how == "") != (i == 0), "material %d of %s came by the rotation %q", i, k.arn, m.how)
		bad.If(i > 0 && m.since.Before(k.ring.materials[i-1].since), "material %d of %s is older than the one before", i, k.arn)
		bad.If(m.since.After(s.world.Clock.Now()), "%s was rotated in the future", k.arn)
		if m.how == types.RotationTypeOnDemand {
			demanded++
		}
	}
	r := k.ring.rotation
	if r.ending.Waits() {
		demanded++
	}
	bad.If(demanded != r.demanded || demanded > onDemandLimit, "%s was rotated on demand %d times, and %d are counted", k.arn, demanded, r.demanded)
	bad.If(r.begun.IsZero() == r.ending.Waits(), "the rotation of %s is in progress since %s, and does not go on", k.arn, r.begun)
	s.checkSchedule(bad, k)
}

// checkImports: the copies that a key has of its material, and its state.
func checkImports(bad *world.Findings, k *key) {
	x, r := k.external, k.ring
	bad.If((x != nil) != (k.kind.origin == types.OriginTypeExternal), "%s has imported material, and its origin is %s", k.arn, k.kind.origin)
	if x == nil {
		bad.If(r.pending != nil || k.state == types.KeyStatePendingImport, "%s waits for an import, and can have none", k.arn)
		return
	}
	bad.If(r.pending != nil && (r.of(r.pending.id) != nil || !k.kind.symmetric()), "%s has material pending rotation that it rotated to", k.arn)
	waits := r.pending != nil && r.rotation.begun.IsZero()
	bad.If(waits && k.family == nil && x.copies[r.pending.id] == nil, "%s waits for a rotation to material that it has not", k.arn)
	bad.If(r.rotation.period != 0, "%s rotates by date, and its material is imported", k.arn)
	for id, c := range x.copies {
		bad.If(!r.associated(id) || importedID(k.arn.ID, c.secret) != id, "%s has a copy of other material, %s", k.arn, id)
		bad.If(c.validTo.IsZero() && c.expiry.Waits() || !c.validTo.IsZero() && !c.expiry.Is(c.validTo), "the material %s of %s expires on %s, and will not", id, k.arn, c.validTo)
	}
	for id := range x.about {
		bad.If(!r.associated(id), "%s describes other material, %s", k.arn, id)
	}
	switch k.state {
	case types.KeyStateEnabled, types.KeyStateDisabled, types.KeyStateUpdating:
		bad.If(!k.complete(), "%s is %s without all its material", k.arn, k.state)
	case types.KeyStatePendingImport:
		bad.If(k.complete(), "%s is pending import, and has all its material", k.arn)
	}
}

// checkSchedule: a period, the date of the next rotation, and what will be done
// belong together. The date of a key that cannot be used may be past.
func (s *Service) checkSchedule(bad *world.Findings, k *key) {
	r := k.ring.rotation
	if k.manager == types.KeyManagerTypeAws {
		bad.If(r.period != yearly, "the AWS managed key %s is rotated every %d days", k.arn, r.period)
	}
	if r.period == 0 {
		bad.If(r.due.Waits() || !r.next.IsZero(), "%s does not rotate, and will", k.arn)
		return
	}
	bad.If(r.period < 90 || r.period > 2560, "%s rotates every %d days", k.arn, r.period)
	lead := k.lead()
	passed := lead != nil && lead.usable() != nil && !r.next.After(s.world.Clock.Now())
	bad.If(!r.due.Is(r.next) && !passed, "%s is to rotate on %s, and nothing will do it", k.arn, r.next)
}

// checkDeletion: a date of deletion, the state, and what will be done belong
// together.
func (s *Service) checkDeletion(bad *world.Findings, k *key) {
	if k.state == types.KeyStatePendingDeletion {
		bad.If(!k.due.Is(k.deletion), "%s is pending deletion, and will not be deleted at %s", k.arn, k.deletion)
		bad.If(k.deletion.After(s.world.Clock.Now().AddDate(0, 0, 30)), "%s waits more than 30 days for its deletion", k.arn)
	} else {
		bad.If(k.due.Waits(), "%s is %s, and will be deleted", k.arn, k.state)
	}
	if k.state == types.KeyStatePendingReplicaDeletion {
		bad.If(!k.isPrimary() || len(k.family.replicas()) == 0, "%s waits for the deletion of replicas, and has none", k.arn)
		bad.If(k.window < 7 || k.window > 30, "%s is to wait for %d days once its replicas are deleted", k.arn, k.window)
	}
}

func (s *Service) checkFamily(bad *world.Findings, k *key) {
	bad.If(k.arn.ID.MultiRegion() != (k.family != nil), "%s has an id of the wrong kind", k.arn)
	if k.family == nil {
		return
	}
	bad.If(k.family.members[k.arn.Region] != k, "%s is no member of its multi-Region key", k.arn)
	primary := k.family.members[k.family.primary]
	if primary == nil {
		bad.If(true, "%s has no primary key", k.arn)
		return
	}
	for region, m := range k.family.members {
		bad.If(m.arn.Region != region || s.here(home{m.arn.Account, region}).keys[m.arn.ID] != m, "%s is a member of a multi-Region key, and is not there", m.arn)
	}
	bad.If(primary.arn.ID != k.arn.ID || primary.arn.Account != k.arn.Account, "%s is not related to its primary key %s", k.arn, primary.arn)
	bad.If(k.ring != primary.ring, "%s has other key material than its primary key", k.arn)
	pending := primary.state == types.KeyStatePendingDeletion
	bad.If(pending && k != primary, "the primary key of %s is pending deletion before it", k.arn)
}

func checkGrants(bad *world.Findings, k *key) {
	gs := &k.grants
	bad.If(len(gs.all) != len(gs.byID), "%s has %d grants, of which %d are found by id", k.arn, len(gs.all), len(gs.byID))
	bad.If(len(gs.all) > grantLimit && k.manager == types.KeyManagerTypeCustomer, "%s has %d grants", k.arn, len(gs.all))
	listed := 0
	for name, list := range gs.byGrantee {
		listed += len(list)
		bad.If(slices.ContainsFunc(list, func(g *grant) bool { return g.grantee.name != name }), "%s has grants of others under %s", k.arn, name)
	}
	bad.If(listed != len(gs.all), "%s has %d grants, of which %d are found by grantee", k.arn, len(gs.all), listed)
	named := map[string][]*grant{}
	for _, g := range gs.all {
		bad.If(g.key != k, "grant %s is of another key than %s", g.id, k.arn)
		bad.If(gs.byID[g.id] != g, "grant %s of %s is not found by its id", g.id, k.arn)
		bad.If(len(g.operations) == 0 || g.grantee.name == "", "grant %s of %s allows nothing, or nobody", g.id, k.arn)
		if g.name == "" {
			continue
		}
		of := g.name + " " + g.grantee.name
		bad.If(slices.ContainsFunc(named[of], g.same), "grant %s of %s is there twice under the name %s", g.id, k.arn, g.name)
		named[of] = append(named[of], g)
	}
}

func checkAliases(bad *world.Findings, h home, r *region) {
	count := map[keyid.ID]int{}
	for id, of := range r.named {
		for name, a := range of {
			bad.If(a.target != id || r.aliases[name] != a, "%s is found as one of %s", aliasARN(h, name), id)
		}
	}
	for name, a := range r.aliases {
		arn, k := aliasARN(h, name), r.keys[a.target]
		bad.If(a.name != name || !strings.HasPrefix(string(name), "alias/"), "%s is kept under another name, %s", arn, a.name)
		bad.If(r.named[a.target][name] != a, "%s is not found by its key %s", arn, a.target)
		bad.If(a.updated.Before(a.created), "%s was updated before it was made", arn)
		if k == nil {
			bad.If(true, "%s is of a key that does not exist, %s", arn, a.target)
			continue
		}
		bad.If(name.Managed() != (k.manager == types.KeyManagerTypeAws), "%s is of a key that %s manages", arn, k.manager)
		if count[a.target]++; k.manager == types.KeyManagerTypeCustomer {
			bad.If(count[a.target] == aliasLimit+1, "%s has more than %d aliases", k.arn, aliasLimit)
		}
	}
}
