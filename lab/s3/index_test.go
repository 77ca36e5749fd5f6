package s3

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// The index against a sorted list, whatever order keys come and go in.
func TestIndex(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var x index
	have := map[string]bool{}
	for range 20000 {
		key := fmt.Sprintf("k%d", r.IntN(4000))
		switch {
		case have[key] && r.IntN(2) == 0:
			x.remove(key)
			delete(have, key)
		case !have[key]:
			x.add(&object{key: key})
			have[key] = true
		}
		if (x.get(key) != nil) != have[key] {
			t.Fatalf("%s is wrongly there, or not", key)
		}
	}
	var all []string
	for key := range have {
		all = append(all, key)
	}
	slices.Sort(all)
	for _, from := range []string{"", "k", all[0], "k2", "k25x", all[len(all)-1], "z"} {
		var got []string
		for o := range x.from(from) {
			got = append(got, o.key)
		}
		at, _ := slices.BinarySearch(all, from)
		if !slices.Equal(got, all[at:]) {
			t.Errorf("from %q there are %d keys, want %d", from, len(got), len(all)-at)
		}
	}
	if x.count != len(all) {
		t.Errorf("it counts %d, want %d", x.count, len(all))
	}
}
