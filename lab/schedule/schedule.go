package schedule

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// ErrInvalid is for what is no schedule expression.
var ErrInvalid = errors.New("no valid schedule expression")

// Kind says which form an expression has.
type Kind int

const (
	Cron Kind = iota + 1 // at times of the calendar
	Rate                 // at a fixed interval
	At                   // once
)

// Schedule is an expression that was understood.
type Schedule struct {
	kind Kind
	cron cron
	rate time.Duration
	at   time.Time
	zone *time.Location
	// agrees says whether a rate's unit has the number of its value.
	agrees bool
}

// Parse reads an expression as EventBridge Scheduler and Secrets Manager write
// them. The calendar of cron and at is that of the zone; nil is UTC. A rate's
// unit may be singular or plural whatever its value: the Scheduler's reference
// lists both without a condition. The error is ErrInvalid.
func Parse(expression string, zone *time.Location) (Schedule, error) {
	if zone == nil {
		zone = time.UTC
	}
	s := Schedule{zone: zone}
	var ok bool
	if fields, is := inner(expression, "cron"); is {
		s.kind = Cron
		s.cron, ok = parseCron(fields)
	} else if fields, is := inner(expression, "rate"); is {
		s.kind = Rate
		s.rate, s.agrees, ok = parseRate(fields)
	} else if text, is := inner(expression, "at"); is {
		s.kind = At
		s.at, ok = parseAt(text, zone)
	}
	if !ok {
		return Schedule{}, ErrInvalid
	}
	return s, nil
}

// ParseRule reads an expression as a rule of EventBridge has it: in UTC, never
// at, and with "minute" for one and "minutes" for more (EventBridge User Guide,
// "Rate expressions"; asserted by localstack's
// test_put_rule_with_invalid_schedule_rate).
func ParseRule(expression string) (Schedule, error) {
	s, err := Parse(expression, time.UTC)
	if err == nil && (s.kind == At || s.kind == Rate && !s.agrees) {
		return Schedule{}, ErrInvalid
	}
	return s, err
}

// Kind says which form the expression has.
func (s Schedule) Kind() Kind { return s.kind }

// Interval is a rate's; zero for the others.
func (s Schedule) Interval() time.Duration { return s.rate }

// Next gives the first time after another one that the schedule is due; zero
// where it never is again. A rate counts from the time that it is given, so its
// caller asks with the time that it was due last.
//
// A time that the zone's clocks skip is left out, and one that they show twice
// is due the first time only (EventBridge Scheduler User Guide, "Schedule
// types", on daylight savings time).
func (s Schedule) Next(after time.Time) time.Time {
	switch s.kind {
	case Rate:
		return after.Add(s.rate)
	case At:
		if s.at.After(after) {
			return s.at
		}
	case Cron:
		return s.cron.next(after, s.zone)
	}
	return time.Time{}
}

func inner(expression, name string) (string, bool) {
	rest, ok := strings.CutPrefix(expression, name+"(")
	if !ok {
		return "", false
	}
	return strings.CutSuffix(rest, ")")
}

var units = map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}

func parseRate(text string) (every time.Duration, agrees, ok bool) {
	value, name, found := strings.Cut(text, " ")
	n, err := strconv.ParseUint(value, 10, 31)
	unit, plural := strings.CutSuffix(name, "s")
	one, known := units[unit]
	if !found || err != nil || n == 0 || !known || n > uint64(math.MaxInt64/one) {
		return 0, false, false
	}
	return time.Duration(n) * one, plural == (n > 1), true
}

// parseAt reads a local time. Where the zone's clocks skip it, it is assumed to
// be due as long after the gap as it is after the gap's beginning.
func parseAt(text string, zone *time.Location) (time.Time, bool) {
	wall, err := time.Parse("2006-01-02T15:04:05", text)
	if err != nil || len(text) != len("2006-01-02T15:04:05") {
		return time.Time{}, false
	}
	if t, ok := instant(wall, zone); ok {
		return t, true
	}
	_, before := wall.Add(-36 * time.Hour).In(zone).Zone()
	return wall.Add(-time.Duration(before) * time.Second), true
}

// instant gives the first moment at which the zone's clocks show what wall, a
// time in UTC, shows. It is not ok where they never do.
func instant(wall time.Time, zone *time.Location) (first time.Time, ok bool) {
	for _, around := range []time.Duration{-36 * time.Hour, 36 * time.Hour} {
		_, offset := wall.Add(around).In(zone).Zone()
		t := wall.Add(-time.Duration(offset) * time.Second)
		_, there := t.In(zone).Zone()
		if there == offset && (!ok || t.Before(first)) {
			first, ok = t, true
		}
	}
	return first, ok
}
