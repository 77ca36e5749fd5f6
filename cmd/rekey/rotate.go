package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/spf13/cobra"

	"rekey/functions/rotate"
	"rekey/shared/keyid"
	"rekey/shared/pace"
)

func (a *app) rotateCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "rotate",
		Short: "Show how KMS keys are to be rotated, do it, and take it back",
		Long: `rotate does by hand what the rotate function does by schedule: each key is rotated
in the way that is right for its kind, or as its tags rekey:rotate and rekey:every
say. What changes keys is kept in the journal of the function (output JournalBucket
of the stack RekeyRotate), so the two never get in each other's way.`,
		Args: unknownCommand,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.rotatePlanCommand(), a.rotateApplyCommand(), a.rotateRollbackCommand(), a.rotateStatusCommand())
	for _, sub := range c.Commands() {
		sub.Args = usageArgs(sub.Args)
	}
	return c
}

// rotateFlags are those of the commands under rekey rotate. Each is an environment
// variable of the function too, which is what it has where the flag is not given.
type rotateFlags struct {
	journal, journalKey, way, every, materials, share string
	materialKeys, accept                              []string
	again, apply, now, needsJournal                   bool
}

// wishFlags are of the commands that plan.
func (f *rotateFlags) wishFlags(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&f.way, "rotate", "", "what is wanted of keys without the tag rekey:rotate: on, off, automatic, on-demand, import or successor (default: "+rotate.EnvRotate+", or on)")
	flags.StringVar(&f.every, "every", "", "how often, of keys without the tag rekey:every, such as 90d, 13w, 3mo or 1y (default: "+rotate.EnvEvery+", or 365d)")
	flags.StringVar(&f.materials, "materials", "", "where sealed key material waits: s3://BUCKET/PREFIX, the key's id and a name follow (default: "+rotate.EnvMaterials+")")
	flags.StringArrayVar(&f.materialKeys, "material-key", nil, "ARN of a key that the material may be sealed under (repeatable; default: "+rotate.EnvMaterialKeys+")")
	flags.BoolVar(&f.now, "now", false, "whatever the age of the key, as when it may have leaked")
	flags.StringArrayVar(&f.accept, "accept", nil, "accept what a plan asks for, by its name (repeatable)")
}

func (f *rotateFlags) journalFlags(c *cobra.Command) {
	c.Flags().StringVar(&f.journal, "journal", "", "bucket of the journal (default: "+rotate.EnvJournal+")")
	c.Flags().StringVar(&f.journalKey, "journal-key", "", "KMS key that the journal is written under (default: "+rotate.EnvJournalKey+", or as the bucket does)")
	c.Flags().StringVar(&f.share, "quota-share", "", "how many percent of the request quotas of AWS KMS to use (default: "+rotate.EnvShare+", or 50)")
}

// settings reads what the flags leave open from the environment.
func (f *rotateFlags) settings(self string, home rotate.Home) (rotate.Settings, error) {
	given := map[string]string{
		rotate.EnvJournal: f.journal, rotate.EnvJournalKey: f.journalKey, rotate.EnvRotate: f.way, rotate.EnvEvery: f.every,
		rotate.EnvMaterials: f.materials, rotate.EnvMaterialKeys: strings.Join(f.materialKeys, " "), rotate.EnvShare: f.share,
	}
	s, err := rotate.ByHand(self, home, func(name string) string {
		if text := given[name]; text != "" {
			return text
		}
		if text := os.Getenv(name); text != "" || name != rotate.EnvRotate {
			return text
		}
		return "on" // a key that is named by hand is meant
	})
	if err != nil {
		return s, usageError{inFlags(err, given)}
	}
	if err := rotate.CheckAccepts(f.accept); err != nil {
		return s, usagef("--accept %w", err)
	}
	s.Defaults.Accepts, s.Defaults.Now = f.accept, f.now
	return s, nil
}

// rotateFlagOf are the flags that are given in place of variables.
var rotateFlagOf = map[string]string{
	rotate.EnvJournal: "--journal", rotate.EnvJournalKey: "--journal-key", rotate.EnvRotate: "--rotate", rotate.EnvEvery: "--every",
	rotate.EnvMaterials: "--materials", rotate.EnvMaterialKeys: "--material-key", rotate.EnvShare: "--quota-share",
}

// inFlags words an error of settings for one who gave flags, not variables.
func inFlags(err error, given map[string]string) error {
	text := err.Error()
	for name, flag := range rotateFlagOf {
		if given[name] != "" || os.Getenv(name) == "" {
			text = strings.ReplaceAll(text, name, flag)
		}
	}
	return errors.New(text)
}

