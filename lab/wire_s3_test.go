package lab_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"rekey/lab"
)

// storage gives a lab behind a server, with a client of S3 there that has made
// the bucket b.
func storage(t *testing.T, server *httptest.Server, l *lab.Lab) *s3.Client {
	t.Helper()
	config := l.Config(region, lab.Root(account))
	config.BaseEndpoint, config.HTTPClient = &server.URL, server.Client()
	client := s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = true })
	ok(t, client.CreateBucket, &s3.CreateBucketInput{Bucket: new("b-1")})
	return client
}

// send makes a request as it stands, and gives status and body.
func send(t *testing.T, server *httptest.Server, method, target, body string, header ...string) (int, string) {
	t.Helper()
	r, err := http.NewRequest(method, target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.Header.Get("X-Amz-Request-Id") == "" {
		t.Errorf("%s %s: %v", method, target, res.Header)
	}
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(data)
}

// What is uploaded comes back, whichever way the client sends it: with its
// digest over HTTP, with a checksum behind it over HTTPS.
func TestUploads(t *testing.T) {
	for name, start := range map[string]func(http.Handler) *httptest.Server{"HTTP": httptest.NewServer, "HTTPS": httptest.NewTLSServer} {
		t.Run(name, func(t *testing.T) {
			l := lab.ForTest(t, lab.Options{})
			server := start(l)
			defer server.Close()
			client := storage(t, server, l)
			content := bytes.Repeat([]byte("0123456789abcdef\r\n\x00"), 600_000) // more than other services take
			ok(t, client.PutObject, &s3.PutObjectInput{Bucket: new("b-1"), Key: new("a key/é+"), Body: bytes.NewReader(content), ContentEncoding: new("gzip")})
			out := ok(t, client.GetObject, &s3.GetObjectInput{Bucket: new("b-1"), Key: new("a key/é+")})
			got, err := io.ReadAll(out.Body)
			if err != nil || !bytes.Equal(got, content) || *out.ContentLength != int64(len(content)) || *out.ContentEncoding != "gzip" {
				t.Errorf("%d bytes came back, %v, %+v", len(got), err, out)
			}
			want(t, "unfaithful calls", len(l.Unfaithful()), 0)
		})
	}
}

func TestAnonymous(t *testing.T) {
	l := lab.ForTest(t, lab.Options{})
	server := httptest.NewServer(l)
	defer server.Close()
	client := storage(t, server, l)
	ok(t, client.PutObject, &s3.PutObjectInput{Bucket: new("b-1"), Key: new("k"), Body: strings.NewReader("text")})
	status, body := send(t, server, "GET", server.URL+"/b-1/k", "")
	if status != 403 || !strings.Contains(body, "<Code>AccessDenied</Code>") {
		t.Errorf("%d %s", status, body)
	}
	entries := l.World.Trail.Entries()
	if last := entries[len(entries)-1]; last.Operation != "GetObject" || last.Service != "s3" || last.Caller.ARN() != "anonymous" {
		t.Errorf("the trail has %+v", last)
	}
	if status, body := send(t, server, "HEAD", server.URL+"/b-1/k", ""); status != 403 || body != "" {
		t.Errorf("%d %q", status, body)
	}
}

func TestPresignedObjects(t *testing.T) {
	l := lab.ForTest(t, lab.Options{})
	server := httptest.NewServer(l)
	defer server.Close()
	urls := s3.NewPresignClient(storage(t, server, l))
	put, err := urls.PresignPutObject(t.Context(), &s3.PutObjectInput{Bucket: new("b-1"), Key: new("k"), ContentType: new("text/x")})
	if err != nil {
		t.Fatal(err)
	}
	get, err := urls.PresignGetObject(t.Context(), &s3.GetObjectInput{Bucket: new("b-1"), Key: new("k")})
	if err != nil {
		t.Fatal(err)
	}
	if status, body := send(t, server, put.Method, put.URL, "content", "Content-Type", "text/x"); status != 200 {
		t.Fatalf("%d %s", status, body)
	}
	if status, body := send(t, server, get.Method, get.URL, ""); status != 200 || body != "content" {
		t.Errorf("%d %s", status, body)
	}
	if status, body := send(t, server, "GET", strings.Replace(get.URL, "/k?", "/l?", 1), ""); status != 403 || !strings.Contains(body, "<Code>SignatureDoesNotMatch</Code>") {
		t.Errorf("%d %s", status, body)
	}
	entries := l.World.Trail.Entries()
	want(t, "the caller", entries[len(entries)-1].Caller.ARN(), "arn:aws:iam::"+account+":root")
}

// A policy that asks for TLS is met over TLS.
func TestSecureTransport(t *testing.T) {
	for answer, start := range map[string]func(http.Handler) *httptest.Server{"AccessDenied": httptest.NewServer, "": httptest.NewTLSServer} {
		l := lab.ForTest(t, lab.Options{})
		server := start(l)
		config := l.Config(region, user(t, l, "u", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}}`))
		config.BaseEndpoint, config.HTTPClient = &server.URL, server.Client()
		want(t, "the answer", code(t, s3.NewFromConfig(config).ListBuckets, &s3.ListBucketsInput{}), answer)
		server.Close()
		if config.BaseEndpoint, config.HTTPClient = new(lab.Endpoint), l.Config(region, nil).HTTPClient; answer == "" {
			config.BaseEndpoint = new(lab.SecureEndpoint)
		}
		want(t, "the answer in process", code(t, s3.NewFromConfig(config).ListBuckets, &s3.ListBucketsInput{}), answer)
	}
}

func TestPresignedIdentity(t *testing.T) {
	l := lab.ForTest(t, lab.Options{})
	server := httptest.NewServer(l)
	defer server.Close()
	config := l.Config(region, lab.Root(account))
	config.BaseEndpoint = &server.URL
	r, err := sts.NewPresignClient(sts.NewFromConfig(config)).PresignGetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.Get(r.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 || !strings.Contains(string(body), "<Account>"+account+"</Account>") {
		t.Errorf("%d %s %v", res.StatusCode, body, err)
	}
}

// What S3 would pass over in silence is refused, and listed. A request to
// re-encrypt an object never overwrites it.
func TestUnfaithfulStorage(t *testing.T) {
	l := lab.ForTest(t, lab.Options{})
	t.Cleanup(l.World.Trail.Reset) // it has what the lab cannot serve
	server := httptest.NewServer(l)
	defer server.Close()
	client := storage(t, server, l)
	ok(t, client.PutObject, &s3.PutObjectInput{Bucket: new("b-1"), Key: new("k"), Body: strings.NewReader("text")})
	urls := s3.NewPresignClient(client)
	get, err := urls.PresignGetObject(t.Context(), &s3.GetObjectInput{Bucket: new("b-1"), Key: new("k")})
	if err != nil {
		t.Fatal(err)
	}
	if status, body := send(t, server, "GET", server.URL+"/b-1/k?unheard", ""); status != 501 || !strings.Contains(body, "<Code>NotImplemented</Code>") {
		t.Errorf("%d %s", status, body)
	}
	if status, body := send(t, server, "GET", server.URL+"/b-1/k", "", "X-Amz-Unheard", "1"); status != 501 || !strings.Contains(body, "<Header>x-amz-unheard</Header>") {
		t.Errorf("%d %s", status, body)
	}
	want(t, "unfaithful calls", len(l.Unfaithful()), 2)
	_, _ = send(t, server, "PUT", server.URL+"/b-1/k?encryption", "<ObjectEncryption/>")
	if status, body := send(t, server, "GET", get.URL, ""); status != 200 || body != "text" {
		t.Errorf("%d %s", status, body)
	}
}
