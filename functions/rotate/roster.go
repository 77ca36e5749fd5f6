package rotate

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"
)

const (
	// rosterLasts is how long a roster is taken for what is there: no longer than AWS
	// takes to see a change everywhere.
	rosterLasts = settled
	// rosterWeight bounds what a roster keeps, in bytes as IAM tells them, of which the
	// memory taken is some times more. An account has up to 5000 users and 1000 roles
	// unless its quotas were raised (IAM User Guide, "IAM and AWS STS quotas").
	rosterWeight = 4 << 20
	// holderWeight is what a user or role is reckoned at besides its tags and policies.
	holderWeight = 512
)

// errHeavy ends the reading of what is more than a bound.
var errHeavy = errors.New("the account's identities are more than is kept")

// Roster keeps what was read of an account's users and roles, so that one invocation
// reads it once for all keys: who they are, and of their policies those that are about
// keys, each once. Where that is more than its bound nothing is kept, and every key
// reads the account anew, a page at a time. Several may use it at once: one reads, and
// the others wait.
type Roster struct {
	bound int // rosterWeight where it is zero

	mu      sync.Mutex
	read    time.Time // when reading began; zero: not read
	holders []*holder // which nobody changes; nil where they are more than the bound
	told    []Loss    // what was not understood
}

// each visits the users and roles, as they were read not long ago.
func (r *Roster) each(ctx context.Context, o *Observer, found *findings, visit func(*holder)) error {
	holders, told, err := r.kept(ctx, o)
	if err != nil {
		return err
	}
	if holders == nil {
		return o.readHolders(ctx, &account{tell: func(l Loss) { found.add(l) }}, visit)
	}
	found.add(told...)
	for _, h := range holders {
		visit(h)
	}
	return nil
}

// kept gives what is kept, after reading it where it has to be; no holders where
// nothing is kept. What failed is read again by the next who asks.
func (r *Roster) kept(ctx context.Context, o *Observer) ([]*holder, []Loss, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	began := o.Now()
	if !r.read.IsZero() && began.Sub(r.read) < rosterLasts {
		return r.holders, r.told, nil
	}
	r.read, r.holders, r.told = time.Time{}, nil, nil
	holders, told := []*holder{}, []Loss(nil)
	a := &account{bound: cmp.Or(r.bound, rosterWeight), tell: func(l Loss) { told = append(told, l) }}
	err := o.readHolders(ctx, a, func(h *holder) { holders = append(holders, h) })
	switch {
	case errors.Is(err, errHeavy):
		holders, told = nil, nil
	case err != nil:
		return nil, nil, err
	}
	r.read, r.holders, r.told = began, holders, told
	return holders, told, nil
}
