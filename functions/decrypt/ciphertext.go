package decrypt

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"rekey/shared/envelope"
	"rekey/shared/envelope/kmskeyring"
	"rekey/shared/keyid"
	"rekey/shared/secretref"
)

// ciphertext decrypts under the first of the keys that it is of. The key is
// named in every call: KMS then refuses a ciphertext of any other one.
func (r *run) ciphertext(ctx context.Context, f *fetch) Result {
	var failed *Failure
	for _, key := range f.keys {
		out, err := r.resolver.KMS.Decrypt(ctx, &kms.DecryptInput{
			KeyId: new(key.String()), CiphertextBlob: f.ref.Blob, EncryptionContext: f.context,
		}, atHome(key))
		if err == nil {
			return Result{Value: secretref.NewSecret(out.Plaintext)}
		}
		this := serviceFailure(err, "decrypt under "+key.String())
		switch {
		case failed == nil || failed.Class == NotAllowed:
			failed = this // the first reason that is not just another key
		case this.Class != NotAllowed:
			// Which of the keys it is under cannot be told from here.
			failed.Message += "; " + this.Message
		}
		if this.Class == ContextMismatch || ctx.Err() != nil {
			break // it is of this key, or there is no time to go on
		}
	}
	return Result{Failure: failed}
}

// atHome sends a call to the Region of a key that is named by ARN.
func atHome(key keyid.Ref) func(*kms.Options) {
	return func(o *kms.Options) {
		if region, _, ok := key.Home(); ok {
			o.Region = string(region)
		}
	}
}

// decryptOnly is a kmskeyring.Client that cannot seal.
type decryptOnly struct{ KMS }

var errSeals = errors.New("this client only opens messages")

func (decryptOnly) GenerateDataKey(context.Context, *kms.GenerateDataKeyInput, ...func(*kms.Options)) (*kms.GenerateDataKeyOutput, error) {
	return nil, errSeals
}

func (decryptOnly) Encrypt(context.Context, *kms.EncryptInput, ...func(*kms.Options)) (*kms.EncryptOutput, error) {
	return nil, errSeals
}

// message opens an AWS Encryption SDK message under the keys given by ARN.
func (r *run) message(ctx context.Context, f *fetch) Result {
	var keys []keyid.Ref
	for _, k := range f.keys {
		if _, ok := k.ARN(); ok {
			keys = append(keys, k)
		}
	}
	if len(keys) == 0 {
		return Result{Failure: failure(NotAllowed, "envelope:// references need a key that is given by its ARN: an alias does not say what a message was sealed under")}
	}
	ring, err := kmskeyring.New(decryptOnly{r.resolver.KMS}, keys[0], func(o *kmskeyring.Options) { o.Additional = keys[1:] })
	if err != nil {
		return Result{Failure: &Failure{NotAllowed, fmt.Sprintf("the allowed keys do not make a keyring: %v", err), err}}
	}
	value, _, err := envelope.Open(ctx, f.ref.Blob, ring, func(o *envelope.OpenOptions) { o.EncryptionContext = f.context })
	if err != nil {
		return Result{Failure: envelopeFailure(err)}
	}
	return Result{Value: secretref.NewSecret(value)}
}
