package lambda

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rekey/lab/world"
)

// role counts the sessions that are made of it.
type role struct {
	world *world.World
	made  int
}

func (r *role) AssumeFor(_ world.Source, _, _, _ string) (world.AccessKey, error) {
	r.made++
	return world.AccessKey{ID: "x", Expires: r.world.Clock.Now().Add(12 * time.Hour)}, nil
}

// python is the start of a bootstrap in Python: api, get and post.
const python = `#!/usr/bin/env python3
import os, urllib.request as u
api = 'http://' + os.environ['AWS_LAMBDA_RUNTIME_API'] + '/2018-06-01/runtime/'
def get(): return u.urlopen(api + 'invocation/next').headers['Lambda-Runtime-Aws-Request-Id']
def post(path, body): return u.urlopen(u.Request(api + path, data=body, method='POST')).status
`

func instance(t *testing.T, bootstrap string, timeout time.Duration) (*Instance, *role) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bootstrap")
	if err := os.WriteFile(path, []byte(bootstrap), 0o755); err != nil {
		t.Fatal(err)
	}
	w := world.New(world.Options{})
	r := &role{world: w}
	i := NewInstance(w, r, "http://lab.invalid", Function{Name: "f", Bootstrap: path, Role: "r", Timeout: timeout, Log: io.Discard})
	t.Cleanup(i.Stop)
	return i, r
}

func (i *Instance) must(t *testing.T, part string) {
	t.Helper()
	r, err := i.Invoke(t.Context(), []byte("{}"))
	if err != nil || !strings.Contains(string(r.Payload), part) {
		t.Errorf("the answer is %s, %v; want %s", r.Payload, err, part)
	}
}

// What the bootstrap has started itself cannot hold the caller up, not even
// from a group of its own.
func TestGrandchildren(t *testing.T) {
	for _, child := range []string{"sleep 60 &\nsleep 60", "setsid sleep 5 &\nsleep 60"} {
		i, _ := instance(t, "#!/bin/sh\n"+child+"\n", 100*time.Millisecond)
		begun := time.Now()
		i.must(t, "Task timed out after 0.10 seconds")
		if took := time.Since(begun); took > 4*time.Second {
			t.Errorf("%q: the answer took %v", child, took)
		}
	}
}

func TestEndOfCredentials(t *testing.T) {
	i, r := instance(t, python+"while 1: post('invocation/' + get() + '/response', b'{}')\n", 10*time.Second)
	i.must(t, "{}")
	i.must(t, "{}")
	if r.made != 1 {
		t.Errorf("%d sessions for one environment", r.made)
	}
	i.world.Advance(12*time.Hour - 10*time.Second)
	i.must(t, "{}")
	if r.made != 2 {
		t.Errorf("%d sessions, the first of which is about to end", r.made)
	}
}

// A bootstrap that answers and exits has answered; the next event gets a new
// one.
func TestAnswerAndExit(t *testing.T) {
	i, _ := instance(t, python+"post('invocation/' + get() + '/response', b'{\"ok\":1}')\n", 10*time.Second)
	for n := range 3 {
		i.must(t, `{"ok":1}`)
		if n == 0 && i.process != nil {
			<-i.process.exited
		}
	}
}

func TestFailedStart(t *testing.T) {
	i, _ := instance(t, python+"post('init/error', b'{\"errorType\":\"Runtime.NoKey\"}'); exit(1)\n", 10*time.Second)
	i.must(t, `{"errorType":"Runtime.NoKey"}`)
}

func TestEventThatIsNoJSON(t *testing.T) {
	i, _ := instance(t, "#!/bin/sh\n", time.Second)
	if _, err := i.Invoke(t.Context(), []byte("not json")); !errors.Is(err, ErrInvalidEvent) {
		t.Error(err)
	}
}

// An event is answered once, and not before it was handed over.
func TestAnswersOutOfTurn(t *testing.T) {
	p := newProcess("arn")
	s := httptest.NewServer(p.api())
	defer s.Close()
	answer := func() int {
		res, err := http.Post(s.URL+"/2018-06-01/runtime/invocation/this/response", "", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		return res.StatusCode
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.invoke(t.Context(), newCall("this", []byte("{}"), 10*time.Second), 10*time.Second)
	}()
	if got := answer(); got != http.StatusBadRequest {
		t.Errorf("an answer before the event: %d", got)
	}
	res, err := http.Get(s.URL + "/2018-06-01/runtime/invocation/next")
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	for _, want := range []int{http.StatusAccepted, http.StatusBadRequest} {
		if got := answer(); got != want {
			t.Errorf("an answer to the event: %d, want %d", got, want)
		}
	}
	<-ended
}
