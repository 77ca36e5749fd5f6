package rotate

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/shared/awserr"
	"rekey/shared/keyid"
)

// onceOnly keeps the SDK from sending a request again by itself, of which it is not
// known whether the first one took effect.
func onceOnly(o *kms.Options) { o.RetryMaxAttempts = 1 }

// createKey makes the successor. CreateKey has no client token: where an earlier call
// may have made a key, that one is looked for.
func (w *work) createKey(ctx context.Context, s Step) (string, error) {
	note := ""
	if w.job().Successor == (keyid.ARN{}) {
		var err error
		if note, err = w.made(ctx, s); err != nil {
			return "", err
		}
	}
	w.job().Unsure = time.Time{}
	return note, w.enabled(ctx, w.job().Successor, w.job().Plan.Kind.bare()...)
}

// made finds the successor, or makes it.
func (w *work) made(ctx context.Context, s Step) (note string, err error) {
	if w.unsure.IsZero() {
		err := w.rehearse(ctx)
		if err == nil {
			err = w.tryMaterial(ctx)
		}
		if err != nil {
			w.job().Unsure = time.Time{} // nothing was called
			return "", err
		}
		return "", w.create(ctx, s)
	}
	found, note, err := w.find(ctx, s)
	switch {
	case err != nil:
		return "", err
	case len(found) > 0:
		w.job().Successor = found[0]
		return note, nil
	}
	if err := w.again(ctx); err != nil {
		return "", err
	}
	return note, w.create(ctx, s)
}

func (w *work) create(ctx context.Context, s Step) error {
	in := &kms.CreateKeyInput{
		KeySpec: s.New.Kind.Spec, KeyUsage: s.New.Kind.Usage, Origin: s.New.Kind.Origin, MultiRegion: aws.Bool(s.New.MultiRegion),
		Policy: &s.New.Policy, Description: &s.New.Description, BypassPolicyLockoutSafetyCheck: s.New.Bypass, Tags: w.ownTags(s.New.Tags),
	}
	if s.New.CustomKeyStore != "" {
		in.CustomKeyStoreId = &s.New.CustomKeyStore
	}
	if s.New.ExternalKey != "" {
		in.XksKeyId = &s.New.ExternalKey
	}
	if err := w.inTime(); err != nil {
		w.job().Unsure = w.unsure // nothing was called
		return err
	}
	out, err := w.Writers(s.Region).CreateKey(ctx, in, onceOnly)
	if err != nil {
		w.certain(err)
		return failed(err, "create the successor of "+w.job().Plan.Key.String())
	}
	w.job().Successor, err = keyid.ParseARN(aws.ToString(out.KeyMetadata.Arn))
	return err
}

// ownTags are those of the successor, and the one that only this job can have given.
func (w *work) ownTags(planned map[string]string) []types.Tag {
	return append(tagList(planned), types.Tag{TagKey: aws.String(TagSuccessorJob), TagValue: &w.job().Token})
}

func tagList(tags map[string]string) []types.Tag {
	var all []types.Tag
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		all = append(all, types.Tag{TagKey: aws.String(k), TagValue: aws.String(tags[k])})
	}
	return all
}

// find gives the keys that this job has made, oldest first. A key that may not be
// looked at is none of them: the successor has the key policy of the old key, which
// was read.
func (w *work) find(ctx context.Context, s Step) (found []keyid.ARN, note string, err error) {
	client := w.Writers(s.Region)
	created := map[keyid.ARN]time.Time{}
	skipped := 0
	for pages := kms.NewListKeysPaginator(client, &kms.ListKeysInput{}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, "", failed(err, "look for the successor of "+w.job().Plan.Key.String()+", which may have been made")
		}
		for _, k := range page.Keys {
			if err := w.timeLeft(ctx); err != nil {
				return nil, "", err
			}
			at, ours, err := w.isOurs(ctx, client, *k.KeyArn)
			switch class := awserr.Classify(err); {
			case class == awserr.Denied:
				skipped++
			case err != nil && class != awserr.NotFound:
				return nil, "", failed(err, "look whether "+*k.KeyArn+" is the successor of "+w.job().Plan.Key.String())
			case ours:
				arn, err := keyid.ParseARN(*k.KeyArn)
				if err != nil {
					return nil, "", err
				}
				created[arn] = at
			}
		}
	}
	found = slices.SortedFunc(maps.Keys(created), func(a, b keyid.ARN) int {
		return cmp.Or(created[a].Compare(created[b]), cmp.Compare(a.ID, b.ID))
	})
	if len(found) > 1 {
		w.note("%v were made besides %s, and nothing uses them: schedule their deletion", found[1:], found[0])
	}
	if skipped > 0 {
		note = fmt.Sprintf("%d keys that may not be looked at were left out", skipped)
	}
	return found, note, nil
}

