package keypolicy

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// wildcards says what * and ? mean in a pattern.
type wildcards int

const (
	// noWildcards: * and ? stand for themselves, as in StringEquals.
	noWildcards wildcards = iota
	// plainWildcards: * is any text, ? any one character, as in StringLike.
	plainWildcards
	// segmentWildcards are those of a Resource: within one of the segments
	// between colons, but a * that ends its segment may reach beyond the colon
	// (IAM User Guide, "IAM JSON policy elements: Resource", Using wildcards in
	// resource ARNs).
	segmentWildcards
)

// symbol is a character of a pattern, or one of the wildcards.
type symbol rune

const (
	anyText     symbol = -1 - iota // any characters
	anyChar                        // one character
	segmentText                    // any characters but a colon
	segmentChar                    // one character but a colon
)

// pattern is a compiled string of a policy. Where it has no variable, symbols
// or, when it has no wildcard either, literal is all that matching needs.
type pattern struct {
	source    string
	wildcards wildcards
	literal   string
	symbols   []symbol
	parts     []part // with variables only
	wild      bool
	mixed     bool // has a wildcard that stops at colons
}

// part is a run of symbols, or a variable.
type part struct {
	symbols  []symbol
	variable *variable
}

// compilePattern reads a string of a policy. Its error tells of a malformed
// policy variable.
func compilePattern(s string, w wildcards, variables bool) (pattern, error) {
	p := pattern{source: s, wildcards: w}
	var run []symbol
	for rest := s; rest != ""; {
		if variables && strings.HasPrefix(rest, "${") {
			v, n, err := parseVariable(rest)
			if err != nil {
				return pattern{}, err
			}
			if v.escape {
				run = append(run, symbol(v.fallback[0]))
			} else {
				p.parts = append(p.parts, part{symbols: run}, part{variable: &v})
				run = nil
			}
			rest = rest[n:]
			continue
		}
		r, n := utf8.DecodeRuneInString(rest)
		rest = rest[n:]
		y := meaning(r, rest, w)
		p.wild = p.wild || y < 0
		p.mixed = p.mixed || y == segmentText || y == segmentChar
		run = append(run, y)
	}
	if p.parts != nil {
		p.parts = append(p.parts, part{symbols: run})
		return p, nil
	}
	p.symbols = run
	if !p.wild {
		p.literal = text(run)
	}
	return p, nil
}

// meaning gives the symbol for r, which rest follows.
func meaning(r rune, rest string, w wildcards) symbol {
	switch {
	case w == noWildcards || r != '*' && r != '?':
		return symbol(r)
	case w == plainWildcards && r == '*':
		return anyText
	case w == plainWildcards:
		return anyChar
	case r == '?':
		return segmentChar
	case rest == "" || rest[0] == ':':
		return anyText
	}
	return segmentText
}

// resolve gives the pattern's symbols with its variables replaced.
func (p *pattern) resolve(ctx requestContext) ([]symbol, error) {
	if p.parts == nil {
		return p.symbols, nil
	}
	var all []symbol
	for _, part := range p.parts {
		if part.variable == nil {
			all = append(all, part.symbols...)
			continue
		}
		value, err := part.variable.value(ctx)
		if err != nil {
			return nil, err
		}
		if p.wildcards != noWildcards && strings.ContainsAny(value, "*?") {
			return nil, fmt.Errorf("%w: the value of ${%s} in %q has a wildcard's character", ErrUnsupported, part.variable.key, p.source)
		}
		for _, r := range value {
			all = append(all, symbol(r))
		}
	}
	return all, nil
}

// match says whether the whole of s matches. An error, which wraps
// ErrUnsupported or ErrRequest, means that it cannot be told.
func (p *pattern) match(s string, ctx requestContext) (bool, error) {
	if p.parts == nil && !p.wild {
		return s == p.literal, nil
	}
	symbols, err := p.resolve(ctx)
	if err != nil {
		return false, err
	}
	if p.mixed {
		return matchSegments(symbols, s), nil
	}
	return matchText(symbols, s), nil
}

// text gives the resolved pattern as a string, for exact comparison.
func (p *pattern) text(ctx requestContext) (string, error) {
	if p.parts == nil {
		return p.literal, nil
	}
	symbols, err := p.resolve(ctx)
	return text(symbols), err
}

func text(symbols []symbol) string {
	var b strings.Builder
	for _, y := range symbols {
		b.WriteRune(rune(y))
	}
	return b.String()
}

// variableBeforeColon says whether a variable stands before the nth colon.
func (p *pattern) variableBeforeColon(n int) bool {
	for _, part := range p.parts {
		if part.variable != nil {
			return true
		}
		for _, y := range part.symbols {
			if y == ':' {
				if n--; n == 0 {
					return false
				}
			}
		}
	}
	return false
}

// matchText matches with anyText and anyChar. It goes back to the last * only:
// what an earlier one took can always be left as it was.
func matchText(p []symbol, s string) bool {
	i, j := 0, 0
	star, mark := -1, 0
	for j < len(s) {
		r, n := utf8.DecodeRuneInString(s[j:])
		switch {
		case i < len(p) && p[i] == anyText:
			star, mark = i, j
			i++
		case i < len(p) && (p[i] == anyChar || p[i] == symbol(r)):
			i++
			j += n
		case star >= 0:
			_, n := utf8.DecodeRuneInString(s[mark:])
			mark += n
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(p) && p[i] == anyText {
		i++
	}
	return i == len(p)
}

// matchSegments matches with all wildcards, following every way at once:
// live[i] says that p[:i] matches what has been read of s.
func matchSegments(p []symbol, s string) bool {
	live := make([]bool, len(p)+1)
	next := make([]bool, len(p)+1)
	empty := func(l []bool) {
		for i, y := range p {
			if l[i] && (y == anyText || y == segmentText) {
				l[i+1] = true
			}
		}
	}
	live[0] = true
	empty(live)
	for _, r := range s {
		clear(next)
		for i, y := range p {
			if !live[i] {
				continue
			}
			switch {
			case y == anyText || y == segmentText && r != ':':
				next[i] = true
			case y == anyChar || y == segmentChar && r != ':' || y == symbol(r):
				next[i+1] = true
			}
		}
		empty(next)
		live, next = next, live
	}
	return live[len(p)]
}

// split cuts a pattern at its first five colons into the six components of an
// ARN; ok is false where it has fewer. A colon inside a variable does not count.
func (p *pattern) split() (components []pattern, ok bool) {
	parts := p.parts
	if parts == nil {
		parts = []part{{symbols: p.symbols}}
	}
	components = []pattern{{source: p.source, wildcards: p.wildcards}}
	add := func(q part) {
		c := &components[len(components)-1]
		c.parts = append(c.parts, q)
		for _, y := range q.symbols {
			c.wild = c.wild || y < 0
		}
	}
	for _, q := range parts {
		if q.variable != nil {
			add(q)
			continue
		}
		start := 0
		for i, y := range q.symbols {
			if y == ':' && len(components) < 6 {
				add(part{symbols: q.symbols[start:i]})
				components = append(components, pattern{source: p.source, wildcards: p.wildcards})
				start = i + 1
			}
		}
		add(part{symbols: q.symbols[start:]})
	}
	for i := range components {
		components[i].settle()
	}
	return components, len(components) == 6
}

// settle drops the parts of a pattern without variables.
func (p *pattern) settle() {
	var all []symbol
	for _, q := range p.parts {
		if q.variable != nil {
			return
		}
		all = append(all, q.symbols...)
	}
	p.parts, p.symbols = nil, all
	if !p.wild {
		p.literal = text(all)
	}
}
