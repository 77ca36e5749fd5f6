package samlocal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// The environment variables by which scripts/sam-test tells what it has set up.
const (
	EnvCLI   = "REKEY_SAM_CLI"   // path of SAM CLI
	EnvShell = "REKEY_SAM_SHELL" // path of a static busybox
	EnvArch  = "REKEY_SAM_ARCH"  // x86_64 or arm64
	envHost  = "DOCKER_HOST"     // of the container engine, where it is not the usual one
	envPath  = "PATH"            // where docker is
)

// Setup is what SAM CLI needs on this machine.
type Setup struct {
	CLI   string // path of SAM CLI
	Shell string // path of a static busybox
	Arch  string // the functions' architecture, as Lambda calls it: x86_64 or arm64

	path, host string
}

// FromEnvironment reads what scripts/sam-test tells, from a function like
// os.Getenv.
func FromEnvironment(getenv func(string) string) (Setup, error) {
	s := Setup{CLI: getenv(EnvCLI), Shell: getenv(EnvShell), Arch: getenv(EnvArch), path: getenv(envPath), host: getenv(envHost)}
	switch {
	case s.CLI == "" || s.Shell == "":
		return s, fmt.Errorf("%s and %s are not set: run these tests with make sam-test, which sets SAM CLI up", EnvCLI, EnvShell)
	case platforms[s.Arch] == "":
		return s, fmt.Errorf("%s is %q, neither x86_64 nor arm64", EnvArch, s.Arch)
	}
	return s, nil
}

// platforms are the engine's names for architectures.
var platforms = map[string]string{"x86_64": "linux/amd64", "arm64": "linux/arm64"}

// engine runs a command of the container engine, and gives what it prints.
func (s Setup) engine(ctx context.Context, input []byte, args ...string) (string, error) {
	c := exec.CommandContext(ctx, "docker", args...)
	c.Stdin = bytes.NewReader(input)
	out, err := c.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w: %s", err, bytes.TrimSpace(exit.Stderr))
		}
		return "", fmt.Errorf("docker %s: %w", strings.Join(args[:2], " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}
