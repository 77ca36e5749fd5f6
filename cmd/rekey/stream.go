package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// chunk is how much is read and written at once.
const chunk = 256 << 10

// errInterrupted stands for all errors after a signal.
var errInterrupted = errors.New("interrupted")

// filled is what a reader that is filled piece by piece has left to give.
type filled struct {
	rest []byte
	err  error
}

// read gives out what is left, filling first where that is nothing.
func (f *filled) read(p []byte, fill func()) (int, error) {
	for len(f.rest) == 0 && f.err == nil {
		fill()
	}
	if len(f.rest) == 0 {
		return 0, f.err
	}
	n := copy(p, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}

// interruptible reads from a pipe or a terminal, where a read may take for
// ever, and gives up when ctx ends. The read that nobody waits for any more has
// a buffer of its own.
type interruptible struct {
	ctx context.Context
	src io.Reader
	buf []byte
	filled
}

func (r *interruptible) Read(p []byte) (int, error) { return r.read(p, r.fill) }

func (r *interruptible) fill() {
	if r.buf == nil {
		r.buf = make([]byte, chunk)
	}
	n, err := waitFor(r.ctx, func() (int, error) { return r.src.Read(r.buf) })
	r.rest, r.err = r.buf[:n], err
}

// interruptibleWriter is the same for writing to standard output: whoever reads
// a pipe may stop reading without closing it.
type interruptibleWriter struct {
	ctx context.Context
	dst io.Writer
	buf []byte
}

func (w *interruptibleWriter) Write(p []byte) (int, error) {
	w.buf = append(w.buf[:0], p...)
	n, err := waitFor(w.ctx, func() (int, error) { return w.dst.Write(w.buf) })
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	if err != nil && err != errInterrupted {
		err = fmt.Errorf("write to standard output: %w", plainPathError(err))
	}
	return n, err
}

func waitFor(ctx context.Context, do func() (int, error)) (int, error) {
	if ctx.Err() != nil {
		return 0, errInterrupted
	}
	type result struct {
		n   int
		err error
	}
	done := make(chan result, 1)
	go func() {
		n, err := do()
		done <- result{n, err}
	}()
	select {
	case r := <-done:
		return r.n, r.err
	case <-ctx.Done():
		return 0, errInterrupted
	}
}

// checked reads from a file on a disk, which does not take for ever: it is
// enough to look at ctx in between.
type checked struct {
	ctx context.Context
	src io.Reader
}

func (r *checked) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, errInterrupted
	}
	return r.src.Read(p)
}

// copyAll copies src to dst in large pieces, and wipes its buffer, which may
// have held plaintext.
func copyAll(dst io.Writer, src io.Reader) (int64, error) {
	buf := make([]byte, chunk)
	defer clear(buf)
	return io.CopyBuffer(struct{ io.Writer }{dst}, struct{ io.Reader }{src}, buf)
}

// finishStdout makes sure that standard output has what was written to it,
// where it is a file: a full disk or quota may be told of no sooner.
func finishStdout(w io.Writer) error {
	f, ok := w.(*os.File)
	if !ok {
		return nil
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return err
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("write to standard output: %w", plainPathError(err))
	}
	return nil
}
