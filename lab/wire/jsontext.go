package wire

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// jsonText reads the tokens of a JSON document (RFC 8259). It neither
// allocates nor looks ahead further than a byte.
type jsonText struct {
	data []byte
	pos  int
}

func (t *jsonText) done() bool { return t.pos >= len(t.data) }

func (t *jsonText) space() {
	for t.pos < len(t.data) {
		switch t.data[t.pos] {
		case ' ', '\t', '\n', '\r':
			t.pos++
		default:
			return
		}
	}
}

func (t *jsonText) take(c byte) bool {
	if t.done() || t.data[t.pos] != c {
		return false
	}
	t.pos++
	return true
}

// peek tells the type of the next value by its first byte: { [ " t f n, the
// digit 0 for every number, and a zero byte for what is not a value.
func (t *jsonText) peek() byte {
	if t.done() {
		return 0
	}
	switch c := t.data[t.pos]; c {
	case '{', '[', '"', 't', 'f', 'n':
		return c
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return '0'
	}
	return 0
}

func (t *jsonText) word(w string) bool {
	if !bytes.HasPrefix(t.data[t.pos:], []byte(w)) {
		return false
	}
	t.pos += len(w)
	return true
}

func (t *jsonText) null() bool { return t.word("null") }

func (t *jsonText) boolean() (truth, ok bool) {
	if t.word("true") {
		return true, true
	}
	return false, t.word("false")
}

// string gives the bytes a string stands for. They are part of the document
// where the string has no escapes.
func (t *jsonText) string() ([]byte, bool) {
	if !t.take('"') {
		return nil, false
	}
	start, escaped := t.pos, false
	for ; t.pos < len(t.data); t.pos++ {
		switch c := t.data[t.pos]; {
		case c == '\\':
			escaped = true
			t.pos++ // whatever it escapes does not end the string
		case c < ' ':
			return nil, false
		case c == '"':
			raw := t.data[start:t.pos]
			t.pos++
			if !utf8.Valid(raw) {
				return nil, false
			}
			if !escaped {
				return raw, true
			}
			return unescape(t.data[start-1 : t.pos])
		}
	}
	return nil, false
}

func unescape(quoted []byte) ([]byte, bool) {
	var s string
	if json.Unmarshal(quoted, &s) != nil {
		return nil, false
	}
	return []byte(s), true
}

// number gives the text of a number, as the grammar has it: no leading zero,
// no plus sign, digits on both sides of a point.
func (t *jsonText) number() ([]byte, bool) {
	start := t.pos
	t.take('-')
	if !t.take('0') && !t.digits() {
		return nil, false
	}
	if t.take('.') && !t.digits() {
		return nil, false
	}
	if t.take('e') || t.take('E') {
		if !t.take('+') {
			t.take('-')
		}
		if !t.digits() {
			return nil, false
		}
	}
	return t.data[start:t.pos], true
}

func (t *jsonText) digits() bool {
	start := t.pos
	for t.pos < len(t.data) && '0' <= t.data[t.pos] && t.data[t.pos] <= '9' {
		t.pos++
	}
	return t.pos > start
}
