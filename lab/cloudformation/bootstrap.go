package cloudformation

import (
	"context"
	_ "embed"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// bootstrapStack is the name that `cdk bootstrap` gives its stack.
const bootstrapStack = "CDKToolkit"

// bootstrapText is what of that stack a template with file assets needs (AWS CDK
// Developer Guide, "AWS CDK bootstrapping"): the bucket, and the version by which
// templates check that it is there. The bucket's policy, which refuses requests
// that are not over TLS, is left out, as none in the lab is.
//
//go:embed bootstrap.json
var bootstrapText string

// Bootstrap makes what `cdk bootstrap` makes, once for an account and Region:
// where it is there already, nothing is done.
func (d *Deployer) Bootstrap(ctx context.Context) error {
	_, err := d.api.ssm.GetParameter(ctx, &ssm.GetParameterInput{Name: new("/cdk-bootstrap/hnb659fds/version")})
	var missing *types.ParameterNotFound
	if !errors.As(err, &missing) {
		if err != nil {
			return fmt.Errorf("bootstrap aws://%s/%s: %w", d.target.Account, d.target.Region, err)
		}
		return nil
	}
	t, err := ParseTemplate(bootstrapStack, bootstrapText)
	if err == nil {
		_, err = d.Deploy(ctx, t, nil)
	}
	if err != nil {
		return fmt.Errorf("bootstrap aws://%s/%s: %w", d.target.Account, d.target.Region, err)
	}
	return nil
}
