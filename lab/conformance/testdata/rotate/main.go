// The function of the claims about rotation: it makes and promotes a version as
// AWS's templates of rotation functions do, and fails in the step that FAIL
// names.
package main

import (
	"context"
	"errors"
	"os"
	"slices"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

type event struct{ Step, SecretId, ClientRequestToken, RotationToken string }

func main() { lambda.Start(handle) }

func handle(ctx context.Context, e event) error {
	if os.Getenv("FAIL") == e.Step {
		return errors.New("asked to fail in " + e.Step)
	}
	sm := client()
	secret, err := sm.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &e.SecretId})
	if err != nil {
		return err
	}
	pending := "AWSPENDING"
	if !slices.Contains(secret.VersionIdsToStages[e.ClientRequestToken], pending) {
		return errors.New("the version is not pending")
	}
	version := &secretsmanager.GetSecretValueInput{SecretId: &e.SecretId, VersionId: &e.ClientRequestToken, VersionStage: &pending}
	switch e.Step {
	case "createSecret":
		if _, err := sm.GetSecretValue(ctx, version); err == nil {
			return nil // made by an earlier attempt
		}
		value := "rotated " + e.ClientRequestToken
		_, err = sm.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{
			SecretId: &e.SecretId, ClientRequestToken: &e.ClientRequestToken, SecretString: &value, VersionStages: []string{pending},
		})
	case "testSecret":
		_, err = sm.GetSecretValue(ctx, version)
	case "finishSecret":
		current := "AWSCURRENT"
		for id, stages := range secret.VersionIdsToStages {
			if slices.Contains(stages, current) {
				_, err = sm.UpdateSecretVersionStage(ctx, &secretsmanager.UpdateSecretVersionStageInput{
					SecretId: &e.SecretId, VersionStage: &current, RemoveFromVersionId: &id, MoveToVersionId: &e.ClientRequestToken,
				})
			}
		}
		if err == nil {
			_, err = sm.UpdateSecretVersionStage(ctx, &secretsmanager.UpdateSecretVersionStageInput{
				SecretId: &e.SecretId, VersionStage: &pending, RemoveFromVersionId: &e.ClientRequestToken,
			})
		}
	}
	return err
}

// client is made by hand: the SDK's config package would double the program.
func client() *secretsmanager.Client {
	o := secretsmanager.Options{
		Region:      os.Getenv("AWS_REGION"),
		Credentials: credentials.NewStaticCredentialsProvider(os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), os.Getenv("AWS_SESSION_TOKEN")),
	}
	if endpoint := os.Getenv("AWS_ENDPOINT_URL"); endpoint != "" {
		o.BaseEndpoint = &endpoint
	}
	return secretsmanager.New(o)
}
