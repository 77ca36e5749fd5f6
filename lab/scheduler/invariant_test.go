package scheduler

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"

	"rekey/lab/world"
)

// kept is a group with a schedule.
type kept struct {
	*Service
	r     *region
	group *group
	item  *item
}

func newKept(t *testing.T) (*bench, kept) {
	t.Helper()
	b := newBench(t)
	must[scheduler.CreateScheduleGroupOutput](b, &scheduler.CreateScheduleGroupInput{Name: new("g")})
	must[scheduler.CreateScheduleOutput](b, b.create("rate(1 hour)", func(in *scheduler.CreateScheduleInput) { in.GroupName = new("g") }))
	r := b.s.regions[home{mine, "us-east-1"}]
	k := kept{b.s, r, r.groups["g"], r.groups["g"].schedules["s"]}
	if bad := b.world.Violations(); len(bad) != 0 {
		t.Fatalf("before: %q", bad)
	}
	return b, k
}

func TestViolations(t *testing.T) {
	for want, spoil := range map[string]func(k kept){
		"in mars-north-1, which does not": func(k kept) { k.here(home{mine, "mars-north-1"}) },
		"has no default schedule group":   func(k kept) { delete(k.r.groups, defaultGroup) },
		"has 501 schedule groups": func(k kept) {
			for n := range 499 {
				k.r.groups[fmt.Sprint(n)] = k.group
			}
		},
		"schedule-group/other is kept as g in":   func(k kept) { k.group.name = "other" },
		"has 51 tags":                            func(k kept) { k.group.tags = make([]types.Tag, 51) },
		"is DELETING, and is to be deleted, or":  func(k kept) { k.group.state = types.ScheduleGroupStateDeleting },
		"the default one, is being deleted":      func(k kept) { k.r.groups[defaultGroup].state = types.ScheduleGroupStateDeleting },
		"schedule/g/other is kept as s of":       func(k kept) { k.item.name = "other" },
		"changed at":                             func(k kept) { k.item.modified = world.Epoch.Add(time.Hour) },
		`is "ASLEEP"`:                            func(k kept) { k.item.state = "ASLEEP" },
		"is disabled, and will be due":           func(k kept) { k.item.state = types.ScheduleStateDisabled },
		"is enabled, and will not be due":        func(k kept) { k.world.Clock.Cancel(k.item.due) },
		"has a target that no schedule can have": func(k kept) { k.item.target.Arn = new("x") },
	} {
		t.Run(want, func(t *testing.T) {
			b, k := newKept(t)
			b.broken = true
			b.world.Locked(func() { spoil(k) })
			if bad := strings.Join(b.world.Violations(), "\n"); !strings.Contains(bad, want) {
				t.Errorf("the violations are %q", bad)
			}
		})
	}
}
