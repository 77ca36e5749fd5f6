package world

import (
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// Options set a world up. The zero value is a world whose clock stands at
// Epoch, seeded with zero: two such worlds given the same calls answer the
// same bytes.
type Options struct {
	// Start is what the clock begins with; zero means Epoch.
	Start time.Time
	// WallClock makes the clock follow the wall instead of standing still.
	WallClock bool
	// Seed seeds key material, nonces and secrets' random passwords.
	Seed [32]byte
	// Latency is added to every call, outside the world's lock.
	Latency time.Duration
	// Speed divides the time that asynchronous work takes where the clock
	// follows the wall; zero means 1. See Clock.After.
	Speed float64
	// Quotas throttles those who call more often than they may: see quota.go.
	Quotas bool
}

// Epoch is when a world begins unless Options say otherwise.
var Epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// World is the state that all services share.
type World struct {
	Clock  *Clock
	Trail  *Trail
	Faults *Faults

	mu         sync.Mutex
	advancing  sync.Mutex
	jobs       []func()   // to be run outside the lock: see Outside
	running    int        // jobs
	unlocked   int        // calls that wait without the lock
	idle       *sync.Cond // tells Run that no job is running any more
	meter      *meter     // nil: nobody is throttled
	deliveries deliveries
	invariants []invariant
	rand       *rand.ChaCha8
	counts     map[string]int
	latency    atomic.Int64
	accessKeys []AccessKeys
	identities Identities
	recorder   Recorder
}

// New makes an empty world.
func New(o Options) *World {
	if o.Start.IsZero() {
		o.Start = Epoch
	}
	if o.Speed <= 0 {
		o.Speed = 1
	}
	w := &World{
		Clock:  &Clock{now: o.Start.UTC(), wall: o.WallClock, speed: o.Speed, woken: make(chan struct{}, 1)},
		rand:   rand.NewChaCha8(o.Seed),
		counts: map[string]int{},
	}
	w.idle = sync.NewCond(&w.mu)
	if o.Quotas {
		w.meter = &meter{buckets: map[bucketKey]*bucket{}, raised: map[bucketKey]float64{}}
	}
	w.SetLatency(o.Latency)
	w.Trail, w.Faults = &Trail{}, &Faults{}
	w.Invariant("world", w.broken)
	return w
}

// Locked runs do within the world's lock: for tests that look at a service's
// state, or set it directly.
func (w *World) Locked(do func()) {
	w.mu.Lock()
	defer w.unlock()
	do()
}

// Now gives the world's time, from outside its lock.
func (w *World) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.Clock.Now()
}

// SetLatency changes what is added to every call from now on.
func (w *World) SetLatency(d time.Duration) { w.latency.Store(int64(d)) }

// RequestID gives the next request's id, from outside the lock.
func (w *World) RequestID() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.UUID("request")
}

// Rand is the world's seeded source of randomness. It is read within the lock.
func (w *World) Rand() io.Reader { return w.rand }

// Bytes gives n random bytes.
func (w *World) Bytes(n int) []byte {
	b := make([]byte, n)
	_, _ = w.rand.Read(b) // never fails: ChaCha8.Read's documentation
	return b
}

// UUID gives the next counted id of a kind in the form of a UUID, so that the
// third key of a run is the same in every run.
func (w *World) UUID(kind string) string {
	return numbered(kind, w.count(kind))
}

func numbered(kind string, n int) string {
	return fmt.Sprintf("%08x-%04x-4000-8000-%012x", n, kindCode(kind), n)
}

// Text gives the next counted id of a kind as size letters and digits after a
// prefix, as access keys and unique ids are written.
func (w *World) Text(kind, prefix string, size int) string {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	n := w.count(kind)
	b := []byte(prefix + fmt.Sprintf("%0*d", size, 0))
	for i := len(b) - 1; i >= len(prefix); i, n = i-1, n/len(digits) {
		b[i] = digits[n%len(digits)]
	}
	return string(b)
}

// Hex gives the next counted id of a kind as size hexadecimal digits after a
// prefix.
func (w *World) Hex(kind, prefix string, size int) string {
	return fmt.Sprintf("%s%0*x", prefix, size, w.count(kind))
}

func (w *World) count(kind string) int {
	w.counts[kind]++
	return w.counts[kind]
}

// kindCode keeps the ids of two kinds apart.
func kindCode(kind string) uint16 {
	var h uint16
	for _, c := range []byte(kind) {
		h = h*31 + uint16(c)
	}
	return h
}
