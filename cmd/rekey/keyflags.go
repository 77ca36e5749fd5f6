package main

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"rekey/shared/keyid"
)

// cipherKeys reads the keys and the encryption context of a command line.
func cipherKeys(f cipherFlags) (refs []keyid.Ref, home keyid.Region, pairs map[string]string, err error) {
	if refs, home, err = parseKeys("--key", f.keys); err != nil {
		return nil, "", nil, err
	}
	for i, ref := range refs {
		if slices.Contains(refs[:i], ref) {
			return nil, "", nil, usagef("--key %s is given twice", ref)
		}
	}
	if pairs, err = parseContext(f.context); err != nil {
		return nil, "", nil, err
	}
	for k := range pairs {
		if !f.kms && strings.HasPrefix(k, "aws-crypto-") {
			return nil, "", nil, usagef("--context %q: keys that start with aws-crypto- belong to the message format", k)
		}
	}
	return refs, home, pairs, nil
}

// kmsFor makes the KMS client for keys that are at home in a Region.
func (a *app) kmsFor(ctx context.Context, home keyid.Region) (kmsClient, error) {
	cfg, err := a.aws(ctx, home)
	if err != nil {
		return nil, err
	}
	return kms.NewFromConfig(cfg), nil
}
