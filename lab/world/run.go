package world

import (
	"context"
	"time"
)

// Outside calls do after the world's lock has been given back: for what comes
// back to the world as a caller, such as a function's process. Where the clock
// follows the wall, each runs in a goroutine of its own at once; where it is
// moved by hand, they run one after the other within the Advance that made them
// due, or within the next one. Outside is called within the lock.
func (w *World) Outside(do func()) { w.jobs = append(w.jobs, do) }

// unlock gives the lock back, and starts what waits for that.
func (w *World) unlock() {
	if !w.Clock.wall {
		w.mu.Unlock()
		return
	}
	jobs := w.takeJobs()
	w.running += len(jobs)
	w.mu.Unlock()
	for _, do := range jobs {
		go func() {
			defer w.ended()
			do()
		}()
	}
}

// ended counts a job that has ended.
func (w *World) ended() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.running--; w.running == 0 {
		w.idle.Broadcast()
	}
}

func (w *World) takeJobs() []func() {
	jobs := w.jobs
	w.jobs = nil
	return jobs
}

// Busy says, within the lock, whether anything is under way, or about to be,
// without it: a job, or a call that waits.
func (w *World) Busy() bool { return len(w.jobs) > 0 || w.running > 0 || w.unlocked > 0 }

// Advance moves a clock that is moved by hand and runs all that becomes due, in
// order, and what that starts outside the lock. A job of that kind must not
// call Advance.
func (w *World) Advance(d time.Duration) {
	if w.Clock.wall {
		panic("world: Advance of a clock that follows the wall")
	}
	w.advancing.Lock()
	defer w.advancing.Unlock()
	w.mu.Lock()
	end := w.Clock.now.Add(d)
	w.mu.Unlock()
	for w.step(end) {
	}
}

// step runs one thing that is due by the end, or, when there is none left,
// moves the clock there.
func (w *World) step(end time.Time) (more bool) {
	w.mu.Lock()
	if more = len(w.jobs) > 0 || w.Clock.next(end); !more {
		w.Clock.now = end
	}
	jobs := w.takeJobs()
	w.running += len(jobs)
	w.mu.Unlock()
	for _, do := range jobs {
		do()
		w.ended()
	}
	return more
}

// Run does what is due when it is, where the clock follows the wall, until the
// context ends and all that it started has ended too. Without it, things happen
// no later than the next call.
func (w *World) Run(ctx context.Context) {
	if !w.Clock.wall {
		panic("world: Run of a clock that is moved by hand")
	}
	defer w.finish()
	for ctx.Err() == nil {
		wait := time.NewTimer(w.rest())
		select {
		case <-wait.C:
		case <-w.Clock.woken:
		case <-ctx.Done():
		}
		wait.Stop()
	}
}

// finish waits until no job is running.
func (w *World) finish() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.running > 0 {
		w.idle.Wait()
	}
}

// rest runs what is due, and says how long it is until the next.
func (w *World) rest() time.Duration {
	w.mu.Lock()
	defer w.unlock()
	w.Clock.settle(w.Clock.Now())
	if len(w.Clock.queue) == 0 {
		return time.Hour
	}
	return w.Clock.queue[0].at.Sub(w.Clock.now)
}
