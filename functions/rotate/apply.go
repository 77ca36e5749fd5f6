package rotate

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"time"

	"rekey/shared/keyid"
)

// Rotator applies plans. Besides what it observes with it holds clients that write.
type Rotator struct {
	Observer
	// Writers gives the client for a Region.
	Writers func(keyid.Region) Writer
	Journal Journal
	// Holder names who works at a job, for people: the invocation's request id, or
	// host, process and something random.
	Holder string
	// Lease is how long a job is held after each write of it: for longer than an
	// invocation can last.
	Lease time.Duration
	// Reserve is how much of the time until a context's deadline is kept back: with
	// less than that no step is begun. 20 seconds where it is zero.
	Reserve time.Duration
	// MaterialKeys are what key material may be sealed under, by key ARN.
	MaterialKeys []keyid.Ref
	// Wait waits, or gives the context's error.
	Wait func(context.Context, time.Duration) error
}

const (
	standardReserve = 20 * time.Second
	// pause is between two looks at what AWS KMS shows only after a while, patience how
	// long they go on before the rest is left to the next invocation.
	pause    = 2 * time.Second
	patience = time.Minute
	// settled is after what time a change is taken to be seen everywhere: "it may take
	// several minutes" (KMS Developer Guide, "AWS KMS eventual consistency"), up to five
	// for an alias ("Controlling access to aliases").
	settled = 5 * time.Minute
	// lastWords is how long it may take to let a job go when the context is over.
	lastWords = 5 * time.Second
)

// Ending is what came of applying.
type Ending string

// The endings.
const (
	Finished    Ending = "done"
	Unfinished  Ending = "unfinished"  // the next invocation goes on
	HeldByOther Ending = "heldByOther" // somebody else is at it
	Failed      Ending = "failed"
)

// Result is what was done.
type Result struct {
	Key       keyid.ARN `json:"key"`
	Plan      Plan      `json:"plan"`
	Ending    Ending    `json:"ending"`
	Successor keyid.ARN `json:"successor,omitzero"`
	// Steps are those that were done this time.
	Steps []Did `json:"steps,omitempty"`
	// Residue is what goes on using the old key, each with its fix.
	Residue []Residue `json:"residue,omitempty"`
	Notes   []string  `json:"notes,omitempty"`
}

// Did is a step that was done.
type Did struct {
	Op     Op           `json:"op"`
	Region keyid.Region `json:"region"`
	Alias  keyid.Alias  `json:"alias,omitempty"`
	At     time.Time    `json:"at"`
	Note   string       `json:"note,omitempty"` // where it turned out otherwise than planned
}

// Apply does a plan that is Due. Where a job of the key is unfinished, it goes on
// with that one as it was planned then. The error is nil where the result is Finished
// only.
func (r *Rotator) Apply(ctx context.Context, k Key, p Plan) (Result, error) {
	if p.Outcome != Due {
		return Result{Key: p.Key, Plan: p, Ending: Failed}, fmt.Errorf("apply the plan for %s: %w: %s", p.Key, ErrNotDue, p.Why)
	}
	job := Job{Plan: p, Phase: Preparing, Began: r.Now().UTC()}
	if p.Way != Successor {
		job.Material = currentOf(k.Materials.Value)
		return r.begin(ctx, inPlaceID(p.Key), job, func(ctx context.Context, w *work) error { return w.inPlace(ctx, job) })
	}
	job.Token = newToken()
	return r.begin(ctx, successorID(p.Key), job, func(ctx context.Context, w *work) error { return w.succeed(ctx) })
}

// Resume goes on with what is unfinished of a key. Where nothing is, it is Finished.
func (r *Rotator) Resume(ctx context.Context, key keyid.ARN) (Result, error) {
	for _, id := range []string{successorID(key), inPlaceID(key)} {
		job, err := r.Journal.load(ctx, id)
		if err != nil {
			return Result{Key: key, Ending: Unfinished}, fmt.Errorf("%w: look whether anything of %s is unfinished: %w", ErrUnfinished, key, err)
		}
		if job == nil || job.Phase.Ended() {
			continue
		}
		if id == inPlaceID(key) {
			return r.take(ctx, key, id, func(ctx context.Context, w *work) error { return w.inPlace(ctx, Job{}) })
		}
		return r.take(ctx, key, id, func(ctx context.Context, w *work) error { return w.succeed(ctx) })
	}
	if err := r.unmark(ctx, key); err != nil {
		return Result{Key: key, Ending: Unfinished}, fmt.Errorf("%w: %w", ErrUnfinished, err)
	}
	return Result{Key: key, Ending: Finished, Notes: []string{"nothing was unfinished"}}, nil
}

func newToken() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
