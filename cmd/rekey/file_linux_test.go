package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// fileSizeLimit bounds the files that the command may write.
const fileSizeLimit = "REKEY_TEST_FILE_SIZE"

func init() {
	atStart = func() {
		if limit := os.Getenv(fileSizeLimit); limit != "" {
			limitFileSize(limit)
		}
	}
}

func limitFileSize(text string) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err == nil {
		err = unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: n, Max: n})
	}
	if err != nil {
		panic(err)
	}
}

// A write that fails is told of, and leaves the old output.
func TestFailedWrite(t *testing.T) {
	w := startLab(t)
	plain := noise(1 << 20)
	for _, c := range []struct {
		name  string
		input []byte
	}{{"encrypt", plain}, {"decrypt", w.seal(t, plain)}} {
		dir := t.TempDir()
		old := []byte("the old output")
		out := write(t, filepath.Join(dir, "out"), old)
		p := w.process(t, c.name, "--key", w.key, "-o", out)
		p.Env = append(p.Env, fileSizeLimit+"=300000")
		p.Stdin = bytes.NewReader(c.input)
		message, err := p.CombinedOutput()
		if err == nil || p.ProcessState.ExitCode() != exitFailed || !strings.Contains(string(message), "file too large") {
			t.Errorf("%s: %v: %s", c.name, err, message)
		}
		holds(t, dir, map[string][]byte{"out": old})
	}
}

// A reader of standard output that goes away is an error, not a silent end.
func TestBrokenPipe(t *testing.T) {
	w := startLab(t)
	p := w.process(t, "decrypt", "--key", w.key)
	p.Stdin = bytes.NewReader(w.seal(t, noise(1<<20)))
	r, wr, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	var stderr strings.Builder
	p.Stdout, p.Stderr = wr, &stderr
	if err := p.Run(); err == nil || p.ProcessState.ExitCode() != exitFailed || !strings.Contains(stderr.String(), "write to standard output: ") {
		t.Errorf("%v: %s", err, stderr.String())
	}
}

