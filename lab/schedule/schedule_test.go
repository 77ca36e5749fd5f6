package schedule

import (
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"
)

const layout = "2006-01-02T15:04:05"

func at(t testing.TB, text string) time.Time {
	t.Helper()
	when, err := time.Parse(layout, text)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err) // Go itself brings the zones along
	}
	return z
}

// Every list of times is what the guides' own words say of the expression.
func TestNext(t *testing.T) {
	for _, c := range []struct{ expression, after, want string }{
		{"cron(0 12 * * ? *)", "2026-01-01T00:00:00", "2026-01-01T12:00:00 2026-01-02T12:00:00"},
		{"cron(5,35 14 * * ? *)", "2026-01-01T14:05:00", "2026-01-01T14:35:00 2026-01-02T14:05:00"},
		{"cron(15 10 ? * 6L 2026-2027)", "2026-01-01T00:00:00", "2026-01-30T10:15:00 2026-02-27T10:15:00"},
		{"cron(0 0 ? * 7L *)", "2026-01-01T00:00:00", "2026-01-31T00:00:00 2026-02-28T00:00:00"},
		{"cron(0 2 ? * SAT#3 *)", "2026-01-01T00:00:00", "2026-01-17T02:00:00 2026-02-21T02:00:00"},
		{"cron(0/15 * * * ? *)", "2026-01-01T00:00:01", "2026-01-01T00:15:00 2026-01-01T00:30:00"},
		{"cron(1/10 0 * * ? *)", "2026-01-01T00:45:00", "2026-01-01T00:51:00 2026-01-02T00:01:00"},
		{"cron(0/30 20-23 ? * MON-FRI *)", "2026-01-02T23:00:00", "2026-01-02T23:30:00 2026-01-05T20:00:00"},
		{"cron(0-59/20 0-23/12 ? * * *)", "2026-01-01T00:20:00", "2026-01-01T00:40:00 2026-01-01T12:00:00"},
		{"cron(0 0 L * ? *)", "2028-02-01T00:00:00", "2028-02-29T00:00:00 2028-03-31T00:00:00"},
		{"cron(0 0 ? * L *)", "2026-01-01T00:00:00", "2026-01-03T00:00:00 2026-01-10T00:00:00"},
		{"cron(0 0 3W * ? *)", "2026-01-01T00:00:00", "2026-01-02T00:00:00 2026-02-03T00:00:00"},
		{"cron(0 0 1W AUG ? *)", "2026-01-01T00:00:00", "2026-08-03T00:00:00 2027-08-02T00:00:00"},
		{"cron(0 0 31W 5,6 ? 2026)", "2026-01-01T00:00:00", "2026-05-29T00:00:00 never"},
		{"cron(0 0 30 2 ? *)", "2026-01-01T00:00:00", "never"},
		{"cron(0 0 29 2 ? *)", "2026-01-01T00:00:00", "2028-02-29T00:00:00 2032-02-29T00:00:00"},
		{"cron(0 0 1 1 ? 2020)", "2026-01-01T00:00:00", "never"},
		{"cron(59 23 31 12 ? 2199)", "2026-01-01T00:00:00", "2199-12-31T23:59:00 never"},
		{"cron(0 9 ? * 2#1 *)", "2026-01-05T09:00:00", "2026-02-02T09:00:00 2026-03-02T09:00:00"},
		{"cron(0 0 ? * MON#5 *)", "2026-01-01T00:00:00", "2026-03-30T00:00:00 2026-06-29T00:00:00"},
		{"cron(0 0 ? * SUN/3 *)", "2026-01-01T00:00:00", "2026-01-03T00:00:00 2026-01-04T00:00:00 2026-01-07T00:00:00"},
		{"rate(1 minute)", "2026-01-01T00:00:10", "2026-01-01T00:01:10 2026-01-01T00:02:10"},
		{"rate(36 hours)", "2026-01-01T00:00:00", "2026-01-02T12:00:00 2026-01-04T00:00:00"},
		{"rate(2 days)", "2026-01-01T00:00:00", "2026-01-03T00:00:00 2026-01-05T00:00:00"},
		{"at(2026-02-03T04:05:06)", "2026-01-01T00:00:00", "2026-02-03T04:05:06 never"},
	} {
		follow(t, c.expression, time.UTC, c.after, c.want)
	}
}

func follow(t *testing.T, expression string, zone *time.Location, after, want string) {
	t.Helper()
	s, err := Parse(expression, zone)
	if err != nil {
		t.Errorf("%s: %v", expression, err)
		return
	}
	now := at(t, after)
	for w := range strings.FieldsSeq(want) {
		next := s.Next(now)
		got := "never"
		if !next.IsZero() {
			got = next.UTC().Format(layout)
		}
		if got != w {
			t.Errorf("%s after %s is due at %s, want %s", expression, now.Format(layout), got, w)
			return
		}
		now = next
	}
}

