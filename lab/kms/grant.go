package kms

import (
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

// grant is a grant on a key (KMS Developer Guide, "Grants in AWS KMS"). Here it
// counts from the moment on that it is made, and no longer than it is there:
// AWS needs "usually less than five minutes" where no grant token is shown.
type grant struct {
	id, name          string
	key               *key
	grantee, retiring party
	operations        []types.GrantOperation
	constraints       *types.GrantConstraints
	issuer            keyid.Account
	created           time.Time
}

// party is whom a grant names; the zero party is nobody.
type party struct {
	name    string // an ARN, or a service's name
	id      string // of the user or role when it was named, "" for others
	service bool   // by GranteeServicePrincipal or RetiringServicePrincipal
}

// grants are those of one key.
type grants struct {
	all       []*grant // in the order they were made
	byID      map[string]*grant
	byGrantee map[string][]*grant
}

// grantLimit is how many grants a customer managed key can have (KMS Developer
// Guide, "Resource quotas").
const grantLimit = 50000

func (gs *grants) add(g *grant) {
	if gs.byID == nil {
		gs.byID, gs.byGrantee = map[string]*grant{}, map[string][]*grant{}
	}
	gs.all = append(gs.all, g)
	gs.byID[g.id] = g
	gs.byGrantee[g.grantee.name] = append(gs.byGrantee[g.grantee.name], g)
}

func (gs *grants) remove(g *grant) {
	without := func(list []*grant) []*grant {
		i := slices.Index(list, g)
		return slices.Delete(list, i, i+1)
	}
	gs.all = without(gs.all)
	delete(gs.byID, g.id)
	if rest := without(gs.byGrantee[g.grantee.name]); len(rest) > 0 {
		gs.byGrantee[g.grantee.name] = rest
	} else {
		delete(gs.byGrantee, g.grantee.name)
	}
}

// candidates are the grants that may name the caller: as itself, as a session
// of its role, or as anybody of its account.
func (gs *grants) candidates(c *world.Call) []*grant {
	p := c.Caller.Principal
	names := []string{p.ARN()}
	if r := p.RoleARN(); r != "" && r != p.ARN() {
		names = append(names, r)
	}
	if root := "arn:aws:iam::" + string(p.Account()) + ":root"; p.Account() != "" && root != p.ARN() {
		names = append(names, root)
	}
	var found []*grant
	for _, n := range names {
		found = append(found, gs.byGrantee[n]...)
	}
	return found
}

// of gives the grants that may allow the caller an operation, as policies read
// them. Those that name a principal which is gone count for nothing: AWS knows
// it by its unique id.
func (gs *grants) of(c *world.Call, operation string) []keypolicy.Grant {
	return gs.some(c, operation, func(*grant) bool { return true })
}

func (gs *grants) some(c *world.Call, operation string, fits func(*grant) bool) []keypolicy.Grant {
	var some []keypolicy.Grant
	for _, g := range gs.candidates(c) {
		if !slices.Contains(g.operations, types.GrantOperation(operation)) || !g.grantee.exists(c.World) || !g.sourceHolds(c) || !fits(g) {
			continue
		}
		k := keypolicy.Grant{ID: g.id, Grantee: g.grantee.name, Operations: []string{operation}}
		if g.constraints != nil && operation != string(types.GrantOperationCreateGrant) { // see covers
			k.EncryptionContextEquals, k.EncryptionContextSubset = g.constraints.EncryptionContextEquals, g.constraints.EncryptionContextSubset
		}
		some = append(some, k)
	}
	return some
}

// sourceHolds is the SourceArn constraint, "effectively the same as having the
// aws:SourceArn global condition key in the grant" (API reference, CreateGrant).
// It does not apply to RetireGrant, which is not decided here.
func (g *grant) sourceHolds(c *world.Call) bool {
	return g.constraints == nil || g.constraints.SourceArn == nil || *g.constraints.SourceArn == c.Source.ARN
}

// covers says whether a principal that may create grants by this one may create
// the other: with some or all of its operations, and constraints that are at
// least as strict (KMS Developer Guide, "Granting CreateGrant permission"). For
// SourceArn the same one is assumed to be needed.
func (g *grant) covers(child *grant) bool {
	for _, op := range child.operations {
		if !slices.Contains(g.operations, op) {
			return false
		}
	}
	if g.constraints == nil {
		return true
	}
	need, has := g.constraints, child.constraints
	if has == nil {
		has = &types.GrantConstraints{}
	}
	if need.EncryptionContextEquals != nil && (has.EncryptionContextEquals == nil || !maps.Equal(need.EncryptionContextEquals, has.EncryptionContextEquals)) {
		return false
	}
	pairs := has.EncryptionContextSubset
	if has.EncryptionContextEquals != nil {
		pairs = has.EncryptionContextEquals
	}
	for k, v := range need.EncryptionContextSubset {
		if got, ok := pairs[k]; !ok || got != v {
			return false
		}
	}
	return need.SourceArn == nil || has.SourceArn != nil && *has.SourceArn == *need.SourceArn
}

// same says whether two requests asked for the same grant under the same name
// (API reference, CreateGrant, Name). Operations are a set.
func (g *grant) same(o *grant) bool {
	return g.name != "" && g.name == o.name && g.grantee == o.grantee && g.retiring == o.retiring && g.issuer == o.issuer &&
		slices.Equal(slices.Sorted(slices.Values(g.operations)), slices.Sorted(slices.Values(o.operations))) &&
		sameConstraints(g.constraints, o.constraints)
}

func sameConstraints(a, b *types.GrantConstraints) bool {
	if a == nil || b == nil {
		return a == b
	}
	return maps.Equal(a.EncryptionContextEquals, b.EncryptionContextEquals) && maps.Equal(a.EncryptionContextSubset, b.EncryptionContextSubset) &&
		(a.SourceArn == nil) == (b.SourceArn == nil) && (a.SourceArn == nil || *a.SourceArn == *b.SourceArn)
}

// exists says whether the user or role is still the one that was named.
func (p party) exists(w *world.World) bool {
	if p.id == "" {
		return true
	}
	id, ok := w.Identity(p.name)
	return ok && id == p.id
}

// shown is the principal as listings have it: one that is gone by its unique id
// (reported: hashicorp/terraform-provider-aws, pull request 3038).
func (p party) shown(w *world.World) string {
	if p.exists(w) {
		return p.name
	}
	return p.id
}

func (g *grant) entry(w *world.World) types.GrantListEntry {
	e := types.GrantListEntry{
		KeyId: new(g.key.arn.String()), GrantId: &g.id, Name: &g.name, CreationDate: &g.created,
		IssuingAccount: new("arn:aws:iam::" + string(g.issuer) + ":root"),
		Operations:     g.operations, Constraints: g.constraints,
	}
	set := func(p party, principal, service **string) {
		switch {
		case p.service:
			*service = &p.name
		case p.name != "":
			*principal = new(p.shown(w))
		}
	}
	set(g.grantee, &e.GranteePrincipal, &e.GranteeServicePrincipal)
	set(g.retiring, &e.RetiringPrincipal, &e.RetiringServicePrincipal)
	return e
}

// onAlias refuses an alias where a grant's key is meant (reported wording, of
// CreateGrant: boto/boto, pull request 3202).
func onAlias(name string) error {
	if strings.HasPrefix(name, "alias/") || strings.HasPrefix(name, "arn:") && strings.Contains(name, ":alias/") {
		return &types.InvalidArnException{Message: new("Key Aliases are not supported for this operation.")}
	}
	return nil
}

// findGranted finds the key of the operations on grants.
func (s *Service) findGranted(c *world.Call, name string) (target, error) {
	if err := onAlias(name); err != nil {
		return target{}, err
	}
	return s.find(c, name, noAlias)
}

// forAWSResource is the condition key that says whether an AWS service asks in
// the caller's name.
func forAWSResource(c *world.Call) map[string][]string {
	return map[string][]string{"kms:GrantIsForAWSResource": {boolean(c.Via != "")}}
}

// grantOf finds a grant of a key. The codes are assumed: a malformed id is an
// invalid one, any other that is not there is not found, as terraform's
// provider takes it.
func grantOf(k *key, id string) (*grant, error) {
	if b, err := hex.DecodeString(id); err != nil || len(b) != grantIDSize {
		return nil, &types.InvalidGrantIdException{Message: new("Invalid grant ID")}
	}
	if g := k.grants.byID[id]; g != nil {
		return g, nil
	}
	return nil, notFound("Grant ID " + id + " not found")
}

// revokeGrant ends a grant, by permission on the key.
func (s *Service) revokeGrant(c *world.Call, in *kms.RevokeGrantInput) (*kms.RevokeGrantOutput, error) {
	t, err := s.findGranted(c, *in.KeyId)
	if err != nil {
		return nil, err
	}
	if err := s.authorize(c, t, forAWSResource(c)); err != nil {
		return nil, err
	}
	g, err := grantOf(t.key, *in.GrantId)
	if err != nil {
		return nil, err
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	t.key.grants.remove(g)
	return &kms.RevokeGrantOutput{}, nil
}
