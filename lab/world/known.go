package world

import "strings"

// KnownCondition says whether a service has a condition key of that name, for
// the services that refuse a policy with any other.
func KnownCondition(key string) bool {
	key = strings.ToLower(key)
	of, _, _ := strings.Cut(key, ":")
	for _, known := range knownConditions[of] {
		if key == known || strings.HasSuffix(known, "/") && strings.HasPrefix(key, known) {
			return true
		}
	}
	return false
}
