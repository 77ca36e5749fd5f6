//go:build !nolab

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"rekey/lab"
)

func (a *app) demoCommand() *cobra.Command {
	var bootstrap string
	c := &cobra.Command{
		Use:   "demo",
		Short: "Tell one story of the suite on the lab; every line is something that happened",
		Long: `demo starts the lab and goes through one story on it: keys, files, a program, the
real decrypt function, and a year of key rotation. It needs no AWS account, writes to
a temporary directory only, and ends with exit code 0 only if every step went as told.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if a.output == "json" {
				return usagef("demo tells its story in words only, without --output json")
			}
			return a.demo(c.Context(), bootstrap)
		},
	}
	c.Flags().StringVar(&bootstrap, "bootstrap", "", "bootstrap binary of the decrypt function (default: the one that make build leaves beside this command)")
	return c
}

func (a *app) demo(ctx context.Context, bootstrap string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if bootstrap == "" {
		bootstrap = filepath.Join(filepath.Dir(self), "..", "dist", lambdaArch(), "decrypt", "bootstrap")
	}
	if _, err := os.Stat(bootstrap); err != nil {
		return usagef("the decrypt function's binary is not there: run make build, or give --bootstrap: %w", err)
	}
	dir, err := os.MkdirTemp("", "rekey-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // what is left is in the system's temporary directory
	signal.Ignore(syscall.SIGPIPE)           // a reader that leaves early must not leave the directory behind
	o := lab.Options{WallClock: true}
	if _, err := rand.Read(o.Seed[:]); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s := &story{app: a, self: self, bootstrap: bootstrap, dir: dir, lab: lab.New(o), endpoint: "http://" + l.Addr().String()}
	server := &http.Server{Handler: s.lab, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(l) }() // ends when it is closed
	defer func() { _ = server.Close() }()
	return s.run(ctx)
}

// lambdaArch is the directory under dist/ that holds binaries for this machine.
func lambdaArch() string {
	if runtime.GOARCH == "amd64" {
		return "x86_64"
	}
	return runtime.GOARCH
}

// story is the demo under way.
type story struct {
	*app
	lab       *lab.Lab
	endpoint  string
	self      string // this command's own binary
	bootstrap string
	dir       string

	shop, bank cast
}

// errStory ends the story where something did not happen as told.
var errStory = errors.New("the story did not go as told")

// run tells the chapters in order.
func (s *story) run(ctx context.Context) error {
	for i, c := range []struct {
		title string
		tell  func(context.Context)
	}{
		{"Two accounts, and a key with administrators and users", s.keys},
		{"Two files, of 3 bytes and of 300 MB", s.files},
		{"A program with four decrypted variables", s.program},
		{"The decrypt function, and ten references", s.function},
		{"Eight keys, rotated for a year", s.rotation},
	} {
		fmt.Fprintf(s.stdout, "\nChapter %d. %s\n", i+1, c.title)
		err := s.tell(ctx, c.tell)
		switch {
		case ctx.Err() != nil:
			return errInterrupted
		case err != nil:
			return err
		}
	}
	if calls := s.lab.Unfaithful(); len(calls) > 0 {
		return fmt.Errorf("%w: the lab could not serve %q", errStory, calls)
	}
	fmt.Fprintf(s.stdout, "\nThe end. The lab answered %d calls; nothing left this machine.\n", s.lab.World.Trail.Count("", ""))
	return nil
}

// tell runs one chapter. Its steps end it by panicking with a storyError, so
// that they read as a story.
func (s *story) tell(ctx context.Context, chapter func(context.Context)) (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case storyError:
			err = fmt.Errorf("%w: %w", errStory, p.error)
		default:
			panic(p)
		}
	}()
	chapter(ctx)
	return nil
}

type storyError struct{ error }

// line prints what has happened.
func (s *story) line(format string, a ...any) {
	_, err := fmt.Fprintf(s.stdout, "  "+format+"\n", a...)
	must(err)
}

// must ends the story at an error.
func must(err error) {
	if err != nil {
		panic(storyError{err})
	}
}

// got is must for a call that gives something.
func got[T any](v T, err error) T {
	must(err)
	return v
}

// expect ends the story unless what is told is so.
func expect(ok bool, format string, a ...any) {
	if !ok {
		panic(storyError{fmt.Errorf(format, a...)})
	}
}
