package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/url"
	"os"
	"path/filepath"
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
	if text := describe(input{name: "in"}, h); strings.ContainsAny(text, "\x1b\a\r") || strings.Contains(text, "\n  key  aws-kms forged") {
		t.Errorf("%q", text)
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
