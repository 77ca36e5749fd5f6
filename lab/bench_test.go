package lab_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rekey/lab"
)

// BenchmarkEncryptHTTP is KMS Encrypt over HTTP on loopback, signed requests,
// client and lab on the same machine; the aim is 5,000 calls a second.
func BenchmarkEncryptHTTP(b *testing.B) {
	l := lab.New(lab.Options{WallClock: true})
	key, err := kms.NewFromConfig(l.Config("us-east-1", lab.Root("111122223333"))).CreateKey(b.Context(), &kms.CreateKeyInput{})
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(l)
	defer server.Close()
	body, err := json.Marshal(map[string]any{"KeyId": key.KeyMetadata.KeyId, "Plaintext": make([]byte, 32), "EncryptionContext": map[string]string{"app": "shop"}})
	if err != nil {
		b.Fatal(err)
	}
	flood(b, func() func() *http.Request {
		r := request(b, http.MethodPost, server.URL, body)
		r.Header.Set("X-Amz-Target", "TrentService.Encrypt")
		r.Header.Set("Content-Type", "application/x-amz-json-1.1")
		sign(b, r, body, "kms")
		return func() *http.Request { // signed once and sent many times
			again := r.Clone(b.Context())
			again.Body = io.NopCloser(bytes.NewReader(body))
			return again
		}
	})
}

// BenchmarkPutHTTP is S3 PutObject of 1 KiB over HTTP on loopback, each to a key
// of its own, signed requests, client and lab on the same machine.
func BenchmarkPutHTTP(b *testing.B) {
	l := lab.New(lab.Options{WallClock: true})
	bucket(b, l)
	server := httptest.NewServer(l)
	defer server.Close()
	var n atomic.Int64
	flood(b, func() func() *http.Request {
		return func() *http.Request { return put(b, server.URL, n.Add(1)) }
	})
}

// BenchmarkObjectMemory is what 100,000 objects of 1 KiB take, with all that the
// lab remembers of their puts; the objects alone are 98 MiB.
func BenchmarkObjectMemory(b *testing.B) {
	for range b.N {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		l := lab.New(lab.Options{WallClock: true})
		bucket(b, l)
		for n := range int64(100_000) {
			answer := httptest.NewRecorder()
			if l.ServeHTTP(answer, put(b, lab.Endpoint, n)); answer.Code != http.StatusOK {
				b.Fatal(answer.Body)
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MiB")
		runtime.KeepAlive(l)
	}
}

func bucket(b *testing.B, l *lab.Lab) {
	b.Helper()
	client := s3.NewFromConfig(l.Config("us-east-1", lab.Root("111122223333")), func(o *s3.Options) { o.UsePathStyle = true })
	if _, err := client.CreateBucket(b.Context(), &s3.CreateBucketInput{Bucket: aws.String("bench")}); err != nil {
		b.Fatal(err)
	}
}

func put(b *testing.B, url string, n int64) *http.Request {
	body := make([]byte, 1<<10)
	r := request(b, http.MethodPut, fmt.Sprintf("%s/bench/object-%d", url, n), body)
	sign(b, r, body, "s3")
	return r
}

// flood sends requests side by side; each side makes its own.
func flood(b *testing.B, side func() func() *http.Request) {
	b.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 16}
	defer transport.CloseIdleConnections()
	var failed atomic.Int64
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		next := side()
		for pb.Next() {
			answer, err := transport.RoundTrip(next())
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

func request(b *testing.B, method, url string, body []byte) *http.Request {
	r, err := http.NewRequestWithContext(b.Context(), method, url, bytes.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	return r
}

func sign(b *testing.B, r *http.Request, body []byte, service string) {
	sum := sha256.Sum256(body)
	r.Header.Set("X-Amz-Content-Sha256", hex.EncodeToString(sum[:]))
	who := aws.Credentials{AccessKeyID: "111122223333", SecretAccessKey: "test"}
	if err := v4.NewSigner().SignHTTP(b.Context(), who, r, hex.EncodeToString(sum[:]), service, "us-east-1", time.Now()); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkManyKeys makes 5,000 keys, each with an alias, and looks at each as a
// sweep over a Region does.
func BenchmarkManyKeys(b *testing.B) {
	for range b.N {
		c := kms.NewFromConfig(lab.New(lab.Options{}).Config("us-east-1", lab.Root("111122223333")))
		began := time.Now()
		for n := range 5000 {
			made, err := c.CreateKey(b.Context(), &kms.CreateKeyInput{})
			if err != nil {
				b.Fatal(err)
			}
			in := &kms.CreateAliasInput{AliasName: aws.String(fmt.Sprintf("alias/key-%d", n)), TargetKeyId: made.KeyMetadata.KeyId}
			if _, err := c.CreateAlias(b.Context(), in); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(time.Since(began).Seconds(), "s/make")
		began = time.Now()
		for pages := kms.NewListKeysPaginator(c, &kms.ListKeysInput{}); pages.HasMorePages(); {
			page, err := pages.NextPage(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			for _, k := range page.Keys {
				if _, err := c.DescribeKey(b.Context(), &kms.DescribeKeyInput{KeyId: k.KeyId}); err != nil {
					b.Fatal(err)
				}
				if _, err := c.ListAliases(b.Context(), &kms.ListAliasesInput{KeyId: k.KeyId}); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.ReportMetric(time.Since(began).Seconds(), "s/sweep")
	}
}
