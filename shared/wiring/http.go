package wiring

import (
	"bytes"
	"fmt"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Steady gives an HTTP client for AWS clients that sends small requests from
// memory of its own.
//
// The SDK closes a request's body as soon as the answer's header is there.
// Where the answer comes quickly, or the program gets little processor time,
// net/http may still be about to look for the body's end; the closed body then
// fails it, it drops the connection, the answer cannot be read, and the SDK
// tries again after up to seconds, although the call took effect. (smithy-go
// v1.28.8, transport/http/client.go, ClientHandler.Handle.)
func Steady(next aws.HTTPClient) aws.HTTPClient { return steady{next} }

type steady struct{ next aws.HTTPClient }

// held is the greatest body that is taken into memory; the JSON and Query
// services' requests are below it.
const held = 8 << 20

func (s steady) Do(r *http.Request) (*http.Response, error) {
	if r.Body == nil || r.ContentLength <= 0 || r.ContentLength > held {
		return s.next.Do(r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, fmt.Errorf("read the request's body: %w", err)
	}
	own := *r
	own.Body = io.NopCloser(bytes.NewReader(body))
	return s.next.Do(&own)
}
