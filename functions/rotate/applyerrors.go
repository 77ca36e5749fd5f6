package rotate

import (
	"errors"
	"fmt"

	"rekey/shared/awserr"
)

// What can keep a plan from being applied. Errors wrap one of them, or what AWS
// answered as a *Failure.
var (
	// ErrNotDue: the plan has nothing to do.
	ErrNotDue = errors.New("nothing is due")
	// ErrHeld: another invocation is at the same key. It goes on by itself.
	ErrHeld = errors.New("another invocation is at it")
	// ErrUnfinished: the next invocation goes on.
	ErrUnfinished = errors.New("not finished yet, the next invocation goes on")
	// ErrNoJob: the journal knows of no successor.
	ErrNoJob = errors.New("the journal knows of no successor of it")
	// ErrRolledBack: it stays so until somebody says again.
	ErrRolledBack = errors.New("it was rolled back")
	// ErrAliasElsewhere: an alias points neither at the old key nor at its successor.
	ErrAliasElsewhere = errors.New("the alias points at another key")
	// ErrPolicyChanged: the successor has the key policy that the old key had once.
	ErrPolicyChanged = errors.New("the old key has another key policy than when it was planned, and the successor has the former one")
	// ErrOldKeyUnusable: no alias can go back to it.
	ErrOldKeyUnusable = errors.New("the old key cannot be used")
	// ErrSuccessorUnusable: no alias can go over to it.
	ErrSuccessorUnusable = errors.New("the successor cannot be used")
	// ErrCanary: the successor does not do what it has to.
	ErrCanary = errors.New("the trial failed")
	// ErrMaterial: the key material that lies ready is not what can be imported.
	ErrMaterial = errors.New("the key material cannot be imported")
	// ErrSpent: no rotation on demand is left.
	ErrSpent = errors.New("all rotations on demand of the key's life are spent")
)

// Failure is a call of AWS that failed.
type Failure struct {
	Tried string // what was tried, and on what
	Err   error
}

// Error says what was tried, why it failed, and what to do next.
func (f *Failure) Error() string { return f.Tried + ": " + awserr.Message(f.Err) + ": " + f.next() }

func (f *Failure) Unwrap() error { return f.Err }

func failed(err error, tried string) error {
	if err == nil {
		return nil
	}
	return &Failure{tried, err}
}

// withNext adds what to do to a refusal that does not say so, as one of the journal's.
func withNext(err error) error {
	if f := (*Failure)(nil); errors.As(err, &f) || awserr.Classify(err) != awserr.Denied {
		return err
	}
	return fmt.Errorf("%w: %s", err, (&Failure{Err: err}).next())
}

// next is what to do.
func (f *Failure) next() string {
	switch class := awserr.Classify(f.Err); {
	case class == awserr.Denied:
		need := awserr.Permission(f.Err)
		switch {
		case need.Action == "":
			return "allow it in the key policy and in the function's role; then it goes on by itself"
		case need.Explicit():
			return "a policy denies " + need.String() + ": except the function from it; then it goes on by itself"
		}
		return "allow the function " + need.String() + "; then it goes on by itself"
	case class.Retryable():
		return "it is tried again by itself"
	case class == awserr.LimitExceeded:
		return "make room, or have the quota raised; then it goes on by itself"
	case class == awserr.KeyDisabled, class == awserr.KeyPendingDeletion, class == awserr.KeyUnavailable:
		return "make the key usable again; then it goes on by itself"
	}
	return "mend that, and it goes on by itself; or take back what was done by rekey rotate rollback"
}