// Signals end the command while it waits for a reader of its output, too.
func TestInterruptedWrite(t *testing.T) {
	w := startLab(t)
	p := w.process(t, "decrypt", "--key", w.key)
	p.Stdin = bytes.NewReader(w.seal(t, noise(1<<20)))
	stdout, err := p.StdoutPipe()
	if err == nil {
		err = p.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	// A byte is here, a MiB does not fit in the pipe: it waits.
	if _, err := io.ReadFull(stdout, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	state, err := p.Process.Wait()
	if err != nil || state.ExitCode() != exitFailed {
		t.Errorf("%v, %v", state, err)
	}
}

// A directory that cannot be written to is named. Not even root makes a file in
// /proc.
func TestUnwritableDirectory(t *testing.T) {
	w := startLab(t)
	dir := "/proc"
	if os.Geteuid() != 0 {
		dir = t.TempDir()
		if err := os.Chmod(dir, 0o500); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(dir, "out")
	_, stderr, code := w.rekey(t, nil, "encrypt", "--key", w.key, "-o", out)
	if code != exitFailed || !strings.Contains(stderr, "write "+out+": ") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

// The output has no name while it is written; where that cannot be, it has a
// temporary one, which goes in the end, and nobody else can read it.
func TestPending(t *testing.T) {
	for _, named := range []bool{false, true} {
		dir := t.TempDir()
		path := filepath.Join(dir, "out")
		for _, keep := range []bool{true, false, false} {
			p := begin(t, path, keep, named)
			entries, err := os.ReadDir(dir)
			if _, old := os.Stat(path); old == nil {
				entries = entries[1:]
			}
			if err != nil || len(entries) > 0 != named {
				t.Errorf("named %v: while it is written: %v, %v", named, entries, err)
			}
			fmt.Fprint(p, "new")
			if err := p.commit(); err != nil {
				t.Fatal(err)
			}
			p.discard()
			info, err := os.Stat(path)
			if err != nil || info.Mode() != 0o600 {
				t.Errorf("named %v: mode %v, %v", named, info.Mode(), err)
			}
			holds(t, dir, map[string][]byte{"out": []byte("new")})
			if err := os.Chmod(path, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		p := begin(t, path, false, named)
		fmt.Fprint(p, "not finished")
		p.discard()
		holds(t, dir, map[string][]byte{"out": []byte("new")})
	}
}

// What comes into being while an output is written is not replaced, where that
// is refused, and a directory never.
func TestPendingOvertaken(t *testing.T) {
	for _, named := range []bool{false, true} {
		dir := t.TempDir()
		path := filepath.Join(dir, "out")
		p := begin(t, path, true, named)
		write(t, path, []byte("overtaken"))
		if err := p.commit(); !errors.Is(err, os.ErrExist) {
			t.Errorf("named %v: %v", named, err)
		}
		p.discard()
		holds(t, dir, map[string][]byte{"out": []byte("overtaken")})

		p = begin(t, path, false, named)
		if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
			t.Fatal(err)
		}
		if err := p.commit(); err == nil {
			t.Errorf("named %v: a directory was replaced", named)
		}
		p.discard()
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
			t.Errorf("named %v: %v, %v", named, entries, err)
		}
	}
}

// begin begins an output, as if on a filesystem without unnamed files if named.
func begin(t *testing.T, path string, keep, named bool) *pending {
	t.Helper()
	to, err := openTarget(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { to.Close() })
	p, err := to.create(keep)
	if err == nil && named {
		p.discard()
		p.temp = tempName()
		p.File, err = to.dir.OpenFile(p.temp, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A named pipe that nobody writes to does not hold the command up for ever.
func TestOpenPipeInterrupted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := findInputs([]string{path}, false, nil)[0].open(ctx, nil); !errors.Is(err, errInterrupted) {
		t.Error(err)
	}
}

// terminal makes one, and gives the side that programs see.
func terminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { person.Close() })
	if err := unix.IoctlSetPointerInt(int(person.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(person.Fd()), unix.TIOCGPTN)
	if err == nil {
		program, err = os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { program.Close() })
	return person, program
}

// Binary does not go to a terminal; a bar goes to nothing else, and only for
// what is long.
func TestTerminal(t *testing.T) {
	w := startLab(t)
	person, program := terminal(t)
	p := w.process(t, "encrypt", "--key", w.key, "/dev/null")
	var stderr strings.Builder
	p.Stdout, p.Stderr = program, &stderr
	if err := p.Run(); err == nil || p.ProcessState.ExitCode() != exitUsage || !strings.Contains(stderr.String(), "--base64") {
		t.Errorf("%v: %s", err, stderr.String())
	}

	dir := t.TempDir()
	in := write(t, filepath.Join(dir, "in"), make([]byte, longBytes+1))
	p = w.process(t, "encrypt", "--key", w.key, "-o", filepath.Join(dir, "out"), in)
	p.Stderr = program
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	if text := onScreen(t, person, program); !strings.Contains(text, "\r") || !strings.Contains(text, "%") {
		t.Errorf("no bar: %q", text)
	}

	p = w.process(t, "encrypt", "--output", "json", "--key", w.key, "-o", filepath.Join(dir, "out"), in)
	p.Stderr = program
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	if text := onScreen(t, person, program); text != "" {
		t.Errorf("a bar beside JSON: %q", text)
	}
}

// onScreen is all that a terminal has shown since it was last asked.
func onScreen(t *testing.T, person, program *os.File) string {
	t.Helper()
	const end = "END"
	fmt.Fprint(program, end)
	var text strings.Builder
	for piece := make([]byte, 1<<16); !strings.HasSuffix(text.String(), end); {
		n, err := person.Read(piece)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(piece[:n])
	}
	return strings.TrimSuffix(text.String(), end)
}
