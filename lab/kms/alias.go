package kms

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/keyid"
)

// alias is a name for a key in one Region of one account.
type alias struct {
	name             keyid.Alias
	target           keyid.ID
	created, updated time.Time
}

func aliasARN(h home, a keyid.Alias) string {
	return "arn:aws:kms:" + string(h.region) + ":" + string(h.account) + ":" + string(a)
}

// point has an alias stand for a key, instead of the one that it stood for.
func (r *region) point(a *alias, to keyid.ID) {
	r.drop(a)
	a.target = to
	r.aliases[a.name] = a
	if r.named[to] == nil {
		r.named[to] = map[keyid.Alias]*alias{}
	}
	r.named[to][a.name] = a
}

// drop takes an alias away.
func (r *region) drop(a *alias) {
	delete(r.aliases, a.name)
	delete(r.named[a.target], a.name)
}

// aliasName checks a name that a customer gives (recorded wording for the
// prefix; API reference, CreateAlias, for the rest).
func aliasName(s string) (keyid.Alias, error) {
	const see = " Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"
	if !strings.HasPrefix(s, "alias/") {
		return "", invalid(`Alias must start with the prefix "alias/".` + see)
	}
	ref, err := keyid.Parse(s)
	name, ok := ref.Alias()
	switch {
	case err != nil || !ok:
		return "", &types.InvalidAliasNameException{Message: new("Alias contains invalid characters." + see)}
	case name.Managed():
		return "", &wire.Error{Code: "NotAuthorizedException", Message: "Aliases that begin with alias/aws/ are reserved for AWS", Status: 400}
	}
	return name, nil
}

// aliasTarget authorizes the operation on the alias and on a key, and gives the
// key. Both are needed (KMS Developer Guide, "Controlling access to aliases").
func (s *Service) aliasTarget(c *world.Call, name keyid.Alias, keyName string) (*key, error) {
	t, err := s.find(c, keyName, noAlias)
	if err != nil {
		return nil, err
	}
	if err := s.authorizeAlias(c, name); err != nil {
		return nil, err
	}
	return t.key, s.authorize(c, t, nil)
}

func (s *Service) authorizeAlias(c *world.Call, name keyid.Alias) error {
	return authorizeAccount(c, aliasARN(homeOf(c), name), nil)
}

func (s *Service) createAlias(c *world.Call, in *kms.CreateAliasInput) (*kms.CreateAliasOutput, error) {
	name, err := aliasName(*in.AliasName)
	if err != nil {
		return nil, err
	}
	k, err := s.aliasTarget(c, name, *in.TargetKeyId)
	if err != nil {
		return nil, err
	}
	if err := k.notPending(); err != nil {
		return nil, err
	}
	if s.mine(c).aliases[name] != nil {
		return nil, &types.AlreadyExistsException{Message: new("An alias with the name " + aliasARN(homeOf(c), name) + " already exists")}
	}
	if err := s.roomForAlias(c, k); err != nil {
		return nil, err
	}
	s.make(homeOf(c)).point(&alias{name: name, created: c.Time, updated: c.Time}, k.arn.ID)
	return &kms.CreateAliasOutput{}, nil
}

// aliasLimit is how many aliases a customer managed key can have (KMS Developer
// Guide, "Resource quotas").
const aliasLimit = 50

// roomForAlias refuses one alias too many (reported wording: an issue of
// scylladb/scylla-cluster-tests, 7611).
func (s *Service) roomForAlias(c *world.Call, k *key) error {
	n := len(s.mine(c).named[k.arn.ID])
	if n < aliasLimit {
		return nil
	}
	return &types.LimitExceededException{Message: new(fmt.Sprintf("Aliases per key quota for this account in this region is %d, current usage is %d.", aliasLimit, n))}
}

