package rotate

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/shared/awserr"
	"rekey/shared/keyid"
)

// grantOn is a grant as a request for another key. With a name, the same request gives
// the same grant again (API reference, CreateGrant, Name).
func grantOn(key keyid.ARN, g *Grant) *kms.CreateGrantInput {
	in := &kms.CreateGrantInput{KeyId: aws.String(string(key.ID)), Name: &g.Name, GranteePrincipal: &g.Grantee, Operations: g.Operations}
	if g.Retiring != "" {
		in.RetiringPrincipal = &g.Retiring
	}
	if g.Equals != nil || g.Subset != nil || g.Source != "" {
		in.Constraints = &types.GrantConstraints{EncryptionContextEquals: g.Equals, EncryptionContextSubset: g.Subset}
		if g.Source != "" {
			in.Constraints.SourceArn = &g.Source
		}
	}
	return in
}

// grantGone says whether a grant of the old key was retired or revoked since it was
// planned.
func (w *work) grantGone(ctx context.Context, s Step) (bool, error) {
	old := w.job().Plan.Key.In(s.Region)
	listed, err := w.Writers(s.Region).ListGrants(ctx, &kms.ListGrantsInput{KeyId: aws.String(string(old.ID)), GrantId: &s.Grant.ID})
	var unknown *types.InvalidGrantIdException
	if errors.As(err, &unknown) {
		return true, nil
	}
	if err != nil {
		return false, failed(err, "look for grant "+s.Grant.ID+" on "+old.String())
	}
	return len(listed.Grants) == 0, nil
}

// rehearse asks, before anything is made, whether the grants could be: by making them
// on the old key, with DryRun, which has the same key policy.
func (w *work) rehearse(ctx context.Context) error {
	for _, s := range w.job().Plan.Steps {
		if s.Op != CreateGrant {
			continue
		}
		gone, err := w.grantGone(ctx, s)
		switch {
		case err != nil:
			return err
		case gone:
			continue
		}
		old := w.job().Plan.Key.In(s.Region)
		in := grantOn(old, s.Grant)
		in.DryRun = aws.Bool(true)
		_, err = w.Writers(s.Region).CreateGrant(ctx, in)
		if err != nil && awserr.Classify(err) != awserr.DryRunOK {
			return failed(err, fmt.Sprintf("rehearse grant %s to %s on %s", s.Grant.ID, s.Grant.Grantee, old))
		}
	}
	return nil
}

// createGrant makes a grant of the old key on the successor.
func (w *work) createGrant(ctx context.Context, s Step) (string, error) {
	switch gone, err := w.grantGone(ctx, s); {
	case err != nil:
		return "", err
	case gone:
		w.note("grant %s in %s was retired or revoked: the successor has none", s.Grant.ID, s.Region)
		return "the old key has it no more", nil
	}
	next := w.job().Successor.In(s.Region)
	return "", w.settling(ctx, "that "+next.String()+" is there", func(ctx context.Context) error {
		_, err := w.Writers(s.Region).CreateGrant(ctx, grantOn(next, s.Grant))
		return failed(err, fmt.Sprintf("make grant %s to %s on %s", s.Grant.Name, s.Grant.Grantee, next))
	})
}
