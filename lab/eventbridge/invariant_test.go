package eventbridge

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"rekey/lab/eventbridge/pattern"
	"rekey/lab/world"
)

// kept is a bus with a rule of a pattern, and one of a schedule on the default
// bus, with targets.
type kept struct {
	*Service
	bus         *bus
	rule, timer *rule
}

func newKept(t *testing.T) (*bench, kept) {
	t.Helper()
	b := newBench(t)
	b.broken = true
	must[eventbridge.CreateEventBusOutput](b, &eventbridge.CreateEventBusInput{Name: new("bus")})
	must[eventbridge.PutRuleOutput](b, &eventbridge.PutRuleInput{Name: new("rule"), EventBusName: new("bus"), EventPattern: new(`{"source":["a"]}`)})
	must[eventbridge.PutRuleOutput](b, &eventbridge.PutRuleInput{Name: new("timer"), ScheduleExpression: new("rate(1 hour)")})
	must[eventbridge.PutTargetsOutput](b, &eventbridge.PutTargetsInput{Rule: new("timer"), Targets: []types.Target{
		{Id: new("a"), Arn: new("arn:aws:sqs:us-east-1:" + mine + ":a")}, {Id: new("b"), Arn: new("arn:aws:sqs:us-east-1:" + mine + ":b")},
	}})
	buses := b.events.regions[home{mine, "us-east-1"}]
	k := kept{b.events, buses["bus"], buses["bus"].rules["rule"], buses[defaultBus].rules["timer"]}
	if bad := b.world.Violations(); len(bad) != 0 {
		t.Fatalf("before: %q", bad)
	}
	return b, k
}

func TestViolations(t *testing.T) {
	wild, err := pattern.Parse(`{"source":[{"wildcard":"a*"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(k kept){
		"in mars-north-1, which does not": func(k kept) { k.regions[home{mine, "mars-north-1"}] = nil },
		"has no default event bus":        func(k kept) { delete(k.regions[k.bus.home], defaultBus) },
		"has 101 event buses": func(k kept) {
			for n := range 99 {
				k.regions[k.bus.home][fmt.Sprint(n)] = k.bus
			}
		},
		"is kept as bus in": func(k kept) { k.bus.name = "other" },
		"changed at":        func(k kept) { k.bus.modified = world.Epoch.Add(time.Hour) },
		"has 301 rules": func(k kept) {
			for n := range 300 {
				k.bus.rules[fmt.Sprint(n)] = k.rule
			}
		},
		"is kept as rule of": func(k kept) { k.rule.name = "other" },
		"has 31 rules with wildcards": func(k kept) {
			k.rule.pattern = wild
			for n := range 30 {
				k.bus.rules[fmt.Sprint(n)] = k.rule
			}
		},
		"has neither a pattern nor":       func(k kept) { k.rule.text = "" },
		"has another pattern than":        func(k kept) { k.rule.pattern = nil },
		`is "ASLEEP"`:                     func(k kept) { k.rule.state = "ASLEEP" },
		"is not of the default event bus": func(k kept) { k.rule.expression = "rate(1 hour)" },
		"is disabled, or has no schedule": func(k kept) { k.timer.state = types.RuleStateDisabled },
		"has a schedule, and will not be": func(k kept) { k.world.Clock.Cancel(k.timer.due) },
		"has 6 targets": func(k kept) {
			for range 4 {
				k.timer.targets = append(k.timer.targets, k.timer.targets[0])
			}
		},
		"has target a behind b":         func(k kept) { x := k.timer.targets; x[0], x[1] = x[1], x[0] },
		"has a target that no rule can": func(k kept) { k.timer.targets[0].Arn = new("x") },
	} {
		t.Run(want, func(t *testing.T) {
			b, k := newKept(t)
			b.world.Locked(func() { spoil(k) })
			if bad := strings.Join(b.world.Violations(), "\n"); !strings.Contains(bad, want) {
				t.Errorf("the violations are %q", bad)
			}
		})
	}
}
