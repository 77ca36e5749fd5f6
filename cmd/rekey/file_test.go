package main

import (
	"bytes"
	"crypto/rand"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// asCommand makes the test binary be the command, for tests that kill it.
const asCommand = "REKEY_TEST_AS_COMMAND"

// atStart is called before the command begins.
var atStart = func() {}

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		atStart()
		main()
	}
	hearHangups()
	os.Exit(m.Run())
}

// hearHangups has commands that the tests start end by SIGHUP and SIGINT, also where
// the tests themselves were started so that they ignore them, as nohup does: a signal
// that is ignored is ignored by what a program starts, one that is caught is not.
func hearHangups() {
	for _, s := range []os.Signal{syscall.SIGHUP, syscall.SIGINT} {
		if signal.Ignored(s) {
			signal.Notify(make(chan os.Signal, 1), s)
		}
	}
}

func self() string {
	path, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return path
}

func write(t testing.TB, path string, b []byte) string {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func noise(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

// holds fails unless a directory has exactly these files.
func holds(t testing.TB, dir string, want map[string][]byte) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		got, err := os.ReadFile(filepath.Join(dir, e.Name()))
		b, ok := want[e.Name()]
		if !ok {
			t.Errorf("%s was left behind, %d bytes (%v)", e.Name(), len(got), err)
		} else if !bytes.Equal(got, b) {
			t.Errorf("%s has other bytes, %d of them, not %d", e.Name(), len(got), len(b))
		}
	}
	if len(entries) < len(want) {
		t.Errorf("%d files are left of %d", len(entries), len(want))
	}
}

// feed gives a command some of its input. When it returns, the command has read
// all of it but what a pipe holds, 64 KiB on Linux.
func feed(t testing.TB, w io.Writer, b []byte) {
	t.Helper()
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
}

// killSignals end the command: the first cannot be caught.
var killSignals = []os.Signal{syscall.SIGKILL, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP}

// Killed at any point, the command leaves the old output and nothing else.
func TestKilled(t *testing.T) {
	w := startLab(t)
	plain := noise(3 << 20)
	for name, c := range map[string]struct {
		args  []string
		input []byte
	}{
		"encrypt": {[]string{"encrypt", "--key", w.key}, plain},
		"decrypt": {[]string{"decrypt", "--key", w.key}, w.seal(t, plain)},
	} {
		for _, signal := range killSignals {
			for _, given := range []int{0, 1, 1 << 10, 1 << 20, len(c.input) - 1, len(c.input)} {
				dir := t.TempDir()
				old := []byte("the old output")
				out := write(t, filepath.Join(dir, "out"), old)
				p := w.process(t, append(c.args, "-o", out)...)
				stdin, err := p.StdinPipe()
				if err == nil {
					err = p.Start()
				}
				if err != nil {
					t.Fatal(err)
				}
				feed(t, stdin, c.input[:given])
				if err := p.Process.Signal(signal); err != nil {
					t.Fatal(err)
				}
				if err := p.Wait(); err == nil {
					t.Errorf("%s, %v after %d bytes: it ended well", name, signal, given)
				}
				holds(t, dir, map[string][]byte{"out": old})
			}
		}
	}
}

