// Command lambda is the bootstrap of the decrypt function.
package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"rekey/functions/decrypt"
	"rekey/shared/wiring"
)

func main() {
	log := wiring.Logger()
	resolver, err := decrypt.Configure(os.Getenv)
	if err == nil {
		err = connect(context.Background(), &resolver)
	}
	if err != nil {
		log.Error("the function is not configured", slog.Any("error", err))
		os.Exit(1)
	}
	lambda.Start(&decrypt.Handler{Resolver: &resolver, Log: log})
}

func connect(ctx context.Context, r *decrypt.Resolver) error {
	cfg, err := wiring.AWS(ctx)
	if err != nil {
		return err
	}
	r.KMS, r.SecretsManager = kms.NewFromConfig(cfg), secretsmanager.NewFromConfig(cfg)
	return nil
}
