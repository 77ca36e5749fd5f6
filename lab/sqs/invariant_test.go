package sqs

import (
	"strings"
	"testing"
	"time"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

// kept are two queues with a message received and one not, and a task that moves
// messages. Every key in us-east-1 is known.
type kept struct {
	*Service
	r        *region
	q, fifo  *queue
	got, new *message // of q
	a, b     *message // of fifo
	move     *move
}

type knownKeys struct{ Keys }

func (knownKeys) Under(blob []byte, region keyid.Region) (keyid.ARN, bool) {
	return keyid.ARN{}, string(blob) == "known" && region == "us-east-1"
}

func newKept() (*world.World, kept) {
	w := world.New(world.Options{})
	s := New(w, knownKeys{})
	h, now := home{"111122223333", "us-east-1"}, w.Clock.Now()
	k := kept{Service: s, r: s.make(h)}
	before := now.Add(-time.Minute)
	make := func(name string) *queue {
		q := &queue{owner: h, name: name, values: defaults(strings.HasSuffix(name, fifoSuffix)), created: before, modified: before, woken: make(chan struct{})}
		k.r.queues[name] = q
		return q
	}
	k.q, k.fifo = make("q"), make("q.fifo")
	k.q.redrive = &redrive{arnOf(h, "dead"), 3}
	k.q.values["RedrivePolicy"] = `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111122223333:dead","maxReceiveCount":3}`
	k.new = &message{id: "1", body: sealed{text: []byte("x")}, bodyMD5: bodyMD5("x"), sent: now, visible: now}
	k.got = &message{id: "2", body: sealed{arn: k.q.arn(), dataKey: []byte("known")}, sent: now, visible: now}
	k.q.messages = []*message{k.new, k.got}
	k.got.hand(now, k.q, wish{hidden: time.Minute, system: func(string) bool { return false }}, "")
	k.fifo.groups.reset("queue")
	for _, id := range []string{"a", "b"} {
		m := &message{id: id, body: k.new.body, bodyMD5: k.new.bodyMD5, sent: now, visible: now, group: "g", dedup: id, sequence: k.fifo.nextSequence()}
		k.fifo.groups.add(now, m)
		k.fifo.messages = append(k.fifo.messages, m)
	}
	k.a, k.b = k.fifo.messages[0], k.fifo.messages[1]
	k.move = &move{source: k.q, status: running, due: w.Clock.After(time.Second, func() {})}
	k.r.moves = []*move{k.move}
	return w, k
}

func TestViolations(t *testing.T) {
	later := world.Epoch.Add(time.Hour)
	for want, spoil := range map[string]func(k kept){
		"in mars-north-1, which does not exist": func(k kept) { k.make(home{"111122223333", "mars-north-1"}) },
		"is kept as q in":                       func(k kept) { k.q.name = "other" },
		"was deleted and is there":              func(k kept) { k.r.deleted["q"] = deletion{} },
		"looks for duplicates, and is no":       func(k kept) { k.q.groups = k.fifo.groups },
		`has "901" for DelaySeconds`:            func(k kept) { k.q.values["DelaySeconds"] = "901" },
		`has "" for FifoQueue`:                  func(k kept) { delete(k.fifo.values, "FifoQueue") },
		"is encrypted twice":                    func(k kept) { k.q.values["KmsMasterKeyId"] = "x" },
		"has another policy than it tells":      func(k kept) { k.q.values["Policy"] = "x" },
		"changed at":                            func(k kept) { k.q.modified = later },
		"has another redrive policy than":       func(k kept) { k.q.redrive.most = 4 },
		"q has another redrive policy":          func(k kept) { k.q.redrive = nil },
		"of another kind, account or Region": func(k kept) {
			k.q.redrive.target = "arn:aws:sqs:us-east-1:444455556666:dead"
			k.q.values["RedrivePolicy"] = strings.Replace(k.q.values["RedrivePolicy"], "111122223333", "444455556666", 1)
		},
		"message 1 is there twice":             func(k kept) { k.fifo.messages = append(k.fifo.messages, k.new) },
		"2 of them here":                       func(k kept) { k.got.here = 2 },
		"the last with handle 0":               func(k kept) { k.got.handle = 0 },
		"was received 0 times, from":           func(k kept) { k.new.first = later },
		"has the receipt handle 7":             func(k kept) { k.got.handle = 7 },
		"which is another's":                   func(k kept) { k.new.here, k.new.received, k.new.handle = 1, 1, 1 },
		"was sent in the future":               func(k kept) { k.new.sent = later },
		"is hidden for more than 12 hours":     func(k kept) { k.got.visible = later.Add(12 * time.Hour) },
		"is delayed by more than 15 minutes":   func(k kept) { k.new.visible = later },
		"is hidden, and nobody received it":    func(k kept) { k.new.source, k.new.visible = "x", later },
		"was received after its time was over": func(k kept) { k.got.sent = later.AddDate(0, 0, -5) },
		"is half encrypted":                    func(k kept) { k.got.body.arn = "" },
		"has the digest of another body":       func(k kept) { k.new.body.text = nil },
		"is under a key that never was":        func(k kept) { k.got.body.dataKey = []byte("never") },
		"has 120001 messages in flight": func(k kept) {
			for range inFlightLimit {
				k.q.messages = append(k.q.messages, k.got)
			}
		},
		"has no number, group or":         func(k kept) { k.a.group = "" },
		"behind 188":                      func(k kept) { k.a.sequence, k.b.sequence = k.b.sequence, k.a.sequence },
		"is a duplicate":                  func(k kept) { k.b.dedup = k.a.dedup },
		"in the future, or as no message": func(k kept) { k.fifo.groups.seen["a"] = sighting{at: later} },
		"a task of":                       func(k kept) { k.move.source = &queue{} },
		"two tasks move the messages of":  func(k kept) { k.r.moves = append(k.r.moves, k.move) },
		"does not go on":                  func(k kept) { k.move.due = nil },
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
