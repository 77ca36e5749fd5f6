package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// slow is a cipher of which every other use takes its time to end after an
// interruption.
type slow struct {
	cipher
	begun         chan struct{}
	used, running atomic.Int64
}

func (s *slow) stream(ctx context.Context, _ io.Reader, dst io.Writer) (outcome, error) {
	s.running.Add(1)
	defer s.running.Add(-1)
	n := s.used.Add(1)
	fmt.Fprint(dst, "plaintext")
	s.begun <- struct{}{}
	<-ctx.Done()
	if n%2 == 0 {
		time.Sleep(200 * time.Millisecond)
	}
	return outcome{}, errInterrupted
}

// An interruption is over when nobody holds a temporary file any more.
func TestInterruptedMany(t *testing.T) {
	dir, args := t.TempDir(), []string(nil)
	for i := range 2 * sideBySide {
		args = append(args, write(t, filepath.Join(dir, fmt.Sprint(i)), nil))
	}
	out := filepath.Join(dir, "out")
	a := &app{stdout: io.Discard, stderr: io.Discard}
	b, err := a.newBatch(args, cipherFlags{out: out}, true)
	if err != nil {
		t.Fatal(err)
	}
	s := &slow{begun: make(chan struct{}, len(args))}
	b.cipher = s
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for range sideBySide {
			<-s.begun
		}
		cancel()
	}()
	err = b.run(ctx)
	if !errors.Is(err, errInterrupted) || !strings.Contains(err.Error(), fmt.Sprintf("0 of %d", len(args))) {
		t.Error(err)
	}
	if n := s.running.Load(); n > 0 || s.used.Load() != sideBySide {
		t.Errorf("%d still at work; %d begun", n, s.used.Load())
	}
	holds(t, out, nil)
}

// The bytes are on the disk before the name is there, and the name is before
// the command says so.
func TestSyncedBeforePublished(t *testing.T) {
	defer func(old func(*os.File) error) { fsync = old }(fsync)
	for _, old := range []string{"", "the old output"} {
		dir := t.TempDir()
		path := filepath.Join(dir, "out")
		if old != "" {
			write(t, path, []byte(old))
		}
		var seen []string
		broken := error(nil)
		fsync = func(f *os.File) error {
			b, _ := os.ReadFile(path)
			info, err := f.Stat()
			if err != nil {
				t.Fatal(err)
			}
			what := fmt.Sprintf("%d bytes", info.Size())
			if info.IsDir() {
				what = "directory"
			}
			seen = append(seen, fmt.Sprintf("%s, the output is %q", what, b))
			return broken
		}
		for _, broken = range []error{errors.New("broken"), nil} {
			to, err := openTarget(path)
			if err != nil {
				t.Fatal(err)
			}
			p, err := to.create(false)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprint(p, "new")
			if err := p.commit(); err != broken {
				t.Errorf("commit: %v", err)
			}
			p.discard()
			to.Close()
			if broken != nil && old == "" {
				holds(t, dir, nil)
			} else if broken != nil {
				holds(t, dir, map[string][]byte{"out": []byte(old)})
			}
		}
		before := fmt.Sprintf("3 bytes, the output is %q", old)
		want := []string{before, before, `directory, the output is "new"`}
		if !slices.Equal(seen, want) {
			t.Errorf("synced: %q", seen)
		}
	}
}
