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
	speed float64 // of a clock that follows the wall; see After
	queue dueQueue
	count int
	woken chan struct{} // tells Run that the queue has a new head
}

// Due is something that the clock will do.
type Due struct {
	at    time.Time
	seq   int
	do    func()
	place int // in the queue; -1: not in it any more
}

// At tells when that will be; not ok where it was done, or forgotten. d may be
// nil.
func (d *Due) At() (t time.Time, ok bool) {
	if d == nil || d.place < 0 {
		return time.Time{}, false
	}
	return d.at, true
}

// Is says whether that will be at t.
func (d *Due) Is(t time.Time) bool {
	at, ok := d.At()
	return ok && at.Equal(t)
}

// Waits says whether it will be at all.
func (d *Due) Waits() bool {
	_, ok := d.At()
	return ok
}

// At calls do, within the world's lock, as soon as the clock has reached t.
// Things due at the same time run in the order they were asked for.
func (c *Clock) At(t time.Time, do func()) *Due {
	c.count++
	d := &Due{at: t, seq: c.count, do: do}
	heap.Push(&c.queue, d)
	if d.place == 0 {
		select {
		case c.woken <- struct{}{}:
		default:
		}
	}
	return d
}

// most is how long anything takes that After is asked for where the clock
// follows the wall: somebody is waiting, and has seen it in progress.
const most = 2 * time.Second

// longest is more than anybody waits, and can be added to any time.
const longest = 365 * 24 * time.Hour

// After is At for what takes AWS typically that long: a clock that is moved by
// hand takes it at its word; one that follows the wall needs two seconds at
// most, divided by the world's speed.
func (c *Clock) After(typical time.Duration, do func()) *Due {
	return c.At(c.Now().Add(c.Takes(typical)), do)
}

// Takes is how long something takes here that takes AWS typically that long: see
// After.
func (c *Clock) Takes(typical time.Duration) time.Duration {
	if !c.wall {
		return typical
	}
	return time.Duration(min(float64(min(typical, most))/c.speed, float64(longest)))
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

// Settled is the time by which all that was due is done: the present, but where
// the clock follows the wall it is that of the last call, or later.
func (c *Clock) Settled() time.Time { return c.now }

// settle runs all that is due by t.
func (c *Clock) settle(t time.Time) {
	for c.next(t) {
	}
	c.now = t
}

// next runs the first that is due by t, if there is one. While it runs, a clock
// moved by hand stands at the moment it was due.
func (c *Clock) next(t time.Time) bool {
	if len(c.queue) == 0 || c.queue[0].at.After(t) {
		return false
	}
	d := heap.Pop(&c.queue).(*Due)
	if d.at.After(c.now) {
		c.now = d.at
	}
	d.do()
	return true
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
