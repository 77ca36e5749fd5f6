// Command lambda is the bootstrap of the rotate function.
package main

import (
	"errors"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"rekey/functions/rotate"
	"rekey/shared/pace"
	"rekey/shared/wiring"
)

func main() {
	log := wiring.Logger()
	settings, err := rotate.Configure(os.Getenv)
	cfg, bad := wiring.Lambda(os.Getenv)
	if err = errors.Join(err, bad); err != nil {
		log.Error("the function is not configured", slog.Any("error", err))
		os.Exit(1)
	}
	handler, err := rotate.New(settings, cfg, os.Stdout, log, pace.Wall)
	if err != nil {
		log.Error("the function cannot be set up", slog.Any("error", err))
		os.Exit(1)
	}
	lambda.Start(handler)
}
