package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/spf13/cobra"

	"rekey/functions/decrypt"
	"rekey/shared/keyid"
	"rekey/shared/secretref"
	"rekey/shared/wiring"
)

// execFlags are those of rekey exec.
type execFlags struct {
	keys     []string
	context  []string
	files    []string
	function string
	dryRun   bool
}

// The variables that rekey exec reads where the flags are not given.
const (
	envKeys     = "REKEY_KEYS"
	envFunction = "REKEY_FUNCTION"
)

func (a *app) execCommand() *cobra.Command {
	var f execFlags
	c := &cobra.Command{
		Use:   "exec [flags] -- PROGRAM [ARG...]",
		Short: "Start a program with its secret environment variables decrypted",
		Long: `exec replaces every environment variable whose whole value is a reference to a
secret by the secret, and then becomes the program: same process, same exit
code, signals straight to it. If any secret cannot be had, nothing is started
and every failing variable is listed with its reason.

References: sm://NAME-OR-ARN[#JSON-KEY][@STAGE-OR-VERSION],
ssm://NAME-OR-ARN[#JSON-KEY][@VERSION-OR-LABEL], kms://BASE64, envelope://BASE64,
envelope+s3://BUCKET/KEY[@VERSION]. Any other value is left alone. The last three
need the KMS key to be named: with --key, or in REKEY_KEYS, separated by spaces.

With --function (or REKEY_FUNCTION) the values are asked of the decrypt function:
you need no permission but to invoke it. They come back sealed to a key that this
call alone has. Which keys are tried is then the function's to say, unless --key
names one of those that it allows.`,
		Example: `  DB_PASSWORD=sm://prod/db#password rekey exec -- ./server --port 8080
  rekey exec --file .env --key alias/app --context app=shop -- ./server
  rekey exec --function decrypt --file .env -- ./server
  rekey exec --dry-run --file .env -- ./server`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("name the program to start, after --")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error { return a.exec(c.Context(), f, args) },
	}
	flags := c.Flags()
	flags.SetInterspersed(false)
	flags.StringArrayVar(&f.keys, "key", nil, "KMS key that kms://, envelope:// and envelope+s3:// values are under: ARN, id or alias (repeatable)")
	flags.StringArrayVar(&f.context, "context", nil, "k=v: pair of the encryption context of kms://, envelope:// and envelope+s3:// values (repeatable)")
	flags.StringVar(&f.function, "function", "", "ask this Lambda function for the values: name or ARN of a decrypt function")
	flags.StringArrayVar(&f.files, "file", nil, "read NAME=VALUE lines from a .env file; later files win over earlier ones, and files over the environment (repeatable)")
	flags.BoolVar(&f.dryRun, "dry-run", false, "fetch nothing and start nothing: list the variables that would be replaced")
	return c
}

func (a *app) exec(ctx context.Context, f execFlags, args []string) error {
	program, err := exec.LookPath(args[0])
	if err != nil && !f.dryRun {
		return fmt.Errorf("start %s: %w", args[0], err)
	}
	env, err := environment(ctx, os.Environ(), f.files)
	if err != nil {
		return err
	}
	pairs, err := parseContext(f.context)
	if err != nil {
		return err
	}
	var names []string
	var items []decrypt.Item
	for _, name := range slices.Sorted(maps.Keys(env)) {
		ref, err := secretref.Parse(env[name])
		if errors.Is(err, secretref.ErrNotReference) {
			continue
		}
		item := decrypt.Item{ID: name, Reference: env[name]}
		if underKey(ref.Kind) {
			item.Context = pairs
		}
		names, items = append(names, name), append(items, item)
	}
	if f.dryRun {
		return a.planExec(items)
	}
	if len(items) > 0 {
		if err := a.fill(ctx, env, names, items, f); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return errInterrupted // the signal was for us: the program must not start
	}
	list := make([]string, 0, len(env))
	for _, name := range slices.Sorted(maps.Keys(env)) {
		list = append(list, name+"="+env[name])
	}
	if err := syscall.Exec(program, args, list); err != nil {
		return fmt.Errorf("start %s: %w", program, err)
	}
	return nil
}

