package lambda

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strconv"
	"sync/atomic"
	"time"
)

// process is a running bootstrap and its Runtime API.
type process struct {
	arn    string
	cmd    *exec.Cmd
	server *http.Server
	next   chan *call
	exited chan struct{}
	exit   error // read after exited is closed
	calls  atomic.Int64
	busy   atomic.Pointer[call]
}

// call is one event under way.
type call struct {
	id       string
	event    []byte
	deadline time.Time
	done     chan Result
}

func newProcess(arn string) *process {
	return &process{arn: arn, next: make(chan *call), exited: make(chan struct{})}
}

// api is the Runtime API.
func (p *process) api() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("GET /2018-06-01/runtime/invocation/next", p.serveNext)
	m.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", func(w http.ResponseWriter, r *http.Request) { p.serveAnswer(w, r, "") })
	m.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", func(w http.ResponseWriter, r *http.Request) { p.serveAnswer(w, r, "Unhandled") })
	m.HandleFunc("POST /2018-06-01/runtime/init/error", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) })
	return m
}

func (p *process) serveNext(w http.ResponseWriter, r *http.Request) {
	select {
	case c := <-p.next:
		h := w.Header()
		h.Set("Lambda-Runtime-Aws-Request-Id", c.id)
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(c.deadline.UnixMilli(), 10))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", p.arn)
		h.Set("Lambda-Runtime-Trace-Id", "Root=1-00000000-000000000000000000000000;Sampled=0")
		_, _ = w.Write(c.event) // a bootstrap that has gone is noticed by its exit
	case <-r.Context().Done():
	}
}

// serveAnswer takes the answer to the event that is under way, and no other.
func (p *process) serveAnswer(w http.ResponseWriter, r *http.Request, fault string) {
	c := p.busy.Load()
	if c == nil || c.id != r.PathValue("id") {
		http.Error(w, `{"errorType":"InvalidRequestID"}`, http.StatusBadRequest)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPayload))
	if err != nil {
		http.Error(w, `{"errorType":"RequestEntityTooLarge"}`, http.StatusRequestEntityTooLarge)
		c.done <- failed("Function.ResponseSizeTooLarge", fmt.Sprintf("Response payload size exceeded maximum allowed payload size (%d bytes).", maxPayload))
		return
	}
	w.WriteHeader(http.StatusAccepted)
	c.done <- Result{Payload: body, FunctionError: fault}
}

// invoke runs one event; alive is false where the process must not be used
// again: it ended, or was still busy at its deadline.
func (p *process) invoke(ctx context.Context, event []byte, timeout time.Duration) (result Result, alive bool) {
	id := fmt.Sprintf("%08x-0000-4000-8000-000000000000", p.calls.Add(1))
	c := &call{id: id, event: event, deadline: time.Now().Add(timeout), done: make(chan Result, 2)}
	p.busy.Store(c)
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	next := p.next
	for {
		select {
		case next <- c:
			next = nil // handed over
		case result := <-c.done:
			return result, true
		case <-p.exited:
			return failed("Runtime.ExitError", fmt.Sprintf("RequestId: %s Error: Runtime exited: %v", id, p.exit)), false
		case <-timer.C:
			return failed("Sandbox.Timedout", fmt.Sprintf("RequestId: %s Error: Task timed out after %.2f seconds", id, timeout.Seconds())), false
		case <-ctx.Done():
			return failed("Sandbox.Cancelled", "the caller went away"), false
		}
	}
}

func failed(kind, message string) Result {
	b, err := json.Marshal(map[string]string{"errorType": kind, "errorMessage": message})
	if err != nil {
		panic(err) // two strings
	}
	return Result{Payload: b, FunctionError: "Unhandled"}
}

// stop kills the bootstrap, as Lambda ends an environment, and waits for it.
func (p *process) stop() {
	_ = p.cmd.Process.Kill() // it may have exited already
	<-p.exited
	_ = p.server.Close()
}
