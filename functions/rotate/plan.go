package rotate

import (
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/shared/keyid"
)

// Outcome is what a plan comes to.
type Outcome string

// The outcomes.
const (
	Off     Outcome = "off"     // nobody wants it rotated
	Report  Outcome = "report"  // it is rotated by somebody else, or not for us to rotate
	Current Outcome = "current" // nothing is due
	Due     Outcome = "due"     // the steps are to be done
	Blocked Outcome = "blocked" // it is due, and somebody must do something first
	Later   Outcome = "later"   // what is under way has to end first
)

// Plan is what is to be done with a key, and why.
type Plan struct {
	Key     keyid.ARN `json:"key"`
	Kind    Kind      `json:"kind"`
	Outcome Outcome   `json:"outcome"`
	Way     Way       `json:"way,omitempty"`
	Why     string    `json:"why"`
	// Due is when the current material comes, or came, to the end of its time; zero
	// where that does not count.
	Due   time.Time `json:"due,omitzero"`
	Steps []Step    `json:"steps,omitempty"`
	// Warnings keep nothing from being done.
	Warnings []string `json:"warnings,omitempty"`
	// Asks are what the owner of the key has to accept by name, and did not.
	Asks []Ask `json:"asks,omitempty"`
	// Missing is what could not be read, and has to be.
	Missing []Unread `json:"missing,omitempty"`
	// Left is what a successor will not have.
	Left []string `json:"left,omitempty"`
	// Notify is a further topic that is told of the key, "" for none.
	Notify string `json:"notify,omitempty"`
}

// Overdue is for how many whole days the material is past its time.
func (p Plan) Overdue(now time.Time) int {
	if p.Due.IsZero() || now.Before(p.Due) {
		return 0
	}
	return int(now.Sub(p.Due) / day)
}

// Ask is something that a plan may bring about and that only the owner of the key
// can accept, by a name in the key's tag or in the request.
type Ask struct {
	Name string `json:"name"`
	Why  string `json:"why"`
}

// The names of what can be accepted.
const (
	NoCanary     = "no-canary"      // the function may not use the key, so it cannot try the new one
	LostAccess   = "lost-access"    // some who use the key cannot use its successor
	AliasMoves   = "alias-moves"    // policies go by aliases: the permission moves with them
	Lockout      = "policy-lockout" // the function cannot change the new key's policy again
	GainedAccess = "gained-access"  // some who are kept from the key are not kept from its successor
	UnknownUsers = "unknown-access" // nobody could say who uses the key
)

// Op is what a step does.
type Op string

// The operations.
const (
	EnableRotation Op = "enableRotation" // also sets the period
	RotateNow      Op = "rotate"         // kms:RotateKeyOnDemand
	ImportMaterial Op = "import"
	CreateKey      Op = "createKey"
	CreateGrant    Op = "createGrant"
	Replicate      Op = "replicate"
	TryKey         Op = "canary"
	MoveAlias      Op = "moveAlias"
	MarkOld        Op = "markOld"
	UnmarkOld      Op = "unmarkOld" // of a rollback
)

// Step is one write of a plan, with its reason.
type Step struct {
	Op Op `json:"op"`
	// Region is where it is done.
	Region keyid.Region `json:"region"`
	// Days are the period of EnableRotation.
	Days int `json:"days,omitempty"`
	// Material is that of ImportMaterial.
	Material *Sealed `json:"material,omitempty"`
	// New is what CreateKey and Replicate make.
	New *NewKey `json:"new,omitempty"`
	// Grant is that of CreateGrant.
	Grant *Grant `json:"grant,omitempty"`
	// Alias is that of MoveAlias.
	Alias keyid.Alias `json:"alias,omitempty"`
	Why   string      `json:"why"`
}

// NewKey is what a new key, or a replica of it, is made with.
type NewKey struct {
	Kind           Kind              `json:"kind"`
	MultiRegion    bool              `json:"multiRegion,omitempty"`
	CustomKeyStore string            `json:"customKeyStore,omitempty"`
	ExternalKey    string            `json:"externalKey,omitempty"` // XksKeyId
	Description    string            `json:"description,omitempty"`
	Policy         string            `json:"policy"`
	Tags           map[string]string `json:"tags"`
	Bypass         bool              `json:"bypass,omitempty"` // BypassPolicyLockoutSafetyCheck
}

