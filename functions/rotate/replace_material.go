package rotate

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/shared/keyid"
)

// chinaPartition is that of the Regions of China.
const chinaPartition = "aws-cn"

// materialForSuccessor says what keeps the successor of a key with imported material
// from having its own: what has to be read first, or what somebody has to bring.
func (k Key) materialForSuccessor() (unread *Unread, missing string) {
	if !k.Kind.imported() {
		return nil, ""
	}
	needed := []*Unread{k.Aliases.Unread, k.Waiting.Unread}
	if k.Kind.symmetric() { // what it has already is told of such keys only
		needed = []*Unread{k.Aliases.Unread, k.Materials.Unread, k.Waiting.Unread}
	}
	for _, u := range needed {
		if u != nil {
			return u, ""
		}
	}
	switch {
	case k.Waiting.Value != nil:
		return nil, ""
	case k.Lies == "":
		return nil, "its successor takes key material of its own, and nowhere is any looked for: set " + EnvMaterials
	}
	return nil, fmt.Sprintf("its successor takes key material of its own, and none lies ready: seal %s with %s=%s, and store that under %s, as told in the runbook",
		k.Kind.materialWords(), materialFor, k.ARN, k.Lies)
}

// endow adds the import of the waiting material into the successor, or its replica.
func (p *Plan) endow(k Key, region keyid.Region) {
	if k.Kind.imported() {
		p.step(Step{Op: ImportMaterial, Region: region, Material: k.Waiting.Value, Why: "it has no key material before; what lies ready for the old key is for its successor"})
	}
}

// tryMaterial opens what is to be imported into a successor, before that is made: what
// is not fit leaves no key behind.
func (w *work) tryMaterial(ctx context.Context) error {
	for _, s := range w.job().Plan.Steps {
		if s.Op == ImportMaterial {
			secret, _, err := w.unseal(ctx, *s.Material)
			secret.Wipe()
			return err // all others bring the same
		}
	}
	return nil
}

// bare are the states of a key that was just made, other than enabled.
func (k Kind) bare() []types.KeyState {
	if k.imported() {
		return []types.KeyState{types.KeyStatePendingImport}
	}
	return nil
}

// endow imports material into the successor, or a replica of it, unless it has it: a
// key without takes no other state. Without an ImportType the first import is one of
// new material, and another of the same is one of existing; "the import type for the
// replica Region key should be EXISTING_KEY_MATERIAL" (API reference,
// ImportKeyMaterial, ImportType).
func (w *work) endow(ctx context.Context, s Step) error {
	key, kind, brought := w.job().Successor.In(s.Region), types.ImportType(""), false
	if s.Region != w.job().Successor.Region {
		kind = types.ImportTypeExistingKeyMaterial
	}
	err := w.until(ctx, "that "+key.String()+" has its key material", func(ctx context.Context) (bool, error) {
		out, err := w.Writers(key.Region).DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: aws.String(string(key.ID))})
		switch {
		case err != nil:
			err = failed(err, "look at the successor "+key.String())
		case out.KeyMetadata.KeyState != types.KeyStatePendingImport:
			return true, nil
		case !brought:
			err = w.bring(ctx, key, *s.Material, kind)
			brought = err == nil
		}
		var unseen *types.NotFoundException // it was just made; not what the material is sealed under
		if errors.As(err, &unseen) && !errors.Is(err, ErrMaterial) {
			return false, nil
		}
		return false, err
	})
	if err != nil {
		return err
	}
	return w.enabled(ctx, key)
}
