package rotate

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rekey/shared/awserr"
	"rekey/shared/keyid"
)

// describe reads what a key is, and its tags. A key that is named by its ARN and
// cannot be described is one of which nothing is known: it does not end a sweep.
func (o *Observer) describe(ctx context.Context, ref keyid.Ref) (Key, error) {
	region, _, ok := ref.Home()
	if !ok {
		region = o.Region
	}
	name := ref.String()
	out, err := o.KMS(region).DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &name})
	if err != nil {
		arn, named := ref.ARN()
		switch {
		case ctx.Err() != nil:
			return Key{}, fmt.Errorf("observing %s: %w", name, context.Cause(ctx))
		case awserr.Classify(err) == awserr.NotFound:
			return Key{}, fmt.Errorf("%w: %s in %s: %w", ErrNoKey, name, region, err)
		case !named:
			return Key{}, fmt.Errorf("which key %s is in %s could not be read: %s: %w", name, region, o.unread(describeKey, name, err).Reason, err)
		}
		return unknownKey(arn, o.unread(describeKey, name, err)), nil
	}
	k, err := o.described(out.KeyMetadata)
	if err != nil || k.Manager == types.KeyManagerTypeAws {
		return k, err
	}
	k.Tags = o.tags(ctx, k.ARN)
	return k, nil
}

// described takes what DescribeKey tells.
func (o *Observer) described(m *types.KeyMetadata) (Key, error) {
	arn, err := keyid.ParseARN(*m.Arn)
	if err != nil {
		return Key{}, err
	}
	k := o.unaskedKey(arn)
	k.Kind = Kind{Spec: m.KeySpec, Usage: m.KeyUsage, Origin: m.Origin}
	k.Manager, k.State, k.Created, k.Description = m.KeyManager, m.KeyState, *m.CreationDate, text(m.Description)
	k.CustomKeyStore = text(m.CustomKeyStoreId)
	if m.XksKeyConfiguration != nil {
		k.ExternalID = text(m.XksKeyConfiguration.Id)
	}
	if m.MultiRegionConfiguration == nil {
		return k, nil
	}
	k.Family = &Family{}
	if k.Family.Primary, err = keyid.ParseARN(*m.MultiRegionConfiguration.PrimaryKey.Arn); err != nil {
		return Key{}, err
	}
	for _, r := range m.MultiRegionConfiguration.ReplicaKeys {
		arn, err := keyid.ParseARN(*r.Arn)
		if err != nil {
			return Key{}, err
		}
		u := o.unaskedKey(arn)
		k.Family.Replicas = append(k.Family.Replicas, Replica{ARN: arn, Policy: u.Policy, Tags: u.Tags, Aliases: u.Aliases, Grants: u.Grants, Materials: u.Materials})
	}
	slices.SortFunc(k.Family.Replicas, func(a, b Replica) int { return strings.Compare(string(a.ARN.Region), string(b.ARN.Region)) })
	return k, nil
}

// readReplica reads what a replica key has of its own, but for its aliases.
func (o *Observer) readReplica(ctx context.Context, r *Replica) {
	name := r.ARN.String()
	out, err := o.KMS(r.ARN.Region).DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &name})
	if err != nil {
		u := o.unread(describeKey, name, err)
		r.Policy, r.Tags, r.Grants = Known[string]{Unread: u}, Known[map[string]string]{Unread: u}, Known[[]Grant]{Unread: u}
		return
	}
	r.State, r.Description = out.KeyMetadata.KeyState, text(out.KeyMetadata.Description)
	r.Policy, r.Tags, r.Grants = o.policy(ctx, r.ARN), o.tags(ctx, r.ARN), o.grants(ctx, r.ARN)
}

// pages calls a listing until it has no more; call takes the marker of a page and
// gives that of the next, nil after the last.
func pages(call func(marker *string) (next *string, err error)) error {
	var marker *string
	for {
		next, err := call(marker)
		if err != nil || next == nil {
			return err
		}
		marker = next
	}
}

// more is the marker of the next page of a listing of AWS KMS.
func more(truncated bool, marker *string) *string {
	if !truncated {
		return nil
	}
	return marker
}

func (o *Observer) tags(ctx context.Context, arn keyid.ARN) Known[map[string]string] {
	name, all := arn.String(), map[string]string{}
	err := pages(func(marker *string) (*string, error) {
		out, err := o.KMS(arn.Region).ListResourceTags(ctx, &kms.ListResourceTagsInput{KeyId: &name, Marker: marker})
		if err != nil {
			return nil, err
		}
		for _, t := range out.Tags {
			all[*t.TagKey] = *t.TagValue
		}
		return more(out.Truncated, out.NextMarker), nil
	})
	return read(o, listTags, name, all, err)
}

