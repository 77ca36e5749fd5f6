package world

import (
	"container/heap"
	"time"
)

// Clock tells the world's time and runs what is due. It either stands still
// until Advance moves it, or follows the wall, whichever New was asked for.
type Clock struct {
	now   time.Time
	wall  bool
	queue dueQueue
	count int
}

// Due is something that the clock will do.
type Due struct {
	at    time.Time
	seq   int
	do    func()
	place int // in the queue; -1: not in it any more
}

// At calls do, within the world's lock, as soon as the clock has reached t.
// Things due at the same time run in the order they were asked for.
func (c *Clock) At(t time.Time, do func()) *Due {
	c.count++
	d := &Due{at: t, seq: c.count, do: do}
	heap.Push(&c.queue, d)
	return d
}

// Cancel forgets what At was asked for; d may be nil, or done.
func (c *Clock) Cancel(d *Due) {
	if d != nil && d.place >= 0 {
		heap.Remove(&c.queue, d.place)
	}
}

// Now gives the time. Handlers ask the clock, never the time package.
func (c *Clock) Now() time.Time {
	if c.wall {
		return time.Now().UTC()
	}
	return c.now
}

// settle runs all that is due by t. While each runs, a clock moved by hand
// stands at the moment it was due.
func (c *Clock) settle(t time.Time) {
	for len(c.queue) > 0 && !c.queue[0].at.After(t) {
		d := heap.Pop(&c.queue).(*Due)
		if d.at.After(c.now) {
			c.now = d.at
		}
		d.do()
	}
	c.now = t
}

type dueQueue []*Due

func (q dueQueue) Len() int { return len(q) }
func (q dueQueue) Less(i, j int) bool {
	return q[i].at.Before(q[j].at) || q[i].at.Equal(q[j].at) && q[i].seq < q[j].seq
}
func (q dueQueue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].place, q[j].place = i, j
}
func (q *dueQueue) Push(x any) {
	d := x.(*Due)
	d.place = len(*q)
	*q = append(*q, d)
}
func (q *dueQueue) Pop() any {
	old := *q
	last := old[len(old)-1]
	last.place = -1
	*q = old[:len(old)-1]
	return last
}
