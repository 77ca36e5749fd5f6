package rotate

import (
	"context"
	"errors"
	"fmt"

	"rekey/shared/awserr"
	"rekey/shared/keyid"
)

// ErrNoKey is wrapped by the error of Observe where there is no such key, or alias.
var ErrNoKey = errors.New("there is no such key")

// The API actions of reads that a plan may ask for.
const (
	describeKey = "kms:DescribeKey"
	listTags    = "kms:ListResourceTags"
	getRotation = "kms:GetKeyRotationStatus"
	listRotated = "kms:ListKeyRotations"
	listAliases = "kms:ListAliases"
	getPolicy   = "kms:GetKeyPolicy"
	listGrants  = "kms:ListGrants"
	lastUsage   = "kms:GetKeyLastUsage"
	readJournal = "s3:GetObject"
	listObjects = "s3:ListBucket"
	readAccount = "iam:GetAccountAuthorizationDetails"
)

// Observe reads of a key what its plan is made of, and no more: most keys of a sweep
// are not due, and cost two to four calls. So it is the plan that says what to read
// next. What could not be read is told in the Key; an error means that there is no
// such key, that nobody could say which one it is, or that the context ended.
func (o *Observer) Observe(ctx context.Context, ref keyid.Ref) (Key, error) {
	k, err := o.describe(ctx, ref)
	if err != nil {
		return Key{}, err
	}
	for asked := o.asked(k); asked != ""; asked = o.asked(k) {
		switch asked {
		case getRotation:
			k.Rotation = o.rotation(ctx, k.ARN)
		case listRotated:
			o.readMaterials(ctx, &k)
		case listObjects:
			k.Waiting = o.waiting(ctx, k)
		case readJournal:
			k.Job = o.job(ctx, k.ARN)
		case listAliases:
			o.readAliases(ctx, &k)
		default:
			o.readForSuccessor(ctx, &k)
		}
		if ctx.Err() != nil {
			return Key{}, fmt.Errorf("observing %s: %w", k.ARN, context.Cause(ctx))
		}
	}
	return k, nil
}

// asked is the first read that the key's plan needs, "" where it needs none. Plans
// name first what may make the rest needless.
func (o *Observer) asked(k Key) string {
	for _, u := range PlanFor(k, o.Defaults, o.Now()).Missing {
		if u.unasked {
			return u.Action
		}
	}
	return ""
}

// unasked marks what was not read because nothing needed it.
func unasked[T any](action, resource string) Known[T] {
	return Known[T]{Unread: &Unread{Action: action, Resource: resource, Reason: action + " was not called: nothing needed it", unasked: true}}
}

// read gives what a call gave, or why it could not.
func read[T any](o *Observer, action, resource string, v T, err error) Known[T] {
	if err != nil {
		return Known[T]{Unread: o.unread(action, resource, err)}
	}
	return known(v)
}

// unread says of a read that failed what it was and what to do.
func (o *Observer) unread(action, resource string, err error) *Unread {
	class := awserr.Classify(err)
	u := &Unread{Action: action, Resource: resource, Denied: class == awserr.Denied}
	what := fmt.Sprintf("%s on %s", action, resource)
	switch {
	case errors.Is(err, ErrNoJournal):
		u.Reason = ErrNoJournal.Error()
	case u.Denied && awserr.Permission(err).Explicit():
		u.Reason = fmt.Sprintf("%s is denied to %s by a statement: take it out of that (%s)", what, o.Self, awserr.Message(err))
	case u.Denied:
		u.Reason = fmt.Sprintf("%s is denied to %s: allow it (%s)", what, o.Self, awserr.Message(err))
	case class.Retryable():
		u.Reason = fmt.Sprintf("%s failed for now, and is tried again at the next wake-up (%s)", what, awserr.Message(err))
	case class == awserr.Credentials:
		u.Reason = fmt.Sprintf("%s was refused for its credentials: look at those of %s (%s)", what, o.Self, awserr.Message(err))
	default:
		u.Reason = fmt.Sprintf("%s failed, and somebody has to look why (%s)", what, awserr.Message(err))
	}
	return u
}

// unknownKey is a key of which nothing is known but that it is there.
func unknownKey(arn keyid.ARN, u *Unread) Key {
	return Key{
		ARN: arn, Tags: Known[map[string]string]{Unread: u}, Aliases: Known[[]keyid.Alias]{Unread: u}, Rotation: Known[Rotation]{Unread: u},
		Materials: Known[[]Material]{Unread: u}, Policy: Known[string]{Unread: u}, Grants: Known[[]Grant]{Unread: u}, Waiting: Known[*Sealed]{Unread: u},
		Job: Known[*Job]{Unread: u}, Canary: Known[string]{Unread: u}, Lockout: Known[bool]{Unread: u}, Access: Known[[]Loss]{Unread: u},
	}
}

// unaskedKey is a key of which nothing was asked yet.
func (o *Observer) unaskedKey(arn keyid.ARN) Key {
	name := arn.String()
	return Key{
		ARN: arn, Tags: unasked[map[string]string](listTags, name), Aliases: unasked[[]keyid.Alias](listAliases, "*"), Rotation: unasked[Rotation](getRotation, name),
		Materials: unasked[[]Material](listRotated, name), Policy: unasked[string](getPolicy, name), Grants: unasked[[]Grant](listGrants, name),
		Waiting: unasked[*Sealed](listObjects, o.Materials.String()), Job: unasked[*Job](readJournal, "the journal"), Canary: unasked[string]("kms:Encrypt", name),
		Lockout: unasked[bool](getPolicy, name), Access: unasked[[]Loss](readAccount, "*"), Lies: o.lies(arn.ID),
	}
}

// readMaterials reads the key's materials, and for one that takes imported material
// those of its replicas too: each has its own.
func (o *Observer) readMaterials(ctx context.Context, k *Key) {
	if k.Materials.Unread != nil && k.Materials.Unread.unasked {
		k.Materials = o.materials(ctx, k.ARN)
		return
	}
	for i := range k.Family.Replicas {
		r := &k.Family.Replicas[i]
		r.Materials = o.materials(ctx, r.ARN)
	}
}

func (o *Observer) readAliases(ctx context.Context, k *Key) {
	k.Aliases = o.aliases(ctx, k.ARN)
	if k.Family == nil {
		return
	}
	for i := range k.Family.Replicas {
		r := &k.Family.Replicas[i]
		r.Aliases = o.aliases(ctx, r.ARN)
	}
}

// readForSuccessor reads what only a key that is to be succeeded is read for.
func (o *Observer) readForSuccessor(ctx context.Context, k *Key) {
	k.Policy, k.Grants = o.policy(ctx, k.ARN), o.grants(ctx, k.ARN)
	if k.Family != nil {
		for i := range k.Family.Replicas {
			o.readReplica(ctx, &k.Family.Replicas[i])
		}
	}
	k.Canary = o.rehearse(ctx, *k)
	k.Lockout = o.lockout(*k)
	k.Access = o.access(ctx, *k)
}

// job asks the journal how far a successor of the key has come.
func (o *Observer) job(ctx context.Context, arn keyid.ARN) Known[*Job] {
	j, err := o.Jobs(ctx, arn)
	return read(o, readJournal, "the journal", j, err)
}
