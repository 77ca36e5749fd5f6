package decrypt

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"rekey/shared/secretref"
)

// batchSize is the most secrets that one BatchGetSecretValue takes (API
// reference, BatchGetSecretValue, SecretIdList).
const batchSize = 20

// secret fetches one version of one secret.
func (r *run) secret(ctx context.Context, f *fetch) Result {
	in := &secretsmanager.GetSecretValueInput{SecretId: &f.ref.SecretID}
	if f.ref.Stage != "" {
		in.VersionStage = &f.ref.Stage
	}
	if f.ref.Version != "" {
		in.VersionId = &f.ref.Version
	}
	out, err := r.resolver.SecretsManager.GetSecretValue(ctx, in, inRegion(f.ref.SecretID))
	if err != nil {
		return Result{Failure: serviceFailure(err, "get the secret "+f.ref.SecretID)}
	}
	return secretValue(f, out.SecretString, out.SecretBinary)
}

func secretValue(f *fetch, text *string, binary []byte) Result {
	switch {
	case text != nil:
		return Result{Value: secretref.NewSecret([]byte(*text))}
	case binary != nil:
		return Result{Value: secretref.NewSecret(binary)}
	}
	return Result{Failure: failure(Failed, "get the secret %s: the answer has no value", f.ref.SecretID)}
}

// current fetches the current versions of secrets, twenty a call.
func (r *run) current(ctx context.Context, fetches []*fetch) {
	r.together(fetches, batchSize, "get the secret ", func(f *fetch) Result { return r.secret(ctx, f) }, func(batch []*fetch) (finder, error) {
		found, err := r.batch(ctx, batch)
		return func(f *fetch) (Result, bool) {
			i := slices.IndexFunc(found, func(e types.SecretValueEntry) bool { return names(f.ref.SecretID, e) })
			if i < 0 {
				return Result{}, false
			}
			return secretValue(f, found[i].SecretString, found[i].SecretBinary), true
		}, err
	})
}

// names says whether the entry is surely the secret that was asked for, by its
// whole ARN or by its name, whichever was asked by. A partial ARN is left to
// GetSecretValue.
func names(id string, e types.SecretValueEntry) bool {
	if arn.IsARN(id) {
		return aws.ToString(e.ARN) == id
	}
	return aws.ToString(e.Name) == id
}

// errPanicked is a batch that ended in a panic, whose text could hold anything.
var errPanicked = errors.New("internal error")

// batch makes the calls for one batch and gives what they found before the
// first error.
func (r *run) batch(ctx context.Context, fetches []*fetch) (found []types.SecretValueEntry, err error) {
	defer func() {
		if recover() != nil {
			err = errPanicked
		}
	}()
	in := &secretsmanager.BatchGetSecretValueInput{}
	for _, f := range fetches {
		in.SecretIdList = append(in.SecretIdList, f.ref.SecretID)
	}
	for {
		out, err := r.resolver.SecretsManager.BatchGetSecretValue(ctx, in, inRegion(fetches[0].ref.SecretID))
		if err != nil {
			return found, err
		}
		found = append(found, out.SecretValues...)
		if out.NextToken == nil {
			return found, nil
		}
		in.NextToken = out.NextToken
	}
}

// regionOf gives the Region of a secret that is named by ARN; "" is the
// client's own.
func regionOf(id string) string {
	if a, err := arn.Parse(id); err == nil {
		return a.Region
	}
	return ""
}

func inRegion(id string) func(*secretsmanager.Options) {
	region := regionOf(id)
	return func(o *secretsmanager.Options) {
		if region != "" {
			o.Region = region
		}
	}
}

// replaced says whether encoding/json put U+FFFD in the place of what is no
// text: a secret must not be handed on altered.
func replaced(raw json.RawMessage, text string) bool {
	said := strings.Count(string(raw), "\uFFFD") + strings.Count(strings.ToLower(string(raw)), `\ufffd`)
	return strings.Count(text, "\uFFFD") > said
}

// jsonValue takes one key out of a secret that is a JSON object: a string as
// it is, anything else as its JSON text. The errors of encoding/json quote
// what they read, so they are not passed on.
func jsonValue(s secretref.Secret, key string) (secretref.Secret, *Failure) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(s.Reveal(), &object); err != nil || object == nil {
		return secretref.Secret{}, failure(Malformed, "the secret is not a JSON object, so it has no key %q", key)
	}
	raw, ok := object[key]
	switch {
	case !ok:
		return secretref.Secret{}, failure(NotFound, "the secret has no key %q", key)
	case bytes.Equal(raw, []byte("null")):
		return secretref.Secret{}, failure(NotFound, "the secret's key %q is null", key)
	case !strings.HasPrefix(string(raw), `"`):
		return secretref.NewSecret(raw), nil
	}
	var text string
	err := json.Unmarshal(raw, &text)
	if err != nil || replaced(raw, text) {
		return secretref.Secret{}, failure(Malformed, "the secret's key %q is not valid JSON", key)
	}
	return secretref.NewSecret([]byte(text)), nil
}
