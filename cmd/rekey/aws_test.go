package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/middleware"

	"rekey/shared/wiring"
)

// An answer's body is read after the call has returned: patience ends with the call,
// and leaves the body alone.
func TestPatienceLeavesBodiesAlone(t *testing.T) {
	returned := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
		w.(http.Flusher).Flush()
		<-returned
		_, _ = io.WriteString(w, "the body")
	}))
	defer server.Close()
	client := s3.NewFromConfig(aws.Config{
		Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider("111122223333", "test", ""), BaseEndpoint: &server.URL,
		APIOptions: []func(*middleware.Stack) error{impatient},
	}, wiring.PathStyle)
	out, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: aws.String("object")})
	close(returned)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Body.Close()
	if b, err := io.ReadAll(out.Body); string(b) != "the body" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
}
