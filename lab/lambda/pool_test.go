package lambda

import (
	"archive/zip"
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"rekey/lab/world"
)

// installed gives a service with one function.
func installed(t *testing.T, o world.Options, f Function) (*Service, *function) {
	t.Helper()
	w := world.New(o)
	s := New(w, &role{world: w})
	f.Name, f.Account, f.Region, f.Role = "f", "111122223333", "eu-west-1", "r"
	if _, err := s.Install(f); err != nil {
		t.Fatal(err)
	}
	return s, s.functions[home{"111122223333", "eu-west-1"}]["f"]
}

// script writes a bootstrap.
func script(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bootstrap")
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// An event that comes while its function is being made waits, and takes up no
// concurrency meanwhile.
func TestEventWhilePending(t *testing.T) {
	ran := 0
	s, f := installed(t, world.Options{}, Function{Run: func(context.Context, world.AccessKey, []byte) ([]byte, error) {
		ran++
		return []byte("{}"), nil
	}})
	f.state = types.StatePending
	s.world.Locked(func() {
		if err := s.enqueue(f, "id", []byte("{}")); err != nil {
			t.Error(err)
		}
	})
	s.world.Advance(2 * time.Second)
	if ran != 0 || f.running != 0 {
		t.Errorf("%d events were handled, and %d are under way", ran, f.running)
	}
	f.state = types.StateActive
	s.world.Advance(time.Minute)
	if ran != 1 || f.running != 0 {
		t.Errorf("%d events were handled, and %d are under way", ran, f.running)
	}
}

// Close ends what is under way, and lets nothing begin.
func TestCloseWhileRunning(t *testing.T) {
	for name, bootstrap := range map[string]string{
		"busy":  "#!/bin/sh\nsleep 60\n",
		"fresh": python + "post('invocation/' + get() + '/response', b'{}')\n",
	} {
		s, f := installed(t, world.Options{WallClock: true}, Function{Bootstrap: script(t, bootstrap), Timeout: time.Minute})
		event := func() {
			s.world.Locked(func() {
				if run, err := s.begin(f); err == nil {
					s.outside(run, "id", []byte("{}"), func(Result, error) {})
				}
			})
		}
		for range 5 {
			event()
		}
		closed := make(chan struct{})
		go func() {
			defer close(closed)
			s.Close()
		}()
		for range 20 {
			event()
		}
		select {
		case <-closed:
		case <-time.After(20 * time.Second):
			t.Fatalf("%s: Close waits for a function", name)
		}
		event()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		s.world.Run(ctx) // waits for what is under way
		if len(s.all) > 0 {
			t.Errorf("%s: %d environments are left", name, len(s.all))
		}
	}
}

// endless prints more whenever somebody reads.
type endless struct {
	*output
	writes int
}

func (e *endless) Write(b []byte) (int, error) {
	if e.writes++; e.writes < 1000 {
		_, _ = e.file.Write(b)
	}
	return len(b), nil
}

// What prints without end does not hold an answer up.
func TestEndlessLog(t *testing.T) {
	for _, text := range []string{"", "one", "two"} {
		o, err := newOutput()
		if err != nil {
			t.Fatal(err)
		}
		_, _ = o.file.WriteString(text)
		e := &endless{output: o}
		if before, after := o.drain(e, 1); string(before) != text[:min(1, len(text))] || string(before)+string(after) != text || e.writes > 1 {
			t.Errorf("of %q the log has %q and %q, after %d writes", text, before, after, e.writes)
		}
		_ = o.file.Close()
	}
}

// Code that is refused is not kept.
func TestRefusedCode(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	for name, want := range map[string]string{"../x": "Could not unzip", "a|a": "Could not unzip", "a|a/b": "Could not unzip", "/x": "Could not unzip", "link": "symbolic links"} {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for _, file := range strings.Split(name, "|") {
			h := &zip.FileHeader{Name: file}
			if h.SetMode(0o644); file == "link" {
				h.SetMode(0o777 | os.ModeSymlink)
			}
			if _, err := z.CreateHeader(h); err != nil {
				t.Fatal(err)
			}
		}
		_ = z.Close()
		s := New(world.New(world.Options{}), nil)
		if _, err := s.unpack(b.Bytes()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if left, _ := os.ReadDir(os.TempDir()); len(left) > 0 {
		t.Errorf("%d directories are left", len(left))
	}
}

// Recorded: lambda test_lambda_runtime_exit, test_lambda_runtime_wrapper_not_found.
func TestExitInTheMiddle(t *testing.T) {
	for code, want := range map[string]string{"0": "Error: Runtime exited without providing a reason", "127": "Error: Runtime exited with error: exit status 127"} {
		i, _ := instance(t, "#!/bin/sh\nexit "+code+"\n", time.Minute)
		i.must(t, want)
	}
}

// A file that is no program is the function's failure.
func TestBootstrapThatIsNoProgram(t *testing.T) {
	s, _ := installed(t, world.Options{}, Function{})
	i, _ := instance(t, "no program", time.Second)
	r, err := i.Invoke(t.Context(), []byte("{}"))
	r, err = s.ran(r, err, "id")
	if err != nil || r.FunctionError != unhandled {
		t.Errorf("%s, %v", r.Payload, err)
	}
}
