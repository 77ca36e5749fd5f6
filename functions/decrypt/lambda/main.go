// Command lambda is the bootstrap of the decrypt function.
package main

import (
	"errors"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"rekey/functions/decrypt"
	"rekey/shared/wiring"
)

func main() {
	log := wiring.Logger()
	resolver, err := decrypt.Configure(os.Getenv)
	cfg, bad := wiring.Lambda(os.Getenv)
	if err = errors.Join(err, bad); err != nil {
		log.Error("the function is not configured", slog.Any("error", err))
		os.Exit(1)
	}
	resolver.KMS, resolver.SecretsManager = kms.NewFromConfig(cfg), secretsmanager.NewFromConfig(cfg)
	resolver.SSM, resolver.S3 = ssm.NewFromConfig(cfg), s3.NewFromConfig(cfg, wiring.PathStyle)
	lambda.Start(&decrypt.Handler{Resolver: &resolver, Log: log})
}
