package rotate

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/shared/journal"
	"rekey/shared/keyid"
)

const (
	// tagLimit is how many tags a key can have (KMS Developer Guide, "Tags in AWS KMS").
	tagLimit = 50
	// made is the prefix of tags that a successor does not take over.
	made = "rekey:succe"
	// mostPlanned leaves room in the job's record for what is noted of the steps, forward
	// and back: a record that is full between two aliases can go neither way.
	mostPlanned = journal.Limit / 2
)

// unfinished is the job of a successor that was begun and has not come to an end,
// nil where there is none.
func (k Key) unfinished() *Job {
	if j := k.Job.Value; j != nil && !j.Phase.Ended() {
		return j
	}
	return nil
}

// successor plans another key of the same kind with everything that the old one
// carried, and the aliases' move to it.
func (p Plan) successor(k Key, w Wish, now time.Time) Plan {
	if k.Job.Unread != nil {
		return p.unknown(k.Job.Unread)
	}
	if j := k.unfinished(); j != nil {
		p.Steps = j.Plan.Steps
		return p.end(Due, "its successor was begun on %s and is not finished", date(j.Began))
	}
	if j := k.Job.Value; j != nil && j.Phase == RolledBack {
		return p.end(Report, "its rotation was rolled back on %s: it is left alone until rekey rotate apply --again", date(j.Ended))
	}
	// Who wants a successor wants another key: its age counts, whatever material it has
	// now.
	p.Due = k.Created.Add(w.period())
	if !w.Now && now.Before(p.Due) {
		return p.end(Current, "the key is due on %s", date(p.Due))
	}
	if j := k.Job.Value; j != nil && j.Phase == Done {
		return p.end(Blocked, "it has a successor, %s, since %s, and not the tag %s that says so: put that back, or take back what was done by rekey rotate rollback", j.Successor, date(j.Ended), TagSucceededBy)
	}
	if blocked := p.cannotFollow(k, w); blocked != "" {
		return p.end(Blocked, "%s", blocked)
	}
	if unread, missing := k.materialForSuccessor(); unread != nil {
		return p.unknown(unread)
	} else if missing != "" {
		return p.end(Blocked, "%s", missing)
	}
	if unread := k.unreadForSuccessor(); len(unread) > 0 {
		return p.unknown(unread...)
	}
	p.carry(k, w)
	if p.Outcome == Blocked {
		return p
	}
	p.ask(k, w)
	if len(p.Asks) > 0 {
		return p.end(Blocked, "it asks for what only the key's owner can accept: %s (tag %s)", strings.Join(names(p.Asks), " "), TagAccept)
	}
	if size := p.size(); size > mostPlanned {
		return p.end(Blocked, "its plan has %d bytes, mostly of its %d grants, and there is room for %d in the journal: retire grants that nobody needs, or make the successor by hand", size, len(k.Grants.Value), mostPlanned)
	}
	if k.Kind.rotates() != None {
		return p.end(Due, "the key has been in use since %s, and another one every %s is wanted", date(k.Created), days(w.Every))
	}
	return p.end(Due, "%s has been in use since %s, and %s are wanted: AWS KMS does not rotate it in place", k.Kind.words(), date(k.Created), days(w.Every))
}

// size is how many bytes of the journal the plan takes.
func (p Plan) size() int {
	text, err := json.Marshal(p)
	if err != nil {
		return math.MaxInt
	}
	return len(text)
}

// cannotFollow says why no successor would help.
func (p *Plan) cannotFollow(k Key, w Wish) string {
	switch {
	case k.nowhereNamed():
		return "no alias points at it, so nothing would go over to a successor: let its users go by an alias, or set the tag " + TagRotate + " to off"
	case k.Kind.Origin == types.OriginTypeExternalKeyStore && (w.ExternalKey == "" || w.ExternalKey == k.ExternalID):
		return "its successor takes another key in the external key manager: make one, and put its id into the tag " + TagExternalKey
	case k.Kind.imported() && k.ARN.Partition == chinaPartition:
		return "in the Regions of China key material has other forms, and is wrapped otherwise, which is not known here: make the successor by hand"
	}
	return ""
}