// hands is the rotate function, worked by hand.
type hands struct {
	*app
	handler *rotate.Handler
	rotator *rotate.Rotator
	keys    *kms.Client
}

// byHand sets the function up as the caller, in the Region of the keys.
func (a *app) byHand(ctx context.Context, f *rotateFlags, refs []keyid.Ref, home keyid.Region) (*hands, error) {
	for _, ref := range refs {
		if region, _, ok := ref.Home(); ok && region != home {
			return nil, usagef("%s is in another Region than the keys before it: name the keys of one Region at a time", ref)
		}
	}
	cfg, err := a.aws(ctx, home)
	if err != nil {
		return nil, err
	}
	if home != "" {
		cfg.Region = string(home)
	}
	who, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, fmt.Errorf("ask who is calling (sts:GetCallerIdentity): %w", err)
	}
	self, err := arn.Parse(*who.Arn)
	if err != nil {
		return nil, fmt.Errorf("ask who is calling: %q is no ARN; is the endpoint AWS's?", *who.Arn)
	}
	s, err := f.settings(*who.Arn, rotate.Home{Partition: self.Partition, Account: keyid.Account(*who.Account), Region: keyid.Region(cfg.Region)})
	if err != nil {
		return nil, err
	}
	if f.needsJournal && s.Journal == "" {
		return nil, usageError{fmt.Errorf("%w: give --journal, or set %s", rotate.ErrNoJournal, rotate.EnvJournal)}
	}
	handler, err := rotate.New(s, cfg, io.Discard, slog.New(slog.DiscardHandler), pace.Wall)
	if err != nil {
		return nil, usageError{err}
	}
	if handler.Rotator.Trail, err = rotate.Trails(cfg, pace.Wall); err != nil {
		return nil, err
	}
	handler.Rotator.Holder, handler.Rotator.Lease = holder(), leaseByHand
	return &hands{a, handler, handler.Rotator, kms.NewFromConfig(cfg)}, nil
}

// leaseByHand is for how long a job is held after each of its steps: the longest of
// them takes a minute.
const leaseByHand = 5 * time.Minute

// holder names this process in the journal.
func holder() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	return fmt.Sprintf("rekey on %s, process %d, %s", host, os.Getpid(), tempName())
}

// rotateStatusCommand tells what the journal knows.
func (a *app) rotateStatusCommand() *cobra.Command {
	var f rotateFlags
	c := &cobra.Command{
		Use:   "status KEY...",
		Short: "Show how far the successor of a key has come, and its last rotation in place",
		Long: `status reads the journal and, where the aliases have moved, what goes on using the
old key: aliases, grants and policies that are left, its last use, and who names it
in CloudTrail's event history of the last week. A key is named by its ARN, id or alias; a successor stands
for the key that it was made for.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.eachKey(c.Context(), &f, args, func(h *hands, ref keyid.Ref) error {
				answer, err := h.ask(c.Context(), rotate.ToStatus, ref)
				if err != nil {
					return err
				}
				return h.status(c.Context(), answer)
			})
		},
	}
	f.journalFlags(c)
	f.needsJournal = true
	return c
}

// status shows what the journal knows of a key and, where its aliases have moved, what
// goes on using it.
func (h *hands) status(ctx context.Context, k rotate.KeyAnswer) error {
	var residue []rotate.Residue
	if k.Job != nil && k.Job.Phase == rotate.Done {
		var err error
		if residue, err = h.rotator.Residue(ctx, k.Job.Plan.Key, k.Job.Successor, k.Job.Ended); err != nil {
			return err
		}
	}
	return h.print(struct {
		rotate.KeyAnswer
		Residue []rotate.Residue `json:"residue,omitempty"`
	}{k, residue}, statusText(k)+residueText(residue))
}

// ask has the function answer a request for one key.
func (h *hands) ask(ctx context.Context, action rotate.Action, ref keyid.Ref) (rotate.KeyAnswer, error) {
	return h.handler.Do(ctx, ref, rotate.Request{Action: action})
}

// eachKey does something with each key that was named; one that fails does not keep
// it from the others.
func (a *app) eachKey(ctx context.Context, f *rotateFlags, args []string, do func(*hands, keyid.Ref) error) error {
	refs, home, err := parseKeys("KEY", args)
	if err != nil {
		return err
	}
	h, err := a.byHand(ctx, f, refs, home)
	if err != nil {
		return err
	}
	failed := 0
	for i, ref := range refs {
		err := do(h, ref)
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return errInterrupted
		case len(refs) == 1:
			return fmt.Errorf("%s: %w", ref, err)
		default:
			failed++
			a.report(args[i], err)
		}
	}
	if failed > 0 {
		return partlyError{failed, len(refs)}
	}
	return nil
}