// fill replaces references in env by what they stand for, all or none.
func (a *app) fill(ctx context.Context, env map[string]string, names []string, items []decrypt.Item, f execFlags) error {
	results, err := a.values(ctx, items, f)
	switch {
	case ctx.Err() != nil:
		return errInterrupted
	case err != nil:
		return err
	}
	failed := 0
	for i, name := range names {
		failure := results[i].Failure
		if failure == nil && slices.Contains(results[i].Value.Reveal(), 0) {
			failure = &decrypt.Failure{Class: decrypt.Malformed, Message: "the secret has a zero byte, which no environment variable can hold"}
		}
		if failure != nil {
			failed++
			a.report(name, failure)
			continue
		}
		env[name] = string(results[i].Value.Reveal())
	}
	if failed > 0 {
		return fmt.Errorf("nothing was started: %d of %d secrets could not be had", failed, len(names))
	}
	return nil
}

// planExec shows what would be fetched, and what is wrong with it as far as can
// be told without asking.
func (a *app) planExec(items []decrypt.Item) error {
	failed := 0
	for _, item := range items {
		ref, err := secretref.Parse(item.Reference)
		if err != nil {
			failed++
			a.report(item.ID, err)
			continue
		}
		if err := a.print(map[string]string{"variable": item.ID, "reference": ref.String()}, item.ID+"\t"+ref.String()); err != nil {
			return err
		}
	}
	if failed > 0 {
		return partlyError{failed, len(items)}
	}
	return nil
}

// underKey says whether a kind of reference needs a KMS key to be named.
func underKey(k secretref.Kind) bool {
	return k == secretref.KMS || k == secretref.Envelope || k == secretref.EnvelopeS3
}

// values gets what the items stand for: of a function where one is named, or
// with the caller's own permissions.
func (a *app) values(ctx context.Context, items []decrypt.Item, f execFlags) ([]decrypt.Result, error) {
	if function := cmp.Or(f.function, os.Getenv(envFunction)); function != "" {
		return a.ask(ctx, function, items, f.keys)
	}
	return a.resolve(ctx, items, f.keys)
}

// resolve gets values for items in the caller's own name: what is allowed is
// AWS's to say. The keys are still named in every call.
func (a *app) resolve(ctx context.Context, items []decrypt.Item, keys []string) ([]decrypt.Result, error) {
	from := "--key"
	if len(keys) == 0 {
		from, keys = envKeys, strings.Fields(os.Getenv(envKeys))
	}
	refs, home, err := parseKeys(from, keys)
	if err != nil {
		return nil, err
	}
	cfg, err := a.aws(ctx, home)
	if err != nil {
		return nil, err
	}
	client := kms.NewFromConfig(cfg)
	if usesEnvelope(items) {
		if refs, err = resolveKeys(ctx, client, refs); err != nil {
			return nil, err
		}
		slices.SortStableFunc(refs, func(a, b keyid.Ref) int { return strings.Compare(a.String(), b.String()) })
		refs = slices.Compact(refs) // an alias may be named beside its key
	}
	r := decrypt.Resolver{
		KMS: client, SecretsManager: secretsmanager.NewFromConfig(cfg),
		SSM: ssm.NewFromConfig(cfg), S3: s3.NewFromConfig(cfg, wiring.PathStyle),
		Policy: decrypt.Policy{References: []string{"*"}, Keys: refs, MaxItems: len(items)},
	}
	results, err := r.Resolve(ctx, items)
	for _, result := range results {
		if f := result.Failure; f != nil && f.Class == decrypt.NotAllowed && len(refs) == 0 {
			f.Message = "the KMS key of kms://, envelope:// and envelope+s3:// values must be named: give --key, or set " + envKeys
		}
	}
	return results, err
}

func usesEnvelope(items []decrypt.Item) bool {
	return slices.ContainsFunc(items, func(i decrypt.Item) bool {
		ref, err := secretref.Parse(i.Reference)
		return err == nil && (ref.Kind == secretref.Envelope || ref.Kind == secretref.EnvelopeS3)
	})
}
