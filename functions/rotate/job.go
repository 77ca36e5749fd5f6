package rotate

import (
	"time"

	"rekey/shared/keyid"
)

// Phase is how far a successor has come.
type Phase string

// The phases. Aliases are moved in Moving and RollingBack only.
const (
	Preparing   Phase = "preparing"
	Moving      Phase = "moving"
	Done        Phase = "done"
	RollingBack Phase = "rollingBack"
	RolledBack  Phase = "rolledBack"
)

// Ended says whether nothing is left to do.
func (p Phase) Ended() bool { return p == Done || p == RolledBack }

// Job is the record of one key's successor: what was planned, and how far it has
// come. It is what a crash leaves to go on from.
type Job struct {
	Plan      Plan      `json:"plan"`
	Phase     Phase     `json:"phase"`
	Began     time.Time `json:"began"`
	Ended     time.Time `json:"ended,omitzero"`
	Successor keyid.ARN `json:"successor"` // its primary key; zero until it is there
}
