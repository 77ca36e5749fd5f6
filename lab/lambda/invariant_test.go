package lambda

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

// kept is a function with an environment that waits, and a queue that feeds it.
type kept struct {
	*Service
	f *function
	m *mapping
}

var here = home{"111122223333", "us-east-1"}

func newKept(t *testing.T) (*world.World, kept) {
	t.Helper()
	w := world.New(world.Options{})
	s := New(w, &role{world: w})
	if _, err := s.Install(Function{Name: "f", Account: here.account, Region: here.region, Role: "r"}); err != nil {
		t.Fatal(err)
	}
	k := kept{Service: s, f: s.functions[here]["f"]}
	e, err := s.environment(k.f)
	if err != nil {
		t.Fatal(err)
	}
	k.f.idle = []environment{e}
	k.m = &mapping{home: here, uuid: "m", source: "q", function: k.f.name, batch: 10, state: enabled}
	s.mappings[here] = map[string]*mapping{"m": k.m}
	w.Locked(func() { k.m.due = w.Clock.After(time.Hour, func() {}) })
	if bad := w.Violations(); len(bad) != 0 {
		t.Fatalf("before: %q", bad)
	}
	return w, k
}

func TestViolations(t *testing.T) {
	for want, spoil := range map[string]func(k kept){
		"in mars-north-1, which does not":  func(k kept) { k.functions[home{here.account, keyid.Region("mars-north-1")}] = nil },
		"is kept as f in":                  func(k kept) { k.f.function = "other" },
		"901 of the concurrency":           func(k kept) { k.f.reserved = new(int32(901)) },
		"1001 functions":                   func(k kept) { k.f.running = 1001 },
		"2 environments, 1 of which wait":  func(k kept) { k.all[&inProcess{}] = true },
		"is to change, or is not":          func(k kept) { k.f.state = types.StatePending },
		"is active, and was never made":    func(k kept) { k.f.update = "" },
		"was changed in the future":        func(k kept) { k.f.modified = world.Epoch.Add(time.Hour) },
		"has no revision, or no role":      func(k kept) { k.f.role = "" },
		"has another policy than it tells": func(k kept) { k.f.policy = &world.Policy{} },
		"has the permission a twice":       func(k kept) { k.f.statements = []statement{{Sid: "a"}, {Sid: "a"}} },
		"has 51 tags": func(k kept) {
			k.f.tags = map[string]string{}
			for n := range 51 {
				k.f.tags[fmt.Sprint(n)] = ""
			}
		},
		"for events that it does not tell":                             func(k kept) { k.f.async.onFailure = "x" },
		"handles -1 events":                                            func(k kept) { k.f.running = -1 },
		"handles 1 events, and nothing runs":                           func(k kept) { k.f.running = 1 },
		"an environment that was ended":                                func(k kept) { clear(k.all) },
		"an environment that waits twice":                              func(k kept) { k.f.idle = append(k.f.idle, k.f.idle[0]) },
		"of what it was before":                                        func(k kept) { k.f.memory++ },
		"is kept as m in":                                              func(k kept) { k.m.uuid = "other" },
		"feeds arn:aws:lambda:us-east-1:111122223333:function:f twice": func(k kept) { k.mappings[here]["n"] = k.m },
		"is Enabled, and does not go on":                               func(k kept) { k.m.due = nil },
		"is Disabled, and goes on":                                     func(k kept) { k.m.state = disabled },
		"has -1 batches":                                               func(k kept) { k.m.busy-- },
		"1 batches under way, and nothing":                             func(k kept) { k.m.busy++ },
		"has batches of 0":                                             func(k kept) { k.m.batch = 0 },
	} {
		t.Run(want, func(t *testing.T) {
			w, k := newKept(t)
			w.Locked(func() { spoil(k) })
			if bad := strings.Join(w.Violations(), "\n"); !strings.Contains(bad, want) {
				t.Errorf("the violations are %q", bad)
			}
		})
	}
}

// An event that finds its function in the making takes no environment.
func TestEventForAFunctionInTheMaking(t *testing.T) {
	w, k := newKept(t)
	w.Locked(func() {
		k.f.state, k.f.due = types.StatePending, w.Clock.After(time.Hour, func() {})
		k.attempt(event{function: k.f.name, payload: []byte("{}"), queued: w.Clock.Now()})
	})
	if bad := w.Violations(); len(bad) != 0 || k.f.running != 0 {
		t.Errorf("%d events are handled: %q", k.f.running, bad)
	}
}
