package cloudwatchlogs

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// mark is a place between the events of a stream: an event, by its time and
// number, behind or before which a page begins.
type mark struct{ at, n int64 }

// tokenAge is how long a token can be used (API reference, GetLogEvents).
const tokenAge = 24 * time.Hour

// token writes a mark as AWS's tokens look: the direction, 56 digits, and /s.
func (m mark) token(forward bool, now time.Time) string {
	direction := "b"
	if forward {
		direction = "f"
	}
	return fmt.Sprintf("%s/%014d%019d%014d%09d/s", direction, m.at, m.n, millis(now), 0)
}

var tokenForm = regexp.MustCompile(`^([fb])/([0-9]{14})([0-9]{19})([0-9]{14})0{9}/s$`)

// parseMark reads a token; not ok for one that none of ours is, or that is too
// old. One of a later time is taken: the wall may have been set back since.
func parseMark(token string, now time.Time) (m mark, forward, ok bool) {
	parts := tokenForm.FindStringSubmatch(token)
	if parts == nil {
		return m, false, false
	}
	var numbers [3]int64
	for i := range numbers {
		n, err := strconv.ParseInt(parts[i+2], 10, 64)
		if err != nil {
			return m, false, false
		}
		numbers[i] = n
	}
	made := time.UnixMilli(numbers[2])
	return mark{numbers[0], numbers[1]}, parts[1] == "f", now.Sub(made) <= tokenAge
}

// beyond are the events behind the mark, or before it.
func (m mark) beyond(all []event, forward bool) []event {
	if forward {
		i := slices.IndexFunc(all, func(e event) bool { return !e.before(m.at, m.n+1) })
		if i < 0 {
			return nil
		}
		return all[i:]
	}
	if i := slices.IndexFunc(all, func(e event) bool { return !e.before(m.at, m.n) }); i >= 0 {
		return all[:i]
	}
	return all
}
