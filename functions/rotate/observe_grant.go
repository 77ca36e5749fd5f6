package rotate

import (
	"context"
	"maps"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/shared/keyid"
)

func (o *Observer) grants(ctx context.Context, arn keyid.ARN) Known[[]Grant] {
	name, all := arn.String(), []Grant{}
	err := pages(func(marker *string) (*string, error) {
		out, err := o.KMS(arn.Region).ListGrants(ctx, &kms.ListGrantsInput{KeyId: &name, Marker: marker})
		if err != nil {
			return nil, err
		}
		for _, g := range out.Grants {
			all = append(all, grantOf(g))
		}
		return more(out.Truncated, out.NextMarker), nil
	})
	return read(o, listGrants, name, all, err)
}

func grantOf(e types.GrantListEntry) Grant {
	g := Grant{
		ID: *e.GrantId, Service: serviceOf(e), Name: text(e.Name), Grantee: text(e.GranteePrincipal), Retiring: text(e.RetiringPrincipal),
		Operations: e.Operations, Issuer: text(e.IssuingAccount),
	}
	if g.Grantee == "" {
		g.Grantee = text(e.GranteeServicePrincipal)
	}
	if c := e.Constraints; c != nil {
		g.Equals, g.Subset, g.Source = maps.Clone(c.EncryptionContextEquals), maps.Clone(c.EncryptionContextSubset), text(c.SourceArn)
	}
	return g
}

// serviceOf is the AWS service that a grant was made for, "" where there is none. "If
// the grantee principal is an Amazon Web Services service, the GranteePrincipal field
// contains an Amazon Web Services service principal" (API reference, ListGrants);
// services that make a grant in their caller's name retire it themselves, and Amazon
// EC2 gives it to a session of a role of its own, aws:ec2-infrastructure (KMS
// Developer Guide, "How Amazon EBS uses AWS KMS"). A grant to a service-linked role
// alone is none of these: people make such grants (EC2 Auto Scaling User Guide,
// "Required AWS KMS key policy for use with encrypted volumes").
func serviceOf(e types.GrantListEntry) string {
	for _, p := range []*string{e.GranteeServicePrincipal, e.RetiringServicePrincipal, e.GranteePrincipal, e.RetiringPrincipal} {
		name := text(p)
		if strings.HasSuffix(name, ".amazonaws.com") || strings.HasSuffix(name, ".amazonaws.com.cn") {
			return name
		}
		if _, role, ok := strings.Cut(name, ":assumed-role/aws:"); ok {
			role, _, _ = strings.Cut(role, "/")
			return "aws:" + role
		}
	}
	return ""
}
