package rotate

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"rekey/shared/keyid"
)

// Digest is what a sweep found, bounded, for the journal and for people.
type Digest struct {
	Looked     int `json:"looked"`
	Due        int `json:"due"`        // when they were looked at
	Rotated    int `json:"rotated"`    // or their successors have taken over
	Failed     int `json:"failed"`     // or could not be looked at
	Blocked    int `json:"blocked"`    // until somebody does something
	Unfinished int `json:"unfinished"` // the next invocation goes on, or another one is at it
	Warned     int `json:"warned"`     // a limit is near
	// Overdue is by how many days the key is past its time that is so by most, after
	// what was rotated.
	Overdue int `json:"overdue"`
	// Lines are what is to be read, of each group so many at most.
	Lines []Line `json:"lines,omitempty"`
}

// Line is what a digest says of a key.
type Line struct {
	Group Group     `json:"group"`
	Key   keyid.ARN `json:"key"`
	Text  string    `json:"text"`
}

// Group is what lines of a digest have in common.
type Group string

// The groups, in the order in which they are told.
const (
	IsFailed     Group = "failed"
	IsBlocked    Group = "blocked"
	IsWarned     Group = "warned"
	IsUnfinished Group = "unfinished"
	IsDue        Group = "due"
	IsRotated    Group = "rotated"
)

// The bounds of a digest, for each of its six groups. With them it fits into a message,
// and into the journal's record of 1 MiB, even if JSON escapes every byte of its texts
// by six.
const (
	groupLimit = 100    // lines
	groupBytes = 20_000 // of their texts
	lineLimit  = 800    // bytes of a text: what was denied, and what to do
)

// finding is what a sweep found of one key.
type finding struct {
	key    keyid.ARN
	now    time.Time
	plan   Plan
	ending Ending // "" where nothing was applied
	did    string // what was done, where something was
	err    error
}

// add takes a finding in.
func (d *Digest) add(f finding) {
	if errors.Is(f.err, ErrNoKey) {
		return
	}
	d.Looked++
	if f.plan.Outcome == Due {
		d.Due++
	}
	if f.ending != Finished {
		d.Overdue = max(d.Overdue, f.plan.Overdue(f.now))
	}
	switch {
	case f.ending == Finished:
		d.Rotated++
		d.line(IsRotated, f.key, f.did)
	case f.ending == Unfinished, f.ending == HeldByOther:
		d.Unfinished++
		d.line(IsUnfinished, f.key, f.err.Error())
	case f.err != nil:
		d.Failed++
		d.line(IsFailed, f.key, f.err.Error())
	case f.plan.Outcome == Blocked:
		d.Blocked++
		d.line(IsBlocked, f.key, f.plan.toDo())
	case f.plan.Outcome == Due:
		d.line(IsDue, f.key, f.plan.Why)
	}
	if len(f.plan.Warnings) > 0 {
		d.Warned++
		d.line(IsWarned, f.key, strings.Join(f.plan.Warnings, "; "))
	}
}

// line adds a line, unless its group is full. How many there are is counted anyway.
func (d *Digest) line(g Group, key keyid.ARN, text string) {
	text = cut(text, lineLimit)
	n, size := 1, len(text)
	for _, l := range d.Lines {
		if l.Group == g {
			n, size = n+1, size+len(l.Text)
		}
	}
	if n <= groupLimit && size <= groupBytes {
		d.Lines = append(d.Lines, Line{g, key, text})
	}
}

// anew is what is left of a digest when a sweep begins the Region anew: what was
// rotated, which will not be found again.
func (d Digest) anew() Digest {
	rotated := slices.DeleteFunc(slices.Clone(d.Lines), func(l Line) bool { return l.Group != IsRotated })
	return Digest{Due: d.Rotated, Rotated: d.Rotated, Lines: rotated}
}

// toDo says what keeps a plan from being done, and what to do.
func (p Plan) toDo() string {
	texts := []string{p.Why}
	for _, u := range p.Missing {
		texts = append(texts, u.Reason)
	}
	for _, a := range p.Asks {
		texts = append(texts, a.Name+": "+a.Why)
	}
	return strings.Join(texts, "; ")
}

// cut shortens a text to one line of so many bytes, at the start of a character.
func cut(text string, limit int) string {
	const more = "…"
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "\uFFFD")), " ")
	if len(text) <= limit {
		return text
	}
	end := limit - len(more)
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + more
}
