package rotate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/shared/awserr"
	"rekey/shared/keyid"
)

// currentOf is the id of the material that encrypts.
func currentOf(all []Material) string {
	for _, m := range all {
		if m.State == types.KeyMaterialStateCurrent {
			return m.ID
		}
	}
	return ""
}

// rotateNow rotates on demand, which cannot be repeated: a key has few of them. So it
// looks first whether the material is still the one that was planned for, and whether
// no rotation is under way.
func (w *work) rotateNow(ctx context.Context, _ Step) (string, error) {
	key := w.job().Plan.Key
	needless, err := w.rotates(ctx, key)
	switch {
	case needless != "":
		w.job().Unsure = time.Time{}
		return needless, nil
	case err != nil:
		w.job().Unsure = w.unsure // nothing was called
		return "", err
	case !w.unsure.IsZero():
		if err := w.again(ctx); err != nil {
			return "", err
		}
	}
	if err := w.inTime(); err != nil {
		w.job().Unsure = w.unsure // nothing was called
		return "", err
	}
	_, err = w.Writers(key.Region).RotateKeyOnDemand(ctx, &kms.RotateKeyOnDemandInput{KeyId: aws.String(string(key.ID))}, onceOnly)
	w.certain(err)
	if awserr.Classify(err) == awserr.Conflict {
		// "automatic rotation … is in progress or scheduled to begin within the next 20
		// minutes" (API reference, RotateKeyOnDemand, ConflictException).
		return "", fmt.Errorf("%w: AWS KMS is about to rotate %s by itself: %w", ErrUnfinished, key, err)
	}
	return "", failed(err, "rotate "+key.String()+" on demand")
}

// rotates says why a rotation on demand is needless by now, "" where it is not, or why
// it cannot be.
func (w *work) rotates(ctx context.Context, key keyid.ARN) (needless string, err error) {
	status, err := w.Writers(key.Region).GetKeyRotationStatus(ctx, &kms.GetKeyRotationStatusInput{KeyId: aws.String(string(key.ID))})
	if err != nil {
		return "", failed(err, "look how "+key.String()+" rotates")
	}
	k, err := w.withMaterials(ctx, key)
	if err != nil {
		return "", err
	}
	switch now := currentOf(k.Materials.Value); {
	case w.job().Material == "":
		return "", fmt.Errorf("rotate %s on demand: %w: the plan was made without knowing its material", key, ErrNotDue)
	case now != w.job().Material:
		return "the material is another one by now, " + short(now), nil
	case status.OnDemandRotationStartDate != nil:
		return "a rotation is under way since " + status.OnDemandRotationStartDate.UTC().Format(time.RFC3339), nil
	case k.demanded() >= demandLimit:
		return "", fmt.Errorf("rotate %s on demand: %w: set the tag %s to %s", key, ErrSpent, TagRotate, Successor)
	case w.job().Plan.Way == Import:
		return "", w.importedEverywhere(ctx, key)
	}
	return "", nil
}

// importedEverywhere waits until the new material is told to be in all replica keys.
func (w *work) importedEverywhere(ctx context.Context, key keyid.ARN) error {
	var p *Material
	err := w.until(ctx, "that the new material of "+key.String()+" can be rotated to", func(ctx context.Context) (bool, error) {
		k, err := w.withMaterials(ctx, key)
		p = k.pending()
		return p != nil && p.State == types.KeyMaterialStatePendingRotation, err
	})
	if errors.Is(err, ErrUnfinished) && p == nil && w.timeLeft(ctx) == nil {
		return fmt.Errorf("rotate %s on demand: %w: what was imported is not there any more", key, ErrMaterial)
	}
	return err
}

// withMaterials is a key of which only its materials are known, as they are now.
func (r *Rotator) withMaterials(ctx context.Context, key keyid.ARN) (Key, error) {
	var all []Material
	for pages := kms.NewListKeyRotationsPaginator(r.Writers(key.Region), &kms.ListKeyRotationsInput{
		KeyId: aws.String(string(key.ID)), IncludeKeyMaterial: types.IncludeKeyMaterialAllKeyMaterial,
	}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return Key{}, failed(err, "look at the materials of "+key.String())
		}
		for _, e := range page.Rotations {
			all = append(all, material(e))
		}
	}
	return Key{ARN: key, Materials: known(all)}, nil
}
