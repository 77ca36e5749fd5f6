//go:build unix

package lambda

import (
	"os/exec"
	"syscall"
)

// grouped has the command run in a process group of its own.
func grouped(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// killGroup ends the command and what it started.
func killGroup(c *exec.Cmd) {
	_ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL) // it may have exited already
}
