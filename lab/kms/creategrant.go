package kms

import (
	"cmp"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

// grantIDSize is the length of a grant's id in bytes; it is written in
// hexadecimal digits.
const grantIDSize = 32

// grantOperations are those that a grant on a key can allow: it "must be supported
// on the KMS key" (API reference, CreateGrant, Operations; KMS Developer Guide,
// "Grants in AWS KMS", Grant operations).
func (k kind) grantOperations() []types.GrantOperation {
	all := []types.GrantOperation{types.GrantOperationCreateGrant, types.GrantOperationDescribeKey, types.GrantOperationRetireGrant}
	if k.class() == asymmetricClass {
		all = append(all, types.GrantOperationGetPublicKey)
	}
	switch k.usage {
	case types.KeyUsageTypeEncryptDecrypt:
		all = append(all, types.GrantOperationDecrypt, types.GrantOperationEncrypt, types.GrantOperationReEncryptFrom, types.GrantOperationReEncryptTo)
	case types.KeyUsageTypeSignVerify:
		all = append(all, types.GrantOperationSign, types.GrantOperationVerify)
	case types.KeyUsageTypeGenerateVerifyMac:
		all = append(all, types.GrantOperationGenerateMac, types.GrantOperationVerifyMac)
	case types.KeyUsageTypeKeyAgreement:
		all = append(all, types.GrantOperationDeriveSharedSecret)
	case types.KeyUsageTypeEncapsulateDecapsulate:
		all = append(all, types.GrantOperationEncapsulate, types.GrantOperationDecapsulate)
	}
	if k.symmetric() {
		all = append(all, types.GrantOperationGenerateDataKey, types.GrantOperationGenerateDataKeyWithoutPlaintext,
			types.GrantOperationGenerateDataKeyPair, types.GrantOperationGenerateDataKeyPairWithoutPlaintext)
	}
	return all
}

// grantable refuses what no grant on a key of this kind can have: "you cannot
// create a grant for an asymmetric KMS key that allows the GenerateDataKey
// operation. If you try, KMS returns a ValidationError exception" (API reference,
// CreateGrant), nor "use an encryption context grant constraint for cryptographic
// operations with asymmetric KMS keys or HMAC KMS keys" (Constraints). The wordings
// are assumed.
func (k kind) grantable(g *grant) error {
	for _, op := range g.operations {
		if !slices.Contains(k.grantOperations(), op) {
			return invalid("Grant operation " + string(op) + " is not supported for keys with KeySpec " + string(k.spec) + " and KeyUsage " + string(k.usage) + ".")
		}
	}
	if x := g.constraints; x != nil && !k.symmetric() && (x.EncryptionContextEquals != nil || x.EncryptionContextSubset != nil) {
		return invalid("Encryption context constraints are not supported for keys with KeySpec " + string(k.spec) + ".")
	}
	return nil
}

func (s *Service) createGrant(c *world.Call, in *kms.CreateGrantInput) (*kms.CreateGrantOutput, error) {
	if err := cmp.Or(grantForm(in), s.checkTokens(in.GrantTokens)); err != nil {
		return nil, err
	}
	t, err := s.findGranted(c, *in.KeyId)
	if err != nil {
		return nil, err
	}
	g := s.asked(c, in, t)
	if err := s.authorizeGrant(c, in, t, g); err != nil {
		return nil, err
	}
	if err := cmp.Or(t.key.kind.grantable(g), t.key.usable(), s.known(&g.grantee), s.known(&g.retiring)); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(t.key.grants.all, g.same)
	if i < 0 && len(t.key.grants.all) >= grantLimit && t.key.manager == types.KeyManagerTypeCustomer {
		return nil, &types.LimitExceededException{Message: new("Grants per key quota for this account in this region is 50000, current usage is 50000.")} // assumed wording
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	if i >= 0 {
		g = t.key.grants.all[i]
	} else {
		g.id = hex.EncodeToString(s.world.Bytes(grantIDSize))
		t.key.grants.add(g)
	}
	return &kms.CreateGrantOutput{GrantId: &g.id, GrantToken: new(s.token(g))}, nil
}

// asked is the grant that a request describes.
func (s *Service) asked(c *world.Call, in *kms.CreateGrantInput, t target) *grant {
	named := func(principal, service *string) party {
		if service != nil {
			return party{name: *service, service: true}
		}
		if principal != nil {
			return party{name: *principal}
		}
		return party{}
	}
	g := &grant{
		key: t.key, created: c.Time, issuer: c.Account(),
		grantee:  named(in.GranteePrincipal, in.GranteeServicePrincipal),
		retiring: named(in.RetiringPrincipal, in.RetiringServicePrincipal),
	}
	if g.issuer == "" { // a service: of the key's account (assumption)
		g.issuer = t.arn.Account
	}
	if in.Name != nil {
		g.name = *in.Name
	}
	for _, op := range in.Operations {
		if !slices.Contains(g.operations, op) {
			g.operations = append(g.operations, op)
		}
	}
	if x := in.Constraints; x != nil && (len(x.EncryptionContextEquals) > 0 || len(x.EncryptionContextSubset) > 0 || x.SourceArn != nil) {
		g.constraints = &types.GrantConstraints{SourceArn: x.SourceArn}
		if len(x.EncryptionContextEquals) > 0 {
			g.constraints.EncryptionContextEquals = maps.Clone(x.EncryptionContextEquals)
		}
		if len(x.EncryptionContextSubset) > 0 {
			g.constraints.EncryptionContextSubset = maps.Clone(x.EncryptionContextSubset)
		}
	}
	return g
}

// authorizeGrant asks the policies, and of the grants on the key those that
// cover the new one.
func (s *Service) authorizeGrant(c *world.Call, in *kms.CreateGrantInput, t target, g *grant) error {
	a := s.access(c, "kms:CreateGrant", t)
	if t.key != nil {
		a.Grants = t.key.grants.some(c, "CreateGrant", func(parent *grant) bool { return parent.covers(g) })
	}
	maps.Copy(a.Context, grantConditions(c, in, g))
	return s.decide(c, a, t)
}

// grantConditions are the condition keys of CreateGrant (KMS Developer Guide,
// "AWS KMS condition keys", and "Controlling access to grants"). SourceArn as a
// value of kms:GrantConstraintType is assumed.
func grantConditions(c *world.Call, in *kms.CreateGrantInput, g *grant) map[string][]string {
	ctx := forAWSResource(c)
	for _, op := range g.operations {
		ctx["kms:GrantOperations"] = append(ctx["kms:GrantOperations"], string(op))
	}
	for name, value := range map[string]*string{
		"kms:GranteePrincipal": in.GranteePrincipal, "kms:GranteeServicePrincipal": in.GranteeServicePrincipal,
		"kms:RetiringPrincipal": in.RetiringPrincipal, "kms:RetiringServicePrincipal": in.RetiringServicePrincipal,
	} {
		if value != nil {
			ctx[name] = []string{*value}
		}
	}
	if g.constraints == nil {
		return ctx
	}
	of := func(kind string, pairs map[string]string) {
		if pairs == nil {
			return
		}
		ctx["kms:GrantConstraintType"] = append(ctx["kms:GrantConstraintType"], kind)
		maps.Copy(ctx, encryptionContext(pairs))
	}
	of("EncryptionContextEquals", g.constraints.EncryptionContextEquals)
	of("EncryptionContextSubset", g.constraints.EncryptionContextSubset)
	if arn := g.constraints.SourceArn; arn != nil {
		ctx["kms:GrantConstraintType"] = append(ctx["kms:GrantConstraintType"], "SourceArn")
		ctx["kms:GrantConstraintSourceArn"] = []string{*arn}
	}
	return ctx
}

// grantForm refuses a request that no key could take (API reference,
// CreateGrant; all wordings are assumed).
func grantForm(in *kms.CreateGrantInput) error {
	x := in.Constraints
	if x == nil {
		x = &types.GrantConstraints{}
	}
	switch {
	case (in.GranteePrincipal == nil) == (in.GranteeServicePrincipal == nil):
		return invalid("You must specify either GranteePrincipal or GranteeServicePrincipal, but not both.")
	case in.RetiringPrincipal != nil && in.RetiringServicePrincipal != nil:
		return invalid("You can specify either RetiringPrincipal or RetiringServicePrincipal, but not both.")
	case in.GranteeServicePrincipal != nil && x.SourceArn == nil:
		return invalid("You must specify a SourceArn grant constraint when you specify a GranteeServicePrincipal.")
	case in.GranteeServicePrincipal != nil && in.RetiringPrincipal == nil && in.RetiringServicePrincipal == nil:
		return invalid("You must specify a RetiringPrincipal or RetiringServicePrincipal when you specify a GranteeServicePrincipal.")
	case len(in.Operations) == 0:
		return invalid("A grant must allow at least one operation.")
	case !slices.ContainsFunc(in.Operations, func(op types.GrantOperation) bool { return op != types.GrantOperationCreateGrant }):
		return invalid("Grants must not contain only the CreateGrant operation.") // reported: ansible/ansible, pull request 31960
	case len(x.EncryptionContextEquals) > 0 && len(x.EncryptionContextSubset) > 0:
		return invalid("A grant cannot have both EncryptionContextEquals and EncryptionContextSubset constraints.")
	}
	return cmp.Or(constraintForm(x.EncryptionContextEquals), constraintForm(x.EncryptionContextSubset))
}

// constraintForm holds an encryption context constraint to its limits: up to 8
// pairs, and 384 characters. That these are counted over keys and values is
// assumed.
func constraintForm(pairs map[string]string) error {
	size := 0
	for k, v := range pairs {
		size += len([]rune(k)) + len([]rune(v))
	}
	if len(pairs) > 8 || size > 384 {
		return invalid("An encryption context grant constraint can have up to 8 pairs and 384 characters.")
	}
	return nil
}

// known checks that a principal exists and notes who it is. The wording of the
// refusal is assumed; that of one that does not exist is InvalidArnException
// (reported: hashicorp/terraform-provider-aws, pull request 3038).
func (s *Service) known(p *party) error {
	if p.name == "" {
		return nil
	}
	refused := &types.InvalidArnException{Message: new("ARN does not refer to a valid principal: " + p.name)}
	if parsed, err := keypolicy.ParsePrincipal(p.name); err == nil {
		switch parsed.Kind() {
		case keypolicy.Root, keypolicy.Service:
			return nil
		}
	} else if !strings.HasPrefix(p.name, "arn:aws:sts::") || p.service {
		return refused
	} else if strings.Contains(p.name, ":federated-user/") {
		return nil // needs no identity of its own
	} else if _, err := keypolicy.ParseSessionAlone(p.name); err != nil {
		return refused
	}
	id, ok := s.world.Identity(p.name)
	if !ok {
		return refused
	}
	p.id = id
	return nil
}
