package world

import (
	"cmp"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
)

// Sorted gives a map's values in the order of their keys, so that listings do
// not depend on chance.
func Sorted[K cmp.Ordered, V any](m map[K]V) []V {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	values := make([]V, len(keys))
	for i, k := range keys {
		values[i] = m[k]
	}
	return values
}

// Page cuts one page out of a listing. name is unique in it. A token says which
// was the last of the page before, so that what is added or deleted between
// two calls neither hides nor doubles anything else; it is opaque to callers,
// and not ok where it is none of ours. The page has as many as limit says,
// standard where it is nil, and fewer where a fault asks for that.
func Page[T any](c *Call, all []T, name func(T) string, token *string, limit *int32, standard int) (some []T, next *string, ok bool) {
	from, size := 0, standard
	if token != nil {
		if from, ok = resume(all, name, *token); !ok {
			return nil, nil, false
		}
	}
	if limit != nil {
		size = int(*limit)
	}
	to := min(from+c.PageSize(size), len(all))
	if to < len(all) {
		next = new(base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(to) + "|" + name(all[to-1]))))
	}
	return all[from:to], next, true
}

// PageSize is how many a listing gives at once that would give size, unless a
// fault asks for fewer.
func (c *Call) PageSize(size int) int {
	for _, o := range c.paging {
		if c.World.Faults.use(o) {
			size = min(size, o.PageSize)
		}
	}
	c.paging = nil
	return size
}

// resume finds where the page after a token begins: behind the last one that
// was given; where that is gone, at the place it had.
func resume[T any](all []T, name func(T) string, token string) (int, bool) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	place, last, found := strings.Cut(string(b), "|")
	to, bad := strconv.Atoi(place)
	if err != nil || bad != nil || !found || to < 1 {
		return 0, false
	}
	if i := slices.IndexFunc(all, func(t T) bool { return name(t) == last }); i >= 0 {
		return i + 1, true
	}
	return min(to-1, len(all)), true
}
