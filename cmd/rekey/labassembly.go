//go:build !nolab

package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"rekey/lab"
	"rekey/lab/cloudformation"
	"rekey/shared/keyid"
)

// assembled is what rekey lab deploys before it serves.
type assembled struct {
	dir     string
	account string
	region  string

	stacks []*cloudformation.Template
}

// read checks the flags, and reads the assembly, if there is one.
func (d *assembled) read() error {
	d.region = cmp.Or(d.region, "eu-west-1")
	if _, err := keyid.ParseAccount(d.account); err != nil {
		return usagef("--account %q: %v", d.account, err)
	}
	if _, err := keyid.ParseRegion(d.region); err != nil {
		return usagef("--region %q: %v", d.region, err)
	}
	if d.dir == "" {
		return nil
	}
	a, err := cloudformation.ReadAssembly(d.dir)
	if err != nil {
		return err
	}
	d.stacks = a.Stacks()
	return nil
}

// labOutputs are the outputs of one stack.
type labOutputs struct {
	Stack   string            `json:"stack"`
	Outputs map[string]string `json:"outputs"`
}

// deploy bootstraps the account and Region and deploys the stacks, as the root
// user. The code is that of a directory that the user named himself: for it alone
// functions are let in.
func (d *assembled) deploy(ctx context.Context, l *lab.Lab, url string) ([]labOutputs, error) {
	if d.dir == "" {
		return nil, nil
	}
	defer func(uploads bool) { l.Lambda.Uploads = uploads }(l.Lambda.Uploads)
	l.Lambda.Uploads = true
	account, region := keyid.Account(d.account), keyid.Region(d.region)
	config := l.Config(region, lab.Root(account))
	config.BaseEndpoint = aws.String("https" + strings.TrimPrefix(url, "http")) // never leaves the process; queues get addresses that others reach
	deployer := cloudformation.New(cloudformation.Target{Config: config, Account: account, Region: region, Wait: wait})
	if err := deployer.Bootstrap(ctx); err != nil {
		return nil, err
	}
	var all []labOutputs
	for _, t := range d.stacks {
		stack, err := deployer.Deploy(ctx, t, nil)
		if err != nil {
			return nil, err
		}
		// What the CDK adds for its other stacks is for nobody else.
		maps.DeleteFunc(stack.Outputs, func(name, _ string) bool { return strings.HasPrefix(name, "ExportsOutput") })
		all = append(all, labOutputs{stack.Name, stack.Outputs})
	}
	return all, nil
}

// wait looks again soon: nothing takes the served lab longer than two seconds.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(min(d, 50*time.Millisecond))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// hello tells how to use the lab, and what is in it.
func (d *assembled) hello(url string, stacks []labOutputs) string {
	var text strings.Builder
	fmt.Fprintf(&text, labHello, url, d.region, d.account)
	for _, s := range stacks {
		fmt.Fprintf(&text, "\nDeployed in account %s, Region %s: %s\n", d.account, d.region, s.Stack)
		for _, name := range slices.Sorted(maps.Keys(s.Outputs)) {
			fmt.Fprintf(&text, "  %s = %s\n", name, s.Outputs[name])
		}
	}
	return text.String()
}
