package main

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"rekey/shared/envelope/kmskeyring"
	"rekey/shared/keyid"
)

// parseKeys reads the keys that were given by the flag or variable from, and the
// Region of the first that names one.
func parseKeys(from string, texts []string) (refs []keyid.Ref, home keyid.Region, err error) {
	for _, text := range texts {
		ref, err := keyid.Parse(text)
		if err != nil {
			return nil, "", usagef("%s: %w", from, err)
		}
		if region, _, ok := ref.Home(); ok && home == "" {
			home = region
		}
		refs = append(refs, ref)
	}
	return refs, home, nil
}

// describer is *kms.Client as far as resolveKeys goes.
type describer interface {
	DescribeKey(context.Context, *kms.DescribeKeyInput, ...func(*kms.Options)) (*kms.DescribeKeyOutput, error)
}

// resolveKeys gives the keys by their ARNs, asking KMS for those that were not
// given so: a message says which key it is sealed under by ARN only.
func resolveKeys(ctx context.Context, client describer, refs []keyid.Ref) ([]keyid.Ref, error) {
	out := make([]keyid.Ref, len(refs))
	for i, ref := range refs {
		if _, ok := ref.ARN(); ok {
			out[i] = ref
			continue
		}
		answer, err := client.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: new(ref.String())}, kmskeyring.InRegionOf(ref))
		if err != nil {
			return nil, fmt.Errorf("find the key %s (kms:DescribeKey; not needed if the key's ARN is given): %w", ref, err)
		}
		if answer.KeyMetadata == nil || answer.KeyMetadata.Arn == nil {
			return nil, fmt.Errorf("find the key %s: the answer names no key; is the endpoint AWS's?", ref)
		}
		arn, err := keyid.ParseARN(*answer.KeyMetadata.Arn)
		if err != nil {
			return nil, fmt.Errorf("find the key %s: %w", ref, err)
		}
		out[i] = arn.Ref()
	}
	return out, nil
}

// parseContext reads pairs k=v of an encryption context.
func parseContext(pairs []string) (map[string]string, error) {
	if len(pairs) == 0 {
		return nil, nil
	}
	out := map[string]string{}
	for _, pair := range pairs {
		k, v, ok := strings.Cut(pair, "=")
		if !ok || k == "" || !utf8.ValidString(pair) {
			return nil, usagef("--context %q: it is key=value, in UTF-8", pair)
		}
		if _, twice := out[k]; twice {
			return nil, usagef("--context: %q is given twice", k)
		}
		out[k] = v
	}
	return out, nil
}
