package secretref_test

import (
	"bytes"
	"encoding/base64"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"rekey/shared/secretref"
)

const canary = "canary-7b1f"

// A Secret in every place where a program might print it by accident.
func TestSecretCannotBePrinted(t *testing.T) {
	s := secretref.NewSecret([]byte(canary))
	type nested struct {
		Exported secretref.Secret
		hidden   secretref.Secret
		Pointer  *secretref.Secret
	}
	in := nested{s, s, &s}
	var out bytes.Buffer
	for _, v := range []any{s, &s, in, &in, []secretref.Secret{s}, map[string]secretref.Secret{"k": s}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%X"} {
			fmt.Fprintf(&out, verb, v)
		}
		fmt.Fprintln(&out, errors.New(fmt.Sprint(v)))
		slog.New(slog.NewTextHandler(&out, nil)).Info("m", "v", v)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "v", v)
		b, err := json.Marshal(v)
		if err == nil {
			t.Errorf("json.Marshal(%T) gave %s", v, b)
		}
		out.Write(b)
		_ = gob.NewEncoder(&out).Encode(v)
	}
	for _, form := range [][]byte{
		[]byte(canary), fmt.Appendf(nil, "%x", canary), fmt.Appendf(nil, "%X", canary),
		fmt.Append(nil, []byte(canary)), []byte(base64.StdEncoding.EncodeToString([]byte(canary))),
	} {
		if bytes.Contains(out.Bytes(), form) {
			t.Errorf("printed as %q", form)
		}
	}
	if string(in.hidden.Reveal()) != canary || s.Len() != len(canary) {
		t.Error("Reveal does not give the bytes")
	}
	s.Wipe()
	if bytes.ContainsAny(s.Reveal(), canary) {
		t.Error("Wipe left bytes")
	}
	if (secretref.Secret{}).Reveal() != nil {
		t.Error("the zero Secret reveals something")
	}
}

