package main

import (
	"bufio"
	"context"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/spf13/cobra"

	"rekey/shared/envelope/kmskeyring"
	"rekey/shared/keyid"
)

func (a *app) decryptCommand() *cobra.Command {
	var f cipherFlags
	var want demands
	c := &cobra.Command{
		Use:   "decrypt --key KEY [flags] [FILE|DIR|-]...",
		Short: "Decrypt files or a stream under KMS keys",
		Long: `decrypt reads messages of the AWS Encryption SDK, version 2. The keys that may
decrypt are always named; a message that is under none of them is refused,
whatever it says of itself. rekey inspect shows which keys a message names.

Of a message, each --context demands one pair of the encryption context, which
may have others too, and --require-context one key of it with any value. With
--kms, the context is exactly what --context gives.

Whoever may decrypt an unsigned message knows its data key, and can make another
message with that, of any content. --require-signed refuses messages that are not
signed (encrypt --sign): those are from someone who may encrypt under the key.

Nothing is written before the whole message is verified. For standard output
this means that a long file is read twice, and a stream is kept until its end,
encrypted as it is, from 4 MiB on in an unnamed temporary file (TMPDIR). Of a
file that is changed between the two readings, authentic frames may have gone
out when it fails.

One frame of a message is held in memory, of at most 256 MiB.
` + outputHelp,
		Example: `  rekey decrypt --key alias/app -o db.dump db.dump.rekey
  rekey decrypt --key alias/app --context app=shop < shop.rekey | psql shop
  rekey decrypt --key alias/app -r -o conf sealed/
  rekey decrypt --kms --base64 --key alias/app --context app=shop token.txt`,
		RunE: func(c *cobra.Command, args []string) error { return a.decrypt(c.Context(), f, want, args) },
	}
	f.register(c.Flags())
	c.Flags().StringArrayVar(&f.context, "context", nil, "k=v: pair that the encryption context must have; with --kms, all of its pairs (repeatable)")
	c.Flags().BoolVar(&want.signed, "require-signed", false, "refuse messages that are not signed: who can only decrypt can forge them")
	c.Flags().IntVar(&want.maxKeys, "max-keys", defaultMaxKeys, "refuse messages under more keys than so: each may cost a call to KMS")
	c.Flags().StringArrayVar(&want.required, "require-context", nil, "key that the encryption context must have, with any value (repeatable)")
	return c
}

// demands is what is demanded of a message, besides the pairs of its context.
type demands struct {
	required []string // keys of its context
	signed   bool
	maxKeys  int
}

// defaultMaxKeys is less than envelope.DefaultMaxEncryptedDataKeys: a message
// that was made to cost calls may name a key that is allowed again and again.
const defaultMaxKeys = 10

func (a *app) decrypt(ctx context.Context, f cipherFlags, want demands, args []string) error {
	refs, home, pairs, err := cipherKeys(f)
	switch {
	case err != nil:
		return err
	case len(refs) == 0:
		file := "FILE"
		if len(args) == 1 && args[0] != "-" {
			file = visible(args[0])
		}
		return usagef("--key is missing: decrypt always names its key; rekey inspect %s shows which keys a message names", file)
	case f.kms && len(want.required) > 0:
		return usagef("--require-context is for messages: a bare KMS ciphertext stores no context; give all of it with --context")
	case f.kms && (want.signed || f.given("max-keys")):
		return usagef("--require-signed and --max-keys are for messages, without --kms")
	case want.maxKeys < 1:
		return usagef("--max-keys %d: every message is under a key", want.maxKeys)
	}
	b, err := a.newBatch(args, f, false)
	if err != nil {
		return err
	}
	client, err := a.kmsFor(ctx, home)
	if err != nil {
		return err
	}
	d := &decrypter{client: client, given: refs, keys: refs, context: pairs, demands: want, kms: f.kms, base64: f.base64}
	if !f.kms {
		if d.keys, err = resolveKeys(ctx, &kmsCalls{client: client}, refs); err != nil {
			if ctx.Err() != nil {
				return errInterrupted
			}
			return err
		}
		if _, err := d.keyring(new(kmsCalls)); err != nil {
			return usagef("--key: %w", err)
		}
	}
	b.cipher = d
	return b.run(ctx)
}