// externalFor is the key in the external key manager of a successor of a kind.
func (w Wish) externalFor(k Kind) string {
	if k.Origin != types.OriginTypeExternalKeyStore {
		return ""
	}
	return w.ExternalKey
}

// nowhereNamed says whether surely no alias, of no Region, points at the key.
func (k Key) nowhereNamed() bool {
	all := []Known[[]keyid.Alias]{k.Aliases}
	if k.Family != nil {
		for _, r := range k.Family.Replicas {
			all = append(all, r.Aliases)
		}
	}
	for _, a := range all {
		if aliases, ok := a.Get(); !ok || len(aliases) > 0 {
			return false
		}
	}
	return true
}

// unreadForSuccessor is all that has to be known of a key before it is succeeded.
func (k Key) unreadForSuccessor() []*Unread {
	all := []*Unread{k.Aliases.Unread, k.Policy.Unread, k.Grants.Unread, k.Canary.Unread, k.Lockout.Unread}
	if k.Kind.rotates() == Automatic {
		all = append(all, k.Rotation.Unread)
	}
	if k.Family != nil {
		for _, r := range k.Family.Replicas {
			all = append(all, r.Policy.Unread, r.Tags.Unread, r.Aliases.Unread, r.Grants.Unread)
		}
	}
	return slices.DeleteFunc(all, func(u *Unread) bool { return u == nil })
}

// carry adds the steps that make the successor what the old key is. The aliases come
// last, when everything else is there and was tried.
func (p *Plan) carry(k Key, w Wish) {
	tags, blocked := successorTags(k.Tags.Value, k.ARN.ID)
	if blocked == "" {
		blocked = noMark(k.Tags.Value)
	}
	if blocked != "" {
		*p = p.end(Blocked, "%s", blocked)
		return
	}
	p.step(Step{Op: CreateKey, Why: "the successor, with the same key policy, description and tags", New: &NewKey{
		Kind: k.Kind, MultiRegion: k.Family != nil, CustomKeyStore: k.CustomKeyStore, ExternalKey: w.externalFor(k.Kind), Description: k.Description,
		Policy: ownResource(k.Policy.Value, k.ARN), Tags: tags, Bypass: k.Lockout.Value,
	}})
	p.endow(k, "")
	if r := k.Rotation.Value; r.Enabled {
		p.step(Step{Op: EnableRotation, Days: r.Days, Why: "the old key rotates by itself too"})
	}
	p.grants("", k.Grants.Value)
	var replicas []Replica
	if k.Family != nil {
		replicas = slices.DeleteFunc(slices.Clone(k.Family.Replicas), Replica.ending)
	}
	for _, r := range replicas {
		tags, blocked := successorTags(r.Tags.Value, k.ARN.ID)
		if blocked != "" {
			*p = p.end(Blocked, "its replica in %s: %s", r.ARN.Region, blocked)
			return
		}
		p.step(Step{Op: Replicate, Region: r.ARN.Region, Why: "the old key has a replica there", New: &NewKey{
			Kind: k.Kind, Description: r.Description, Policy: ownResource(r.Policy.Value, r.ARN), Tags: tags, Bypass: k.Lockout.Value,
		}})
		p.endow(k, r.ARN.Region)
		p.grants(r.ARN.Region, r.Grants.Value)
	}
	if k.Canary.Value == "" {
		p.step(Step{Op: TryKey, Why: "no alias moves to a key that was not tried"})
	}
	for _, r := range replicas { // first, so that the primary's Region is the last to go over
		for _, a := range r.Aliases.Value {
			p.step(Step{Op: MoveAlias, Region: r.ARN.Region, Alias: a, Why: "who goes by the alias goes over to the successor's replica"})
		}
	}
	for _, a := range k.Aliases.Value {
		p.step(Step{Op: MoveAlias, Alias: a, Why: "who goes by the alias goes over to the successor"})
	}
	p.step(Step{Op: MarkOld, Why: "a key that has a successor is not rotated again; it stays enabled for what is under it"})
}

