package pattern

import (
	"bytes"
	"fmt"
	"slices"
)

// wildcard is a text with asterisks: its pieces between them. All but the last
// are followed by anything.
type wildcard [][]byte

// wildcard reads a text in which * stands for anything, \* for an asterisk and
// \\ for a backslash. Places are counted in bytes, with the opening quote; of
// anything-but lists too.
func (r *reader) wildcard(s string) wildcard {
	w := wildcard{nil}
	for i := 0; i < len(s); i++ {
		last := len(w) - 1
		switch {
		case s[i] == '*' && i+1 < len(s) && s[i+1] == '*':
			r.fail("Consecutive wildcard characters at pos %d", i+1)
		case s[i] == '*':
			w = append(w, nil)
		case s[i] == '\\' && (i+1 >= len(s) || s[i+1] != '*' && s[i+1] != '\\'):
			r.fail("Invalid escape character at pos %d", i+1)
		case s[i] == '\\':
			i++
			w[last] = append(w[last], s[i])
		default:
			w[last] = append(w[last], s[i])
		}
	}
	return w
}

func (w wildcard) matches(s string) bool {
	b := []byte(s)
	if !bytes.HasPrefix(b, w[0]) {
		return false
	}
	if b = b[len(w[0]):]; len(w) == 1 {
		return len(b) == 0
	}
	for _, piece := range w[1 : len(w)-1] {
		i := bytes.Index(b, piece)
		if i < 0 {
			return false
		}
		b = b[i+len(piece):]
	}
	return bytes.HasSuffix(b, w[len(w)-1])
}

// complexity is the number of states from which on a rule is too complex; sets
// is how many sets of states are looked at until it is taken to be.
const (
	complexity = 10
	sets       = 5000
)

// complex measures, for each path, the greatest number of states that the
// pattern's wildcards can be in at once.
func (p *Pattern) complex() bool {
	byPath := map[string][]wildcard{}
	for _, b := range p.branches {
		for path, all := range b {
			for _, c := range all {
				for _, w := range c.wildcard {
					if !slices.ContainsFunc(byPath[path], func(o wildcard) bool { return slices.EqualFunc(o, w, bytes.Equal) }) {
						byPath[path] = append(byPath[path], w)
					}
				}
			}
		}
	}
	for _, all := range byPath {
		if tooComplex(all) {
			return true
		}
	}
	return false
}

// state is a place in one of several wildcards: behind n bytes of a piece, or,
// looping, in the asterisk before a piece.
type state struct {
	wildcard, piece, n int
	looping            bool
}

// tooComplex follows the sets of states that any text can lead to.
func tooComplex(all []wildcard) bool {
	alphabet := letters(all)
	first := make([]state, 0, len(all))
	for i := range all {
		first = append(first, state{wildcard: i})
	}
	seen := map[string]bool{}
	for queue := [][]state{first}; len(queue) > 0; {
		from := queue[0]
		queue = queue[1:]
		for _, letter := range alphabet {
			to := step(all, from, letter)
			if len(to)+waiting(all, to) >= complexity {
				return true
			}
			if id := fmt.Sprint(to); len(to) > 0 && !seen[id] {
				seen[id] = true
				queue = append(queue, to)
			}
		}
		if len(seen) > sets {
			return true
		}
	}
	return false
}

// letters are the bytes that the wildcards tell apart, and one for all others.
func letters(all []wildcard) []int {
	var have [256]bool
	out := []int{-1}
	for _, w := range all {
		for _, piece := range w {
			for _, b := range piece {
				if !have[b] {
					have[b] = true
					out = append(out, int(b))
				}
			}
		}
	}
	return out
}

// step gives the states behind one more byte.
func step(all []wildcard, from []state, letter int) []state {
	var to []state
	add := func(s state) {
		if !slices.Contains(to, s) {
			to = append(to, s)
		}
	}
	for _, s := range from {
		w := all[s.wildcard]
		piece, n := s.piece, s.n
		if s.looping {
			n = 0
			add(s)
		} else if n == len(w[piece]) && piece+1 < len(w) { // at an asterisk
			piece, n = piece+1, 0
			add(state{s.wildcard, piece, 0, true})
		}
		if n < len(w[piece]) && int(w[piece][n]) == letter {
			add(state{s.wildcard, piece, n + 1, false})
		}
	}
	return to
}

// waiting counts the asterisks that the states have reached and not entered: a
// text that matches foo matches foo* too.
func waiting(all []wildcard, at []state) int {
	n := 0
	for _, s := range at {
		w := all[s.wildcard]
		if !s.looping && s.n == len(w[s.piece]) && s.piece+1 < len(w) && !slices.Contains(at, state{s.wildcard, s.piece + 1, 0, true}) {
			n++
		}
	}
	return n
}
