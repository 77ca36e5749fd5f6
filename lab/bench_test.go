package lab_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"rekey/lab"
)

// BenchmarkEncryptHTTP is KMS Encrypt over HTTP on loopback, signed requests,
// client and lab on the same machine; the aim is 5,000 calls a second.
func BenchmarkEncryptHTTP(b *testing.B) {
	l := lab.New(lab.Options{WallClock: true})
	key, err := kms.NewFromConfig(l.Config("eu-west-1", lab.Root("111122223333"))).CreateKey(b.Context(), &kms.CreateKeyInput{})
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(l)
	defer server.Close()
	body, err := json.Marshal(map[string]any{"KeyId": key.KeyMetadata.KeyId, "Plaintext": make([]byte, 32), "EncryptionContext": map[string]string{"app": "shop"}})
	if err != nil {
		b.Fatal(err)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 16}
	defer transport.CloseIdleConnections()
	var failed atomic.Int64
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		signed := sign(b, server.URL, body)
		for pb.Next() {
			request := signed.Clone(b.Context())
			request.Body = io.NopCloser(bytes.NewReader(body))
			answer, err := transport.RoundTrip(request)
			if err != nil {
				failed.Add(1)
				continue
			}
			_, _ = io.Copy(io.Discard, answer.Body)
			_ = answer.Body.Close()
			if answer.StatusCode != http.StatusOK {
				failed.Add(1)
			}
		}
	})
	if n := failed.Load(); n > 0 {
		b.Fatalf("%d calls failed", n)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}

// sign makes a signed request that may be sent many times.
func sign(b *testing.B, url string, body []byte) *http.Request {
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", "TrentService.Encrypt")
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	sum := sha256.Sum256(body)
	who := aws.Credentials{AccessKeyID: "111122223333", SecretAccessKey: "test"}
	if err := v4.NewSigner().SignHTTP(b.Context(), who, r, hex.EncodeToString(sum[:]), "kms", "eu-west-1", time.Now()); err != nil {
		b.Fatal(err)
	}
	return r
}
