package kms

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

// authorize asks the policies whether the caller may do the operation on the
// key. more has the condition keys of this request. A key that does not exist
// in another account is refused as one that grants nothing.
func (s *Service) authorize(c *world.Call, t target, more map[string][]string) error {
	return s.authorizeAs(c, "kms:"+c.Operation, t, more)
}

func (s *Service) authorizeAs(c *world.Call, action string, t target, more map[string][]string) error {
	a := s.access(c, action, t)
	maps.Copy(a.Context, more)
	return s.decide(c, a, t)
}

func (s *Service) decide(c *world.Call, a world.Access, t target) error {
	d, err := c.Decide(a)
	if err != nil || d.Effect == keypolicy.Allowed {
		return err
	}
	message := c.Denial(a, d)
	if t.arn.Account != c.Account() {
		// The same words whether or not there is such a key.
		message = "User: " + c.Caller.ARN() + " is not authorized to perform: " + a.Action + " on resource: " + t.named() +
			" because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access"
	}
	return &wire.Error{Code: "AccessDeniedException", Message: message, Status: 400}
}

func (s *Service) access(c *world.Call, action string, t target) world.Access {
	a := world.Access{
		Action: action, Resource: t.arn.String(), ResourceAccount: t.arn.Account,
		Context: s.conditions(c, t),
	}
	a.Policy = &world.Named{Name: "key policy of " + a.Resource, Policy: closed}
	if t.key != nil {
		a.Policy.Policy = t.key.policy
		a.Grants = t.key.grants.of(c, strings.TrimPrefix(action, "kms:"))
	}
	return a
}

// closed is the policy of a key that does not exist: it allows
// no caller anything.
var closed = world.MustPolicy(keypolicy.KeyPolicy, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"kms.amazonaws.com"},"Action":"kms:*","Resource":"*"}}`)

// conditions are the condition keys that KMS knows of every request on a key
// (KMS Developer Guide, "Condition keys for AWS KMS").
func (s *Service) conditions(c *world.Call, t target) map[string][]string {
	ctx := map[string][]string{}
	if c.Via != "" && c.Via != onItsOwn { // assumption: KMS is no service that a key is used through
		ctx["kms:ViaService"] = []string{c.Via}
	}
	if t.alias != "" {
		ctx["kms:RequestAlias"] = []string{string(t.alias)}
	}
	if t.key == nil {
		return ctx
	}
	maps.Copy(ctx, t.key.kind.conditions())
	ctx["kms:MultiRegion"] = []string{boolean(t.key.family != nil)}
	if t.key.family != nil {
		ctx["kms:MultiRegionKeyType"] = []string{string(t.key.multiRegionType())}
	}
	for _, a := range world.Sorted(s.here(home{t.arn.Account, t.arn.Region}).named[t.key.arn.ID]) {
		ctx["kms:ResourceAliases"] = append(ctx["kms:ResourceAliases"], string(a.name))
	}
	for k, v := range t.key.tags {
		ctx["aws:ResourceTag/"+k] = []string{v}
	}
	return ctx
}

// cryptographic are the condition keys of the operations that encrypt and
// decrypt. Names
// of condition keys have no case: that pairs of the encryption context that
// differ only so are the values of one condition key is assumed.
func cryptographic(a types.EncryptionAlgorithmSpec, pairs map[string]string) map[string][]string {
	ctx := encryptionContext(pairs)
	ctx["kms:EncryptionAlgorithm"] = []string{string(a)}
	return ctx
}

// encryptionContext are the condition keys of an encryption context.
func encryptionContext(pairs map[string]string) map[string][]string {
	ctx := map[string][]string{}
	names := slices.Sorted(maps.Keys(pairs))
	for i, k := range names {
		name := k
		if first := slices.IndexFunc(names[:i], func(n string) bool { return strings.EqualFold(n, k) }); first >= 0 {
			name = names[first]
		}
		ctx["kms:EncryptionContext:"+name] = append(ctx["kms:EncryptionContext:"+name], pairs[k])
	}
	if len(names) > 0 {
		ctx["kms:EncryptionContextKeys"] = names
	}
	return ctx
}

// authorizeAccount is for the operations that name no key: only the caller's
// identity policies decide (Service Authorization Reference, AWS KMS).
func authorizeAccount(c *world.Call, resource string, more map[string][]string) error {
	return c.Authorize("AccessDeniedException", world.Access{
		Action: "kms:" + c.Operation, Resource: resource, ResourceAccount: c.Account(),
		Context: more,
	})
}
