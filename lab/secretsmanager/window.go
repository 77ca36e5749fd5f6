package secretsmanager

import (
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"rekey/lab/schedule"
)

// rules say when a secret rotates.
type rules struct {
	days       int64  // after the last rotation; 0: not given, and not known
	expression string // cron() or rate(); "" for the days alone
	duration   string // of the window, such as 3h; "" for the default
	schedule   schedule.Schedule
}

const (
	// shortest is the least time between two rotations, and longest the greatest
	// (User Guide, "Schedule expressions"; API reference, RotationRulesType).
	shortest = 4 * time.Hour
	longest  = 1000 * 24 * time.Hour
	day      = 24 * time.Hour
)

// rulesOf reads the rules of a request; what is wrong with them check says.
func rulesOf(in *types.RotationRulesType) rules {
	var r rules
	if in.AutomaticallyAfterDays != nil {
		r.days = *in.AutomaticallyAfterDays
	}
	if in.ScheduleExpression != nil {
		r.expression = *in.ScheduleExpression
		// /8 hours begin at midnight (User Guide, "Schedule expressions", an example).
		// The schedule is zero where the expression is none.
		r.schedule, _ = schedule.Parse(strings.Replace(r.expression, "cron(0 /", "cron(0 0/", 1), time.UTC)
	}
	if in.Duration != nil {
		r.duration = *in.Duration
	}
	return r
}

// check holds rules to the User Guide, "Schedule expressions". Reported: the
// wording for both kinds at once, in hashicorp/terraform-provider-aws issue
// 33329; the others are ours.
func (r rules) check() error {
	switch {
	case r.days > 0 && r.expression != "":
		return invalidParameter("You cannot specify both rotation frequency and schedule expression together.")
	case r.expression == "" && r.days == 0:
		return invalidParameter("You must provide AutomaticallyAfterDays or ScheduleExpression.")
	case r.expression != "" && !r.valid():
		return invalidParameter("The schedule expression " + r.expression + " is not valid.")
	case r.duration != "" && (r.length() < time.Hour || r.length() > r.room()):
		return invalidParameter("The rotation window of " + r.duration + " must not extend into the next rotation window or the next UTC day.")
	}
	return nil
}

// valid says whether the expression is one that Secrets Manager takes: cron with
// 0 minutes and every year, or a rate of hours or days.
func (r rules) valid() bool {
	switch r.schedule.Kind() {
	case schedule.Cron:
		fields := strings.Fields(strings.TrimSuffix(strings.TrimPrefix(r.expression, "cron("), ")"))
		return len(fields) == 6 && fields[0] == "0" && fields[5] == "*"
	case schedule.Rate:
		every := r.schedule.Interval()
		return !strings.Contains(r.expression, "minute") && every >= shortest && every <= longest
	}
	return false
}

// hourly says whether the rules are in hours, so that a window is an hour long
// unless they say otherwise. A cron expression is where it names several hours.
func (r rules) hourly() bool {
	switch r.schedule.Kind() {
	case schedule.Rate:
		return strings.Contains(r.expression, "hour")
	case schedule.Cron:
		return strings.ContainsAny(strings.Fields(strings.TrimPrefix(r.expression, "cron("))[1], "/,-*")
	}
	return false
}

// length is the duration that the rules name, zero for none.
func (r rules) length() time.Duration {
	hours, _ := strconv.Atoi(strings.TrimSuffix(r.duration, "h")) // its form is the model's
	return time.Duration(hours) * time.Hour
}

// room is how long a window may be: to the end of the day, and to the next one.
func (r rules) room() time.Duration {
	start, _ := r.start(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	room := start.Truncate(day).Add(day).Sub(start)
	if r.expression != "" {
		if next, ok := r.start(start); ok {
			room = min(room, next.Sub(start))
		}
	}
	return room
}

// start gives the beginning of the first window after a time, by UTC. The days
// of AutomaticallyAfterDays and of a rate are counted from the day of that time,
// and the hours of a rate from its midnight (User Guide, "Schedule expressions":
// the window starts at midnight).
func (r rules) start(after time.Time) (time.Time, bool) {
	midnight := after.UTC().Truncate(day)
	switch every := r.schedule.Interval(); {
	case r.expression == "" && r.days == 0:
		return time.Time{}, false
	case r.expression == "":
		return midnight.Add(time.Duration(r.days) * day), true
	case r.schedule.Kind() == schedule.Cron:
		next := r.schedule.Next(after)
		return next, !next.IsZero()
	case r.hourly():
		return midnight.Add((after.Sub(midnight)/every + 1) * every), true
	default:
		return midnight.Add(every), true
	}
}

// window gives the first window after a time. Its end is NextRotationDate: the
// next rotation is on or before it (API reference, DescribeSecret). That the end
// of a day is its last second is assumed.
func (r rules) window(after time.Time) (start, end time.Time, ok bool) {
	if start, ok = r.start(after); !ok {
		return time.Time{}, time.Time{}, false
	}
	switch length := r.length(); {
	case length > 0:
		end = start.Add(length)
	case r.hourly():
		end = start.Add(time.Hour)
	default:
		end = start.Truncate(day).Add(day)
	}
	return start, end.Add(-time.Second), true
}

// settle works AutomaticallyAfterDays out from the schedule, as AWS does after
// every rotation that succeeded (API reference, RotationRulesType); whole days.
func (r *rules) settle(now time.Time) {
	if r.expression == "" {
		return
	}
	first, ok := r.start(now)
	if second, again := r.start(first); ok && again {
		r.days = int64(second.Sub(first) / day)
	}
}

// told gives the rules as they are described.
func (r rules) told() *types.RotationRulesType {
	out := &types.RotationRulesType{}
	if r.days > 0 {
		out.AutomaticallyAfterDays = new(r.days)
	}
	if r.expression != "" {
		out.ScheduleExpression = new(r.expression)
	}
	if r.duration != "" {
		out.Duration = new(r.duration)
	}
	return out
}
