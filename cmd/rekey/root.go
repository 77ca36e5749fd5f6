package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
)

// The exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
	exitPartly = 3
)

// app is one run of the command: its streams, and the flags that all commands
// have.
type app struct {
	stdin          *os.File
	stdout, stderr io.Writer

	region, profile, endpoint string
	output                    string
}

// usageError is a mistake on the command line: nothing was done.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, a ...any) error { return usageError{fmt.Errorf(format, a...)} }

// partlyError says that some of several things failed; each was reported when
// it did.
type partlyError struct{ failed, all int }

func (e partlyError) Error() string { return fmt.Sprintf("%d of %d failed", e.failed, e.all) }

// run is the whole command but for the process around it.
func run(ctx context.Context, args []string, a *app) int {
	root := a.command()
	root.SetArgs(args)
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	a.report("", err)
	var usage usageError
	var partly partlyError
	switch {
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &partly) && partly.failed < partly.all:
		return exitPartly
	}
	return exitFailed
}

func (a *app) command() *cobra.Command {
	root := &cobra.Command{
		Use:   "rekey",
		Short: "Encrypt, decrypt and start programs under AWS KMS keys, and rotate the keys",
		Long: `rekey does by hand what the Lambda functions of the suite do by event: today that
is decrypting and rotating, and what belongs to it. Credentials, Region and endpoint come from
AWS's usual environment variables and profiles.

Exit codes: 0 done; 1 failed; 2 the command line is wrong; 3 partly failed.
rekey exec ends with the exit code of the program it becomes.`,
		Args:          unknownCommand,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
		SilenceErrors: true, SilenceUsage: true, Version: version,
		SuggestionsMinimumDistance: 2,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if a.output != "text" && a.output != "json" {
				return usagef("--output %q: it is json or text", a.output)
			}
			return nil
		},
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		if args := c.Flags().Args(); c == root && len(args) > 0 {
			return unknownCommand(root, args) // rather than the flag that it does not have
		}
		return usageError{fmt.Errorf("%w (see %s --help)", err, c.CommandPath())}
	})
	flags := root.PersistentFlags()
	flags.StringVar(&a.region, "region", "", "AWS Region (default: AWS_REGION, or the profile's)")
	flags.StringVar(&a.profile, "profile", "", "named profile of the AWS configuration files (default: AWS_PROFILE)")
	flags.StringVar(&a.endpoint, "endpoint-url", "", "send every call to this URL (default: AWS_ENDPOINT_URL)")
	flags.StringVar(&a.output, "output", "text", "text, or json: one object a line, errors too")
	root.AddCommand(a.encryptCommand(), a.decryptCommand(), a.inspectCommand(), a.execCommand(), a.policyCommand(), a.rotateCommand(), a.versionCommand())
	root.AddCommand(a.labCommands()...)
	for _, c := range root.Commands() {
		c.Args = usageArgs(c.Args)
	}
	return root
}

// usageArgs makes a wrong number of arguments a usage error.
func usageArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if check == nil {
			return nil
		}
		err := check(c, args)
		if errors.As(err, new(usageError)) {
			return err // it has its hint
		}
		if err != nil {
			return usageError{fmt.Errorf("%w (see %s --help)", err, c.CommandPath())}
		}
		return nil
	}
}

func unknownCommand(parent *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := "see " + parent.CommandPath() + " --help"
	if near := parent.SuggestionsFor(args[0]); len(near) > 0 {
		hint = "did you mean " + near[0] + "?"
	}
	return usagef("%q is not a command of %s (%s)", args[0], parent.CommandPath(), hint)
}
