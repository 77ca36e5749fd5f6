package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/smithy-go"

	"rekey/lab"
)

// The served lab throttles where it was asked to, in the words of the service.
func TestLabQuotas(t *testing.T) {
	for _, flags := range [][]string{nil, {"--quotas", "--speed", "10"}} {
		url, stop := serveLab(t, flags...)
		client := kms.NewFromConfig(aws.Config{Region: "eu-north-1", Credentials: lab.Root(testAccount), BaseEndpoint: &url, RetryMaxAttempts: 1})
		throttled := 0
		for range 30 {
			_, err := client.CreateKey(t.Context(), &kms.CreateKeyInput{})
			var api smithy.APIError
			switch {
			case err == nil:
			case errors.As(err, &api) && api.ErrorCode() == "ThrottlingException" && strings.HasPrefix(api.ErrorMessage(), "You have exceeded the rate at which you may call KMS."):
				throttled++
			default:
				t.Fatal(err)
			}
		}
		if (throttled > 0) != (flags != nil) {
			t.Errorf("with %q, %d calls were throttled", flags, throttled)
		}
		stop()
	}
}

func TestLabSpeed(t *testing.T) {
	for _, speed := range []string{"0", "-1", "NaN", "Inf"} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), []string{"lab", "--listen", "127.0.0.1:0", "--speed", speed}, &app{stdout: &out, stderr: &errs}); code != exitUsage || !strings.Contains(errs.String(), "--speed") {
			t.Errorf("%s: %d, %q", speed, code, errs.String())
		}
	}
}

// serveLab runs rekey lab until stop, or the test's end.
func serveLab(t *testing.T, flags ...string) (url string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, append([]string{"lab", "--listen", "127.0.0.1:0"}, flags...), &app{stdout: w, stderr: io.Discard})
	}()
	hello := make([]byte, 4096)
	n, err := r.Read(hello)
	if err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, r) }()
	_, url, found := strings.Cut(string(hello[:n]), "listens at ")
	if url, _, _ = strings.Cut(url, " "); !found {
		t.Fatalf("the lab says %q", hello[:n])
	}
	return url, func() { cancel(); <-ended }
}