func TestParse(t *testing.T) {
	blob := []byte{0xfb, 0xff, 0xfe, 1}
	const arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-AbCdEf"
	const parameter = "arn:aws:ssm:eu-west-1:111122223333:parameter/prod/db"
	const version = "1234abcd-12ab-34cd-56ef-1234567890ab"
	for text, want := range map[string]secretref.Ref{
		"kms://+//+AQ==":                      {Kind: secretref.KMS, Blob: blob},
		"KMS://-__-AQ":                        {Kind: secretref.KMS, Blob: blob},
		"envelope://+//+AQ==":                 {Kind: secretref.Envelope, Blob: blob},
		"sm://prod/db":                        {Kind: secretref.SecretsManager, SecretID: "prod/db"},
		"sm://" + arn:                         {Kind: secretref.SecretsManager, SecretID: arn},
		"sm://prod/db#password":               {Kind: secretref.SecretsManager, SecretID: "prod/db", JSONKey: "password"},
		"sm://" + arn + "#a@AWSPREVIOUS":      {Kind: secretref.SecretsManager, SecretID: arn, JSONKey: "a", Stage: "AWSPREVIOUS"},
		"sm://prod/db@" + version:             {Kind: secretref.SecretsManager, SecretID: "prod/db", Version: version},
		"ssm:///prod/db":                      {Kind: secretref.Parameter, SecretID: "/prod/db"},
		"ssm://db#user@3":                     {Kind: secretref.Parameter, SecretID: "db", JSONKey: "user", Version: "3"},
		"SSM:///prod/db@stable":               {Kind: secretref.Parameter, SecretID: "/prod/db", Stage: "stable"},
		"ssm://" + parameter:                  {Kind: secretref.Parameter, SecretID: parameter},
		"envelope+s3://bucket/a/b.rekey":      {Kind: secretref.EnvelopeS3, Bucket: "bucket", ObjectKey: "a/b.rekey"},
		"envelope+s3://bucket/a%40b%20c@vid":  {Kind: secretref.EnvelopeS3, Bucket: "bucket", ObjectKey: "a@b c", Version: "vid"},
		"sm://me%40corp#a%23b%40c@AWSPENDING": {Kind: secretref.SecretsManager, SecretID: "me@corp", JSONKey: "a#b@c", Stage: "AWSPENDING"},
	} {
		got, err := secretref.Parse(text)
		if err != nil {
			t.Errorf("Parse(%q): %v", text, err)
		} else if d := cmp.Diff(want, got, cmpopts.IgnoreUnexported(secretref.Ref{})); d != "" {
			t.Errorf("Parse(%q): %s", text, d)
		} else if got.String() != text {
			t.Errorf("Parse(%q).String() = %q", text, got)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]error{
		"":                     secretref.ErrNotReference,
		"plain":                secretref.ErrNotReference,
		"s3://bucket/key":      secretref.ErrNotReference,
		"https://example.com/": secretref.ErrNotReference,
		"postgres://u:p@h/db":  secretref.ErrNotReference,
		"ssm://":               secretref.ErrMalformed,
		"ssm://prod/db":        secretref.ErrMalformed, // no name: that would begin with a slash
		"ssm:///prod/db:3":     secretref.ErrMalformed,
		"ssm:///a@":            secretref.ErrMalformed,
		"ssm:///a@b:c":         secretref.ErrMalformed,
		"ssm://arn:aws:ssm:s3:111122223333:parameter/a": secretref.ErrMalformed,
		"envelope+s3://":                                    secretref.ErrMalformed,
		"envelope+s3://bucket":                              secretref.ErrMalformed,
		"envelope+s3://bucket/":                             secretref.ErrMalformed,
		"envelope+s3://b/k":                                 secretref.ErrMalformed,
		"envelope+s3://Bucket/k":                            secretref.ErrMalformed,
		"envelope+s3://evil.example%2f/k":                   secretref.ErrMalformed,
		"envelope+s3://bucket/k#x":                          secretref.ErrMalformed,
		"envelope+s3://bucket/k@":                           secretref.ErrMalformed,
		"envelope+s3://bucket/" + strings.Repeat("k", 1025): secretref.ErrMalformed,
		"kms://":                             secretref.ErrMalformed,
		"kms://===":                          secretref.ErrMalformed,
		"kms://a b":                          secretref.ErrMalformed,
		"kms://AR==":                         secretref.ErrMalformed, // stray bits: two texts for one ciphertext
		"kms://" + strings.Repeat("A", 8196): secretref.ErrMalformed,
		"sm://":                              secretref.ErrMalformed,
		"sm://a#":                            secretref.ErrMalformed,
		"sm://a@":                            secretref.ErrMalformed,
		"sm://a#b#c":                         secretref.ErrMalformed,
		"sm://a%zz":                          secretref.ErrMalformed,
		"sm://a@%ff":                         secretref.ErrMalformed,
		"sm://a#%00":                         secretref.ErrMalformed,
		"sm://a#%1b[2J":                      secretref.ErrMalformed,
		"sm://arn:aws:secretsmanager:s3:111122223333:secret:a-AbCdEf": secretref.ErrMalformed,
		"sm://a b": secretref.ErrMalformed,
		"sm://arn:aws:kms:eu-west-1:111122223333:key/x": secretref.ErrMalformed,
	} {
		if got, err := secretref.Parse(text); !errors.Is(err, want) {
			t.Errorf("Parse(%.40q) = %v, %v; want %v", text, got, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"kms://AQ==", "sm://a#b@c", "sm://%", "envelope://", "x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ref, err := secretref.Parse(s)
		if err == nil && (len(ref.Blob) == 0) == (ref.SecretID == "") {
			t.Errorf("Parse(%q) = %+v", s, ref)
		}
	})
}

// Two references have the same canonical text only if they mean the same, and
// it is a reference itself.
func TestCanonical(t *testing.T) {
	for text, want := range map[string]string{
		"SM://prod/db":                    "sm://prod/db",
		"sm://prod/db%40AWSPREVIOUS":      "sm://prod/db%40AWSPREVIOUS",
		"sm://prod/db@AWSPREVIOUS":        "sm://prod/db@AWSPREVIOUS",
		"sm://shared/x#password@l%23user": "sm://shared/x#password@l%23user",
		"sm://a#%61%2a":                   "sm://a#a%2A",
		"kms://AQ==":                      "kms://",
	} {
		ref, err := secretref.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := ref.Canonical(); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
