package ssm

import (
	"cmp"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// The limits of the tiers: bytes of a value, and standard parameters in a Region
// (API reference, PutParameter, Tier). The reported message speaks of
// characters, the KMS Developer Guide of bytes.
const (
	standardSize  = 4096
	advancedSize  = 8192
	standardLimit = 10000
)

// Reported: the first and the last in hashicorp/terraform-provider-aws issue
// 18521, the third in a part in go-to-k/cdk-real-drift pull request 408; the
// second is assumed.
const (
	overStandard = "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html"
	overAdvanced = "Advanced tier parameters support a maximum parameter value of 8192 characters."
	noDowngrade  = "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter."
	tooMany      = "You have reached the maximum number of standard parameters for this AWS account and Region (10000). To add more parameters, either delete existing parameters or upgrade to the advanced-parameter tier (charges apply)."
)

// tierOf says which tier a new version has: the one that is asked for, else the
// default of the account and Region. Intelligent-Tiering takes the advanced tier
// only where it is needed. An advanced parameter stays one (User Guide,
// "Managing parameter tiers"), also where the request says nothing of a tier,
// which is assumed.
func (s *Service) tierOf(t target, in *ssm.PutParameterInput) (types.ParameterTier, error) {
	size := len(*in.Value)
	tier := cmp.Or(in.Tier, types.ParameterTier(s.setting(t.home, defaultTier).value))
	was := types.ParameterTier("")
	if t.parameter != nil {
		was = t.latest().tier
	}
	full := was == "" && s.standard(t.home) >= standardLimit
	switch {
	case was == types.ParameterTierAdvanced && in.Tier == types.ParameterTierStandard:
		return "", invalid(noDowngrade)
	case was == types.ParameterTierAdvanced:
		tier = types.ParameterTierAdvanced
	case tier == types.ParameterTierIntelligentTiering && (size > standardSize || full):
		tier = types.ParameterTierAdvanced
	case tier == types.ParameterTierIntelligentTiering:
		tier = types.ParameterTierStandard
	}
	switch {
	case tier == types.ParameterTierStandard && size > standardSize:
		return "", invalid(overStandard)
	case size > advancedSize:
		return "", invalid(overAdvanced)
	case tier == types.ParameterTierStandard && full:
		return "", &types.ParameterLimitExceeded{Message: new(tooMany)}
	}
	return tier, nil
}

// standard counts the standard parameters in a Region.
func (s *Service) standard(h home) (n int) {
	for _, p := range s.here(h).parameters {
		if p.latest().tier == types.ParameterTierStandard {
			n++
		}
	}
	return n
}
