package sqs

import (
	"encoding/json"
	"strconv"
	"time"

	"rekey/lab/world"
	"rekey/shared/keyid"
)

// KnownKeys knows the KMS keys that there are or were. What Keys is, is asked
// for it.
type KnownKeys interface {
	// Under gives the key of a Region that a ciphertext is under.
	Under(ciphertext []byte, region keyid.Region) (keyid.ARN, bool)
}

// check is one look at the state.
type check struct {
	world.Findings
	service *Service
	keys    KnownKeys // nil: not asked
	now     time.Time
	seen    map[string]bool // ids of messages: one is in one queue
}

// broken says what is in the state that AWS rules out, whatever is called.
func (s *Service) broken() []string {
	c := &check{service: s, now: s.world.Clock.Now(), seen: map[string]bool{}}
	c.keys, _ = s.keys.(KnownKeys)
	for h, r := range s.regions {
		c.If(!world.RegionExists(h.region), "there are queues in %s, which does not exist", h.region)
		for name, q := range r.queues {
			c.If(q.owner != h || q.name != name || checkName(name, q.fifo()) != nil, "%s is kept as %s in %s of %s", q.arn(), name, h.region, h.account)
			_, gone := r.deleted[name]
			c.If(gone, "%s was deleted and is there", q.arn())
			c.attributes(q)
			c.messages(q)
			if q.fifo() {
				c.order(q)
			} else {
				c.If(len(q.groups.seen) > 0, "%s looks for duplicates, and is no FIFO queue", q.arn())
			}
		}
		c.moves(h, r)
	}
	return c.Findings
}

func (c *check) attributes(q *queue) {
	for name, n := range numbers {
		value, set := q.values[name]
		v, err := strconv.Atoi(value)
		c.If(set && (err != nil || v < n.least || v > n.most) || !set && n.standard != "", "%s has %q for %s", q.arn(), value, name)
	}
	c.If((q.values["FifoQueue"] == "true") != q.fifo(), "%s has %q for FifoQueue", q.arn(), q.values["FifoQueue"])
	c.If(q.values["KmsMasterKeyId"] != "" && q.values["SqsManagedSseEnabled"] == "true", "%s is encrypted twice", q.arn())
	c.If((q.policy == nil) != (q.values["Policy"] == ""), "%s has another policy than it tells", q.arn())
	c.If(q.created.After(c.now) || q.modified.After(c.now) || q.modified.Before(q.created), "%s changed at %s, and was created at %s", q.arn(), q.modified, q.created)
	var told struct {
		Target string `json:"deadLetterTargetArn"`
		Most   int    `json:"maxReceiveCount"`
	}
	_ = json.Unmarshal([]byte(q.values["RedrivePolicy"]), &told) // zero where there is none
	if q.redrive == nil {
		c.If(told.Target != "", "%s has another redrive policy than it tells", q.arn())
		return
	}
	c.If(told.Target != q.redrive.target || told.Most != q.redrive.most, "%s has another redrive policy than it tells", q.arn())
	m := arnForm.FindStringSubmatch(q.redrive.target)
	c.If(m == nil || arnOf(q.owner, m[3]) != q.redrive.target || (&queue{name: m[3]}).fifo() != q.fifo(), "%s has a dead-letter queue of another kind, account or Region: %s", q.arn(), q.redrive.target)
}

