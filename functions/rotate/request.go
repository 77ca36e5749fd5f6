package rotate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"rekey/shared/keyid"
)

// Request is a direct invocation.
type Request struct {
	Action Action `json:"action"`
	// Keys are ARNs, ids or aliases of keys of the function's own account and Region;
	// of Sweep none.
	Keys []string `json:"keys,omitempty"`
	// Accept are names of what is accepted of the plans, for this time: Plan.Asks. Of
	// Plan and Apply only.
	Accept []string `json:"accept,omitempty"`
	// Again goes forward again with a key that was rolled back, to the successor that
	// it has. Of Apply only.
	Again bool `json:"again,omitempty"`
	// Now rotates a key whatever its age, as when it may have leaked. Of Plan and Apply
	// only.
	Now bool `json:"now,omitempty"`
}

// Action is what a Request asks for.
type Action string

// The actions.
const (
	ToPlan     Action = "plan"     // what would be done; changes nothing
	ToApply    Action = "apply"    // do what is due
	ToRollBack Action = "rollback" // move the aliases back from the keys' successors
	ToStatus   Action = "status"   // how far the keys' successors have come
	ToSweep    Action = "sweep"    // go on with the sweep, or begin one although none is due
)

// BadRequest is the error of an event that cannot be understood: nothing was
// done. Its type is what Step Functions sees as the error's name.
type BadRequest struct{ reason string }

func (e BadRequest) Error() string { return "bad request: " + e.reason }

func badRequest(format string, a ...any) error { return BadRequest{fmt.Sprintf(format, a...)} }

// ForeignKey is the error of a key that is not of the function's own account and
// Region: a function looks after those alone.
type ForeignKey struct {
	Key  string
	Home Home
}

func (e ForeignKey) Error() string {
	return fmt.Sprintf("key %s is not of account %s in %s: ask the function that is deployed there", e.Key, e.Home.Account, e.Home.Region)
}

// Home is one Region of one account.
type Home struct {
	Partition string
	Account   keyid.Account
	Region    keyid.Region
}

// check refuses a key that is elsewhere.
func (h Home) check(ref keyid.Ref) error {
	if region, account, named := ref.Home(); named && (region != h.Region || account != h.Account) {
		return ForeignKey{ref.String(), h}
	}
	return nil
}

// wake is what an event comes to, whatever its form.
type wake struct {
	// by says what it was, for the log.
	by string
	// request is what is asked for; of an event its Action is "": look at the keys,
	// and apply where the function is to.
	request Request
	keys    []keyid.Ref
	// ignored is why nothing is to be done, "" where something is.
	ignored string
}

// mostKeys is how many keys a request may name: their plans have to fit into an
// answer, and their work into an invocation.
const mostKeys = 50

// understand reads an event of any form. Its error is a BadRequest or a ForeignKey.
// self is the ARN of the function's role, whose own calls need not be looked at.
func understand(event []byte, home Home, self string) (wake, error) {
	var form struct {
		Source     *string `json:"source"`
		DetailType *string `json:"detail-type"`
	}
	if err := json.Unmarshal(event, &form); err != nil {
		return wake{}, badRequest("the event is no JSON object: %v", err)
	}
	if form.Source != nil || form.DetailType != nil {
		return ofEventBridge(event, home, self)
	}
	return direct(event)
}

// direct reads a Request. It is strict: a misspelt "action" must not be taken for
// another one.
func direct(event []byte) (wake, error) {
	w := wake{by: "request"}
	decoder := json.NewDecoder(bytes.NewReader(event))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&w.request); err != nil {
		return wake{}, badRequest(`the event is neither {"action": …, "keys": […]} nor one of Amazon EventBridge: %v`, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return wake{}, badRequest("there is more than one JSON value in the event")
	}
	if err := w.request.check(); err != nil {
		return wake{}, err
	}
	for _, text := range w.request.Keys {
		ref, err := keyid.Parse(text)
		if err != nil {
			return wake{}, badRequest("%v", err)
		}
		w.keys = append(w.keys, ref)
	}
	return w, nil
}

// check refuses what does not go together.
func (r Request) check() error {
	switch r.Action {
	case ToPlan, ToApply, ToRollBack, ToStatus:
		if len(r.Keys) == 0 {
			return badRequest("the request names no keys")
		}
	case ToSweep:
		if len(r.Keys) > 0 {
			return badRequest("a sweep is over all keys of the Region: it takes none by name")
		}
	default:
		return badRequest("the action %q is none of %s, %s, %s, %s and %s", r.Action, ToPlan, ToApply, ToRollBack, ToStatus, ToSweep)
	}
	if len(r.Keys) > mostKeys {
		return badRequest("the request names %d keys, and %d are the most", len(r.Keys), mostKeys)
	}
	if len(r.Accept) > 0 && r.Action != ToPlan && r.Action != ToApply {
		return badRequest("accept is for %s and %s", ToPlan, ToApply)
	}
	if r.Now && r.Action != ToPlan && r.Action != ToApply {
		return badRequest("now is for %s and %s", ToPlan, ToApply)
	}
	if err := CheckAccepts(r.Accept); err != nil {
		return badRequest("accept: %v", err)
	}
	if r.Again && r.Action != ToApply {
		return badRequest("again is for %s", ToApply)
	}
	return nil
}

// CheckAccepts refuses names of what no plan asks for.
func CheckAccepts(names []string) error {
	for _, name := range names {
		if !slices.Contains(asks, name) {
			return fmt.Errorf("%q is none of %v", name, asks)
		}
	}
	return nil
}

// asks are all that can be accepted.
var asks = []string{NoCanary, LostAccess, AliasMoves, Lockout, GainedAccess, UnknownUsers}
