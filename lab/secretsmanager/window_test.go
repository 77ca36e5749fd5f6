package secretsmanager

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"rekey/lab/world"
)

func TestRulesThatAreRefused(t *testing.T) {
	b, _ := newRotator(t)
	for _, test := range []struct {
		days                 int64
		expression, duration string
		ok                   bool
	}{
		{30, "", "", true},
		{30, "", "24h", true},
		{30, "", "25h", false},
		{30, "rate(10 days)", "", false},
		{0, "rate(4 hours)", "", true},
		{0, "rate(4 hours)", "4h", true},
		{0, "rate(4 hours)", "5h", false},
		{0, "rate(3 hours)", "", false},
		{0, "rate(600 minutes)", "", false},
		{0, "rate(1 day)", "", true},
		{0, "cron(0 8 1 * ? *)", "16h", true},
		{0, "cron(0 8 1 * ? *)", "17h", false},
		{0, "cron(0 /8 * * ? *)", "8h", true},
		{0, "cron(0 /8 * * ? *)", "9h", false},
		{0, "cron(30 8 1 * ? *)", "", false},
		{0, "cron(0 8 1 * ? 2027)", "", false},
		{0, "tomorrow", "", false},
		{0, "", "3h", false},
	} {
		in := &rotateIn{SecretId: new("none"), ClientRequestToken: b.token(), RotationRules: &types.RotationRulesType{}}
		if test.days > 0 {
			in.RotationRules.AutomaticallyAfterDays = &test.days
		}
		if test.expression != "" {
			in.RotationRules.ScheduleExpression = &test.expression
		}
		if test.duration != "" {
			in.RotationRules.Duration = &test.duration
		}
		code := "InvalidParameterException"
		if test.ok {
			code = "ResourceNotFoundException"
		}
		if _, err := b.send(root(mine), in); world.Answer(err).Code != code {
			t.Errorf("%+v: %v, want %s", test, err, code)
		}
	}
}

func TestWindowsOfRotation(t *testing.T) {
	at := time.Date(2026, 3, 14, 15, 9, 0, 0, time.UTC) // a Saturday
	for _, test := range []struct {
		rules      types.RotationRulesType
		start, end string
	}{
		{types.RotationRulesType{AutomaticallyAfterDays: new(int64(1))}, "2026-03-15T00:00:00Z", "2026-03-15T23:59:59Z"},
		{types.RotationRulesType{AutomaticallyAfterDays: new(int64(30)), Duration: new("3h")}, "2026-04-13T00:00:00Z", "2026-04-13T02:59:59Z"},
		{types.RotationRulesType{ScheduleExpression: new("rate(10 days)")}, "2026-03-24T00:00:00Z", "2026-03-24T23:59:59Z"},
		{types.RotationRulesType{ScheduleExpression: new("rate(4 hours)")}, "2026-03-14T16:00:00Z", "2026-03-14T16:59:59Z"},
		{types.RotationRulesType{ScheduleExpression: new("rate(4 hours)"), Duration: new("2h")}, "2026-03-14T16:00:00Z", "2026-03-14T17:59:59Z"},
		{types.RotationRulesType{ScheduleExpression: new("cron(0 8 1 * ? *)")}, "2026-04-01T08:00:00Z", "2026-04-01T23:59:59Z"},
		{types.RotationRulesType{ScheduleExpression: new("cron(0 16 1,15 * ? *)"), Duration: new("2h")}, "2026-03-15T16:00:00Z", "2026-03-15T17:59:59Z"},
		{types.RotationRulesType{ScheduleExpression: new("cron(0 /8 * * ? *)")}, "2026-03-14T16:00:00Z", "2026-03-14T16:59:59Z"},
		{types.RotationRulesType{ScheduleExpression: new("cron(0 18 ? * SAT *)")}, "2026-03-14T18:00:00Z", "2026-03-14T23:59:59Z"},
	} {
		r := rulesOf(&test.rules)
		start, end, ok := r.window(at)
		if got := start.Format(time.RFC3339) + " " + end.Format(time.RFC3339); !ok || got != test.start+" "+test.end {
			t.Errorf("%s: %s, want %s %s", show(r.told()), got, test.start, test.end)
		}
	}
}
