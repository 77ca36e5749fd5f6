package rotate

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"rekey/shared/keyid"
)

// Residue is what still uses a key whose aliases have moved.
type Residue struct {
	What string `json:"what"`
	Why  string `json:"why"`
	Fix  string `json:"fix"`
}

// Use is the last use of a key that AWS KMS tells of.
type Use struct {
	Operation string
	At        time.Time // zero: it is not known to have been used
	Event     string    // the id of its event in AWS CloudTrail
}

// remains is what was read of an old key.
type remains struct {
	key     Key            // its aliases and grants
	carried Known[[]Grant] // those of the successor
	use     Known[Use]
	named   Known[[]Loss] // identity policies that name it and not its successor
	// callers are those who wrote under it by its id of late; unlooked says that not all
	// events were read.
	callers  Known[[]caller]
	unlooked bool
}

// Residue reads what still uses an old key, and its replicas, after the aliases have
// moved. What could not be read is residue too: nobody knows that there is none.
func (o *Observer) Residue(ctx context.Context, old, next keyid.ARN, moved time.Time) ([]Residue, error) {
	first, err := o.describe(ctx, old.Ref())
	if err != nil {
		return nil, err
	}
	keys := []keyid.ARN{first.ARN}
	if first.Family != nil {
		for _, r := range first.Family.Replicas {
			keys = append(keys, r.ARN)
		}
	}
	var all []Residue
	for _, arn := range keys {
		k := first
		if arn != first.ARN {
			if k, err = o.describe(ctx, arn.Ref()); errors.Is(err, ErrNoKey) {
				continue
			} else if err != nil {
				return nil, err
			}
		}
		if k.Manager == "" { // it could not be described
			all = append(all, unknownResidue(arn, k.Tags.Unread))
			continue
		}
		k.Aliases, k.Grants = o.aliases(ctx, arn), o.grants(ctx, arn)
		r := remains{key: k, use: o.use(ctx, arn), named: o.namedIn(ctx, k, next.In(arn.Region))}
		r.callers, r.unlooked = o.callers(ctx, arn)
		if len(k.Grants.Value) > 0 {
			r.carried = o.grants(ctx, next.In(arn.Region))
		}
		all = append(all, r.residue(next.In(arn.Region), moved)...)
		if ctx.Err() != nil {
			return nil, fmt.Errorf("reading what still uses %s: %w", arn, context.Cause(ctx))
		}
	}
	return all, nil
}

func (o *Observer) use(ctx context.Context, arn keyid.ARN) Known[Use] {
	name := arn.String()
	out, err := o.KMS(arn.Region).GetKeyLastUsage(ctx, &kms.GetKeyLastUsageInput{KeyId: &name})
	if err != nil {
		return read(o, lastUsage, name, Use{}, err)
	}
	var u Use
	if last := out.KeyLastUsage; last != nil && last.Timestamp != nil {
		u = Use{Operation: string(last.Operation), At: *last.Timestamp, Event: text(last.CloudTrailEventId)}
	}
	return known(u)
}

// usageLag is how late GetKeyLastUsage may be (KMS Developer Guide, "Determine past
// usage of a KMS key").
const usageLag = time.Hour

// residue says what of it is left, and what to do.
func (r remains) residue(next keyid.ARN, moved time.Time) []Residue {
	k := r.key
	var all []Residue
	add := func(what, why, fix string) { all = append(all, Residue{what, why, fix}) }
	for _, a := range r.key.Aliases.Value {
		add(string(a), "it still points at "+k.ARN.String(),
			"if it should have moved, rekey rotate apply; if somebody created it since, update it to "+next.String())
	}
	for _, g := range k.Grants.Value {
		if g.Service != "" {
			add("grant "+g.ID, g.Service+" made it for "+g.Grantee+" on "+k.ARN.String()+", to use what it keeps under the key",
				"the resource stays under the old key until it is written again or copied under the successor; the service retires the grant then, so do not revoke it")
			continue
		}
		what, fix := "; the successor has the same", "leave it as long as its grantee has to decrypt what is under the old key, then revoke it"
		if !slices.ContainsFunc(r.carried.Value, g.like) {
			what, fix = "; the successor has no such grant", "if its grantee is to use the successor too, make it there (aws kms create-grant); then "+fix
		}
		add("grant "+g.ID, g.Grantee+" may still use "+k.ARN.String()+" by it"+what, fix)
	}
	for _, l := range r.named.Value {
		if l.Gains {
			add(l.Why, "it denies "+l.Who+" what is on "+k.ARN.String()+", and not on its successor", "add "+next.String()+" to it")
			continue
		}
		add(l.Why, l.Who+" may use "+k.ARN.String()+" by it, and not its successor", "add "+next.String()+" to it, or allow by alias; keep the old ARN as long as something is under it")
	}
	if u, ok := r.use.Get(); ok && u.At.After(moved) {
		add("use of "+k.ARN.String(), fmt.Sprintf("it was used for %s on %s, after the aliases had moved (it may take %s until a use is known)", u.Operation, u.At.UTC().Format(time.RFC3339), usageLag),
			usedFix(u))
	}
	for _, c := range r.callers.Value {
		all = append(all, c.residue(k.ARN, next))
	}
	if r.unlooked {
		add("further events of "+k.ARN.String(), fmt.Sprintf("AWS CloudTrail has more of the last %s than were read", lookedBack), "aws cloudtrail lookup-events --lookup-attributes AttributeKey=ResourceName,AttributeValue="+k.ARN.String())
	}
	for _, u := range []*Unread{k.Aliases.Unread, k.Grants.Unread, r.carried.Unread, r.named.Unread, r.use.Unread, r.callers.Unread} {
		if u != nil {
			all = append(all, unknownResidue(k.ARN, u))
		}
	}
	return all
}

// like says whether two grants, of two keys, allow the same to the same.
func (g Grant) like(other Grant) bool {
	return g.Grantee == other.Grantee && g.Retiring == other.Retiring && g.Source == other.Source &&
		maps.Equal(g.Equals, other.Equals) && maps.Equal(g.Subset, other.Subset) &&
		slices.Equal(slices.Sorted(slices.Values(g.Operations)), slices.Sorted(slices.Values(other.Operations)))
}

// usedFix tells how to end a use of an old key.
func usedFix(u Use) string {
	who := "look up event " + u.Event + " in AWS CloudTrail for who it was"
	switch u.Operation {
	case "Decrypt", "ReEncrypt", "Verify", "VerifyMac":
		return who + "; what is under the old key, or signed with it, goes on to need it: write it again under the successor where that is not wanted"
	}
	return who + ", and let it go by the alias: it names the old key"
}

func unknownResidue(arn keyid.ARN, u *Unread) Residue {
	return Residue{What: "unknown: " + u.Action, Why: "what still uses " + arn.String() + " is not all known: " + u.Reason, Fix: "allow " + u.Action + " on " + u.Resource + ", or look for yourself"}
}
