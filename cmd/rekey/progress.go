package main

import (
	"io"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// A bar is shown for what is long: so many bytes, or longer than so.
const (
	longBytes = 16 << 20
	longTime  = time.Second
)

// progress is a bar on standard error, if that is a terminal and the work is
// long. A nil progress shows nothing.
type progress struct {
	mu    sync.Mutex
	to    io.Writer
	total int64 // -1 where it is not known
	begun time.Time
	done  int64
	bar   *progressbar.ProgressBar
	ended bool
}

func (a *app) newProgress(total int64) *progress {
	f, ok := a.stderr.(*os.File)
	if !ok || a.output == "json" || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	return &progress{to: f, total: total, begun: time.Now()}
}

// reader counts what is read from src.
func (p *progress) reader(src io.Reader) io.Reader {
	if p == nil {
		return src
	}
	return &counting{src, p}
}

type counting struct {
	src io.Reader
	p   *progress
}

func (c *counting) Read(b []byte) (int, error) {
	n, err := c.src.Read(b)
	c.p.add(n)
	return n, err
}

func (p *progress) add(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += int64(n)
	switch {
	case p.ended:
		return
	case p.bar != nil:
		_ = p.bar.Add(n)
		return
	case p.total < longBytes && p.done < longBytes && time.Since(p.begun) < longTime:
		return
	}
	p.bar = progressbar.NewOptions64(p.total,
		progressbar.OptionSetWriter(p.to), progressbar.OptionShowBytes(true), progressbar.OptionUseIECUnits(true),
		progressbar.OptionSetWidth(30), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish())
	_ = p.bar.Add64(p.done)
}

// aside clears the bar while something else is written to the terminal.
func (p *progress) aside(write func()) {
	if p == nil {
		write()
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil && !p.ended {
		_ = p.bar.Clear()
	}
	write()
}

// end clears the bar for good.
func (p *progress) end() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil && !p.ended {
		_ = p.bar.Clear()
	}
	p.ended = true
}
