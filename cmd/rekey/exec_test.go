package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"rekey/lab"
)

// binary builds the command once, as it ships.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "rekey-test-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "rekey")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

// served is a lab on loopback with twenty secrets in it, and an environment in
// which twenty variables refer to them.
type served struct {
	lab *lab.Lab
	env []string
}

func serve(t testing.TB, o lab.Options) served {
	t.Helper()
	l := lab.ForTest(t, o)
	server := httptest.NewServer(l)
	t.Cleanup(server.Close)
	s := served{lab: l, env: []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "AWS_ENDPOINT_URL=" + server.URL, "AWS_REGION=eu-west-1",
		"AWS_ACCESS_KEY_ID=111122223333", "AWS_SECRET_ACCESS_KEY=test",
	}}
	client := secretsmanager.NewFromConfig(l.Config("eu-west-1", lab.Root("111122223333")))
	for n := range 20 {
		if _, err := client.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{
			Name: new(fmt.Sprintf("app/%02d", n)), SecretString: new(fmt.Sprintf("canary-%d", n))}); err != nil {
			t.Fatal(err)
		}
		s.env = append(s.env, fmt.Sprintf("V%d=sm://app/%02d", n, n))
	}
	l.World.Trail.Reset()
	return s
}

// command is rekey with arguments, in the served environment.
func (s served) command(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.Env = slices.Clone(s.env)
	return cmd
}

// run gives what a command prints and its exit code.
func output(t testing.TB, cmd *exec.Cmd) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func TestExecReplacesEveryReference(t *testing.T) {
	s := serve(t, lab.Options{})
	s.env = append(s.env, "PLAIN=s3://bucket/key", "EMPTY=")
	stdout, stderr, code := output(t, s.command(t, "exec", "--", "sh", "-c", `echo "$V0 $V19 $PLAIN [$EMPTY] $1"; exit 42`, "sh", "--arg"))
	if stdout != "canary-0 canary-19 s3://bucket/key [] --arg\n" || stderr != "" || code != 42 {
		t.Errorf("%q, %q, exit code %d", stdout, stderr, code)
	}
	if n := s.lab.World.Trail.Count("", ""); n != 1 {
		t.Errorf("%d calls for 20 secrets", n)
	}
}

// The program is the same process, so a signal reaches it and nobody else.
func TestExecIsTheProgram(t *testing.T) {
	s := serve(t, lab.Options{})
	cmd := s.command(t, "exec", "--", "sh", "-c", `trap 'exit 7' TERM; echo ready $$; while :; do sleep 0.05; done`)
	said, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 64)
	n, err := said.Read(line)
	if err != nil || strings.TrimSpace(string(line[:n])) != fmt.Sprint("ready ", cmd.Process.Pid) {
		t.Errorf("%q, %v; the process is %d", line[:n], err, cmd.Process.Pid)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // its exit code says it
	if code := cmd.ProcessState.ExitCode(); code != 7 {
		t.Errorf("exit code %d", code)
	}
}

func TestExecStartsNothingOnAnyFailure(t *testing.T) {
	s := serve(t, lab.Options{})
	mark := filepath.Join(t.TempDir(), "started")
	for _, c := range []struct {
		name, add string
		args      []string
		want      string
		code      int
	}{
		{"a secret that is not", "BAD=sm://none", nil, "BAD: notFound", 1},
		{"no key named", "BAD=kms://AQ==", nil, "BAD: notAllowed", 1},
		{"a malformed reference", "BAD=kms://*", nil, "BAD: malformed", 1},
		{"a parameter that is not", "BAD=ssm:///x", nil, "BAD: notFound", 1},
		{"a parameter's name without its slash", "BAD=ssm://prod/x", nil, "ssm:///prod/x", 1},
		{"a message in a bucket that is not", "BAD=envelope+s3://none-such/x", []string{"--key", "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"}, "BAD: notFound", 1},
		{"a bad key", "", []string{"--key", "nonsense"}, "--key", 2},
		{"a bad context", "", []string{"--context", "novalue"}, "--context", 2},
		{"no such file", "", []string{"--file", "/nonexistent/.env"}, "/nonexistent/.env", 1},
		{"an unknown flag", "", []string{"--nonsense"}, "unknown flag", 2},
	} {
		run := served{lab: s.lab, env: append(slices.Clone(s.env), c.add)}
		cmd := run.command(t, slices.Concat([]string{"exec"}, c.args, []string{"--", "touch", mark})...)
		stdout, stderr, code := output(t, cmd)
		if _, err := os.Stat(mark); err == nil || stdout != "" || code != c.code || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: started %v, %q, %q, exit code %d", c.name, err == nil, stdout, stderr, code)
		}
		if strings.Contains(stderr, "canary") {
			t.Errorf("%s: the error shows a secret: %q", c.name, stderr)
		}
	}
	s.lab.World.Trail.Reset()
	_, stderr, code := output(t, s.command(t, "exec", "--", "/nonexistent/program"))
	if calls := s.lab.World.Trail.Count("", ""); code != 1 || !strings.Contains(stderr, "/nonexistent/program") || calls != 0 {
		t.Errorf("no such program: exit code %d, %q, %d calls", code, stderr, calls)
	}
}

