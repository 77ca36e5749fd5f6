package lab_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"rekey/lab"
)

// A queue that refuses plain HTTP refuses it over a network, and takes the served
// lab's loopback for TLS.
func TestLoopback(t *testing.T) {
	l := lab.ForTest(t, lab.Options{})
	c := l.Config("eu-west-1", lab.Root("111122223333"))
	policy := `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"sqs:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}}`
	out, err := sqs.NewFromConfig(c).CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: new("q"), Attributes: map[string]string{"Policy": policy}})
	if err != nil {
		t.Fatal(err)
	}
	for _, served := range []struct {
		handler http.Handler
		refused bool
	}{{l, true}, {l.Loopback(), false}} {
		server := httptest.NewServer(served.handler)
		over := c.Copy()
		over.BaseEndpoint, over.HTTPClient = &server.URL, nil
		_, err := sqs.NewFromConfig(over).ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: out.QueueUrl})
		if (err != nil) != served.refused {
			t.Errorf("refused is to be %t: %v", served.refused, err)
		}
		server.Close()
	}
}