// The guide's sentences on daylight savings time. New York's clocks skip
// 2026-03-08 02:00–03:00, and show 2026-11-01 01:00–02:00 twice.
func TestZones(t *testing.T) {
	z := zone(t, "America/New_York")
	follow(t, "cron(30 2 * * ? *)", z, "2026-03-07T00:00:00", "2026-03-07T07:30:00 2026-03-09T06:30:00")
	follow(t, "cron(30 1 * * ? *)", z, "2026-10-31T12:00:00", "2026-11-01T05:30:00 2026-11-02T06:30:00")
	follow(t, "cron(0/30 * * * ? *)", z, "2026-11-01T05:00:00", "2026-11-01T05:30:00 2026-11-01T07:00:00")
	follow(t, "cron(0 0 1 * ? *)", z, "2026-01-01T00:00:00", "2026-01-01T05:00:00 2026-02-01T05:00:00 2026-03-01T05:00:00 2026-04-01T04:00:00")
	follow(t, "rate(1 day)", z, "2026-03-07T12:00:00", "2026-03-08T12:00:00 2026-03-09T12:00:00")
	follow(t, "at(2026-07-01T08:00:00)", z, "2026-01-01T00:00:00", "2026-07-01T12:00:00 never")
	follow(t, "at(2026-03-08T02:30:00)", z, "2026-01-01T00:00:00", "2026-03-08T07:30:00 never")
	follow(t, "at(2026-11-01T01:30:00)", z, "2026-01-01T00:00:00", "2026-11-01T05:30:00 never")
	follow(t, "cron(0 6 * * ? *)", zone(t, "Asia/Kolkata"), "2026-01-01T00:00:00", "2026-01-01T00:30:00")
}

var invalid = strings.Split(`cron(0 1 * * * *)|cron(7 20 * * NOT *)|cron(INVALID)|cron(0 dummy ? * MON-FRI *)|cron(71 8 1 * ? *)|cron()`+
	`|rate(10 seconds)|rate(10 years)|rate()|rate(10)|rate(10 minutess)|rate(foo minutes)|rate(-10 minutes)|rate( 10 minutes )| rate(10 minutes)`+
	`|at(2021-12-31T23:59:59Z)|at(2021-12-31)`+ // up to here recorded, by test_create_schedule_with_invalid_schedule_expression
	`|rate(0 minutes)|rate(99999999999 days)|cron(0 1 ? * ? *)|cron(0 1 * * ?)|cron(0 1 * * ? * *)|cron(0/0 1 * * ? *)|cron(5-1 1 * * ? *)`+
	`|cron(0 1 0 * ? *)|cron(0 1 32 * ? *)|cron(0 24 * * ? *)|cron(60 0 * * ? *)|cron(0 1 * 13 ? *)|cron(0 1 ? * 8 *)|cron(0 1 ? * 0 *)|cron(0 1 * * ? 1969)`+
	`|cron(0 1 * * ? 2200)|cron(0 1 ? * 3#1,6#3 *)|cron(0 1 ? * MON#6 *)|cron(0 1 ? * MON#0 *)|cron(? 1 * * ? *)|cron(0 1 1,5W * ? *)|cron(0 1 LL * ? *)`+
	`|cron(0 1 W * ? *)|cron(0 /8 * * ? *)|cron(, 1 * * ? *)|cron(1- 1 * * ? *)|cron(1/ 1 * * ? *)|cron(+1 1 * * ? *)|cron(0 1 * * ? *|at(2026-02-30T00:00:00)|at(2026-01-01T00:00:00.5)||cron`, "|")

func TestInvalid(t *testing.T) {
	for _, e := range invalid {
		if _, err := Parse(e, nil); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q is taken", e)
		}
	}
	for _, e := range []string{"rate(1 minutes)", "rate(1 hours)", "rate(1 days)", "rate(10 minute)", "rate(10 hour)", "rate(10 day)", "at(2030-01-01T00:00:00)"} {
		if _, err := ParseRule(e); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q is taken for a rule's", e)
		}
		if _, err := Parse(e, nil); err != nil {
			t.Errorf("%q is not taken for a schedule", e)
		}
	}
}

