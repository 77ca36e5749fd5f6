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
		if err != nil || n < 1 || n > 10000 {
			wrong = append(wrong, fmt.Errorf("%s: %q is not a number from 1 to 10000", name, text))
		}
		return n
	}
	r := Resolver{
		Policy:   Policy{References: strings.Fields(getenv(EnvReferences)), MaxItems: number(EnvMaxItems, DefaultMaxItems)},
		Parallel: number(EnvParallel, DefaultParallel),
	}
	for _, text := range strings.Fields(getenv(EnvKeys)) {
		key, err := keyid.Parse(text)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", EnvKeys, err))
		}
		r.Policy.Keys = append(r.Policy.Keys, key)
	}
	return r, errors.Join(wrong...)
}