// PlanFor says what is to be done with a key at a time. defaults are for what its
// tags leave open.
func PlanFor(k Key, defaults Wish, now time.Time) Plan {
	p := Plan{Key: k.ARN, Kind: k.Kind}
	if k.Manager == types.KeyManagerTypeAws {
		return p.end(Report, "an AWS managed key: AWS rotates it every year, and nobody else can")
	}
	tags, ok := k.Tags.Get()
	if !ok {
		return p.unknown(k.Tags.Unread)
	}
	w, err := wishOf(tags, defaults)
	if err != nil {
		return p.end(Blocked, "%s", err)
	}
	p.Notify = w.Notify
	if by := tags[TagSucceededBy]; by != "" {
		return p.end(Report, "it has a successor, %s, and stays for what is under it", by)
	}
	switch {
	case w.Off && k.unfinished() == nil:
		return p.end(Off, "rotation is off")
	case k.isReplica():
		return p.end(Report, "a replica key: it is rotated with its primary key, %s", k.Family.Primary)
	}
	if p, ended := p.byState(k); ended {
		return p
	}
	return p.byWay(k, w, now)
}

// end gives the plan with its outcome. Steps are those of a plan that can be done, or
// could be if somebody accepted it: never the first few of others.
func (p Plan) end(o Outcome, format string, a ...any) Plan {
	if o != Due && len(p.Asks) == 0 {
		p.Steps, p.Left = nil, nil
	}
	p.Outcome, p.Why = o, format
	if len(a) > 0 {
		p.Why = fmt.Sprintf(format, a...)
	}
	return p
}

// unknown is the end of a plan that cannot be made without what was not read.
func (p Plan) unknown(missing ...*Unread) Plan {
	for _, u := range missing {
		if !slices.Contains(p.Missing, *u) {
			p.Missing = append(p.Missing, *u)
		}
	}
	return p.end(Blocked, "what is there could not be read: %s", p.Missing[0].short())
}

// byState ends the plan of a key that cannot be rotated as it is (KMS Developer
// Guide, "Key states of AWS KMS keys").
func (p Plan) byState(k Key) (Plan, bool) {
	switch k.State {
	case types.KeyStateEnabled:
		return p, false
	case types.KeyStateDisabled:
		return p.end(Report, "it is disabled: nothing new is encrypted under it; enable it, or set the tag %s to off", TagRotate), true
	case types.KeyStatePendingDeletion, types.KeyStatePendingReplicaDeletion:
		return p.end(Report, "it waits for its deletion"), true
	case types.KeyStateCreating, types.KeyStateUpdating:
		return p.end(Later, "AWS KMS is at work on it: it is %s", k.State), true
	case types.KeyStatePendingImport:
		return p.end(Blocked, "it has no key material, or lost it: nothing is encrypted or decrypted under it until that is imported"), true
	}
	return p.end(Blocked, "it is %s: nothing is encrypted or decrypted under it until its key store is connected", k.State), true
}

// byWay chooses the way, refuses what cannot be, and plans it.
func (p Plan) byWay(k Key, w Wish, now time.Time) Plan {
	natural := k.Kind.rotates()
	p.Way = w.Way
	if p.Way == None {
		p.Way = natural
	}
	if p.Way == None || k.unfinished() != nil {
		p.Way = Successor
	}
	switch {
	case p.Way == Successor:
		return p.successor(k, w, now)
	case natural == None:
		return p.end(Blocked, "AWS KMS does not rotate %s in place: set the tag %s to on or %s", k.Kind.words(), TagRotate, Successor)
	case p.Way == Automatic && natural == Import:
		return p.end(Blocked, "automatic rotation is not for keys with imported material: set the tag %s to on or %s", TagRotate, Import)
	case p.Way == Import && natural == Automatic:
		return p.end(Blocked, "nothing can be imported into a key whose material AWS KMS made: set the tag %s to on, %s or %s", TagRotate, OnDemand, Successor)
	case natural == Import: // on demand too: it takes material
		p.Way = Import
		return p.imported(k, w, now)
	case p.Way == OnDemand:
		return p.onDemand(k, w, now)
	}
	return p.automatic(k, w, now)
}

// age sets when the material comes to its end, and says whether that is now. What
// cannot be read of its past leaves it open.
func (p *Plan) age(k Key, w Wish, now time.Time) (due bool, unread *Unread) {
	if _, ok := k.Materials.Get(); !ok {
		return false, k.Materials.Unread
	}
	p.Due = k.since().Add(w.period())
	return w.Now || !now.Before(p.Due), nil
}

func (p *Plan) warn(format string, a ...any) {
	p.Warnings = append(p.Warnings, fmt.Sprintf(format, a...))
}

func (p *Plan) step(s Step) {
	if s.Region == "" {
		s.Region = p.Key.Region
	}
	p.Steps = append(p.Steps, s)
}
