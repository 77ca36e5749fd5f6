package decrypt

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
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
		}, kmskeyring.InRegionOf(key))
		tried := "decrypt under " + key.String()
		switch {
		case err != nil:
			failed = weightier(failed, serviceFailure(err, tried))
		case len(out.Plaintext) == 0 || !answers(key, aws.ToString(out.KeyId)):
			failed = weightier(failed, failure(Failed, "%s: the answer is not one of that key", tried))
		default:
			return Result{Value: secretref.NewSecret(out.Plaintext)}
		}
		if ctx.Err() != nil {
			break // there is no time to go on
		}
	}
	return Result{Failure: failed}
}

// answers says whether an answer under the key ARN got is one to a request that
// named key. Of an alias it can only be told that it stands for some key.
func answers(key keyid.Ref, got string) bool {
	arn, err := keyid.ParseARN(got)
	return err == nil && key.MayBe(arn)
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

// byARN leaves out the keys that are not given by ARN.
func byARN(keys []keyid.Ref) []keyid.Ref {
	return slices.DeleteFunc(slices.Clone(keys), func(k keyid.Ref) bool { _, ok := k.ARN(); return !ok })
}

func ringOf(client KMS, keys []keyid.Ref) (*kmskeyring.Keyring, error) {
	return kmskeyring.New(decryptOnly{client}, keys[0], func(o *kmskeyring.Options) { o.Additional = keys[1:] })
}

// maxDataKeys bounds the calls that one message can cause: each of its
// encrypted data keys that names an allowed key is one.
const maxDataKeys = 10

// message opens an AWS Encryption SDK message under the keys given by ARN.
func (r *run) message(ctx context.Context, f *fetch, message []byte) Result {
	keys := byARN(f.keys)
	if len(keys) == 0 {
		return Result{Failure: failure(NotAllowed, "%s:// references need a key that is given by its ARN: an alias does not say what a message was sealed under", f.ref.Kind)}
	}
	ring, err := ringOf(r.resolver.KMS, keys)
	if err != nil {
		return Result{Failure: &Failure{NotAllowed, fmt.Sprintf("the allowed keys do not make a keyring: %v", err), err}}
	}
	value, _, err := envelope.Open(ctx, message, ring, func(o *envelope.OpenOptions) {
		o.EncryptionContext = f.context
		o.MaxEncryptedDataKeys = maxDataKeys
	})
	if err != nil {
		return Result{Failure: envelopeFailure(err)}
	}
	return Result{Value: secretref.NewSecret(value)}
}
