// Package wiring has what every function's lambda/main.go needs and nothing
// else: a logger, and the configuration of AWS clients.
package wiring

import (
	"log"
	"log/slog"

	"github.com/aws/aws-lambda-go/lambdacontext"
)

// Logger gives a logger in the format that the function is configured for, with
// the request id on each line. Lambda's library for Go writes the errors of
// handlers by the log package, as JSON; no date comes before it any more.
func Logger() *slog.Logger {
	log.SetFlags(0)
	return slog.New(lambdacontext.NewLogHandler())
}
