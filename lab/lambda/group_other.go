//go:build !unix

package lambda

import "os/exec"

// grouped does nothing: without process groups only the bootstrap itself is
// ended, and what it started may stay.
func grouped(*exec.Cmd) {}

func killGroup(c *exec.Cmd) {
	_ = c.Process.Kill() // it may have exited already
}
