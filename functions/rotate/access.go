package rotate

// Loss is somebody who can use a key and, once its aliases have moved, could not use
// its successor, or no longer the key itself.
type Loss struct {
	Who string `json:"who"` // the ARN of a principal
	// ByAlias: a policy goes by the key's aliases, so that what it allows, or denies,
	// moves with them.
	ByAlias bool `json:"byAlias,omitempty"`
	// Gains: it is the other way round, the successor is open to who was kept from the
	// key.
	Gains bool   `json:"gains,omitempty"`
	Why   string `json:"why"` // the policy and its statement, and how to mend it
}

func (l Loss) String() string { return l.Who + " (" + l.Why + ")" }
