package schedule

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// field is the range of one field, and the names that its values have.
type field struct {
	least, most int
	names       []string // of least and what follows
}

var (
	minutes = field{0, 59, nil}
	hours   = field{0, 23, nil}
	dates   = field{1, 31, nil}
	months  = field{1, 12, strings.Fields("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC")}
	days    = field{1, 7, strings.Fields("SUN MON TUE WED THU FRI SAT")}
	years   = field{1970, 2199, nil}
)

// set has the values of a field, counted from its least.
type set []bool

// cron is a cron expression. Of the two ways to name days, one is nil.
type cron struct {
	minutes, hours, months, years set
	day                           func(year int, month time.Month, day int) bool
}

func parseCron(text string) (c cron, ok bool) {
	f := strings.Fields(text)
	if len(f) != 6 || (f[2] == "?") == (f[4] == "?") {
		return c, false
	}
	all := true
	read := func(of field, text string) set {
		s, ok := of.parse(text)
		all = all && ok
		return s
	}
	c.minutes, c.hours, c.months, c.years = read(minutes, f[0]), read(hours, f[1]), read(months, f[3]), read(years, f[5])
	if f[4] == "?" {
		c.day, ok = parseDate(f[2])
	} else {
		c.day, ok = parseDay(f[4])
	}
	return c, ok && all
}

// parse reads a list of values, ranges and steps.
func (f field) parse(text string) (set, bool) {
	s := make(set, f.most-f.least+1)
	for item := range strings.SplitSeq(text, ",") {
		span, by, stepped := strings.Cut(item, "/")
		from, to, ok := f.span(span, stepped)
		step := 1
		if stepped {
			n, good := number(by)
			step, ok = n, ok && good && n > 0
		}
		if !ok {
			return nil, false
		}
		for v := from; v <= to; v += step {
			s[v-f.least] = true
		}
	}
	return s, true
}

// span reads what a step may follow. A value with a step reaches to the end.
func (f field) span(text string, stepped bool) (from, to int, ok bool) {
	if text == "*" {
		return f.least, f.most, true
	}
	a, b, ranged := strings.Cut(text, "-")
	from, ok = f.value(a)
	to = from
	switch {
	case ranged:
		var good bool
		to, good = f.value(b)
		ok = ok && good && from <= to
	case stepped:
		to = f.most
	}
	return from, to, ok
}

func (f field) value(text string) (int, bool) {
	if i := slices.Index(f.names, text); i >= 0 {
		return f.least + i, true
	}
	n, ok := number(text)
	return n, ok && n >= f.least && n <= f.most
}

// number reads digits alone.
func number(text string) (int, bool) {
	n, err := strconv.ParseUint(text, 10, 16)
	return int(n), err == nil
}

// parseDate reads day-of-month.
func parseDate(text string) (func(int, time.Month, int) bool, bool) {
	if text == "L" {
		return func(y int, m time.Month, d int) bool { return d == last(y, m) }, true
	}
	if of, near := strings.CutSuffix(text, "W"); near {
		n, ok := dates.value(of)
		return func(y int, m time.Month, d int) bool { return n <= last(y, m) && d == nearest(y, m, n) }, ok
	}
	s, ok := dates.parse(text)
	return func(_ int, _ time.Month, d int) bool { return s[d-dates.least] }, ok
}

// parseDay reads day-of-week.
func parseDay(text string) (func(int, time.Month, int) bool, bool) {
	if text == "L" { // the last day of the week
		text = "SAT"
	}
	if of, isLast := strings.CutSuffix(text, "L"); isLast {
		n, ok := days.value(of)
		return func(y int, m time.Month, d int) bool { return weekday(y, m, d) == n && d+7 > last(y, m) }, ok
	}
	if of, which, numbered := strings.Cut(text, "#"); numbered {
		n, ok := days.value(of)
		nth, good := number(which)
		return func(y int, m time.Month, d int) bool { return weekday(y, m, d) == n && (d+6)/7 == nth }, ok && good && nth >= 1 && nth <= 5
	}
	s, ok := days.parse(text)
	return func(y int, m time.Month, d int) bool { return s[weekday(y, m, d)-days.least] }, ok
}

// last is the last day of a month.
func last(y int, m time.Month) int { return time.Date(y, m+1, 0, 0, 0, 0, 0, time.UTC).Day() }

// weekday counts from 1, Sunday.
func weekday(y int, m time.Month, d int) int {
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Weekday()) + 1
}

// nearest is the day from Monday to Friday of the month that is closest to d.
func nearest(y int, m time.Month, d int) int {
	switch weekday(y, m, d) {
	case 7:
		if d == 1 {
			return d + 2
		}
		return d - 1
	case 1:
		if d == last(y, m) {
			return d - 2
		}
		return d + 1
	}
	return d
}

// next looks for the first time after another that the zone's clocks show and
// the expression has. What the clocks show the first time is never earlier than
// what they showed before, so the search can start at what they show then.
func (c cron) next(after time.Time, zone *time.Location) time.Time {
	from := after.In(zone)
	year, month, day := from.Date()
	for y := max(year, years.least); y <= years.most; y++ {
		if !c.years[y-years.least] {
			continue
		}
		for m := time.January; m <= time.December; m++ {
			if !c.months[int(m)-months.least] || y == year && m < month {
				continue
			}
			for d := 1; d <= last(y, m); d++ {
				if y == year && m == month && d < day || !c.day(y, m, d) {
					continue
				}
				if t, ok := c.within(y, m, d, after, zone); ok {
					return t
				}
			}
		}
	}
	return time.Time{}
}

func (c cron) within(y int, m time.Month, d int, after time.Time, zone *time.Location) (time.Time, bool) {
	for h := range c.hours {
		for minute := range c.minutes {
			if !c.hours[h] || !c.minutes[minute] {
				continue
			}
			if t, ok := instant(time.Date(y, m, d, h, minute, 0, 0, time.UTC), zone); ok && t.After(after) {
				return t, true
			}
		}
	}
	return time.Time{}, false
}
