package rotate

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"rekey/shared/journal"
	"rekey/shared/keyid"
)

// Phase is how far a job has come.
type Phase string

// The phases. Aliases are moved in Moving and RollingBack only; a rotation in place
// goes from Preparing to Done, or to Abandoned.
const (
	Preparing   Phase = "preparing"
	Moving      Phase = "moving"
	Done        Phase = "done"
	RollingBack Phase = "rollingBack"
	RolledBack  Phase = "rolledBack"
	// Abandoned: a rotation in place failed for a reason that does not pass by itself.
	// It left nothing half done; the next plan is made of what is there then.
	Abandoned Phase = "abandoned"
)

// Ended says whether nothing is left to do.
func (p Phase) Ended() bool { return p == Done || p == RolledBack || p == Abandoned }

// Job is the record of one key's successor, or of its rotation in place: what was
// planned, and how far it has come. It is what a crash leaves to go on from.
type Job struct {
	Plan      Plan      `json:"plan"`
	Phase     Phase     `json:"phase"`
	Began     time.Time `json:"began"`
	Ended     time.Time `json:"ended,omitzero"`
	Successor keyid.ARN `json:"successor,omitzero"` // its primary key; zero until it is there
	// Token is on the successor as TagSuccessorJob, and known to nobody before: a key
	// that somebody else tagged as the successor is not taken for it.
	Token string `json:"token,omitempty"`
	// Material is the key's current material when a rotation in place was planned.
	Material string `json:"material,omitempty"`
	// Unsure is since when a call may have taken effect that cannot be made twice, and
	// whose answer was not seen; zero where there is none.
	Unsure time.Time `json:"unsure,omitzero"`
	// Round counts how often the steps were begun anew: by a rollback, by going forward
	// again, by the next rotation in place.
	Round int `json:"round"`
}

// jobVersion is that of Job in the journal.
const jobVersion = 1

// Mark is the record that there is an unfinished job of a key.
type Mark struct {
	At time.Time `json:"at"`
}

// The ids of records.
func successorID(k keyid.ARN) string { return "successor/" + string(k.Region) + "/" + string(k.ID) }
func inPlaceID(k keyid.ARN) string   { return "in-place/" + string(k.Region) + "/" + string(k.ID) }
func markID(k keyid.ARN) string      { return openIn(k.Region) + string(k.ID) }

func openIn(r keyid.Region) string { return "open/" + string(r) + "/" }

// jobs are those of the journal, held for this Rotator.
func (r *Rotator) jobs() *journal.Jobs[Job] {
	return &journal.Jobs[Job]{Store: journalOf[journal.Job[Job]](r.Journal, jobVersion), Holder: r.Holder, Lease: r.Lease, Now: r.Now}
}

func (r *Rotator) marks() *journal.Store[Mark] {
	s := journalOf[Mark](r.Journal, 1)
	return &s
}

// Journal is where records are kept.
type Journal struct {
	Client journal.Client
	Bucket string
	Owner  string // the account that has to own the bucket
	Prefix string // of the objects' keys, such as "rotate/"
	Key    string // the KMS key that they are encrypted under
}

func journalOf[T any](j Journal, version int) journal.Store[T] {
	return journal.Store[T]{Client: j.Client, Bucket: j.Bucket, Owner: j.Owner, Prefix: j.Prefix, Key: j.Key, Version: version}
}

// ErrNoJournal is the error of who works by hand and did not say where the journal is.
var ErrNoJournal = errors.New("no journal was named: it is the output JournalBucket of the stack RekeyRotate")

// Job gives how far the successor of a key has come, nil where none was begun. It is
// what Observer.Jobs asks for.
func (j Journal) Job(ctx context.Context, key keyid.ARN) (*Job, error) {
	return j.load(ctx, successorID(key))
}

// InPlace gives the last rotation of a key in place, nil where there was none.
func (j Journal) InPlace(ctx context.Context, key keyid.ARN) (*Job, error) {
	return j.load(ctx, inPlaceID(key))
}

func (j Journal) load(ctx context.Context, id string) (*Job, error) {
	if j.Bucket == "" {
		return nil, ErrNoJournal
	}
	s := journalOf[journal.Job[Job]](j, jobVersion)
	e, err := s.Load(ctx, id)
	switch {
	case errors.Is(err, journal.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &e.Record.State, nil
}

// Open gives the ids of a Region's keys that may have an unfinished job.
func (j Journal) Open(ctx context.Context, in keyid.Region) iter.Seq2[keyid.ID, error] {
	s := journalOf[Mark](j, 1)
	return func(yield func(keyid.ID, error) bool) {
		for id, err := range s.List(ctx, openIn(in)) {
			if !yield(keyid.ID(strings.TrimPrefix(id, openIn(in))), err) {
				return
			}
		}
	}
}

// mark says that the key has an unfinished job.
func (r *Rotator) mark(ctx context.Context, key keyid.ARN) error {
	_, err := r.marks().Create(ctx, markID(key), Mark{At: r.Now().UTC()})
	if err != nil && !errors.Is(err, journal.ErrExists) {
		return fmt.Errorf("note that %s is worked at: %w", key, err)
	}
	return nil
}

// unmark takes the mark away. Should another job of the key begin just then, the
// next sweep over all keys finds that.
func (r *Rotator) unmark(ctx context.Context, key keyid.ARN) error {
	if err := r.marks().Delete(ctx, markID(key)); err != nil {
		return fmt.Errorf("note that nobody works at %s any more: %w", key, err)
	}
	return nil
}
