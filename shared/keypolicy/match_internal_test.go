package keypolicy

import (
	"testing"

	"pgregory.net/rapid"
)

// reference is the definition of a match, tried in every way.
func reference(p []symbol, s []rune) bool {
	if len(p) == 0 {
		return len(s) == 0
	}
	switch p[0] {
	case anyText, segmentText:
		if reference(p[1:], s) {
			return true
		}
		return len(s) > 0 && (p[0] == anyText || s[0] != ':') && reference(p, s[1:])
	case anyChar:
		return len(s) > 0 && reference(p[1:], s[1:])
	case segmentChar:
		return len(s) > 0 && s[0] != ':' && reference(p[1:], s[1:])
	}
	return len(s) > 0 && symbol(s[0]) == p[0] && reference(p[1:], s[1:])
}

func TestMatchEqualsTheReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		source := rapid.StringOfN(rapid.RuneFrom([]rune("ab:*?é")), 0, 9, -1).Draw(t, "pattern")
		s := rapid.StringOfN(rapid.RuneFrom([]rune("ab:é*")), 0, 9, -1).Draw(t, "s")
		for _, w := range []wildcards{noWildcards, plainWildcards, segmentWildcards} {
			p, err := compilePattern(source, w, true)
			if err != nil {
				t.Fatal(err)
			}
			got, err := p.match(s, nil)
			if want := reference(p.symbols, []rune(s)); err != nil || got != want {
				t.Fatalf("%q on %q, wildcards %d: %v, %v; want %v", source, s, w, got, err, want)
			}
			if w == plainWildcards && matchSegments(p.symbols, s) != got {
				t.Fatalf("%q on %q: both ways of matching differ", source, s)
			}
		}
	})
}