// due is what the guide says of one minute, in other words than Next: it reads
// the fields anew and knows nothing of searching.
func due(f []string, wall time.Time) bool {
	has := func(text string, v, least, most int) bool {
		for item := range strings.SplitSeq(text, ",") {
			span, by, stepped := strings.Cut(item, "/")
			step, from, to := 1, least, most
			if stepped {
				step, _ = strconv.Atoi(by)
			}
			if a, b, ranged := strings.Cut(span, "-"); ranged {
				from, _ = strconv.Atoi(a)
				to, _ = strconv.Atoi(b)
			} else if span != "*" {
				from, _ = strconv.Atoi(span)
				if to = from; stepped {
					to = most
				}
			}
			if v >= from && v <= to && (v-from)%step == 0 {
				return true
			}
		}
		return false
	}
	dayOK := f[2] != "?" && has(f[2], wall.Day(), 1, 31) || f[4] != "?" && has(f[4], int(wall.Weekday())+1, 1, 7)
	return dayOK && has(f[0], wall.Minute(), 0, 59) && has(f[1], wall.Hour(), 0, 23) && has(f[3], int(wall.Month()), 1, 12)
}

// Next is the first due minute after a time, whatever the expression and the
// zone: found out by asking every minute in between.
func TestNextIsTheFirst(t *testing.T) {
	zones := []*time.Location{time.UTC, zone(t, "America/New_York"), zone(t, "Australia/Lord_Howe"), zone(t, "Pacific/Apia"), zone(t, "Asia/Kathmandu")}
	r := rand.New(rand.NewPCG(1, 2))
	for range 150 {
		fields := []string{randomField(r, 0, 59), randomField(r, 0, 23), randomField(r, 1, 31), "*", "?", "*"}
		if r.IntN(2) == 0 {
			fields[2], fields[4] = "?", randomField(r, 1, 7)
		}
		z := zones[r.IntN(len(zones))]
		s, err := Parse("cron("+strings.Join(fields, " ")+")", z)
		if err != nil {
			t.Fatal(fields, err)
		}
		after := time.Date(2026, time.Month(1+r.IntN(12)), 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60), 0, time.UTC)
		if r.IntN(2) == 0 { // near the days when New York's clocks change
			after = time.Date(2026, time.November, 1, r.IntN(12), r.IntN(60), 0, 0, time.UTC).AddDate(0, -8*r.IntN(2), 0)
		}
		want := time.Time{}
		for m := after.Truncate(time.Minute).Add(time.Minute); m.Before(after.AddDate(0, 0, 5)); m = m.Add(time.Minute) {
			if first(m, z) && due(fields, m.In(z)) {
				want = m
				break
			}
		}
		got := s.Next(after)
		if !want.IsZero() && !got.Equal(want) || want.IsZero() && !got.IsZero() && got.Before(after.AddDate(0, 0, 5)) {
			t.Fatalf("%v in %v after %v: %v, want %v", fields, z, after, got, want)
		}
	}
}

// first says whether the zone's clocks did not show the same in the three hours
// before.
func first(m time.Time, z *time.Location) bool {
	const wall = "2006-01-02 15:04"
	shown := m.In(z).Format(wall)
	for back := 30 * time.Minute; back <= 3*time.Hour; back += 30 * time.Minute {
		if m.Add(-back).In(z).Format(wall) == shown {
			return false
		}
	}
	return true
}

func randomField(r *rand.Rand, least, most int) string {
	v := func() int { return least + r.IntN(most-least+1) }
	one := func() string {
		a, b := v(), v()
		switch r.IntN(4) {
		case 0:
			return strconv.Itoa(a)
		case 1:
			return strconv.Itoa(min(a, b)) + "-" + strconv.Itoa(max(a, b))
		case 2:
			return strconv.Itoa(a) + "/" + strconv.Itoa(1+r.IntN(most))
		}
		return "*"
	}
	if r.IntN(3) == 0 {
		return one() + "," + one()
	}
	return one()
}

// Whatever is understood is due later, on a whole minute, and understood again
// by what its next time asks for.
func FuzzParse(f *testing.F) {
	for _, e := range invalid {
		f.Add(e)
	}
	for _, e := range []string{"cron(0 0 LW * ? *)", "cron(0 2 ? * SAT#3 *)", "cron(0/5 8-17 15W JAN,FEB ? 2026/2)", "rate(5 hours)", "at(2026-01-01T00:00:00)"} {
		f.Add(e)
	}
	now := time.Date(2026, 1, 1, 0, 0, 30, 0, time.UTC)
	f.Fuzz(func(t *testing.T, e string) {
		s, err := Parse(e, time.UTC)
		if err != nil {
			return
		}
		next := s.Next(now)
		if next.IsZero() {
			return
		}
		if !next.After(now) {
			t.Errorf("%q is due at %v, not after %v", e, next, now)
		}
		if s.Kind() == Cron && !next.Truncate(time.Minute).Equal(next) {
			t.Errorf("%q is due at %v", e, next)
		}
		if again := s.Next(next.Add(-1)); s.Kind() != Rate && !again.Equal(next) {
			t.Errorf("%q is due at %v or at %v", e, next, again)
		}
	})
}
