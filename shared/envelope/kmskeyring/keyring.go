package kmskeyring

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"rekey/shared/envelope"
	"rekey/shared/keyid"
)

// ProviderID is the provider id of the encrypted data keys that this keyring
// writes and reads.
const ProviderID = "aws-kms"

// Client is the part of *kms.Client that a Keyring calls.
type Client interface {
	GenerateDataKey(context.Context, *kms.GenerateDataKeyInput, ...func(*kms.Options)) (*kms.GenerateDataKeyOutput, error)
	Encrypt(context.Context, *kms.EncryptInput, ...func(*kms.Options)) (*kms.EncryptOutput, error)
	Decrypt(context.Context, *kms.DecryptInput, ...func(*kms.Options)) (*kms.DecryptOutput, error)
}

// Options are the settings of a Keyring that have a default.
type Options struct {
	// Additional keys encrypt the data key besides the generator: any of them
	// can open the message.
	Additional []keyid.Ref
	// GrantTokens go with every call.
	GrantTokens []string
}

// Keyring is made by New. It may be used by many goroutines at once.
type Keyring struct {
	client      Client
	keys        []keyid.Ref // the generator first
	grantTokens []string
}

// New makes a keyring of the generator key, which makes data keys, and the
// additional ones of opts. To seal, a key may be named in any form; the client's
// own Region is called for a bare id or alias. Only keys that are named by their
// key ARN can open messages, since an alias may have pointed to another key when
// the message was sealed.
//
// One client serves all Regions: each call sets the Region of the key's ARN in
// the call's own options, which endpoint and signature follow. A client for each
// Region would be the same credentials and settings many times over.
//
// Its error says which key is named twice: the same key, or related
// multi-Region keys (framework/aws-kms/aws-kms-mrk-are-unique.md).
func New(client Client, generator keyid.Ref, opts ...func(*Options)) (*Keyring, error) {
	var o Options
	for _, set := range opts {
		set(&o)
	}
	if client == nil {
		return nil, errors.New("kmskeyring: no KMS client")
	}
	keys := append([]keyid.Ref{generator}, o.Additional...)
	for i, k := range keys {
		if k.IsZero() {
			return nil, fmt.Errorf("kmskeyring: key %d names no KMS key", i+1)
		}
		for _, other := range keys[:i] {
			if sameKey(k, other) {
				return nil, fmt.Errorf("kmskeyring: %v and %v are the same key, or related multi-Region keys", other, k)
			}
		}
	}
	return &Keyring{client: client, keys: keys, grantTokens: slices.Clone(o.GrantTokens)}, nil
}

func sameKey(a, b keyid.Ref) bool {
	arnA, okA := a.ARN()
	arnB, okB := b.ARN()
	if okA && okB {
		return arnA.Related(arnB)
	}
	// The id of a multi-Region key is unique; of others, no two keys in one
	// Region have the same, but a bare id does not say its Region.
	idA, okA := a.ID()
	idB, okB := b.ID()
	return a == b || okA && okB && idA == idB && idA.MultiRegion()
}

// OnEncrypt has the generator make a data key, unless m has one, and the
// additional keys encrypt it. The KMS calls are made one after another; with an
// error from any, m stays as it was. (aws-kms-keyring.md, "OnEncrypt")
func (k *Keyring) OnEncrypt(ctx context.Context, m *envelope.EncryptionMaterials) error {
	dataKey, rest := m.DataKey, k.keys
	var made []envelope.EncryptedDataKey
	if len(dataKey) == 0 {
		var first envelope.EncryptedDataKey
		var err error
		if dataKey, first, err = k.generate(ctx, k.keys[0], m); err != nil {
			return err
		}
		made, rest = append(made, first), k.keys[1:]
	}
	for _, ref := range rest {
		encrypted, err := k.encrypt(ctx, ref, dataKey, m)
		if err != nil {
			if len(m.DataKey) == 0 {
				clear(dataKey)
			}
			return err
		}
		made = append(made, encrypted)
	}
	m.DataKey, m.EncryptedDataKeys = dataKey, append(m.EncryptedDataKeys, made...)
	return nil
}

