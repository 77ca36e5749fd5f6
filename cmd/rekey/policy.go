package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"rekey/shared/keypolicy"
)

func (a *app) policyCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "policy",
		Short: "Ask what policies say",
		Args:  unknownCommand,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	simulate := a.simulateCommand()
	simulate.Args = usageArgs(simulate.Args)
	c.AddCommand(simulate)
	return c
}

// simulateFlags are those of rekey policy simulate.
type simulateFlags struct {
	batch                       string
	principal, action, resource string
	principalAccount, owner     string
	context, identity, session  []string
	resourcePolicy, boundary    string
	levels                      []string
}

func (a *app) simulateCommand() *cobra.Command {
	var f simulateFlags
	c := &cobra.Command{
		Use:   "simulate --principal ARN --action SERVICE:NAME --resource ARN [flags]",
		Short: "Decide requests by policies, and say which statement decided",
		Long: `simulate decides one request, or with --batch many, by the rules that AWS
documents: identity policies, permissions boundary, session policies, service
control policies, and the resource's own policy, within an account and across. It
calls nothing. Policies are files of JSON; only the context that is given counts.

The ARN of a session leaves out its role's path: a role that a policy names is
taken for the session's by its name, unless the context has aws:PrincipalArn.

--batch reads JSON lines with the fields id, principal, principalAccount (null for
a service and for anonymous), action, resource, resourceAccount, context, identityPolicies,
resourcePolicy, and if wanted permissionBoundary, sessionPolicies and scps, and
prints a line for each: its id, a tab, and Allowed, ExplicitlyDenied or
ImplicitlyDenied. A key without a policy grants nothing. A case that cannot be
decided has no line; standard error says why.`,
		Example: `  rekey policy simulate --principal arn:aws:iam::111122223333:user/alice --action kms:Decrypt \
    --resource arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab \
    --identity-policy alice.json --resource-policy key.json --context aws:SourceIp=203.0.113.9
  rekey policy simulate --batch cases.jsonl`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if c.Flags().Changed("batch") {
				return a.simulateAll(c, f.batch)
			}
			return a.simulateOne(f)
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.batch, "batch", "", "decide the cases of this file of JSON lines, or of standard input (-)")
	flags.StringVar(&f.principal, "principal", "", "who asks: ARN of a user, role, session or root user, a service's name, or anonymous; a role is any session of it")
	flags.StringVar(&f.principalAccount, "principal-account", "", "account of the principal, to check")
	flags.StringVar(&f.action, "action", "", "what is asked for, such as kms:Decrypt")
	flags.StringVar(&f.resource, "resource", "", "on what: an ARN, or *")
	flags.StringVar(&f.owner, "resource-account", "", "account that owns the resource (default: the one in its ARN)")
	flags.StringArrayVar(&f.context, "context", nil, "k=v: condition key of the request; given twice it has two values (repeatable)")
	flags.StringArrayVar(&f.identity, "identity-policy", nil, "policy of the principal (repeatable)")
	flags.StringVar(&f.resourcePolicy, "resource-policy", "", "policy of the resource: key policy, trust policy of a role, or another")
	flags.StringVar(&f.boundary, "permission-boundary", "", "permissions boundary of the user or role")
	flags.StringArrayVar(&f.session, "session-policy", nil, "policy passed when the role was assumed (repeatable)")
	flags.StringArrayVar(&f.levels, "scp-level", nil, "FILE[,FILE...]: service control policies of one level, from the organisation's root on (repeatable)")
	return c
}

func (a *app) simulateOne(f simulateFlags) error {
	if f.principal == "" || f.action == "" || f.resource == "" {
		return usagef("--principal, --action and --resource are needed, or --batch (see rekey policy simulate --help)")
	}
	p, err := f.policyCase()
	if err != nil {
		return err
	}
	r, policies, err := p.question()
	if err != nil {
		return err
	}
	d, err := keypolicy.Evaluate(r, policies)
	if err != nil {
		return err
	}
	return a.print(newDecided("", d), fmt.Sprintf("%s\n  %s\n  %s on %s\n  %s", effectNames[d.Effect], r.Principal, r.Action, r.Resource, d.Reason))
}

// policyCase reads the files that the flags name.
func (f simulateFlags) policyCase() (*policyCase, error) {
	p := &policyCase{Principal: f.principal, PrincipalAccount: f.principalAccount, Action: f.action,
		Resource: f.resource, ResourceAccount: f.owner, Context: map[string]contextValues{}}
	for _, pair := range f.context {
		k, v, ok := strings.Cut(pair, "=")
		if !ok || k == "" {
			return nil, usagef("--context %q: it is k=v", pair)
		}
		p.Context[k] = append(p.Context[k], v)
	}
	var err error
	read := func(paths ...string) (texts []policyText) {
		for _, path := range paths {
			if path == "" {
				continue
			}
			b, readErr := os.ReadFile(path)
			if readErr != nil && err == nil {
				err = fmt.Errorf("%s: %w", path, plainPathError(readErr))
			}
			texts = append(texts, policyText{path, b})
		}
		return texts
	}
	p.IdentityPolicies, p.SessionPolicies = read(f.identity...), read(f.session...)
	for _, t := range read(f.resourcePolicy) {
		p.ResourcePolicy = &t
	}
	for _, t := range read(f.boundary) {
		p.PermissionBoundary = &t
	}
	for _, level := range f.levels {
		p.SCPs = append(p.SCPs, read(strings.Split(level, ",")...))
	}
	return p, err
}

// decided is a decision as it is printed in JSON.
type decided struct {
	ID        string `json:"id,omitempty"`
	Decision  string `json:"decision"`
	Policy    string `json:"policy,omitempty"`
	Statement string `json:"statement,omitempty"`
	Reason    string `json:"reason"`
}

func newDecided(id string, d keypolicy.Decision) decided {
	return decided{id, effectNames[d.Effect], d.Policy, d.Statement, d.Reason}
}

var effectNames = map[keypolicy.Effect]string{
	keypolicy.Allowed: "Allowed", keypolicy.ExplicitlyDenied: "ExplicitlyDenied", keypolicy.ImplicitlyDenied: "ImplicitlyDenied",
}

// onlyBatch refuses flags that say what the lines of a batch say.
func onlyBatch(c *cobra.Command) (err error) {
	own := c.LocalNonPersistentFlags()
	c.Flags().Visit(func(f *pflag.Flag) {
		if f.Name != "batch" && own.Lookup(f.Name) != nil && err == nil {
			err = usagef("--%s and --batch exclude each other", f.Name)
		}
	})
	return err
}
