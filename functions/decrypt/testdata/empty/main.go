// Command empty is a Lambda function that does nothing: what every cold start
// of a Go function costs.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
)

type nothing struct{}

func (nothing) Invoke(context.Context, []byte) ([]byte, error) { return []byte("{}"), nil }

func main() { lambda.Start(nothing{}) }