// decrypter is the cipher of rekey decrypt.
type decrypter struct {
	client  kmsClient
	given   []keyid.Ref // as on the command line
	keys    []keyid.Ref // by ARN, for messages
	context map[string]string
	demands
	kms    bool
	base64 bool
}

func (d *decrypter) keyring(calls *kmsCalls) (*kmskeyring.Keyring, error) {
	return kmskeyring.New(calls, d.keys[0], func(o *kmskeyring.Options) { o.Additional = d.keys[1:] })
}

// ciphertext is what src holds without its base64.
func (d *decrypter) ciphertext(src io.Reader) io.Reader {
	if d.base64 {
		return newBase64Reader(src)
	}
	return src
}

func (d *decrypter) stream(ctx context.Context, src io.Reader, dst io.Writer) (outcome, error) {
	if d.kms {
		return d.bare(ctx, d.ciphertext(src), dst)
	}
	m, err := d.newMessage()
	if err != nil {
		return outcome{}, err
	}
	defer m.wipe()
	return m.open(ctx, d.ciphertext(src), dst)
}

// release reads a message twice: once to verify it, and then to write it. What
// cannot be read twice, or is short, is kept as it is the first time, encrypted.
func (d *decrypter) release(ctx context.Context, in *opened, src io.Reader, dst io.Writer, verified func()) (outcome, error) {
	if d.kms {
		return d.bare(ctx, d.ciphertext(src), dst)
	}
	m, err := d.newMessage()
	if err != nil {
		return outcome{}, err
	}
	defer m.wipe()
	again := func() (io.Reader, error) { return d.ciphertext(&checked{ctx, in.File}), in.rewind() }
	first := d.ciphertext(src)
	if !in.regular || in.size <= spoolMemory {
		var s spool
		defer s.Close()
		first = io.TeeReader(first, &s)
		again = func() (io.Reader, error) { return &checked{ctx, s.reader()}, nil }
	}
	if _, err := m.open(ctx, first, io.Discard); err != nil {
		return outcome{}, err
	}
	verified()
	second, err := again()
	if err != nil {
		return outcome{}, err
	}
	done, err := m.open(ctx, second, dst)
	if err != nil {
		return outcome{}, fmt.Errorf("standard output has only a part, which must be discarded: %w", err)
	}
	return done, nil
}

// bare decrypts with KMS itself. The ciphertext does not say which of the keys
// it is under, and each may fail for reasons of its own, so all are tried.
func (d *decrypter) bare(ctx context.Context, src io.Reader, dst io.Writer) (outcome, error) {
	const most = 6144 // KMS API reference, Decrypt
	ciphertext, err := io.ReadAll(io.LimitReader(src, most+1))
	switch {
	case err != nil:
		return outcome{}, err
	case len(ciphertext) == 0:
		return outcome{}, fmt.Errorf("it is empty")
	case len(ciphertext) > 2 && ciphertext[0] == 2 && ciphertext[2] == 0x78:
		return outcome{}, fmt.Errorf("it is a message, not a bare KMS ciphertext; leave --kms away")
	case len(ciphertext) > most:
		return outcome{}, fmt.Errorf("it is longer than any bare KMS ciphertext; is it a message? Then leave --kms away")
	}
	calls := &kmsCalls{client: d.client}
	for _, ref := range d.keys {
		out, err := calls.Decrypt(ctx, &kms.DecryptInput{
			KeyId: new(ref.String()), CiphertextBlob: ciphertext, EncryptionContext: d.context,
		}, kmskeyring.InRegionOf(ref))
		if err == nil {
			defer clear(out.Plaintext)
			_, err = dst.Write(out.Plaintext)
			return outcome{bytes: int64(len(out.Plaintext)), keys: []string{aws.ToString(out.KeyId)}, context: d.context}, err
		}
		if ctx.Err() != nil {
			return outcome{}, errInterrupted
		}
	}
	return outcome{}, calls.failures
}

// buffered gathers the frames of a message for a destination where every write
// costs a system call.
func buffered(dst io.Writer, write func(io.Writer) error) error {
	if dst == io.Discard {
		return write(dst)
	}
	w := bufio.NewWriterSize(dst, chunk)
	if err := write(w); err != nil {
		return err
	}
	return w.Flush()
}
