package journal

import (
	"errors"
	"fmt"
	"time"
)

// What can be wrong, each wrapped with the record's name.
var (
	// ErrExists: Create found a record of that id.
	ErrExists = errors.New("the record exists already")
	// ErrNotFound: there is no record of that id.
	ErrNotFound = errors.New("there is no such record")
	// ErrConflict: somebody else wrote the record since it was read.
	ErrConflict = errors.New("somebody else has written the record meanwhile")
	// ErrNewer: the record was written by a newer version of this program.
	ErrNewer = errors.New("the record is of a newer version")
	// ErrMalformed: the object is no record, or not of this kind.
	ErrMalformed = errors.New("the object is not a record that can be read")
	// ErrTooLarge: the record exceeds Limit.
	ErrTooLarge = errors.New("the record is too large")
	// ErrID: the id cannot name a record.
	ErrID = errors.New("an id is letters, digits and -_.= in parts divided by slashes")
	// ErrFinished: the job has been done to its end.
	ErrFinished = errors.New("the job is finished")
	// ErrStep: the step is not in the phase for that.
	ErrStep = errors.New("the step is not where it should be")
)

// HeldError says that somebody holds a job.
type HeldError struct {
	ID     string
	Holder string
	Until  time.Time
}

func (e *HeldError) Error() string {
	return fmt.Sprintf("job %s is held by %s until %s", e.ID, e.Holder, e.Until.Format(time.RFC3339))
}
