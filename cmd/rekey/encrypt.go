package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/spf13/cobra"

	"rekey/shared/envelope"
	"rekey/shared/envelope/kmskeyring"
	"rekey/shared/keyid"
)

func (a *app) encryptCommand() *cobra.Command {
	var f cipherFlags
	var sign bool
	c := &cobra.Command{
		Use:   "encrypt --key KEY [flags] [FILE|DIR|-]...",
		Short: "Encrypt files or a stream under KMS keys",
		Long: `encrypt writes messages of the AWS Encryption SDK, version 2, of any length, with
one call to KMS for each key. Where several keys are given, any one of them can
decrypt. The first makes the data key (kms:GenerateDataKey), the others encrypt
it too (kms:Encrypt). A message under more than 10 takes decrypt --max-keys.

The encryption context is not secret: it stands in the message in plain, is
protected against changes, and shows in AWS CloudTrail. With --kms it is not
stored, and must be known to decrypt.
` + outputHelp,
		Example: `  rekey encrypt --key alias/app -o db.dump.rekey db.dump
  pg_dump shop | rekey encrypt --key alias/app --context app=shop > shop.rekey
  rekey encrypt --key alias/app --key arn:aws:kms:eu-west-1:444455556666:key/… -r -o sealed conf/
  printf %s "$TOKEN" | rekey encrypt --kms --base64 --key alias/app --context app=shop`,
		RunE: func(c *cobra.Command, args []string) error { return a.encrypt(c.Context(), f, sign, args) },
	}
	f.register(c.Flags())
	c.Flags().StringArrayVar(&f.context, "context", nil, "k=v: pair of the encryption context (repeatable)")
	c.Flags().BoolVar(&sign, "sign", false, "sign the message, so that who can only decrypt cannot forge one, if decrypt has --require-signed; slower")
	return c
}

func (a *app) encrypt(ctx context.Context, f cipherFlags, sign bool, args []string) error {
	refs, home, pairs, err := cipherKeys(f)
	switch {
	case err != nil:
		return err
	case len(refs) == 0:
		return usagef("--key is missing: the ARN, id or alias of the KMS key to encrypt under")
	case f.kms && len(refs) > 1:
		return usagef("--kms takes one --key; a message, without --kms, can be under several")
	case f.kms && sign:
		return usagef("--sign is for messages, without --kms")
	}
	b, err := a.newBatch(args, f, true)
	if err != nil {
		return err
	}
	client, err := a.kmsFor(ctx, home)
	if err != nil {
		return err
	}
	e := &encrypter{client: client, keys: refs, context: pairs, kms: f.kms, base64: f.base64, suite: envelope.SuiteCommit}
	if sign {
		e.suite = envelope.SuiteCommitSigned
	}
	if _, err := e.keyring(new(kmsCalls)); err != nil {
		return usagef("--key: %w", err)
	}
	b.cipher = e
	return b.run(ctx)
}

// encrypter is the cipher of rekey encrypt.
type encrypter struct {
	client  kmsClient
	keys    []keyid.Ref
	context map[string]string
	kms     bool
	base64  bool
	suite   envelope.Suite
}

func (e *encrypter) keyring(calls *kmsCalls) (envelope.Keyring, error) {
	return kmskeyring.New(calls, e.keys[0], func(o *kmskeyring.Options) { o.Additional = e.keys[1:] })
}

func (e *encrypter) stream(ctx context.Context, src io.Reader, dst io.Writer) (outcome, error) {
	write := e.message
	if e.kms {
		write = e.bare
	}
	if !e.base64 {
		return write(ctx, src, dst)
	}
	text := newBase64Writer(dst)
	done, err := write(ctx, src, text)
	if err == nil {
		err = text.Close()
	}
	return done, err
}

// release keeps the message until all of the input is read: a message that
// breaks off is of no use to whoever reads it.
func (e *encrypter) release(ctx context.Context, _ *opened, src io.Reader, dst io.Writer, verified func()) (outcome, error) {
	var s spool
	defer s.Close()
	done, err := e.stream(ctx, src, &s)
	if err != nil {
		return outcome{}, err
	}
	verified()
	_, err = copyAll(dst, &checked{ctx, s.reader()})
	return done, err
}

// message encrypts into a message of the AWS Encryption SDK.
func (e *encrypter) message(ctx context.Context, src io.Reader, dst io.Writer) (outcome, error) {
	calls := &kmsCalls{client: e.client}
	inner, err := e.keyring(calls)
	if err != nil {
		return outcome{}, err
	}
	k := &sealing{Keyring: inner, given: e.keys}
	w, err := envelope.NewWriter(ctx, dst, k, func(o *envelope.SealOptions) { o.Suite, o.EncryptionContext = e.suite, e.context })
	if err != nil {
		if len(calls.failures) > 0 {
			return outcome{}, calls.failures
		}
		return outcome{}, err
	}
	n, err := copyAll(w, src)
	if err == nil {
		err = w.Close()
	}
	return outcome{bytes: n, keys: k.keys, context: e.context}, err
}

// sealing is a keyring that remembers which keys a message got. Two names of
// one key show only now, when KMS has said what they stand for.
type sealing struct {
	envelope.Keyring
	given []keyid.Ref
	keys  []string
}

func (k *sealing) OnEncrypt(ctx context.Context, m *envelope.EncryptionMaterials) error {
	before := *m
	if err := k.Keyring.OnEncrypt(ctx, m); err != nil {
		return err
	}
	of := map[string]keyid.Ref{}
	for i, e := range m.EncryptedDataKeys {
		arn := string(e.ProviderInfo)
		if first, twice := of[arn]; twice {
			clear(m.DataKey)
			*m = before
			return usagef("--key %s and --key %s are the same key, %s: give it once", first, k.given[i], arn)
		}
		of[arn] = k.given[i]
		k.keys = append(k.keys, arn)
	}
	return nil
}

// The most that KMS encrypts itself (KMS API reference, Encrypt).
const maxBare = 4096

// bare encrypts with KMS itself.
func (e *encrypter) bare(ctx context.Context, src io.Reader, dst io.Writer) (outcome, error) {
	plain, err := io.ReadAll(io.LimitReader(src, maxBare+1))
	defer clear(plain)
	switch {
	case err != nil:
		return outcome{}, err
	case len(plain) > maxBare:
		return outcome{}, fmt.Errorf("it is longer than %d bytes, the most that KMS encrypts itself; leave --kms away to encrypt any length", maxBare)
	case len(plain) == 0:
		return outcome{}, errors.New("it is empty, and KMS itself encrypts no empty plaintext; leave --kms away")
	}
	calls := &kmsCalls{client: e.client}
	out, err := calls.Encrypt(ctx, &kms.EncryptInput{
		KeyId: new(e.keys[0].String()), Plaintext: plain, EncryptionContext: e.context,
	}, kmskeyring.InRegionOf(e.keys[0]))
	if err != nil {
		return outcome{}, err
	}
	_, err = dst.Write(out.CiphertextBlob)
	return outcome{bytes: int64(len(plain)), keys: []string{aws.ToString(out.KeyId)}, context: e.context}, err
}
