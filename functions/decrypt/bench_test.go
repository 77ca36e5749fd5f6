package decrypt_test

import (
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"rekey/functions/decrypt"
	"rekey/lab"
	"rekey/lab/lambda"
)

// BenchmarkColdStart is from starting the bootstrap until it has answered its
// first event, which needs no call of AWS; x-empty is the ratio to a Go
// function that does nothing, whose aim is 1.5.
func BenchmarkColdStart(b *testing.B) {
	ours, empty := build(b, "./lambda"), build(b, "./testdata/empty")
	l := newScene(b).lab
	server := httptest.NewServer(l)
	defer server.Close()
	var spent, base time.Duration
	for b.Loop() {
		spent += coldStart(b, l, server.URL, ours)
		base += coldStart(b, l, server.URL, empty)
	}
	b.ReportMetric(float64(spent.Microseconds())/1000/float64(b.N), "cold-ms")
	b.ReportMetric(float64(base.Microseconds())/1000/float64(b.N), "empty-ms")
	b.ReportMetric(float64(spent)/float64(base), "x-empty")
}

func coldStart(b *testing.B, l *lab.Lab, url, bootstrap string) time.Duration {
	f := lambda.NewInstance(l.World, l.STS, url, lambda.Function{
		Name: "decrypt", Account: own, Region: region, Bootstrap: bootstrap, Timeout: 20 * time.Second,
		Role: "arn:aws:iam::" + string(own) + ":role/decrypt",
		Env:  map[string]string{decrypt.EnvReferences: "sm://*"},
	})
	defer f.Stop()
	started := time.Now()
	result, err := f.Invoke(b.Context(), []byte(`{"items":[{"reference":"plain"}]}`))
	if err != nil || result.FunctionError != "" {
		b.Fatalf("%s, %v", result.Payload, err)
	}
	return time.Since(started)
}

// build makes a bootstrap with the flags that it ships with.
func build(b *testing.B, path string) string {
	out := filepath.Join(b.TempDir(), "bootstrap")
	cmd := exec.Command("go", "build", "-trimpath", "-tags", "lambda.norpc", "-ldflags", "-s -w", "-o", out, path)
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
	if said, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, said)
	}
	return out
}
