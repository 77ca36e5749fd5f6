package sns

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"rekey/lab/world"
)

// kept is a topic with a subscription, one that waits to be confirmed, and a
// FIFO topic.
type kept struct {
	*Service
	t, fifo     *topic
	sub, asking *subscription
}

func newKept() (*world.World, kept) {
	w := world.New(world.Options{})
	s := New(w, nil, nil, nil)
	make := func(name string) *topic {
		t := &topic{arn: "arn:aws:sns:us-east-1:111122223333:" + name, owner: home{"111122223333", "us-east-1"}, name: name, policy: &world.Policy{}, values: map[string]string{}}
		s.topics[t.arn] = t
		return t
	}
	subscribe := func(t *topic, protocol, endpoint string) *subscription {
		sub := &subscription{arn: t.arn + ":" + endpoint, topic: t, protocol: protocol, endpoint: endpoint, owner: "111122223333", principal: "x", values: map[string]string{}, sure: true}
		t.subscriptions = append(t.subscriptions, sub)
		s.subscriptions[sub.arn] = sub
		return sub
	}
	k := kept{Service: s, t: make("t"), fifo: make("t.fifo")}
	k.fifo.values["FifoTopic"] = "true"
	k.fifo.seen = map[string]sighting{"a": {w.Now(), "id", "1"}}
	k.sub = subscribe(k.t, toQueue, "arn:aws:sqs:us-east-1:111122223333:q")
	k.asking = subscribe(k.t, "email", "a@example.com")
	w.Locked(func() { s.ask(k.asking) })
	return w, k
}

func TestViolations(t *testing.T) {
	tag := types.Tag{Key: new("a"), Value: new("b")}
	for want, spoil := range map[string]func(k kept){
		":t.fifo is kept as":                                          func(k kept) { k.topics[k.fifo.arn+"x"] = k.fifo },
		"in mars-north-1, which does not":                             func(k kept) { k.t.owner.region = "mars-north-1" },
		"has no policy":                                               func(k kept) { k.t.policy = nil },
		`has "true" for FifoTopic`:                                    func(k kept) { k.t.values["FifoTopic"] = "true" },
		"looks for duplicates, and is no":                             func(k kept) { k.t.sequence = 1 },
		"is to be deleted, and is there":                              func(k kept) { k.t.due = k.asking.due },
		"has 2 tags, or one twice":                                    func(k kept) { k.t.tags = []types.Tag{tag, tag} },
		"in the future, or as no message":                             func(k kept) { k.fifo.seen["a"] = sighting{at: world.Epoch.Add(time.Hour), id: "x", sequence: "1"} },
		"topics have 1 subscriptions, and list 2":                     func(k kept) { delete(k.subscriptions, k.sub.arn) },
		"which is not its subscription":                               func(k kept) { k.fifo.subscriptions = k.t.subscriptions[:1] },
		"is subscribed to arn:aws:sns:us-east-1:111122223333:t twice": func(k kept) { k.t.subscriptions = append(k.t.subscriptions, k.sub) },
		"which cannot send to it":                                     func(k kept) { k.sub.endpoint += ".fifo" },
		":q is kept as":                                               func(k kept) { k.subscriptions["x"] = k.sub },
		"is not listed by its topic":                                  func(k kept) { k.t.subscriptions = nil },
		"is of a topic that does not exist":                           func(k kept) { delete(k.topics, k.t.arn) },
		"is nobody's":                                                 func(k kept) { k.sub.principal = "" },
		"waits to be confirmed for ever":                              func(k kept) { k.asking.due = nil },
		"has a token that confirms nothing":                           func(k kept) { k.asking.token = "x" },
		"is confirmed, and waits for it":                              func(k kept) { k.asking.sure = true },
		"has another filter than it tells":                            func(k kept) { k.sub.values["FilterPolicy"] = "{}" },
	} {
		t.Run(want, func(t *testing.T) {
			w, k := newKept()
			if bad := w.Violations(); len(bad) != 0 {
				t.Fatalf("before: %q", bad)
			}
			w.Locked(func() { spoil(k) })
			if bad := strings.Join(w.Violations(), "\n"); !strings.Contains(bad, want) {
				t.Errorf("the violations are %q", bad)
			}
		})
	}
}
