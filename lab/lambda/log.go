package lambda

import (
	"io"
	"slices"
	"sync"
)

// tailSize is how much of the log an invocation's answer can have (Lambda API
// Reference, Invoke, X-Amz-Log-Result).
const tailSize = 4 << 10

// tail passes a log on and remembers its end.
type tail struct {
	mu   sync.Mutex
	to   io.Writer
	last []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = append(t.last, p...)
	if over := len(t.last) - tailSize; over > 0 {
		t.last = slices.Delete(t.last, 0, over)
	}
	return t.to.Write(p)
}

func (t *tail) bytes() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.last)
}