// isOurs says whether this job has made the key. Keys from before are not asked for
// their tags, which takes longer.
func (w *work) isOurs(ctx context.Context, client Writer, arn string) (created time.Time, ours bool, err error) {
	key, err := client.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &arn})
	if err != nil {
		return time.Time{}, false, err
	}
	created = aws.ToTime(key.KeyMetadata.CreationDate)
	if created.Before(w.unsure.Add(-settled)) || key.KeyMetadata.DeletionDate != nil {
		return created, false, nil
	}
	for pages := kms.NewListResourceTagsPaginator(client, &kms.ListResourceTagsInput{KeyId: &arn}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return created, false, err
		}
		for _, t := range page.Tags {
			if *t.TagKey == TagSuccessorJob && *t.TagValue == w.job().Token {
				return created, true, nil
			}
		}
	}
	return created, false, nil
}

// enabled waits until a key can be used, or is in another state that will do.
func (w *work) enabled(ctx context.Context, key keyid.ARN, others ...types.KeyState) error {
	return w.until(ctx, "that "+key.String()+" is enabled", func(ctx context.Context) (bool, error) {
		out, err := w.Writers(key.Region).DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: aws.String(string(key.ID))})
		if err != nil {
			if awserr.Classify(err) == awserr.NotFound {
				return false, nil
			}
			return false, failed(err, "look at the successor "+key.String())
		}
		switch state := out.KeyMetadata.KeyState; {
		case state == types.KeyStateEnabled, slices.Contains(others, state):
			return true, nil
		case state == types.KeyStateCreating, state == types.KeyStateUpdating:
			return false, nil
		default:
			return false, fmt.Errorf("go on with %s: %w: it is %s: enable it, or take back what was done by rekey rotate rollback", key, ErrSuccessorUnusable, state)
		}
	})
}

// subject is the key that a step of the job is about: the successor, or in place the
// key itself.
func (w *work) subject() keyid.ARN {
	if w.job().Plan.Way == Successor {
		return w.job().Successor
	}
	return w.job().Plan.Key
}

// enableRotation leaves a key alone that rotates as wanted: the next date may be
// counted from the call.
func (w *work) enableRotation(ctx context.Context, s Step) (note string, err error) {
	key := w.subject()
	client, id := w.Writers(key.Region), aws.String(string(key.ID))
	return note, w.settling(ctx, "that "+key.String()+" is there", func(ctx context.Context) error {
		status, err := client.GetKeyRotationStatus(ctx, &kms.GetKeyRotationStatusInput{KeyId: id})
		if err != nil {
			return failed(err, "look how "+key.String()+" rotates")
		}
		if status.KeyRotationEnabled && int(aws.ToInt32(status.RotationPeriodInDays)) == s.Days {
			return nil
		}
		_, err = client.EnableKeyRotation(ctx, &kms.EnableKeyRotationInput{KeyId: id, RotationPeriodInDays: aws.Int32(int32(s.Days))})
		return failed(err, "have "+key.String()+" rotated every "+days(s.Days))
	})
}

// replicate makes a replica of the successor, and waits until it can be used.
func (w *work) replicate(ctx context.Context, s Step) (string, error) {
	key := w.job().Successor
	err := w.settling(ctx, "that "+key.String()+" is there", func(ctx context.Context) error {
		_, err := w.Writers(key.Region).ReplicateKey(ctx, &kms.ReplicateKeyInput{
			KeyId: aws.String(string(key.ID)), ReplicaRegion: aws.String(string(s.Region)), Policy: &s.New.Policy,
			Description: &s.New.Description, Tags: tagList(s.New.Tags), BypassPolicyLockoutSafetyCheck: s.New.Bypass,
		})
		if awserr.Classify(err) == awserr.Exists {
			return nil // by an earlier call: nothing else has the successor's id
		}
		return failed(err, "replicate "+key.String()+" into "+string(s.Region))
	})
	if err != nil {
		return "", err
	}
	return "", w.enabled(ctx, key.In(s.Region), w.job().Plan.Kind.bare()...)
}

// markOld says on the old key that it has a successor.
func (w *work) markOld(ctx context.Context, s Step) (string, error) {
	old := w.job().Plan.Key
	_, err := w.Writers(s.Region).TagResource(ctx, &kms.TagResourceInput{
		KeyId: aws.String(string(old.ID)), Tags: tagList(map[string]string{TagSucceededBy: string(w.job().Successor.ID)}),
	})
	return "", failed(err, "tag "+old.String()+" with "+TagSucceededBy)
}
