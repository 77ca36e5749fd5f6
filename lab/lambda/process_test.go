package lambda

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"
)

// When a bootstrap was ready is told by a clock that nobody sets back: durations
// would be negative.
func TestReadyIsMonotonic(t *testing.T) {
	p := newProcess("arn")
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // no event will come
	p.serveNext(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil).WithContext(ctx))
	ready := p.ready.Load()
	if ready == nil {
		t.Fatal("it was never ready")
	}
	if *ready == ready.Round(0) { // which takes away the reading of the monotonic clock
		t.Error("it is the wall's time alone")
	}
	if since := time.Since(*ready); since < 0 {
		t.Errorf("it was ready %v ago", since)
	}
}
