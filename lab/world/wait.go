package world

import (
	"context"
	"time"
)

// Wait waits, outside the lock, until the clock has reached t or woken is
// closed. It gives false where that would be in vain: the context has ended, or
// the clock is moved by hand, and nobody would move it while a caller waits.
func (w *World) Wait(ctx context.Context, t time.Time, woken <-chan struct{}) bool {
	if !w.Clock.wall {
		return false
	}
	timer := time.NewTimer(t.Sub(w.Clock.Now()))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-woken:
	case <-ctx.Done():
		return false
	}
	return true
}