// grants adds the grants of a Region's key that can be made again.
func (p *Plan) grants(region keyid.Region, all []Grant) {
	for _, g := range all {
		if g.Service != "" {
			p.Left = append(p.Left, fmt.Sprintf("grant %s in %s, which %s made for itself: what it protects stays under the old key", g.ID, orHome(region, p.Key.Region), g.Service))
			continue
		}
		if g.Name == "" {
			g.Name = "rekey-" + g.ID[:min(len(g.ID), 32)]
		}
		p.step(Step{Op: CreateGrant, Region: region, Grant: &g, Why: "the old key has the grant"})
	}
}

// ask adds what the owner has to accept and did not.
func (p *Plan) ask(k Key, w Wish) {
	ask := func(name, format string, a ...any) {
		if text := fmt.Sprintf(format, a...); w.accepts(name) {
			p.warn("%s (accepted: %s)", text, name)
		} else {
			p.Asks = append(p.Asks, Ask{name, text})
		}
	}
	if k.Canary.Value != "" {
		ask(NoCanary, "the function cannot try the successor before aliases move: %s", k.Canary.Value)
	}
	if k.Lockout.Value {
		ask(Lockout, "the key policy does not let the function change the key policy: nobody but those it names could mend the successor's")
	}
	losses, ok := k.Access.Get()
	if !ok {
		before := len(p.Asks)
		ask(UnknownUsers, "who uses the key could not be read: %s", k.Access.Unread.Reason)
		if len(p.Asks) > before {
			p.Missing = append(p.Missing, *k.Access.Unread)
		}
	}
	var lost, moved, gained []string
	for _, l := range losses {
		switch {
		case l.Gains:
			gained = append(gained, l.String())
		case l.ByAlias:
			moved = append(moved, l.String())
		default:
			lost = append(lost, l.String())
		}
	}
	if len(lost) > 0 {
		ask(LostAccess, "some who can use the key could not use its successor: %s", strings.Join(lost, "; "))
	}
	if len(gained) > 0 {
		ask(GainedAccess, "some who are kept from the key would not be kept from its successor: %s", strings.Join(gained, "; "))
	}
	if len(moved) > 0 {
		ask(AliasMoves, "policies go by aliases, so the permission moves with them: %s", strings.Join(moved, "; "))
	}
}

func names(asks []Ask) []string {
	var all []string
	for _, a := range asks {
		all = append(all, a.Name)
	}
	return all
}

// successorTags are those of the old key, and the one that tells whose successor it
// is.
func successorTags(tags map[string]string, old keyid.ID) (all map[string]string, blocked string) {
	all = maps.Clone(tags)
	if all == nil {
		all = map[string]string{}
	}
	maps.DeleteFunc(all, func(k, _ string) bool {
		return strings.HasPrefix(k, "aws:") || strings.HasPrefix(k, made) || k == TagExternalKey
	})
	all[TagSuccessorOf] = string(old)
	if len(all)+1 > tagLimit { // TagSuccessorJob comes too
		return nil, fmt.Sprintf("it has %d tags, its successor needs two more, and there can be %d: remove some", len(tags), tagLimit)
	}
	return all, ""
}

// noMark says why the old key cannot be marked in the end: a key that is a successor
// itself may have two tags more than its own successor takes over. That those of AWS
// do not count, as elsewhere, is assumed.
func noMark(tags map[string]string) (blocked string) {
	own := 0
	for name := range tags {
		if !strings.HasPrefix(name, "aws:") && name != TagSucceededBy {
			own++
		}
	}
	if own+1 > tagLimit {
		return fmt.Sprintf("it has %d tags, the tag %s is needed too, and there can be %d: remove some", own, TagSucceededBy, tagLimit)
	}
	return ""
}

// orHome is a step's Region.
func orHome(r, home keyid.Region) keyid.Region {
	if r == "" {
		return home
	}
	return r
}
