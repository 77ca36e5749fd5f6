package kms

import (
	"encoding/json"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

// retireGrant ends a grant, by what the grant itself says (KMS Developer Guide,
// "Retiring and revoking grants").
func (s *Service) retireGrant(c *world.Call, in *kms.RetireGrantInput) (*kms.RetireGrantOutput, error) {
	t, g, err := s.findRetired(c, in)
	if err != nil {
		return nil, err
	}
	if err := s.authorizeRetiring(c, t, g); err != nil {
		return nil, err
	}
	if g == nil {
		if _, err := grantOf(t.key, *in.GrantId); err != nil {
			return nil, err
		}
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	g.key.grants.remove(g)
	c.Tell("grantId", g.id) // KMS Developer Guide, log entry of RetireGrant
	return &kms.RetireGrantOutput{}, nil
}

// findRetired finds the grant of a request, nil where there is none: by its
// token, or by its id and key. The wording is assumed.
func (s *Service) findRetired(c *world.Call, in *kms.RetireGrantInput) (target, *grant, error) {
	switch {
	case in.GrantToken != nil && (in.KeyId != nil || in.GrantId != nil), in.GrantToken == nil && (in.KeyId == nil || in.GrantId == nil):
		return target{}, nil, invalid("You must specify either a grant token, or both a grant ID and a key ID.")
	case in.GrantToken != nil:
		g, err := s.tokenGrant(*in.GrantToken)
		if err != nil {
			return target{}, nil, err
		}
		if g.key.arn.Region != c.Region { // assumption
			return target{}, nil, &types.InvalidGrantTokenException{Message: new("Invalid grant token")}
		}
		return target{g.key, "", g.key.arn}, g, nil
	}
	t, err := s.findGranted(c, *in.KeyId)
	if err != nil || t.key == nil {
		return t, nil, err
	}
	return t, t.key.grants.byID[*in.GrantId], nil
}

// authorizeRetiring lets these retire a grant: the retiring principal; the
// grantee, if the grant allows RetireGrant; and the accounts in which it was
// made and which owns the key, themselves and by kms:RetireGrant in their
// identity policies. Who is named needs no further permission, of no account; an
// explicit Deny counts. A key policy counts for nothing.
func (s *Service) authorizeRetiring(c *world.Call, t target, g *grant) error {
	a := s.access(c, "kms:RetireGrant", t)
	a.Grants = nil
	if t.key == nil {
		return s.decide(c, a, t)
	}
	policy, err := world.ParsePolicy(keypolicy.KeyPolicy, retirers(c.World, t.key, g))
	if err != nil {
		return err
	}
	a.Policy = &world.Named{Name: "key " + a.Resource, Policy: policy}
	if g != nil {
		a.Policy.Name = "grant " + g.id
		if p := c.Caller.Principal; g.names(p.ARN()) || p.RoleARN() != "" && g.names(p.RoleARN()) {
			a.Also = &byGrant
		}
	}
	return s.decide(c, a, t)
}

// byGrant stands for the leave that no account has to give.
var byGrant = world.Named{Name: "the grant", Policy: world.MustPolicy(keypolicy.IdentityPolicy, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:RetireGrant","Resource":"*"}}`)}

// names says whether the grant lets this user, role or session retire it.
func (g *grant) names(arn string) bool {
	return g.retiring.name == arn || g.grantee.name == arn && slices.Contains(g.operations, types.GrantOperationRetireGrant)
}

// retirers writes a grant as a policy that says who may retire it.
func retirers(w *world.World, k *key, g *grant) string {
	type statement struct {
		Sid, Effect, Action, Resource string
		Principal                     map[string][]string
	}
	allow := func(sid, kind string, names ...string) statement {
		return statement{sid, "Allow", "kms:RetireGrant", "*", map[string][]string{kind: names}}
	}
	party := func(sid string, p party) statement {
		if parsed, err := keypolicy.ParsePrincipal(p.name); err == nil && parsed.Kind() == keypolicy.Service {
			return allow(sid, "Service", p.name)
		}
		return allow(sid, "AWS", p.name)
	}
	accounts := []string{"arn:aws:iam::" + string(k.arn.Account) + ":root"}
	var all []statement
	if g != nil {
		if g.issuer != k.arn.Account {
			accounts = append(accounts, "arn:aws:iam::"+string(g.issuer)+":root")
		}
		if g.retiring.name != "" && g.retiring.exists(w) {
			all = append(all, party("RetiringPrincipal", g.retiring))
		}
		if slices.Contains(g.operations, types.GrantOperationRetireGrant) && g.grantee.exists(w) {
			all = append(all, party("GranteePrincipal", g.grantee))
		}
	}
	all = append(all, allow("Account", "AWS", accounts...))
	text, _ := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": all}) // texts only
	return string(text)
}
