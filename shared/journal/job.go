package journal

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Job is the record of a piece of work. T is the caller's state: what it has to
// know in order to go on, such as the key that was made.
type Job[T any] struct {
	Created  time.Time  `json:"created"`
	Lease    *Lease     `json:"lease"`
	Finished *time.Time `json:"finished"`
	State    T          `json:"state"`
	Steps    []Step     `json:"steps"`
}

// Lease says who works at a job, and until when nobody else does.
type Lease struct {
	Holder string    `json:"holder"`
	Until  time.Time `json:"until"`
}

// Step is one thing that was noted of a step: of each that it was begun, and what came
// of that.
type Step struct {
	Name   string    `json:"name"`
	Phase  Phase     `json:"phase"`
	At     time.Time `json:"at"`
	Detail string    `json:"detail"` // for people
}

// Phase is how far a step is.
type Phase string

// The phases. Failed says that the caller was told of a failure, not that nothing
// happened: what is begun or failed has to be looked at before it is done again.
const (
	None   Phase = ""
	Begun  Phase = "begun"
	Done   Phase = "done"
	Failed Phase = "failed"
)

// The limits of a step's texts, in bytes.
const (
	NameLimit   = 256
	DetailLimit = 1024
)

// Phase gives what was last noted of a step.
func (j Job[T]) Phase(step string) Phase {
	phase := None
	for _, s := range j.Steps {
		if s.Name == step {
			phase = s.Phase
		}
	}
	return phase
}

// held says whether somebody may be at work.
func (j Job[T]) held(now time.Time) bool { return j.Lease != nil && now.Before(j.Lease.Until) }

// shortened cuts a detail, at the start of a character.
func shortened(text string) string {
	const more = "…"
	if text = strings.ToValidUTF8(text, "\uFFFD"); len(text) <= DetailLimit {
		return text
	}
	cut := DetailLimit - len(more)
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + more
}
