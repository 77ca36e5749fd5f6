package decrypt

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"rekey/shared/keyid"
)

// The names of the function's environment variables.
const (
	// EnvReferences lists the allowed reference patterns, separated by spaces.
	EnvReferences = "REKEY_ALLOWED_REFERENCES"
	// EnvKeys lists the allowed KMS keys, separated by spaces.
	EnvKeys = "REKEY_ALLOWED_KEYS"
	// EnvMaxItems is the most items in one request; DefaultMaxItems without it.
	EnvMaxItems = "REKEY_MAX_ITEMS"
	// EnvParallel is the most API calls at one time; DefaultParallel without it.
	EnvParallel = "REKEY_PARALLEL"
)

// Configure reads a Resolver's settings from the environment, given as a
// function like os.Getenv. Its error names every variable that is wrong.
func Configure(getenv func(string) string) (Resolver, error) {
	var wrong []error
	number := func(name string, standard int) int {
		text := getenv(name)
		if text == "" {
			return standard
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 5000 {
			wrong = append(wrong, fmt.Errorf("%s: %q is not a number from 1 to 5000", name, text))
		}
		return n
	}
	r := Resolver{
		Policy:   Policy{References: strings.Fields(getenv(EnvReferences)), MaxItems: number(EnvMaxItems, DefaultMaxItems)},
		Parallel: number(EnvParallel, DefaultParallel),
	}
	for _, pattern := range r.Policy.References {
		if !canMatch(pattern) {
			wrong = append(wrong, fmt.Errorf("%s: %q matches no reference: a pattern is *, sm://…, ssm://…, envelope+s3://…, kms://* or envelope://*", EnvReferences, pattern))
		}
	}
	for _, text := range strings.Fields(getenv(EnvKeys)) {
		key, err := keyid.Parse(text)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", EnvKeys, err))
			continue
		}
		r.Policy.Keys = append(r.Policy.Keys, key)
	}
	if err := checkKeys(r.Policy.Keys); err != nil {
		wrong = append(wrong, fmt.Errorf("%s: %w", EnvKeys, err))
	}
	return r, errors.Join(wrong...)
}

// canMatch says whether any reference matches a pattern, as far as its
// beginning tells.
func canMatch(pattern string) bool {
	for _, named := range []string{"*", "sm://", "ssm://", "envelope+s3://"} {
		if strings.HasPrefix(pattern, named) {
			return true
		}
	}
	return pattern == "kms://*" || pattern == "envelope://*"
}

// checkKeys refuses a key given twice, and keys that no keyring can hold
// together, when the function starts and not at its first message.
func checkKeys(keys []keyid.Ref) error {
	seen := map[string]bool{}
	for _, k := range keys {
		if seen[k.String()] {
			return fmt.Errorf("%s is given twice", k)
		}
		seen[k.String()] = true
	}
	if keys = byARN(keys); len(keys) == 0 {
		return nil
	}
	_, err := ringOf(nil, keys)
	return err
}
