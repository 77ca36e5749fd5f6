package lambda

import (
	"encoding/json"
	"slices"

	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"rekey/lab/world"
)

// governed finds a version for a call about its policy (recorded wording).
func (s *Service) governed(c *world.Call, name string, number int64) (*layerVersion, error) {
	v, arn, err := s.layerVersion(c, name, number, c.Operation)
	if err == nil && v == nil {
		err = notFound("Layer version " + arn + " does not exist.")
	}
	return v, err
}

func (s *Service) addLayerVersionPermission(c *world.Call, in *sdk.AddLayerVersionPermissionInput) (*sdk.AddLayerVersionPermissionOutput, error) {
	v, err := s.governed(c, *in.LayerName, *in.VersionNumber)
	if err != nil {
		return nil, err
	}
	st := statement{Sid: *in.StatementId, Effect: "Allow", Action: *in.Action, Resource: v.versionARN()}
	if st.Principal, err = principal(*in.Principal); err != nil {
		return nil, err
	}
	st.when("StringEquals", "aws:PrincipalOrgID", in.OrganizationId)
	if slices.ContainsFunc(v.statements, func(other statement) bool { return other.Sid == st.Sid }) {
		return nil, taken(st.Sid)
	}
	if err := v.revised(in.RevisionId); err != nil {
		return nil, err
	}
	if err := s.govern(v, append(slices.Clone(v.statements), st)); err != nil {
		return nil, err
	}
	text, err := json.Marshal(st)
	return &sdk.AddLayerVersionPermissionOutput{Statement: new(string(text)), RevisionId: &v.revision}, err
}

func (s *Service) removeLayerVersionPermission(c *world.Call, in *sdk.RemoveLayerVersionPermissionInput) (*sdk.RemoveLayerVersionPermissionOutput, error) {
	v, err := s.governed(c, *in.LayerName, *in.VersionNumber)
	if err != nil {
		return nil, err
	}
	left := slices.DeleteFunc(slices.Clone(v.statements), func(st statement) bool { return st.Sid == *in.StatementId })
	if len(left) == len(v.statements) { // recorded wording
		return nil, notFound("Statement " + *in.StatementId + " is not found in resource policy.")
	}
	if err := v.revised(in.RevisionId); err != nil {
		return nil, err
	}
	return &sdk.RemoveLayerVersionPermissionOutput{}, s.govern(v, left)
}

func (s *Service) getLayerVersionPolicy(c *world.Call, in *sdk.GetLayerVersionPolicyInput) (*sdk.GetLayerVersionPolicyOutput, error) {
	v, err := s.governed(c, *in.LayerName, *in.VersionNumber)
	if err != nil {
		return nil, err
	}
	if v.policy == nil { // recorded wording
		return nil, notFound("No policy is associated with the given resource.")
	}
	text, err := json.Marshal(document(v.statements))
	return &sdk.GetLayerVersionPolicyOutput{Policy: new(string(text)), RevisionId: &v.revision}, err
}

// govern gives a version a policy of these statements.
func (s *Service) govern(v *layerVersion, all []statement) error {
	p, err := s.policyOf(all)
	if err == nil {
		v.statements, v.policy, v.revision = all, p, s.world.UUID("revision")
	}
	return err
}

// revised refuses to change a policy that has been changed since the revision
// that a request has, if any (recorded).
func (v *layerVersion) revised(since *string) error {
	if since == nil || *since == v.revision {
		return nil
	}
	return &types.PreconditionFailedException{Type: new("User"),
		Message: new("The Revision Id provided does not match the latest Revision Id. Call the GetLayerPolicy API to retrieve the latest Revision Id")}
}
