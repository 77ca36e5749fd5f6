package pattern

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
)

// Invalid says why a pattern is none. Its text is what EventBridge answers.
type Invalid struct{ Reason string }

func (e *Invalid) Error() string { return "Event pattern is not valid. Reason: " + e.Reason }

// kind is what a token is: a delimiter as itself, or one of these.
type kind rune

const (
	name    kind = 'k'
	text    kind = 's'
	number  kind = 'n'
	literal kind = 'l' // true, false, null
)

type token struct {
	kind
	text string
	// seen is how many bytes of the pattern AWS's parser has read when it
	// reports the token: of a string the first quote only, and of a name the
	// beginning of its value too.
	seen int
	end  int
}

// reader gives a pattern's tokens. Its methods panic with *Invalid, which Parse
// returns.
type reader struct {
	source string
	json   *json.Decoder
	ahead  *token // the value behind a name
	token
}

// next reads the next token. In an object, keyed says that a name is expected.
func (r *reader) next(keyed bool) kind {
	if r.ahead != nil {
		r.token, r.ahead = *r.ahead, nil
		return r.kind
	}
	r.token = r.read()
	if keyed && r.kind == text {
		r.kind = name
		value := r.read()
		r.ahead, r.seen = &value, value.seen
	}
	return r.kind
}

func (r *reader) read() token {
	before := int(r.json.InputOffset())
	t, err := r.json.Token()
	if err != nil {
		panic(&Invalid{"the pattern is not JSON: " + err.Error()})
	}
	end := int(r.json.InputOffset())
	switch t := t.(type) {
	case json.Delim:
		return token{kind(t), t.String(), end, end}
	case string:
		start := before + strings.IndexByte(r.source[before:], '"')
		return token{text, t, start + 1, end}
	case json.Number:
		return token{number, t.String(), end, end}
	case nil:
		return token{literal, "null", end, end}
	}
	return token{literal, fmt.Sprint(t), end, end}
}

// str gives the text of a string; only now is it read to its end.
func (r *reader) str() string {
	r.seen = max(r.seen, r.end)
	return r.token.text
}

// fail ends the reading.
func (r *reader) fail(format string, a ...any) {
	panic(&Invalid{fmt.Sprintf(format, a...) + r.place()})
}

// twice is fail, of what AWS reports from within a list: with its place twice.
func (r *reader) twice(format string, a ...any) {
	panic(&Invalid{fmt.Sprintf(format, a...) + r.place() + r.place()})
}

// place words how far the pattern was read. Only the first 500 characters of it
// are shown.
func (r *reader) place() string {
	read := r.source[:r.seen]
	line := read[strings.LastIndexByte(read, '\n')+1:]
	shown, more := r.source, ""
	if units := utf16.Encode([]rune(shown)); len(units) > 500 {
		shown, more = string(utf16.Decode(units[:500])), fmt.Sprintf("[truncated %d chars]", len(units)-500)
	}
	return fmt.Sprintf("\n at [Source: (String)\"%s\"%s; line: %d, column: %d]",
		shown, more, strings.Count(read, "\n")+1, len(utf16.Encode([]rune(line)))+1)
}

// caught turns a panic of the reader into its error.
func caught(err *error) {
	switch p := recover().(type) {
	case nil:
	case *Invalid:
		*err = p
	default:
		panic(p)
	}
}

// IsInvalid says whether an error is of a pattern that is none.
func IsInvalid(err error) bool {
	var e *Invalid
	return errors.As(err, &e)
}