func (k *Keyring) generate(ctx context.Context, ref keyid.Ref, m *envelope.EncryptionMaterials) (envelope.DataKey, envelope.EncryptedDataKey, error) {
	fail := func(err error) (envelope.DataKey, envelope.EncryptedDataKey, error) {
		return nil, envelope.EncryptedDataKey{}, fmt.Errorf("kmskeyring: GenerateDataKey under %v: %w", ref, err)
	}
	out, err := k.client.GenerateDataKey(ctx, &kms.GenerateDataKeyInput{
		KeyId:             aws.String(ref.String()),
		NumberOfBytes:     aws.Int32(int32(m.Suite.KeyLen())),
		EncryptionContext: m.EncryptionContext,
		GrantTokens:       k.grantTokens,
	}, InRegionOf(ref))
	if err != nil {
		return fail(err)
	}
	if len(out.Plaintext) != m.Suite.KeyLen() {
		clear(out.Plaintext)
		return fail(fmt.Errorf("KMS gave a data key of %d bytes, not %d", len(out.Plaintext), m.Suite.KeyLen()))
	}
	encrypted, err := encryptedUnder(ref, out.KeyId, out.CiphertextBlob)
	if err != nil {
		clear(out.Plaintext)
		return fail(err)
	}
	return out.Plaintext, encrypted, nil
}

func (k *Keyring) encrypt(ctx context.Context, ref keyid.Ref, dataKey envelope.DataKey, m *envelope.EncryptionMaterials) (envelope.EncryptedDataKey, error) {
	out, err := k.client.Encrypt(ctx, &kms.EncryptInput{
		KeyId:             aws.String(ref.String()),
		Plaintext:         dataKey,
		EncryptionContext: m.EncryptionContext,
		GrantTokens:       k.grantTokens,
	}, InRegionOf(ref))
	var encrypted envelope.EncryptedDataKey
	if err == nil {
		encrypted, err = encryptedUnder(ref, out.KeyId, out.CiphertextBlob)
	}
	if err != nil {
		return encrypted, fmt.Errorf("kmskeyring: Encrypt under %v: %w", ref, err)
	}
	return encrypted, nil
}

// encryptedUnder makes the encrypted data key of a KMS answer. The answer names
// the key by its ARN, whatever form the request had; where the request named
// the key by ARN or id, the answer must be from that key.
func encryptedUnder(ref keyid.Ref, answered *string, ciphertext []byte) (envelope.EncryptedDataKey, error) {
	arn, err := keyid.ParseARN(aws.ToString(answered))
	if err != nil {
		return envelope.EncryptedDataKey{}, fmt.Errorf("the answer's KeyId is not a key ARN: %w", err)
	}
	wantARN, isARN := ref.ARN()
	wantID, isID := ref.ID()
	if isARN && arn != wantARN || isID && arn.ID != wantID {
		return envelope.EncryptedDataKey{}, fmt.Errorf("the answer is from another key, %v", arn)
	}
	if len(ciphertext) == 0 {
		// Nothing would ever open the message.
		return envelope.EncryptedDataKey{}, errors.New("the answer has no ciphertext")
	}
	return envelope.EncryptedDataKey{ProviderID: ProviderID, ProviderInfo: []byte(arn.String()), Ciphertext: bytes.Clone(ciphertext)}, nil
}

