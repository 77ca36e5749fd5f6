package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"

	"rekey/shared/keyid"
	"rekey/shared/wiring"
)

// patience bounds one call with all its attempts, so that an endpoint that
// does not answer is named before its user gives up; connecting is bounded by
// itself, so that one attempt cannot use it all up.
const (
	patience       = 9 * time.Second
	connectTimeout = 2 * time.Second
)

// aws reads the AWS configuration. home is the Region of a key that was given
// by ARN, which serves where no Region is configured.
func (a *app) aws(ctx context.Context, home keyid.Region) (aws.Config, error) {
	client := awshttp.NewBuildableClient().WithDialerOptions(func(d *net.Dialer) { d.Timeout = connectTimeout })
	opts := []func(*config.LoadOptions) error{config.WithHTTPClient(client), config.WithLogger(logging.Nop{})}
	if a.profile != "" {
		opts = append(opts, config.WithSharedConfigProfile(a.profile))
	}
	if a.region != "" {
		opts = append(opts, config.WithRegion(a.region))
	}
	cfg, err := config.LoadDefaultConfig(ctx, opts...)
	if err != nil {
		return aws.Config{}, fmt.Errorf("read the AWS configuration: %w", err)
	}
	cfg.HTTPClient = wiring.Steady(cfg.HTTPClient)
	if cfg.Region == "" {
		cfg.Region = string(home)
	}
	if cfg.Region == "" {
		return aws.Config{}, usagef("no Region: give --region, set AWS_REGION, or name one in the profile")
	}
	// Asked for once, here: otherwise every call would fail with the same words.
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if _, err := cfg.Credentials.Retrieve(waiting); err != nil {
		return aws.Config{}, fmt.Errorf("no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile with --profile or AWS_PROFILE (%w)", err)
	}
	if a.endpoint != "" {
		if u, err := url.Parse(a.endpoint); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return aws.Config{}, usagef("--endpoint-url %q: it is a URL such as https://kms.eu-west-1.amazonaws.com", a.endpoint)
		}
		cfg.BaseEndpoint = &a.endpoint
	}
	cfg.APIOptions = append(cfg.APIOptions, impatient)
	return cfg, nil
}

// impatient puts the bound on each call.
func impatient(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("Patience",
		func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			// The body of an answer such as S3's GetObject is read after this, under the
			// same context: it ends with the parent, and here only where there is no answer.
			ctx, cancel := context.WithCancelCause(ctx)
			bound := time.AfterFunc(patience, func() { cancel(context.DeadlineExceeded) })
			out, metadata, err := next.HandleInitialize(ctx, in)
			bound.Stop()
			if err != nil {
				if errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
					err = fmt.Errorf("no answer within %v: %w", patience, err)
				}
				cancel(nil)
			}
			return out, metadata, err
		}), middleware.Before)
}