func (o *Observer) rotation(ctx context.Context, arn keyid.ARN) Known[Rotation] {
	name := arn.String()
	out, err := o.KMS(arn.Region).GetKeyRotationStatus(ctx, &kms.GetKeyRotationStatusInput{KeyId: &name})
	if err != nil {
		return read(o, getRotation, name, Rotation{}, err)
	}
	r := Rotation{Enabled: out.KeyRotationEnabled}
	if out.RotationPeriodInDays != nil {
		r.Days = int(*out.RotationPeriodInDays)
	}
	if out.NextRotationDate != nil {
		r.Next = *out.NextRotationDate
	}
	if out.OnDemandRotationStartDate != nil {
		r.Underway = *out.OnDemandRotationStartDate
	}
	return known(r)
}

// materials reads all key material, with the first and what is imported and not
// current yet. Their order is not documented: it is made here.
func (o *Observer) materials(ctx context.Context, arn keyid.ARN) Known[[]Material] {
	name, all := arn.String(), []Material{}
	err := pages(func(marker *string) (*string, error) {
		out, err := o.KMS(arn.Region).ListKeyRotations(ctx, &kms.ListKeyRotationsInput{KeyId: &name, IncludeKeyMaterial: types.IncludeKeyMaterialAllKeyMaterial, Marker: marker})
		if err != nil {
			return nil, err
		}
		for _, r := range out.Rotations {
			all = append(all, material(r))
		}
		return more(out.Truncated, out.NextMarker), nil
	})
	slices.SortStableFunc(all, func(a, b Material) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), a.Since.Compare(b.Since))
	})
	return read(o, listRotated, name, all, err)
}

// rank orders materials that have no date: the first key material, and what waits
// for its rotation.
func (m Material) rank() int {
	switch {
	case m.State == types.KeyMaterialStatePendingRotation, m.State == types.KeyMaterialStatePendingMultiRegionImportAndRotation:
		return 2
	case m.Since.IsZero():
		return 0
	}
	return 1
}

func material(r types.RotationsListEntry) Material {
	m := Material{ID: text(r.KeyMaterialId), State: r.KeyMaterialState, How: r.RotationType, Import: r.ImportState, Description: text(r.KeyMaterialDescription)}
	if r.RotationDate != nil {
		m.Since = *r.RotationDate
	}
	if r.ValidTo != nil {
		m.Expires = *r.ValidTo
	}
	return m
}

func (o *Observer) aliases(ctx context.Context, arn keyid.ARN) Known[[]keyid.Alias] {
	name, all := arn.String(), []keyid.Alias{}
	err := pages(func(marker *string) (*string, error) {
		out, err := o.KMS(arn.Region).ListAliases(ctx, &kms.ListAliasesInput{KeyId: &name, Marker: marker})
		if err != nil {
			return nil, err
		}
		for _, a := range out.Aliases {
			all = append(all, keyid.Alias(*a.AliasName))
		}
		return more(out.Truncated, out.NextMarker), nil
	})
	slices.Sort(all)
	return read(o, listAliases, name, all, err)
}

func (o *Observer) policy(ctx context.Context, arn keyid.ARN) Known[string] {
	name := arn.String()
	out, err := o.KMS(arn.Region).GetKeyPolicy(ctx, &kms.GetKeyPolicyInput{KeyId: &name})
	if err != nil {
		return read(o, getPolicy, name, "", err)
	}
	return known(*out.Policy)
}

// lies is where sealed material for a key is looked for, "" for nowhere.
func (o *Observer) lies(id keyid.ID) string {
	if o.Materials.Bucket == "" {
		return ""
	}
	return Sealed{Bucket: o.Materials.Bucket, Name: o.materialPrefix(id)}.String()
}

func (o *Observer) materialPrefix(id keyid.ID) string {
	return strings.TrimPrefix(strings.TrimSuffix(o.Materials.Name, "/")+"/"+string(id)+"/", "/")
}

// waiting is the sealed material to import next: of the objects under the key's id
// the first by name that is not among the key's material already. Where material was
// imported and waits for its replicas, it is the very same; a successor gets none that
// the key has.
func (o *Observer) waiting(ctx context.Context, k Key) Known[*Sealed] {
	if o.Materials.Bucket == "" {
		return known[*Sealed](nil)
	}
	used, again := map[string]bool{}, ""
	for _, m := range k.Materials.Value {
		used[m.Description] = true
	}
	if p := k.pending(); p != nil && PlanFor(k, o.Defaults, o.Now()).Way != Successor {
		again = p.Description
	}
	prefix := o.materialPrefix(k.ARN.ID)
	var fresh, same *Sealed
	err := pages(func(token *string) (*string, error) {
		out, err := o.Objects.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &o.Materials.Bucket, Prefix: &prefix, ContinuationToken: token})
		if err != nil {
			return nil, err
		}
		for _, object := range out.Contents {
			s := &Sealed{Bucket: o.Materials.Bucket, Name: *object.Key}
			switch {
			case strings.HasSuffix(s.Name, "/"): // a folder of the console
			case s.String() == again:
				same = s
			case fresh == nil && !used[s.String()]:
				fresh = s
			}
		}
		return more(out.IsTruncated != nil && *out.IsTruncated, out.NextContinuationToken), nil
	})
	return read(o, listObjects, "arn:"+k.ARN.Partition+":s3:::"+o.Materials.Bucket, cmp.Or(same, fresh), err)
}

// text is a member that may be absent.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
