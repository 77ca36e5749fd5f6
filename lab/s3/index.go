package s3

import (
	"iter"
	"slices"
	"strings"
)

// index holds objects in the order of their keys' UTF-8 bytes: a list of sorted
// leaves, so that neither a listing sorts nor an insertion moves all that there
// is.
type index struct {
	leaves [][]*object // none is empty
	count  int
}

const leafSize = 512

// find gives the leaf where a key is or belongs, and its place in it.
func (x *index) find(key string) (leaf, place int, found bool) {
	// The last leaf that begins at or before the key.
	leaf, found = slices.BinarySearchFunc(x.leaves, key, func(l []*object, key string) int { return strings.Compare(l[0].key, key) })
	if found {
		return leaf, 0, true
	}
	if leaf > 0 {
		leaf--
	}
	if leaf < len(x.leaves) {
		place, found = slices.BinarySearchFunc(x.leaves[leaf], key, func(o *object, key string) int { return strings.Compare(o.key, key) })
	}
	return leaf, place, found
}

// get gives the object of a key, nil if there is none.
func (x *index) get(key string) *object {
	if leaf, place, found := x.find(key); found {
		return x.leaves[leaf][place]
	}
	return nil
}

// add keeps an object under a key that has none.
func (x *index) add(o *object) {
	x.count++
	if len(x.leaves) == 0 {
		x.leaves = [][]*object{{o}}
		return
	}
	leaf, place, _ := x.find(o.key)
	l := slices.Insert(x.leaves[leaf], place, o)
	x.leaves[leaf] = l
	if len(l) < leafSize {
		return
	}
	// Keys often come in their order: a leaf that grew at its end stays full.
	at := len(l) / 2
	if place == len(l)-1 {
		at = len(l) - 1
	}
	x.leaves[leaf] = l[:at:at]
	x.leaves = slices.Insert(x.leaves, leaf+1, slices.Clone(l[at:]))
}

// remove forgets a key.
func (x *index) remove(key string) {
	leaf, place, found := x.find(key)
	if !found {
		return
	}
	x.count--
	if x.leaves[leaf] = slices.Delete(x.leaves[leaf], place, place+1); len(x.leaves[leaf]) == 0 {
		x.leaves = slices.Delete(x.leaves, leaf, leaf+1)
	}
}

// from gives the objects whose key is at or after a key, in order. Nothing may
// be added or removed meanwhile.
func (x *index) from(key string) iter.Seq[*object] {
	return func(yield func(*object) bool) {
		leaf, place, _ := x.find(key)
		for ; leaf < len(x.leaves); leaf, place = leaf+1, 0 {
			for _, o := range x.leaves[leaf][place:] {
				if !yield(o) {
					return
				}
			}
		}
	}
}

// entry is one line of a listing: an object, or the common prefix of several.
type entry struct {
	*object
	prefix string
}

// scan gives what a listing shows of the keys that begin with a prefix and are
// at or after start, in order: one entry for all keys that have the same text up
// to the delimiter behind the prefix. Objects that shown does not take are not
// there, nor is a common prefix of such ones alone.
func (x *index) scan(prefix, delimiter, start string, shown func(*object) bool) iter.Seq[entry] {
	return func(yield func(entry) bool) {
		from, more := max(start, prefix), true
		for more {
			more = false
			for o := range x.from(from) {
				if !strings.HasPrefix(o.key, prefix) {
					return
				}
				if !shown(o) {
					continue
				}
				common, ok := commonPrefix(o.key, prefix, delimiter)
				if !ok {
					if !yield(entry{object: o}) {
						return
					}
					continue
				}
				if !yield(entry{prefix: common}) {
					return
				}
				from, more = beyond(common), true
				break
			}
		}
	}
}

// commonPrefix is the key up to the first delimiter behind the prefix.
func commonPrefix(key, prefix, delimiter string) (string, bool) {
	if delimiter == "" || !strings.HasPrefix(key, prefix) {
		return "", false
	}
	at := strings.Index(key[len(prefix):], delimiter)
	if at < 0 {
		return "", false
	}
	return key[:len(prefix)+at+len(delimiter)], true
}

// beyond is behind all keys that begin with a prefix: no UTF-8 has that byte.
func beyond(prefix string) string { return prefix + "\xff" }