// Killed while it publishes, again and again: always the old output or the
// whole new one, and under no other name anything but a whole output.
func TestKilledWhilePublishing(t *testing.T) {
	w := startLab(t)
	plain, old := noise(100_000), []byte("the old output")
	sealed := w.seal(t, plain)
	for i := range 40 {
		dir := t.TempDir()
		out := write(t, filepath.Join(dir, "out"), old)
		p := w.process(t, "decrypt", "--key", w.key, "-o", out)
		stdin, err := p.StdinPipe()
		if err == nil {
			err = p.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		feed(t, stdin, sealed)
		stdin.Close()
		for range i * 100 {
			_, _ = os.Stat(out) // somewhat later each time
		}
		_ = p.Process.Kill()
		_ = p.Wait()
		got, err := os.ReadFile(out)
		if err != nil || !bytes.Equal(got, old) && !bytes.Equal(got, plain) {
			t.Fatalf("the output has %d bytes: %v", len(got), err)
		}
		names, err := filepath.Glob(filepath.Join(dir, ".rekey-*"))
		if err != nil {
			t.Fatal(err)
		}
		want := map[string][]byte{"out": got}
		for _, name := range names {
			want[filepath.Base(name)] = plain
		}
		holds(t, dir, want)
	}
}

// Two processes that write one output leave one whole file.
func TestTwoWriters(t *testing.T) {
	w := startLab(t)
	a, b := bytes.Repeat([]byte("a"), 1<<20), bytes.Repeat([]byte("b"), 1<<20)
	sealedA, sealedB := w.seal(t, a), w.seal(t, b)
	for range 5 {
		dir := t.TempDir()
		out := filepath.Join(dir, "out")
		var running []*exec.Cmd
		for _, sealed := range [][]byte{sealedA, sealedB, sealedA, sealedB} {
			p := w.process(t, "decrypt", "--key", w.key, "-o", out)
			p.Stdin = bytes.NewReader(sealed)
			if err := p.Start(); err != nil {
				t.Fatal(err)
			}
			running = append(running, p)
		}
		for _, p := range running {
			if err := p.Wait(); err != nil {
				t.Error(err)
			}
		}
		got, _ := os.ReadFile(out)
		if !bytes.Equal(got, a) && !bytes.Equal(got, b) {
			t.Errorf("the output is neither: %d bytes", len(got))
		}
		holds(t, dir, map[string][]byte{"out": got})
	}
}

// Of several that may not replace, one wins.
func TestNoClobberRace(t *testing.T) {
	w := startLab(t)
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	var running []*exec.Cmd
	var pipes []io.WriteCloser
	for range 4 {
		p := w.process(t, "encrypt", "--no-clobber", "--key", w.key, "-o", out)
		stdin, err := p.StdinPipe()
		if err == nil {
			err = p.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		// More than a pipe holds: each has opened its output by now.
		feed(t, stdin, noise(1<<20))
		running, pipes = append(running, p), append(pipes, stdin)
	}
	for _, p := range pipes {
		p.Close()
	}
	won := 0
	for _, p := range running {
		if p.Wait() == nil {
			won++
		}
	}
	got, _ := os.ReadFile(out)
	if won != 1 || len(got) == 0 {
		t.Errorf("%d processes say that they wrote the output", won)
	}
	holds(t, dir, map[string][]byte{"out": got})
}

// A changed bit anywhere, or a missing end, is an error with no output.
func TestDamage(t *testing.T) {
	w := startLab(t)
	sealed := w.seal(t, noise(10_000), "--context", "app=shop")
	var damaged [][]byte
	for i := 0; i < len(sealed); i += len(sealed)/40 + 1 {
		flipped := bytes.Clone(sealed)
		flipped[i] ^= 1 << (i % 8)
		damaged = append(damaged, flipped, sealed[:i])
	}
	dir := t.TempDir()
	for _, b := range append(damaged, sealed[:len(sealed)-1]) {
		in := write(t, filepath.Join(dir, "in"), b)
		_, stderr, code := w.rekey(t, nil, "decrypt", "--key", w.key, "-o", filepath.Join(dir, "out"), in)
		if code != exitFailed || !strings.HasPrefix(stderr, "rekey: "+in+": ") {
			t.Errorf("exit code %d: %s", code, stderr)
		}
		holds(t, dir, map[string][]byte{"in": b})
		if stdout, _, code := w.rekey(t, b, "decrypt", "--key", w.key); code != exitFailed || len(stdout) > 0 {
			t.Errorf("standard output: exit code %d and %d bytes", code, len(stdout))
		}
	}
}

// For standard output a long message is verified to its end before a byte goes
// out, and KMS is asked once.
func TestStandardOutput(t *testing.T) {
	w := startLab(t)
	plain := noise(2*spoolMemory + 1234)
	sealed := w.seal(t, plain)
	in := write(t, filepath.Join(t.TempDir(), "in"), sealed)
	for _, source := range []string{in, "-"} {
		before := w.calls("Decrypt")
		stdout, stderr, code := w.rekey(t, sealed, "decrypt", "--key", w.key, source)
		if code != 0 || !bytes.Equal(stdout, plain) || stderr != "" {
			t.Errorf("%s: exit code %d, %d bytes: %s", source, code, len(stdout), stderr)
		}
		if n := w.calls("Decrypt") - before; n != 1 {
			t.Errorf("%s: KMS decrypted %d times", source, n)
		}
		write(t, in, sealed[:len(sealed)-1])
		if stdout, _, code := w.rekey(t, sealed[:len(sealed)-1], "decrypt", "--key", w.key, source); code != exitFailed || len(stdout) > 0 {
			t.Errorf("%s, cut: exit code %d and %d bytes", source, code, len(stdout))
		}
		write(t, in, sealed)
	}
}
