package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"rekey/functions/rotate"
	"rekey/shared/keyid"
)

func (a *app) rotateApplyCommand() *cobra.Command {
	var f rotateFlags
	c := &cobra.Command{
		Use:   "apply KEY...",
		Short: "Do what is due for keys",
		Long: `apply shows the plan for each key, asks, and does it. What was begun and not finished
goes on as it was planned then. Each step is recorded in the journal before and
after, so that apply can be repeated after any failure.`,
		Example: `  rekey rotate apply --journal BUCKET alias/signing
  rekey rotate apply --journal BUCKET --accept lost-access --apply alias/signing`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.eachKey(c.Context(), &f, args, func(h *hands, ref keyid.Ref) error { return h.apply(c.Context(), &f, ref) })
		},
	}
	f.wishFlags(c)
	f.journalFlags(c)
	c.Flags().BoolVar(&f.again, "again", false, "go forward again with a key that was rolled back, to the successor that it has")
	f.applyFlag(c)
	return c
}

func (f *rotateFlags) applyFlag(c *cobra.Command) {
	f.needsJournal = true
	c.Flags().BoolVar(&f.apply, "apply", false, "do it without asking")
}

func (a *app) rotateRollbackCommand() *cobra.Command {
	var f rotateFlags
	c := &cobra.Command{
		Use:   "rollback KEY...",
		Short: "Move the aliases back from a key's successor",
		Long: `rollback points every alias that was moved to a key's successor at the old key again,
at any later time, finished or not. The successor stays, with what is under it by
now. The key is left alone then until rekey rotate apply --again.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.eachKey(c.Context(), &f, args, func(h *hands, ref keyid.Ref) error { return h.rollBack(c.Context(), &f, ref) })
		},
	}
	f.journalFlags(c)
	f.applyFlag(c)
	return c
}

// apply shows the plan for a key, and does that one.
func (h *hands) apply(ctx context.Context, f *rotateFlags, ref keyid.Ref) error {
	k, p, err := h.plan(ctx, ref)
	if err != nil {
		return err
	}
	again := f.again && k.Job.Value != nil && k.Job.Value.Phase == rotate.RolledBack
	if p.Outcome != rotate.Due && !again {
		if err := h.print(p, planText(p)); err != nil {
			return err
		}
		if p.Outcome == rotate.Blocked {
			return fmt.Errorf("nothing was done: %s", p.Why)
		}
		return nil
	}
	shown := planText(p)
	if again {
		shown = statusText(rotate.KeyAnswer{Key: ref.String(), Job: k.Job.Value})
	}
	if err := h.confirm(ctx, f, shown); err != nil {
		return err
	}
	var done rotate.Result
	if again {
		done, err = h.rotator.Again(ctx, k.ARN)
	} else {
		done, err = h.rotator.Apply(ctx, k, p)
	}
	if said := h.print(done, resultText(done)); said != nil {
		return said
	}
	return err
}

// rollBack shows what would move, and moves it.
func (h *hands) rollBack(ctx context.Context, f *rotateFlags, ref keyid.Ref) error {
	status, err := h.ask(ctx, rotate.ToStatus, ref)
	if err != nil {
		return err
	}
	if status.Job == nil {
		return fmt.Errorf("there is nothing to take back: %w", rotate.ErrNoJob)
	}
	if err := h.confirm(ctx, f, statusText(status)); err != nil {
		return err
	}
	answer, err := h.ask(ctx, rotate.ToRollBack, ref)
	if answer.Result != nil {
		if said := h.print(*answer.Result, resultText(*answer.Result)); said != nil {
			return said
		}
	}
	return err
}

// errDeclined ends what its user did not want.
var errDeclined = errors.New("nothing was done")

// confirm shows what is about to be done, on standard error, and asks. Without a
// terminal to ask at it takes --apply; the end of input is a no.
func (h *hands) confirm(ctx context.Context, f *rotateFlags, shown string) error {
	if f.apply {
		return nil
	}
	if !isTerminal(h.stdin) || h.output == "json" {
		fmt.Fprintln(h.stderr, shown)
		return usagef("nothing was done: give --apply to do it, since there is nobody to ask")
	}
	fmt.Fprintf(h.stderr, "%s\nDo it? [y/N] ", shown)
	answer := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(h.stdin).ReadString('\n') // an error is a no
		answer <- strings.ToLower(strings.TrimSpace(line))
	}()
	select {
	case <-ctx.Done():
		return errInterrupted
	case yes := <-answer:
		if yes != "y" && yes != "yes" {
			return errDeclined
		}
		return nil
	}
}
