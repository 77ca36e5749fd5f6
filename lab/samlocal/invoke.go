package samlocal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"syscall"
	"time"
)

// Answer is what an invocation came to.
type Answer struct {
	// Payload is the function's answer, or {"errorMessage": …, "errorType": …}.
	Payload []byte
	// FunctionError is not empty where the function failed. sam local invoke does
	// not tell it.
	FunctionError string
}

// ending is how long SAM CLI may take to remove its containers: then it is killed.
const ending = 20 * time.Second

// command is SAM CLI, with nothing of this process's environment but the way to
// the engine. It has the function's session too, and hands it on.
func (f *Function) command(ctx context.Context, args ...string) *exec.Cmd {
	l := f.local
	c := exec.CommandContext(ctx, l.setup.CLI, append([]string{"local"}, args...)...)
	c.Args = append(c.Args, "--template", f.Template, "--env-vars", f.variables, "--region", f.Config.Region,
		"--skip-pull-image", "--invoke-image", l.image(), "--add-host", host+":"+l.gateway)
	c.Env = []string{
		"PATH=" + l.setup.path, "HOME=" + l.dir, "TMPDIR=" + l.dir,
		"SAM_CLI_TELEMETRY=0", "SAM_CLI_CONTAINER_CONNECTION_TIMEOUT=120",
		"AWS_REGION=" + f.Config.Region, "AWS_DEFAULT_REGION=" + f.Config.Region,
		"AWS_ACCESS_KEY_ID=" + f.session.ID, "AWS_SECRET_ACCESS_KEY=" + f.session.Secret, "AWS_SESSION_TOKEN=" + f.session.SessionToken,
		"AWS_ENDPOINT_URL=" + l.outside, // SAM CLI asks STS for the account
	}
	if l.setup.host != "" {
		c.Env = append(c.Env, envHost+"="+l.setup.host)
	}
	// Not an interrupt, which whoever was started in the background may ignore.
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.WaitDelay = l.ending
	return c
}

// Invoke runs one event with sam local invoke, in a container of its own. The error
// says that there is no answer, with what SAM CLI and the function printed.
func (f *Function) Invoke(ctx context.Context, event []byte) (Answer, error) {
	c := f.command(ctx, "invoke", f.logicalID, "--event", "-")
	c.Stdin = bytes.NewReader(event)
	var out, printed bytes.Buffer
	c.Stdout, c.Stderr = &out, &printed
	err := c.Run()
	payload := bytes.TrimSpace(out.Bytes())
	if err == nil && len(payload) == 0 { // SAM CLI succeeds where the function does not start
		err = errors.New("the function gave no answer")
	}
	if err != nil {
		return Answer{}, fmt.Errorf("sam local invoke %s: %w:\n%s", f.Name, err, printed.Bytes())
	}
	return Answer{Payload: payload}, nil
}
