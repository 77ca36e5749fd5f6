package rotate

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

// Loss is somebody who can use a key and, once its aliases have moved, could not use
// its successor, or no longer the key itself.
type Loss struct {
	Who string `json:"who"` // the ARNs of principals, or the first of many
	// ByAlias: a policy goes by the key's aliases, so that what it allows, or denies,
	// moves with them.
	ByAlias bool `json:"byAlias,omitempty"`
	// Gains: it is the other way round, the successor is open to who was kept from the
	// key.
	Gains bool   `json:"gains,omitempty"`
	Why   string `json:"why"` // the policy and its statement, and how to mend it
}

func (l Loss) String() string { return l.Who + " (" + l.Why + ")" }

// succession is a key and its successor as policies see them.
type succession struct {
	old, next  keyid.ARN
	operations []string // the actions that use such a key
	aliases    []keyid.Alias
	conditions map[string][]string // the condition keys that both have
	policy     keypolicy.Named     // the old key's
	nextPolicy keypolicy.Named     // what the successor's will be
	open       keypolicy.Named     // a key policy that leaves all to the account
	grants     map[string][]keypolicy.Grant
}

// successionOf compiles what of a key decides who may use it. Grants of AWS services
// are left out: plans tell of them by themselves.
func successionOf(k Key, next keyid.ARN) (*succession, error) {
	s := &succession{old: k.ARN, next: next, operations: k.Kind.operations(), aliases: k.Aliases.Value, conditions: k.conditions(), grants: map[string][]keypolicy.Grant{}}
	var err error
	if s.policy, err = keyPolicy("the key policy", k.Policy.Value); err != nil {
		return nil, err
	}
	if s.open, err = openPolicy(k.ARN.Account); err != nil {
		return nil, err
	}
	if s.nextPolicy, err = keyPolicy("the key policy", ownResource(k.Policy.Value, k.ARN)); err != nil {
		return nil, err
	}
	for _, g := range k.Grants.Value {
		if g.Service != "" {
			continue
		}
		one := keypolicy.Grant{ID: g.ID, Grantee: g.Grantee, EncryptionContextEquals: g.Equals, EncryptionContextSubset: g.Subset}
		for _, op := range g.Operations {
			one.Operations = append(one.Operations, string(op))
		}
		s.grants[g.Grantee] = append(s.grants[g.Grantee], one)
	}
	return s, nil
}

