package sqs

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"time"
)

// dedupWindow is how long a FIFO queue remembers what it was sent (Developer
// Guide, "Exactly-once processing in Amazon SQS").
const dedupWindow = 5 * time.Minute

// scopeRest is how long a change of DeduplicationScope needs to count, as
// changes of attributes may: recorded is that it does not count at once (sqs
// test_fifo_change_to_high_throughput_after_creation), and the API reference of
// SetQueueAttributes has the 60 seconds.
const scopeRest = 60 * time.Second

// idForms are of MessageGroupId and MessageDeduplicationId (API reference,
// SendMessage; recorded wording).
var idCharacters = regexp.MustCompile("^[A-Za-z0-9!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~]{1,128}$")

func checkID(parameter string, id *string) error {
	if id != nil && !idCharacters.MatchString(*id) {
		return invalidValue(parameter, *id, parameter+" can only include alphanumeric and punctuation characters. 1 to 128 in length.")
	}
	return nil
}

// dedup is what a FIFO queue has seen in the last minutes.
type dedup struct {
	seen  map[string]sighting
	scope string // DeduplicationScope as it counts now
	next  string // as it will; "" where that is the same
	from  time.Time
}

// sighting is one message as it was accepted.
type sighting struct {
	at           time.Time
	id, sequence string
}

func (d *dedup) reset(scope string) { *d = dedup{seen: map[string]sighting{}, scope: scope} }

// change tells of the scope that the queue's attributes have now.
func (d *dedup) change(now time.Time, scope string) {
	d.settle(now)
	if scope != cmp.Or(d.next, d.scope) {
		d.next, d.from = scope, now.Add(scopeRest)
	}
}

func (d *dedup) settle(now time.Time) {
	if d.next != "" && !now.Before(d.from) {
		d.scope, d.next = d.next, ""
	}
}

// key is what two messages have in common of which the second is a duplicate.
func (d *dedup) key(now time.Time, m *message) string {
	d.settle(now)
	if d.scope == "messageGroup" {
		return m.group + " " + m.dedup // neither has a blank
	}
	return m.dedup
}

// find gives the message of which a new one is a duplicate.
func (d *dedup) find(now time.Time, m *message) (sighting, bool) {
	d.forget(now)
	s, ok := d.seen[d.key(now, m)]
	return s, ok
}

func (d *dedup) add(now time.Time, m *message) {
	d.seen[d.key(now, m)] = sighting{now, m.id, m.sequence}
}

// forget drops what is past the window.
func (d *dedup) forget(now time.Time) {
	maps.DeleteFunc(d.seen, func(_ string, s sighting) bool { return now.Sub(s.at) >= dedupWindow })
}

// nextSequence numbers the messages of a queue with 20 digits, as AWS does,
// which leaves gaps.
func (q *queue) nextSequence() string {
	q.sequence += 256
	return fmt.Sprintf("188%017d", q.sequence)
}