func TestExecDryRunAsksNobody(t *testing.T) {
	s := serve(t, lab.Options{})
	file := filepath.Join(t.TempDir(), ".env")
	if err := os.WriteFile(file, []byte("# comment\nexport V0='plain'\nFROM_FILE=\"sm://app/00#k\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, code := output(t, s.command(t, "exec", "--dry-run", "--file", file, "--", "false"))
	if code != 0 || stderr != "" || strings.Count(stdout, "\n") != 20 || !strings.Contains(stdout, "FROM_FILE\tsm://app/00#k\n") || strings.Contains(stdout, "V0\t") {
		t.Errorf("%q, %q, exit code %d", stdout, stderr, code)
	}
	if n := s.lab.World.Trail.Count("", ""); n != 0 {
		t.Errorf("%d calls", n)
	}
}

// An endpoint that refuses, and one that takes the connection and never says
// anything, are both named within ten seconds.
func TestSilentEndpointIsNamed(t *testing.T) {
	silent := httptest.NewUnstartedServer(nil)
	defer silent.Close()
	refusing := httptest.NewServer(nil)
	refusing.Close()
	s := serve(t, lab.Options{})
	for name, url := range map[string]string{"silent": "http://" + silent.Listener.Addr().String(), "refusing": refusing.URL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			cmd := s.command(t, "exec", "--endpoint-url", url, "--", "true")
			cmd = &exec.Cmd{Path: cmd.Path, Args: cmd.Args, Env: cmd.Env}
			stop := context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() })
			defer stop()
			_, stderr, code := output(t, cmd)
			if code != 1 || !strings.Contains(stderr, strings.TrimPrefix(url, "http://")) || !strings.Contains(stderr, "V19: unreachable") {
				t.Errorf("exit code %d: %s", code, stderr)
			}
		})
	}
}

func TestReadEnv(t *testing.T) {
	env := map[string]string{}
	text := "A=1\n\n # note\nexport B = two words \nC='single # \" quoted'\nD=\"line\\nbreak\"\nE=\nF=a=b=c\r\n"
	if err := readEnv(env, text); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"A": "1", "B": "two words", "C": `single # " quoted`, "D": "line\nbreak", "E": "", "F": "a=b=c"} {
		if env[name] != want {
			t.Errorf("%s is %q, not %q", name, env[name], want)
		}
	}
	for _, bad := range []string{"canary", "=canary", "A B=canary", "A='canary", `A="canary`, `A="\q canary"`, "A=canary\x00"} {
		if err := readEnv(map[string]string{}, bad); err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// A signal that comes while secrets are still fetched, or a file is still
// waited for, is for rekey: the program is not started.
func TestExecInterrupted(t *testing.T) {
	s := serve(t, lab.Options{})
	pipe, mark := filepath.Join(t.TempDir(), "env"), filepath.Join(t.TempDir(), "started")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := s.command(t, "exec", "--file", pipe, "--", "touch", mark)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// Opening succeeds once rekey waits at the other end.
	w, err := os.OpenFile(pipe, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // its exit code says it
	if _, err := os.Stat(mark); err == nil || cmd.ProcessState.ExitCode() != 1 || !strings.Contains(said.String(), "interrupted") {
		t.Errorf("exit code %d: %s", cmd.ProcessState.ExitCode(), said.String())
	}
}

// What the service answers is not believed where it says nothing.
func TestEmptyAnswers(t *testing.T) {
	empty := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_, _ = w.Write([]byte("{}"))
	}))
	defer empty.Close()
	s := serve(t, lab.Options{})
	s.env = append(s.env, "S=kms://AQ==")
	for _, args := range [][]string{
		{"exec", "--key", "alias/app", "--", "true"},
		{"decrypt", "--key", "alias/app", "/dev/null"},
	} {
		_, stderr, code := output(t, s.command(t, append([]string{"--endpoint-url", empty.URL}, args...)...))
		if code != 1 || strings.Contains(stderr, "panic") {
			t.Errorf("%s: exit code %d: %s", args[0], code, stderr)
		}
	}
}

func TestCommandLine(t *testing.T) {
	s := serve(t, lab.Options{})
	s.env = append(s.env, "REKEY_KEYS=alias/app nonsense", "S=kms://AQ==")
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--version"}, 0, "rekey"},
		{[]string{"encypt", "--key", "x"}, 2, "did you mean encrypt?"},
		{[]string{"nonsense"}, 2, `"nonsense" is not a command`},
		{[]string{"exec"}, 2, "name the program"},
		{[]string{"exec", "--", "true"}, 2, "REKEY_KEYS"},
		{[]string{"exec", "--endpoint-url", "127.0.0.1:1", "--key", "alias/a", "--", "true"}, 2, "--endpoint-url"},
		{[]string{"lab", "--listen", "0.0.0.0:1"}, 2, "loopback"},
		{[]string{"lab", "--listen", "127.0.0.1:99999"}, 2, "a port"},
		{[]string{"--output", "yaml", "version"}, 2, "json or text"},
	} {
		stdout, stderr, code := output(t, s.command(t, c.args...))
		if code != c.code || !strings.Contains(stdout+stderr, c.want) {
			t.Errorf("%q: exit code %d, %q%q", c.args, code, stdout, stderr)
		}
	}
}