// openPolicy is a key policy that leaves all to the account.
func openPolicy(a keyid.Account) (keypolicy.Named, error) {
	return keyPolicy("the account", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"`+string(a)+`"},"Action":"*","Resource":"*"}}`)
}

func keyPolicy(name, text string) (keypolicy.Named, error) {
	d, err := keypolicy.Parse(keypolicy.KeyPolicy, []byte(text))
	return keypolicy.Named{Name: name, Document: d}, err
}

// operations are the actions that use a key of the kind (KMS Developer Guide, "AWS KMS
// permissions"): the cryptographic ones, and what integrated services and clients need
// besides.
func (k Kind) operations() []string {
	all := []string{"kms:DescribeKey", "kms:CreateGrant"}
	if k.Spec != types.KeySpecSymmetricDefault && k.Usage != types.KeyUsageTypeGenerateVerifyMac {
		all = append(all, "kms:GetPublicKey")
	}
	switch k.Usage {
	case types.KeyUsageTypeEncryptDecrypt:
		all = append(all, "kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo")
		if k.symmetric() {
			all = append(all, "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:GenerateDataKeyPair", "kms:GenerateDataKeyPairWithoutPlaintext")
		}
	case types.KeyUsageTypeSignVerify:
		all = append(all, "kms:Sign", "kms:Verify")
	case types.KeyUsageTypeGenerateVerifyMac:
		all = append(all, "kms:GenerateMac", "kms:VerifyMac")
	case types.KeyUsageTypeKeyAgreement:
		all = append(all, "kms:DeriveSharedSecret")
	case types.KeyUsageTypeEncapsulateDecapsulate:
		all = append(all, "kms:Encapsulate", "kms:Decapsulate")
	}
	return all
}

// conditions are the condition keys of every request on the key, and on a successor of
// the same make with the same tags and aliases (KMS Developer Guide, "AWS KMS condition
// keys").
func (k Key) conditions() map[string][]string {
	c := map[string][]string{
		"kms:KeySpec": {string(k.Kind.Spec)}, "kms:KeyUsage": {string(k.Kind.Usage)}, "kms:KeyOrigin": {string(k.Kind.Origin)},
		"kms:MultiRegion": {strconv.FormatBool(k.Family != nil)}, "aws:RequestedRegion": {string(k.ARN.Region)}, "aws:SecureTransport": {"true"},
	}
	for name, value := range k.Tags.Value {
		c["aws:ResourceTag/"+name] = []string{value}
	}
	for _, a := range k.Aliases.Value {
		c[resourceAliases] = append(c[resourceAliases], string(a))
	}
	return c
}

// request is one action of a caller on a key.
func request(p keypolicy.Principal, action string, key keyid.ARN, conditions map[string][]string) keypolicy.Request {
	ctx := p.Context()
	maps.Copy(ctx, conditions)
	return keypolicy.Request{Principal: p, Action: action, Resource: key.String(), ResourceAccount: key.Account, Context: ctx}
}

// holder is a user or role with the policies that may matter for the key.
type holder struct {
	principal keypolicy.Principal
	// conditions are the condition keys that follow from it: its tags, its unique id.
	conditions map[string][]string
	policies   []*policy
	boundary   *policy // nil where none is set
}

// decide says whether the holder may do it, on the old key or the next.
func (s *succession) decide(h *holder, action string, next bool) (keypolicy.Decision, error) {
	key, resource := s.old, s.policy
	if next {
		key, resource = s.next, s.nextPolicy
	}
	ps := keypolicy.Policies{Resource: &resource, Grants: s.grantsOf(h)}
	for _, p := range h.policies {
		ps.Identity = append(ps.Identity, p.Named)
	}
	if h.boundary != nil {
		ps.Boundary = &h.boundary.Named
	}
	r := request(h.principal, action, key, s.conditions)
	maps.Copy(r.Context, h.conditions)
	return keypolicy.Evaluate(r, ps)
}

// grantsOf are the grants that may name the holder.
func (s *succession) grantsOf(h *holder) []keypolicy.Grant {
	root := "arn:" + s.old.Partition + ":iam::" + string(h.principal.Account()) + ":root"
	return slices.Concat(s.grants[h.principal.ARN()], s.grants[root])
}

// compare says what of the holder's use of the old key its successor would not give,
// and what it would give besides. Statements are looked at first, under whatever
// conditions they stand; then the decision on each action, for what they do not
// explain.
func (s *succession) compare(h *holder) []Loss {
	var losses []Loss
	explained := map[string]bool{}
	for _, p := range h.all() {
		for i := range p.statements {
			for _, l := range s.statement(h, p, &p.statements[i], explained) {
				l.Who = h.principal.ARN()
				losses = append(losses, l)
			}
		}
	}
	var lost, gained, unknown []string
	for _, op := range s.operations {
		before, was := s.decide(h, op, false)
		after, is := s.decide(h, op, true)
		switch {
		case explained[op] || was != nil && is != nil:
			// What makes both undecidable has nothing to do with the key.
		case was != nil || is != nil:
			unknown = append(unknown, op)
		case before.Effect == keypolicy.Allowed && after.Effect != keypolicy.Allowed:
			lost = append(lost, op)
		case before.Effect != keypolicy.Allowed && after.Effect == keypolicy.Allowed:
			gained = append(gained, op)
		}
	}
	add := func(actions []string, gains bool, why string) {
		if len(actions) > 0 {
			losses = append(losses, Loss{Who: h.principal.ARN(), Gains: gains, Why: strings.Join(actions, ", ") + " " + why})
		}
	}
	add(lost, false, "is allowed on this key and would be denied on its successor: compare its policies, the key policy and grants for what names this key")
	add(gained, true, "is denied on this key and would be allowed on its successor: compare its policies, the key policy and grants for what names this key")
	add(unknown, false, "could be decided for one of this key and its successor only: compare its policies for what names this key")
	return losses
}

// all are the holder's policies and its permissions boundary.
func (h *holder) all() []*policy {
	if h.boundary == nil {
		return h.policies
	}
	return append(slices.Clone(h.policies), h.boundary)
}
