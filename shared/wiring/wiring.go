// Package wiring has what every function's lambda/main.go needs and nothing
// else: a logger, and the configuration of AWS clients, which the command uses
// too.
package wiring

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
)

// Logger gives a logger in the format that the function is configured for, with
// the request id on each line.
func Logger() *slog.Logger { return slog.New(lambdacontext.NewLogHandler()) }

// AWS gives the configuration of AWS clients, from the environment and the
// options.
func AWS(ctx context.Context, opts ...func(*config.LoadOptions) error) (aws.Config, error) {
	cfg, err := config.LoadDefaultConfig(ctx, opts...)
	if err != nil {
		return aws.Config{}, fmt.Errorf("load the AWS configuration: %w", err)
	}
	if cfg.HTTPClient == nil {
		cfg.HTTPClient = awshttp.NewBuildableClient()
	}
	cfg.HTTPClient = steady{cfg.HTTPClient}
	return cfg, nil
}
