package wiring

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// Lambda gives the configuration of AWS clients inside a Lambda function, from
// its environment, given as a function like os.Getenv. Lambda hands a function
// its Region and its role's credentials there, and nothing in files (Lambda
// Developer Guide, "Defined runtime environment variables").
//
// It does by hand what the SDK's config package does, because that one links
// single sign-on and more, which is a third of a cold start. Of the variables of
// the AWS SDKs and Tools Reference Guide it reads AWS_ENDPOINT_URL, the same for
// one service (AWS_ENDPOINT_URL_KMS), AWS_USE_FIPS_ENDPOINT,
// AWS_USE_DUALSTACK_ENDPOINT, AWS_MAX_ATTEMPTS and AWS_RETRY_MODE. Its error
// names each variable that is missing or wrong.
func Lambda(getenv func(string) string) (aws.Config, error) {
	var wrong []error
	for _, name := range []string{"AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} {
		if getenv(name) == "" {
			wrong = append(wrong, fmt.Errorf("%s is not set: Lambda sets it", name))
		}
	}
	cfg := aws.Config{
		Region:        getenv("AWS_REGION"),
		Credentials:   credentials.NewStaticCredentialsProvider(getenv("AWS_ACCESS_KEY_ID"), getenv("AWS_SECRET_ACCESS_KEY"), getenv("AWS_SESSION_TOKEN")),
		HTTPClient:    Steady(awshttp.NewBuildableClient()),
		ConfigSources: []any{environment(getenv)},
	}
	if url := getenv("AWS_ENDPOINT_URL"); url != "" {
		cfg.BaseEndpoint = &url
	}
	if text := getenv("AWS_MAX_ATTEMPTS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			wrong = append(wrong, fmt.Errorf("AWS_MAX_ATTEMPTS: %q is not a number from 1 on", text))
		}
		cfg.RetryMaxAttempts = n
	}
	if text := getenv("AWS_RETRY_MODE"); text != "" {
		mode, err := aws.ParseRetryMode(text)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("AWS_RETRY_MODE: %w", err))
		}
		cfg.RetryMode = mode
	}
	for _, name := range []string{fipsVariable, dualStackVariable} {
		if _, err := boolean(getenv(name)); err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", name, err))
		}
	}
	return cfg, errors.Join(wrong...)
}

const (
	fipsVariable      = "AWS_USE_FIPS_ENDPOINT"
	dualStackVariable = "AWS_USE_DUALSTACK_ENDPOINT"
)

// environment is a source that the SDK's clients ask for what aws.Config has no
// field for; they look for these methods.
type environment func(string) string

// GetServiceBaseEndpoint gives the endpoint of one service, by its SDK id.
func (e environment) GetServiceBaseEndpoint(_ context.Context, sdkID string) (string, bool, error) {
	url := e("AWS_ENDPOINT_URL_" + strings.ToUpper(strings.ReplaceAll(sdkID, " ", "_")))
	return url, url != "", nil
}

// GetUseFIPSEndpoint says whether FIPS endpoints are to be used.
func (e environment) GetUseFIPSEndpoint(context.Context) (aws.FIPSEndpointState, bool, error) {
	set, err := boolean(e(fipsVariable))
	if !set {
		return aws.FIPSEndpointStateUnset, false, err
	}
	return aws.FIPSEndpointStateEnabled, true, err
}

// GetUseDualStackEndpoint says whether dual-stack endpoints are to be used.
func (e environment) GetUseDualStackEndpoint(context.Context) (aws.DualStackEndpointState, bool, error) {
	set, err := boolean(e(dualStackVariable))
	if !set {
		return aws.DualStackEndpointStateUnset, false, err
	}
	return aws.DualStackEndpointStateEnabled, true, err
}

func boolean(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	}
	return false, fmt.Errorf("%q is neither true nor false", text)
}
