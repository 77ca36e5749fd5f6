package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"rekey/shared/awserr"
	"rekey/shared/envelope/kmskeyring"
	"rekey/shared/keyid"
)

// kmsClient is the part of *kms.Client that encrypting and decrypting call.
type kmsClient interface {
	kmskeyring.Client
	describer
}

// kmsCalls makes the calls for one message. It remembers which key answered,
// and puts failures into words that say what to do next.
type kmsCalls struct {
	client   kmsClient
	answered string
	failures callErrors
}

func (c *kmsCalls) GenerateDataKey(ctx context.Context, in *kms.GenerateDataKeyInput, opts ...func(*kms.Options)) (*kms.GenerateDataKeyOutput, error) {
	out, err := c.client.GenerateDataKey(ctx, in, opts...)
	if err == nil {
		if err = checkAnswer(in.KeyId, out.KeyId, "CiphertextBlob", out.CiphertextBlob); err != nil {
			clear(out.Plaintext)
		}
	}
	return out, c.explain(ctx, "kms:GenerateDataKey", in.KeyId, err)
}

func (c *kmsCalls) Encrypt(ctx context.Context, in *kms.EncryptInput, opts ...func(*kms.Options)) (*kms.EncryptOutput, error) {
	out, err := c.client.Encrypt(ctx, in, opts...)
	if err == nil {
		err = checkAnswer(in.KeyId, out.KeyId, "CiphertextBlob", out.CiphertextBlob)
	}
	return out, c.explain(ctx, "kms:Encrypt", in.KeyId, err)
}

func (c *kmsCalls) Decrypt(ctx context.Context, in *kms.DecryptInput, opts ...func(*kms.Options)) (*kms.DecryptOutput, error) {
	out, err := c.client.Decrypt(ctx, in, opts...)
	if err == nil {
		if err = checkAnswer(in.KeyId, out.KeyId, "Plaintext", out.Plaintext); err != nil {
			clear(out.Plaintext)
		}
	}
	if err == nil {
		c.answered = aws.ToString(out.KeyId)
	}
	return out, c.explain(ctx, "kms:Decrypt", in.KeyId, err)
}

func (c *kmsCalls) DescribeKey(ctx context.Context, in *kms.DescribeKeyInput, opts ...func(*kms.Options)) (*kms.DescribeKeyOutput, error) {
	out, err := c.client.DescribeKey(ctx, in, opts...)
	return out, c.explain(ctx, "kms:DescribeKey", in.KeyId, err)
}

// checkAnswer refuses what is no answer to the call: an endpoint that says yes
// to everything must not have an output replaced with nothing, nor plaintext put
// under a key that was not asked for. An alias does not say which key it stands
// for, so any key may answer.
func checkAnswer(asked, answered *string, field string, value []byte) error {
	const ask = "is it KMS that answers? Check --endpoint-url or AWS_ENDPOINT_URL"
	arn, err := keyid.ParseARN(aws.ToString(answered))
	ref, _ := keyid.Parse(aws.ToString(asked)) // the zero Ref may be any key
	switch {
	case len(value) == 0:
		return fmt.Errorf("the answer has no %s; %s", field, ask)
	case err != nil:
		return fmt.Errorf("the answer names no key by its ARN, but %q; %s", aws.ToString(answered), ask)
	case !ref.MayBe(arn):
		return fmt.Errorf("the answer is from another key, %v; %s", arn, ask)
	}
	return nil
}

func (c *kmsCalls) explain(ctx context.Context, action string, key *string, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		err = errInterrupted
	default:
		err = &callError{fmt.Sprintf("%s with %s: %s", action, aws.ToString(key), wordsFor(action, aws.ToString(key), err)), err}
	}
	c.failures = append(c.failures, err)
	return err
}

// callError is a failed call in words for the user, in place of the SDK's.
type callError struct {
	text string
	err  error
}

func (e *callError) Error() string { return e.text }
func (e *callError) Unwrap() error { return e.err }

// callErrors are those of all keys that were tried. What failed in the same way
// for many encrypted data keys is said once.
type callErrors []error

func (e callErrors) Error() string {
	var texts []string
	for _, err := range e {
		if text := err.Error(); !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, "; and ")
}

func (e callErrors) Unwrap() []error { return e }

// wordsFor says why a call failed, and what to do next.
func wordsFor(action, key string, err error) string {
	why := awserr.Message(err)
	next := ""
	switch awserr.Classify(err) {
	case awserr.Denied:
		next = fmt.Sprintf("the caller needs %s on %s, by the key's policy or by IAM", action, key)
	case awserr.Credentials:
		next = "check the credentials: AWS_ACCESS_KEY_ID and the like, or --profile"
	case awserr.NotFound:
		next = "check --key, --region, and which account the credentials are of"
	case awserr.KeyDisabled:
		next = "enable the key, or name another one with --key (rekey inspect shows those of a message)"
	case awserr.KeyPendingDeletion:
		next = "take the deletion back (aws kms cancel-key-deletion) and enable the key; what is under it is lost when it is deleted"
	case awserr.WrongKey:
		next = "it was encrypted under another key, or altered"
	case awserr.InvalidCiphertext:
		why = "KMS does not recognise it (" + why + ")"
		next = "it was altered, or encrypted under another key, or with another encryption context"
	case awserr.Throttled:
		next = "all retries were refused too: try later, or ask for a higher quota"
	case awserr.Unreachable:
		why = "no answer from the endpoint: " + why
		var sent *url.Error
		if errors.As(err, &sent) {
			why = fmt.Sprintf("no answer from %s: %v", sent.URL, sent.Err)
		}
		next = "check --endpoint-url or AWS_ENDPOINT_URL, --region, and the network"
	}
	if next == "" {
		return why
	}
	return why + "; " + next
}
