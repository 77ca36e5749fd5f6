package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/spf13/cobra"

	"rekey/functions/rotate"
	"rekey/shared/keyid"
)

func (a *app) rotatePlanCommand() *cobra.Command {
	var f rotateFlags
	c := &cobra.Command{
		Use:   "plan [KEY]...",
		Short: "Show what would be done with keys; changes nothing",
		Long: `plan shows what would be done with the keys that are named, step by step, or in a
table with all keys of the Region. It needs read permissions only, on the journal
too, and says which were missing. A key is named by its ARN, id or alias.`,
		Example: `  rekey rotate plan
  rekey rotate plan --journal BUCKET --every 90d alias/signing
  rekey rotate plan --output json | jq -r 'select(.outcome=="blocked") | .key+" "+.why'`,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return a.planAll(c.Context(), &f)
			}
			return a.eachKey(c.Context(), &f, args, func(h *hands, ref keyid.Ref) error {
				_, p, err := h.plan(c.Context(), ref)
				if err != nil {
					return err
				}
				if err := h.print(p, planText(p)); err != nil {
					return err
				}
				return unread(p)
			})
		},
	}
	f.wishFlags(c)
	f.journalFlags(c)
	return c
}

// plan observes a key and plans.
func (h *hands) plan(ctx context.Context, ref keyid.Ref) (rotate.Key, rotate.Plan, error) {
	k, err := h.rotator.Observe(ctx, ref)
	if err != nil {
		return rotate.Key{}, rotate.Plan{}, err
	}
	return k, rotate.PlanFor(k, h.rotator.Defaults, time.Now()), nil
}

// unread is the error of a plan that could not be made for want of a permission.
func unread(p rotate.Plan) error {
	if len(p.Missing) == 0 {
		return nil
	}
	return errors.New(p.Why)
}

// planAll plans for all keys of the Region, page by page.
func (a *app) planAll(ctx context.Context, f *rotateFlags) error {
	h, err := a.byHand(ctx, f, nil, "")
	if err != nil {
		return err
	}
	table := newPlanTable(a, h.aliases(ctx))
	all, failed := 0, 0
	pages := kms.NewListKeysPaginator(h.keys, &kms.ListKeysInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list the keys (kms:ListKeys): %w", err)
		}
		for _, entry := range page.Keys {
			all++
			p, err := h.planOf(ctx, *entry.KeyArn)
			switch {
			case ctx.Err() != nil:
				return errInterrupted
			case err == nil:
				err = table.add(p)
			}
			if err != nil {
				failed++
				a.report(*entry.KeyArn, err)
			}
		}
		if err := table.flush(); err != nil {
			return err
		}
	}
	switch {
	case failed > 0:
		return partlyError{failed, all}
	case all == 0:
		fmt.Fprintf(a.stderr, "rekey: there are no keys in %s\n", h.rotator.Region)
	}
	return nil
}

// aliases gives the first alias of each key of the Region, by the key's id. They are
// for the reader alone: without the permission there are none.
func (h *hands) aliases(ctx context.Context) map[string]string {
	first := map[string]string{}
	pages := kms.NewListAliasesPaginator(h.keys, &kms.ListAliasesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return first
		}
		for _, a := range page.Aliases {
			if a.TargetKeyId != nil && first[*a.TargetKeyId] == "" {
				first[*a.TargetKeyId] = *a.AliasName
			}
		}
	}
	return first
}

// planOf plans for a key of a list. Where something could not be read the plan is
// shown, and that is an error besides.
func (h *hands) planOf(ctx context.Context, key string) (rotate.Plan, error) {
	arn, err := keyid.ParseARN(key)
	if err != nil {
		return rotate.Plan{}, err
	}
	_, p, err := h.plan(ctx, arn.Ref())
	return p, err
}
