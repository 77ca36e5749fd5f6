package cloudwatchlogs

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"rekey/lab/world"
)

// pattern is a filter pattern: terms that an event has, all of them, in any
// order; none for every event (User Guide, "Filter pattern syntax").
type pattern []string

// term is a word of letters, digits and underscores, or a phrase in quotation
// marks.
var term = regexp.MustCompile(`^(?:([\pL\pN_]+)|"([^"\\]+)")(?:\s+|$)`)

// parsePattern reads the patterns that the lab knows, and refuses all others:
// optional and excluded terms, regular expressions, and those of JSON and of
// fields.
func parsePattern(text string) (pattern, error) {
	var p pattern
	for rest := strings.TrimSpace(text); rest != ""; {
		m := term.FindStringSubmatch(rest)
		if m == nil {
			return nil, world.Unimplemented("the filter pattern " + text + ": here it is words and quoted phrases")
		}
		p, rest = append(p, m[1]+m[2]), rest[len(m[0]):]
	}
	return p, nil
}

// matches says whether an event has all terms. Where one that counts stands only
// within longer words, AWS does not say whether it is there, and the error says
// that the lab cannot.
func (p pattern) matches(message string) (bool, error) {
	unsure := ""
	for _, t := range p {
		if !strings.Contains(message, t) {
			return false, nil
		}
		if !asWord(message, t) {
			unsure = t
		}
	}
	if unsure != "" {
		return false, world.Unimplemented("the filter term " + unsure + " where it is within a longer word of an event")
	}
	return true, nil
}

// asWord says whether a term is in a text with no letter, digit or underscore
// that would make it longer before or behind it.
func asWord(text, t string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], t)
		if i < 0 {
			return false
		}
		start := from + i
		before, _ := utf8.DecodeLastRuneInString(text[:start])
		after, _ := utf8.DecodeRuneInString(text[start+len(t):])
		first, _ := utf8.DecodeRuneInString(t)
		last, _ := utf8.DecodeLastRuneInString(t)
		if !(letter(before) && letter(first)) && !(letter(after) && letter(last)) {
			return true
		}
		from = start + len(string(first))
	}
}

func letter(r rune) bool {
	return r != utf8.RuneError && (r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r))
}
