package cloudtrail

import (
	"strings"
	"testing"
	"time"

	"rekey/lab/world"
)

func TestViolations(t *testing.T) {
	for want, spoil := range map[string]func(k *history, e *event){
		"has 32769 events":            func(k *history, e *event) { k.events = make([]*event, historyLimit+1); fill(k, e) },
		"is kept for":                 func(_ *history, e *event) { e.recipient = "444455556666" },
		"has event a twice":           func(k *history, e *event) { k.events = append(k.events, e) },
		"and seen from":               func(_ *history, e *event) { e.time = world.Epoch.Add(time.Hour) },
		"is no event of management":   func(_ *history, e *event) { e.service, e.name = "sqs", "SendMessage" },
		"has an error, and an answer": func(_ *history, e *event) { e.code, e.answer = "x", []byte("{}") },
	} {
		t.Run(want, func(t *testing.T) {
			w := world.New(world.Options{})
			s := New(w)
			e := &event{id: "a", service: "kms", name: "CreateKey", recipient: "111122223333", region: "us-east-1", time: w.Now(), visible: w.Now()}
			w.Locked(func() { s.keep(e) })
			if bad := w.Violations(); len(bad) != 0 {
				t.Fatalf("before: %q", bad)
			}
			w.Locked(func() { spoil(s.kept[home{"111122223333", "us-east-1"}], e) })
			if bad := strings.Join(w.Violations(), "\n"); !strings.Contains(bad, want) {
				t.Errorf("the violations are %.2000q", bad)
			}
		})
	}
}

func fill(k *history, e *event) {
	for i := range k.events {
		k.events[i] = e
	}
}
