package rotate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rekey/shared/envelope"
	"rekey/shared/envelope/kmskeyring"
	"rekey/shared/keyid"
	"rekey/shared/secretref"
)

// What the encryption context of sealed material tells.
const (
	materialFor = "rekey:material-for" // the ARN of the (primary) key
	validTo     = "rekey:valid-to"     // when it expires, as 2027-01-31T00:00:00Z
)

const (
	// mostSealed is more than a message has with a private key of RSA_4096, which is the
	// largest material, and some encrypted data keys.
	mostSealed = 64 << 10
	// latestExpiry is the furthest that material may expire (API reference,
	// ImportKeyMaterial, ValidTo).
	latestExpiry = 365 * day
	// mostDataKeys bounds the calls that one message can cause.
	mostDataKeys = 10
)

// importMaterial imports new material into the primary key, and then the same into a
// replica key, as material that exists (API reference, ImportKeyMaterial, ImportType).
func (w *work) importMaterial(ctx context.Context, s Step) (string, error) {
	if w.job().Plan.Way == Successor {
		return "", w.endow(ctx, s)
	}
	primary, name := w.job().Plan.Key, s.Material.String()
	k, err := w.withMaterials(ctx, primary)
	if err != nil {
		return "", err
	}
	kind, ours := types.ImportTypeNewKeyMaterial, named(k.Materials.Value, name)
	switch p := k.pending(); {
	case s.Region != primary.Region && ours == nil:
		return "", fmt.Errorf("import %s into %s: %w: the primary key does not have it: it was deleted there since", name, primary.In(s.Region), ErrMaterial)
	case s.Region != primary.Region:
		kind = types.ImportTypeExistingKeyMaterial
		if k, err = w.withMaterials(ctx, primary.In(s.Region)); err != nil {
			return "", err
		}
	case ours != nil && ours.Import != types.ImportStateImported:
		kind = types.ImportTypeExistingKeyMaterial
	case ours == nil && p != nil:
		return "", fmt.Errorf("import %s into %s: %w: other material, %s (%q), waits for its rotation: rotate to it, or delete it", name, primary, ErrMaterial, short(p.ID), p.Description)
	}
	if ours != nil && has(k.Materials.Value, ours.ID) {
		return "", nil
	}
	return "", w.bring(ctx, primary.In(s.Region), *s.Material, kind)
}

// named is the material that was imported from that object, nil where none was.
func named(all []Material, description string) *Material {
	for i := range all {
		if all[i].Description == description {
			return &all[i]
		}
	}
	return nil
}

// bring unseals material and imports it into one key.
func (w *work) bring(ctx context.Context, key keyid.ARN, from Sealed, kind types.ImportType) error {
	secret, expires, err := w.unseal(ctx, from)
	if err != nil {
		return err
	}
	defer secret.Wipe()
	client, id, of := w.Writers(key.Region), aws.String(string(key.ID)), w.job().Plan.Kind
	offer, err := client.GetParametersForImport(ctx, &kms.GetParametersForImportInput{
		KeyId: id, WrappingAlgorithm: of.wrapping(), WrappingKeySpec: types.WrappingKeySpecRsa4096,
	})
	if err != nil {
		return failed(err, "ask for a key to wrap new material for "+key.String()+" with")
	}
	wrapped, err := of.wrap(secret, offer.PublicKey)
	if err != nil {
		return fmt.Errorf("wrap the material for %s: %w", key, err)
	}
	in := &kms.ImportKeyMaterialInput{
		KeyId: id, ImportToken: offer.ImportToken, EncryptedKeyMaterial: wrapped,
		ExpirationModel: types.ExpirationModelTypeKeyMaterialDoesNotExpire,
	}
	if of.symmetric() { // no others take them (API reference, ImportKeyMaterial)
		in.ImportType, in.KeyMaterialDescription = kind, aws.String(from.String())
	}
	if !expires.IsZero() {
		in.ExpirationModel, in.ValidTo = types.ExpirationModelTypeKeyMaterialExpires, &expires
	}
	_, err = client.ImportKeyMaterial(ctx, in)
	return failed(err, "import "+from.String()+" into "+key.String())
}

// unseal opens the object's message, which must have been sealed for this key, under
// one of the allowed keys.
func (w *work) unseal(ctx context.Context, from Sealed) (secret secretref.Secret, expires time.Time, err error) {
	message, err := w.fetch(ctx, from)
	if err != nil {
		return secret, expires, err
	}
	if len(w.MaterialKeys) == 0 {
		return secret, expires, fmt.Errorf("open %s: %w: no key is allowed to have sealed it: set %s", from, ErrMaterial, EnvMaterialKeys)
	}
	ring, err := kmskeyring.New(openOnly{w.Writers(w.job().Plan.Key.Region)}, w.MaterialKeys[0], func(o *kmskeyring.Options) { o.Additional = w.MaterialKeys[1:] })
	if err != nil {
		return secret, expires, fmt.Errorf("open %s: the keys of %s: %w", from, EnvMaterialKeys, err)
	}
	plaintext, header, err := envelope.Open(ctx, message, ring, func(o *envelope.OpenOptions) {
		o.EncryptionContext = map[string]string{materialFor: w.job().Plan.Key.String()}
		o.MaxEncryptedDataKeys = mostDataKeys
	})
	if err != nil {
		return secret, expires, fmt.Errorf("%w: %w", ErrMaterial, failed(err, "open "+from.String()))
	}
	secret = secretref.NewSecret(plaintext)
	if err = w.job().Plan.Kind.fits(secret.Reveal()); err == nil {
		expires, err = expiry(header.EncryptionContext, w.Now())
	}
	if err != nil {
		secret.Wipe()
		return secret, expires, fmt.Errorf("open %s: %w: %w", from, ErrMaterial, err)
	}
	return secret, expires, nil
}

// expiry is when material is to expire, as its encryption context tells; zero: never.
func expiry(pairs map[string]string, now time.Time) (time.Time, error) {
	text, ok := pairs[validTo]
	if !ok {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	switch {
	case err != nil:
		return at, fmt.Errorf("its %s %q is no time such as 2027-01-31T00:00:00Z", validTo, text)
	case !at.After(now) || at.After(now.Add(latestExpiry)):
		return at, fmt.Errorf("its %s %s is not within a year from now", validTo, text)
	}
	return at, nil
}

// fetch reads a sealed object.
func (w *work) fetch(ctx context.Context, from Sealed) ([]byte, error) {
	in := &s3.GetObjectInput{Bucket: &from.Bucket, Key: &from.Name}
	if from.Version != "" {
		in.VersionId = &from.Version
	}
	out, err := w.Objects.GetObject(ctx, in)
	if err != nil {
		return nil, failed(err, "read "+from.String())
	}
	defer out.Body.Close()
	message, err := io.ReadAll(io.LimitReader(out.Body, mostSealed+1))
	switch {
	case err != nil:
		return nil, failed(err, "read "+from.String())
	case len(message) > mostSealed:
		return nil, fmt.Errorf("read %s: %w: it has more than %d bytes", from, ErrMaterial, mostSealed)
	}
	return message, nil
}

// openOnly is a kmskeyring.Client that cannot seal.
type openOnly struct{ Trier }

var errSeals = errors.New("this client only opens messages")

func (openOnly) GenerateDataKey(context.Context, *kms.GenerateDataKeyInput, ...func(*kms.Options)) (*kms.GenerateDataKeyOutput, error) {
	return nil, errSeals
}
