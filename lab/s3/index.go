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
