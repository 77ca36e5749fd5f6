package secretsmanager

import (
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/keypolicy"
)

// authorize asks the policies whether the caller may do the operation on the
// secret. more has the condition keys of this request.
func (s *Service) authorize(c *world.Call, t target, more map[string][]string) error {
	return s.authorizeAs(c, "secretsmanager:"+c.Operation, t, more)
}

func (s *Service) authorizeAs(c *world.Call, action string, t target, more map[string][]string) error {
	a := world.Access{
		Action: action, Resource: t.arn, ResourceAccount: t.owner.account, Context: conditions(t),
	}
	maps.Copy(a.Context, more)
	if t.secret != nil && t.policy != nil {
		a.Policy = &world.Named{Name: "resource policy of " + t.arn, Policy: t.policy}
	}
	d, err := c.Decide(a)
	if err != nil || d.Effect == keypolicy.Allowed {
		return err
	}
	// A refusal names the secret as the request did (reported with bare names:
	// mongodb/awscdk-resources-mongodbatlas issue 207, external-secrets/
	// kubernetes-external-secrets issue 808).
	a.Resource = t.given
	return &wire.Error{Code: "AccessDeniedException", Message: c.Denial(a, d), Status: 400}
}

// conditions are the condition keys of every request on a secret (Service
// Authorization Reference, "AWS Secrets Manager"). SecretId is listed there as
// an ARN, so it is taken to be the secret's, however the request named it.
// resource/Type is absent: no secret here is an external one.
func conditions(t target) map[string][]string {
	ctx := map[string][]string{"secretsmanager:SecretId": {t.arn}}
	if t.secret == nil {
		return ctx
	}
	ctx["secretsmanager:SecretPrimaryRegion"] = []string{string(t.primaryRegion())}
	if t.rotation != nil && t.rotation.lambda != "" {
		ctx["secretsmanager:resource/AllowRotationLambdaArn"] = []string{t.rotation.lambda}
	}
	for _, tag := range t.tags {
		ctx["aws:ResourceTag/"+*tag.Key] = []string{*tag.Value}
		ctx["secretsmanager:ResourceTag/"+*tag.Key] = []string{*tag.Value}
	}
	return ctx
}

// given adds a condition key for a member that the request may have. One that
// is left out is absent, even where it has a default: a policy that asks for
// VersionStage AWSCURRENT refuses a request that names no stage (User Guide,
// "Permissions reference").
func given(ctx map[string][]string, key string, value *string) {
	if value != nil {
		ctx["secretsmanager:"+key] = []string{*value}
	}
}

// requestTags are the condition keys of the tags in a request.
func requestTags(tags []types.Tag) map[string][]string {
	ctx := map[string][]string{}
	var keys []string
	for _, t := range tags {
		ctx["aws:RequestTag/"+*t.Key] = []string{*t.Value}
		keys = append(keys, *t.Key)
	}
	if len(keys) > 0 {
		slices.Sort(keys)
		ctx["aws:TagKeys"] = keys
	}
	return ctx
}

// authorizeAll is for the actions that name no secret: only the caller's
// identity policies decide, and the resource is * (Service Authorization
// Reference).
func authorizeAll(c *world.Call, action string) error {
	return c.Authorize("AccessDeniedException", world.Access{
		Action: "secretsmanager:" + action, Resource: "*", ResourceAccount: c.Account(),
	})
}
