// Command rekey shows plans and does by hand what the functions of the suite
// do by event.
//
// Exit codes: 0 everything was done; 1 it failed; 2 the command line is wrong;
// 3 some of several things failed. rekey exec ends with the exit code of the
// program it becomes.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal asks the work to end; a second one ends the process.
	context.AfterFunc(ctx, stop)
	code := run(ctx, os.Args[1:], &app{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr})
	os.Exit(code)
}