// messages: each is in one queue, and in one state there.
func (c *check) messages(q *queue) {
	handles, hidden := map[int]bool{}, 0
	for _, m := range q.messages {
		c.If(c.seen[m.id], "message %s is there twice", m.id)
		c.seen[m.id] = true
		c.If((m.here > 0) != (m.handle > 0) || m.here > m.received, "message %s of %s was received %d times, %d of them here, the last with handle %d", m.id, q.arn(), m.received, m.here, m.handle)
		c.If((m.received > 0) == m.first.IsZero() || m.taken.Before(m.first) || m.taken.After(c.now), "message %s of %s was received %d times, from %s to %s", m.id, q.arn(), m.received, m.first, m.taken)
		c.If(m.handle > q.handles || m.handle > 0 && handles[m.handle], "message %s of %s has the receipt handle %d, which is another's, or was not given", m.id, q.arn(), m.handle)
		handles[m.handle] = true
		c.If(m.sent.After(c.now), "message %s of %s was sent in the future", m.id, q.arn())
		if m.visible.After(c.now) && m.here > 0 {
			hidden++
		}
		switch {
		case m.here > 0:
			c.If(m.visible.After(m.taken.Add(longestHidden*time.Second)), "message %s of %s is hidden for more than 12 hours", m.id, q.arn())
		case m.source == "":
			c.If(m.visible.After(m.sent.Add(longestDelay*time.Second)), "message %s of %s is delayed by more than 15 minutes", m.id, q.arn())
		default:
			c.If(m.visible.After(c.now), "the dead letter %s of %s is hidden, and nobody received it", m.id, q.arn())
		}
		late := m.taken.After(m.sent.Add(q.seconds("MessageRetentionPeriod")))
		c.If(late && m.here > 0 && q.modified.Before(m.taken), "message %s of %s was received after its time was over", m.id, q.arn())
		c.body(q, m)
	}
	c.If(hidden > inFlightLimit, "%s has %d messages in flight", q.arn(), hidden)
}

// body: what is under a KMS key is under one of the queue's Region that exists,
// or did.
func (c *check) body(q *queue, m *message) {
	c.If((m.body.dataKey == nil) != (m.body.arn == ""), "message %s of %s is half encrypted", m.id, q.arn())
	if m.body.dataKey == nil {
		c.If(bodyMD5(string(m.body.text)) != m.bodyMD5, "message %s of %s has the digest of another body", m.id, q.arn())
	} else if c.keys != nil {
		_, ok := c.keys.Under(m.body.dataKey, q.owner.region)
		c.If(!ok, "message %s of %s is under a key that never was in %s", m.id, q.arn(), q.owner.region)
	}
}

// order: the messages that were sent to a FIFO queue are in the order of their
// numbers, dead letters are within their group, and none is there that was a
// duplicate.
func (c *check) order(q *queue) {
	type from struct{ source, group string }
	type key struct{ group, dedup string }
	last, sent := map[from]string{}, map[key]*message{}
	for _, m := range q.messages {
		c.If(m.sequence == "" || m.group == "" || m.dedup == "", "message %s of %s has no number, group or deduplication id", m.id, q.arn())
		of := from{m.source, m.group}
		if m.source == "" {
			of.group = ""
		}
		c.If(m.sequence <= last[of], "message %s of %s is number %s, behind %s", m.id, q.arn(), m.sequence, last[of])
		last[of] = m.sequence
		if m.source != "" || m.moved {
			continue
		}
		first := sent[key{m.group, m.dedup}]
		c.If(first != nil && m.sent.Sub(first.sent) < dedupWindow && q.modified.Before(first.sent), "message %s of %s is a duplicate", m.id, q.arn())
		sent[key{m.group, m.dedup}] = m
	}
	for what, s := range q.groups.seen {
		c.If(s.at.After(c.now) || s.id == "" || s.sequence == "", "%s has seen %s in the future, or as no message", q.arn(), what)
	}
}

// moves: one at a time of a queue, and each goes on.
func (c *check) moves(h home, r *region) {
	active := map[*queue]bool{}
	for _, m := range r.moves {
		c.If(m.source.owner != h, "a task of %s is kept in %s", m.source.arn(), h.region)
		if m.status != running {
			continue
		}
		c.If(active[m.source], "two tasks move the messages of %s", m.source.arn())
		active[m.source] = true
		c.If(!m.due.Waits(), "a task that moves the messages of %s does not go on", m.source.arn())
	}
}
