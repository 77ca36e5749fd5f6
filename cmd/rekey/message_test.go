package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	"rekey/lab"
	"rekey/shared/awserr"
	"rekey/shared/envelope"
	"rekey/shared/keyid"
)

// pair gives both ciphers for a key of a lab that is called without a network.
func pair(t *testing.T) (*labWorld, *encrypter, *decrypter) {
	w := startLab(t)
	ref, err := keyid.Parse(w.key)
	if err != nil {
		t.Fatal(err)
	}
	return w, &encrypter{client: w.client, keys: []keyid.Ref{ref}, suite: envelope.SuiteCommit},
		&decrypter{client: w.client, given: []keyid.Ref{ref}, keys: []keyid.Ref{ref}}
}

// A file that is exchanged between verifying and writing does not get through:
// not a bad message, nor a good one under another data key.
func TestExchangedBetweenReadings(t *testing.T) {
	_, e, d := pair(t)
	var first, second bytes.Buffer
	for _, b := range []*bytes.Buffer{&first, &second} {
		if _, err := e.stream(t.Context(), bytes.NewReader(noise(2*spoolMemory)), b); err != nil {
			t.Fatal(err)
		}
	}
	damaged := bytes.Clone(first.Bytes())
	damaged[len(damaged)-1] ^= 1
	for name, exchanged := range map[string][]byte{"another": second.Bytes(), "damaged": damaged, "cut": damaged[:100]} {
		path := write(t, filepath.Join(t.TempDir(), "in"), first.Bytes())
		in, err := findInputs([]string{path}, false, nil)[0].open(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		_, err = d.release(t.Context(), in, in.reader(t.Context()), &out, func() { write(t, path, exchanged) })
		in.Close()
		if err == nil || !strings.Contains(err.Error(), "discarded") {
			t.Errorf("%s: %v, %d bytes", name, err, out.Len())
		}
		if name != "damaged" && out.Len() > 0 {
			t.Errorf("%s: %d bytes went out", name, out.Len())
		}
	}
}

// An input that breaks leaves no part of a message.
func TestBrokenInput(t *testing.T) {
	_, e, d := pair(t)
	broken := errors.New("broken")
	src := io.MultiReader(bytes.NewReader(noise(1<<20)), errorReader{broken})
	var out bytes.Buffer
	if _, err := e.release(t.Context(), &opened{}, src, &out, func() {}); !errors.Is(err, broken) || out.Len() > 0 {
		t.Errorf("encrypt: %v, %d bytes", err, out.Len())
	}
	var sealed bytes.Buffer
	if _, err := e.stream(t.Context(), bytes.NewReader(noise(1<<20)), &sealed); err != nil {
		t.Fatal(err)
	}
	src = io.MultiReader(io.LimitReader(&sealed, 1<<19), errorReader{broken})
	if _, err := d.release(t.Context(), &opened{}, src, &out, func() {}); !errors.Is(err, broken) || out.Len() > 0 {
		t.Errorf("decrypt: %v, %d bytes", err, out.Len())
	}
}

type errorReader struct{ error }

func (r errorReader) Read([]byte) (int, error) { return 0, r.error }

// Whoever may not is told what is missing, on which key.
func TestDeniedWords(t *testing.T) {
	w, e, _ := pair(t)
	e.client = kms.NewFromConfig(w.lab.Config("eu-west-1", lab.Root("444455556666")))
	_, err := e.stream(t.Context(), strings.NewReader("secret words"), io.Discard)
	if awserr.Classify(err) != awserr.Denied || !strings.Contains(err.Error(), "needs kms:GenerateDataKey on "+w.key) || strings.Contains(err.Error(), "secret words") {
		t.Error(err)
	}
}

// Each class says what to do next, but for those that the service explains.
func TestWordsFor(t *testing.T) {
	api := func(code string) error { return &smithy.GenericAPIError{Code: code, Message: "why"} }
	pending := "k is pending deletion."
	for want, err := range map[string]error{
		"needs kms:Decrypt on k":      api("AccessDeniedException"),
		"check the credentials":       api("UnrecognizedClientException"),
		"which account":               api("NotFoundException"),
		"enable the key":              &types.DisabledException{},
		"cancel-key-deletion":         &types.KMSInvalidStateException{Message: &pending},
		"another key, or altered":     api("IncorrectKeyException"),
		"another encryption context":  api("InvalidCiphertextException"),
		"try later":                   api("ThrottlingException"),
		"no answer from http://there": &url.Error{Op: "Post", URL: "http://there", Err: os.ErrDeadlineExceeded},
		"ValidationException: why":    api("ValidationException"),
	} {
		if got := wordsFor("kms:Decrypt", "k", err); !strings.Contains(got, want) {
			t.Errorf("%v: %q does not say %q", err, got, want)
		}
	}
}

// What a message says of itself cannot steer a terminal.
func TestVisible(t *testing.T) {
	h := envelope.Header{
		EncryptionContext: map[string]string{"a\x1b[2J": "b\n  key  aws-kms forged"},
		EncryptedDataKeys: []envelope.EncryptedDataKey{{ProviderID: "aws-kms", ProviderInfo: []byte("\x1b]0;title\a")}, {ProviderID: "raw\r"}},
	}
	if text := describe(input{name: "\x1b]0;title\a\r"}, h); strings.ContainsAny(text, "\x1b\a\r") || strings.Contains(text, "\n  key  aws-kms forged") {
		t.Errorf("%q", text)
	}
}

// In a report neither can a file's name, and JSON has it as it is.
func TestSubject(t *testing.T) {
	for output, want := range map[string]string{"text": `"\x1b[2J"`, "json": "\x1b[2J"} {
		if got := (&app{output: output}).subject("\x1b[2J"); got != want {
			t.Errorf("%s: %q", output, got)
		}
	}
}

// A frame is larger than what the package takes by default.
func TestLargeFrame(t *testing.T) {
	_, e, d := pair(t)
	k, err := e.keyring(&kmsCalls{client: e.client})
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := envelope.Seal(t.Context(), make([]byte, envelope.DefaultMaxFrameLength+1), k, func(o *envelope.SealOptions) { o.FrameLength = 1 << 30 })
	if err != nil {
		t.Fatal(err)
	}
	if done, err := d.stream(t.Context(), bytes.NewReader(sealed), io.Discard); err != nil || done.bytes != envelope.DefaultMaxFrameLength+1 {
		t.Errorf("%d bytes, %v", done.bytes, err)
	}
}

// again has each encrypted data key so many times in a message.
type again struct {
	envelope.Keyring
	times int
}

func (k again) OnEncrypt(ctx context.Context, m *envelope.EncryptionMaterials) error {
	err := k.Keyring.OnEncrypt(ctx, m)
	m.EncryptedDataKeys = slices.Repeat(m.EncryptedDataKeys, k.times)
	return err
}

// A message that names an allowed key again and again costs few calls, and what
// fails again and again is said once.
func TestOneKeyManyTimes(t *testing.T) {
	w, e, d := pair(t)
	k, err := e.keyring(&kmsCalls{client: e.client})
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := envelope.Seal(t.Context(), nil, again{k, defaultMaxKeys + 1})
	if err != nil {
		t.Fatal(err)
	}
	_, stderr, code := w.rekey(t, sealed, "decrypt", "--key", w.key)
	if code != exitFailed || !strings.Contains(stderr, "--max-keys allows more") || w.calls("Decrypt") > 0 {
		t.Errorf("exit code %d, %d calls: %s", code, w.calls("Decrypt"), stderr)
	}
	if _, err := w.client.DisableKey(t.Context(), &kms.DisableKeyInput{KeyId: &w.key}); err != nil {
		t.Fatal(err)
	}
	d.maxKeys = defaultMaxKeys + 1
	_, err = d.stream(t.Context(), bytes.NewReader(sealed), io.Discard)
	if awserr.Classify(err) != awserr.KeyDisabled || strings.Count(err.Error(), "DisabledException") != 1 {
		t.Error(err)
	}
}

// A context that ends during a call is an interruption, whatever the SDK makes
// of it.
func TestInterruptedCall(t *testing.T) {
	_, e, _ := pair(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.stream(ctx, strings.NewReader("x"), io.Discard); !errors.Is(err, errInterrupted) {
		t.Error(err)
	}
}
