package wiring

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// asked is an HTTP client that notes which host it was sent to.
type asked struct{ host string }

var errAsked = errors.New("asked")

func (a *asked) Do(r *http.Request) (*http.Response, error) {
	a.host = r.URL.Host
	return nil, errAsked
}

// Where the clients of real services go, by the environment.
func TestLambdaEndpoints(t *testing.T) {
	for _, c := range []struct {
		env          map[string]string
		kms, secrets string
	}{
		{nil, "kms.eu-west-1.amazonaws.com", "secretsmanager.eu-west-1.amazonaws.com"},
		{map[string]string{"AWS_USE_FIPS_ENDPOINT": "true"}, "kms-fips.eu-west-1.amazonaws.com", "secretsmanager-fips.eu-west-1.amazonaws.com"},
		{map[string]string{"AWS_USE_FIPS_ENDPOINT": "false"}, "kms.eu-west-1.amazonaws.com", "secretsmanager.eu-west-1.amazonaws.com"},
		// Secrets Manager answers both families of addresses at its usual endpoint.
		{map[string]string{"AWS_USE_DUALSTACK_ENDPOINT": "TRUE"}, "kms.eu-west-1.api.aws", "secretsmanager.eu-west-1.amazonaws.com"},
		{map[string]string{"AWS_ENDPOINT_URL": "http://lab"}, "lab", "lab"},
		{map[string]string{"AWS_ENDPOINT_URL_SECRETS_MANAGER": "http://other"}, "kms.eu-west-1.amazonaws.com", "other"},
	} {
		cfg, err := Lambda(func(name string) string { return complete(c.env)[name] })
		if err != nil {
			t.Fatal(err)
		}
		client := &asked{}
		cfg.HTTPClient, cfg.RetryMaxAttempts = client, 1
		_, err = kms.NewFromConfig(cfg).ListKeys(t.Context(), &kms.ListKeysInput{})
		if !errors.Is(err, errAsked) || client.host != c.kms {
			t.Errorf("%v: KMS at %q, %v", c.env, client.host, err)
		}
		_, err = secretsmanager.NewFromConfig(cfg).ListSecrets(t.Context(), &secretsmanager.ListSecretsInput{})
		if !errors.Is(err, errAsked) || client.host != c.secrets {
			t.Errorf("%v: Secrets Manager at %q, %v", c.env, client.host, err)
		}
	}
}

// complete adds what Lambda sets always.
func complete(env map[string]string) map[string]string {
	all := map[string]string{"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t"}
	for name, value := range env {
		all[name] = value
	}
	return all
}

func TestLambdaCredentialsAndRetries(t *testing.T) {
	cfg, err := Lambda(func(n string) string {
		return complete(map[string]string{"AWS_MAX_ATTEMPTS": "5", "AWS_RETRY_MODE": "adaptive"})[n]
	})
	if err != nil || cfg.RetryMaxAttempts != 5 || cfg.RetryMode != "adaptive" {
		t.Errorf("%+v, %v", cfg, err)
	}
	if c, err := cfg.Credentials.Retrieve(t.Context()); err != nil || c.SessionToken != "t" || c.AccessKeyID != "AKIA" {
		t.Errorf("%v, %v", c, err)
	}
}

func TestLambdaNamesWhatIsWrong(t *testing.T) {
	env := map[string]string{
		"AWS_MAX_ATTEMPTS": "0", "AWS_RETRY_MODE": "x", "AWS_USE_FIPS_ENDPOINT": "yes", "AWS_USE_DUALSTACK_ENDPOINT": "1",
	}
	_, err := Lambda(func(n string) string { return env[n] })
	for _, name := range []string{"AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_MAX_ATTEMPTS", "AWS_RETRY_MODE", "AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("the error does not name %s: %v", name, err)
		}
	}
}
