package rotate

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// Bounds of the period of automatic rotation, in days (API reference,
// EnableKeyRotation).
const (
	leastPeriod = 90
	mostPeriod  = 2560
)

const (
	// demandLimit is how often a key can be rotated on demand in its life (API
	// reference, RotateKeyOnDemand).
	demandLimit = 25
	// demandLow is how few are left when that is told.
	demandLow = 5
	// soon is how near an automatic rotation is that one on demand need not come
	// before.
	soon = day
)

// automatic plans for a key whose material AWS KMS makes: its own rotation, by a
// period no longer than wanted, and one on demand where the material is past its
// time and the next date is not near.
func (p Plan) automatic(k Key, w Wish, now time.Time) Plan {
	r, ok := k.Rotation.Get()
	if !ok {
		return p.unknown(k.Rotation.Unread)
	}
	due, unread := p.age(k, w, now)
	if unread != nil {
		return p.unknown(unread)
	}
	switch {
	case w.Every < leastPeriod && w.Way == Automatic:
		return p.end(Blocked, "automatic rotation is every %d days at least, and every %d days are wanted: set the tag %s to on or %s", leastPeriod, w.Every, TagRotate, OnDemand)
	case w.Every < leastPeriod:
		p.Way = OnDemand
		p.warn("every %d days is more often than AWS KMS rotates by itself: %d rotations on demand are left for the key's whole life", w.Every, demandLimit-k.demanded())
		return p.onDemand(k, w, now)
	}
	period := min(w.Every, mostPeriod)
	switch {
	case !r.Enabled:
		p.step(Step{Op: EnableRotation, Days: period, Why: "automatic rotation is off"})
	case r.Days > period:
		p.step(Step{Op: EnableRotation, Days: period, Why: "it rotates every " + days(r.Days) + ", and every " + days(period) + " is wanted"})
	}
	// EnableKeyRotation counts the period from its call, so the date that was near is gone.
	if due && (w.Now || len(p.Steps) > 0 || r.Next.Sub(now) > soon) {
		p.demand(k, r, w.reason(k))
	}
	if len(p.Steps) == 0 {
		return p.end(Current, "AWS KMS rotates it every %d days, next on %s", r.Days, date(r.Next))
	}
	return p.end(Due, "%s", p.Steps[0].Why)
}

// onDemand plans a rotation now, if the material is past its time.
func (p Plan) onDemand(k Key, w Wish, now time.Time) Plan {
	r, ok := k.Rotation.Get()
	if !ok {
		return p.unknown(k.Rotation.Unread)
	}
	due, unread := p.age(k, w, now)
	switch {
	case unread != nil:
		return p.unknown(unread)
	case !due:
		return p.end(Current, "the material is due on %s", date(p.Due))
	case !r.Underway.IsZero():
		return p.end(Later, "a rotation on demand is under way since %s", date(r.Underway))
	case r.Enabled && !w.Now && r.Next.Sub(now) <= soon:
		return p.end(Later, "AWS KMS rotates it by itself on %s", date(r.Next))
	case k.demanded() >= demandLimit:
		return p.end(Blocked, "all %d rotations on demand of the key's life are spent: set the tag %s to %s", demandLimit, TagRotate, Successor)
	}
	p.demand(k, r, w.reason(k))
	return p.end(Due, "%s", p.Steps[0].Why)
}

// reason is why material is exchanged.
func (w Wish) reason(k Key) string {
	since := "the material has been current since " + date(k.since())
	if w.Now {
		return since + ", and another one is wanted now"
	}
	return since + ", and another one every " + days(w.Every) + " is wanted"
}

// demand adds a rotation on demand, unless none is left or one is under way.
func (p *Plan) demand(k Key, r Rotation, why string) {
	left := demandLimit - k.demanded()
	switch {
	case !r.Underway.IsZero():
		p.warn("a rotation on demand is under way since %s", date(r.Underway))
		return
	case left <= 0:
		p.warn("it is past its time, and all %d rotations on demand of the key's life are spent", demandLimit)
		return
	case left <= demandLow:
		p.warn("%d of %d rotations on demand of the key's life are left", left, demandLimit)
	}
	p.step(Step{Op: RotateNow, Why: why})
}

// imported plans for a key with imported material: the next material into the
// primary key and each replica, then the rotation, of the primary key alone (KMS
// Developer Guide, "Rotating multi-Region keys").
func (p Plan) imported(k Key, w Wish, now time.Time) Plan {
	r, ok := k.Rotation.Get()
	if !ok {
		return p.unknown(k.Rotation.Unread)
	}
	due, unread := p.age(k, w, now)
	if unread != nil {
		return p.unknown(unread)
	}
	p.expiring(k, w, now)
	pending := k.pending()
	switch {
	case !r.Underway.IsZero():
		return p.end(Later, "a rotation on demand is under way since %s", date(r.Underway))
	case !due && pending == nil:
		return p.end(Current, "the material is due on %s", date(p.Due))
	case !due:
		return p.end(Current, "the next material is imported, and due on %s", date(p.Due))
	case k.demanded() >= demandLimit:
		return p.end(Blocked, "all %d rotations on demand of the key's life are spent: set the tag %s to %s", demandLimit, TagRotate, Successor)
	}
	waiting, ok := k.Waiting.Get()
	if !ok {
		return p.unknown(k.Waiting.Unread)
	}
	if missing := p.importSteps(k, pending, waiting); missing != "" {
		return p.end(Blocked, "%s", missing)
	}
	p.demand(k, r, w.reason(k))
	return p.end(Due, "%s", p.Steps[len(p.Steps)-1].Why)
}

// importSteps adds the imports that are left to do; missing says what somebody has
// to bring.
func (p *Plan) importSteps(k Key, pending *Material, waiting *Sealed) (missing string) {
	source := waiting
	if pending == nil {
		if source == nil {
			return "it is due, and no new key material lies ready: seal 32 random bytes for it and store them as told in the runbook"
		}
		p.step(Step{Op: ImportMaterial, Material: source, Why: "new material lies ready"})
	}
	if k.Family == nil {
		return ""
	}
	for _, r := range k.Family.Replicas {
		all, ok := r.Materials.Get()
		if !ok {
			p.Missing = append(p.Missing, *r.Materials.Unread)
			return "whether its replica in " + string(r.ARN.Region) + " has the material could not be read: " + r.Materials.Unread.Reason
		}
		if pending != nil && has(all, pending.ID) {
			continue
		}
		if source == nil {
			return "its replica in " + string(r.ARN.Region) + " lacks the material that the primary key has: store the same material again"
		}
		p.step(Step{Op: ImportMaterial, Region: r.ARN.Region, Material: source, Why: "every replica needs the same material before the primary key can rotate"})
	}
	return ""
}

// has says whether material is there.
func has(all []Material, id string) bool {
	for _, m := range all {
		if m.ID == id {
			return m.Import == types.ImportStateImported
		}
	}
	return false
}

// expiring warns of material that will soon be gone, or is: what is under it can
// then not be decrypted until it is imported again.
func (p *Plan) expiring(k Key, w Wish, now time.Time) {
	for _, m := range k.Materials.Value {
		switch {
		case m.Import == types.ImportStatePendingImport && m.State != types.KeyMaterialStatePendingRotation:
			p.warn("its material %s is missing: import it again, or what is under it cannot be decrypted", short(m.ID))
		case !m.Expires.IsZero() && m.Expires.Sub(now) <= w.period()/3:
			p.warn("its material %s expires on %s: import it again before, or what is under it cannot be decrypted", short(m.ID), date(m.Expires))
		}
	}
}
