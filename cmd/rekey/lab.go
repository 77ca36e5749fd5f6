//go:build !nolab

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"rekey/lab"
)

func (a *app) labCommand() *cobra.Command {
	var listen string
	var functions bool
	var assembly assembled
	o := lab.Options{WallClock: true}
	c := &cobra.Command{
		Use:   "lab",
		Short: "Serve the lab: a strict AWS of many accounts, in this process",
		Long: `lab serves AWS KMS, Secrets Manager, Systems Manager parameters, S3, SQS, SNS,
EventBridge and its Scheduler, Lambda, CloudWatch Logs, CloudTrail, IAM and STS, as
far as the README says, of as many accounts and Regions as are asked for, on one
endpoint, for any AWS SDK and the AWS CLI. Buckets are named in the path. Nothing is
kept when it ends.

An access key id of twelve digits with the secret "test" is that account's root
user. All other credentials are made with the lab's IAM and STS. Since everybody on
this machine knows that secret, Lambda takes code only with --functions: it runs
as you.

With --assembly the stacks that cdk synth wrote are deployed first, into one account
and Region, with their functions' code, and their outputs are printed.`,
		Example: `  rekey lab --listen 127.0.0.1:4600 &
  export AWS_ENDPOINT_URL=http://127.0.0.1:4600 AWS_DEFAULT_REGION=eu-west-1
  export AWS_ACCESS_KEY_ID=111122223333 AWS_SECRET_ACCESS_KEY=test
  aws kms create-key

  rekey lab --assembly dist/cdk/x86_64    # after make synth`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if c.Flags().Changed("account") && assembly.dir == "" {
				return usagef("--account is for --assembly: accounts are made by being used")
			}
			assembly.region = a.region
			return a.serveLab(c.Context(), listen, functions, assembly, o)
		},
	}
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:4600", "loopback address and port; port 0 takes a free one")
	c.Flags().DurationVar(&o.Latency, "latency", 0, "wait this long before each call")
	c.Flags().Float64Var(&o.Speed, "speed", 1, "do so many times as fast what takes AWS a while: two seconds at most, divided by this")
	c.Flags().BoolVar(&o.Quotas, "quotas", false, "throttle as AWS does who calls more often in a second than new accounts may")
	c.Flags().BoolVar(&functions, "functions", false, "let CreateFunction bring code, which then runs on this machine, as you")
	c.Flags().StringVar(&assembly.dir, "assembly", "", "deploy the stacks of this directory, a cloud assembly that cdk synth wrote; their functions' code runs on this machine, as you")
	c.Flags().StringVar(&assembly.account, "account", "111122223333", "account to deploy into (Region: --region, or eu-west-1)")
	return c
}

// labHello tells how to use the lab that was started, in a Region and an account.
const labHello = `The lab listens at %[1]s until Ctrl-C; nothing is kept then. To use it, in another shell:

  export AWS_ENDPOINT_URL=%[1]s AWS_REGION=%[2]s AWS_DEFAULT_REGION=%[2]s
  export AWS_ACCESS_KEY_ID=%[3]s AWS_SECRET_ACCESS_KEY=test AWS_SESSION_TOKEN=

Version 1 of the AWS CLI needs --endpoint-url too for aws sqs: without it, it calls AWS.
`

func (a *app) serveLab(ctx context.Context, listen string, functions bool, assembly assembled, o lab.Options) error {
	host, port, err := net.SplitHostPort(listen)
	number, bad := strconv.ParseUint(port, 10, 16)
	ip := net.ParseIP(host)
	switch {
	case err != nil || bad != nil || host != "localhost" && ip == nil:
		return usagef("--listen %q: it is a loopback address and a port, such as 127.0.0.1:4600", listen)
	case ip != nil && !ip.IsLoopback():
		return usagef("--listen %q: only a loopback address, for everybody knows the lab's passwords", listen)
	}
	if !(o.Speed > 0) || math.IsInf(o.Speed, 0) {
		return usagef("--speed %v: it is more than nothing", o.Speed)
	}
	if err := assembly.read(); err != nil {
		return err
	}
	if _, err := rand.Read(o.Seed[:]); err != nil {
		return err
	}
	l, err := net.Listen("tcp", listen)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("serve the lab: something listens at port %d already: give another with --listen, or 127.0.0.1:0 for a free one", number)
	case err != nil:
		return fmt.Errorf("serve the lab: %w", err)
	}
	defer l.Close()
	served := lab.New(o)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer served.Close()
	served.Lambda.Uploads, served.Lambda.Endpoint = functions, "http://"+l.Addr().String()
	go served.World.Run(ctx) // what is due happens without a call
	server := &http.Server{Handler: served.Loopback(), ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	url := "http://" + l.Addr().String()
	stacks, err := assembly.deploy(ctx, served, url)
	if err != nil {
		return err
	}
	hello := struct {
		Endpoint string       `json:"endpoint"`
		Stacks   []labOutputs `json:"stacks,omitempty"`
	}{url, stacks}
	if err := a.print(hello, assembly.hello(url, stacks)); err != nil {
		return err
	}
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the lab: %w", err)
	}
	return nil
}