// updateAlias needs permission on the alias, on the key it leaves and on the
// key it goes to.
func (s *Service) updateAlias(c *world.Call, in *kms.UpdateAliasInput) (*kms.UpdateAliasOutput, error) {
	name, err := aliasName(*in.AliasName)
	if err != nil {
		return nil, err
	}
	a := s.mine(c).aliases[name]
	if a == nil {
		return nil, notFound("Alias " + aliasARN(homeOf(c), name) + " is not found.")
	}
	k, err := s.aliasTarget(c, name, *in.TargetKeyId)
	if err != nil {
		return nil, err
	}
	old := s.mine(c).keys[a.target]
	if old != k {
		if err := s.authorize(c, target{old, "", old.arn}, nil); err != nil {
			return nil, err
		}
	}
	if err := cmp.Or(k.notPending(), succeeds(k.kind, old.kind)); err != nil {
		return nil, err
	}
	if a.target != k.arn.ID {
		if err := s.roomForAlias(c, k); err != nil {
			return nil, err
		}
	}
	s.mine(c).point(a, k.arn.ID)
	a.updated = c.Time
	return &kms.UpdateAliasOutput{}, nil
}

// succeeds refuses to move an alias between keys that are not alike: they "must be
// the same type (both symmetric or both asymmetric or both HMAC), and they must
// have the same key usage" (API reference, UpdateAlias; code and wording are
// assumed).
func succeeds(next, old kind) error {
	if next.class() == old.class() && next.usage == old.usage {
		return nil
	}
	return invalid(fmt.Sprintf("An alias of a key of type %s with KeyUsage %s cannot be updated to one of type %s with KeyUsage %s.", old.class(), old.usage, next.class(), next.usage))
}

func (s *Service) deleteAlias(c *world.Call, in *kms.DeleteAliasInput) (*kms.DeleteAliasOutput, error) {
	name, err := aliasName(*in.AliasName)
	if err != nil {
		return nil, err
	}
	if err := s.authorizeAlias(c, name); err != nil {
		return nil, err
	}
	a := s.mine(c).aliases[name]
	if a == nil {
		return nil, notFound("Alias " + aliasARN(homeOf(c), name) + " is not found.")
	}
	k := s.mine(c).keys[a.target]
	if err := s.authorize(c, target{k, "", k.arn}, nil); err != nil {
		return nil, err
	}
	s.mine(c).drop(a)
	return &kms.DeleteAliasOutput{}, nil
}

// aliasesOf gives the caller's aliases of a key, or all of them.
func (s *Service) aliasesOf(c *world.Call, name *string) ([]*alias, error) {
	if name == nil {
		return world.Sorted(s.mine(c).aliases), nil
	}
	t, err := s.find(c, *name, noAlias)
	if err != nil || t.key == nil || t.key != s.mine(c).keys[t.arn.ID] {
		return nil, err
	}
	return world.Sorted(s.mine(c).named[t.arn.ID]), nil
}

func (s *Service) listAliases(c *world.Call, in *kms.ListAliasesInput) (*kms.ListAliasesOutput, error) {
	if err := atMost(100, in.Limit); err != nil {
		return nil, err
	}
	if err := authorizeAccount(c, "*", nil); err != nil {
		return nil, err
	}
	all, err := s.aliasesOf(c, in.KeyId)
	if err != nil {
		return nil, err
	}
	some, next, err := page(c, all, func(a *alias) string { return string(a.name) }, in.Marker, in.Limit, 50)
	if err != nil {
		return nil, err
	}
	out := &kms.ListAliasesOutput{Aliases: []types.AliasListEntry{}, NextMarker: next, Truncated: next != nil}
	for _, a := range some {
		out.Aliases = append(out.Aliases, types.AliasListEntry{
			AliasArn: new(aliasARN(homeOf(c), a.name)), AliasName: new(string(a.name)), TargetKeyId: new(string(a.target)),
			CreationDate: &a.created, LastUpdatedDate: &a.updated,
		})
	}
	return out, nil
}
