package secretsmanager

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"rekey/lab/world"
)

func (s *Service) getSecretValue(c *world.Call, in *secretsmanager.GetSecretValueInput) (*secretsmanager.GetSecretValueOutput, error) {
	ctx := map[string][]string{}
	given(ctx, "VersionId", in.VersionId)
	given(ctx, "VersionStage", in.VersionStage)
	t, err := s.live(c, *in.SecretId, ctx)
	if err != nil {
		return nil, err
	}
	if err := t.owned(c); err != nil {
		return nil, err
	}
	v, err := t.pick(in.VersionId, in.VersionStage)
	if err != nil {
		return nil, err
	}
	plain, err := s.open(c, t.secret, v)
	if err != nil {
		return nil, err
	}
	// The dates of access have no time of day (API reference).
	v.accessed = c.Time.Truncate(24 * time.Hour)
	t.accessed = v.accessed
	out := &secretsmanager.GetSecretValueOutput{
		ARN: &t.secret.arn, Name: &t.name, VersionId: new(v.id), VersionStages: t.labelsOf(v.id), CreatedDate: new(v.created),
	}
	if plain.binary {
		out.SecretBinary = plain.bytes
	} else {
		out.SecretString = new(string(plain.bytes))
	}
	return out, nil
}

// pick finds the version that a request means, AWSCURRENT if it says nothing
// (recorded wordings).
func (x *secret) pick(id, stage *string) (*version, error) {
	if id != nil {
		v := x.version(*id)
		if v == nil {
			return nil, notFound(" value for VersionId: " + *id)
		}
		if stage != nil && x.labels[*stage] != *id {
			return nil, invalidRequest("You provided a VersionStage that is not associated to the provided VersionId.")
		}
		return v, nil
	}
	label := current
	if stage != nil {
		label = *stage
	}
	v := x.version(x.labels[label])
	if v == nil {
		return nil, notFound(" value for staging label: " + label)
	}
	return v, nil
}

// batchLimit is how many values one call gives (API reference,
// BatchGetSecretValue).
const batchLimit = 20

// batchGetSecretValue reads each secret as GetSecretValue does, with an entry
// of its own in the trail, and tells the failures one by one (API reference).
func (s *Service) batchGetSecretValue(c *world.Call, in *secretsmanager.BatchGetSecretValueInput) (*secretsmanager.BatchGetSecretValueOutput, error) {
	if err := checkBatch(in); err != nil {
		return nil, err
	}
	if err := authorizeAll(c, "BatchGetSecretValue"); err != nil {
		return nil, err
	}
	ids, next, err := s.batch(c, in)
	if err != nil {
		return nil, err
	}
	out := &secretsmanager.BatchGetSecretValueOutput{SecretValues: []types.SecretValueEntry{}, Errors: []types.APIErrorType{}, NextToken: next}
	for _, id := range ids {
		got, err := s.getOne(c, id)
		if err == nil {
			out.SecretValues = append(out.SecretValues, types.SecretValueEntry{
				ARN: got.ARN, Name: got.Name, VersionId: got.VersionId, VersionStages: got.VersionStages,
				CreatedDate: got.CreatedDate, SecretString: got.SecretString, SecretBinary: got.SecretBinary,
			})
			continue
		}
		e := world.Answer(err)
		if e.Status >= 500 {
			return nil, err // what the lab lacks is no failure of one secret
		}
		out.Errors = append(out.Errors, types.APIErrorType{SecretId: new(id), ErrorCode: &e.Code, Message: &e.Message})
	}
	return out, nil
}

func (s *Service) getOne(c *world.Call, id string) (out *secretsmanager.GetSecretValueOutput, err error) {
	err = c.On("secretsmanager", "GetSecretValue", "", func(sub *world.Call) error {
		out, err = s.getSecretValue(sub, &secretsmanager.GetSecretValueInput{SecretId: &id})
		return err
	})
	return out, err
}

// checkBatch holds a request to the rules that the API reference states of its
// members. The wording is ours.
func checkBatch(in *secretsmanager.BatchGetSecretValueInput) error {
	switch byID := len(in.SecretIdList) > 0; {
	case byID == (len(in.Filters) > 0):
		return invalidParameter("You must provide either SecretIdList or Filters, but not both.")
	case byID && in.MaxResults != nil:
		return invalidParameter("To use MaxResults, you must also use Filters.")
	case byID && in.NextToken != nil:
		return &types.InvalidNextTokenException{Message: new("Invalid NextToken provided.")}
	}
	return nil
}

// batch gives the secrets that a request means. To filter is to list, which
// needs secretsmanager:ListSecrets and leaves out what is marked for deletion.
func (s *Service) batch(c *world.Call, in *secretsmanager.BatchGetSecretValueInput) (ids []string, next *string, err error) {
	if len(in.Filters) == 0 {
		return in.SecretIdList, nil, nil
	}
	if err := authorizeAll(c, "ListSecrets"); err != nil {
		return nil, nil, err
	}
	found, err := s.filtered(homeOf(c), in.Filters, false)
	if err != nil {
		return nil, nil, err
	}
	for _, x := range found {
		ids = append(ids, x.arn)
	}
	return page(c, ids, func(id string) string { return id }, in.NextToken, in.MaxResults, batchLimit)
}

// GetSecretValue is the operation, for the services that read secrets on a
// caller's behalf. The call is one made by world.Call.On.
func (s *Service) GetSecretValue(c *world.Call, in *secretsmanager.GetSecretValueInput) (*secretsmanager.GetSecretValueOutput, error) {
	return s.getSecretValue(c, in)
}
