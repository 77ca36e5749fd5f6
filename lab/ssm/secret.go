package ssm

import (
	"encoding/json"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"rekey/lab/world"
)

// secret reads a secret of Secrets Manager as a parameter, with the caller's
// permissions (User Guide, "Referencing AWS Secrets Manager secrets from
// Parameter Store parameters"; what it answers, and that an unknown one is
// ParameterNotFound, from localstack/localstack, tests/aws/services/ssm,
// test_get_secret_parameter and test_get_inexistent_secret, which are marked as
// checked against AWS). The wording of the latter is known in a part.
func (s *Service) secret(c *world.Call, r reference, decrypted *bool) (*types.Parameter, error) {
	switch {
	case !asked(decrypted): // wording assumed
		return nil, invalid("WithDecryption flag must be True for retrieving a Secret Manager secret.")
	case r.selector != "":
		return nil, world.Unimplemented("versions and stages of secrets as parameters")
	}
	id := strings.TrimPrefix(r.name, secretsPrefix)
	var out *secretsmanager.GetSecretValueOutput
	err := c.On("secretsmanager", "GetSecretValue", via(c), func(sub *world.Call) (err error) {
		out, err = s.secrets.GetSecretValue(sub, &secretsmanager.GetSecretValueInput{SecretId: &id})
		return err
	})
	if err != nil {
		if world.Answer(err).Code == "ResourceNotFoundException" {
			return nil, &types.ParameterNotFound{Message: new("An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret " + r.name + " not found.")}
		}
		return nil, err
	}
	if out.SecretString == nil {
		return nil, world.Unimplemented("secrets of bytes as parameters")
	}
	source, err := json.Marshal(map[string]any{
		"ARN": *out.ARN, "name": *out.Name, "versionId": *out.VersionId, "secretString": *out.SecretString,
		"versionStages": out.VersionStages, "createdDate": out.CreatedDate.Unix(),
	})
	if err != nil {
		return nil, err
	}
	return &types.Parameter{
		Name: &r.name, ARN: new(r.arn()), Type: types.ParameterTypeSecureString, Value: out.SecretString, Version: 0,
		SourceResult: new(string(source)), LastModifiedDate: out.CreatedDate, DataType: new("text"),
	}, nil
}