// OnDecrypt tries each key of the keyring on each encrypted data key that
// matches it, in the order of the keyring, until one decrypts. Its error joins
// those of all tries. An encrypted data key of KMS that names no key ARN fails
// the whole before any call. (aws-kms-mrk-keyring.md, "OnDecrypt")
func (k *Keyring) OnDecrypt(ctx context.Context, m *envelope.DecryptionMaterials, encrypted []envelope.EncryptedDataKey) error {
	if len(m.DataKey) != 0 {
		return errors.New("kmskeyring: there is a data key already")
	}
	for i, e := range encrypted {
		if e.ProviderID == ProviderID && !looksLikeKeyARN(string(e.ProviderInfo)) {
			return fmt.Errorf("kmskeyring: encrypted data key %d: %q is not a key ARN", i+1, e.ProviderInfo)
		}
	}
	var reasons []error
	for _, ref := range k.keys {
		arn, ok := ref.ARN()
		if !ok {
			reasons = append(reasons, fmt.Errorf("kmskeyring: %v is not a key ARN, and decrypts nothing", ref))
			continue
		}
		for i, e := range encrypted {
			if !matches(arn, e) {
				continue
			}
			plain, err := k.decrypt(ctx, arn, e.Ciphertext, m)
			if err == nil {
				m.DataKey = plain
				return nil
			}
			reasons = append(reasons, fmt.Errorf("kmskeyring: encrypted data key %d: Decrypt under %v: %w", i+1, arn, err))
			if ctx.Err() != nil {
				return errors.Join(reasons...)
			}
		}
	}
	if len(reasons) == 0 {
		reasons = append(reasons, fmt.Errorf("kmskeyring: the message is under %s; the keyring has %v", providers(encrypted), k.keys))
	}
	return errors.Join(reasons...)
}

// matches says whether the key may decrypt the encrypted data key
// (aws-kms-mrk-match-for-decrypt.md).
func matches(key keyid.ARN, e envelope.EncryptedDataKey) bool {
	if e.ProviderID != ProviderID {
		return false
	}
	arn, err := keyid.ParseARN(string(e.ProviderInfo))
	return err == nil && key.Related(arn)
}

func (k *Keyring) decrypt(ctx context.Context, arn keyid.ARN, ciphertext []byte, m *envelope.DecryptionMaterials) (envelope.DataKey, error) {
	out, err := k.client.Decrypt(ctx, &kms.DecryptInput{
		KeyId:             aws.String(arn.String()),
		CiphertextBlob:    ciphertext,
		EncryptionContext: m.EncryptionContext,
		GrantTokens:       k.grantTokens,
	}, InRegionOf(arn.Ref()))
	if err != nil {
		return nil, err
	}
	if got := aws.ToString(out.KeyId); got != arn.String() {
		err = fmt.Errorf("the answer is from another key, %q", got)
	} else if len(out.Plaintext) != m.Suite.KeyLen() {
		err = fmt.Errorf("KMS gave a data key of %d bytes, not %d", len(out.Plaintext), m.Suite.KeyLen())
	}
	if err != nil {
		clear(out.Plaintext)
		return nil, err
	}
	return out.Plaintext, nil
}

// looksLikeKeyARN applies the format's own, wider notion of a key ARN
// (aws-kms-key-arn.md, "A valid AWS KMS ARN"). What passes here and is not a
// keyid.ARN matches no key.
func looksLikeKeyARN(s string) bool {
	parts := strings.SplitN(s, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "kms" || parts[1] == "" || parts[3] == "" || parts[4] == "" {
		return false
	}
	id, ok := strings.CutPrefix(parts[5], "key/")
	return ok && id != ""
}

// providers lists what the encrypted data keys say of themselves, for an error.
// Anyone may have written it, so it is quoted: it may be shown by a terminal.
func providers(encrypted []envelope.EncryptedDataKey) string {
	var names []string
	for _, e := range encrypted {
		name := fmt.Sprintf("%q", e.ProviderID)
		if e.ProviderID == ProviderID {
			name = fmt.Sprintf("%q", e.ProviderInfo)
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// InRegionOf sends a call to the Region of a key or alias that is named by ARN;
// of any other, to the client's own.
func InRegionOf(ref keyid.Ref) func(*kms.Options) {
	return func(o *kms.Options) {
		if region, _, ok := ref.Home(); ok {
			o.Region = string(region)
		}
	}
}
