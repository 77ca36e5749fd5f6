package lambda

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strconv"
	"sync/atomic"
	"time"

	"rekey/lab/world"
)

// process is a running bootstrap and its Runtime API.
type process struct {
	arn     string
	expires time.Time // of its credentials, by the world's clock
	caller  world.Caller
	stream  string // of its log
	now     func() time.Time
	began   time.Time
	ready   atomic.Pointer[time.Time] // when it first asked for an event, with the reading of a clock that nobody sets back; nil: not yet
	cmd     *exec.Cmd
	server  *http.Server
	output  *output
	next    chan *call
	exited  chan struct{}
	exit    error                  // read after exited is closed
	busy    atomic.Pointer[call]   // handed over, not answered yet
	broken  atomic.Pointer[Result] // what the bootstrap said of its failed start
}

// call is one event under way.
type call struct {
	id       string
	event    []byte
	deadline time.Time
	printed  atomic.Int64  // how much the bootstrap had printed when it was handed over
	handed   chan struct{} // closed when the bootstrap has it
	done     chan Result
}

func newProcess(arn string) *process {
	return &process{arn: arn, now: time.Now, next: make(chan *call), exited: make(chan struct{})}
}

// start runs the bootstrap in a group of its own, so that what it starts itself
// ends with it.
func (p *process) start() error {
	grouped(p.cmd)
	// Whoever has left the group and holds the output must not hold Wait.
	p.cmd.WaitDelay = time.Second
	if err := p.cmd.Start(); err != nil {
		return err
	}
	go func() {
		p.exit = p.cmd.Wait()
		if errors.Is(p.exit, exec.ErrWaitDelay) {
			p.exit = nil
		}
		close(p.exited)
	}()
	return nil
}

// api is the Runtime API.
func (p *process) api() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("GET /2018-06-01/runtime/invocation/next", p.serveNext)
	m.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", func(w http.ResponseWriter, r *http.Request) { p.serveAnswer(w, r, "") })
	m.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", func(w http.ResponseWriter, r *http.Request) { p.serveAnswer(w, r, unhandled) })
	m.HandleFunc("POST /2018-06-01/runtime/init/error", p.serveInitError)
	return m
}

const (
	unhandled = "Unhandled"
	timedOut  = "Sandbox.Timedout"
	exited    = "Runtime.ExitError"
)

func (p *process) serveNext(w http.ResponseWriter, r *http.Request) {
	if p.ready.Load() == nil {
		p.ready.Store(new(p.now()))
	}
	select {
	case c := <-p.next:
		p.busy.Store(c) // before the bootstrap can answer
		c.printed.Store(p.output.size())
		close(c.handed)
		h := w.Header()
		h.Set("Lambda-Runtime-Aws-Request-Id", c.id)
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(c.deadline.UnixMilli(), 10))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", p.arn)
		h.Set("Lambda-Runtime-Trace-Id", "Root=1-00000000-000000000000000000000000;Sampled=0")
		_, _ = w.Write(c.event) // a bootstrap that has gone is noticed by its exit
	case <-r.Context().Done():
	}
}

// serveAnswer takes one answer to the event that is under way, and no other.
func (p *process) serveAnswer(w http.ResponseWriter, r *http.Request, fault string) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPayload))
	c := p.busy.Load()
	if c == nil || c.id != r.PathValue("id") || !p.busy.CompareAndSwap(c, nil) {
		http.Error(w, `{"errorType":"InvalidRequestID"}`, http.StatusBadRequest)
		return
	}
	if err != nil {
		http.Error(w, `{"errorType":"RequestEntityTooLarge"}`, http.StatusRequestEntityTooLarge)
		c.done <- failed("Function.ResponseSizeTooLarge", fmt.Sprintf("Response payload size exceeded maximum allowed payload size (%d bytes).", maxPayload))
		return
	}
	w.WriteHeader(http.StatusAccepted)
	c.done <- Result{Payload: body, FunctionError: fault}
}

// serveInitError keeps what the bootstrap says of its failed start: the caller
// is told it when the bootstrap ends.
func (p *process) serveInitError(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPayload))
	if err != nil || !json.Valid(body) {
		http.Error(w, `{"errorType":"InvalidRequest"}`, http.StatusBadRequest)
		return
	}
	var told struct{ ErrorType string }
	_ = json.Unmarshal(body, &told) // it may be anything
	p.broken.Store(&Result{Payload: body, FunctionError: unhandled, fault: cmp.Or(told.ErrorType, "Runtime.Unknown")})
	w.WriteHeader(http.StatusAccepted)
}

// end says what became of an environment and its event.
type end int

const (
	alive  end = iota // it waits for more
	spent             // it must not be used again
	unused            // it was gone before it had the event
)

func newCall(id string, event []byte, timeout time.Duration) *call {
	return &call{id: id, event: event, deadline: time.Now().Add(timeout), handed: make(chan struct{}), done: make(chan Result, 1)}
}

// invoke runs one event.
func (p *process) invoke(ctx context.Context, c *call, timeout time.Duration) (Result, end) {
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	next := p.next
	for {
		select {
		case next <- c:
			next = nil
		case result := <-c.done:
			return result, alive
		case <-p.exited:
			return p.ended(c)
		case <-timer.C:
			return failed(timedOut, fmt.Sprintf("RequestId: %s Error: Task timed out after %.2f seconds", c.id, timeout.Seconds())), spent
		case <-ctx.Done():
			return failed("Sandbox.Cancelled", "the caller went away"), spent
		}
	}
}

// ended is the result where the bootstrap has exited: an answer that it gave
// before counts.
func (p *process) ended(c *call) (Result, end) {
	select {
	case result := <-c.done:
		return result, spent
	default:
	}
	if broken := p.broken.Load(); broken != nil {
		return *broken, spent
	}
	reason := " without providing a reason" // recorded wordings
	if p.exit != nil {
		reason = " with error: " + p.exit.Error()
	}
	why := failed(exited, "RequestId: "+c.id+" Error: Runtime exited"+reason)
	select {
	case <-c.handed:
		return why, spent
	default:
		return why, unused
	}
}

func failed(kind, message string) Result {
	b, err := json.Marshal(map[string]string{"errorType": kind, "errorMessage": message})
	if err != nil {
		panic(err) // two strings
	}
	return Result{Payload: b, FunctionError: unhandled, fault: kind, message: message}
}

// stop kills the bootstrap and all that it started, as Lambda ends an
// environment, and waits for it.
func (p *process) stop() {
	killGroup(p.cmd)
	<-p.exited
	_ = p.server.Close()
}
