// Package wiring has what every function's lambda/main.go needs and nothing
// else: a logger, and the configuration of AWS clients.
package wiring

import (
	"log/slog"

	"github.com/aws/aws-lambda-go/lambdacontext"
)

// Logger gives a logger in the format that the function is configured for, with
// the request id on each line.
func Logger() *slog.Logger { return slog.New(lambdacontext.NewLogHandler()) }
