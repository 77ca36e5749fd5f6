package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"strconv"
	"strings"
	"unicode"

	"rekey/shared/envelope"
	"rekey/shared/envelope/kmskeyring"
)

// maxFrame bounds the frame that is taken into memory. Other writers have larger
// ones than envelope.DefaultMaxFrameLength. Memory is taken only as a frame
// arrives, and a file of its size has to be there first.
const maxFrame = 256 << 20

// message decrypts one message, once or twice: it is the keyring that remembers
// the data key in between.
type message struct {
	d       *decrypter
	calls   *kmsCalls
	keyring *kmskeyring.Keyring
	key     envelope.DataKey
	reason  error // why no data key could be decrypted
}

func (d *decrypter) newMessage() (*message, error) {
	m := &message{d: d, calls: &kmsCalls{client: d.client}}
	var err error
	m.keyring, err = d.keyring(m.calls)
	return m, err
}

// wipe forgets the data key.
func (m *message) wipe() { clear(m.key) }

// OnEncrypt is never called.
func (m *message) OnEncrypt(context.Context, *envelope.EncryptionMaterials) error {
	return errors.ErrUnsupported
}

// OnDecrypt asks KMS the first time. A message that was exchanged before the
// second time does not open with the data key of the first: a message commits
// to its key.
func (m *message) OnDecrypt(ctx context.Context, materials *envelope.DecryptionMaterials, keys []envelope.EncryptedDataKey) error {
	if len(m.key) > 0 {
		materials.DataKey = bytes.Clone(m.key)
		return nil
	}
	err := m.keyring.OnDecrypt(ctx, materials, keys)
	switch {
	case err == nil:
		m.key = bytes.Clone(materials.DataKey)
	case len(m.calls.failures) > 0:
		m.reason = m.calls.failures
	case m.calls.answered != "":
		// KMS did decrypt; the keyring's error says what is wrong with it.
	default:
		m.reason = m.noKey(keys)
	}
	return err
}

// noKey says which keys would open the message, and which were given.
func (m *message) noKey(keys []envelope.EncryptedDataKey) error {
	var names, given []string
	for _, k := range keys {
		names = append(names, keyName(k))
	}
	for i, ref := range m.d.given {
		name := ref.String()
		if arn := m.d.keys[i].String(); arn != name {
			name += " (" + arn + ")"
		}
		given = append(given, name)
	}
	return fmt.Errorf("%w: the message is under %s; --key gave %s", envelope.ErrNoKey, strings.Join(names, ", "), strings.Join(given, ", "))
}

// keyName is what an encrypted data key says of its key. Anyone may have
// written it, so nothing of it reaches a terminal as it is but what can be seen.
func keyName(k envelope.EncryptedDataKey) string {
	if k.ProviderID == kmskeyring.ProviderID {
		return visible(string(k.ProviderInfo))
	}
	return "a key of " + visible(k.ProviderID)
}

// visible is a text from elsewhere, a file's name too, as a terminal may have it.
func visible(s string) string {
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) || r == '"' || r == unicode.ReplacementChar }) {
		return strconv.QuoteToASCII(s)
	}
	return s
}

// subject is an input's name for a report. JSON escapes what text must not show.
func (a *app) subject(name string) string {
	if a.output == "json" {
		return name
	}
	return visible(name)
}

// open reads the message to its end and writes the plaintext to dst.
func (m *message) open(ctx context.Context, src io.Reader, dst io.Writer) (outcome, error) {
	r, err := envelope.NewReader(ctx, src, m, func(o *envelope.OpenOptions) {
		o.EncryptionContext, o.RequiredKeys, o.RequireSigned = m.d.context, m.d.required, m.d.signed
		o.MaxFrameLength, o.MaxEncryptedDataKeys = maxFrame, m.d.maxKeys
	})
	if err != nil {
		return outcome{}, m.words(err)
	}
	done := outcome{keys: []string{m.calls.answered}, context: shown(r.Header().EncryptionContext)}
	err = buffered(dst, func(w io.Writer) (err error) {
		done.bytes, err = r.WriteTo(w)
		return err
	})
	return done, m.words(err)
}

// shown is an encryption context without the pair that is the format's own.
func shown(context map[string]string) map[string]string {
	out := maps.Clone(context)
	delete(out, "aws-crypto-public-key")
	return out
}

// words says what an error means, and what to do next.
func (m *message) words(err error) error {
	is := func(targets ...error) bool {
		for _, t := range targets {
			if errors.Is(err, t) {
				return true
			}
		}
		return false
	}
	switch {
	case err == nil:
		return nil
	case is(errInterrupted):
		return errInterrupted
	case is(envelope.ErrNoKey) && m.reason != nil:
		return m.reason
	case is(envelope.ErrContextMismatch):
		return fmt.Errorf("%w (rekey inspect shows the message's encryption context)", err)
	case is(envelope.ErrTooManyKeys):
		return fmt.Errorf("%w; each may cost a call to KMS; --max-keys allows more", err)
	case is(envelope.ErrTruncated):
		return fmt.Errorf("the message is cut off; get it once more: %w", err)
	case is(envelope.ErrTrailing):
		return fmt.Errorf("something was added to the message; get it once more: %w", err)
	case is(envelope.ErrFrameAuth, envelope.ErrHeaderAuth, envelope.ErrCommitment, envelope.ErrSignature):
		return fmt.Errorf("the message was altered; get it once more: %w", err)
	}
	return notMessage(err)
}

// notMessage adds to an error about something that is no message what it may
// be.
func notMessage(err error) error {
	if errors.Is(err, envelope.ErrMalformed) {
		return fmt.Errorf("%w (base64 takes --base64, a bare KMS ciphertext rekey decrypt --kms)", err)
	}
	return err
}
